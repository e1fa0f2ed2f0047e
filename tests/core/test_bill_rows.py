"""The bill as it is read: equal parts on one row, what is mine, and the sum with its range."""

from __future__ import annotations

import pytest

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.bill_rows import bill_rows, bill_sum
from moeplanner_gui.core.plan import CustomCard, CustomSlot, Economics, Node, NodePart, Plan, Rig

CATALOG = load_catalog()
SERVER = Node(host="sp3-7003", ram_gib=256, gpus=("rtx3090", "rtx3090"))


def plan_on(*nodes: Node, **economics: object) -> Plan:
    return Plan(
        model="qwen3-30b-a3b",
        weights="q4_k_m",
        rig=Rig(nodes=nodes),
        economics=Economics(**economics),  # type: ignore[arg-type]
    )


def test_that_equal_parts_of_all_computers_stand_on_one_row() -> None:
    rows = {row.part_id: row for row in bill_rows(plan_on(SERVER, SERVER), CATALOG)}
    assert rows["rtx3090"].count == 4
    assert rows["ddr4-rdimm-per-gb"].count == 512
    assert len(rows) == len(bill_rows(plan_on(SERVER), CATALOG))


def test_that_the_rows_add_up_to_the_price_of_the_rig() -> None:
    plan = plan_on(SERVER, SERVER.model_copy(update={"ram_gib": 64}))
    total = bill_sum(plan, CATALOG).total
    assert total is not None
    rows = bill_rows(plan, CATALOG)
    assert sum(row.usd or 0.0 for row in rows) == pytest.approx(total.expected)
    assert evaluate(plan, CATALOG).cost.hardware_usd == pytest.approx(total.expected)
    assert total.low < total.expected < total.high


def test_that_a_whole_computer_that_is_there_is_kept_apart_from_single_parts() -> None:
    mine = SERVER.model_copy(update={"mine": True})
    plan = plan_on(mine, SERVER, owned=(NodePart(part="rtx3090", count=1),))
    row = next(row for row in bill_rows(plan, CATALOG) if row.part_id == "rtx3090")
    assert (row.count, row.mine, row.mine_by_node) == (4, 3, 2)


def test_that_a_missing_price_leaves_the_sum_open_and_the_row_without_a_subtotal() -> None:
    card = CustomSlot(custom=CustomCard(name="Bench card", memory_mib=49_152, tdp_w=300.0))
    plan = plan_on(SERVER.model_copy(update={"gpus": (card,)}))
    row = next(row for row in bill_rows(plan, CATALOG) if row.kind == "card")
    assert row.usd is None
    found = bill_sum(plan, CATALOG)
    assert found.total is None and found.unpriced == ("Bench card",) and found.known_usd > 0


def test_that_a_price_typed_in_for_the_rig_stands_beside_the_sum() -> None:
    found = bill_sum(plan_on(SERVER, hardware_usd=9000.0), CATALOG)
    assert found.typed_usd == 9000.0
    assert found.total is not None and found.total.expected != 9000.0
