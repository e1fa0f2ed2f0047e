"""``moeplanner log``: an engine's log read alone and beside a plan."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from moeplanner_gui.cli import main
from moeplanner_gui.export.plan_file import plan_to_json
from tests.core.rigs import bare_card, make_plan

LOGS = Path(__file__).parents[1] / "data" / "engine_logs"
TWO = LOGS / "llama.cpp" / "b11549-two-cards.log"


@pytest.fixture
def plan_file(tmp_path: Path) -> str:
    cards = (bare_card(12288), bare_card(12288))
    plan = make_plan("qwen3-30b-a3b", *cards, weights="q4_k_m", ram_gib=64)
    path = tmp_path / "two.moeplan"
    path.write_text(plan_to_json(plan), encoding="utf-8")
    return str(path)


def test_that_a_log_is_put_beside_its_plan(
    plan_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["log", str(TWO), plan_file]) == 0
    out = capsys.readouterr().out
    assert out.startswith("llama.cpp, release not told in the log, 31 lines.\n")
    assert "Fits with the log's numbers. Tightest: GPU 1, 0.50 GiB free" in out
    assert "265.45      260.05           −5.40  −2.03  less than planned" in out


def test_that_the_json_has_bytes_and_words(
    plan_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["log", str(TWO), plan_file, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["engine"], found["verdict"], found["refusal"]) == ("llama.cpp", "fits", None)
    row = next(one for one in found["rows"] if (one["what"], one["device"]) == ("cache", "CUDA1"))
    assert row["actual_bytes"] == row["predicted_bytes"] == 1472 * 2**20
    assert (row["word"], row["worse"], row["difference_bytes"]) == ("as_predicted", False, 0)
    assert found["readings"][0]["line"] == 5


def test_that_a_log_is_read_without_a_plan(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["log", str(LOGS / "vllm" / "0.33.0-two-cards.log")]) == 0
    out = capsys.readouterr().out
    assert "237,376" in out and "gpu_memory_utilization 0.9" in out
    assert main(["log", str(TWO), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["readings"]) == 9


def test_that_it_ends_with_one_when_the_answer_is_no(
    plan_file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = tmp_path / "failed.log"
    failed.write_text(TWO.read_text(encoding="utf-8") + "\ncudaMalloc failed: out of memory\n")
    assert main(["log", str(failed), plan_file]) == 1
    assert "The start failed, line 33" in capsys.readouterr().out
    assert main(["log", str(LOGS / "vllm" / "0.33.0-two-cards.log"), plan_file]) == 1
    assert "the plan is for llama.cpp" in capsys.readouterr().out


def test_that_what_is_no_log_or_no_file_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nothing = tmp_path / "nothing.log"
    nothing.write_bytes(bytes(range(256)) * 40)
    assert main(["log", str(nothing)]) == 1
    assert "nothing about memory or speed" in capsys.readouterr().err
    assert main(["log", str(tmp_path / "missing.log")]) == 1
    assert "No such file" in capsys.readouterr().err
    assert main(["log", str(tmp_path)]) == 1
    assert main(["log"]) == 2
    assert main(["log", "-", "-"]) == 2
    capsys.readouterr()


def test_that_the_help_names_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "  log " in capsys.readouterr().out
