"""The memory bar: how one device's memory is filled, painted. Knows no widget and no plan.

The same functions draw the slot cards, the Memory tab and the printed page, so they use nothing
but a QPainter: vectors stay vectors. Lengths are logical pixels; edges are snapped to the
pixels of whatever device is painted on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen

from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.units import GB, GIB, MemoryUnit
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.inks import ink, pen

if TYPE_CHECKING:
    from moeplanner_gui.core.assessment import DeviceMemory
    from moeplanner_gui.ui.theme import Theme

FILE_REST = "file_rest"
"""What a disk holds beside the experts read from it; no card and no host memory has it."""

MEMORY_PARTS: tuple[tuple[str, str], ...] = (
    ("experts", say("Routed experts")),
    ("attention", say("Attention, shared, embeddings")),
    ("kv", say("KV cache")),
    ("compute", say("Compute buffers")),
    ("overhead", say("Runtime overhead")),
    (FILE_REST, say("Rest of the file")),
    ("free", say("Free")),
    ("held_back", say("Held back")),
)
"""Keys and names of the parts, in the order in which they are always drawn."""

OVER = "over"
LABEL_PADDING = 6.0
GAP = 1.0
TICK_WIDTH = 2.0
SWATCH = 12.0
OVER_PADDING = 3.0
_SHORT = {
    "experts": say("Experts"),
    "attention": say("Other"),
    "kv": "KV",
    "compute": say("Compute"),
}
_HATCH_STEP = {"overhead": 4.0, "held_back": 6.0, OVER: 5.0}
_LEGEND_ROW = 24.0
_LEGEND_GAP = 16.0


@dataclass(frozen=True, slots=True)
class Segment:
    """One painted part: its key in MEMORY_PARTS (or "over"), where it is and how much it is."""

    key: str
    rect: QRectF
    size_bytes: int


def part_label(key: str) -> str:
    """The name of a part: ``"KV cache"``."""
    return say("Over the limit") if key == OVER else dict(MEMORY_PARTS)[key]


def part_bytes(device: DeviceMemory) -> dict[str, int]:
    """Bytes of every part of ``device`` by key, in drawing order; free is negative when over."""
    sizes = {
        "experts": device.routed_experts_bytes,
        "attention": device.other_weights_bytes,
        "kv": device.kv_cache_bytes,
        "compute": device.compute_bytes + device.output_bytes,
        "overhead": device.overhead_bytes,
        FILE_REST: device.file_rest_bytes,
    }
    # The parts are what is used: asking the device for it would add all of them up once more.
    sizes["free"] = device.usable_bytes - sum(sizes.values())
    sizes["held_back"] = device.capacity_bytes - device.usable_bytes
    return sizes


def part_keys(devices: Sequence[DeviceMemory]) -> tuple[str, ...]:
    """The parts that the legend of these devices names, in drawing order."""
    keys = [key for key, _ in MEMORY_PARTS]
    if not any(device.file_rest_bytes for device in devices):
        keys.remove(FILE_REST)
    if any(device.free_bytes < 0 for device in devices):
        keys.append(OVER)
    return tuple(keys)


def memory_scale(devices: Iterable[DeviceMemory]) -> int:
    """The bytes that a full bar stands for when several bars share one scale."""
    return max((max(d.capacity_bytes, d.used_bytes) for d in devices), default=1)


def paint_memory_bar(
    painter: QPainter,
    rect: QRectF,
    device: DeviceMemory,
    theme: Theme,
    *,
    scale_bytes: int | None = None,
    radius: float = 3.0,
    labels: bool = True,
    unit: MemoryUnit = "GiB",
) -> list[Segment]:
    """Paint the memory of one device as a bar.

    Args:
        painter: Its font is used for the labels (made semibold).
        rect: Where a bar of ``scale_bytes`` goes; a smaller device gets a shorter bar.
        device: The memory to show.
        theme: Colours.
        scale_bytes: Bytes that ``rect`` is wide, capacity or use (the larger) when None.
        radius: Corner radius in logical pixels.
        labels: Write the amounts into the segments that have room.
        unit: The unit of the amounts; it is not written.

    Returns:
        The segments in order, for hit tests and tooltips. What is used beyond the usable limit
        is one more segment with the key "over".
    """
    sizes = part_bytes(device)
    used = device.usable_bytes - sizes["free"]
    most = max(device.capacity_bytes, used)
    scale = max(scale_bytes or most, 1)
    shown, per_byte = min(most, scale), rect.width() / scale
    snap = _Snap(painter)
    bar = snap.rect(QRectF(rect.x(), rect.y(), rect.width() * shown / scale, rect.height()))
    inside = _cut(sizes, max(0, -sizes["free"]))
    segments = _segments(device, used, sizes, inside, bar, per_byte, snap)

    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.save()
    outline = QPainterPath()
    outline.addRoundedRect(bar, radius, radius)
    painter.setClipPath(outline, Qt.ClipOperation.IntersectClip)
    painter.fillRect(bar, ink(theme.panel))
    for segment in segments:
        _fill(painter, segment.rect, segment.key, theme)
    if device.usable_bytes < most:
        _paint_tick(painter, bar, device.usable_bytes * per_byte, theme, snap)
    painter.restore()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(pen(theme.outline))
    painter.drawRoundedRect(bar.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
    if labels:
        _paint_labels(painter, segments, theme, inside, GIB if unit == "GiB" else GB)
    painter.restore()
    return segments


def paint_swatch(painter: QPainter, rect: QRectF, key: str, theme: Theme) -> None:
    """Paint the sample square of one part, as in a legend or a table row."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    path = QPainterPath()
    path.addRoundedRect(rect, 2.0, 2.0)
    painter.save()
    painter.setClipPath(path, Qt.ClipOperation.IntersectClip)
    _fill(painter, rect, key, theme)
    painter.restore()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.outline), 1.0))
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 2.0, 2.0)
    painter.restore()


