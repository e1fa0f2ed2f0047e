"""What says where things are and what this document is: contents, and the last section."""

from __future__ import annotations

import datetime
from dataclasses import field

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

import moeplanner_gui
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.charts.context_limits import column_group
from moeplanner_gui.ui.export.blocks import Block, Page
from moeplanner_gui.ui.export.sheet import Column, Sheet

_COLUMNS = 3
_GAP = 24.0


@dataclass(slots=True)
class Contents:
    """The list of chapters: its place is kept while writing, its numbers are known after that."""

    rows: int = 0
    row_height: float = 0.0
    block: Block | None = None
    titles: list[tuple[str, int]] = field(default_factory=list)

    def reserve(self, sheet: Sheet, titles: int) -> None:
        """Keep the room of so many chapters."""
        self.rows = -(-titles // _COLUMNS)
        self.row_height = sheet.metrics(sheet.base).height() + 4
        laid = sheet.lay_text(say("Contents"), sheet.subheading, sheet.width)
        title = laid.at(0, 0, sheet.theme.text)
        sheet.add(laid.height, title, before=16.0, with_next=True)
        sheet.space(5)
        self.block = sheet.add(self.rows * self.row_height)
        self.block.draws = (lambda painter, _height: self._paint(painter, sheet),)

    def fill(self, pages: list[Page]) -> None:
        """Take the chapters of the finished pages."""
        self.titles = [
            (placed.block.heading[0], number)
            for number, page in enumerate(pages, start=1)
            for placed in page
            if placed.block.heading is not None and placed.block.heading[1] == 1
        ]

    def area(self, sheet: Sheet, number: int) -> tuple[float, float, float, float]:
        """Left, top, width and height of a chapter's entry within the block."""
        width = (sheet.width - (_COLUMNS - 1) * _GAP) / _COLUMNS
        # As many rows as are needed: one chapter less than was thought changes nothing else.
        column, row = divmod(number, max(self.rows, 1))
        return column * (width + _GAP), row * self.row_height, width, self.row_height

    def _paint(self, painter: QPainter, sheet: Sheet) -> None:
        theme = sheet.theme
        metrics = sheet.metrics(sheet.base)
        for number, (title, page) in enumerate(self.titles):
            x, y, width, height = self.area(sheet, number)
            base = y + 2 + metrics.ascent()
            painter.setFont(sheet.base)
            painter.setPen(QColor(theme.text))
            end = metrics.horizontalAdvance(str(page))
            text = metrics.elidedText(title, Qt.TextElideMode.ElideRight, width - end - 12)
            painter.drawText(QPointF(x, base), text)
            painter.setPen(QColor(theme.text3))
            painter.drawText(QPointF(x + width - end, base), str(page))
            painter.setPen(QPen(QColor(theme.grid), 0.75))
            painter.drawLine(QPointF(x, y + height), QPointF(x + width, y + height))


def add_about(
    sheet: Sheet,
    plan: Plan,
    catalog: CatalogReader,
    today: datetime.date,
    digest: str,
) -> None:
    """What this document was made from: by this it can be made again and told from others."""
    sheet.section(say("This document"))
    stand = str(getattr(catalog, "date", "") or "") or "–"
    engine = column_group(plan, catalog, plan.deployment.engine)
    rows = [
        (say("Written"), today.isoformat()),
        (say("Written by"), say("MoE Planner {0}", moeplanner_gui.__version__)),
        (say("Catalogue of models, hardware and prices"), stand),
        (say("Engine and how it uses the cards"), engine),
        (say("Plan file format"), plan.format),
        (say("SHA-256 of the plan"), digest),
    ]
    if plan.name:
        rows.insert(0, (say("Name of the plan"), plan.name))
    sheet.table((Column(say("What"), share=32, strong=True), Column(say("Value"), share=68)), rows)
    sheet.stay()
    sheet.space(5)
    note = say(
        "The same plan with the same program and catalogue gives the same "
        "figures. Equal plans have equal sums; the first twelve digits stand "
        "at the foot of each page."
    )
    sheet.text(note, sheet.small, sheet.theme.text3)
