"""The build plan as a PDF: real text, charts as vectors, written in one step or not at all.

Needs a QGuiApplication, no widgets and no screen. Reads no clock unless no date is given.
"""

from __future__ import annotations

import datetime
import hashlib
import os
from typing import Literal

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QPointF
from PySide6.QtGui import QColor, QPageLayout, QPageSize, QPainter, QPdfWriter

import moeplanner_gui
from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.export.plan_file import plan_to_json
from moeplanner_gui.safe_write import write_file_atomically
from moeplanner_gui.ui.charts.context_chart import context_chart
from moeplanner_gui.ui.export import answer, checks, cost, details, speed
from moeplanner_gui.ui.export.sheet import FOOTER, MARGIN, Sheet
from moeplanner_gui.ui.export.words import plan_title
from moeplanner_gui.ui.theme import LIGHT

RESOLUTION = 1200
PX_PER_INCH = 96
LONELY = 0.3
"""A last page filled less than this is avoided where closer lines can do it."""
DENSER = 1.35
Paper = Literal["A4", "Letter"]
_SIZES = {"A4": QPageSize.PageSizeId.A4, "Letter": QPageSize.PageSizeId.Letter}


def write_pdf(
    path: str | os.PathLike[str],
    plan: Plan,
    assessment: Assessment,
    catalog: CatalogReader,
    *,
    paper: Paper = "A4",
    today: datetime.date | None = None,
) -> None:
    """Write the build plan.

    Raises:
        OSError: The file could not be written; an existing one is unchanged.
    """
    write_file_atomically(path, pdf_bytes(plan, assessment, catalog, paper=paper, today=today))


def pdf_bytes(
    plan: Plan,
    assessment: Assessment,
    catalog: CatalogReader,
    *,
    paper: Paper = "A4",
    today: datetime.date | None = None,
) -> bytes:
    """The build plan as the content of a PDF file; ``today`` is the date printed on it."""
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(RESOLUTION)
    writer.setPageSize(QPageSize(_SIZES[paper]))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0), QPageLayout.Unit.Point)
    writer.setTitle(plan_title(plan, catalog))
    writer.setCreator(f"MoE Planner {moeplanner_gui.__version__}")
    scale = RESOLUTION / PX_PER_INCH
    size = (writer.width() / scale, writer.height() / scale)
    sheet = _lay_out(Sheet(writer, LIGHT, *size), plan, assessment, catalog)
    if len(sheet.pages) > 1 and sheet.filled < LONELY:
        # A last page with a few lines on it looks like a mistake.
        closer = _lay_out(Sheet(writer, LIGHT, *size, DENSER), plan, assessment, catalog)
        if len(closer.pages) < len(sheet.pages):
            sheet = closer
    frame = _Frame(sheet, plan, catalog, today or datetime.date.today())
    painter = QPainter(writer)
    painter.scale(scale, scale)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    sheet.paint(painter, writer, frame.paint)
    painter.end()
    buffer.close()
    return content.data()


def _lay_out(sheet: Sheet, plan: Plan, assessment: Assessment, catalog: CatalogReader) -> Sheet:
    answer.add_title(sheet, plan, catalog)
    answer.add_verdict(sheet, plan, assessment, catalog)
    answer.add_figures(sheet, plan, assessment, catalog)
    if assessment.verdict != "cannot_run":
        answer.add_memory(sheet, plan, assessment)
        answer.add_curve(sheet, context_chart(plan, assessment, catalog))
    speed.add_speed(sheet, plan, assessment, catalog)
    cost.add_cost(sheet, plan, assessment, catalog)
    details.add_remedies(sheet, plan, assessment, catalog)
    details.add_parts(sheet, plan, catalog)
    checks.add_checks(sheet, plan, assessment, catalog)
    details.add_device_table(sheet, assessment)
    details.add_context_table(sheet, plan, catalog)
    details.add_assumptions(sheet, plan, assessment, catalog)
    details.add_derivations(sheet, plan, assessment, catalog)
    details.add_sources(sheet, plan, assessment, catalog)
    return sheet


def plan_hash(plan: Plan) -> str:
    """Twelve hexadecimal digits that name the plan: equal plans have equal ones."""
    return hashlib.sha256(plan_to_json(plan).encode()).hexdigest()[:12]


class _Frame:
    """What stands on every page: whose it is, of when, which plan, which page."""

    def __init__(
        self, sheet: Sheet, plan: Plan, catalog: CatalogReader, today: datetime.date
    ) -> None:
        self._sheet = sheet
        # %B would follow the system's language; the document is English.
        date = f"{today.day} {_MONTHS[today.month - 1]} {today.year}"
        stand = str(getattr(catalog, "date", "") or "")
        self._right = f"Build plan · {date}" + (f" · catalogue {stand}" if stand else "")
        version = moeplanner_gui.__version__
        self._marks = details.marks_in_words()
        self._plan = f"MoE Planner {version} · plan {plan_hash(plan)}"

    def paint(self, painter: QPainter, number: int, count: int) -> None:
        sheet, theme = self._sheet, self._sheet.theme
        right = sheet.left + sheet.width
        small = sheet.metrics(sheet.small)
        y = MARGIN - 10.0
        painter.setFont(sheet.small_strong)
        painter.setPen(QColor(theme.text))
        painter.drawText(QPointF(sheet.left, y), "MoE Planner")
        painter.setFont(sheet.small)
        painter.setPen(QColor(theme.text3))
        x = right - small.horizontalAdvance(self._right)
        painter.drawText(QPointF(x, y), self._right)
        y = sheet.page_height - FOOTER
        painter.setPen(QColor(theme.border))
        painter.drawLine(QPointF(sheet.left, y), QPointF(right, y))
        y += 17
        painter.setPen(QColor(theme.text3))
        painter.drawText(QPointF(sheet.left, y), self._marks)
        page = f"{number} / {count}"
        end = right - small.horizontalAdvance(page)
        painter.drawText(QPointF(end, y), page)
        middle = end - 24 - small.horizontalAdvance(self._plan)
        painter.drawText(QPointF(middle, y), self._plan)


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
