"""Every error that NVML knows, on every call that the probe makes, for all cards and for one.

Which calls those are is read from the stub's own log: a new call in the probe is covered without
a change here.
"""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pynvml
import pytest

from moeplanner_gui.core.detected import (
    CardProcess,
    DetectedCard,
    MigInstance,
    PeerLink,
    ProbeReport,
)
from tests.detect.compiled_stub import why_not
from tests.detect.every_fault import looked
from tests.detect.stub_scenarios import (
    DRIVER,
    MIB,
    a100_mig,
    rtx_3090,
)

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())

CODES = sorted(
    value
    for name, value in vars(pynvml).items()
    if name.startswith("NVML_ERROR_") and isinstance(value, int)
)
NOT_IN_PYNVML = (31, 500, 998)
"""Codes of a newer library than this nvidia-ml-py knows."""

LINKS = ("nvlink_mbps 14062", *(f"nvlink {link} {{}} 5" for link in range(4)))
EVERYTHING = (
    DRIVER
    + rtx_3090(1, "ecc 0", "numa 0", "display 1 1", *(line.format(1) for line in LINKS))
    + rtx_3090(
        0x21,
        *("ecc 0", "numa 0", *(line.format(0) for line in LINKS)),
        *(f"process 4321 {8000 * MIB} /opt/llama-server", f"graphics 987 {350 * MIB} Xorg"),
        used=8371,
    )
    + a100_mig(f"instance {19968 * MIB} {12 * MIB} NVIDIA A100-SXM4-40GB MIG 3g.20gb").replace(
        "0000:01:", "0000:41:"
    )
)


@dataclass(frozen=True)
class Look:
    """One look; ``card`` is the position of the only card that has the fault, None: all."""

    call: str
    card: int | None
    code: int
    report: ProbeReport
    log: frozenset[str]

    def __str__(self) -> str:
        return f"{self.call} gives {self.code} for card {'*' if self.card is None else self.card}"


@dataclass(frozen=True)
class Matrix:
    healthy: ProbeReport
    afterwards: ProbeReport
    looks: tuple[Look, ...]
    missing: frozenset[str]


def report_of(answer: dict[str, Any]) -> ProbeReport:
    return ProbeReport.model_validate_json(json.dumps(answer["report"]))


def in_two_processes(faults: list[str], place: Path) -> list[dict[str, Any]]:
    """One answer for each fault, and last the entry points that were missing."""
    place.mkdir()
    half = len(faults) // 2
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(
            lambda part: looked(EVERYTHING, part[1], place / part[0]),
            [("first.log", faults[:half]), ("second.log", faults[half:])],
        )
    missing = {"missing": first[-1]["missing"] + second[-1]["missing"]}
    return [*first[:-1], *second[:-1], missing]


def calls_in(answer: dict[str, Any]) -> set[str]:
    return {line.split()[0] for line in answer["log"]}


def line_of(call: str, card: int | None, code: int) -> str:
    return f"error {call} {'*' if card is None else card} {code}\n"


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Matrix:
    """Each call of a healthy look with each code; then the calls that only a fault brings about."""
    place = tmp_path_factory.mktemp("nvml")
    healthy, nothing_missing = looked(EVERYTHING, [""], place / "healthy.log")
    codes = (*CODES, *NOT_IN_PYNVML)
    faults: list[tuple[str, int | None, int]] = []
    for call in sorted(calls_in(healthy)):
        cards = {line.split()[1] for line in healthy["log"] if line.split()[0] == call} - {"-"}
        targets = [None, 1 if "1" in cards else int(max(cards))] if cards else [None]
        faults += [(call, card, code) for card in targets for code in codes]
    first = in_two_processes([line_of(*fault) for fault in faults], place / "first")
    seen = calls_in(healthy)
    brought = []
    for answer in first[:-1]:
        for call in sorted(calls_in(answer) - seen):
            seen.add(call)
            brought += [(answer["fault"], call, code) for code in codes]
    lines = [fault + line_of(call, None, code) for fault, call, code in brought]
    second = in_two_processes([*lines, ""], place / "second")
    faults += [(call, None, code) for _, call, code in brought]
    return Matrix(
        healthy=report_of(healthy),
        afterwards=report_of(second[-2]),
        looks=tuple(
            Look(*fault, report_of(answer), frozenset(calls_in(answer)))
            for fault, answer in zip(faults, [*first[:-1], *second[:-2]], strict=True)
        ),
        missing=frozenset(
            name for end in (nothing_missing, first[-1], second[-1]) for name in end["missing"]
        ),
    )


BASE = ("nvmlInitWithFlags", "nvmlInit_v2", "nvmlDeviceGetCount_v2", "nvmlDeviceGetCount")
"""Without these there is nothing to look at."""
PER_CARD_BASE = ("nvmlDeviceGetHandleByIndex_v2",)
GONE = (9, 15, 16, 28)
"""After one of these a card is asked nothing more."""


def by_address(report: ProbeReport) -> dict[str | None, DetectedCard]:
    return {card.pci_address: card for card in report.cards}


