"""Apple silicon: chip, GPU cores, the one memory and how much of it the GPU may wire."""

from __future__ import annotations

import json
import platform
import re
from typing import Final

from moeplanner_gui.core.detected import DetectedCard, ProbeReport
from moeplanner_gui.core.units import MIB
from moeplanner_gui.core.words import say
from moeplanner_gui.detect.bus_commands import Run, run_command
from moeplanner_gui.detect.guarded import guarded_look
from moeplanner_gui.detect.probe import System
from moeplanner_gui.detect.sysfs import Notes, Unreadable, clipped, number

SYSCTL: Final = "/usr/sbin/sysctl"
DISPLAYS: Final = ("/usr/sbin/system_profiler", "SPDisplaysDataType", "-json")
REGISTRY: Final = ("/usr/sbin/ioreg", "-rc", "AGXAccelerator", "-d", "1")
WIRED_NAMES: Final = ("iogpu.wired_limit_mb", "debug.iogpu.wired_limit")
"""MiB since macOS 14; bytes in macOS 13."""
MOST_CORES: Final = 4096


def display_rows(text: str | Unreadable) -> list[dict[str, object]] | Unreadable:
    """The GPUs that ``system_profiler SPDisplaysDataType -json`` lists."""
    if isinstance(text, Unreadable):
        return text
    try:
        rows = json.loads(text)["SPDisplaysDataType"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return Unreadable(say("system_profiler printed something else than a list of GPUs"))
    if not isinstance(rows, list):
        return Unreadable(say("system_profiler printed something else than a list of GPUs"))
    return [row for row in rows if isinstance(row, dict)][:64]


def has_monitor(row: dict[str, object]) -> bool:
    """Whether a screen is on at this GPU; the built-in one counts."""
    screens = row.get("spdisplays_ndrvs")
    return isinstance(screens, list) and any(
        isinstance(screen, dict) and screen.get("spdisplays_online", "spdisplays_yes")
        == "spdisplays_yes"
        for screen in screens
    )  # fmt: skip


class AppleProbe:
    """Asks macOS with its own tools; no library is needed."""

    def __init__(self, system: str | None = None, run: Run = run_command) -> None:
        self._system = platform.system() if system is None else system
        self._run = run

    @property
    def name(self) -> str:
        """Its short id."""
        return "apple"

    def runs_on(self, system: System) -> bool:
        """MacOS only; Linux on a Mac shows nothing of this."""
        return system == "macos"

    def look(self) -> ProbeReport:
        """Look once. Whatever goes wrong is in the report."""
        return guarded_look("apple", self._look)

    def _look(self) -> ProbeReport:
        if self._system != "Darwin":
            return ProbeReport(probe="apple", outcome="not_on_this_system")
        steps: list[tuple[str, str]] = []
        brand = self._sysctl("machdep.cpu.brand_string", steps)
        arm = self._sysctl("hw.optional.arm64", steps)
        rows = display_rows(self._run(DISPLAYS))
        steps.append(
            ("system_profiler", clipped(rows.because))
            if isinstance(rows, Unreadable)
            else (say("GPUs in system_profiler"), str(len(rows)))
        )
        own = [
            row
            for row in (rows if isinstance(rows, list) else [])
            if "apple" in str(row.get("spdisplays_vendor", "")).lower()
        ]
        # A translated program (Rosetta) is told "VirtualApple"; hw.optional.arm64 stays 1.
        if arm != "1" and not (isinstance(brand, str) and brand.startswith("Apple ")) and not own:
            detail = say("This Mac has no Apple chip.")
            if isinstance(brand, Unreadable) and isinstance(rows, Unreadable):
                return ProbeReport(
                    probe="apple", outcome="failed", detail=brand.because, steps=tuple(steps)
                )
            return ProbeReport(
                probe="apple", outcome="no_device", detail=detail, steps=tuple(steps)
            )
        card = self._card(brand, rows, own[0] if own else {}, steps)
        return ProbeReport(probe="apple", outcome="found", steps=tuple(steps), cards=(card,))

    def _card(
        self,
        brand: str | Unreadable,
        rows: list[dict[str, object]] | Unreadable,
        row: dict[str, object],
        steps: list[tuple[str, str]],
    ) -> DetectedCard:
        notes = Notes()
        total = self._number("hw.memsize", steps)
        memory = notes.take("memory_total_bytes", total)
        model = row.get("sppci_model")
        chip: str | Unreadable = Unreadable(
            say("neither sysctl nor system_profiler names the chip")
        )
        for candidate in (brand, model):
            if isinstance(candidate, str) and candidate.startswith("Apple "):
                chip = clipped(candidate)
                break
        notes.say("memory_used_bytes", "the GPU shares the memory with everything else")
        display: bool | Unreadable
        if isinstance(rows, Unreadable):
            display = rows
        elif row:
            display = has_monitor(row)
        else:
            display = Unreadable(say("system_profiler lists no GPU of Apple"))
        chip_name = notes.take("name", chip)
        return DetectedCard(
            vendor="Apple",
            probe="apple",
            name=chip_name,
            integrated=True,
            virtual="virtual" in f"{brand} {model}".lower().replace("virtualapple", "")
            or "paravirtual" in str(model).lower(),
            memory_kind="unified",
            memory_total_bytes=memory,
            gpu_cores=notes.take("gpu_cores", self._cores(row, steps)),
            wired_limit_bytes=notes.take("wired_limit_bytes", self._wired(memory, steps)),
            drives_display=notes.take("drives_display", display),
            driver="Metal",
            unread=notes.unread(),
        )

    def _cores(self, row: dict[str, object], steps: list[tuple[str, str]]) -> int | Unreadable:
        told = row.get("sppci_cores")
        cores: int | Unreadable = Unreadable(say("system_profiler does not tell the GPU's cores"))
        if isinstance(told, str | int):
            cores = number(str(told), "sppci_cores", MOST_CORES)
        if isinstance(cores, Unreadable):
            text = self._run(REGISTRY)
            found = (
                re.search(r'"gpu-core-count"\s*=\s*(\d{1,5})', text)
                if isinstance(text, str)
                else None
            )
            steps.append(("ioreg gpu-core-count", found[1] if found else "nothing"))
            if found:
                cores = number(found[1], "gpu-core-count", MOST_CORES)
        return Unreadable(say("the system says 0 cores")) if cores == 0 else cores

    def _wired(self, memory: int | None, steps: list[tuple[str, str]]) -> int | Unreadable:
        """What the owner allowed the GPU to wire; 0 is the system's own rule."""
        for name, unit in zip(WIRED_NAMES, (MIB, 1), strict=True):
            value = self._number(name, steps)
            if isinstance(value, Unreadable):
                continue
            if value == 0:
                return Unreadable(say("0: macOS decides by its own rule"))
            limit = value * unit
            if memory is not None and limit > memory:
                return Unreadable(say("{0} is {1}, more than there is memory", name, value))
            return limit
        return Unreadable(say("this macOS has no such limit"))

    def _sysctl(self, name: str, steps: list[tuple[str, str]]) -> str | Unreadable:
        text = self._run((SYSCTL, "-n", name))
        if isinstance(text, str):
            text = clipped(text) or Unreadable(say("{0} is empty", name))
        steps.append((name, text if isinstance(text, str) else clipped(text.because)))
        return text

    def _number(self, name: str, steps: list[tuple[str, str]]) -> int | Unreadable:
        text = self._sysctl(name, steps)
        return text if isinstance(text, Unreadable) else number(text, name)
