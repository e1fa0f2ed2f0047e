"""Circuits, heat, supplies and connectors: what trips is said, what holds is not."""

from __future__ import annotations

import pytest

from moeplanner_gui.core.checks.connectors import connectors_of
from moeplanner_gui.core.checks.wall import Load, circuits_for
from moeplanner_gui.core.plan import CustomCard, CustomSlot, Node
from moeplanner_gui.core.power.circuits import BY_ID
from tests.core.checks.plans import CATALOG, desk, found, parts

US = BY_ID["us-120v-15a"]


@pytest.mark.parametrize(
    ("watts", "supplies", "circuits"),
    [
        ((900.0, 900.0, 900.0), 1, 3),  # Two together would be 1,800 W on 1,440 W.
        ((700.0, 700.0), 1, 1),
        ((1440.0,), 1, 1),
        ((1441.0,), 1, 2),
        ((2800.0,), 2, 2),
        ((600.0, 600.0, 600.0, 600.0), 1, 2),
    ],
)
def test_that_a_supply_hangs_on_one_circuit(
    watts: tuple[float, ...], supplies: int, circuits: int
) -> None:
    loads = [Load(index, one, one * 0.9, supplies) for index, one in enumerate(watts)]
    assert circuits_for(loads, US) == circuits


def test_that_one_computer_beyond_a_circuit_needs_as_many_supplies() -> None:
    node = Node(
        host="sp3-7003", ram_gib=128, gpus=("rtx5090",) * 4, parts=parts("psu-2000-w-titanium")
    )
    finding = found(node, circuit="us-120v-15a")["supplies_on_circuits"]
    assert finding.subject == "node 1" and "; it has 1." in finding.message
    assert "supplies_on_circuits" not in found(node, circuit="us-240v-30a")


def test_that_another_tariff_is_another_circuit_at_once() -> None:
    node = desk("rtx3090")
    assert "120 V" in found(node)["wall_circuit"].message
    assert "230 V, 16 A (EU), assumed," in found(node, region="DE")["wall_circuit"].message
    assert "230 V, 13 A plug (UK)" in found(node, region="GB")["wall_circuit"].message


def test_that_heat_is_told_in_both_units_and_how_much_is_lost_in_the_supply() -> None:
    codes = found(desk("rtx3090"))
    assert " W are " in codes["heat"].message and "BTU/h" in codes["heat"].message
    assert "% of it reach the parts" in codes["wall_circuit"].message


def test_that_the_assumed_supply_has_room_for_peaks() -> None:
    codes = found(desk("rtx3090", "rtx3090"))
    assert "with room for peaks" in codes["power_supply_assumed"].message
    chosen = found(desk("rtx3090", parts=parts("psu-2000-w-titanium")))
    assert "power_supply_assumed" not in chosen
    two = found(desk("rtx3090", parts=parts("psu-1000-w", "psu-1000-w")))
    assert "start together" in two["several_supplies"].verify


def test_that_a_supply_of_unknown_size_is_a_check() -> None:
    barebone = parts("8-slot-gpu-barebone-gigabyte-g292-z20-used")
    node = Node(host="sp3-7003", ram_gib=128, gpus=("rtx3090",), parts=barebone)
    assert found(node)["power_supply_unknown"].severity == "warning"


def test_that_the_card_of_unknown_power_is_named() -> None:
    card = CustomSlot(custom=CustomCard(name="mine", memory_mib=24_576))
    finding = found(desk("rtx3090", card))["power_unknown"]
    assert finding.subject == "gpu 2" and "GPU 2 (mine)" in finding.message


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("1x 16-pin", {"16": 1}),
        ("2x 8-pin", {"8": 2}),
        ("8-pin EPS", {"eps": 1}),
        ("1x 4+4-pin EPS12V", {"eps": 1}),
        ("1x 6-pin + 1x 8-pin", {"6": 1, "8": 1}),
        ("1x 12+4-pin 12V-2x6", {"16": 1}),
        ("1x 12-pin", {"12": 1}),
        ("USB-C PSU 240 W (system)", None),
    ],
)
def test_that_every_way_to_write_a_connector_is_read(
    text: str, kinds: dict[str, int] | None
) -> None:
    row = CATALOG.gpu("rtx3090").model_copy(update={"power_connector": text})
    read = connectors_of(row)
    assert (None if read is None else dict(read)) == kinds


def test_that_every_connector_in_the_catalogue_is_read_or_is_a_system_s() -> None:
    for row in CATALOG.gpus.values():
        if row.power_connector is not None and not row.unified_memory:
            assert connectors_of(row), row.id


def test_that_unknown_connectors_are_said_and_a_card_fed_by_the_slot_has_none() -> None:
    small = CATALOG.gpu("rtx3090").model_copy(update={"power_connector": None, "tdp_w": 70.0})
    assert connectors_of(small) == {}
    large = small.model_copy(update={"tdp_w": 300.0})
    assert connectors_of(large) is None
    card = CustomSlot(custom=CustomCard(name="mine", memory_mib=24_576, tdp_w=300.0))
    assert "power_connectors_unknown" in found(desk(card))
    assert "power_connectors_unknown" not in found(desk("rtx3090"))
