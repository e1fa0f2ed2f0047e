"""Prices of others: read late, each with its own date and source, never mixed with a user's."""

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest

from moeplanner_gui.catalog.api_mapping import ApiMapping
from moeplanner_gui.catalog.load import Catalog, load_catalog
from moeplanner_gui.catalog.paths import catalogs_dir
from moeplanner_gui.catalog.rows import Kind
from moeplanner_gui.catalog.tariff_kinds import TARIFF_KINDS
from tests.catalog.test_check import copy, edit, found

__all__ = ["copy"]


@pytest.mark.parametrize("kind", TARIFF_KINDS, ids=lambda kind: kind.noun)
def test_that_every_file_follows_the_schema_beside_it(kind: Kind) -> None:
    folder = catalogs_dir() / kind.folder
    schema = json.loads((folder / kind.schema_name).read_text("utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    for path in sorted(folder.glob(kind.files)):
        if not path.name.endswith(".schema.json"):
            content = json.loads(path.read_text("utf-8"))
            assert not [error.message for error in validator.iter_errors(content)], path.name


def test_that_loading_the_catalogue_reads_no_price_of_others() -> None:
    script = (
        "import sys\n"
        "from moeplanner_gui.catalog.load import load_catalog\n"
        "catalog = load_catalog()\n"
        "assert 'moeplanner_gui.core.cost.tariffs' not in sys.modules\n"
        "assert 'moeplanner_gui.catalog.tariff_kinds' not in sys.modules\n"
        "assert len(catalog.tariffs.rental_ranges) == 9\n"
        "assert 'power' not in vars(catalog.tariffs)\n"
        "assert len(catalog.tariffs.power) == 69\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_that_one_price_is_found_without_reading_all(tmp_path: Path) -> None:
    mine = {"date": "2026-11-22", "provider": "x", "apis": []}
    (tmp_path / "api_prices").mkdir()
    (tmp_path / "api_prices" / "mine.json").write_text(json.dumps(mine), "utf-8")
    apis = load_catalog(catalogs_dir(), tmp_path).tariffs.apis
    assert isinstance(apis, ApiMapping)

    assert apis["deepseek/deepseek-flash"].output == Decimal("0.6")
    assert not apis.is_complete
    assert apis.get("../gpus/amd") is None
    assert apis.get("nobody/nothing") is None
    assert len(apis) > 1000
    assert apis.is_complete


def test_that_one_price_is_the_one_that_all_of_them_have(tmp_path: Path) -> None:
    row = load_catalog(catalogs_dir()).tariffs.apis["deepseek/deepseek-flash"]
    (tmp_path / "api_prices").mkdir()
    (tmp_path / "refreshed" / "api_prices").mkdir(parents=True)
    for folder, source in ((tmp_path, "typed"), (tmp_path / "refreshed", "fetched")):
        given = {**row.model_dump(mode="json"), "date": "2026-11-20", "source": source}
        other = {**given, "model": "deepseek-v4-pro"}
        rows = [given] if source == "typed" else [given, other]
        mine = {"date": "2026-11-22", "provider": "x", "apis": rows}
        name = "mine.json" if source == "typed" else "deepseek.json"
        (folder / "api_prices" / name).write_text(json.dumps(mine), "utf-8")
    keys = ["deepseek/deepseek-flash", "deepseek/deepseek-v4-pro", "deepseek/deepseek-v4-flash"]

    apis = load_catalog(catalogs_dir(), tmp_path).tariffs.apis
    single = [apis[key] for key in keys]
    assert [row.source for row in single[:2]] == ["typed", "fetched"]
    assert "genai-prices" in single[2].source
    assert len(apis) > 1000
    assert [apis[key] for key in keys] == single


def test_that_electricity_is_in_the_currency_of_the_region(shipped: Catalog) -> None:
    power, rates = shipped.tariffs.power, shipped.tariffs.rates

    assert power["DE"].currency == "EUR"
    assert power["DE"].per_kwh == Decimal("0.3869")
    assert power["HU"].per_kwh * rates["HUF"].usd == pytest.approx(
        Decimal("0.1289"), abs=Decimal("0.0001")
    )
    assert {row.currency for row in power.values()} <= rates.keys()
    assert rates["USD"].usd == 1


def test_that_every_tariff_names_source_licence_and_confidence(shipped: Catalog) -> None:
    for row in shipped.tariffs.power.values():
        assert row.source and row.licence, row.region
        assert row.confidence in ("high", "medium", "low"), row.region
        if row.confidence == "low":
            assert "estimate" in (row.note or ""), row.region


def test_that_a_range_of_rents_holds_the_offers_of_its_card(shipped: Catalog) -> None:
    tariffs = shipped.tariffs
    assert len(tariffs.rentals) == 25
    for offer in tariffs.rentals:
        row = tariffs.rental_ranges.get(offer.card_id or "")
        if row is not None:
            assert row.low <= offer.usd_per_gpu_hour <= row.high, offer.id


def test_that_rows_of_a_user_stand_over_the_shipped_ones(tmp_path: Path) -> None:
    shipped = load_catalog(catalogs_dir()).tariffs.power
    row = {**shipped["DE"].model_dump(mode="json"), "per_kwh": "0.29", "source": "my bill"}
    mine = {"version": 1, "date": "2026-11-22", "tariffs": [row, {**row, "region": "home"}]}
    (tmp_path / "tariffs").mkdir()
    (tmp_path / "tariffs" / "electricity-mine.json").write_text(json.dumps(mine), "utf-8")

    power = load_catalog(catalogs_dir(), tmp_path).tariffs.power

    assert power["DE"].per_kwh == Decimal("0.29")
    assert power["home"].source == "my bill"
    assert list(power)[: len(shipped)] == list(shipped)


def test_that_a_broken_row_of_a_user_is_named_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "rental").mkdir()
    path = tmp_path / "rental" / "rentals-mine.json"
    path.write_text('{"date": "2026-11-22", "rentals": [{"id": "a"}]}', "utf-8")

    tariffs = load_catalog(catalogs_dir(), tmp_path).tariffs

    assert len(tariffs.rentals) == 25
    assert str(tariffs.problems[0]) == f"{path}, a, gpu: Is missing."


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("tariffs/electricity.json", '"0.3869"', '"-1"', "DE, per_kwh: Should be greater than 0"),
        ("tariffs/electricity.json", '"0.3869"', '"NaN"', "DE, per_kwh: Should be a finite number"),
        ("tariffs/electricity.json", '"0.3869"', '"1e12"', "DE, per_kwh: Should be less than or"),
        ("tariffs/electricity.json", '"2026-01"', '"soon"', "date: Is not a year, a month or a"),
        ("tariffs/electricity.json", '"HUF"', '"XXX"', "currency: Has “XXX”, which has no"),
        ("tariffs/electricity.json", '"HUF"', '"huf"', "currency: String should match pattern"),
        ("api_prices/deepinfra.json", '"0.10"', '"2.00"', "input: Is not between the price of"),
        ("api_prices/deepinfra.json", '"2.60"', '"1.00"', "input: Is not between the price of"),
        ("api_prices/deepinfra.json", '"1.30"', '"-1"', "input: Should be greater than or equal"),
        ("api_prices/deepinfra.json", '"serves": "glm-5.2"', '"serves": "x"', "is no model"),
        (
            "api_prices/deepseek.json",
            '"peak_share": "0.2083333333"',
            '"peak_share": "0"',
            "if, and only if",
        ),
        ("api_prices/openai.json", '"above_tokens": 272000', '"above_tokens": 0', "above_tokens"),
        ("peak_hours/deepseek.json", '"end": "04:00"', '"end": "00:30"', "ends before it starts"),
        ("peak_hours/deepseek.json", '"weekdays": [1, 2', '"weekdays": [0, 2', "weekdays.0"),
        ("tariffs/exchange-rates.json", '"usd": "1"', '"usd": "0"', "usd: Should be greater"),
        ("rental/rentals.json", '"0.11"', '"0.9"', "spot_usd_per_gpu_hour: Is dearer than"),
        ("rental/rentals.json", '"card_id": "l40s"', '"card_id": "x"', "which is no card"),
        ("rental/ranges.json", '"expected": "0.22"', '"expected": "9"', "Is outside of 0.14 to"),
        ("rental/ranges.json", '"low"', '"lower"', "lower: Is not a field of this row."),
    ],
)
def test_that_the_check_names_what_is_wrong(
    copy: Path, file: str, old: str, new: str, expected: str
) -> None:
    edit(copy / file, old, new)

    assert any(expected in line for line in found(copy)), found(copy)
