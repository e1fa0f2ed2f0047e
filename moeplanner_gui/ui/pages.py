"""Pages behind a row of chips, one of them shown. Knows nothing of what is on them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics, QPalette
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.ui.flow import FlowLayout
from moeplanner_gui.ui.fonts import font_small, font_small_strong
from moeplanner_gui.ui.text_size import fit


class Pages(QWidget):
    """A stack with a chip a page; pages can be handed from one stack to another.

    Chips that find no room beside one another go on in the next line.
    What a page has under ``tools`` stands at the end of the chips while the page is shown.
    ``prefix`` starts the object names of the chips.

    Signals:
        page_changed(str): Another page is shown.
    """

    page_changed = Signal(str)

    def __init__(self, name: str, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._prefix = prefix
        self.setAccessibleName(name)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self._chips: dict[str, QToolButton] = {}
        self._widgets: dict[str, QWidget] = {}
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._stack = QStackedWidget(self)
        self._row = QHBoxLayout()
        self._row.setContentsMargins(16, 8, 16, 0)
        self._row.setSpacing(6)
        line = QWidget()
        self._line = FlowLayout(line, gap=6, lines=4)
        self._line.setContentsMargins(0, 0, 0, 0)
        policy = line.sizePolicy()
        policy.setHeightForWidth(True)
        line.setSizePolicy(policy)
        self._row.addWidget(line, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(self._row)
        column.addWidget(self._stack, 1)
        fit(self, self._fit_text)

    def _fit_text(self) -> None:
        for chip in self._chips.values():
            chip.setMinimumWidth(_chip_width(chip.text()))

    def set_pages(self, pages: Sequence[tuple[str, str, QWidget]]) -> None:
        """Hold exactly these pages: key, title and widget of each."""
        shown = self.current
        keys = [key for key, _, _ in pages]
        for key in [key for key in self._chips if key not in keys]:
            chip = self._chips.pop(key)
            self._group.removeButton(chip)
            self._line.removeWidget(chip)
            chip.setParent(None)
            chip.deleteLater()
            gone = self._widgets.pop(key)
            tools = getattr(gone, "tools", None)
            if tools is not None:
                self._row.removeWidget(tools)
                tools.setParent(gone)
                tools.hide()
            if self._stack.indexOf(gone) >= 0:
                self._stack.removeWidget(gone)
        for key, title, widget in pages:
            if key in self._chips:
                continue
            chip = QToolButton()
            chip.setObjectName(f"{self._prefix}_chip_{key}")
            chip.setProperty("chip", True)
            chip.setCheckable(True)
            chip.setText(title)
            chip.setFont(font_small())
            # The chosen one is strong: it keeps its place and its neighbours theirs.
            chip.setMinimumWidth(_chip_width(title))
            chip.setToolTip(title)
            chip.setAccessibleName(title)
            chip.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            chip.clicked.connect(lambda _checked=False, k=key: self.show_page(k))
            self._group.addButton(chip)
            self._line.addWidget(chip)
            self._chips[key] = chip
            self._widgets[key] = widget
            self._stack.addWidget(widget)
            tools = getattr(widget, "tools", None)
            if tools is not None:
                self._row.addWidget(tools, 0, Qt.AlignmentFlag.AlignTop)
        if pages:
            self.show_page(shown if shown in self._chips else keys[0])

    @property
    def place(self) -> QWidget:
        """Where pages lie: one that is made there is not styled twice."""
        return self._stack

    def set_chips_visible(self, visible: bool) -> None:
        """Show the row of chips or not: a single page needs none."""
        for chip in self._chips.values():
            chip.setVisible(visible)
        self._row.setContentsMargins(16, 8 if visible else 0, 16, 0)

    @property
    def current(self) -> str:
        """The key of the page that is shown, "" without pages."""
        widget = self._stack.currentWidget()
        return next((key for key, page in self._widgets.items() if page is widget), "")

    def has(self, key: str) -> bool:
        """True when the page is here."""
        return key in self._widgets

    def show_page(self, key: str) -> None:
        """Show a page."""
        is_same = self.current == key
        self._chips[key].setChecked(True)
        for other, widget in self._widgets.items():
            tools = getattr(widget, "tools", None)
            if tools is not None:
                tools.setVisible(other == key)
        self._stack.setCurrentWidget(self._widgets[key])
        if not is_same:
            self.page_changed.emit(key)


def _chip_width(title: str) -> int:
    """The chosen one is strong: it keeps its place and its neighbours theirs."""
    return QFontMetrics(font_small_strong()).horizontalAdvance(title) + 24
