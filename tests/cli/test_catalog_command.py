"""The rules of ``moeplanner catalog``: what is known, by id, with counts and sources."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from moeplanner_gui.catalog import check, load, paths
from moeplanner_gui.cli import main


def test_that_the_list_names_every_model_with_its_parameters(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["catalog", "list", "models", "--json"]) == 0
    models = {row["id"]: row for row in json.loads(capsys.readouterr().out)["models"]}
    assert models["deepseek-v4-flash"]["total_parameters"] == 284_332_240_471
    assert models["deepseek-v4-flash"]["active_parameters"] == 13_270_101_591


def test_that_every_kind_is_listed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    first = ["models", "gpus", "hosts", "networks", "links", "kernels"]
    assert list(listed) == [*first, "parts", "presets"]
    for rows in listed.values():
        assert rows
        assert all({"id", "name", "verified"} <= row.keys() for row in rows)


def test_that_the_list_can_be_searched(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", "list", "gpus", "--search", "pro 6000", "--json"]) == 0
    ids = [row["id"] for row in json.loads(capsys.readouterr().out)["gpus"]]
    assert "rtxpro6000" in ids
    assert "rtx4090" not in ids


def test_that_a_search_without_a_hit_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", "list", "hosts", "--search", "no such host"]) == 1
    assert "No hosts found." in capsys.readouterr().out


def test_that_a_model_is_shown_by_part_and_the_parts_add_up(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["catalog", "show", "deepseek-v4-flash", "--json"]) == 0
    model = json.loads(capsys.readouterr().out)
    assert sum(model["parameters_by_part"].values()) == model["total_parameters"]
    assert sum(model["breakdown"].values()) == model["total_parameters"]
    assert model["breakdown"]["router"] == 45_088_768
    assert model["breakdown"]["router_bias"] == 10_240
    assert model["sources"]
    assert "native" in model["formats"]["vllm"]


def test_that_a_card_is_shown_with_its_sources_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", "show", "RTXPRO6000"]) == 0
    text = capsys.readouterr().out
    assert "RTX PRO 6000" in text.splitlines()[0]
    assert "Sources:" in text


def test_that_the_shipped_catalogue_has_nothing_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", "check"]) == 0
    assert "nothing wrong" in capsys.readouterr().out


def test_that_a_broken_row_is_named_and_ends_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "gpus"
    folder.mkdir()
    (folder / "mine.json").write_text(
        json.dumps({"date": "2026-11-22", "gpus": [{"id": "mycard", "memory_gb": -1}]}),
        encoding="utf-8",
    )
    monkeypatch.setattr(paths, "user_catalogs_dir", lambda: tmp_path)
    assert main(["catalog", "check"]) == 1
    complaint = capsys.readouterr().err
    assert "mine.json" in complaint
    assert "mycard" in complaint
    assert "memory_gb" in complaint
    assert load.load_catalog(paths.catalogs_dir()).problems == ()
    assert check.check_catalog() == ()


def test_that_links_are_listed_with_what_they_carry(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", "list", "links"]) == 0
    text = capsys.readouterr().out
    assert "pcie4-x8" in text
    assert "GB/s each way" in text
    assert main(["catalog", "show", "pcie4-x8"]) == 0
    assert "All reduce (µs): 20.0" in capsys.readouterr().out
