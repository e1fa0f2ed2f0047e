"""The snapshot of API prices against the package it comes from, and against a second source."""

import datetime as dt
import json
from collections.abc import Mapping
from decimal import Decimal

import model_prices  # type: ignore[import-untyped]
import pytest
from genai_prices import Usage
from genai_prices.types import (
    ClauseEquals,
    ModelInfo,
    ModelPrice,
    Provider,
    Tier,
    TieredPrices,
)

from moeplanner_gui.catalog import api_prices
from moeplanner_gui.catalog.load import Catalog
from moeplanner_gui.catalog.paths import catalogs_dir
from moeplanner_gui.catalog.peak_hours import PeakHours
from moeplanner_gui.catalog.price_package import (
    PROVIDERS,
    Reading,
    bundled_providers,
    newest_date,
    package_bill,
    tariffs_of,
)
from moeplanner_gui.core.cost.api_bill import api_bill
from moeplanner_gui.core.cost.tariffs import ApiTariff
from moeplanner_gui.core.cost.workload import Tokens

TODAY = dt.date(2026, 11, 22)
MILLION = 1_000_000


@pytest.fixture(scope="module")
def apis(shipped: Catalog) -> Mapping[str, ApiTariff]:
    return shipped.tariffs.apis


@pytest.fixture(scope="module")
def peaks() -> PeakHours:
    return api_prices.peak_hours()["deepseek"]


def bill(row: ApiTariff, fresh: int, cached: int, out: int, *, prompt: int = 0) -> Decimal:
    tokens = Tokens(
        Decimal(fresh + cached) / MILLION,
        Decimal(out) / MILLION,
        Decimal(cached) / (fresh + cached),
    )
    return api_bill(row.price().for_prompt(prompt), tokens)


def fake(*models: ModelInfo, provider: str = "openai") -> list[Provider]:
    return [Provider(id=provider, name=provider, api_pattern="", models=list(models))]


def model(
    model_id: str = "a", *, deprecated: bool | None = None, **prices: Decimal | TieredPrices | None
) -> ModelInfo:
    given = {"input_mtok": Decimal(1), "output_mtok": Decimal(2)}
    return ModelInfo(
        id=model_id,
        match=ClauseEquals(equals=model_id),
        deprecated=deprecated,
        prices=ModelPrice(**{**given, **prices}),
    )


def reading() -> Reading:
    return Reading(TODAY, "2026-11-09", "genai-prices 0", {"gpt-oss-120b"}, {})


def test_that_the_snapshot_is_what_the_command_writes() -> None:
    found, how = api_prices.snapshot(TODAY)

    for name, text in api_prices.files_of(found, how).items():
        path = catalogs_dir() / "api_prices" / name
        assert path.read_text("utf-8") == text, f"run the command again: {name}"
    assert len(found.rows) == len(PROVIDERS) == 17
    assert sum(len(rows) for rows in found.rows.values()) > 1000


def test_that_every_bill_is_the_one_of_the_package(apis: Mapping[str, ApiTariff]) -> None:
    # A Sunday, when no provider has peak hours at noon.
    at = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
    providers = bundled_providers()
    compared = 0
    for row in apis.values():
        if row.provider == "deepinfra":
            continue
        for fresh, cached, out in ((200, 800, 1000), (60_000, 240_000, 5_000)):
            usage = {"input_tokens": fresh + cached, "output_tokens": out}
            if row.cached is not None:
                usage["cache_read_tokens"] = cached
            theirs = package_bill(providers, row.provider, row.model, at, **usage)
            if theirs is None:
                continue  # It answers with another model's price: the name's beginning is alike.
            ours = bill(row, fresh, cached, out, prompt=fresh + cached)
            assert ours == pytest.approx(theirs, rel=Decimal("1e-20")), row.id
            compared += 1
    assert compared > 1900


def test_that_a_batch_costs_what_the_package_asks(apis: Mapping[str, ApiTariff]) -> None:
    at = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
    providers = {entry.id: entry for entry in bundled_providers()}
    compared = 0
    for row in apis.values():
        if not row.batch_discount or "Cached input has no batch" in (row.note or ""):
            continue
        entry = next(m for m in providers[row.provider].models if m.id == row.model)
        theirs = entry.calc_price(
            Usage(input_tokens=1000, output_tokens=1000, cache_read_tokens=0),
            providers[row.provider],
            genai_request_timestamp=at,
            price_context={"processing": "batch"},
        ).total_price
        tokens = Tokens(Decimal("0.001"), Decimal("0.001"), Decimal(0))
        assert api_bill(row.price(), tokens, batch_share=Decimal(1)) == theirs, row.id
        compared += 1
    assert compared > 60


def test_that_cache_writes_cost_what_the_package_asks(apis: Mapping[str, ApiTariff]) -> None:
    row = apis["anthropic/claude-opus-5-5"]
    theirs = package_bill(
        bundled_providers(),
        row.provider,
        row.model,
        dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC),
        input_tokens=MILLION,
        cache_write_tokens=200_000,
        output_tokens=0,
    )

    tokens = Tokens(Decimal(1), Decimal(0), Decimal(0))
    assert api_bill(row.price(), tokens, written_mtok=Decimal("0.2")) == theirs == Decimal("4.2")


