"""View › Text size and Reduce motion: how large the text is, and whether things move."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.access import announce
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.motion import keep_still
from moeplanner_gui.ui.settings import SettingsStore
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.text_size import LARGEST, SMALLEST, STEP

_MENU = "View/Text size"


class LookActions(QObject):
    """Declares the commands; ``parent`` is the window, which says the new size."""

    def __init__(
        self, actions: Actions, themes: ThemeProvider, store: SettingsStore, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._themes, self._store, self._window = themes, store, parent
        add = actions.add
        self._larger = add(
            "view.text_larger",
            say("&Larger text"),
            lambda: self.set_percent(self.percent + STEP),
            shortcut=("Ctrl++", "Ctrl+="),
            menu=_MENU,
            tip=say("Write everything larger, up to twice the system's size"),
            in_dialogs=True,
        )
        self._smaller = add(
            "view.text_smaller",
            say("&Smaller text"),
            lambda: self.set_percent(self.percent - STEP),
            shortcut="Ctrl+-",
            menu=_MENU,
            tip=say("Write everything smaller, down to the system's size"),
            in_dialogs=True,
        )
        self._normal = add(
            "view.text_normal",
            say("The system's size"),
            lambda: self.set_percent(SMALLEST),
            shortcut="Ctrl+0",
            menu=_MENU,
            tip=say("Write everything in the system's size"),
            in_dialogs=True,
        )
        self._still = add(
            "view.reduced_motion",
            say("Reduce motion"),
            self._on_motion,
            checkable=True,
            menu="View",
            tip=say("No blinking cursor, no menus that roll out, no bars that run to and fro"),
        )
        self._still.setChecked(store.settings.reduced_motion)
        keep_still(store.settings.reduced_motion)
        self._show_state()

    @property
    def percent(self) -> int:
        """The size of the text in percent of the system's."""
        return self._store.settings.text_percent

    def set_percent(self, percent: int) -> None:
        """Write everything at this share of the system's size, and remember it."""
        percent = min(max(percent, SMALLEST), LARGEST)
        if percent == self.percent:
            return
        self._store.settings.text_percent = percent
        self._store.save()
        self._themes.set_text_percent(percent)
        self._show_state()
        announce(self._window, say("Text size {0} %", percent))

    def _show_state(self) -> None:
        self._larger.setEnabled(self.percent < LARGEST)
        self._smaller.setEnabled(self.percent > SMALLEST)
        self._normal.setEnabled(self.percent != SMALLEST)
        self._normal.setText(
            say("The system's size (now {0} %)", self.percent)
            if self.percent != SMALLEST
            else say("The system's size")
        )

    def _on_motion(self) -> None:
        self._store.settings.reduced_motion = self._still.isChecked()
        self._store.save()
        keep_still(self._still.isChecked())
