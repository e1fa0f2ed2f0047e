"""The printed plan's speed: figures, where a token's time goes, curves, what others measured."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from moeplanner_gui.core.assessment import Assessment, Range
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.units import format_count
from moeplanner_gui.core.words import say
from moeplanner_gui.export import speed_words as words
from moeplanner_gui.export.speed_rows import nearest_of
from moeplanner_gui.export.speed_steps import Step, milliseconds, percent
from moeplanner_gui.ui.charts.paint_speed import paint_band_chart, paint_step
from moeplanner_gui.ui.charts.speed_chart import (
    BandChart,
    context_speed_chart,
    prompt_chart,
    users_speed_chart,
    why_no_users,
)
from moeplanner_gui.ui.charts.speed_facts import StepFacts, step_facts
from moeplanner_gui.ui.export.sheet import Column, Draw, Sheet

CHART_HEIGHT = 160.0


def add_speed(sheet: Sheet, plan: Plan, assessment: Assessment, catalog: CatalogReader) -> None:
    """How fast the plan answers, or why that is not known."""
    if not assessment.fits:
        return
    speed = assessment.speed
    facts = step_facts(plan, assessment, catalog)
    sheet.section(say("Speed"))
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
    depth = say("{0} tokens of context filled", format_count(speed.depth_tokens or 0))
    prompt = say("a prompt of {0} tokens", format_count(speed.prompt_tokens or 0))
    figures: list[tuple[str, str, Range | None, str]] = [
        (
            say("Decode, each user") if several else say("Decode"),
            "tok/s",
            speed.decode_tokens_per_s,
            depth,
        )
    ]
    if several:
        everyone = speed.decode_tokens_per_s_all_users
        users = say("{0} users at the same time", format_count(plan.workload.sequences))
        figures.append((say("Decode, all users"), "tok/s", everyone, users))
    figures.append((say("Prefill"), "tok/s", speed.prefill_tokens_per_s, prompt))
    figures.append((say("Time to first token"), "s", speed.time_to_first_token_s, prompt))
    rows = []
    for name, unit, value, case in figures:
        if value is None:
            rows.append((name, unit, "–", "unknown", "–", case))
        else:
            band = words.wait_band(value) if unit == "s" else words.band(value)
            low, _, high = band.partition("–")
            rows.append((name, unit, low, words.figure(value.expected), high, case))
    columns = (
        Column(say("Figure"), share=30, strong=True),
        Column(say("Unit"), width=42, small=True),
        Column(say("Low"), width=56, right=True),
        Column(say("Expected"), width=64, right=True, strong=True),
        Column(say("High"), width=56, right=True),
        Column(say("For"), share=40, small=True),
    )
    sheet.table(columns, rows, padding=4.0)


def _add_steps(sheet: Sheet, facts: StepFacts) -> None:
    """A bar a part, each starting where the one before ends."""
    theme = sheet.theme
    whole = milliseconds(facts.seconds)
    sheet.section(say("Where the time of one token goes: {0} a step", whole), level=2)
    names = max(sheet.metrics(sheet.base).horizontalAdvance(s.label) for s in facts.steps) + 12
    work = max(sheet.metrics(sheet.small).horizontalAdvance(s.work) for s in facts.steps) + 6
    time, share, height = 62.0, 42.0, 17.0
    room = max(sheet.width - names - work - time - share - 24, 60.0)
    for number, step in enumerate(facts.steps):

        def paint(painter: QPainter, _height: float, step: Step = step) -> None:
            painter.setFont(sheet.small)
            bar = QRectF(names, 2, room, height - 5)
            paint_step(painter, bar, step, facts.seconds, theme)

        draws: list[Draw] = [sheet.lay_text(step.label, sheet.base, names).at(0, 0, theme.text)]
        draws.append(paint)
        x = names + room + 8
        for text, font, width, color in (
            (milliseconds(step.seconds), sheet.strong, time, theme.text),
            (percent(step.share), sheet.base, share, theme.text2),
            (step.work, sheet.small, work, theme.text2),
        ):
            laid = sheet.lay_text(text, font, width, right=font is not sheet.small)
            draws.append(laid.at(x + (8 if font is sheet.small else 0), 0, color))
            x += width
        sheet.add(height, *draws, before=3.0, with_next=number < len(facts.steps) - 1)


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
    sheet.section(chart.title, level=2)
    sheet.chart(CHART_HEIGHT, lambda p, rect: paint_band_chart(p, rect, chart, sheet.theme))
    sheet.stay()
    start, rest = chart.sentence
    sheet.text(
        f"{start} {rest}", sheet.base, sheet.theme.text2, strong_until=len(start), before=4.0
    )


def _add_measured(sheet: Sheet, plan: Plan, catalog: CatalogReader) -> None:
    """The nearest published measurements, so that a reader can check the figures."""
    found = nearest_of(plan, catalog)
    if not found:
        return
    sheet.section(say("Measured by others, tokens per second"), level=2)
    columns = (
        Column(say("Measured"), width=58, right=True, strong=True),
        Column(say("Ours for it"), width=70, right=True),
        Column(say("Model, weights and hardware"), share=44),
        Column(say("What differs, and the source"), share=46, small=True),
    )
    rows = []
    for neighbour in found:
        row, ours = neighbour.measurement, neighbour.expected
        measured = "–" if row.decode_tokens_per_s is None else words.figure(row.decode_tokens_per_s)
        users = say("1 user") if row.users == 1 else say("{0:,} users together", row.users)
        case = say(
            "{0} tokens of context, {1}, {2}", words.depth_text(row), users, words.engine_text(row)
        )
        what = f"{row.model}, {row.weights}, {words.hardware_text(row, catalog)}; {case}"
        differs = "; ".join(neighbour.differences) or say("Nothing that is known")
        source = f"{row.source}{f', {row.locator}' if row.locator else ''}, {row.date}"
        expected = "–" if ours is None else f"{words.figure(ours.expected)} ({words.band(ours)})"
        rows.append((measured, expected, what, f"{differs}. {source}"))
    sheet.table(columns, rows, padding=4.0)
