"""File → Export: PDF, tables, Markdown, pictures. Knows the document and the bars, no views."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.safe_write import why_not_written
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.bars import MessageArea
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.launch_actions import LaunchActions
from moeplanner_gui.ui.picture_actions import PictureActions
from moeplanner_gui.ui.save_dialog import ask_where_to_save, offered_name
from moeplanner_gui.ui.style import ThemeProvider

if TYPE_CHECKING:
    from moeplanner_gui.ui.export.paper import Paper


class ExportActions(QObject):
    """The commands that write the shown plan for other programs and people.

    Attributes:
        launching: The commands that start the plan's engine.
        pictures: The charts as pictures.
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
        self._paper: Paper | None = None
        actions.add(
            "file.export_pdf",
            say("Build plan as &PDF…"),
            self.export_pdf,
            shortcut="Ctrl+P",
            icon="pdf",
            menu="File/Export",
            tip=say("Write verdict, parts, memory and sources to a PDF"),
        )
        actions.add(
            "file.export_csv",
            say("Parts list as &CSV…"),
            self.export_csv,
            shortcut="Ctrl+Shift+E",
            icon="table",
            menu="File/Export",
            tip=say("Write parts and memory per device to a CSV file"),
        )
        actions.add(
            "file.export_bill",
            say("&Bill of materials as CSV…"),
            self.export_bill,
            icon="table",
            menu="File/Export",
            tip=say("Write the parts with prices as one plain table, for a shop or a spreadsheet"),
        )
        actions.add(
            "file.export_figures",
            say("Every &figure as CSV…"),
            self.export_figures,
            icon="table",
            menu="File/Export",
            tip=say("Write every figure with its range, source and confidence as one plain table"),
        )
        actions.add(
            "file.export_markdown",
            say("&Markdown for a forum…"),
            self.export_markdown,
            icon="export",
            menu="File/Export",
            tip=say("Write verdict, rig, memory, speed and cost as Markdown without links"),
        )
        actions.add(
            "file.copy_markdown",
            say("C&opy as Markdown"),
            self.copy_markdown,
            icon="copy",
            menu="File/Export",
            tip=say("Copy verdict, rig, memory, speed and cost as Markdown for a forum"),
        )
        self.pictures = PictureActions(document, actions, self.export_to, themes, window)
        self.launching = LaunchActions(document, actions, self.export_to, themes, window)

    def export_pdf(self) -> None:
        """Ask for a file and the paper, and write the build plan."""
        from moeplanner_gui.ui.export.paper import PAPER_WORDS, usual_paper

        if self._paper is None:
            self._paper = usual_paper()
        kinds = {say("PDF, {0} (*.pdf)", words): paper for paper, words in PAPER_WORDS.items()}
        usual = next(kind for kind, paper in kinds.items() if paper == self._paper)

        def write(path: Path) -> None:
            from moeplanner_gui.ui.export.pdf import write_pdf

            document = self._document
            paper = self._paper
            write_pdf(path, document.plan, document.assessment, document.catalog, paper=paper)

        def chosen(kind: str) -> None:
            # A dialog of the system's own may answer with nothing.
            self._paper = kinds.get(kind, self._paper)

        self._export(say("Export the build plan"), ".pdf", ";;".join(kinds), write, usual, chosen)

    def export_csv(self) -> None:
        """Ask for a file and write the parts list."""

        def write(path: Path) -> None:
            from moeplanner_gui.export.csv import write_csv

            document = self._document
            write_csv(path, document.plan, document.assessment, document.catalog)

        self._export(say("Export the parts list"), ".csv", say("CSV (*.csv)"), write)

    def export_bill(self) -> None:
        """Ask for a file and write the bill of materials."""

        def write(path: Path) -> None:
            from moeplanner_gui.export.bill_csv import write_bill_csv

            write_bill_csv(path, self._document.plan, self._document.catalog)

        self._export(say("Export the bill of materials"), "-bill.csv", say("CSV (*.csv)"), write)

    def export_figures(self) -> None:
        """Ask for a file and write every figure."""

        def write(path: Path) -> None:
            from moeplanner_gui.export.figures_csv import write_figures_csv

            document = self._document
            write_figures_csv(path, document.plan, document.assessment, document.catalog)

        self._export(say("Export every figure"), "-figures.csv", say("CSV (*.csv)"), write)

    def export_markdown(self) -> None:
        """Ask for a file and write the summary for a forum."""

        def write(path: Path) -> None:
            from moeplanner_gui.export.markdown import write_markdown

            document = self._document
            plan, assessment = document.plan, document.assessment
            write_markdown(path, plan, assessment, document.catalog, date.today())

        self._export(say("Export as Markdown"), ".md", say("Markdown (*.md)"), write)

    def copy_markdown(self) -> None:
        """Put the summary for a forum on the clipboard."""
        from moeplanner_gui.export.markdown import plan_markdown

        document = self._document
        document.flush()
        text = plan_markdown(document.plan, document.assessment, document.catalog, date.today())
        QGuiApplication.clipboard().setText(text)
        self._bars.show_bar(
            "export", "info", say("Copied as Markdown."), say("Paste it into a post.")
        )

    def _export(
        self,
        title: str,
        suffix: str,
        kinds: str,
        write: Callable[[Path], None],
        usual: str = "",
        chosen: Callable[[str], None] | None = None,
    ) -> None:
        self._document.flush()
        start = offered_name(self._document, suffix)
        ending = suffix[suffix.rindex(".") :]
        path, kind = ask_where_to_save(self._window, title, start, kinds, ending, usual)
        if path is not None:
            if chosen is not None:
                chosen(kind)
            self.export_to(path, write)

    def export_to(self, path: Path, write: Callable[[Path], None]) -> bool:
        """Write an export and say what came of it."""
        try:
            write(path)
        except (OSError, ValueError) as error:
            reason = why_not_written(error) if isinstance(error, OSError) else str(error)
            reason = reason[:1].upper() + reason[1:].rstrip(".")
            self._bars.show_bar(
                "export",
                "error",
                say("“{0}” could not be written.", path.name),
                say("{0}. Nothing was changed.", reason),
            )
            return False
        self._bars.show_bar(
            "export",
            "info",
            say("Wrote {0}.", path.name),
            str(path.parent),
            (
                (say("Open it"), lambda: _show(path)),
                (say("Show the folder"), lambda: _show(path.parent)),
            ),
        )
        return True


def _show(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
