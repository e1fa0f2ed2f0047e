"""Your month: every way to pay as a bar, the bill of owning in its parts, what a buyer asks."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import (
    QFrame,
    QHeaderView,
    QScrollArea,
    QSizePolicy,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.charts.cost_chart import CostBar
from moeplanner_gui.ui.charts.cost_facts import MonthRow
from moeplanner_gui.ui.charts.paint_cost_bars import bar_height, paint_bars, shade
from moeplanner_gui.ui.fonts import font_base, font_small, font_strong
from moeplanner_gui.ui.note import NoteBox
from moeplanner_gui.ui.tables import (
    CELL_PADDING,
    CellDelegate,
    FlatHeader,
    HairlineTable,
    Index,
    copy_table,
)
from moeplanner_gui.ui.theme import Theme

ROW_ROLE = Qt.ItemDataRole.UserRole
_HEADS = (say("Own, per month"), "USD")


class BarsView(QWidget):
    """The bars. A click on one asks how its amount is computed.

    Signals:
        explain_requested(str): The path of the amount.
    """

    explain_requested = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.bars: tuple[CostBar, ...] = ()
        self._places: list[QRectF] = []
        self.setObjectName("cost_bars")
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_bars(self, bars: Sequence[CostBar]) -> None:
        """Show other bars."""
        count = len(self.bars)
        self.bars = tuple(bars)
        words = "; ".join(say("{0} ${1:,.2f}", bar.label, bar.usd) for bar in bars)
        self.setAccessibleName(say("A month in USD"))
        self.setAccessibleDescription(words or say("Nothing to show yet"))
        if count != len(bars):
            self.updateGeometry()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(280, int(len(self.bars) * bar_height(font_base()) + 4))

    def minimumSizeHint(self) -> QSize:
        return QSize(160, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(font_base())
        rect = QRectF(self.rect()).adjusted(0, 0, -1, 0)
        self._places = paint_bars(painter, rect, self.bars, self._theme)

    def _at(self, place: QPointF) -> CostBar | None:
        return next((bar for bar, box in zip(self.bars, self._places, strict=False)
                     if box.contains(place)), None)  # fmt: skip

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        bar = self._at(event.position())
        asked = bar is not None and bool(bar.path)
        self.setCursor(Qt.CursorShape.PointingHandCursor if asked else Qt.CursorShape.ArrowCursor)
        parts = [] if bar is None else [part.label for part in bar.segments if part.label]
        how = [say("How is this computed? Click.")] if asked else []
        self.setToolTip("" if bar is None else "\n".join([bar.label, *parts, *how]))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        bar = self._at(event.position())
        if bar is not None and bar.path:
            self.explain_requested.emit(bar.path)


class MonthModel(QAbstractTableModel):
    """The rows under the bars."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[MonthRow, ...] = ()

    def show(self, rows: Sequence[MonthRow]) -> None:
        """Show other rows; where only figures differ, the table is not laid out anew."""
        same = len(rows) == len(self.rows)
        if not same:
            self.beginResetModel()
        self.rows = tuple(rows)
        if same:
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, 1))
        else:
            self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 2

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight if section else Qt.AlignmentFlag.AlignLeft
        return _HEADS[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.value if index.column() else row.label
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.ToolTipRole:
            how = f"\n{say('How is this computed? Click.')}" if row.path else ""
            return f"{row.label}: {row.value}{how}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{row.label}: {row.value}"
        return None

    def as_tsv(self) -> str:
        """For a spreadsheet."""
        return (
            "\n".join((f"{say('Your month')}\tUSD", *(f"{r.label}\t{r.raw}" for r in self.rows)))
            + "\n"
        )


class MonthDelegate(CellDelegate):
    """A swatch, the label, the amount."""

    def paint_cell(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: MonthRow = index.data(ROW_ROLE)
        theme, inner = self.theme, option.rect.adjusted(CELL_PADDING, 0, -CELL_PADDING, 0)
        painter.setFont(font_strong() if row.strong else font_base())
        quiet = row.quiet and index.column() == 0
        painter.setPen(QColor(theme.text2 if quiet else theme.text))
        if index.column():
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(inner, flags, row.value)
            return
        if row.shade is not None:
            box = QRectF(inner.left(), inner.center().y() - 5, 11, 11)
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
            painter.setPen(QPen(QColor(theme.outline), 1))
            painter.setBrush(shade("own", row.shade, theme))
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 2, 2)
            painter.restore()
            inner.setLeft(inner.left() + 20)
        text = painter.fontMetrics().elidedText(
            row.label, Qt.TextElideMode.ElideRight, inner.width()
        )
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter, text)


