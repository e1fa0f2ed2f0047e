"""The bill of materials: every part once, nothing for free that is not there already."""

from __future__ import annotations

import pytest

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core import edits
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.bill import bill, card_places, usual_supply
from moeplanner_gui.core.entries import Entries, entries_of
from moeplanner_gui.core.hardware import PriceRow
from moeplanner_gui.core.part_edits import put_part, set_mine
from moeplanner_gui.core.plan import (
    CardMemory,
    CustomCard,
    CustomSlot,
    DetectedNode,
    Economics,
    Node,
    NodePart,
    Plan,
    Rig,
    TunedSlot,
    typed_card_id,
)
from moeplanner_gui.core.power.draw import most_dc_w

CATALOG = load_catalog()
DUAL = "board-am5-dual-x8-workstation-class-x870e-glacial"
DESK = Node(host="am5-5600", ram_gib=64, gpus=("rtx3090", "rtx3090"))


def plan_on(*nodes: Node, owned: tuple[NodePart, ...] = (), network: str | None = None) -> Plan:
    return Plan(
        model="qwen3-30b-a3b",
        weights="q4_k_m",
        rig=Rig(nodes=nodes, network=network),
        economics=Economics(owned=owned),
    )


def lines_of(plan: Plan) -> dict[str, tuple[int, float | None]]:
    return {line.part_id or line.name: (line.count, line.usd) for line in bill(plan, CATALOG)}


def usd(part: str) -> float:
    row = CATALOG.price(part)
    assert row is not None
    return row.usd


def test_that_a_host_brings_its_usual_parts_each_with_its_own_price() -> None:
    found = lines_of(plan_on(DESK))
    assert found["rtx3090"] == (2, 2 * usd("rtx3090"))
    assert found[DUAL] == (1, usd(DUAL))
    assert found["cpu-ryzen-9-7900x"] == (1, usd("cpu-ryzen-9-7900x"))
    assert found["ddr5-udimm-per-gb"] == (64, pytest.approx(64 * usd("ddr5-udimm-per-gb")))
    assert found["case-full-tower"] == (1, usd("case-full-tower"))
    assert found["nvme-consumer-per-tb"] == (1, usd("nvme-consumer-per-tb"))
    assumed = {line.part_id for line in bill(plan_on(DESK), CATALOG) if line.assumed}
    assert DUAL in assumed and "rtx3090" not in assumed
    assert "ddr5-udimm-per-gb" not in assumed


def test_that_the_price_of_the_rig_is_the_sum_of_the_bill() -> None:
    plan = plan_on(DESK, DESK.model_copy(update={"ram_gib": 128}))
    total = sum(line.usd or 0.0 for line in bill(plan, CATALOG))
    assert evaluate(plan, CATALOG).cost.hardware_usd == pytest.approx(total)


@pytest.mark.parametrize("cards", [("rtx3060-12",), ("rtx5090",) * 2, ("rtx3090",) * 8])
def test_that_the_supplies_are_enough_for_all_cards_at_their_limit(cards: tuple[str, ...]) -> None:
    node = DESK.model_copy(update={"gpus": cards})
    found = usual_supply(node, CATALOG)
    most = most_dc_w(node, CATALOG)
    assert found is not None and most is not None
    part, count = found
    rated = CATALOG.parts[part].rated_w
    assert rated is not None and rated * count * 0.8 >= most


def test_that_more_cards_than_a_tower_takes_stand_in_a_frame_on_risers() -> None:
    found = lines_of(plan_on(DESK.model_copy(update={"gpus": ("rtx3090",) * 4})))
    assert "case-full-tower" not in found
    assert found["open-8-gpu-frame"][0] == 1
    assert "riser-set-for-8-gpus-2-quad-oculink-hosts-8-cables-8-adapters" in found


def test_that_a_card_more_than_the_board_has_slots_puts_a_riser_on_the_bill() -> None:
    three = lines_of(plan_on(DESK.model_copy(update={"gpus": ("rtxa6000",) * 3})))
    assert three["riser-set-for-8-gpus-2-quad-oculink-hosts-8-cables-8-adapters"][0] == 1
    two = lines_of(plan_on(DESK.model_copy(update={"gpus": ("rtxa6000",) * 2})))
    assert "case-full-tower" in two and not any("riser" in name for name in two)


