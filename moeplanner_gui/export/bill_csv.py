"""The bill of materials as one plain table: a header, a row a part, nothing else.

For a shop, an order form or a program. The rows are those of the bill in the window; without a
row of totals, so that a sum over a column is right.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Sequence

from moeplanner_gui.core.bill_rows import BillRow, bill_rows
from moeplanner_gui.core.id_words import price_kind_words
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.words import say
from moeplanner_gui.export.csv import encode_csv
from moeplanner_gui.export.safe_text import Cell, spreadsheet_cell
from moeplanner_gui.safe_write import write_file_atomically

BILL_HEADER = (
    say("Quantity"),
    say("Unit"),
    say("Kind"),
    say("Part"),
    say("Note"),
    say("Unit price (USD)"),
    say("Mine already"),
    say("To buy"),
    say("Subtotal (USD)"),
    say("Price kind"),
    say("Price date"),
    say("Price source"),
    say("Price confidence"),
    say("Assumed"),
    say("Id"),
)
"""Without commas and signs that need quotes; prices are without tax and shipping."""
_UNITS = {"each": "each", "gb": "GB", "tb": "TB"}


def csv_table(rows: Iterable[Sequence[Cell]]) -> str:
    """Rows as CSV text with CRLF line ends; what a spreadsheet would run is made harmless."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    for row in rows:
        writer.writerow([spreadsheet_cell(cell) for cell in row])
    return stream.getvalue()


def bill_table(plan: Plan, catalog: CatalogReader) -> Iterable[tuple[Cell, ...]]:
    """The header and a row a part; a price that is not known is an empty cell, never 0."""
    yield BILL_HEADER
    for row in bill_rows(plan, catalog):
        yield _cells(row)


def bill_csv(plan: Plan, catalog: CatalogReader) -> str:
    """The bill as CSV text."""
    return csv_table(bill_table(plan, catalog))


def write_bill_csv(path: str | os.PathLike[str], plan: Plan, catalog: CatalogReader) -> None:
    """Save the bill as a CSV file.

    Raises:
        OSError: The file could not be written; an existing one is unchanged.
    """
    write_file_atomically(path, encode_csv(bill_csv(plan, catalog)))


def _cells(row: BillRow) -> tuple[Cell, ...]:
    price = row.price
    typed = say("typed in") if price is None and row.unit_usd is not None else ""
    return (
        row.count,
        _UNITS[row.unit],
        row.kind_words,
        row.name,
        row.note,
        row.unit_usd,
        row.mine,
        row.count - row.mine,
        None if row.usd is None else round(row.usd, 2),
        typed if price is None else price_kind_words(price.kind),
        "" if price is None else price.date,
        typed if price is None else price.source,
        "" if price is None else price.confidence,
        "yes" if row.assumed else "no",
        row.part_id or "",
    )
