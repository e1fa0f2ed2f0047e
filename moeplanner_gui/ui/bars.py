"""Bars above the plan: a hint, a recovery offer, an error. They ask nothing that blocks.

Knows how a bar looks; what it says and does comes from its owner.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.access import announce
from moeplanner_gui.ui.icons import icon, paint_icon
from moeplanner_gui.ui.style import ThemeProvider, font_base

Kind = Literal["info", "warning", "error"]
BarAction = tuple[str, Callable[[], object]]

_ICONS = {"info": "info", "warning": "warning", "error": "error"}
_WORDS = {"info": say("Note"), "warning": say("Check"), "error": say("Error")}


class _Mark(QWidget):
    def __init__(self, kind: Kind, themes: ThemeProvider) -> None:
        super().__init__()
        self._kind = kind
        self._themes = themes
        self.setFixedSize(16, 16)
        self.setAccessibleName(_WORDS[kind])

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_icon(
            painter, QRectF(0, 0, 16, 16), _ICONS[self._kind], colors(self._kind, self._themes)[0]
        )


def colors(kind: Kind, themes: ThemeProvider) -> tuple[str, str]:
    """Foreground and background of a bar."""
    theme = themes.theme
    if kind == "error":
        return theme.error, theme.error_bg
    if kind == "warning":
        return theme.warn, theme.warn_bg
    return theme.accent, theme.selection


class MessageBar(QFrame):
    """One bar: a mark, a sentence, links and a cross.

    Signals:
        closed(): The cross was pressed.
    """

    closed = Signal()

    def __init__(
        self,
        kind: Kind,
        strong: str,
        text: str,
        themes: ThemeProvider,
        actions: tuple[BarAction, ...] = (),
        *,
        closable: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._kind = kind
        self._themes = themes
        self.setAccessibleName(f"{_WORDS[kind]}: {strong} {text}")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 6)
        row.setSpacing(10)
        row.addWidget(_Mark(kind, themes), 0, Qt.AlignmentFlag.AlignVCenter)
        label = QLabel(f"<b style='font-weight:600'>{escape(strong)}</b> {escape(text)}")
        label.setTextFormat(Qt.TextFormat.RichText)
        label.setFont(font_base())
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.setAccessibleName(f"{strong} {text}")
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        # A new policy forgets what wrapping had set: without it the last line is cut off.
        policy.setHeightForWidth(True)
        label.setSizePolicy(policy)
        row.addWidget(label, 1)
        for words, run in actions:
            link = QPushButton(words)
            link.setProperty("link", True)
            link.setAccessibleName(words)
            link.setToolTip(words)
            link.setCursor(Qt.CursorShape.PointingHandCursor)
            link.clicked.connect(lambda _checked=False, run=run: run())
            row.addWidget(link)
        if closable:
            self._cross: QToolButton | None = QToolButton()
            self._cross.setAccessibleName(say("Close this message"))
            self._cross.setToolTip(say("Close this message"))
            self._cross.setIconSize(QSize(14, 14))
            self._cross.clicked.connect(self.closed)
            row.addWidget(self._cross)
        else:
            self._cross = None
        themes.theme_changed.connect(self._on_theme_changed)
        self._on_theme_changed(themes.theme)

    def _on_theme_changed(self, theme: object) -> None:
        if self._cross is not None:
            self._cross.setIcon(icon("close", self._themes.theme))
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._cross is not None:
            self.closed.emit()
            return
        super().keyPressEvent(event)

    def take_focus(self) -> None:
        """Give the keyboard to the last link, or to the cross."""
        links = self.findChildren(QPushButton)
        last = links[-1] if links else self._cross
        if last is not None:
            last.setFocus(Qt.FocusReason.OtherFocusReason)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(colors(self._kind, self._themes)[1]))
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(self._themes.theme.border))


class MessageArea(QWidget):
    """The bars in use, at most one for each key; a new one with the same key replaces it.

    Signals:
        focus_left(): The bar that had the focus is gone.
    """

    focus_left = Signal()

    def __init__(self, themes: ThemeProvider, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._bars: dict[str, MessageBar] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.setVisible(False)

    def show_bar(
        self,
        key: str,
        kind: Kind,
        strong: str,
        text: str,
        actions: tuple[BarAction, ...] = (),
        *,
        on_closed: Callable[[], object] | None = None,
        closable: bool = True,
    ) -> MessageBar:
        """Show a bar; it stays until closed or replaced. One that had the focus hands it on."""
        old, focus = self._bars.get(key), QApplication.focusWidget()
        had_focus = old is not None and focus is not None and old.isAncestorOf(focus)
        self.remove_bar(key)
        bar = MessageBar(kind, strong, text, self._themes, actions, closable=closable, parent=self)
        bar.setObjectName(f"bar.{key}")

        def close() -> None:
            self.remove_bar(key)
            if on_closed is not None:
                on_closed()

        bar.closed.connect(close)
        self._bars[key] = bar
        self._column.addWidget(bar)
        self.setVisible(True)
        if had_focus:
            bar.take_focus()
        announce(bar, bar.accessibleName(), urgent=kind == "error")
        return bar

    def remove_bar(self, key: str) -> None:
        """Take the bar away; nothing happens when there is none."""
        bar = self._bars.pop(key, None)
        focus = QApplication.focusWidget()
        had_focus = bar is not None and focus is not None and bar.isAncestorOf(focus)
        if bar is not None:
            self._column.removeWidget(bar)
            bar.hide()
            bar.deleteLater()
        self.setVisible(bool(self._bars))
        if had_focus:
            # Qt would give it to the button after the last bar, which is New plan.
            self.focus_left.emit()

    def bar(self, key: str) -> MessageBar | None:
        """The bar with this key, if it is shown."""
        return self._bars.get(key)


def escape(text: str) -> str:
    """Text made safe for a rich-text label: file names may hold anything."""
    from html import escape as html_escape

    return html_escape(text)
