"""What is claimed above what is computed, as two bars on one scale. Knows amounts, no claims."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.fonts import faces
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.theme import Theme

BAR_PX = 18.0
LEAST_PX = 3.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: ``low`` to ``high`` is hatched where the value is a range."""

    label: str
    text: str
    value: float
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Bars:
    """Both bars, and a limit that is marked on the second: what can be used."""

    claimed: Bar
    computed: Bar
    limit: float | None = None
    limit_text: str = ""

    @property
    def most(self) -> float:
        """What the whole width stands for."""
        values = [self.claimed.value, self.computed.value, self.limit or 0.0]
        return max(*values, self.claimed.high or 0.0, self.computed.high or 0.0, 1e-300)


class BarsView(QWidget):
    """Draws them; as high as its lines need."""

    def __init__(self, themes: ThemeProvider, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.bars: Bars | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        themes.theme_changed.connect(self._on_theme_changed)

    def show_bars(self, bars: Bars | None) -> None:
        """Show bars, or nothing."""
        self.bars = bars
        self.setVisible(bars is not None)
        if bars is not None:
            said = [f"{bar.label}: {bar.text}" for bar in (bars.claimed, bars.computed)]
            if bars.limit_text:
                said.append(bars.limit_text)
            self.setAccessibleName(say("Claimed and computed"))
            self.setAccessibleDescription("; ".join(said))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        small = faces().small.height
        height = 2 * (small + 4 + BAR_PX) + 8
        if self.bars is not None and self.bars.limit is not None:
            height += faces().small_strong.height + 4
        return QSize(240, round(height))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self.bars is not None:
            painter = QPainter(self)
            paint_bars(painter, QRectF(self.rect()), self.bars, self._themes.theme)

    def _on_theme_changed(self, _theme: Any) -> None:
        self.update()


def paint_bars(painter: QPainter, rect: QRectF, bars: Bars, theme: Theme) -> None:
    """Draw both bars from the top of ``rect``, over its whole width."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    known, y = faces(), rect.top()
    scale = rect.width() / bars.most
    grounds = ((theme.text3, theme.panel), (theme.accent, theme.on_accent))
    for bar, (ground, ink) in zip((bars.claimed, bars.computed), grounds, strict=True):
        painter.setFont(known.small.font)
        painter.setPen(QColor(theme.text2))
        label = known.small.elided(bar.label, rect.width())
        painter.drawText(QRectF(rect.left(), y, rect.width(), known.small.height), 0, label)
        y += known.small.height + 4
        box = QRectF(rect.left(), y, max(bar.value * scale, LEAST_PX), BAR_PX)
        if bar.high is not None and bar.high > bar.value:
            to = QRectF(rect.left(), y, max(bar.high * scale, LEAST_PX), BAR_PX)
            pale = QColor(ground)
            pale.setAlphaF(0.35)
            _fill(painter, to, pale)
        _fill(painter, box, QColor(ground))
        shown = QRectF(box)
        if bar.high is not None:
            shown.setRight(max(box.right(), rect.left() + bar.high * scale))
        wide = known.strong.width(bar.text)
        painter.setFont(known.strong.font)
        if wide + 12 <= rect.right() - shown.right():
            painter.setPen(QColor(theme.text))
            at = QRectF(shown.right() + 6, y, wide + 2, BAR_PX)
            painter.drawText(at, Qt.AlignmentFlag.AlignVCenter, bar.text)
        else:
            painter.setPen(QColor(ink))
            painter.drawText(
                box, Qt.AlignmentFlag.AlignCenter, known.strong.elided(bar.text, box.width())
            )
        y += BAR_PX + 8
    if bars.limit is None:
        return
    x = rect.left() + min(max(bars.limit * scale, 1.0), rect.width() - 1)
    painter.setPen(QPen(QColor(theme.text), 2))
    top = y - BAR_PX - 8
    painter.drawLine(round(x), round(top - 3), round(x), round(top + BAR_PX + 3))
    wide = min(known.small_strong.width(bars.limit_text) + 2, rect.width())
    left = min(max(rect.left(), x - 8), rect.right() - wide)
    painter.setFont(known.small_strong.font)
    line = QRectF(left, y - 4, wide, known.small_strong.height)
    painter.drawText(line, 0, known.small_strong.elided(bars.limit_text, wide))


def _fill(painter: QPainter, box: QRectF, ground: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(box, 3, 3)
