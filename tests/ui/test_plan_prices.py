"""Prices of others that a plan brings: shown as the plan's, and never over the user's own."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from moeplanner_gui.catalog.user_prices import UserPrices
from moeplanner_gui.core.edits import set_economics
from moeplanner_gui.core.entries import Entries
from moeplanner_gui.core.plan import ApiById
from moeplanner_gui.export.plan_file import write_plan
from moeplanner_gui.ui.cost import prices

KEY = "deepseek/deepseek-v4-flash"


@pytest.fixture
def brought(window, tmp_path):
    """A plan that compares with an API at another price than the one here."""
    here = window.document.catalog.tariffs.apis[KEY]
    row = here.model_copy(update={"input": Decimal("0.99"), "source": "their offer"})
    api = ApiById(provider=row.provider, model=row.model)
    file = tmp_path / "offer.moeplan"
    write_plan(file, set_economics(window.document.plan, api=api), Entries(apis=(row,)))
    assert window.files.open_path(file)
    return row


def test_that_a_price_that_differs_is_said_marked_and_computed_with(window, brought) -> None:
    document = window.document
    assert document.catalog.tariffs.apis[KEY] == brought
    said = window.bars.bar("entries").accessibleName()
    assert f"its own price of {brought.name} at deepseek" in said
    today = date(2026, 11, 23)
    origin = prices.api_origin(document.plan, document.catalog.tariffs, today)
    assert "from the plan" in origin.words
    rows = prices.api_rows(document.catalog.tariffs, document.plan.model, today)
    assert [row.key for row in rows if "from the plan" in row.detail] == [KEY]


def test_that_use_the_price_here_takes_the_one_here(window, brought) -> None:
    document = window.document
    dear = document.assessment.cost.api_usd_per_month
    window.files._use_mine(document.rows.overruled.tariff_keys)
    document.flush()
    assert document.catalog.tariffs.apis[KEY] != brought
    assert document.assessment.cost.api_usd_per_month < dear
    assert window.bars.bar("entries") is None


def test_that_opening_writes_nothing_into_the_users_own_prices(
    window, brought, own_settings
) -> None:
    assert not UserPrices().apis


def test_that_a_price_typed_afterwards_stands_over_the_plans(
    window, brought, tmp_path, monkeypatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    mine = brought.model_copy(update={"input": Decimal("0.05"), "source": "typed"})
    UserPrices().keep(mine)
    window.document.reload_catalog()
    assert window.document.catalog.tariffs.apis[KEY] == mine
