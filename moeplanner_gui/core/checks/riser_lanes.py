"""Whether the slots of a board can be divided into as many risers as there are cards."""

from __future__ import annotations

from collections.abc import Iterator

from moeplanner_gui.core.assessment import Finding
from moeplanner_gui.core.checks.subjects import row_of
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.usual_parts import (
    board_of,
    carries_cards,
    most_on_risers,
    riser_lanes,
    slot_lanes,
)


def riser_lane_findings(plan: Plan, catalog: CatalogReader) -> Iterator[Finding]:
    """Computers with more cards on risers than their slots have lanes for."""
    for index, node in enumerate(plan.rig.nodes):
        rows = [row_of(card, catalog) for card in node.gpus]
        each = riser_lanes(node, rows, catalog)
        board = board_of(node, len(rows), catalog)
        if board is None or each is None or carries_cards(node, rows, catalog):
            continue
        lanes = slot_lanes(board.row, board.count)
        name = f"{board.row.name}, assumed" if board.assumed else board.row.name
        yield Finding(
            "too_few_lanes",
            # Another board may have more; of the one that was chosen it is known.
            "warning" if board.assumed else "error",
            f"node {index + 1}",
            f"{len(rows)} cards on risers of {each} lanes; the slots of the board ({name}) have "
            f"{sum(lanes)} lanes, which are enough for {most_on_risers(lanes, each)}.",
            "A platform with more lanes, or fewer cards.",
        )
