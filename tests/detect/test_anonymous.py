"""Nothing of a person or of one single machine is in the report, wherever it was hidden."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from moeplanner_gui.core.detected import DetectedCard, DetectedHost, DetectedMachine, ProbeReport
from moeplanner_gui.detect import anonymous
from moeplanner_gui.detect.anonymous import anonymous_report

NAMES = ("gandalfs-workstation.shire.example", "gandalf", "/home/gandalf")
SECRETS = [
    "gandalf",
    "Gandalfs-Workstation",
    "gandalfs-workstation.shire.example",
    "/home/gandalf/models/secret.gguf",
    "/home/frodo baggins",
    "/Users/frodo/x",
    "/mnt/shire/x",
    "~/secret",
    "C:\\Users\\Frodo Baggins\\secret.txt",
    "c:/users/frodo/secret",
    "D:\\secret\\x",
    "\\\\server\\frodo\\x",
    "GPU-5fd4e5a6-1234-4bcd-9abc-0123456789ab",
    "MIG-5fd4e5a6-1234-4bcd-9abc-0123456789ab",
    "5FD4E5A6-1234-4BCD-9ABC-0123456789AB",
    "5fd4e5a612344bcd9abc0123456789ab",
    "1324921054321",
    "S6S2NS0T123456X",
    "serial number: ABC12",
    "Serial: 0x1234",
    "S/N 4711",
    "a4:bb:6d:12:34:56",
    "A4-BB-6D-12-34-56",
    "192.168.178.23",
    "fe80:1234:5678:9abc:def0:1234",
    "frodo@shire.example",
    "a4bb6d123456",
    "a4bb.6d12.3456",
    "0x5002538d41234567",
    "eui.0025385b71b0f5b6",
    "S-1-5-21-1234567890-1234567890-1234567890-1001",
    "fe80::1a2b:3c4d:5e6f:7a8b",
    "2001:db8::1",
    "SN 7XK9Q23",
    "Service Tag: 7XK9Q23",
    "asset 0012345",
    "hostid 007f0100",
    "S5GXNX0T123456A",
    "nvme-Samsung_SSD_980_PRO_S5GXNX0T123456A",
    "WD-WCC4N1234567",
    "/dev/disk/by-id/ata-ST_ZA123456",
]
KEPT = [
    "NVIDIA GeForce RTX 3090",
    "AMD Ryzen Threadripper PRO 7965WX 24-Cores",
    "0000:01:00.0",
    "00000000:C1:00.0",
    "10DE:2204",
    "GeForce RTX 3090 [10de:2204]",
    "580.95.05",
    "32.0.15.8088",
    "amdgpu 6.12.12",
    "/sys/class/drm/card0/device/mem_info_vram_total",
    "/dev/nvidia0",
    "libnvidia-ml.so.1",
    "Samsung SSD 990 PRO 4TB",
    "SAMSUNG MZVL21T0HCLR-00B00",
    "CT1000P3PSSD8",
    "WD_BLACK SN850X 2000GB",
    "KINGSTON SKC3000D2048G",
    "ST16000NM001G-2KK103",
    "WDS100T1X0E-00AFY0",
    "INTEL SSDPF2KX076TZ",
    "error 15, GPU is lost",
    "25276502016 bytes",
    "1099511627776 bytes",
    "NVIDIA A100-SXM4-40GB MIG 3g.20gb",
    "ASUSTeK COMPUTER INC. Pro WS WRX90E-SAGE SE",
]


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, str):
        yield value


def free_texts(model: type[Any]) -> list[str]:
    """Fields that may hold any text."""
    schema = model.model_json_schema()["properties"]
    free = []
    for name, field in schema.items():
        kinds = field.get("anyOf", [field])
        if any(kind.get("type") == "string" and "enum" not in kind for kind in kinds):
            free.append(name)
    return free


def planted(text: str) -> DetectedMachine:
    """A machine with this text wherever a text may be."""

    def all_of(model: type[Any], **more: object) -> dict[str, object]:
        return {**dict.fromkeys(free_texts(model), text), **more}

    unread = [{"field": text, "because": text}]
    card = all_of(
        DetectedCard,
        vendor="NVIDIA",
        mig_instances=[{"name": text, "memory_bytes": 1}],
        processes=[{"name": text, "memory_bytes": 2**30}],
        links=[{"peer": text, "links": 1}],
        unread=unread,
    )
    host = all_of(
        DetectedHost,
        system="linux",
        modules=[{"size_bytes": 1, "kind": text, "channel": text}],
        disks=[{"name": text, "kind": "nvme"}],
        unread=unread,
    )
    report = all_of(
        ProbeReport, outcome="found", steps=[[text, text]], cards=[card], host=host, detail=text
    )
    document = {"date": text, "cards": [card], "host": host, "reports": [report]}
    return DetectedMachine.model_validate_json(json.dumps(document))


def test_that_a_secret_can_be_in_many_fields() -> None:
    assert len(free_texts(DetectedCard)) >= 8
    assert sum(text == "x" for text in texts(planted("x").model_dump(mode="json"))) >= 50


@pytest.mark.parametrize("around", ["{}", "cannot open {}: denied", "({}),", "x={};y"])
@pytest.mark.parametrize("secret", SECRETS)
def test_that_no_secret_comes_out_of_any_field(secret: str, around: str) -> None:
    report = json.dumps(anonymous_report(planted(around.format(secret)), NAMES))
    assert secret.lower() not in report.lower()
    for word in ("gandalf", "frodo", "baggins", "secret", "shire"):
        assert word not in report.lower()


@pytest.mark.parametrize("text", KEPT)
def test_that_what_tells_the_hardware_stays(text: str) -> None:
    report = anonymous_report(planted(f"{text}"), NAMES)
    assert report["cards"][0]["name"] == text  # type: ignore[index]


def test_that_of_programs_only_the_number_and_the_memory_stay() -> None:
    report = anonymous_report(planted("my-secret-program"), NAMES)
    cards = report["cards"]
    assert cards[0]["processes"] == [{"memory_bytes": 2**30}]  # type: ignore[index]


def test_that_a_person_called_like_a_word_of_the_program_hides_no_outcome() -> None:
    report = anonymous_report(planted("x"), ("found", "timed", "nvidia", "linux", "max"))
    assert report["reports"][0]["outcome"] == "found"  # type: ignore[index]
    assert report["host"]["system"] == "linux"  # type: ignore[index]
    assert report["cards"][0]["vendor"] == "NVIDIA"  # type: ignore[index]


def test_that_a_short_name_is_hidden_as_a_word_and_not_inside_others() -> None:
    report = anonymous_report(planted("al ran total"), ("al",))
    assert report["cards"][0]["name"] == "[name] ran total"  # type: ignore[index]


def test_that_this_computer_s_own_names_are_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USER", "samwise")
    monkeypatch.setattr(anonymous.socket, "gethostname", lambda: "bag-end")
    report = json.dumps(anonymous_report(planted("samwise at bag-end")))
    assert "samwise" not in report
    assert "bag-end" not in report


def test_that_a_machine_without_a_user_and_a_name_is_no_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse() -> str:
        raise OSError

    monkeypatch.setattr(anonymous.socket, "gethostname", refuse)
    monkeypatch.setattr(anonymous.getpass, "getuser", refuse)
    assert anonymous_report(planted("x"))["format"] == anonymous.FORMAT
