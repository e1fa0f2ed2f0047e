"""A cost chart with its words, and the same as a table for reading, copying and screen readers."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.words import lowered, say
from moeplanner_gui.ui.chart_pieces import ChartPlaceholder, TintedLabel
from moeplanner_gui.ui.chart_stack import ChartStack
from moeplanner_gui.ui.charts.cost_chart import CostChart, TornadoChart
from moeplanner_gui.ui.cost.plot import CostPlot, TornadoPlot
from moeplanner_gui.ui.fonts import font_base, font_small
from moeplanner_gui.ui.icons import icon
from moeplanner_gui.ui.row_model import RowModel
from moeplanner_gui.ui.tables import FlatHeader, HairlineTable, Index, TextDelegate, copy_table
from moeplanner_gui.ui.theme import Theme

Cells = tuple[tuple[str, ...], ...]


class CellsModel(RowModel):
    """A table of texts; the first column is left-aligned, all others right."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent=parent)

    def show(self, head: tuple[str, ...], cells: Cells) -> None:
        """Show other cells."""
        self.beginResetModel()
        self.head, self.right, self.rows = head, range(1, len(head)), cells
        self.endResetModel()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        text = self.rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return text
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if index.column() else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.AccessibleTextRole:
            row = self.rows[index.row()][0]
            return f"{row}, {self.head[index.column()]}: {text}" if index.column() else text
        return None

    def as_tsv(self) -> str:
        """For a spreadsheet."""
        lines = ["\t".join(self.head), *("\t".join(row) for row in self.rows)]
        return "\n".join(lines) + "\n" if self.head else ""


def chart_cells(chart: CostChart) -> tuple[tuple[str, ...], Cells]:
    """A cost chart as numbers: low, expected and high of each line, at ticks and named places."""
    head = [say("Tokens a month") if chart.key == "monthly" else say("Month")]
    for line in chart.lines:
        name = line.label.partition(" $")[0]
        head.append(say("{0}, USD", name))
    places = {*chart.x.ticks, *(mark.x for mark in chart.marks)}
    places |= {at for at in (chart.plan_x, chart.limit_x) if at is not None}
    if chart.key == "monthly":
        places |= {tick * part for tick in chart.x.ticks for part in (2, 5)}
    rows = []
    for at in sorted(place for place in places if chart.x.low <= place <= chart.x.high * 1.0001):
        cells = [chart.x_text(at)]
        for line in chart.lines:
            text = say("{0:,.2f}", line.value_at(at))
            if line.low and line.high:
                low, high = line.value_at(at, "low"), line.value_at(at, "high")
                text = f"{text} ({say('{0:,.0f}–{1:,.0f}', low, high)})"
            cells.append(text)
        rows.append(tuple(cells))
    return tuple(head), tuple(rows)


def tornado_cells(chart: TornadoChart) -> tuple[tuple[str, ...], Cells]:
    """The tornado as numbers."""
    rows = tuple(
        (
            s.label,
            s.low_input,
            say("{0:,.2f}", s.low_usd),
            s.high_input,
            say("{0:,.2f}", s.high_usd),
        )
        for s in chart.swings
    )
    return (
        say("Input"),
        say("Low end"),
        say("USD a month"),
        say("High end"),
        f"{say('USD a month')} ",
    ), rows


