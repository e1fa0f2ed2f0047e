"""The printed bill of materials: part, count, price with its day, what is mine, sums by group."""

from __future__ import annotations

from collections.abc import Sequence

from moeplanner_gui.core.bill_line import LINE_WORDS
from moeplanner_gui.core.bill_rows import bill_sum
from moeplanner_gui.core.cost.sentence import usd_band
from moeplanner_gui.core.id_words import price_confidence_words, price_kind_words
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.words import comma_joined, say
from moeplanner_gui.export.parts import PartRow, known_total_usd, parts_list
from moeplanner_gui.ui.export.sheet import Column, Sheet

_NETWORK = ("nic", "network", "switch")
TAX = say("none included; shipping is not included either")
Cells = tuple[str, str, str, str, str, str, str]


def add_bill(sheet: Sheet, plan: Plan, catalog: CatalogReader) -> None:
    """What to buy, what each is known to cost, and what it adds up to, which is without tax."""
    rows = parts_list(plan, catalog)
    if not rows:
        return
    sheet.section(say("Bill of materials, USD"))
    cells: list[Cells] = []
    strong: set[int] = set()
    groups = _grouped(rows)
    for title, own in groups:
        cells += [_cells(row) for row in own]
        if len(groups) > 1 and len(own) > 1:
            strong.add(len(cells))
            cells.append(_subtotal(title, own))
    first = len(cells)
    cells += _foot(plan, catalog, rows)
    strong.update(range(first, len(cells)))
    # Numbers are never broken over lines, however large they are.
    count, each, mine, usd = (
        max(sheet.metrics(sheet.strong).horizontalAdvance(row[place]) for row in cells) + 4
        for place in (0, 3, 4, 5)
    )
    # Nor is the heading of a narrow column, in a language whose words are longer.
    head = sheet.metrics(sheet.small).horizontalAdvance
    mine = max(mine, *(head(word) + 4 for word in say("Mine").split()))
    columns = (
        Column("", width=max(count, 20.0), right=True),
        Column(say("Part"), share=38, strong=True),
        Column("", share=33, small=True),
        Column(say("Each"), width=max(each, 50), right=True),
        Column(say("Mine"), width=max(mine, 28), right=True),
        Column("USD", width=max(usd, 56), right=True),
        Column(say("Price from"), share=29, small=True),
    )
    sheet.table(columns, cells, strong_rows=frozenset(strong))


def _grouped(rows: Sequence[PartRow]) -> list[tuple[str, list[PartRow]]]:
    """The rows under their groups, in the order of the list; a group without rows is left out."""
    network = {LINE_WORDS[kind] for kind in _NETWORK}
    cards: list[PartRow] = []
    computers: list[PartRow] = []
    others: list[PartRow] = []
    for row in rows:
        is_card = row.kind == LINE_WORDS["card"]
        (cards if is_card else others if row.kind in network else computers).append(row)
    groups = ((say("Cards"), cards), (say("Computers"), computers), (say("Network"), others))
    return [(title, own) for title, own in groups if own]


def _cells(row: PartRow) -> Cells:
    return (
        say("{0:,}", row.count),
        row.name,
        comma_joined(text for text in (say("assumed") if row.assumed else "", row.detail) if text),
        "–" if row.unit_usd is None else say("{0:,.2f}", row.unit_usd),
        _mine(row),
        say("no price") if row.total_usd is None else say("{0:,.2f}", row.total_usd),
        _price_from(row),
    )


def _mine(row: PartRow) -> str:
    """How many are there already and cost nothing."""
    if not row.mine:
        return "–"
    return say("all") if row.mine == row.count else say("{0:,}", row.mine)


def _subtotal(title: str, rows: Sequence[PartRow]) -> Cells:
    total, without = known_total_usd(tuple(rows))
    if without == len(rows):
        return ("", title, "", "", "", say("no price"), "")
    note = say("and {0} without a price", without) if without else ""
    return ("", title, "", "", "", say("{0:,.2f}", total), note)


def _foot(plan: Plan, catalog: CatalogReader, rows: Sequence[PartRow]) -> list[Cells]:
    """Tax, the sum, and a price of the whole that counts instead of it."""
    found: list[Cells] = [("", say("Tax"), "", "", "", "–", TAX)]
    total, without = known_total_usd(tuple(rows))
    if without < len(rows):
        name = say("Hardware") if not without else say("Sum of the known prices")
        note = _sum_note(plan, catalog) if not without else _without_price(without, len(rows))
        found.append(("", name, "", "", "", say("{0:,.2f}", total), note))
    else:
        found.append(
            ("", say("Hardware"), "", "", "", say("no price"), _without_price(without, len(rows)))
        )
    if plan.economics.hardware_usd is not None:
        whole = say("{0:,.2f}", plan.economics.hardware_usd)
        found.append(
            ("", say("Whole rig, typed in"), "", "", "", whole, say("counts instead of the sum"))
        )
    return found


def _sum_note(plan: Plan, catalog: CatalogReader) -> str:
    """How far the sum may be off."""
    total = bill_sum(plan, catalog).total
    if total is None or round(total.low) == round(total.high):
        return say("without tax")
    return say("{0}, without tax", usd_band(total.low, total.high))


def _without_price(without: int, parts: int) -> str:
    if without == 1:
        return say("1 of {0} parts has no price", parts)
    return say("{0} of {1} parts have no price", without, parts)


def _price_from(row: PartRow) -> str:
    """Kind, date and how sure it is; where it was read stands under the sources."""
    if row.unit_usd is None:
        return ""
    kind = "" if row.price_kind == "part" else price_kind_words(row.price_kind)
    sure = price_confidence_words(row.confidence) if row.confidence else ""
    return comma_joined(part for part in (kind, row.price_date, sure) if part)
