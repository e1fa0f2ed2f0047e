"""What stands in the list of parts when no part has the words that were searched."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.fonts import font_base, font_strong


class NothingFound(QWidget):
    """What was not found, what comes closest, and the way to add it.

    Signals:
        custom_wanted(): The part shall be added as a custom card.
    """

    custom_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.none = QLabel(self)
        self.none.setFont(font_strong())
        self.closest = QLabel(self)
        self.closest.setFont(font_base())
        self.as_custom = QPushButton(say("Add it as a custom card"), self)
        self.as_custom.setProperty("link", True)
        self.as_custom.clicked.connect(self.custom_wanted)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 36, 12, 12)
        for widget in (self.none, self.closest):
            widget.setWordWrap(True)
            # A name is shown as it was typed, whatever marks are in it.
            widget.setTextFormat(Qt.TextFormat.PlainText)
            widget.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(widget)
        column.addWidget(self.as_custom, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
