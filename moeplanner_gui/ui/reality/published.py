"""Tables as articles printed them, with what is computed below every figure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QSizePolicy,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.claims.verdict_words import off_by_text
from moeplanner_gui.core.words import say
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
from moeplanner_gui.ui.wrapped import fitted_lines, paint_lines

if TYPE_CHECKING:
    from moeplanner_gui.core.claims.terms import Claim, Judgement, PublishedTable, TableCell

NO_PARENT = QModelIndex()
LIST_PX, CELL_PX, NAME_PX = 270, 190, 12
_SHOWN = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole)


class PublishedModel(QAbstractTableModel):
    """One published table; each cell knows its claim and what came out for it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table: PublishedTable | None = None
        self.claims: Mapping[str, Claim] = {}
        self.known: Mapping[str, Judgement] = {}
        self.has_sentences = False

    def show_table(
        self,
        table: PublishedTable | None,
        claims: Mapping[str, Claim],
        known: Mapping[str, Judgement],
    ) -> None:
        """Show a table."""
        self.beginResetModel()
        self.table, self.claims, self.known = table, claims, known
        self.has_sentences = self._reads_in_sentences()
        self.endResetModel()

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() or self.table is None else len(self.table.rows)

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() or self.table is None else len(self.table.columns) + 1

    def cell(self, index: Index) -> TableCell | None:
        """The cell of an index; None in the first column, that of the names."""
        if self.table is None or not index.isValid() or not index.column():
            return None
        return self.table.rows[index.row()].cells[index.column() - 1]

    def name(self, row: int) -> str:
        """What a row is called."""
        return "" if self.table is None else words.one_line(self.table.rows[row].label)

    def texts(self, row: int, column: int) -> tuple[str, str]:
        """What was published, and what is computed."""
        assert self.table is not None
        cell = self.table.rows[row].cells[column]
        claim = self.claims.get(cell.claim or "")
        if claim is None:
            return words.one_line(cell.text), ""
        judgement = self.known.get(claim.id)
        if not self.has_sentences:
            return words.pair(claim, judgement)
        because = words.arithmetic(judgement)
        if judgement is None or not because:
            return words.one_line(claim.says), ""
        off = "" if judgement.factor is None else f", {off_by_text(judgement)}"
        lead = words.verdict_cell(judgement)
        lead += off if judgement.verdict in ("wrong", "cannot_be_true") else ""
        return words.one_line(claim.says), f"{lead}: {because}"

    def _reads_in_sentences(self) -> bool:
        """Whether a number alone would say nothing: some cell has none, or their units differ."""
        cells = () if self.table is None else (c for row in self.table.rows for c in row.cells)
        claims = [self.claims.get(cell.claim or "") for cell in cells]
        known = [claim for claim in claims if claim is not None]
        return any(claim.value is None for claim in known) or len({c.unit for c in known}) > 1

    def judgement(self, index: Index) -> Judgement | None:
        """What came out for a cell."""
        cell = self.cell(index)
        return None if cell is None else self.known.get(cell.claim or "")

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if self.table is None or role not in _SHOWN or orientation != Qt.Orientation.Horizontal:
            return None
        return words.one_line(self.table.columns[section - 1]) if section else ""

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or self.table is None:
            return None
        if not index.column():
            return self.name(index.row()) if role in _SHOWN else None
        published, ours = self.texts(index.row(), index.column() - 1)
        if role == Qt.ItemDataRole.DisplayRole:
            return published
        if role == Qt.ItemDataRole.ToolTipRole:
            return words.tip(str(self.data(index, Qt.ItemDataRole.AccessibleTextRole)))
        judgement = self.judgement(index)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            label = self.name(index.row())
            head = self.headerData(index.column(), Qt.Orientation.Horizontal)
            said = say("{0}, {1}: published {2}", label, head, published)
            if judgement is None:
                return said
            verdict = words.verdict_cell(judgement)
            return say(
                "{0}, computed {1}. {2}. {3}", said, ours, verdict, words.arithmetic(judgement)
            )
        return None


class PublishedDelegate(CellDelegate):
    """Published above, ours below with the icon of the verdict and by how much it is off."""

    def paint_cell(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, PublishedModel)
        known, theme = faces(), self.theme
        rect = QRectF(option.rect).adjusted(CELL_PADDING, 0, -CELL_PADDING, 0)
        if not index.column():
            painter.setFont(known.strong.font)
            painter.setPen(QColor(theme.text))
            rect.adjust(NAME_PX, 0, 0, 0)
            name = known.strong.elided(model.name(index.row()), rect.width())
            painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, name)
            return
        judgement = model.judgement(index)
        published, ours = model.texts(index.row(), index.column() - 1)
        if model.has_sentences:
            self._paint_sentences(painter, rect, (published, ours), judgement)
            return
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

    def _paint_sentences(
        self,
        painter: QPainter,
        rect: QRectF,
        texts: tuple[str, str],
        judgement: Judgement | None,
    ) -> None:
        known, theme = faces(), self.theme
        y, height = rect.top() + 7, known.base.metrics.lineSpacing()
        room = QRectF(0, 0, rect.width() - 20, 2 * height)
        painter.setPen(QColor(theme.text2 if judgement else theme.text))
        font, lines = fitted_lines(texts[0], (known.base.font,), QRectF(0, 0, room.width(), height))
        y = paint_lines(painter, QPointF(rect.left() + 20, y), font, lines) + 3
        if judgement is None:
            return
        ink = getattr(theme, words.TONES[judgement.verdict])
        name = words.ICONS[judgement.verdict]
        paint_icon(painter, QRectF(rect.left(), y + 1, 14, 14), name, ink)
        painter.setPen(QColor(theme.text))
        font, lines = fitted_lines(texts[1], (known.base.font,), room)
        paint_lines(painter, QPointF(rect.left() + 20, y), font, lines)


