"""The Context tab. Shows what the open document can hold; its only edit is choosing a cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from html import escape
from time import perf_counter

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QSplitter, QVBoxLayout, QWidget

from moeplanner_gui.core.card_rows import card_name
from moeplanner_gui.core.plan import Plan, Workload, weights_id
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.weights import UnsupportedFormatError, weight_layout
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.advice import advisor_of, most_users_text
from moeplanner_gui.ui.chart_pieces import HEAD_HEIGHT, TintedLabel
from moeplanner_gui.ui.charts.context_chart import context_chart, with_plan_moved
from moeplanner_gui.ui.charts.context_limits import (
    Column,
    cell_limit,
    cell_plan,
    column_group,
    compared_columns,
    compared_formats,
    engine_name,
    larger_than_native,
)
from moeplanner_gui.ui.charts.users import most_users_words, users_in_words
from moeplanner_gui.ui.context.chart_panel import ChartPanel
from moeplanner_gui.ui.context.table import (
    FIRST_CELL,
    ContextTableModel,
    ContextTableView,
)
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.fonts import font_base, font_heading, font_small
from moeplanner_gui.ui.note import NoteBox
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.tables import copy_table
from moeplanner_gui.ui.theme import Theme

SLICE_SECONDS = 0.006
"""How long the grid may compute before the window gets its turn: less than half a frame."""
COPY_ACTION = "context.copy_table"
ROOM_FOR_NOTE = 340
ROOM_FOR_LEGEND = 430


class ContextView(QWidget):
    """The longest context of every choice on the left, memory against context on the right.

    Signals:
        explain_requested(str): The path of the figure the user wants explained.
        grid_finished(): Every cell of the grid is filled in.
    """

    explain_requested = Signal(str)
    grid_finished = Signal()

    def __init__(
        self,
        document: PlanDocument,
        actions: Actions,
        themes: ThemeProvider,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("context_view")
        self.setAccessibleName(say("Context"))
        self._document = document
        self._model = ContextTableModel(self)
        self._grid_plan: Plan | None = None
        self._chart_plan: Plan | None = None
        self._work: Iterator[None] | None = None
        self._slices = QTimer(self)
        self._slices.setInterval(0)
        self._slices.timeout.connect(self._compute_slice)
        self._refresh = QTimer(self)
        self._refresh.setSingleShot(True)
        self._refresh.setInterval(0)
        self._refresh.timeout.connect(self._show)
        theme = themes.theme
        self._heading = TintedLabel("text", font_heading(), theme)
        self._cards = TintedLabel("text2", font_small(), theme)
        self._legend = TintedLabel("text2", font_small(), theme)
        self._legend.setWordWrap(True)
        self._legend.setTextFormat(Qt.TextFormat.RichText)
        self._most = TintedLabel("text", font_small(), theme)
        self._most.setObjectName("most_users")
        self._most.setWordWrap(True)
        self._most.hide()
        self._note = NoteBox(theme, "context_note", font_base())
        self._note.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._hint = TintedLabel("text2", font_small(), theme)
        self._hint.setText(say("Click a cell to use it. Enter does the same."))
        self._table = ContextTableView(theme)
        self._table.setModel(self._model)
        self._table.cell_opened.connect(self._on_cell_opened)
        self._table.copy_requested.connect(self.copy_table)
        self._chart_panel = ChartPanel(theme)
        self._chart_panel.explain_requested.connect(self.explain_requested)
        self._lay_out()
        if COPY_ACTION not in actions:
            actions.add(
                COPY_ACTION,
                say("Copy context table"),
                self.copy_table,
                tip=say("Copies the longest contexts as tab-separated text for a spreadsheet."),
                icon="copy",
                menu="Edit",
            )
        advisor_of(document).most_changed.connect(self._on_most_changed)
        self._on_most_changed()
        document.assessment_changed.connect(self._on_assessment_changed)
        document.memory_unit_changed.connect(self._on_unit_changed)
        themes.theme_changed.connect(self._on_theme_changed)

    @property
    def table(self) -> ContextTableView:
        """The grid."""
        return self._table

    @property
    def chart_panel(self) -> ChartPanel:
        """The right half."""
        return self._chart_panel

    @property
    def is_computing(self) -> bool:
        """True while cells are still to be filled in."""
        return self._work is not None

    def copy_table(self) -> None:
        """Put the grid on the clipboard as tab-separated text."""
        copy_table(self._model.as_tsv())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._on_most_changed()
        self._refresh.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._slices.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """In a low tab the grid comes first: the words under it wait until there is room."""
        height = self.height()
        self._most.setVisible(height >= ROOM_FOR_LEGEND)
        self._legend.setVisible(height >= ROOM_FOR_LEGEND)
        self._hint.setVisible(height >= ROOM_FOR_LEGEND)
        self._note.setVisible(height >= ROOM_FOR_NOTE and bool(self._note.text()))
        self._table.set_compact(height < ROOM_FOR_NOTE)
        self._chart_panel.set_compact(height < ROOM_FOR_NOTE)
        self._show_rig()

    def _lay_out(self) -> None:
        left = QWidget()
        head = QHBoxLayout()
        self._heading.setMinimumHeight(HEAD_HEIGHT)
        head.addWidget(self._heading)
        head.addStretch()
        head.addWidget(self._cards)
        column = QVBoxLayout(left)
        column.setContentsMargins(16, 6, 16, 8)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self._most)
        column.addWidget(self._table, 1)
        column.addWidget(self._legend)
        column.addWidget(self._note)
        column.addWidget(self._hint)
        column.addStretch()
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setObjectName("context_splitter")
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(1)
        for side in (left, self._chart_panel):
            side.setBackgroundRole(self.palette().ColorRole.Base)
            side.setAutoFillBackground(True)
            splitter.addWidget(side)
        splitter.setStretchFactor(0, 1)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([530, 470])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(splitter)

    def _on_assessment_changed(self, _assessment: object) -> None:
        if self.isVisible():
            self._refresh.start()

    def _on_unit_changed(self, unit: str) -> None:
        self._grid_plan = self._chart_plan = None
        self._on_assessment_changed(unit)

    def _show(self) -> None:
        plan, catalog = self._document.plan, self._document.catalog
        grid_plan = _without_choice(plan)
        if grid_plan != self._grid_plan:
            self._grid_plan = grid_plan
            self._restart_grid(plan, catalog)
        elif self._work is not None:
            self._slices.start()
        self._model.set_current(*_choice(plan))
        if plan != self._chart_plan:
            self._show_chart(plan, catalog)

    def _show_chart(self, plan: Plan, catalog: CatalogReader) -> None:
        assessment = self._document.assessment
        before, self._chart_plan = self._chart_plan, plan
        chart = self._chart_panel.chart
        if chart is not None and before is not None and _moved(before, plan):
            chart = with_plan_moved(chart, plan, assessment)
            if chart is not None:
                self._chart_panel.show_chart(chart)
                return
        chart = context_chart(plan, assessment, catalog, unit=self._document.memory_unit)
        why = "" if chart else next(iter(assessment.reasons), say("Add a card to see the curve."))
        self._chart_panel.show_chart(chart, why)

    def _restart_grid(self, plan: Plan, catalog: CatalogReader) -> None:
        whose = users_in_words(plan)
        heading = say("Longest context {0}", whose) if whose else say("Longest context")
        self._heading.setText(heading)
        self._show_rig()
        columns = compared_columns(plan, catalog)
        unit = self._document.memory_unit
        rows = compared_formats(plan, catalog)
        groups = {engine: column_group(plan, catalog, engine) for engine, _ in columns}
        word = say("card") if plan.gpu_count else say("memory")
        self._model.restart(
            rows, columns, groups, catalog.model(plan.model).max_context, word, unit
        )
        self._table.fit_columns()
        self._legend.setText(
            " &nbsp;&nbsp; ".join(
                f"<b>{escape(mark)}</b> {escape(words)}"
                for mark, words in (
                    (word, say("memory ends first")),
                    (say("model"), say("the model's own limit ends first")),
                    ("–", say("this engine does not load this format")),
                )
            )
        )
        self._note.show_note(_note(plan, catalog, larger_than_native(rows, unit)))
        self._make_room()
        self._work = self._cells(plan, catalog)
        self._slices.start()

    def _cells(self, plan: Plan, catalog: CatalogReader) -> Iterator[None]:
        """Fill in the grid, one cell a step."""
        for row, choice in enumerate(self._model.rows):
            for number, column in enumerate(self._model.columns):
                limit = cell_limit(plan, catalog, choice.id, column)
                self._model.set_cell(row, number, limit)
                yield

    def _compute_slice(self) -> None:
        """Compute until the slice is over; an edit meanwhile restarts with the new plan."""
        end = perf_counter() + SLICE_SECONDS
        while self._work is not None and perf_counter() < end:
            try:
                next(self._work)
            except StopIteration:
                self._work = None
        if self._work is None:
            self._slices.stop()
            self.grid_finished.emit()

    def finish(self) -> None:
        """Compute everything now; for pictures and tests."""
        self._show()
        while self._work is not None:
            self._compute_slice()
        self._chart_panel.load_plot()

    def _on_cell_opened(self, index: QModelIndex) -> None:
        column = index.column() - FIRST_CELL
        if column < 0:
            return
        row, choice = self._model.rows[index.row()], self._model.columns[column]
        if self._model.cell(index.row(), column) is None:
            return
        plan = cell_plan(self._document.plan, self._document.catalog, row.id, choice)
        engine, cache = choice
        self._document.apply(say("Use {0}, {1}, {2}", row.label, cache, engine_name(engine)), plan)

    def _on_most_changed(self) -> None:
        if not self.isVisible():
            return  # A tab that nobody sees waits until it is looked at.
        text = most_users_text(self._document)
        if text or self._document.assessment.verdict == "cannot_run":
            # While it is worked out the last answer stays, so that nothing jumps.
            self._most.setText(text)
            self._show_rig()

    def _show_rig(self) -> None:
        """The cards and, in a few words, how many users they serve at the plan's context."""
        words = rig_in_words(self._document.plan, self._document.catalog)
        text = self._most.text()
        if self._most.isHidden() and text:
            most = advisor_of(self._document).most
            words += f" · {most_users_words(most)}" if most is not None else ""
        self._cards.setText(words)
        self._cards.setToolTip(text)

    def _on_theme_changed(self, theme: Theme) -> None:
        for piece in (self._heading, self._most, self._cards, self._legend, self._note, self._hint):
            piece.set_theme(theme)
        self._table.set_theme(theme)
        self._chart_panel.set_theme(theme)


