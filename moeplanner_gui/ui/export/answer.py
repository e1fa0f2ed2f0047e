"""The first part of the printed plan: verdict, figures, memory bars and the curve."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from moeplanner_gui.core.assessment import Assessment, DeviceMemory
from moeplanner_gui.core.context import most_sequences
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.units import GIB, format_count, format_parameters
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
from moeplanner_gui.ui.export.sheet import Sheet
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
CHART_HEIGHT = 176.0


def add_title(sheet: Sheet, plan: Plan, catalog: CatalogReader) -> None:
    """What this plan is, in one line and the choices under it."""
    sheet.y += 10
    sheet.text(plan_title(plan, catalog), sheet.title, after=4)
    sheet.text(plan_subtitle(plan, catalog), sheet.lead, sheet.theme.text2, after=16)


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
    second = " ".join(more).strip()
    inner = sheet.width - 40 - 14
    layout, height = sheet.lay_text(first, sheet.answer, inner)
    below, below_height = sheet.lay_text(second, sheet.base, inner)
    total = 12 + height + (below_height + 3 if second else 0) + 11
    sheet.keep(total)
    box = sheet.box(total)

    def paint(painter: QPainter) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(ground))
        painter.drawRoundedRect(box, 6, 6)
        icon = QRectF(box.left() + 13, box.top() + 13, 16, 16)
        paint_icon(painter, icon, VERDICT_ICONS[assessment.verdict], ink)

    sheet.draw(paint)
    sheet.put(layout, box.left() + 40, box.top() + 12, ink)
    if second:
        sheet.put(below, box.left() + 40, box.top() + 12 + height + 3, theme.text)
    sheet.y += total + 14


def add_figures(sheet: Sheet, plan: Plan, assessment: Assessment, catalog: CatalogReader) -> None:
    """A strip of the figures that exist; nothing stands for what was not computed."""
    figures = figures_of(plan, assessment, catalog)
    if not figures:
        return
    theme = sheet.theme
    small = sheet.metrics(sheet.small).height()
    value = sheet.metrics(sheet.value).height()
    height = 9 + small + value + small + 9
    sheet.keep(height)
    box = sheet.box(height)
    width = box.width() / len(figures)

    def paint(painter: QPainter) -> None:
        painter.setPen(QPen(QColor(theme.border), 0.75))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, 6, 6)
        for number in range(1, len(figures)):
            x = box.left() + number * width
            painter.drawLine(QLineF(x, box.top(), x, box.bottom()))

    sheet.draw(paint)
    for number, (label, amount, detail) in enumerate(figures):
        x, y = box.left() + number * width + 11, box.top() + 9
        room = width - 16
        for text, font, color, step in (
            (label, sheet.small, theme.text3, small),
            (amount, sheet.value, theme.text, value),
            (detail, sheet.small, theme.text2, small),
        ):
            shown = sheet.metrics(font).elidedText(text, Qt.TextElideMode.ElideRight, room)
            layout, _ = sheet.lay_text(shown, font, width)
            sheet.put(layout, x, y, color)
            y += step
    sheet.y += height


def figures_of(
    plan: Plan, assessment: Assessment, catalog: CatalogReader
) -> list[tuple[str, str, str]]:
    """Label, value and detail of each figure."""
    found: list[tuple[str, str, str]] = []
    speed = assessment.speed.decode_tokens_per_s
    if speed is not None:
        users = plan.workload.sequences > 1
        label = "Decode, each user" if users else "Decode"
        sure = "weak" if assessment.speed.weak else "modelled"
        found.append((label, f"{figure(speed.expected)} tok/s", f"{band(speed)}, {sure}"))
    if assessment.max_context_limited_by is not None:
        tokens = for_each_user(plan, assessment.max_context_tokens)
        value = format_count(tokens) if tokens else "none"
        detail = (users_in_words(plan) or "tokens") if tokens else "at no length does it fit"
        found.append(("Longest context", value, detail))
    if assessment.model is not None:
        model = assessment.model
        size = f"{model.weights_bytes / GIB:,.1f} GiB"
        found.append(("Weights", size, f"{model.bits_per_weight:.2f} bits a weight"))
    if assessment.verdict != "cannot_run" and assessment.devices:
        cache = f"{assessment.kv_cache_bytes / GIB:,.2f} GiB"
        found.append(("KV cache", cache, "all devices"))
    if assessment.model is not None:
        active = format_parameters(assessment.model.active_parameters)
        total = format_parameters(assessment.model.total_parameters)
        found.append(("Parameters", total, f"{active} active"))
    if assessment.power.load_w is not None:
        idle = assessment.power.idle_w
        detail = f"{format_count(idle)} W idle" if idle is not None else ""
        found.append(("At the wall", f"{format_count(assessment.power.load_w)} W", detail))
    hardware = hardware_figure(plan, assessment, catalog)
    if hardware is not None and hardware.value != "no price":
        amount, _, lacks = hardware.value.partition(" + ")
        detail = f"and {lacks}, no price" if lacks else "without tax"
        if plan.economics.hardware_usd is not None:
            detail = "typed in"
        found.append(("Hardware", amount, detail))
    # Where the strip is full, what is printed elsewhere too gives way to what decides.
    for label in ("Parameters", "KV cache"):
        if len(found) > MOST_FIGURES:
            found = [item for item in found if item[0] != label]
    return found[:MOST_FIGURES]


def add_memory(sheet: Sheet, plan: Plan, assessment: Assessment) -> None:
    """The bars of all devices on one scale, their legend and what the mark means."""
    labels = device_labels(assessment.devices)
    gpus = [
        (label, device)
        for label, device in zip(labels, assessment.devices, strict=True)
        if device.kind == "gpu"
    ]
    hosts = [
        (label, device)
        for label, device in zip(labels, assessment.devices, strict=True)
        if device.kind == "host" and device.weights_bytes + device.kv_cache_bytes > 0
    ]
    disks = [
        (label, device)
        for label, device in zip(labels, assessment.devices, strict=True)
        if device.kind == "disk"
    ]
    shown = device_groups([d for _, d in gpus], [label for label, _ in gpus], MOST_BARS)
    hosts = device_groups([d for _, d in hosts], [label for label, _ in hosts], MOST_BARS)
    if not shown and not hosts:
        return
    sheet.section("Memory, GiB", need=70)
    height, gap = (18.0, 7.0) if len(shown) <= 6 else (12.0, 5.0)
    scale = memory_scale([device for _, device in shown]) if shown else 1
    names = [label for label, _ in (*shown, *hosts, *disks)]
    indent = max(sheet.metrics(sheet.strong).horizontalAdvance(n) for n in names) + 12
    for label, device in shown:
        _add_bar(sheet, label, device, scale, indent, height, gap)
    own = memory_scale([device for _, device in hosts]) if hosts else 1
    for label, device in hosts:
        _add_bar(sheet, label, device, own, indent, height, gap)
    for label, device in disks:
        _add_bar(sheet, label, device, memory_scale([device]), indent, height, gap)
    _add_legend(sheet, indent, [device for _, device in (*shown, *hosts, *disks)])
    note = limit_sentence(plan, assessment)
    if hosts and disks:
        note += " Host memory and disk have scales of their own."
    elif hosts:
        note += " The host memory's bar has a scale of its own."
    sheet.text(note, sheet.small, sheet.theme.text2, indent=indent)


def _add_bar(
    sheet: Sheet,
    label: str,
    device: DeviceMemory,
    scale: int,
    indent: float,
    height: float,
    gap: float,
) -> None:
    theme = sheet.theme
    sheet.keep(height + gap)
    numbers = 152.0
    bar = QRectF(sheet.left + indent, sheet.y, sheet.width - indent - numbers - 12, height)
    middle = sheet.y + (height - sheet.metrics(sheet.strong).height()) / 2

    def paint(painter: QPainter) -> None:
        painter.setFont(sheet.small)
        paint_memory_bar(painter, bar, device, theme, scale_bytes=scale)

    sheet.draw(paint)
    name, _ = sheet.lay_text(label, sheet.strong, indent)
    sheet.put(name, sheet.left, middle, theme.text)
    used = shown_amount(round(device.used_bytes * 100 / GIB))
    over = device.free_bytes < 0
    left = shown_short(device.free_bytes) if over else shown_amount(device.free_bytes * 100 // GIB)
    x = sheet.left + sheet.width - numbers
    for text, word, width, color in (
        (used, "used", 78.0, theme.text),
        (left, "short" if over else "free", numbers - 78.0, theme.error if over else theme.text),
    ):
        wide = sheet.metrics(sheet.base).horizontalAdvance(f" {word}")
        number, _ = sheet.lay_text(text, sheet.strong, width - wide, right=True)
        sheet.put(number, x, middle, color)
        unit, _ = sheet.lay_text(f" {word}", sheet.base, wide + 6)
        sheet.put(
            unit, x + width - wide, middle, theme.error if over and word == "short" else theme.text2
        )
        x += width
    sheet.y += height + gap


def _add_legend(sheet: Sheet, indent: float, devices: Sequence[DeviceMemory]) -> None:
    keys = part_keys(devices)
    width = sheet.width - indent
    metrics = sheet.metrics(sheet.small)
    _, height = legend_layout(metrics, width, keys)
    sheet.keep(height)
    place = QRectF(sheet.left + indent, sheet.y, width, height)

    def paint(painter: QPainter) -> None:
        painter.setFont(sheet.small)
        paint_legend(painter, place, sheet.theme, keys)

    sheet.draw(paint)
    sheet.y += height + 3


def add_curve(sheet: Sheet, chart: ContextChart | None) -> None:
    """Memory against context with both limits, as vectors."""
    if chart is None:
        return
    sheet.section(f"Memory of {chart.device_label} against context", need=CHART_HEIGHT)
    place = sheet.box(CHART_HEIGHT)

    def paint(painter: QPainter) -> None:
        painter.setFont(sheet.small)
        paint_context(painter, place, chart, sheet.theme)

    sheet.draw(paint)
    sheet.y += CHART_HEIGHT + 6
    start, rest = chart.sentence
    sheet.text(f"{start} {rest}", sheet.base, sheet.theme.text2, strong_until=len(start))
