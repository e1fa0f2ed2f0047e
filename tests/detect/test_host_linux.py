"""Linux machines of public bug reports: what is read, what is not, and that nothing raises."""

import os
from pathlib import Path

import pytest

from moeplanner_gui.core.detected import DetectedHost
from moeplanner_gui.core.units import GIB
from moeplanner_gui.detect import host as host_module
from moeplanner_gui.detect.host import HostProbe
from moeplanner_gui.detect.host_files import HostFiles
from moeplanner_gui.detect.host_linux import read_linux
from moeplanner_gui.detect.host_linux_memory import edac_channels, edac_kind
from tests.detect.host_folder import HOSTS, LINUX, laid_out, lay_out, needs_colons

pytestmark = needs_colons


def read(root: Path, free: int = 500 * GIB, **environment: str) -> DetectedHost:
    return read_linux(root, environment, "x86_64", lambda point: free)[0]


def machine(name: str, tmp_path: Path, **environment: str) -> DetectedHost:
    return read(laid_out(name, tmp_path), **environment)


def why(host: DetectedHost, field: str) -> str:
    return next(one.because for one in host.unread if one.field == field)


@pytest.mark.parametrize(
    ("name", "cpu", "sockets", "cores", "threads", "nodes"),
    [
        ("am5-7950x", "AMD Ryzen 9 7950X 16-Core Processor", 1, 16, 32, 1),
        ("threadripper-pro-7965wx", "AMD Ryzen Threadripper PRO 7965WX 24-Cores", 1, 24, 48, 1),
        ("dual-epyc-9354", "AMD EPYC 9354 32-Core Processor", 2, 64, 128, 2),
        ("laptop-13900hx", "13th Gen Intel(R) Core(TM) i9-13900HX", 1, 24, 32, 1),
        ("dgx-spark-gb10", "10 × Cortex-X925 + 10 × Cortex-A725", 1, 20, 20, 1),
        ("strix-halo-128", "AMD RYZEN AI MAX+ 395 w/ Radeon 8060S", 1, 16, 32, 1),
        ("azure-d2s-v3", "Intel(R) Xeon(R) Platinum 8272CL CPU @ 2.60GHz", 1, 1, 2, 1),
        ("docker-limited", "AMD Ryzen Threadripper 3960X 24-Core Processor", 1, 24, 48, 1),
        ("wsl2-9800x3d", "AMD Ryzen 7 9800X3D 8-Core Processor", 1, 8, 16, 1),
    ],
)
def test_that_the_processor_is_read(
    name: str, cpu: str, sockets: int, cores: int, threads: int, nodes: int, tmp_path: Path
) -> None:
    host = machine(name, tmp_path)
    assert (host.cpu, host.sockets, host.cores, host.threads, host.numa_nodes) == (
        cpu,
        sockets,
        cores,
        threads,
        nodes,
    )


@pytest.mark.parametrize(
    ("name", "kind", "mt_s", "channels", "slots", "gib"),
    [
        ("am5-7950x", "DDR5", 6000, 2, 4, 32),
        ("threadripper-pro-7965wx", "DDR5", 5200, 8, 8, 512),
        ("dual-epyc-9354", "DDR5", 4800, 22, 24, 1408),
        ("laptop-13900hx", "DDR5", 5200, 2, 4, 32),
        # Eight pieces of 32 bits are four channels of 64.
        ("strix-halo-128", "LPDDR5", 8000, 4, 8, 128),
    ],
)
def test_that_the_speed_is_the_one_at_which_the_modules_run_and_only_full_channels_count(
    name: str, kind: str, mt_s: int, channels: int, slots: int, gib: int, tmp_path: Path
) -> None:
    host = machine(name, tmp_path)
    assert (host.memory_kind, host.memory_mt_s, host.memory_channels) == (kind, mt_s, channels)
    assert (host.memory_slots, host.memory_installed_bytes) == (slots, gib * GIB)
    assert host.unread == ()


@pytest.mark.parametrize("name", ["dgx-spark-gb10", "azure-d2s-v3", "wsl2-9800x3d"])
def test_that_memory_modules_nobody_tells_of_are_unread_with_the_reason(
    name: str, tmp_path: Path
) -> None:
    host = machine(name, tmp_path)
    assert host.memory_channels is None and host.memory_mt_s is None and host.modules == ()
    assert "there is no such file" in why(host, "memory_channels")


def test_that_the_firmware_s_tables_being_the_administrator_s_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = laid_out("azure-d2s-v3", tmp_path)
    really = os.open

    def refusing(path: Path, flags: int) -> int:
        # A test may run as the administrator, who may read everything.
        if str(path).endswith("DMI"):
            raise PermissionError
        return really(path, flags)

    monkeypatch.setattr(os, "open", refusing)
    assert "only the administrator may read it" in why(read(root), "memory_mt_s")


