"""Where a value comes from: detected, edited since, typed in, or assumed."""

from __future__ import annotations

import pytest

from moeplanner_gui.core import edits
from moeplanner_gui.core.marks import (
    FIELDS,
    as_detected,
    day_words,
    edits_count,
    field_mark,
    found_card,
    found_cards,
    slot_marks,
    term_mark,
    used_when_found,
    with_cards_named,
    with_newer_use,
)
from moeplanner_gui.core.plan import (
    CardMemory,
    CustomCard,
    CustomSlot,
    DetectedNode,
    Node,
    Plan,
    Rig,
    TunedSlot,
)

USED = TunedSlot(gpu="rtx3090", memory=CardMemory(other_mib=700, desktop_mib=0))
OWN = CustomSlot(custom=CustomCard(name="Odd card", memory_mib=20_000))


def machine(*gpus: object, **more: object) -> Node:
    """A node as it was detected."""
    values = {"host": "am5", "ram_gib": 62, "gpus": gpus, **more}
    return Node(name="This computer", detected=DetectedNode(day="2026-11-23", **values), **values)


def changed(node: Node, **changes: object) -> Node:
    return node.model_copy(update=changes)


def test_that_a_field_is_detected_until_it_differs() -> None:
    node = machine(card_link="pcie4-x8")
    assert field_mark(node, "card_link") == field_mark(node, "ram_gib") == "detected"
    assert field_mark(changed(node, ram_gib=128), "ram_gib") == "edited"
    assert field_mark(changed(node, card_link=None), "card_link") == "edited"


def test_that_what_was_not_read_is_typed_or_assumed() -> None:
    node = machine()
    assert field_mark(node, "nvlink") == "assumed"
    assert field_mark(changed(node, nvlink=False), "nvlink") == "typed"
    assert field_mark(changed(node, memory_gbs=80.0), "memory_gbs") == "typed"


def test_that_a_node_without_detection_has_no_detected_value() -> None:
    node = Node(host="am5", ram_gib=64, gpus=("rtx3090",))
    assert field_mark(node, "host") == "typed"
    assert field_mark(node, "display") == "assumed"
    assert slot_marks(node) == ("typed",)
    assert edits_count(node) == 0


def test_that_every_field_of_the_snapshot_has_a_mark() -> None:
    own = set(DetectedNode.model_fields) - {"day", "gpus", "addresses", "used_mib", "assumed"}
    assert own == set(FIELDS)


def test_that_a_moved_card_keeps_its_mark() -> None:
    plan = Plan(model="m", rig=Rig(nodes=(machine("rtx3090", "rtx4090", USED),)))
    moved = edits.move_gpu(plan, 0, 2, 0, 0).rig.nodes[0]
    assert moved.gpus[0] == USED
    assert slot_marks(moved) == ("detected",) * 3
    assert found_cards(moved) == (2, 0, 1)
    assert edits_count(moved) == 0


def test_that_a_card_added_by_hand_is_typed_even_of_a_detected_kind() -> None:
    plan = Plan(model="m", rig=Rig(nodes=(machine("rtx3090", USED),)))
    more = edits.add_gpu(plan, 0, 2, "rtx3090").rig.nodes[0]
    assert slot_marks(more) == ("detected", "detected", "typed")
    assert edits_count(more) == 1


def test_that_an_edited_card_does_not_take_the_mark_of_an_untouched_one() -> None:
    node = machine(USED, USED)
    tuned = TunedSlot(gpu="rtx3090", memory=CardMemory(other_mib=0))
    now = changed(node, gpus=(tuned, USED))
    assert slot_marks(now) == ("edited", "detected")
    assert found_card(now, 0) == USED


def test_that_a_card_under_all_rules_is_the_same_in_both_spellings() -> None:
    node = machine(TunedSlot(gpu="rtx3090"))
    assert slot_marks(changed(node, gpus=("rtx3090",))) == ("detected",)


def test_that_a_replaced_card_is_one_edit_and_a_removed_one_too() -> None:
    node = machine("rtx3090", "rtx3090")
    assert edits_count(changed(node, gpus=("rtx3090", "rtx4090"))) == 1
    assert edits_count(changed(node, gpus=("rtx3090",))) == 1
    assert edits_count(changed(node, gpus=(), ram_gib=1)) == 3


