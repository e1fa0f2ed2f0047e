"""A computer is a row of the catalogue only where its processor and its memory agree."""

from pathlib import Path

import pytest

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core.detected import DetectedHost
from moeplanner_gui.core.hardware import HostSpec
from moeplanner_gui.core.plan import Node
from moeplanner_gui.core.speed.host_memory import HostBandwidth, bandwidth_gbs
from moeplanner_gui.detect.host_linux import read_linux
from moeplanner_gui.detect.match_host import is_laptop, match_host, own_host, plain_cpu_name
from tests.detect.host_folder import laid_out, needs_colons

CATALOG = load_catalog()
ROWS = CATALOG.hosts.values()


def host(cpu: str | None, **values: object) -> DetectedHost:
    return DetectedHost.model_validate({"system": "linux", "cpu": cpu, **values})


def row_of(cpu: str, **values: object) -> str | None:
    row = match_host(host(cpu, **values), ROWS).row
    return None if row is None else row.id


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("AMD Ryzen 9 7950X 16-Core Processor            ", "AMD Ryzen 9 7950X"),
        ("13th Gen Intel(R) Core(TM) i9-13900K", "Intel Core i9-13900K"),
        ("Intel(R) Xeon(R) Platinum 8480+", "Intel Xeon Platinum 8480+"),
        ("INTEL(R) XEON(R) PLATINUM 8592+", "INTEL XEON PLATINUM 8592+"),
        ("Intel(R) Core(TM) i9-10900X CPU @ 3.70GHz", "Intel Core i9-10900X"),
        ("AMD Ryzen Threadripper PRO 7965WX 24-Cores", "AMD Ryzen Threadripper PRO 7965WX"),
        ("AMD Ryzen 7 8700G w/ Radeon 780M Graphics", "AMD Ryzen 7 8700G"),
        ("AMD Ryzen 7 2700 Eight-Core Processor", "AMD Ryzen 7 2700"),
        ("Intel(R) Core(TM) Ultra 9 285K", "Intel Core Ultra 9 285K"),
    ],
)
def test_that_a_processor_has_one_plain_name(name: str, plain: str) -> None:
    assert plain_cpu_name(name) == plain


@pytest.mark.parametrize(
    ("cpu", "values", "row"),
    [
        ("AMD Ryzen 9 7950X 16-Core Processor", {"memory_mt_s": 6000}, "am5-5600"),
        ("AMD Ryzen 9 9950X3D 16-Core Processor", {"memory_mt_s": 6400}, "am5-6400"),
        ("AMD Ryzen 9 7950X 16-Core Processor", {"memory_mt_s": 3600}, "am5-5600"),
        ("AMD Ryzen 7 9700X 8-Core Processor", {}, "am5-5600"),
        ("AMD Ryzen 9 5950X 16-Core Processor", {"memory_kind": "DDR4"}, "am4"),
        ("Intel(R) Core(TM) Ultra 9 285K", {}, "lga1851"),
        ("13th Gen Intel(R) Core(TM) i9-13900K", {"memory_kind": "DDR5"}, "lga1700"),
        ("Intel(R) Core(TM) i9-14900KS", {}, "lga1700"),
        ("Intel(R) Core(TM) i9-10900X CPU @ 3.70GHz", {}, "x299-4ch"),
        ("AMD EPYC 9354 32-Core Processor", {"sockets": 1}, "sp5-9004"),
        ("AMD EPYC 9654 96-Core Processor", {"sockets": 2}, "sp5-9004-2s"),
        ("AMD EPYC 9355 32-Core Processor", {"sockets": 1}, "sp5-9355"),
        ("AMD EPYC 9355 32-Core Processor", {"sockets": 2}, "sp5-9355-2s"),
        ("AMD EPYC 7763 64-Core Processor", {"sockets": 1}, "sp3-7003"),
        ("AMD EPYC 73F3 16-Core Processor", {"sockets": 2}, "sp3-7003-2s"),
        ("AMD EPYC 7742 64-Core Processor", {"sockets": 1}, "epyc-7742-1s"),
        ("AMD EPYC 9124 16-Core Processor", {"sockets": 2}, "epyc-9124-2s"),
        ("Intel(R) Xeon(R) Platinum 8480+", {"sockets": 1}, "xeon-8480"),
        ("Intel(R) Xeon(R) Gold 6454S", {"sockets": 2}, "xeon-6454s-2s"),
        ("Intel(R) Xeon(R) 6980P", {"sockets": 1, "memory_mt_s": 6400}, "xeon6-6900p"),
        (
            "Intel(R) Xeon(R) 6980P",
            {"sockets": 1, "memory_mt_s": 8800, "memory_kind": "DDR5"},
            "xeon6-mrdimm",
        ),
        ("INTEL(R) XEON(R) PLATINUM 8592+", {"sockets": 1}, "xeon-8592"),
        ("AMD Ryzen Threadripper PRO 7965WX 24-Cores", {}, "wrx90-7965wx"),
        ("AMD Ryzen Threadripper PRO 7995WX 96-Cores", {"memory_mt_s": 5600}, "wrx90-7975wx"),
        ("AMD Ryzen Threadripper PRO 9985WX 64-Cores", {}, "wrx90-9000"),
        ("AMD Ryzen Threadripper PRO 5995WX 64-Cores", {}, "wrx80-3995wx"),
        ("AMD Ryzen Threadripper 9970X 32-Core", {}, "trx50"),
        ("AMD Ryzen Threadripper 3960X 24-Core Processor", {}, "trx40"),
        ("Intel(R) Xeon(R) w9-3495X", {}, "xeon-w3400"),
    ],
)
def test_that_a_processor_belongs_to_its_platform(
    cpu: str, values: dict[str, object], row: str
) -> None:
    assert row_of(cpu, **values) == row


