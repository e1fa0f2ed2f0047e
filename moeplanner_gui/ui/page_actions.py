"""A page that takes the place of the plan's panes while it is open: what Compare and Find share."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QBoxLayout, QWidget
from shiboken6 import isValid

from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.style import ThemeProvider

ABOUT_THE_PLAN = (
    "view.memory",
    "view.context",
    "view.speed",
    "view.cost",
    "view.checks",
    "view.reality",
    "view.next_check",
    "view.previous_check",
    "view.collapse",
    "edit.find",
)
"""Commands that show something of the plan, which has to be seen then."""


class PageActions(QObject):
    """Puts a page where the panes are, and the panes and the focus back."""

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
        self._panes: tuple[QWidget, ...] = ()
        self._focus: QWidget | None = None

    def place(self, column: QBoxLayout, panes: tuple[QWidget, ...]) -> None:
        """Say where the page goes: into ``column``, in the place of ``panes``."""
        self._column, self._panes = column, panes
        for name in ABOUT_THE_PLAN:
            if name in self._actions:
                self._actions.get(name).triggered.connect(self.leave)

    def leave(self) -> None:
        """Go back to the plan that is shown."""
        raise NotImplementedError

    def _page_parent(self) -> QWidget | None:
        return self._panes[0].parentWidget() if self._panes else self._window

    def _add(self, page: QWidget) -> None:
        """Take in a page that was made just now; it is not seen yet."""
        page.hide()
        if self._column is not None:
            self._column.addWidget(page, 1)

    def _show(self, page: QWidget) -> None:
        """Show the page instead of the panes; the focus is the page's own matter."""
        self._focus = self._window.focusWidget()
        for pane in self._panes:
            pane.hide()
        page.show()

    def _show_panes(self) -> None:
        """Show the panes again; the keyboard goes on where it was."""
        for pane in self._panes:
            pane.show()
        # What had it may be gone since: a bar that was closed, a row that was taken out.
        if self._focus is not None and isValid(self._focus) and self._focus.isVisible():
            self._focus.setFocus(Qt.FocusReason.OtherFocusReason)
