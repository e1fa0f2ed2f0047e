"""A probe's own process: how it is started, and what it does there.

A vendor's library may hang, crash, print or leave: none of that may touch the program, so each
probe looks in a process of its own that answers with one line of JSON. Nothing heavy is imported
before it is known what to ask: a start counts.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Final

from moeplanner_gui.core.words import say

if TYPE_CHECKING:
    from moeplanner_gui.core.detected import ProbeReport
    from moeplanner_gui.detect.probe import System

PROBE: Final = "--probe"
PROBE_METERS: Final = "--probe-meters"
MOST_ANSWER_BYTES: Final = 2**20
"""Longer than any machine: 256 cards are a quarter of it."""
MOST_SECONDS: Final = 60
"""The longest deadline that can be asked for."""
_ORPHAN_S: Final = MOST_SECONDS + 30
"""After this a child ends by itself: the program that would have ended it is gone."""
_NO_CRASH_DIALOG: Final = 0x8003
"""SEM_FAILCRITICALERRORS, SEM_NOGPFAULTERRORBOX and SEM_NOOPENFILEERRORBOX of Windows."""

_watchdogs: list[Timer] = []


def command_of_this_program() -> list[str]:
    """The start of a command line that runs this same program, installed, checked out or frozen.

    The child looks for modules where this process does, and nowhere else: not in its working
    folder, and not where an environment variable points.
    """
    if getattr(sys, "frozen", False):
        return [sys.executable]
    places = [place for place in sys.path if os.path.isabs(place)]
    package = str(Path(__file__).resolve().parents[2])
    if package not in places:
        places.insert(0, package)
    code = f"import sys; sys.path[:] = {places!r}; from moeplanner_gui.cli import run; run()"
    # Without the environment's PYTHON… variables and without the site module, whose work is in
    # the list of places already.
    return [sys.executable, "-I", "-S", "-X", "utf8", "-c", code]


def probe_command(name: str) -> list[str]:
    """The command line of the process that looks with one probe."""
    return [*command_of_this_program(), PROBE, name]


def child_environment() -> dict[str, str]:
    """The environment of a child: this one, without what changes how Python starts."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    # A plugin that somebody installed for pydantic has no business in a probe, and looking for
    # one costs 15 ms.
    kept["PYDANTIC_DISABLE_PLUGINS"] = "1"
    return kept


def neutral_folder() -> str:
    """Where a child works: not the user's folder, which may be on a network that hangs."""
    return os.environ.get("SYSTEMROOT", "C:\\") if sys.platform == "win32" else "/"


def this_system() -> System:
    """What probes are asked about with ``runs_on``."""
    if sys.platform.startswith("linux"):
        return "linux"
    if sys.platform == "win32":
        return "windows"
    return "macos" if sys.platform == "darwin" else "other"


def run_child(name: str) -> None:
    """Look with one probe and print one :class:`ProbeReport` as a line of JSON. Raises nothing."""
    answer = claim_standard_output()
    limit_life(_ORPHAN_S)
    try:
        line = _look(name).model_dump_json().encode("utf-8")
    except ValueError as error:  # half a character in a name cannot be sent
        line = _failed(name, error).model_dump_json().encode("utf-8")
    with contextlib.suppress(OSError):
        write_all(answer, line + b"\n")


def claim_standard_output() -> int:
    """A descriptor to answer on; what anything else prints goes to standard error from now on.

    No child of this process inherits it, so a driver's helper cannot keep the reader waiting.
    """
    answer = os.dup(1)
    try:
        os.dup2(2, 1)
    except OSError:  # there is no standard error
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
    return answer


def limit_life(seconds: int) -> None:
    """End this process after so long, even inside a vendor's call; and leave no dump of a crash.

    Called again it begins anew.
    """
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.kernel32.SetErrorMode(_NO_CRASH_DIALOG)
        end_in(seconds)
        return
    import resource
    import signal

    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(seconds)


def end_in(seconds: float) -> None:
    """End this process after so long, where no alarm does it. Called again it begins anew.

    A vendor's call that hangs is left alone by Python, so that this thread goes on beside it.
    """
    while _watchdogs:
        _watchdogs.pop().cancel()
    watchdog = Timer(seconds, os._exit, [1])
    watchdog.daemon = True
    watchdog.start()
    _watchdogs.append(watchdog)


def write_all(descriptor: int, data: bytes) -> None:
    """Write to a pipe, however often it takes.

    Raises:
        OSError: Nobody reads any more.
    """
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _look(name: str) -> ProbeReport:
    from moeplanner_gui.core.detected import ProbeReport

    try:
        from moeplanner_gui.detect.probes import probe_named

        probe = probe_named(name)
        if not probe.runs_on(this_system()):
            detail = say("There is nothing to ask on this system.")
            return ProbeReport(probe=name, outcome="not_on_this_system", detail=detail)
        return probe.look()
    # Whatever is wrong with a probe is its answer; a library may also try to leave.
    except BaseException as error:
        return _failed(name, error)


def _failed(name: str, error: BaseException) -> ProbeReport:
    from moeplanner_gui.core.detected import ProbeReport

    detail = f"{type(error).__name__}: {error}".encode("ascii", "backslashreplace").decode()
    return ProbeReport(probe=name[:400], outcome="failed", detail=detail[:4000])
