"""What stands above the claims: which page, search, filter, order, and the way to add one."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final, Literal

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QToolButton,
    QWidget,
)

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.access import give_clear_button
from moeplanner_gui.ui.choice_list import ListCombo
from moeplanner_gui.ui.fonts import font_small
from moeplanner_gui.ui.icons import icon
from moeplanner_gui.ui.reality.chips import VerdictChips
from moeplanner_gui.ui.reality.rows import ORDERS, Order
from moeplanner_gui.ui.style import ThemeProvider

Page = Literal["claims", "contradictions", "tables"]
PAGES: Final[tuple[tuple[Page, str, str], ...]] = (
    ("claims", say("Claims"), say("Every claim with its verdict")),
    ("contradictions", say("Contradictions"), say("What articles contradict each other about")),
    (
        "tables",
        say("Tables"),
        say("Published tables of articles, with what is computed beside each figure"),
    ),
)
SEARCH_PX = 170
GAP = 8


class SearchLine(QLineEdit):
    """Esc empties it first; the arrow down goes to the table.

    Signals:
        left_down(): The arrow down was pressed.
    """

    left_down = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.left_down.emit()
        else:
            super().keyPressEvent(event)


class RealityHead(QWidget):
    """One line where there is room, else the filter stands in a second.

    Signals:
        page_chosen(str): Another page is wanted.
        filter_changed(): Search, verdict or order is another one.
        add_wanted(): A claim is to be added.
    """

    page_chosen = Signal(str)
    filter_changed = Signal()
    add_wanted = Signal()

    def __init__(self, themes: ThemeProvider, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._wraps: bool | None = None
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(12, 8, 12, 8)
        self._grid.setHorizontalSpacing(GAP)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(3, 1)
        self._make_pages()
        self.search = SearchLine(self)
        self.search.setObjectName("claims_search")
        self.search.setAccessibleName(say("Search claims"))
        self.search.setPlaceholderText(say("Search claims"))
        self.search.setToolTip(say("Words of a claim, an article, a model or the arithmetic"))
        give_clear_button(self.search)
        self.search.setFixedWidth(SEARCH_PX)
        self.search.textChanged.connect(lambda _text: self.filter_changed.emit())
        self._glass = self.search.addAction(
            icon("search", themes.theme), QLineEdit.ActionPosition.LeadingPosition
        )
        self._glass.setText(say("Search claims"))
        self.chips = VerdictChips(themes, self)
        self.chips.chosen.connect(self.filter_changed)
        self.order = ListCombo(themes, self)
        self.order.setObjectName("claims_order")
        self.order.setAccessibleName(say("Order of the claims"))
        self.order.setToolTip(say("How the claims are grouped"))
        for key, text, tip in ORDERS:
            self.order.addItem(text, key)
            self.order.setItemData(self.order.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        longest = max(self.order.fontMetrics().horizontalAdvance(text) for _, text, _ in ORDERS)
        self.order.setMinimumWidth(longest + 44)
        self.order.view().setAccessibleName(say("Order of the claims"))
        self.order.currentIndexChanged.connect(lambda _at: self.filter_changed.emit())
        self.add = QPushButton(say("Add a claim…"), self)
        self.add.setObjectName("add_claim")
        self.add.setToolTip(say("Type in what somebody claims; it is judged at once and kept"))
        self.add.clicked.connect(self.add_wanted)
        for column, widget in ((0, self._pages), (1, self.search), (4, self.order), (5, self.add)):
            self._grid.addWidget(widget, 0, column)
        self._arrange(wraps=False)
        themes.theme_changed.connect(self._on_theme_changed)

    def _make_pages(self) -> None:
        self._pages = QWidget(self)
        self._pages.setAccessibleName(say("Pages"))
        row = QHBoxLayout(self._pages)
        row.setContentsMargins(0, 0, 8, 0)
        row.setSpacing(2)
        group = QButtonGroup(self)
        self.pages: dict[str, QToolButton] = {}
        for key, text, tip in PAGES:
            button = QToolButton(self._pages)
            button.setText(text)
            button.setObjectName(f"page-{key}")
            button.setAccessibleName(tip if key == "tables" else text)
            button.setToolTip(tip)
            button.setCheckable(True)
            button.setFont(font_small())
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.setChecked(key == "claims")
            button.toggled.connect(lambda on, key=key: self.page_chosen.emit(key) if on else None)
            group.addButton(button)
            self.pages[key] = button
            row.addWidget(button)

    @property
    def chosen_order(self) -> Order:
        """How the claims are grouped."""
        order: Order = self.order.currentData()
        return order

    def show_page(self, page: Page) -> None:
        """What stands there only for the claims goes with them."""
        self.pages[page].setChecked(True)
        for widget in (self.search, self.chips, self.order):
            widget.setVisible(page == "claims")

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        # It wraps instead of making the window wider.
        return QSize(min(hint.width(), 620), hint.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()

    def arrange(self) -> None:
        """Put the chips where they have room."""
        parts = (self._pages, self.search, self.chips, self.order, self.add)
        needed = sum(part.sizeHint().width() for part in parts if part is not self.search)
        needed += SEARCH_PX + (len(parts) + 1) * GAP + 24
        self._arrange(wraps=needed > self.width())

    def _arrange(self, *, wraps: bool) -> None:
        if wraps == self._wraps:
            return
        self._wraps = wraps
        self._grid.removeWidget(self.chips)
        if wraps:
            self._grid.addWidget(self.chips, 1, 0, 1, 6, Qt.AlignmentFlag.AlignLeft)
        else:
            self._grid.addWidget(self.chips, 0, 2)
        order = (
            *self.pages.values(),
            self.search,
            *self.chips.chips.values(),
            self.order,
            self.add,
        )
        for first, second in pairwise(order):
            QWidget.setTabOrder(first, second)

    def _on_theme_changed(self, _theme: Any) -> None:
        self._glass.setIcon(icon("search", self._themes.theme))
