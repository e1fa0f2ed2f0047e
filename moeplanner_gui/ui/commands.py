"""The one undo command, a plan before and a plan after, and how one follows another.

Knows no edits; those are in core.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QUndoCommand, QUndoStack

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


class Steps:
    """Adds steps to undo histories, and knows when one of them moves.

    Args:
        show: Makes a plan the one that is shown.
        changed: Called when a history changed without Qt saying so.
    """

    def __init__(self, show: Callable[[Plan], None], changed: Callable[[], None]) -> None:
        self._show, self._changed = show, changed
        self._is_pushing = False
        self.is_moving = False
        """A step is just being taken back or done again: nothing may be added."""

    def add(
        self, stack: QUndoStack, text: str, before: Plan, after: Plan, merge_key: str | None
    ) -> None:
        """Show ``after``, as a step of its own or as a part of the last one."""
        if self._goes_on(stack, text, after, merge_key):
            return
        command = ReplacePlan(text, before, after, self._step, merge_key)
        was_pushing, self._is_pushing = self._is_pushing, True
        try:
            stack.push(command)
        finally:
            self._is_pushing = was_pushing

    def _goes_on(self, stack: QUndoStack, text: str, after: Plan, merge_key: str | None) -> bool:
        """Make it part of the last step, where Qt would merge the two."""
        last = stack.command(stack.index() - 1) if stack.index() else None
        if (
            not isinstance(last, ReplacePlan)
            or not last.continues(merge_key)
            or stack.canRedo()
            or stack.isClean()
        ):
            return False
        last.go_on(text, after)
        if last.isObsolete():
            # Takes nothing back, as it is obsolete, and forgets it.
            stack.undo()
        self._show(after)
        self._changed()
        return True

    def _step(self, plan: Plan) -> None:
        """What the history shows: of a new step, or of one that is taken back or done again."""
        self.is_moving = not self._is_pushing
        try:
            self._show(plan)
        finally:
            self.is_moving = False
