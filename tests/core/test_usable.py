import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import DeviceMemory
from moeplanner_gui.core.card_terms import card_terms, with_memory
from moeplanner_gui.core.explain import explain
from moeplanner_gui.core.plan import Card, CardMemory, CustomCard, CustomSlot, TunedSlot
from moeplanner_gui.core.units import GIB, MIB
from moeplanner_gui.core.usable import card_devices, disk_devices, host_devices
from tests.core.rigs import CATALOG, bare_card, make_plan


def _first(*cards: object, **options: object) -> DeviceMemory:
    return evaluate(make_plan("llama-3.1-8b", *cards, **options), CATALOG).devices[0]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("card", "free_mib"),
    [
        ("rtx3090", 23_871),
        ("rtx4090", 23_633),
        ("rtx5090", 31_518),
        ("rtxa6000", 48_267),
    ],
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
    # Naming the same memory a second time as host memory gives no room.
    assert shared.devices[0].used_bytes == apart.devices[0].used_bytes
    assert [device.used_bytes for device in (*shared.devices[1:], *apart.devices[1:])] == [0, 0]


def test_that_a_card_smaller_than_its_desktop_has_nothing_usable() -> None:
    card = CustomSlot(custom=CustomCard(name="tiny", memory_mib=256))
    device = _first(card, display="windows")
    assert device.usable_bytes == 0
    assert [item.name for item in device.held_back] == ["Reserved"]


@pytest.mark.parametrize(("card", "cuda_mib"), [("rtxpro6000", 97_252), ("v100-32-sxm2", 32_494)])
def test_that_no_more_is_usable_than_the_total_that_cuda_shows(card: str, cuda_mib: int) -> None:
    assert _first(card).usable_bytes <= cuda_mib * MIB


def _tuned(gpu: str, **memory: object) -> TunedSlot:
    return TunedSlot(gpu=gpu, memory=CardMemory(**memory))  # type: ignore[arg-type]


def test_that_an_edited_term_replaces_its_rule_and_no_other() -> None:
    device = _device("rtx4090", display=None)
    for field, name in (
        ("driver_mib", "Driver reserve"),
        ("desktop_mib", "Desktop (Linux)"),
        ("other_mib", "Other processes"),
    ):
        edited = _device(_tuned("rtx4090", **{field: 1234}), display=None)
        before = {item.name: item for item in device.held_back}
        after = {item.name: item for item in edited.held_back}
        assert after[name].size_bytes == 1234 * MIB
        assert after[name].edited and not after[name].assumed
        assert {k: v for k, v in after.items() if k != name} == {
            k: v for k, v in before.items() if k != name
        }
        held = sum(item.size_bytes for item in edited.held_back)
        assert edited.usable_bytes == edited.capacity_bytes - held


def _device(card: Card, **options: object):  # type: ignore[no-untyped-def]
    plan = make_plan("llama-3.1-8b", card, **options)  # type: ignore[arg-type]
    return card_devices(plan, CATALOG)[0]


def test_that_an_edited_context_is_what_the_engine_takes() -> None:
    assert _device("rtx4090").context_bytes == 6 * GIB // 10
    edited = _device(_tuned("rtx4090", context_mib=300))
    assert edited.context_bytes == 300 * MIB
    assert edited.context[0].edited
    assert edited.usable_bytes == _device("rtx4090").usable_bytes
    assert _device(bare_card(24_576)).context_bytes == 0
    assert _device(bare_card(24_576)).context == ()


def test_that_a_term_edited_to_nothing_is_still_told() -> None:
    held = _device(_tuned("rtx4090", desktop_mib=0), display="windows").held_back
    assert [(item.name, item.size_bytes) for item in held if item.edited] == [
        ("Desktop (Windows)", 0)
    ]


@pytest.mark.parametrize(
    ("card", "ecc", "shown_mib"),
    [
        ("rtxa6000", None, 49_140),
        ("rtxa6000", True, 46_068),
        ("rtxa6000", False, 49_140),
        ("p40", True, 22_919),
        ("a40", None, 46_068),
        ("a40", False, 49_140),
        ("h100-sxm", True, 81_559),
        ("rtxpro6000", True, 97_887),
    ],
)
def test_that_error_correction_shows_what_the_driver_shows(
    card: str, ecc: bool | None, shown_mib: int
) -> None:
    plan = make_plan("llama-3.1-8b", _tuned(card, ecc=ecc))
    assessment = evaluate(plan, CATALOG)
    assert assessment.devices[0].capacity_bytes == shown_mib * MIB
    tree = explain(plan, assessment, CATALOG, "devices.0.capacity_bytes")
    assert ("edited" in tree.formula) == (ecc is not None)


