"""Whether the slots of a board can be divided into as many risers as there are cards, and whether
one is left for the network.
"""

from __future__ import annotations

from collections.abc import Iterator

from moeplanner_gui.core.assessment import Finding
from moeplanner_gui.core.bill_network import network_lines
from moeplanner_gui.core.card_rows import row_of
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.usual_parts import (
    PartRow,
    board_of,
    carries_cards,
    most_on_risers,
    riser_lanes,
    slot_lanes,
)
from moeplanner_gui.core.words import say


def riser_lane_findings(plan: Plan, catalog: CatalogReader) -> Iterator[Finding]:
    """Computers with more cards on risers than their slots have lanes for, or with no slot left."""
    network = any(line.kind == "nic" for line in network_lines(plan.rig, catalog))
    carried: dict[object, tuple[bool, bool]] = {}
    for index, node in enumerate(plan.rig.nodes):
        rows = [row_of(card, catalog) for card in node.gpus]
        each = riser_lanes(node, rows, catalog)
        board = board_of(node, len(rows), catalog)
        if board is None:
            continue
        # Of many computers most are alike.
        asked = (node.gpus, node.parts, node.host)
        if asked not in carried:
            alone = carries_cards(node, rows, catalog)
            together = alone and network and bool(rows)
            carried[asked] = alone, together and not carries_cards(node, rows, catalog, others=1)
        fits, no_slot = carried[asked]
        if fits:
            if no_slot:
                yield _no_slot_for_network(board, index)
            continue
        if each is None:
            continue
        lanes = slot_lanes(board.row, board.count)
        name = say("{0}, assumed", board.row.name) if board.assumed else board.row.name
        yield Finding(
            "too_few_lanes",
            # Another board may have more; of the one that was chosen it is known.
            "warning" if board.assumed else "error",
            f"node {index + 1}",
            say(
                "{0} cards on risers of {1} lanes; the slots of the board ({2}) have "
                "{3} lanes, which are enough for {4}.",
                len(rows),
                each,
                name,
                sum(lanes),
                most_on_risers(lanes, each),
            ),
            say("A platform with more lanes, or fewer cards."),
        )


def _no_slot_for_network(board: PartRow, index: int) -> Finding:
    name = say("{0}, assumed", board.row.name) if board.assumed else board.row.name
    return Finding(
        "no_slot_for_network",
        "warning" if board.assumed else "error",
        f"node {index + 1}",
        say(
            "The cards take all slots of the board ({0}): none is left for the network card.", name
        ),
        say("Another board, fewer cards, or a port on the board that is fast enough."),
    )
