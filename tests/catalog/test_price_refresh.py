"""Newer prices come when they are asked for; without a network everything stays as it was."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import httpx2
import pytest
from genai_prices.types import ClauseEquals, ModelInfo, ModelPrice, Provider

from moeplanner_gui.catalog.load import Catalog, load_catalog
from moeplanner_gui.catalog.paths import catalogs_dir
from moeplanner_gui.catalog.price_package import bundled_providers
from moeplanner_gui.catalog.price_refresh import PriceRefreshError, Refreshed, refresh_api_prices
from moeplanner_gui.catalog.user_prices import UserPrices

TODAY = dt.date(2026, 12, 5)


def refresh(
    shipped: Catalog, folder: Path, fetch: Callable[[], list[Provider]], today: dt.date = TODAY
) -> Refreshed:
    return refresh_api_prices(folder, today, shipped.tariffs.apis, shipped.models, fetch)


def test_that_fetched_prices_stand_over_the_shipped_ones(shipped: Catalog, tmp_path: Path) -> None:
    done = refresh(shipped, tmp_path, bundled_providers)
    tariffs = load_catalog(catalogs_dir(), tmp_path).tariffs

    # Announced by the package for 2026-12-01.
    argon = tariffs.apis["google/gemini-4-argon"]
    assert (argon.input, argon.output, argon.date) == (Decimal(4), Decimal(20), "2026-12-05")
    assert "fetched 2026-12-05" in argon.source
    changed = {entry.id: entry for entry in done.changed}
    assert changed["google/gemini-4-argon"].factor == 2
    assert done.count > 1000
    assert not tariffs.problems
    assert tariffs.apis["deepinfra/gpt-oss-120b"] == shipped.tariffs.apis["deepinfra/gpt-oss-120b"]


def test_that_typed_prices_stand_over_fetched_ones(shipped: Catalog, tmp_path: Path) -> None:
    refresh(shipped, tmp_path, bundled_providers)
    mine = UserPrices(tmp_path, today=lambda: TODAY)
    argon = shipped.tariffs.apis["google/gemini-4-argon"]
    mine.keep(argon.model_copy(update={"input": Decimal("1.9"), "source": "contract"}))

    found = load_catalog(catalogs_dir(), tmp_path).tariffs.apis["google/gemini-4-argon"]

    assert found.source == "contract"
    assert "google/gemini-4-argon" in mine.apis
    assert len(mine.apis) == 1


def test_that_fetched_prices_do_not_hide_those_of_a_later_version(
    shipped: Catalog, tmp_path: Path
) -> None:
    refresh(shipped, tmp_path, bundled_providers, today=dt.date(2026, 9, 1))

    tariffs = load_catalog(catalogs_dir(), tmp_path).tariffs

    assert tariffs.apis["deepseek/deepseek-flash"].date == "2026-11-09"


def no_network() -> list[Provider]:
    raise httpx2.ConnectError("[Errno -2] Name or service not known")


def too_slow() -> list[Provider]:
    raise httpx2.ReadTimeout("timed out")


def moved() -> list[Provider]:
    request = httpx2.Request("GET", "https://example.org/data.json")
    response = httpx2.Response(404, request=request)
    raise httpx2.HTTPStatusError("404 Not Found", request=request, response=response)


def no_list() -> list[Provider]:
    raise ValueError("Expected fetched prices payload to be a provider array")


def refused() -> list[Provider]:
    raise PermissionError("blocked")


def no_package() -> list[Provider]:
    raise ImportError("genai_prices")


def other_form() -> list[Provider]:
    entry = ModelInfo(id="a", match=ClauseEquals(equals="a"), prices=ModelPrice())
    object.__setattr__(entry, "prices", 3)
    return [Provider(id="openai", name="a", api_pattern="", models=[entry])]


def almost_nothing() -> list[Provider]:
    return bundled_providers()[:1]


@pytest.mark.parametrize(
    ("fetch", "sentence"),
    [
        (no_network, "There is no connection to the price list. The prices that were there"),
        (too_slow, "did not answer in time"),
        (moved, "is not where it was"),
        (no_list, "no price list that this version can read"),
        (refused, "There is no connection"),
        (no_package, "is not installed"),
        (other_form, "no price list that this version can read"),
        (almost_nothing, "Those that were there are kept"),
    ],
)
def test_that_a_failed_refresh_is_a_sentence_and_changes_nothing(
    shipped: Catalog, tmp_path: Path, fetch: Callable[[], list[Provider]], sentence: str
) -> None:
    with pytest.raises(PriceRefreshError, match=sentence):
        refresh(shipped, tmp_path, fetch)

    assert not list(tmp_path.rglob("*.json"))


def test_that_a_folder_that_cannot_be_written_is_a_sentence(
    shipped: Catalog, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("", "utf-8")

    with pytest.raises(PriceRefreshError, match="could be saved in"):
        refresh(shipped, tmp_path / "file", bundled_providers)
