"""Ctrl+Z in a line without anything typed belongs to the plan. Knows lines, no plan."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractSpinBox, QLineEdit

_Keys = QKeySequence.StandardKey


def leaves_undo_to_window(watched: QObject, event: QEvent) -> bool:
    """Whether this is undo or redo in a line that has nothing of its own to take back.

    Qt keeps these keys in every line that has the focus, so that an edit of the plan, whose
    line keeps the focus after Return, could not be taken back by the keyboard.
    """
    if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
        return False
    line = watched.lineEdit() if isinstance(watched, QAbstractSpinBox) else watched
    if not isinstance(line, QLineEdit):
        return False
    if event.matches(_Keys.Undo):
        return not (line.isModified() and line.isUndoAvailable())
    return event.matches(_Keys.Redo) and not line.isRedoAvailable()
