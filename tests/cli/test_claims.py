"""``moeplanner claims``: the contract of its JSON, and what a person reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from moeplanner_gui.catalog import paths
from moeplanner_gui.cli import main
from moeplanner_gui.core.claims.terms import Claim, Judgement, NamedPlan
from moeplanner_gui.core.plan import Plan, Rig
from moeplanner_gui.export.claims import claim_markdown

VERDICTS = {"holds", "holds_within", "wrong", "cannot_be_true", "cannot_be_checked"}


@pytest.fixture(autouse=True)
def no_rows_of_a_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "user_catalogs_dir", lambda: tmp_path / "catalogs")
    return tmp_path / "catalogs"


def printed(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert main(["claims", *arguments]) == code
    return capsys.readouterr().out


def listed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(printed(capsys, "--json", *arguments))
    return found


def test_that_the_json_is_a_list_with_the_fields_that_scripts_rely_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = listed(capsys)
    assert len(rows) == 346
    for row in rows:
        assert {"id", "verdict", "claimed", "computed", "factor", "because"} <= set(row)
        assert row["verdict"] in VERDICTS
        assert row["because"]


def test_that_the_factor_is_between_the_two_numbers_that_are_given(
    capsys: pytest.CaptureFixture[str],
) -> None:
    compared = 0
    for row in listed(capsys):
        claimed, computed, factor = row["claimed"], row["computed"], row["factor"]
        numbers = isinstance(claimed, int | float) and isinstance(computed, int | float)
        if factor is None or not numbers or not claimed or not computed:
            continue
        assert max(claimed / computed, computed / claimed) == pytest.approx(factor)
        compared += 1
    assert compared > 100


def test_that_claims_are_chosen_by_article_topic_verdict_and_id(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert {row["article"] for row in listed(capsys, "--article", "c")} == {"C"}
    assert len(listed(capsys, "--article", "B")) == 107
    assert {row["topic"] for row in listed(capsys, "--topic", "kv_cache")} == {"kv_cache"}
    assert {row["verdict"] for row in listed(capsys, "--verdict", "wrong")} == {"wrong"}
    (row,) = listed(capsys, "--id", "E-042")
    assert row["plans"][0]["plan"]["model"] == "deepseek-v4-flash"
    assert row["works"]


def test_that_a_person_reads_the_verdict_the_arithmetic_and_what_does_work(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = printed(capsys, "--id", "E-042")
    assert text.startswith("Cannot be true: ")
    for part in ("22–26 GB", "23 × too low", "active for total", "604.6 GB", "does run on"):
        assert part in text
    table = printed(capsys, "--article", "D")
    assert "Macaron blog" in table
    assert "52 claims: cannot be true" in table


def test_that_a_claim_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["claims", "--id", "Z-9"]) == 1
    assert "Z-9" in capsys.readouterr().err
    assert printed(capsys, "--article", "nobody", code=1) == ""
    assert main(["claims", "--topic", "weather"]) == 2


def test_that_a_claim_of_ones_own_is_kept_and_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    claim = {
        "id": "mine-1",
        "topic": "card",
        "says": "An RTX 4090 has 16 GB.",
        "value": 16.0,
        "unit": "GB",
        "check": {"kind": "card", "card": "rtx4090"},
        "source": "a forum",
    }
    path = tmp_path / "claim.json"
    path.write_text(json.dumps(claim), encoding="utf-8")
    assert "mine-1" in printed(capsys, "--add", str(path))
    text = printed(capsys, "--verdict", "wrong")
    assert "Claims of your own" in text
    assert "An RTX 4090 has 16 GB." in text
    path.write_text("{}", encoding="utf-8")
    assert main(["claims", "--add", str(path)]) == 1
    assert "Is missing" in capsys.readouterr().err
    assert main(["claims", "--add", str(tmp_path / "gone.json")]) == 1


def test_that_hostile_words_of_a_claim_stay_words_in_markdown() -> None:
    claim = Claim.model_validate_json(
        json.dumps(
            {
                "id": "x",
                "topic": "other",
                "says": "| <b>bold</b> [link](http://x) `code` * _ \n# head",
                "check": {"kind": "none", "reason": "opinion"},
                "source": "me",
            }
        )
    )
    plan = NamedPlan(label="x", plan=Plan(model="m", rig=Rig(nodes=())))
    judgement = Judgement(id="x", verdict="cannot_be_checked", because="Because.", plans=(plan,))
    text = claim_markdown(claim, judgement, None)
    assert "\n# head" not in text
    assert "<b>" not in text.replace("\\<", "")
    assert "[link]" not in text.replace("\\[", "")
    assert text.startswith("**Cannot be checked: \\| ")
