"""The checks in the printed plan: by severity, then dismissed ones, then what nobody checked."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.checks import NOT_CHECKED
from moeplanner_gui.core.checks.listed import Listed
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.words import say
from moeplanner_gui.export.checks import checks_list
from moeplanner_gui.ui.export.sheet import Draw, Sheet
from moeplanner_gui.ui.icons import paint_icon

_ICONS = {"error": "error", "warning": "warning", "note": "info"}
_INDENT = 22.0
NOTHING = say("The checks that exist found nothing to remark.")


def add_checks(sheet: Sheet, plan: Plan, assessment: Assessment, catalog: CatalogReader) -> None:
    """Every finding by icon and word with what to verify; dismissed ones with their reason."""
    items = checks_list(plan, assessment, catalog)
    sheet.section(say("Checks"))
    dismissed = False
    for item in items:
        if item.reason is not None and not dismissed:
            dismissed = True
            count = sum(one.reason is not None for one in items)
            sheet.section(say("Dismissed ({0})", count), level=2)
        _add_item(sheet, item)
    if not items:
        sheet.text(NOTHING, after=6)
    # The last line stays with the finding above it.
    sheet.stay()
    sheet.text(NOT_CHECKED, sheet.small, sheet.theme.text3)


def _add_item(sheet: Sheet, item: Listed) -> None:
    theme = sheet.theme
    colors = {"error": theme.error, "warning": theme.warn, "note": theme.text2}
    severity = item.first.severity
    color = colors[severity] if item.reason is None else theme.text2
    width = sheet.width - _INDENT
    said = sheet.lay_text(
        f"{item.word}  {_with_subject(item)}",
        sheet.base,
        width,
        strong_until=len(item.word),
        strong_color=theme.text,
        most_lines=14,
    )

    def paint(painter: QPainter, _height: float) -> None:
        paint_icon(painter, QRectF(0, 0.5, 13, 13), _ICONS[severity], color)

    draws: list[Draw] = [paint, said.at(_INDENT, 0, theme.text)]
    height = said.height
    second = item.second if item.reason is None else say("Reason: {0}", item.why)
    if second:
        below = sheet.lay_text(second, sheet.small, width, most_lines=14)
        draws.append(below.at(_INDENT, height + 1, theme.text3))
        height += below.height + 1
    sheet.add(height, *draws)
    sheet.space(6)


def _with_subject(item: Listed) -> str:
    """The message, and before it what it is about, unless it says so itself."""
    if item.first.subject == "plan" or item.subject in item.message:
        return item.message
    return f"{item.subject}: {item.message}"
