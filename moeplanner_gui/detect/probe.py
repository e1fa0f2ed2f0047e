"""What every probe is: one question to one driver or system, asked in a process of its own."""

from __future__ import annotations

from typing import Literal, Protocol

from moeplanner_gui.core.detected import ProbeReport

System = Literal["linux", "windows", "macos", "other"]


class Probe(Protocol):
    """Looks once and answers with what it found and what it could not.

    ``look`` may block or crash: it always runs in a child process with a deadline, see
    :mod:`moeplanner_gui.detect.machine`. It raises nothing that it can put into the report.
    """

    @property
    def name(self) -> str:
        """A short id: "nvml"."""
        ...

    def runs_on(self, system: System) -> bool:
        """Whether there is anything to ask on this system."""
        ...

    def look(self) -> ProbeReport:
        """Ask, once."""
        ...
