"""Tables as articles printed them, with what is computed below every figure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QListWidget,
    QSizePolicy,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.claims.verdict_words import off_by_text
from moeplanner_gui.ui.choice_list import ChoiceDelegate
from moeplanner_gui.ui.fonts import faces, font_base, font_heading, font_small
from moeplanner_gui.ui.icons import paint_icon
from moeplanner_gui.ui.reality import words
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.tables import (
    CELL_PADDING,
    CellDelegate,
    FlatHeader,
    HairlineTable,
    Index,
    copy_text,
)

if TYPE_CHECKING:
    from moeplanner_gui.core.claims.terms import Claim, Judgement, PublishedTable, TableCell

NO_PARENT = QModelIndex()
LIST_PX, CELL_PX = 270, 190
_SHOWN = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole)


class PublishedModel(QAbstractTableModel):
    """One published table; each cell knows its claim and what came out for it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table: PublishedTable | None = None
        self.claims: Mapping[str, Claim] = {}
        self.known: Mapping[str, Judgement] = {}

    def show_table(
        self,
        table: PublishedTable | None,
        claims: Mapping[str, Claim],
        known: Mapping[str, Judgement],
    ) -> None:
        """Show a table."""
        self.beginResetModel()
        self.table, self.claims, self.known = table, claims, known
        self.endResetModel()

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() or self.table is None else len(self.table.rows)

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() or self.table is None else len(self.table.columns)

    def cell(self, index: Index) -> TableCell | None:
        """The cell of an index; None in the column of the names."""
        assert self.table is not None
        return self.table.rows[index.row()].cells[index.column()] if index.isValid() else None

    def texts(self, row: int, column: int) -> tuple[str, str]:
        """What was published, and what is computed."""
        assert self.table is not None
        cell = self.table.rows[row].cells[column]
        claim = self.claims.get(cell.claim or "")
        if claim is None:
            return words.one_line(cell.text), ""
        claimed, computed = words.pair(claim, self.known.get(claim.id))
        return claimed if claimed != "–" else words.one_line(claim.says), computed

    def judgement(self, index: Index) -> Judgement | None:
        """What came out for a cell."""
        cell = self.cell(index)
        return None if cell is None else self.known.get(cell.claim or "")

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if self.table is None or role not in _SHOWN:
            return None
        if orientation == Qt.Orientation.Vertical:
            return words.one_line(self.table.rows[section].label)
        return words.one_line(self.table.columns[section])

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or self.table is None:
            return None
        published, ours = self.texts(index.row(), index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return published
        judgement = self.judgement(index)
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            label = self.headerData(index.row(), Qt.Orientation.Vertical)
            head = self.headerData(index.column(), Qt.Orientation.Horizontal)
            said = f"{label}, {head}: published {published}"
            if judgement is None:
                return said
            verdict = words.verdict_cell(judgement)
            return f"{said}, computed {ours}. {verdict}. {words.arithmetic(judgement)}"
        return None


class PublishedDelegate(CellDelegate):
    """Published above, ours below with the icon of the verdict and by how much it is off."""

    def paint_cell(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, PublishedModel)
        known, theme = faces(), self.theme
        judgement = model.judgement(index)
        published, ours = model.texts(index.row(), index.column())
        rect = QRectF(option.rect).adjusted(CELL_PADDING, 0, -CELL_PADDING, 0)
        has_ours = judgement is not None and ours not in ("", "–")
        height = known.base.height + (known.strong.height + 2 if judgement else 0)
        y = rect.top() + (rect.height() - height) / 2
        painter.setFont(known.base.font)
        painter.setPen(QColor(theme.text2 if has_ours else theme.text))
        line = QRectF(rect.left(), y, rect.width(), known.base.height)
        painter.drawText(line, 0, known.base.elided(published, rect.width()))
        if judgement is None:
            return
        y += known.base.height + 2
        verdict = judgement.verdict
        ink = getattr(theme, words.TONES[verdict])
        paint_icon(painter, QRectF(rect.left(), y + 1, 14, 14), words.ICONS[verdict], ink)
        text = ours if has_ours else words.verdict_cell(judgement)
        painter.setFont(known.strong.font)
        painter.setPen(QColor(theme.text))
        left = rect.left() + 20
        text = known.strong.elided(text, rect.right() - left)
        painter.drawText(QRectF(left, y, rect.right() - left, known.strong.height), 0, text)
        off = off_by_text(judgement)
        at = left + known.strong.width(text) + 8
        if off not in ("–", "exact") and at + known.small.width(off) <= rect.right():
            painter.setFont(known.small.font)
            painter.setPen(QColor(ink))
            box = QRectF(at, y, rect.right() - at, known.strong.height)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, off)


