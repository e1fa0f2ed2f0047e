"""Every command of the program, declared once. Knows no menus' layout and no views.

Menus, the toolbar's tooltips, the list of shortcuts and the command palette (Ctrl+K) are
generated from this registry, so that a command cannot be in one and missing in another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.mnemonics import without_mark

if TYPE_CHECKING:
    from moeplanner_gui.ui.style import ThemeProvider

_MENU_WORDS = {
    "File": say("&File"),
    "Edit": say("&Edit"),
    "View": say("&View"),
    "Rig": say("&Rig"),
    "Help": say("&Help"),
    "Export": say("Export"),
    "Language": say("Language"),
    "Text size": say("Text size"),
    "Panes": say("Panes"),
    "Plans": say("Plans"),
}
"""What a part of a menu's path is called on the screen."""


def menu_title(part: str) -> str:
    """The title of one menu, with its mnemonic; the part itself where it has no other."""
    return _MENU_WORDS.get(part, part)


def menu_words(path: str) -> str:
    """A menu's path as it is read: ``File › Export``."""
    return " › ".join(without_mark(menu_title(part)) for part in path.split("/") if part)


Shortcut = str | QKeySequence | QKeySequence.StandardKey


class Actions(QObject):
    """The registry of commands.

    Signals:
        added(str): An action with this id was declared.
    """

    added = Signal(str)

    def __init__(self, themes: ThemeProvider | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._actions: dict[str, QAction] = {}
        if themes is not None:
            themes.theme_changed.connect(self._on_theme_changed)

    def add(
        self,
        action_id: str,
        text: str,
        slot: Callable[[], object] | None,
        *,
        shortcut: Shortcut | tuple[Shortcut, ...] | None = None,
        tip: str,
        icon: str | None = None,
        menu: str | None = None,
        enabled: bool = True,
        checkable: bool = False,
        in_dialogs: bool = False,
    ) -> QAction:
        """Declare a command and return its action.

        Args:
            action_id: A stable name, ``"file.save"``.
            text: What menus and the palette show; with an ellipsis when it asks for more.
            slot: Called without arguments when the command is chosen. A checkable action's
                state is read from the action.
            shortcut: One or several key sequences.
            tip: One sentence saying what it does, without the shortcut.
            icon: The name of a file in ``resources/icons``.
            menu: Path of the menu it belongs to, ``"File"`` or ``"File/Export"``; None for
                commands that live in context menus and the palette only.
            enabled: Whether it can be chosen at the start.
            checkable: Whether it is a switch.
            in_dialogs: Whether its keys also work in a dialog that stays open beside the window;
                one that has to be answered first keeps them.

        Raises:
            ValueError: The id is taken.
        """
        if action_id in self._actions:
            raise ValueError(say("The action {0!r} exists already.", action_id))
        action = QAction(text, self)
        action.setObjectName(action_id)
        action.setProperty("menu_path", menu or "")
        action.setProperty("icon_name", icon or "")
        action.setCheckable(checkable)
        # In a menu the icon would take the place of the tick.
        action.setIconVisibleInMenu(not checkable)
        action.setEnabled(enabled)
        keys = _sequences(shortcut)
        action.setShortcuts(keys)
        # A command works wherever the focus is in the window, not only inside a toolbar.
        contexts = Qt.ShortcutContext
        action.setShortcutContext(
            contexts.ApplicationShortcut if in_dialogs else contexts.WindowShortcut
        )
        action.setStatusTip(tip)
        shown = keys[0].toString(QKeySequence.SequenceFormat.NativeText) if keys else ""
        action.setToolTip(f"{tip} ({shown})" if shown else tip)
        if slot is not None:
            action.triggered.connect(lambda _checked=False, run=slot: run())
        self._actions[action_id] = action
        self._tint(action)
        self.added.emit(action_id)
        return action

    def get(self, action_id: str) -> QAction:
        """The action with this id.

        Raises:
            KeyError: There is none.
        """
        return self._actions[action_id]

    def __contains__(self, action_id: str) -> bool:
        return action_id in self._actions

    def all(self) -> tuple[QAction, ...]:
        """Every action, in the order of declaration."""
        return tuple(self._actions.values())

    def _tint(self, action: QAction) -> None:
        name = action.property("icon_name")
        if name and self._themes is not None:
            from moeplanner_gui.ui.icons import icon

            action.setIcon(icon(name, self._themes.theme))

    def _on_theme_changed(self, _theme: object) -> None:
        for action in self._actions.values():
            self._tint(action)


def _sequences(shortcut: Shortcut | tuple[Shortcut, ...] | None) -> list[QKeySequence]:
    if shortcut is None:
        return []
    several = shortcut if isinstance(shortcut, tuple) else (shortcut,)
    sequences: list[QKeySequence] = []
    for item in several:
        if isinstance(item, QKeySequence.StandardKey):
            sequences.extend(QKeySequence.keyBindings(item))
        else:
            sequences.append(QKeySequence(item))
    return sequences
