"""Small pieces of the Context tab: a tinted label, a note, the chart's placeholder."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from moeplanner_gui.ui.fonts import font_base
from moeplanner_gui.ui.icons import paint_icon
from moeplanner_gui.ui.theme import Theme

HEAD_HEIGHT = 30
"""Both headings of the tab stand on one line."""


def tint(label: QLabel, color: str) -> None:
    """Write a label in ``color``, whichever role its background makes it use."""
    colors = label.palette()
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text):
        colors.setColor(role, QColor(color))
    label.setPalette(colors)


class TintedLabel(QLabel):
    """A label in one of the theme's colours, named by its token."""

    def __init__(self, token: str, font: QFont, theme: Theme) -> None:
        super().__init__()
        self._token = token
        self.setFont(font)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Write in other colours."""
        tint(self, getattr(theme, self._token))


class NoteBox(QLabel):
    """A remark with an information sign on a quiet background; hidden when it is empty."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setObjectName("context_note")
        self.setFont(font_base())
        self.setWordWrap(True)
        self.setContentsMargins(34, 8, 12, 8)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self._theme = theme
        tint(self, theme.text2)

    def show_note(self, text: str) -> None:
        """Show a note, or nothing when it is empty."""
        self.setText(text)
        self.setVisible(bool(text))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.window))
        painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        top = 8 + (self.fontMetrics().height() - 16) / 2
        paint_icon(painter, QRectF(10, top, 16, 16), "info", self._theme.text2)
        painter.end()
        super().paintEvent(event)


class ChartPlaceholder(QWidget):
    """The empty chart at its final size, until the curve can be drawn; or why there is none."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("context_placeholder")
        self._theme = theme
        self._text = "Drawing the curve…"
        self.setAccessibleName("Memory against context")
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
