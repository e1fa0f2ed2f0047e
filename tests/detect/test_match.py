"""Detected cards against the shipped catalogue: what drivers print, and which row it is."""

import json
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.catalog.paths import catalogs_dir
from moeplanner_gui.core.card_names import name_without_size, names_of, plain_name
from moeplanner_gui.core.detected import DetectedCard, DetectedHost, MigInstance
from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.units import GIB, MIB
from moeplanner_gui.detect.card_memory import totals_mib
from moeplanner_gui.detect.match import match_card
from moeplanner_gui.detect.variants import TWINS, is_laptop

DATA: Final = Path(__file__).parents[1] / "data" / "detected"
CARDS: Final[list[dict[str, Any]]] = json.loads((DATA / "cards.json").read_text("utf-8"))["cards"]
LAPTOPS: Final[dict[str, str]] = json.loads((DATA / "laptop_numbers.json").read_text("utf-8"))[
    "numbers"
]
ROWS: Final = tuple(load_catalog(catalogs_dir()).gpus.values())
BY_ID: Final = {row.id: row for row in ROWS}
VENDORS: Final = {"10DE": "NVIDIA", "1002": "AMD", "8086": "Intel"}


def card(**values: Any) -> DetectedCard:
    size = values.pop("memory_mib", None)
    if size is not None:
        values["memory_total_bytes"] = int(size * MIB)
    return DetectedCard(probe="test", **{"vendor": "NVIDIA", **values})


def described(case: dict[str, Any]) -> tuple[DetectedCard, DetectedHost | None]:
    keys = {"row", "source", "why", "host_mib"}
    host = None
    if "host_mib" in case:
        host = DetectedHost(system="linux", memory_total_bytes=case["host_mib"] * MIB)
    return card(**{key: value for key, value in case.items() if key not in keys}), host


def label(case: dict[str, Any]) -> str:
    return f"{case.get('name')}-{case.get('pci_id')}-{case.get('memory_mib')}"


@pytest.mark.parametrize("case", CARDS, ids=label)
def test_that_what_drivers_print_is_its_row_or_none(case: dict[str, Any]) -> None:
    found = match_card(described(case)[0], ROWS, described(case)[1])
    assert (found.row.id if found.row else None) == case["row"], found.because
    assert (found.how == "nothing") == (found.row is None)


def test_that_the_table_of_printed_cards_covers_rows_and_refusals() -> None:
    quoted = [case for case in CARDS if "made" not in case["source"]]
    assert len(quoted) >= 120
    assert sum(case["row"] is None for case in CARDS) >= 80
    assert all(case["row"] is None or case["row"] in BY_ID for case in CARDS)


@pytest.mark.parametrize("case", CARDS, ids=label)
def test_that_every_match_says_why_in_a_sentence(case: dict[str, Any]) -> None:
    found = match_card(described(case)[0], ROWS, described(case)[1])
    assert found.because[0].isupper() or found.because[0] in "“0123456789"
    assert found.because.endswith(".")
    assert "None" not in found.because and len(found.because) < 330


def named(row: GpuSpec) -> str:
    return row.nvml_name or next(iter(row.driver_names), name_without_size(row.name))


TOLD = [row for row in ROWS if row.vendor != "Apple"]


def vendor_of(row: GpuSpec) -> str:
    return row.vendor if row.vendor in ("NVIDIA", "AMD", "Intel") else "Other"


def as_shown(row: GpuSpec, number: str | None) -> DetectedCard:
    return card(
        vendor=vendor_of(row),
        name=named(row),
        pci_id=number,
        memory_mib=totals_mib(row)[0],
        memory_kind="unified" if row.unified_memory else "dedicated",
    )


@pytest.mark.parametrize("row", TOLD, ids=lambda row: row.id)
def test_that_every_row_finds_itself_by_each_of_its_numbers_and_by_its_name(row: GpuSpec) -> None:
    host = DetectedHost(system="linux", memory_installed_bytes=int(row.memory_gb * GIB))
    for number in row.pci_device_ids:
        found = match_card(as_shown(row, number), ROWS, host)
        assert found.row is row, found.because
        assert found.how == "pci_id"
    found = match_card(as_shown(row, None), ROWS, host)
    assert found.row is row, found.because
    assert found.how == "name"


