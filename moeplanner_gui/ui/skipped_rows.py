"""What of the catalogue could not be used: a bar with the first, and the list of all of them.

Knows the catalogue's problems and the bars; repairs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from moeplanner_gui.ui.dialog import MARGINS, Dialog, button_row
from moeplanner_gui.ui.fonts import font_heading
from moeplanner_gui.ui.tables import copy_text

if TYPE_CHECKING:
    from moeplanner_gui.ui.main_window import MainWindow

_WHAT_TO_DO = (
    "These rows are left out; everything else of their files is used. Correct the field that is "
    "named, and start the program again."
)


def counted(problems: tuple[Any, ...]) -> str:
    """``"2 catalogue rows were"``: a row with several wrong fields is one row."""
    count = len({(problem.file, problem.row) for problem in problems})
    return "1 catalogue row was" if count == 1 else f"{count:,} catalogue rows were"


def say_skipped_rows(window: MainWindow) -> None:
    """Show the bar, if there is anything to say."""
    problems = tuple(getattr(window.document.catalog, "problems", ()))
    if not problems:
        return
    more = len(problems) - 1
    rest = f" And {more:,} more." if more else ""
    window.bars.show_bar(
        "catalog",
        "warning",
        f"{counted(problems)} skipped.",
        f"{problems[0]}{rest}",
        (("Show all", lambda: SkippedRows(problems, window).open()),) if more else (),
    )


class SkippedRows(Dialog):
    """Every problem on a line of its own: file, row, field and what is wrong."""

    def __init__(self, problems: tuple[Any, ...], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("skipped_rows")
        self.setWindowTitle("Skipped catalogue rows")
        self.setAccessibleName("Skipped catalogue rows")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        heading = QLabel(f"{counted(problems)} skipped")
        heading.setFont(font_heading())
        words = QLabel(_WHAT_TO_DO)
        words.setWordWrap(True)
        words.setProperty("tone", "2")
        self.list = QPlainTextEdit("\n".join(str(problem) for problem in problems))
        self.list.setReadOnly(True)
        self.list.setTabChangesFocus(True)
        self.list.setAccessibleName("Skipped rows, one a line")
        self.copy = QPushButton("Copy")
        self.copy.setAutoDefault(False)
        self.copy.clicked.connect(lambda: copy_text(self.list.toPlainText() + "\n"))
        close = QPushButton("Close")
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