def test_that_each_term_of_a_card_has_its_own_mark() -> None:
    node = machine(USED)
    assert term_mark(node, 0, "other_mib") == "detected"
    assert term_mark(node, 0, "driver_mib") == "assumed"
    memory = CardMemory(other_mib=0, desktop_mib=0, driver_mib=300)
    now = changed(node, gpus=(TunedSlot(gpu="rtx3090", memory=memory),))
    assert term_mark(now, 0, "other_mib") == "edited"
    assert term_mark(now, 0, "desktop_mib") == "detected"
    assert term_mark(now, 0, "driver_mib") == "typed"
    assert term_mark(changed(node, gpus=("rtx3090",)), 0, "other_mib") == "edited"


def test_that_the_host_memory_of_the_system_is_a_field_of_the_node() -> None:
    node = machine("rtx3090", system_mib=5000)
    assert term_mark(node, None, "system_mib") == "detected"
    assert term_mark(changed(node, system_mib=None), 0, "system_mib") == "edited"


def test_that_a_detected_own_card_keeps_its_mark_under_another_name() -> None:
    node = machine(OWN, "rtx3090")
    assert slot_marks(node) == ("detected", "detected")
    renamed = changed(
        node,
        gpus=("odd-card", "rtx3090"),
        detected=with_cards_named(node.detected, OWN, "odd-card"),
    )
    assert slot_marks(renamed) == ("detected", "detected")
    assert edits_count(renamed) == 0


def test_that_back_to_detected_puts_back_only_what_was_read() -> None:
    node = machine(USED, card_link="pcie4-x8")
    now = changed(node, ram_gib=8, gpus=("rtx4090",), memory_gbs=80.0, nvlink=True, name="Mine")
    back = as_detected(now)
    assert edits_count(back) == 0
    assert (back.memory_gbs, back.nvlink, back.name) == (80.0, True, "Mine")
    assert as_detected(Node()) == Node()


def test_that_the_newer_use_is_detected_and_leaves_what_else_was_taken_off() -> None:
    # 200 MiB in use, and 300 MiB less than the row has were seen.
    card = TunedSlot(gpu="rtx3090", memory=CardMemory(other_mib=500, desktop_mib=0))
    node = machine("rtx4090", card)
    found = node.detected.model_copy(update={"used_mib": (None, 200)})
    node = changed(node, gpus=(card, "rtx4090"), detected=found)
    assert used_when_found(node, 0) == 200
    newer = with_newer_use(node, 0, 1900)
    assert newer.gpus[0].memory.other_mib == 300 + 1900 + 1
    assert used_when_found(newer, 0) == 1900
    assert slot_marks(newer) == ("detected", "detected")
    assert edits_count(newer) == 0
    assert with_newer_use(newer, 0, 0).gpus[0].memory.other_mib >= 300
    with pytest.raises(ValueError, match="not taken off"):
        with_newer_use(node, 1, 100)


def test_that_what_detection_filled_by_a_rule_is_assumed_and_comes_back_too() -> None:
    node = machine(display="linux")
    found = node.detected.model_copy(update={"assumed": ("display",)})
    node = changed(node, detected=found)
    assert field_mark(node, "display") == "assumed"
    other = changed(node, display="windows")
    assert field_mark(other, "display") == "typed"
    assert as_detected(other).display == "linux"
    assert edits_count(other) == 0


def test_that_an_edited_or_added_card_takes_no_newer_use() -> None:
    node = machine(USED)
    for gpus in (("rtx4090",), (TunedSlot(gpu="rtx3090", memory=CardMemory(other_mib=1)),)):
        with pytest.raises(ValueError, match="detected"):
            with_newer_use(changed(node, gpus=gpus), 0, 900)


def test_that_a_day_is_written_out_and_a_wrong_one_left_as_it_is() -> None:
    assert day_words("2026-11-23") == "23 Nov 2026"
    assert day_words("2026-99-99") == "2026-99-99"