def lost_fields(healthy: DetectedCard, card: DetectedCard) -> list[str]:
    return [
        name
        for name in DetectedCard.model_fields
        if name != "unread" and getattr(card, name) != getattr(healthy, name)
    ]


def told(report: ProbeReport) -> str:
    """Everything in a report that a person could read."""
    return report.model_dump_json(include={"code", "detail", "steps", "cards"})


def test_that_the_matrix_covers_every_call_and_every_code(matrix: Matrix) -> None:
    calls = {look.call for look in matrix.looks}
    assert {"nvmlInitWithFlags", "nvmlDeviceGetName", "nvmlDeviceGetMemoryInfo"} <= calls
    assert len(matrix.looks) >= len(calls) * len(CODES)
    assert len(CODES) >= 31
    for look in matrix.looks:
        assert look.call in look.log, f"{look}: was never called"


def test_that_the_stub_has_every_entry_point_the_probe_asks_for(matrix: Matrix) -> None:
    assert not matrix.missing


def test_that_nobody_asks_for_a_serial_number(matrix: Matrix) -> None:
    calls = {look.call for look in matrix.looks}
    assert not {call for call in calls if re.search("UUID|Serial|PartNumber|Platform", call)}


def test_that_the_healthy_machine_is_found_whole(matrix: Matrix) -> None:
    assert matrix.healthy.outcome == "found"
    assert [card.pci_address for card in matrix.healthy.cards] == [
        "0000:01:00.0",
        "0000:21:00.0",
        "0000:41:00.0",
    ]


def test_that_nothing_of_an_error_stays_until_the_next_look(matrix: Matrix) -> None:
    different = {"elapsed_ms"}
    assert matrix.afterwards.model_dump(exclude=different) == matrix.healthy.model_dump(
        exclude=different
    )


def test_that_a_library_that_does_not_start_is_never_taken_for_a_machine_without_cards(
    matrix: Matrix,
) -> None:
    expected = {
        4: "no_permission",
        9: "driver_not_loaded",
        12: "no_library",
        18: "version_mismatch",
    }
    wrong = []
    for look in matrix.looks:
        if look.call in BASE:
            outcome, code = look.report.outcome, look.report.code
            right = outcome not in ("found", "timed_out", "crashed")
            right &= outcome != "no_device" or look.code == 28  # "no GPU found"
            right &= look.code not in expected or outcome == expected[look.code]
            right &= code is not None and str(look.code) in code and not look.report.cards
            if not right:
                wrong.append(f"{look}: {outcome}, {code}")
    assert not wrong


def test_that_a_card_that_cannot_be_opened_is_told_and_takes_no_other_with_it(
    matrix: Matrix,
) -> None:
    wrong = []
    for look in matrix.looks:
        if look.call in PER_CARD_BASE:
            if look.card is not None and len(look.report.cards) < 2:
                wrong.append(f"{look}: {look.report.outcome}, {len(look.report.cards)} cards")
            if look.card is None and look.report.outcome in ("found", "no_device"):
                wrong.append(f"{look}: {look.report.outcome}")
            if str(look.code) not in told(look.report):
                wrong.append(f"{look}: nowhere told")
    assert not wrong


def test_that_an_error_about_one_card_changes_nothing_about_the_others(matrix: Matrix) -> None:
    healthy = list(matrix.healthy.cards)
    wrong = []
    for look in matrix.looks:
        if look.card is None or look.call == "nvmlDeviceGetTopologyCommonAncestor":
            continue
        found = by_address(look.report)
        for position, card in enumerate(healthy):
            if position != look.card and found.get(card.pci_address) != card:
                wrong.append(f"{look}: card {position}")
    assert not wrong


NO_SUCH_SLICE = ("nvmlDeviceGetMigDeviceHandleByIndex", (2, 6))
"""Not errors but the answer: this slice is not made, there is no such number."""


def is_part_of(after: object, before: object) -> bool:
    """Whether ``after`` says nothing that ``before`` does not say; it may say less."""
    if isinstance(before, tuple) and isinstance(after, tuple):
        return all(any(is_part_of(one, other) for other in before) for one in after)
    if isinstance(before, MigInstance) and isinstance(after, MigInstance):
        same = after.memory_bytes in (None, before.memory_bytes)
        # Without a name of its own a slice is told by its profile or its number.
        return same and (after.name in before.name or after.name == "MIG slice 1")
    if isinstance(before, PeerLink | CardProcess) and isinstance(after, type(before)):
        return all(is_part_of(getattr(after, field), value) for field, value in before)
    return after is None or after == before


