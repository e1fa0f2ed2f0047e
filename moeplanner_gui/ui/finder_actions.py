"""Rig → Find a rig. The page is imported when it is asked for; loading a rig is one undo step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.page_actions import PageActions
from moeplanner_gui.ui.sessions import Session, next_name
from moeplanner_gui.ui.style import ThemeProvider

if TYPE_CHECKING:
    from moeplanner_gui.core.plan import Plan
    from moeplanner_gui.core.search.terms import FoundRig
    from moeplanner_gui.ui.finder.view import FinderView

COMPARE = "view.compare"
PRICES = "cost.my_prices"


class FinderActions(PageActions):
    """Shows the page in the place of the plan's panes, and takes it away again.

    ``place`` says where that is.

    Attributes:
        page: The page, None while it was never opened.
    """

    def __init__(
        self,
        document: PlanDocument,
        actions: Actions,
        themes: ThemeProvider,
        window: QWidget,
    ) -> None:
        super().__init__(document, actions, themes, window)
        self._seen: Plan | None = None
        self.page: FinderView | None = None
        self._action = actions.add(
            "rig.find",
            say("&Find a rig"),
            self.toggle,
            shortcut="Ctrl+Shift+R",
            icon="search",
            menu="Rig",
            tip=say("Search all cards and computers for those that do what you need"),
        )

        document.session_shown.connect(self._on_session_shown)
        document.plan_changed.connect(self._on_plan_changed)

    def place(self, column: QBoxLayout, panes: tuple[QWidget, ...]) -> None:
        """Say where the page goes; what is compared is seen instead of it."""
        super().place(column, panes)
        if COMPARE in self._actions:
            self._actions.get(COMPARE).triggered.connect(self.leave)

    def leave(self) -> None:
        """Back to the plan."""
        self.close()

    @property
    def is_open(self) -> bool:
        """Whether the page is shown."""
        return self.page is not None and not self.page.isHidden()

    def toggle(self) -> None:
        """Open the page, or go back to the plan."""
        if self.is_open:
            self.close()
        else:
            self.open()

    def open(self) -> FinderView:
        """Show the page and search for what the open plan does."""
        page = self._made()
        if self._is_compared:
            self._actions.get(COMPARE).trigger()
        if not self.is_open:
            self._seen = self._document.plan
            self._show(page)
            page.open_with_plan()
            page.bar.speed.setFocus(Qt.FocusReason.OtherFocusReason)
            page.bar.speed.lineEdit().selectAll()
        return page

    def close(self) -> None:
        """Back to the plan; what was found stays until the page is opened again."""
        if not self.is_open or self.page is None:
            return
        self.page.stop()
        self.page.hide()
        if self._is_compared:
            # The comparison stands where the panes would.
            return
        self._show_panes()

    def end(self) -> None:
        """No thread outlives the window."""
        if self.page is not None:
            self.page.end()

    @property
    def _is_compared(self) -> bool:
        return COMPARE in self._actions and self._actions.get(COMPARE).isChecked()

    def _made(self) -> FinderView:
        if self.page is None:
            from moeplanner_gui.ui.finder.view import FinderView

            parent = self._page_parent()
            page = self.page = FinderView(self._document, self._actions, self._themes, parent)
            self._add(page)
            page.load_wanted.connect(self._load)
            page.compare_wanted.connect(self._compare)
            page.prices_wanted.connect(self._open_prices)
            page.close_wanted.connect(self.close)
        return self.page

    def _on_plan_changed(self, plan: Plan) -> None:
        """Another plan that was opened in the place of this one is what the user wants to see."""
        if self.is_open and plan is not self._seen and not self._document.undo_stack.count():
            self.close()

    def _on_session_shown(self, _session: object) -> None:
        self.close()

    def _load(self, rig: FoundRig) -> None:
        from moeplanner_gui.ui.finder.wishes import loaded

        document = self._document
        others = self._plans_of_others(rig)
        self.close()
        document.apply(say("Load {0}", rig.title), loaded(rig, document.plan))
        session = document.session
        self._open_others(others)
        document.show_session(session)

    def _compare(self, rig: FoundRig) -> None:
        """Open the rig beside the plan; where plans are laid side by side, that view too."""
        from moeplanner_gui.core.entries import entries_of
        from moeplanner_gui.ui.finder.wishes import loaded

        document = self._document
        plan = loaded(rig, document.plan)
        session = self._open_elsewhere(plan)
        entries = entries_of(plan, document.catalog)
        others = self._plans_of_others(rig)
        self.close()
        if session is None:
            # Rigs of the same cards differ in the computer or in how they are run.
            taken = {each.title for each in document.sessions}
            title = next_name(rig.title, taken) if rig.title in taken else rig.title
            named = plan.replace(name=title)
            session = document.add(
                named, unsaved=True, entries=entries, label=title, after=document.session
            )
        self._open_others(others)
        document.show_session(session)
        if COMPARE in self._actions and self._actions.get(COMPARE).isEnabled():
            self._actions.get(COMPARE).trigger()

    def _open_elsewhere(self, plan: Plan) -> Session | None:
        """The tab of a rig that was compared before."""
        document = self._document
        for session in document.sessions:
            same = session.plan.replace(name=plan.name) == plan
            if same and session is not document.session:
                return session
        return None

    def _plans_of_others(self, rig: FoundRig) -> list[Plan]:
        """The plans of the other models on the same rig, where they are wanted."""
        from moeplanner_gui.ui.finder.wishes import used_as

        if self.page is None or not self.page.list.others.isChecked():
            return []
        models = self._document.catalog.models
        return [
            used_as(other, self._document.plan).replace(
                name=f"{rig.title}, {models[other.model].name}"
            )
            for other in rig.others
        ]

    def _open_others(self, plans: list[Plan]) -> None:
        """Open plans in tabs behind the one that is shown, the last of which is shown then."""
        from moeplanner_gui.core.entries import entries_of

        document = self._document
        for plan in plans:
            entries = entries_of(plan, document.catalog)
            document.add(
                plan, unsaved=True, entries=entries, label=plan.name, after=document.session
            )

    def _open_prices(self) -> None:
        if PRICES in self._actions:
            self._actions.get(PRICES).trigger()
