"""A dialog with a text to read: what is new, a licence. Follows no link and loads nothing."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QTextBrowser, QVBoxLayout, QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.dialog import MARGINS, Dialog, button_row, resize_within_screen
from moeplanner_gui.ui.fonts import font_heading


class TextDialog(Dialog):
    """A heading and a text, Markdown or plain."""

    def __init__(
        self, name: str, title: str, text: str, parent: QWidget, *, markdown: bool = True
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        heading = QLabel(title)
        heading.setFont(font_heading())
        self.page = QTextBrowser()
        self.page.setAccessibleName(title)
        self.page.setFrameShape(QFrame.Shape.NoFrame)
        self.page.setOpenLinks(False)
        self.page.setTabChangesFocus(True)
        if markdown:
            self.page.setMarkdown(text)
        else:
            self.page.setPlainText(text)
        close = QPushButton(say("Close"))
        close.setDefault(True)
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(*MARGINS)
        column.setSpacing(8)
        column.addWidget(heading)
        column.addWidget(self.page, 1)
        column.addLayout(button_row((close,)))
        resize_within_screen(self, 640, 480)
        close.setFocus()
