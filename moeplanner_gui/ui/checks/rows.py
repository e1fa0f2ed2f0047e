"""The rows of the Checks tab under their headings. Knows rows, no document."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from moeplanner_gui.core.checks.listed import HEADINGS, SEVERITIES, Listed
from moeplanner_gui.core.words import lowered, say
from moeplanner_gui.ui.checks.row import CheckRow
from moeplanner_gui.ui.fonts import font_base, font_small_strong, font_strong
from moeplanner_gui.ui.later import later
from moeplanner_gui.ui.style import ThemeProvider

_HEAD_ABOVE = 10
DISMISSED = say("Dismissed")


class RowList(QWidget):
    """All rows in groups; rows live on while their finding does.

    Signals:
        chosen(Listed), dismissed(Listed, str), brought_back(Listed), repair_wanted(Listed),
        copy_wanted(), menu_wanted(Listed, QPoint): As those of a row.
        row_focused(CheckRow): A row has the keyboard now.
    """

    chosen = Signal(object)
    dismissed = Signal(object, str)
    brought_back = Signal(object)
    repair_wanted = Signal(object)
    copy_wanted = Signal()
    menu_wanted = Signal(object, QPoint)
    row_focused = Signal(object)

    def __init__(self, themes: ThemeProvider, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes = themes
        self.rows: list[CheckRow] = []
        self._heads: dict[str, QLabel] = {}
        self._order: list[tuple[str, list[CheckRow]]] = []
        self.setAccessibleName(say("Checks"))

    def set_items(self, items: Sequence[Listed], repairs: Sequence[str]) -> None:
        """Show these rows, in their order, each with the words of its repair or ""."""
        old = {(row.item.keys, row.item.reason is None): row for row in self.rows}
        rows = []
        for item, repair in zip(items, repairs, strict=True):
            row = old.pop((item.keys, item.reason is None), None)
            if row is None:
                row = self._new_row(item)
            else:
                row.set_item(item)
            row.set_repair(repair)
            rows.append(row)
        for row in old.values():
            row.hide()
            row.deleteLater()
        self.rows = rows
        groups: dict[str, list[CheckRow]] = {}
        for row in rows:
            standing = row.item.reason is None
            groups.setdefault(row.item.first.severity if standing else DISMISSED, []).append(row)
        self._order = [(key, groups[key]) for key in (*SEVERITIES, DISMISSED) if key in groups]
        for key, head in self._heads.items():
            head.setVisible(key in groups)
        for key, group in self._order:
            self._head(key).setText(_heading(key, len(group)))
        previous: QWidget | None = None
        for row in rows:
            if previous is not None:
                QWidget.setTabOrder(previous, row)
            if row.repair is not None:
                QWidget.setTabOrder(row, row.repair)
            QWidget.setTabOrder(row.repair or row, row.link)
            previous = row.link
        self.arrange()

    def _new_row(self, item: Listed) -> CheckRow:
        row = CheckRow(item, self._themes, self)
        row.chosen.connect(self.chosen)
        row.dismissed.connect(self.dismissed)
        row.brought_back.connect(self.brought_back)
        row.repair_wanted.connect(self.repair_wanted)
        row.copy_wanted.connect(self.copy_wanted)
        row.menu_wanted.connect(self.menu_wanted)
        row.step_wanted.connect(self._on_step_wanted)
        row.height_changed.connect(self._on_height_changed)
        row.show()
        return row

    def _head(self, key: str) -> QLabel:
        head = self._heads.get(key)
        if head is None:
            head = self._heads[key] = QLabel(self)
            head.setProperty("tone", "2")
            head.setObjectName(f"checks-head-{key}")
            head.show()
        return head

    def focused(self) -> CheckRow | None:
        """The row that has the keyboard, or whose button or line has it."""
        for row in self.rows:
            if row.hasFocus() or row.isAncestorOf(self.focusWidget() or self):
                return row
        return None

    def row_of(self, keys: tuple[tuple[str, str], ...]) -> CheckRow | None:
        """The row with these findings."""
        return next((row for row in self.rows if row.item.keys == keys), None)

    def _on_step_wanted(self, step: int) -> None:
        row = self.sender()
        if isinstance(row, CheckRow) and row in self.rows:
            at = min(max(self.rows.index(row) + step, 0), len(self.rows) - 1)
            self.focus_row(self.rows[at])

    def _on_height_changed(self) -> None:
        self.arrange()
        row = self.sender()
        if isinstance(row, CheckRow):
            # The scroll area learns the new height with the next layout.
            later(0, row, lambda: self.row_focused.emit(row))

    def focus_row(self, row: CheckRow) -> None:
        """Give a row the keyboard."""
        row.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.row_focused.emit(row)

    def arrange(self) -> None:
        """Place headings and rows from the top; the height follows."""
        strong, base = QFontMetricsF(font_strong()), QFontMetricsF(font_base())
        width, y = self.width(), 0
        subjects = [base.horizontalAdvance(row.item.subject) for row in self.rows]
        column = min(max(subjects, default=0.0) + 16, width * 0.3)
        for key, group in self._order:
            head = self._head(key)
            head.setFont(font_small_strong())
            size = head.sizeHint()
            y += _HEAD_ABOVE if y else 2
            head.setGeometry(12, y, max(width - 24, size.width()), size.height())
            y += size.height() + 4
            subject = ""
            # Messages begin in one column; the longer words of the dismissed ones in another.
            alike = group if key == DISMISSED else [r for r in self.rows if r.item.reason is None]
            words = max(strong.horizontalAdvance(row.item.word) for row in alike) + 12
            for row in group:
                row.set_columns(words, column, shows_subject=row.item.subject != subject)
                subject = row.item.subject
                height = row.arrange(width)
                row.setGeometry(0, y, width, height)
                y += height
        self.setMinimumHeight(y)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return QSize(400, self.minimumHeight())

    def resizeEvent(self, event: QResizeEvent) -> None:
        if event.size().width() != event.oldSize().width():
            self.arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._themes.theme.panel))
        # The first row of a group has a line of its own above it.
        for _, group in self._order:
            at = group[0].geometry().topLeft()
            painter.setPen(QColor(self._themes.theme.grid))
            painter.drawLine(QPointF(0, at.y() - 1), QPointF(self.width(), at.y() - 1))


def _heading(key: str, count: int) -> str:
    if key == DISMISSED:
        return f"{DISMISSED} ({count})"
    one, several = HEADINGS[key]
    return f"{count} {lowered(one if count == 1 else several)}"