def test_that_the_worked_example_costs_what_it_should(apis: Mapping[str, ApiTariff]) -> None:
    row = apis["deepseek/deepseek-v4-pro"]

    assert bill(row, 200_000, 800_000, MILLION) == Decimal("2.1296")


@pytest.mark.parametrize("model_id", ["deepseek-v4-pro", "deepseek-flash", "deepseek-v4-flash"])
@pytest.mark.parametrize(
    "at",
    [
        "2026-11-22T02:00:00Z",  # Sunday: the package asks for the peak price
        "2026-11-20T23:00:00Z",
        "2026-11-23T00:59:59Z",
        "2026-11-23T01:00:00Z",
        "2026-11-23T03:59:59Z",
        "2026-11-23T04:00:00Z",
        "2026-11-23T06:00:00Z",
        "2026-11-23T10:00:00Z",
        "2026-10-01T02:00:00Z",  # a Chinese holiday, a Thursday
        "2026-09-25T08:00:00Z",
        "2026-10-08T08:00:00Z",
        "2026-11-21T07:00:00Z",
    ],
)
def test_that_deepseek_costs_what_the_second_source_says(
    apis: Mapping[str, ApiTariff], peaks: PeakHours, model_id: str, at: str
) -> None:
    row = apis[f"deepseek/{model_id}"]
    asked = "deepseek-flash" if model_id == "deepseek-v4-flash" else model_id
    theirs = model_prices.rates(asked, at=at, provider="deepseek")
    assert theirs is not None

    factor = row.peak_multiplier if peaks.is_peak(dt.datetime.fromisoformat(at)) else Decimal(1)

    assert float(row.input * factor) == theirs.input
    assert float((row.cached or 0) * factor) == theirs.cache_read
    assert float(row.output * factor) == theirs.output


def test_that_every_hour_since_the_tariff_began_is_peak_where_the_second_source_says(
    peaks: PeakHours,
) -> None:
    at = dt.datetime(2026, 8, 17, 0, 30, tzinfo=dt.UTC)
    while at.date() <= dt.date(2026, 11, 22):
        theirs = model_prices.rates("deepseek-v4-pro", at=at, provider="deepseek")
        assert theirs is not None
        assert peaks.is_peak(at) == (theirs.period == "peak"), at
        at += dt.timedelta(hours=1)


def test_that_the_peak_hours_are_35_of_168(peaks: PeakHours) -> None:
    assert peaks.share == (Decimal(35) / 168).quantize(Decimal("1e-10"))
    assert peaks.words == (
        "Mon to Fri, 01:00-04:00 and 06:00-10:00 UTC, not on Chinese public holidays"
    )


@pytest.mark.parametrize("at", ["2027-01-04T02:00:00Z", "2026-08-16T15:00:00Z"])
def test_that_hours_outside_of_what_is_known_are_not_guessed(peaks: PeakHours, at: str) -> None:
    with pytest.raises(ValueError, match="are not known"):
        peaks.is_peak(dt.datetime.fromisoformat(at))
    with pytest.raises(ValueError, match="no time zone"):
        peaks.is_peak(dt.datetime(2026, 11, 22))


def test_that_the_package_still_doubles_at_peak(apis: Mapping[str, ApiTariff]) -> None:
    monday = dt.datetime(2026, 11, 23, 2, tzinfo=dt.UTC)
    row = apis["deepseek/deepseek-v4-pro"]

    theirs = package_bill(
        bundled_providers(),
        "deepseek",
        "deepseek-v4-pro",
        monday,
        input_tokens=MILLION,
        cache_read_tokens=0,
        output_tokens=MILLION,
    )

    assert theirs == (row.input + row.output) * row.peak_multiplier


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("anthropic/claude-opus-5-5", ("claude-opus-5-5", "anthropic")),
        ("anthropic/claude-sonnet-5-5", ("claude-sonnet-5-5", "anthropic")),
        ("openai/gpt-6-luna", ("gpt-6-luna", "openai")),
        ("openai/gpt-6-astra", ("gpt-6-astra", "openai")),
        ("moonshotai/kimi-k2.6", ("kimi-k2.6", "moonshotai")),
        ("moonshotai/kimi-k2.7-code", ("kimi-k2.7-code", "moonshotai")),
        ("zai/GLM-5.2", ("glm-5.2", "zai")),
        ("x-ai/grok-4.7", ("grok-4.7", "xai")),
        ("minimax/minimax-m3", ("MiniMax-M3", "minimax")),
    ],
)
def test_that_two_sources_agree(
    apis: Mapping[str, ApiTariff], ours: str, theirs: tuple[str, str]
) -> None:
    row = apis[ours]
    found = model_prices.rates(theirs[0], at="2026-10-26T12:00:00Z", provider=theirs[1])

    assert found is not None
    assert (float(row.input), float(row.output)) == (found.input, found.output)
    assert found.cache_read is None or float(row.cached or row.input) == found.cache_read


