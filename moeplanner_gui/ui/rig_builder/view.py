"""The rig builder: puts canvas, remarks, remedies and drop site together.

Knows the document, the actions and the theme. Draws an assessment and asks for edits; it keeps
no state of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.assessment import Assessment, Finding
from moeplanner_gui.core.checks.dismissed import standing
from moeplanner_gui.core.checks.listed import Listed, listed
from moeplanner_gui.core.checks.repairs import all_repaired, repair_words
from moeplanner_gui.core.checks.subjects import place_of
from moeplanner_gui.core.plan import Plan, Rig
from moeplanner_gui.core.words import comma_joined, say
from moeplanner_gui.core.words import listed as in_a_row
from moeplanner_gui.ui.action_button import ActionButton
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.card_facts import node_name
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.fonts import font_heading, font_strong
from moeplanner_gui.ui.rig_builder.canvas import RigCanvas
from moeplanner_gui.ui.rig_builder.drop_site import DropSite
from moeplanner_gui.ui.rig_builder.finding_marks import finding_marks
from moeplanner_gui.ui.rig_builder.fit_panel import FitPanel
from moeplanner_gui.ui.rig_builder.node_panel import NodePanel
from moeplanner_gui.ui.rig_builder.notes import Note
from moeplanner_gui.ui.rig_builder.rig_actions import RigActions, popup
from moeplanner_gui.ui.rig_builder.rig_rows import rig_rows
from moeplanner_gui.ui.rig_builder.slot import SlotWidget
from moeplanner_gui.ui.style import ThemeProvider

if TYPE_CHECKING:
    from moeplanner_gui.ui.rig_builder.live_meters import LiveMeters

LIVE_AFTER_MS = 1500
"""Remembered live lines start when the window has been drawn with all its tabs."""
_LIVE_REPAIRS = {"memory_in_use_now": say("Use the newer figure"), "live_problem": say("Try again")}


class RigBuilderView(QWidget):
    """Nodes with slots, host memory, remarks and remedies.

    Signals:
        explain_requested(str): The user asks how a figure was computed; the path names it.
        dismiss_wanted(Listed): A note is to be dismissed; the reason is asked for elsewhere.
    """

    explain_requested = Signal(str)
    dismiss_wanted = Signal(object)

    def __init__(
        self,
        document: PlanDocument,
        actions: Actions,
        themes: ThemeProvider,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("rig-builder")
        self.setAccessibleName(say("Rig"))
        self.setMinimumWidth(320)
        self.setAcceptDrops(True)
        self._document, self._actions, self._themes = document, actions, themes
        self.canvas = RigCanvas(themes)
        if "rig.detect" in actions:
            detect = actions.get("rig.detect")
            self.canvas.offer(say("Detect my GPUs"), detect.toolTip(), detect.trigger)
            self.canvas.offer(say("Custom card…"), say("Type in a card that is not in the list"),
                              self._on_custom_wanted)  # fmt: skip
        self._scroll = QScrollArea(self)
        self._scroll.setObjectName("rig-scroll")
        self._scroll.setWidget(self.canvas)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._new_node = ActionButton(self)
        self.fit = FitPanel(document, themes, self)
        self.site = DropSite(self, self.canvas, self._scroll, self._new_node, document, themes)
        self.commands = RigActions(self, document, actions, self.site, themes)
        self._build()
        self.canvas.panel_added.connect(self._on_panel_added)
        self.canvas.notes.finding_chosen.connect(self._on_finding_chosen)
        self.canvas.notes.repair_wanted.connect(self._on_repair_wanted)
        self.canvas.notes.dismiss_wanted.connect(self.dismiss_wanted)
        self.fit.remedy_chosen.connect(self._on_remedy_chosen)
        self.fit.remedy_pointed.connect(self._on_remedy_pointed)
        self.fit.cards_wanted.connect(self._on_cards_wanted)
        self.fit.memory_wanted.connect(self.commands.open_memory)
        # Not with the plan: the answer comes before the next frame, cards and figures in one.
        document.assessment_changed.connect(self._on_assessment_changed)
        document.selection_changed.connect(self._on_selection_changed)
        document.memory_unit_changed.connect(self._on_unit_changed)
        themes.theme_changed.connect(self._on_theme_changed)
        self.live: LiveMeters | None = None
        self._marked: tuple[tuple[Finding, ...], Rig, object] | None = None
        if "view.live_meters" in actions:
            switch = actions.get("view.live_meters")
            switch.toggled.connect(self.make_live)
            if switch.isChecked():
                QTimer.singleShot(LIVE_AFTER_MS, self.make_live)
        self.refresh()

    def make_live(self) -> None:
        """Make the live lines of the detected node; never before they are switched on."""
        if self.live is not None:
            return
        from moeplanner_gui.ui.rig_builder.live_meters import LiveMeters

        switch = self._actions.get("view.live_meters")
        self.live = LiveMeters(self, self._scroll, self.canvas, self._document, switch)
        self.live.findings_changed.connect(self._on_live_findings_changed)

    def _build(self) -> None:
        heading = QLabel(say("Rig"), self)
        heading.setFont(font_heading())
        self._new_node.setDefaultAction(self._actions.get("rig.add_node"))
        self._new_node.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._new_node.setFont(font_strong())
        self._new_node.setAccessibleName(say("Add node"))
        row = QHBoxLayout()
        row.setContentsMargins(12, 6, 8, 2)
        row.addWidget(heading)
        row.addStretch(1)
        row.addWidget(self._new_node)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self._scroll, 1)
        column.addWidget(self.fit)

    # -- showing --------------------------------------------------------------------------

    def refresh(self) -> None:
        """Draw the document as it is."""
        self._on_assessment_changed(self._document.assessment)

    def _notes(self, assessment: Assessment) -> tuple[Note, ...]:
        plan = self._document.plan
        catalog = self._document.catalog
        items = listed(standing(assessment.findings, plan), plan)
        notes = tuple(
            Note(item, repair_words(item.first, plan, catalog), place=computers_meant(item, plan))
            for item in items
        )
        live = () if self.live is None else self.live.findings
        return notes + tuple(
            Note(Listed((f,)), _LIVE_REPAIRS.get(f.code, ""), can_dismiss=False) for f in live
        )

    def _show_marks(self, notes: tuple[Note, ...]) -> None:
        plan, catalog = self._document.plan, self._document.catalog
        shown = tuple(finding for note in notes for finding in note.item.findings)
        # Most edits find the same; with many cards it takes a frame to say so on each.
        asked = (shown, plan.rig, catalog)
        known = self._marked
        if known is None or known[1:] != asked[1:] or known[0] != shown:
            self._marked = asked
            self.canvas.set_marks(finding_marks(shown, plan, catalog))
        self.canvas.settle_seen()

    def _on_live_findings_changed(self) -> None:
        notes = self._notes(self._document.assessment)
        self.canvas.set_notes(notes)
        self._show_marks(notes)

    def _on_assessment_changed(self, assessment: Assessment) -> None:
        document, notes = self._document, self._notes(assessment)
        rows = rig_rows(document.plan, assessment, document.catalog, document.memory_unit)
        self.canvas.show_rig(rows, notes)
        self._show_marks(notes)
        self.fit.show_assessment(assessment)
        self._on_selection_changed(self._document.selection)

    def _on_selection_changed(self, selection: object) -> None:
        node, at = (-1, None) if selection is None else selection  # type: ignore[misc]
        chosen = None if at is None else self.canvas.slot(node, at)
        if chosen is not None and chosen.row.facts is None:
            chosen = None
        for slot in self.canvas.slots():
            slot.set_selected(slot is chosen)

    def _on_unit_changed(self, _unit: str) -> None:
        self.refresh()

    def _on_theme_changed(self, _theme: object) -> None:
        for child in self.findChildren(QWidget):
            child.update()
        self.update()

    # -- what slots and nodes ask for -----------------------------------------------------

    def _on_panel_added(self, panel: NodePanel) -> None:
        panel.slot_added.connect(self._on_slot_added)
        for line in (panel.head, panel.parts, panel.memory):
            line.menu_wanted.connect(self._on_node_menu)
            line.chosen.connect(self._on_node_chosen)
        panel.parts.edit_wanted.connect(self.commands.open_parts)
        panel.memory.explain_wanted.connect(self.explain_requested)
        panel.memory.memory_wanted.connect(self.commands.open_memory)

    def _on_slot_added(self, slot: SlotWidget) -> None:
        slot.chosen.connect(self._on_slot_chosen)
        slot.activated.connect(self._on_slot_activated)
        slot.menu_wanted.connect(self._on_slot_menu)
        slot.drag_wanted.connect(self._on_drag_wanted)
        slot.explain_wanted.connect(self.explain_requested)
        slot.memory_wanted.connect(self.commands.open_memory)

    def _on_node_chosen(self, node: int) -> None:
        if node < len(self._document.plan.rig.nodes):
            self._document.select(node, None)

    def _on_slot_chosen(self, node: int, slot: int) -> None:
        nodes = self._document.plan.rig.nodes
        if node >= len(nodes):
            return  # The focus passes through a node that is being taken away.
        filled = slot < len(nodes[node].gpus)
        # Nothing is in an empty slot that could be selected, but its node is meant.
        self._document.select(node, slot if filled else None)
        self._reveal(self.canvas.slot(node, slot))

    def show_selection(self) -> None:
        """Scroll to the selected card, or to the head of the selected node."""
        selection = self._document.selection
        if selection is None or not 0 <= selection[0] < len(self.canvas.panels):
            return
        node, slot = selection
        panel = self.canvas.panels[node]
        self._reveal(panel.head if slot is None else self.canvas.slot(node, slot))

    def _reveal(self, widget: QWidget | None) -> None:
        if widget is None:
            return
        at = widget.mapTo(self.canvas, QPoint(0, 0))
        bottom, top = at.y() + widget.height(), at.y()
        # Where there is no room for all of it, the title counts.
        for y in (bottom, top) if widget.height() > self._scroll.height() else (top, bottom):
            self._scroll.ensureVisible(at.x(), y, 0, 4)

    def _on_slot_activated(self, node: int, slot: int) -> None:
        if slot < len(self._document.plan.rig.nodes[node].gpus):
            widget = self.canvas.slot(node, slot)
            if widget is not None and widget.row.index >= 0:
                self.explain_requested.emit(f"devices.{widget.row.index}.used_bytes")
            return
        self._document.select(node, None)
        if "parts.add" in self._actions:
            self._actions.get("parts.add").trigger()

    def _on_slot_menu(self, node: int, slot: int, at: QPoint) -> None:
        if slot < len(self._document.plan.rig.nodes[node].gpus):
            self._document.select(node, slot)
            popup(self.commands.slot_menu(self, node), at)
        else:
            popup(self.commands.node_menu(self, node), at)

    def _on_node_menu(self, node: int, at: QPoint) -> None:
        popup(self.commands.node_menu(self, node), at)

    def _on_drag_wanted(self, node: int, slot: int) -> None:
        widget = self.canvas.slot(node, slot)
        if widget is not None:
            self.site.start(node, slot, widget)

    def _on_finding_chosen(self, item: Listed) -> None:
        place = place_of(item.first.subject, self._document.plan, self._document.catalog)
        if place is None:
            return
        self._document.select(*place)
        self.show_selection()

    def _on_repair_wanted(self, item: Listed) -> None:
        if self.live is not None and item.first in self.live.findings:
            self.live.repair(item.first)
            return
        catalog = self._document.catalog
        words = repair_words(item.first, self._document.plan, catalog)
        if words:
            plan = all_repaired(item.findings, self._document.plan, catalog)
            self._document.apply(words, plan)

    def _on_remedy_chosen(self, remedy: object) -> None:
        self._document.apply(remedy.title, remedy.plan)  # type: ignore[attr-defined]

    def _on_custom_wanted(self) -> None:
        if "parts.custom" in self._actions:
            self._actions.get("parts.custom").trigger()

    def _on_cards_wanted(self) -> None:
        if "parts.search" in self._actions:
            self._actions.get("parts.search").trigger()

    def _on_remedy_pointed(self, remedy: object) -> None:
        """Show a remedy in the bars while the pointer is on it; the plan stays as it is."""
        document = self._document
        plan = document.plan if remedy is None else remedy.plan  # type: ignore[attr-defined]
        now = [len(node.gpus) for node in document.plan.rig.nodes]
        if [len(node.gpus) for node in plan.rig.nodes] != now:
            return  # New slots would make the layout jump under the pointer.
        answer = document.assessment if remedy is None else document.preview(plan)
        self.canvas.set_rows(rig_rows(plan, answer, document.catalog, document.memory_unit))

    # -- drag and drop, keys --------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self.site.enter(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self.site.move(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.site.leave()

    def dropEvent(self, event: QDropEvent) -> None:
        self.site.drop(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.fit.fit_height(self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), QColor(self._themes.theme.panel))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        number = event.key() - int(Qt.Key.Key_1)
        if self.fit.isVisible() and not event.modifiers() and 0 <= number < len(self.fit.rows):
            self.fit.rows[number].click()
        else:
            event.ignore()


def computers_meant(item: Listed, plan: Plan) -> str:
    """The names of the computers that a note is about, "" where there is one or it says so."""
    if len(plan.rig.nodes) < 2:
        return ""
    names = []
    for finding in item.findings:
        kind, _, number = finding.subject.partition(" ")
        if kind != "node" or not number.isdigit() or int(number) > len(plan.rig.nodes):
            return ""
        names.append(node_name(plan.rig, int(number) - 1))
    message = item.message
    if any(name in message for name in names):
        return ""
    if len(names) > 3:
        return say("{0} and {1} more", comma_joined(names[:2]), len(names) - 2)
    return in_a_row(names)
