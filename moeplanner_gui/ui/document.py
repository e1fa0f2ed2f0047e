"""The open plans: the one that is shown, its undo history and what was computed from it.

Knows no widgets and no files beyond a path. Views read ``plan`` and ``assessment`` and ask for
edits with :meth:`PlanDocument.apply`; nothing else ever replaces the plan.
"""

from __future__ import annotations

import os
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
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.commands import Steps
from moeplanner_gui.ui.plan_catalog import PlanCatalog, merged
from moeplanner_gui.ui.sessions import UNTITLED, Session, free_label

if TYPE_CHECKING:
    from moeplanner_gui.catalog.load import Catalog
    from moeplanner_gui.ui.plan_disk import Stamp

Evaluate = Callable[[Plan, CatalogReader], Assessment]
Selection = tuple[int, int | None]
LAYOUT_LEVELS = 4
_ANSWER_DUE = QEvent.Type(QEvent.registerEventType())


def _evaluate(plan: Plan, catalog: CatalogReader) -> Assessment:
    from moeplanner_gui.core.assess import evaluate

    return evaluate(plan, catalog)


class PlanDocument(QObject):
    """The open plans, one of which is shown: everything but ``sessions`` is about that one.

    Attributes:
        sessions: The open plans in the order of their tabs.
        session: The one that is shown.

    Signals:
        plan_changed(Plan): The plan is another one, right after an edit, undo or redo.
        assessment_changed(Assessment): The answer for the current plan; edits that follow each
            other within one turn of the event loop are answered once.
        selection_changed(object): ``(node, slot)``, ``(node, None)`` or None.
        saved_state_changed(): ``path`` or ``is_modified`` changed.
        history_changed(): What undo and redo would do changed.
        memory_unit_changed(str): "GiB" or "GB".
        catalog_changed(): ``catalog`` is another one; ``plan_changed`` follows.
        sessions_changed(): A plan was opened, closed, moved, named, saved or edited first.
        session_shown(Session): Another open plan is shown; the signals above came before.
        session_closed(Session): A plan was closed.
    """

    plan_changed = Signal(object)
    assessment_changed = Signal(object)
    selection_changed = Signal(object)
    saved_state_changed = Signal()
    history_changed = Signal()
    memory_unit_changed = Signal(str)
    catalog_changed = Signal()
    sessions_changed = Signal()
    session_shown = Signal(object)
    session_closed = Signal(object)

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
        self._evaluate = evaluate or _evaluate
        rows = PlanCatalog(catalog, entries)  # type: ignore[arg-type]  # tests pass other readers
        self._session = self._new_session(plan, rows)
        self._sessions = [self._session]
        self._unit: MemoryUnit = "GiB"
        self._steps = Steps(self._show, self.history_changed.emit)

    @property
    def sessions(self) -> tuple[Session, ...]:
        """The open plans in the order of their tabs."""
        return tuple(self._sessions)

    @property
    def session(self) -> Session:
        """The open plan that is shown."""
        return self._session

    @property
    def rows(self) -> PlanCatalog:
        """Which rows the plan's ids refer to; ``catalog`` is what follows from it."""
        return self._session.rows

    @property
    def undo_stack(self) -> QUndoStack:
        """Every edit of the plan; its clean state is the saved state."""
        return self._session.undo_stack

    @property
    def catalog(self) -> Any:
        """The rows the plan's ids refer to, its own included."""
        return self._session.rows.seen

    @property
    def plan(self) -> Plan:
        """What the user chose."""
        return self._session.plan

    @property
    def assessment(self) -> Assessment:
        """What follows from the plan; after an edit it is one turn of the event loop behind."""
        return self._session.assessment

    @property
    def path(self) -> Path | None:
        """The plan's file, None while it has none."""
        return self._session.path

    @property
    def is_modified(self) -> bool:
        """True when the file, if any, does not hold this plan."""
        return self._session.is_modified

    def apply(self, text: str, new_plan: Plan, merge_key: str | None = None) -> None:
        """Make ``new_plan`` the plan, as one undo step called ``text`` ("Add RTX 4090").

        A plan equal to the present one is no edit. Steps with the same ``merge_key`` that
        follow each other are merged. While a step is taken back or done again nothing is edited.

        Raises:
            UnknownEntryError: The plan names a row the catalogue does not have.
        """
        before = self._session.plan
        if new_plan == before:
            return
        if self._steps.is_moving:
            # A field that lost the keys as the plan changed under it. Qt would delete the step
            # that it is taking, and what was typed belongs to the plan that goes.
            return
        self._refuse_unknown(new_plan)
        self._steps.add(self.undo_stack, text, before, new_plan, merge_key)

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
        label: str = UNTITLED,
    ) -> None:
        """Put another plan in the place of the one that is shown; its undo history starts anew.

        ``recovered``: the plan is newer than its file, so it counts as modified until saved.
        ``entries``: the rows that the plan brings along; they stand over the user's own.

        Raises:
            UnknownEntryError: The plan names an unknown row; the document stays as it was.
        """
        session, seen = self._session, self.catalog
        rows = PlanCatalog(self.rows.base, entries)
        assessment = self._evaluate(plan, rows.seen)
        session.rows, session.plan, session.assessment = rows, plan, assessment
        session.path, session.unsaved, session.stale = path, recovered, False
        session.label = free_label(label, self._titles(but=session))
        session.selection = session.saved_at = session.stamp = None
        session.undo_stack.clear()
        self._tell_everything(seen)

    # Several open plans ----------------------------------------------------------------------

    def add(
        self,
        plan: Plan,
        path: Path | None = None,
        *,
        unsaved: bool = False,
        entries: Entries = NO_ENTRIES,
        label: str = UNTITLED,
        after: Session | None = None,
        show: bool = True,
    ) -> Session:
        """Open a plan beside the others and show it; behind ``after``, else as the last one.

        Without ``show`` the plan that is shown stays the one.

        Raises:
            UnknownEntryError: The plan names an unknown row; nothing is opened.
        """
        session = self._new_session(plan, PlanCatalog(self.rows.base, entries))
        session.path, session.unsaved = path, unsaved
        session.label = free_label(label, self._titles())
        at = len(self._sessions) if after is None else self._sessions.index(after) + 1
        self._sessions.insert(at, session)
        if show:
            self.show_session(session)
        else:
            self.sessions_changed.emit()
        return session

    def duplicate(self, name: str) -> Session:
        """Open a copy of the shown plan, called ``name`` and in no file yet, and show it."""
        copy = self.plan.replace(name=name)
        rows = self.rows
        # What was deleted from the catalogue and is kept for this plan is kept for its copy too.
        kept = merged(rows.entries, entries_of(self.plan, self.catalog))
        return self.add(copy, unsaved=True, entries=kept, after=self._session)

    def session_with(self, path: Path) -> Session | None:
        """The open plan of a file, None when there is none."""
        # Path.resolve raises for a link that points at itself.
        wanted = os.path.realpath(path)
        have = (s for s in self._sessions if s.path is not None)
        return next((s for s in have if os.path.realpath(s.path) == wanted), None)

    def show_session(self, session: Session) -> None:
        """Show another open plan: every view draws it as it was left."""
        if session is self._session:
            return
        seen = self.catalog
        self._settle(self._session)
        self._settle(session)
        self._session = session
        self._tell_everything(seen)
        self.session_shown.emit(session)

    def close(self, session: Session) -> None:
        """Close one of several open plans without asking; its neighbour is shown."""
        if len(self._sessions) < 2:
            raise ValueError(say("The only open plan cannot be closed."))
        at = self._sessions.index(session)
        if session is self._session:
            self.show_session(self._sessions[at + 1 if at + 1 < len(self._sessions) else at - 1])
        self._sessions.remove(session)
        session.undo_stack.deleteLater()
        self.session_closed.emit(session)
        self.sessions_changed.emit()

    def move(self, session: Session, to: int) -> None:
        """Move an open plan to another place among the tabs."""
        self._sessions.remove(session)
        self._sessions.insert(to, session)
        self.sessions_changed.emit()

    def let_go_of_file(self, session: Session) -> None:
        """Another plan was written over this one's file: it is in no file any more."""
        session.label = free_label(session.title, self._titles(but=session))
        session.path, session.unsaved, session.saved_at = None, True, None
        session.stamp = None
        self.saved_state_changed.emit()
        self.sessions_changed.emit()

    def answer_of(self, session: Session) -> Assessment:
        """What follows from an open plan, computed now if it is behind."""
        self._settle(session)
        return session.assessment

    def _new_session(self, plan: Plan, rows: PlanCatalog) -> Session:
        session = Session(plan, self._evaluate(plan, rows.seen), rows, self)
        session.undo_stack.cleanChanged.connect(self._on_clean_changed)
        # Only the history of the plan that is shown ever moves.
        session.undo_stack.indexChanged.connect(self._on_index_changed)
        return session

    def _titles(self, but: Session | None = None) -> frozenset[str]:
        return frozenset(s.title for s in self._sessions if s is not but)

    def _settle(self, session: Session) -> None:
        """Work out an answer that is behind without telling anybody."""
        if session.stale:
            session.stale = False
            session.assessment = self._evaluate(session.plan, session.rows.seen)

    def _tell_everything(self, seen_before: object) -> None:
        self.selection_changed.emit(self._session.selection)
        if self.catalog is not seen_before:
            self.catalog_changed.emit()
        self.plan_changed.emit(self.plan)
        self.assessment_changed.emit(self.assessment)
        self.saved_state_changed.emit()
        self.history_changed.emit()
        self.sessions_changed.emit()

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
        lost = self.rows.reload(base, self.plan)
        for session in self._sessions:
            if session is not self._session:
                session.rows.reload(base, session.plan)
                session.stale = True
        self._on_rows_changed()
        return lost

    def drop_entries(self, ids: frozenset[str]) -> None:
        """Let the user's own rows stand for the plan's where both have the id."""
        self.rows.drop(ids)
        self._on_rows_changed()

    def _on_rows_changed(self) -> None:
        self.catalog_changed.emit()
        self._show(self.plan)

    @property
    def carried(self) -> Entries:
        """The rows that the plan has to bring along when it is saved."""
        return entries_of(self.plan, self.catalog)

    def mark_saved(self, path: Path, stamp: Stamp | None = None) -> None:
        """The plan is in ``path`` now, which holds what ``stamp`` says."""
        self._session.path = path
        self._session.stamp = stamp
        self._session.unsaved = False
        self.undo_stack.setClean()
        self.saved_state_changed.emit()
        self.sessions_changed.emit()

    def mark_unsaved(self, session: Session, stamp: Stamp | None) -> None:
        """The file of an open plan holds something else now, or is gone: ``stamp``."""
        session.unsaved, session.stamp = True, stamp
        self.saved_state_changed.emit()
        self.sessions_changed.emit()

    def flush(self) -> None:
        """Evaluate now instead of at the next turn of the event loop."""
        if self._session.stale:
            self._settle(self._session)
            self.assessment_changed.emit(self.assessment)

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
        return self._session.selection

    def select(self, node: int | None, slot: int | None = None) -> None:
        """Select a slot, a node (``slot`` None) or nothing (``node`` None)."""
        selection = None if node is None else (node, slot)
        if selection != self._session.selection:
            self._session.selection = selection
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
        if plan.model != self.plan.model:
            self.catalog.model(plan.model)
        for node in plan.rig.nodes:
            if node.host is not None:
                self.catalog.host(node.host)
            for card in node.gpus:
                name = card_id(card)
                if name is not None:
                    self.catalog.gpu(name)

    def _show(self, plan: Plan) -> None:
        session = self._session
        is_renamed = plan.name != session.plan.name
        session.plan = plan
        if not session.stale:
            session.stale = True
            # A timer would come after the next frame, which would show the plan without its
            # answer; a posted event of this priority comes before it.
            QCoreApplication.postEvent(
                self, QEvent(_ANSWER_DUE), Qt.EventPriority.HighEventPriority.value
            )
        self._drop_dead_selection()
        self.plan_changed.emit(plan)
        if is_renamed:
            self.saved_state_changed.emit()
            self.sessions_changed.emit()

    def _drop_dead_selection(self) -> None:
        if self._session.selection is None:
            return
        node, slot = self._session.selection
        nodes = self.plan.rig.nodes
        if node >= len(nodes) or (slot is not None and slot >= len(nodes[node].gpus)):
            self._session.selection = None
            self.selection_changed.emit(None)

    def _on_clean_changed(self, _clean: bool) -> None:
        self.saved_state_changed.emit()
        self.sessions_changed.emit()

    def _on_index_changed(self, _index: int) -> None:
        self.history_changed.emit()


__all__ = ["Evaluate", "PlanDocument", "Selection", "UnknownEntryError"]