@pytest.mark.parametrize("name", LINUX)
def test_that_no_serial_number_is_read(name: str, tmp_path: Path) -> None:
    assert "MUST-NOT-BE-READ" not in machine(name, tmp_path).model_dump_json()


def test_that_a_container_s_memory_is_its_limit_and_not_the_machine_s(tmp_path: Path) -> None:
    host = machine("docker-limited", tmp_path)
    assert host.container == "Docker"
    assert host.memory_total_bytes == 64 * GIB
    # 64 GiB less 12 in use, of which 8 are pages of files that are given back.
    assert host.memory_available_bytes == 60 * GIB


def test_that_a_limit_above_the_memory_or_none_at_all_changes_nothing(tmp_path: Path) -> None:
    root = laid_out("docker-limited", tmp_path)
    for text in ("max", "9223372036854771712", "", str(2**45)):
        (root / "sys/fs/cgroup/memory.max").write_text(text)
        assert read(root).memory_total_bytes == 131751112 * 1024


def test_that_the_lowest_limit_on_the_way_to_the_program_s_group_counts(tmp_path: Path) -> None:
    root = laid_out("am5-7950x", tmp_path)
    text = """>>> /proc/self/cgroup
0::/user.slice/user-1000.slice/app.scope
>>> /sys/fs/cgroup/user.slice/memory.max
17179869184
>>> /sys/fs/cgroup/user.slice/user-1000.slice/memory.max
8589934592
>>> /sys/fs/cgroup/user.slice/user-1000.slice/app.scope/memory.max
12884901888
"""
    assert read(lay_out(text, root)).memory_total_bytes == 8 * GIB


def test_that_the_older_cgroups_limit_too(tmp_path: Path) -> None:
    root = laid_out("am5-7950x", tmp_path)
    text = """>>> /proc/self/cgroup
9:cpu,cpuacct:/
4:memory:/docker/abc
>>> /proc/1/cgroup
4:memory:/docker/abc
>>> /sys/fs/cgroup/memory/memory.limit_in_bytes
4294967296
>>> /sys/fs/cgroup/memory/memory.usage_in_bytes
1073741824
"""
    host = read(lay_out(text, root))
    assert (host.memory_total_bytes, host.memory_available_bytes) == (4 * GIB, 3 * GIB)
    assert host.container == "Docker"


def test_that_a_virtual_machine_and_wsl_are_told_apart(tmp_path: Path) -> None:
    cloud = machine("azure-d2s-v3", tmp_path / "a")
    wsl = machine("wsl2-9800x3d", tmp_path / "b")
    real = machine("am5-7950x", tmp_path / "c")
    assert (cloud.virtual_machine, cloud.wsl) == ("Hyper-V", False)
    assert (wsl.virtual_machine, wsl.wsl) == (None, True)
    assert (real.virtual_machine, real.wsl, real.container) == (None, False, None)


@pytest.mark.parametrize(
    ("name", "chassis", "product", "board"),
    [
        ("am5-7950x", "desktop", None, "ASUSTeK COMPUTER INC. ROG CROSSHAIR X670E HERO"),
        ("dual-epyc-9354", "server", "Supermicro AS -2125HS-TNR", "Supermicro H13DSH"),
        (
            "laptop-13900hx",
            "laptop",
            "ASUSTeK COMPUTER INC. ROG Strix G834JY_G834JY",
            "ASUSTeK COMPUTER INC. G834JY",
        ),
        ("dgx-spark-gb10", "mini", "NVIDIA_DGX_Spark", "NVIDIA P4242"),
    ],
)
def test_that_what_makers_left_blank_is_no_name(
    name: str, chassis: str, product: str | None, board: str, tmp_path: Path
) -> None:
    host = machine(name, tmp_path)
    assert (host.chassis, host.product, host.board) == (chassis, product, board)


def test_that_a_disk_has_its_link_and_what_is_free_once(tmp_path: Path) -> None:
    (disk,) = machine("am5-7950x", tmp_path).disks
    assert disk.name == "Samsung SSD 990 PRO 2TB" and disk.kind == "nvme"
    assert (disk.pcie_gen, disk.pcie_width) == (4, 4)
    # The boot partition and the snap are on it too, and are no place for a model.
    assert disk.free_bytes == 500 * GIB
    assert disk.size_bytes == 3907029168 * 512


def test_that_encrypted_disks_are_followed_and_spinning_ones_known(tmp_path: Path) -> None:
    nvme, hdd = machine("threadripper-pro-7965wx", tmp_path).disks
    assert (nvme.kind, nvme.free_bytes) == ("nvme", 500 * GIB)
    assert (hdd.kind, hdd.free_bytes, hdd.pcie_gen) == ("hdd", 500 * GIB, None)


