"""What can be done with a row in a list, as a context menu and as keys: the same in every list."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QMenu, QWidget

from moeplanner_gui.core.words import say

_OWN = (
    ("edit", say("Edit…"), "Alt+Return"),
    ("rename", say("Rename"), "F2"),
    ("duplicate", say("Duplicate and edit…"), "Ctrl+D"),
    ("delete", say("Delete"), "Del"),
)
_CATALOGUE = (("duplicate", say("Duplicate and edit…"), "Ctrl+D"),)


def own_menu(
    parent: QWidget,
    own: bool,
    run: Callable[[str], object],
    use_words: str = say("Use it"),
) -> QMenu:
    """The menu of a row; it deletes itself.

    Args:
        parent: The list's widget.
        own: The row is the user's, so that it can be changed.
        run: Called with "use", "edit", "rename", "duplicate" or "delete".
        use_words: What using the row is called.
    """
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, True)
    _add(menu, "use", use_words, "Return", run)
    menu.addSeparator()
    for command, words, keys in _OWN if own else _CATALOGUE:
        if command == "delete":
            menu.addSeparator()
        _add(menu, command, words, keys, run)
    return menu


def _add(menu: QMenu, command: str, words: str, keys: str, run: Callable[[str], object]) -> None:
    action = menu.addAction(words)
    action.setObjectName(f"own.{command}")
    # Shown only: the list itself answers the key, whether or not the menu is open.
    action.setText(f"{words}\t{_shown(keys)}")
    action.triggered.connect(lambda _checked=False: run(command))


def _shown(keys: str) -> str:
    from PySide6.QtGui import QKeySequence

    return str(QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText))


def own_command(event: QKeyEvent, *, typing: bool = False) -> str:
    """What a key asks for, "" when it asks for nothing of this.

    ``typing``: the cursor is in a text, where Delete belongs to the text.
    """
    key, held = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    if key == Qt.Key.Key_F2 and held == Qt.KeyboardModifier.NoModifier:
        return "rename"
    if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and held == Qt.KeyboardModifier.AltModifier:
        return "edit"
    if key == Qt.Key.Key_D and held == Qt.KeyboardModifier.ControlModifier:
        return "duplicate"
    if key == Qt.Key.Key_Delete and held == Qt.KeyboardModifier.NoModifier and not typing:
        return "delete"
    return ""
