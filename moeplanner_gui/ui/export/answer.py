"""The first part of the printed plan: verdict, figures, memory bars and the curve."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from moeplanner_gui.core.assessment import Assessment, DeviceMemory
from moeplanner_gui.core.context import most_sequences
from moeplanner_gui.core.cost.sentence import cost_sentence
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.units import GIB, format_count, format_parameters
from moeplanner_gui.core.words import paragraph, say
from moeplanner_gui.export.speed_words import band, figure
from moeplanner_gui.ui.charts.context_chart import ContextChart
from moeplanner_gui.ui.charts.memory_rows import device_labels, shown_amount, shown_short
from moeplanner_gui.ui.charts.paint_context import paint_context
from moeplanner_gui.ui.charts.paint_memory import (
    legend_layout,
    memory_scale,
    paint_legend,
    paint_memory_bar,
    part_keys,
)
from moeplanner_gui.ui.charts.users import for_each_user, most_users_sentence, users_in_words
from moeplanner_gui.ui.charts.verdict_figures import VERDICT_ICONS, hardware_figure
from moeplanner_gui.ui.export.sheet import Draw, Sheet
from moeplanner_gui.ui.export.words import (
    context_sentence,
    device_groups,
    limit_sentence,
    plan_subtitle,
    plan_title,
)
from moeplanner_gui.ui.icons import paint_icon

MOST_FIGURES = 6
MOST_BARS = 8
"""More devices than this share a bar with their neighbours where they are filled alike."""
MOST_SHOWN = 12
"""Bars of the first page; the table of memory has all devices."""
CHART_HEIGHT = 176.0


def add_title(sheet: Sheet, plan: Plan, catalog: CatalogReader) -> None:
    """What this plan is, in one line and the choices under it."""
    sheet.add(8.0, with_next=True)
    sheet.text(plan_title(plan, catalog), sheet.title, after=4, with_next=True, most_lines=3)
    subtitle = plan_subtitle(plan, catalog)
    sheet.text(subtitle, sheet.lead, sheet.theme.text2, after=16, with_next=True, most_lines=3)


def add_verdict(sheet: Sheet, plan: Plan, assessment: Assessment, catalog: CatalogReader) -> None:
    """The answer on its ground, by icon and word."""
    theme = sheet.theme
    ink, ground = {
        "fits": (theme.ok, theme.ok_bg),
        "tight": (theme.warn, theme.warn_bg),
    }.get(assessment.verdict, (theme.error, theme.error_bg))
    first, *more = assessment.reasons or ("",)
    more.append(context_sentence(plan, assessment))
    if assessment.fits:
        more.append(most_users_sentence(plan, most_sequences(plan, catalog)))
    more.append(_cost_answer(assessment))
    second = paragraph(more)
    inner = sheet.width - 40 - 14
    answer = sheet.lay_text(first, sheet.answer, inner, most_lines=6)
    below = sheet.lay_text(second, sheet.base, inner, most_lines=10) if second else None
    total = 12 + answer.height + (0.0 if below is None else below.height + 3) + 11

    def paint(painter: QPainter, height: float) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(ground))
        painter.drawRoundedRect(QRectF(0, 0, sheet.width, height), 6, 6)
        paint_icon(painter, QRectF(13, 13, 16, 16), VERDICT_ICONS[assessment.verdict], ink)

    draws: list[Draw] = [paint, answer.at(40, 12, ink)]
    if below is not None:
        draws.append(below.at(40, 12 + answer.height + 3, theme.text))
    sheet.add(total, *draws)
    sheet.space(14)


def _cost_answer(assessment: Assessment) -> str:
    """Whether to buy, in the sentence of the cost tab; what lacks for it stands there."""
    cost = assessment.cost
    return cost_sentence(cost) or "" if cost.own_usd_per_month is not None else ""


def add_figures(sheet: Sheet, plan: Plan, assessment: Assessment, catalog: CatalogReader) -> None:
    """A strip of the figures that exist; nothing stands for what was not computed."""
    figures = figures_of(plan, assessment, catalog)
    if not figures:
        return
    theme = sheet.theme
    small = sheet.metrics(sheet.small).height()
    value = sheet.metrics(sheet.value).height()
    width = sheet.width / len(figures)

    def frame(painter: QPainter, height: float) -> None:
        painter.setPen(QPen(QColor(theme.border), 0.75))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(0, 0, sheet.width, height), 6, 6)
        for number in range(1, len(figures)):
            painter.drawLine(QLineF(number * width, 0, number * width, height))

    draws: list[Draw] = [frame]
    for number, (label, amount, detail) in enumerate(figures):
        x, y = number * width + 11, 9.0
        for text, font, color, step in (
            (label, sheet.small, theme.text3, small),
            (amount, sheet.value, theme.text, value),
            (detail, sheet.small, theme.text2, small),
        ):
            cut = sheet.metrics(font).elidedText(text, Qt.TextElideMode.ElideRight, width - 16)
            draws.append(sheet.lay_text(cut, font, width).at(x, y, color))
            y += step
    sheet.add(9 + small + value + small + 9, *draws)


def figures_of(
    plan: Plan, assessment: Assessment, catalog: CatalogReader
) -> list[tuple[str, str, str]]:
    """Label, value and detail of each figure."""
    found: list[tuple[str, str, str]] = []
    speed = assessment.speed.decode_tokens_per_s
    if speed is not None:
        users = plan.workload.sequences > 1
        label = say("Decode, each user") if users else say("Decode")
        sure = say("weak") if assessment.speed.weak else say("modelled")
        found.append((label, say("{0} tok/s", figure(speed.expected)), f"{band(speed)}, {sure}"))
    if assessment.max_context_limited_by is not None:
        tokens = for_each_user(plan, assessment.max_context_tokens)
        value = format_count(tokens) if tokens else say("none")
        detail = (users_in_words(plan) or say("tokens")) if tokens else say("nothing fits")
        found.append((say("Longest context"), value, detail))
    if assessment.model is not None:
        model = assessment.model
        size = _box_gib(model.weights_bytes, 1)
        found.append((say("Weights"), size, say("{0:.2f} bits a weight", model.bits_per_weight)))
    if assessment.verdict != "cannot_run" and assessment.devices:
        cache = _box_gib(assessment.kv_cache_bytes, 2)
        found.append((say("KV cache"), cache, say("all devices")))
    if assessment.model is not None:
        active = format_parameters(assessment.model.active_parameters)
        total = format_parameters(assessment.model.total_parameters)
        found.append((say("Parameters"), total, say("{0} active", active)))
    if assessment.power.load_w is not None:
        idle = assessment.power.idle_w
        detail = say("{0} W idle", format_count(idle)) if idle is not None else ""
        found.append(
            (say("At the wall"), say("{0} W", format_count(assessment.power.load_w)), detail)
        )
    hardware = hardware_figure(plan, assessment, catalog)
    if hardware is not None and hardware.value != say("no price"):
        amount, _, lacks = hardware.value.partition(" + ")
        detail = say("and {0}, no price", lacks) if lacks else say("without tax")
        if lacks[:1].isdigit():
            detail = say("{0} unpriced", lacks)
        if plan.economics.hardware_usd is not None:
            detail = say("typed in")
        found.append((say("Hardware"), amount, detail))
    # Where the strip is full, what is printed elsewhere too gives way to what decides.
    for label in (say("Parameters"), say("KV cache")):
        if len(found) > MOST_FIGURES:
            found = [item for item in found if item[0] != label]
    return found[:MOST_FIGURES]


def _box_gib(size_bytes: int, decimals: int) -> str:
    """What one box of the strip has room for: from 1,000 GiB on whole ones."""
    return say("{0:,.{1}f} GiB", size_bytes / GIB, decimals if size_bytes < 1000 * GIB else 0)


def add_memory(sheet: Sheet, plan: Plan, assessment: Assessment) -> None:
    """The bars of all devices on one scale, their legend and what the mark means."""
    labels = device_labels(assessment.devices)
    kinds: dict[str, list[tuple[str, DeviceMemory]]] = {"gpu": [], "host": [], "disk": []}
    for label, device in zip(labels, assessment.devices, strict=True):
        if device.kind != "host" or device.weights_bytes + device.kv_cache_bytes > 0:
            kinds[device.kind].append((label, device))
    shown, hosts = (
        device_groups([d for _, d in kinds[kind]], [label for label, _ in kinds[kind]], MOST_BARS)
        for kind in ("gpu", "host")
    )
    disks = kinds["disk"]
    count = len(shown)
    shown = _fullest(shown)
    if not shown and not hosts:
        return
    sheet.section(say("Memory, GiB"), level=2)
    bars = _Bars(sheet, [label for label, _ in (*shown, *hosts, *disks)], len(shown) > 6)
    scale = memory_scale([device for _, device in shown]) if shown else 1
    for label, device in shown:
        bars.add(label, device, scale)
    own = memory_scale([device for _, device in hosts]) if hosts else 1
    for label, device in hosts:
        bars.add(label, device, own)
    for label, device in disks:
        bars.add(label, device, memory_scale([device]))
    sheet.stay()
    _add_legend(sheet, bars.indent, [device for _, device in (*shown, *hosts, *disks)])
    sheet.stay()
    note = limit_sentence(plan, assessment)
    if len(shown) < count:
        least = say(
            "Of {0} different fillings the {1} with the least free memory.", count, len(shown)
        )
        note = f"{note} {least}"
    if hosts and disks:
        note = f"{note} {say('Host memory and disk have scales of their own.')}"
    elif hosts:
        own_scale = say("The host memory's bar has a scale of its own.")
        note = f"{note} {own_scale}"
    sheet.text(note, sheet.small, sheet.theme.text2, indent=bars.indent)


def _fullest(groups: list[tuple[str, DeviceMemory]]) -> list[tuple[str, DeviceMemory]]:
    """Those with the least free memory, in their order, where there are too many bars."""
    if len(groups) <= MOST_SHOWN:
        return groups
    limit = sorted(device.free_bytes for _, device in groups)[MOST_SHOWN - 1]
    return [one for one in groups if one[1].free_bytes <= limit][:MOST_SHOWN]


class _Bars:
    """Bars one under the other, names to the left and figures to the right."""

    def __init__(self, sheet: Sheet, names: Sequence[str], many: bool) -> None:
        self._sheet = sheet
        self._height, self._gap = (12.0, 5.0) if many else (18.0, 7.0)
        widest = max(sheet.metrics(sheet.strong).horizontalAdvance(name) for name in names)
        self.indent = min(widest + 12, sheet.width / 3)

    def add(self, label: str, device: DeviceMemory, scale: int) -> None:
        """One bar, ``scale`` bytes as wide as there is room."""
        sheet, theme = self._sheet, self._sheet.theme
        # As wide as "1,234.56 in use" and "1,234.56 short": no figure goes on in a second line.
        used_width, left_width = 92.0, 98.0
        numbers = used_width + left_width
        room = sheet.width - self.indent - numbers - 12

        def paint(painter: QPainter, _height: float) -> None:
            painter.setFont(sheet.small)
            bar = QRectF(self.indent, 0, room, self._height)
            paint_memory_bar(painter, bar, device, theme, scale_bytes=scale)

        middle = (self._height - sheet.metrics(sheet.strong).height()) / 2
        name = sheet.lay_text(label, sheet.strong, self.indent - 6, most_lines=1)
        draws: list[Draw] = [name.at(0, middle, theme.text), paint]
        used = shown_amount(round(device.used_bytes * 100 / GIB))
        over = device.free_bytes < 0
        free = device.free_bytes
        left = shown_short(free) if over else shown_amount(free * 100 // GIB)
        x = sheet.width - numbers
        last = theme.error if over else theme.text
        for text, word, width, ink in (
            (used, say("in use"), used_width, theme.text),
            (left, say("short") if over else say("free"), left_width, last),
        ):
            wide = sheet.metrics(sheet.base).horizontalAdvance(f" {word}")
            number = sheet.lay_text(text, sheet.strong, width - wide, right=True)
            draws.append(number.at(x, middle, ink))
            unit = sheet.lay_text(f" {word}", sheet.base, wide + 6)
            color = theme.error if over else theme.text2
            draws.append(unit.at(x + width - wide, middle, color))
            x += width
        sheet.add(self._height, *draws, before=self._gap)


def _add_legend(sheet: Sheet, indent: float, devices: Sequence[DeviceMemory]) -> None:
    keys = part_keys(devices)
    width = sheet.width - indent
    _, height = legend_layout(sheet.metrics(sheet.small), width, keys)

    def paint(painter: QPainter, _height: float) -> None:
        painter.setFont(sheet.small)
        paint_legend(painter, QRectF(indent, 0, width, height), sheet.theme, keys)

    sheet.add(height, paint, before=7.0)
    sheet.space(3)


def add_curve(sheet: Sheet, chart: ContextChart | None) -> None:
    """Memory against context with both limits, as vectors."""
    if chart is None:
        return
    sheet.section(say("Memory of {0} against context", chart.device_label), level=2)
    sheet.chart(CHART_HEIGHT, lambda p, rect: paint_context(p, rect, chart, sheet.theme))
    sheet.stay()
    start, rest = chart.sentence
    sheet.text(
        f"{start} {rest}", sheet.base, sheet.theme.text2, strong_until=len(start), before=5.0
    )
