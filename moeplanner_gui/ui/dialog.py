"""What every dialog has in common: margins, the order of the buttons, and what Return presses.

The order is the same in each: what goes back or starts over at the left; at the right further
actions, then Cancel, then the one that does it. Knows no view.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QWidget,
)

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.charts.verdict_figures import VERDICT_ICONS
from moeplanner_gui.ui.focus_order import move_focus
from moeplanner_gui.ui.icons import icon
from moeplanner_gui.ui.text_size import factor
from moeplanner_gui.ui.theme import Theme

MARGINS = (16, 14, 16, 12)
"""Left, top, right and bottom of a dialog's content in pixels."""
GAP = 8
FRAME_PX = 40
"""A frame and its title are about as high as a button."""


class Dialog(QDialog):
    """A dialog whose Return key presses the button that has the focus, else the default one.

    A push button that is no "auto default" one leaves Return to the dialog, which would press
    the default button: "Add" while the focus is on "Cancel".
    """

    _follows_focus = False

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._hold_words()
        self._hold_lines()
        for button in self.findChildren(QPushButton):
            button.installEventFilter(self)
        if not self._follows_focus:
            self._follows_focus = True
            QApplication.instance().focusChanged.connect(self._on_focus_changed)

    def _hold_words(self) -> None:
        """Where a width was asked for Qt forgets that words may need more: longer languages do."""
        layout, screen = self.layout(), self.screen()
        if layout is None or screen is None or not self.minimumWidth():
            return
        needed = min(layout.totalMinimumSize().width(), screen.availableGeometry().width() - 16)
        if needed > self.minimumWidth():
            self.setMinimumWidth(needed)

    def _hold_lines(self) -> None:
        """Qt opens a window at two thirds of the screen's height at most, and cuts its lines."""
        layout, screen = self.layout(), self.screen()
        if layout is None or screen is None or self.testAttribute(Qt.WidgetAttribute.WA_Resized):
            return
        needed = layout.totalSizeHint().height()
        if layout.hasHeightForWidth():
            needed = max(needed, layout.totalHeightForWidth(self.width()))
        needed = min(needed, screen.availableGeometry().height() - FRAME_PX)
        if needed > self.height():
            self.resize(self.width(), needed)

    def _on_focus_changed(self, _before: QWidget | None, now: QWidget | None) -> None:
        # Buttons that came after the dialog was shown. Asking only when Return arrives would be
        # too late: what it starts may have moved the focus to "Cancel".
        if isinstance(now, QPushButton) and self.isAncestorOf(now):
            now.installEventFilter(self)

    def focusNextPrevChild(self, forward: bool) -> bool:
        return move_focus(self, forward=forward)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.KeyPress
            and isinstance(watched, QPushButton)
            and isinstance(event, QKeyEvent)
            and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        ):
            watched.click()
            return True
        return super().eventFilter(watched, event)


def resize_within_screen(dialog: QWidget, width: int, height: int) -> None:
    """Give a window its size, less where the screen is smaller: its buttons stay in sight.

    Args:
        dialog: The window.
        width: In pixels, for text of the system's size; larger text makes it larger.
        height: The same.
    """
    width, height = round(width * factor()), round(height * factor())
    screen = dialog.screen()
    if screen is not None:
        free = screen.availableGeometry()
        width, height = min(width, free.width() - 16), min(height, free.height() - FRAME_PX)
    dialog.resize(width, height)


def button_row(
    right: Sequence[QWidget], left: Sequence[QWidget] = (), *, middle: QWidget | None = None
) -> QHBoxLayout:
    """The foot of a dialog; ``middle`` takes the room between both groups."""
    row = QHBoxLayout()
    row.setSpacing(GAP)
    for widget in left:
        row.addWidget(widget)
    if middle is None:
        row.addStretch(1)
    else:
        row.addWidget(middle, 1)
    for widget in right:
        row.addWidget(widget)
    return row


class AnswerLine(QWidget):
    """The verdict's icon and its sentence: what the plan would answer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._mark = QLabel()
        self._mark.setFixedWidth(16)
        self.words = QLabel()
        self.words.setObjectName("preview")
        self.words.setWordWrap(True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.words.setAccessibleName(say("What the plan would answer"))
        # Two lines stay free, so that a longer answer moves no button.
        self.words.setMinimumHeight(2 * self.fontMetrics().lineSpacing() + 4)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GAP)
        grid.addWidget(self._mark, 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.words, 0, 1)
        grid.setColumnStretch(1, 1)

    def text(self) -> str:
        """The sentence."""
        return self.words.text()

    def show_verdict(self, verdict: str, sentence: str, theme: Theme) -> None:
        """What the plan would answer."""
        ink = {"fits": theme.ok, "tight": theme.warn}.get(verdict, theme.error)
        self._show(VERDICT_ICONS[verdict], ink, sentence, theme)

    def show_error(self, sentence: str, theme: Theme) -> None:
        """Why there is no answer."""
        self._show("error", theme.error, sentence, theme)

    def _show(self, name: str, ink: str, sentence: str, theme: Theme) -> None:
        self._mark.setPixmap(icon(name, theme, ink).pixmap(16, 16))
        self.words.setText(sentence)
