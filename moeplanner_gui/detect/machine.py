"""All probes at once, each in a process of its own, and one machine out of their answers.

Nothing here can hang or crash with a driver: who does not answer in time is killed and reported,
and a process that cannot even be killed is left behind. Nothing here raises.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from moeplanner_gui.core.detected import DetectedMachine, ProbeReport
from moeplanner_gui.detect.asked import AskedProbe
from moeplanner_gui.detect.child import MOST_SECONDS, probe_command
from moeplanner_gui.detect.merge import merge_cards
from moeplanner_gui.detect.probes import PROBES

TIMEOUT_S: Final = 5.0
_TICK_S: Final = 0.02
_FAREWELL_S: Final = 0.5
"""How long killed processes may take to be gone before they are left behind, all together."""


def never() -> bool:
    """Nobody stops it."""
    return False


def detect(
    *,
    timeout_s: float = TIMEOUT_S,
    probes: Sequence[str] | None = None,
    on_report: Callable[[ProbeReport], None] | None = None,
    cancelled: Callable[[], bool] = never,
    command: Callable[[str], Sequence[str]] = probe_command,
) -> DetectedMachine:
    """Look at this machine with all probes. Raises nothing.

    Args:
        timeout_s: How long each probe may take.
        probes: Names of those to ask; all by default.
        on_report: Called with each report as it arrives, in the calling thread.
        cancelled: Asked all the time; once it is true the probes are killed and what has arrived
            is returned.
        command: The command line that looks with a probe.
    """
    names = list(dict.fromkeys(PROBES if probes is None else probes))
    # The negation sends "not a number" to the default.
    limit_s = min(timeout_s, MOST_SECONDS) if timeout_s > 0 else TIMEOUT_S
    answers: queue.SimpleQueue[ProbeReport] = queue.SimpleQueue()
    asked: list[AskedProbe] = []
    reports: dict[str, ProbeReport] = {}
    try:
        asked += [AskedProbe(name, command, answers.put) for name in names]
        for probe in asked:
            probe.begin()
        while len(reports) < len(names) and not _is_true(cancelled):
            try:
                report = answers.get(timeout=_TICK_S)
            except queue.Empty:
                for probe in asked:
                    probe.end_if_late(limit_s)
                continue
            if report.probe not in reports:
                reports[report.probe] = report
                _tell(on_report, report)
    finally:
        _leave(asked)
    ordered = tuple(reports[name] for name in names if name in reports)
    return DetectedMachine(
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        cards=merge_cards(ordered),
        host=next((report.host for report in ordered if report.host is not None), None),
        reports=ordered,
    )


def _leave(asked: Sequence[AskedProbe]) -> None:
    for probe in asked:
        probe.kill()
    until = time.monotonic() + _FAREWELL_S
    for probe in asked:
        probe.wait(max(0.0, until - time.monotonic()))


def _is_true(cancelled: Callable[[], bool]) -> bool:
    try:
        return bool(cancelled())
    # Who asks and cannot say any more whether to go on does not wait for the answer.
    except Exception:
        return True


def _tell(on_report: Callable[[ProbeReport], None] | None, report: ProbeReport) -> None:
    if on_report is None:
        return
    try:
        on_report(report)
    # The window may be closed by now; the other probes still count.
    except Exception:
        return
