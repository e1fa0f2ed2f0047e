"""The sentences over the tab, laid out by hand: under a layout each new word would lay out the
whole window, which a slider asks for a hundred times a second.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

_LEFT, _TOP, _RIGHT, _BOTTOM, _GAP = 16, 6, 16, 2, 2


class AnswerBlock(QWidget):
    """Labels one under the other, as high as their words need."""

    def __init__(self, *labels: QLabel) -> None:
        super().__init__()
        self._labels = labels
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        for label in labels:
            label.setParent(self)
        self._arrange()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._arrange()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        y, width = _TOP, max(self.width() - _LEFT - _RIGHT, 40)
        for label in self._labels:
            if label.isHidden():
                continue
            height = label.heightForWidth(width)
            label.setGeometry(_LEFT, y, width, height)
            y += height + _GAP
        needed = y + _BOTTOM - _GAP
        if self.minimumHeight() != needed or self.maximumHeight() != needed:
            self.setFixedHeight(needed)
