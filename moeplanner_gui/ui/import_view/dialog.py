"""Import model…: drop or choose files, or look a model up; see what it is; add it.

The window stays alive all the time: reading happens in the worker. Nothing goes online but on
the click on “Look up”.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.units import MemoryUnit
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.dialog import MARGINS, Dialog, button_row
from moeplanner_gui.ui.dropped_files import take_copy
from moeplanner_gui.ui.facts_panel import Fact, FactsPanel
from moeplanner_gui.ui.fonts import font_heading, font_small, font_strong
from moeplanner_gui.ui.hint import Hint
from moeplanner_gui.ui.icons import paint_icon
from moeplanner_gui.ui.import_view.result import match_sentence, result_facts
from moeplanner_gui.ui.import_view.worker import ImportWorker
from moeplanner_gui.ui.model_paths import FILE_FILTER, model_path
from moeplanner_gui.ui.motion import show_busy
from moeplanner_gui.ui.style import ThemeProvider

START, READING, RESULT = range(3)


class ImportDialog(Dialog):
    """Three pages: what to read, reading, what it is.

    Signals:
        add_wanted(object, object, bool): The model, its ``Imported``, and whether to use it.
    """

    add_wanted = Signal(object, object, bool)

    def __init__(
        self,
        themes: ThemeProvider,
        catalog: Any,
        parent: QWidget | None = None,
        *,
        unit: MemoryUnit = "GiB",
        worker: ImportWorker | None = None,
    ) -> None:
        super().__init__(parent)
        self._themes, self._catalog, self._unit = themes, catalog, unit
        self.imported: Any = None
        self.setObjectName("import-dialog")
        self.setWindowTitle(say("Import a model"))
        self.setAccessibleName(say("Import a model"))
        self.setModal(True)
        self.setAcceptDrops(True)
        self.worker = worker or ImportWorker(self)
        self.worker.progressed.connect(self._on_progress)
        self.worker.done.connect(self._on_done)
        self.worker.failed.connect(self._on_failed)
        self.pages = QStackedWidget(self)
        for page in (self._start_page(), self._reading_page(), self._result_page()):
            self.pages.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.pages)
        screen = self.screen().availableGeometry()
        self.resize(min(620, screen.width() - 40), min(560, screen.height() - 60))
        self._show_page(START)

    # Pages -------------------------------------------------------------------------------------

    def _start_page(self) -> QWidget:
        page = QWidget()
        self.target = _DropTarget(self._themes, page)
        self.choose_file = _button(
            say("Choose a file…"),
            say("Choose a config.json, .gguf, .safetensors or .index.json"),
            page,
        )
        self.choose_file.clicked.connect(self._ask_file)
        self.choose_folder = _button(
            say("Choose a folder…"), say("Choose the folder of a checkpoint"), page
        )
        self.choose_folder.clicked.connect(self._ask_folder)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.choose_file)
        row.addWidget(self.choose_folder)
        row.addStretch(1)
        label = QLabel(say("&Hugging Face id"), page)
        self.hf_id = QLineEdit(page)
        self.hf_id.setPlaceholderText("Qwen/Qwen3-30B-A3B")
        self.hf_id.setMaxLength(300)
        self.hf_id.setToolTip(say("Organisation and name, or the address of the model’s page"))
        self.hf_id.setAccessibleName(say("Hugging Face id"))
        self.hf_id.setAccessibleDescription(self.hf_id.toolTip())
        label.setBuddy(self.hf_id)
        self.look_up = _button(
            say("Look up"),
            say("Go online and read config.json and the headers of the files from huggingface.co"),
            page,
        )
        self.look_up.clicked.connect(self._on_look_up)
        self.hf_id.textChanged.connect(self._on_id_changed)
        self.hf_id.returnPressed.connect(self._on_look_up)
        online = QHBoxLayout()
        online.addWidget(label)
        online.addWidget(self.hf_id, 1)
        online.addWidget(self.look_up)
        said = QLabel(
            say(
                "Goes online only when you press “Look up”: config.json and the "
                "headers of the files are read from huggingface.co, never the weights."
            ),
            page,
        )
        said.setWordWrap(True)
        said.setFont(font_small())
        said.setProperty("tone", "3")
        self.message = Hint(self._themes, "", page)
        close = _button(say("Cancel"), say("Close (Esc)"), page)
        close.clicked.connect(self.reject)
        foot = button_row((close,), middle=self.message)
        column = _column(page)
        column.addWidget(self.target, 1)
        column.addLayout(row)
        column.addSpacing(10)
        column.addLayout(online)
        column.addWidget(said)
        column.addSpacing(6)
        column.addLayout(foot)
        self._on_id_changed("")
        return page

    def _reading_page(self) -> QWidget:
        page = QWidget()
        self.reading = QLabel(page)
        self.reading.setFont(font_strong())
        self.reading.setWordWrap(True)
        self.reading.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.progress = QProgressBar(page)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(say("Progress of the import"))
        self.stop = _button(say("Cancel"), say("Stop reading (Esc)"), page)
        self.stop.clicked.connect(self.cancel_reading)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.stop)
        row.addStretch(1)
        column = _column(page)
        column.addStretch(1)
        column.addWidget(self.reading)
        column.addWidget(self.progress)
        column.addSpacing(8)
        column.addLayout(row)
        column.addStretch(1)
        return page

    def _result_page(self) -> QWidget:
        page = QWidget()
        label = QLabel(say("&Name"), page)
        self.name = QLineEdit(page)
        self.name.setMaxLength(200)
        self.name.setAccessibleName(say("Name of the model"))
        self.name.setToolTip(say("What the model is called in every list"))
        self.name.textChanged.connect(self._on_name_changed)
        label.setBuddy(self.name)
        row = QHBoxLayout()
        row.addWidget(label)
        row.addWidget(self.name, 1)
        self.match = QLabel(page)
        self.match.setWordWrap(True)
        self.match.setProperty("tone", "2")
        self.facts = FactsPanel(self._themes, say("What was recognised"), page)
        self.facts.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.error = Hint(self._themes, "", page)
        self.back = _button(say("Back"), say("Read something else"), page)
        self.back.clicked.connect(lambda: self._show_page(START))
        self.cancel = _button(say("Cancel"), say("Close without adding it (Esc)"), page)
        self.cancel.clicked.connect(self.reject)
        self.add = _button(say("Add to my models"), say("Keep it in My models"), page)
        self.add.clicked.connect(lambda: self._finish(use=False))
        self.use = _button(
            say("Add and use"),
            say("Keep it in My models and make it the model of the plan (Enter)"),
            page,
        )
        self.use.setProperty("primary", True)
        self.use.clicked.connect(lambda: self._finish(use=True))
        foot = button_row((self.add, self.cancel, self.use), (self.back,), middle=self.error)
        column = _column(page)
        column.addLayout(row)
        column.addWidget(self.match)
        column.addWidget(self.facts, 1)
        column.addLayout(foot)
        return page

    def _show_page(self, page: int) -> None:
        self.pages.setCurrentIndex(page)
        for button in (self.use, self.look_up):
            button.setDefault(False)
        focus: dict[int, QWidget] = {START: self.choose_file, READING: self.stop, RESULT: self.name}
        focus[page].setFocus(Qt.FocusReason.OtherFocusReason)
        if page == RESULT:
            self.use.setDefault(True)
            self.name.selectAll()

    # Reading -------------------------------------------------------------------------------------

    def read(self, path: Path) -> None:
        """Read a file or a folder."""
        self._begin(say("Reading {0}…", path.name))
        self.worker.read(path, self._catalog)

    def _on_look_up(self) -> None:
        if not self.hf_id.text().strip():
            return
        self._begin(say("Looking up {0} on huggingface.co…", self.hf_id.text().strip()))
        self.worker.look_up(self.hf_id.text().strip(), self._catalog)

    def _begin(self, words: str) -> None:
        self.message.show_error("")
        self.reading.setText(words)
        show_busy(self.progress)
        self._show_page(READING)

    def cancel_reading(self) -> None:
        """Stop and go back."""
        self.worker.cancel()
        self._show_page(START)

    def _on_progress(self, done: int, of: int) -> None:
        self.progress.setRange(0, of)
        self.progress.setValue(done)
        self.progress.setAccessibleDescription(say("{0:,} of {1:,} files", done, of))

    def _on_failed(self, sentence: str) -> None:
        self._show_page(START)
        self.message.show_error(sentence)

    def _on_done(self, imported: object) -> None:
        self.imported = imported
        spec = self.imported.model
        self.name.setText(spec.name)
        self.error.show_error("")
        self.match.setText(match_sentence(self.imported, self._catalog))
        self.match.setVisible(bool(self.match.text()))
        facts = result_facts(self.imported, spec.name, self._catalog, self._unit)
        if self.imported.notes:
            facts.append(Fact(say("Notes")))
            facts.extend(Fact("", note) for note in self.imported.notes)
        self.facts.show_facts(facts)
        self._show_page(RESULT)

    # Ending --------------------------------------------------------------------------------------

    def _finish(self, *, use: bool) -> None:
        name = " ".join(self.name.text().split())
        if self.imported is None or not name:
            self.name.setFocus()
            return
        model = self.imported.model.model_copy(update={"name": name})
        self.add_wanted.emit(model, self.imported, use)

    def refuse(self, sentence: str) -> None:
        """Say why it could not be added; the dialog stays."""
        self.error.show_error(sentence)

    def _on_name_changed(self, text: str) -> None:
        has_name = bool(text.strip())
        for button in (self.add, self.use):
            button.setEnabled(has_name)
        self.error.show_error("" if has_name else say("A name is needed."))

    def _on_id_changed(self, text: str) -> None:
        self.look_up.setEnabled(bool(text.strip()))

    def reject(self) -> None:
        if self.pages.currentIndex() == READING:
            self.cancel_reading()
            return
        self.worker.end()
        super().reject()

    def accept(self) -> None:
        self.worker.end()
        super().accept()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.worker.end()
        super().closeEvent(event)

    # Files ---------------------------------------------------------------------------------------

    def _ask_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, say("Choose a model’s file"), "", FILE_FILTER)
        if name:
            self.read(Path(name))

    def _ask_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, say("Choose a model’s folder"))
        if name:
            self.read(Path(name))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if model_path(event.mimeData()) is not None and take_copy(event):
            self.target.receive(True)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if model_path(event.mimeData()) is not None:
            take_copy(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.target.receive(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self.target.receive(False)
        path = model_path(event.mimeData())
        if path is not None and take_copy(event):
            self.read(path)


class _DropTarget(QWidget):
    """Says what can be dropped; framed while something is over the dialog."""

    def __init__(self, themes: ThemeProvider, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes = themes
        self._receiving = False
        self.setMinimumHeight(150)
        self.setAccessibleName(say("Drop a model’s files here"))
        themes.theme_changed.connect(self._on_theme_changed)

    def _on_theme_changed(self, _theme: object) -> None:
        self.update()

    def receive(self, receiving: bool) -> None:
        """Frame it, or not."""
        self._receiving = receiving
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        ink = theme.accent if self._receiving else theme.strong
        style = Qt.PenStyle.SolidLine if self._receiving else Qt.PenStyle.DashLine
        painter.setPen(QPen(QColor(ink), 2.0 if self._receiving else 1.0, style))
        painter.setBrush(QColor(theme.selection if self._receiving else theme.panel))
        painter.drawRoundedRect(box, 6, 6)
        middle = box.center().y()
        paint_icon(
            painter, QRectF(box.center().x() - 12, middle - 50, 24, 24), "import", theme.text2
        )
        centre = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
        painter.setFont(font_heading())
        painter.setPen(QColor(theme.text))
        words = say("Drop to read it") if self._receiving else say("Drop a model’s files here")
        painter.drawText(QRectF(box.left(), middle - 16, box.width(), 28), centre, words)
        painter.setFont(font_small())
        painter.setPen(QColor(theme.text2))
        painter.drawText(
            QRectF(box.left() + 16, middle + 14, box.width() - 32, 40),
            centre | Qt.TextFlag.TextWordWrap,
            say(
                "config.json, .gguf (any part), .safetensors, .index.json, or a folder "
                "of them. Only headers are read."
            ),
        )


def _button(words: str, tip: str, parent: QWidget) -> QPushButton:
    button = QPushButton(words, parent)
    button.setToolTip(tip)
    button.setAutoDefault(False)
    button.setAccessibleName(words.rstrip("…"))
    button.setAccessibleDescription(tip)
    return button


def _column(page: QWidget) -> QVBoxLayout:
    column = QVBoxLayout(page)
    column.setContentsMargins(*MARGINS)
    column.setSpacing(10)
    return column
