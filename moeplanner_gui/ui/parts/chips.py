"""A row of filters of which one is chosen. Knows no parts."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QSizePolicy, QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.fonts import font_small, font_small_strong
from moeplanner_gui.ui.style import ThemeProvider

_MOST_PADDING, _LEAST_PADDING, _SPACING = 9.0, 3.0, 4


class FilterChip(QAbstractButton):
    """One filter. It gives up its padding before its letters when the panel is narrow."""

    def __init__(self, key: str, text: str, themes: ThemeProvider, parent: QWidget) -> None:
        super().__init__(parent)
        self.key = key
        self._themes = themes
        self._padding = _MOST_PADDING
        self.setText(text)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover, True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(say("Show {0}", text))
        self.setToolTip(say("Show all parts") if key == "All" else say("Show {0} only", text))

    def _size(self, padding: float) -> QSize:
        metrics = QFontMetricsF(font_small_strong())
        width = metrics.horizontalAdvance(self.text()) + 2 * padding
        return QSize(round(width + 1), max(24, round(metrics.height()) + 8))

    @property
    def text_width(self) -> float:
        """What the letters take when the filter is on."""
        return QFontMetricsF(font_small_strong()).horizontalAdvance(self.text())

    def set_padding(self, padding: float) -> None:
        """So much room at each side of the letters."""
        if padding != self._padding:
            self._padding = padding
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        return self._size(self._padding)

    def minimumSizeHint(self) -> QSize:
        return self._size(_LEAST_PADDING)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), self._themes.theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        rect = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        ground = theme.hover if self.underMouse() else theme.panel
        painter.setBrush(QColor(theme.selection if self.isChecked() else ground))
        strong = self.isChecked() or self.hasFocus()
        width = 2.0 if self.hasFocus() else 1.0
        painter.setPen(QPen(QColor(theme.accent if strong else theme.border), width))
        if self.hasFocus():
            rect.adjust(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)
        painter.setFont(font_small_strong() if self.isChecked() else font_small())
        painter.setPen(QColor(theme.text if self.isChecked() else theme.text2))
        # In large letters a name may be cut; the tip has it whole.
        shown, metrics = self.text(), painter.fontMetrics()
        if metrics.horizontalAdvance(shown) > self.width():
            shown = metrics.elidedText(shown, Qt.TextElideMode.ElideRight, self.width() - 4)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, shown)


class FilterRow(QWidget):
    """Chips side by side; the arrow keys move among them.

    Signals:
        chosen(str): Another filter is on.
    """

    chosen = Signal(str)

    def __init__(
        self, names: Sequence[tuple[str, str]], themes: ThemeProvider, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(_SPACING)
        for key, name in names:
            chip = FilterChip(key, name, themes, self)
            chip.setChecked(key == names[0][0])
            self._group.addButton(chip)
            row.addWidget(chip)
        row.addStretch(1)
        self._group.buttonClicked.connect(self._on_clicked)

    def resizeEvent(self, event: QResizeEvent) -> None:
        # Every chip gives up as much: a layout alone takes all of it from the widest.
        chips = [chip for chip in self._group.buttons() if isinstance(chip, FilterChip)]
        room = event.size().width() - 24 - _SPACING * len(chips) - len(chips)
        spare = (room - sum(chip.text_width for chip in chips)) / (2 * max(len(chips), 1))
        for chip in chips:
            chip.set_padding(min(max(spare, _LEAST_PADDING), _MOST_PADDING))
        super().resizeEvent(event)

    @property
    def current(self) -> str:
        """The key of the filter that is on."""
        chip = self._group.checkedButton()
        return chip.key if isinstance(chip, FilterChip) else ""

    def choose(self, key: str) -> None:
        """Turn a filter on."""
        for button in self._group.buttons():
            if isinstance(button, FilterChip) and button.key == key:
                button.click()

    def _on_clicked(self, button: QAbstractButton) -> None:
        self.chosen.emit(self.current)
