"""A paragraph in a rectangle: whole lines only, the last one shortened. Knows no view."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QTextLayout


def wrapped_lines(text: str, font: QFont, width: float) -> list[str]:
    """The lines of a text as they break at ``width`` pixels."""
    layout = QTextLayout(text, font)
    layout.beginLayout()
    lines = []
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        lines.append(text[line.textStart() : line.textStart() + line.textLength()])
    layout.endLayout()
    return lines


def fitted_lines(text: str, fonts: Sequence[QFont], size: QRectF) -> tuple[QFont, list[str]]:
    """The first font in which all of a text has room, with its lines.

    Where none has, the last font, with as many lines as there is room for; the last of them ends
    in an ellipsis, so that nobody takes half a sentence for all of it.
    """
    for font in fonts:
        lines = wrapped_lines(text, font, size.width())
        if len(lines) * QFontMetricsF(font).lineSpacing() <= size.height() + 1:
            return font, lines
    metrics = QFontMetricsF(font)
    room = max(1, int((size.height() + 1) // metrics.lineSpacing()))
    rest = "".join(lines[room - 1 :])
    last = metrics.elidedText(rest, Qt.TextElideMode.ElideRight, size.width())
    return font, [*lines[: room - 1], last]


def paint_lines(painter: QPainter, at: QPointF, font: QFont, lines: Sequence[str]) -> float:
    """Draw lines from the top left corner ``at``; answers where the next would begin."""
    metrics = QFontMetricsF(font)
    painter.setFont(font)
    y = at.y()
    for line in lines:
        painter.drawText(QPointF(at.x(), y + metrics.ascent()), line.rstrip())
        y += metrics.lineSpacing()
    return y
