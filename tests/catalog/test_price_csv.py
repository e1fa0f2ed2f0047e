"""A price list as CSV: every row is kept or named with line, column and a sentence."""

import contextlib
import csv
import datetime as dt
import io
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeplanner_gui.catalog import price_csv
from moeplanner_gui.catalog.load import Catalog
from moeplanner_gui.catalog.price_csv import (
    PriceListError,
    parts_of,
    plain_amount,
    price_list_text,
    read_price_file,
    read_price_list,
    write_price_file,
)
from moeplanner_gui.catalog.rows import PriceEntry
from moeplanner_gui.core.cost.tariffs import ApiTariff
from tests.catalog.test_user_prices import ALL, API, PART, TODAY

HEAD = "kind,id,price,unit"


def problems(*lines: str, head: str = HEAD, parts: set[str] | None = None) -> list[str]:
    found = read_price_list("\n".join([head, *lines]), TODAY, parts)
    return [str(problem) for problem in found.problems]


def test_that_every_price_comes_back_as_it_was(shipped: Catalog) -> None:
    tariffs = shipped.tariffs
    rows = (
        *ALL,
        *[row for row in tariffs.apis.values() if row.id != API.id],
        *tariffs.rentals,
        *tariffs.power.values(),
        *[rate for rate in tariffs.rates.values() if rate.currency != "EUR"],
    )

    found = read_price_list(price_list_text(rows), TODAY)

    assert found.problems == ()
    assert found.rejected == ""
    assert found.rows == rows


def test_that_a_row_needs_no_more_than_kind_id_price_and_unit() -> None:
    found = read_price_list(f"{HEAD}\nhardware,rtx3090,900,USD\n", TODAY, name="list.csv")

    (row,) = found.rows
    assert isinstance(row, PriceEntry)
    assert (row.usd, row.date, row.source) == (900, "2026-11-22", "list.csv")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("hardware,rtx3090,-1,USD", "Line 2, column price: Should be greater than 0 (got -1.0)."),
        ("hardware,rtx3090,0,USD", "Line 2, column price: Should be greater than 0 (got 0.0)."),
        ("hardware,rtx3090,NaN,USD", "column price: Should be a number like 1207.50 (got “NaN”)."),
        ("hardware,rtx3090,inf,USD", "column price: Should be a number like 1207.50"),
        ("hardware,rtx3090,1e12,USD", "column price: Is more than 10,000,000 USD a part."),
        ("hardware,rtx3090,1e999,USD", "column price: Should be a finite number"),
        ("hardware,rtx3090,,USD", "column price: Is missing."),
        ("hardware,,900,USD", "column id: Is missing."),
        (",rtx3090,900,USD", "column kind: Is missing."),
        ("hardware,rtx3090,900,", "column unit: Is missing."),
        ("hardware,rtx3090,900,EUR", "column unit: Should be USD (got “EUR”)."),
        ("car,rtx3090,900,USD", "column kind: Should be one of hardware, api, rent, electricity"),
        ('hardware,rtx3090,"1,207",USD', "“1,207” could be 1207 or 1.207: write one of them."),
        ("hardware,rtx9999,900,USD", "column id: “rtx9999” is no part of the catalogue."),
        ("api,deepseek,1,USD/Mtok", "column id: Should be provider/model (got “deepseek”)."),
        ("api,a/b,1,USD/Mtok", "column output: Is missing."),
        ("api,a/b,1,USD/token", "column unit: Should be USD/Mtok (got “USD/token”)."),
        ("electricity,home,0.3,USD", "column unit: Should be a currency a kWh, like EUR/kWh"),
        ("electricity,home,1e7,EUR/kWh", "column price: Should be less than or equal to 1000000"),
        ("currency,EUR,1.1,USD", "column unit: Should be USD/EUR (got “USD”)."),
        ("currency,eur,1.1,USD/eur", "column id: String should match pattern"),
        ("rent,mine,99999,USD/GPU-hour", "column price: Should be less than or equal to 10000"),
        ('hardware,"rtx3090,900,USD', "Line 2: Is no CSV: unexpected end of data."),
        ("hardware,rtx3090,900,USD,5", "Line 2: Has 5 columns, the header has 4."),
    ],
)
def test_that_a_bad_row_is_named_and_comes_back(line: str, expected: str) -> None:
    text = f"{HEAD}\n{line}\n"
    parts = {"rtx3090"}

    found = read_price_list(text, TODAY, parts)

    (problem,) = found.problems
    assert expected in str(problem)
    assert found.rows == ()
    if "Is no CSV" not in expected:
        assert found.rejected.splitlines()[0] == f"{HEAD},problem"
        assert line.split(",")[1] in found.rejected