def test_that_v4_flash_at_deepseek_is_told_to_be_v4_1(apis: Mapping[str, ApiTariff]) -> None:
    row = apis["deepseek/deepseek-v4-flash"]

    assert row.name.startswith("DeepSeek V4.1 Flash")
    assert row.serves is None
    assert "retired" in (row.note or "")
    assert [key for key in apis if key.startswith("deepseek/")] == [
        "deepseek/deepseek-flash",
        "deepseek/deepseek-v4-flash",
        "deepseek/deepseek-v4-pro",
    ]


def test_that_the_package_is_not_asked_by_the_beginning_of_a_name() -> None:
    at = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
    usage = {"input_tokens": 1000, "output_tokens": 1000}

    assert (
        package_bill(bundled_providers(), "deepseek", "deepseek-v4-flash-xyz", at, **usage) is None
    )
    assert package_bill(bundled_providers(), "deepseek", "nothing-at-all", at, **usage) is None


def test_that_a_router_says_that_its_price_varies(apis: Mapping[str, ApiTariff]) -> None:
    rows = [row for row in apis.values() if row.provider == "openrouter"]

    assert rows and all("varies" in (row.note or "") for row in rows)
    assert not [row.id for row in rows if row.model.startswith("~") or ":" in row.model]


def test_that_the_hand_kept_rows_are_as_printed(apis: Mapping[str, ApiTariff]) -> None:
    rows = [row for row in apis.values() if row.provider == "deepinfra"]
    pro = apis["deepinfra/deepseek-v4-pro-0813"]

    assert len(rows) == 12
    assert (pro.input, pro.cached, pro.output) == (
        Decimal("1.30"),
        Decimal("0.10"),
        Decimal("2.60"),
    )
    assert apis["deepinfra/gpt-oss-120b"].cached is None


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (model(cache_read_mtok=Decimal(8)), "implausible"),
        (model(output_mtok=Decimal("0.5")), "implausible"),
        (model(input_mtok=Decimal(-1)), "implausible"),
        (model(output_mtok=Decimal(10) ** 7), "implausible"),
        (model(output_mtok=None), "no price for text"),
        (model(input_mtok=None), "no price for text"),
        (model(input_mtok=Decimal(0), output_mtok=Decimal(0)), "no price for text"),
        (model(deprecated=True), "retired"),
        (model("x/a:free"), "free"),
        (model("~x/latest"), "alias"),
        (
            model(input_mtok=TieredPrices(base=Decimal(1), tiers=[Tier(10, Decimal(50))])),
            "implausible",
        ),
    ],
)
def test_that_a_row_nobody_can_mean_is_left_out(entry: ModelInfo, why: str) -> None:
    found = tariffs_of(fake(entry), reading())

    assert found.rows == {"openai": []}
    assert why in found.left_out[f"openai/{entry.id}"]


def test_that_rows_of_models_deepseek_no_longer_sells_are_left_out() -> None:
    found = tariffs_of(fake(model("deepseek-chat"), provider="deepseek"), reading())

    assert found.left_out == {"deepseek/deepseek-chat": "Is no longer sold there."}


def test_that_what_an_api_serves_is_open_unless_it_is_sure(apis: Mapping[str, ApiTariff]) -> None:
    assert apis["fireworks/kimi-k2p6"].serves == "kimi-k2.6"
    assert apis["deepseek/deepseek-v4-pro"].serves == "deepseek-v4-pro-0813"
    assert apis["openrouter/qwen/qwen3-235b-a22b-2507"].serves is None
    assert apis["fireworks/deepseek-r1-0528"].serves is None
    assert apis["anthropic/claude-opus-5-5"].serves is None
    assert "NVFP4" in (apis["modal/nvidia/GLM-5.3-Flash-NVFP4"].note or "")


def test_that_a_price_announced_for_later_is_named(apis: Mapping[str, ApiTariff]) -> None:
    row = apis["google/gemini-4-argon"]

    assert (row.input, row.output) == (Decimal(2), Decimal(10))
    assert "From 2026-12-01: input 4, output 20." in (row.note or "")


def test_that_the_date_is_the_newest_the_package_names() -> None:
    assert newest_date(bundled_providers(), TODAY) == "2026-11-09"
    assert newest_date(bundled_providers(), dt.date(2026, 9, 5)) <= "2026-09-05"


def test_that_the_command_without_write_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    folder = catalogs_dir() / "api_prices"
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}

    assert api_prices.main(["--today", "2027-01-05"]) == 0

    assert "would change" in capsys.readouterr().out
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_that_every_file_says_where_its_rows_were_read() -> None:
    for path in (catalogs_dir() / "api_prices").glob("*.json"):
        if not path.name.endswith(".schema.json"):
            head = json.loads(path.read_text("utf-8"))
            assert head.get("package") or head.get("note"), path.name
