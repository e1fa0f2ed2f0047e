"""The one undo command: a plan before and a plan after. Knows no edits; those are in core."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QUndoCommand

from moeplanner_gui.core.plan import Plan

MERGE_ID = 1


class ReplacePlan(QUndoCommand):
    """Replaces the document's plan; the plan is immutable, so two references are the whole state.

    Steps with the same ``merge_key`` that follow each other become one: a slider drag is one
    undo step from where it began to where it ended.
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

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, ReplacePlan) or other._merge_key != self._merge_key:
            return False
        self._after = other._after
        self.setText(other.text())
        # A drag that returns to where it began leaves nothing to undo.
        self.setObsolete(self._after == self._before)
        return True

    def redo(self) -> None:
        self._show(self._after)

    def undo(self) -> None:
        self._show(self._before)
