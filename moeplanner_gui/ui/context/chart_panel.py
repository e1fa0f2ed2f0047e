"""Memory against context: chart, sentence, and the same as a table. Loads the plot late."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from moeplanner_gui.core.units import format_count
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.chart_pieces import HEAD_HEIGHT, TintedLabel
from moeplanner_gui.ui.charts.axes import context_label
from moeplanner_gui.ui.charts.context_chart import ContextChart
from moeplanner_gui.ui.curve_panel import CurvePanel
from moeplanner_gui.ui.fonts import font_heading
from moeplanner_gui.ui.theme import Theme

NAME = say("Memory against context")


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
        return (say("Tokens"), *curves, say("Free, {0}", self._chart.unit))[section]

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if self._chart is None or not index.isValid():
            return None
        tokens, column = self._contexts[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            if column == 0:
                return format_count(tokens)
            if column == self.columnCount() - 1:
                free = self._chart.usable_bytes - self._used(0, tokens)
                return say("{0:,.2f}", free / self._chart.unit_bytes).replace("-", "−")
            return say("{0:,.2f}", self._used(column - 1, tokens) / self._chart.unit_bytes)
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


class ChartPanel(CurvePanel):
    """The right half of the Context tab."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        names = ("context_chart_as_table", "context_curve_table", "context_placeholder")
        super().__init__(theme, NAME, "max_context_tokens", CurveTableModel(), names, parent)
        self._sure.setAccessibleName(say("How is the longest context computed?"))
        self._sure.setToolTip(say("How is the longest context computed?"))
        self._heading = TintedLabel("text", font_heading(), theme)
        self._heading.setText(NAME)
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

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self._heading.set_theme(theme)
        super().set_theme(theme)

    def _make_plot(self) -> QWidget:
        from moeplanner_gui.ui.context.plot import ContextPlot

        return ContextPlot(self._theme)
