"""One look of a probe, timed, whose failure is an answer like any other."""

from __future__ import annotations

import time
from collections.abc import Callable

from moeplanner_gui.core.detected import ProbeReport
from moeplanner_gui.detect.sysfs import clipped


def guarded_look(probe: str, ask: Callable[[], ProbeReport]) -> ProbeReport:
    """The answer of ``ask`` with the time it took; a machine that nobody has seen yet ends as
    "failed" with the error's name, as a report is better than a stack trace on a pipe.
    """
    start = time.monotonic()
    try:
        report = ask()
    except Exception as error:
        detail = clipped(f"{type(error).__name__}: {error}")
        report = ProbeReport(probe=probe, outcome="failed", detail=detail)
    return report.model_copy(update={"elapsed_ms": int((time.monotonic() - start) * 1000)})
