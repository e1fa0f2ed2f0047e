"""AMD's Linux driver, read from folders that are like real machines."""

from __future__ import annotations

from pathlib import Path

import pytest

from moeplanner_gui.core.detected import CardProcess, DetectedCard, PeerLink, ProbeReport
from moeplanner_gui.detect.amd import AmdProbe
from moeplanner_gui.detect.amd_kfd import address_of, gfx_name
from moeplanner_gui.detect.amd_sysfs import LibraryAnswer
from tests.detect.system_folder import grow, grown, needs_sysfs

pytestmark = needs_sysfs()

MIB = 2**20
BUSES = ("0c", "22", "38", "5c", "9f", "af", "bf", "df")
CARD = "sys/devices/pci0000:00/0000:00:01.1/0000:01:00.0"


def look(root: Path, **answers: LibraryAnswer) -> ProbeReport:
    library = {address.replace("_", ":"): answer for address, answer in answers.items()}
    return AmdProbe(root, "Linux", library=lambda: (library, "stand-in")).look()


def cards_of(machine: str, tmp_path: Path) -> tuple[DetectedCard, ...]:
    report = look(grown(machine, tmp_path))
    assert report.outcome == "found", report
    return report.cards


def why(card: DetectedCard) -> dict[str, str]:
    return {unread.field: unread.because for unread in card.unread}


def test_that_every_field_of_a_7900_xtx_is_what_its_driver_says(tmp_path: Path) -> None:
    (card,) = cards_of("amd/rx7900xtx", tmp_path)
    assert card == DetectedCard(
        vendor="AMD",
        probe="amd",
        name="AMD Radeon RX 7900 XTX",
        pci_address="0000:03:00.0",
        pci_id="1002:744C",
        subsystem_id="148C:2422",
        integrated=False,
        virtual=False,
        memory_kind="dedicated",
        memory_total_bytes=24560 * MIB,
        memory_used_bytes=1181204480,
        memory_bus_bits=384,
        memory_clock_mhz=8 * 1249,
        power_limit_w=339.0,
        power_limit_default_w=339.0,
        power_limit_max_w=389.0,
        pcie_gen_now=4,
        pcie_width_now=16,
        pcie_gen_max=4,
        pcie_width_max=16,
        gfx="gfx1100",
        gpu_cores=96,
        drives_display=True,
        driver="amdgpu 6.12.12",
        processes=(CardProcess(name="llama-server", memory_bytes=905969664),),
        unread=card.unread,
    )
    assert why(card) == {"ecc": "the driver shows no error counters of its memory"}
    # 2 x clock x bus / 8 is 959 GB/s, as the published figure.
    assert card.memory_clock_mhz is not None and card.memory_bus_bits is not None
    assert 2 * card.memory_clock_mhz * card.memory_bus_bits // 8 // 1000 == 959


def test_that_the_slowest_link_outside_the_card_counts(tmp_path: Path) -> None:
    first, second = cards_of("amd/two-r9700", tmp_path)
    # Both GPUs say 32 GT/s x16 of the link inside the card.
    assert (first.pcie_gen_max, first.pcie_width_max) == (5, 16)
    assert (first.pcie_gen_now, first.pcie_width_now) == (5, 16)
    assert (second.pcie_gen_max, second.pcie_width_max) == (4, 4)
    assert (second.pcie_gen_now, second.pcie_width_now) == (1, 4)
    assert second.power_limit_w == 250.0 and second.power_limit_default_w == 300.0
    assert [first.drives_display, second.drives_display] == [True, False]
    assert first.links == second.links == ()
    assert [first.memory_total_bytes, second.memory_total_bytes] == [32624 * MIB] * 2
    # By number and revision: 7551 is the R9600D too.
    assert first.name == second.name == "AMD Radeon AI PRO R9700"


def test_that_a_number_without_a_known_revision_has_no_name(tmp_path: Path) -> None:
    root = grown("amd/two-r9700", tmp_path)
    (root / "sys/bus/pci/devices/0000:03:00.0/revision").write_text("0x77\n")
    (card, _) = look(root).cards
    assert card.name is None
    assert why(card)["name"] == "neither the board nor the driver's list names this card"


