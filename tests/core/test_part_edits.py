"""Parts of a computer: what replaces, what adds up, what is refused, and that nothing is lost."""

from __future__ import annotations

import json

import pytest

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core import edits
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.bill import bill
from moeplanner_gui.core.hardware_cost import hardware_cost
from moeplanner_gui.core.memory_kits import Kit, kit_of
from moeplanner_gui.core.part_edits import (
    change_host,
    chosen_parts,
    put_memory,
    put_part,
    remove_part,
    set_count,
    set_mine,
    set_owned,
    swap_part,
    usual_parts,
)
from moeplanner_gui.core.part_rules import PartRefusedError
from moeplanner_gui.core.plan import Node, Plan, Rig
from moeplanner_gui.core.ports import UnknownEntryError
from moeplanner_gui.export.plan_file import plan_from_json, plan_to_json

CATALOG = load_catalog()
ROMED = "board-sp3-asrock-romed8-2t"
H12 = "board-sp3-supermicro-h12ssl-ct-used"
SP5 = "board-sp5-supermicro-h13ssl-n"
BAREBONE = "8-slot-gpu-barebone-gigabyte-g292-z20-used"
RDIMM4, RDIMM5 = "ddr4-rdimm-per-gb", "ddr5-rdimm-per-gb-retail"
SERVER = Node(host="sp3-7003", ram_gib=256, gpus=("rtx3090", "rtx3090"))


def plan_on(*nodes: Node) -> Plan:
    return Plan(model="qwen3-30b-a3b", weights="q4_k_m", rig=Rig(nodes=nodes, circuit="us-20"))


def parts_of(plan: Plan, node: int = 0) -> dict[str, int]:
    return {part.part: part.count for part in plan.rig.nodes[node].parts or ()}


def kinds_of(plan: Plan, node: int = 0) -> set[str]:
    return {line.kind for line in bill(plan, CATALOG) if line.node == node}


def test_that_the_first_chosen_part_keeps_all_the_others() -> None:
    before = plan_on(SERVER)
    after = put_part(before, 0, "nvme-u-2-enterprise-per-tb-used", CATALOG, count=4).plan
    assert kinds_of(after) == kinds_of(before)
    assumed = {line.part_id for line in bill(before, CATALOG)} - {"nvme-consumer-per-tb"}
    assert assumed <= {line.part_id for line in bill(after, CATALOG)}
    chosen = {line.part_id for line in bill(after, CATALOG) if not line.assumed}
    assert chosen == {"rtx3090", RDIMM4, "nvme-u-2-enterprise-per-tb-used"}
    assert before.rig.nodes[0].parts is None


@pytest.mark.parametrize(
    ("new", "gone"),
    [
        (H12, ROMED),
        ("cpu-epyc-7763-64c-used", "cpu-epyc-7543-32c-used"),
        ("open-8-gpu-frame", "case-full-tower"),
    ],
)
def test_that_board_processor_and_case_take_the_place_of_their_kind(new: str, gone: str) -> None:
    put = put_part(plan_on(SERVER), 0, new, CATALOG)
    found = parts_of(put.plan)
    assert found[new] == 1 and gone not in found
    assert put.replaced == (CATALOG.parts[gone].name,)
    assert put.host is None


def test_that_supplies_add_up_once_they_are_chosen() -> None:
    first = put_part(plan_on(SERVER), 0, "psu-1600-w", CATALOG)
    assert first.replaced and "psu-1600-w" in parts_of(first.plan)
    second = put_part(first.plan, 0, "psu-1600-w", CATALOG)
    assert parts_of(second.plan)["psu-1600-w"] == 2 and not second.replaced
    assert first.assumed and not second.assumed
    third = put_part(second.plan, 0, "psu-850-w", CATALOG)
    assert parts_of(third.plan)["psu-850-w"] == 1


def test_that_an_assumed_part_that_is_chosen_keeps_its_number() -> None:
    eight = plan_on(SERVER.model_copy(update={"gpus": ("rtx3090",) * 8}))
    usual = {part.part: part.count for part in chosen_parts(eight, 0, CATALOG)}
    supply = next(part for part in usual if part.startswith("psu"))
    assert usual[supply] > 1
    put = put_part(eight, 0, supply, CATALOG)
    assert parts_of(put.plan)[supply] == usual[supply] and put.assumed and not put.replaced
    assert parts_of(put_part(put.plan, 0, supply, CATALOG).plan)[supply] == usual[supply] + 1