@pytest.mark.parametrize("number", sorted({n for row in ROWS for n in row.pci_device_ids}))
def test_that_a_number_alone_never_gives_more_memory_than_its_smallest_card(number: str) -> None:
    vendor = VENDORS.get(number[:4], "Other")
    found = match_card(card(vendor=vendor, pci_id=number), ROWS)
    if found.row is not None:
        sharing = [row for row in ROWS if number in row.pci_device_ids]
        assert found.row.memory_gb == min(row.memory_gb for row in sharing)
        assert not TWINS.get(number)


def desktop(row: GpuSpec | None) -> bool:
    return row is not None and not is_laptop(row.nvml_name or row.name)


@pytest.mark.parametrize("number", sorted(LAPTOPS))
def test_that_no_laptop_number_is_ever_a_desktop_card(number: str) -> None:
    vendor = VENDORS[number[:4]]
    listed = LAPTOPS[number]
    for size in (None, 4096, 8188, 12288, 16376, 16384, 24463, 24564):
        for name in (None, listed, listed.partition("[")[2].rstrip("]") or None):
            shown = card(vendor=vendor, pci_id=number, name=name, memory_mib=size)
            assert match_card(shown, ROWS).row is None


GEFORCE = [row for row in ROWS if (row.nvml_name or "").startswith("NVIDIA GeForce")]


@pytest.mark.parametrize("row", GEFORCE, ids=lambda row: row.id)
def test_that_a_laptop_chip_with_the_memory_of_its_namesake_is_not_the_namesake(
    row: GpuSpec,
) -> None:
    for number in (None, "10DE:2717", *row.pci_device_ids):
        for words in ("Laptop GPU", "Mobile", "with Max-Q Design"):
            shown = as_shown(row, number).model_copy(update={"name": f"{row.nvml_name} {words}"})
            found = match_card(shown, ROWS)
            assert found.row is None
            assert found.nearest == ()


@pytest.mark.parametrize("name", ["AMD Radeon RX 9075M", "Radeon Pro W7900 Mobile", "RX 9900S"])
def test_that_a_laptop_name_that_nobody_knows_is_no_desktop_card(name: str) -> None:
    # Names outside of NVIDIA's driver may be a board maker's, so an unknown one alone is no "no".
    for row in (BY_ID["w7900"], BY_ID["rx7900xtx"], BY_ID["r9700"]):
        shown = as_shown(row, row.pci_device_ids[0])
        assert match_card(shown.model_copy(update={"name": "Board 7"}), ROWS).row in (row, None)
        assert match_card(shown.model_copy(update={"name": name}), ROWS).row is None


@pytest.mark.parametrize(
    ("name", "laptop"),
    [
        ("NVIDIA GeForce RTX 5090 Laptop GPU", True),
        ("NVIDIA GeForce RTX 2080 with Max-Q Design", True),
        ("GB203M / GN22 [GeForce RTX 5090 Max-Q / Mobile]", True),
        ("Intel(R) Arc(TM) A770M Graphics", True),
        ("AMD Radeon RX 7900M", True),
        ("NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition", False),
        ("Radeon RX 7900 XT/7900 XTX/7900 GRE/7900M", False),
        ("AMD Radeon 8060S Graphics", False),
        ("NVIDIA L40S", False),
        ("AMD Instinct MI300X OAM", False),
        ("Tesla M40 24GB", False),
        (None, False),
    ],
)
def test_that_a_name_says_whether_it_is_a_laptops(name: str | None, laptop: bool) -> None:
    assert is_laptop(name) is laptop


@pytest.mark.parametrize("row", GEFORCE, ids=lambda row: row.id)
def test_that_a_laptop_number_under_a_desktop_name_is_not_believed(row: GpuSpec) -> None:
    shown = as_shown(row, "10DE:2717")
    assert match_card(shown, ROWS).row is None
    # A slower memory is what such a chip has.
    slower = shown.model_copy(update={"memory_bus_bits": 256, "memory_clock_mhz": 6000})
    assert match_card(slower, ROWS).row is None