def test_that_the_systems_own_list_of_names_comes_first(tmp_path: Path) -> None:
    root = grown("amd/two-r9700", tmp_path)
    (root / "opt/amdgpu/share/libdrm").mkdir(parents=True)
    (root / "opt/amdgpu/share/libdrm/amdgpu.ids").write_text(
        "# List\n1.0.0\nnonsense\n7551,\tc0,\tA newer name\n"
    )
    assert [card.name for card in look(root).cards] == ["A newer name"] * 2


def test_that_eight_mi300x_are_eight_cards_linked_to_each_other(tmp_path: Path) -> None:
    cards = cards_of("amd/eight-mi300x", tmp_path)
    addresses = [card.pci_address for card in cards]
    assert addresses == [f"0000:{b}:00.0" for b in BUSES]
    for card in cards:
        peers = [address for address in addresses if address != card.pci_address]
        assert card.links == tuple(PeerLink(peer=peer, links=1, gbs=64.0) for peer in peers)
        assert card.name == "AMD Instinct MI300X OAM"
        assert (card.gfx, card.gpu_cores, card.ecc, card.mig) == ("gfx942", 304, True, False)
        assert card.memory_total_bytes == 196592 * MIB
        assert card.power_limit_default_w == 750.0
        assert card.drives_display is False
        # HBM3 moves four bits a clock: a bandwidth by the usual rule would be half the true one.
        assert card.memory_clock_mhz is None and "memory_clock_mhz" in why(card)
    assert [card.numa_node for card in cards] == [0, 0, 0, 0, 1, 1, 1, 1]


def test_that_two_mi50_tell_their_bridge_and_their_names(tmp_path: Path) -> None:
    first, second = cards_of("amd/two-mi50", tmp_path)
    assert first.links == (PeerLink(peer="0000:43:00.0", links=2, gbs=100.0),)
    assert second.links == (PeerLink(peer="0000:3f:00.0", links=2, gbs=100.0),)
    assert [first.name, second.name] == ["AMD Instinct MI60 / MI50", "AMD Radeon Pro VII"]
    # The card's own port says 16 GT/s, the PLX switch on the board gives 8.
    assert (first.pcie_gen_max, first.pcie_width_max) == (3, 16)
    assert (first.gfx, first.gpu_cores, first.ecc) == ("gfx906", 60, True)
    assert (first.memory_clock_mhz, first.memory_bus_bits) == (1000, 4096)
    assert first.memory_total_bytes == 32752 * MIB


def test_that_a_laptops_own_gpu_comes_out_once_and_marked_as_integrated(tmp_path: Path) -> None:
    (card,) = cards_of("amd/ryzen-laptop", tmp_path)
    assert (card.integrated, card.memory_kind) == (True, "shared")
    assert card.memory_total_bytes == 512 * MIB + 7168 * MIB
    assert card.memory_used_bytes == 402653184 + 209715200
    assert (card.gfx, card.gpu_cores) == ("gfx90c", 7)
    assert card.pcie_gen_max is None
    assert why(card)["pcie_gen_max"] == "the GPU is inside the processor, in no slot"


def test_that_strix_halo_has_what_rocm_gives_a_program(tmp_path: Path) -> None:
    (card,) = cards_of("amd/strix-halo-128", tmp_path)
    assert (card.integrated, card.memory_kind) == (True, "unified")
    # Not 4 GiB, not 100 GiB: the larger of the two.
    assert card.memory_total_bytes == 98304 * MIB
    assert card.memory_used_bytes == 1610612736
    assert card.name == "AMD Radeon 8060S Graphics"
    assert (card.gfx, card.gpu_cores) == ("gfx1151", 40)


def test_that_a_large_part_set_aside_is_strix_halos_memory(tmp_path: Path) -> None:
    root = grown("amd/strix-halo-128", tmp_path)
    device = root / "sys/bus/pci/devices/0000:c3:00.0"
    (device / "mem_info_vram_total").write_text(str(96 * 2**30))
    (device / "mem_info_gtt_total").write_text(str(15 * 2**30))
    bank = root / "sys/class/kfd/kfd/topology/nodes/1/mem_banks/0/properties"
    bank.write_text(f"heap_type 1\nsize_in_bytes {96 * 2**30}\n")
    (card,) = look(root).cards
    assert card.memory_total_bytes == 96 * 2**30
    assert card.memory_used_bytes == 268435456


