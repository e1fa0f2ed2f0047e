"""A user's price list: kept, dated, never lost, and over the shipped prices."""

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

import pytest

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.catalog.paths import catalogs_dir
from moeplanner_gui.catalog.price_age import price_age
from moeplanner_gui.catalog.rows import PriceEntry
from moeplanner_gui.catalog.user import UserCatalog
from moeplanner_gui.catalog.user_price_kinds import PriceOfMine, usd_per_kwh
from moeplanner_gui.catalog.user_prices import UserPriceError, UserPrices
from moeplanner_gui.core.cost.tariffs import ApiTariff, ExchangeRate, PowerTariff, RentalPrice

TODAY = dt.date(2026, 11, 22)

PART = PriceEntry(
    part_id="rtx3090",
    kind="used",
    usd=900,
    low=850,
    high=950,
    date="2026-11-20",
    source="my dealer",
    confidence="high",
)
API = ApiTariff(
    provider="deepseek",
    model="deepseek-v4-pro",
    name="DeepSeek V4 Pro, my contract",
    input=Decimal("0.5"),
    output=Decimal("1.5"),
    date="2026-11-01",
    source="contract",
)
RENT = RentalPrice(
    id="mine",
    card_id="rtx3090",
    gpu="RTX 3090",
    provider="A friend",
    usd_per_gpu_hour=Decimal("0.1"),
    date="2026-11",
    source="told",
)
POWER = PowerTariff(
    region="home",
    name="My flat",
    currency="EUR",
    per_kwh=Decimal("0.29"),
    date="2026",
    source="bill",
    confidence="high",
)
RATE = ExchangeRate(currency="EUR", usd=Decimal("1.15"), date="2026-11-20", source="my bank")
ALL: tuple[PriceOfMine, ...] = (PART, API, RENT, POWER, RATE)


@pytest.fixture
def mine(tmp_path: Path) -> UserPrices:
    return UserPrices(tmp_path / "own", today=lambda: TODAY)


def again(mine: UserPrices) -> UserPrices:
    return UserPrices(mine.folder, today=lambda: TODAY)


def test_that_every_sort_of_price_survives_a_restart(mine: UserPrices) -> None:
    mine.keep(*ALL)

    assert again(mine).all_rows == ALL
    assert again(mine).problems == ()


def test_that_the_prices_of_a_user_stand_over_the_shipped_ones(mine: UserPrices) -> None:
    mine.keep(*ALL)

    catalog = load_catalog(catalogs_dir(), mine.folder)

    assert catalog.price("rtx3090") == PART
    assert catalog.tariffs.apis["deepseek/deepseek-v4-pro"] == API
    assert catalog.tariffs.power["home"] == POWER
    assert catalog.tariffs.rates["EUR"] == RATE
    assert RENT in catalog.tariffs.rentals
    assert not catalog.problems
    assert not catalog.tariffs.problems


def test_that_a_price_replaces_the_one_of_the_same_id(mine: UserPrices) -> None:
    other = API.model_copy(update={"model": "other"})
    mine.keep(API, other)
    mine.keep(API.model_copy(update={"input": Decimal("0.4")}))

    assert [row.input for row in again(mine).apis.values()] == [Decimal("0.4"), Decimal("0.5")]


def test_that_a_price_typed_beside_a_card_is_the_same_price(mine: UserPrices) -> None:
    cards = UserCatalog(mine.folder, today=lambda: TODAY)
    cards.set_price("rtx3090", 800)
    cards.set_price("rtx4090", 2000)
    mine.reload()
    mine.keep(PART)
    cards.reload()

    assert cards.prices["rtx3090"] == PART
    assert set(again(mine).hardware) == {"rtx3090", "rtx4090"}
    cards.set_price("rtx3090", 700)
    assert again(mine).hardware["rtx3090"].usd == 700


def test_that_a_forgotten_price_can_be_put_back(mine: UserPrices) -> None:
    mine.keep(API, POWER)

    gone = mine.forget("api", "deepseek/deepseek-v4-pro")

    assert gone == API
    assert again(mine).all_rows == (POWER,)
    mine.keep(API)
    assert set(again(mine).all_rows) == {API, POWER}
    assert mine.forget("api", "nothing/there") is None


def test_that_a_broken_file_is_kept_aside_before_it_is_written(mine: UserPrices) -> None:
    folder = mine.folder / "api_prices"
    folder.mkdir(parents=True)
    (folder / "mine.json").write_text("{ not json", "utf-8")
    mine.reload()
    assert "Is not valid JSON" in str(mine.problems[0])

    mine.keep(API)

    assert again(mine).apis == {API.id: API}
    assert (folder / "mine.json.broken-1").read_text("utf-8") == "{ not json"
    assert "It was kept as mine.json.broken-1" in str(mine.problems[-1])


