"""File → Import model…, and models dropped on the window. The dialog is imported when needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.own_rows import OwnRows
from moeplanner_gui.ui.style import ThemeProvider

if TYPE_CHECKING:
    from moeplanner_gui.ui.import_view.dialog import ImportDialog


class ImportActions(QObject):
    """Opens the dialog and adds what it read."""

    def __init__(
        self,
        document: PlanDocument,
        actions: Actions,
        own: OwnRows,
        themes: ThemeProvider,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._document, self._own = document, own
        self._themes, self._window = themes, window
        actions.add(
            "file.import",
            say("&Import model…"),
            self.open,
            shortcut="Ctrl+I",
            icon="import",
            menu="File",
            tip=say(
                "Read a model from its config.json, GGUF or safetensors headers, or look it up"
            ),
        )

    def open(self, path: Path | None = None) -> ImportDialog:
        """Open the dialog; with a path it begins to read at once."""
        from moeplanner_gui.ui.import_view.dialog import ImportDialog

        dialog = ImportDialog(
            self._themes, self._document.catalog, self._window, unit=self._document.memory_unit
        )
        dialog.add_wanted.connect(
            lambda model, imported, use: self._add(dialog, model, imported, use)
        )
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        if path is not None:
            dialog.read(path)
        return dialog

    def _add(self, dialog: ImportDialog, model: Any, imported: Any, use: bool) -> None:
        row = self._own.add_model(model, imported=True)
        if row is None:
            dialog.refuse(say("It could not be saved; the bar in the window says why."))
            return
        dialog.accept()
        if use:
            from moeplanner_gui.ui.import_view.result import plan_with

            plan = plan_with(self._document.plan, row, imported.weights)
            self._document.apply(say("Use {0}", row.name), plan)
