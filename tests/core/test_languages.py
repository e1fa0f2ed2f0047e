"""What is worked out, stored and sent to programs is the same in every language."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
TEXTS = frozenset(
    {
        # What people read; all else are numbers, ids, names of the catalogue and commands.
        "reasons", "because", "message", "verify", "sentence", "name", "note", "label", "formula",
        "source", "value", "what", "why", "title", "wait", "notes", "no_docker", "refusal",
        "unpriced_parts", "detail", "environment", "figures_csv", "bill_csv", "unit",
    }
)  # fmt: skip
TEXTS_OF = {
    "claims": frozenset({"words", "text", "works"}),
    "search": frozenset({"subtitle"}),
    "logs": frozenset({"more", "effect", "log", "plan"}),
    "imports": frozenset({"native_label", "verified_note"}),
}
"""More of them, where these words name something else elsewhere."""
_SAID = re.compile(r"[åéîöûçñšýžðłţřÅÉÎÖÛÇÑŠÝŽÐŁŢŘ]|~\]")


@pytest.fixture(scope="module")
def told() -> dict[str, dict[str, Any]]:
    """What two processes say of the same plans, by language."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    running = {
        code: subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("said_in_a_language.py")), code],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=environment,
        )
        for code in ("en", "pseudo")
    }
    answers = {code: process.communicate()[0] for code, process in running.items()}
    assert all(process.returncode == 0 for process in running.values())
    return {code: json.loads(answer) for code, answer in answers.items()}


def _leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _leaves(one, f"{place}/{key}")
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _leaves(one, f"{place}/{number}")
    else:
        yield place, value


def _is_text(place: str, said: Any) -> bool:
    parts = place.split("/")
    return isinstance(said, str) and bool(
        (TEXTS | TEXTS_OF.get(parts[1], frozenset())) & set(parts[2:])
    )


def test_that_only_texts_differ_between_languages(told: dict[str, dict[str, Any]]) -> None:
    english, other = (dict(_leaves(told[code])) for code in ("en", "pseudo"))
    assert english.keys() == other.keys()
    differ = {
        place: (said, other[place])
        for place, said in english.items()
        if said != other[place] and not _is_text(place, said)
    }
    assert not differ, list(differ.items())[:8]


def test_that_the_other_language_is_spoken(told: dict[str, dict[str, Any]]) -> None:
    reasons = [
        reason
        for plan in told["pseudo"].values()
        for reason in plan.get("assessment", {}).get("reasons", ())
    ]
    assert len(reasons) > 20 and all(_SAID.search(reason) for reason in reasons)


def test_that_the_columns_of_numbers_in_a_csv_hold_the_same_numbers(
    told: dict[str, dict[str, Any]],
) -> None:
    for name, plan in told["en"].items():
        for table in ("figures_csv", "bill_csv"):
            rows, others = plan.get(table, ()), told["pseudo"][name].get(table, ())
            assert len(rows) == len(others)
            for row, other in zip(rows, others, strict=True):
                for cell, same in zip(row, other, strict=True):
                    is_number = re.fullmatch(r"-?[\d.,]+", str(cell)) or cell is None
                    assert not is_number or cell == same, (row, other)


def test_that_the_machine_columns_of_the_figures_are_not_translated(
    told: dict[str, dict[str, Any]],
) -> None:
    for plan in told["pseudo"].values():
        for number, row in enumerate(plan.get("figures_csv", ())):
            section, confidence = row[0], row[8]
            assert not _SAID.search(section + confidence)
            assert number or not _SAID.search("".join(row))


def test_that_a_claim_is_judged_alike_in_every_language(told: dict[str, dict[str, Any]]) -> None:
    for name in ("verdict", "within", "factor", "direction"):
        english, other = (
            {claim: judged[name] for claim, judged in told[code]["claims"].items()}
            for code in ("en", "pseudo")
        )
        assert english == other
    sentences = [judged["because"] for judged in told["pseudo"]["claims"].values()]
    # A published figure and a formula have the words of the claim itself.
    assert sum(1 for one in sentences if _SAID.search(one)) > 0.9 * len(sentences) > 250


def test_that_a_search_finds_the_same_rigs_in_every_language(
    told: dict[str, dict[str, Any]],
) -> None:
    for wishes in ("met", "unmet"):
        english, other = (
            [(rig["usd"], rig["plan"]["rig"]) for rig in told[code]["search"][wishes]["rigs"]]
            for code in ("en", "pseudo")
        )
        assert english == other and bool(english) == (wishes == "met")
    eased = told["pseudo"]["search"]["unmet"]["relaxations"]
    assert eased and all(_SAID.search(one["sentence"]) for one in eased)


def test_that_a_log_is_read_and_compared_alike_in_every_language(
    told: dict[str, dict[str, Any]],
) -> None:
    english, other = (told[code]["logs"] for code in ("en", "pseudo"))
    assert len(english) > 20
    for name, log in english.items():
        assert log["readings"] == other[name]["readings"]
        verdicts = (log["compared"]["answer"], other[name]["compared"]["answer"])
        told_of = [None if one is None else one["verdict"] for one in verdicts]
        assert told_of[0] == told_of[1]


def test_that_no_command_and_no_line_of_an_engine_is_translated(
    told: dict[str, dict[str, Any]],
) -> None:
    seen = 0
    for plan in told["pseudo"].values():
        launch = plan.get("launch", {})
        for place, value in _leaves(launch):
            parts = place.split("/")
            is_command = "words" in parts or "command" in parts[-2:] or "predicted" in parts
            if is_command and parts[-1] not in ("what", "why", "because") and value:
                seen += 1
                assert not _SAID.search(str(value)), (place, value)
    assert seen > 500
