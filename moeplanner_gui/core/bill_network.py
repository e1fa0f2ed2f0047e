"""What joins several computers: network cards, and a switch for more than two."""

from __future__ import annotations

from dataclasses import replace

from moeplanner_gui.core.bill_line import BillLine, priced_line, unlisted_line
from moeplanner_gui.core.card_rows import row_of
from moeplanner_gui.core.hardware import NetworkSpec
from moeplanner_gui.core.plan import Node, Rig
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.words import say

_ON_BOARD_GBIT = 1.0
"""Every board has a port of this speed."""
_JOINED_DIRECTLY = 2
"""So many computers need one cable and no switch."""


def network_lines(rig: Rig, catalog: CatalogReader) -> list[BillLine]:
    """Ports that the computers do not have yet; none for a single one."""
    nodes = rig.nodes
    if rig.network is None or len(nodes) < 2:
        return []
    spec = catalog.networks.get(rig.network)
    name = rig.network if spec is None else spec.name
    network = rig.network
    without = sum(
        not (_has_network_card(node, catalog) or _has_port(node, network, catalog))
        for node in nodes
    )
    if not without or (spec is not None and spec.gbit <= _ON_BOARD_GBIT):
        return []
    card = None if spec is None else _network_card(spec.gbit, catalog)
    if card is None:
        port = unlisted_line(
            "network", f"port-{network}", say("Network port, {0}", name), without, catalog
        )
        return [replace(port, node=None)]
    found = [replace(priced_line(card, without, catalog), node=None, assumed=True)]
    if len(nodes) > _JOINED_DIRECTLY:
        found.append(_network_switch(network, name, len(nodes), spec, catalog))
    return found


def _network_card(gbit: float, catalog: CatalogReader) -> str | None:
    """The slowest priced network card of exactly this speed: faster ones have other plugs."""
    rows = [row for row in catalog.parts.values() if row.kind == "nic" and row.gbit == gbit]
    priced = [(price.usd, row.id) for row in rows if (price := catalog.price(row.id)) is not None]
    return min(priced)[1] if priced else None


def _network_switch(
    network: str, name: str, nodes: int, spec: NetworkSpec | None, catalog: CatalogReader
) -> BillLine:
    """The smallest switch with a port for every computer; without a price where none is known."""
    for row in sorted(catalog.parts.values(), key=lambda row: row.ports or 0):
        fits = row.kind == "switch" and spec is not None and row.gbit == spec.gbit
        if fits and (row.ports or 0) >= nodes:
            return replace(priced_line(row.id, 1, catalog), node=None, assumed=True)
    name = say("Switch, {0}, {1} ports", name, nodes)
    line = unlisted_line("switch", f"switch-{network}-{nodes}-ports", name, 1, catalog)
    return replace(line, node=None, assumed=True)


def _has_network_card(node: Node, catalog: CatalogReader) -> bool:
    rows = (catalog.parts.get(part.part) for part in node.parts or ())
    return any(row is not None and row.kind == "nic" for row in rows)


def _has_port(node: Node, network: str, catalog: CatalogReader) -> bool:
    """True for a machine that is sold with such a port (general knowledge)."""
    for card in node.gpus:
        row = row_of(card, catalog)
        if row is None or not row.unified_memory:
            continue
        if network.startswith("thunderbolt") and row.vendor in ("Apple", "AMD"):
            return True
        if network.startswith("connectx7") and row.id.startswith("gb10"):
            return True
    return False
