"""A price list as CSV: what a spreadsheet exports is read row by row, and ours is written.

Every price of every sort is one row. A row that cannot be used is named with its line, its
column and a sentence, and comes back as it was, so that it can be put right and read again.
An amount whose comma could be a decimal point or a thousands separator is asked about, not
guessed.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from moeplanner_gui.catalog.price_age import PriceSort
from moeplanner_gui.catalog.price_columns import (
    AMOUNTS,
    COLUMNS,
    FIELD_OF,
    SORT_NAMES,
    cells_of,
    fields_of,
    unit_problem,
)
from moeplanner_gui.catalog.problems import from_validation
from moeplanner_gui.catalog.user_price_kinds import SORTS, PriceOfMine, price_problem
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say
from moeplanner_gui.safe_write import why_not_written, write_file_atomically

MAX_BYTES: Final = 20_000_000
MAX_ROWS: Final = 100_000
NEEDED: Final = ("kind", "id", "price", "unit")
ERROR_COLUMN: Final = "problem"
"""The column that rejected rows carry; it is passed over when they are read again."""

if TYPE_CHECKING:
    from moeplanner_gui.catalog.load import Catalog

_FORMULA = ("=", "+", "-", "@", "\t")


class PriceListError(Exception):
    """The file as a whole cannot be read as a price list; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class CellProblem:
    """What is wrong with one row: where, and a sentence without the place."""

    line: int
    column: str
    message: str

    def __str__(self) -> str:
        place = (
            say("Line {0}, column {1}", self.line, self.column)
            if self.column
            else say("Line {0}", self.line)
        )
        return f"{place}: {self.message}"


@dataclass(frozen=True, slots=True)
class PriceList:
    """What was read of a file.

    Attributes:
        rows: The sound prices, in their order.
        problems: What is wrong with the other rows, and with columns nobody knows.
        rejected: The other rows as they were, below the header, as CSV with a column that says
            what is wrong; empty when there are none.
    """

    rows: tuple[PriceOfMine, ...]
    problems: tuple[CellProblem, ...]
    rejected: str


def parts_of(catalog: Catalog) -> frozenset[str]:
    """Every id that a price of hardware can be of: cards, hosts, and parts that have a price."""
    priced = (row.part_id for row in catalog.prices)
    return frozenset((*catalog.gpus, *catalog.hosts, *priced))


def read_price_file(
    path: Path, today: dt.date, known_parts: Container[str] | None = None
) -> PriceList:
    """Read a file; see :func:`read_price_list`.

    Raises:
        PriceListError: It cannot be read, is no text, or is no price list.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise PriceListError(say("“{0}” is larger than 20 MB and was not read.", path.name))
        data = path.read_bytes()
    except OSError as error:
        raise PriceListError(say("“{0}” cannot be read: {1}.", path.name, error.strerror)) from None
    return read_price_list(_decoded(data, path.name), today, known_parts, path.name)


def read_price_list(
    text: str,
    today: dt.date,
    known_parts: Container[str] | None = None,
    name: str = say("the list"),
) -> PriceList:
    """Read prices from CSV with a header; commas, semicolons or tabs between the columns.

    Args:
        text: The content.
        today: The date of rows without one, and the newest that a row may have.
        known_parts: Ids of parts; a price of another part is refused. None asks nobody.
        name: What rows without a source were read from.

    Raises:
        PriceListError: There is no header with the columns of :data:`NEEDED`.
    """
    if "\0" in text:
        raise PriceListError(say("“{0}” is no text.", name))
    comma = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=comma, strict=True)
    lines = _lines(reader)
    header = _header(next(lines, (0, [])), name)
    reading = _Reading(header, today, known_parts, name, comma)
    for number, cells in lines:
        reading.row(number, cells)
    return reading.result()


def price_list_text(rows: Iterable[PriceOfMine]) -> str:
    """The rows as CSV that :func:`read_price_list` reads back without a loss."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        cells = cells_of(row)
        writer.writerow([_shielded(cells.get(column, "")) for column in COLUMNS])
    return out.getvalue()


def write_price_file(path: Path, text: str) -> None:
    """Write a list, or rejected rows, in one step and so that spreadsheets read every letter.

    Raises:
        PriceListError: It could not be written; what was there is unchanged.
    """
    try:
        write_file_atomically(path, text.encode("utf-8-sig"))
    except OSError as error:
        raise PriceListError(
            say("“{0}” could not be written: {1}.", path.name, why_not_written(error))
        ) from None


