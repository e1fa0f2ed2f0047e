"""A chart of curves with its sentence and the same as a table; the plot is loaded late."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, Qt, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QHeaderView, QSizePolicy, QToolButton, QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.bars import escape
from moeplanner_gui.ui.chart_pieces import ChartPlaceholder, TintedLabel
from moeplanner_gui.ui.chart_stack import ChartStack
from moeplanner_gui.ui.fonts import font_base
from moeplanner_gui.ui.icons import icon
from moeplanner_gui.ui.later import later
from moeplanner_gui.ui.tables import FlatHeader, HairlineTable, TextDelegate, copy_table
from moeplanner_gui.ui.theme import Theme

WAITING = say("Drawing the curve…")


class CurvePanel(QWidget):
    """What a panel of a chart is made of; a subclass lays it out and makes the plot.

    Its table model has ``show(chart)`` and ``as_tsv()``.

    Signals:
        explain_requested(str): The path of the figure the user wants explained.
    """

    explain_requested = Signal(str)

    def __init__(
        self,
        theme: Theme,
        name: str,
        path: str,
        model: Any,
        names: tuple[str, str, str],
        parent: QWidget | None = None,
    ) -> None:
        """Make the pieces.

        Args:
            theme: The colours.
            name: What the chart shows.
            path: The figure that is explained.
            model: The chart as a table.
            names: Object names of the switch to the table, of the table and of the placeholder.
            parent: The widget that owns it.
        """
        super().__init__(parent)
        self._theme, self._path = theme, path
        self._chart: Any = None
        self._plot: Any = None
        self._painted = False
        self._sentence = TintedLabel("text2", font_base(), theme)
        self._sentence.setWordWrap(True)
        self._sentence.setTextFormat(Qt.TextFormat.RichText)
        self._sure = QToolButton()
        self._sure.setProperty("link", True)
        self._sure.setText(say("≈ modelled"))
        self._sure.clicked.connect(self._on_explain)
        switch, table, placeholder = names
        self._as_table = QToolButton()
        self._as_table.setObjectName(switch)
        self._as_table.setCheckable(True)
        self._as_table.setIcon(icon("table", theme))
        self._as_table.setAccessibleName(say("Show the curve as a table"))
        self._as_table.setToolTip(say("Show the curve as a table"))
        self._as_table.toggled.connect(self._show_page)
        self._placeholder = ChartPlaceholder(theme, name, placeholder)
        self._model = model
        assert isinstance(model, QAbstractTableModel)
        model.setParent(self)
        self._table = HairlineTable()
        self._table.setObjectName(table)
        self._table.setAccessibleName(say("{0} as numbers", name))
        self._header = FlatHeader(theme, self._table)
        self._table.setHorizontalHeader(self._header)
        self._table.setModel(model)
        self._delegate = TextDelegate(theme, self._table)
        self._table.setItemDelegate(self._delegate)
        self._table.set_row_height(26)
        self._header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self._table.copy_requested.connect(self._copy)
        self._stack = ChartStack()
        self._stack.addWidget(self._placeholder)
        self._stack.addWidget(self._table)
        self._stack.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def _make_plot(self) -> Any:
        """The plot; imports pyqtgraph."""
        raise NotImplementedError

    @property
    def chart(self) -> Any:
        """What is shown."""
        return self._chart

    @property
    def plot(self) -> Any:
        """The plot, None until it was loaded."""
        return self._plot

    def show_chart(self, chart: Any, why_none: str = "") -> None:
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
            later(0, self, self.load_plot)

    def load_plot(self) -> None:
        """Import pyqtgraph and put the plot where its placeholder is."""
        if self._plot is not None:
            return
        self._plot = self._make_plot()
        self._stack.addWidget(self._plot)
        self._plot.show_chart(self._chart)
        self._show_page()

    def _show_page(self, *_: object) -> None:
        self._sure.setVisible(self._chart is not None)
        self._as_table.setVisible(self._chart is not None)
        if self._chart is None:
            self._stack.show_page(self._placeholder)
        elif self._as_table.isChecked():
            self._stack.show_page(self._table)
        else:
            self._stack.show_curve(self._plot or self._placeholder)

    def _on_explain(self) -> None:
        self.explain_requested.emit(self._path)

    def _copy(self) -> None:
        copy_table(self._model.as_tsv())
