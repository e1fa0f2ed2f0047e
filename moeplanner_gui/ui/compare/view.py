"""Compare: two to four plans side by side. Shows what was computed; edits no plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QPalette, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.compare import MOST_PLANS, compare, unlike
from moeplanner_gui.core.entries import NO_ENTRIES, Entries
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import UnknownEntryError
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.chart_pieces import TintedLabel
from moeplanner_gui.ui.charts.compare_chart import Line, curve_chart, decode_line
from moeplanner_gui.ui.compare import words
from moeplanner_gui.ui.compare.candidates import Candidate, Candidates, Found
from moeplanner_gui.ui.compare.charts import CurveOverlay, MemoryOverlay
from moeplanner_gui.ui.compare.table import LABEL_PX, CompareModel, CompareTable
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.fonts import font_base, font_heading
from moeplanner_gui.ui.message import MessagePanel
from moeplanner_gui.ui.pages import Pages
from moeplanner_gui.ui.split import RuledSplitter
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.tables import copy_table, copy_text
from moeplanner_gui.ui.theme import Theme

MOST_LETTERS = 200
"""A plan's name has no more."""
CHARTS_PX, COLUMN_PX = 420, 240
"""From the room for both on, the charts stand beside the table instead of behind a chip."""


class CompareView(QWidget):
    """Which plans, what differs, and the charts.

    Signals:
        left(): The user goes back to the plan that is shown.
        finished(): The curves of all plans are drawn.
    """

    left = Signal()
    finished = Signal()

    def __init__(
        self,
        document: PlanDocument,
        actions: Actions,
        themes: ThemeProvider,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("compare_view")
        self.setAccessibleName(say("Compare"))
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self._document, self._actions = document, actions
        self.candidates = Candidates(document)
        self.boxes: list[QCheckBox] = []
        self._work: Iterator[None] | None = None
        self._refresh = _timer(self, self.refresh, single=True)
        self._slices = _timer(self, self._compute_slice, single=False)
        self._build(themes.theme)
        document.sessions_changed.connect(self._on_changed)
        document.assessment_changed.connect(self._on_changed)
        document.memory_unit_changed.connect(self._on_changed)
        themes.theme_changed.connect(self._on_theme_changed)

    # Building --------------------------------------------------------------------------------

    def _build(self, theme: Theme) -> None:
        self.heading = TintedLabel("text", font_heading(), theme)
        self.heading.setText(say("Compare"))
        self.only = QCheckBox(say("Only differences"))
        self.only.setObjectName("compare_only")
        self.only.setToolTip(say("Leave out the rows in which all plans are alike"))
        self.only.toggled.connect(lambda _on: self.refresh())
        self._tsv = self._button(
            say("Copy"),
            "compare_copy",
            self.copy_table,
            say("Copy the table for a spreadsheet (Ctrl+C in it)"),
        )
        self._markdown = self._button(
            say("Copy as Markdown"),
            "compare_markdown",
            self.copy_markdown,
            say("Copy the table for a forum or a wiki"),
        )
        self._back = self._button(
            say("Back to the plan"),
            "compare_back",
            self.left.emit,
            say("Leave the comparison (Esc)"),
        )
        top = QHBoxLayout()
        top.setContentsMargins(16, 8, 16, 0)
        top.setSpacing(8)
        top.addWidget(self.heading)
        top.addSpacing(8)
        self._choices = QWidget()
        self._choice_row = QHBoxLayout(self._choices)
        self._choice_row.setContentsMargins(0, 0, 0, 0)
        self._choice_row.setSpacing(14)
        self._choice_row.addStretch(1)
        # Many or long names scroll; they must not make the window wider.
        self._chooser = QScrollArea()
        self._chooser.setObjectName("compare_chooser")
        self._chooser.setAccessibleName(say("Plans to compare"))
        self._chooser.setWidgetResizable(True)
        self._chooser.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._chooser.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._chooser.setFixedHeight(max(34, self.fontMetrics().height() + 18))
        self._chooser.setWidget(self._choices)
        top.addWidget(self._chooser, 1)
        for widget in (self.only, self._tsv, self._markdown, self._back):
            top.addWidget(widget)
        self.said = QLabel()
        self.said.setObjectName("compare_said")
        self.said.setFont(font_base())
        self.said.setProperty("tone", "2")
        self.said.setContentsMargins(16, 0, 16, 2)
        self.said.setWordWrap(True)
        self.model = CompareModel(self)
        self.model.formula = self._formula
        self.table = CompareTable(theme)
        self.table.setModel(self.model)
        self.table.plan_wanted.connect(self.use)
        self.table.copy_requested.connect(self.copy_table)
        self.memory = MemoryOverlay(theme)
        self.curves = CurveOverlay(theme)
        self._main = Pages(say("Comparison"), "compare")
        self._side = RuledSplitter(Qt.Orientation.Vertical, lambda h: [h - h // 2, h // 2])
        self._splitter = RuledSplitter(Qt.Orientation.Horizontal, self._widths)
        self._splitter.addWidget(self._main)
        self._splitter.addWidget(self._side)
        self._is_wide: bool | None = None
        self._stack = QStackedWidget()
        self._stack.addWidget(self._splitter)
        self._stack.addWidget(self._empty(theme))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(top)
        column.addWidget(self.said)
        column.addWidget(self._stack, 1)

    def _button(self, text: str, name: str, slot: Callable[[], object], tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setToolTip(tip)
        button.clicked.connect(lambda: slot())
        return button

    def _empty(self, theme: Theme) -> QWidget:
        page = QWidget()
        self._message = MessagePanel(theme)
        self.duplicate = QPushButton(say("Duplicate this plan to compare"))
        self.duplicate.setObjectName("compare_duplicate")
        self.duplicate.setProperty("primary", True)
        self.duplicate.setToolTip(say("Open a copy of the plan; change it and look at both here"))
        self.duplicate.clicked.connect(self._duplicate)
        column = QVBoxLayout(page)
        column.setContentsMargins(16, 40, 16, 40)
        column.addStretch(1)
        column.addWidget(self._message, 0)
        column.addWidget(self.duplicate, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(2)
        return page

    def minimumSizeHint(self) -> QSize:
        return QSize(600, 240)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Charts beside the table where there is room, behind chips else."""
        wide = self.width() >= self._table_px() + CHARTS_PX
        if wide == self._is_wide:
            return
        self._is_wide = wide
        charts = (
            ("memory", say("Memory"), self.memory),
            ("curves", say("Speed by context"), self.curves),
        )
        if wide:
            self._main.set_pages([("table", say("Figures"), self.table)])
            for _, _, chart in charts:
                self._side.addWidget(chart)
                chart.show()
        else:
            self._main.set_pages([("table", say("Figures"), self.table), *charts])
        self._main.set_chips_visible(not wide)
        self._side.setVisible(wide)
        if wide:
            self._splitter.setSizes(self._widths(self._splitter.width()))

    def _table_px(self) -> int:
        return LABEL_PX + COLUMN_PX * max(len(self.candidates.chosen), 2)

    def _widths(self, width: int) -> list[int]:
        table = min(max(round(width * 0.56), self._table_px()), max(width - CHARTS_PX, 0))
        return [table, width - table]

    # Showing ---------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._slices.stop()

    def _on_changed(self, *_what: object) -> None:
        # What nobody sees waits until it is looked at.
        if self.isVisible():
            self._refresh.start()

    def add_plan(
        self, title: str, plan: Plan, assessment: Assessment, entries: Entries = NO_ENTRIES
    ) -> None:
        """Compare a plan that is not open, for example a rig that was found."""
        found = Found(title, plan, assessment, self._document.catalog, entries)
        self.candidates.add_found(found)
        self._on_changed()

    def refresh(self) -> None:
        """Show the plans as they are now; the curves follow one plan at a time."""
        self._refresh.stop()
        self._document.flush()
        self.candidates.update()
        self._show_boxes()
        chosen = self.candidates.chosen
        if len(chosen) < 2:
            self._show_empty()
            return
        self._stack.setCurrentIndex(0)
        self._show_tools(True)
        plans = self.candidates.compared(chosen)
        shown = [each is self._document.session for each in chosen]
        unit = self._document.memory_unit
        count = self.model.columnCount()
        self.model.show(
            [each.title for each in chosen],
            compare(plans),
            unit,
            shown_at=shown.index(True) if True in shown else -1,
            only_differences=self.only.isChecked(),
        )
        if self.model.columnCount() != count:
            self._is_wide = None
        # Also with as many columns as before: it may have been laid out before these were chosen.
        self._arrange()
        self.table.fit_columns()
        if self.table.currentIndex().column() < 1:
            # The cursor begins where Return does something.
            self.table.setCurrentIndex(self.model.index(0, 1))
        self._say(
            words.not_the_same(unlike(plans)) if self.model.differing else words.NOTHING_DIFFERS
        )
        answers = [(each.title, plan.assessment) for each, plan in zip(chosen, plans, strict=True)]
        self.memory.show_plans(answers, unit)
        self._work = self._draw_curves(chosen)
        self._slices.start()

    def _say(self, sentence: str) -> None:
        left_out = len(self.candidates.all) - len(self.candidates.chosen)
        if left_out and self.candidates.is_full:
            sentence = say("{0} {1} plans at most are compared.", sentence, MOST_PLANS).strip()
        self.said.setText(sentence)
        self.said.setVisible(bool(sentence))

    def _show_empty(self) -> None:
        self._stack.setCurrentIndex(1)
        self._work = None
        self.said.hide()
        several = len(self.candidates.all) > 1
        title = say("Choose two plans or more") if several else say("One plan is open")
        text = (
            say("Tick the plans to lay side by side.")
            if several
            else say("A copy of it is a scenario: change cards, weights or context and see both.")
        )
        self._message.show_message("compare", "text2", title, text)
        self.duplicate.setVisible(not several)
        self._show_tools(False)

    def _show_boxes(self) -> None:
        candidates = self.candidates.all
        while len(self.boxes) < len(candidates):
            box = QCheckBox()
            box.setObjectName(f"compare_box_{len(self.boxes)}")
            position = len(self.boxes)
            box.toggled.connect(lambda on, at=position: self._on_box_toggled(at, on))
            self._choice_row.insertWidget(position, box)
            self.boxes.append(box)
        for position, box in enumerate(self.boxes):
            box.setVisible(position < len(candidates))
            if position < len(candidates):
                self._show_box(box, candidates[position])
        self._choices.setVisible(len(candidates) > 1)

    def _show_tools(self, shown: bool) -> None:
        for widget in (self.only, self._tsv, self._markdown):
            widget.setVisible(shown)

    def _show_box(self, box: QCheckBox, candidate: Candidate) -> None:
        chosen = self.candidates.is_chosen(candidate)
        box.blockSignals(True)
        box.setText(candidate.title.replace("&", "&&"))
        box.setAccessibleName(say("Compare {0}", candidate.title))
        box.setChecked(chosen)
        box.blockSignals(False)
        box.setEnabled(chosen or not self.candidates.is_full)
        room = chosen or not self.candidates.is_full
        tip = (
            say("Compare {0}", candidate.title)
            if room
            else say("{0} plans at most: untick one", MOST_PLANS)
        )
        box.setToolTip(tip)

    def _draw_curves(self, chosen: tuple[Candidate, ...]) -> Iterator[None]:
        lines: list[Line] = []
        for index, each in enumerate(chosen):
            (one,) = self.candidates.compared((each,))
            line = decode_line(each.title, index, one.plan, one.assessment, one.catalog)
            if line is not None:
                lines.append(line)
            yield
        self.curves.show_chart(curve_chart(lines))

    def _compute_slice(self) -> None:
        """One plan's curve a turn of the event loop; an edit meanwhile starts anew."""
        if self._work is not None:
            try:
                next(self._work)
            except StopIteration:
                self._work = None
        if self._work is None:
            self._slices.stop()
            self.finished.emit()

    def finish(self) -> None:
        """Compute and draw everything now; for pictures and tests."""
        self.refresh()
        while self._work is not None:
            self._compute_slice()

    # What the user asks ------------------------------------------------------------------------

    def _on_box_toggled(self, position: int, on: bool) -> None:
        self.candidates.choose(self.candidates.all[position], on)
        self.refresh()

    def use(self, position: int) -> None:
        """Go to a compared plan; one that is not open yet is opened in a tab."""
        candidate = self.candidates.chosen[position]
        if isinstance(candidate, Found):
            try:
                plan = candidate.plan.replace(name=candidate.title[:MOST_LETTERS])
                self._document.add(plan, unsaved=True, entries=candidate.entries)
            except UnknownEntryError:
                return  # A row of it was deleted since; there is nothing to open.
            self.candidates.drop_found(candidate)
        else:
            self._document.show_session(candidate)
        self.left.emit()

    def _formula(self, position: int, path: str) -> str:
        """How a figure of a compared plan came about."""
        from moeplanner_gui.core.explain import explain

        (each,) = self.candidates.compared((self.candidates.chosen[position],))
        try:
            found = explain(each.plan, each.assessment, each.catalog, path)
        except LookupError:
            return ""
        return f"= {found.formula}" if found.formula else ""

    def _duplicate(self) -> None:
        self._actions.get("file.duplicate").trigger()

    def copy_table(self) -> None:
        """Put the rows that are shown on the clipboard, for a spreadsheet."""
        copy_table(words.as_tsv(self.model.titles, self._rows(), self.model.unit))

    def copy_markdown(self) -> None:
        """Put the rows that are shown on the clipboard as a Markdown table."""
        copy_text(words.as_markdown(self.model.titles, self._rows(), self.model.unit))

    def _rows(self):  # type: ignore[no-untyped-def]
        return [line for line in self.model.lines if not isinstance(line, str)]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            return
        super().keyPressEvent(event)

    def _on_theme_changed(self, theme: Theme) -> None:
        for piece in (self.heading, self.table, self.memory, self.curves, self._message):
            piece.set_theme(theme)


def _timer(parent: QWidget, slot: Callable[[], object], *, single: bool) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(single)
    timer.setInterval(0)
    timer.timeout.connect(slot)
    return timer
