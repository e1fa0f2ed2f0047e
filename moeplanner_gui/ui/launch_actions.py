"""File → Export → Start it. The sheet is imported when it is first opened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.save_dialog import ask_where_to_save, offered_name
from moeplanner_gui.ui.style import ThemeProvider

if TYPE_CHECKING:
    from moeplanner_gui.core.launch.pieces import Places
    from moeplanner_gui.ui.launch.log_page import LogPage
    from moeplanner_gui.ui.launch.sheet import StartSheet


class LaunchActions(QObject):
    """Opens the sheet with the launch commands and writes them to a script.

    Attributes:
        sheet: The sheet while it is open.
        log_page: Its page that reads a log.
    """

    def __init__(
        self,
        document: PlanDocument,
        actions: Actions,
        export_to: Callable[[Path, Callable[[Path], None]], bool],
        themes: ThemeProvider,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._document, self._themes, self._window = document, themes, window
        self._export_to = export_to
        self._places: Places | None = None
        self.sheet: StartSheet | None = None
        self.log_page: LogPage | None = None
        actions.add(
            "file.launch",
            say("&Start it…"),
            self.open,
            shortcut="Ctrl+L",
            icon="server",
            menu="File/Export",
            tip=say("The commands that start the engine as planned, and what it will print"),
        )
        actions.add(
            "file.read_log",
            say("Read the engine's &log…"),
            self.open_log,
            icon="search",
            menu="File/Export",
            tip=say("Put what the engine printed beside what the plan predicts"),
        )

    def open(self) -> StartSheet:
        """Open the sheet; the one that is open comes to the front."""
        from moeplanner_gui.ui.launch.sheet import StartSheet

        if self.sheet is None:
            self._document.flush()
            self.sheet = StartSheet(self._document, self._themes, self._window, self._places)
            self.sheet.save_wanted.connect(self.save)
            self._add_log_page(self.sheet)
            self.sheet.finished.connect(self._on_finished)
        self.sheet.show()
        self.sheet.raise_()
        self.sheet.activateWindow()
        return self.sheet

    def _add_log_page(self, sheet: StartSheet) -> None:
        """The page that reads the engine's log is the sheet's last one."""
        from moeplanner_gui.ui.launch.log_page import LogPage

        self.log_page = LogPage(self._document, self._themes, lambda: sheet.places, sheet)
        sheet.add_page("log", say("Read its log"), self.log_page)

    def open_log(self) -> StartSheet:
        """Open the sheet at the page that reads a log."""
        sheet = self.open()
        sheet.show_page("log")
        return sheet

    def save(self) -> None:
        """Ask for a file and write the script."""
        self._document.flush()
        path, _ = ask_where_to_save(
            self.sheet or self._window,
            say("Save the launch script"),
            offered_name(self._document, ".sh"),
            say("Shell script (*.sh)"),
            ".sh",
        )
        if path is not None:
            self.save_to(path)

    def save_to(self, path: Path) -> bool:
        """Write the script and say what came of it."""
        from moeplanner_gui.export.launch import write_launch

        document = self._document
        places = self.sheet.places if self.sheet is not None else self._places

        def write(target: Path) -> None:
            write_launch(target, document.plan, document.assessment, document.catalog, places)

        return self._export_to(path, write)

    def _on_finished(self, _result: int) -> None:
        if self.sheet is not None:
            # Typed once for the time that the window is open.
            self._places = self.sheet.places
            self.sheet.deleteLater()
        if self.log_page is not None:
            self.log_page.reader.end()
        self.sheet = self.log_page = None
