"""What a tab with charts is made of: tinted labels and the empty chart before its curve."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QShowEvent,
)
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.elided_label import ElidedLabel
from moeplanner_gui.ui.fonts import font_base
from moeplanner_gui.ui.theme import Theme

HEAD_HEIGHT = 30
"""The headings of a tab stand on one line."""


def tint(label: QLabel, color: str) -> None:
    """Write a label in ``color``, whichever role its background makes it use."""
    colors = label.palette()
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text):
        colors.setColor(role, QColor(color))
    label.setPalette(colors)


class TintedLabel(ElidedLabel):
    """A label in one of the theme's colours, named by its token."""

    def __init__(self, token: str, font: QFont, theme: Theme) -> None:
        super().__init__()
        self._token = token
        self.setFont(font)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Write in other colours."""
        self._theme = theme
        tint(self, getattr(theme, self._token))

    def showEvent(self, event: QShowEvent) -> None:
        # A style sheet that came while the label was hidden gives it its old palette back.
        tint(self, getattr(self._theme, self._token))
        super().showEvent(event)


class ChartPlaceholder(QWidget):
    """The empty chart at its final size, until the curve can be drawn; or why there is none."""

    def __init__(self, theme: Theme, name: str, object_name: str) -> None:
        super().__init__()
        self.setObjectName(object_name)
        self._theme = theme
        self._text = say("Drawing the curve…")
        self.setAccessibleName(name)
        self.setAccessibleDescription(self._text)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self._theme = theme
        self.update()

    def show_text(self, text: str) -> None:
        """What stands in the middle."""
        self._text = text
        self.setAccessibleDescription(text)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(480, 260)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = self._theme
        painter.fillRect(self.rect(), QColor(theme.panel))
        line = self.fontMetrics().height()
        plot = QRectF(self.rect()).adjusted(40, line + 8, -14, -2 * line - 14)
        painter.setPen(QPen(QColor(theme.grid), 1))
        for step in range(6):
            y = round(plot.top() + plot.height() * step / 6) + 0.5
            painter.drawLine(QLineF(plot.left(), y, plot.right(), y))
        painter.setPen(QPen(QColor(theme.strong), 1))
        painter.drawLine(plot.topLeft(), plot.bottomLeft())
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())
        painter.setFont(font_base())
        painter.setPen(QColor(theme.text2))
        flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
        box = painter.boundingRect(plot.adjusted(24, 0, -24, 0), flags, self._text)
        painter.fillRect(box.adjusted(-8, -4, 8, 4), QColor(theme.panel))
        painter.drawText(plot.adjusted(24, 0, -24, 0), flags, self._text)