class FiguresTable(HairlineTable):
    """A table that asks for its columns whenever its width is another one.

    Signals:
        width_changed(): It has more or less room.
    """

    width_changed = Signal()

    def fit_columns(self) -> None:
        self.width_changed.emit()


class PublishedPage(QWidget):
    """The tables at the left, the one that is chosen at the right.

    Signals:
        claim_wanted(str): The claim of a figure is to be shown.
    """

    claim_wanted = Signal(str)

    def __init__(self, themes: ThemeProvider, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._is_changing = False
        self._tables: list[PublishedTable] = []
        self._articles: Mapping[str, Any] = {}
        self._claims: Mapping[str, Claim] = {}
        self._known: Mapping[str, Judgement] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.names = QListWidget(self)
        self.names.setObjectName("published_names")
        self.names.setAccessibleName(say("Published tables"))
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

    def _make_table(self, themes: ThemeProvider) -> FiguresTable:
        table = FiguresTable(self)
        table.width_changed.connect(self._fit)
        table.setObjectName("published_table")
        table.setAccessibleName(say("The published table with what is computed"))
        self.cells = PublishedModel(table)
        table.setModel(self.cells)
        table.setItemDelegate(PublishedDelegate(themes.theme, table))
        table.setHorizontalHeader(FlatHeader(themes.theme, table))
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
            tip = words.tip(words.one_line(table.title), self._where(table))
            self.names.item(self.names.count() - 1).setToolTip(tip)
        self.names.setCurrentRow(min(at, len(self._tables) - 1))

    def show_known(self, known: Mapping[str, Judgement]) -> None:
        """What came out for the claims."""
        self._known = dict(known)
        self._on_chosen(self.names.currentRow())

    def _where(self, table: PublishedTable) -> str:
        article = self._articles.get(table.article)
        if article is None:
            return say("Article {0}, {1}", table.article, table.date)
        who = words.one_line(article.publisher)
        return say("Article {0}, {1}, {2}", table.article, who, table.date)

    def _on_chosen(self, row: int) -> None:
        table = self._tables[row] if 0 <= row < len(self._tables) else None
        at = self.table.currentIndex()
        same = table is self.cells.table
        # Another model makes the table ask for its columns before its headers know of it.
        self._is_changing = True
        self.cells.show_table(table, self._claims, self._known)
        self._is_changing = False
        if table is not None:
            self.title.setText(words.one_line(table.title))
            self.place.setText(
                say(
                    "{0} · published above, computed here below it · Enter goes to the claim",
                    self._where(table),
                )
            )
        if same and at.isValid():
            self.table.setCurrentIndex(self.cells.index(at.row(), at.column()))
        self._fit()

    def _fit(self) -> None:
        """Columns as wide as there is room, rows as high as their lines."""
        if self._is_changing:
            return
        model, known = self.cells, faces()
        low = known.base.height + known.strong.height + 14
        high = 3 * known.base.metrics.lineSpacing() + 19
        for row in range(model.rowCount()):
            self.table.setRowHeight(row, round(high if model.has_sentences else low))
        if not model.columnCount():
            return
        names = max(known.strong.width(model.name(row)) for row in range(model.rowCount()))
        first = round(min(max(names + NAME_PX + 2 * CELL_PADDING + 2, 120), 300))
        self.table.setColumnWidth(0, first)
        room = (self.table.viewport().width() - first) // max(model.columnCount() - 1, 1)
        most = 640 if model.has_sentences else 320
        for column in range(1, model.columnCount()):
            self.table.setColumnWidth(column, min(max(room, CELL_PX), most))

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
            head += [say("{0}, published", title), say("{0}, computed", title), say("Verdict")]
        rows = [tuple(words.harmless(cell) for cell in head)]
        for number, line in enumerate(table.rows):
            cells = [line.label]
            for column in range(len(table.columns)):
                judgement = self.cells.judgement(self.cells.index(number, column + 1))
                verdict = "" if judgement is None else words.verdict_cell(judgement)
                cells += [*self.cells.texts(number, column), verdict]
            rows.append(tuple(words.harmless(cell) for cell in cells))
        copy_text(words.tsv(rows))

    def _on_theme_changed(self, theme: Any) -> None:
        for part in (self.table.itemDelegate(), self.table.horizontalHeader()):
            part.theme = theme  # type: ignore[attr-defined]
        self.table.viewport().update()