@pytest.mark.parametrize("disk", ["nvme-consumer-per-tb", "nvme-u-2-enterprise-per-tb-used"])
def test_that_the_first_disk_is_as_large_as_the_assumed_one_and_the_next_adds_a_terabyte(
    disk: str,
) -> None:
    plan = plan_on(SERVER.model_copy(update={"disk_gib": 3000}))
    assumed = next(line.count for line in bill(plan, CATALOG) if line.kind == "disk")
    assert assumed > 1
    first = put_part(plan, 0, disk, CATALOG)
    assert parts_of(first.plan)[disk] == assumed
    assert parts_of(put_part(first.plan, 0, disk, CATALOG).plan)[disk] == assumed + 1


def test_that_parts_taken_over_stay_assumed_until_each_is_chosen() -> None:
    plan = put_part(plan_on(SERVER), 0, "psu-1600-w", CATALOG).plan
    assumed = {line.kind for line in bill(plan, CATALOG) if line.assumed}
    assert assumed == {"board", "cpu", "case", "disk"}
    plan = put_part(plan, 0, "case-full-tower", CATALOG).plan
    plan = set_count(plan, 0, "nvme-consumer-per-tb", 2, CATALOG)
    assert {line.kind for line in bill(plan, CATALOG) if line.assumed} == {"board", "cpu"}
    # The disk beside it is still a guess, and makes room.
    other = put_part(plan_on(SERVER), 0, "psu-1600-w", CATALOG).plan
    put = put_part(other, 0, "nvme-u-2-enterprise-per-tb-used", CATALOG)
    assert put.assumed and "nvme-consumer-per-tb" not in parts_of(put.plan)


def test_that_a_plan_file_says_which_parts_were_assumed_and_nothing_of_the_others() -> None:
    plan = put_part(plan_on(SERVER), 0, "psu-1600-w", CATALOG).plan
    mine = set_mine(plan, 0, True)
    text = plan_to_json(mine)
    assert plan_from_json(text) == mine
    parts = json.loads(text)["rig"]["nodes"][0]["parts"]
    assert {part["part"]: part.get("assumed") for part in parts}["psu-1600-w"] is None
    assert '"assumed": false' not in text
    # As such files were written before there was anything to say.
    for part in parts:
        part.pop("assumed", None)
    old = json.loads(plan_to_json(plan))
    old["rig"]["nodes"][0]["parts"] = parts
    assert not any(part.assumed for part in plan_from_json(json.dumps(old)).rig.nodes[0].parts)


def test_that_a_board_of_another_socket_is_refused_beside_a_chosen_processor() -> None:
    chosen = put_part(plan_on(SERVER), 0, "cpu-epyc-7763-64c-used", CATALOG).plan
    with pytest.raises(PartRefusedError, match="socket SP3; this motherboard has SP5"):
        put_part(chosen, 0, SP5, CATALOG)


def test_that_a_board_of_another_socket_changes_a_platform_that_was_only_assumed() -> None:
    put = put_part(plan_on(SERVER), 0, SP5, CATALOG)
    assert put.host == put.plan.rig.nodes[0].host == "sp5-9004"
    assert put.replaced == ("ASRock Rack ROMED8-2T (SP3)", "EPYC 7543, used")
    assert "cpu-epyc-9354-32c-used" in parts_of(put.plan)
    assert ROMED not in parts_of(put.plan)


def test_that_a_processor_without_a_platform_is_refused() -> None:
    with pytest.raises(PartRefusedError, match="memory speed is not known"):
        put_part(plan_on(SERVER), 0, "cpu-epyc-7532-32c-new-bulk", CATALOG)


def test_that_a_second_socket_gets_a_second_processor() -> None:
    two = plan_on(SERVER.model_copy(update={"host": "epyc-9124-2s", "gpus": ()}))
    found = parts_of(put_part(two, 0, "cpu-epyc-9124-16c-used", CATALOG).plan)
    assert found["cpu-epyc-9124-16c-used"] == 2


def test_that_what_no_computer_goes_without_keeps_the_sum_open() -> None:
    plan = plan_on(SERVER)
    for kind in ("board", "cpu", "psu"):
        part = next(line.part_id for line in bill(plan, CATALOG) if line.kind == kind)
        without = remove_part(plan, 0, part or "", CATALOG)
        assert hardware_cost(plan, CATALOG).total_usd is not None
        assert hardware_cost(without, CATALOG).total_usd is None, kind


