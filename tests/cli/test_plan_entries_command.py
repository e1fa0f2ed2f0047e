"""Plans that bring rows of their own, on the command line."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.catalog.paths import catalogs_dir
from moeplanner_gui.cli import main

CARD = {
    "id": "shop-card",
    "name": "Shop card",
    "vendor": "NVIDIA",
    "group": "My hardware",
    "memory_gb": 96,
    "memory_total_mib": 97887,
    "sources": {"memory_gb": "typed in"},
    "source_date": "2026-11-22",
    "verified": False,
}


def document(**entries: Any) -> dict[str, Any]:
    return {
        "model": "gpt-oss-120b",
        "rig": {"nodes": [{"ram_gib": 256, "gpus": ["shop-card"]}]},
        "entries": {"gpus": [CARD], **entries},
    }


def test_that_estimate_uses_the_rows_that_a_plan_brings(tmp_path: Path, capsys) -> None:
    file = tmp_path / "plan.moeplan"
    file.write_text(json.dumps(document()), encoding="utf-8")
    assert main(["estimate", str(file), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["devices"][0]["capacity_bytes"] == 97887 * 2**20


def test_that_flags_change_a_plan_and_its_rows_stay(tmp_path: Path, capsys) -> None:
    file = tmp_path / "plan.moeplan"
    file.write_text(json.dumps(document()), encoding="utf-8")
    assert main(["estimate", str(file), "--context", "4096", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["fits"]


def test_that_the_rows_of_one_line_are_not_those_of_the_next(monkeypatch, capsys) -> None:
    small = {**CARD, "memory_gb": 24, "memory_total_mib": 24564}
    without = {key: value for key, value in document().items() if key != "entries"}
    lines = [document(), document(gpus=[small]), without, document(model=[])]
    text = "\n".join(json.dumps(line) for line in lines).encode()

    class Stdin:
        buffer = io.BytesIO(text)

    monkeypatch.setattr(sys, "stdin", Stdin)
    assert main(["estimate", "--batch", "-"]) == 0
    first, second, third, fourth = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["verdict"], second["verdict"]) == ("fits", "does_not_fit")
    assert third["key"] == "gpu" and "shop-card" in third["error"]
    assert fourth["error"].startswith("unknown key model.")


@pytest.mark.parametrize("flag", ["--csv", "--pdf"])
def test_that_exports_name_the_rows_that_a_plan_brings(tmp_path: Path, flag: str, qapp) -> None:
    file, target = tmp_path / "plan.moeplan", tmp_path / "out"
    file.write_text(json.dumps(document()), encoding="utf-8")
    assert main(["export", str(file), flag, str(target)]) == 0
    if flag == "--csv":
        assert "Shop card" in target.read_text(encoding="utf-8-sig")


def test_that_a_model_of_the_author_is_estimated(tmp_path: Path, capsys) -> None:
    spec = load_catalog(catalogs_dir()).model("gpt-oss-120b")
    mine = json.loads(spec.model_copy(update={"id": "mine", "name": "Mine"}).model_dump_json())
    file = tmp_path / "plan.moeplan"
    plan = {**document(models=[mine]), "model": "mine"}
    file.write_text(json.dumps(plan), encoding="utf-8")
    assert main(["estimate", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["model"]["total_parameters"] == 116_829_156_672
