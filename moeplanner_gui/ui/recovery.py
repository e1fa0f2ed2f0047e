"""Offers what crashed runs left unsaved. Knows the document, the disk and the bars."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from PySide6.QtCore import QObject

from moeplanner_gui.core.marks import MONTHS
from moeplanner_gui.core.ports import UnknownEntryError
from moeplanner_gui.core.words import comma_joined, paragraph, say
from moeplanner_gui.export.plan_file import PlanFileError
from moeplanner_gui.ui.autosave import Autosave
from moeplanner_gui.ui.bars import MessageArea
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.file_actions import FileActions, show_folder
from moeplanner_gui.ui.left_over import (
    Broken,
    Recovered,
    discard,
    find_left_over,
    put_broken_aside,
)
from moeplanner_gui.ui.plan_disk import Stamp, read_plan_file

MOST_NAMED = 4
FIRST_YEAR = 2025
"""A clock that says an earlier one was wrong: the program is younger."""
_A_LITTLE_LATER = timedelta(minutes=5)


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
        self._highest = 0

    def offer(self) -> None:
        """Offer what crashed runs left, in a bar; say what of it cannot be read."""
        self._say_broken(put_broken_aside(self._folder))
        found = find_left_over(self._folder)
        self._highest = max((item.order for item in found), default=0)
        left = [item for item in found if not _is_in_its_file(item)]
        for item in found:
            if item not in left:
                # The run ended between saving the plan and forgetting its autosave.
                discard(item)
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

    @property
    def highest_order(self) -> int:
        """The order of the newest work that was found; what is kept from now on is newer."""
        return self._highest

    def _say_broken(self, broken: Sequence[Broken]) -> None:
        if not broken:
            return
        said = paragraph(_where(item) for item in broken)
        self._bars.show_bar(
            "recovery_broken",
            "warning",
            say("Unsaved work of an earlier run could not be read.")
            if len(broken) == 1
            else say("Unsaved work of {0} plans of earlier runs could not be read.", len(broken)),
            said,
            ((say("Show the folder"), lambda: show_folder(broken[0].kept.parent)),),
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
        if path is not None and left.base:
            # Who saves over what was written there since is asked first.
            document.session.stamp = Stamp(left.base)
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


def _is_in_its_file(left: Recovered) -> bool:
    if left.path is None:
        return False
    try:
        plan, entries, _ = read_plan_file(left.path)
    except PlanFileError:
        return False
    return plan == left.plan and entries == left.entries


def _where(broken: Broken) -> str:
    """“session-1.json: it is damaged; it was kept as …”"""
    if broken.kept == broken.file:
        return say("{0}: {1}; it was left as it is.", broken.file, broken.reason)
    return say("{0}: {1}; it was kept as {2}.", broken.file, broken.reason, broken.kept.name)


def _what_was_kept(left: Sequence[Recovered]) -> str:
    """“Changes to a.moeplan from 23 Nov 02:10 were kept.”"""
    newest = left[0]
    when = _when(newest.time)
    if len(left) == 1:
        has_name = newest.path is not None or newest.plan.name
        name = newest.title if has_name else say("a plan without a file")
        if not when:
            return say("Changes to {0} were kept.", name)
        return say("Changes to {0} from {1} were kept.", name, when)
    names = [item.title for item in left[:MOST_NAMED]]
    more = len(left) - len(names)
    listed = comma_joined(names)
    listed = say("{0} and {1} more", listed, more) if more else listed
    if not when:
        return say("Changes to {0} plans were kept: {1}.", len(left), listed)
    return say("Changes to {0} plans were kept, the last from {1}: {2}.", len(left), when, listed)


def _when(time: datetime) -> str:
    """The time for a person; "" for one by a clock that was wrong."""
    now = datetime.now(time.tzinfo)
    if time.year < FIRST_YEAR or time > now + _A_LITTLE_LATER:
        return ""
    if time.year != now.year:
        return f"{time:%Y-%m-%d %H:%M}"
    return say(
        "{0:02d} {1} {2:02d}:{3:02d}", time.day, MONTHS[time.month - 1], time.hour, time.minute
    )
