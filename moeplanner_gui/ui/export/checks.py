"""The checks in the printed plan: by severity, then dismissed ones, then what nobody checked."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.checks import NOT_CHECKED
from moeplanner_gui.core.checks.listed import Listed
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.export.checks import checks_list
from moeplanner_gui.ui.export.sheet import Sheet
from moeplanner_gui.ui.icons import paint_icon

_ICONS = {"error": "error", "warning": "warning", "note": "info"}
_INDENT = 22.0
NOTHING = "The checks that exist found nothing to remark."


def add_checks(sheet: Sheet, plan: Plan, assessment: Assessment, catalog: CatalogReader) -> None:
    """Every finding by icon and word with what to verify; dismissed ones with their reason."""
    items = checks_list(plan, assessment, catalog)
    sheet.section("Checks", need=30)
    # The last line stays with the finding above it.
    tail = sheet.metrics(sheet.small).height() + 8
    dismissed = False
    for number, item in enumerate(items, start=1):
        if item.reason is not None and not dismissed:
            dismissed = True
            count = sum(one.reason is not None for one in items)
            sheet.space(2)
            sheet.keep(60)
            sheet.text(f"Dismissed ({count})", sheet.strong, after=4)
        _add_item(sheet, item, tail if number == len(items) else 0.0)
    if not items:
        sheet.text(NOTHING, after=6)
    sheet.text(NOT_CHECKED, sheet.small, sheet.theme.text3)


def _add_item(sheet: Sheet, item: Listed, tail: float) -> None:
    theme = sheet.theme
    colors = {"error": theme.error, "warning": theme.warn, "note": theme.text2}
    severity = item.first.severity
    color = colors[severity] if item.reason is None else theme.text2
    layout, height = sheet.lay_text(
        f"{item.word}  {_with_subject(item)}",
        sheet.base,
        sheet.width - _INDENT,
        strong_until=len(item.word),
        strong_color=theme.text,
    )
    second = item.second if item.reason is None else f"Reason: {item.why}"
    below = sheet.lay_text(second, sheet.small, sheet.width - _INDENT) if second else None
    whole = height + (0.0 if below is None else below[1] + 1)
    sheet.keep(whole + 6 + tail)
    place = QRectF(sheet.left, sheet.y + 0.5, 13, 13)

    def paint(painter: QPainter) -> None:
        paint_icon(painter, place, _ICONS[severity], color)

    sheet.draw(paint)
    sheet.put(layout, sheet.left + _INDENT, sheet.y, theme.text)
    if below is not None:
        sheet.put(below[0], sheet.left + _INDENT, sheet.y + height + 1, theme.text3)
    sheet.y += whole + 6


def _with_subject(item: Listed) -> str:
    """The message, and before it what it is about, unless it says so itself."""
    if item.first.subject == "plan" or item.subject in item.message:
        return item.message
    return f"{item.subject}: {item.message}"
