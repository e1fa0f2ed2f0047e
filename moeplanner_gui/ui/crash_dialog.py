"""What went wrong in plain words, that the work is safe, and a report to hand on.

Knows how it looks. What is safe and where, and what closes the program, comes from its owner.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QGridLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say
from moeplanner_gui.safe_write import why_not_written
from moeplanner_gui.ui.dialog import GAP, MARGINS, Dialog, button_row
from moeplanner_gui.ui.fault_file import save_report
from moeplanner_gui.ui.fonts import font_heading, font_small
from moeplanner_gui.ui.icons import icon
from moeplanner_gui.ui.theme import Theme

WIDTH, HEIGHT = 640, 460


@dataclass(frozen=True)
class Told:
    """What the dialog says.

    Attributes:
        title: The heading.
        what: What happened, in plain words.
        safe: Whether the work is kept, and where.
        is_safe: It is.
        report: The report, without the open plan and, asked with True, with it.
        has_plan: There is a plan that could be put in.
    """

    title: str
    what: str
    safe: str
    is_safe: bool
    report: Callable[[bool], str]
    has_plan: bool = True


class CrashDialog(Dialog):
    """Copy report, Save report, Close, Continue. Errors while it is open are counted in it."""

    def __init__(
        self,
        told: Told,
        theme: Theme,
        parent: QWidget | None = None,
        close_program: Callable[[], object] | None = None,
    ) -> None:
        super().__init__(parent)
        self._told = told
        self._more = 0
        self.setObjectName("crash")
        self.setWindowTitle(say("Report of an error"))
        self.setAccessibleName(told.title)
        self.setAccessibleDescription(f"{told.what} {told.safe}")
        heading = QLabel(told.title)
        heading.setFont(font_heading())
        heading.setWordWrap(True)
        what = _words(told.what)
        self.safe = _words(told.safe)
        self.safe.setObjectName("crash.safe")
        mark = QLabel()
        mark.setFixedWidth(16)
        name, ink = ("check", theme.ok) if told.is_safe else ("warning", theme.warn)
        mark.setPixmap(icon(name, theme, ink).pixmap(16, 16))
        safe_row = QGridLayout()
        safe_row.setHorizontalSpacing(GAP)
        safe_row.addWidget(mark, 0, 0, Qt.AlignmentFlag.AlignTop)
        safe_row.addWidget(self.safe, 0, 1)
        safe_row.setColumnStretch(1, 1)
        self.again = _words("")
        self.again.setObjectName("crash.again")
        self.again.hide()
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setAccessibleName(say("The report"))
        self.text.setMinimumHeight(90)
        self.with_plan = QCheckBox(say("Put the open plan into the report"))
        self.with_plan.setAccessibleName(self.with_plan.text())
        self.with_plan.setToolTip(
            say("Without it the report names no model, card, price or file of yours.")
        )
        self.with_plan.setVisible(told.has_plan)
        self.with_plan.toggled.connect(self._show_report)
        note = _words(
            say("Nothing is sent. The report stays on this computer unless you hand it on.")
        )
        note.setFont(font_small())
        note.setProperty("tone", "2")
        self.done_words = _words("")
        self.done_words.setObjectName("crash.done")
        self.done_words.hide()
        self.copy = _button(say("Copy report"), self.copy_report)
        self.save = _button(say("Save report…"), self.ask_where_to_save)
        self.go_on = _button(say("Continue"), self.accept)
        self.go_on.setDefault(True)
        right: list[QWidget] = [self.go_on]
        if close_program is not None:
            self.end = _button(say("Close the program"), close_program)
            self.end.setToolTip(say("Unsaved plans are kept and offered at the next start."))
            right.insert(0, self.end)
        column = QVBoxLayout(self)
        column.setContentsMargins(*MARGINS)
        column.setSpacing(8)
        column.addWidget(heading)
        column.addWidget(what)
        column.addLayout(safe_row)
        column.addWidget(self.again)
        column.addWidget(self.text, 1)
        for widget in (self.with_plan, note, self.done_words):
            column.addWidget(widget)
        column.addLayout(button_row(right, (self.copy, self.save)))
        self._show_report()
        self.go_on.setFocus()
        self._make_room()

    def count_another(self, text: str) -> None:
        """Another error happened meanwhile: no second dialog."""
        self._more += 1
        words = (
            say("It happened again: {0}", text)
            if self._more == 1
            else say("It happened {0} times more, last: {1}", self._more, text)
        )
        self.again.setText(breakable(words))
        self.again.show()
        self._make_room()

    # The report ----------------------------------------------------------------------------

    def report(self) -> str:
        """The report as it is shown."""
        return self.text.toPlainText()

    def copy_report(self) -> None:
        """Put it on the clipboard; some systems have none."""
        try:
            clipboard = QGuiApplication.clipboard()
            clipboard.setText(self.report())
            copied = clipboard.text() == self.report()
        except Exception:
            copied = False
        self._say(
            say("The report is on the clipboard.")
            if copied
            else say("The clipboard does not take it. Select the text, or save it to a file.")
        )
        if not copied:
            self.text.selectAll()

    def ask_where_to_save(self) -> None:
        """Ask for a file and write the report to it."""
        name, _ = QFileDialog.getSaveFileName(
            self, say("Save the report"), "moeplanner-report.txt", say("Text (*.txt)")
        )
        if name:
            self.save_to(Path(name))

    def save_to(self, path: Path) -> bool:
        """Write the report; a disk that refuses is said, and the dialog stays."""
        try:
            save_report(path, self.report())
        except OSError as error:
            reason = why_not_written(error)
            self._say(say("The report could not be saved: {0}. Copy it instead.", reason))
            return False
        self._say(say("The report is in {0}.", path))
        return True

    def _show_report(self, *_state: object) -> None:
        with_plan = self._told.has_plan and self.with_plan.isChecked()
        self.text.setPlainText(self._told.report(with_plan))

    def _say(self, sentence: str) -> None:
        self.done_words.setText(breakable(sentence))
        self.done_words.setAccessibleName(sentence)
        self.done_words.show()
        self._make_room()

    def _make_room(self) -> None:
        """Grow to the height that the words need at this size of the text; never shrink."""
        layout = self.layout()
        layout.activate()
        width = max(self.width(), WIDTH, layout.minimumSize().width())
        height = max(self.height(), HEIGHT, layout.totalHeightForWidth(width))
        screen = self.screen()
        if screen is not None:
            height = min(height, screen.availableGeometry().height())
        self.resize(width, height)


def breakable(text: str) -> str:
    """A text in which a long path or name can go on in the next line."""
    return re.sub(r"(\S{20})(?=\S)", "\\1\u200b", text)


def _words(text: str) -> QLabel:
    label = QLabel(breakable(text))
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def _button(words: str, run: Callable[[], object]) -> QPushButton:
    button = QPushButton(words)
    button.setAccessibleName(words)
    button.setAutoDefault(False)
    button.clicked.connect(lambda _checked=False: run())
    return button
