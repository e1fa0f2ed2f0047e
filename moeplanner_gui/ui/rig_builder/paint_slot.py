"""How a slot looks: filled, empty, under a drag. Pure ``paint(painter, rect, data, theme)``."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from moeplanner_gui.core.assessment import Severity
from moeplanner_gui.ui.charts.paint_memory import Segment, paint_memory_bar
from moeplanner_gui.ui.fonts import (
    font_base,
    font_heading,
    font_small,
    font_small_strong,
    font_strong,
)
from moeplanner_gui.ui.icons import paint_icon
from moeplanner_gui.ui.rig_builder.rig_rows import SlotRow, amount, free_amount
from moeplanner_gui.ui.theme import Theme

PADDING = 13.0
RADIUS = 6.0
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class SlotLook:
    """What the pointer and the focus do to a slot."""

    selected: bool = False
    focused: bool = False
    hovered: bool = False


@dataclass(frozen=True)
class DropLook:
    """A drag over a slot: what would happen, or why not. ``lines`` have a severity each."""

    heading: str = ""
    lines: tuple[tuple[str, Severity], ...] = ()
    refused: str = ""


@dataclass(frozen=True)
class Zone:
    """A figure that can be asked how it was computed."""

    rect: QRectF
    path: str


def slot_height() -> float:
    """The height of a slot at the present font size."""
    base, small = _height(font_base()), _height(font_small())
    return round(2 * 10 + 3 * (small + 3) + 2 * (base + 4) + bar_height() + 13)


def bar_height() -> float:
    """The height of a slot's memory bar."""
    return max(28.0, round(_height(font_base()) + 10))


