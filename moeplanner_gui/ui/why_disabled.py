"""Why a command cannot be chosen now. Knows their ids; the views switch them on and off."""

from __future__ import annotations

from PySide6.QtGui import QAction

from moeplanner_gui.core.words import say

_NO_CARD = say("Select a card in the rig first")
_ONE_PLAN = say("Only one plan is open")
REASONS = {
    "edit.undo": say("Nothing to undo"),
    "edit.redo": say("Nothing to redo"),
    "view.next_plan": _ONE_PLAN,
    "view.previous_plan": _ONE_PLAN,
    "view.plan_later": _ONE_PLAN,
    "view.plan_earlier": _ONE_PLAN,
    "view.live_meters": say("No computer of this plan was detected"),
    "rig.advice": say("The plan fits as it is"),
    "rig.remove": _NO_CARD,
    "rig.duplicate": _NO_CARD,
    "rig.copy": _NO_CARD,
    "rig.cut": _NO_CARD,
    "rig.paste": say("No card was copied"),
    "rig.card_memory": _NO_CARD,
    "rig.node_links": say("The rig has no computer"),
    "rig.node_parts": say("The rig has no computer"),
    "rig.move_left": _NO_CARD,
    "rig.move_right": _NO_CARD,
    "rig.move_up": _NO_CARD,
    "rig.move_down": _NO_CARD,
    "view.text_larger": say("The text has its largest size"),
    "view.text_smaller": say("The text has the system's size"),
    "view.text_normal": say("The text has the system's size"),
    "parts.add": say("Select a part in Parts first"),
}


def why_disabled(action: QAction) -> str:
    """The reason in a sentence; one that has none of its own says what it would do."""
    return REASONS.get(action.objectName()) or action.statusTip()
