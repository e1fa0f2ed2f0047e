"""View → Compare: puts the comparison into the window in the place of the plan, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.entries import NO_ENTRIES, Entries
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.page_actions import PageActions
from moeplanner_gui.ui.style import ThemeProvider

if TYPE_CHECKING:
    from moeplanner_gui.ui.compare.view import CompareView


class CompareActions(PageActions):
    """Declares the command; the view is made when it is first asked for."""

    def __init__(
        self,
        document: PlanDocument,
        actions: Actions,
        themes: ThemeProvider,
        window: QWidget,
    ) -> None:
        super().__init__(document, actions, themes, window)
        self.view: CompareView | None = None
        self._action = actions.add(
            "view.compare", say("Com&pare the open plans"), self._on_triggered,
            shortcut="Ctrl+Shift+C", icon="compare", menu="View", checkable=True,
            tip=say("Lay two to four open plans side by side"),
        )  # fmt: skip

    @property
    def is_shown(self) -> bool:
        """Whether the comparison is seen."""
        return self._action.isChecked()

    def show(self) -> None:
        """Show the comparison."""
        self._action.setChecked(True)
        if self.view is None:
            from moeplanner_gui.ui.compare.view import CompareView

            page = self._page_parent()
            self.view = CompareView(self._document, self._actions, self._themes, page)
            self.view.left.connect(self.leave)
            self._add(self.view)
        if self.view.isVisible():
            return
        self._show(self.view)
        self.view.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self) -> None:
        """Go back to the plan that is shown."""
        self._action.setChecked(False)
        if self.view is None or self.view.isHidden():
            return
        self.view.hide()
        self._show_panes()

    def compare_with(
        self, title: str, plan: Plan, assessment: Assessment, entries: Entries = NO_ENTRIES
    ) -> None:
        """Compare a plan that is not open, such as a found rig, with the open ones."""
        self.show()
        if self.view is not None:
            self.view.add_plan(title, plan, assessment, entries)

    def _on_triggered(self) -> None:
        if self._action.isChecked():
            self.show()
        else:
            self.leave()
