"""File → Export: the plan as PDF and CSV. Knows the document and the bars, not the views."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.bars import MessageArea
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.launch_actions import LaunchActions
from moeplanner_gui.ui.plan_titles import file_stem
from moeplanner_gui.ui.style import ThemeProvider


class ExportActions(QObject):
    """The commands that write the shown plan for other programs and people.

    Attributes:
        launching: The commands that start the plan's engine.
    """

    def __init__(
        self,
        document: PlanDocument,
        actions: Actions,
        bars: MessageArea,
        themes: ThemeProvider,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._document, self._bars, self._window = document, bars, window
        actions.add(
            "file.export_pdf",
            "Build plan as &PDF…",
            self.export_pdf,
            shortcut="Ctrl+P",
            icon="pdf",
            menu="File/Export",
            tip="Write verdict, parts, memory and sources to a PDF",
        )
        actions.add(
            "file.export_csv",
            "Parts list as &CSV…",
            self.export_csv,
            shortcut="Ctrl+Shift+E",
            icon="table",
            menu="File/Export",
            tip="Write parts and memory per device to a CSV file",
        )
        self.launching = LaunchActions(document, actions, self.export_to, themes, window)

    def export_pdf(self) -> None:
        """Ask for a file and write the build plan."""

        def write(path: Path) -> None:
            from moeplanner_gui.ui.export.pdf import write_pdf

            document = self._document
            write_pdf(path, document.plan, document.assessment, document.catalog)

        self._export("Export the build plan", ".pdf", "PDF (*.pdf)", write)

    def export_csv(self) -> None:
        """Ask for a file and write the parts list."""

        def write(path: Path) -> None:
            from moeplanner_gui.export.csv import write_csv

            document = self._document
            write_csv(path, document.plan, document.assessment, document.catalog)

        self._export("Export the parts list", ".csv", "CSV (*.csv)", write)

    def _export(self, title: str, suffix: str, kinds: str, write: Callable[[Path], None]) -> None:
        self._document.flush()
        stem = self._document.path.stem if self._document.path else ""
        start = (stem or file_stem(self._document.plan)) + suffix
        if self._document.path:
            start = str(self._document.path.with_name(start))
        name, _ = QFileDialog.getSaveFileName(self._window, title, start, kinds)
        if name:
            path = Path(name)
            self.export_to(path if path.suffix else path.with_suffix(suffix), write)

    def export_to(self, path: Path, write: Callable[[Path], None]) -> bool:
        """Write an export and say what came of it."""
        try:
            write(path)
        except (OSError, ValueError) as error:
            self._bars.show_bar(
                "export",
                "error",
                f"“{path.name}” could not be written.",
                f"{error} Nothing else was changed.",
            )
            return False
        self._bars.show_bar(
            "export",
            "info",
            f"Wrote {path.name}.",
            str(path.parent),
            (("Open it", lambda: _show(path)), ("Show the folder", lambda: _show(path.parent))),
        )
        return True


def _show(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