def legend_layout(
    metrics: QFontMetricsF, width: float, keys: Sequence[str]
) -> tuple[list[QPointF], float]:
    """Top-left corners of the legend's entries within ``width``, and the height they need."""
    places: list[QPointF] = []
    row_height = max(_LEGEND_ROW, metrics.height() + 6)
    x = y = 0.0
    for key in keys:
        entry = SWATCH + 6 + metrics.horizontalAdvance(part_label(key))
        if x > 0 and x + entry > width:
            x, y = 0.0, y + row_height
        places.append(QPointF(x, y))
        x += entry + _LEGEND_GAP
    return places, y + row_height if keys else 0.0


def paint_legend(
    painter: QPainter,
    rect: QRectF,
    theme: Theme,
    keys: Sequence[str],
    *,
    draw: Callable[[QPainter, QPointF, str, Theme], None] | None = None,
) -> float:
    """Paint names and samples of ``keys`` in rows from the top of ``rect``; answers the height.

    ``draw`` paints a sample at a top left corner; without it samples are painted as vectors.
    """
    metrics = QFontMetricsF(painter.font())
    places, height = legend_layout(metrics, rect.width(), keys)
    row_height = max(_LEGEND_ROW, metrics.height() + 6)
    painter.save()
    for key, place in zip(keys, places, strict=True):
        origin = rect.topLeft() + place
        top = round(origin.y() + (row_height - SWATCH) / 2)
        if draw is not None:
            draw(painter, QPointF(round(origin.x()), top), key, theme)
        else:
            paint_swatch(painter, QRectF(round(origin.x()), top, SWATCH, SWATCH), key, theme)
        painter.setPen(ink(theme.text2))
        text = QRectF(origin.x() + SWATCH + 6, origin.y(), rect.width(), row_height)
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, part_label(key))
    painter.restore()
    return height