def test_that_a_board_without_a_usual_processor_leaves_one_to_be_priced() -> None:
    put = put_part(plan_on(SERVER), 0, "board-trx50", CATALOG)
    lines = {line.kind: line for line in bill(put.plan, CATALOG)}
    assert lines["cpu"].usd is None and lines["board"].usd is not None


def test_that_a_barebone_brings_its_case_and_supplies() -> None:
    put = put_part(plan_on(SERVER), 0, BAREBONE, CATALOG)
    found = {CATALOG.parts[name].kind for name in parts_of(put.plan)}
    assert "computer" in found and not found & {"board", "case", "psu", "riser"}
    with pytest.raises(PartRefusedError, match="case of its own"):
        put_part(put.plan, 0, "open-8-gpu-frame", CATALOG)
    back = put_part(put.plan, 0, ROMED, CATALOG).plan
    assert {"board", "cpu", "case", "psu"} <= {CATALOG.parts[n].kind for n in parts_of(back)}
    assert BAREBONE not in parts_of(back)


def test_that_a_bridge_needs_two_of_its_cards_and_joins_them() -> None:
    put = put_part(plan_on(SERVER), 0, "nvlink-bridge-rtx3090", CATALOG).plan
    assert put.rig.nodes[0].nvlink is True
    with pytest.raises(PartRefusedError, match="have one already"):
        put_part(put, 0, "nvlink-bridge-rtx3090", CATALOG)
    with pytest.raises(PartRefusedError, match="RTX A6000"):
        put_part(put, 0, "nvlink-bridge-rtxa6000", CATALOG)
    assert remove_part(put, 0, "nvlink-bridge-rtx3090", CATALOG).rig.nodes[0].nvlink is None


def test_that_modules_set_the_memory_and_fill_every_channel() -> None:
    full = put_memory(plan_on(SERVER), 0, RDIMM4, 64, CATALOG).rig.nodes[0]
    assert (full.ram_gib, full.memory_channels) == (512, None)
    assert full.parts is None
    few = put_memory(plan_on(SERVER), 0, RDIMM4, Kit(4, 64), CATALOG, mt_s=2933).rig.nodes[0]
    assert (few.ram_gib, few.memory_channels, few.memory_mt_s) == (256, 4, 2933)


@pytest.mark.parametrize(
    ("host", "part", "kit", "why"),
    [
        ("sp3-7003", RDIMM5, 64, "takes DDR4 RDIMM"),
        (None, RDIMM5, 64, "Choose a host first"),
        ("am5-5600", "ddr5-udimm-per-gb", Kit(6, 32), "4 slots for memory"),
        ("am5-6400", "ddr5-udimm-per-gb", Kit(4, 64), "at most"),
    ],
)
def test_that_memory_that_does_not_go_in_is_refused(
    host: str | None, part: str, kit: Kit | int, why: str
) -> None:
    node = SERVER.model_copy(update={"host": host})
    with pytest.raises(PartRefusedError, match=why):
        put_memory(plan_on(node), 0, part, kit, CATALOG)


def test_that_the_kit_of_a_memory_size_fills_the_channels() -> None:
    host = CATALOG.host("sp3-7003")
    assert kit_of(SERVER, host, "DDR4 RDIMM") == Kit(8, 32)
    assert kit_of(SERVER.model_copy(update={"ram_gib": 100}), host, "DDR4 RDIMM") is None


def test_that_memory_is_priced_by_the_amount_of_the_plan_whatever_the_parts_say() -> None:
    node = SERVER.model_copy(update={"parts": chosen_parts(plan_on(SERVER), 0, CATALOG)})
    odd = node.model_copy(update={"parts": (*(node.parts or ()), *_memory_part())})
    line = next(row for row in bill(plan_on(odd), CATALOG) if row.kind == "memory")
    assert (line.count, line.part_id) == (256, RDIMM4)


def _memory_part() -> tuple[object, ...]:
    from moeplanner_gui.core.plan import NodePart

    return (NodePart(part=RDIMM4, count=8),)


