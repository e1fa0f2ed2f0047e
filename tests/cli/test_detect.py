"""moeplanner detect: text, one JSON object, a report for strangers, and what the shell is told."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from moeplanner_gui.cli import main
from moeplanner_gui.core.detected import (
    CardProcess,
    DetectedCard,
    DetectedDisk,
    DetectedHost,
    DetectedMachine,
    MigInstance,
    ProbeReport,
    Unread,
)
from moeplanner_gui.core.detected import Outcome as OutcomeType
from moeplanner_gui.detect import machine as looking
from moeplanner_gui.detect.child import command_of_this_program
from moeplanner_gui.detect.probes import PROBES

CARD = DetectedCard(
    vendor="NVIDIA",
    probe="nvml",
    name="NVIDIA GeForce RTX 3090",
    pci_address="0000:01:00.0",
    pci_id="10DE:2204",
    memory_kind="dedicated",
    memory_total_bytes=24576 * 2**20,
    memory_used_bytes=8371 * 2**20,
    pcie_gen_now=1,
    pcie_width_now=16,
    pcie_gen_max=4,
    pcie_width_max=16,
    power_limit_w=350.0,
    compute_capability="8.6",
    processes=(CardProcess(name="llama-server", memory_bytes=8371 * 2**20),),
    unread=(
        Unread(field="ecc", because="error 3, not supported"),
        Unread(field="numa_node", because="error 3, not supported"),
    ),
)
SECOND = CARD.model_copy(update={"pci_address": "0000:21:00.0", "memory_used_bytes": 0})
UNKNOWN = DetectedCard(
    vendor="NVIDIA",
    probe="nvml",
    name="NVIDIA RTX 9990",
    pci_address="0000:03:00.0",
    pci_id="10DE:FFFE",
    memory_kind="dedicated",
    memory_total_bytes=48 * 2**30,
    memory_used_bytes=0,
    memory_bus_bits=512,
    memory_clock_mhz=14001,
    power_limit_w=600.0,
    power_limit_default_w=600.0,
    compute_capability="12.0",
)
HOST = DetectedHost(
    system="linux",
    system_version="Debian GNU/Linux 12",
    cpu="AMD Ryzen 9 7950X",
    sockets=1,
    cores=16,
    memory_total_bytes=67_000_000_000,
    memory_available_bytes=60_000_000_000,
    disks=(DetectedDisk(name="Samsung SSD 990 PRO 4TB", kind="nvme", size_bytes=4 * 10**12),),
)


def machine(
    *cards: DetectedCard, host: DetectedHost | None = HOST, **outcomes: OutcomeType
) -> DetectedMachine:
    reports = [
        ProbeReport(probe=name, outcome=outcomes.get(name, "found" if cards else "no_device"))
        for name in PROBES
    ]
    return DetectedMachine(
        date="2026-11-23T01:02:03+00:00", cards=cards, host=host, reports=tuple(reports)
    )


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Callable[[DetectedMachine], None]:
    """The machine that the command finds."""

    def become(what: DetectedMachine) -> None:
        monkeypatch.setattr(looking, "detect", lambda **_: what)

    return become


Found = Callable[[DetectedMachine], None]
Printed = pytest.CaptureFixture[str]


def test_that_cards_are_told_with_what_is_known_and_what_is_not(
    found: Found, capsys: Printed
) -> None:
    found(machine(CARD, SECOND))
    assert main(["detect"]) == 0
    printed = capsys.readouterr()
    text = " ".join(printed.out.split())
    assert printed.out.startswith("Found: 2 × RTX 3090")
    assert "GPU 1: NVIDIA GeForce RTX 3090 at 0000:01:00.0" in text
    assert "24.0 GiB, 8.2 GiB in use by 1 program" in text
    assert "PCIe 4.0 x16 (now 1.0 x16), 350 W, compute capability 8.6" in text
    assert "Catalogue: RTX 3090 (rtx3090)." in text
    assert "Not read: error correction, numa node (error 3, not supported)" in text
    assert "AMD Ryzen 9 7950X, 16 cores" in text
    assert "62.3 GiB, 55.8 GiB available, speed not read, channels not read" in text
    assert "Samsung SSD 990 PRO 4TB: NVMe, 4,000 GB, nothing of it mounted" in text
    assert printed.err == ""


def test_that_memory_is_rounded_down_and_what_is_in_use_up(found: Found, capsys: Printed) -> None:
    odd = CARD.model_copy(
        update={"memory_total_bytes": 24 * 2**30 - 1, "memory_used_bytes": 2**30 + 1}
    )
    found(machine(odd))
    main(["detect"])
    assert "23.9 GiB, 1.1 GiB in use" in capsys.readouterr().out


def test_that_the_json_has_everything_and_a_node_that_fits_into_a_plan(
    found: Found, capsys: Printed, tmp_path: Path
) -> None:
    found(machine(CARD, UNKNOWN))
    assert main(["detect", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert set(answer) >= {
        *("date", "cards", "host", "reports", "problems", "matches", "host_match", "proposal")
    }
    assert [card["name"] for card in answer["cards"]] == [CARD.name, UNKNOWN.name]
    assert answer["host"]["cpu"] == HOST.cpu
    assert [match["row"] for match in answer["matches"]] == ["rtx3090", None]
    assert answer["matches"][0]["because"]
    proposal = answer["proposal"]
    assert set(proposal) == {"summary", "node", "entries", "lines", "left_out"}
    assert proposal["node"]["name"] == "This computer"
    assert len(proposal["node"]["gpus"]) == 2
    assert [row["name"] for row in proposal["entries"]["gpus"]]
    plan = {
        "model": "llama-3.1-8b",
        "rig": {"nodes": [proposal["node"]]},
        "entries": proposal["entries"],
    }
    path = tmp_path / "this.moeplan"
    path.write_text(json.dumps(plan), encoding="utf-8")
    assert main(["estimate", str(path), "--json"]) == 0
    devices = json.loads(capsys.readouterr().out)["devices"]
    assert [device["kind"] for device in devices][:2] == ["gpu", "gpu"]


def test_that_without_a_card_the_answer_is_no_error(found: Found, capsys: Printed) -> None:
    found(machine(nvml="no_library", apple="not_on_this_system"))
    assert main(["detect"]) == 0
    printed = capsys.readouterr()
    assert "No GPU was found" in printed.out
    assert printed.err == ""


@pytest.mark.parametrize(
    "outcome",
    [
        *("driver_not_loaded", "version_mismatch", "no_permission", "device_lost", "timed_out"),
        *("crashed", "failed"),
    ],
)
@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_that_a_failure_with_no_card_ends_with_1_and_is_not_called_no_card(
    found: Found, capsys: Printed, outcome: OutcomeType, flags: list[str]
) -> None:
    found(machine(nvml=outcome))
    assert main(["detect", *flags]) == 1
    printed = capsys.readouterr()
    assert "there may be one" in printed.err
    assert "NVIDIA" in printed.err
    assert not printed.out.startswith("Found")
    assert "Your rig was not changed" not in printed.err
    if flags:
        assert json.loads(printed.out)["problems"][0]["title"]
    else:
        assert "NVIDIA" in printed.out


def test_that_a_failure_beside_a_card_is_told_and_ends_with_0(
    found: Found, capsys: Printed
) -> None:
    radeon = DetectedCard(vendor="AMD", probe="amd", name="AMD Radeon RX 7900 XTX")
    found(machine(radeon, nvml="timed_out"))
    assert main(["detect"]) == 0
    assert "The NVIDIA driver does not answer" in capsys.readouterr().out


def test_that_a_machine_of_which_nothing_is_known_is_told(found: Found, capsys: Printed) -> None:
    found(machine(host=None, nvml="crashed", amd="crashed", bus="timed_out"))
    assert main(["detect", "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["cards"], answer["host"], answer["proposal"]) == ([], None, None)
    assert main(["detect"]) == 1


def test_that_slices_and_bare_cards_are_told(found: Found, capsys: Printed) -> None:
    cut = CARD.model_copy(
        update={
            "mig": True,
            "mig_instances": (
                MigInstance(name="H100 MIG 3g.40gb", memory_bytes=40 * 2**30),
                MigInstance(name="H100 MIG 1g.10gb", memory_bytes=None),
            ),
        }
    )
    bare = DetectedCard(vendor="Other", probe="bus", integrated=True, virtual=True)
    found(machine(cut, bare))
    assert main(["detect"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "Slice: H100 MIG 3g.40gb, 40.0 GiB" in text
    assert "Slice: H100 MIG 1g.10gb, memory not read" in text
    assert "a card without a name" in text
    assert "inside the processor, virtual" in text


def test_that_a_driver_s_text_cannot_steer_the_terminal(found: Found, capsys: Printed) -> None:
    found(machine(CARD.model_copy(update={"name": "RTX\x1b[31m 3090"})))
    assert main(["detect"]) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_that_the_report_is_written_and_standard_output_stays_the_answer(
    found: Found, capsys: Printed, tmp_path: Path
) -> None:
    found(machine(CARD))
    path = tmp_path / "report.json"
    assert main(["detect", "--json", "--report", str(path)]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["cards"][0]["processes"][0]["name"] == "llama-server"
    assert str(path) in printed.err
    report = json.loads(path.read_text("utf-8"))
    assert report["format"] == "moeplanner-detection/1"
    assert report["cards"][0]["name"] == CARD.name
    assert "llama-server" not in path.read_text("utf-8")
    assert main(["detect", "--report", "-"]) == 0
    assert json.loads(capsys.readouterr().out) == report


def test_that_a_report_is_written_also_when_nothing_was_found(found: Found, tmp_path: Path) -> None:
    found(machine(nvml="crashed"))
    path = tmp_path / "report.json"
    assert main(["detect", "--report", str(path)]) == 1
    assert json.loads(path.read_text("utf-8"))["reports"][0]["outcome"] == "crashed"


def test_that_a_report_that_cannot_be_written_is_one_sentence_and_1(
    found: Found, capsys: Printed, tmp_path: Path
) -> None:
    found(machine(CARD))
    kept = tmp_path / "kept.json"
    kept.write_text("old")
    for path, why in (
        (tmp_path / "nowhere" / "r.json", "the folder does not exist"),
        (tmp_path, "that is a folder"),
        (kept / "r.json", "part of the path is a file"),
        (Path("a\0b"), "no file name"),
    ):
        assert main(["detect", "--report", str(path)]) == 1
        err = capsys.readouterr().err
        assert why in err
        assert err.count("\n") == 1
    assert kept.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["kept.json"]


def test_that_a_report_replaces_an_older_one_and_keeps_its_permissions(
    found: Found, tmp_path: Path
) -> None:
    found(machine(CARD))
    path = tmp_path / "report.json"
    path.write_text("old")
    path.chmod(0o600)
    assert main(["detect", "--report", str(path)]) == 0
    assert "RTX 3090" in path.read_text("utf-8")
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "61", "soon", "0.05"])
def test_that_a_senseless_deadline_is_refused(seconds: str, capsys: Printed) -> None:
    assert main(["detect", f"--timeout={seconds}"]) == 2
    assert "between 0.1 and 60 seconds" in capsys.readouterr().err


def test_that_the_deadline_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []

    def detect(**options: Any) -> DetectedMachine:
        given.append(options["timeout_s"])
        return machine(CARD)

    monkeypatch.setattr(looking, "detect", detect)
    main(["detect"])
    main(["detect", "--timeout", "0.5"])
    assert given == [5.0, 0.5]


def test_that_the_help_says_what_the_exit_codes_mean(capsys: Printed) -> None:
    assert main(["detect", "--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "Exit codes: 0 something was found, or there is no card" in text
    assert "--report FILE" in text


def test_that_detecting_loads_no_qt() -> None:
    program = (
        "import sys\nfrom moeplanner_gui.cli import main\nmain(['detect', '--json'])\n"
        "print(sorted(n for n in sys.modules if n.split('.')[0] in ('PySide6', 'pyqtgraph')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.splitlines()[-1] == b"[]"


def test_that_the_real_machine_is_answered() -> None:
    done = subprocess.run(
        [*command_of_this_program(), "detect", "--json", "--timeout", "30"],
        capture_output=True,
        check=False,
        timeout=100,
    )
    answer = json.loads(done.stdout)
    assert [report["probe"] for report in answer["reports"]] == list(PROBES)
    assert answer["host"]["memory_total_bytes"] > 2**20


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_that_ctrl_c_ends_it_at_once_and_leaves_no_probe(
    nvml_machine_variables: dict[str, str],
) -> None:
    # Tests in the background ignore Ctrl+C, and what they start would inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(
            [*command_of_this_program(), "detect", "--timeout", "30"],
            env={**os.environ, **nvml_machine_variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    finally:
        signal.signal(signal.SIGINT, before)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    probes: set[str] = set()
    until = time.monotonic() + 20
    while time.monotonic() < until and not probes:
        for task in children.parent.parent.iterdir():
            probes |= set((task / "children").read_text().split())
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"stopped" in err
    assert time.monotonic() - began < 5
    # A killed process is gone when the system has taken it away, a moment after its program.
    until = time.monotonic() + 2
    while time.monotonic() < until and any(Path(f"/proc/{pid}").exists() for pid in probes):
        continue
    assert not [pid for pid in probes if Path(f"/proc/{pid}").exists()]


@pytest.fixture
def nvml_machine_variables() -> dict[str, str]:
    from tests.detect.compiled_stub import why_not
    from tests.detect.stub_scenarios import nvml_scenario

    if reason := why_not():
        pytest.skip(reason)
    return nvml_scenario("hang")
