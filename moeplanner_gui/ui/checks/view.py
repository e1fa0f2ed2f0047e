"""The Checks tab: every finding, worst first. Knows the document, no other view."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QPalette, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.check_edits import bring_back, dismiss, set_circuit
from moeplanner_gui.core.checks import NOT_CHECKED
from moeplanner_gui.core.checks.link_costs import link_costs
from moeplanner_gui.core.checks.listed import Listed, listed
from moeplanner_gui.core.checks.repairs import all_repaired, repair_words
from moeplanner_gui.core.checks.subjects import place_of
from moeplanner_gui.core.power.circuits import CIRCUITS, usual_circuit
from moeplanner_gui.core.words import lowered, say
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.checks.row import CheckRow
from moeplanner_gui.ui.checks.rows import RowList
from moeplanner_gui.ui.choice_list import ListCombo
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.fonts import font_base, font_small, font_strong
from moeplanner_gui.ui.message import MessagePanel
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.tables import copy_table

COSTS_DELAY_MS = 120
"""What a link costs takes evaluations of its own: it waits until the edits pause."""
TSV_HEAD = (
    say("Severity"),
    say("About"),
    say("Finding"),
    say("Costs and to verify"),
    say("Dismissed because"),
    say("Code"),
)


class ChecksView(QWidget):
    """Findings as rows; choosing one selects the card or computer it is about.

    Signals:
        selection_shown(): What is selected now wants to be seen.
    """

    selection_shown = Signal()

    def __init__(
        self,
        document: PlanDocument,
        actions: Actions,
        themes: ThemeProvider,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._themes = themes
        self._stale = True
        self._costs: dict[tuple[str, str], str] = {}
        self._at: tuple[tuple[str, str], ...] | None = None
        self.setObjectName("checks_view")
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addLayout(self._make_head(themes))
        self.list = RowList(themes, self)
        self._area = QScrollArea(self)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setAccessibleName(say("Checks"))
        self._area.setWidget(self.list)
        self.empty = MessagePanel(themes.theme, self)
        self.pages = QStackedWidget(self)
        self.pages.addWidget(self._area)
        self.pages.addWidget(self.empty)
        outer.addWidget(self.pages, 1)
        self.not_checked = QLabel(NOT_CHECKED, self)
        self.not_checked.setFont(font_small())
        self.not_checked.setProperty("tone", "3")
        self.not_checked.setWordWrap(True)
        self.not_checked.setContentsMargins(12, 5, 12, 6)
        rule = QFrame(self)
        rule.setFrameShape(QFrame.Shape.HLine)
        rule.setFrameShadow(QFrame.Shadow.Plain)
        rule.setForegroundRole(QPalette.ColorRole.Mid)
        rule.setFixedHeight(1)
        outer.addWidget(rule)
        outer.addWidget(self.not_checked)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(COSTS_DELAY_MS)
        self._timer.timeout.connect(self._on_costs_due)
        self.list.chosen.connect(self._on_chosen)
        self.list.dismissed.connect(self._on_dismissed)
        self.list.brought_back.connect(self._on_brought_back)
        self.list.repair_wanted.connect(self._on_repair_wanted)
        self.list.copy_wanted.connect(self.copy_table)
        self.list.menu_wanted.connect(self._on_menu_wanted)
        self.list.row_focused.connect(self._area_to)
        document.assessment_changed.connect(self._on_assessment_changed)
        themes.theme_changed.connect(self._on_theme_changed)

    def _make_head(self, themes: ThemeProvider) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(12, 8, 12, 6)
        row.setSpacing(8)
        self.summary = QLabel(self)
        self.summary.setFont(font_strong())
        row.addWidget(self.summary)
        row.addStretch(1)
        label = QLabel(say("Wall circuit"), self)
        label.setFont(font_base())
        label.setProperty("tone", "2")
        row.addWidget(label)
        self.circuit = ListCombo(themes, self)
        self.circuit.setObjectName("wall_circuit")
        self.circuit.setAccessibleName(say("Wall circuit"))
        self.circuit.setToolTip(say("What the computers are plugged into; one undo step"))
        self.circuit.addItem("", None)
        for one in CIRCUITS:
            self.circuit.addItem(say("{0} · {1:,} W", one.name, one.continuous_w), one.id)
            self.circuit.setItemData(
                self.circuit.count() - 1,
                say("For hours: {0}", one.note),
                Qt.ItemDataRole.ToolTipRole,
            )
        self.circuit.activated.connect(self._on_circuit_activated)
        label.setBuddy(self.circuit)
        row.addWidget(self.circuit)
        return row

    # -- what is shown -------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._catch_up()

    def _on_assessment_changed(self, _assessment: object) -> None:
        # A tab that nobody sees waits until it is looked at.
        self._stale = True
        if self.isVisible():
            self._show(self._costs)
            self._timer.start()

    def _on_costs_due(self) -> None:
        if self.isVisible():
            self._catch_up(with_costs=True)

    def _on_theme_changed(self, _theme: object) -> None:
        self.empty.set_theme(self._themes.theme)
        self.list.update()
        for row in self.list.rows:
            row.update()

    def _catch_up(self, *, with_costs: bool = False) -> None:
        if self._stale or with_costs:
            self._timer.stop()
            document = self._document
            costs = link_costs(document.plan, document.assessment, document.catalog)
            self._costs = dict(costs)
            self._show(self._costs)

    def _show(self, costs: dict[tuple[str, str], str]) -> None:
        self._stale = False
        document = self._document
        items = listed(document.assessment.findings, document.plan, costs)
        repairs = [
            repair_words(item.first, document.plan, document.catalog) if item.reason is None else ""
            for item in items
        ]
        self.list.set_items(items, repairs)
        standing = [item for item in items if item.reason is None]
        self.pages.setCurrentIndex(0 if items else 1)
        if not items:
            self._show_empty()
        self.summary.setText(_summary(standing, len(items) - len(standing)))
        region = document.plan.economics.electricity_region
        self.circuit.setItemText(0, say("{0} – assumed", usual_circuit(region).name))
        at = self.circuit.findData(document.plan.rig.circuit)
        self.circuit.setCurrentIndex(max(at, 0))

    def _show_empty(self) -> None:
        if self._document.plan.gpu_count:
            text = say("What could be looked at is in order. What nobody looked at stands below.")
            self.empty.show_message("check", "ok", say("Nothing to check was found"), text)
        else:
            text = say("Drag a card into the rig, or select one in Parts and press Enter.")
            self.empty.show_message("card", "text2", say("Nothing to check yet"), text)

    # -- keys ----------------------------------------------------------------------------------

    def next_check(self) -> None:
        """Go to the next finding and select what it is about."""
        self._step(1)

    def previous_check(self) -> None:
        """Go to the finding before and select what it is about."""
        self._step(-1)

    def _step(self, step: int) -> None:
        self._catch_up()
        rows = [row for row in self.list.rows if row.item.reason is None]
        if not rows:
            return
        known = [row.item.keys for row in rows]
        if self._at in known:
            at = (known.index(self._at) + step) % len(rows)
        else:
            at = 0 if step > 0 else len(rows) - 1
        self._at = known[at]
        self.list.focus_row(rows[at])
        self._select(rows[at].item)

    def ask_reason(self, item: Listed) -> None:
        """Go to the row of a finding that stands, with the line for the reason open."""
        self._catch_up()
        wanted = set(item.keys)
        # The costs of links may divide what the rig shows as one.
        standing = (row for row in self.list.rows if row.item.reason is None)
        row = next((row for row in standing if wanted & set(row.item.keys)), None)
        if row is not None:
            self._at = row.item.keys
            row.start()
            self.list.row_focused.emit(row)

    def _area_to(self, row: CheckRow) -> None:
        self._area.ensureWidgetVisible(row, 0, 30)

    def copy_table(self) -> None:
        """Copy all rows, for a spreadsheet."""
        document = self._document
        self._catch_up()
        items = listed(document.assessment.findings, document.plan, self._costs)
        copy_table("\n".join("\t".join(cells) for cells in (TSV_HEAD, *map(tsv_cells, items))))

    # -- edits ---------------------------------------------------------------------------------

    def _on_chosen(self, item: Listed) -> None:
        self._at = item.keys
        self._select(item)
        if item.first.code.startswith("wall_circuit"):
            self.circuit.setFocus(Qt.FocusReason.OtherFocusReason)

    def _select(self, item: Listed) -> None:
        document = self._document
        place = place_of(item.first.subject, document.plan, document.catalog)
        if place is not None:
            document.select(*place)
            self.selection_shown.emit()

    def _on_dismissed(self, item: Listed, reason: str) -> None:
        rows = self.list.rows
        at = next((i for i, row in enumerate(rows) if row.item.keys == item.keys), 0)
        plan = self._document.plan
        for found in item.findings:
            plan = dismiss(
                plan,
                found.code,
                found.subject,
                reason,
                severity=found.severity,
                message=found.message,
            )
        self._document.apply(say("Dismiss {0}", lowered(item.word)), plan)
        self._document.flush()
        self._focus_near(at)

    def _on_brought_back(self, item: Listed) -> None:
        plan = self._document.plan
        for code, subject in item.keys:
            plan = bring_back(plan, code, subject)
        word = lowered(item.word.partition(",")[0])
        self._document.apply(say("Bring back {0}", word), plan)
        self._document.flush()
        row = self.list.row_of(item.keys)
        if row is not None:
            self.list.focus_row(row)

    def _on_repair_wanted(self, item: Listed) -> None:
        document = self._document
        words = repair_words(item.first, document.plan, document.catalog)
        plan = all_repaired(item.findings, document.plan, document.catalog)
        document.apply(words, plan)

    def _focus_near(self, at: int) -> None:
        """The keyboard stays where the dismissed row was."""
        rows = [row for row in self.list.rows if row.item.reason is None] or self.list.rows
        if rows:
            self.list.focus_row(rows[min(at, len(rows) - 1)])

    def _on_circuit_activated(self, index: int) -> None:
        chosen = self.circuit.itemData(index)
        plan = set_circuit(self._document.plan, chosen)
        self._document.apply(say("Choose wall circuit"), plan)

    def _on_menu_wanted(self, item: Listed, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        row = self.list.row_of(item.keys)
        show = menu.addAction(say("Show what it is about"))
        show.triggered.connect(lambda: self._on_chosen(item))
        if row is not None and row.repair is not None:
            menu.addAction(row.repair.text()).triggered.connect(row.repair.click)
        if row is not None:
            menu.addAction(row.link.text()).triggered.connect(row.start)
        menu.addSeparator()
        menu.addAction(say("Copy this row")).triggered.connect(
            lambda: copy_table("\t".join(tsv_cells(item)))
        )
        menu.addAction(say("Copy table")).triggered.connect(self.copy_table)
        menu.popup(at)


def tsv_cells(item: Listed) -> tuple[str, ...]:
    """A row for a spreadsheet."""
    why = "" if item.reason is None else item.why
    cells = (item.word, item.subject, item.message, item.second, why, item.first.code)
    # A reason from a file may hold anything.
    return tuple(" ".join(cell.split()) for cell in cells)


def _summary(standing: list[Listed], dismissed: int) -> str:
    errors, warnings, notes = (
        sum(item.first.severity == severity for item in standing)
        for severity in ("error", "warning", "note")
    )
    parts = []
    if errors:
        parts.append(say("1 error") if errors == 1 else say("{0} errors", errors))
    if warnings:
        parts.append(say("1 check") if warnings == 1 else say("{0} checks", warnings))
    if notes:
        parts.append(say("1 note") if notes == 1 else say("{0} notes", notes))
    if dismissed:
        parts.append(say("{0} dismissed", dismissed))
    return " · ".join(parts) or say("No checks")
