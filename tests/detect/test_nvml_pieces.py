"""The NVML probe's parts against a made-up nvidia-ml-py: what the stub library cannot do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pynvml
import pytest

from moeplanner_gui.detect import nvml_memory, nvml_meters
from moeplanner_gui.detect.nvml import NvmlProbe
from moeplanner_gui.detect.nvml_calls import Calls, text_of
from moeplanner_gui.detect.nvml_card import identify, read_card
from moeplanner_gui.detect.nvml_links import Card, address_of, read_links
from moeplanner_gui.detect.nvml_memory import is_integrated, read_memory
from moeplanner_gui.detect.nvml_use import read_mig, read_processes

GIB = 2**30


def refuse(code: int) -> Callable[..., Any]:
    def call(*_: object) -> Any:
        raise pynvml.NVMLError(code)

    return call


def calls_of(**answers: Any) -> Calls:
    """Calls on a library that has these answers; a function is called, all else is returned."""
    made = {
        name: answer if callable(answer) else (lambda *_, answer=answer: answer)
        for name, answer in answers.items()
    }
    return Calls(SimpleNamespace(**made))


def reasons(calls: Calls) -> dict[str, str]:
    return {entry.field: entry.because for entry in calls.unread}


def pci(domain: int = 0, bus: int = 1, device: int = 0, pci_id: int = 0x220410DE) -> Any:
    return SimpleNamespace(
        domain=domain, bus=bus, device=device, pciDeviceId=pci_id, pciSubSystemId=0x145410DE
    )


@pytest.mark.parametrize(
    "error",
    [TypeError("b"), UnicodeDecodeError("utf-8", b"\xf8", 0, 1, "invalid start byte"), OSError()],
)
def test_that_a_wrapper_that_breaks_is_a_reason_and_no_exception(error: Exception) -> None:
    def broken(*_: object) -> None:
        raise error

    calls = calls_of(nvmlDeviceGetName=broken)
    assert calls.text("name", "nvmlDeviceGetName", None) is None
    assert "name" in reasons(calls)


def test_that_a_function_that_nvidia_ml_py_does_not_have_is_a_reason() -> None:
    calls = calls_of()
    assert calls.ask("mig", "nvmlDeviceGetMigMode", None) is None
    assert "nvidia-ml-py" in reasons(calls)["mig"]


def test_that_a_lost_card_is_asked_nothing_more() -> None:
    asked = []
    calls = calls_of(nvmlA=refuse(15), nvmlB=lambda: asked.append(1))
    calls.ask("a", "nvmlA")
    calls.ask("b", "nvmlB")
    assert not asked
    assert reasons(calls)["b"] == reasons(calls)["a"] == "error 15, GPU is lost"


def test_that_an_error_about_the_system_silences_nothing() -> None:
    calls = Calls(SimpleNamespace(nvmlA=refuse(15), nvmlB=lambda: 2), of_a_card=False)
    assert calls.attempt("nvmlA")[0] is None
    assert calls.attempt("nvmlB") == (2, None)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (b"NVIDIA T4", "NVIDIA T4"),
        ("  NVIDIA\tT4 ", "NVIDIA T4"),
        (b"\xff\xfe", None),
        ("a\ufffdb", None),
        ("a\x07b", None),
        ("", None),
        (7, None),
    ],
)
def test_that_a_name_is_text_or_nothing(value: object, words: str | None) -> None:
    assert text_of(value) == words


@pytest.mark.parametrize(
    ("made", "address"),
    [
        (pci(), "0000:01:00.0"),
        (pci(0xF, 1), "000f:01:00.0"),
        (pci(0x10000, 0xC1), "10000:c1:00.0"),
        (pci(0xFFFFFFFF, 0xFF, 0xFF), None),
        (pci(0, 0x100), None),
    ],
)
def test_that_an_address_is_the_kernel_s_or_none(made: Any, address: str | None) -> None:
    assert address_of(made) == address


def test_that_a_device_of_another_maker_gives_no_pci_id() -> None:
    calls = calls_of(nvmlDeviceGetPciInfo=pci(0, 0, 0, 0), nvmlDeviceGetName="Orin (nvgpu)")
    assert identify(calls, None) == {"name": "Orin (nvgpu)", "subsystem_id": "10DE:1454"}
    assert {"pci_id", "pci_address"} <= set(reasons(calls))


@pytest.mark.parametrize(
    ("name", "capability", "integrated"),
    [
        ("NVIDIA GB10", None, True),
        ("Orin (nvgpu)", None, True),
        (None, "12.1", True),
        ("NVIDIA GB100", "10.0", False),
        ("NVIDIA GeForce RTX 5090", "12.0", False),
        (None, None, None),
    ],
)
def test_that_only_parts_of_processors_count_as_integrated(
    name: str | None, capability: str | None, integrated: bool | None
) -> None:
    assert is_integrated(name, capability) is integrated


def memory(total: int, used: int = 0, reserved: int = 0) -> Any:
    return SimpleNamespace(total=total, used=used, reserved=reserved, free=total - used)


@pytest.mark.parametrize("total", [0, 2**20, 2**64 - 1])
def test_that_a_total_that_cannot_be_is_no_total(total: int) -> None:
    calls = calls_of(nvmlDeviceGetMemoryInfo=memory(total))
    found = read_memory(calls, None, False)
    assert (found.total, found.used, found.kind) == (None, None, "dedicated")
    assert "memory_total_bytes" in reasons(calls)


def test_that_a_card_whose_memory_is_refused_gets_none_of_the_machine_s() -> None:
    found = read_memory(calls_of(nvmlDeviceGetMemoryInfo=refuse(3)), None, False)
    assert (found.kind, found.total, found.used) == ("dedicated", None, None)


def meminfo(place: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    (place / "meminfo").write_text(text)
    monkeypatch.setattr(nvml_memory, "MEMINFO", place / "meminfo")


def test_that_unified_memory_is_the_machine_s_and_what_others_hold_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "MemTotal:  127600748 kB\nMemFree: 1 kB\nMemAvailable:  118566368 kB\n"
    meminfo(tmp_path, monkeypatch, text)
    calls = calls_of(nvmlDeviceGetMemoryInfo=refuse(3))
    found = read_memory(calls, None, True)
    assert found.kind == "unified"
    assert found.total == 127600748 * 1024
    assert found.used == (127600748 - 118566368) * 1024
    assert "error 3, not supported" in reasons(calls)["memory_reserved_bytes"]


def test_that_a_driver_s_smaller_total_of_unified_memory_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meminfo(tmp_path, monkeypatch, "MemTotal: 134217728 kB\nMemAvailable: 134217728 kB\n")
    found = read_memory(calls_of(nvmlDeviceGetMemoryInfo=memory(100 * GIB)), None, True)
    assert found.total == 100 * GIB


def test_that_unified_memory_is_unknown_where_the_system_tells_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nvml_memory, "MEMINFO", tmp_path / "nothing")
    calls = calls_of(nvmlDeviceGetMemoryInfo=refuse(3))
    found = read_memory(calls, None, True)
    assert (found.kind, found.total, found.used) == ("unified", None, None)
    assert "memory_total_bytes" in reasons(calls)


def field(value: int) -> Any:
    return SimpleNamespace(nvmlReturn=0, valueType=1, value=SimpleNamespace(uiVal=value))


NO_FIELD = SimpleNamespace(nvmlReturn=3, valueType=0, value=SimpleNamespace())


def linked(links: int, **answers: Any) -> Calls:
    def state(_: object, link: int) -> int:
        return 1 if link < links else int(refuse(2)())

    return calls_of(
        **{
            "nvmlDeviceGetNvLinkState": state,
            "nvmlDeviceGetNvLinkRemoteDeviceType": 0,
            "nvmlDeviceGetNvLinkRemotePciInfo": pci(0, 0x21),
            "nvmlDeviceGetNvLinkVersion": 5,
            "nvmlDeviceGetFieldValues": [field(14062), NO_FIELD],
        }
        | answers
    )


HERE, THERE, ELSEWHERE = (Card(name, f"0000:{name}:00.0") for name in ("01", "21", "41"))


def test_that_the_links_to_one_card_are_counted_together() -> None:
    (link,) = read_links(linked(4), HERE, [THERE], "8.6")
    assert (link.peer, link.links, link.version) == ("0000:21:00.0", 4, 3)
    assert link.gbs == pytest.approx(56.248)


def test_that_the_other_end_is_asked_of_the_cards_when_no_address_is_told() -> None:
    def joined(_: object, other: str, __: int) -> int:
        return 0 if other == "41" else 4

    calls = linked(2, nvmlDeviceGetNvLinkRemotePciInfo=refuse(3), nvmlDeviceGetP2PStatus=joined)
    (link,) = read_links(calls, HERE, [THERE, ELSEWHERE], "8.6")
    assert link.peer == "0000:41:00.0"


def test_that_a_link_whose_other_end_is_not_known_is_no_switch() -> None:
    calls = linked(1, nvmlDeviceGetNvLinkRemotePciInfo=refuse(3), nvmlDeviceGetP2PStatus=refuse(3))
    assert read_links(calls, HERE, [THERE, ELSEWHERE], "8.6") == ()
    assert "links" in reasons(calls)


def test_that_a_switch_without_an_address_is_a_switch() -> None:
    hidden = pci(0xFFFFFFFF, 0xFF, 0xFF)
    calls = linked(
        18,
        nvmlDeviceGetNvLinkRemoteDeviceType=refuse(13),
        nvmlDeviceGetNvLinkRemotePciInfo=hidden,
        nvmlDeviceGetNvLinkVersion=7,
    )
    (link,) = read_links(calls, HERE, [THERE], "9.0")
    # Some drivers call Hopper's links 5.0; Hopper has the fourth.
    assert (link.peer, link.links, link.version) == (None, 18, 4)


def test_that_a_link_to_a_processor_is_no_card() -> None:
    assert read_links(linked(3, nvmlDeviceGetNvLinkRemoteDeviceType=1), HERE, [], "7.0") == ()


def test_that_no_bridge_and_no_nvlink_are_told_apart() -> None:
    unused = linked(0, nvmlDeviceGetNvLinkState=lambda _, link: 0 if link < 4 else refuse(2)())
    assert read_links(unused, HERE, [THERE], "8.6") == ()
    assert "links" not in reasons(unused)
    without = calls_of(nvmlDeviceGetNvLinkState=refuse(3))
    assert read_links(without, HERE, [THERE], "8.9") == ()
    assert reasons(without)["links"] == "error 3, not supported"


@pytest.mark.parametrize("answer", [[NO_FIELD, NO_FIELD], [field(0)], [field(2**32 - 1)]])
def test_that_a_speed_that_is_not_told_stays_unknown(answer: list[Any]) -> None:
    calls = linked(4, nvmlDeviceGetFieldValues=answer)
    (link,) = read_links(calls, HERE, [THERE], "8.6")
    assert link.gbs is None
    assert "links.gbs" in reasons(calls)


def process(pid: int, memory_bytes: int | None) -> Any:
    return SimpleNamespace(pid=pid, usedGpuMemory=memory_bytes)


def named(name: str) -> str | None:
    calls = calls_of(
        nvmlDeviceGetComputeRunningProcesses_v3=[process(1, 5)],
        nvmlDeviceGetGraphicsRunningProcesses_v3=[],
        nvmlSystemGetProcessName=name,
    )
    return read_processes(calls, calls, None)[0].name


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("/home/jo doe/bin/llama-server", "llama-server"),
        ("/opt/google/chrome/chrome --type=gpu-process --user-dir=/home/jo", "chrome"),
        ("C:\\Users\\Jo\\LM Studio.exe", "LM Studio.exe"),
        ("VLLM::Worker_TP0", "VLLM::Worker_TP0"),
        ("postgres: jo secret", "postgres:"),
    ],
)
def test_that_a_process_has_neither_path_nor_arguments(told: str, name: str) -> None:
    assert named(told) == name


def test_that_a_process_that_computes_and_draws_is_one() -> None:
    calls = calls_of(
        nvmlDeviceGetComputeRunningProcesses_v3=[process(7, 5), process(8, None)],
        nvmlDeviceGetGraphicsRunningProcesses_v3=[process(7, 6), process(8, 2**64 - 1)],
        nvmlSystemGetProcessName=refuse(4),
    )
    found = read_processes(calls, calls, None)
    assert [(entry.name, entry.memory_bytes) for entry in found] == [(None, 6), (None, None)]


def test_that_half_a_list_of_processes_is_none() -> None:
    calls = calls_of(
        nvmlDeviceGetComputeRunningProcesses_v3=refuse(4),
        nvmlDeviceGetGraphicsRunningProcesses_v3=[process(7, 6)],
    )
    assert read_processes(calls, calls, None) == ()
    assert "processes" in reasons(calls)


def test_that_a_slice_named_as_its_card_gets_its_profile() -> None:
    calls = calls_of(
        nvmlDeviceGetMigMode=[1, 1],
        nvmlDeviceGetMaxMigDeviceCount=7,
        nvmlDeviceGetMigDeviceHandleByIndex=lambda _, index: index if index < 1 else refuse(6)(),
        nvmlDeviceGetName="NVIDIA A100-SXM4-40GB",
        nvmlDeviceGetMemoryInfo=refuse(3),
        nvmlDeviceGetAttributes=SimpleNamespace(
            memorySizeMB=20096, gpuInstanceSliceCount=3, computeInstanceSliceCount=1
        ),
    )
    mode, (instance,) = read_mig(calls, None)
    assert mode is True
    assert instance.name == "NVIDIA A100-SXM4-40GB MIG 1c.3g.20gb"
    assert instance.memory_bytes == 20096 << 20


def card_of(**answers: Any) -> Any:
    calls = calls_of(**answers)
    return read_card(calls, calls, None, {"name": "NVIDIA X"}, [], "580.95.05")


def test_that_a_card_that_answers_nothing_is_empty_and_says_so_for_every_field() -> None:
    card = card_of()
    empty = {
        "memory_total_bytes memory_reserved_bytes memory_used_bytes memory_bus_bits ecc virtual",
        "memory_clock_mhz power_limit_w power_limit_default_w power_limit_max_w pcie_gen_now mig",
        "pcie_width_now pcie_gen_max pcie_width_max compute_capability drives_display numa_node",
    }
    told = {entry.field for entry in card.unread}
    for name in " ".join(empty).split():
        assert getattr(card, name) is None
        assert name in told
    assert {"links", "processes"} <= told


def test_that_a_lower_limit_in_force_is_the_power_limit() -> None:
    card = card_of(
        nvmlDeviceGetPowerManagementLimit=350_000, nvmlDeviceGetEnforcedPowerLimit=280_000
    )
    assert card.power_limit_w == 280


def test_that_a_pcie_link_is_what_the_slot_allows() -> None:
    card = card_of(
        nvmlDeviceGetCurrPcieLinkGeneration=1,
        nvmlDeviceGetMaxPcieLinkGeneration=4,
        nvmlDeviceGetGpuMaxPcieLinkGeneration=3,
        nvmlDeviceGetCurrPcieLinkWidth=0,
        nvmlDeviceGetMaxPcieLinkWidth=7,
    )
    assert (card.pcie_gen_now, card.pcie_gen_max) == (1, 3)
    assert (card.pcie_width_now, card.pcie_width_max) == (None, None)


def test_that_the_card_alone_does_not_tell_what_its_slot_can() -> None:
    card = card_of(
        nvmlDeviceGetMaxPcieLinkGeneration=refuse(3), nvmlDeviceGetGpuMaxPcieLinkGeneration=5
    )
    assert card.pcie_gen_max is None


@pytest.mark.parametrize(
    ("active", "plugged", "drives"),
    [(1, 0, True), (0, 1, True), (0, 0, False), (0, None, False), (None, 0, None)],
)
def test_that_a_card_is_headless_only_when_the_driver_says_so(
    active: int | None, plugged: int | None, drives: bool | None
) -> None:
    card = card_of(
        nvmlDeviceGetDisplayActive=refuse(3) if active is None else active,
        nvmlDeviceGetDisplayMode=refuse(3) if plugged is None else plugged,
    )
    assert card.drives_display is drives


def test_that_there_is_nothing_to_ask_on_a_mac(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not NvmlProbe().runs_on("macos")
    monkeypatch.setattr("sys.platform", "darwin")
    assert NvmlProbe().look().outcome == "not_on_this_system"
    meters = nvml_meters.NvmlMeters()
    assert meters.sample() == ()
    assert meters.problem is not None