def test_that_two_mounts_of_one_file_system_count_once(tmp_path: Path) -> None:
    (disk,) = machine("laptop-13900hx", tmp_path).disks
    assert disk.free_bytes == 500 * GIB


def test_that_a_file_system_over_two_disks_counts_for_neither(tmp_path: Path) -> None:
    disks = machine("dual-epyc-9354", tmp_path).disks
    assert [disk.free_bytes for disk in disks] == [None, None]


def test_that_the_disk_of_a_container_is_not_known(tmp_path: Path) -> None:
    assert machine("docker-limited", tmp_path).disks == ()


def test_that_a_disk_with_several_paths_has_its_link(tmp_path: Path) -> None:
    text = """>>> /sys/block/nvme0n1/size
2000409264
>>> /sys/block/nvme0n1/device/nvme3/device/current_link_speed
32.0 GT/s PCIe
>>> /sys/block/nvme0n1/device/nvme3/device/current_link_width
4
"""
    (disk,) = read(lay_out(text, tmp_path)).disks
    assert (disk.pcie_gen, disk.pcie_width) == (5, 4)


def test_that_memory_controllers_count_channels_where_no_module_is_told(tmp_path: Path) -> None:
    parts = [
        f""">>> /sys/devices/system/edac/mc/mc0/dimm{at}/size
32768
>>> /sys/devices/system/edac/mc/mc0/dimm{at}/dimm_location
csrow {at % 2} channel {at // 2}
>>> /sys/devices/system/edac/mc/mc0/dimm{at}/dimm_mem_type
Registered-DDR5
"""
        for at in range(8)
    ]
    files = HostFiles(lay_out("".join(parts), tmp_path))
    assert (edac_channels(files), edac_kind(files)) == (4, "DDR5")
    # This driver counts halves of channels.
    lay_out(">>> /sys/devices/system/edac/mc/mc0/mc_name\nIntel_client_SoC igen6\n", tmp_path)
    assert edac_channels(files) is None


def test_that_a_remote_session_is_known_without_its_address(tmp_path: Path) -> None:
    host = machine("am5-7950x", tmp_path, SSH_CONNECTION="203.0.113.9 22 198.51.100.1 22")
    assert host.remote_session == "SSH"
    assert "203.0.113.9" not in host.model_dump_json()


@pytest.mark.parametrize("name", LINUX)
@pytest.mark.parametrize("damage", ["empty", "noise", "huge", "folder", "gone", "numbers"])
def test_that_broken_files_never_raise(name: str, damage: str, tmp_path: Path) -> None:
    root = laid_out(name, tmp_path)
    for path in [path for path in root.rglob("*") if path.is_file()]:
        if damage == "empty":
            path.write_bytes(b"")
        elif damage == "noise":
            path.write_bytes(bytes(range(256)) * 3 + b"\xff: \xfe\n")
        elif damage == "huge":
            path.write_bytes(path.read_bytes() * 40)
        elif damage == "numbers":
            path.write_bytes(b"99999999999999999999999999999999999999\n-7\n")
        else:
            path.unlink()
            if damage == "folder":
                path.mkdir()
    host = read(root)
    assert host.system == "linux"
    if damage in ("empty", "gone", "folder"):
        assert host.cpu is None and host.memory_total_bytes is None
        assert {one.field for one in host.unread} >= {"cpu", "memory_total_bytes"}


def test_that_any_number_in_the_firmware_s_record_is_survived(tmp_path: Path) -> None:
    root = laid_out("am5-7950x", tmp_path)
    record = root / "run/udev/data/+dmi:id"
    text = record.read_text(encoding="utf-8")
    for number in ("65535", "0", str(2**70), "-1", "six"):
        for old in ("6000", "17179869184", "=64"):
            new = f"={number}" if old == "=64" else number
            record.write_text(text.replace(old, new), encoding="utf-8")
            assert read(root).system == "linux"


def test_that_a_pipe_in_the_place_of_a_file_is_not_waited_for(tmp_path: Path) -> None:
    root = laid_out("am5-7950x", tmp_path)
    (root / "proc/cpuinfo").unlink()
    os.mkfifo(root / "proc/cpuinfo")
    assert read(root).cpu is None


def test_that_every_machine_says_where_it_is_from() -> None:
    for folder in HOSTS.iterdir():
        text = (folder / "SOURCE.txt").read_text(encoding="utf-8")
        assert "ut together" in " ".join(text.split()), folder.name


def test_that_the_probe_answers_whatever_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(platform: str) -> object:
        raise RuntimeError("no")

    monkeypatch.setattr(host_module, "_read", broken)
    report = HostProbe().look()
    assert (report.outcome, report.detail) == ("failed", "RuntimeError: no")


def test_that_an_unknown_system_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "plan9")
    assert HostProbe().look().outcome == "not_on_this_system"
    assert not HostProbe().runs_on("other")
