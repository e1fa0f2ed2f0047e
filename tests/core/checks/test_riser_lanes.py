"""Cards on risers need lanes of the board."""

from __future__ import annotations

from moeplanner_gui.core.plan import Node
from tests.core.checks.plans import desk, found, parts

RISERS = "riser-set-for-8-gpus-2-quad-oculink-hosts-8-cables-8-adapters"
CARD = "rx7900xtx"


def test_that_no_more_cards_hang_on_risers_than_the_slots_have_lanes() -> None:
    # 16 and 4 lanes are four cards and one.
    assert "too_few_lanes" not in found(desk(*(CARD,) * 5))
    six = desk(*(CARD,) * 6)
    assert found(six)["too_few_lanes"].severity == "warning"
    assert "20 lanes, which are enough for 5" in found(six)["too_few_lanes"].message
    chosen = six.model_copy(update={"parts": parts("board-am5", RISERS)})
    assert found(chosen)["too_few_lanes"].severity == "error"
    assert "too_few_lanes" not in found(Node(host="sp5-9004", ram_gib=384, gpus=(CARD,) * 8))


def test_that_a_network_card_needs_a_slot_that_the_cards_leave() -> None:
    two = (desk("rtx3090", "rtx3090"),) * 2
    assert found(*two, network="100gbe")["no_slot_for_network"].severity == "warning"
    assert "no_slot_for_network" not in found(*two, network="1gbe")
    one = (desk("rtx3090"),) * 2
    assert "no_slot_for_network" not in found(*one, network="100gbe")
