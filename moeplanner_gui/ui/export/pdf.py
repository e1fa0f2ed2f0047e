"""The build plan as a PDF: real text, charts as vectors, written in one step or not at all.

Needs a QGuiApplication, no widgets and no screen. Reads no clock unless no date is given.
"""

from __future__ import annotations

import datetime
import hashlib
import os

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QPointF
from PySide6.QtGui import QColor, QPageLayout, QPageSize, QPainter, QPdfWriter

import moeplanner_gui
from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.words import say
from moeplanner_gui.export.plan_file import plan_to_json
from moeplanner_gui.safe_write import write_file_atomically
from moeplanner_gui.ui.charts.context_chart import context_chart
from moeplanner_gui.ui.export import (
    answer,
    bill,
    checks,
    cost,
    derivations,
    details,
    rig,
    speed,
    start,
)
from moeplanner_gui.ui.export.blocks import Page, fill_pages
from moeplanner_gui.ui.export.front import Contents, add_about
from moeplanner_gui.ui.export.outline import Link, Mark, with_outline
from moeplanner_gui.ui.export.paper import Paper, usual_paper
from moeplanner_gui.ui.export.plain_text import paper_text
from moeplanner_gui.ui.export.sheet import FOOTER, HEADER, MARGIN, Sheet
from moeplanner_gui.ui.export.words import plan_title
from moeplanner_gui.ui.theme import LIGHT

RESOLUTION = 1200
PX_PER_INCH = 96
PT_PER_PX = 72 / PX_PER_INCH
TOP = MARGIN + HEADER
BELOW = FOOTER + 18.0
_SIZES = {"A4": QPageSize.PageSizeId.A4, "Letter": QPageSize.PageSizeId.Letter}
_LONGEST_TITLE = 200


def write_pdf(
    path: str | os.PathLike[str],
    plan: Plan,
    assessment: Assessment,
    catalog: CatalogReader,
    *,
    paper: Paper | None = None,
    today: datetime.date | None = None,
) -> None:
    """Write the build plan; ``paper`` is that of the locale when None.

    Raises:
        OSError: The file could not be written; an existing one is unchanged.
    """
    write_file_atomically(path, pdf_bytes(plan, assessment, catalog, paper=paper, today=today))


def pdf_bytes(
    plan: Plan,
    assessment: Assessment,
    catalog: CatalogReader,
    *,
    paper: Paper | None = None,
    today: datetime.date | None = None,
) -> bytes:
    """The build plan as the content of a PDF file; ``today`` is the date printed on it."""
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(RESOLUTION)
    writer.setPageSize(QPageSize(_SIZES[paper or usual_paper()]))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0), QPageLayout.Unit.Point)
    writer.setTitle(paper_text(plan_title(plan, catalog), _LONGEST_TITLE))
    writer.setCreator(say("MoE Planner {0}", moeplanner_gui.__version__))
    scale = RESOLUTION / PX_PER_INCH
    width, height = writer.width() / scale, writer.height() / scale
    sheet, contents = Sheet(writer, LIGHT, width), Contents()
    day = today or datetime.date.today()
    _write(sheet, contents, plan, assessment, catalog, day)
    pages = fill_pages(sheet.blocks, height - TOP - BELOW)
    contents.fill(pages)
    frame = _Frame(sheet, height, plan, catalog, day)
    painter = QPainter(writer)
    painter.scale(scale, scale)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    for number, page in enumerate(pages):
        if number:
            writer.newPage()
        frame.paint_head(painter)
        _paint_page(painter, page)
        frame.paint_foot(painter, number + 1, len(pages))
    painter.end()
    buffer.close()
    marks = _marks(pages, height)
    return with_outline(bytes(content.data()), marks, _links(sheet, contents, pages, marks, height))


def _write(
    sheet: Sheet,
    contents: Contents,
    plan: Plan,
    assessment: Assessment,
    catalog: CatalogReader,
    today: datetime.date,
) -> None:
    """All chapters, in the order in which they are read."""
    answer.add_title(sheet, plan, catalog)
    answer.add_verdict(sheet, plan, assessment, catalog)
    answer.add_figures(sheet, plan, assessment, catalog)
    runs = assessment.verdict != "cannot_run"
    if runs:
        answer.add_memory(sheet, plan, assessment)
        answer.add_curve(sheet, context_chart(plan, assessment, catalog))
    place = len(sheet.blocks)
    details.add_remedies(sheet, plan, assessment, catalog)
    rig.add_rig(sheet, plan, assessment, catalog)
    bill.add_bill(sheet, plan, catalog)
    details.add_device_table(sheet, assessment)
    details.add_context(sheet, plan, catalog, runs)
    speed.add_speed(sheet, plan, assessment, catalog)
    cost.add_cost(sheet, plan, assessment, catalog)
    checks.add_checks(sheet, plan, assessment, catalog)
    start.add_start(sheet, plan, assessment, catalog)
    details.add_assumptions(sheet, plan, assessment, catalog)
    derivations.add_derivations(sheet, plan, assessment, catalog)
    details.add_sources(sheet, plan, assessment, catalog)
    add_about(sheet, plan, catalog, today, plan_digest(plan))
    chapters = sum(b.heading is not None and b.heading[1] == 1 for b in sheet.blocks)
    rest, sheet.blocks = sheet.blocks[place:], sheet.blocks[:place]
    contents.reserve(sheet, chapters)
    sheet.blocks += rest


