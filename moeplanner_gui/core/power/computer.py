"""Watts of the rest of a computer: processor, memory, board, fans and disks."""

from __future__ import annotations

from moeplanner_gui.core.assessment import Range
from moeplanner_gui.core.hardware import HostSpec
from moeplanner_gui.core.power.ranges import plus, times

DESKTOP_IDLE_W = Range(30, 50, 80)
"""A machine of two RTX 3090 waits at 90 W, of which the cards take about 44 (ai-radar.it)."""
SOCKET_IDLE_W = Range(90, 150, 200)
"""A machine of seven RTX 4090 on a server board waits at 270 W, the cards about 122 of it."""
DESKTOP_WORK_W = Range(60, 100, 180)
"""The same machine of two RTX 3090 works at 760 W, of which the cards may take 700."""
SOCKET_WORK_W = Range(150, 200, 300)
"""200 W beside the cards is what articles allow a workstation; not measured."""
BUSY_PROCESSOR_W = Range(100, 200, 350)
"""More for each socket that computes experts or layers itself; not measured."""
_DESKTOP_CHANNELS = 2


def computer_idle(host: HostSpec | None) -> Range:
    """Watts of a waiting computer without its cards; a desktop where no host is chosen."""
    if host is None or (host.channels <= _DESKTOP_CHANNELS and host.sockets == 1):
        return DESKTOP_IDLE_W
    return times(SOCKET_IDLE_W, host.sockets)


def computer_work(host: HostSpec | None, *, computes: bool) -> Range:
    """Watts of a working computer without its cards. ``computes``: weights lie in its memory."""
    desktop = host is None or (host.channels <= _DESKTOP_CHANNELS and host.sockets == 1)
    sockets = 1 if host is None else host.sockets
    base = DESKTOP_WORK_W if desktop else times(SOCKET_WORK_W, sockets)
    return plus(base, times(BUSY_PROCESSOR_W, sockets)) if computes else base
