"""Edits of a plan: pure functions from a plan to the next one.

Every function raises IndexError for a node or slot that is not there and ValueError when a
limit would be passed; the plan given in is never changed. Slots are the positions in a node's
card list; a card added past the end is appended.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moeplanner_gui.core.plan import (
    MAX_GPUS_PER_NODE,
    MAX_NODES,
    Card,
    CustomWeights,
    Node,
    Plan,
)
from moeplanner_gui.core.words import say


def set_model(plan: Plan, model_id: str) -> Plan:
    """Choose a model; weights go back to native, which every model has."""
    return plan.replace(model=model_id, weights="native")


def set_weights(plan: Plan, weights: str | CustomWeights) -> Plan:
    """Choose a weight format, a recipe, or an actual file."""
    return plan.replace(weights=weights)


def set_deployment(plan: Plan, **changes: Any) -> Plan:
    """Change engine options by name; the values are validated."""
    current = plan.deployment
    merged = type(current).model_validate({**current.model_dump(), **changes})
    return plan.replace(deployment=merged)


def set_workload(plan: Plan, **changes: Any) -> Plan:
    """Change the workload by name; the values are validated."""
    current = plan.workload
    merged = type(current).model_validate({**current.model_dump(), **changes})
    return plan.replace(workload=merged)


def set_economics(plan: Plan, **changes: Any) -> Plan:
    """Change inputs of the cost comparison by name; the values are validated."""
    current = plan.economics
    merged = type(current).model_validate({**dict(current), **changes})
    return plan.replace(economics=merged)


def set_network(plan: Plan, network: str | None) -> Plan:
    """Choose the network between the nodes."""
    return plan.replace(rig=plan.rig.model_copy(update={"network": network}))


def add_node(plan: Plan, node: Node) -> Plan:
    """Append a node."""
    if len(plan.rig.nodes) >= MAX_NODES:
        raise ValueError(say("A rig holds at most {0} nodes.", MAX_NODES))
    return _with_nodes(plan, (*plan.rig.nodes, node))


def remove_node(plan: Plan, node: int) -> Plan:
    """Take a node with its cards off the rig."""
    nodes = plan.rig.nodes
    _check(node, len(nodes))
    return _with_nodes(plan, nodes[:node] + nodes[node + 1 :])


def set_node(plan: Plan, node: int, **changes: Any) -> Plan:
    """Change host, memory, name or display of a node."""
    return _on_node(plan, node, lambda old: old.model_copy(update=changes))


def add_gpu(plan: Plan, node: int, slot: int, card: Card) -> Plan:
    """Put a card into a slot; the cards from there on move up by one."""

    def insert(old: Node) -> Node:
        if len(old.gpus) >= MAX_GPUS_PER_NODE:
            raise ValueError(say("A node holds at most {0} cards.", MAX_GPUS_PER_NODE))
        at = min(slot, len(old.gpus))
        return _with_gpus(old, (*old.gpus[:at], card, *old.gpus[at:]))

    return _on_node(plan, node, insert)


def remove_gpu(plan: Plan, node: int, slot: int) -> Plan:
    """Take a card off the rig."""

    def drop(old: Node) -> Node:
        _check(slot, len(old.gpus))
        return _with_gpus(old, old.gpus[:slot] + old.gpus[slot + 1 :])

    return _on_node(plan, node, drop)


def replace_gpu(plan: Plan, node: int, slot: int, card: Card) -> Plan:
    """Change the card in a slot."""

    def swap(old: Node) -> Node:
        _check(slot, len(old.gpus))
        return _with_gpus(old, (*old.gpus[:slot], card, *old.gpus[slot + 1 :]))

    return _on_node(plan, node, swap)


def move_gpu(plan: Plan, node: int, slot: int, to_node: int, to_slot: int) -> Plan:
    """Move a card to another position, in the same node or another one.

    ``to_slot`` is the position after the move.
    """
    _check(node, len(plan.rig.nodes))
    _check(slot, len(plan.rig.nodes[node].gpus))
    card = plan.rig.nodes[node].gpus[slot]
    return add_gpu(remove_gpu(plan, node, slot), to_node, to_slot, card)


def duplicate_gpu(plan: Plan, node: int, slot: int) -> Plan:
    """Add another card of the same kind in the next slot."""
    _check(node, len(plan.rig.nodes))
    _check(slot, len(plan.rig.nodes[node].gpus))
    return add_gpu(plan, node, slot + 1, plan.rig.nodes[node].gpus[slot])


def _check(index: int, length: int) -> None:
    if not 0 <= index < length:
        raise IndexError(say("position {0} of {1}", index + 1, length))


def _with_gpus(node: Node, gpus: tuple[Card, ...]) -> Node:
    return node.model_copy(update={"gpus": gpus})


def _with_nodes(plan: Plan, nodes: tuple[Node, ...]) -> Plan:
    changed = plan.replace(rig=plan.rig.model_copy(update={"nodes": nodes}))
    if plan.dismissed:
        # "gpu 2" may be another card now: what was dismissed of it has to be asked anew.
        from moeplanner_gui.core.check_edits import still_meant

        return changed.replace(dismissed=still_meant(plan.dismissed, plan.rig.nodes, nodes))
    return changed


def _on_node(plan: Plan, node: int, change: Callable[[Node], Node]) -> Plan:
    nodes = plan.rig.nodes
    _check(node, len(nodes))
    return _with_nodes(plan, (*nodes[:node], change(nodes[node]), *nodes[node + 1 :]))