@pytest.mark.parametrize(
    ("head", "line", "expected"),
    [
        (f"{HEAD},date", "hardware,a,9,USD,2027-01-01", "column date: Lies in the future"),
        (f"{HEAD},date", "hardware,a,9,USD,22.11.2026", "column date: Should be a day, a month"),
        (f"{HEAD},output", "hardware,a,9,USD,5", "column output: Has no meaning for hardware."),
        (f"{HEAD},low", "hardware,a,9,USD,10", "column low: Is more than the price, 9."),
        (f"{HEAD},output,cached", "api,a/b,1,USD/Mtok,2,5", "column cached: Is more than uncached"),
        (f"{HEAD},output,tiers", "api,a/b,1,USD/Mtok,2,x", "column tiers: Should be like 200000"),
        (f"{HEAD},price_kind", "hardware,a,9,USD,gift", "column price_kind: Should be"),
        (f"{HEAD},confidence", "hardware,a,9,USD,sure", "column confidence: Should be"),
    ],
)
def test_that_the_column_of_a_problem_is_the_one_of_the_list(
    head: str, line: str, expected: str
) -> None:
    (problem,) = problems(line, head=head)

    assert expected in problem


def test_that_sound_rows_are_kept_beside_bad_ones() -> None:
    found = read_price_list(
        f"{HEAD}\nhardware,a,9,USD\nhardware,b,x,USD\n\n  ,,,\n"
        "hardware,c,9,USD\nhardware,a,8,USD\n",
        TODAY,
    )

    assert [row.part_id for row in found.rows if isinstance(row, PriceEntry)] == ["a", "c"]
    assert [(problem.line, problem.column) for problem in found.problems] == [
        (3, "price"),
        (7, "id"),
    ]
    assert "Is that of line 2 again." in str(found.problems[1])


def test_that_rejected_rows_can_be_put_right_and_read_again() -> None:
    first = read_price_list(f'{HEAD},note\nhardware,a,x,USD,"two\nlines, a comma"\n', TODAY)

    again = read_price_list(first.rejected.replace(",x,", ",5,"), TODAY)

    (row,) = again.rows
    assert isinstance(row, PriceEntry)
    assert again.problems == ()
    assert row.note == "two\nlines, a comma"


def test_that_the_line_of_a_row_counts_line_breaks_in_texts() -> None:
    (problem,) = problems('hardware,a,1,USD,"two\nlines"', "hardware,b,x,USD,", head=f"{HEAD},note")

    assert problem.startswith("Line 4, column price")


def test_that_an_unknown_column_is_named_and_the_rows_are_read() -> None:
    found = read_price_list(f"{HEAD},colour\nhardware,a,9,USD,red\n", TODAY)

    assert len(found.rows) == 1
    assert "“colour” is no column of a price list" in str(found.problems[0])


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1207.50", "1207.50"),
        ("1,207.50", "1207.50"),
        ("$1,207.50", "1207.50"),
        ("1,234,567", "1234567"),
        ("0,29", "0.29"),
        ("0,123", "0.123"),
        ("12,5", "12.5"),
        ("1207,50", "1207.50"),
        ("1e3", "1e3"),
        ("1\u202f207.5", "1207.5"),
        ("1,207", None),
        ("1.207,50", None),
        ("12.345.678", None),
        ("0x10", None),
        ("1_000", None),
        ("٣", None),
        ("", None),
    ],
)
def test_that_an_unclear_amount_is_not_guessed(text: str, amount: str | None) -> None:
    assert plain_amount(text) == amount


