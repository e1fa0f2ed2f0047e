"""One random act after another on whatever is on the screen. Knows Qt, nothing of what is edited.

An act is a click, keys, a wheel step, a drop, a command of the registry, a new size. Acts come from
a timer, so that a dialog that waits for an answer is played with as well.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

from moeplanner_gui.ui.drag import CardDrag, HostDrag, to_mime

LEFT_ALONE = {"file.quit"}
"""Commands that would end the window that is tried."""
SLOW_S = 0.3
"""Longer than this in one act, without a dialog of its own, is a stall."""
MOST_CARDS = 24
_KEYS = (
    Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_Up,
    Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Delete, Qt.Key.Key_Home,
    Qt.Key.Key_End, Qt.Key.Key_PageDown, Qt.Key.Key_Plus, Qt.Key.Key_F6, Qt.Key.Key_Menu,
)  # fmt: skip
_TYPED = (
    "1", "128K", "0", "-5", "4096", "1e12", "12,5", "3.14", "rtx", "deepseek", "qwen", "",
    "a name with spaces", "<b>bold</b>", "9" * 30, "2", "100 %", "512",
)  # fmt: skip


class StaysOpen(QObject):
    """Refuses every attempt to close the window that is tried."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Close:
            event.ignore()
            return True
        return False


class Monkey(QObject):
    """Acts on the window until told to stop.

    Attributes:
        done: How often each kind of act was done.
        slow: Acts that took longer than ``SLOW_S``, with their seconds.
    """

    def __init__(self, window: Any, seed: int, most_cards: int = MOST_CARDS) -> None:
        super().__init__(window)
        self._most_cards = most_cards
        self.window: Any = window
        self.random = random.Random(seed)
        self.done: Counter[str] = Counter()
        self.slow: list[tuple[str, float]] = []
        self._stays = StaysOpen(self)
        window.installEventFilter(self._stays)
        self._cards = sorted(window.document.catalog.gpus)
        self._hosts = sorted(window.document.catalog.hosts)
        self._every_ms = 0
        self._acts: tuple[tuple[Callable[[], str], int], ...] = (
            (self._click, 22),
            (self._key, 14),
            (self._type, 10),
            (self._drop, 12),
            (self._command, 10),
            (self._undo, 12),
            (self._wheel, 8),
            (self._tab, 6),
            (self._resize, 1),
            (self._fewer, 3),
        )
        self._busy = 0

    def start(self, every_ms: int = 5) -> None:
        """Begin; the next act follows when the window has dealt with the last one."""
        self._every_ms = every_ms
        self._plan_next()

    def stop(self) -> None:
        """No more acts; what is open is closed, and the window may be."""
        self._every_ms = 0
        self.window.removeEventFilter(self._stays)
        for _ in range(20):
            top = _topmost(self.window)
            if top is self.window:
                return
            top.close()

    def _plan_next(self) -> None:
        # One timer for each act: Qt does not fire a timer again while what it called still runs,
        # and a menu or a dialog runs inside the click that opened it.
        if self._every_ms:
            QTimer.singleShot(self._every_ms, self._act)

    def _act(self) -> None:
        if not self._every_ms:
            return
        self._plan_next()
        # A dialog that an act opened runs its own loop inside that act; more than a few of them
        # inside one another is nothing a person could do.
        if self._busy > 6:
            _topmost(self.window).close()
            return
        top = _topmost(self.window)
        if top is not self.window and self.random.random() < 0.08:
            self.done["escape"] += 1
            QTest.keyClick(top, Qt.Key.Key_Escape)
            return
        act = self.random.choices(
            [act for act, _ in self._acts], [weight for _, weight in self._acts]
        )[0]
        self._busy += 1
        acts_before = sum(self.done.values())
        started = time.perf_counter()
        try:
            name = act()
        finally:
            self._busy -= 1
        took = time.perf_counter() - started
        nested = sum(self.done.values()) > acts_before
        self.done[act.__name__.strip("_")] += 1
        if took > SLOW_S and not nested:
            self.slow.append((name, took))

    def _somewhere(self) -> QWidget | None:
        top = _topmost(self.window)
        seen = [
            widget
            for widget in top.findChildren(QWidget)
            if widget.isVisible() and widget.isEnabled() and not widget.visibleRegion().isEmpty()
        ]
        return self.random.choice(seen) if seen else None

    def _point(self, widget: QWidget) -> QPoint:
        box = widget.visibleRegion().boundingRect()
        return QPoint(
            self.random.randint(box.left(), max(box.left(), box.right())),
            self.random.randint(box.top(), max(box.top(), box.bottom())),
        )

    def _click(self) -> str:
        widget = self._somewhere()
        if widget is None:
            return "click on nothing"
        point = self._point(widget)
        name = f"click {type(widget).__name__} {widget.objectName()}"
        kind = self.random.random()
        if kind < 0.85:
            _click_at(widget, Qt.MouseButton.LeftButton, point)
        elif kind < 0.95:
            if _click_at(widget, Qt.MouseButton.LeftButton, point):
                QTest.mouseDClick(widget, Qt.MouseButton.LeftButton, pos=point)
        else:
            _click_at(widget, Qt.MouseButton.RightButton, point)
        return name

    def _key(self) -> str:
        target = QApplication.focusWidget() or _topmost(self.window)
        key = self.random.choice(_KEYS)
        shift = Qt.KeyboardModifier.ShiftModifier if self.random.random() < 0.1 else None
        QTest.keyClick(target, key, shift or Qt.KeyboardModifier.NoModifier)
        return f"key {key.name} on {type(target).__name__}"

    def _type(self) -> str:
        top = _topmost(self.window)
        fields = [
            widget
            for widget in top.findChildren(QWidget)
            if isinstance(
                widget, QLineEdit | QAbstractSpinBox | QComboBox | QPlainTextEdit | QTextEdit
            )
            and widget.isVisible()
            and widget.isEnabled()
        ]
        if not fields:
            return "no field"
        field = self.random.choice(fields)
        field.setFocus()
        QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        text = self.random.choice(_TYPED)
        QTest.keyClicks(field, text)
        if self.random.random() < 0.6:
            QTest.keyClick(field, Qt.Key.Key_Return)
        return f"type {text!r} into {type(field).__name__} {field.objectName()}"

    def _drop(self) -> str:
        document = self.window.document
        if document.plan.gpu_count >= self._most_cards or _topmost(self.window) is not self.window:
            return "no drop"
        payload: Any = CardDrag("parts", self.random.choice(self._cards))
        if self.random.random() < 0.15:
            payload = HostDrag(self.random.choice(self._hosts))
        views = [w for w in self.window.findChildren(QWidget) if w.acceptDrops() and w.isVisible()]
        if not views:
            return "nowhere to drop"
        view = self.random.choice(views)
        mime = to_mime(payload, "dropped")
        point = QPointF(self._point(view))
        copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
        none = Qt.KeyboardModifier.NoModifier
        for event in (
            QDragEnterEvent(point.toPoint(), copy, mime, left, none),
            QDragMoveEvent(point.toPoint(), copy, mime, left, none),
            QDropEvent(point, copy, mime, left, none),
        ):
            QApplication.sendEvent(view, event)
        return f"drop on {type(view).__name__}"

    def _command(self) -> str:
        registry = self.window.actions_registry
        if _topmost(self.window) is not self.window:
            return "no command"
        possible = [
            action
            for action in registry.all()
            if action.isEnabled() and action.objectName() not in LEFT_ALONE
        ]
        action = self.random.choice(possible)
        action.trigger()
        return f"command {action.objectName()}"

    def _undo(self) -> str:
        stack = self.window.document.undo_stack
        if self.random.random() < 0.7:
            stack.undo()
            return "undo"
        stack.redo()
        return "redo"

    def _fewer(self) -> str:
        """Back to few cards and few tabs: a person does not pile them up for an hour either."""
        document = self.window.document
        while len(document.sessions) > 4 and _topmost(self.window) is self.window:
            document.close(document.sessions[-1])
        return "fewer"

    def _wheel(self) -> str:
        widget = self._somewhere()
        if widget is None:
            return "no wheel"
        point = QPointF(self._point(widget))
        QApplication.sendEvent(
            widget,
            QWheelEvent(
                point,
                QPointF(widget.mapToGlobal(point.toPoint())),
                QPoint(),
                QPoint(0, self.random.choice((-120, 120))),
                Qt.MouseButton.NoButton,
                Qt.KeyboardModifier.NoModifier,
                Qt.ScrollPhase.NoScrollPhase,
                False,
            ),
        )
        return f"wheel on {type(widget).__name__}"

    def _tab(self) -> str:
        key = self.random.choice(
            ("memory", "context", "speed", "cost", "checks", "reality", "computed")
        )
        self.window.tabs.show_tab(key)
        return f"tab {key}"

    def _resize(self) -> str:
        self.window.resize(self.random.randint(1000, 2200), self.random.randint(640, 1300))
        return "resize"


def _click_at(widget: QWidget, button: Qt.MouseButton, point: QPoint) -> bool:
    """Press and let go; False when the press took the widget away.

    Real events find that out. ``QTest.mouseClick`` sends the release all the same, to what is not
    there any more, which ends the process.
    """
    gone: list[bool] = []
    note = widget.destroyed.connect(lambda: gone.append(True))
    QTest.mousePress(widget, button, pos=point)
    if gone:
        return False
    widget.destroyed.disconnect(note)
    QTest.mouseRelease(widget, button, pos=point)
    return True


def _topmost(window: QWidget) -> QWidget:
    """What has to be answered first: a menu, a dialog, else one open beside the window or it."""
    popup = QApplication.activePopupWidget()
    if popup is not None:
        return popup
    modal = QApplication.activeModalWidget()
    if modal is not None:
        return modal
    active = QApplication.activeWindow()
    return active if active is not None and active.isVisible() else window
