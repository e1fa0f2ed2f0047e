"""What a view shows when it has nothing to show: a sign, what is the matter, the next step."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from moeplanner_gui.ui.fonts import font_base, font_heading
from moeplanner_gui.ui.icons import paint_icon
from moeplanner_gui.ui.theme import Theme


class MessagePanel(QWidget):
    """An icon over a title over a sentence, in the middle of the panel."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon, self._token, self._title, self._text = "info", "text2", "", ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self._theme = theme
        self.update()

    def show_message(self, icon: str, token: str, title: str, text: str) -> None:
        """Show a message; ``token`` names the icon's colour in the theme."""
        self._icon, self._token, self._title, self._text = icon, token, title, text
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(420, 160)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = self._theme
        painter.fillRect(self.rect(), QColor(theme.panel))
        width = min(self.width() - 32.0, 560.0)
        flags = int(Qt.AlignmentFlag.AlignHCenter) | int(Qt.TextFlag.TextWordWrap)
        title = QFontMetricsF(font_heading()).boundingRect(
            QRectF(0, 0, width, 400), flags, self._title
        )
        text = QFontMetricsF(font_base()).boundingRect(QRectF(0, 0, width, 400), flags, self._text)
        left = (self.width() - width) / 2
        y = max((self.height() - (24 + 10 + title.height() + 6 + text.height())) / 2, 8.0)
        place = QRectF(self.width() / 2 - 12, y, 24, 24)
        paint_icon(painter, place, self._icon, getattr(theme, self._token))
        y += 34
        painter.setFont(font_heading())
        painter.setPen(QColor(theme.text))
        painter.drawText(QRectF(left, y, width, title.height() + 4), flags, self._title)
        y += title.height() + 6
        painter.setFont(font_base())
        painter.setPen(QColor(theme.text2))
        painter.drawText(QRectF(left, y, width, text.height() + 4), flags, self._text)
