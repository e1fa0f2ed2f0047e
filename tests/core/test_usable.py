import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import DeviceMemory
from moeplanner_gui.core.plan import CustomCard, CustomSlot
from moeplanner_gui.core.units import GIB, MIB
from tests.core.rigs import CATALOG, bare_card, make_plan


def _first(*cards: object, **options: object) -> DeviceMemory:
    return evaluate(make_plan("llama-3.1-8b", *cards, **options), CATALOG).devices[0]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("card", "free_mib"),
    [("rtx3090", 23_871), ("rtx4090", 23_633), ("rtx5090", 31_518)],
)
def test_that_free_memory_is_never_above_what_engines_print(card: str, free_mib: int) -> None:
    device = _first(card)
    left = (device.usable_bytes - device.overhead_bytes) / MIB
    assert free_mib - 500 < left <= free_mib


def test_that_a_desktop_takes_memory_only_from_the_first_card() -> None:
    plan = make_plan("llama-3.1-8b", "rtx4090", "rtx4090", display="windows")
    first, second = evaluate(plan, CATALOG).devices[:2]
    assert second.usable_bytes - first.usable_bytes == 2 * GIB


def test_that_a_headless_card_holds_back_only_the_driver_reserve() -> None:
    assert [item.name for item in _first("rtx4090").held_back] == ["Driver reserve"]


def test_that_no_desktop_is_assumed_on_a_card_without_outputs() -> None:
    assert [item.name for item in _first("h100-sxm", display=None).held_back] == ["Driver reserve"]


def test_that_a_card_entered_with_its_reserve_has_nothing_else_taken_off() -> None:
    device = _first(bare_card(24_576), display=None)
    assert device.usable_bytes == device.capacity_bytes == 24_576 * MIB
    assert device.overhead == ()


def test_that_vllm_keeps_to_its_share_of_the_card() -> None:
    device = _first("rtx4090", engine="vllm", memory_utilization=0.8)
    reserve = device.held_back[0].size_bytes
    assert device.usable_bytes == int(0.8 * (device.capacity_bytes - reserve))


def test_that_the_operating_system_keeps_part_of_host_memory() -> None:
    host = evaluate(make_plan("llama-3.1-8b", ram_gib=64), CATALOG).devices[0]
    assert host.usable_bytes == 60 * GIB
    large = evaluate(make_plan("llama-3.1-8b", ram_gib=1000), CATALOG).devices[0]
    assert large.usable_bytes == 950 * GIB


def test_that_macos_keeps_part_of_the_memory_from_the_gpu() -> None:
    apple = [row.id for row in CATALOG.gpus.values() if row.vendor == "Apple"]
    for card in apple:
        device = _first(card)
        assert 0.6 < device.usable_bytes / device.capacity_bytes < 0.76


def test_that_card_and_host_in_one_memory_share_it() -> None:
    shared = evaluate(make_plan("llama-3.1-8b", "gb10"), CATALOG)
    apart = evaluate(make_plan("llama-3.1-8b", "gb10", ram_gib=64), CATALOG)
    assert [device.kind for device in shared.devices] == ["gpu"]
    host = apart.devices[1]
    assert shared.devices[0].used_bytes == apart.devices[0].used_bytes + host.used_bytes


def test_that_a_card_smaller_than_its_desktop_has_nothing_usable() -> None:
    card = CustomSlot(custom=CustomCard(name="tiny", memory_mib=256))
    device = _first(card, display="windows")
    assert device.usable_bytes == 0
    assert [item.name for item in device.held_back] == ["Reserved"]
