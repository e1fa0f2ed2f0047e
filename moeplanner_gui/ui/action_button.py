"""A tool button that shows a command of the window."""

from __future__ import annotations

from PySide6.QtCore import SIGNAL, QEvent, QObject
from PySide6.QtGui import QActionEvent
from PySide6.QtWidgets import QToolButton


class ActionButton(QToolButton):
    """Shows the command that is set as its default action, and does it.

    Qt 6.11 connects a tool button to its command anew whenever the command changes, and Undo and
    Redo change with every edit: after some thousand edits each one would call some thousand slots.
    """

    def actionEvent(self, event: QActionEvent) -> None:
        if event.type() == QEvent.Type.ActionChanged:
            QObject.disconnect(event.action(), SIGNAL("changed()"), self, None)
        super().actionEvent(event)
