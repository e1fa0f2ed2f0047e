"""The window, the monkey, and what is measured meanwhile."""

from __future__ import annotations

import ctypes
import ctypes.util
import gc
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

MOST_GROWTH = 0.05
WARM_SHARE = 1 / 6
"""Caches fill and every view is made once in the first part; growth counts from its end."""


@dataclass
class Soaked:
    """What an hour of random edits showed.

    Attributes:
        seconds: How long it ran.
        acts: How many acts of each kind.
        rss_mib: Memory over time: (seconds, MiB), each after garbage was collected.
        slow: Acts longer than 0.3 s that opened no dialog, the longest first.
        errors: Exceptions that reached the event loop, with their traces.
        warnings: What Qt warned of, each once.
    """

    seconds: float = 0.0
    acts: dict[str, int] = field(default_factory=dict)
    rss_mib: list[tuple[float, float]] = field(default_factory=list)
    slow: list[tuple[str, float]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def growth(self) -> float:
        """Growth of memory from the end of the warm part to the end, as a share."""
        warm = [mib for at, mib in self.rss_mib if at >= self.seconds * WARM_SHARE]
        return self.rss_mib[-1][1] / warm[0] - 1 if len(warm) > 1 else 0.0

    @property
    def is_good(self) -> bool:
        """No exception, and memory that stays."""
        return not self.errors and self.growth < MOST_GROWTH

    def as_json(self) -> dict[str, Any]:
        """The figures for a script."""
        return {**self.__dict__, "growth": self.growth, "is_good": self.is_good}

    def text(self) -> str:
        """The figures for a person."""
        acts = ", ".join(f"{count} {kind}" for kind, count in sorted(self.acts.items()))
        lines = [
            f"{sum(self.acts.values())} acts in {self.seconds / 60:.1f} minutes: {acts}",
            f"memory {self.rss_mib[0][1]:.0f} MiB at the start, {self.rss_mib[-1][1]:.0f} at the"
            f" end, {self.growth:+.1%} after the warm part",
            f"{len(self.slow)} acts over 0.3 s: {self.slow[:5]}",
            f"{len(self.warnings)} warnings of Qt: {self.warnings[:5]}",
            f"{len(self.errors)} exceptions",
        ]
        return "\n".join([*lines, *self.errors[:5]])


def soak(seconds: float, seed: int, tell: Callable[[str], object] | None) -> Soaked:
    """Let the monkey play for so long; the environment has to point away from the user's files."""
    from moeplanner_gui.app import load_core

    load_core()
    from PySide6.QtCore import QProcess, QTimer, QtMsgType, qInstallMessageHandler
    from PySide6.QtGui import QDesktopServices
    from PySide6.QtWidgets import QFileDialog

    from moeplanner_gui.ui.app import build_window, create_application
    from tests.soak.monkey import Monkey

    found = Soaked()
    seen: set[str] = set()

    def note(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        found.errors.append("".join(traceback.format_exception(kind, error, trace)))

    def warn(kind: QtMsgType, _context: object, text: str) -> None:
        # Said by Qt's unseen platform about itself.
        about_itself = "propagateSizeHints" in text or "raise()" in text
        if kind == QtMsgType.QtDebugMsg or about_itself or text in seen:
            return
        seen.add(text)
        own = [frame for frame in traceback.extract_stack() if "moeplanner_gui" in frame.filename]
        where = ", ".join(f"{Path(one.filename).name}:{one.lineno}" for one in own[-3:])
        found.warnings.append(f"{text} [{where}]")

    qInstallMessageHandler(warn)
    # Nothing of this machine is opened or started, and no folder of it is listed.
    QDesktopServices.openUrl = staticmethod(lambda _url: True)  # type: ignore[method-assign]
    QProcess.startDetached = staticmethod(lambda *_: True)  # type: ignore[method-assign]
    for name in ("getOpenFileName", "getSaveFileName"):
        setattr(QFileDialog, name, staticmethod(lambda *_, **__: ("", "")))
    QFileDialog.getOpenFileNames = staticmethod(lambda *_, **__: ([], ""))  # type: ignore[method-assign]
    QFileDialog.getExistingDirectory = staticmethod(lambda *_, **__: "")  # type: ignore[method-assign]
    application = create_application()
    window = build_window()
    window.resize(1440, 900)
    window.show()
    window.start(sample=True)
    sys.excepthook = note
    monkey = Monkey(window, seed)
    started = time.monotonic()
    every = max(2.0, min(60.0, seconds / 30))

    def measure() -> None:
        spent = time.monotonic() - started
        found.rss_mib.append((spent, _rss_mib()))
        if tell is not None:
            tell(
                f"{spent:7.0f} s  {found.rss_mib[-1][1]:7.1f} MiB  {sum(monkey.done.values())} acts"
            )

    def end() -> None:
        monkey.stop()
        QTimer.singleShot(500, finish)

    def finish() -> None:
        found.seconds = time.monotonic() - started
        measure()
        # Closed as a person closes it, but for the question about unsaved plans.
        window.files.may_close = lambda: True
        window.close()

    clock = QTimer()
    clock.timeout.connect(measure)
    QTimer.singleShot(2000, lambda: (measure(), clock.start(int(every * 1000)), monkey.start()))
    QTimer.singleShot(int(seconds * 1000) + 2000, end)
    application.exec()
    found.acts = dict(monkey.done)
    found.slow = sorted(monkey.slow, key=lambda one: -one[1])
    return found


def _rss_mib() -> float:
    gc.collect()
    library = ctypes.util.find_library("c")
    if library and sys.platform.startswith("linux"):
        # What was freed and is only kept for later is no growth.
        getattr(ctypes.CDLL(library), "malloc_trim", lambda _: None)(0)
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        import resource

        return pages * resource.getpagesize() / 2**20
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 1024
