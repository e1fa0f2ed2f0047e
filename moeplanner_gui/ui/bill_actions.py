"""Rig → Bill of materials. The sheet is imported when it is first opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.style import ThemeProvider

if TYPE_CHECKING:
    from moeplanner_gui.ui.bill.view import BillSheet
    from moeplanner_gui.ui.cost.price_dialog import PriceDialog


class BillActions(QObject):
    """Opens the bill of materials and, from it, the user's own prices.

    Attributes:
        sheet: The bill while it is open.
    """

    def __init__(
        self, document: PlanDocument, actions: Actions, themes: ThemeProvider, window: QWidget
    ) -> None:
        super().__init__(window)
        self._document, self._themes, self._window = document, themes, window
        self._actions = actions
        self.sheet: BillSheet | None = None
        actions.add(
            "rig.bill",
            say("&Bill of materials"),
            self.open,
            shortcut="Ctrl+B",
            icon="table",
            menu="Rig",
            tip=say(
                "Every part with its quantity, price and date, what is mine already, and the sum"
            ),
        )

    def open(self) -> BillSheet:
        """Open the bill; the one that is open comes to the front."""
        from moeplanner_gui.ui.bill.view import BillSheet

        if self.sheet is None:
            self._document.flush()
            self.sheet = BillSheet(self._document, self._themes, self._window)
            self.sheet.price_wanted.connect(self.ask_price)
            self.sheet.parts_wanted.connect(self.choose_parts)
            self.sheet.finished.connect(self._on_finished)
        self.sheet.show()
        self.sheet.raise_()
        self.sheet.activateWindow()
        return self.sheet

    def ask_price(self, part_id: str, name: str) -> PriceDialog:
        """Open the user's own price list on a part."""
        from moeplanner_gui.ui.cost.price_dialog import PriceDialog

        dialog = PriceDialog(self._document, self._themes, self.sheet or self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
        dialog.ask_for(part_id, name)
        return dialog

    def choose_parts(self, node: int) -> None:
        """Open the parts of a computer; the bill follows what is chosen there."""
        self._document.select(node)
        self._actions.get("rig.node_parts").trigger()

    def _on_finished(self, _result: int) -> None:
        if self.sheet is not None:
            self.sheet.deleteLater()
        self.sheet = None
