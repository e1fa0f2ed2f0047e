"""One plan has one price, one speed and one power, wherever they are read."""

from __future__ import annotations

import csv
import io

import pytest

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.bill_rows import bill_rows, bill_sum
from moeplanner_gui.core.compare import Compared, compare
from moeplanner_gui.core.search.search import search
from moeplanner_gui.core.search.terms import FoundRig, Wishes
from moeplanner_gui.core.units import format_count
from moeplanner_gui.export.csv import parts_csv
from moeplanner_gui.ui.charts.verdict_figures import verdict_figures
from moeplanner_gui.ui.compare.words import value_text
from moeplanner_gui.ui.export.answer import figures_of
from moeplanner_gui.ui.finder.words import foot_words, price_text, speed_lines, watts_text

CATALOG = load_catalog()
WISHES = Wishes(
    models=("deepseek-v4-flash",),
    weights=("native",),
    context_tokens=131_072,
    decode_tokens_per_s=20.0,
    engines=("llama.cpp",),
)


@pytest.fixture(scope="module")
def rigs() -> tuple[FoundRig, ...]:
    found = search(WISHES, CATALOG, None, lambda: False)
    every = (*found.rigs, *found.outside, *found.unpriced)
    assert len(every) > 100
    return every


def test_that_a_rig_that_is_loaded_has_the_figures_it_was_found_with(
    rigs: tuple[FoundRig, ...],
) -> None:
    for rig in rigs:
        now = evaluate(rig.plan, CATALOG)
        figures = {one.key: one for one in verdict_figures(rig.plan, now, CATALOG)}
        if rig.usd is None:
            # The plan counts a list price, and says so; the search has no sum of such a one.
            assert rig.unpriced, rig.title
        else:
            assert rig.usd == now.cost.hardware_usd, rig.title
        assert rig.load_w == now.power.load_w
        assert rig.decode_tokens_per_s == now.speed.decode_tokens_per_s
        if rig.usd is not None:
            assert price_text(rig) == figures["hardware"].value
        if rig.load_w is not None:
            assert f"{watts_text(rig)} W" == figures["power"].value
        expected, band = speed_lines(rig)
        assert f"{expected} tok/s" == figures["decode"].value
        assert band == figures["decode"].detail.removesuffix(", weak")
        assert format_count(rig.max_context_tokens) in figures["context"].value
        owning = figures.get("cost")
        if rig.usd is not None and owning is not None and owning.label == "Owning":
            assert owning.value in foot_words(rig)


def test_that_bill_table_comparison_and_print_say_what_the_verdict_says(
    rigs: tuple[FoundRig, ...],
) -> None:
    for rig in rigs:
        plan, now = rig.plan, evaluate(rig.plan, CATALOG)
        figures = {one.key: one for one in verdict_figures(plan, now, CATALOG)}
        total = bill_sum(plan, CATALOG).total
        assert (None if total is None else total.expected) == now.cost.hardware_usd
        subtotals = [row.usd for row in bill_rows(plan, CATALOG)]
        known = sum(usd for usd in subtotals if usd is not None)
        printed = {label: value for label, value, _ in figures_of(plan, now, CATALOG)}
        each = Compared(plan, now, CATALOG)
        compared = {row.key: value_text(row, row.cells[0]) for row in compare((each, each))}
        if now.cost.hardware_usd is None:
            assert None in subtotals
        else:
            assert known == pytest.approx(now.cost.hardware_usd)
            assert compared["cost.hardware_usd"] == figures["hardware"].value
            assert printed["Hardware"] == figures["hardware"].value
        assert compared["speed.decode_tokens_per_s"].startswith(figures["decode"].value)
        assert printed[figures["decode"].label] == figures["decode"].value
        if "power" in figures:
            assert compared["power.load_w"] == printed["At the wall"] == figures["power"].value


def test_that_prices_in_a_table_for_spreadsheets_have_cents_and_no_more(
    rigs: tuple[FoundRig, ...],
) -> None:
    for rig in rigs[:40]:
        now = evaluate(rig.plan, CATALOG)
        rows = list(csv.reader(io.StringIO(parts_csv(rig.plan, now, CATALOG))))
        amounts = [row[1] for row in rows if row and row[0] == "Hardware"]
        assert amounts
        assert all(len(amount.partition(".")[2]) <= 2 for amount in amounts), amounts
