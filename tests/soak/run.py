"""The window, the monkey, and what is measured meanwhile."""

from __future__ import annotations

import ctypes
import ctypes.util
import gc
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from types import TracebackType
from typing import Any

MOST_GROWTH = 0.05
WARM_SHARE = 1 / 6
"""Caches fill and every view is made once in the first part; growth counts from its end."""
SOME = 5
"""So many measurements at either end are one figure."""
SIZE = (1440, 900)
"""Pixels of the window when memory is measured: what is painted takes as much as it is large."""
PAINTED_MS = 300


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
        more: What there is more of at the end than after the warm part, by kind: Python's
            objects and Qt's.
    """

    seconds: float = 0.0
    acts: dict[str, int] = field(default_factory=dict)
    rss_mib: list[tuple[float, float]] = field(default_factory=list)
    slow: list[tuple[str, float]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    more: list[tuple[str, int]] = field(default_factory=list)

    @property
    def growth(self) -> float:
        """Growth of memory from the end of the warm part to the end, as a share.

        Between the medians of some measurements after the one and before the other: what happens
        to be open at one moment, a dialog or a plan with many cards, is no growth.
        """
        warm = [mib for at, mib in self.rss_mib if at >= self.seconds * WARM_SHARE]
        if len(warm) < 2:
            return 0.0
        some = min(SOME, len(warm) // 2)
        return median(warm[-some:]) / median(warm[:some]) - 1

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
            f"more at the end: {self.more[:12]}",
            f"{len(self.errors)} exceptions",
        ]
        return "\n".join([*lines, *self.errors[:5]])


def soak(
    seconds: float,
    seed: int,
    tell: Callable[[str], object] | None,
    plan: str = "",
) -> Soaked:
    """Let the monkey play for so long; the environment has to point away from the user's files.

    Args:
        seconds: How long it plays.
        seed: Of its random acts.
        tell: Given a line for each measurement.
        plan: What it plays with: "" the sample, "64x8" 64 computers of 8 cards, else a file.
    """
    from moeplanner_gui.app import load_core

    load_core()
    from PySide6.QtCore import QProcess, QTimer, QtMsgType, qInstallMessageHandler
    from PySide6.QtGui import QDesktopServices
    from PySide6.QtWidgets import QFileDialog

    from moeplanner_gui.ui.app import build_window, create_application
    from moeplanner_gui.ui.crashes import Crashes
    from tests.soak.monkey import MOST_CARDS, Monkey
    from tests.soak.plans import plan_of

    found = Soaked()
    seen: set[str] = set()

    def note(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        found.errors.append("".join(traceback.format_exception(kind, error, trace)))

    def note_thread(told: threading.ExceptHookArgs) -> None:
        if told.exc_value is not None:
            note(told.exc_type, told.exc_value, told.exc_traceback)

    def note_unraisable(told: sys.UnraisableHookArgs) -> None:
        if told.exc_value is not None:
            note(told.exc_type, told.exc_value, told.exc_traceback)

    def warn(kind: QtMsgType, _context: object, text: str) -> None:
        # Said by Qt's unseen platform about itself.
        about_itself = text.startswith("This plugin does not support")
        if kind == QtMsgType.QtDebugMsg or about_itself or text in seen:
            return
        seen.add(text)
        frames = traceback.extract_stack()[:-1]
        own = [frame for frame in frames if "moeplanner_gui" in frame.filename] or frames
        where = ", ".join(f"{Path(one.filename).name}:{one.lineno}" for one in own[-3:])
        found.warnings.append(f"{text} [{where}]")

    qInstallMessageHandler(warn)
    # Nothing of this machine is opened or started, and no folder of it is listed.
    QDesktopServices.openUrl = staticmethod(lambda _url: True)  # type: ignore[method-assign]
    QProcess.startDetached = staticmethod(lambda *_: True)  # type: ignore[method-assign,assignment]
    for name in ("getOpenFileName", "getSaveFileName"):
        setattr(QFileDialog, name, staticmethod(lambda *_, **__: ("", "")))
    QFileDialog.getOpenFileNames = staticmethod(lambda *_, **__: ([], ""))  # type: ignore[method-assign]
    QFileDialog.getExistingDirectory = staticmethod(lambda *_, **__: "")  # type: ignore[method-assign]
    # The program hears of errors after these, and shows its dialog as it does for a person.
    sys.excepthook, threading.excepthook = note, note_thread
    sys.unraisablehook = note_unraisable
    application = create_application()
    crashes = Crashes(Path.cwd())
    crashes.start()
    # Its dialog offers to end the program, which the monkey would take up.
    crashes.close_program = _ends_nothing
    window = build_window(plan=plan_of(plan))
    crashes.attach(window)
    window.resize(*SIZE)
    window.show()
    window.start(sample=not plan)
    monkey = Monkey(window, seed, most_cards=max(MOST_CARDS, window.document.plan.gpu_count))
    started = time.monotonic()
    every = max(2.0, min(60.0, seconds / 30))

    warm: Counter[str] = Counter()

    def measure_at_size() -> None:
        window.resize(*SIZE)
        QTimer.singleShot(PAINTED_MS, measure)

    def measure() -> None:
        spent = time.monotonic() - started
        found.rss_mib.append((spent, _rss_mib()))
        if not warm and spent >= seconds * WARM_SHARE:
            warm.update(_kinds(application.allWidgets()))
        if tell is not None:
            tell(
                f"{spent:7.0f} s  {found.rss_mib[-1][1]:7.1f} MiB  {sum(monkey.done.values())} acts"
            )

    def begin() -> None:
        measure()
        clock.start(int(every * 1000))
        monkey.start()

    def end() -> None:
        clock.stop()
        monkey.stop()
        window.resize(*SIZE)
        QTimer.singleShot(2 * PAINTED_MS, finish)

    def finish() -> None:
        found.seconds = time.monotonic() - started
        measure()
        now = _kinds(application.allWidgets())
        now.subtract(warm)
        found.more = [(kind, count) for kind, count in now.most_common(30) if count > 20]
        # Closed as a person closes it, but for the question about unsaved plans.
        window.files.may_close = lambda: True
        window.close()

    clock = QTimer()
    clock.timeout.connect(measure_at_size)
    QTimer.singleShot(2000, begin)
    QTimer.singleShot(int(seconds * 1000) + 2000, end)
    application.exec()
    crashes.end()
    found.acts = dict(monkey.done)
    found.slow = sorted(monkey.slow, key=lambda one: -one[1])
    return found


def _ends_nothing() -> None:
    pass


def _kinds(widgets: list[Any]) -> Counter[str]:
    """How many there are of each kind; what was set aside from the search for garbage as well."""
    from moeplanner_gui.ui.garbage import go_on_looking

    gc.unfreeze()
    kinds = Counter(f"{type(one).__module__}.{type(one).__qualname__}" for one in gc.get_objects())
    # Set aside again as the program does it: what of it becomes garbage later is found later.
    go_on_looking()
    kinds.update(f"Qt's {one.metaObject().className()}" for one in widgets)
    return kinds


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
