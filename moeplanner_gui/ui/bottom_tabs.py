"""The tabs under the rig. Views are made when they are first looked at; knows their names."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QStackedWidget,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.first_paint import FirstPaint
from moeplanner_gui.ui.icons import icon
from moeplanner_gui.ui.style import ThemeProvider, font_base, font_small
from moeplanner_gui.ui.text_size import fit


@dataclass(frozen=True)
class TabSpec:
    """One tab: how it is called and how its view is made, given where it will lie: a view that
    is put there later is styled twice.

    ``waits``: only when somebody looks at it, not when the window has nothing else to do.
    """

    key: str
    title: str
    make: Callable[[QWidget], QWidget]
    waits: bool = False


class BottomTabs(QWidget):
    """A tab bar over a stack.

    Signals:
        view_made(QWidget): A tab was looked at for the first time and its view exists now.
        collapse_toggled(bool): The chevron was pressed; True when the views are hidden.
        tab_changed(str): The key of the tab now shown.
    """

    view_made = Signal(object)
    collapse_toggled = Signal(bool)
    tab_changed = Signal(str)

    def __init__(
        self, specs: tuple[TabSpec, ...], themes: ThemeProvider, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._specs = specs
        self._themes = themes
        self._made: set[int] = set()
        self._collapsed = False
        self.setObjectName("bottom_tabs")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._head = QWidget()
        row = QHBoxLayout(self._head)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(4)
        self.bar = QTabBar()
        self.bar.setObjectName("tab_bar")
        self.bar.setAccessibleName(say("Views of the answer"))
        self.bar.setExpanding(False)
        self.bar.setDrawBase(False)
        self.bar.setFont(font_base())
        self.bar.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        row.addWidget(self.bar)
        row.addStretch(1)
        self.copy_button = QToolButton()
        self.copy_button.setAccessibleName(say("Copy the table"))
        self.copy_button.setToolTip(say("Copy the table of this tab, for a spreadsheet"))
        self.copy_button.clicked.connect(self.copy_table)
        self.copy_button.hide()
        row.addWidget(self.copy_button)
        self.collapse_button = QToolButton()
        self.collapse_button.setAccessibleName(say("Collapse or expand the tabs"))
        self.collapse_button.setToolTip(say("Collapse or expand the tabs (Ctrl+J)"))
        self.collapse_button.clicked.connect(self.toggle_collapsed)
        row.addWidget(self.collapse_button)
        self._head.setProperty("fits_text", True)
        fit(self, self._fit_text)
        column.addWidget(self._head)
        self.stack = QStackedWidget()
        column.addWidget(self.stack, 1)
        for spec in specs:
            self.bar.addTab(spec.title)
            self.stack.addWidget(_placeholder(spec.title))
        self.bar.currentChanged.connect(self._on_current_changed)
        themes.theme_changed.connect(self._on_theme_changed)
        self._on_theme_changed(themes.theme)

    def _fit_text(self) -> None:
        self._head.setFixedHeight(max(36, self.fontMetrics().height() + 20))
        if self._collapsed:
            self.setMaximumHeight(self._head.height())
        for index in range(self.bar.count()):
            badge = self.bar.tabButton(index, QTabBar.ButtonPosition.RightSide)
            if badge is not None:
                badge.ensurePolished()
                badge.resize(badge.sizeHint())
            # The bar asks its tabs how wide they are when a text is given.
            self.bar.setTabText(index, self.bar.tabText(index))

    @property
    def current_key(self) -> str:
        """The key of the tab that is shown."""
        return self._specs[max(self.bar.currentIndex(), 0)].key

    def show_tab(self, key: str) -> None:
        """Show the tab called ``key``, expanding the views when they are collapsed."""
        for index, spec in enumerate(self._specs):
            if spec.key == key:
                if self._collapsed:
                    self.toggle_collapsed()
                self.bar.setCurrentIndex(index)
                self.make(index)

    def make(self, index: int) -> None:
        """Make the view of a tab unless it exists."""
        if index in self._made:
            return
        if self._specs[index].waits and not self.isVisible():
            # The tab of the last time: the first picture does not wait for what it imports.
            FirstPaint(self, self._make_current)
            return
        self._made.add(index)
        view = self._specs[index].make(self.stack)
        old = self.stack.widget(index)
        self.stack.insertWidget(index, view)
        self.stack.removeWidget(old)
        old.deleteLater()
        self.stack.setCurrentIndex(self.bar.currentIndex())
        self._show_copy_button()
        self.view_made.emit(view)

    def _make_current(self) -> None:
        self.make(max(self.bar.currentIndex(), 0))

    def make_next(self) -> bool:
        """Make one view that does not exist yet; False when there is none but those that wait."""
        missing = (
            index
            for index, spec in enumerate(self._specs)
            if index not in self._made and not spec.waits
        )
        index = next(missing, None)
        if index is not None:
            self.make(index)
        return index is not None

    def make_all(self) -> None:
        """Make every view that does not exist yet and does not wait."""
        while self.make_next():
            pass

    def view(self, key: str) -> QWidget | None:
        """The view of a tab, None while it was not made."""
        for index, spec in enumerate(self._specs):
            if spec.key == key and index in self._made:
                return self.stack.widget(index)
        return None

    def set_badge(self, key: str, count: str, meaning: str) -> None:
        """Put a count behind a tab's title; "" takes it away."""
        for index, spec in enumerate(self._specs):
            if spec.key != key:
                continue
            side = QTabBar.ButtonPosition.RightSide
            badge = self.bar.tabButton(index, side)
            if badge is not None and isinstance(badge, QLabel) and badge.text() == count:
                return
            if not count:
                self.bar.setTabButton(index, side, None)
                if badge is not None:
                    badge.deleteLater()
                return
            badge = QLabel(count)
            badge.setProperty("badge", True)
            badge.setFont(font_small())
            badge.setAccessibleName(f"{count} {meaning}")
            self.bar.setTabButton(index, side, badge)
            self.bar.updateGeometry()

    def toggle_collapsed(self) -> None:
        """Hide the views or show them again."""
        self._collapsed = not self._collapsed
        self.stack.setVisible(not self._collapsed)
        self.setMaximumHeight(self._head.height() if self._collapsed else 16_777_215)
        self._show_copy_button()
        self._on_theme_changed(self._themes.theme)
        self.collapse_toggled.emit(self._collapsed)

    def copy_table(self) -> None:
        """Copy the table of the tab that is shown, if its view has one to copy."""
        copy = getattr(self.stack.currentWidget(), "copy_table", None)
        if copy is not None:
            copy()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        height = self._head.height()
        painter.fillRect(self.rect(), QColor(theme.panel))
        painter.fillRect(0, 0, self.width(), height, QColor(theme.window))
        painter.fillRect(0, height - 1, self.width(), 1, QColor(theme.border))

    def _on_current_changed(self, index: int) -> None:
        if self._collapsed:
            self.toggle_collapsed()
        # The title of the tab that is shown is bold, and the bar does not ask for room itself.
        self.bar.updateGeometry()
        self.stack.setCurrentIndex(index)
        self.make(index)
        self._show_copy_button()
        self.tab_changed.emit(self._specs[index].key)

    def _show_copy_button(self) -> None:
        has_table = hasattr(self.stack.currentWidget(), "copy_table")
        self.copy_button.setVisible(has_table and not self._collapsed)

    def _on_theme_changed(self, _theme: object) -> None:
        self.copy_button.setIcon(icon("copy", self._themes.theme))
        name = "chevron-up" if self._collapsed else "chevron-down"
        self.collapse_button.setIcon(icon(name, self._themes.theme))
        self.update()


def _placeholder(title: str) -> QWidget:
    label = QLabel("")
    label.setAccessibleName(title)
    return label
