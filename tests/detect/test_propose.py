"""What a found machine becomes: exact nodes, and never more memory than was seen free."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.detected import DetectedCard, DetectedHost, DetectedMachine
from moeplanner_gui.core.entries import Entries
from moeplanner_gui.core.plan import CardMemory, DetectedNode, Node, Plan, Rig, TunedSlot
from moeplanner_gui.core.units import GIB, MIB
from moeplanner_gui.core.usable import card_devices, host_devices
from moeplanner_gui.detect.proposal import Proposal
from moeplanner_gui.detect.propose import propose

CATALOG = load_catalog()
DAY = "2026-11-23"


def card(**values: Any) -> DetectedCard:
    """An RTX 3090 in a slot with eight lanes, unless told otherwise."""
    known: dict[str, Any] = {
        "vendor": "NVIDIA",
        "probe": "nvml",
        "name": "NVIDIA GeForce RTX 3090",
        "pci_id": "10DE:2204",
        "pci_address": "0000:01:00.0",
        "memory_kind": "dedicated",
        "memory_total_bytes": 24576 * MIB,
        "memory_reserved_bytes": 300 * MIB,
        "memory_used_bytes": 0,
        "drives_display": False,
        "pcie_gen_now": 1,
        "pcie_width_now": 8,
        "pcie_gen_max": 4,
        "pcie_width_max": 16,
        "power_limit_w": 350.0,
        "compute_capability": "8.6",
    }
    return DetectedCard.model_validate({**known, **values})


def host(**values: Any) -> DetectedHost:
    """A Ryzen 9 7950X with 128 GiB, of which the kernel keeps some."""
    known: dict[str, Any] = {
        "system": "linux",
        "cpu": "AMD Ryzen 9 7950X 16-Core Processor",
        "sockets": 1,
        "memory_total_bytes": 131_000_000 * 1024,
        "memory_available_bytes": 128_000_000 * 1024,
        "memory_installed_bytes": 128 * GIB,
        "memory_kind": "DDR5",
        "memory_mt_s": 3600,
        "memory_channels": 2,
        "chassis": "desktop",
    }
    return DetectedHost.model_validate({**known, **values})


def machine(*cards: DetectedCard, of: DetectedHost | None = None) -> DetectedMachine:
    return DetectedMachine(date=f"{DAY}T01:00:00Z", cards=cards, host=of, reports=())


def proposed(*cards: DetectedCard, of: DetectedHost | None = None, **more: Any) -> Proposal:
    return propose(machine(*cards, of=of), CATALOG.gpus, CATALOG.hosts, links=CATALOG.links, **more)


def plan_of(found: Proposal) -> Plan:
    return Plan(model="gpt-oss-120b", rig=Rig(nodes=(found.node,)))


def usable(found: Proposal, slot: int = 0) -> int:
    entries = Entries(gpus=found.new_cards, hosts=found.new_hosts)
    return card_devices(plan_of(found), CATALOG.with_entries(entries))[slot].usable_bytes


def lines(found: Proposal) -> dict[str, str]:
    return {line.subject: line.found for line in found.lines}


def line(found: Proposal, subject: str) -> Any:
    return next(one for one in found.lines if one.subject == subject)


def test_that_what_is_there_costs_nothing_until_somebody_says_otherwise() -> None:
    found = proposed(card(), of=host())
    assert found.node.mine
    assert lines(found)["Price"] == "here already: costs nothing"
    bought = found.node.model_copy(update={"mine": False})
    again = proposed(card(), of=host(), now=bought)
    assert again.node == bought
    assert "bought" in lines(again)["Price"]


def test_that_two_3090_on_am5_are_exactly_this_node() -> None:
    found = proposed(
        card(drives_display=True, memory_used_bytes=1_500 * MIB - 5, power_limit_w=280.0),
        card(pci_address="0000:02:00.0", power_limit_w=280.0),
        of=host(disks=({"name": "990 PRO", "kind": "nvme", "free_bytes": 900 * GIB + 1},)),
    )
    busy = CardMemory(desktop_mib=0, other_mib=1500)
    idle = CardMemory(desktop_mib=0, other_mib=0)
    values: dict[str, Any] = {
        "host": "am5-5600",
        "ram_gib": 124,
        "gpus": (TunedSlot(gpu="rtx3090", memory=busy), TunedSlot(gpu="rtx3090", memory=idle)),
        "display": "linux",
        "disk_gib": 900,
        "card_link": "pcie4-x8",
        "nvlink": False,
        "memory_mt_s": 3600,
        "memory_channels": 2,
        "power_limit_w": 280.0,
    }
    addresses = ("0000:01:00.0", "0000:02:00.0")
    used = found.node.detected.used_mib if found.node.detected is not None else ()
    assert used[0] == 1_500
    snapshot = DetectedNode(day=DAY, addresses=addresses, used_mib=used, **values)
    assert found.node == Node(name="This computer", mine=True, detected=snapshot, **values)
    assert found.summary == "2 × RTX 3090, 124 GiB DDR5, PCIe 4.0 x8/x8"
    assert found.left_out == () and found.new_cards == () and found.new_hosts == ()
    assert evaluate(plan_of(found), CATALOG).devices[0].name == "GPU 1"


def test_that_one_card_without_a_screen_has_no_link_to_another() -> None:
    found = proposed(card(pcie_width_now=16), of=host())
    assert found.node.gpus == (
        TunedSlot(gpu="rtx3090", memory=CardMemory(desktop_mib=0, other_mib=0)),
    )
    assert (found.node.display, found.node.nvlink) == ("headless", None)
    assert (found.node.card_link, found.node.power_limit_w) == ("pcie4-x16", None)
    assert "idles" in line(found, "PCIe").detail


def test_that_mixed_cards_keep_their_order_and_the_slowest_link_counts() -> None:
    other = card(
        name="NVIDIA GeForce RTX 5090",
        pci_id="10DE:2B85",
        pci_address="0000:02:00.0",
        memory_total_bytes=32607 * MIB,
        pcie_gen_max=5,
        pcie_width_now=16,
        power_limit_w=400.0,
        compute_capability="12.0",
    )
    found = proposed(other, card(pcie_width_now=4), of=host())
    assert [one.row and one.row.id for one in found.matches] == ["rtx5090", "rtx3090"]
    assert found.node.card_link == "pcie4-x4"
    assert "PCIe 5.0 x16, PCIe 4.0 x4" in line(found, "PCIe").detail
    # One limit for all cards is what a plan has; these differ.
    assert found.node.power_limit_w is None
    assert line(found, "Power limit").mark == "unknown"


def test_that_an_unknown_card_becomes_an_entry_of_one_s_own_and_only_one() -> None:
    strange = card(name="NVIDIA Mystery 9000", pci_id="10DE:FFFE", memory_total_bytes=40 * GIB)
    found = proposed(strange, strange.model_copy(update={"pci_address": "0000:02:00.0"}))
    (row,) = found.new_cards
    assert row.id not in CATALOG.gpus and row.group == "My hardware"
    assert [slot.gpu for slot in found.node.gpus if isinstance(slot, TunedSlot)] == [row.id] * 2
    assert line(found, "GPU 1").mark == "unknown"
    assert "bandwidth is unknown" in line(found, "GPU 1").detail
    entries = Entries(gpus=found.new_cards)
    assert evaluate(plan_of(found), CATALOG.with_entries(entries)).devices


def test_that_a_gpu_inside_the_processor_is_left_out_with_a_sentence() -> None:
    inside = card(
        vendor="AMD",
        name="AMD Radeon Graphics",
        pci_id="1002:164E",
        integrated=True,
        memory_kind="shared",
        memory_total_bytes=62 * GIB,
        drives_display=True,
        pcie_gen_max=4,
        pcie_width_max=16,
    )
    found = proposed(inside, card(), of=host())
    assert len(found.node.gpus) == 1
    assert found.left_out == (
        "AMD Radeon Graphics is left out: it is part of the processor and borrows the "
        "computer's memory, which is planned as host memory.",
    )
    # The screen is on the processor's: the card keeps its memory.
    assert found.node.display == "headless"


def test_that_a_dgx_spark_is_one_card_with_the_memory_of_the_machine() -> None:
    total, free = 127600748 * 1024, 118566368 * 1024
    spark = host(
        cpu="10 × Cortex-X925 + 10 × Cortex-A725",
        memory_total_bytes=total,
        memory_available_bytes=free,
        memory_kind=None,
        memory_mt_s=None,
        memory_channels=None,
    )
    chip = card(
        name="NVIDIA GB10",
        pci_id="10DE:2E12",
        memory_kind="unified",
        integrated=True,
        memory_total_bytes=total,
        memory_used_bytes=total - free,
        memory_reserved_bytes=None,
        pcie_gen_max=1,
        pcie_width_max=1,
        power_limit_w=None,
        compute_capability="12.1",
    )
    found = proposed(chip, of=spark)
    assert found.node.ram_gib == 0 and found.node.host is None
    assert found.node.card_link is None
    assert found.node.detected is not None and found.node.detected.ram_gib is None
    # 8.6 GiB are in use, more than the 4 GiB of the rule.
    assert found.node.system_mib == -(-(total - free) // MIB)
    assert found.matches[0].row is CATALOG.gpus["gb10"]
    assert usable(found) <= free
    assert found.summary == "DGX Spark (GB10), 128 GB"
    assert evaluate(plan_of(found), CATALOG).devices


def test_that_strix_halo_gives_what_the_system_does_not_hold() -> None:
    halo = host(
        cpu="AMD RYZEN AI MAX+ 395 w/ Radeon 8060S",
        memory_total_bytes=125 * GIB,
        memory_available_bytes=105 * GIB,
        memory_kind="LPDDR5",
        memory_mt_s=8000,
        memory_channels=4,
    )
    chip = card(
        vendor="AMD",
        probe="amd",
        name="AMD Radeon 8060S Graphics",
        pci_id="1002:1586",
        memory_kind="unified",
        integrated=True,
        memory_total_bytes=124 * GIB,
        memory_used_bytes=GIB,
        memory_reserved_bytes=None,
        compute_capability=None,
        gfx="gfx1151",
        power_limit_w=None,
    )
    found = proposed(chip, of=halo)
    assert found.matches[0].row is CATALOG.gpus["strixhalo"]
    assert found.node.system_mib == 20 * 1024 and found.node.ram_gib == 0
    assert usable(found) <= 104 * GIB
    # 96 GiB set aside in the firmware are not the system's any more.
    apart = chip.model_copy(update={"memory_total_bytes": 96 * GIB})
    rest = halo.model_copy(
        update={"memory_total_bytes": 31 * GIB, "memory_available_bytes": 20 * GIB}
    )
    found = proposed(apart, of=rest)
    assert found.node.system_mib is None
    assert 85 * GIB < usable(found) <= 95 * GIB


def mac(**values: Any) -> tuple[DetectedCard, DetectedHost]:
    chip = DetectedCard.model_validate(
        {
            "vendor": "Apple",
            "probe": "apple",
            "name": "Apple M4 Max",
            "integrated": True,
            "memory_kind": "unified",
            "memory_total_bytes": 128 * GIB,
            "gpu_cores": 40,
            **values,
        }
    )
    whole = host(
        system="macos",
        cpu="Apple M4 Max",
        memory_total_bytes=128 * GIB,
        memory_available_bytes=80 * GIB,
        memory_installed_bytes=None,
        memory_kind="LPDDR5",
        memory_mt_s=None,
        memory_channels=None,
    )
    return chip, whole


def test_that_a_mac_is_its_chip_and_what_is_in_use_or_kept_counts_whichever_is_more() -> None:
    chip, whole = mac(wired_limit_bytes=96 * GIB)
    found = proposed(chip, of=whole)
    assert found.matches[0].row is CATALOG.gpus["m4max-40c"]
    assert (found.node.host, found.node.ram_gib, found.node.display) == (None, 0, None)
    assert found.node.system_mib is None
    # 48 GiB in use leave 80, less than the 96 that macOS would give.
    assert 79 * GIB < usable(found) <= 80 * GIB
    idle = whole.model_copy(update={"memory_available_bytes": 120 * GIB})
    assert 95 * GIB < usable(proposed(chip, of=idle)) <= 96 * GIB
    # The system's own default has no figure: the rule stands.
    chip, _ = mac(wired_limit_bytes=0)
    slot = proposed(chip, of=idle).node.gpus[0]
    assert isinstance(slot, TunedSlot) and slot.memory.wired_limit_mib is None


def h100(**values: Any) -> DetectedCard:
    return card(
        **{
            "name": "NVIDIA H100 80GB HBM3",
            "pci_id": "10DE:2330",
            "memory_total_bytes": 81559 * MIB,
            "power_limit_w": 700.0,
            "compute_capability": "9.0",
            "pcie_gen_max": 5,
            "pcie_width_now": 16,
            **values,
        }
    )


def test_that_a_card_cut_into_slices_becomes_its_slices() -> None:
    instances = (
        {"name": "NVIDIA H100 80GB HBM3 MIG 3g.40gb", "memory_bytes": 40448 * MIB},
        {"name": "NVIDIA H100 80GB HBM3 MIG 3g.40gb", "memory_bytes": 40448 * MIB},
        {"name": "NVIDIA H100 80GB HBM3 MIG 1g.10gb", "memory_bytes": None},
    )
    found = proposed(h100(mig=True, mig_instances=instances, memory_used_bytes=88 * MIB))
    (row,) = found.new_cards
    assert "MIG 3g.40gb" in row.name and row.memory_total_mib == 40448
    assert row.bandwidth_gbs is None and row.tdp_w is None
    assert [slot.gpu for slot in found.node.gpus if isinstance(slot, TunedSlot)] == [row.id] * 2
    assert "cut into slices (MIG)" in found.left_out[0]
    assert usable(found) <= (40448 - 88) * MIB
    assert proposed(h100(mig=True)).node.gpus == ()


def a6000(**values: Any) -> DetectedCard:
    return card(
        **{
            "name": "NVIDIA RTX A6000",
            "pci_id": "10DE:2230",
            "memory_total_bytes": 46068 * MIB,
            "ecc": True,
            "power_limit_w": 300.0,
            **values,
        }
    )


def test_that_error_correction_is_the_plan_s_switch_and_taken_off_once() -> None:
    slot = proposed(a6000()).node.gpus[0]
    assert slot == TunedSlot(
        gpu="rtxa6000", memory=CardMemory(ecc=True, desktop_mib=0, other_mib=0)
    )
    off = proposed(a6000(memory_total_bytes=49140 * MIB, ecc=False)).node.gpus[0]
    assert off == TunedSlot(gpu="rtxa6000", memory=CardMemory(desktop_mib=0, other_mib=0))
    assert usable(proposed(a6000())) <= 46068 * MIB


def test_that_a_smaller_total_than_the_row_s_is_taken_off() -> None:
    found = proposed(card(memory_total_bytes=24000 * MIB, memory_used_bytes=1))
    slot = found.node.gpus[0]
    assert isinstance(slot, TunedSlot) and slot.memory.other_mib == 577
    assert "less than the row has was seen" in line(found, "GPU 1").detail


def test_that_memory_that_was_not_read_leaves_the_rule_of_the_desktop() -> None:
    found = proposed(card(memory_used_bytes=None), of=host())
    assert found.node.gpus == ("rtx3090",)
    second = card(memory_used_bytes=None, drives_display=True, pci_address="0000:02:00.0")
    found = proposed(card(memory_used_bytes=None), second, of=host(system="windows"))
    assert found.node.display == "windows"
    assert found.node.gpus[1] == TunedSlot(gpu="rtx3090", memory=CardMemory(desktop_mib=2048))


def test_that_what_was_in_use_is_kept_with_the_node_so_that_a_newer_figure_can_follow() -> None:
    idle = card(memory_used_bytes=None, pci_address="0000:02:00.0")
    found = proposed(card(memory_used_bytes=700 * MIB + 1), idle, of=host())
    assert found.node.detected is not None
    assert found.node.detected.used_mib == (701, None)
    assert found.node.detected.assumed == ()


def test_that_an_unread_screen_on_windows_is_the_larger_desktop_and_marked_as_assumed() -> None:
    unread = card(memory_used_bytes=None, drives_display=None)
    found = proposed(unread, of=host(system="windows"))
    assert found.node.display == "windows"
    assert found.node.detected is not None and found.node.detected.assumed == ("display",)
    assert line(found, "Display").mark == "assumed"
    assert proposed(unread, of=host()).node.display is None
    assert proposed(unread, of=host(wsl=True)).node.display == "windows"


def test_that_memory_in_use_by_programs_says_how_to_get_it_back() -> None:
    busy = card(memory_used_bytes=20 * GIB, processes=({"name": "x", "memory_bytes": 20 * GIB},))
    detail = line(proposed(busy), "GPU 1").detail
    assert "20.0 GiB is in use now by 1 program: taken off. Stop what holds it" in detail


def test_that_a_card_whose_memory_is_unknown_is_left_out() -> None:
    strange = card(name="Mystery", pci_id="10DE:FFFE", memory_total_bytes=None)
    found = proposed(strange)
    assert found.node.gpus == ()
    assert "how much memory it has could not be read" in found.left_out[0]
    assert lines(found)["GPUs"] == "none"


@pytest.mark.parametrize(
    ("gen", "width_now", "width_max", "link"),
    [
        (4, 16, 16, "pcie4-x16"),
        (4, 8, 16, "pcie4-x8"),
        (4, 8, 8, "pcie4-x8"),
        (3, 4, 16, "pcie3-x4"),
        (5, 16, 16, "pcie5-x16"),
        (4, None, 8, "pcie4-x8"),
        (4, 2, 16, None),
        (None, 16, 16, None),
        (1, 16, 16, None),
    ],
)
def test_that_the_link_is_the_one_under_load_with_the_lanes_that_are_there(
    gen: int | None, width_now: int | None, width_max: int, link: str | None
) -> None:
    found = proposed(
        card(pcie_gen_max=gen, pcie_width_now=width_now, pcie_width_max=width_max), of=host()
    )
    assert found.node.card_link == link
    assert line(found, "PCIe").mark == ("detected" if link else "unknown")


def bridged(first: str, second: str) -> dict[str, Any]:
    return {"pci_address": first, "links": ({"peer": second, "links": 4},)}


def test_that_a_bridge_is_there_only_where_it_was_seen() -> None:
    a, b, c, d = (f"0000:0{number}:00.0" for number in range(1, 5))
    pair = proposed(card(**bridged(a, b)), card(**bridged(b, a)))
    assert pair.node.nvlink is True
    four = proposed(
        card(**bridged(a, b)), card(**bridged(b, a)), card(**bridged(c, d)), card(**bridged(d, c))
    )
    assert four.node.nvlink is True
    crossed = proposed(
        card(**bridged(a, c)), card(**bridged(b, d)), card(**bridged(c, a)), card(**bridged(d, b))
    )
    assert crossed.node.nvlink is False
    assert "2 of 6 pairs" in line(crossed, "NVLink").detail
    unread = ({"field": "links", "because": "not supported"},)
    assert proposed(card(unread=unread), card(unread=unread)).node.nvlink is None


def test_that_cards_at_one_switch_are_all_joined() -> None:
    switch = ({"peer": None, "links": 18},)
    cards = [h100(pci_address=f"0000:{number:02x}:00.0", links=switch) for number in range(8)]
    assert proposed(*cards).node.nvlink is True


@pytest.mark.parametrize(
    ("limits", "limit"),
    [
        ((300.0, 300.0), 300.0),
        ((300.0, 350.0), None),
        ((350.0, 350.0), None),
        ((400.0, 400.0), None),
    ],
)
def test_that_a_power_limit_counts_when_it_is_lower_and_the_same(
    limits: tuple[float, float], limit: float | None
) -> None:
    cards = [card(power_limit_w=one) for one in limits]
    assert proposed(*cards).node.power_limit_w == limit


def test_that_a_laptop_has_its_own_rows() -> None:
    laptop = host(cpu="13th Gen Intel(R) Core(TM) i9-13900HX", chassis="laptop", memory_mt_s=5200)
    chip = card(
        name="NVIDIA GeForce RTX 4090 Laptop GPU",
        pci_id="10DE:2757",
        memory_total_bytes=16376 * MIB,
        compute_capability="8.9",
    )
    found = proposed(chip, of=laptop)
    assert [row.id for row in found.new_hosts] == [found.node.host]
    assert found.new_hosts[0].peak_gbs == 83.2
    slot = found.node.gpus[0]
    assert isinstance(slot, TunedSlot) and slot.gpu != "rtx4090"
    entries = Entries(gpus=found.new_cards, hosts=found.new_hosts)
    assert evaluate(plan_of(found), CATALOG.with_entries(entries)).devices
    # The same machine again finds its own rows and makes no second ones.
    again = propose(
        machine(chip, of=laptop),
        {**CATALOG.gpus, **{row.id: row for row in found.new_cards}},
        {**CATALOG.hosts, **{row.id: row for row in found.new_hosts}},
        links=CATALOG.links,
    )
    assert again.new_hosts == () and again.new_cards == ()
    assert (again.node.host, again.node.gpus) == (found.node.host, found.node.gpus)


def test_that_a_virtual_machine_has_no_host_row_and_says_why() -> None:
    cloud = host(
        cpu="Intel(R) Xeon(R) Platinum 8480C",
        virtual_machine="KVM",
        memory_mt_s=None,
        memory_channels=None,
        memory_kind=None,
    )
    found = proposed(h100(), of=cloud)
    assert found.node.host is None and found.node.ram_gib == 124
    assert "virtual machine" in line(found, "Host").detail
    assert line(found, "Memory speed").mark == "unknown"
    assert evaluate(plan_of(found), CATALOG).devices


def test_that_memory_in_use_is_taken_off_where_it_is_more_than_the_rule() -> None:
    idle = proposed(card(), of=host())
    assert idle.node.system_mib is None
    busy = proposed(card(), of=host(memory_available_bytes=100_000_000 * 1024))
    assert busy.node.system_mib == -(-31_000_000 * 1024 // MIB)
    left = host_devices(plan_of(busy))[0].usable_bytes
    assert left <= 100_000_000 * 1024


def test_that_less_memory_than_installed_and_a_container_are_said() -> None:
    inside = host(memory_total_bytes=64 * GIB, memory_available_bytes=60 * GIB, container="Docker")
    found = proposed(card(), of=inside)
    detail = line(found, "Host memory").detail
    assert found.node.ram_gib == 64
    assert "128.0 GiB are installed" in detail and "container (Docker)" in detail


def test_that_unread_speed_and_channels_stay_the_host_row_s_and_say_so() -> None:
    found = proposed(card(), of=host(memory_mt_s=None, memory_channels=None))
    assert (found.node.memory_mt_s, found.node.memory_channels) == (None, None)
    assert line(found, "Memory speed").mark == "assumed"
    assert "2 channels at 5600 MT/s" in line(found, "Memory speed").detail


def test_that_the_diff_has_what_the_plan_has_now_and_keeps_what_a_person_measured() -> None:
    now = Node(
        host="lga1700",
        ram_gib=64,
        gpus=("rtx4090",),
        name="Anna’s",
        memory_gbs=71.5,
        disk_read_gbs=5.5,
        card_link="pcie4-x16",
    )
    found = proposed(card(), card(pci_address="0000:02:00.0"), of=host(), now=now)
    assert line(found, "GPU 1").now == "RTX 4090" and line(found, "GPU 2").now == ""
    assert line(found, "Host").now == CATALOG.hosts["lga1700"].name
    assert line(found, "Host memory").now == "64 GiB"
    assert line(found, "PCIe").now == "pcie4-x16"
    assert (found.node.name, found.node.memory_gbs) == ("Anna’s", 71.5)
    assert found.node.disk_read_gbs == 5.5
    # What was measured was not read: it is not in the snapshot.
    assert found.node.detected is not None and found.node.detected.host == "am5-5600"


def test_that_a_machine_of_which_nothing_was_read_is_still_a_node() -> None:
    found = proposed()
    assert found.node.gpus == () and found.node.host is None
    assert found.summary == "No GPU"
    assert evaluate(plan_of(found), CATALOG).verdict in ("does_not_fit", "cannot_run")


def test_that_more_cards_than_a_node_has_places_are_left_out() -> None:
    found = proposed(*[card(pci_address=f"{number:04x}:01:00.0") for number in range(40)])
    assert len(found.node.gpus) == 32 and len(found.left_out) == 8


@given(
    total=st.integers(20_000, 49_200),
    used=st.integers(0, 40_000 * MIB),
    which=st.sampled_from(["10DE:2204", "10DE:2230", "10DE:26B1", "10DE:FFFE"]),
    ecc=st.sampled_from([None, True, False]),
    screen=st.sampled_from([None, True, False]),
    reserved=st.integers(0, 2000 * MIB) | st.none(),
)
def test_that_no_card_ever_has_more_usable_than_was_seen_free(
    total: int, used: int, which: str, ecc: bool | None, screen: bool | None, reserved: int | None
) -> None:
    names = {
        "10DE:2204": "NVIDIA GeForce RTX 3090",
        "10DE:2230": "NVIDIA RTX A6000",
        "10DE:26B1": "NVIDIA RTX 6000 Ada Generation",
    }
    used = min(used, total * MIB)
    found = proposed(
        card(
            name=names.get(which, "NVIDIA Mystery 9000"),
            pci_id=which,
            memory_total_bytes=total * MIB,
            memory_used_bytes=used,
            memory_reserved_bytes=reserved,
            ecc=ecc,
            drives_display=screen,
            compute_capability=None,
        ),
        of=host(),
    )
    assert usable(found) <= total * MIB - used


@given(
    total=st.integers(100, 128),
    system_free=st.integers(0, 128),
    used=st.integers(0, 100) | st.none(),
    kind=st.sampled_from(["gb10", "strix", "mac"]),
    limit=st.integers(0, 128) | st.none(),
)
def test_that_a_shared_memory_never_gives_more_than_the_system_has_free(
    total: int, system_free: int, used: int | None, kind: str, limit: int | None
) -> None:
    whole, free = total * GIB, min(system_free, total) * GIB
    values: dict[str, Any] = {
        "gb10": {"vendor": "NVIDIA", "name": "NVIDIA GB10", "pci_id": "10DE:2E12"},
        "strix": {"vendor": "AMD", "name": "AMD Radeon 8060S Graphics", "pci_id": "1002:1586"},
        "mac": {"vendor": "Apple", "name": "Apple M4 Max", "gpu_cores": 40},
    }[kind]
    chip = DetectedCard.model_validate(
        {
            "probe": "x",
            "integrated": True,
            "memory_kind": "unified",
            "memory_total_bytes": whole,
            "memory_used_bytes": None if used is None else min(used * GIB, whole),
            "wired_limit_bytes": None if limit is None else limit * GIB,
            **values,
        }
    )
    found = proposed(chip, of=host(memory_total_bytes=whole, memory_available_bytes=free))
    assert found.node.ram_gib == 0
    assert usable(found) <= free
    if used is not None:
        assert usable(found) <= whole - min(used * GIB, whole)
