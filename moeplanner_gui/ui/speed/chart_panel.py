"""One chart of speed: the curve, its sentence, and the same as a table. Loads the plot late."""

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

from moeplanner_gui.core.derivation import Confidence
from moeplanner_gui.core.units import format_count
from moeplanner_gui.export import speed_words as words
from moeplanner_gui.ui.bars import escape
from moeplanner_gui.ui.chart_pieces import ChartPlaceholder, TintedLabel
from moeplanner_gui.ui.charts.speed_chart import BandChart
from moeplanner_gui.ui.fonts import font_base
from moeplanner_gui.ui.icons import icon
from moeplanner_gui.ui.tables import FlatHeader, HairlineTable, Index, TextDelegate, copy_text
from moeplanner_gui.ui.theme import Theme

WAITING = "Drawing the curve…"


class BandTableModel(QAbstractTableModel):
    """A chart as numbers: low, expected and high of every band at every place."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._chart: BandChart | None = None

    def show(self, chart: BandChart | None) -> None:
        """Show another chart."""
        self.beginResetModel()
        self._chart = chart
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() or self._chart is None else len(self._chart.rows())

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() or self._chart is None else 1 + len(self._chart.bands)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if self._chart is None or orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if section == 0:
            return self._chart.unit.capitalize()
        return f"{self._chart.bands[section - 1].label.capitalize()}, {self._chart.counts}"

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if self._chart is None or not index.isValid():
            return None
        at, ranges = self._chart.rows()[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            if index.column() == 0:
                return format_count(at)
            found = ranges[index.column() - 1]
            if self._chart.counts == "s":
                return words.wait(found)
            return f"{words.figure(found.expected)} ({words.band(found)})"
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.AccessibleTextRole:
            head = self.headerData(index.column(), Qt.Orientation.Horizontal)
            return f"{format_count(at)} {self._chart.unit}, {head}: {self.data(index)}"
        return None

    def as_tsv(self) -> str:
        """The chart for a spreadsheet, plain numbers."""
        if self._chart is None:
            return ""
        heads = [self._chart.unit.capitalize()]
        for shown in self._chart.bands:
            heads += [
                f"{shown.label}, {end}, {self._chart.counts}" for end in ("low", "expected", "high")
            ]
        lines = ["\t".join(heads)]
        for at, ranges in self._chart.rows():
            cells = [str(at)]
            for found in ranges:
                cells += [f"{v:.3f}" for v in (found.low, found.expected, found.high)]
            lines.append("\t".join(cells))
        return "\n".join(lines) + "\n"


class BandPanel(QWidget):
    """A chart of one kind with its sentence.

    Attributes:
        tools: Its buttons, for whoever has a row for them.

    Signals:
        explain_requested(str): The path of the figure the user wants explained.
    """

    explain_requested = Signal(str)

    def __init__(
        self, key: str, name: str, path: str, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._key, self._name, self._path, self._theme = key, name, path, theme
        self._chart: BandChart | None = None
        self._plot: QWidget | None = None
        self._painted = False
        self.setObjectName(f"speed_{key}")
        self.setAccessibleName(name)
        self.setProperty("explain_path", path)
        self._sentence = TintedLabel("text2", font_base(), theme)
        self._sentence.setWordWrap(True)
        self._sentence.setTextFormat(Qt.TextFormat.RichText)
        self._sure = QToolButton()
        self._sure.setProperty("link", True)
        self._sure.setText("≈ modelled")
        self._sure.setAccessibleName(f"{name}: how is this computed?")
        self._sure.setToolTip("How is this computed?")
        self._sure.clicked.connect(self._on_explain)
        self._as_table = QToolButton()
        self._as_table.setObjectName(f"speed_{key}_as_table")
        self._as_table.setCheckable(True)
        self._as_table.setIcon(icon("table", theme))
        self._as_table.setAccessibleName("Show the curve as a table")
        self._as_table.setToolTip("Show the curve as a table")
        self._as_table.toggled.connect(self._show_page)
        self._placeholder = ChartPlaceholder(theme, name, f"speed_{key}_placeholder")
        self._model = BandTableModel(self)
        self._table = HairlineTable()
        self._table.setObjectName(f"speed_{key}_table")
        self._table.setAccessibleName(f"{name} as numbers")
        self._header = FlatHeader(theme, self._table)
        self._table.setHorizontalHeader(self._header)
        self._table.setModel(self._model)
        self._delegate = TextDelegate(theme, self._table)
        self._table.setItemDelegate(self._delegate)
        self._table.set_row_height(26)
        self._header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self._table.copy_requested.connect(self._copy)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._placeholder)
        self._stack.addWidget(self._table)
        self._stack.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.tools = QWidget(self)
        tools = QHBoxLayout(self.tools)
        tools.setContentsMargins(0, 0, 0, 0)
        tools.setSpacing(4)
        tools.addWidget(self._sure)
        tools.addWidget(self._as_table)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 2, 12, 6)
        layout.setSpacing(2)
        layout.addWidget(self._stack, 1)
        layout.addWidget(self._sentence)

    @property
    def chart(self) -> BandChart | None:
        """What is shown."""
        return self._chart

    @property
    def plot(self) -> QWidget | None:
        """The plot, None until it was loaded."""
        return self._plot

    def show_chart(self, chart: BandChart | None, why_none: str = "") -> None:
        """Show a chart, or the reason why there is none."""
        self._chart = chart
        self._model.show(chart)
        self._placeholder.show_text(WAITING if chart is not None else why_none)
        if chart is None:
            self._sentence.setText("")
        else:
            start, rest = (escape(part) for part in chart.sentence)
            self._sentence.setText(f'<b style="color:{self._theme.text}">{start}</b> {rest}')
        if self._plot is not None:
            self._plot.show_chart(chart)
        self._show_page()

    def show_sure(self, sure: Confidence) -> None:
        """Say how sure the curve is, by mark and word."""
        self._sure.setText(f"{sure.mark} {sure.value}")

    def set_compact(self, compact: bool) -> None:
        """Leave the room of the sentence to the curve, which says the same."""
        self._sentence.setVisible(not compact)

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self._theme = theme
        self._sentence.set_theme(theme)
        self._placeholder.set_theme(theme)
        self._as_table.setIcon(icon("table", theme))
        self._header.theme = self._delegate.theme = theme
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
        from moeplanner_gui.ui.speed.plot import BandPlot

        self._plot = BandPlot(self._theme, f"speed_{self._key}_plot", self._name)
        self._stack.addWidget(self._plot)
        self._plot.show_chart(self._chart)
        self._show_page()

    def _show_page(self, *_: object) -> None:
        self._sure.setVisible(self._chart is not None)
        self._as_table.setVisible(self._chart is not None)
        if self._chart is None:
            page: QWidget = self._placeholder
        elif self._as_table.isChecked():
            page = self._table
        else:
            page = self._plot or self._placeholder
        self._stack.setCurrentWidget(page)

    def _on_explain(self) -> None:
        self.explain_requested.emit(self._path)

    def _copy(self) -> None:
        copy_text(self._model.as_tsv())
