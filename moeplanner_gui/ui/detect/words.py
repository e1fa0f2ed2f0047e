"""Sentences of the dialog that come from what was found. Knows no widgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.plan import Node, card_id
from moeplanner_gui.core.units import GB, GIB, MIB, MemoryUnit, format_memory
from moeplanner_gui.core.words import comma_joined, say
from moeplanner_gui.ui.detect.choice import Choice, in_use_mib, may_be_incomplete

if TYPE_CHECKING:
    from moeplanner_gui.detect.proposal import Proposal, ProposalLine

NAME = say("This computer")


def intro(
    found: bool, known: bool, now: Node | None, *, alone: bool = True, sample: bool = False
) -> str:
    """What to do with what was found.

    Args:
        found: There are cards.
        known: There is something to put into the plan.
        now: The computer of the plan that it would replace.
        alone: The rig has no other computer.
        sample: The plan is a sample in which nothing was done.
    """
    if not known:
        return say("Nothing could be read. Cards can be typed in, or picked in Parts.")
    if not found:
        return say(
            "Processor and memory are below. Add them to plan without a card, type "
            "a card in, or pick one in Parts to see what it would change."
        )
    if now is not None:
        return say("This is what would change in “{0}”.", now.name or NAME)
    if sample:
        return say(
            "The rig of the sample is only an example. “Add as second” keeps it "
            "beside this computer. Untick what is not to be used."
        )
    if alone:
        return say("Look it over, untick what is not to be used, and accept.")
    return say(
        "“Add” puts it beside what the rig has; “Replace the rig” makes it the "
        "only computer. Untick what is not to be used."
    )


def accept_words(now: Node | None, sample: bool) -> tuple[str, str]:
    """Name and tip of the button that accepts."""
    undo = say("one step to undo (Enter)")
    if sample:
        tip = say("Use this computer instead of the sample’s rig; {0}", undo)
        return say("Use instead of the sample"), tip
    if now is None:
        return say("Add as “{0}”", NAME), say("Add it as “{0}”; {1}", NAME, undo)
    words = say("Update “{0}”", now.name or NAME)
    return words, f"{words}; {undo}"


def other_words(sample: bool) -> tuple[str, str]:
    """Name and tip of the second button."""
    if sample:
        return say("Add as second"), say(
            "Keep the sample’s rig and add this computer; one step to undo"
        )
    return say("Replace the rig"), say("Make this computer the whole rig; one step to undo")


def why_not(proposal: Proposal | None, machine: Any, now: Node | None) -> str:
    """Why the plan may not be changed with this: a failing driver hides cards."""
    if proposal is None or now is None:
        return ""
    if may_be_incomplete(machine) and len(proposal.node.gpus) < len(now.gpus):
        return say(
            "Not everything answered, and “{0}” has more cards than were found: it stays as it is.",
            now.name or NAME,
        )
    return ""


def problems_of(machine: Any) -> list[Any]:
    """What there is to say about the probes and the machine, worst first."""
    from moeplanner_gui.detect.sentences import told_in_all

    return list(told_in_all(machine))


def first_lines(report: Any) -> list[tuple[str, str]]:
    """What one probe found, while the others are still asked."""
    lines = []
    for card in report.cards:
        size = card.memory_total_bytes
        memory = "" if size is None else f", {format_memory(size)}"
        lines.append((card.vendor, f"{card.name or say('a card without a name')}{memory}"))
    host = report.host
    if host is not None:
        if host.cpu:
            lines.append((say("Processor"), host.cpu))
        if host.memory_total_bytes:
            lines.append((say("Memory"), format_memory(host.memory_total_bytes)))
    return lines


def use_words(proposal: Proposal, machine: Any, unit: MemoryUnit) -> str:
    """What is in use now of cards and host memory and is taken off, "" when nothing is."""
    parts = []
    known = [used for match in proposal.matches if (used := match.card.memory_used_bytes)]
    if known and in_use_mib(proposal):
        where = say("on 1 card") if len(known) == 1 else say("on {0} cards", len(known))
        parts.append(f"{_rounded_up(sum(known), unit)} {where}")
    if proposal.node.system_mib is not None and machine.host is not None:
        parts.append(say("{0} of host memory", _rounded_up(proposal.node.system_mib * MIB, unit)))
    return comma_joined(parts)


def shown_lines(proposal: Proposal, machine: Any, has_use: bool) -> list[ProposalLine]:
    """The lines without what has a tick of its own, and without a "none" that nobody saw."""
    shown = []
    for line in proposal.lines:
        if has_use and line.subject == say("Memory in use"):
            continue
        if line.subject == "GPUs" and may_be_incomplete(machine):
            line = replace(
                line, found=say("not known"), mark="unknown",
                detail=say("Not every driver answered: there may be cards. See above."),
            )  # fmt: skip
        shown.append(line)
    return shown


_FIELDS = {
    say("Host"): ("host",),
    say("Host memory"): ("ram_gib",),
    say("Memory speed"): ("memory_mt_s", "memory_channels"),
    "PCIe": ("card_link",),
    "NVLink": ("nvlink",),
    say("Power limit"): ("power_limit_w",),
    say("Display"): ("display",),
    say("Disk"): ("disk_gib",),
    say("Price"): ("mine",),
}


def unchanged(now: Node | None, proposal: Proposal) -> frozenset[str]:
    """Subjects of the lines that would leave the plan as it is."""
    if now is None:
        return frozenset()
    after = proposal.node
    same = {
        subject
        for subject, names in _FIELDS.items()
        if all(getattr(now, name) == getattr(after, name) for name in names)
    }
    for number, (old, new) in enumerate(zip(now.gpus, after.gpus, strict=False)):
        if card_id(old) is not None and card_id(old) == card_id(new):
            same.add(f"GPU {number + 1}")
    return frozenset(same)


def _rounded_up(size_bytes: int, unit: MemoryUnit) -> str:
    """One decimal, never less than it is."""
    step = (GIB if unit == "GiB" else GB) // 10
    return format_memory(-(-size_bytes // step) * step, unit=unit, decimals=1)


def taken_names(proposal: Proposal, choice: Choice) -> dict[int, str]:
    """Names of the rows that a person put instead, by card."""
    names = {}
    for position, slot in enumerate(proposal.node.gpus):
        row = choice.rows.get(card_id(slot) or "")
        if row is not None:
            names[position] = row.name
    return names


def nearest_rows(proposal: Proposal) -> dict[int, Sequence[GpuSpec]]:
    """Catalogue rows that an unknown card may be, by card."""
    return {i: match.nearest for i, match in enumerate(proposal.matches) if match.row is None}


def new_positions(proposal: Proposal) -> frozenset[int]:
    """Cards for which the catalogue has no row."""
    new = {row.id for row in proposal.new_cards}
    return frozenset(i for i, slot in enumerate(proposal.node.gpus) if card_id(slot) in new)


def proposed_row(
    proposal: Proposal, position: int, choice: Choice, rows: Mapping[str, GpuSpec]
) -> tuple[str, GpuSpec]:
    """The proposed id of a card, and the row that stands for it now."""
    name = card_id(proposal.node.gpus[position]) or ""
    known = {**rows, **{row.id: row for row in proposal.new_cards}}
    return name, choice.rows.get(name, known[name])
