"""Undo, panes, theme, unit, palette, help: commands about the window itself."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence

from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.settings import SettingsStore
from moeplanner_gui.ui.style import Mode, ThemeProvider

_LIVE_TIP = say("Show what the cards of the detected computer do now: memory, load, power, heat")


class ViewActions(QObject):
    """Declares the commands of Edit, View and Help; ``window`` carries them out."""

    def __init__(
        self,
        document: PlanDocument,
        actions: Actions,
        themes: ThemeProvider,
        store: SettingsStore,
        window,  # type: ignore[no-untyped-def]  # MainWindow; importing it would be a circle
    ) -> None:
        super().__init__(window)
        self._document = document
        self._themes = themes
        self._store = store
        add, keys = actions.add, QKeySequence.StandardKey
        self._undo = add(
            "edit.undo",
            say("&Undo"),
            lambda: document.undo_stack.undo(),
            shortcut=keys.Undo,
            icon="undo",
            menu="Edit",
            tip=say("Take the last edit back"),
            in_dialogs=True,
        )
        self._redo = add(
            "edit.redo",
            say("&Redo"),
            lambda: document.undo_stack.redo(),
            shortcut=("Ctrl+Y", "Ctrl+Shift+Z"),
            icon="redo",
            menu="Edit",
            tip=say("Do the edit again that was taken back"),
            in_dialogs=True,
        )
        add(
            "edit.find",
            say("&Find a part"),
            window.focus_parts_search,
            shortcut="Ctrl+F",
            icon="search",
            menu="Edit",
            tip=say("Put the cursor into the search field of Parts"),
        )
        add(
            "edit.palette",
            say("Search &actions…"),
            window.open_palette,
            shortcut="Ctrl+K",
            menu="Edit",
            tip=say("Find any command by its name"),
        )
        add(
            "view.memory",
            say("&Memory"),
            lambda: window.tabs.show_tab("memory"),
            shortcut="Ctrl+1",
            menu="View",
            tip=say("Show what fills each card"),
        )
        add(
            "view.context",
            say("&Context"),
            lambda: window.tabs.show_tab("context"),
            shortcut="Ctrl+2",
            menu="View",
            tip=say("Show how long a context fits"),
        )
        add(
            "view.speed",
            say("Sp&eed"),
            lambda: window.tabs.show_tab("speed"),
            shortcut="Ctrl+3",
            menu="View",
            tip=say("Show how fast the plan answers, and what others measured"),
        )
        add(
            "view.cost",
            say("C&ost"),
            lambda: window.tabs.show_tab("cost"),
            shortcut="Ctrl+4",
            menu="View",
            tip=say("Show what owning, renting and an API cost a month"),
        )
        add(
            "view.checks",
            say("C&hecks"),
            lambda: window.tabs.show_tab("checks"),
            shortcut="Ctrl+5",
            menu="View",
            tip=say("Show what to look at before buying"),
        )
        add(
            "view.reality",
            say("&Reality check"),
            lambda: window.tabs.show_tab("reality"),
            shortcut="Ctrl+6",
            menu="View",
            tip=say("Show what articles claim beside what is computed"),
        )
        add(
            "view.collapse",
            say("Collapse or expand the &tabs"),
            window.toggle_tabs,
            shortcut="Ctrl+J",
            menu="View",
            tip=say("Give the rig the whole window, or take it back"),
        )
        add(
            "view.next_pane",
            say("&Next pane"),
            window.next_pane,
            shortcut="F6",
            menu="View",
            tip=say("Move the focus to the next pane"),
        )
        add(
            "view.previous_pane",
            say("&Previous pane"),
            window.previous_pane,
            shortcut="Shift+F6",
            menu="View",
            tip=say("Move the focus to the previous pane"),
        )
        add(
            "view.next_check",
            say("Next &check"),
            window.next_check,
            shortcut="F8",
            icon="warning",
            menu="View",
            tip=say("Go to the next check or note and what it is about"),
        )
        add(
            "view.previous_check",
            say("Previous chec&k"),
            window.previous_check,
            shortcut="Shift+F8",
            menu="View",
            tip=say("Go to the check or note before and what it is about"),
        )
        self._unit = add(
            "view.unit",
            say("Memory in &GB instead of GiB"),
            self._toggle_unit,
            checkable=True,
            menu="View",
            tip=say("Write memory in GB (10⁹ bytes) instead of GiB (2³⁰ bytes)"),
        )
        self._live = add(
            "view.live_meters",
            say("Li&ve meters"),
            self._remember_live,
            checkable=True,
            menu="View",
            tip=_LIVE_TIP,
        )
        self._live.setChecked(store.settings.live_meters)
        group = QActionGroup(self)
        self._modes: dict[str, QAction] = {}
        for mode, words, name, tip in (
            ("system", say("&System theme"), "desktop", say("Use the system theme")),
            ("light", say("&Light theme"), "sun", say("Use the light theme")),
            ("dark", say("&Dark theme"), "moon", say("Use the dark theme")),
        ):
            action = add(
                f"view.theme_{mode}",
                words,
                lambda m=mode: self.set_mode(m),
                icon=name,
                menu="View",
                checkable=True,
                tip=tip,
            )
            group.addAction(action)
            self._modes[mode] = action
        add(
            "help.explain",
            say("&How is this computed?"),
            window.explain_focus,
            shortcut="Ctrl+F1",
            icon="help",
            menu="Help",
            tip=say("Show formula, inputs and sources of the figure under the focus"),
        )
        add(
            "help.shortcuts",
            say("&Keyboard shortcuts"),
            window.show_shortcuts,
            shortcut="F1",
            icon="keyboard",
            menu="Help",
            tip=say("List every command with its shortcut"),
        )
        document.history_changed.connect(self._on_history_changed)
        document.memory_unit_changed.connect(self._on_unit_changed)
        document.plan_changed.connect(self._on_plan_changed)
        self._on_history_changed()
        self._on_plan_changed(document.plan)
        self._on_unit_changed(document.memory_unit)
        self._modes[themes.mode].setChecked(True)

    def set_mode(self, mode: Mode) -> None:
        """Use a theme and remember it."""
        self._themes.set_mode(mode)
        self._modes[mode].setChecked(True)
        self._store.settings.theme = mode
        self._store.save()

    def _remember_live(self) -> None:
        # Written with the others at the end: waiting for the disk would cost frames.
        self._store.settings.live_meters = self._live.isChecked()

    def _on_plan_changed(self, plan: Plan) -> None:
        detected = any(node.detected is not None for node in plan.rig.nodes)
        if detected != self._live.isEnabled():
            self._live.setEnabled(detected)
            tip = _LIVE_TIP if detected else say("No computer of this plan was detected")
            self._live.setToolTip(tip)
            self._live.setStatusTip(tip)

    def _toggle_unit(self) -> None:
        self._document.set_memory_unit("GB" if self._unit.isChecked() else "GiB")

    def _on_unit_changed(self, unit: str) -> None:
        self._unit.setChecked(unit == "GB")
        self._store.settings.memory_unit = self._document.memory_unit

    def _on_history_changed(self) -> None:
        stack = self._document.undo_stack
        undone, redone = stack.undoText(), stack.redoText()
        for action, possible, title, words, nothing in (
            (
                self._undo,
                stack.canUndo(),
                say("&Undo {0}", _escaped(undone)) if undone else say("&Undo"),
                say("Undo {0}", undone) if undone else say("Undo"),
                say("Nothing to undo"),
            ),
            (
                self._redo,
                stack.canRedo(),
                say("&Redo {0}", _escaped(redone)) if redone else say("&Redo"),
                say("Redo {0}", redone) if redone else say("Redo"),
                say("Nothing to redo"),
            ),
        ):
            action.setEnabled(possible)
            action.setText(title)
            shown = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            told = words if possible else nothing
            action.setToolTip(f"{told} ({shown})")
            action.setStatusTip(told)


def _escaped(text: str) -> str:
    """A name in a menu keeps its own ampersands."""
    return text.replace("&", "&&")
