"""``moeplanner find``: the table, the JSON, the plan that it writes and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from moeplanner_gui.cli import main
from moeplanner_gui.core.plan import Node, Plan, Rig
from moeplanner_gui.export.plan_file import read_plan, write_plan

QUICK = [
    *("--model", "qwen3-30b-a3b", "--weights", "q4_k_m", "--engine", "llama.cpp"),
    *("--vendor", "nvidia", "--cards", "1", "--quiet"),
]
"""A search of a part of a second."""


def found(capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, Any]:
    assert main(["find", *QUICK, "--json", *more]) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def test_that_the_table_names_rigs_prices_and_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["find", *QUICK, "--budget", "3000", "--limit", "3"]) == 0
    text = capsys.readouterr().out
    assert "rigs for Qwen3 30B A3B that nothing beats" in text
    assert "tok/s, low–high" in text
    assert "llama.cpp, KV cache" in text
    assert "ruled out by a bound" in text


def test_that_the_json_holds_everything_that_was_found(capsys: pytest.CaptureFixture[str]) -> None:
    answer = found(capsys, "--budget", "3000", "--limit", "4")
    assert set(answer) == {
        *("rigs", "front", "outside", "unpriced", "relaxations", "counts", "complete", "message")
    }
    assert len(answer["rigs"]) == 4
    assert answer["counts"]["rigs"] >= 4
    assert answer["complete"] is True
    for place, rig in enumerate(answer["rigs"]):
        assert rig["usd"] <= 3000
        assert rig["on_front"] == (place in answer["front"])
        assert rig["assessment"]["fits"] is True
        assert rig["plan"]["model"] == "qwen3-30b-a3b"
        assert set(rig["decode_tokens_per_s"]) == {"low", "expected", "high"}


def test_that_the_first_rig_is_written_as_a_plan_that_estimate_takes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "best.moeplan"
    answer = found(capsys, "--rank", "speed", "--budget", "3000", "--plan-out", str(file))
    plan = read_plan(file)
    first = answer["rigs"][0]
    assert list(plan.rig.nodes[0].gpus) == first["plan"]["rig"]["nodes"][0]["gpus"]
    assert main(["estimate", str(file), "--json"]) == 0
    estimated = json.loads(capsys.readouterr().out)
    assert estimated["speed"] == first["assessment"]["speed"]
    assert estimated["cost"]["hardware_usd"] == pytest.approx(first["usd"], abs=0.005)


def test_that_life_and_tariff_decide_what_a_month_costs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def month(*more: str) -> float:
        first = found(capsys, "--budget", "3000", "--rank", "month", *more)["rigs"][0]
        return float(first["usd_per_month"])

    usual = month()
    assert month("--life-months", "60") < usual < month("--life-months", "24")
    assert month("--kwh-usd", "0.05") < usual < month("--region", "DE")


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--life-months", "0"], "--life-months 0"),
        (["--kwh-usd", "-1"], "--kwh-usd -1"),
        (["--kwh-usd", "nan"], "--kwh-usd nan"),
        (["--region", "Atlantis"], "no electricity tariff of"),
    ],
)
def test_that_a_life_or_tariff_that_is_none_is_named(
    capsys: pytest.CaptureFixture[str], flags: list[str], told: str
) -> None:
    assert main(["find", *QUICK, *flags]) in (1, 2)
    assert told in capsys.readouterr().err


def test_that_nothing_found_ends_with_1_and_says_what_would_have_to_give(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["find", *QUICK, "--budget", "900"]) == 1
    printed = capsys.readouterr()
    assert "What would have to give:\n  Nothing under $900; the cheapest is $" in printed.out
    assert printed.err.startswith("moeplanner: Nothing under $900; the cheapest is $")


def test_that_a_computer_of_a_plan_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.moeplan"
    node = Node(host="am5-6400", ram_gib=64, gpus=("rtx3060-12",), display="linux")
    write_plan(file, Plan(model="qwen3-30b-a3b", rig=Rig(nodes=(node,))))
    answer = found(capsys, "--keep", str(file), "--cards", "2", "--budget", "2000")
    assert answer["rigs"][0]["usd"] == 0.0
    kept = [rig["plan"]["rig"]["nodes"][0] for rig in answer["rigs"]]
    assert all(one["gpus"][0] == "rtx3060-12" for one in kept)
    assert any(len(one["gpus"]) == 2 for one in kept)


def test_that_a_card_of_an_upgrade_costs_something_until_it_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What one has is saved with the upgrade that was found for it; the next search has to know."""
    file = tmp_path / "mine.moeplan"
    node = Node(host="am5-6400", ram_gib=64, gpus=("rtx3060-12",), display="linux")
    write_plan(file, Plan(model="qwen3-30b-a3b", rig=Rig(nodes=(node,))))
    keep = ("--keep", str(file), "--cards", "2", "--budget", "2000")

    def prices() -> dict[tuple[str, ...], float]:
        rigs = found(capsys, *keep)["rigs"]
        cards = [tuple(rig["plan"]["rig"]["nodes"][0]["gpus"]) for rig in rigs]
        return {of: rig["usd"] for of, rig in zip(cards, rigs, strict=True) if rig["usd"]}

    before = prices()
    upgrade = next(r for r in found(capsys, *keep)["rigs"] if r["usd"])
    assert upgrade["plan"]["economics"]["owned"]
    file.write_text(json.dumps(upgrade["plan"]))
    after = prices()
    assert before and after == before


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--model", "qwen3-30b-a3b", "--vendor", "nobody"],
        ["--model", "qwen3-30b-a3b", "--budget", "-1"],
        ["--model", "qwen3-30b-a3b", "--budget", "nan"],
        ["--model", "qwen3-30b-a3b", "--users", "0"],
        ["--model", "qwen3-30b-a3b", "--limit", "0"],
        ["--model", "qwen3-30b-a3b", "--context", "many"],
        ["--model", "qwen3-30b-a3b", "--rank", "beauty"],
    ],
)
def test_that_wrong_usage_ends_with_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["find", *arguments]) == 2
    assert capsys.readouterr().err


def test_that_an_unknown_model_is_a_sentence_and_ends_with_1(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["find", "--model", "qwen3-30b-a3"]) == 1
    assert "qwen3-30b-a3b" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["foo", "", "q4km"])
def test_that_a_format_that_nobody_reads_is_named_with_those_there_are(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["find", "--model", "qwen3-30b-a3b", "--weights", name]) == 2
    told = capsys.readouterr().err
    assert f"--weights {name}: known are native, " in told and "q4_k_m" in told


def test_that_an_unknown_model_is_said_once_with_what_is_close(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["find", "--model", "deepseek"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("No model is called “deepseek”") == 1
    assert "Closest: deepseek-v3" in said.err