class MonthTable(HairlineTable):
    """As high as its rows, so that the panel around it scrolls and not the table."""

    def __init__(self, theme: Theme, model: MonthModel) -> None:
        super().__init__()
        self.setObjectName("cost_month_table")
        self.setAccessibleName(say("Your month in USD"))
        self.header = FlatHeader(theme, self)
        self.setHorizontalHeader(self.header)
        self.setModel(model)
        self.setItemDelegate(MonthDelegate(theme, self))
        self.set_row_height(28)
        self.header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.header.setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
        model.dataChanged.connect(self.fit_columns)
        model.modelReset.connect(self.fit_columns)
        for policy in (self.setHorizontalScrollBarPolicy, self.setVerticalScrollBarPolicy):
            policy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        model.modelReset.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        rows = self.model().rowCount() * self.verticalHeader().defaultSectionSize()
        return QSize(260, self.header.height() + rows + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, self.sizeHint().height())

    def fit_columns(self, *_: object) -> None:
        """As wide as the widest figure; a little less moves nothing."""
        model = self.model()
        assert isinstance(model, MonthModel)
        metrics = QFontMetrics(font_strong())
        widths = [metrics.horizontalAdvance(row.value) for row in model.rows]
        needed = max(widths, default=60) + 2 * CELL_PADDING + 2
        now = self.header.sectionSize(1)
        if not now - 24 <= needed <= now:
            self.header.resizeSection(1, needed)


class MonthPanel(QScrollArea):
    """Bars, bill and notes in a column that scrolls.

    Signals:
        explain_requested(str): The path of the figure the user wants explained.
    """

    explain_requested = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("cost_month")
        self.setAccessibleName(say("Your month"))
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        body = QWidget()
        for widget in (self, body, self.viewport()):
            widget.setBackgroundRole(QPalette.ColorRole.Base)
            widget.setAutoFillBackground(True)
        self.bars = BarsView(theme)
        self.bars.explain_requested.connect(self.explain_requested)
        self.model = MonthModel(self)
        self.table = MonthTable(theme, self.model)
        self.table.cell_opened.connect(self._on_opened)
        self.table.copy_requested.connect(self._copy)
        # What to know of a price: not the same quality, old, missing.
        self.note = NoteBox(theme, "cost_note", font_small())
        self.note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.note.hide()
        column = QVBoxLayout(body)
        column.setContentsMargins(16, 6, 14, 12)
        column.setSpacing(8)
        column.addWidget(self.bars)
        column.addWidget(self.table)
        column.addWidget(self.note)
        column.addStretch(1)
        self.setWidget(body)

    def show_month(
        self, bars: Sequence[CostBar], rows: Sequence[MonthRow], notes: Sequence[str]
    ) -> None:
        """Show another month."""
        self.bars.show_bars(bars)
        self.model.show(rows)
        self.table.setVisible(bool(rows))
        self.note.show_note("\n".join(notes))

    def show_rows(self, rows: Sequence[MonthRow]) -> None:
        """Show other rows under the same bars."""
        self.model.show(rows)

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self.bars.set_theme(theme)
        self.note.set_theme(theme)
        delegate = self.table.itemDelegate()
        assert isinstance(delegate, MonthDelegate)
        self.table.header.theme = delegate.theme = theme
        self.table.viewport().update()

    def _on_opened(self, index: QModelIndex) -> None:
        row = self.model.rows[index.row()] if index.isValid() else None
        if row is not None and row.path:
            self.explain_requested.emit(row.path)

    def _copy(self) -> None:
        copy_table(self.model.as_tsv())
