"""Kernel rules against what was read in the engines, row by row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from moeplanner_gui.core.kernels import Chip, Hardware, chip_words
from tests.core.rigs import CATALOG

RULES = {rule.id: rule for rule in CATALOG.kernels}
READ = json.loads(
    (Path(__file__).parents[1] / "data" / "kernel_requirements.json").read_text(encoding="utf-8")
)["rows"]


def nvidia(capability: str) -> Chip:
    major, _, minor = capability.partition(".")
    return Chip("NVIDIA", (int(major), int(minor)))


@pytest.mark.parametrize("row", READ, ids=lambda row: row["rule"])
def test_that_every_requirement_that_was_read_is_answered_the_same(row: dict[str, Any]) -> None:
    cards = RULES[row["rule"]].runs_on
    assert [name for name in row["runs"] if cards.covers(nvidia(name)) is not True] == []
    assert [name for name in row["runs_not"] if cards.covers(nvidia(name)) is not False] == []
    for name in row.get("gfx", ()):
        assert cards.covers(Chip("AMD", None, name)) is True, name
    for name in row.get("gfx_not", ()):
        assert cards.covers(Chip("AMD", None, name)) is not True, name


def test_that_every_requirement_is_a_rule_of_the_same_version() -> None:
    for row in READ:
        version = row["version"].removeprefix("llama-cpp-python ")
        rule = RULES[row["rule"]]
        if rule.engine in ("vllm", "sglang") and version[0].isdigit():
            assert rule.version == version, rule.id
    assert len({row["rule"] for row in READ}) == len(READ) == 52


def test_that_what_nobody_knows_is_neither_covered_nor_refused() -> None:
    cards = Hardware(sm=(">=9.0",), gfx=("gfx942",), unsure=("8.9", "gfx11"), unstated=("Intel",))
    assert cards.covers(Chip("Intel")) is None
    assert cards.covers(nvidia("8.9")) is None
    assert cards.covers(Chip("AMD", None, "gfx1100")) is None
    assert cards.covers(Chip("Other")) is None
    assert cards.covers(Chip("NVIDIA")) is None
    assert cards.covers(Chip("AMD")) is None
    assert cards.covers(nvidia("8.6")) is False
    assert cards.covers(Chip("AMD", None, "gfx906")) is False
    assert cards.covers(Chip("Apple")) is False


def test_that_an_exception_counts_before_its_vendor() -> None:
    cards = Hardware(vendors=("Intel",), except_cards=("gaudi3",))
    assert cards.covers(Chip("Intel", card_id="b70")) is True
    assert cards.covers(Chip("Intel", card_id="gaudi3")) is False


@pytest.mark.parametrize("pattern", ["9", "9.y", "> 9.0", "sm90", "9.0.1"])
def test_that_a_capability_that_cannot_be_compared_is_refused(pattern: str) -> None:
    with pytest.raises(ValidationError):
        Hardware(sm=(pattern,))


def test_that_a_need_is_told_in_the_words_of_the_card_that_lacks_it() -> None:
    cards = Hardware(sm=("9.x", "12.0"), gfx=("gfx942",), vendors=("Intel",))
    assert cards.words([nvidia("8.6")]) == "compute capability 9.x or 12.0"
    assert cards.words([Chip("AMD", None, "gfx1100")]) == "gfx942"
    assert cards.words([Chip("Apple")]) == "NVIDIA, Intel or AMD cards"


@pytest.mark.parametrize(
    ("chip", "words"),
    [
        (nvidia("7.0"), "7.0 (Volta)"),
        (nvidia("7.5"), "7.5 (Turing)"),
        (nvidia("8.6"), "8.6 (Ampere)"),
        (nvidia("8.9"), "8.9 (Ada)"),
        (nvidia("9.0"), "9.0 (Hopper)"),
        (nvidia("12.1"), "12.1 (Blackwell)"),
        (Chip("AMD", None, "gfx1201"), "gfx1201"),
        (Chip("Apple"), "an Apple processor"),
        (Chip("Tenstorrent"), "a Tenstorrent processor"),
    ],
)
def test_that_a_card_is_told_by_its_generation(chip: Chip, words: str) -> None:
    assert chip_words(chip) == words
