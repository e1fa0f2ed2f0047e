"""Rig → Detect my GPUs. The dialog is imported when needed; what is accepted is one undo step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.own_rows import OwnRows
from moeplanner_gui.ui.style import ThemeProvider

if TYPE_CHECKING:
    from moeplanner_gui.ui.detect.dialog import DetectDialog

_WORDS = {
    "add": say("Add “{}”"),
    "update": say("Update “{}”"),
    "replace": say("Replace the rig with “{}”"),
}


class DetectActions(QObject):
    """Opens the dialog and puts what was accepted into the plan.

    Attributes:
        dialog: The dialog while it is open.
    """

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
        self.dialog: DetectDialog | None = None
        actions.add(
            "rig.detect",
            say("&Detect my GPUs"),
            self.open,
            shortcut="Ctrl+Shift+D",
            icon="chip",
            menu="Rig",
            tip=say("Look at the cards, processor and memory of this computer"),
        )

    def open(self, *, look: bool = True) -> DetectDialog:
        """Open the dialog and begin to look; the one that is open comes to the front."""
        from moeplanner_gui.ui.detect.dialog import DetectDialog

        if self.dialog is not None:
            self.dialog.raise_()
            self.dialog.activateWindow()
            return self.dialog
        self.dialog = dialog = DetectDialog(self._document, self._themes, self._window)
        dialog.accept_wanted.connect(lambda chosen, how: self._accept(dialog, chosen, how))
        dialog.complete_wanted.connect(self._complete)
        dialog.typing_wanted.connect(lambda: self._own.new_card())
        dialog.finished.connect(self._on_finished)
        dialog.show()
        if look:
            dialog.look()
        return dialog

    def end(self) -> None:
        """Close the dialog: no thread outlives the window."""
        if self.dialog is not None:
            self.dialog.reject()

    def _on_finished(self, _result: int) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
        self.dialog = None

    def _complete(self, row: Any, completed: Any) -> None:
        self._own.complete_card(row, completed)

    def _accept(self, dialog: DetectDialog, chosen: Any, how: str) -> None:
        from moeplanner_gui.ui.detect.choice import accepted_plan, detected_place, with_saved_ids

        ids: dict[str, str] = {}
        for kind, rows in (("gpu", chosen.new_cards), ("host", chosen.new_hosts)):
            for row in rows:
                saved = self._own.add_part(kind, row)
                if saved is None:
                    dialog.refuse(say("It could not be saved; the bar in the window says why."))
                    return
                ids[row.id] = saved.id
        node = with_saved_ids(chosen.node, ids)
        words = _WORDS[how].format(node.name or say("This computer"))
        try:
            plan = accepted_plan(self._document.plan, node, how)
        except ValueError as error:
            dialog.refuse(str(error))
            return
        dialog.accept()
        self._document.apply(words, plan)
        place = detected_place(self._document.plan)
        self._document.select(place if how != "add" else len(plan.rig.nodes) - 1, None)
