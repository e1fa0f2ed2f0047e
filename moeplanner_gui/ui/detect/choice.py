"""What a person ticked of a proposal, and the node that follows. Knows no widgets.

The proposal is kept as it was made; taking a card out, forgetting what is in use and taking
another row for a card change the node that goes into the plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING

from moeplanner_gui.core.card_terms import with_memory
from moeplanner_gui.core.hardware import GpuSpec, HostSpec
from moeplanner_gui.core.plan import Card, CardMemory, Node, Plan, Rig, TunedSlot, card_id
from moeplanner_gui.core.records import dataclass

if TYPE_CHECKING:
    from moeplanner_gui.core.detected import DetectedHost, DetectedMachine
    from moeplanner_gui.detect.proposal import Proposal

BAD_ENDS = frozenset(
    ("driver_not_loaded", "version_mismatch", "no_permission", "device_lost", "timed_out",
     "crashed", "failed")
)  # fmt: skip
"""Outcomes after which there may be more than was found."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which cards are used, whether what is in use now is taken off, and rows put instead.

    ``mine``: the computer is there already and costs nothing; None is as it was proposed.
    ``rows`` maps the id of a proposed row to the row to take: a catalogue card that a person
    said it is, or the same own row completed.
    """

    out: frozenset[int] = frozenset()
    in_use: bool = True
    rows: Mapping[str, GpuSpec] = field(default_factory=dict)
    mine: bool | None = None

    def with_card(self, position: int, used: bool) -> Choice:
        """One card used or not."""
        out = self.out - {position} if used else self.out | {position}
        return replace(self, out=out)

    def with_row(self, proposed_id: str, row: GpuSpec) -> Choice:
        """Another row for every card that was proposed as ``proposed_id``."""
        return replace(self, rows={**self.rows, proposed_id: row})


@dataclass(frozen=True, slots=True)
class Chosen:
    """A node and the rows that have to be saved before it can be used."""

    node: Node
    new_cards: tuple[GpuSpec, ...]
    new_hosts: tuple[HostSpec, ...]


def chosen_node(
    proposal: Proposal, machine: DetectedMachine, choice: Choice, rows: Mapping[str, GpuSpec]
) -> Chosen:
    """The node as ticked.

    Args:
        proposal: What was proposed for the machine.
        machine: What was found.
        choice: What was ticked.
        rows: Cards of the catalogue.
    """
    node = proposal.node
    cards = tuple(i for i in range(len(node.gpus)) if i not in choice.out)
    known = {**rows, **{row.id: row for row in proposal.new_cards}}
    system = node.system_mib if choice.in_use else None
    slots: list[Card] = []
    taken: dict[str, GpuSpec] = {}
    for number, position in enumerate(cards):
        proposed = card_id(node.gpus[position]) or ""
        row = choice.rows.get(proposed, known[proposed])
        taken[row.id] = row
        same = row is known[proposed] and number == position and choice.in_use
        slots.append(
            node.gpus[position]
            if same
            else _slot(proposal, machine.host, position, number, row, choice.in_use, system)
        )
    changes: dict[str, object] = {"gpus": tuple(slots), "system_mib": system}
    if choice.mine is not None:
        changes["mine"] = choice.mine
    if node.detected is not None:
        addresses = node.detected.addresses
        used = node.detected.used_mib if choice.in_use else ()
        changes["detected"] = node.detected.model_copy(
            update={
                "gpus": tuple(slots),
                "system_mib": system,
                "addresses": tuple(addresses[i] for i in cards if i < len(addresses)),
                # Of what was not taken off there is no newer figure.
                "used_mib": tuple(used[i] for i in cards if i < len(used)),
            }
        )
    new = tuple(row for row in taken.values() if row.id not in rows)
    return Chosen(node.model_copy(update=changes), new, proposal.new_hosts)


def _slot(
    proposal: Proposal,
    host: DetectedHost | None,
    position: int,
    number: int,
    row: GpuSpec,
    in_use: bool,
    system_mib: int | None,
) -> Card:
    from moeplanner_gui.detect.propose_cards import card_memory_of

    card = proposal.matches[position].card
    if not in_use:
        # Then the rules stand for the screen, as where nothing could be read.
        card = card.model_copy(update={"memory_used_bytes": None})
        if host is not None:
            host = host.model_copy(update={"memory_available_bytes": None})
    memory, _ = card_memory_of(card, row, proposal.node.display, number, host, system_mib)
    return with_memory(row.id, memory)


def in_use_mib(proposal: Proposal) -> int:
    """What is taken off all cards for other programs, MiB."""
    memories: list[CardMemory] = [
        card.memory for card in proposal.node.gpus if isinstance(card, TunedSlot)
    ]
    return sum(memory.other_mib or 0 for memory in memories)


def detected_place(plan: Plan) -> int | None:
    """Where the plan has a computer that was detected."""
    return next((i for i, node in enumerate(plan.rig.nodes) if node.detected is not None), None)


def accepted_plan(plan: Plan, node: Node, how: str) -> Plan:
    """The plan after accepting: ``how`` is "add", "update" or "replace".

    Raises:
        ValueError: There is no room for another node.
    """
    from moeplanner_gui.core.edits import add_node

    if how == "replace":
        return plan.replace(rig=Rig(nodes=(node,), network=plan.rig.network))
    place = detected_place(plan)
    if how == "update" and place is not None:
        nodes = plan.rig.nodes
        kept = (*nodes[:place], node, *nodes[place + 1 :])
        return plan.replace(rig=plan.rig.model_copy(update={"nodes": kept}))
    return add_node(plan, node)


def with_saved_ids(node: Node, ids: Mapping[str, str]) -> Node:
    """The node with the ids under which its own rows were saved."""

    def card(slot: Card) -> Card:
        new = ids.get(card_id(slot) or "")
        if new is None:
            return slot
        return slot.model_copy(update={"gpu": new}) if isinstance(slot, TunedSlot) else new

    gpus = tuple(card(slot) for slot in node.gpus)
    host = ids.get(node.host or "", node.host)
    changes: dict[str, object] = {"gpus": gpus, "host": host}
    if node.detected is not None:
        changes["detected"] = node.detected.model_copy(update={"gpus": gpus, "host": host})
    return node.model_copy(update=changes)


def may_be_incomplete(machine: DetectedMachine) -> bool:
    """Whether a probe ended so that there may be more cards than were found.

    One that found cards has a code where it could not read another one.
    """
    return any(
        report.probe != "host"
        and (report.outcome in BAD_ENDS or (report.outcome == "found" and report.code is not None))
        for report in machine.reports
    )
