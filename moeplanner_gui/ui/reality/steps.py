"""The arithmetic of a claim: a name at the left and its figure at the right, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.fonts import Face, faces
from moeplanner_gui.ui.reality.words import one_line
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.wrapped import paint_lines, wrapped_lines

if TYPE_CHECKING:
    from moeplanner_gui.core.claims.terms import Step

PAD_X, PAD_Y, GAP, LINE_GAP = 12.0, 9.0, 14.0, 4.0


class StepsView(QWidget):
    """A box with one line a step; long names and long figures wrap."""

    def __init__(self, themes: ThemeProvider, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.steps: tuple[Step, ...] = ()
        self.setObjectName("arithmetic")
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        themes.theme_changed.connect(self._on_theme_changed)

    def show_steps(self, steps: tuple[Step, ...]) -> None:
        """Show steps; the box goes when there is none."""
        self.steps = steps
        self.setVisible(bool(steps))
        self.setAccessibleName(say("Arithmetic"))
        said = (f"{one_line(step.label)}: {one_line(step.text)}" for step in steps)
        self.setAccessibleDescription("; ".join(said))
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return round(self._draw(None, float(width)))

    def sizeHint(self) -> QSize:
        width = max(self.width(), 240)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 10)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme, painter = self._themes.theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.border), 1))
        painter.setBrush(QColor(theme.window))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
        self._draw(painter, float(self.width()))

    def _draw(self, painter: QPainter | None, width: float) -> float:
        """Draw all steps, or only measure them; answers the height that they take."""
        known, theme = faces(), self._themes.theme
        room, y = width - 2 * PAD_X, PAD_Y
        for step in self.steps:
            label, text = one_line(step.label), one_line(step.text)
            face = known.strong if step.strong else known.small
            head = known.small_strong if not text else known.small
            right = min(face.width(text) + 1, room * 0.55) if text else -GAP
            left_lines = wrapped_lines(label, head.font, max(room - right - GAP, 40.0))
            right_lines = wrapped_lines(text, face.font, max(right, 40.0)) if text else []
            if painter is not None:
                painter.setPen(QColor(theme.text2 if text else theme.text))
                paint_lines(painter, QPointF(PAD_X, y), head.font, left_lines)
                painter.setPen(QColor(theme.text))
                _paint_right(painter, QPointF(width - PAD_X, y), face, right_lines)
            spaces = (
                len(left_lines) * head.metrics.lineSpacing(),
                len(right_lines) * face.metrics.lineSpacing(),
            )
            y += max(spaces) + LINE_GAP
        return y - LINE_GAP + PAD_Y

    def _on_theme_changed(self, _theme: Any) -> None:
        self.update()


def _paint_right(painter: QPainter, at: QPointF, face: Face, lines: list[str]) -> None:
    painter.setFont(face.font)
    height = face.metrics.lineSpacing()
    for number, line in enumerate(lines):
        box = QRectF(at.x() - 1000, at.y() + number * height, 1000, height)
        painter.drawText(box, Qt.AlignmentFlag.AlignRight, line.rstrip())