def test_that_rocms_own_smaller_figure_bounds_strix_halo(tmp_path: Path) -> None:
    root = grown("amd/strix-halo-128", tmp_path)
    bank = root / "sys/class/kfd/kfd/topology/nodes/1/mem_banks/0/properties"
    bank.write_text(f"heap_type 1\nsize_in_bytes {62 * 2**30}\n")
    (card,) = look(root).cards
    assert card.memory_total_bytes == 62 * 2**30


def test_that_strix_halo_is_not_both_parts_where_rocm_is_not_asked(tmp_path: Path) -> None:
    root = grown("amd/strix-halo-128", tmp_path)
    (root / "sys/class/kfd").rename(root / "sys/class/no-kfd")
    (card,) = look(root).cards
    assert card.memory_total_bytes == 98304 * MIB
    assert card.gfx is None
    assert why(card)["gfx"] == "the compute driver (KFD) shows no such GPU"


@pytest.mark.parametrize(
    ("text", "ecc"),
    [
        ("feature mask: 0x7f7d", True),
        ("feature mask: 0x7f7e", False),
        ("feature mask: nonsense", None),
    ],
)
def test_that_error_correction_is_the_memory_controllers_bit(
    text: str, ecc: bool | None, tmp_path: Path
) -> None:
    root = grown("amd/two-mi50", tmp_path)
    (root / "sys/bus/pci/devices/0000:3f:00.0/ras/features").write_text(text + "\n")
    assert look(root).cards[0].ecc is ecc


def test_that_one_unread_part_of_shared_memory_leaves_the_total_unknown(tmp_path: Path) -> None:
    root = grown("amd/strix-halo-128", tmp_path)
    (root / "sys/bus/pci/devices/0000:c3:00.0/mem_info_gtt_total").unlink()
    (card,) = look(root).cards
    assert card.memory_total_bytes is None and card.memory_used_bytes is None
    assert why(card)["memory_total_bytes"] == "there is no mem_info_gtt_total"


def test_that_no_amd_gpu_and_no_driver_are_told_apart(tmp_path: Path) -> None:
    empty = look(tmp_path / "nothing")
    assert (empty.outcome, empty.cards) == ("no_device", ())
    assert empty.detail == "This system shows no PCI bus and no AMD display driver."
    other = look(grown("intel/arc-a770", tmp_path / "intel"))
    assert (other.outcome, other.detail) == ("no_device", "No AMD GPU is on the PCI bus.")
    passed = look(grown("bus/vm-with-passthrough", tmp_path / "vm"))
    assert passed.outcome == "driver_not_loaded"
    assert passed.detail == "0000:00:10.0 1002:744C: no driver is bound"


def test_that_the_library_fills_what_the_files_leave_open_and_nothing_else(tmp_path: Path) -> None:
    root = grown("amd/two-r9700", tmp_path)
    for bus in ("03", "09"):
        (root / f"sys/bus/pci/devices/0000:{bus}:00.0/revision").unlink()
    answer = LibraryAnswer(name="AMD Radeon AI PRO R9700", bus_bits=1, bandwidth_gbs=1, ecc=True)
    report = AmdProbe(root, "Linux", library=lambda: ({"0000:03:00.0": answer}, "1 cards")).look()
    first, second = report.cards
    assert (first.name, first.ecc) == ("AMD Radeon AI PRO R9700", True)
    assert (first.memory_bus_bits, first.memory_clock_mhz) == (256, 8 * 1258)
    assert second.name is None
    assert ("AMD's own library (amdsmi)", "1 cards") in report.steps


def test_that_a_crash_of_one_cards_reading_leaves_the_other(tmp_path: Path) -> None:
    root = grown("amd/two-r9700", tmp_path)

    def nonsense() -> tuple[dict[str, LibraryAnswer], str]:
        return {"0000:03:00.0": LibraryAnswer(name=1000)}, ""  # type: ignore[arg-type]

    report = AmdProbe(root, "Linux", library=nonsense).look()
    assert report.outcome == "found"
    assert [card.pci_address for card in report.cards] == ["0000:09:00.0"]


SPLIT = """
[sys/devices/pci0000:0b/0000:0b:01.1/0000:0c:00.0]
pci 1002 74a1 120000
driver -> amdgpu
mem_info_vram_total 206141652992
current_compute_partition CPX
gpu_metrics hex:00060106
"""


