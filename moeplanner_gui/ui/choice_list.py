"""A combo box whose open list looks like every other list: room, colours and a line around it."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPalette
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from moeplanner_gui.ui.style import ThemeProvider

Index = QModelIndex | QPersistentModelIndex
ROW_PX = 26


class ChoiceDelegate(QStyledItemDelegate):
    """Rows of an open list with room around their words, in the colours of every other list."""

    def __init__(self, themes: ThemeProvider, parent: QObject) -> None:
        super().__init__(parent)
        self._themes = themes

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        size = super().sizeHint(option, index)
        return QSize(size.width() + 16, max(ROW_PX, option.fontMetrics.height() + 8))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme = self._themes.theme
        rect = option.rect
        chosen = option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver)
        painter.fillRect(rect, QColor(theme.selection if chosen else theme.panel))
        if chosen:
            painter.fillRect(rect.left(), rect.top(), 3, rect.height(), QColor(theme.accent))
        painter.setFont(option.font)
        painter.setPen(QColor(theme.text))
        words = str(index.data(Qt.ItemDataRole.DisplayRole))
        painter.drawText(rect.adjusted(10, 0, -6, 0), Qt.AlignmentFlag.AlignVCenter, words)


def frame_list(combo: QComboBox, themes: ThemeProvider) -> None:
    """A line around the open list: over a panel of its own colour it would have no edge."""
    around = combo.view().parentWidget()
    if isinstance(around, QFrame):
        palette = around.palette()
        palette.setColor(QPalette.ColorRole.WindowText, QColor(themes.theme.strong))
        around.setPalette(palette)
        around.setFrameStyle(QFrame.Shape.Box | QFrame.Shadow.Plain)
        around.setLineWidth(1)


class ListCombo(QComboBox):
    """A combo box with such a list, which is made when it is first opened.

    Qt makes a list as soon as it is asked for, and that takes longer than the box itself.
    """

    def __init__(self, themes: ThemeProvider, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._delegate: ChoiceDelegate | None = None

    def showPopup(self) -> None:
        if self._delegate is None:
            self._delegate = ChoiceDelegate(self._themes, self)
            self.setItemDelegate(self._delegate)
            self.view().setAccessibleName(self.accessibleName())
        frame_list(self, self._themes)
        super().showPopup()