def test_that_error_correction_never_gives_memory_that_was_not_seen() -> None:
    for row in CATALOG.gpus.values():
        plain = _device(row.id).capacity_bytes
        assert _device(_tuned(row.id, ecc=True)).capacity_bytes <= plain
        if row.memory_total_mib_ecc_off is None:
            assert _device(_tuned(row.id, ecc=False)).capacity_bytes == plain


def test_that_gddr6_without_a_figure_loses_a_sixteenth_to_error_correction() -> None:
    row = next(
        row
        for row in CATALOG.gpus.values()
        if row.memory_type == "GDDR6" and row.memory_total_mib_ecc_on is None
    )
    assert _device(_tuned(row.id, ecc=True)).capacity_bytes == row.memory_bytes * 15 // 16


def test_that_the_wired_limit_of_macos_is_what_the_gpu_may_use() -> None:
    card = next(row.id for row in CATALOG.gpus.values() if row.vendor == "Apple")
    device = _device(_tuned(card, wired_limit_mib=20_000))
    assert device.usable_bytes == 20_000 * MIB
    rule = _device(card)
    # 0 is how macOS itself writes "not set".
    assert _device(_tuned(card, wired_limit_mib=0)).usable_bytes == rule.usable_bytes
    assert _device(_tuned(card, wired_limit_mib=2**24)).usable_bytes == rule.capacity_bytes


def test_that_the_operating_system_of_a_host_can_be_edited() -> None:
    plan = make_plan("llama-3.1-8b", "gb10", ram_gib=64)
    node = plan.rig.nodes[0].model_copy(update={"system_mib": 2048})
    edited = plan.replace(rig=plan.rig.model_copy(update={"nodes": (node,)}))
    host = host_devices(edited)[0]
    assert host.usable_bytes == 62 * GIB
    assert host.held_back[0].edited
    # Card and host are one memory here, so its system is the same one.
    before, after = card_devices(plan, CATALOG)[0], card_devices(edited, CATALOG)[0]
    assert after.usable_bytes - before.usable_bytes == 2 * GIB


def test_that_edits_larger_than_the_card_leave_nothing() -> None:
    device = _device(_tuned("rtx4090", other_mib=100_000))
    assert device.usable_bytes == 0
    assert sum(item.size_bytes for item in device.held_back) == device.capacity_bytes


def test_that_a_disk_is_a_device_with_what_is_free_on_it() -> None:
    plan = make_plan("llama-3.1-8b", "rtx4090")
    assert disk_devices(plan)[0].unknown
    node = plan.rig.nodes[0].model_copy(update={"disk_gib": 500})
    disk = disk_devices(plan.replace(rig=plan.rig.model_copy(update={"nodes": (node, node)})))[1]
    assert (disk.kind, disk.name, disk.usable_bytes, disk.unknown) == (
        "disk",
        "Disk, node 2",
        500 * GIB,
        False,
    )


def test_that_a_card_without_edits_is_the_plain_card_again() -> None:
    card = _tuned("rtx4090", other_mib=1)
    assert with_memory(card, CardMemory()) == "rtx4090"
    assert with_memory("rtx4090", CardMemory(ecc=False)) == _tuned("rtx4090", ecc=False)
    with pytest.raises(ValueError, match="reserve"):
        with_memory(bare_card(1024), CardMemory())


def test_that_the_terms_of_a_card_are_what_it_loses() -> None:
    for card in (*CATALOG.gpus, bare_card(24_576)):
        plan = make_plan("llama-3.1-8b", card, display=None)
        terms = card_terms(plan, 0, 0, CATALOG)
        device = card_devices(plan, CATALOG)[0]
        lost = sum(term.size_bytes for term in terms if not term.is_context)
        assert device.usable_bytes == device.capacity_bytes - lost
        assert all(term.size_bytes == term.rule_bytes for term in terms)


def test_that_an_edited_term_tells_so_and_names_its_rule() -> None:
    plan = make_plan("llama-3.1-8b", _tuned("rtx4090", driver_mib=500), display=None)
    tree = explain(plan, evaluate(plan, CATALOG), CATALOG, "devices.0.held_back_bytes")
    driver, desktop = tree.inputs
    assert driver.formula == "edited; the rule is 1.5 % of the card"
    assert driver.confidence.value == "exact"
    assert desktop.assumed


def test_that_vllm_is_told_when_its_share_is_not_free() -> None:
    free = _device("rtx4090", engine="vllm")
    assert free.over_budget_bytes == 0
    taken = _device(_tuned("rtx4090", other_mib=8000), engine="vllm")
    budget = int(0.9 * (taken.capacity_bytes - taken.held_back[0].size_bytes))
    assert taken.over_budget_bytes == budget - taken.usable_bytes > 0
