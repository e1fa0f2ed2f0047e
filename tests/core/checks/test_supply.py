"""Power, plugs and heat: what would trip is said before it is bought."""

from __future__ import annotations

import pytest

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import Finding
from moeplanner_gui.core.plan import CustomCard, CustomSlot, Economics, Node, NodePart, Plan, Rig
from moeplanner_gui.core.power.circuits import BY_ID, CIRCUITS, circuits_needed, usual_circuit
from moeplanner_gui.core.power.draw import most_dc_w, wall_most_w

CATALOG = load_catalog()
DESK = Node(host="am5-5600", ram_gib=64, gpus=("rtx3090", "rtx3090"))


def plan_on(node: Node, circuit: str | None = None, region: str | None = None) -> Plan:
    return Plan(
        model="qwen3-30b-a3b",
        weights="q4_k_m",
        rig=Rig(nodes=(node,), circuit=circuit),
        economics=Economics(electricity_region=region),
    )


def found(plan: Plan) -> dict[str, Finding]:
    return {finding.code: finding for finding in evaluate(plan, CATALOG).findings}


def with_parts(*parts: str) -> Node:
    return DESK.model_copy(update={"parts": tuple(NodePart(part=part) for part in parts)})


def test_that_a_supply_below_the_limits_of_the_cards_is_an_error() -> None:
    finding = found(plan_on(with_parts("psu-750-w")))["power_supply_too_small"]
    most = most_dc_w(DESK, CATALOG)
    assert most is not None and most > 750
    assert finding.severity == "error" and f"{most:,.0f} W" in finding.message


def test_that_a_supply_filled_beyond_its_room_for_peaks_is_a_warning() -> None:
    codes = found(plan_on(with_parts("psu-1500-w")))
    assert codes["power_supply_tight"].severity == "warning"
    assert "power_supply_too_small" not in codes


def test_that_a_large_supply_is_no_finding_and_no_supply_is_an_error() -> None:
    large = found(plan_on(with_parts("psu-2000-w-titanium")))
    assert not {"power_supply_tight", "power_supply_too_small", "no_power_supply"} & set(large)
    assert found(plan_on(with_parts("board-am5")))["no_power_supply"].severity == "error"


def test_that_a_card_of_unknown_power_is_said_to_be_unknown() -> None:
    card = CustomSlot(custom=CustomCard(name="mine", memory_mib=24_576))
    codes = found(plan_on(DESK.model_copy(update={"gpus": (card,)})))
    assert codes["power_unknown"].severity == "warning"
    assert "wall_circuit" not in codes


@pytest.mark.parametrize("circuit", [circuit.id for circuit in CIRCUITS])
def test_that_the_circuits_carry_the_whole_rig(circuit: str) -> None:
    node = Node(host="sp3-7003", ram_gib=128, gpus=("rtx5090",) * 4)
    codes = found(plan_on(node, circuit))
    watts = wall_most_w(node, CATALOG)
    assert watts is not None
    needed = circuits_needed(watts, BY_ID[circuit])
    assert needed * BY_ID[circuit].continuous_w >= watts
    assert (needed - 1) * BY_ID[circuit].continuous_w < watts
    assert ("wall_circuit" in codes) == (needed == 1)
    if needed > 1:
        text = codes["wall_circuit_too_small"].message
        assert f": {needed} of them" in text and "assumed" not in text


@pytest.mark.parametrize(
    ("region", "circuit"),
    [
        (None, "us-120v-15a"), ("US-CA", "us-120v-15a"), ("DE", "eu-230v-16a"),
        ("GB", "uk-230v-13a"), ("JP", "us-120v-15a"), ("AU", "eu-230v-16a"),
    ],
)  # fmt: skip
def test_that_the_usual_circuit_follows_the_tariff_and_is_said_to_be_assumed(
    region: str | None, circuit: str
) -> None:
    assert usual_circuit(region).id == circuit
    codes = found(plan_on(DESK, region=region))
    finding = codes.get("wall_circuit") or codes["wall_circuit_too_small"]
    assert f"{BY_ID[circuit].name}, assumed," in finding.message


def test_that_the_heat_is_that_of_all_watts() -> None:
    node = Node(host="sp3-7003", ram_gib=128, gpus=("rtx5090",) * 8)
    watts = wall_most_w(node, CATALOG)
    assert watts is not None
    assert f"{watts * 3.412:,.0f} BTU/h" in found(plan_on(node))["heat"].message


def test_that_cables_are_counted_and_missing_ones_are_an_error() -> None:
    three = DESK.model_copy(update={"gpus": ("rtx5090",) * 3})
    assert "3 × 16-pin" in found(plan_on(three))["power_connectors"].message
    row = CATALOG.parts["psu-2000-w-titanium"].model_copy(update={"cables_16_pin": 2})
    catalog = load_catalog()
    catalog.parts = {**catalog.parts, row.id: row}
    node = three.model_copy(update={"parts": (NodePart(part=row.id, count=1),)})
    codes = {f.code: f for f in evaluate(plan_on(node), catalog).findings}
    assert codes["power_connectors_missing"].severity == "error"
    node = three.model_copy(update={"parts": (NodePart(part=row.id, count=2),)})
    codes = {f.code: f for f in evaluate(plan_on(node), catalog).findings}
    assert "power_connectors_missing" not in codes


def test_that_a_machine_with_a_supply_of_its_own_is_not_asked_for_one() -> None:
    codes = found(plan_on(Node(gpus=("gb10",))))
    assert "power_connectors" not in codes
    assert "wall_circuit" in codes
