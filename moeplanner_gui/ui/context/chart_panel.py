"""Memory against context: chart, sentence, and the same as a table. Loads the plot late."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.units import format_count
from moeplanner_gui.ui.chart_pieces import HEAD_HEIGHT, ChartPlaceholder, TintedLabel
from moeplanner_gui.ui.charts.axes import context_label
from moeplanner_gui.ui.charts.context_chart import ContextChart
from moeplanner_gui.ui.fonts import font_base, font_heading
from moeplanner_gui.ui.icons import icon
from moeplanner_gui.ui.tables import FlatHeader, HairlineTable, TextDelegate, copy_text
from moeplanner_gui.ui.theme import Theme


class CurveTableModel(QAbstractTableModel):
    """The curves as numbers: one row for each doubling of the context."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._chart: ContextChart | None = None
        self._contexts: tuple[int, ...] = ()

    def show(self, chart: ContextChart | None) -> None:
        """Show other curves."""
        self.beginResetModel()
        self._chart = chart
        self._contexts = ()
        if chart is not None:
            found = {int(tick) for tick in chart.x.ticks} | {chart.plan_tokens}
            found |= {c.longest for c in chart.curves if c.longest}
            self._contexts = tuple(sorted(c for c in found if c <= chart.x.high))
        self.endResetModel()

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._contexts)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() or self._chart is None else len(self._chart.curves) + 2

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if self._chart is None or orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        curves = (f"{curve.label}, {self._chart.unit}" for curve in self._chart.curves)
        return ("Tokens", *curves, f"Free, {self._chart.unit}")[section]

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if self._chart is None or not index.isValid():
            return None
        tokens, column = self._contexts[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            if column == 0:
                return format_count(tokens)
            if column == self.columnCount() - 1:
                free = self._chart.usable_bytes - self._used(0, tokens)
                return f"{free / self._chart.unit_bytes:,.2f}".replace("-", "−")
            return f"{self._used(column - 1, tokens) / self._chart.unit_bytes:,.2f}"
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.AccessibleTextRole:
            head = self.headerData(column, Qt.Orientation.Horizontal)
            return f"{context_label(tokens)}, {head}: {self.data(index)}"
        return None

    def _used(self, curve: int, tokens: int) -> float:
        assert self._chart is not None
        shown = self._chart.curves[curve]
        if tokens == shown.longest:
            return shown.longest_used_bytes
        if curve == 0 and tokens == self._chart.plan_tokens:
            return self._chart.plan_used_bytes
        return shown.used_at(tokens)

    def as_tsv(self) -> str:
        """The curves for a spreadsheet."""
        columns = range(self.columnCount())
        lines = ["\t".join(str(self.headerData(c, Qt.Orientation.Horizontal)) for c in columns)]
        for row in range(self.rowCount()):
            cells = (str(self.data(self.index(row, c))) for c in columns)
            lines.append("\t".join(cell.replace(",", "").replace("−", "-") for cell in cells))
        return "\n".join(lines) + "\n"


class ChartPanel(QWidget):
    """The right half of the Context tab.

    Signals:
        explain_requested(str): The path of the figure the user wants explained.
    """

    explain_requested = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._chart: ContextChart | None = None
        self._plot: QWidget | None = None
        self._painted = False
        self._heading = TintedLabel("text", font_heading(), theme)
        self._heading.setText("Memory against context")
        self._sure = QToolButton()
        self._sure.setProperty("link", True)
        self._sure.setText("≈ modelled")
        self._sure.setAccessibleName("How is the longest context computed?")
        self._sure.setToolTip("How is the longest context computed?")
        self._sure.clicked.connect(self._on_explain)
        self._as_table = QToolButton()
        self._as_table.setObjectName("context_chart_as_table")
        self._as_table.setCheckable(True)
        self._as_table.setIcon(icon("table", theme))
        self._as_table.setAccessibleName("Show the curve as a table")
        self._as_table.setToolTip("Show the curve as a table")
        self._as_table.toggled.connect(self._show_page)
        self._placeholder = ChartPlaceholder(theme, "Memory against context", "context_placeholder")
        self._curve_model = CurveTableModel(self)
        self._curve_table = HairlineTable()
        self._curve_table.setObjectName("context_curve_table")
        self._curve_table.setAccessibleName("Memory against context as numbers")
        self._curve_header = FlatHeader(theme, self._curve_table)
        self._curve_table.setHorizontalHeader(self._curve_header)
        self._curve_table.setModel(self._curve_model)
        self._curve_delegate = TextDelegate(theme, self._curve_table)
        self._curve_table.setItemDelegate(self._curve_delegate)
        self._curve_table.set_row_height(26)
        self._curve_header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self._curve_table.copy_requested.connect(self._copy_curves)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._placeholder)
        self._stack.addWidget(self._curve_table)
        self._stack.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._sentence = TintedLabel("text2", font_base(), theme)
        self._sentence.setWordWrap(True)
        self._sentence.setTextFormat(Qt.TextFormat.RichText)
        head = QHBoxLayout()
        self._heading.setMinimumHeight(HEAD_HEIGHT)
        head.addWidget(self._heading)
        head.addStretch()
        head.addWidget(self._sure)
        head.addWidget(self._as_table)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 6, 16, 8)
        layout.setSpacing(6)
        layout.addLayout(head)
        layout.addWidget(self._stack, 1)
        layout.addWidget(self._sentence)

    @property
    def chart(self) -> ContextChart | None:
        """What is shown."""
        return self._chart

    @property
    def plot(self) -> QWidget | None:
        """The plot, None until it was loaded."""
        return self._plot

    def show_chart(self, chart: ContextChart | None, why_none: str = "") -> None:
        """Show a chart, or the reason why there is none."""
        self._chart = chart
        self._curve_model.show(chart)
        self._placeholder.show_text("Drawing the curve…" if chart is not None else why_none)
        if chart is None:
            self._sentence.setText("")
        else:
            start, rest = chart.sentence
            color = self._theme.text
            self._sentence.setText(f'<b style="color:{color}">{start}</b> {rest}')
        if self._plot is not None:
            self._plot.show_chart(chart)
        self._show_page()

    def set_compact(self, compact: bool) -> None:
        """Leave out the sentence, which the verdict says too, when there is little room."""
        self._sentence.setVisible(not compact)

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self._theme = theme
        for piece in (self._heading, self._sentence, self._placeholder):
            piece.set_theme(theme)
        self._as_table.setIcon(icon("table", theme))
        self._curve_header.theme = theme
        self._curve_delegate.theme = theme
        if self._plot is not None:
            self._plot.set_theme(theme)
        if self._chart is not None:
            self.show_chart(self._chart)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            # pyqtgraph takes almost half a second to import; the tab is on the screen before.
            QTimer.singleShot(0, self, self.load_plot)

    def load_plot(self) -> None:
        """Import pyqtgraph and put the plot where its placeholder is."""
        if self._plot is not None:
            return
        from moeplanner_gui.ui.context.plot import ContextPlot

        self._plot = ContextPlot(self._theme)
        self._stack.addWidget(self._plot)
        self._plot.show_chart(self._chart)
        self._show_page()

    def _show_page(self, *_: object) -> None:
        self._sure.setVisible(self._chart is not None)
        self._as_table.setVisible(self._chart is not None)
        if self._chart is None:
            page: QWidget = self._placeholder
        elif self._as_table.isChecked():
            page = self._curve_table
        else:
            page = self._plot or self._placeholder
        self._stack.setCurrentWidget(page)

    def _on_explain(self) -> None:
        self.explain_requested.emit("max_context_tokens")

    def _copy_curves(self) -> None:
        copy_text(self._curve_model.as_tsv())
