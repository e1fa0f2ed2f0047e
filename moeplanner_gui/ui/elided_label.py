"""A label whose words are cut with an ellipsis where they find too little room."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel


class ElidedLabel(QLabel):
    """Plain words on one line; what is cut can be read where the pointer rests.

    Words that are wrapped or rich are left to Qt. A tooltip of its own says more and stays.
    """

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        if self._is_left_to_qt():
            return hint
        return QSize(min(hint.width(), self.fontMetrics().horizontalAdvance("mmm…")), hint.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._is_cut():
            super().paintEvent(event)
            return
        room, painter = self.contentsRect(), QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        right = Qt.TextElideMode.ElideRight
        shown = self.fontMetrics().elidedText(self.text(), right, room.width())
        painter.drawText(room, self.alignment(), shown)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._is_cut() and not self.toolTip():
            self.setToolTip(self.text())
        elif self.toolTip() == self.text() and not self._is_cut():
            self.setToolTip("")

    def _is_left_to_qt(self) -> bool:
        rich = self.textFormat() == Qt.TextFormat.RichText or "<" in self.text()
        return self.wordWrap() or rich

    def _is_cut(self) -> bool:
        if self._is_left_to_qt():
            return False
        wide = self.fontMetrics().horizontalAdvance(self.text())
        return wide > self.contentsRect().width()
