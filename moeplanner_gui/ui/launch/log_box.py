"""The box for the text of a log: what is too long to be laid out goes around it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, Signal
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.dropped_files import take_copy
from moeplanner_gui.ui.launch.log_reading import SHOWN_MOST
from moeplanner_gui.ui.launch.table import font_code

_HINT = say(
    "Paste what the engine printed from its start on, or drop its log file "
    "here.\nllama.cpp names its buffers with --log-verbosity 4."
)


class LogBox(QPlainTextEdit):
    """The text of the log. What is too long to be laid out goes around it.

    Signals:
        long_text(object): A text was pasted that is too long to be shown.
        file_dropped(object): A file was dropped, a path.
    """

    # No Signal(str): Qt would copy the megabytes there and back.
    long_text = Signal(object)
    file_dropped = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("log_box")
        self.setAccessibleName(say("The engine's log"))
        self.setAccessibleDescription(_HINT)
        self.setPlaceholderText(_HINT)
        self.setTabChangesFocus(True)
        self.setUndoRedoEnabled(False)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFont(font_code())

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasText() or _file_of(source) is not None

    def insertFromMimeData(self, source: QMimeData) -> None:
        path = _file_of(source)
        if path is not None:
            self.file_dropped.emit(path)
            return
        text = source.text()
        if len(text) > SHOWN_MOST:
            self.long_text.emit(text)
            return
        self.insertPlainText(text)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _file_of(event.mimeData()) is not None:
            take_copy(event)
            return
        super().dragEnterEvent(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if _file_of(event.mimeData()) is not None:
            take_copy(event)
            return
        super().dragMoveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        path = _file_of(event.mimeData())
        if path is None:
            super().dropEvent(event)
        elif take_copy(event):
            self.file_dropped.emit(path)


def _file_of(data: QMimeData) -> Path | None:
    """The one local file that is dragged or pasted."""
    urls = data.urls() if data.hasUrls() else []
    if len(urls) == 1 and urls[0].isLocalFile():
        path = Path(urls[0].toLocalFile())
        return path if path.is_file() else None
    return None
