"""The open document: the current plan, its undo history and what was computed from it.

Knows no widgets and no files beyond a path. Views read ``plan`` and ``assessment`` and ask for
edits with :meth:`PlanDocument.apply`; nothing else ever replaces the plan.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal
from PySide6.QtGui import QUndoStack

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.entries import NO_ENTRIES, Entries, entries_of
from moeplanner_gui.core.plan import Plan, card_id
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.units import MemoryUnit
from moeplanner_gui.ui.commands import ReplacePlan
from moeplanner_gui.ui.plan_catalog import PlanCatalog

if TYPE_CHECKING:
    from moeplanner_gui.catalog.load import Catalog

Evaluate = Callable[[Plan, CatalogReader], Assessment]
Selection = tuple[int, int | None]
LAYOUT_LEVELS = 4
_ANSWER_DUE = QEvent.Type(QEvent.registerEventType())


def _evaluate(plan: Plan, catalog: CatalogReader) -> Assessment:
    from moeplanner_gui.core.assess import evaluate

    return evaluate(plan, catalog)


class PlanDocument(QObject):
    """One plan being edited.

    Attributes:
        rows: Which rows the plan's ids refer to; ``catalog`` is what follows from it.
        undo_stack: Every edit; its clean state is the saved state.

    Signals:
        plan_changed(Plan): The plan is another one, right after an edit, undo or redo.
        assessment_changed(Assessment): The answer for the current plan; edits that follow each
            other within one turn of the event loop are answered once.
        selection_changed(object): ``(node, slot)``, ``(node, None)`` or None.
        saved_state_changed(): ``path`` or ``is_modified`` changed.
        memory_unit_changed(str): "GiB" or "GB".
        catalog_changed(): ``catalog`` is another one; ``plan_changed`` follows.
    """

    plan_changed = Signal(object)
    assessment_changed = Signal(object)
    selection_changed = Signal(object)
    saved_state_changed = Signal()
    memory_unit_changed = Signal(str)
    catalog_changed = Signal()

    def __init__(
        self,
        plan: Plan,
        catalog: CatalogReader,
        parent: QObject | None = None,
        *,
        evaluate: Evaluate | None = None,
        entries: Entries = NO_ENTRIES,
    ) -> None:
        super().__init__(parent)
        self.rows = PlanCatalog(catalog, entries)  # type: ignore[arg-type]  # tests pass other readers
        self.undo_stack = QUndoStack(self)
        self.undo_stack.cleanChanged.connect(self._on_clean_changed)
        self._evaluate = evaluate or _evaluate
        self._plan = plan
        self._assessment = self._evaluate(plan, self.catalog)
        self._path: Path | None = None
        self._recovered = False
        self._stale = False
        self._selection: Selection | None = None
        self._unit: MemoryUnit = "GiB"

    @property
    def catalog(self) -> Any:
        """The rows the plan's ids refer to, its own included."""
        return self.rows.seen

    @property
    def plan(self) -> Plan:
        """What the user chose."""
        return self._plan

    @property
    def assessment(self) -> Assessment:
        """What follows from the plan; after an edit it is one turn of the event loop behind."""
        return self._assessment

    @property
    def path(self) -> Path | None:
        """The plan's file, None while it has none."""
        return self._path

    @property
    def is_modified(self) -> bool:
        """True when the file, if any, does not hold this plan."""
        return self._recovered or not self.undo_stack.isClean()

    def apply(self, text: str, new_plan: Plan, merge_key: str | None = None) -> None:
        """Make ``new_plan`` the plan, as one undo step called ``text`` ("Add RTX 4090").

        A plan equal to the present one is no edit. Steps with the same ``merge_key`` that
        follow each other are merged.

        Raises:
            UnknownEntryError: The plan names a row the catalogue does not have.
        """
        if new_plan == self._plan:
            return
        self._refuse_unknown(new_plan)
        self.undo_stack.push(ReplacePlan(text, self._plan, new_plan, self._show, merge_key))

    def preview(self, plan: Plan, entries: Entries | None = None) -> Assessment:
        """What ``plan`` would give; the document stays as it is.

        ``entries``: the rows that the plan brings along, when it is not the open one.
        """
        seen = self.catalog if entries is None else PlanCatalog(self.rows.base, entries).seen
        return self._evaluate(plan, seen)

    def open(
        self,
        plan: Plan,
        path: Path | None,
        *,
        recovered: bool = False,
        entries: Entries = NO_ENTRIES,
    ) -> None:
        """Replace the document by another one; the undo history starts anew.

        ``recovered``: the plan is newer than its file, so it counts as modified until saved.
        ``entries``: the rows that the plan brings along; they stand over the user's own.

        Raises:
            UnknownEntryError: The plan names an unknown row; the document stays as it was.
        """
        rows = PlanCatalog(self.rows.base, entries)
        assessment = self._evaluate(plan, rows.seen)
        is_same = rows.seen is self.catalog
        self.rows = rows
        self._stale = False
        self._plan, self._assessment, self._path = plan, assessment, path
        self._recovered = recovered
        self.undo_stack.clear()
        self._selection = None
        self.selection_changed.emit(None)
        if not is_same:
            self.catalog_changed.emit()
        self.plan_changed.emit(plan)
        self.assessment_changed.emit(assessment)
        self.saved_state_changed.emit()

    def reload_catalog(self, base: Catalog | None = None) -> Entries:
        """Use the user's rows as they are on the disk now; every view draws itself anew.

        The plan, the selection and the undo history stay. Rows that the plan names and that are
        gone become rows of the plan, and are returned.

        Args:
            base: The catalogue to use; the shipped one with the user's rows when left out.
        """
        if base is None:
            from moeplanner_gui.catalog.load import with_user_rows
            from moeplanner_gui.catalog.paths import user_catalogs_dir

            base = with_user_rows(self.rows.base.shipped, user_catalogs_dir())
        lost = self.rows.reload(base, self._plan)
        self._on_rows_changed()
        return lost

    def drop_entries(self, ids: frozenset[str]) -> None:
        """Let the user's own rows stand for the plan's where both have the id."""
        self.rows.drop(ids)
        self._on_rows_changed()

    def _on_rows_changed(self) -> None:
        self.catalog_changed.emit()
        self._show(self._plan)

    @property
    def carried(self) -> Entries:
        """The rows that the plan has to bring along when it is saved."""
        return entries_of(self._plan, self.catalog)

    def mark_saved(self, path: Path) -> None:
        """The plan is in ``path`` now."""
        self._path = path
        self._recovered = False
        self.undo_stack.setClean()
        self.saved_state_changed.emit()

    def flush(self) -> None:
        """Evaluate now instead of at the next turn of the event loop."""
        if not self._stale:
            return
        self._stale = False
        self._assessment = self._evaluate(self._plan, self.catalog)
        self.assessment_changed.emit(self._assessment)

    def customEvent(self, event: QEvent) -> None:
        if event.type() != _ANSWER_DUE:
            return
        self.flush()
        # Every level of nested layouts would otherwise ask for a turn, and a frame, of its own.
        for _ in range(LAYOUT_LEVELS):
            QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)

    @property
    def selection(self) -> Selection | None:
        """The selected node and slot; the slot is None when a whole node is selected."""
        return self._selection

    def select(self, node: int | None, slot: int | None = None) -> None:
        """Select a slot, a node (``slot`` None) or nothing (``node`` None)."""
        selection = None if node is None else (node, slot)
        if selection != self._selection:
            self._selection = selection
            self.selection_changed.emit(selection)

    @property
    def memory_unit(self) -> MemoryUnit:
        """The unit in which every view writes memory."""
        return self._unit

    def set_memory_unit(self, unit: MemoryUnit) -> None:
        """Write memory in GiB or in GB, everywhere."""
        if unit != self._unit:
            self._unit = unit
            self.memory_unit_changed.emit(unit)

    def _refuse_unknown(self, plan: Plan) -> None:
        if plan.model != self._plan.model:
            self.catalog.model(plan.model)
        for node in plan.rig.nodes:
            if node.host is not None:
                self.catalog.host(node.host)
            for card in node.gpus:
                name = card_id(card)
                if name is not None:
                    self.catalog.gpu(name)

    def _show(self, plan: Plan) -> None:
        self._plan = plan
        if not self._stale:
            self._stale = True
            # A timer would come after the next frame, which would show the plan without its
            # answer; a posted event of this priority comes before it.
            QCoreApplication.postEvent(
                self, QEvent(_ANSWER_DUE), Qt.EventPriority.HighEventPriority.value
            )
        self._drop_dead_selection()
        self.plan_changed.emit(plan)

    def _drop_dead_selection(self) -> None:
        if self._selection is None:
            return
        node, slot = self._selection
        nodes = self._plan.rig.nodes
        if node >= len(nodes) or (slot is not None and slot >= len(nodes[node].gpus)):
            self._selection = None
            self.selection_changed.emit(None)

    def _on_clean_changed(self, _clean: bool) -> None:
        self.saved_state_changed.emit()


__all__ = ["Evaluate", "PlanDocument", "Selection", "UnknownEntryError"]