def paint_slot(
    painter: QPainter, rect: QRectF, row: SlotRow, theme: Theme, look: SlotLook
) -> tuple[list[Zone], list[Segment]]:
    """Paint a slot; answers the figures to click on and the segments of its bar."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    if row.facts is None:
        _paint_empty(painter, rect, row, theme, look)
        return [], []
    _paint_frame(painter, rect, theme, look)
    inner = rect.adjusted(PADDING, 10, -PADDING, -10)
    y = _paint_head(painter, inner, row, theme)
    if row.device is None:
        painter.setFont(font_small())
        painter.setPen(QColor(theme.text3))
        painter.drawText(
            QRectF(inner.left(), y, inner.width(), inner.bottom() - y), _LEFT, "not computed"
        )
        return [], []
    return _paint_memory(painter, inner, y, row, theme)


def _paint_frame(painter: QPainter, rect: QRectF, theme: Theme, look: SlotLook) -> None:
    accent = look.selected or look.focused
    width = 2.0 if accent else 1.0
    color = theme.accent if accent else (theme.strong if look.hovered else theme.border)
    painter.setPen(QPen(QColor(color), width))
    painter.setBrush(QColor(theme.panel))
    inset = width / 2
    painter.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), RADIUS, RADIUS)
    if look.focused and look.selected:
        # Selected and focused must differ from selected alone.
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.accent), 1.0))
        painter.drawRoundedRect(rect.adjusted(3.5, 3.5, -3.5, -3.5), RADIUS - 3, RADIUS - 3)


def _paint_head(painter: QPainter, inner: QRectF, row: SlotRow, theme: Theme) -> float:
    """Place, name and facts; answers where the bar begins."""
    assert row.facts is not None
    small, base = _height(font_small()) + 3, _height(font_base()) + 4
    line = QRectF(inner.left(), inner.top(), inner.width(), small)
    painter.setFont(font_small())
    room = line.width() - 22
    if row.tightest:
        room -= _paint_pill(painter, line.adjusted(0, 0, -22, 0), "tightest", theme) + 6
    painter.setFont(font_small())
    painter.setPen(QColor(theme.text3))
    painter.drawText(line, _LEFT, _elided(painter.font(), row.title, room))
    line = QRectF(inner.left(), line.bottom() + 1, inner.width(), base)
    icon = QRectF(line.left(), round(line.center().y() - 8), 16, 16)
    paint_icon(painter, icon, "card", theme.text2)
    number = f"GPU {row.gpu_number}"
    painter.setFont(font_base())
    painter.setPen(QColor(theme.text3))
    painter.drawText(line, _RIGHT, number)
    room = line.width() - 22 - QFontMetricsF(font_base()).horizontalAdvance(number) - 8
    painter.setFont(font_strong())
    painter.setPen(QColor(theme.text))
    name = _elided(painter.font(), row.facts.name, room)
    painter.drawText(line.adjusted(22, 0, 0, 0), _LEFT, name)
    line = QRectF(inner.left(), line.bottom(), inner.width(), small)
    painter.setFont(font_small())
    painter.setPen(QColor(theme.text2))
    painter.drawText(line, _LEFT, _elided(painter.font(), row.facts.summary, line.width()))
    return line.bottom() + 7


def _paint_memory(
    painter: QPainter, inner: QRectF, y: float, row: SlotRow, theme: Theme
) -> tuple[list[Zone], list[Segment]]:
    device = row.device
    assert device is not None
    small, base = _height(font_small()) + 3, _height(font_base()) + 4
    painter.setFont(font_small())
    bar = QRectF(inner.left(), y, inner.width(), bar_height())
    segments = paint_memory_bar(painter, bar, device, theme)
    path = f"devices.{row.index}."
    line = QRectF(inner.left(), bar.bottom() + 5, inner.width(), base)
    over = device.free_bytes < 0
    left = (
        amount(-device.free_bytes, row.unit) if over else free_amount(device.free_bytes, row.unit)
    )
    free = f"{left} over" if over else f"{left} free"
    zones = [
        _figure(
            painter,
            line,
            free,
            theme.error if over else theme.text,
            path + "free_bytes",
            right=True,
        )
    ]
    used = _figure(
        painter, line, amount(device.used_bytes, row.unit), theme.text, path + "used_bytes"
    )
    zones.append(used)
    painter.setFont(font_base())
    painter.setPen(QColor(theme.text2))
    rest = line.adjusted(used.rect.width() + _space(font_base()), 0, 0, 0)
    room = rest.width() - zones[0].rect.width() - 8
    usable = amount(device.usable_bytes, row.unit)
    for text in (f"of {usable} {row.unit} usable", f"of {usable} {row.unit}", f"of {usable}"):
        if QFontMetricsF(font_base()).horizontalAdvance(text) <= room:
            painter.drawText(rest, _LEFT, text)
            break
    line = QRectF(inner.left(), line.bottom(), inner.width(), small)
    x = line.left()
    other = device.compute_bytes + device.output_bytes + device.overhead_bytes
    for index, (label, size, field) in enumerate(
        (
            ("weights", device.weights_bytes, "weights_bytes"),
            ("KV", device.kv_cache_bytes, "kv_cache_bytes"),
            ("other", other, "overhead_bytes"),
        )
    ):
        text = f"{' · ' if index else ''}{label} {amount(size, row.unit)}"
        painter.setFont(font_small())
        painter.setPen(QColor(theme.text2))
        width = QFontMetricsF(painter.font()).horizontalAdvance(text)
        if x + width > line.right() + 1:
            break  # The bar and its tooltips still tell; half a number would not.
        spot = QRectF(x, line.top(), width, line.height())
        painter.drawText(spot.adjusted(0, 0, 8, 0), _LEFT, text)
        zones.append(Zone(spot, path + field))
        x += width
    return zones, segments


def _paint_empty(
    painter: QPainter, rect: QRectF, row: SlotRow, theme: Theme, look: SlotLook
) -> None:
    pen = QPen(QColor(theme.accent if look.focused else theme.strong), 2.0 if look.focused else 1.0)
    if not look.focused:
        pen.setDashPattern([3.0, 3.0])
    painter.setPen(pen)
    painter.setBrush(QColor(theme.hover if look.hovered else theme.window))
    inset = pen.widthF() / 2
    painter.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), RADIUS, RADIUS)
    small, base = _height(font_small()), _height(font_base())
    height = small + 8 + 16 + 6 + 2 * base
    y = round(rect.center().y() - height / 2)
    painter.setFont(font_small())
    painter.setPen(QColor(theme.text3))
    painter.drawText(_line(rect, y, small), Qt.AlignmentFlag.AlignCenter, f"Slot {row.slot + 1}")
    icon = QRectF(round(rect.center().x() - 8), y + small + 8, 16, 16)
    paint_icon(painter, icon, "plus", theme.text2)
    painter.setFont(font_base())
    painter.setPen(QColor(theme.text2))
    for text in ("Drop a card", "or press Enter"):
        top = icon.bottom() + 6 + (base if text.startswith("or") else 0)
        painter.drawText(_line(rect, top, base), Qt.AlignmentFlag.AlignCenter, text)


def paint_drop(painter: QPainter, rect: QRectF, row: SlotRow, theme: Theme, drop: DropLook) -> None:
    """Paint a slot that a drag is over, instead of its content."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    edge = theme.error if drop.refused else theme.accent
    painter.setPen(QPen(QColor(edge), 2.0))
    painter.setBrush(QColor(theme.error_bg if drop.refused else theme.selection))
    painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), RADIUS, RADIUS)
    inner = rect.adjusted(PADDING, 10, -PADDING, -8)
    wrap = Qt.TextFlag.TextWordWrap
    if drop.refused:
        paint_icon(painter, QRectF(inner.left(), inner.top() + 2, 16, 16), "no-entry", theme.error)
        painter.setFont(font_strong())
        painter.setPen(QColor(theme.error))
        painter.drawText(inner.adjusted(22, 0, 0, 0), int(wrap), drop.refused)
        return
    painter.setFont(font_small())
    painter.setPen(QColor(theme.text3))
    painter.drawText(
        inner, int(Qt.AlignmentFlag.AlignTop), _elided(font_small(), row.title, inner.width())
    )
    y = inner.top() + _height(font_small()) + (14 if inner.width() > 180 else 6)
    painter.setFont(font_heading() if inner.width() > 180 else font_strong())
    painter.setPen(QColor(theme.accent))
    y += _wrapped(painter, inner, y, drop.heading) + 4
    inks = {"note": theme.text, "warning": theme.warn, "error": theme.error}
    for text, severity in drop.lines:
        plain = severity == "note"
        painter.setFont(font_small() if plain else font_small_strong())
        painter.setPen(QColor(inks[severity]))
        if not plain:
            paint_icon(painter, QRectF(inner.left(), y, 14, 14), severity, inks[severity])
        y += _wrapped(painter, inner.adjusted(0 if plain else 19, 0, 0, 0), y, text) + 3