class NamesHeader(QHeaderView):
    """The names of the rows, in the colours of the table."""

    def __init__(self, themes: ThemeProvider, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._themes = themes
        self.setSectionsClickable(False)

    def paintSection(self, painter: QPainter, rect: Any, logical: int) -> None:
        theme = self._themes.theme
        painter.save()
        painter.fillRect(rect, QColor(theme.panel))
        painter.setPen(QColor(theme.grid))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.setFont(faces().strong.font)
        painter.setPen(QColor(theme.text))
        text = str(self.model().headerData(logical, Qt.Orientation.Vertical) or "")
        inner = QRectF(rect).adjusted(20, 0, -CELL_PADDING, 0)
        text = faces().strong.elided(text, inner.width())
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()

    def sizeHint(self) -> Any:
        hint = super().sizeHint()
        labels = [
            str(self.model().headerData(row, Qt.Orientation.Vertical) or "")
            for row in range(self.model().rowCount() if self.model() else 0)
        ]
        wide = max((faces().strong.width(label) for label in labels), default=80.0)
        hint.setWidth(round(min(max(wide + 20 + 2 * CELL_PADDING, 130), 300)))
        return hint


class PublishedPage(QWidget):
    """The tables at the left, the one that is chosen at the right.

    Signals:
        claim_wanted(str): The claim of a figure is to be shown.
    """

    claim_wanted = Signal(str)

    def __init__(self, themes: ThemeProvider, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._tables: list[PublishedTable] = []
        self._articles: Mapping[str, Any] = {}
        self._claims: Mapping[str, Claim] = {}
        self._known: Mapping[str, Judgement] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.names = QListWidget(self)
        self.names.setObjectName("published_names")
        self.names.setAccessibleName("Published tables")
        self.names.setFixedWidth(LIST_PX)
        self.names.setFrameShape(QFrame.Shape.NoFrame)
        self.names.setFont(font_base())
        self.names.setItemDelegate(ChoiceDelegate(themes, self.names))
        self.names.setMouseTracking(True)
        self.names.currentRowChanged.connect(self._on_chosen)
        row.addWidget(self.names)
        rule = QFrame(self)
        rule.setFrameShape(QFrame.Shape.VLine)
        rule.setFrameShadow(QFrame.Shadow.Plain)
        rule.setForegroundRole(QPalette.ColorRole.Mid)
        rule.setFixedWidth(1)
        row.addWidget(rule)
        column = QVBoxLayout()
        column.setContentsMargins(0, 10, 0, 0)
        column.setSpacing(4)
        self.title = QLabel(self)
        self.title.setFont(font_heading())
        self.place = QLabel(self)
        self.place.setFont(font_small())
        self.place.setProperty("tone", "2")
        for label in (self.title, self.place):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setContentsMargins(20, 0, 12, 0)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            column.addWidget(label)
        self.table = self._make_table(themes)
        column.addWidget(self.table, 1)
        row.addLayout(column, 1)
        themes.theme_changed.connect(self._on_theme_changed)

    def _make_table(self, themes: ThemeProvider) -> HairlineTable:
        table = HairlineTable(self)
        table.setObjectName("published_table")
        table.setAccessibleName("The published table with what is computed")
        self.cells = PublishedModel(table)
        table.setModel(self.cells)
        table.setItemDelegate(PublishedDelegate(themes.theme, table))
        table.setHorizontalHeader(FlatHeader(themes.theme, table))
        table.setVerticalHeader(NamesHeader(themes, table))
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        table.verticalHeader().show()
        for corner in table.findChildren(QAbstractButton):
            # The style would draw a button of another colour where both headers meet.
            corner.hide()
        known = faces()
        table.set_row_height(round(known.base.height + known.strong.height + 14))
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.copy_requested.connect(self.copy_table)
        table.cell_opened.connect(self._on_opened)
        return table

    def fill(self, base: Any) -> None:
        """Show the tables of a catalogue."""
        at = max(self.names.currentRow(), 0)
        self._articles, self._claims = base.claims.articles, base.claims.claims
        self._tables = list(base.claims.tables.values())
        self.names.clear()
        for table in self._tables:
            self.names.addItem(words.one_line(table.title))
            tip = f"{words.one_line(table.title)}, {self._where(table)}"
            self.names.item(self.names.count() - 1).setToolTip(tip)
        self.names.setCurrentRow(min(at, len(self._tables) - 1))

    def show_known(self, known: Mapping[str, Judgement]) -> None:
        """What came out for the claims."""
        self._known = dict(known)
        self._on_chosen(self.names.currentRow())

    def _where(self, table: PublishedTable) -> str:
        article = self._articles.get(table.article)
        who = "" if article is None else f", {words.one_line(article.publisher)}"
        return f"Article {table.article}{who}, {table.date}"

    def _on_chosen(self, row: int) -> None:
        table = self._tables[row] if 0 <= row < len(self._tables) else None
        at = self.table.currentIndex()
        same = table is self.cells.table
        self.cells.show_table(table, self._claims, self._known)
        if table is not None:
            self.title.setText(words.one_line(table.title))
            self.place.setText(
                f"{self._where(table)} · published above, computed here below it · "
                "Enter goes to the claim"
            )
        if same and at.isValid():
            self.table.setCurrentIndex(self.cells.index(at.row(), at.column()))
        self._fit()

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        columns = self.cells.columnCount()
        if columns:
            room = self.table.viewport().width() // columns
            for column in range(columns):
                self.table.setColumnWidth(column, min(max(room, CELL_PX), 320))

    def _on_opened(self, index: QModelIndex) -> None:
        cell = self.cells.cell(index)
        if cell is not None and cell.claim in self._claims:
            self.claim_wanted.emit(cell.claim)

    def copy_table(self) -> None:
        """Copy the table that is shown, with two columns for each published one."""
        table = self.cells.table
        if table is None:
            return
        head = [table.title]
        for title in table.columns:
            head += [f"{title}, published", f"{title}, computed", "Verdict"]
        rows = [tuple(words.harmless(cell) for cell in head)]
        for number, line in enumerate(table.rows):
            cells = [line.label]
            for column in range(len(table.columns)):
                judgement = self.cells.judgement(self.cells.index(number, column))
                verdict = "" if judgement is None else words.verdict_cell(judgement)
                cells += [*self.cells.texts(number, column), verdict]
            rows.append(tuple(words.harmless(cell) for cell in cells))
        copy_text(words.tsv(rows))

    def _on_theme_changed(self, theme: Any) -> None:
        for part in (self.table.itemDelegate(), self.table.horizontalHeader()):
            part.theme = theme  # type: ignore[attr-defined]
        self.table.viewport().update()
