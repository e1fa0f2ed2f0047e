"""Why a plan does not fit: the verdict, its sentence and the bar of the device that decides."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QWidget

from moeplanner_gui.core.assessment import Assessment, DeviceMemory
from moeplanner_gui.core.units import MemoryUnit
from moeplanner_gui.core.verdict_words import without_verdict
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.charts.paint_memory import paint_memory_bar
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.fonts import font_base, font_heading, font_small, font_small_strong
from moeplanner_gui.ui.icons import paint_icon
from moeplanner_gui.ui.rig_builder.change import VERDICTS, device_name
from moeplanner_gui.ui.rig_builder.rig_rows import amount, free_text, short_amount
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.wrapped import fitted_lines, paint_lines

NOTHING_SHOWN = say("No memory or speed is shown for this combination.")
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class FitSummary(QWidget):
    """The verdict, its sentence and the bar of the device that decides."""

    def __init__(self, themes: ThemeProvider, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes = themes
        self._assessment: Assessment | None = None
        self._device: DeviceMemory | None = None
        self._name = ""
        self._unit: MemoryUnit = "GiB"

    def show_assessment(self, document: PlanDocument, assessment: Assessment) -> None:
        """Show another answer."""
        self._assessment, self._unit = assessment, document.memory_unit
        at = assessment.tightest
        devices = assessment.devices
        inside = at is not None and at < len(devices)
        self._device = devices[at] if inside and devices[at].free_bytes < 0 else None  # type: ignore[index]
        self._name = "" if self._device is None else device_name(self._device, document.plan)
        self.setAccessibleName(f"{VERDICTS[assessment.verdict]}. {self.sentence}")
        self.setToolTip("\n".join(assessment.reasons))
        self.update()

    @property
    def sentence(self) -> str:
        """The first reason without the verdict, which the heading says."""
        if self._assessment is None or not self._assessment.reasons:
            return ""
        return without_verdict(self._assessment.reasons[0])

    def sizeHint(self) -> QSize:
        return QSize(300, 168)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._assessment is None:
            return
        painter, theme = QPainter(self), self._themes.theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        rect = QRectF(self.rect())
        path = QPainterPath()
        path.addRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.fillPath(path, QColor(theme.panel))
        head = QRectF(0, 0, rect.width(), max(36.0, QFontMetricsF(font_heading()).height() + 16))
        painter.save()
        painter.setClipPath(path)
        painter.fillRect(head, QColor(theme.error_bg))
        painter.restore()
        cannot = self._assessment.verdict == "cannot_run"
        icon = QRectF(13, head.center().y() - 8, 16, 16)
        paint_icon(painter, icon, "no-entry" if cannot else "error", theme.error)
        painter.setPen(QColor(theme.error))
        painter.setFont(font_heading())
        painter.drawText(head.adjusted(38, 0, 0, 0), _LEFT, VERDICTS[self._assessment.verdict])
        if self._device is not None:
            painter.setFont(font_small_strong())
            left = short_amount(self._device.free_bytes, self._unit)
            words = say("{0}: {1} {2} short", self._name, left, self._unit)
            painter.drawText(head.adjusted(0, 0, -13, 0), _RIGHT, words)
        self._paint_body(painter, rect, head.bottom() + 9)
        painter.setPen(QPen(QColor(theme.border), 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)

    def _paint_body(self, painter: QPainter, rect: QRectF, y: float) -> None:
        theme = self._themes.theme
        small = QFontMetricsF(font_small()).height() + 2
        bottom = rect.bottom() - 8
        area = QRectF(13, y, rect.width() - 26, bottom - y)
        painter.setPen(QColor(theme.text))
        font, lines = fitted_lines(self.sentence, (font_base(), font_small()), area)
        end = paint_lines(painter, area.topLeft(), font, lines)
        if self._device is None:
            rest = QRectF(area.left(), end + 6, area.width(), bottom - end - 6)
            font, lines = fitted_lines(NOTHING_SHOWN, (font_small(),), rest)
            if len(lines) * small <= rest.height():
                painter.setPen(QColor(theme.text2))
                paint_lines(painter, rest.topLeft(), font, lines)
            return
        bar_space = 28 + 5 + small
        if end + 6 > bottom - bar_space:
            return  # The cards above show the same bar.
        painter.setFont(font_small())
        bar = QRectF(13, bottom - bar_space, rect.width() - 26, 28)
        paint_memory_bar(painter, bar, self._device, theme, unit=self._unit)
        line = QRectF(13, bar.bottom() + 5, bar.width(), small)
        used = amount(self._device.used_bytes, self._unit)
        usable = amount(self._device.usable_bytes, self._unit)
        painter.setFont(font_small())
        painter.setPen(QColor(theme.text2))
        painter.drawText(line, _LEFT, say("{0} of {1} {2} usable", used, usable, self._unit))
        painter.setFont(font_small_strong())
        painter.setPen(QColor(theme.error))
        painter.drawText(line, _RIGHT, free_text(self._device, self._unit))
