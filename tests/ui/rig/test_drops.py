"""What a drop does to a plan: pure rules, no widgets."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData

from moeplanner_gui.core.plan import MAX_GPUS_PER_NODE, CustomCard, CustomSlot, Node, Plan, Rig
from moeplanner_gui.ui.drag import CARD_MIME, HOST_MIME, CardDrag, HostDrag, from_mime, to_mime
from moeplanner_gui.ui.drops import OffRig, OnNewNode, OnNode, OnSlot, plan_drop, slots_shown

OWN = CustomSlot(custom=CustomCard(name="Own", memory_mib=49152, reserved_mib=0))


def cards(plan):
    return [list(node.gpus) for node in plan.rig.nodes]


def from_parts(card="rtx4090"):
    return CardDrag("parts", card)


def from_rig(plan, node, slot):
    return CardDrag("rig", plan.rig.nodes[node].gpus[slot], node, slot)


def test_that_a_card_from_parts_goes_to_the_end_of_the_node(plan, catalog):
    for slot in (2, 3):
        drop = plan_drop(plan, from_parts(), OnSlot(0, slot), catalog)
        assert cards(drop.plan) == [["rtxpro6000", "rtx5090", "rtx4090"], ["rtx4090"]]
        assert drop.text == "Add RTX 4090"
        assert drop.heading == "Drop to add GPU 3"
        assert drop.select == (0, 2)


def test_that_a_card_from_parts_takes_the_place_of_the_card_it_is_dropped_on(plan, catalog):
    drop = plan_drop(plan, from_parts(), OnSlot(0, 0), catalog)
    assert cards(drop.plan) == [["rtx4090", "rtx5090"], ["rtx4090"]]
    assert drop.text == "Replace RTX PRO 6000 by RTX 4090"
    assert drop.heading == "Drop to replace GPU 1"


def test_that_a_card_dropped_on_its_own_kind_is_refused_with_a_reason(plan, catalog):
    drop = plan_drop(plan, from_parts("rtx5090"), OnSlot(0, 1), catalog)
    assert drop.plan is None
    assert drop.refused == "GPU 2 is one already."


def test_that_gpu_numbers_count_through_all_nodes(plan, catalog):
    drop = plan_drop(plan, from_parts(), OnSlot(1, 1), catalog)
    assert drop.heading == "Drop to add GPU 4"


def test_that_a_card_of_the_rig_moves_to_another_node(plan, catalog):
    drop = plan_drop(plan, from_rig(plan, 0, 0), OnSlot(1, 3), catalog)
    assert cards(drop.plan) == [["rtx5090"], ["rtx4090", "rtxpro6000"]]
    assert drop.select == (1, 1)


def test_that_a_card_of_the_rig_moves_behind_the_last_of_its_node(plan, catalog):
    drop = plan_drop(plan, from_rig(plan, 0, 0), OnSlot(0, 2), catalog)
    assert cards(drop.plan)[0] == ["rtx5090", "rtxpro6000"]
    last = plan_drop(plan, from_rig(plan, 0, 1), OnSlot(0, 2), catalog)
    assert last.plan is None
    assert last.refused


def test_that_two_cards_of_the_rig_change_places(plan, catalog):
    drop = plan_drop(plan, from_rig(plan, 0, 1), OnSlot(1, 0), catalog)
    assert cards(drop.plan) == [["rtxpro6000", "rtx4090"], ["rtx5090"]]
    assert drop.text == "Swap RTX 5090 and RTX 4090"


def test_that_a_card_dropped_where_it_is_changes_nothing(plan, catalog):
    assert plan_drop(plan, from_rig(plan, 0, 1), OnSlot(0, 1), catalog).plan is None


def test_that_a_copied_card_stays_and_its_twin_is_added(plan, catalog):
    drop = plan_drop(plan, from_rig(plan, 0, 0), OnSlot(1, 1), catalog, copy=True)
    assert cards(drop.plan) == [["rtxpro6000", "rtx5090"], ["rtx4090", "rtxpro6000"]]


def test_that_a_card_dropped_beside_the_rig_is_taken_off(plan, catalog):
    drop = plan_drop(plan, from_rig(plan, 0, 0), OffRig(), catalog)
    assert cards(drop.plan) == [["rtx5090"], ["rtx4090"]]
    assert drop.text == "Remove RTX PRO 6000"


def test_that_a_card_from_parts_dropped_beside_the_rig_does_nothing(plan, catalog):
    assert plan_drop(plan, from_parts(), OffRig(), catalog).plan is None


def test_that_a_card_that_has_left_its_slot_is_refused(plan, catalog):
    stale = CardDrag("rig", "rtx4090", 0, 0)
    assert plan_drop(plan, stale, OnSlot(1, 1), catalog).plan is None
    gone = CardDrag("rig", "rtx4090", 7, 0)
    assert plan_drop(plan, gone, OffRig(), catalog).plan is None


def test_that_a_full_node_refuses_and_says_how_many_it_holds(catalog):
    full = Plan(model="any", rig=Rig(nodes=(Node(gpus=("rtx4090",) * MAX_GPUS_PER_NODE),)))
    drop = plan_drop(full, from_parts(), OnNode(0), catalog)
    assert drop.plan is None
    assert str(MAX_GPUS_PER_NODE) in drop.refused


def test_that_an_unknown_card_is_refused_by_name(plan, catalog):
    drop = plan_drop(plan, from_parts("rtx6090"), OnSlot(0, 2), catalog)
    assert drop.plan is None
    assert "rtx6090" in drop.refused


def test_that_a_card_on_the_new_node_place_makes_a_node(plan, catalog):
    drop = plan_drop(plan, from_rig(plan, 0, 1), OnNewNode(), catalog)
    assert cards(drop.plan) == [["rtxpro6000"], ["rtx4090"], ["rtx5090"]]


def test_that_a_host_changes_the_node_it_is_dropped_on(plan, catalog):
    for target in (OnNode(1), OnSlot(1, 2)):
        drop = plan_drop(plan, HostDrag("sp5"), target, catalog)
        assert drop.plan.rig.nodes[1].host == "sp5"
        assert drop.plan.rig.nodes[1].gpus == ("rtx4090",)
        assert drop.text == "Change host to EPYC 9004"


def test_that_a_host_on_the_new_node_place_makes_a_node_with_memory(plan, catalog):
    drop = plan_drop(plan, HostDrag("sp5"), OnNewNode(), catalog)
    assert drop.plan.rig.nodes[2].host == "sp5"
    assert drop.plan.rig.nodes[2].ram_gib > 0


def test_that_the_same_host_is_refused(plan, catalog):
    assert plan_drop(plan, HostDrag("wrx90"), OnNode(0), catalog).plan is None


@pytest.mark.parametrize(("count", "shown"), [(0, 4), (3, 4), (4, 5), (16, 17), (32, 32)])
def test_that_there_is_always_an_empty_slot_while_one_is_allowed(count, shown):
    assert slots_shown(count) == shown


@pytest.mark.parametrize(
    "payload",
    [
        CardDrag("parts", "rtx4090"),
        CardDrag("rig", "rtx4090", 1, 0),
        CardDrag("rig", OWN, 0, 3),
        HostDrag("sp5"),
    ],
)
def test_that_a_payload_survives_its_mime_data(payload):
    mime = to_mime(payload, "a card")
    assert mime.text() == "a card"
    assert from_mime(mime) == payload


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (CARD_MIME, b"not json"),
        (CARD_MIME, b"[]"),
        (CARD_MIME, b'{"source": "parts"}'),
        (CARD_MIME, b'{"source": "parts", "card": 7}'),
        (CARD_MIME, b'{"source": "rig", "card": "rtx4090", "node": "0", "slot": 0}'),
        (CARD_MIME, b'{"source": "parts", "card": {"custom": {"name": "x", "memory_mib": -1}}}'),
        (CARD_MIME, b"\xff\xfe"),
        (HOST_MIME, b'{"host": 1}'),
        (HOST_MIME, b'{"host": ""}'),
        ("text/plain", b"RTX 4090"),
    ],
)
def test_that_foreign_and_damaged_data_is_no_payload(kind, data):
    mime = QMimeData()
    mime.setData(kind, data)
    assert from_mime(mime) is None
