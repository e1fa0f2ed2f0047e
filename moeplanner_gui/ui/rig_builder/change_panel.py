"""A table of what would change, over the rig while something is dragged. Takes no input."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.fonts import font_base, font_small, font_small_strong, font_strong
from moeplanner_gui.ui.icons import paint_icon
from moeplanner_gui.ui.rig_builder.change import ChangeRow
from moeplanner_gui.ui.style import ThemeProvider

WIDTH = 640
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class ChangePanel(QWidget):
    """Rows "now" and "with it", and one line of warning. Lies above the rig, out of the way."""

    def __init__(self, themes: ThemeProvider, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes = themes
        self._view = parent
        self.title = ""
        self.rows: tuple[ChangeRow, ...] = ()
        self.warning = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, True)
        self.setAccessibleName(say("What would change"))
        self.hide()

    def show_rows(
        self, title: str, rows: tuple[ChangeRow, ...], warning: str, target: QRect
    ) -> None:
        """Show what a drop would change, below ``target`` (in the view's coordinates)."""
        self.title, self.rows, self.warning = title, rows, warning
        self.setAccessibleDescription(
            "; ".join(say("{0}: {1}, with it {2}", row.label, row.now, row.after) for row in rows)
        )
        # The rig may be low; the rest of the window is free while something is dragged.
        window = self._view.window()
        if self.parentWidget() is not window:
            self.setParent(window)
        self._place(window, target)
        self.show()
        self.raise_()
        self.update()

    def _place(self, window: QWidget, target: QRect) -> None:
        """Below the target, or above it where the window ends, never over it."""
        corner = self._view.mapTo(window, QPoint(0, 0))
        width = min(WIDTH, max(200, self._view.width() - 24))
        height = self.height_needed()
        x = corner.x() + (self._view.width() - width) // 2
        y = corner.y() + target.bottom() + 12
        if y + height > window.height() - 8:
            y = max(8, corner.y() + target.top() - 12 - height)
        self.setGeometry(x, y, width, height)

    def height_needed(self) -> int:
        """The height of the present rows."""
        line = self._line()
        return round(
            12 + line + 4 + line * (1 + len(self.rows)) + (line if self.warning else 0) + 8
        )

    def _line(self) -> float:
        return max(26.0, QFontMetricsF(font_base()).height() + 9)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), self._themes.theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        rect = QRectF(self.rect())
        painter.setPen(QPen(QColor(theme.strong), 1.0))
        painter.setBrush(QColor(theme.raised))
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        line = self._line()
        inner = QRectF(13, 8, rect.width() - 26, line)
        painter.setFont(font_strong())
        painter.setPen(QColor(theme.text))
        painter.drawText(inner, _LEFT, say("What would change"))
        used = QFontMetricsF(painter.font()).horizontalAdvance(say("What would change")) + 10
        painter.setFont(font_small())
        painter.setPen(QColor(theme.text2))
        self._draw(painter, inner.adjusted(used, 0, -90, 0), self.title, right=False)
        painter.setPen(QColor(theme.text3))
        painter.drawText(inner, _RIGHT, say("Esc cancels"))
        label = inner.width() * 0.21
        column = inner.width() * 0.31
        now = QRectF(inner.left() + label, 0, column - 8, line)
        after = QRectF(now.right() + 8, 0, column, line)
        y = inner.bottom() + 2
        painter.drawText(now.translated(0, y), _RIGHT, say("Now"))
        painter.drawText(after.translated(0, y), _RIGHT, say("With it"))
        y += line
        for row in self.rows:
            painter.fillRect(QRectF(5, y, rect.width() - 10, 1), QColor(theme.grid))
            painter.setFont(font_base())
            painter.setPen(QColor(theme.text2))
            painter.drawText(QRectF(inner.left(), y, label, line), _LEFT, row.label)
            self._draw(painter, now.translated(0, y), row.now)
            painter.setFont(font_strong())
            painter.setPen(QColor(theme.error if row.bad else theme.text))
            self._draw(painter, after.translated(0, y), row.after)
            painter.setFont(font_small())
            painter.setPen(QColor(theme.text2))
            left = after.right() + 8
            self._draw(painter, QRectF(left, y, inner.right() - left, line), row.note)
            y += line
        if self.warning:
            paint_icon(
                painter, QRectF(inner.left(), y + line / 2 - 8, 16, 16), "warning", theme.warn
            )
            painter.setFont(font_small_strong())
            painter.setPen(QColor(theme.warn))
            self._draw(
                painter,
                QRectF(inner.left() + 22, y, inner.width() - 22, line),
                self.warning,
                right=False,
            )

    def _draw(self, painter: QPainter, rect: QRectF, text: str, *, right: bool = True) -> None:
        metrics = QFontMetricsF(painter.font())
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, _RIGHT if right else _LEFT, shown)
