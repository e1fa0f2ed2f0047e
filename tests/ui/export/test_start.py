"""Start it, on paper: whole commands, and those that are alike once."""

from __future__ import annotations

import re
import shutil

import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.launch.launching import launch
from tests.ui.export.printed_plans import CATALOG, PLANS, printed

pytestmark = [
    pytest.mark.usefixtures("qapp"),
    pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler is missing"),
]


@pytest.mark.parametrize("name", ["two 96 GB", "eight modules", "two nodes", "twelve nodes"])
def test_that_every_word_of_the_command_is_on_paper(name, tmp_path) -> None:
    plan = PLANS[name]
    launched = launch(plan, evaluate(plan, CATALOG), CATALOG)
    assert launched.main is not None
    text = "".join("".join(printed(plan, "A4", tmp_path).texts("-raw")).split())
    text = re.sub(
        r"(=exact.{0,160}?\d+/\d+)?MoEPlannerBuildplan·\d+\w+·catalogue\d{4}-\d\d-\d\d", "", text
    )
    for word in launched.main.command.words:
        assert "".join(word.split()) in text, word


def test_that_many_computers_do_not_fill_pages_with_one_command(tmp_path) -> None:
    text = " ".join(" ".join(printed(PLANS["twelve nodes"], "A4", tmp_path).texts("-raw")).split())
    assert text.count("rpc-server --host") == 1
    assert "The same on 10 more computers, up to computer 12" in text
    assert "COMPUTER_2_ADDRESS to COMPUTER_12_ADDRESS" in text


def test_that_a_plan_that_fits_but_has_no_command_says_why(tmp_path) -> None:
    plan = PLANS["64 nodes"]
    refusal = launch(plan, evaluate(plan, CATALOG), CATALOG).refusal
    assert refusal
    text = " ".join(" ".join(printed(plan, "A4", tmp_path).texts("-raw")).split())
    assert f"Start it {refusal}" in text


@pytest.mark.parametrize("name", ["does not fit", "cannot run"])
def test_that_a_plan_that_cannot_be_has_no_command(name, tmp_path) -> None:
    assert "Start it" not in " ".join(printed(PLANS[name], "A4", tmp_path).texts("-raw"))