class _Snap:
    """Rounds logical coordinates to the pixels of the device painted on."""

    def __init__(self, painter: QPainter) -> None:
        matrix = painter.deviceTransform()
        self._sx, self._dx = abs(matrix.m11()) or 1.0, matrix.dx()
        self._sy, self._dy = abs(matrix.m22()) or 1.0, matrix.dy()

    def x(self, value: float) -> float:
        return (math.floor(value * self._sx + self._dx + 0.5) - self._dx) / self._sx

    def y(self, value: float) -> float:
        return (math.floor(value * self._sy + self._dy + 0.5) - self._dy) / self._sy

    def rect(self, rect: QRectF) -> QRectF:
        left, top = self.x(rect.left()), self.y(rect.top())
        return QRectF(left, top, self.x(rect.right()) - left, self.y(rect.bottom()) - top)

    @property
    def pixel(self) -> float:
        """One device pixel in logical units."""
        return 1.0 / self._sx


def _segments(
    device: DeviceMemory,
    used: int,
    sizes: dict[str, int],
    inside: dict[str, int],
    bar: QRectF,
    per_byte: float,
    snap: _Snap,
) -> list[Segment]:
    """The parts with their places; what does not fit is cut off and shown as one, "over"."""
    ends: list[tuple[str, int, int, int]] = []
    over, at = max(0, -sizes["free"]), 0
    for key, size in inside.items():
        if key == "held_back":
            at = max(device.usable_bytes, used)
            size = device.capacity_bytes - at
            if over:
                ends.append((OVER, device.usable_bytes, used, over))
        if size > 0:
            ends.append((key, at, at + size, sizes[key]))
            at += size
    segments = []
    left_edge, right_edge, pixel = bar.left(), bar.right(), snap.pixel
    top, height, last = bar.top(), bar.height(), len(ends) - 1
    before, stop = -1, 0.0
    for index, (key, start, end, size) in enumerate(ends):
        left = stop if start == before else snap.x(left_edge + start * per_byte)
        before, stop = end, snap.x(left_edge + end * per_byte)
        if left > right_edge:
            left = right_edge
        right = right_edge if stop > right_edge else stop
        if index < last:
            right -= GAP
        if right < left + pixel:
            right = left + pixel
        segments.append(Segment(key, QRectF(left, top, right - left, height), size))
    return segments


def _cut(sizes: dict[str, int], over: int) -> dict[str, int]:
    """What of each part lies inside the limit: the cache gives way first, then the experts.

    Buffers and overhead are needed for the first token, so they are drawn whole.
    """
    if not over:
        return sizes
    shown = dict(sizes)
    for key in ("kv", "experts", "attention", "compute", "overhead", FILE_REST):
        cut = min(over, shown[key])
        shown[key] -= cut
        over -= cut
    return shown


def _fill(painter: QPainter, rect: QRectF, key: str, theme: Theme) -> None:
    if key == "overhead":
        painter.fillRect(rect, ink(theme.overhead))
        _hatch(painter, rect, pen(theme.overhead_line), _HATCH_STEP[key], rising=False)
    elif key == FILE_REST:
        painter.fillRect(rect, ink(theme.overhead))
    elif key == "held_back":
        painter.fillRect(rect, ink(theme.held_back))
        _hatch(painter, rect, pen(theme.held_back_line), _HATCH_STEP[key], rising=True)
    elif key == OVER:
        painter.fillRect(rect, ink(theme.panel))
        line = QColor(theme.error)
        line.setAlpha(110)
        _hatch(painter, rect, QPen(line, 1.0), _HATCH_STEP[key], rising=False)
        painter.setPen(pen(theme.error))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(rect.adjusted(1.5, 1.5, -1.5, -1.5))
    else:
        painter.fillRect(rect, ink(getattr(theme, key)))