def _choice(plan: Plan) -> tuple[str, Column]:
    return weights_id(plan), (plan.deployment.engine, plan.deployment.cache_type_k)


def _without_choice(plan: Plan) -> Plan:
    """The plan less what the grid itself varies or does not depend on: the grid's key."""
    workload = plan.workload
    neutral = Workload(sequences=workload.sequences)
    return plan.replace(workload=neutral, economics=type(plan.economics)())


def _moved(before: Plan, after: Plan) -> bool:
    """True when nothing but the context differs."""
    workload = after.workload.model_copy(update={"context_tokens": before.workload.context_tokens})
    return after.replace(workload=workload) == before


def _note(plan: Plan, catalog: CatalogReader, larger: str) -> str:
    try:
        layout = weight_layout(catalog.model(plan.model), plan.weights, plan.deployment.engine)
    except UnsupportedFormatError:
        return larger
    # A recipe's own note that it is larger than the checkpoint is in the first sentence.
    return larger or layout.note


def rig_in_words(plan: Plan, catalog: CatalogReader) -> str:
    """The cards of a rig: ``2 × RTX PRO 6000``; several kinds are joined by a plus."""
    counted: dict[str, int] = {}
    for card, count in Counter(card for node in plan.rig.nodes for card in node.gpus).items():
        name = card_name(card, catalog)
        counted[name] = counted.get(name, 0) + count
    return " + ".join(f"{count} × {name}" for name, count in counted.items()) or say("no cards")
