"""The keyboard chapter's table, from the one registry of commands. Knows no window."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.palette import plain_text
from moeplanner_gui.ui.shortcut_sheet import is_on_every_keyboard


def shortcut_table(actions: Actions) -> str:
    """Every command that has keys, as a Markdown table."""
    lines = [f"| {say('Keys')} | {say('Command')} | {say('What it does')} |", "|---|---|---|"]
    for action in actions.all():
        keys = [
            key.toString(QKeySequence.SequenceFormat.NativeText)
            for key in action.shortcuts()
            if is_on_every_keyboard(key)
        ]
        if keys:
            cells = (", ".join(keys), plain_text(action).rstrip("…"), action.statusTip())
            lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