def test_that_sound_rows_beside_a_broken_one_stay(mine: UserPrices) -> None:
    mine.keep(API)
    path = mine.folder / "api_prices" / "mine.json"
    content = json.loads(path.read_text("utf-8"))
    content["apis"].append({"provider": "x"})
    path.write_text(json.dumps(content), "utf-8")

    mine.keep(API.model_copy(update={"model": "new"}))

    assert len(again(mine).apis) == 2
    assert len(list(path.parent.glob("*.broken-1"))) == 1


def test_that_a_file_of_a_newer_version_is_left_alone(mine: UserPrices) -> None:
    folder = mine.folder / "api_prices"
    folder.mkdir(parents=True)
    text = '{"version": 99, "apis": []}'
    (folder / "mine.json").write_text(text, "utf-8")

    with pytest.raises(UserPriceError, match="newer version"):
        mine.keep(API)
    assert (folder / "mine.json").read_text("utf-8") == text


@pytest.mark.parametrize(
    ("row", "field", "sentence"),
    [
        (PART.model_copy(update={"usd": 1e12}), "usd", "Is more than 10,000,000 USD"),
        (PART.model_copy(update={"low": 1000.0}), "low", "Is more than the price, 900"),
        (PART.model_copy(update={"high": 10.0}), "high", "Is less than the price, 900"),
        (PART.model_copy(update={"part_id": " "}), "part_id", "Is empty"),
        (PART.model_copy(update={"date": "launch"}), "date", "Should be a day, a month"),
        (PART.model_copy(update={"date": "2026-13"}), "date", "Should be a day, a month"),
        (PART.model_copy(update={"date": "2026-12-01"}), "date", "Lies in the future"),
        (PART.model_copy(update={"source": " "}), "source", "say where the price was read"),
        (API.model_copy(update={"cached": Decimal(9)}), "cached", "swapped columns"),
        (API.model_copy(update={"peak_multiplier": Decimal(2)}), "peak_share", "both or neither"),
        (
            RENT.model_copy(update={"spot_usd_per_gpu_hour": Decimal(1)}),
            "spot_usd_per_gpu_hour",
            "Is more than the price of an hour",
        ),
        (RATE.model_copy(update={"usd": Decimal(10) ** 9}), "usd", "Is more than 1,000 USD"),
    ],
)
def test_that_a_price_that_cannot_be_is_refused_and_none_is_kept(
    mine: UserPrices, row: PriceOfMine, field: str, sentence: str
) -> None:
    with pytest.raises(UserPriceError, match=sentence) as caught:
        mine.keep(POWER, row)

    assert caught.value.field == field
    assert again(mine).all_rows == ()


def test_that_the_running_month_is_not_the_future(mine: UserPrices) -> None:
    mine.keep(PART.model_copy(update={"date": "2026-11"}), API.model_copy(update={"date": "2026"}))

    assert len(again(mine).all_rows) == 2


def test_that_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    mine = UserPrices(tmp_path / "file" / "own", today=lambda: TODAY)

    with pytest.raises(UserPriceError, match="Nothing could be saved in"):
        mine.keep(PART)


@pytest.mark.parametrize(
    ("dated", "sort", "level", "days"),
    [
        ("2026-11-22", "api", "fresh", 0),
        ("2026-09-23", "api", "fresh", 60),
        ("2026-09-22", "api", "warn", 61),
        ("2026-09-23", "hardware", "fresh", 60),
        ("2026-08-24", "hardware", "fresh", 90),
        ("2026-08-23", "hardware", "grey", 91),
        ("2026-05-26", "hardware", "grey", 180),
        ("2026-05-25", "hardware", "warn", 181),
        ("2026-03-16", "rent", "warn", 251),
        ("2026-10", "electricity", "fresh", 22),
        ("2026", "electricity", "fresh", 0),
        # A clock set back does not make a price fresh; the running month and tomorrow may be.
        ("2026-11-23", "api", "fresh", 0),
        ("2026-11", "api", "fresh", 0),
        ("2026-12-01", "api", "unknown", None),
        ("2026-12", "hardware", "unknown", None),
        ("2027", "hardware", "unknown", None),
        ("launch", "hardware", "unknown", None),
        ("", "currency", "unknown", None),
    ],
)
def test_that_old_prices_are_told(dated: str, sort: str, level: str, days: int | None) -> None:
    age = price_age(dated, TODAY, sort)  # type: ignore[arg-type]

    assert (age.level, age.days) == (level, days)
    assert (age.sentence == "") == (level == "fresh")


def test_that_a_tariff_without_an_exchange_rate_is_not_guessed() -> None:
    assert usd_per_kwh(POWER, {"EUR": RATE}) == Decimal("0.29") * Decimal("1.15")
    assert usd_per_kwh(POWER, {}) is None
    assert usd_per_kwh(POWER.model_copy(update={"currency": "USD"}), {}) == Decimal("0.29")