def test_that_another_host_takes_its_usual_board_and_processor_and_keeps_the_rest() -> None:
    chosen = put_part(plan_on(SERVER), 0, "psu-2000-w-titanium", CATALOG).plan
    changed = change_host(chosen, 0, "sp5-9355", CATALOG)
    found = parts_of(changed)
    assert {SP5, "cpu-epyc-9355p-32c", "psu-2000-w-titanium"} <= set(found)
    assert ROMED not in found and "cpu-epyc-7543-32c-used" not in found


def test_that_counts_swaps_and_the_way_back_are_edits_of_the_same_list() -> None:
    plan = put_part(plan_on(SERVER), 0, "psu-1000-w", CATALOG).plan
    two = set_count(plan, 0, "psu-1000-w", 2, CATALOG)
    assert parts_of(two)["psu-1000-w"] == 2
    swapped = swap_part(two, 0, "psu-1000-w", "psu-1600-w", CATALOG).plan
    assert parts_of(swapped)["psu-1600-w"] == 2 and "psu-1000-w" not in parts_of(swapped)
    assert "psu-1000-w" not in parts_of(set_count(plan, 0, "psu-1000-w", 0, CATALOG))
    assert usual_parts(swapped, 0).rig.nodes[0].parts is None


def test_that_nothing_is_built_into_a_machine_that_is_sold_whole() -> None:
    with pytest.raises(PartRefusedError, match="whole computer"):
        put_part(plan_on(Node(gpus=("strixhalo",))), 0, "psu-1000-w", CATALOG)


def test_that_an_unknown_part_and_an_unknown_node_are_errors() -> None:
    with pytest.raises(UnknownEntryError):
        put_part(plan_on(SERVER), 0, "gold-plated-case", CATALOG)
    with pytest.raises(IndexError):
        put_part(plan_on(SERVER), 3, ROMED, CATALOG)


def test_that_owned_parts_cost_nothing_and_zero_takes_them_back() -> None:
    plan = set_owned(plan_on(SERVER), "rtx3090", 1)
    assert next(line for line in bill(plan, CATALOG) if line.kind == "card").mine == 1
    assert set_owned(plan, "rtx3090", 0).economics.owned == ()
    assert hardware_cost(set_mine(plan, 0, True), CATALOG).total_usd == 0.0


def test_that_an_edit_of_a_node_keeps_the_circuit() -> None:
    assert set_mine(plan_on(SERVER), 0, True).rig.circuit == "us-20"


def test_that_a_network_card_stands_for_the_port_of_its_computer() -> None:
    plan = plan_on(SERVER, SERVER)
    plan = plan.replace(rig=plan.rig.model_copy(update={"network": "100gbe"}))
    card = "nic-100-gbe-connectx-6-mcx653106a-used"
    both = put_part(put_part(plan, 0, card, CATALOG).plan, 1, card, CATALOG).plan
    cards = [
        [(line.count, line.assumed) for line in bill(p, CATALOG) if line.kind == "nic"]
        for p in (plan, both)
    ]
    assert cards == [[(2, True)], [(1, False), (1, False)]]


def test_that_a_supply_and_a_disk_that_nobody_chose_grow_with_the_plan() -> None:
    plan = put_part(plan_on(SERVER), 0, "open-8-gpu-frame", CATALOG).plan
    for _ in range(4):
        plan = edits.add_gpu(plan, 0, 2, "rtx5090")
    plan = edits.set_node(plan, 0, disk_gib=3000)
    usual = usual_parts(plan, 0)
    wanted = {(line.part_id, line.count) for line in bill(usual, CATALOG) if line.kind in KINDS}
    now = [line for line in bill(plan, CATALOG) if line.kind in KINDS]
    assert {(line.part_id, line.count) for line in now} == wanted
    assert all(line.assumed for line in now)
    codes = {finding.code for finding in evaluate(plan, CATALOG).findings}
    assert "power_supply_assumed" in codes
    assert not {"power_supply_too_small", "power_supply_tight", "disk_too_small"} & codes
    # Chosen, they stay.
    supply = next(line for line in now if line.kind == "psu")
    chosen = put_part(plan, 0, supply.part_id, CATALOG).plan
    more = edits.add_gpu(chosen, 0, 2, "rtx5090")
    assert parts_of(more)[supply.part_id] == supply.count
    # Another one in its place is as many as stand in the bill.
    swapped = swap_part(plan, 0, supply.part_id, "psu-1600-w", CATALOG).plan
    assert parts_of(swapped)["psu-1600-w"] == supply.count


KINDS = ("psu", "disk")
