"""Commands about open plans: new tab, duplicate, rename, close, next and previous."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.file_actions import FileActions
from moeplanner_gui.ui.sessions import next_name
from moeplanner_gui.ui.style import ThemeProvider

if TYPE_CHECKING:
    from moeplanner_gui.ui.plan_tabs import PlanTabs


class TabActions(QObject):
    """Declares the commands and makes the tabs when a second plan is opened."""

    def __init__(
        self,
        document: PlanDocument,
        actions: Actions,
        files: FileActions,
        themes: ThemeProvider,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._document, self._actions, self._files = document, actions, files
        self._themes, self._window = themes, window
        self._column: QBoxLayout | None = None
        self._over: QWidget | None = None
        self.tabs: PlanTabs | None = None
        add = actions.add
        add(
            "file.new_tab",
            say("New &tab"),
            files.new_tab,
            shortcut="Ctrl+T",
            icon="plus",
            menu="File",
            tip=say("Start an empty plan beside the open ones"),
        )
        add(
            "file.duplicate",
            say("&Duplicate as scenario"),
            self.duplicate,
            shortcut="Ctrl+Shift+T",
            icon="duplicate",
            menu="File",
            tip=say("Open a copy of the plan to change and compare"),
        )
        add(
            "file.rename",
            say("Rena&me the plan"),
            self.rename,
            icon="edit",
            menu="File",
            tip=say("Give the plan a name of its own (F2)"),
        )
        add(
            "file.close",
            say("&Close"),
            self.close,
            shortcut="Ctrl+W",
            icon="close",
            menu="File",
            tip=say("Close the plan; unsaved changes are asked about"),
        )
        self._switches = (
            add(
                "view.next_plan",
                say("Next p&lan"),
                lambda: self._step(1),
                shortcut="Ctrl+PgDown",
                menu="View",
                enabled=False,
                tip=say("Show the open plan of the next tab"),
            ),
            add(
                "view.previous_plan",
                say("Previous pl&an"),
                lambda: self._step(-1),
                shortcut="Ctrl+PgUp",
                menu="View",
                enabled=False,
                tip=say("Show the open plan of the tab before"),
            ),
            add(
                "view.plan_later",
                say("Move the plan to the right"),
                lambda: self._move(1),
                shortcut="Ctrl+Shift+PgDown",
                menu="View/Plans",
                enabled=False,
                tip=say("Put the plan's tab behind the next one"),
            ),
            add(
                "view.plan_earlier",
                say("Move the plan to the left"),
                lambda: self._move(-1),
                shortcut="Ctrl+Shift+PgUp",
                menu="View/Plans",
                enabled=False,
                tip=say("Put the plan's tab before the one at its left"),
            ),
        )
        document.sessions_changed.connect(self._on_sessions_changed)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """F2 renames the plan where nothing that has the focus has a name to give.

        As a shortcut it would come before the lists in which F2 renames a row.
        """
        if (
            watched is self._window
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() == Qt.Key.Key_F2
            and event.modifiers() == Qt.KeyboardModifier.NoModifier
        ):
            self.rename()
            return True
        return super().eventFilter(watched, event)

    def place(self, column: QBoxLayout, over: QWidget) -> None:
        """Say where the tabs go once there are some: into ``column``, over the widget."""
        self._column, self._over = column, over

    def duplicate(self) -> None:
        """Open a copy of the shown plan under the next free name."""
        document = self._document
        taken = [session.title for session in document.sessions]
        document.duplicate(next_name(document.session.title, taken))

    def rename(self) -> None:
        """Let the shown plan's name be typed."""
        self._made().rename()

    def close(self) -> None:
        """Close the shown plan."""
        self._files.close()

    def _step(self, step: int) -> None:
        sessions = self._document.sessions
        at = sessions.index(self._document.session)
        self._document.show_session(sessions[(at + step) % len(sessions)])

    def _move(self, step: int) -> None:
        document = self._document
        at = document.sessions.index(document.session) + step
        if 0 <= at < len(document.sessions):
            document.move(document.session, at)

    def _on_sessions_changed(self) -> None:
        several = len(self._document.sessions) > 1
        for action in self._switches:
            action.setEnabled(several)
        if several:
            self._made()

    def _made(self) -> PlanTabs:
        if self.tabs is None:
            from moeplanner_gui.ui.plan_tabs import PlanTabs

            parent = self._over.parentWidget() if self._over is not None else self._window
            self.tabs = PlanTabs(self._document, self._actions, self._themes, parent)
            self.tabs.close_wanted.connect(self._files.close)
            if self._column is not None and self._over is not None:
                self._column.insertWidget(self._column.indexOf(self._over), self.tabs)
        return self.tabs
