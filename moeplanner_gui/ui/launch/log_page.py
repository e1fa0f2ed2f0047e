"""Read its log: paste or open what the engine printed, and see it beside the plan.

Follows every edit of the plan. Computes nothing itself; a long text is read beside the window.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.launch.log_compare import LogComparison, compare_log
from moeplanner_gui.core.launch.log_readings import LogReadings
from moeplanner_gui.core.launch.pieces import Places
from moeplanner_gui.core.ports import UnknownEntryError
from moeplanner_gui.core.words import say
from moeplanner_gui.export.log_rows import (
    as_tsv,
    log_cells,
    notes_of,
    read_words,
    speed_cells,
)
from moeplanner_gui.ui.dialog import AnswerLine, button_row
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.launch.log_box import LogBox
from moeplanner_gui.ui.launch.log_reading import SHOWN_MOST, LogReader
from moeplanner_gui.ui.launch.log_table import LogTable
from moeplanner_gui.ui.motion import show_busy
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.tables import copy_text
from moeplanner_gui.ui.theme import Theme

TYPED_MS = 250
REVEAL_MS = 300
"""Before this nobody is waiting, and a bar that flashes by is noise."""
_PLAIN = Qt.TextFormat.PlainText
_SELECTABLE = (
    Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
)
_BOX_LINES = 5
_NO_LIMIT = 16_777_215
_LEAST_ROWS = 5


class LogPage(QWidget):
    """The page of the sheet: the log above, the comparison below.

    Attributes:
        comparison: What is shown, None before a log was read.

    Signals:
        changed(): There is another table to copy, or none.
    """

    changed = Signal()

    def __init__(
        self,
        document: PlanDocument,
        themes: ThemeProvider,
        places: Callable[[], Places] = Places,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._themes, self._places = document, themes, places
        self.readings: LogReadings | None = None
        self.comparison: LogComparison | None = None
        self._is_stale = False
        self.box = LogBox(self)
        self.open_button = _button(say("Open a log…"), self.ask_file)
        self.clear_button = _button(say("Clear"), self.clear)
        self.cancel_button = _button(say("Cancel"), self.cancel)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(say("Reading the log"))
        self.bar.setMaximumHeight(8)
        self.said = _label("2")
        self.said.setAccessibleName(say("What was read"))
        self.answer = AnswerLine()
        self.table = LogTable(themes)
        self.table.copy_requested.connect(self.copy)
        self.notes = _label("2")
        self.reader = LogReader(self)
        self.reader.read.connect(self._on_read)
        self.reader.failed.connect(self._on_failed)
        self.reader.text_read.connect(self._on_text)
        self.reader.progressed.connect(self._on_progress)
        self._typed = _timer(self, TYPED_MS, self._read_box)
        self._reveal = _timer(self, REVEAL_MS, self._show_waiting)
        self._build()
        self.box.textChanged.connect(self._typed.start)
        self.box.long_text.connect(self.read_text)
        self.box.file_dropped.connect(self.read_file)
        document.assessment_changed.connect(self._on_plan_changed)
        document.catalog_changed.connect(self._on_plan_changed)
        themes.theme_changed.connect(self._on_theme_changed)
        self.destroyed.connect(self.reader.cancel)
        self._show_nothing()

    def _build(self) -> None:
        self._area = QScrollArea()
        self._area.setWidget(self.notes)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setAccessibleName(say("Speeds and what to know"))
        self._area.setMinimumHeight(3 * self.fontMetrics().lineSpacing())
        self._area.setMaximumHeight(7 * self.fontMetrics().lineSpacing())
        # On a small screen all of it scrolls, rather than that the table shrinks to nothing.
        inner = QWidget()
        outer = QScrollArea()
        outer.setAccessibleName(say("The log and what it says"))
        outer.setWidget(inner)
        outer.setWidgetResizable(True)
        outer.setFrameShape(QFrame.Shape.NoFrame)
        outer.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(outer)
        line = self.box.fontMetrics().lineSpacing()
        self.box.setMinimumHeight(3 * line + 20)
        row = self.table.verticalHeader().defaultSectionSize()
        self.table.setMinimumHeight(_LEAST_ROWS * row + 2 * self.table.horizontalHeader().height())
        for widget in (self.box, self.table, self._area):
            # They share the room that there is; only their least heights make the page scroll.
            policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
            widget.setSizePolicy(policy)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.box, 1)
        column.addWidget(self.bar)
        left = (self.open_button, self.clear_button)
        column.addLayout(button_row((self.cancel_button,), left))
        column.addWidget(self.said)
        column.addWidget(self.answer)
        column.addWidget(self.table, 3)
        column.addWidget(self._area, 1)

    # What is read --------------------------------------------------------------------------------

    def read_text(self, text: str) -> None:
        """Read a text that stands nowhere in the box."""
        self._put(
            say(
                "{0:,} characters were pasted: too long to be shown, but all of it is read.",
                len(text),
            )
        )
        self._begin()
        self.reader.read_text(text, self._document.plan.deployment.engine)

    def read_file(self, path: Path) -> None:
        """Read a file."""
        self._begin()
        self.reader.read_file(Path(path), self._document.plan.deployment.engine)

    def ask_file(self) -> None:
        """Ask for a file and read it."""
        name, _ = QFileDialog.getOpenFileName(
            self, say("Open the engine's log"), "", say("Logs (*.log *.txt);;All files (*)")
        )
        if name:
            self.read_file(Path(name))

    def clear(self) -> None:
        """Forget the log."""
        self.reader.cancel()
        self._put("")
        self.readings = self.comparison = None
        self._show_nothing()
        self.box.setFocus()

    def cancel(self) -> None:
        """Stop reading; what was shown before stays."""
        self.reader.cancel()
        self._end_waiting()
        self.said.setText(say("Reading was stopped."))
        self.said.show()

    def _put(self, text: str) -> None:
        """Write into the box without reading it again."""
        self.box.blockSignals(True)
        self.box.setPlainText(text)
        self.box.blockSignals(False)
        self._typed.stop()

    def _read_box(self) -> None:
        text = self.box.toPlainText()
        if not text.strip():
            self.clear()
            return
        self._begin()
        self.reader.read_text(text, self._document.plan.deployment.engine)

    def _begin(self) -> None:
        self._reveal.start()

    def _show_waiting(self) -> None:
        if self.reader.is_busy:
            show_busy(self.bar)
            self.bar.show()
            self.cancel_button.show()

    def _end_waiting(self) -> None:
        self._reveal.stop()
        self.bar.hide()
        self.cancel_button.hide()

    def _on_progress(self, done: int, of: int) -> None:
        if self.bar.isVisible():
            self.bar.setRange(0, of)
            self.bar.setValue(done)

    def _on_text(self, text: str) -> None:
        shown = text if len(text) <= SHOWN_MOST else f"{text[:SHOWN_MOST]}\n…"
        self._put(shown.replace("\x00", ""))

    def _on_failed(self, sentence: str) -> None:
        self._end_waiting()
        self.answer.show_error(sentence, self._themes.theme)
        self.answer.show()

    def _on_read(self, readings: LogReadings) -> None:
        self._end_waiting()
        self.readings = readings
        self._compare()

    # What is shown -------------------------------------------------------------------------------

    def _on_plan_changed(self, _what: object = None) -> None:
        if self.readings is None:
            return
        if not self.isVisible():
            self._is_stale = True
            return
        self._compare()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_stale:
            self._compare()

    def _compare(self) -> None:
        readings = self.readings
        if readings is None:
            return
        self._is_stale = False
        document, theme = self._document, self._themes.theme
        try:
            found = compare_log(
                readings, document.plan, document.assessment, document.catalog, self._places()
            )
        except UnknownEntryError as error:
            self.comparison = None
            self.answer.show_error(str(error), theme)
            self.answer.show()
            return
        self.comparison = found
        self.said.setText(read_words(readings))
        self.said.show()
        if found.refusal:
            self.answer.show_error(found.refusal, theme)
        elif found.answer is not None:
            verdict = {"not_told": "tight"}.get(found.answer.verdict, found.answer.verdict)
            self.answer.show_verdict(verdict, found.answer.sentence, theme)
        self.answer.show()
        rows = log_cells(found, document.assessment)
        self.table.show_rows(rows)
        self.table.setVisible(bool(rows))
        speeds = [cells.texts[0] for cells in speed_cells(found)]
        self.notes.setText("\n".join((*speeds, *notes_of(found))))
        self._area.setVisible(bool(self.notes.text()))
        lines = _BOX_LINES * self.box.fontMetrics().lineSpacing() + 20
        self.box.setMaximumHeight(lines if rows else _NO_LIMIT)
        self.clear_button.setEnabled(True)
        self.changed.emit()

    def _show_nothing(self) -> None:
        self._end_waiting()
        for widget in (self.said, self.answer, self.table, self._area):
            widget.hide()
        self.table.show_rows(())
        self.notes.clear()
        self.box.setMaximumHeight(_NO_LIMIT)
        self.clear_button.setEnabled(False)
        self.changed.emit()

    def tsv(self) -> str:
        """The table as tab-separated text, "" when there is none."""
        if self.comparison is None or not (self.comparison.rows or self.comparison.speeds):
            return ""
        return as_tsv(self.comparison, self._document.assessment)

    def copy(self) -> None:
        """Copy the table as tab-separated text."""
        text = self.tsv()
        if text:
            copy_text(text)

    def _on_theme_changed(self, theme: Theme) -> None:
        self.table.set_theme(theme)
        if self.comparison is not None:
            self._compare()


def _label(tone: str) -> QLabel:
    label = QLabel()
    label.setTextFormat(_PLAIN)
    label.setWordWrap(True)
    label.setProperty("tone", tone)
    label.setTextInteractionFlags(_SELECTABLE)
    return label


def _button(words: str, does: Callable[[], object]) -> QPushButton:
    button = QPushButton(words)
    button.setAutoDefault(False)
    button.setAccessibleName(words)
    button.clicked.connect(lambda _checked=False: does())
    return button


def _timer(parent: QWidget, after_ms: int, does: Callable[[], None]) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(after_ms)
    timer.timeout.connect(does)
    return timer
