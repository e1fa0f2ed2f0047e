"""One open plan: what was chosen, its file, its undo history and what was computed from it.

The document holds one of them for each tab and shows one at a time. Knows no widgets.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QUndoStack

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.entries import Entries
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.plan_catalog import PlanCatalog, differing
from moeplanner_gui.ui.plan_disk import Stamp

UNTITLED = say("Untitled plan")
_NUMBERED = re.compile(r"(.*?) \((\d{1,4})\)")
UNDO_STEPS = 1000
"""More than a person takes back one by one; without an end the history grows for days."""
_ids = itertools.count(1)


class Session:
    """The state of one open plan; only the document changes it.

    Attributes:
        id: Told apart by it, also after it was moved or closed.
        rows: Which rows the plan's ids refer to.
        plan: What the user chose.
        assessment: What follows from it; behind the plan while ``stale``.
        path: The plan's file, None while it has none.
        label: What an unnamed plan without a file is called.
        unsaved: The plan is in no file, or newer than it, whatever the undo history says.
        selection: The selected node and slot.
        saved_at: When it was last written by this run.
        stamp: What the file held when it was last read or written here, None when unknown.
    """

    __slots__ = (
        "assessment",
        "id",
        "label",
        "path",
        "plan",
        "rows",
        "saved_at",
        "selection",
        "stale",
        "stamp",
        "undo_stack",
        "unsaved",
    )

    def __init__(
        self,
        plan: Plan,
        assessment: Assessment,
        rows: PlanCatalog,
        parent: QObject,
        *,
        path: Path | None = None,
        label: str = UNTITLED,
        unsaved: bool = False,
    ) -> None:
        self.id = next(_ids)
        self.plan, self.assessment, self.rows = plan, assessment, rows
        self.path, self.label, self.unsaved = path, label, unsaved
        self.undo_stack = QUndoStack(parent)
        self.undo_stack.setUndoLimit(UNDO_STEPS)
        self.selection: tuple[int, int | None] | None = None
        self.saved_at: datetime | None = None
        self.stamp: Stamp | None = None
        self.stale = False

    @property
    def title(self) -> str:
        """The plan's own name, else its file's, else what it was called when it was made."""
        return self.plan.name or (self.path.stem if self.path else self.label)

    @property
    def is_modified(self) -> bool:
        """True when the file, if any, does not hold this plan."""
        return self.unsaved or not self.undo_stack.isClean()

    @property
    def is_untouched(self) -> bool:
        """True for a sample or an empty plan in which nothing was done: nothing would be lost."""
        return self.path is None and not self.is_modified and not self.undo_stack.count()

    def holds(self, plan: Plan, entries: Entries) -> bool:
        """True when it is this plan with these rows of its own."""
        return plan == self.plan and differing(entries, self.rows.base) == self.rows.entries


def next_name(title: str, taken: Collection[str]) -> str:
    """A name for a copy: ``Name (2)``, ``Name (3)`` when that is taken."""
    found = _NUMBERED.fullmatch(title)
    base, number = (found[1], int(found[2])) if found else (title, 1)
    while True:
        number += 1
        name = f"{base} ({number})"
        if name not in taken:
            return name


def free_label(label: str, taken: Collection[str]) -> str:
    """A label that no other open plan has: ``Untitled plan``, ``Untitled plan 2``."""
    name, number = label, 1
    while name in taken:
        number += 1
        name = f"{label} {number}"
    return name
