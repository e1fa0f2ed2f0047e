"""The printed plan's speed: figures, where a token's time goes, curves, what others measured."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from moeplanner_gui.core.assessment import Assessment, Range
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.units import format_count
from moeplanner_gui.export import speed_words as words
from moeplanner_gui.export.speed_rows import nearest_of
from moeplanner_gui.ui.charts.paint_speed import paint_band_chart, paint_step
from moeplanner_gui.ui.charts.speed_chart import (
    BandChart,
    context_speed_chart,
    prompt_chart,
    users_speed_chart,
    why_no_users,
)
from moeplanner_gui.ui.charts.speed_facts import StepFacts, step_facts
from moeplanner_gui.ui.export.sheet import Column, Sheet

CHART_HEIGHT = 160.0


def add_speed(sheet: Sheet, plan: Plan, assessment: Assessment, catalog: CatalogReader) -> None:
    """How fast the plan answers, or why that is not known."""
    if not assessment.fits:
        return
    speed = assessment.speed
    facts = step_facts(plan, assessment, catalog)
    sheet.section("Speed", need=80)
    lead = words.plain(words.answer_pieces(plan, speed))
    if lead:
        sheet.text(lead, sheet.strong, after=3)
    details = words.plain(
        words.detail_pieces(plan, speed, facts.group, facts.prefill_group)
    ).strip()
    if details:
        sheet.text(details, sheet.base, sheet.theme.text2, after=6)
    if speed.decode_tokens_per_s is not None or speed.prefill_tokens_per_s is not None:
        _add_figures(sheet, plan, assessment)
    if facts.steps:
        _add_steps(sheet, facts)
        _add_charts(sheet, plan, assessment, catalog)
    _add_measured(sheet, plan, catalog)


def _add_figures(sheet: Sheet, plan: Plan, assessment: Assessment) -> None:
    speed = assessment.speed
    several = plan.workload.sequences > 1
    depth = f"{format_count(speed.depth_tokens or 0)} tokens of context filled"
    prompt = f"a prompt of {format_count(speed.prompt_tokens or 0)} tokens"
    figures: list[tuple[str, str, Range | None, str]] = [
        ("Decode, each user" if several else "Decode", "tok/s", speed.decode_tokens_per_s, depth)
    ]
    if several:
        everyone = speed.decode_tokens_per_s_all_users
        users = f"{format_count(plan.workload.sequences)} users at the same time"
        figures.append(("Decode, all users", "tok/s", everyone, users))
    figures.append(("Prefill", "tok/s", speed.prefill_tokens_per_s, prompt))
    figures.append(("Time to first token", "s", speed.time_to_first_token_s, prompt))
    rows = []
    for name, unit, value, case in figures:
        if value is None:
            rows.append((name, unit, "–", "unknown", "–", case))
        else:
            band = words.wait_band(value) if unit == "s" else words.band(value)
            low, _, high = band.partition("–")
            rows.append((name, unit, low, words.figure(value.expected), high, case))
    columns = (
        Column("Figure", share=30, strong=True),
        Column("Unit", width=42, small=True),
        Column("Low", width=56, right=True),
        Column("Expected", width=64, right=True, strong=True),
        Column("High", width=56, right=True),
        Column("For", share=40, small=True),
    )
    sheet.table(columns, rows, padding=4.0)


def _add_steps(sheet: Sheet, facts: StepFacts) -> None:
    """A bar a part, each starting where the one before ends."""
    theme = sheet.theme
    sheet.section(
        f"Where the time of one token goes: {words.milliseconds(facts.seconds)} a step", need=60
    )
    names = max(sheet.metrics(sheet.base).horizontalAdvance(s.label) for s in facts.steps) + 12
    work = max(sheet.metrics(sheet.small).horizontalAdvance(s.work) for s in facts.steps) + 6
    time, share, height = 62.0, 42.0, 17.0
    room = max(sheet.width - names - work - time - share - 24, 60.0)
    for step in facts.steps:
        sheet.keep(height + 3)
        y = sheet.y
        bar = QRectF(sheet.left + names, y + 2, room, height - 5)

        def paint(painter: QPainter, bar: QRectF = bar, step: words.Step = step) -> None:
            paint_step(painter, bar, step, facts.seconds, theme)

        label, _ = sheet.lay_text(step.label, sheet.base, names)
        sheet.put(label, sheet.left, y, theme.text)
        sheet.draw(paint)
        x = bar.right() + 8
        for text, font, width, color in (
            (words.milliseconds(step.seconds), sheet.strong, time, theme.text),
            (words.percent(step.share), sheet.base, share, theme.text2),
            (step.work, sheet.small, work, theme.text2),
        ):
            laid, _ = sheet.lay_text(text, font, width, right=font is not sheet.small)
            sheet.put(laid, x + (8 if font is sheet.small else 0), y, color)
            x += width
        sheet.y += height + 3


def _add_charts(sheet: Sheet, plan: Plan, assessment: Assessment, catalog: CatalogReader) -> None:
    context = context_speed_chart(plan, assessment, catalog)
    if context is not None:
        _add_chart(sheet, context)
    users = users_speed_chart(plan, catalog)
    if isinstance(users, BandChart):
        _add_chart(sheet, users)
    else:
        sheet.space(8)
        sheet.text(why_no_users(users, plan), sheet.base, sheet.theme.text2)
    prompt = prompt_chart(plan, assessment, catalog)
    if prompt is not None:
        _add_chart(sheet, prompt)


def _add_chart(sheet: Sheet, chart: BandChart) -> None:
    sheet.section(chart.title, need=CHART_HEIGHT)
    place = sheet.box(CHART_HEIGHT)

    def paint(painter: QPainter) -> None:
        painter.setFont(sheet.small)
        paint_band_chart(painter, place, chart, sheet.theme)

    sheet.draw(paint)
    sheet.y += CHART_HEIGHT + 4
    start, rest = chart.sentence
    sheet.text(f"{start} {rest}", sheet.base, sheet.theme.text2, strong_until=len(start))


def _add_measured(sheet: Sheet, plan: Plan, catalog: CatalogReader) -> None:
    """The nearest published measurements, so that a reader can check the figures."""
    found = nearest_of(plan, catalog)
    if not found:
        return
    sheet.section("Measured by others, tokens per second", need=50)
    columns = (
        Column("Measured", width=58, right=True, strong=True),
        Column("Ours for it", width=70, right=True),
        Column("Model, weights and hardware", share=44),
        Column("What differs, and the source", share=46, small=True),
    )
    rows = []
    for neighbour in found:
        row, ours = neighbour.measurement, neighbour.expected
        measured = "–" if row.decode_tokens_per_s is None else words.figure(row.decode_tokens_per_s)
        users = "1 user" if row.users == 1 else f"{row.users:,} users together"
        case = f"{words.depth_text(row)} tokens of context, {users}, {words.engine_text(row)}"
        what = f"{row.model}, {row.weights}, {words.hardware_text(row, catalog)}; {case}"
        differs = "; ".join(neighbour.differences) or "Nothing that is known"
        source = f"{row.source}{f', {row.locator}' if row.locator else ''}, {row.date}"
        expected = "–" if ours is None else f"{words.figure(ours.expected)} ({words.band(ours)})"
        rows.append((measured, expected, what, f"{differs}. {source}"))
    sheet.table(columns, rows, padding=4.0)
