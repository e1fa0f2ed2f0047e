"""Boxes that drop down a list with a search, and the further APIs with their crosses."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.cost.prices import ChoiceRow
from moeplanner_gui.ui.cost.search_popup import SearchPopup
from moeplanner_gui.ui.fonts import font_base, font_small
from moeplanner_gui.ui.icons import icon
from moeplanner_gui.ui.style import ThemeProvider

RowsOf = Callable[[], tuple[tuple[ChoiceRow, ...], str]]
"""The rows of a list and the key of the one that is chosen."""


class Chooser(QComboBox):
    """A combo box whose list has a search.

    Signals:
        chosen(str): A row's key, "" for the choice of none.
    """

    chosen = Signal(str)

    def __init__(
        self,
        name: str,
        key: str,
        none: str,
        rows_of: RowsOf,
        themes: ThemeProvider,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._name, self._rows_of = name, rows_of
        self.setObjectName(f"cost_{key}_choice")
        self.setAccessibleName(name)
        self.setFont(font_base())
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.addItem("")
        self.popup = SearchPopup(name, f"cost_{key}_popup", none, themes, self)
        self.popup.chosen.connect(self.chosen)

    def show_choice(self, value: str) -> None:
        """Say what is chosen."""
        if value != self.itemText(0):
            self.setItemText(0, value)
            self.setAccessibleName(f"{self._name}: {value}")
            self.setToolTip(value)

    def showPopup(self) -> None:
        rows, key = self._rows_of()
        self.popup.open_under(self, rows, key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.showPopup()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class MoreButton(QPushButton):
    """A link that drops the same kind of list down.

    Signals:
        chosen(str): A row's key.
    """

    chosen = Signal(str)

    def __init__(self, words: str, rows_of: RowsOf, themes: ThemeProvider, parent: QWidget) -> None:
        super().__init__(words, parent)
        self._rows_of = rows_of
        self.setObjectName("cost_more_api_choice")
        self.setAccessibleName(words)
        self.setProperty("link", True)
        self.popup = SearchPopup(words, "cost_more_api_popup", "", themes, self)
        self.popup.chosen.connect(self.chosen)
        self.clicked.connect(self.open_list)

    def open_list(self) -> None:
        """Drop the list down."""
        rows, key = self._rows_of()
        self.popup.open_under(self, rows, key)


class OtherApis(QWidget):
    """The further APIs that are compared, each with a cross.

    Signals:
        dropped(int): The cross of the one with this number was pressed.
    """

    dropped = Signal(int)

    def __init__(self, themes: ThemeProvider, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes = themes
        self._names: tuple[str, ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)

    def show_names(self, names: Sequence[str], *, anew: bool = False) -> None:
        """Show these."""
        if tuple(names) == self._names and not anew:
            return
        self._names = tuple(names)
        while self._column.count():
            widget = self._column.takeAt(0).widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for number, name in enumerate(names):
            self._column.addWidget(self._line(number, name))

    def set_theme(self) -> None:
        """Draw the crosses in the theme's colour."""
        self.show_names(self._names, anew=True)

    def _line(self, number: int, name: str) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        label = QLabel(say("and {0}", name))
        label.setFont(font_small())
        label.setProperty("tone", "2")
        row.addWidget(label, 1)
        cross = QToolButton()
        cross.setObjectName(f"cost_other_{number}")
        cross.setIcon(icon("close", self._themes.theme))
        cross.setAccessibleName(say("Compare no longer with {0}", name))
        cross.setToolTip(say("Compare no longer with it"))
        cross.clicked.connect(lambda: self.dropped.emit(number))
        row.addWidget(cross)
        return line
