"""The Speed tab. Shows how fast the open plan answers; its only edit is making a change."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QSize, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QHideEvent, QPalette, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import UnknownEntryError
from moeplanner_gui.core.words import say
from moeplanner_gui.export import speed_words as words
from moeplanner_gui.export.speed_rows import FIGURES_HEADER, as_tsv, figure_rows, nearest_of
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.answer_label import AnswerLabel
from moeplanner_gui.ui.charts.speed_chart import (
    BandChart,
    context_speed_chart,
    prompt_chart,
    users_speed_chart,
    why_no_users,
)
from moeplanner_gui.ui.charts.speed_facts import step_facts
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.fonts import font_answer, font_base
from moeplanner_gui.ui.pages import Pages
from moeplanner_gui.ui.speed.chart_panel import BandPanel
from moeplanner_gui.ui.speed.looking_up import MOST_SHOWN, LookUp
from moeplanner_gui.ui.speed.others import OthersPanel
from moeplanner_gui.ui.speed.panels import DECODE, LINKS_ACTION, NoSpeed, StepPanel, sure_of
from moeplanner_gui.ui.speed.what_ifs import WhatIfPanel
from moeplanner_gui.ui.split import RuledSplitter
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.tables import copy_table
from moeplanner_gui.ui.theme import Theme

DELAY_MS = 80
"""Curves take many evaluations; they wait until the edits pause, off the way from drop to frame."""
LOW_PX = 300
"""In a lower tab the curves come first: their sentences wait until there is room."""
WIDE_PX = 1900
"""From here the tables stand beside the charts instead of behind a chip."""
FIRST_TOKEN = "speed.time_to_first_token_s"
COPY_ACTION = "speed.copy_table"
ADVICE_ACTION = "rig.advice"


class SpeedView(QWidget):
    """The answer over three panels: one step's time, the curves, measurements and changes.

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
    ) -> None:
        super().__init__(parent)
        self.setObjectName("speed_view")
        self.setAccessibleName(say("Speed"))
        self.setProperty("explain_path", DECODE)  # what Ctrl+F1 tells in the whole tab
        self._document = document
        self._actions = actions
        self._shown_plan: Plan | None = None
        self._shown_catalog: object = None
        self._work: Iterator[None] | None = None
        self._delay = _single_shot(self, DELAY_MS, self._start)
        self._refresh = _single_shot(self, 0, self._show)
        self._slices = QTimer(self)
        self._slices.setInterval(0)
        self._slices.timeout.connect(self._compute_slice)
        self._look_up = LookUp(self)
        self._look_up.found.connect(self._on_found)
        theme = themes.theme
        self._make_places()
        self.answer = AnswerLabel("text", font_answer(), theme, self._formula)
        self.answer.setObjectName("speed_answer")
        self.details = AnswerLabel("text2", font_base(), theme, self._formula)
        self.details.setObjectName("speed_details")
        for label in (self.answer, self.details):
            label.explain_requested.connect(self.explain_requested)
        self._nothing = NoSpeed(theme, self._stack)
        self._nothing.help_wanted.connect(self._open_advice)
        self.steps = StepPanel(theme, self._splitter)
        self.steps.explain_requested.connect(self.explain_requested)
        self.steps.links_wanted.connect(self._open_links)
        place = self._charts.place
        self.context = BandPanel("context", say("Decode against context"), DECODE, theme, place)
        self.users = BandPanel("users", say("Decode against users"), DECODE, theme, place)
        self.prompt = BandPanel(
            "prompt", say("First token against prompt"), FIRST_TOKEN, theme, place
        )
        self.others = OthersPanel(theme, place)
        self.what_ifs = WhatIfPanel(theme, place)
        for panel in (self.context, self.users, self.prompt):
            panel.explain_requested.connect(self.explain_requested)
        self.others.source_requested.connect(self.open_source)
        self.what_ifs.change_wanted.connect(self._on_change_wanted)
        self._lay_out()
        if COPY_ACTION not in actions:
            actions.add(
                COPY_ACTION,
                say("Copy speed tables"),
                self.copy_table,
                tip=say(
                    "Copies figures, step, measurements and changes as text for a spreadsheet."
                ),
                icon="copy",
                menu="Edit",
            )
        document.assessment_changed.connect(self._on_assessment_changed)
        themes.theme_changed.connect(self._on_theme_changed)

    # Building --------------------------------------------------------------------------------

    def _make_places(self) -> None:
        """From the outside in: a subtree that changes its parent is styled and laid out again."""
        self._stack = QStackedWidget(self)
        self._content = QWidget(self._stack)
        self._splitter = RuledSplitter(Qt.Orientation.Horizontal, panel_widths, self._content)
        self._splitter.setObjectName("speed_splitter")
        self._charts = Pages(say("Speed curves and tables"), "speed", self._splitter)
        self._tables = Pages(say("Measurements and changes"), "speed", self._splitter)

    def _lay_out(self) -> None:
        content = self._content
        top = QWidget(content)
        lines = QVBoxLayout(top)
        lines.setContentsMargins(16, 6, 16, 2)
        lines.setSpacing(2)
        lines.addWidget(self.answer)
        lines.addWidget(self.details)
        for part in (self.steps, self._charts, self._tables):
            part.setBackgroundRole(QPalette.ColorRole.Base)
            part.setAutoFillBackground(True)
            self._splitter.addWidget(part)
        for part in (top, content):
            part.setBackgroundRole(QPalette.ColorRole.Base)
            part.setAutoFillBackground(True)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(top)
        column.addWidget(self._splitter, 1)
        self._stack.addWidget(content)
        self._stack.addWidget(self._nothing)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        # The words give way in a low tab; counted before, they would keep it from getting low.
        layout.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        layout.addWidget(self._stack)
        self._is_wide: bool | None = None
        self._arrange()

    def _arrange(self) -> None:
        """Tables beside the charts where there is room, behind chips of one row else."""
        wide = self.width() >= WIDE_PX
        if wide == self._is_wide:
            return
        self._is_wide = wide
        charts = [
            ("context", say("By context"), self.context),
            ("users", say("By users"), self.users),
            ("prompt", say("First token"), self.prompt),
        ]
        tables = [
            ("others", say("Measured by others"), self.others),
            ("what_if", say("What if"), self.what_ifs),
        ]
        if wide:
            self._charts.set_pages(charts)
            self._tables.set_pages(tables)
        else:
            self._tables.set_pages([])
            self._charts.set_pages([*charts, *tables])
        self._tables.setVisible(wide)

    def show_page(self, key: str) -> None:
        """Show "context", "users", "prompt", "others" or "what_if"."""
        (self._charts if self._charts.has(key) else self._tables).show_page(key)

    def minimumSizeHint(self) -> QSize:
        return QSize(480, 160)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
        for panel in (
            self.context, self.users, self.prompt, self.others, self.what_ifs
        ):  # fmt: skip
            panel.set_compact(self.height() < LOW_PX)

    # What the document says --------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._refresh.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._slices.stop()

    def _on_assessment_changed(self, _assessment: object) -> None:
        # A tab that nobody sees waits until it is looked at.
        if self.isVisible():
            self._refresh.start()

    def _show(self) -> None:
        """The answer and the step at once; curves and tables when the edits pause."""
        document = self._document
        plan, assessment = document.plan, document.assessment
        if self._show_message():
            self._stop()
            self._shown_plan = None
            return
        facts = step_facts(plan, assessment, document.catalog)
        answer = words.answer_pieces(plan, assessment.speed)
        self.answer.show_pieces(answer or (words.Piece(say("The speed is unknown.")),))
        self.details.show_pieces(
            words.detail_pieces(plan, assessment.speed, facts.group, facts.prefill_group)
        )
        self.steps.show_facts(facts, assessment)
        decode = sure_of(assessment.speed.weak)
        self.context.show_sure(decode)
        self.users.show_sure(decode)
        behind = facts.prefill_group
        self.prompt.show_sure(sure_of(behind is not None and (behind.weak or not behind.rows)))
        if plan != self._shown_plan or document.catalog is not self._shown_catalog:
            self._slices.stop()
            self._work = None
            self._delay.start()
        elif self._work is not None:
            self._slices.start()

    def _show_message(self) -> bool:
        """True when the plan has no speed at all and a message says why and what next."""
        assessment = self._document.assessment
        nothing = not assessment.fits
        self._stack.setCurrentIndex(1 if nothing else 0)
        if nothing:
            self._nothing.show_why(assessment)
        return nothing

    # Curves and tables -------------------------------------------------------------------------

    def _stop(self) -> None:
        self._delay.stop()
        self._slices.stop()
        self._work = None

    def _start(self) -> None:
        self._document.flush()
        if not self._document.assessment.fits:
            return
        self._shown_plan, self._shown_catalog = self._document.plan, self._document.catalog
        self._work = self._steps_of(self._document.plan)
        self._slices.start()

    def _steps_of(self, plan: Plan) -> Iterator[None]:
        """Work out what the panels show, one panel a step; an edit meanwhile ends it."""
        document = self._document
        assessment, catalog = document.assessment, document.catalog
        because = assessment.speed.because or ""
        try:
            if assessment.speed.decode_tokens_per_s is None:
                self.context.show_chart(None, because)
                self.users.show_chart(None, because)
            else:
                self.context.show_chart(context_speed_chart(plan, assessment, catalog), because)
                yield
                users = users_speed_chart(plan, catalog)
                if isinstance(users, BandChart):
                    self.users.show_chart(users)
                else:
                    self.users.show_chart(None, why_no_users(users, plan))
            yield
            prompt = prompt_chart(plan, assessment, catalog)
            self.prompt.show_chart(prompt, because or say("Unknown, because prefill is not known."))
            yield
            from moeplanner_gui.core.speed.what_if import what_ifs_in_turn

            changes = []
            for found in what_ifs_in_turn(plan, catalog):
                if found is not None:
                    changes.append(found)
                yield
            self.what_ifs.show_changes(tuple(changes))
            self._look_up.start(plan, catalog)
        except UnknownEntryError as error:
            # A row of the plan is gone; the window says so elsewhere, here nothing is left.
            self.context.show_chart(None, str(error))
            self.users.show_chart(None, str(error))
            self.prompt.show_chart(None, str(error))

    def _compute_slice(self) -> None:
        """One panel a turn of the event loop; an edit meanwhile restarts with the new plan."""
        if self._work is not None:
            try:
                next(self._work)
            except StopIteration:
                self._work = None
        if self._work is None:
            self._slices.stop()
            if not self._look_up.is_busy:
                self.finished.emit()

    def _on_found(self, plan: object, found: object) -> None:
        if plan is self._shown_plan and isinstance(found, tuple):
            self.others.show_neighbours(found, self._document.catalog)
            if self._work is None:
                self.finished.emit()

    def finish(self) -> None:
        """Compute and load everything now; for pictures and tests."""
        self._complete()
        for panel in (self.context, self.users, self.prompt):
            panel.load_plot()

    def _complete(self) -> None:
        """Compute now what the panels show."""
        self._refresh.stop()
        self._show()
        if self._delay.isActive():
            self._delay.stop()
            self._start()
        while self._work is not None:
            self._compute_slice()
        if self._shown_plan is not None:
            catalog = self._document.catalog
            found = nearest_of(self._shown_plan, catalog, MOST_SHOWN)
            self.others.show_neighbours(found, catalog)

    # What the user asks ------------------------------------------------------------------------

    def copy_table(self) -> None:
        """Put figures, step, measurements and changes on the clipboard, one under the other."""
        self._complete()
        blocks = [as_tsv((FIGURES_HEADER, *figure_rows(self._document.assessment)))]
        if self._document.assessment.fits:
            blocks += [
                self.steps.model.as_tsv(), self.others.model.as_tsv(), self.what_ifs.model.as_tsv()
            ]  # fmt: skip
        copy_table("\n".join(blocks))

    def open_source(self, address: str) -> None:
        """Open the page on which a measurement was published."""
        if words.is_link(address):
            QDesktopServices.openUrl(QUrl(address))

    def _on_change_wanted(self, change: object) -> None:
        label, plan = getattr(change, "label", ""), getattr(change, "plan", None)
        if isinstance(plan, Plan):
            self._document.apply(label, plan)

    def _open_advice(self) -> None:
        self._actions.get(ADVICE_ACTION).trigger()

    def _open_links(self) -> None:
        if LINKS_ACTION in self._actions:
            self._actions.get(LINKS_ACTION).trigger()

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
            self.answer, self.details, self._nothing, self.steps,
            self.context, self.users, self.prompt, self.others, self.what_ifs,
        ):  # fmt: skip
            piece.set_theme(theme)


def panel_widths(width: int) -> list[int]:
    """The step, the curves and, where there is room, the tables."""
    shares = (0.25, 0.31, 0.44) if width >= WIDE_PX else (0.46, 0.54, 0.0)
    return [round(width * share) for share in shares]


def _single_shot(parent: QWidget, delay_ms: int, slot) -> QTimer:  # type: ignore[no-untyped-def]
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(delay_ms)
    timer.timeout.connect(slot)
    return timer
