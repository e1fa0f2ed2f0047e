"""The printed plan's cost: the sentence, curves, the month's bill, what matters most, inputs."""

from __future__ import annotations

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.cost.curves import time_curves, volume_curves
from moeplanner_gui.core.cost.sensitivity import tornado
from moeplanner_gui.core.cost.sentence import cost_sentence
from moeplanner_gui.core.cost.study import study_of
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.words import say
from moeplanner_gui.export.cost_rows import input_rows
from moeplanner_gui.ui.charts.cost_chart import CostChart, TornadoChart
from moeplanner_gui.ui.charts.cost_facts import (
    cumulative_chart,
    month_rows,
    monthly_chart,
    tornado_chart,
)
from moeplanner_gui.ui.charts.paint_cost import paint_cost_chart
from moeplanner_gui.ui.charts.paint_cost_bars import paint_tornado
from moeplanner_gui.ui.export.sheet import Column, Sheet

CHART_HEIGHT = 230.0
SWING_HEIGHT = 24.0


def add_cost(sheet: Sheet, plan: Plan, assessment: Assessment, catalog: CatalogReader) -> None:
    """What a month costs, or why that is not known."""
    if not assessment.fits:
        return
    cost = assessment.cost
    sheet.section(say("Cost, USD"))
    sentence = cost_sentence(cost)
    table = cost.own_usd_per_month is not None
    if sentence:
        sheet.text(sentence, sheet.strong, after=3, with_next=table)
    for text in cost.because:
        if text != sentence:
            sheet.text(text, sheet.base, sheet.theme.text2, after=4, with_next=table)
    if not table:
        return
    study = study_of(plan, assessment, catalog)
    drawn = None
    compared = cost.api_usd_per_month is not None or cost.rent_usd_per_month is not None
    if study is not None and compared:
        # Loads numpy. The same draws as in the window, so the same share of cases.
        from moeplanner_gui.core.cost.monte_carlo import draws

        drawn = draws(study)
    columns = (
        Column(say("A month"), share=60),
        Column("", share=40, right=True),
    )
    rows = month_rows(plan, cost, drawn)
    strong = frozenset(i for i, row in enumerate(rows) if row.strong)
    sheet.table(columns, [(row.label, row.value) for row in rows], strong_rows=strong)
    if study is not None:
        volume = volume_curves(study)
        if volume is not None:
            _add_chart(
                sheet,
                say("Cost of a month against its tokens"),
                monthly_chart(volume, cost),
                sentence,
            )
        if compared:
            chart = cumulative_chart(time_curves(study), cost)
            _add_chart(sheet, say("What was paid since the start"), chart, sentence)
        _add_tornado(sheet, tornado_chart(tornado(study)))
    _add_inputs(sheet, plan, assessment, catalog)


def _add_chart(sheet: Sheet, title: str, chart: CostChart, said: str) -> None:
    sheet.section(title, level=2)
    sheet.chart(CHART_HEIGHT, lambda p, rect: paint_cost_chart(p, rect, chart, sheet.theme))
    for text in (chart.sentence, chart.footer):
        if text and text != said:
            sheet.stay()
            sheet.text(text, sheet.small, sheet.theme.text2, before=4, after=2)


def _add_tornado(sheet: Sheet, chart: TornadoChart | None) -> None:
    if chart is None:
        return
    sheet.section(say("What moves the cost of owning most"), level=2)
    height = SWING_HEIGHT * (len(chart.swings) + 1.5)
    sheet.chart(height, lambda p, rect: paint_tornado(p, rect, chart, sheet.theme))


def _add_inputs(sheet: Sheet, plan: Plan, assessment: Assessment, catalog: CatalogReader) -> None:
    """Everything that goes in, so that a reader can compute it again."""
    sheet.section(say("What the cost is computed from"), level=2)
    columns = (
        Column(say("Input"), share=34),
        Column(say("Value"), width=96, right=True, strong=True),
        Column(say("Unit"), share=26),
        Column(say("From"), share=40, small=True),
    )
    rows, before = [], ""
    for name, value, unit, source in input_rows(plan, assessment, catalog):
        # A long source stands once, at the first of its figures.
        told = "" if source == before and len(str(source)) > 40 else str(source)
        rows.append((str(name), _shown(value), str(unit), told))
        before = str(source)
    sheet.table(columns, rows, padding=3.0)


def _shown(value: object) -> str:
    return say("{0:,.6g}", value) if isinstance(value, float) else str(value)
