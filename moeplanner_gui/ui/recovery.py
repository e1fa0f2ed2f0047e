"""Offers what crashed runs left unsaved. Knows the document, the disk and the bars."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject

from moeplanner_gui.core.ports import UnknownEntryError
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.autosave import Autosave, Recovered, discard, find_left_over
from moeplanner_gui.ui.bars import MessageArea
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.file_actions import FileActions

MOST_NAMED = 4


class Recovery(QObject):
    """The bar with what can be recovered; every plan comes back in a tab of its own."""

    def __init__(
        self,
        document: PlanDocument,
        files: FileActions,
        autosave: Autosave,
        bars: MessageArea,
        folder: Path,
    ) -> None:
        super().__init__(files)
        self._document, self._files = document, files
        self._autosave, self._bars, self._folder = autosave, bars, folder

    def offer(self) -> None:
        """Offer what crashed runs left, in a bar."""
        left = find_left_over(self._folder)
        if not left:
            self._bars.remove_bar("recovery")
            return
        many = len(left) > 1
        self._bars.show_bar(
            "recovery",
            "warning",
            say("The last run ended without saving."),
            _what_was_kept(left),
            (
                (say("Recover all") if many else say("Recover"), lambda: self.recover_all(left)),
                (say("Discard all") if many else say("Discard"), lambda: self._discard_all(left)),
            ),
        )

    def recover_all(self, left: Sequence[Recovered]) -> bool:
        """Open all the kept work, the newest in front; what is refused stays on the disk."""
        opened = [self.recover(item) for item in reversed(left)]
        self._bars.remove_bar("recovery")
        return all(opened)

    def recover(self, left: Recovered) -> bool:
        """Open one kept plan as an unsaved one, in the place of its untouched file if open."""
        document = self._document
        try:
            document.preview(left.plan, left.entries)
        except UnknownEntryError as error:
            self._files.refuse(left.kept_in, str(error))
            return False
        path, label = left.path, left.label
        there = document.session_with(path) if path is not None else None
        if there is not None and (there.is_modified or there.undo_stack.count()):
            # Two open plans must not write over each other's file.
            path, label, there = None, say("{0} recovered", left.title), None
        if there is not None:
            document.show_session(there)
        if there is not None or document.session.is_untouched:
            document.open(left.plan, path, recovered=True, entries=left.entries, label=label)
        else:
            document.add(left.plan, path, unsaved=True, entries=left.entries, label=label)
        self._files.say_what_the_plan_brings()
        self._autosave.save_now()
        if self._autosave.is_kept(document.session):
            discard(left)
        self._bars.remove_bar("recovery")
        return True

    def _discard_all(self, left: Sequence[Recovered]) -> None:
        for item in left:
            discard(item)
        self._bars.remove_bar("recovery")


def _what_was_kept(left: Sequence[Recovered]) -> str:
    """“Changes to a.moeplan from 23 Nov 02:10 were kept.”"""
    newest = left[0]
    when = _when(newest.time)
    if len(left) == 1:
        has_name = newest.path is not None or newest.plan.name
        name = newest.title if has_name else say("a plan without a file")
        return say("Changes to {0} from {1} were kept.", name, when)
    names = [item.title for item in left[:MOST_NAMED]]
    more = len(left) - len(names)
    listed = ", ".join(names) + (say(" and {0} more", more) if more else "")
    return say("Changes to {0} plans were kept, the last from {1}: {2}.", len(left), when, listed)


def _when(time: datetime) -> str:
    return f"{time:%d %b %H:%M}"
