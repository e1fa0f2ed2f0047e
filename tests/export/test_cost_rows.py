"""The cost in the CSV: a reader can compute every result from the inputs above it."""

from __future__ import annotations

import csv
import io
import math
from typing import Any

import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.export.csv import parts_csv
from tests.core.cost.plans import CV11_WORK, CV12_RIG, NO_WORK, cost_plan
from tests.core.rigs import CATALOG

MONEY = {
    "api": {"provider": "deepseek", "model": "deepseek-flash"},
    "rent": {"gpu": "rtxpro6000", "usd_per_gpu_hour": 1.69},
}


def rows(economics: dict[str, Any], workload: dict[str, Any] = CV11_WORK) -> list[list[str]]:
    plan = cost_plan(economics, workload)
    text = parts_csv(plan, evaluate(plan, CATALOG), CATALOG)
    found = list(csv.reader(io.StringIO(text)))
    return found[found.index(["Cost, USD"]) :]


def values(block: list[list[str]], title: str) -> dict[str, float]:
    """The numbers of a part of the block, by their names."""
    start = next(i for i, row in enumerate(block) if row[0] == title) + 1
    found = {}
    for row in block[start:]:
        if row[0] in ("Result", "Range of an input"):
            break
        try:
            found[row[0]] = float(row[1])
        except ValueError:
            continue
    return found


@pytest.mark.parametrize("more", [{}, {"resale_share": None, "capital_rate": 0.08}])
@pytest.mark.parametrize("input_mtok", [1000.0, 30000.0])
def test_that_a_spreadsheet_can_follow_every_result(
    more: dict[str, Any], input_mtok: float
) -> None:
    block = rows(CV12_RIG | MONEY | more, CV11_WORK | {"input_mtok_per_month": input_mtok})
    i, r = values(block, "Input"), values(block, "Result")
    busy = i["Input tokens"] * (1 - i["Cache hits"]) / i["Prefill"]
    busy = (busy + i["Output tokens"] / i["Decode of all users"]) * 1e6 / 3600
    assert r["Busy"] == pytest.approx(busy)
    rigs = math.ceil(busy / (730 * i["Available"] * i["Demand can fill"]))
    assert r["Rigs needed"] == rigs
    if "Resale" in i:
        worth = i["Hardware"] * i["Resale"]
    else:
        kept = (1 - i["Loss when first sold"]) * (1 - i["Fall of the price"]) ** (i["Life"] / 12)
        worth = i["Hardware"] * kept
    assert r["Worth at the end of its life"] == pytest.approx(worth)
    loss = (i["Hardware"] - worth) / i["Life"]
    if i["Cost of capital"]:
        k = (1 + i["Cost of capital"]) ** (1 / 12) - 1
        g = (1 + k) ** i["Life"]
        loss = (i["Hardware"] * k * g - worth * k) / (g - 1)
    assert r["Loss of value"] == pytest.approx(rigs * loss)
    kwh_price = i["Cooling"] / 1000 * i["Electricity"]
    waiting = kwh_price * i["Power when waiting"] * max(rigs * i["Hours switched on"], busy)
    work = kwh_price * (i["Power at work"] - i["Power when waiting"]) * busy
    assert r["Power of waiting"] == pytest.approx(waiting)
    assert r["Power of work"] == pytest.approx(work)
    upkeep = rigs * i["Hardware"] * i["Maintenance"] / 12
    own = rigs * loss + upkeep + i["Other costs"] + waiting + work
    assert r["Own"] == pytest.approx(own, abs=0.0051)
    bill = i["Input tokens"] * (1 - i["Cache hits"]) * i["API, input"]
    bill += i["Input tokens"] * i["Cache hits"] * i["API, cached input"]
    bill += i["Output tokens"] * i["API, output"]
    bill *= 1 + i["Tokens in peak hours"] * (i["API, peak hours"] - 1)
    assert r["API"] == pytest.approx(bill, abs=0.0051)
    rent = i["Rented GPUs"] * i["Rent"]
    assert r["Rent, always on"] == pytest.approx(rigs * rent * 730, abs=0.0051)
    assert r["Rent, on demand"] == pytest.approx(rent * busy / 0.8, abs=0.0051)


def test_that_no_use_is_written_as_not_applicable() -> None:
    block = {row[0]: row for row in rows(CV12_RIG | MONEY, NO_WORK) if row}
    assert block["Own, a million tokens"][1] == "n/a"
    assert block["Break-even volume"][1] == "n/a"
    assert block["Payback"][1] == "never"


def test_that_without_figures_only_the_reason_and_the_inputs_are_written() -> None:
    found = rows(CV12_RIG | {"hardware_usd": None})
    assert found[1][1] == "No price for bare. Set one to compare."
    assert not any(row and row[0] == "Result" for row in found)