def test_that_a_new_number_counts_when_name_memory_and_bandwidth_agree() -> None:
    shown = card(
        name="NVIDIA GeForce RTX 3090",
        pci_id="10DE:FFFF",
        memory_mib=24576,
        memory_bus_bits=384,
        memory_clock_mhz=9751,
    )
    found = match_card(shown, ROWS)
    assert found.row is BY_ID["rtx3090"] and found.how == "name"


@pytest.mark.parametrize("row", TOLD, ids=lambda row: row.id)
def test_that_more_memory_than_any_card_of_the_name_is_no_match(row: GpuSpec) -> None:
    alike = [other for other in TOLD if names_of(other) & names_of(row)]
    most = max(other.memory_gb / other.devices for other in alike)
    for number in (None, *row.pci_device_ids):
        shown = as_shown(row, number).model_copy(
            update={"memory_total_bytes": int(most * 1.5 * GIB)}
        )
        assert match_card(shown, ROWS).row is None


@pytest.mark.parametrize("row", TOLD, ids=lambda row: row.id)
def test_that_a_row_never_has_much_more_memory_than_was_seen(row: GpuSpec) -> None:
    for number in (None, *row.pci_device_ids):
        for share in (0.2, 0.5, 0.7, 0.8, 0.88, 0.95, 0.99):
            seen = int(totals_mib(row)[0] * share * MIB)
            shown = as_shown(row, number).model_copy(update={"memory_total_bytes": seen})
            found = match_card(shown, ROWS).row
            if found is not None and not found.unified_memory:
                assert min(totals_mib(found)) * MIB * 0.9 <= seen + MIB


@pytest.mark.parametrize("row", TOLD, ids=lambda row: row.id)
@pytest.mark.parametrize("update", [{"virtual": True}, {"mig": True}], ids=["virtual", "split"])
def test_that_a_part_of_a_board_is_never_the_board(row: GpuSpec, update: dict[str, bool]) -> None:
    for number in (None, *row.pci_device_ids):
        assert match_card(as_shown(row, number).model_copy(update=update), ROWS).row is None


@pytest.mark.parametrize(
    "name", ["GRID {}-10C", "NVIDIA {}-24Q", "NVIDIA {}-1-5CME", "{}-4A", "NVIDIA {} VF"]
)
def test_that_the_name_of_a_profile_alone_is_enough_to_refuse_the_board(name: str) -> None:
    for row in (BY_ID["a100-80-pcie"], BY_ID["l40s"], BY_ID["rtxpro6000se"]):
        shown = as_shown(row, row.pci_device_ids[0])
        found = match_card(shown.model_copy(update={"name": name.format(row.name)}), ROWS)
        assert found.row is None
        assert "virtual GPU" in found.because


def test_that_a_split_card_names_the_card_and_what_to_do() -> None:
    row = BY_ID["h100-sxm"]
    slices = (MigInstance(name="3g.40gb", memory_bytes=40 * GIB),)
    shown = as_shown(row, row.pci_device_ids[0])
    found = match_card(shown.model_copy(update={"mig": True, "mig_instances": slices}), ROWS)
    assert found.nearest == (row,)
    assert "H100 SXM" in found.because and "MIG" in found.because


def test_that_a_partitioned_card_of_amd_is_named_as_a_part() -> None:
    shown = card(
        vendor="AMD", name="AMD Instinct MI300X", pci_id="1002:74A1", memory_mib=196592 / 8
    )
    found = match_card(shown, ROWS)
    assert found.row is None
    assert "one of 8 equal parts of the MI300X" in found.because and "SPX" in found.because


def test_that_another_chip_under_a_known_number_is_refused() -> None:
    shown = as_shown(BY_ID["rtx3090"], "10DE:2204")
    found = match_card(shown.model_copy(update={"compute_capability": "8.9"}), ROWS)
    assert found.row is None
    gfx = as_shown(BY_ID["rx7900xtx"], "1002:744C").model_copy(update={"gfx": "gfx1030"})
    assert match_card(gfx, ROWS).row is None


