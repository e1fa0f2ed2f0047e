"""The about box: versions, dates of the data, folders, licences; all of it can be copied."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.catalog import paths
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.dialog import MARGINS, Dialog, button_row, resize_within_screen
from moeplanner_gui.ui.fonts import font_base, font_heading, font_small, font_small_strong
from moeplanner_gui.ui.help.facts import Fact, as_text, data_facts, folder_facts, versions
from moeplanner_gui.ui.help.text_dialog import TextDialog
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.tables import copy_text

if TYPE_CHECKING:
    from moeplanner_gui.catalog.load import Catalog


class AboutDialog(Dialog):
    """What this program is, and what it knows as of when."""

    def __init__(
        self,
        catalog: Catalog,
        settings_folder: Path,
        themes: ThemeProvider,
        parent: QWidget,
        today: date | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("about")
        self.setWindowTitle(say("About MoE Planner"))
        self.setAccessibleName(say("About MoE Planner"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._groups = (
            (say("Versions"), versions()),
            (say("Data"), data_facts(catalog, today or date.today())),
            (say("Folders"), folder_facts(settings_folder)),
        )
        name = QLabel("MoE Planner")
        name.setFont(font_heading())
        what = QLabel(say("What hardware runs a large language model, before the money is spent."))
        what.setWordWrap(True)
        licence = QLabel(
            say(
                "MIT licence. Reports nothing to anyone; goes online only when you press a button"
                " that says so."
            )
        )
        licence.setFont(font_small())
        licence.setProperty("tone", "2")
        licence.setWordWrap(True)
        area = QScrollArea()
        area.setWidget(self._table())
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setAccessibleName(say("Versions, data and folders"))
        self.copy = self._button(say("Copy"), say("Copy all of this, for a report"), self.copy_all)
        own = self._button(say("Licence"), say("The licence of this program"), self._show_licence)
        own.setEnabled(paths.licence_file() is not None)
        self.notices = self._button(
            say("Third parties"),
            say("The licences of what is shipped with this program"),
            self._show_notices,
        )
        self.notices.setEnabled(paths.notices_file() is not None)
        if not self.notices.isEnabled():
            self.notices.setToolTip(
                say("A packaged program has them; here the libraries are those you installed")
            )
        close = QPushButton(say("Close"))
        close.setDefault(True)
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(*MARGINS)
        column.setSpacing(6)
        for widget in (name, what, licence):
            column.addWidget(widget)
        column.addWidget(area, 1)
        column.addLayout(button_row((close,), (self.copy, own, self.notices)))
        resize_within_screen(self, 660, 640)
        close.setFocus()

    def copy_all(self) -> None:
        """Copy everything as text."""
        copy_text(as_text(self._groups))

    def _table(self) -> QWidget:
        body = QWidget()
        grid = QGridLayout(body)
        grid.setContentsMargins(0, 4, 8, 4)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(1, 1)
        row = 0
        for title, facts in self._groups:
            heading = QLabel(title)
            heading.setFont(font_small_strong())
            heading.setContentsMargins(0, 8 if row else 0, 0, 2)
            grid.addWidget(heading, row, 0, 1, 3)
            row += 1
            for fact in facts:
                self._add(grid, row, fact)
                row += 1
        grid.setRowStretch(row, 1)
        return body

    def _add(self, grid: QGridLayout, row: int, fact: Fact) -> None:
        label = QLabel(fact.label)
        label.setProperty("tone", "2")
        value = QLabel(fact.value)
        for widget in (label, value):
            widget.setFont(font_base())
        # A path has no spaces to break at.
        value.setWordWrap(fact.folder is None)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        value.setAccessibleName(f"{fact.label}: {fact.value}")
        if fact.folder is None:
            grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(value, row, 1, 1, 2)
            return
        grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignVCenter)
        value.setText(_broken_anywhere(fact.value))
        value.setWordWrap(True)
        grid.addWidget(value, row, 1)
        folder = fact.folder
        button = self._button(
            say("Open"),
            say("Open {0}", str(folder)),
            lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))),
        )
        button.setAccessibleName(say("Open the folder: {0}", fact.label))
        button.setEnabled(folder.is_dir())
        if not button.isEnabled():
            button.setToolTip(say("It is made when there is something to keep"))
        grid.addWidget(button, row, 2, Qt.AlignmentFlag.AlignVCenter)

    def _button(self, words: str, tip: str, run: object) -> QPushButton:
        button = QPushButton(words)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        button.clicked.connect(run)
        return button

    def _show_licence(self) -> None:
        self._show_file("licence", say("Licence"), paths.licence_file())

    def _show_notices(self) -> None:
        self._show_file("notices", say("Licences of third parties"), paths.notices_file())

    def _show_file(self, name: str, title: str, file: Path | None) -> None:
        try:
            text = file.read_text("utf-8", "replace") if file is not None else ""
        except OSError as error:
            text = say("{0} cannot be read: {1}.", str(file), error.strerror or str(error))
        TextDialog(name, title, text, self, markdown=False).open()


def _broken_anywhere(path: str) -> str:
    """A path that a label may break after each separator."""
    return path.replace("/", "/\u200b").replace("\\", "\\\u200b")