@pytest.mark.parametrize("comma", [";", "\t"])
def test_that_other_spreadsheets_are_read(comma: str) -> None:
    text = f"{HEAD},name\nelectricity,home,'0,29',EUR/kWh,flat\n".replace(",name", comma + "name")
    text = text.replace("'0,29'", "0#29").replace(",", comma).replace("#", ",")

    (row,) = read_price_list(text, TODAY).rows

    assert getattr(row, "per_kwh", None) == Decimal("0.29")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_that_files_of_every_usual_encoding_are_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "list.csv"
    path.write_text(f"{HEAD},note\nhardware,a,9,USD,für mich\n", encoding)

    (row,) = read_price_file(path, TODAY).rows

    assert row.note == "für mich"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "its first line does not name kind, id, price, unit"),
        (b"a,b\n1,2\n", "its first line does not name kind"),
        (b"kind,id,price,unit,id\n", "names the column id twice"),
        (b"kind,id,price,unit\n\0\0", "is no text"),
        (b"\xff\xfek", "is no text"),
        (b'"kind', "does not name kind"),
    ],
)
def test_that_a_file_that_is_no_price_list_is_a_sentence(
    tmp_path: Path, data: bytes, sentence: str
) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(data)

    with pytest.raises(PriceListError, match=sentence):
        read_price_file(path, TODAY)


def test_that_files_that_cannot_be_read_are_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(PriceListError, match="cannot be read: No such file"):
        read_price_file(tmp_path / "none.csv", TODAY)
    with pytest.raises(PriceListError, match="cannot be read: Is a directory"):
        read_price_file(tmp_path, TODAY)


def test_that_cards_hosts_and_parts_have_prices(shipped: Catalog) -> None:
    parts = parts_of(shipped)

    assert {"rtx3090", "ddr5-udimm-per-gb"} <= parts
    assert set(shipped.hosts) <= parts
    assert "rtx9999" not in parts


def test_that_a_written_list_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"

    write_price_file(path, price_list_text(ALL))

    assert read_price_file(path, TODAY).rows == ALL
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with pytest.raises(PriceListError, match="could not be written: the folder does not exist"):
        write_price_file(tmp_path / "none" / "prices.csv", "")


@given(st.text(), st.sampled_from([HEAD, f"{HEAD},output,tiers,date,low", "id;kind;unit;price"]))
def test_that_no_text_is_more_than_a_sentence(text: str, head: str) -> None:
    with contextlib.suppress(PriceListError):
        found = read_price_list(f"{head}\n{text}", TODAY)
        assert all(problem.message.endswith((".", "?")) for problem in found.problems)


AMOUNT = st.one_of(st.floats().map(str), st.decimals().map(str), st.text(max_size=8))


@given(st.sampled_from(["hardware", "api", "rent", "electricity", "currency"]), AMOUNT, AMOUNT)
def test_that_every_amount_is_kept_or_named(kind: str, price: str, output: str) -> None:
    unit = {
        "hardware": "USD",
        "api": "USD/Mtok",
        "rent": "USD/GPU-hour",
        "electricity": "EUR/kWh",
        "currency": "USD/EUR",
    }[kind]
    name = {"api": "a/b", "currency": "EUR"}.get(kind, "a")
    head, more = (f"{HEAD},output", [output]) if kind == "api" else (HEAD, [])
    out = io.StringIO(newline="")
    csv.writer(out).writerow([kind, name, price, unit, *more])

    with contextlib.suppress(PriceListError):
        found = read_price_list(f"{head}\n{out.getvalue()}", TODAY)
        assert len(found.rows) + len(found.problems) == 1
        if found.rows:
            again = read_price_list(price_list_text(found.rows), TODAY)
            assert again.rows == found.rows


def test_that_a_list_without_an_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(price_csv, "MAX_ROWS", 3)
    text = "\n".join([HEAD, *(f"hardware,part{n},9,USD" for n in range(5))])

    with pytest.raises(PriceListError, match="more than 3 rows"):
        read_price_list(text, TODAY)


def test_that_a_spreadsheet_does_not_run_what_a_list_says() -> None:
    evil = PART.model_copy(update={"note": "=cmd|'/c calc'!A1", "source": "@x"})

    text = price_list_text([evil])

    assert "'=cmd" in text and ",=cmd" not in text and "'@x" in text
    assert read_price_list(text, TODAY).rows == (evil,)


def test_that_tiers_and_peak_hours_come_back() -> None:
    head = f"{HEAD},output,peak_multiplier,peak_share,peak_hours,tiers"
    line = "api,a/b,1,USD/Mtok,5,2,0.25,at noon,200000:2/0.2/10 400000:4/0.4/20"

    (row,) = read_price_list(f"{head}\n{line}\n", dt.date(2026, 11, 22)).rows

    assert isinstance(row, ApiTariff)
    assert row.price().for_prompt(300_000).output_usd == 10
    assert (row.peak_multiplier, row.peak_hours) == (Decimal(2), "at noon")