def _paint_page(painter: QPainter, page: Page) -> None:
    for placed in page:
        painter.save()
        painter.translate(MARGIN, TOP + placed.top)
        for draw in placed.block.draws:
            painter.save()
            draw(painter, placed.height)
            painter.restore()
        painter.restore()


def _marks(pages: list[Page], height: float) -> list[Mark]:
    """The headings as bookmarks."""
    return [
        Mark(*placed.block.heading, number, (height - TOP - placed.top + 4) * PT_PER_PX)
        for number, page in enumerate(pages)
        for placed in page
        if placed.block.heading is not None
    ]


def _links(
    sheet: Sheet, contents: Contents, pages: list[Page], marks: list[Mark], height: float
) -> list[Link]:
    """Each entry of the table of contents leads to its chapter."""
    found = []
    chapters = [mark for mark in marks if mark.level == 1]
    for number, page in enumerate(pages):
        for placed in page:
            if placed.block is contents.block:
                for entry, mark in enumerate(chapters):
                    x, y, wide, tall = contents.area(sheet, entry)
                    left, top = MARGIN + x, height - TOP - placed.top - y
                    area = (left, top - tall, left + wide, top)
                    a, b, c, d = (edge * PT_PER_PX for edge in area)
                    found.append(Link(number, (a, b, c, d), mark))
    return found


def plan_digest(plan: Plan) -> str:
    """The SHA-256 of the plan as a plan file holds it, in hexadecimal."""
    return hashlib.sha256(plan_to_json(plan).encode()).hexdigest()


def plan_hash(plan: Plan) -> str:
    """Twelve hexadecimal digits that name the plan: equal plans have equal ones."""
    return plan_digest(plan)[:12]


class _Frame:
    """What stands on every page: whose it is, of when, which plan, which page."""

    def __init__(
        self,
        sheet: Sheet,
        height: float,
        plan: Plan,
        catalog: CatalogReader,
        today: datetime.date,
    ) -> None:
        self._sheet = sheet
        self._foot = height - FOOTER
        # %B would follow the system's language; the document is in that of the window.
        date = say("{0:d} {1} {2:d}", today.day, _MONTHS[today.month - 1], today.year)
        stand = str(getattr(catalog, "date", "") or "")
        self._right = say("Build plan · {0}", date)
        if stand:
            self._right = say("Build plan · {0} · catalogue {1}", date, stand)
        version = moeplanner_gui.__version__
        self._marks = details.marks_in_words()
        self._plan = say("MoE Planner {0} · plan {1}", version, plan_hash(plan))

    def paint_head(self, painter: QPainter) -> None:
        """First in the file too, so that a reading voice says it first."""
        sheet, theme = self._sheet, self._sheet.theme
        y = MARGIN - 10.0
        painter.setFont(sheet.small_strong)
        painter.setPen(QColor(theme.text))
        painter.drawText(QPointF(MARGIN, y), say("MoE Planner"))
        painter.setFont(sheet.small)
        painter.setPen(QColor(theme.text3))
        x = MARGIN + sheet.width - sheet.metrics(sheet.small).horizontalAdvance(self._right)
        painter.drawText(QPointF(x, y), self._right)

    def paint_foot(self, painter: QPainter, number: int, count: int) -> None:
        """The marks of certainty, the plan's sum and the page."""
        sheet, theme = self._sheet, self._sheet.theme
        small = sheet.metrics(sheet.small)
        right, y = MARGIN + sheet.width, self._foot
        painter.setPen(QColor(theme.border))
        painter.drawLine(QPointF(MARGIN, y), QPointF(right, y))
        y += 17
        painter.setFont(sheet.small)
        painter.setPen(QColor(theme.text3))
        painter.drawText(QPointF(MARGIN, y), self._marks)
        page = f"{number} / {count}"
        end = right - small.horizontalAdvance(page)
        middle = end - 24 - small.horizontalAdvance(self._plan)
        painter.drawText(QPointF(middle, y), self._plan)
        painter.drawText(QPointF(end, y), page)


_MONTHS = (
    say("January"),
    say("February"),
    say("March"),
    say("April"),
    say("May"),
    say("June"),
    say("July"),
    say("August"),
    say("September"),
    say("October"),
    say("November"),
    say("December"),
)
