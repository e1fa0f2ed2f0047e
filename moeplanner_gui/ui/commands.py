"""The one undo command: a plan before and a plan after. Knows no edits; those are in core."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QUndoCommand

from moeplanner_gui.core.plan import Plan

MERGE_ID = 1


class ReplacePlan(QUndoCommand):
    """Replaces the document's plan; the plan is immutable, so two references are the whole state.

    Steps with the same ``merge_key`` that follow each other become one: a slider drag is one
    undo step from where it began to where it ended. PySide never lets go of a command that Qt
    deletes as soon as it is pushed, so steps are merged by :meth:`go_on` where that is possible.
    """

    def __init__(
        self,
        text: str,
        before: Plan,
        after: Plan,
        show: Callable[[Plan], None],
        merge_key: str | None = None,
    ) -> None:
        super().__init__(text)
        self._before = before
        self._after = after
        self._show = show
        self._merge_key = merge_key

    def id(self) -> int:
        return MERGE_ID if self._merge_key else -1

    def continues(self, merge_key: str | None) -> bool:
        """Whether a step with this key belongs to the same drag."""
        return bool(merge_key) and merge_key == self._merge_key

    def go_on(self, text: str, after: Plan) -> None:
        """Make a further step part of this one; obsolete when it leads back to the first plan."""
        self._after = after
        self.setText(text)
        # A drag that returns to where it began leaves nothing to undo.
        self.setObsolete(self._after == self._before)

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, ReplacePlan) or not self.continues(other._merge_key):
            return False
        self.go_on(other.text(), other._after)
        # What stays of the other one is to hold no plans.
        other._before = other._after = self._before
        return True

    def redo(self) -> None:
        self._show(self._after)

    def undo(self) -> None:
        self._show(self._before)
