"""When the program looks for garbage: not while it starts, and only in the window's thread.

Python looks for dead rings in whichever thread happens to allocate. A ring with a widget in it,
found by a thread that searches or reads files, is a widget destroyed outside the window's
thread, and Qt ends the program.
"""

from __future__ import annotations

import gc
import linecache

from PySide6.QtCore import QCoreApplication, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QCursor, QGuiApplication

GARBAGE_AFTER_MS = 2000
"""The views of all tabs are made by then."""
LOOK_EVERY_MS = 1000
AT_REST_LOOKS = 5
"""So many looks in a row without a hand on the mouse, and what was set aside is looked through."""
LONGEST_ASIDE_LOOKS = 120
"""So many looks after a search it is looked through at the next moment without a pressed button."""


class WindowGarbage(QObject):
    """Collects in the thread it lives in, by the thresholds that Python would use."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self, interval=LOOK_EVERY_MS)
        self._timer.setTimerType(Qt.TimerType.VeryCoarseTimer)
        self._timer.timeout.connect(self._look)
        self._timer.start()
        self._is_more_aside = False
        self._looks_aside = self._looks_at_rest = 0
        self._pointer = QPoint()
        if isinstance(parent, QGuiApplication):
            parent.applicationStateChanged.connect(self._on_state_changed)

    def set_aside(self) -> None:
        """Look no more through what there is, until nobody looks at the window or moves in it."""
        gc.freeze()
        self._is_more_aside = True
        self._looks_aside = self._looks_at_rest = 0

    def _look(self) -> None:
        collect_what_is_due()
        if not self._is_more_aside or not isinstance(self.parent(), QGuiApplication):
            return
        pointer, last = QCursor.pos(), self._pointer
        self._pointer = pointer
        self._looks_aside += 1
        if QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton:
            self._looks_at_rest = 0
            return
        self._looks_at_rest = self._looks_at_rest + 1 if pointer == last else 0
        if self._looks_at_rest >= AT_REST_LOOKS or self._looks_aside >= LONGEST_ASIDE_LOOKS:
            self._look_through_all()

    def _on_state_changed(self, state: Qt.ApplicationState) -> None:
        if state != Qt.ApplicationState.ApplicationActive and self._timer.isActive():
            self._look_through_all()

    def _look_through_all(self) -> None:
        # Rings among what was set aside would never be found. To look through all of it takes a
        # tenth of a second and more, which is seen while one works.
        if self._is_more_aside:
            self._is_more_aside = False
            gc.unfreeze()
            gc.collect()
            gc.freeze()

    def pause(self, paused: bool) -> None:
        """Let garbage lie for a while, or go on."""
        if paused:
            self._timer.stop()
        else:
            self._timer.start()


_looking: WindowGarbage | None = None


def look_for_garbage() -> None:
    """Begin to look for garbage, which the start of the program had put off.

    Catalogue, classes and views live as long as the program: they are not looked through again,
    which took up to 10 ms now and then while something was dragged.
    """
    global _looking
    application = QCoreApplication.instance()
    if gc.isenabled() or _looking is not None or application is None:
        # Enabled: a test, or a program that uses this window as a part.
        return
    gc.collect(0)
    gc.freeze()
    _looking = WindowGarbage(application)
    _looking.destroyed.connect(_forget)


def _forget() -> None:
    global _looking
    _looking = None


def pause_looking() -> None:
    """Until :func:`go_on_looking`: a search makes a million objects and hardly a ring. To look
    for garbage among them holds the window up for up to a third of a second.
    """
    if _looking is not None:
        _looking.pause(True)


def go_on_looking() -> None:
    """After :func:`pause_looking`. What was made meanwhile is looked through when the window is
    not the one that is used, or the mouse rests for some seconds, or after two minutes.
    """
    if _looking is not None:
        _looking.set_aside()
        _looking.pause(False)


def collect_what_is_due() -> None:
    """Collect the generations whose count is over its threshold, in the calling thread."""
    for generation, (count, most) in enumerate(
        zip(gc.get_count(), gc.get_threshold(), strict=True)
    ):
        if count > most:
            gc.collect(generation)


def forget_sources() -> None:
    """Let go of the source texts that Python keeps for tracebacks; it reads them again then.

    PySide looks into the source of every module that is imported after it, which leaves 17 MiB
    of lines. Between two views they still lie apart from what stays, so that their memory is
    given back; two seconds later it would not be.
    """
    linecache.clearcache()
