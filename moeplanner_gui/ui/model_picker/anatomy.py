"""Where a model's bytes are, and which of them one token reads. Painting and sums, no state."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from moeplanner_gui.core.model import ModelSpec, MoeFfn
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.units import MemoryUnit, format_memory
from moeplanner_gui.core.weights import WeightLayout
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.fonts import font_small, font_small_strong
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.theme import Theme

BAR_PX = 16
GAP_PX = 7


@dataclass(frozen=True, slots=True)
class Anatomy:
    """Two sums of bytes, each in routed experts and the rest."""

    stored_experts: int
    stored_other: int
    read_experts: int
    read_other: int

    @property
    def stored(self) -> int:
        """Bytes of all weights."""
        return self.stored_experts + self.stored_other

    @property
    def read(self) -> int:
        """Bytes one token of one user reads."""
        return self.read_experts + self.read_other


def anatomy(model: ModelSpec, layout: WeightLayout) -> Anatomy:
    """Sum the layers: a token reads the chosen experts, everything else whole.

    Of the input embedding it reads one row, which is left out; the multi-token-prediction
    layers are stored but read only when they are switched on.
    """
    arch = model.architecture
    blocks = [arch.ffn[name] for name in arch.ffn_pattern.expand(arch.layers)]
    read_experts = 0
    for layer, block in zip(layout.layers, blocks, strict=False):
        if isinstance(block, MoeFfn):
            read_experts += layer.routed_experts_bytes * block.top_k // block.experts
    experts = sum(layer.routed_experts_bytes for layer in (*layout.layers, *layout.mtp))
    other = sum(layer.other_bytes for layer in layout.layers)
    return Anatomy(
        stored_experts=experts,
        stored_other=layout.total_bytes - experts,
        read_experts=read_experts,
        read_other=other + layout.output_bytes,
    )


class AnatomyBars(QWidget):
    """Two bars, one over the other: stored, and read for each token.

    Signals:
        explain_requested(str): The bars were clicked.
    """

    explain_requested = Signal(str)

    def __init__(self, themes: ThemeProvider, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._anatomy = Anatomy(0, 0, 0, 0)
        self._unit: MemoryUnit = "GiB"
        self._bars = 2
        self.setObjectName("anatomy")
        self.setProperty("explain_path", "model.weights_bytes")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        themes.theme_changed.connect(self._on_theme_changed)

    def show_anatomy(self, value: Anatomy, unit: MemoryUnit) -> None:
        """Show other sums."""
        if (value, unit) == (self._anatomy, self._unit):
            return
        self._anatomy, self._unit = value, unit
        stored = format_memory(value.stored, unit=unit, decimals=2)
        read = format_memory(value.read, unit=unit, decimals=2)
        share = percent(value.stored_experts, value.stored)
        self.setAccessibleName(
            say(
                "Stored {0}, {1} of it routed experts. Read for each token {2}, {3} of "
                "it routed experts.",
                stored,
                share,
                read,
                percent(value.read_experts, value.read),
            )
        )
        self.setToolTip(
            say(
                "Stored: {0}. One token of one user reads {1}: the chosen experts and "
                "everything else.\nDark: routed experts. Light: attention, shared "
                "experts, head. Click to see how it is computed.",
                stored,
                read,
            )
        )
        self.update()

    def set_compact(self, compact: bool) -> None:
        """Draw only what is stored; what is read stays in the tooltip."""
        if self._bars != (bars := 1 if compact else 2):
            self._bars = bars
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        line = QFontMetricsF(font_small()).height()
        return QSize(200, int(self._bars * (line + 2 + self._bar_height() + GAP_PX) - GAP_PX))

    def _bar_height(self) -> float:
        """Room for the words inside, which are as high as the line above."""
        return max(BAR_PX, QFontMetricsF(font_small()).height())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.rect().contains(event.position().toPoint()):
            self.explain_requested.emit("model.weights_bytes")
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.explain_requested.emit("model.weights_bytes")
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        value, theme = self._anatomy, self._themes.theme
        line = QFontMetricsF(font_small()).height()
        top = 0.0
        for label, experts, other, rest in (
            (say("Stored"), value.stored_experts, value.stored_other, say("other")),
            (
                say("Read for each token"),
                value.read_experts,
                value.read_other,
                say("attention, shared, head"),
            ),
        )[: self._bars]:
            head = QRectF(0, top, self.width(), line)
            painter.setFont(font_small())
            painter.setPen(QColor(theme.text2))
            # Letters of another face than the line is measured by, as Chinese ones, are higher.
            middle = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip
            painter.drawText(head, middle | Qt.AlignmentFlag.AlignLeft, label)
            painter.setFont(font_small_strong())
            painter.setPen(QColor(theme.text))
            total = format_memory(experts + other, unit=self._unit, decimals=2)
            painter.drawText(head, middle | Qt.AlignmentFlag.AlignRight, total)
            bar = QRectF(0, top + line + 2, self.width(), self._bar_height())
            paint_shares(painter, bar, experts, other, (say("routed experts"), rest), theme)
            top = bar.bottom() + GAP_PX
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), 2))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))

    def _on_theme_changed(self, _theme: object) -> None:
        self.update()


def percent(part: int, whole: int) -> str:
    """A share in whole per cent; "under 1 %" instead of a zero that is none."""
    if whole <= 0:
        return "0 %"
    share = 100 * part / whole
    if 0 < share < 1:
        return say("under 1 %")
    return say("{0:.0f} %", min(share, 99.0) if part < whole and share > 99 else share)


def paint_shares(
    painter: QPainter,
    rect: QRectF,
    experts: int,
    other: int,
    names: tuple[str, str],
    theme: Theme,
) -> None:
    """Draw two parts of a whole as a bar; a part is labelled when the label fits."""
    total = experts + other
    if total <= 0 or rect.width() < 4:
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    path = QPainterPath()
    path.addRoundedRect(rect, 3, 3)
    painter.setClipPath(path)
    painter.fillRect(rect, QColor(theme.panel))
    edge = rect.left() + round(rect.width() * experts / total)
    parts = (
        (
            QRectF(rect.left(), rect.top(), edge - rect.left(), rect.height()),
            experts,
            names[0],
            theme.experts,
            theme.experts_ink,
        ),
        (
            QRectF(edge + (1 if experts else 0), rect.top(), rect.right() - edge, rect.height()),
            other,
            names[1],
            theme.attention,
            theme.attention_ink,
        ),
    )
    painter.setFont(font_small_strong())
    metrics = QFontMetricsF(painter.font())
    for box, size, name, fill, ink in parts:
        if not size:
            continue
        painter.fillRect(box, QColor(fill))
        share = percent(size, total)
        for label in (f"{share} {name}", f"{share} {name.split(',')[0]}", share):
            if metrics.horizontalAdvance(label) + 12 <= box.width():
                painter.setPen(QColor(ink))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, label)
                break
    painter.setClipping(False)
    painter.setPen(QPen(QColor(theme.outline), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
    painter.restore()