def test_that_what_is_there_already_costs_nothing_and_stays_listed() -> None:
    owned = (NodePart(part="rtx3090"), NodePart(part="ddr5-udimm-per-gb", count=500))
    found = lines_of(plan_on(DESK, owned=owned))
    assert found["rtx3090"] == (2, usd("rtx3090"))
    assert found["ddr5-udimm-per-gb"] == (64, 0.0)


def test_that_owned_parts_are_counted_once_over_all_computers() -> None:
    plan = plan_on(DESK, DESK, owned=(NodePart(part="rtx3090", count=3),))
    assert sum(line.mine for line in bill(plan, CATALOG) if line.part_id == "rtx3090") == 3


def test_that_a_computer_that_is_there_already_costs_nothing_even_without_prices() -> None:
    node = Node(host="am4", ram_gib=64, gpus=("rtx3090",), mine=True)
    cost = evaluate(plan_on(node), CATALOG).cost
    assert cost.hardware_usd == 0.0 and cost.unpriced_parts == ()


def test_that_what_was_added_to_a_detected_computer_is_to_be_bought() -> None:
    cards = (TunedSlot(gpu="rtx3090", memory=CardMemory(other_mib=500)),)
    seen = DetectedNode(day="2026-11-23", host="am5-5600", ram_gib=62, gpus=cards)
    there = Node(host="am5-5600", ram_gib=62, gpus=cards, mine=True, detected=seen)
    assert evaluate(plan_on(there), CATALOG).cost.hardware_usd == 0.0
    # Another figure of memory in use buys nothing, and a card less gives nothing back.
    for gpus in (("rtx3090",), ()):
        fewer = there.model_copy(update={"gpus": gpus})
        assert evaluate(plan_on(fewer), CATALOG).cost.hardware_usd == 0.0
    more = there.model_copy(update={"gpus": (*cards, "rtx5090"), "ram_gib": 128})
    bought = {line.part_id: line.to_buy for line in bill(plan_on(more), CATALOG) if line.to_buy}
    assert bought["rtx5090"] == 1 and "rtx3090" not in bought
    assert bought["ddr5-udimm-per-gb"] == 128 - 62
    assert any((part or "").startswith("psu") for part in bought)
    # Of a computer that was typed in nobody knows what was there before.
    typed = more.model_copy(update={"detected": None})
    assert evaluate(plan_on(typed), CATALOG).cost.hardware_usd == 0.0


def test_that_what_is_added_to_ones_own_computer_is_to_be_bought() -> None:
    chosen = put_part(plan_on(DESK), 0, "psu-850-w", CATALOG).plan
    mine = set_mine(chosen, 0, True)
    assert evaluate(mine, CATALOG).cost.hardware_usd == 0.0
    # Parts, a card and memory that come later.
    more = put_part(mine, 0, "psu-850-w", CATALOG).plan
    more = put_part(more, 0, "nvme-u-2-enterprise-per-tb-used", CATALOG).plan
    bought = {line.part_id: line.to_buy for line in bill(more, CATALOG) if line.to_buy}
    assert bought == {"psu-850-w": 1, "nvme-u-2-enterprise-per-tb-used": 1}
    card = set_mine(plan_on(DESK), 0, True)
    card = edits.add_gpu(card, 0, 2, "rtx5090")
    card = edits.set_node(card, 0, ram_gib=128)
    bought = {line.part_id: line.to_buy for line in bill(card, CATALOG) if line.to_buy}
    assert bought["rtx5090"] == 1 and bought["ddr5-udimm-per-gb"] == 64 and "rtx3090" not in bought
    # Said again, all of it is there; taken back, all of it is to be bought.
    assert evaluate(set_mine(card, 0, True), CATALOG).cost.hardware_usd == 0.0
    back = set_mine(card, 0, False)
    assert back.rig.nodes[0].there is None
    assert all(line.mine == 0 for line in bill(back, CATALOG))


