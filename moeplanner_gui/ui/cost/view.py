"""The Cost tab. Shows what owning, renting and an API cost; its edits are inputs of the plan."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QPalette, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QLayout,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.cost.api_bill import ApiPrice
from moeplanner_gui.core.cost.curves import POINTS, time_curves, volume_curves, with_api
from moeplanner_gui.core.cost.sensitivity import tornado
from moeplanner_gui.core.cost.study import Study, study_of
from moeplanner_gui.core.ports import UnknownEntryError
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.answer_label import AnswerLabel
from moeplanner_gui.ui.charts.cost_facts import (
    cumulative_chart,
    month_bars,
    month_rows,
    monthly_chart,
    tornado_chart,
)
from moeplanner_gui.ui.cost import prices
from moeplanner_gui.ui.cost.answer_block import AnswerBlock
from moeplanner_gui.ui.cost.chart_panel import CostChartPanel
from moeplanner_gui.ui.cost.drawing import Drawing
from moeplanner_gui.ui.cost.inputs import InputsPanel
from moeplanner_gui.ui.cost.month import MonthPanel
from moeplanner_gui.ui.cost.plot import CostPlot
from moeplanner_gui.ui.cost.words import Nothing, answer_pieces, why_nothing
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.fonts import font_answer, font_base
from moeplanner_gui.ui.message import MessagePanel
from moeplanner_gui.ui.pages import Pages
from moeplanner_gui.ui.split import RuledSplitter
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.tables import copy_table
from moeplanner_gui.ui.theme import Theme

DELAY_MS = 120
"""Draws wait until the edits pause."""
SLIDING_POINTS = 21
"""While a slider moves the lines have fewer points; the draws after it bring them all back."""
LOW_PX = 300
"""In a lower tab the curves come first: the words under them wait until there is room."""
WIDE_PX = 1700
"""From here the inputs stand beside the month instead of behind a chip."""
COPY_ACTION = "cost.copy_table"
PRICES_ACTION = "cost.my_prices"
ADVICE_ACTION = "rig.advice"
NO_USE = say("Without tokens there is nothing to draw. Set the tokens a month under Inputs.")
NO_RANGE = say("Every input was typed: nothing has a range.")


class CostView(QWidget):
    """The sentence over charts, the month and its inputs.

    Signals:
        explain_requested(str): The path of the figure the user wants explained.
        finished(): Everything is worked out for the plan as it is.
    """

    explain_requested = Signal(str)
    finished = Signal()

    def __init__(
        self,
        document: PlanDocument,
        actions: Actions,
        themes: ThemeProvider,
        parent: QWidget | None = None,
        *,
        today: Callable[[], date] = date.today,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("cost_view")
        self.setAccessibleName(say("Cost"))
        self._document, self._actions, self._themes = document, actions, themes
        self._today = today
        self._study: Study | None = None
        self._others: tuple[tuple[str, ApiPrice], ...] = ()
        self._drawn: object = None
        self._step: Nothing | None = None
        self._stale: set[str] = set()
        self._refresh = _single_shot(self, 0, self._show)
        self._delay = _single_shot(self, DELAY_MS, self._draw)
        self._drawing = Drawing(self)
        self._drawing.drawn.connect(self._on_drawn)
        theme = themes.theme
        self._make_places()
        self.answer = AnswerLabel("text", font_answer(), theme, self._formula)
        self.answer.setObjectName("cost_answer")
        self.details = AnswerLabel("text2", font_base(), theme, self._formula)
        self.details.setObjectName("cost_details")
        self.monthly = CostChartPanel(
            "monthly", say("Monthly cost against tokens"), theme, self.charts.place
        )
        self.cumulative = CostChartPanel(
            "cumulative", say("All that was paid against months"), theme, self.charts.place
        )
        self.tornado = CostChartPanel(
            "tornado", say("What moves the cost of owning most"), theme, self.charts.place
        )
        self.month = MonthPanel(theme, self.side.place)
        self.inputs = InputsPanel(document, themes, self.side.place, today=today)
        self.message = MessagePanel(theme)
        self.message.setObjectName("cost_message")
        self.next_step = QPushButton()
        self.next_step.setObjectName("cost_next_step")
        self.next_step.setAccessibleName(say("The next step"))
        self.next_step.clicked.connect(self._on_next_step)
        for label in (self.answer, self.details, self.monthly, self.cumulative, self.month):
            label.explain_requested.connect(self.explain_requested)
        self.inputs.prices_wanted.connect(self.open_prices)
        self.inputs.settled.connect(self._on_settled)
        self._lay_out()
        self._add_actions()
        document.assessment_changed.connect(self._on_assessment_changed)
        themes.theme_changed.connect(self._on_theme_changed)

    # Building --------------------------------------------------------------------------------

    def _make_places(self) -> None:
        """From the outside in: a subtree that changes its parent is styled and laid out again."""
        self._splitter = RuledSplitter(Qt.Orientation.Horizontal, panel_widths, self)
        self._splitter.setObjectName("cost_splitter")
        self._stack = QStackedWidget(self._splitter)
        self.charts = Pages(say("Cost curves"), "cost", self._stack)
        self.side = Pages(say("Month and inputs"), "cost", self._splitter)
        self.far_side = Pages(say("Inputs"), "cost_far", self._splitter)

    def _lay_out(self) -> None:
        top = AnswerBlock(self.answer, self.details)
        self.charts.set_pages(
            [
                ("monthly", say("By tokens"), self.monthly),
                ("cumulative", say("Payback"), self.cumulative),
                ("tornado", say("What matters"), self.tornado),
            ]
        )
        self.charts.page_changed.connect(self._on_page_changed)
        nothing = QWidget(self._stack)
        below = QVBoxLayout(nothing)
        below.setContentsMargins(0, 8, 0, 12)
        below.addStretch(1)
        below.addWidget(self.message)
        below.addWidget(self.next_step, 0, Qt.AlignmentFlag.AlignHCenter)
        below.addStretch(1)
        self.message.setMaximumHeight(9 * self.fontMetrics().height())
        self._stack.addWidget(self.charts)
        self._stack.addWidget(nothing)
        for part in (nothing, self._stack):
            part.setBackgroundRole(QPalette.ColorRole.Base)
            part.setAutoFillBackground(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        # The words give way in a low tab; counted before, they would keep it from getting low.
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        column.addWidget(top)
        column.addWidget(self._splitter, 1)
        self._is_wide: bool | None = None
        self._arrange()

    def _arrange(self) -> None:
        """Three columns where there is room, two with chips else."""
        wide = self.width() >= WIDE_PX
        if wide == self._is_wide:
            return
        self._is_wide = wide
        month, inputs = (
            ("month", say("Your month"), self.month),
            ("inputs", say("Inputs"), self.inputs),
        )
        if wide:
            self.side.set_pages([month])
            self.far_side.set_pages([inputs])
        else:
            self.far_side.set_pages([])
            self.side.set_pages([month, inputs])
        self.far_side.setVisible(wide)

    def _add_actions(self) -> None:
        if COPY_ACTION not in self._actions:
            self._actions.add(
                COPY_ACTION,
                say("Copy cost tables"),
                self.copy_table,
                tip=say("Copies the month, the curves and the ranges as text for a spreadsheet."),
                icon="copy",
                menu="Edit",
            )
        if PRICES_ACTION not in self._actions:
            self._actions.add(
                PRICES_ACTION,
                say("My prices…"),
                self.open_prices,
                tip=say("Your own price list: type prices, import a CSV, fetch newer API prices."),
                icon="edit",
                menu="Edit",
            )

    def show_page(self, key: str) -> None:
        """Show "monthly", "cumulative", "tornado", "month" or "inputs"."""
        for pages in (self.charts, self.side, self.far_side):
            if pages.has(key):
                pages.show_page(key)

    def minimumSizeHint(self) -> QSize:
        return QSize(480, 160)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
        self._make_room()

    def _make_room(self) -> None:
        for panel in (self.monthly, self.cumulative, self.tornado):
            panel.set_compact(self.height() < LOW_PX)

    # What the document says --------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._refresh.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._delay.stop()

    def _on_assessment_changed(self, _assessment: object) -> None:
        # A tab that nobody sees waits until it is looked at.
        if self.isVisible():
            self._refresh.start()
            self.inputs.refresh()

    def _show(self) -> None:
        """The sentence, the month and the chart that is seen at once; draws when edits pause."""
        document = self._document
        plan, assessment = document.plan, document.assessment
        self._delay.stop()
        self._drawn = None
        self._stale = {"monthly", "cumulative", "tornado"}
        self._step = why_nothing(plan, assessment)
        try:
            self._study = study_of(plan, assessment, document.catalog)
        except UnknownEntryError:
            # A row of the plan is gone; the window says so elsewhere.
            self._study = None
        if self._step is not None or self._study is None:
            self._study = None
            self._show_nothing(self._step)
            self.finished.emit()
            return
        self._stack.setCurrentIndex(0)
        cost = assessment.cost
        answer, details = answer_pieces(cost)
        self.answer.show_pieces(answer)
        self.details.show_pieces(details)
        self._others = prices.other_prices(plan, document.catalog.tariffs)
        bills = [
            (name, float(bill))
            for name, price in self._others
            if (bill := with_api(self._study, name, price).month.api_usd) is not None
        ]
        bars = month_bars(cost, self._study.inputs, bills)
        self.month.show_month(bars, month_rows(plan, cost), cost.because)
        self._show_chart(self.charts.current)
        self._delay.start()

    def _show_nothing(self, why: Nothing | None) -> None:
        """Why there are no figures, and the next step."""
        self.answer.show_pieces(())
        self.details.show_pieces(())
        cost = self._document.assessment.cost
        self.month.show_month((), (), cost.because)
        if why is None:
            return
        icon, token = ("info", "text2") if why.step in ("hardware", "none") else ("help", "text2")
        if why.step == "advice":
            icon, token = "error", "error"
        self.message.show_message(icon, token, why.title, why.text)
        self.next_step.setText(why.button)
        self.next_step.setAccessibleName(why.button or say("The next step"))
        self.next_step.setVisible(bool(why.button))
        self._stack.setCurrentIndex(1)

    def _on_page_changed(self, key: str) -> None:
        self._show_chart(key)

    def _show_chart(self, key: str) -> None:
        """Work out the chart of a page unless it is there already."""
        if key not in self._stale or self._study is None:
            return
        self._stale.discard(key)
        study, cost = self._study, self._document.assessment.cost
        if key == "monthly":
            sliding = self.inputs.is_sliding
            points = SLIDING_POINTS if sliding else POINTS
            if isinstance(self.monthly.plot, CostPlot):
                self.monthly.plot.quick = sliding
            curves = volume_curves(study, self._others, points=points)
            drawn = self._drawn
            chart = None if curves is None else monthly_chart(curves, cost, drawn)  # type: ignore[arg-type]
            self.monthly.show_chart(chart, NO_USE)
        elif key == "cumulative":
            self.cumulative.show_chart(cumulative_chart(time_curves(study, self._others), cost))
        elif key == "tornado":
            self.tornado.show_chart(tornado_chart(tornado(study)), NO_RANGE)
        self._make_room()

    # Draws -------------------------------------------------------------------------------------

    def _draw(self) -> None:
        if self._study is not None:
            self._drawing.start(self._study)

    def _on_drawn(self, study: object, drawn: object) -> None:
        if study is not self._study or drawn is None:
            return
        self._drawn = drawn
        self._stale.add("monthly")
        document = self._document
        cost = document.assessment.cost
        self.month.show_rows(month_rows(document.plan, cost, drawn))  # type: ignore[arg-type]
        if self.charts.current == "monthly":
            self._show_chart("monthly")
        self.finished.emit()

    def _on_settled(self) -> None:
        """Draw with all points what a slider's movement drew with few."""
        self._stale.add("monthly")
        self._show_chart(self.charts.current)

    def finish(self) -> None:
        """Compute everything now; for pictures, copies and tests."""
        self._refresh.stop()
        self._document.flush()
        self._show()
        self._delay.stop()
        if self._study is not None:
            from moeplanner_gui.core.cost.monte_carlo import draws

            self._on_drawn(self._study, draws(self._study))
        for key in ("monthly", "cumulative", "tornado"):
            self._show_chart(key)
        self.inputs.show_plan()

    # What the user asks ------------------------------------------------------------------------

    def copy_table(self) -> None:
        """Put month, curves and ranges on the clipboard, one under the other."""
        self.finish()
        blocks = [self.month.model.as_tsv()]
        if self._study is not None:
            blocks += [p.as_tsv() for p in (self.monthly, self.cumulative, self.tornado)]
        copy_table("\n".join(block for block in blocks if block))

    def set_input(self, key: str) -> None:
        """Bring an input into sight with the cursor in it."""
        self.show_page("inputs")
        self.inputs.show_plan()
        self.inputs.focus_on(key)

    def open_prices(self) -> None:
        """Open the user's own price list."""
        from moeplanner_gui.ui.cost.price_dialog import PriceDialog

        dialog = PriceDialog(self._document, self._themes, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _on_next_step(self) -> None:
        if self._step is None:
            return
        if self._step.step == "advice":
            self._actions.get(ADVICE_ACTION).trigger()
        elif self._step.step != "none":
            self.set_input(self._step.step)

    def _formula(self, path: str) -> str:
        """What a pointer on a figure is told."""
        from moeplanner_gui.core.explain import explain

        document = self._document
        try:
            found = explain(document.plan, document.assessment, document.catalog, path)
        except LookupError:
            return say("How is this computed? Click.")
        formula = f"\n= {found.formula}" if found.formula else ""
        how = say("How is this computed? Click.")
        return f"{found.label}: {found.value}{formula}\n{how}"

    def _on_theme_changed(self, theme: Theme) -> None:
        for piece in (
            self.answer, self.details, self.monthly, self.cumulative, self.tornado, self.month,
            self.message,
        ):  # fmt: skip
            piece.set_theme(theme)


def panel_widths(width: int) -> list[int]:
    """Charts take what month and inputs leave."""
    if width >= WIDE_PX:
        month = round(min(max(width * 0.21, 380), 480))
        inputs = round(min(max(width * 0.22, 400), 520))
        return [width - month - inputs, month, inputs]
    side = round(min(max(width * 0.34, 360), 460))
    return [width - side, side, 0]


def _single_shot(parent: QWidget, milliseconds: int, run: Callable[[], None]) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(milliseconds)
    timer.timeout.connect(run)
    return timer
