"""How old each kind of row is, as a table. Knows ages, no catalogue."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QTableWidget, QTableWidgetItem

from moeplanner_gui.catalog.freshness import Age
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.icons import icon
from moeplanner_gui.ui.style import ThemeProvider

KIND_WORDS = {
    "models": say("Models"),
    "cards": say("Cards"),
    "hosts": say("Computers"),
    "prices": say("Prices of parts"),
    "api_prices": say("Prices of APIs"),
    "rent": say("Rent by the hour"),
    "electricity": say("Electricity"),
    "measurements": say("Speed measurements"),
    "claims": say("Articles"),
}


COLUMN_GAP = 20


class AgeTable(QTableWidget):
    """One row a kind: how many, the newest and the oldest day, the age."""

    def __init__(self, themes: ThemeProvider) -> None:
        super().__init__(0, 5)
        self._themes = themes
        self._ages: tuple[Age, ...] = ()
        self.setObjectName("catalogue_ages")
        self.setAccessibleName(say("Age of the catalogue"))
        self.setHorizontalHeaderLabels(
            [say("What"), say("Rows"), say("Newest"), say("Oldest"), say("Age")]
        )
        self.verticalHeader().hide()
        self.setShowGrid(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setTabKeyNavigation(False)
        header = self.horizontalHeader()
        header.setStretchLastSection(True)
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.horizontalHeaderItem(1).setTextAlignment(
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        )
        for column in (2, 3):
            self.horizontalHeaderItem(column).setTextAlignment(Qt.AlignmentFlag.AlignCenter)
        # Not a lambda: that would be called after the table is gone.
        themes.theme_changed.connect(self._on_theme_changed)

    def show_ages(self, ages: tuple[Age, ...]) -> None:
        """Show these ages; old ones by an icon, a word and amber."""
        self._ages = ages
        theme = self._themes.theme
        self.setRowCount(len(ages))
        for row, age in enumerate(ages):
            cells = (
                KIND_WORDS.get(age.kind, age.kind),
                say("{0:,}", age.rows),
                age.newest or "–",
                age.oldest or "–",
                age_words(age),
            )
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                if column == 1:
                    right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                    item.setTextAlignment(right)
                if column in (2, 3):
                    item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
                if column == 4 and age.is_old:
                    item.setIcon(icon("warning", theme, theme.warn))
                    item.setForeground(QColor(theme.warn))
                self.setItem(row, column, item)
            self.setRowHeight(row, max(26, self.fontMetrics().height() + 8))
        for column in range(4):
            # What a cell keeps free at its sides is too little between words and numbers.
            width = max(self.sizeHintForColumn(column), self._heading_width(column))
            self.setColumnWidth(column, width + COLUMN_GAP)

    def _on_theme_changed(self, _theme: object) -> None:
        self.show_ages(self._ages)

    def _heading_width(self, column: int) -> int:
        return self.horizontalHeader().sectionSizeHint(column)


def age_words(age: Age) -> str:
    """The age of a kind in words, and from when on it is called old."""
    if not age.rows:
        return say("none")
    if age.days is None:
        return say("nobody knows")
    days = days_words(age.days)
    if age.is_old:
        return say("{0}; old after {1:,} days", days, age.old_after_days)
    if age.old_rows:
        return say("{0}; {1:,} single prices are old", days, age.old_rows)
    return days


def days_words(days: int) -> str:
    """``today``, ``1 day``, ``61 days``."""
    if days == 0:
        return say("today")
    return say("1 day") if days == 1 else say("{0:,} days", days)
