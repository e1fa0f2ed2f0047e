"""Models that are known by name only say what is known of them, and cannot be estimated."""

import json
import re

import pytest

from moeplanner_gui.catalog.load import Catalog
from moeplanner_gui.cli import main
from moeplanner_gui.core.ports import UnknownEntryError


def test_that_a_model_known_by_name_is_no_model(shipped: Catalog) -> None:
    assert shipped.known_names
    assert not shipped.known_names.keys() & shipped.models.keys()


def test_that_asking_for_one_says_what_is_known(shipped: Catalog) -> None:
    for row in shipped.known_names.values():
        with pytest.raises(UnknownEntryError) as error:
            shipped.model(row.id)
        assert str(error.value) == row.sentence
        assert "cannot be estimated" in row.sentence
        assert error.value.closest == ()


def test_that_every_name_has_a_dated_source(shipped: Catalog) -> None:
    for row in shipped.known_names.values():
        assert row.sources, row.id
        assert all(re.fullmatch(r"\d{4}-\d{2}-\d{2}", s.date or "") for s in row.sources)
        assert row.known.endswith(".") and row.unknown.endswith("."), row.id


def test_that_an_estimate_of_one_ends_with_1_and_the_sentence(
    capsys: pytest.CaptureFixture[str], shipped: Catalog
) -> None:
    assert main(["estimate", "--model", "deepseek-v4.1-flash", "--gpu", "rtxpro6000"]) == 1
    assert shipped.known_names["deepseek-v4.1-flash"].sentence in capsys.readouterr().err


def test_that_the_list_shows_them_apart(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", "list", "models"]) == 0
    models, names = capsys.readouterr().out.split("Not worked out")
    assert "qwen3.8-flash-next" in names
    assert "qwen3.8-flash-next" not in models


def test_that_json_has_them_beside_the_models(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", "list", "models", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    names = {row["id"]: row for row in listed["not_worked_out"]}
    assert names["deepseek-v4.1-flash"]["checkpoint_bytes"] == 510_300_000_000
    assert not names.keys() & {row["id"] for row in listed["models"]}


def test_that_one_of_them_can_be_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", "show", "mistral-large-4"]) == 0
    assert "nothing can be estimated" in capsys.readouterr().out
