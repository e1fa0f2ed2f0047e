"""The field in which a row of a list is renamed in its place."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from moeplanner_gui.core.words import say


class NameEditor(QLineEdit):
    """Keeps Enter to itself: the list below would choose or add the row.

    Signals:
        escaped(): Esc was pressed, which leaves the name as it was.
    """

    escaped = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setMaxLength(200)
        self.setAccessibleName(say("New name"))
        self.setToolTip(say("Enter keeps the new name, Esc the old one"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        super().keyPressEvent(event)
        event.accept()
