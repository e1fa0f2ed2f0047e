"""Which pictures there are of a plan, and how each kind of chart is painted. Knows no view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import moeplanner_gui
from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.cost.curves import time_curves, volume_curves
from moeplanner_gui.core.cost.sensitivity import tornado
from moeplanner_gui.core.cost.study import study_of
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.units import MemoryUnit
from moeplanner_gui.core.words import comma_joined, paragraph, say
from moeplanner_gui.export.safe_text import one_line
from moeplanner_gui.ui.charts.compare_chart import CurveChart
from moeplanner_gui.ui.charts.context_chart import ContextChart, context_chart
from moeplanner_gui.ui.charts.cost_chart import CostChart, TornadoChart
from moeplanner_gui.ui.charts.cost_facts import cumulative_chart, monthly_chart, tornado_chart
from moeplanner_gui.ui.charts.finder_chart import RigChart, RigPoint
from moeplanner_gui.ui.charts.paint_compare import memory_height, paint_curves, paint_memories
from moeplanner_gui.ui.charts.paint_context import paint_context
from moeplanner_gui.ui.charts.paint_cost import paint_cost_chart
from moeplanner_gui.ui.charts.paint_cost_bars import paint_tornado
from moeplanner_gui.ui.charts.paint_finder import paint_rig_chart
from moeplanner_gui.ui.charts.paint_speed import paint_band_chart
from moeplanner_gui.ui.charts.speed_chart import (
    BandChart,
    context_speed_chart,
    prompt_chart,
    users_speed_chart,
)
from moeplanner_gui.ui.export.pictures import Heading, Picture
from moeplanner_gui.ui.plan_titles import plan_title

if TYPE_CHECKING:
    from PySide6.QtCore import QRectF
    from PySide6.QtGui import QPainter

    from moeplanner_gui.ui.theme import Theme

LONGEST_NAME = 120
_SWING_PX = 30.0


def heading_of(plan: Plan, catalog: CatalogReader, today: date) -> Heading:
    """The plan's name, and what program drew it from which data on which day."""
    return Heading(plan_name(plan, catalog), source_line(catalog, today))


def plan_name(plan: Plan, catalog: CatalogReader) -> str:
    """What the user calls the plan, else model and cards."""
    try:
        name = plan.name or plan_title(plan, catalog)
    except LookupError:
        name = plan.name or plan.model
    return one_line(name, LONGEST_NAME)


def source_line(catalog: CatalogReader, today: date) -> str:
    """``MoE Planner 0.1.0, data of 2026-11-23, drawn 2026-11-23``."""
    dated = getattr(catalog, "date", "")
    parts = (
        say("MoE Planner {0}", moeplanner_gui.__version__),
        say("data of {0}", dated) if dated else "",
        say("drawn {0}. Modelled figures; ranges hold eight of ten cases.", today.isoformat()),
    )
    return comma_joined(part for part in parts if part)


def pictures_of(
    plan: Plan, assessment: Assessment, catalog: CatalogReader, unit: MemoryUnit = "GiB"
) -> list[Picture]:
    """Every picture that the plan has figures for."""
    name = plan_name(plan, catalog)
    found: list[Picture | None] = [memory_picture(((name, assessment),), unit)]
    if assessment.verdict != "cannot_run":
        found.append(picture_of(context_chart(plan, assessment, catalog)))
    if assessment.fits and assessment.speed.decode_tokens_per_s is not None:
        found += [
            picture_of(context_speed_chart(plan, assessment, catalog)),
            picture_of(prompt_chart(plan, assessment, catalog)),
            picture_of(users_speed_chart(plan, catalog)),
        ]
    cost = assessment.cost
    study = study_of(plan, assessment, catalog) if assessment.fits else None
    if study is not None:
        volume = volume_curves(study)
        if volume is not None:
            found.append(_named(picture_of(monthly_chart(volume, cost)), "cost-month"))
        if cost.api_usd_per_month is not None or cost.rent_usd_per_month is not None:
            paid = cumulative_chart(time_curves(study), cost)
            found.append(_named(picture_of(paid), "cost-paid"))
        found.append(picture_of(tornado_chart(tornado(study))))
    return [picture for picture in found if picture is not None]


def _named(picture: Picture | None, key: str) -> Picture | None:
    return None if picture is None else replace(picture, key=key)


def memory_picture(
    plans: Sequence[tuple[str, Assessment]], unit: MemoryUnit = "GiB"
) -> Picture | None:
    """The bars of one plan or of several on one scale; None without devices."""
    shown = tuple(
        (one_line(name, LONGEST_NAME) or say("This plan"), answer)
        for name, answer in plans
        if answer.devices
    )
    if not shown:
        return None

    def paint(painter: QPainter, rect: QRectF, theme: Theme) -> None:
        paint_memories(painter, rect, shown, theme, unit)

    return Picture(
        "memory" if len(shown) == 1 else "memory-compared",
        say("Memory of each device") if len(shown) == 1 else say("Memory of the compared plans"),
        paint,
        shown[0][1].reasons[0] if len(shown) == 1 and shown[0][1].reasons else "",
        lambda width: memory_height(shown, width),
    )


def picture_of(chart: object, chosen: RigPoint | None = None) -> Picture | None:
    """The picture of a chart of any kind, None for what is none."""
    if isinstance(chart, ContextChart):
        return Picture(
            "context", say("Memory of {0} against context",chart.device_label),
            lambda p, rect, theme: paint_context(p, rect, chart, theme),
            paragraph(chart.sentence),
        )  # fmt: skip
    if isinstance(chart, BandChart):
        return Picture(
            f"speed-{chart.key}", chart.title,
            lambda p, rect, theme: paint_band_chart(p, rect, chart, theme),
            paragraph(chart.sentence),
        )  # fmt: skip
    if isinstance(chart, CostChart):
        return Picture(
            "cost", chart.title,
            lambda p, rect, theme: paint_cost_chart(p, rect, chart, theme), chart.sentence,
        )  # fmt: skip
    if isinstance(chart, TornadoChart):
        return Picture(
            "cost-ranges", chart.title or say("What moves the cost of owning most"),
            lambda p, rect, theme: paint_tornado(p, rect, chart, theme), chart.sentence,
            lambda _width: _SWING_PX * (len(chart.swings) + 1.5),
        )  # fmt: skip
    if isinstance(chart, RigChart):
        return Picture(
            "rigs", chart.title,
            lambda p, rect, theme: paint_rig_chart(p, rect, chart, chosen, theme),
            chart.sentence,
        )  # fmt: skip
    if isinstance(chart, CurveChart):
        return Picture(
            "speed-compared", say("Decode over context of the compared plans"),
            lambda p, rect, theme: paint_curves(p, rect, chart, theme),
        )  # fmt: skip
    return None