def test_that_ones_own_detected_computer_is_what_was_detected() -> None:
    seen = DetectedNode(day="2026-11-23", host="am5-5600", ram_gib=64, gpus=("rtx3090",))
    node = DESK.model_copy(update={"detected": seen})
    mine = set_mine(plan_on(node), 0, True)
    assert [line.to_buy for line in bill(mine, CATALOG) if line.kind == "card"] == [1]


def test_that_a_typed_card_can_be_ones_own_without_its_computer() -> None:
    own = CustomSlot(custom=CustomCard(name="Bench card", memory_mib=49_152, price_usd=700.0))
    node = DESK.model_copy(update={"gpus": ("rtx3090", own, own)})
    owned = (NodePart(part=typed_card_id("Bench card")),)
    card = next(line for line in bill(plan_on(node, owned=owned), CATALOG) if line.part_id is None)
    assert (card.count, card.mine, card.usd) == (2, 1, 700.0)


@pytest.mark.parametrize(
    ("plan", "part"),
    [
        (plan_on(Node(gpus=("h100-sxm",) * 8)), "server-for-8-h100-sxm"),
        (plan_on(Node(gpus=("gaudi3",))), "place-for-1-gaudi3"),
        (plan_on(*[DESK] * 5, network="100gbe"), "switch-100gbe-5-ports"),
        (plan_on(DESK, DESK, network="10gbe"), "port-10gbe"),
    ],
)
def test_that_what_has_no_row_takes_a_price_of_the_users_own(plan: Plan, part: str) -> None:
    line = next(line for line in bill(plan, CATALOG) if line.part_id == part)
    assert line.usd is None
    price = PriceRow(part_id=part, kind="street_new", usd=1000.0, date="2026-11-01",
                     source="a shop", confidence="high")  # fmt: skip
    priced = CATALOG.with_entries(Entries(prices=(price,)))
    line = next(line for line in bill(plan, priced) if line.part_id == part)
    assert line.usd == 1000.0 * line.count
    assert [row.usd for row in entries_of(plan, priced).prices] == [1000.0]


def test_that_chosen_parts_replace_the_usual_ones() -> None:
    parts = (NodePart(part="board-am5"), NodePart(part="psu-850-w", count=2))
    found = lines_of(plan_on(DESK.model_copy(update={"parts": parts})))
    assert found["psu-850-w"][0] == 2
    assert "cpu-ryzen-9-7900x" not in found and "case-full-tower" not in found


def test_that_a_part_that_nobody_knows_stays_on_the_list_without_a_price() -> None:
    node = DESK.model_copy(update={"parts": (NodePart(part="gold-plated-case"),)})
    assert lines_of(plan_on(node))["gold-plated-case"] == (1, None)


def test_that_modules_need_a_server_and_machines_of_one_memory_need_nothing() -> None:
    assert lines_of(plan_on(Node(gpus=("h100-sxm",))))["server-for-1-h100-sxm"] == (1, None)
    assert set(lines_of(plan_on(Node(gpus=("strixhalo",))))) == {"strixhalo"}


def test_that_the_disk_holds_the_weights_with_room() -> None:
    big = plan_on(DESK).replace(model="deepseek-v4-pro", weights="native")
    row = next(line for line in bill(big, CATALOG) if line.kind == "disk")
    assert row.count * 10**12 >= evaluate(big, CATALOG).model.weights_bytes * 1.1  # type: ignore[union-attr]


def test_that_a_card_whose_width_is_unknown_is_taken_for_two_slots() -> None:
    assert card_places(None) == 2
    assert card_places(CATALOG.gpu("w7900")) == 3


def test_that_a_bridge_is_listed_for_each_pair_where_cards_are_bridged() -> None:
    found = lines_of(plan_on(DESK.model_copy(update={"nvlink": True})))
    assert found["nvlink-bridge-rtx3090"] == (1, None)


