"""The table of claims: verdict, claim with its arithmetic, claimed, computed, off by, source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyleOptionViewItem, QWidget

from moeplanner_gui.core.claims.verdict_words import VERDICTS
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.fonts import Face, faces
from moeplanner_gui.ui.icons import paint_icon
from moeplanner_gui.ui.reality import words
from moeplanner_gui.ui.reality.rows import ClaimRow, Heading, Line
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.tables import CELL_PADDING, CellDelegate, FlatHeader, HairlineTable, Index

VERDICT, CLAIM, CLAIMED, COMPUTED, OFF, SOURCE = range(6)
TITLES: Final = (
    say("Verdict"),
    say("Claim and arithmetic"),
    say("Claimed"),
    say("Computed"),
    say("Off by"),
    say("Source"),
)
RIGHT: Final = frozenset({CLAIMED, COMPUTED, OFF})
NO_PARENT = QModelIndex()
ICON, LEFT = 16, CELL_PADDING
LEAST_CLAIM_PX, WANTED_CLAIM_PX = 220, 480
TIGHT_CLAIM_PX = 360
_SHOWN = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole)


class ClaimsModel(QAbstractTableModel):
    """The lines as a table; a heading is a line that cannot be selected."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: tuple[Line, ...] = ()

    def set_lines(self, lines: Sequence[Line]) -> bool:
        """Show other lines; False where they are of the same claims and nothing moves."""
        same = [_key(line) for line in lines] == [_key(line) for line in self.lines]
        if same:
            self.lines = tuple(lines)
            last = self.index(len(lines) - 1, SOURCE)
            self.dataChanged.emit(self.index(0, 0), last)
            return False
        self.beginResetModel()
        self.lines = tuple(lines)
        self.endResetModel()
        return True

    def row_of(self, claim_id: str) -> int:
        """The line of a claim, -1 where it is not listed."""
        for number, line in enumerate(self.lines):
            if isinstance(line, ClaimRow) and line.claim.id == claim_id:
                return number
        return -1

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(TITLES)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid() or isinstance(self.lines[index.row()], Heading):
            return Qt.ItemFlag.NoItemFlags
        return super().flags(index)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role in _SHOWN:
            return TITLES[section]
        if role == Qt.ItemDataRole.TextAlignmentRole and section in RIGHT:
            return Qt.AlignmentFlag.AlignRight
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        line, column = self.lines[index.row()], index.column()
        if isinstance(line, Heading):
            return f"{line.text}: {line.count}" if column == 0 and role in _SHOWN else None
        if role == Qt.ItemDataRole.DisplayRole:
            return line.cells[column]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(line, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tip(line)
        return None

    @staticmethod
    def _spoken(row: ClaimRow, column: int) -> str:
        text = row.cells[column]
        if column == CLAIM:
            return f"{text} {row.below}"
        return text if column == VERDICT else f"{TITLES[column]} {text}"


def _tip(row: ClaimRow) -> str:
    lines = [row.cells[CLAIM], row.below]
    if row.judgement is not None and words.mixed_up(row.judgement):
        lines.append(say("Mixed up: {0}", words.mixed_up(row.judgement)))
    return words.tip(*lines)


def _key(line: Line) -> str:
    return f"heading {line.text}" if isinstance(line, Heading) else line.claim.id


class ClaimDelegate(CellDelegate):
    """Two lines in the column of the claim, an icon before the verdict."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model, view = index.model(), option.widget
        assert isinstance(model, ClaimsModel) and isinstance(view, ClaimTable)
        line, column, rect = model.lines[index.row()], index.column(), QRectF(option.rect)
        theme = self.theme
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        if isinstance(line, Heading):
            painter.fillRect(rect, QColor(theme.window))
        selected = view.currentIndex().row() == index.row()
        if selected:
            painter.fillRect(rect, QColor(theme.selection))
            if column == 0:
                bar = QRectF(rect.left(), rect.top(), 3, rect.height())
                painter.fillRect(bar, QColor(theme.accent))
        painter.setPen(QPen(QColor(theme.grid), 1))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        if selected and view.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), 1))
            for inset in (0, 1):
                box = option.rect.adjusted(0, inset, 0, -1 - inset)
                painter.drawLine(box.topLeft(), box.topRight())
                painter.drawLine(box.bottomLeft(), box.bottomRight())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        if isinstance(line, Heading):
            self._paint_heading(painter, rect, line)
        else:
            self._paint_claim(painter, rect, line, column)
        painter.restore()

    def _paint_heading(self, painter: QPainter, rect: QRectF, line: Heading) -> None:
        known, theme = faces(), self.theme
        count = known.small.width(line.count)
        inner = rect.adjusted(LEFT, 0, -CELL_PADDING, 0)
        painter.setFont(known.small_strong.font)
        painter.setPen(QColor(theme.text2))
        text = known.small_strong.elided(line.text, inner.width() - count - 16)
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter, text)
        painter.setFont(known.small.font)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(inner, flags, line.count)

    def _paint_claim(self, painter: QPainter, rect: QRectF, row: ClaimRow, column: int) -> None:
        known, theme = faces(), self.theme
        text = row.cells[column]
        inner = rect.adjusted(LEFT if column == 0 else CELL_PADDING, 0, -CELL_PADDING, 0)
        if column == VERDICT:
            verdict = row.verdict
            ink = getattr(theme, words.TONES[verdict]) if verdict else theme.text3
            if verdict:
                place = QRectF(inner.left(), rect.center().y() - ICON / 2, ICON, ICON)
                paint_icon(painter, place, words.ICONS[verdict], ink)
            inner.adjust(ICON + 6, 0, 0, 0)
            strong = verdict not in (None, "cannot_be_checked")
            _draw(painter, inner, known.strong if strong else known.base, text, ink)
        elif column == CLAIM:
            height = known.strong.height + known.small.height + 1
            top = rect.top() + (rect.height() - height) / 2
            first = QRectF(inner.left(), top, inner.width(), known.strong.height)
            second = QRectF(inner.left(), first.bottom() + 1, inner.width(), known.small.height)
            _draw(painter, first, known.strong, text, theme.text)
            _draw(painter, second, known.small, row.below, theme.text2)
        else:
            strong = column == COMPUTED
            ink = theme.text if column in (COMPUTED, OFF) else theme.text2
            face = known.strong if strong else known.small if column == SOURCE else known.base
            _draw(painter, inner, face, text, ink, right=column in RIGHT)


def _draw(
    painter: QPainter, rect: QRectF, face: Face, text: str, ink: str, *, right: bool = False
) -> None:
    painter.setFont(face.font)
    painter.setPen(QColor(ink))
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    flags = side | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(rect, flags, face.elided(text, rect.width()))


class ClaimTable(HairlineTable):
    """The claims; the row that is current is the one that is shown in detail.

    Signals:
        row_shown(str): Another claim is current, "" for none.
        opened(): Enter was pressed on a claim, or it was double-clicked.
        delete_wanted(str): Delete was pressed on a claim.
        edit_wanted(str): F2 was pressed on a claim.
        menu_wanted(str, QPoint): The menu of a claim is asked for, at a point of the screen.
    """

    row_shown = Signal(str)
    opened = Signal()
    delete_wanted = Signal(str)
    edit_wanted = Signal(str)
    menu_wanted = Signal(str, object)

    def __init__(self, themes: ThemeProvider, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.setObjectName("claims_table")
        self.setAccessibleName(say("Claims"))
        self.setHorizontalHeader(FlatHeader(themes.theme, self))
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.claims = ClaimsModel(self)
        self.setModel(self.claims)
        self.setItemDelegate(ClaimDelegate(themes.theme, self))
        self.verticalHeader().setMinimumSectionSize(22)
        self._widths: dict[int, int] = {}
        self._measure()
        self.selectionModel().currentChanged.connect(self._on_current_changed)
        self.doubleClicked.connect(lambda _index: self.opened.emit())
        themes.theme_changed.connect(self._on_theme_changed)

    @property
    def current(self) -> ClaimRow | None:
        """The row that is current."""
        return self.row_at(self.currentIndex().row())

    def row_at(self, number: int) -> ClaimRow | None:
        """The claim of a line, None for a heading."""
        if 0 <= number < len(self.claims.lines):
            line = self.claims.lines[number]
            return line if isinstance(line, ClaimRow) else None
        return None

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show lines; the claim that is current stays so while it is listed."""
        current = self.current
        top = self.verticalScrollBar().value()
        if not self.claims.set_lines(lines):
            self._measure()
            self.fit_columns()
            if current is not None:
                self.row_shown.emit(current.claim.id)
            return
        self._set_heights()
        self._measure()
        self.fit_columns()
        at = -1 if current is None else self.claims.row_of(current.claim.id)
        if at < 0:
            at = next((n for n, line in enumerate(lines) if isinstance(line, ClaimRow)), -1)
        self.setCurrentIndex(self.claims.index(at, CLAIM) if at >= 0 else NO_PARENT)
        if current is not None and self.row_at(at) == current:
            self.verticalScrollBar().setValue(top)
        if at < 0:
            self.row_shown.emit("")

    def show_claim(self, claim_id: str) -> bool:
        """Make a claim current; False where it is not listed."""
        at = self.claims.row_of(claim_id)
        if at >= 0:
            self.setCurrentIndex(self.claims.index(at, CLAIM))
            self.scrollTo(self.currentIndex(), QAbstractItemView.ScrollHint.PositionAtCenter)
        return at >= 0

    def _set_heights(self) -> None:
        known = faces()
        high = round(max(46.0, known.strong.height + known.small.height + 13))
        low = round(max(24.0, known.small.height + 8))
        self.verticalHeader().setDefaultSectionSize(high)
        self.clearSpans()
        for number, line in enumerate(self.claims.lines):
            if isinstance(line, Heading):
                self.setSpan(number, 0, 1, len(TITLES))
                self.setRowHeight(number, low)

    def fit_columns(self) -> None:
        room = self.viewport().width()
        widths = dict(self._widths)
        rest = room - sum(widths.values())
        for column in (CLAIMED, COMPUTED):
            # What is long there is shown whole in the detail, and so is the source.
            less = min(widths[column] - self._least, WANTED_CLAIM_PX - rest)
            widths[column] -= max(less, 0)
            rest += max(less, 0)
        if rest < TIGHT_CLAIM_PX:
            rest += widths[SOURCE]
            widths[SOURCE] = 0
        self.setColumnHidden(SOURCE, not widths[SOURCE])
        for column, width in widths.items():
            self.setColumnWidth(column, width)
        self.setColumnWidth(CLAIM, max(LEAST_CLAIM_PX, rest))

    def _measure(self) -> None:
        """Widths of the columns that hold what is listed; nobody has to guess a figure."""
        strong, base, small = faces().strong, faces().base, faces().small
        rows = [line for line in self.claims.lines if isinstance(line, ClaimRow)]
        verdict = max(map(strong.width, VERDICTS.values()))
        longest = {VERDICT: verdict + LEFT + ICON + 6, SOURCE: 0.0}
        for column, face in ((CLAIMED, base), (COMPUTED, strong), (OFF, base), (SOURCE, small)):
            title = small.width(TITLES[column])
            longest[column] = max([title, *(face.width(row.cells[column]) for row in rows)])
        self._least = round(base.width(say("2 × RTX 4090")) + 2 * CELL_PADDING)
        most = round(base.width(say("between $1,000 and $2,000 a month")) + 2 * CELL_PADDING)
        self._widths = {
            column: min(round(width + 2 * CELL_PADDING + 1), most if column != VERDICT else 999)
            for column, width in longest.items()
        }

    def keyPressEvent(self, event: Any) -> None:
        row = self.current
        if row is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
        elif row is not None and event.key() == Qt.Key.Key_Delete:
            self.delete_wanted.emit(row.claim.id)
        elif row is not None and event.key() == Qt.Key.Key_F2:
            self.edit_wanted.emit(row.claim.id)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            row, at = self.row_at(self.rowAt(event.pos().y())), event.globalPos()
        else:
            row = self.current
            at = self.viewport().mapToGlobal(self.visualRect(self.currentIndex()).center())
        if row is not None:
            self.menu_wanted.emit(row.claim.id, at)

    def _on_current_changed(self, now: QModelIndex, before: QModelIndex) -> None:
        for index in (now, before):
            if index.isValid():
                line = self.visualRect(index)
                self.viewport().update(0, line.top(), self.viewport().width(), line.height())
        row = self.row_at(now.row())
        if row is not None and now.row() != before.row():
            self.row_shown.emit(row.claim.id)

    def _on_theme_changed(self, theme: Any) -> None:
        for part in (self.itemDelegate(), self.horizontalHeader()):
            part.theme = theme  # type: ignore[attr-defined]
        self.viewport().update()
        self.horizontalHeader().viewport().update()
