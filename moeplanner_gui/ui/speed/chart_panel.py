"""One chart of speed: the curve, its sentence, and the same as a table. Loads the plot late."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from moeplanner_gui.core.derivation import Confidence
from moeplanner_gui.core.id_words import confidence_words
from moeplanner_gui.core.units import format_count
from moeplanner_gui.core.words import say, upper_first
from moeplanner_gui.export import speed_words as words
from moeplanner_gui.ui.charts.speed_chart import BandChart
from moeplanner_gui.ui.curve_panel import CurvePanel
from moeplanner_gui.ui.tables import Index
from moeplanner_gui.ui.theme import Theme


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
            return upper_first(self._chart.unit_words)
        return f"{upper_first(self._chart.bands[section - 1].label)}, {self._chart.counts}"

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
            return f"{format_count(at)} {self._chart.unit_words}, {head}: {self.data(index)}"
        return None

    def as_tsv(self) -> str:
        """The chart for a spreadsheet, plain numbers."""
        if self._chart is None:
            return ""
        heads = [upper_first(self._chart.unit_words)]
        for shown in self._chart.bands:
            heads += [
                f"{shown.label}, {end}, {self._chart.counts}"
                for end in (say("low"), say("expected"), say("high"))
            ]
        lines = ["\t".join(heads)]
        for at, ranges in self._chart.rows():
            cells = [str(at)]
            for found in ranges:
                cells += [say("{0:.3f}", v) for v in (found.low, found.expected, found.high)]
            lines.append("\t".join(cells))
        return "\n".join(lines) + "\n"


class BandPanel(CurvePanel):
    """A chart of one kind with its sentence.

    Attributes:
        tools: Its buttons, for whoever has a row for them.
    """

    def __init__(
        self, key: str, name: str, path: str, theme: Theme, parent: QWidget | None = None
    ) -> None:
        pieces = ("as_table", "table", "placeholder")
        switch, table, placeholder = (f"speed_{key}_{piece}" for piece in pieces)
        names = (switch, table, placeholder)
        super().__init__(theme, name, path, BandTableModel(), names, parent)
        self._key, self._name = key, name
        self.setObjectName(f"speed_{key}")
        self.setAccessibleName(name)
        self.setProperty("explain_path", path)
        self._sure.setAccessibleName(say("{0}: how is this computed?", name))
        self._sure.setToolTip(say("How is this computed?"))
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

    def show_sure(self, sure: Confidence) -> None:
        """Say how sure the curve is, by mark and word."""
        self._sure.setText(f"{sure.mark} {confidence_words(sure.value)}")

    def _make_plot(self) -> QWidget:
        from moeplanner_gui.ui.speed.plot import BandPlot

        return BandPlot(self._theme, f"speed_{self._key}_plot", self._name)