def test_that_every_preset_and_every_board_names_rows_of_the_catalogue() -> None:
    for preset in CATALOG.presets.values():
        assert preset.host in CATALOG.hosts
        assert {part.part for part in preset.parts} <= set(CATALOG.parts)
    for part in CATALOG.parts.values():
        assert set(part.hosts) <= set(CATALOG.hosts), part.id
        assert set(part.cards) <= set(CATALOG.gpus), part.id


def test_that_a_second_card_gets_a_board_with_a_second_wide_slot_where_there_is_one() -> None:
    alone = DESK.model_copy(update={"gpus": ("rtx3090",)})
    assert "board-am5" in lines_of(plan_on(alone))
    assert DUAL in lines_of(plan_on(DESK))
    four = DESK.model_copy(update={"gpus": ("rtx3090",) * 4})
    assert "board-am5" in lines_of(plan_on(four))


def test_that_a_host_with_a_price_of_its_own_or_none_still_needs_supply_case_and_disk() -> None:
    plan = plan_on(Node(host="wrx90-7965wx", ram_gib=128, gpus=("rtx5090",)))
    lines = {line.kind: line for line in bill(plan, CATALOG)}
    assert lines["host"].usd is None
    assert {"psu", "case", "disk", "memory"} <= set(lines)
    assert lines["psu"].assumed and lines["psu"].usd


def test_that_a_card_nobody_says_how_to_build_in_leaves_the_price_open() -> None:
    # The GB200 sits in a rack; on a desktop's board it would seem to cost what the card costs.
    for card in ("gb200", "dgxstation-gb300", "gaudi3"):
        plan = plan_on(Node(host="am5-5600", ram_gib=64, gpus=(card,)))
        assert lines_of(plan)[f"place-for-1-{card}"] == (1, None)
        assert evaluate(plan, CATALOG).cost.hardware_usd is None


def test_that_a_server_of_modules_brings_its_supplies_and_case() -> None:
    plan = plan_on(Node(host="xeon-8480", ram_gib=512, gpus=("h100-sxm",) * 8))
    kinds = {line.kind for line in bill(plan, CATALOG)}
    assert "server" in kinds and not kinds & {"psu", "case", "riser"}


def test_that_a_card_that_nobody_knows_leaves_the_supply_open() -> None:
    plan = plan_on(Node(host="am5-5600", ram_gib=64, gpus=("no-such-card",)))
    supply = next(line for line in bill(plan, CATALOG) if line.kind == "psu")
    assert supply.usd is None


def test_that_two_computers_need_a_card_each_and_three_a_switch() -> None:
    two = {line.part_id: line for line in bill(plan_on(DESK, DESK, network="100gbe"), CATALOG)}
    assert two["nic-100-gbe-connectx-6-mcx653106a-used"].count == 2
    assert not any(line.kind == "switch" for line in two.values())
    three = bill(plan_on(DESK, DESK, DESK, network="100gbe"), CATALOG)
    assert [line.part_id for line in three if line.kind == "switch"] == [
        "switch-4x100-gbe-mikrotik-crs504"
    ]
    five = bill(plan_on(*[DESK] * 5, network="100gbe"), CATALOG)
    assert [line.usd for line in five if line.kind == "switch"] == [None]


def test_that_a_gigabit_is_on_every_board_and_other_speeds_stay_without_a_price() -> None:
    kinds = {line.kind for line in bill(plan_on(DESK, DESK, network="1gbe"), CATALOG)}
    assert not {"network", "nic", "switch"} & kinds
    ten = [line for line in bill(plan_on(DESK, DESK, network="10gbe"), CATALOG)]
    assert [line.usd for line in ten if line.kind == "network"] == [None]


def test_that_machines_that_are_sold_with_a_port_need_none() -> None:
    spark = Node(gpus=("gb10",))
    assert {
        line.kind for line in bill(plan_on(spark, spark, network="connectx7-200"), CATALOG)
    } == {"card"}
    mixed = bill(plan_on(spark, DESK, network="connectx7-200"), CATALOG)
    assert [line.count for line in mixed if line.kind == "network"] == [1]
