"""Painted buttons of the window's frame: with a chevron, with the key that does the same."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QKeySequence, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolButton, QWidget

from moeplanner_gui.ui.fonts import font_small
from moeplanner_gui.ui.icons import paint_icon
from moeplanner_gui.ui.style import ThemeProvider

PADDING, GAP, ICON = 7, 6, 16


class FrameButton(QToolButton):
    """Icon, words, then a chevron or a key cap; flat until it is pointed at.

    ``ink`` names the theme token of icon and words.
    """

    def __init__(
        self,
        themes: ThemeProvider,
        words: str,
        *,
        icon_name: str = "",
        key: str = "",
        small: bool = False,
        ink: str = "text",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self._icon_name = icon_name
        self._icon_ink = ""
        self._key = QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
        self._small = small
        self._ink = ink
        self.setText(words)
        self.setAccessibleName(words)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        if small:
            self.setFont(font_small())
        themes.theme_changed.connect(self._on_theme_changed)

    def open_menu(self, menu: QMenu) -> None:
        """Make the button open a menu."""
        self.setMenu(menu)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    def show_words(self, words: str, icon_name: str = "", icon_ink: str = "") -> None:
        """Show other words and another icon; ``icon_ink`` names a theme token."""
        self.setText(words)
        self._icon_name, self._icon_ink = icon_name, icon_ink
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(self.font())
        width = 2 * PADDING + metrics.horizontalAdvance(self.text())
        if self._icon_name:
            width += ICON + GAP
        if self.menu() is not None:
            width += 12 + GAP - 2
        if self._key:
            width += self._cap_width() + GAP + 2
        least = 22 if self._small else 30
        return QSize(int(width + 1), int(max(least, metrics.height() + 6)))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect())
        if self.isDown():
            ground = theme.sunken
        elif self.underMouse():
            ground = theme.hover
        else:
            ground = ""
        if ground:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(ground))
            painter.drawRoundedRect(box, 5, 5)
        middle = box.center().y()
        left = float(PADDING)
        if self._icon_name:
            ink = getattr(theme, self._icon_ink) if self._icon_ink else theme.text2
            paint_icon(painter, QRectF(left, middle - 8, ICON, ICON), self._icon_name, ink)
            left += ICON + GAP
        painter.setFont(self.font())
        painter.setPen(QColor(getattr(theme, self._ink)))
        wide = QFontMetricsF(self.font()).horizontalAdvance(self.text())
        place = QRectF(left, 0, wide + 1, box.height())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, self.text())
        left += wide + GAP
        if self.menu() is not None:
            paint_icon(
                painter,
                QRectF(left - 2, middle - 6, 12, 12),
                "chevron-down",
                theme.accent if self._ink == "accent" else theme.text2,
            )
        if self._key:
            high = max(18.0, QFontMetricsF(font_small()).height() + 2)
            cap = QRectF(left + 2, middle - high / 2, self._cap_width(), high)
            self._paint_cap(painter, cap)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 5, 5)

    def _cap_width(self) -> float:
        return QFontMetricsF(font_small()).horizontalAdvance(self._key) + 10

    def _paint_cap(self, painter: QPainter, cap: QRectF) -> None:
        theme = self._themes.theme
        painter.setPen(QPen(QColor(theme.border), 1))
        painter.setBrush(QColor(theme.window))
        painter.drawRoundedRect(cap, 3, 3)
        painter.setFont(font_small())
        painter.setPen(QColor(theme.text2))
        painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, self._key)

    def _on_theme_changed(self, _theme: object) -> None:
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        self.update()
