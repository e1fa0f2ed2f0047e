"""View → Compare: puts the comparison into the window in the place of the plan, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QBoxLayout, QWidget

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.entries import NO_ENTRIES, Entries
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.style import ThemeProvider

if TYPE_CHECKING:
    from moeplanner_gui.ui.compare.view import CompareView

_ABOUT_ONE_PLAN = (
    "view.memory",
    "view.context",
    "view.speed",
    "view.cost",
    "view.checks",
    "view.next_check",
    "view.previous_check",
    "view.collapse",
    "edit.find",
)
"""Commands that show something of the plan, which has to be seen then."""


class CompareActions(QObject):
    """Declares the command; the view is made when it is first asked for."""

    def __init__(
        self,
        document: PlanDocument,
        actions: Actions,
        themes: ThemeProvider,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._document, self._actions, self._themes = document, actions, themes
        self._window = window
        self._column: QBoxLayout | None = None
        self._instead_of: tuple[QWidget, ...] = ()
        self._focus: QWidget | None = None
        self.view: CompareView | None = None
        self._action = actions.add(
            "view.compare", "Com&pare the open plans", self._on_triggered,
            shortcut="Ctrl+Shift+C", icon="compare", menu="View", checkable=True,
            tip="Lay two to four open plans side by side",
        )  # fmt: skip

    def place(self, column: QBoxLayout, instead_of: tuple[QWidget, ...]) -> None:
        """Say where the comparison goes, and which widgets it hides meanwhile."""
        self._column, self._instead_of = column, instead_of
        for name in _ABOUT_ONE_PLAN:
            self._actions.get(name).triggered.connect(self.leave)

    @property
    def is_shown(self) -> bool:
        """Whether the comparison is seen."""
        return self._action.isChecked()

    def show(self) -> None:
        """Show the comparison."""
        self._action.setChecked(True)
        if self.view is None:
            from moeplanner_gui.ui.compare.view import CompareView

            parent = self._instead_of[0].parentWidget() if self._instead_of else self._window
            self.view = CompareView(self._document, self._actions, self._themes, parent)
            self.view.hide()
            self.view.left.connect(self.leave)
            if self._column is not None:
                self._column.addWidget(self.view, 1)
        if self.view.isVisible():
            return
        self._focus = self._window.focusWidget()
        for widget in self._instead_of:
            widget.hide()
        self.view.show()
        self.view.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self) -> None:
        """Go back to the plan that is shown."""
        self._action.setChecked(False)
        if self.view is None or self.view.isHidden():
            return
        self.view.hide()
        for widget in self._instead_of:
            widget.show()
        if self._focus is not None and self._focus.isVisible():
            self._focus.setFocus(Qt.FocusReason.OtherFocusReason)

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