def _wrapped(painter: QPainter, inner: QRectF, y: float, text: str) -> float:
    area = QRectF(inner.left(), y, inner.width(), max(0.0, inner.bottom() - y))
    flags = int(Qt.TextFlag.TextWordWrap)
    box = painter.boundingRect(area, flags, text)
    # A line that has no room is left out rather than cut: the panel below says it all.
    if box.bottom() <= inner.bottom() + 2:
        painter.drawText(area, flags, text)
    return box.height()


def _paint_pill(painter: QPainter, line: QRectF, text: str, theme: Theme) -> float:
    font = font_small_strong()
    width = QFontMetricsF(font).horizontalAdvance(text) + 12
    height = _height(font) + 3
    box = QRectF(line.right() - width, round(line.center().y() - height / 2), width, height)
    painter.setPen(QPen(QColor(theme.strong), 1.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
    painter.setFont(font)
    painter.setPen(QColor(theme.text))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
    return width


def _figure(
    painter: QPainter, line: QRectF, text: str, color: str, path: str, *, right: bool = False
) -> Zone:
    painter.setFont(font_strong())
    painter.setPen(QColor(color))
    width = QFontMetricsF(painter.font()).horizontalAdvance(text)
    painter.drawText(line, _RIGHT if right else _LEFT, text)
    left = line.right() - width if right else line.left()
    return Zone(QRectF(QPointF(left, line.top()), QPointF(left + width, line.bottom())), path)


def _line(rect: QRectF, y: float, height: float) -> QRectF:
    return QRectF(rect.left(), y, rect.width(), height)


def _elided(font: QFont, text: str, room: float) -> str:
    return QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, max(0.0, room))


def _space(font: QFont) -> float:
    return QFontMetricsF(font).horizontalAdvance(" ")


def _height(font: QFont) -> float:
    return float(round(QFontMetricsF(font).height()))
