"""The memory bars of all devices on one scale, with axis, legend and one sentence.

Knows assessments, not the plan; the painting of a bar itself is shared with the printed page.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QLineF, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from moeplanner_gui.core.assessment import Assessment, DeviceMemory
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.units import MemoryUnit
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.charts.axes import Axis, capacity_axis, tick_label
from moeplanner_gui.ui.charts.memory_notes import named_amounts
from moeplanner_gui.ui.charts.memory_rows import bytes_of, device_labels, shown_short
from moeplanner_gui.ui.charts.paint_memory import (
    FILE_REST,
    OVER,
    TICK_WIDTH,
    Segment,
    legend_layout,
    paint_legend,
    paint_memory_bar,
    part_keys,
    part_label,
)
from moeplanner_gui.ui.fonts import Faces, faces, font_small
from moeplanner_gui.ui.icons import paint_icon
from moeplanner_gui.ui.inks import ink, pen
from moeplanner_gui.ui.memory.kept_swatch import draw_swatch
from moeplanner_gui.ui.theme import Theme

MARGIN = 16
DEVICES_TOLD = 16
"""A screen reader hears so many; the table has all."""
WIDTHS_KEPT = 16
"""Layouts kept: one edit asks for a few widths, dragging the window edge for hundreds."""
FIELDS = {
    "experts": "routed_experts_bytes",
    "attention": "other_weights_bytes",
    "kv": "kv_cache_bytes",
    "compute": "compute_bytes",
    "overhead": "overhead_bytes",
    FILE_REST: "file_rest_bytes",
    "free": "free_bytes",
    "held_back": "held_back_bytes",
    OVER: "free_bytes",
}


@dataclass(slots=True)
class _Group:
    """Devices that share a scale: the cards, or the host memories.

    ``limit`` says what the mark in the bars stands for, "" where none has one.
    """

    title: str
    devices: list[int]
    axis: Axis
    scale_bytes: int
    has_ticks: bool
    limit: str = ""


class MemoryBars(QWidget):
    """Signals:
    segment_opened(str): The path of the figure behind a clicked segment.
    """

    segment_opened = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("memory_bars")
        self.setAccessibleName(say("Memory bars"))
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._theme = theme
        self._assessment: Assessment | None = None
        self._labels: tuple[str, ...] = ()
        self._used: list[int] = []
        self._unit: MemoryUnit = "GiB"
        self._limit_word = say("usable")
        self._sentence = ("", "")
        self._segments: dict[int, list[Segment]] = {}
        self._shown_groups: list[_Group] = []
        self._shown_keys: tuple[str, ...] = part_keys(())
        self._label_room: tuple[Faces, float] | None = None
        self._heights: dict[int, int] = {}
        self._legend_of: object = None
        self._legends: dict[float, float] = {}
        self._sentence_of: object = None
        self._sentences: dict[float, tuple[QTextLayout, float]] = {}

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self._theme = theme
        self.update()

    def show_assessment(self, assessment: Assessment, unit: MemoryUnit, limit_word: str) -> None:
        """Show other devices; ``limit_word`` names the mark, "engine limit" or "usable"."""
        self._assessment, self._unit, self._limit_word = assessment, unit, limit_word
        self._labels = device_labels(assessment.devices)
        self._used = [device.used_bytes for device in assessment.devices]
        self._shown_groups = self._groups(assessment)
        self._shown_keys = part_keys(assessment.devices)
        self._label_room = None
        self._heights.clear()
        self._segments.clear()
        self.setAccessibleDescription(self._described(assessment))
        self._fit_height()
        self.update()

    def _described(self, assessment: Assessment) -> str:
        """The amounts for a screen reader; nobody listens to those of 512 cards."""
        told = [
            say(
                "{0}: {1:.2f} of {2:.2f} {3} used",
                label,
                used / self._divisor(),
                device.usable_bytes / self._divisor(),
                self._unit,
            )
            for label, device, used in zip(
                self._labels[:DEVICES_TOLD], assessment.devices, self._used, strict=False
            )
        ]
        if len(self._labels) > DEVICES_TOLD:
            told.append(say("{0:,} more in the table", len(self._labels) - DEVICES_TOLD))
        return "; ".join(told)

    def set_sentence(self, start: str, rest: str) -> None:
        """The line under the legend; empty parts show nothing."""
        self._sentence = (start, rest)
        self._heights.clear()
        self._fit_height()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(480, self._needed_height(max(self.width(), 320)))

    def minimumSizeHint(self) -> QSize:
        return QSize(300, 80)

    def resizeEvent(self, event: QEvent) -> None:
        super().resizeEvent(event)
        self._segments.clear()
        self._fit_height()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.FontChange:
            self._heights.clear()
            self._segments.clear()
        super().changeEvent(event)

    def _fit_height(self) -> None:
        needed = self._needed_height(self.width())
        if needed != self.minimumHeight():
            self.setMinimumHeight(needed)
            self.updateGeometry()

    def _divisor(self) -> int:
        return bytes_of(self._unit)

    def _groups(self, assessment: Assessment) -> list[_Group]:
        devices = assessment.devices
        groups = []
        for kind, title in (
            ("gpu", say("on each card")),
            ("host", say("of host memory")),
            ("disk", say("free on the disk for the model")),
        ):
            chosen = [i for i, d in enumerate(devices) if d.kind == kind]
            if kind != "gpu":
                chosen = [i for i in chosen if self._used[i]]
            if not chosen:
                continue
            scale = max(max(devices[i].capacity_bytes, self._used[i]) for i in chosen)
            if len(chosen) == 1 and kind == "gpu":
                title = say("on the card")
            axis = capacity_axis(scale / self._divisor())
            scale = max(scale, round(axis.high * self._divisor()))
            limit = self._limit_words(chosen, devices)
            title = f"{self._unit} {title}"
            groups.append(_Group(title, chosen, axis, scale, kind == "gpu", limit))
        return groups

    def _bar_height(self, group: _Group | None = None) -> int:
        if group is not None and not group.has_ticks:
            return 20
        count = len(self._assessment.devices) if self._assessment else 1
        if count <= 4:
            return 38
        return 26 if count <= 10 else 20

    def _label_width(self) -> float:
        if self._label_room is None or self._label_room[0] is not faces():
            self._label_room = (faces(), self._widest_label())
        return self._label_room[1]

    def _widest_label(self) -> float:
        strong, small = faces().strong, faces().small
        width = max((strong.width(label) for label in self._labels), default=0.0)
        if self._assessment is not None:
            for device, used in zip(self._assessment.devices, self._used, strict=True):
                if device.usable_bytes < used:
                    width = max(width, small.width(self._short_text(device)) + 18)
        return width + 16

    def _short_text(self, device: DeviceMemory) -> str:
        return say("{0} short", shown_short(device.free_bytes, self._unit))

    def _needed_height(self, width: int) -> int:
        """The layout asks several times for one change."""
        known = self._heights.get(width)
        if known is None:
            known = self._heights[width] = self._compute_height(width)
        return known

    def _compute_height(self, width: int) -> int:
        small = faces().small.metrics
        height = 12.0
        for group in self._shown_groups:
            height += small.height() + 6 + (small.height() + 8 if group.has_ticks else 0)
            height += len(group.devices) * (self._bar_height(group) + self._gap()) + 4
        legend = self._legend_height(width - 2 * MARGIN)
        lines = self._sentence_layout(width - 2 * MARGIN)[1] if self._sentence[0] else 0.0
        return round(height + legend + 6 + lines + 12)

    def _legend_height(self, width: float) -> float:
        """Most edits leave the legend as it is, and each asks for several widths."""
        keys, face = self._shown_keys, faces().small
        if (keys, face) != self._legend_of or len(self._legends) > WIDTHS_KEPT:
            self._legend_of = (keys, face)
            self._legends.clear()
        if width not in self._legends:
            self._legends[width] = legend_layout(face.metrics, width, keys)[1]
        return self._legends[width]

    def _gap(self) -> int:
        return 8 if self._bar_height() > 30 else 6

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), ink(self._theme.panel))
        if self._assessment is None:
            return
        y = 12.0
        for group in self._shown_groups:
            y = self._paint_group(painter, group, y, event.rect())
        painter.setFont(faces().small.font)
        area = QRectF(MARGIN, y, self.width() - 2 * MARGIN, self.height() - y)
        y += paint_legend(painter, area, self._theme, self._shown_keys, draw=draw_swatch) + 6
        if self._sentence[0]:
            layout, _ = self._sentence_layout(self.width() - 2 * MARGIN)
            painter.setPen(ink(self._theme.text2))
            layout.draw(painter, QPointF(MARGIN, y))

    def _paint_group(self, painter: QPainter, group: _Group, y: float, seen: QRect) -> float:
        theme = self._theme
        assert self._assessment is not None
        small = faces().small.metrics
        line = small.height()
        painter.setFont(faces().small.font)
        painter.setPen(ink(theme.text2))
        painter.drawText(QPointF(MARGIN, y + small.ascent()), group.title)
        self._paint_limit_key(painter, group, y)
        y += line + 6
        left = MARGIN + self._label_width()
        bars = QRectF(left, y, self.width() - MARGIN - left, 0)
        if bars.width() < 40:
            return y
        if group.has_ticks:
            self._paint_ticks(painter, group, bars)
            y += line + 8
        step = self._bar_height(group) + self._gap()
        # Of 512 cards a person sees nine: the others are painted when they come into view.
        first = max(0, int((seen.top() - y) // step))
        last = max(first, int((seen.bottom() + 1 - y) // step) + 1)
        end = y + step * len(group.devices)
        y += step * first
        for index in group.devices[first:last]:
            device = self._assessment.devices[index]
            rect = QRectF(bars.left(), y, bars.width(), self._bar_height(group))
            self._paint_device_label(painter, index, device, rect)
            painter.setFont(faces().small.font)
            segments = paint_memory_bar(
                painter,
                rect,
                device,
                theme,
                scale_bytes=group.scale_bytes,
                unit=self._unit,
            )
            self._segments[index] = segments
            y += step
        return end + 4

    def _paint_ticks(self, painter: QPainter, group: _Group, bars: QRectF) -> None:
        face, theme, y = faces().small, self._theme, bars.top()
        small = face.metrics
        line = small.height()
        step = group.axis.ticks[1] - group.axis.ticks[0] if len(group.axis.ticks) > 1 else 1
        for tick in group.axis.ticks:
            x = bars.left() + group.axis.share(tick) * bars.width()
            text = tick_label(tick, step)
            width = face.width(text)
            at = min(max(x - width / 2, bars.left() - width / 2), self.width() - width - 2)
            painter.setPen(ink(theme.text2))
            painter.drawText(QPointF(at, y + small.ascent()), text)
            painter.setPen(pen(theme.strong))
            painter.drawLine(QLineF(round(x) + 0.5, y + line + 1, round(x) + 0.5, y + line + 5))

    def _limit_words(self, chosen: list[int], devices: Sequence[DeviceMemory]) -> str:
        limits = {devices[i].usable_bytes for i in chosen}
        if all(
            devices[i].usable_bytes >= max(devices[i].capacity_bytes, self._used[i]) for i in chosen
        ):
            return ""
        word = self._limit_word if devices[chosen[0]].kind == "gpu" else say("usable")
        return (
            say("{0} {1:,.2f}", word, limits.pop() / self._divisor()) if len(limits) == 1 else word
        )

    def _paint_limit_key(self, painter: QPainter, group: _Group, y: float) -> None:
        """What the mark in the bars stands for, at the right of the heading."""
        if not group.limit:
            return
        small = faces().small
        x = self.width() - MARGIN - small.width(group.limit)
        painter.setPen(ink(self._theme.text2))
        painter.drawText(QPointF(x, y + small.metrics.ascent()), group.limit)
        mark = QRectF(round(x - 8), round(y + 1), TICK_WIDTH, round(small.metrics.height() - 2))
        painter.fillRect(mark, ink(self._theme.text))

    def _paint_device_label(
        self, painter: QPainter, index: int, device: DeviceMemory, rect: QRectF
    ) -> None:
        theme = self._theme
        row = QRectF(MARGIN, rect.top(), rect.left() - MARGIN - 8, rect.height())
        over = device.free_bytes < 0
        two_lines = over and rect.height() >= 34
        painter.setFont((faces().strong if rect.height() > 22 else faces().small_strong).font)
        painter.setPen(QColor(theme.error if over and not two_lines else theme.text))
        flags = Qt.AlignmentFlag.AlignLeft
        if two_lines:
            upper = QRectF(row.left(), row.top(), row.width(), row.height() / 2)
            painter.drawText(upper, flags | Qt.AlignmentFlag.AlignBottom, self._labels[index])
            lower = upper.translated(0, row.height() / 2)
            paint_icon(painter, QRectF(lower.left(), lower.top() + 3, 12, 12), "error", theme.error)
            painter.setFont(faces().small.font)
            painter.setPen(ink(theme.error))
            painter.drawText(lower.adjusted(16, 2, 20, 0), flags, self._short_text(device))
            return
        if over:
            icon = QRectF(row.right() - 14, row.center().y() - 7, 14, 14)
            paint_icon(painter, icon, "error", theme.error)
        painter.drawText(row, flags | Qt.AlignmentFlag.AlignVCenter, self._labels[index])

    def _sentence_layout(self, width: float) -> tuple[QTextLayout, float]:
        asked = (self._sentence, self._theme.text, faces())
        if asked != self._sentence_of or len(self._sentences) > WIDTHS_KEPT:
            self._sentence_of = asked
            self._sentences.clear()
        if width not in self._sentences:
            self._sentences[width] = self._lay_out_sentence(width)
        return self._sentences[width]

    def _lay_out_sentence(self, width: float) -> tuple[QTextLayout, float]:
        lead = f"{say('What fills first:')} "
        start, rest = self._sentence
        layout = QTextLayout(f"{lead}{start} {rest}", font_small())
        layout.setTextOption(QTextOption(Qt.AlignmentFlag.AlignLeft))
        strong = QTextLayout.FormatRange()
        strong.start, strong.length = len(lead), len(start)
        strong.format.setForeground(QColor(self._theme.text))
        strong.format.setFontWeight(600)
        layout.setFormats([strong])
        layout.beginLayout()
        height = 0.0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(width, 60))
            line.setPosition(QPointF(0, height))
            height += line.height() + 2
        layout.endLayout()
        return layout, height

    def _segment_at(self, place: QPointF) -> tuple[int, Segment] | None:
        for index, segments in self._segments.items():
            for segment in segments:
                if segment.rect.contains(place):
                    return index, segment
        return None

    def tip_at(self, place: QPointF) -> str:
        """The part at a place: its name, its size and the terms that have names; or nothing."""
        found = self._segment_at(place)
        if found is None or self._assessment is None:
            return ""
        index, segment = found
        device = self._assessment.devices[index]
        amount = say("{0:,.2f} {1}", segment.size_bytes / self._divisor(), self._unit)
        tip = say("{0} on {1}: {2}", part_label(segment.key), self._labels[index], amount)
        terms = {"overhead": device.overhead, "held_back": device.held_back}.get(segment.key)
        return f"{tip}\n{named_amounts(terms, self._unit)}" if terms else tip

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        found = self._segment_at(event.position())
        self.setCursor(Qt.CursorShape.PointingHandCursor if found else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        found = self._segment_at(event.position())
        if found is not None and event.button() == Qt.MouseButton.LeftButton:
            index, segment = found
            self.segment_opened.emit(f"devices.{index}.{FIELDS[segment.key]}")

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.tip_at(QPointF(event.pos())), self)
            return True
        return super().event(event)
