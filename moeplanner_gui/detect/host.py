"""The probe of the computer itself: processor, memory, board, disks, and what kind of system."""

from __future__ import annotations

import sys
import time

from moeplanner_gui.core.detected import DetectedHost, ProbeReport
from moeplanner_gui.detect.probe import System

Steps = list[tuple[str, str]]


class HostProbe:
    """Asks the operating system about the machine it runs on."""

    name = "host"

    def runs_on(self, system: System) -> bool:
        """True wherever the questions are known."""
        return system in ("linux", "windows", "macos")

    def look(self) -> ProbeReport:
        """Ask, once. Whatever goes wrong is in the report."""
        start = time.monotonic()
        try:
            host, steps = _read(sys.platform)
        # A machine that nobody has seen yet must not take the others' answers away.
        except Exception as problem:
            return ProbeReport(
                probe=self.name,
                outcome="failed",
                detail=f"{type(problem).__name__}: {problem}"[:4000],
                elapsed_ms=_since(start),
            )
        known = host is not None and (host.cpu is not None or host.memory_total_bytes is not None)
        outcome = "found" if known else "failed"
        if host is None:
            outcome = "not_on_this_system"
        return ProbeReport.model_validate(
            {
                "probe": self.name,
                "outcome": outcome,
                "elapsed_ms": _since(start),
                "steps": tuple((name[:400], text[:400]) for name, text in steps),
                "host": host,
            }
        )


def _read(platform: str) -> tuple[DetectedHost | None, Steps]:
    # Each system's module is imported on that system only.
    if platform.startswith("linux"):
        from moeplanner_gui.detect.host_linux import read_linux

        return read_linux()
    if platform == "win32":
        from moeplanner_gui.detect.host_windows import read_windows

        return read_windows()
    if platform == "darwin":
        from moeplanner_gui.detect.host_macos import read_macos

        return read_macos()
    return None, []


def _since(start: float) -> int:
    return int((time.monotonic() - start) * 1000)