def _hatch(painter: QPainter, rect: QRectF, line: QPen, step: float, *, rising: bool) -> None:
    """Lines at 45 degrees cut to ``rect``: a brush pattern would not scale with the page, and
    an SVG has no clipping.
    """
    lines = _hatch_lines(rect.width(), rect.height(), step, rising)
    painter.save()
    painter.setClipRect(rect, Qt.ClipOperation.IntersectClip)
    painter.setPen(line)
    painter.translate(rect.topLeft())
    painter.drawLines(lines)
    painter.restore()


@lru_cache(maxsize=64)
def _hatch_lines(width: float, height: float, step: float, rising: bool) -> list[QLineF]:
    lines = []
    offset = -height + step / 2
    while offset < width:
        left, right = max(offset, 0.0), min(offset + height, width)
        low, high = left - offset, right - offset
        if rising:
            lines.append(QLineF(left, height - low, right, height - high))
        else:
            lines.append(QLineF(left, low, right, high))
        offset += step
    return lines


def _paint_tick(painter: QPainter, bar: QRectF, at: float, theme: Theme, snap: _Snap) -> None:
    """The usable limit ``at`` so many pixels; a device of which all can be used has none."""
    x = snap.x(bar.left() + at - TICK_WIDTH / 2 - GAP / 2)
    if x <= bar.right():
        painter.fillRect(QRectF(x, bar.top(), TICK_WIDTH, bar.height()), ink(theme.text))


_LabelFace = tuple[QFont, QFontMetricsF, float, dict[str, float]]
_label_faces: list[tuple[QFont, int, _LabelFace]] = []
_LABEL_FACES_KEPT = 8
_WIDTHS_KEPT = 1024


def _label_face(painter: QPainter) -> _LabelFace:
    """The semibold of the painter's font, its metrics, the height of its capitals and widths of
    texts: what every bar asks. Kept for the last few fonts and devices.
    """
    font, dpi = painter.font(), painter.device().logicalDpiY()
    for asked, at, kept in _label_faces:
        if at == dpi and asked == font:
            return kept
    strong = QFont(font)
    strong.setWeight(QFont.Weight.DemiBold)
    metrics = QFontMetricsF(strong)
    face: _LabelFace = (strong, metrics, metrics.capHeight(), {})
    _label_faces.append((QFont(font), dpi, face))
    del _label_faces[:-_LABEL_FACES_KEPT]
    return face


def _paint_labels(
    painter: QPainter,
    segments: Sequence[Segment],
    theme: Theme,
    sizes_shown: dict[str, int],
    divisor: int,
) -> None:
    font, metrics, cap_height, widths = _label_face(painter)
    painter.setFont(font)
    for segment in segments:
        amount = say("{0:,.1f}", segment.size_bytes / divisor)
        if segment.key == OVER:
            text, padding = f"+{amount}", OVER_PADDING
        elif segment.key in _SHORT:
            # A part that is cut off must not be labelled with an amount it does not show.
            cut = sizes_shown[segment.key] != segment.size_bytes
            text, padding = _SHORT[segment.key] if cut else amount, LABEL_PADDING
        else:
            continue
        if len(widths) > _WIDTHS_KEPT:
            widths.clear()
        if text not in widths:
            widths[text] = metrics.horizontalAdvance(text)
        if widths[text] + 2 * padding > segment.rect.width():
            continue
        if cap_height + 4 > segment.rect.height():
            continue
        if segment.key == OVER:
            # Letters stay readable on the hatching by a plate in the panel's colour.
            plate = metrics.tightBoundingRect(text)
            plate.moveCenter(segment.rect.center())
            painter.fillRect(plate.adjusted(-1.5, -2, 1.5, 2), ink(theme.panel))
            painter.setPen(ink(theme.error))
        else:
            painter.setPen(ink(getattr(theme, f"{segment.key}_ink")))
        painter.drawText(segment.rect, Qt.AlignmentFlag.AlignCenter, text)