@pytest.mark.parametrize(
    "cpu",
    [
        "AMD Ryzen 9 7945HX with Radeon Graphics",
        "AMD Ryzen 7 7840U w/ Radeon 780M Graphics",
        "AMD Ryzen AI 9 HX 370 w/ Radeon 890M",
        "13th Gen Intel(R) Core(TM) i9-13900HX",
        "13th Gen Intel(R) Core(TM) i7-1360P",
        "11th Gen Intel(R) Core(TM) i7-1185G7 @ 3.00GHz",
        "Intel(R) Core(TM) Ultra 7 155H",
        "Intel(R) Core(TM) Ultra 9 275HX",
        "AMD Ryzen 9 5900HX with Radeon Graphics",
        "AMD Ryzen 9 7945HX3D with Radeon Graphics",
    ],
)
def test_that_a_laptop_s_processor_is_never_its_desktop_namesake(cpu: str) -> None:
    match = match_host(host(cpu), ROWS)
    assert match.row is None
    assert is_laptop(host(cpu)) or "names" in match.because


def test_that_a_desktop_s_processor_in_a_laptop_s_case_is_a_laptop() -> None:
    cpu = "Intel(R) Core(TM) i9-14900K"
    match = match_host(host(cpu, chassis="laptop"), ROWS)
    assert match.row is None and "laptop" in match.because
    assert match.nearest == (CATALOG.hosts["lga1700"],)


@pytest.mark.parametrize(
    ("cpu", "reason"),
    [
        # Few dies on the processor cannot read all channels.
        ("AMD Ryzen Threadripper PRO 7945WX 12-Cores", "names"),
        ("AMD Ryzen Threadripper PRO 3955WX 16-Cores", "names"),
        ("AMD EPYC 9224 24-Core Processor", "names"),
        # PCIe 3.0 and 4.0 with eight lanes where the row has more.
        ("AMD Ryzen 7 5700G with Radeon Graphics", "names"),
        ("AMD Ryzen 7 8700G w/ Radeon 780M Graphics", "names"),
        ("12th Gen Intel(R) Core(TM) i9-12900K", "names"),
        ("AMD EPYC 9575F 64-Core Processor", "names"),
        ("Some Processor 9000", "names"),
    ],
)
def test_that_a_processor_that_no_row_names_is_none_of_them(cpu: str, reason: str) -> None:
    match = match_host(host(cpu, sockets=1), ROWS)
    assert match.row is None
    assert reason in match.because