@pytest.mark.parametrize(
    ("row", "mib", "ecc", "says"),
    [
        ("rtx6000ada", 46068, True, "error correction"),
        ("p40", 22919, True, "error correction"),
        ("l40s", 46068, True, "error correction"),
        ("b300", 275040, True, "memory agree"),
        ("rtx3090", 24576, False, "memory agree"),
        ("a770", 15473, None, "keeps the rest"),
        ("mi250x", 65520, None, "one of 2 devices"),
    ],
)
def test_that_memory_below_the_label_is_explained(
    row: str, mib: int, ecc: bool | None, says: str
) -> None:
    spec = BY_ID[row]
    shown = as_shown(spec, spec.pci_device_ids[0]).model_copy(
        update={"memory_total_bytes": mib * MIB, "ecc": ecc}
    )
    found = match_card(shown, ROWS)
    assert found.row is spec
    assert says in found.because


def test_that_a_modified_card_without_a_row_is_named_as_one() -> None:
    shown = card(name="NVIDIA GeForce RTX 4090 D", pci_id="10DE:2685", memory_mib=49140)
    found = match_card(shown, ROWS)
    assert "47.9 GiB where the RTX 4090 D has 24 GB: a modified card" in found.because
    assert found.nearest == (BY_ID["rtx4090d"],)


def test_that_the_order_of_the_rows_changes_nothing() -> None:
    for case in CARDS:
        shown, host = described(case)
        one, other = match_card(shown, ROWS, host), match_card(shown, ROWS[::-1], host)
        assert (one.row, one.how) == (other.row, other.how)


words = st.sampled_from(
    sorted(
        {word for row in TOLD for word in named(row).split()}
        | {"Laptop", "GPU", "Max-Q", "Mobile", "D", "v2", "SUPER", "Ti", "12GB", "GRID", "VF", "X"}
    )
)
numbers = st.integers(0, 0xFFFF).flatmap(
    lambda device: st.sampled_from(["10DE", "1002", "8086", "1AF4"]).map(
        lambda vendor: f"{vendor}:{device:04X}"
    )
)
sizes = st.one_of(st.none(), st.integers(0, 400 * GIB))


@settings(max_examples=400, deadline=None)
@given(name=st.one_of(st.text(max_size=40), st.lists(words, max_size=6).map(" ".join)), size=sizes)
def test_that_a_made_up_name_is_a_row_only_when_it_is_that_rows_name(
    name: str, size: int | None
) -> None:
    for vendor in ("NVIDIA", "AMD", "Intel", "Other"):
        shown = card(vendor=vendor, name=name, memory_total_bytes=size)
        found = match_card(shown, ROWS)
        if found.row is not None:
            assert plain_name(name) in names_of(found.row)
            assert vendor_of(found.row) == vendor


@settings(max_examples=400, deadline=None)
@given(number=numbers, size=sizes, name=st.one_of(st.none(), st.text(max_size=30)))
def test_that_a_number_of_no_row_is_never_a_row(
    number: str, size: int | None, name: str | None
) -> None:
    vendor = VENDORS.get(number[:4], "Other")
    found = match_card(card(vendor=vendor, pci_id=number, memory_total_bytes=size, name=name), ROWS)
    if found.row is not None:
        assert number in found.row.pci_device_ids or number in {
            n for row in ROWS if names_of(row) & names_of(found.row) for n in row.pci_device_ids
        }


@pytest.mark.parametrize(
    ("row", "total_mib"),
    [
        ("a16", 15356),
        ("rtx6000d", 85651),
        ("rtxpro5000-72", 73415),
        ("rtx4500ada", 24570),
        ("titanrtx", 24576),
        ("p100-16", 16384),
        ("rx7900xt", 20464),
        ("b60", 24480),
    ],
)
def test_that_the_total_that_a_driver_prints_is_the_rows(row: str, total_mib: int) -> None:
    assert totals_mib(BY_ID[row])[0] == total_mib


def test_that_one_gpu_of_a_board_has_its_share_of_the_power() -> None:
    assert BY_ID["a16"].tdp_w == 62.5
