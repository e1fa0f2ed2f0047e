"""What of the catalogue could not be used: a bar with the first, and the list of all of them.

Knows the catalogue's problems and the bars; repairs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from moeplanner_gui.core.words import comma_joined, say
from moeplanner_gui.ui.dialog import MARGINS, Dialog, button_row
from moeplanner_gui.ui.fonts import font_heading
from moeplanner_gui.ui.tables import copy_text

if TYPE_CHECKING:
    from moeplanner_gui.ui.main_window import MainWindow

_WHAT_TO_DO = say(
    "They are left out; everything else is used. Correct the field that is "
    "named, and start the program again."
)


def counted(problems: tuple[Any, ...]) -> str:
    """``"2 catalogue rows and 1 file were skipped"``; several wrong fields are one row."""
    rows = len({(problem.file, problem.row) for problem in problems if problem.row})
    files = len({problem.file for problem in problems if not problem.row})
    row_words = say("1 catalogue row") if rows == 1 else say("{0:,} catalogue rows", rows)
    file_words = say("1 file") if files == 1 else say("{0:,} files", files)
    if rows and files:
        return say("{0} and {1} were skipped", row_words, file_words)
    words = row_words if rows else file_words
    if rows + files == 1:
        return say("{0} was skipped", words)
    return say("{0} were skipped", words)


def by_file(problems: tuple[Any, ...]) -> str:
    """Each file once, and below it what is wrong in it, one a line."""
    said: dict[str, list[str]] = {}
    for problem in problems:
        place = comma_joined(part for part in (problem.row, problem.field) if part)
        line = f"{place}: {problem.message}" if place else problem.message
        said.setdefault(problem.file, []).append(f"    {line}")
    return "\n\n".join("\n".join((file, *lines)) for file, lines in said.items())


def say_skipped_rows(window: MainWindow) -> None:
    """Show the bar, if there is anything to say."""
    problems = tuple(getattr(window.document.catalog, "problems", ()))
    if not problems:
        return
    more = len(problems) - 1
    rest = f" {say('And {0:,} more.', more)}" if more else ""
    window.bars.show_bar(
        "catalog",
        "warning",
        say("{0}.", counted(problems)),
        f"{problems[0]}{rest}",
        ((say("Show all"), lambda: SkippedRows(problems, window).open()),) if more else (),
    )


class SkippedRows(Dialog):
    """Every problem on a line of its own, below its file: row, field and what is wrong."""

    def __init__(self, problems: tuple[Any, ...], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("skipped_rows")
        self.setWindowTitle(say("Skipped catalogue rows"))
        self.setAccessibleName(say("Skipped catalogue rows"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        heading = QLabel(counted(problems))
        heading.setFont(font_heading())
        words = QLabel(_WHAT_TO_DO)
        words.setWordWrap(True)
        words.setProperty("tone", "2")
        self.list = QPlainTextEdit(by_file(problems))
        self.list.setReadOnly(True)
        self.list.setTabChangesFocus(True)
        self.list.setAccessibleName(say("What was skipped, by file"))
        self.copy = QPushButton(say("Copy"))
        self.copy.setAutoDefault(False)
        self.copy.clicked.connect(lambda: copy_text(self.list.toPlainText() + "\n"))
        close = QPushButton(say("Close"))
        close.setDefault(True)
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(*MARGINS)
        column.setSpacing(8)
        for widget in (heading, words):
            column.addWidget(widget)
        column.addWidget(self.list, 1)
        column.addLayout(button_row((close,), (self.copy,)))
        self.resize(720, 420)
        close.setFocus()