@pytest.mark.parametrize(
    ("values", "because"),
    [
        ({"memory_kind": "DDR4"}, "DDR4 where"),
        ({"sockets": 2}, "2 sockets where"),
        ({"memory_channels": 4}, "4 memory channels where"),
    ],
)
def test_that_what_was_read_of_the_memory_can_refuse_a_row(
    values: dict[str, object], because: str
) -> None:
    match = match_host(host("13th Gen Intel(R) Core(TM) i9-13900K", **values), ROWS)
    assert match.row is None and because in match.because
    assert match.nearest == (CATALOG.hosts["lga1700"],)


def test_that_a_virtual_machine_has_no_platform_of_its_own() -> None:
    match = match_host(
        host("AMD EPYC 7763 64-Core Processor", sockets=1, virtual_machine="KVM"), ROWS
    )
    assert match.row is None and "virtual machine" in match.because
    assert match.nearest
    measured = host("AMD EPYC 9V45 96-Core Processor", sockets=1, virtual_machine="Hyper-V")
    found = match_host(measured, ROWS).row
    assert found is not None and found.id == "epyc-9v45"


def test_that_an_unread_speed_is_said_and_the_slowest_row_is_taken() -> None:
    match = match_host(host("AMD Ryzen 9 9950X 16-Core Processor"), ROWS)
    assert match.row is not None and match.row.id == "am5-5600"
    assert "5600 MT/s is assumed, the slowest of its rows" in match.because


def test_that_no_name_is_no_match() -> None:
    assert "could not be read" in match_host(host(None), ROWS).because


@needs_colons
@pytest.mark.parametrize(
    ("machine", "row"),
    [
        ("am5-7950x", "am5-5600"),
        ("threadripper-pro-7965wx", "wrx90-7965wx"),
        ("dual-epyc-9354", "sp5-9004-2s"),
        ("laptop-13900hx", None),
        ("dgx-spark-gb10", None),
        ("strix-halo-128", None),
        ("azure-d2s-v3", None),
        ("docker-limited", "trx40"),
        ("wsl2-9800x3d", "am5-5600"),
    ],
)
def test_that_machines_of_public_reports_are_recognised(
    machine: str, row: str | None, tmp_path: Path
) -> None:
    found = match_host(read_linux(laid_out(machine, tmp_path), {}, "x86_64")[0], ROWS).row
    assert (None if found is None else found.id) == row


def unknown(**values: object) -> DetectedHost:
    return host(
        "AMD EPYC 9575F 64-Core Processor",
        sockets=1,
        memory_kind="DDR5",
        **{"memory_channels": 12, "memory_mt_s": 6000, **values},
    )


def test_that_an_unknown_computer_becomes_a_row_of_its_own() -> None:
    row = own_host(unknown(board="Supermicro H13SSL"), "2026-11-23", (), 5)
    assert isinstance(row, HostSpec)
    assert row.name == "AMD EPYC 9575F, Supermicro H13SSL"
    assert (row.channels, row.mt_s, row.peak_gbs) == (12, 6000, 576.0)
    assert (row.sockets, row.memory, row.pcie_gen) == (1, "DDR5", 5)
    assert row.measured_gbs is None and row.verified is False
    bandwidth = bandwidth_gbs(Node(host=row.id), row)
    assert isinstance(bandwidth, HostBandwidth) and bandwidth.gbs < row.peak_gbs


@pytest.mark.parametrize(
    "values",
    [{"memory_channels": None}, {"memory_mt_s": None}, {"virtual_machine": "KVM"}],
)
def test_that_a_bandwidth_is_never_guessed(values: dict[str, object]) -> None:
    assert own_host(unknown(**values), "2026-11-23", ()) is None


def test_that_an_own_row_takes_a_free_id_and_the_lowest_pcie() -> None:
    first = own_host(unknown(), "2026-11-23", ())
    assert first is not None
    second = own_host(unknown(), "2026-11-23", {first.id})
    assert second is not None and second.id == f"{first.id}-2"
    assert first.pcie_gen == 3 and "pcie_gen" in first.unverified_fields


def test_that_every_pattern_of_the_catalogue_names_no_laptop() -> None:
    suffixes = ("HX", "HS", "H", "U", "HX3D", "V")
    for row in ROWS:
        for pattern in row.cpu_names:
            assert not pattern.endswith(suffixes), (row.id, pattern)