def test_that_a_split_card_is_one_card_with_its_parts(tmp_path: Path) -> None:
    root = grow(SPLIT, tmp_path)
    for node in range(8):
        properties = "simd_count 152\nsimd_per_cu 4\ngfx_target_version 90402\nlocation_id 3072\n"
        folder = root / f"sys/class/kfd/kfd/topology/nodes/{node + 1}"
        folder.mkdir(parents=True)
        (folder / "properties").write_text(properties)
    (card,) = look(root).cards
    assert card.mig is True
    assert [part.name for part in card.mig_instances] == [f"CPX {i} of 8" for i in range(1, 9)]
    assert card.memory_total_bytes == 206141652992


@pytest.mark.parametrize(
    ("version", "name"),
    [(110000, "gfx1100"), (90010, "gfx90a"), (90402, "gfx942"), (120001, "gfx1201"), (0, None)],
)
def test_that_a_target_version_reads_as_compilers_call_it(version: int, name: str | None) -> None:
    assert gfx_name(version) == name


def test_that_a_location_is_bus_device_and_function() -> None:
    assert address_of(0, 0x050B) == "0000:05:01.3"
    assert address_of(1, 0x7500) == "0001:75:00.0"


BAD = f"""
[{CARD}]
pci 1002 744c 030000
driver -> amdgpu
gpu_metrics hex:78000103
"""


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("", "there is no mem_info_vram_total"),
        ("mem_info_vram_total", "mem_info_vram_total is empty"),
        ("mem_info_vram_total N/A", "mem_info_vram_total is no number: N/A"),
        ("mem_info_vram_total 0", "the driver says 0 bytes"),
        ("mem_info_vram_total -1", "mem_info_vram_total says -1, which cannot be"),
        ("mem_info_vram_total 99999999999999999999", "mem_info_vram_total says"),
        (f"mem_info_vram_total {'9' * 200}", "mem_info_vram_total is no number"),
        (f"mem_info_vram_total {'9' * 3000}", "mem_info_vram_total is larger than 256 bytes"),
        ("mem_info_vram_total hex:fffe00ff", "mem_info_vram_total is no number"),
        (f"mem_info_vram_total -> {CARD}/mem_info_vram_total", "links go in a circle at"),
        ("mem_info_vram_total -> nowhere", "there is no mem_info_vram_total"),
        (f"mem_info_vram_total -> {CARD}", "mem_info_vram_total is not a file"),
    ],
)
def test_that_a_bad_file_is_an_unread_field_with_its_reason(
    tmp_path: Path, line: str, reason: str
) -> None:
    (card,) = look(grow(BAD + line, tmp_path)).cards
    assert card.memory_total_bytes is None
    assert why(card)["memory_total_bytes"].startswith(reason)
    assert str(tmp_path) not in card.model_dump_json()


def test_that_an_unreadable_file_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Root reads everything, so the system's refusal is played.
    import moeplanner_gui.detect.sysfs as sysfs

    opened = sysfs.os.open

    def refuse(path: object, flags: int) -> int:
        if str(path).endswith("mem_info_vram_used"):
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, flags)  # type: ignore[call-overload,no-any-return]

    monkeypatch.setattr(sysfs.os, "open", refuse)
    (card,) = look(grow(BAD + "mem_info_vram_total 1024\nmem_info_vram_used 1", tmp_path)).cards
    assert (card.memory_total_bytes, card.memory_used_bytes) == (1024, None)
    assert why(card)["memory_used_bytes"] == "no permission to read mem_info_vram_used"


def test_that_a_pipe_in_place_of_a_file_does_not_hang(tmp_path: Path) -> None:
    import os

    root = grow(BAD, tmp_path)
    os.mkfifo(root / CARD / "mem_info_vram_total")
    (card,) = look(root).cards
    assert why(card)["memory_total_bytes"] == "mem_info_vram_total is not a file"


def test_that_a_loop_of_devices_and_nonsense_names_find_nothing(tmp_path: Path) -> None:
    devices = tmp_path / "sys/bus/pci/devices"
    devices.mkdir(parents=True)
    (devices / "0000:01:00.0").symlink_to(devices / "0000:02:00.0")
    (devices / "0000:02:00.0").symlink_to(devices / "0000:01:00.0")
    (devices / "not an address").mkdir()
    assert look(tmp_path).outcome == "no_device"