class _Reading:
    """One pass over the rows of a list."""

    def __init__(
        self,
        header: list[str],
        today: dt.date,
        known_parts: Container[str] | None,
        name: str,
        comma: str,
    ) -> None:
        self._header, self._today, self._known = header, today, known_parts
        self._name, self._comma = name, comma
        self._rows: dict[tuple[PriceSort, str], tuple[int, PriceOfMine]] = {}
        self._problems: list[CellProblem] = []
        self._rejected: list[tuple[list[str], str]] = []
        for column in header:
            if column and column not in (*COLUMNS, ERROR_COLUMN):
                message = say("“{0}” is no column of a price list and was not read.", column[:40])
                self._problems.append(CellProblem(1, column[:40], message))

    def row(self, line: int, cells: list[str] | str) -> None:
        """Read one row; anything wrong is noted."""
        if isinstance(cells, str):
            self._reject(line, "", cells, [])
            return
        if not any(cell.strip() for cell in cells):
            return
        if len(self._rows) + len(self._rejected) >= MAX_ROWS:
            raise PriceListError(say("“{0}” has more than {1:,} rows.", self._name, MAX_ROWS))
        if len(cells) > len(self._header) and any(
            cell.strip() for cell in cells[len(self._header) :]
        ):
            count = say("Has {0} columns, the header has {1}.", len(cells), len(self._header))
            self._reject(
                line,
                "",
                say("{0} Put quotes around texts with a {1!r}.", count, self._comma),
                cells,
            )
            return
        given = {
            column: _bare(cell)
            for column, cell in zip(self._header, cells, strict=False)
            if cell.strip() and column in COLUMNS
        }
        found = self._read(given)
        if isinstance(found, tuple):
            self._reject(line, *found, cells)
            return
        sort = SORT_NAMES[given["kind"].lower()]
        key = (sort, str(getattr(found, SORTS[sort].id_field)))
        if key in self._rows:
            earlier = self._rows[key][0]
            self._reject(line, "id", say("Is that of line {0} again.", earlier), cells)
            return
        self._rows[key] = (line, found)

    def _read(self, given: dict[str, str]) -> PriceOfMine | tuple[str, str]:
        """The price, or the column and the sentence of what is wrong."""
        for column in NEEDED:
            if column not in given:
                return column, say("Is missing.")
        sort = SORT_NAMES.get(given["kind"].lower())
        if sort is None:
            return "kind", say(
                "Should be one of {0} (got “{1}”).", ", ".join(SORTS), given["kind"][:40]
            )
        given.setdefault("date", self._today.isoformat())
        given.setdefault("source", self._name)
        problem = unit_problem(sort, given["unit"], given["id"])
        if problem:
            return "unit", problem
        for column in AMOUNTS:
            if column in given:
                amount = plain_amount(given[column])
                if amount is None:
                    return column, _no_amount(given[column])
                given[column] = amount
        known = self._known is None or sort != "hardware" or given["id"] in self._known
        if not known:
            return "id", say("“{0}” is no part of the catalogue.", given["id"][:60])
        fields = fields_of(sort, given)
        if isinstance(fields, tuple):
            return fields
        row_type = SORTS[sort].kind.row_type
        try:
            row: PriceOfMine = row_type.model_validate(fields, strict=False)  # type: ignore[assignment]
        except ValidationError as error:
            first = next(from_validation(error, "", ""))
            return FIELD_OF[sort].get(first.field.split(".")[0], ""), first.message
        wrong = price_problem(row, self._today)
        return row if wrong is None else (FIELD_OF[sort].get(wrong[0], ""), wrong[1])

    def _reject(self, line: int, column: str, message: str, cells: list[str]) -> None:
        self._problems.append(CellProblem(line, column, message))
        self._rejected.append((cells, f"{column}: {message}" if column else message))

    def result(self) -> PriceList:
        """Everything that was read."""
        text = ""
        if self._rejected:
            out = io.StringIO(newline="")
            writer = csv.writer(out, delimiter=self._comma, lineterminator="\r\n")
            keep = [i for i, column in enumerate(self._header) if column != ERROR_COLUMN]
            writer.writerow([*(self._header[i] for i in keep), ERROR_COLUMN])
            for cells, message in self._rejected:
                padded = [*cells, *[""] * (len(self._header) - len(cells))]
                extra = padded[len(self._header) :]
                writer.writerow([*(padded[i] for i in keep), message, *extra])
            text = out.getvalue()
        rows = tuple(row for _, row in self._rows.values())
        return PriceList(rows, tuple(self._problems), text)


def plain_amount(text: str) -> str | None:
    """An amount as Python reads it; None where it is none or where its comma is unclear.

    ``1,207.50`` has thousands and ``0,29`` a decimal comma; ``1,207`` could be either.
    """
    bare = text.strip().removeprefix("$").replace("\u00a0", "").replace("\u202f", "").strip()
    if not bare.isascii():
        return None
    if re.fullmatch(r"-?\d+(\.\d+)?([eE][+-]?\d{1,3})?", bare):
        return bare
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+\.\d+|-?\d{1,3}(,\d{3}){2,}", bare):
        return bare.replace(",", "")
    if re.fullmatch(r"-?\d+,(\d{1,2}|\d{4,})|-?0,\d+|-?\d{4,},\d+", bare):
        return bare.replace(",", ".")
    return None


def _no_amount(text: str) -> str:
    if re.fullmatch(r"\$?\d{1,3},\d{3}", text.strip()):
        plain = text.strip().lstrip("$")
        one, two = plain.replace(",", ""), plain.replace(",", ".")
        return say("“{0}” could be {1} or {2}: write one of them.", plain, one, two)
    return say("Should be a number like 1207.50 (got “{0}”).", text[:40])


def _delimiter(text: str) -> str:
    first = text.lstrip("\ufeff").lstrip().split("\n", 1)[0]
    return max(",;\t", key=first.count)


def _header(first: tuple[int, list[str] | str], name: str) -> list[str]:
    cells = first[1]
    header = [] if isinstance(cells, str) else [cell.strip().lower() for cell in cells]
    missing = [column for column in NEEDED if column not in header]
    if missing:
        raise PriceListError(
            say(
                "“{0}” is no price list: its first line does not name {1}.",
                name,
                ", ".join(missing),
            )
        )
    twice = sorted({column for column in header if column and header.count(column) > 1})
    if twice:
        raise PriceListError(say("“{0}” names the column {1} twice.", name, ", ".join(twice)))
    return header


def _lines(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str] | str]]:
    """Rows with the line each begins on; a sentence in the place of one that is no CSV."""
    while True:
        line = reader.line_num + 1  # type: ignore[attr-defined]
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, say("Is no CSV: {0}.", error)


def _decoded(data: bytes, name: str) -> str:
    """The text of a file as spreadsheets save it."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp1252")  # type: ignore[assignment]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise PriceListError(say("“{0}” is no text.", name))


def _shielded(text: str) -> str:
    """A spreadsheet must not take a text for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _bare(cell: str) -> str:
    text = cell.strip()
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text
