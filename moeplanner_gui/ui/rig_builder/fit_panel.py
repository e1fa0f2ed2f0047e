"""Why it does not fit, and what would make it fit: one click each, one undo step each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.assessment import Assessment, DeviceMemory
from moeplanner_gui.core.units import MemoryUnit
from moeplanner_gui.ui.charts.paint_memory import paint_memory_bar
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.fonts import (
    font_base,
    font_heading,
    font_small,
    font_small_strong,
    font_strong,
)
from moeplanner_gui.ui.icons import paint_icon
from moeplanner_gui.ui.rig_builder.change import VERDICTS, device_name
from moeplanner_gui.ui.rig_builder.rig_rows import amount, free_text
from moeplanner_gui.ui.style import ThemeProvider

if TYPE_CHECKING:
    from moeplanner_gui.core.remedies import Remedy

DELAY_MS = 120
"""Remedies evaluate many plans; they wait until the user has stopped dragging a slider."""
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
        self.update()

    @property
    def sentence(self) -> str:
        """The first reason without the verdict, which the heading says."""
        if self._assessment is None or not self._assessment.reasons:
            return ""
        verdict = f"{VERDICTS[self._assessment.verdict]}. "
        return self._assessment.reasons[0].removeprefix(verdict)

    def sizeHint(self) -> QSize:
        return QSize(360, 168)

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
            short = (
                f"{self._name}: {amount(-self._device.free_bytes, self._unit)} {self._unit} short"
            )
            painter.drawText(head.adjusted(0, 0, -13, 0), _RIGHT, short)
        self._paint_body(painter, rect, head.bottom() + 9)
        painter.setPen(QPen(QColor(theme.border), 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)

    def _paint_body(self, painter: QPainter, rect: QRectF, y: float) -> None:
        theme = self._themes.theme
        small = QFontMetricsF(font_small()).height() + 2
        bottom = rect.bottom() - 8
        bar_space = 28 + 5 + small if self._device is not None else 0.0
        area = QRectF(13, y, rect.width() - 26, bottom - bar_space - 6 - y)
        painter.setFont(font_base())
        painter.setPen(QColor(theme.text))
        painter.drawText(area, int(Qt.TextFlag.TextWordWrap), self.sentence)
        if self._device is None:
            return
        painter.setFont(font_small())
        bar = QRectF(13, bottom - bar_space, rect.width() - 26, 28)
        paint_memory_bar(painter, bar, self._device, theme, unit=self._unit)
        line = QRectF(13, bar.bottom() + 5, bar.width(), small)
        used = amount(self._device.used_bytes, self._unit)
        usable = amount(self._device.usable_bytes, self._unit)
        painter.setFont(font_small())
        painter.setPen(QColor(theme.text2))
        painter.drawText(line, _LEFT, f"{used} of {usable} {self._unit} usable")
        painter.setFont(font_small_strong())
        painter.setPen(QColor(theme.error))
        painter.drawText(line, _RIGHT, free_text(self._device, self._unit))


class RemedyRow(QAbstractButton):
    """One remedy: what to do, why, and its result.

    Signals:
        pointed(object): The pointer came over the row (its remedy) or left it (None).
    """

    pointed = Signal(object)

    def __init__(self, remedy: Remedy, number: int, themes: ThemeProvider, parent: QWidget) -> None:
        super().__init__(parent)
        self.remedy = remedy
        self._number = number
        self._themes = themes
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover, True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setObjectName(f"remedy-{number}")
        self.setAccessibleName(f"{remedy.title}: {remedy.outcome}")
        self.setAccessibleDescription(remedy.detail)
        self.setToolTip(
            f"{remedy.title}\n{remedy.detail}\n{remedy.outcome}\nOne undo step; key {number}."
        )

    def enterEvent(self, event: QEnterEvent) -> None:
        self.pointed.emit(self.remedy)
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self.pointed.emit(None)
        super().leaveEvent(event)

    def sizeHint(self) -> QSize:
        lines = QFontMetricsF(font_strong()).height() + QFontMetricsF(font_small()).height()
        return QSize(320, max(44, round(lines) + 12))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), self._themes.theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        rect = QRectF(self.rect())
        if self.hasFocus() or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.selection))
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 4, 4)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), 2.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 4, 4)
        inner = rect.adjusted(10, 5, -8, -5)
        right = inner.right()
        if self._number <= 9:
            key = QRectF(right - 18, inner.center().y() - 9, 18, 18)
            painter.setPen(QPen(QColor(theme.border), 1.0))
            painter.setBrush(QColor(theme.window))
            painter.drawRoundedRect(key.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
            painter.setFont(font_small())
            painter.setPen(QColor(theme.text2))
            painter.drawText(key, Qt.AlignmentFlag.AlignCenter, str(self._number))
            right -= 28
        elide = Qt.TextElideMode.ElideRight
        half = inner.height() / 2
        room = right - inner.left()
        painter.setFont(font_strong())
        painter.setPen(QColor(theme.text))
        title = QFontMetricsF(painter.font()).elidedText(self.remedy.title, elide, room)
        painter.drawText(QRectF(inner.left(), inner.top(), room, half), _LEFT, title)
        line = QRectF(inner.left(), inner.top() + half, room, half)
        paint_icon(painter, QRectF(line.left(), line.center().y() - 6, 13, 13), "check", theme.ok)
        painter.setFont(font_small_strong())
        metrics = QFontMetricsF(painter.font())
        outcome = metrics.elidedText(short_outcome(self.remedy), elide, room - 18)
        painter.setPen(QColor(theme.ok))
        painter.drawText(line.adjusted(18, 0, 0, 0), _LEFT, outcome)
        used = 18 + metrics.horizontalAdvance(outcome) + 10
        painter.setFont(font_small())
        painter.setPen(QColor(theme.text2))
        detail = self.remedy.detail.rstrip(".")
        detail = QFontMetricsF(painter.font()).elidedText(detail, elide, max(0.0, room - used))
        painter.drawText(line.adjusted(used, 0, 0, 0), _LEFT, detail)


def short_outcome(remedy: Remedy) -> str:
    """The first part of the outcome: "Fits, 2.4 GiB free on GPU 2"."""
    return remedy.outcome.split(", up to")[0].rstrip(".")


class FitPanel(QWidget):
    """Shown below the rig while the plan does not fit.

    Signals:
        remedy_chosen(Remedy): A remedy was clicked.
        remedy_pointed(object): The pointer is over this remedy, None when over none.
    """

    remedy_chosen = Signal(object)
    remedy_pointed = Signal(object)

    def __init__(self, document: PlanDocument, themes: ThemeProvider, parent: QWidget) -> None:
        super().__init__(parent)
        self._document = document
        self._themes = themes
        self.rows: list[RemedyRow] = []
        self.summary = FitSummary(themes, self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 9, 12, 10)
        layout.setSpacing(12)
        layout.addWidget(self.summary, 1)
        side = QVBoxLayout()
        side.setSpacing(4)
        self._heading = QLabel("Make it fit", self)
        self._heading.setFont(font_strong())
        side.addWidget(self._heading)
        self._list = QWidget(self)
        self._column = QVBoxLayout(self._list)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        area = QScrollArea(self)
        area.setWidget(self._list)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.viewport().setAutoFillBackground(False)
        self._list.setAutoFillBackground(False)
        side.addWidget(area, 1)
        layout.addLayout(side, 1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self.compute)
        self.hide()

    def fit_height(self, available: int) -> None:
        """Take two fifths of the rig's height, within what the summary needs and can use."""
        self.setFixedHeight(max(160, min(230, available * 2 // 5)))

    def show_assessment(self, assessment: Assessment) -> None:
        """Show or hide the panel; the remedies follow when there is time."""
        # An empty rig says what to do where the cards would be.
        if assessment.fits or not self._document.plan.gpu_count:
            self._timer.stop()
            self.hide()
            return
        self.summary.show_assessment(self._document, assessment)
        self.setVisible(True)
        self._timer.start()

    def compute(self) -> None:
        """Work the remedies out now."""
        self._timer.stop()
        if self._document.assessment.fits:
            return
        from moeplanner_gui.core.remedies import remedies

        self.show_remedies(remedies(self._document.plan, self._document.catalog))

    def show_remedies(self, found: tuple[Remedy, ...]) -> None:
        """List the remedies in the order given."""
        if [row.remedy for row in self.rows] == list(found) and self.rows:
            return
        while self._column.count():
            item = self._column.takeAt(0)
            widget = None if item is None else item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.rows = []
        for number, remedy in enumerate(found, start=1):
            row = RemedyRow(remedy, number, self._themes, self._list)
            row.setFixedHeight(row.sizeHint().height())
            row.clicked.connect(lambda _checked=False, r=remedy: self.remedy_chosen.emit(r))
            row.pointed.connect(self.remedy_pointed)
            self._column.addWidget(row)
            self.rows.append(row)
        if not found:
            none = QLabel("No single change makes it fit. Choose a smaller format or more cards.")
            none.setWordWrap(True)
            none.setFont(font_base())
            self._column.addWidget(none)
        self._column.addStretch(1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._themes.theme.panel))
        painter.fillRect(0, 0, self.width(), 1, QColor(self._themes.theme.border))
