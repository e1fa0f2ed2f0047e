"""Every file of a machine in turn holds nonsense: no probe fails, no other card is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from moeplanner_gui.core.detected import ProbeReport
from moeplanner_gui.detect.amd import AmdProbe
from moeplanner_gui.detect.bus import BusProbe
from moeplanner_gui.detect.intel import IntelProbe
from moeplanner_gui.detect.intel_memory import CardMemory
from tests.detect.system_folder import grown, needs_sysfs

pytestmark = needs_sysfs()

NONSENSE = [
    b"",
    b"\xff\xfe\x00",
    b"-1\n",
    b"99999999999999999999999999\n",
    b"0x" + b"f" * 5000,
    b"simd_count 18446744073709551615\nlocation_id 99999999\nnode_to 1\n" * 50,
    "１２\n".encode(),
]
MACHINES = ["amd/two-mi50", "amd/strix-halo-128", "intel/arc-a770"]


def looked(root: Path) -> list[ProbeReport]:
    return [
        AmdProbe(root, "Linux", library=lambda: ({}, "")).look(),
        IntelProbe(
            root,
            "Linux",
            level_zero=lambda: ({}, ""),
            driver=lambda device, dev: CardMemory(2**34, None),
        ).look(),
        BusProbe(root, "Linux").look(),
    ]


@pytest.mark.parametrize("machine", MACHINES)
def test_that_no_files_nonsense_fails_a_probe_or_loses_another_card(
    machine: str, tmp_path: Path
) -> None:
    root = grown(machine, tmp_path)
    whole = {card.pci_address for report in looked(root) for card in report.cards}
    files = [path for path in sorted((root / "sys/devices").rglob("*")) if path.is_file()]
    files += [path for path in sorted((root / "sys/class/kfd").rglob("*")) if path.is_file()]
    assert len(files) > 20
    for index, path in enumerate(files):
        kept = path.read_bytes()
        # Two of them in turn where there are many files of each kind.
        many = len(files) > 80
        pair = [NONSENSE[(index + step) % len(NONSENSE)] for step in range(2)]
        for content in pair if many else NONSENSE:
            path.write_bytes(content)
            reports = looked(root)
            assert {report.outcome for report in reports} <= {
                "found",
                "no_device",
                "driver_not_loaded",
            }, (path, content, reports)
            found = {card.pci_address for report in reports for card in report.cards}
            # Only a card whose own numbers are gone may be missing.
            assert whole - found <= {path.parent.name}, (path, content)
            for report in reports:
                json.loads(report.model_dump_json())
        path.write_bytes(kept)


@pytest.mark.parametrize("machine", MACHINES)
def test_that_missing_files_are_reasons_and_never_zero(machine: str, tmp_path: Path) -> None:
    root = grown(machine, tmp_path)
    for path in sorted((root / "sys/devices").rglob("*")):
        if path.is_file() and path.name not in {"vendor", "device", "class"}:
            path.unlink()
    for report in looked(root):
        for card in report.cards:
            told = {unread.field for unread in card.unread}
            numbers = card.model_dump(include=set(type(card).model_fields))
            assert 0 not in [
                value for value in numbers.values() if isinstance(value, int | float)
                and not isinstance(value, bool)
            ]  # fmt: skip
            assert card.pcie_gen_now is None and "pcie_gen_now" in told
            assert card.drives_display is not None or "drives_display" in told