class CostChartPanel(QWidget):
    """A chart, the words under it, and the same as a table behind a button.

    Attributes:
        tools: Its button, for whoever has a row for it.

    Signals:
        explain_requested(str): The path of the figure the user wants explained.
    """

    explain_requested = Signal(str)

    def __init__(self, key: str, name: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._chart: CostChart | TornadoChart | None = None
        self.setObjectName(f"cost_{key}")
        self.setAccessibleName(name)
        if key == "tornado":
            self.plot: CostPlot | TornadoPlot = TornadoPlot(theme)
        else:
            self.plot = CostPlot(theme, f"cost_{key}_plot", name)
            self.plot.explain_requested.connect(self.explain_requested)
        self._placeholder = ChartPlaceholder(theme, name, f"cost_{key}_placeholder")
        self.model = CellsModel(self)
        self._filled: CostChart | TornadoChart | None = None
        self._table = HairlineTable()
        self._table.setObjectName(f"cost_{key}_table")
        self._table.setAccessibleName(say("{0} as numbers", name))
        self._header = FlatHeader(theme, self._table)
        self._table.setHorizontalHeader(self._header)
        self._table.setModel(self.model)
        self._delegate = TextDelegate(theme, self._table)
        self._table.setItemDelegate(self._delegate)
        self._table.set_row_height(26)
        self._header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self._table.copy_requested.connect(self.copy)
        self._stack = ChartStack()
        self._page: QWidget = self.plot
        if key == "tornado":
            # Rows keep their height; a low tab scrolls.
            area = QScrollArea()
            area.setWidget(self.plot)
            area.setWidgetResizable(True)
            area.setFrameShape(QFrame.Shape.NoFrame)
            area.setAccessibleName(name)
            area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self._page = area
        for page in (self._placeholder, self._page, self._table):
            self._stack.addWidget(page)
        self._words = TintedLabel("text2", font_base(), theme)
        self._words.setWordWrap(True)
        self._foot = TintedLabel("text3", font_small(), theme)
        self._foot.setWordWrap(True)
        self.tools = QWidget(self)
        row = QHBoxLayout(self.tools)
        row.setContentsMargins(0, 0, 0, 0)
        self.as_table = QToolButton()
        self.as_table.setObjectName(f"cost_{key}_as_table")
        self.as_table.setCheckable(True)
        self.as_table.setIcon(icon("table", theme))
        self.as_table.setAccessibleName(say("Show {0} as a table", lowered(name)))
        self.as_table.setToolTip(say("Show as a table"))
        self.as_table.toggled.connect(self._show_page)
        row.addWidget(self.as_table)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 2, 12, 6)
        column.setSpacing(3)
        column.addWidget(self._stack, 1)
        column.addWidget(self._words)
        column.addWidget(self._foot)

    @property
    def chart(self) -> CostChart | TornadoChart | None:
        """What is shown."""
        return self._chart

    def show_chart(self, chart: CostChart | TornadoChart | None, why_none: str = "") -> None:
        """Show a chart, or why there is none."""
        self._chart = chart
        if chart is None:
            self._placeholder.show_text(why_none)
            self._words.setText("")
            self._foot.setText("")
        else:
            self.plot.show_chart(chart)  # type: ignore[arg-type]
            # The sentence of the month stands over all charts already.
            monthly = isinstance(chart, CostChart) and chart.key == "monthly"
            self._words.setText("" if monthly else chart.sentence)
            self._foot.setText(chart.footer if isinstance(chart, CostChart) else "")
        self._show_page()

    def set_compact(self, compact: bool) -> None:
        """Leave the room of the words to the chart."""
        self._words.setVisible(not compact and bool(self._words.text()))
        self._foot.setVisible(not compact and bool(self._foot.text()))

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self._theme = theme
        for piece in (self.plot, self._placeholder, self._words, self._foot):
            piece.set_theme(theme)
        self.as_table.setIcon(icon("table", theme))
        self._header.theme = self._delegate.theme = theme
        self._table.viewport().update()

    def _show_page(self, *_: object) -> None:
        chart = self._chart
        self.as_table.setEnabled(chart is not None)
        if chart is None:
            self._stack.show_page(self._placeholder)
        elif self.as_table.isChecked():
            self._fill()
            self._stack.show_page(self._table)
        elif self._page is self.plot:
            self._stack.show_curve(self.plot)
        else:
            self._stack.show_page(self._page)

    def _fill(self) -> None:
        """The table costs more than the chart: it is filled when it is looked at."""
        if self._filled is self._chart or self._chart is None:
            return
        self._filled = self._chart
        cells = tornado_cells if isinstance(self._chart, TornadoChart) else chart_cells
        self.model.show(*cells(self._chart))  # type: ignore[operator]

    def as_tsv(self) -> str:
        """The chart for a spreadsheet; "" without one."""
        self._fill()
        return self.model.as_tsv() if self._chart is not None else ""

    def copy(self) -> None:
        """Put the chart's numbers on the clipboard."""
        copy_table(self.as_tsv())
