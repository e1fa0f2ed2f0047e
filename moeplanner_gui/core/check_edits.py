"""Edits of a plan that belong to the checks: what was dismissed, and the wall circuit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from moeplanner_gui.core.assessment import Severity
from moeplanner_gui.core.checks.dismissed import MESSAGE_KEPT
from moeplanner_gui.core.plan import Card, CustomSlot, Dismissal, Node, Plan, card_id
from moeplanner_gui.core.power.circuits import BY_ID
from moeplanner_gui.core.words import say


def dismiss(
    plan: Plan,
    code: str,
    subject: str,
    reason: str = "",
    *,
    severity: Literal["", Severity] = "",
    message: str = "",
) -> Plan:
    """Dismiss a finding, or change the reason for which it was.

    ``severity`` and ``message``: what it says now. It comes back when that gets worse; without
    them it never does.
    """
    kept = tuple(item for item in plan.dismissed if (item.code, item.subject) != (code, subject))
    new = Dismissal(
        code=code,
        subject=subject,
        reason=" ".join(reason.split()),
        severity=severity,
        message=message[:MESSAGE_KEPT],
    )
    return plan.replace(dismissed=(*kept, new))


def bring_back(plan: Plan, code: str, subject: str) -> Plan:
    """Take a dismissal back.

    Raises:
        ValueError: The finding was not dismissed.
    """
    kept = tuple(item for item in plan.dismissed if (item.code, item.subject) != (code, subject))
    if len(kept) == len(plan.dismissed):
        raise ValueError(say("{0} of {1} is not dismissed.", code, subject))
    return plan.replace(dismissed=kept)


def set_circuit(plan: Plan, circuit: str | None) -> Plan:
    """Choose the wall circuit; None is the usual one where the electricity is bought.

    Raises:
        ValueError: There is no such circuit.
    """
    if circuit is not None and circuit not in BY_ID:
        raise ValueError(
            say("There is no circuit called {0}; known are {1}.", circuit, ", ".join(BY_ID))
        )
    return plan.replace(rig=plan.rig.model_copy(update={"circuit": circuit}))


def still_meant(
    dismissed: Sequence[Dismissal], before: Sequence[Node], after: Sequence[Node]
) -> tuple[Dismissal, ...]:
    """What is left of the dismissals when the nodes change.

    A dismissal of "gpu 2" or "node 2" is kept while cards and nodes up to there are the same
    ones: one that came to mean another card would hide what nobody has looked at.
    """
    one = [_kind(card) for node in before for card in node.gpus]
    other = [_kind(card) for node in after for card in node.gpus]
    same: dict[str, int] = {}
    if one != other:
        # A card that is two devices counts twice in "gpu 3", never less than once.
        same["gpu"] = _same_from_start(one, other)
    if len(before) != len(after):
        same["node"] = _same_from_start(before, after)
    kept = []
    for item in dismissed:
        kind, _, number = item.subject.partition(" ")
        if kind in same and number.isdigit() and int(number) > same[kind]:
            continue
        kept.append(item)
    return tuple(kept)


def _same_from_start(one: Sequence[object], other: Sequence[object]) -> int:
    """How many things are the same from the start on."""
    for place, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return place
    return min(len(one), len(other))


def _kind(card: Card) -> str:
    """A card without what was set of it."""
    return f"custom {card.custom.name}" if isinstance(card, CustomSlot) else card_id(card) or ""
