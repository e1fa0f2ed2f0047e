"""The price of the rig stays open while any part has none."""

from __future__ import annotations

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.explain import explain
from moeplanner_gui.core.plan import CustomCard, CustomSlot, Economics, Node, Plan, Rig
from moeplanner_gui.export.parts import known_total_usd, parts_list

CATALOG = load_catalog()


def plan_on(*nodes: Node, network: str | None = None) -> Plan:
    return Plan(model="llama-3.1-8b", weights="q4_k_m", rig=Rig(nodes=nodes, network=network))


def custom(usd: float | None) -> CustomSlot:
    return CustomSlot(custom=CustomCard(name="Card", memory_mib=24_576, price_usd=usd))


def test_that_a_part_without_a_price_leaves_the_sum_open_and_is_named() -> None:
    cost = evaluate(plan_on(Node(gpus=(custom(500.0), custom(None)))), CATALOG).cost

    assert cost.hardware_usd is None
    assert cost.known_hardware_usd == 500.0
    assert cost.unpriced_parts == ("Card",)


def test_that_host_memory_without_a_known_kind_is_a_part_without_a_price() -> None:
    cost = evaluate(plan_on(Node(gpus=(custom(500.0),), ram_gib=64)), CATALOG).cost

    assert cost.hardware_usd is None
    assert cost.unpriced_parts == ("Host memory",)


def test_that_the_sum_equals_the_parts_list() -> None:
    plan = plan_on(Node(host="wrx90-7965wx", ram_gib=128, gpus=("rtx5090", "rtx5090")))
    cost = evaluate(plan, CATALOG).cost
    known, missing = known_total_usd(parts_list(plan, CATALOG))

    assert cost.known_hardware_usd == round(known, 2)
    assert len(cost.unpriced_parts) == missing


def test_that_an_entered_price_replaces_the_sum() -> None:
    plan = plan_on(Node(gpus=(custom(None),))).replace(economics=Economics(hardware_usd=9000.0))
    cost = evaluate(plan, CATALOG).cost

    assert cost.hardware_usd == 9000.0
    assert cost.unpriced_parts == ()


def test_that_the_explanation_names_what_has_no_price() -> None:
    plan = plan_on(Node(gpus=(custom(500.0),), ram_gib=64))
    text = explain(plan, evaluate(plan, CATALOG), CATALOG, "cost.hardware_usd").as_text()

    assert "Host memory, 64 GiB: ? no price" in text