def test_that_a_value_that_could_not_be_read_is_empty_and_says_why(matrix: Matrix) -> None:
    wrong = []
    for look in matrix.looks:
        if look.call in (*BASE, *PER_CARD_BASE):
            continue
        found = by_address(look.report)
        for position, before in enumerate(matrix.healthy.cards):
            card = found.get(before.pci_address)
            if card is None or look.card not in (None, position):
                continue
            changed = lost_fields(before, card)
            for name in changed:
                value = getattr(card, name)
                if name == "memory_used_bytes" and value is not None:
                    continue  # the older question counts the reserve in; see the next rule
                if not is_part_of(value, getattr(before, name)):
                    wrong.append(f"{look}: {name} is {value!r}")
            silent = len(card.unread) <= len(before.unread)
            if look.call == "nvmlSystemGetProcessName" or (
                look.call == NO_SUCH_SLICE[0] and look.code in NO_SUCH_SLICE[1]
            ):
                silent = False  # another user's process has no name for us
            if changed and silent:
                wrong.append(f"{look}: {changed} gone and nothing says why")
    assert not wrong


def test_that_an_error_never_makes_a_card_bigger_or_emptier(matrix: Matrix) -> None:
    wrong = []
    for look in matrix.looks:
        found = by_address(look.report)
        for before in matrix.healthy.cards:
            card = found.get(before.pci_address)
            if card is None:
                continue
            if (card.memory_total_bytes or 0) > (before.memory_total_bytes or 0):
                wrong.append(f"{look}: total {card.memory_total_bytes}")
            used = card.memory_used_bytes
            if used is not None and used < (before.memory_used_bytes or 0):
                wrong.append(f"{look}: used {used}")
    assert not wrong


def test_that_an_error_of_one_question_leaves_the_answers_to_all_others(matrix: Matrix) -> None:
    """Only a card that says nothing but that it is gone is left to the other probes."""
    first_question = "nvmlDeviceGetPciInfo_v3"
    wrong = []
    for look in matrix.looks:
        if look.call in (*BASE, *PER_CARD_BASE, "nvmlSystemGetNVMLVersion"):
            continue
        left = {card.pci_address for card in matrix.healthy.cards}
        left -= {card.pci_address for card in look.report.cards}
        if look.call == first_question and look.code in GONE:
            if str(look.code) not in told(look.report):
                wrong.append(f"{look}: nowhere told")
        elif look.report.outcome not in ("found", "device_lost"):
            wrong.append(f"{look}: {look.report.outcome}")
        elif left and look.call != first_question:
            wrong.append(f"{look}: {left} left out")
        elif len(look.report.cards) != 3:
            wrong.append(f"{look}: {len(look.report.cards)} cards")
    assert not wrong


def test_that_no_reason_is_python_s_spelling_of_bytes_or_of_nothing(matrix: Matrix) -> None:
    wrong = {
        str(look)
        for look in matrix.looks
        for word in ("b'", 'b\\"', "None", "Traceback", "<class")
        if word in told(look.report)
    }
    assert not sorted(wrong)


def test_that_a_card_may_disappear_between_any_two_calls(tmp_path: Path) -> None:
    """Wherever it happens the other card is whole, and of the lost one nothing is made up."""
    text = DRIVER + rtx_3090(1) + rtx_3090(0x21, f"process 7 {5 * MIB} python3", used=8371)
    whole = looked(text, [""], tmp_path / "whole.log")[0]
    healthy = report_of(whole)
    calls = sum(line.endswith(" 1") for line in whole["log"])
    assert calls > 25
    faults = [f"lost 1 {after}\n" for after in range(calls + 1)]
    for after, answer in enumerate(looked(text, faults, tmp_path / "lost.log")[: calls + 1]):
        report = report_of(answer)
        found = by_address(report)
        assert report.outcome == "found", after
        assert found.pop("0000:01:00.0") == healthy.cards[0], after
        for card in found.values():
            for name in lost_fields(healthy.cards[1], card):
                assert is_part_of(getattr(card, name), getattr(healthy.cards[1], name)), name
        if after < calls - 1:
            assert "lost" in told(report), f"after {after} calls nobody says that a card is gone"


def test_that_a_driver_that_answers_by_chance_is_never_taken_at_its_word(tmp_path: Path) -> None:
    """Each answer of three cards is a random number or random bytes, 200 times."""
    seeds = range(1, 201)
    answers = looked(EVERYTHING, [f"wild {seed}\n" for seed in seeds], tmp_path / "wild.log")
    plausible = 0
    for seed, answer in zip(seeds, answers[:-1], strict=True):
        report = report_of(answer)
        assert "Error" not in report.detail, f"{seed}: {report.detail}"
        for card in report.cards:
            plausible += 1
            total, used = card.memory_total_bytes, card.memory_used_bytes
            assert total is None or 2**20 <= total <= 2**50, seed
            assert used is None or (total is not None and used <= total), seed
            assert card.name is None or card.name.isprintable(), seed
            assert card.power_limit_w is None or 0 < card.power_limit_w < 1e5, seed
            assert card.pcie_gen_max is None or 1 <= card.pcie_gen_max <= 9, seed
            assert card.pcie_width_max is None or 1 <= card.pcie_width_max <= 32, seed
            assert card.pci_address not in {link.peer for link in card.links} - {None}, seed
    assert plausible > 300
