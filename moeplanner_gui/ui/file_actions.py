"""New, open, save, close, recent files and samples: everything about plan files.

Knows the document, the disk and the bars; not the views. A file that cannot be opened leaves
the open plans as they were. An untouched sample or empty plan gives way to what is opened;
everything else stays in its tab.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QKeySequence
from PySide6.QtWidgets import QFileDialog, QWidget

from moeplanner_gui.core.entries import NO_ENTRIES, Entries
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import UnknownEntryError
from moeplanner_gui.core.words import say
from moeplanner_gui.export.plan_file import (
    PlanFileError,
    read_plan,
)
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.autosave import Autosave
from moeplanner_gui.ui.bars import MessageArea
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.plan_catalog import brought_words, differing
from moeplanner_gui.ui.plan_disk import ChangedOnDiskError, Stamp, read_plan_file, save_plan_file
from moeplanner_gui.ui.plan_titles import (
    SAMPLE,
    SUFFIX,
    empty_plan,
    file_stem,
    plan_title,
    sample_files,
)
from moeplanner_gui.ui.save_dialog import ask_where_to_save
from moeplanner_gui.ui.sessions import UNTITLED, Session
from moeplanner_gui.ui.settings import SettingsStore

PLAN_FILTER = say("MoE Planner plan (*.moeplan)")


class FileActions(QObject):
    """The commands of the File menu.

    Signals:
        saved(): The plan was written.
        recent_changed(): The list of recent files changed.
    """

    saved = Signal()
    recent_changed = Signal()

    def __init__(
        self,
        document: PlanDocument,
        actions: Actions,
        store: SettingsStore,
        bars: MessageArea,
        autosave: Autosave,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._document = document
        self._actions = actions
        self._store = store
        self._bars = bars
        self._autosave = autosave
        self._window = window
        self.ask_unsaved: Callable[[], str] = self._ask_unsaved
        self.ask_changed: Callable[[Path], str] = self._ask_changed
        self._declare()
        autosave.failed.connect(self._on_autosave_failed)
        document.session_shown.connect(self._on_session_shown)

    def _declare(self) -> None:
        add, keys = self._actions.add, QKeySequence.StandardKey
        add(
            "file.new",
            say("&New plan"),
            self.new,
            shortcut=keys.New,
            icon="new",
            menu="File",
            tip=say("Start a plan with an empty rig"),
        )
        add(
            "file.open",
            say("&Open…"),
            self.open_dialog,
            shortcut=keys.Open,
            icon="open",
            menu="File",
            tip=say("Open a plan file"),
        )
        add(
            "file.save",
            say("&Save"),
            self.save,
            shortcut=keys.Save,
            icon="save",
            menu="File",
            tip=say("Save the plan to its file"),
            in_dialogs=True,
        )
        add(
            "file.save_as",
            say("Save &as…"),
            self.save_as,
            shortcut="Ctrl+Shift+S",
            menu="File",
            tip=say("Save the plan to another file"),
        )

    # Opening -------------------------------------------------------------------------------

    def new(self) -> None:
        """Start with an empty rig and the model of the present plan."""
        self._put(empty_plan(self._document.plan.model), None)
        self._bars.remove_bar("hint")

    def new_tab(self) -> None:
        """Start an empty plan beside the open ones."""
        self._document.add(empty_plan(self._document.plan.model))
        self._bars.remove_bar("hint")

    def _put(
        self,
        plan: Plan,
        path: Path | None,
        entries: Entries = NO_ENTRIES,
        label: str = UNTITLED,
        stamp: Stamp | None = None,
    ) -> None:
        """Show a plan: in the place of an untouched one, else in a tab of its own."""
        if self._document.session.is_untouched:
            self._document.open(plan, path, entries=entries, label=label)
        else:
            self._document.add(plan, path, entries=entries, label=label)
        self._document.session.stamp = stamp

    def open_dialog(self) -> None:
        """Ask for a plan file and open it."""
        folder = str(self._document.path.parent) if self._document.path else ""
        name, _ = QFileDialog.getOpenFileName(
            self._window, say("Open a plan"), folder, say("{0};;All files (*)", PLAN_FILTER)
        )
        if name:
            self.open_path(Path(name))

    def open_path(self, path: Path) -> bool:
        """Open a plan file, or go to its tab; on failure say why and leave everything as it was.

        A file that is open and was changed by somebody else meanwhile is read anew, unless that
        would throw edits away.
        """
        there = self._document.session_with(path)
        if there is not None and there.is_modified:
            return self._go_to(there, path)
        try:
            plan, entries, stamp = read_plan_file(path)
            if there is not None and there.holds(plan, entries):
                there.stamp = stamp
                return self._go_to(there, path)
            self._document.preview(plan, entries)
        except PlanFileError as error:
            self.refuse(path, str(error))
            return False
        except UnknownEntryError as error:
            self.refuse(path, str(error))
            return False
        except OSError as error:
            self.refuse(path, error.strerror or say("The system refused to read it."))
            return False
        if there is not None:
            self._document.show_session(there)
            self._document.open(plan, path, entries=entries)
            there.stamp = stamp
        else:
            self._put(plan, path, entries, stamp=stamp)
        self.say_what_the_plan_brings()
        return self._opened(path)

    def read_again(self, session: Session) -> bool:
        """Show what the shown plan's file holds now. What was shown stays: under Undo, or in a
        tab of its own where the file brings other rows along.
        """
        document, path = self._document, session.path
        if path is None:
            return False
        try:
            plan, entries, stamp = read_plan_file(path)
            document.preview(plan, entries)
        except (PlanFileError, UnknownEntryError) as error:
            self.refuse(path, str(error))
            return False
        if differing(entries, document.rows.base) == document.rows.entries:
            document.apply(say("Reload {0}", path.name), plan)
            document.mark_saved(path, stamp)
        else:
            if session.is_modified:
                document.duplicate(say("{0} (mine)", session.title))
                document.show_session(session)
            document.open(plan, path, entries=entries)
            session.stamp = stamp
        self._autosave.forget(session)
        self.say_what_the_plan_brings()
        return self._opened(path)

    def _go_to(self, session: Session, path: Path) -> bool:
        self._document.show_session(session)
        return self._opened(path)

    def _opened(self, path: Path) -> bool:
        self._bars.remove_bar("file_error")
        self._bars.remove_bar("hint")
        self._remember(path)
        return True

    def open_sample(self, path: Path) -> bool:
        """Open a sample as a plan without a file."""
        try:
            plan = read_plan(path)
            self._document.preview(plan, NO_ENTRIES)
        except (PlanFileError, UnknownEntryError, OSError) as error:
            self.refuse(path, str(error))
            return False
        self._put(plan, None, label=SAMPLE)
        return True

    def refuse(self, path: Path, sentence: str) -> None:
        """Say that a file could not be opened, and why."""
        self._bars.show_bar(
            "file_error",
            "error",
            say("“{0}” could not be opened.", path.name),
            say("{0} The open plan and the file were left as they are.", sentence),
            (
                (say("Open another…"), self.open_dialog),
                (say("Show the folder"), lambda: show_folder(path.parent)),
            ),
        )

    def say_what_the_plan_brings(self) -> None:
        """Say which rows the open plan brought along, where that is not what the user has."""
        rows = self._document.rows
        overruled = rows.overruled
        if overruled:
            ids = overruled.ids | {price.part_id for price in overruled.prices}
            ids |= overruled.tariff_keys
            strong, text, action = brought_words(overruled, rows.base)
            self._bars.show_bar(
                "entries", "warning", strong, text, ((action, lambda: self._use_mine(ids)),)
            )
        else:
            self._bars.remove_bar("entries")

    def _on_session_shown(self, _session: object) -> None:
        self.say_what_the_plan_brings()

    def _use_mine(self, ids: frozenset[str]) -> None:
        self._document.drop_entries(ids)
        self._bars.remove_bar("entries")

    # Saving --------------------------------------------------------------------------------

    def save(self) -> bool:
        """Save to the plan's file, or ask for one."""
        path = self._document.path
        return self.save_as() if path is None else self._write(path)

    def save_as(self) -> bool:
        """Ask for a file and save to it."""
        current = self._document.path or Path(file_stem(self._document.plan) + SUFFIX)
        path, _ = ask_where_to_save(
            self._window, say("Save the plan"), str(current), PLAN_FILTER, SUFFIX
        )
        return path is not None and self._write(path)

    def _write(self, path: Path, *, over: bool = False) -> bool:
        """Save to a file; ``over`` what somebody else wrote meanwhile."""
        document, session = self._document, self._document.session
        # Another name was chosen in a dialog that asks by itself before a file is replaced.
        expected = session.stamp if path == session.path and not over else None
        # Should the program die meanwhile, what is recovered is what was being saved.
        self._autosave.save_now()
        try:
            stamp = save_plan_file(path, document.plan, document.carried, expected)
        except ChangedOnDiskError:
            answer = self.ask_changed(path)
            if answer == "save_as":
                return self.save_as()
            return answer == "overwrite" and self._write(path, over=True)
        except (PlanFileError, OSError) as error:
            self._bars.show_bar(
                "file_error",
                "error",
                say("“{0}” could not be saved.", path.name),
                say("{0} The plan is still open.", error),
                (
                    (say("Try again"), lambda: self._again(session, self.save)),
                    (say("Save elsewhere…"), lambda: self._again(session, self.save_as)),
                ),
            )
            return False
        real = os.path.realpath(path)
        for other in document.sessions:
            if other is not session and other.path and os.path.realpath(other.path) == real:
                document.let_go_of_file(other)
        session.saved_at = datetime.now()
        document.mark_saved(path, stamp)
        self._autosave.forget(session)
        self._bars.remove_bar("file_error")
        self._remember(path)
        self.saved.emit()
        return True

    def _again(self, session: Session, save: Callable[[], bool]) -> None:
        """Save the plan that could not be saved, whichever is shown now."""
        if session in self._document.sessions:
            self._document.show_session(session)
            save()

    # Closing -------------------------------------------------------------------------------

    def close(self, session: Session | None = None) -> bool:
        """Close an open plan, the shown one when None; asks when it has unsaved changes.

        The only one gives way to an empty plan.
        """
        document = self._document
        session = session or document.session
        if not self._may_lose(session):
            return False
        if len(document.sessions) > 1:
            document.close(session)
        else:
            document.open(empty_plan(document.plan.model), None)
            self._autosave.forget()
        return True

    def may_close(self) -> bool:
        """Whether the window may close; shows and asks about each plan with unsaved changes."""
        shown = self._document.session
        if not all(self._may_lose(session) for session in self._document.sessions):
            return False
        # What was looked at last is what the next start begins with.
        if shown.path is not None:
            self._store.settings.last_file = str(shown.path.absolute())
        return True

    def _may_lose(self, session: Session) -> bool:
        if not session.is_modified:
            return True
        # The question is about what is seen behind it.
        self._document.show_session(session)
        answer = self.ask_unsaved()
        if answer == "save":
            return self.save()
        return answer == "discard"

    def _ask_unsaved(self) -> str:
        from moeplanner_gui.ui.unsaved import ask_unsaved

        session = self._document.session
        name = session.path.name if session.path else session.title
        return ask_unsaved(self._window, name)

    def _ask_changed(self, path: Path) -> str:
        from moeplanner_gui.ui.unsaved import ask_changed

        return ask_changed(self._window, path.name)

    # Recent files and samples ----------------------------------------------------------------

    def recent(self) -> list[Path]:
        """Recent plan files that still exist, latest first."""
        return [Path(item) for item in self._store.settings.recent if Path(item).is_file()]

    def samples(self) -> list[tuple[Path, str]]:
        """The sample plans with their titles."""
        titled = []
        for path in sample_files():
            with contextlib.suppress(PlanFileError, UnknownEntryError, OSError):
                titled.append((path, plan_title(read_plan(path), self._document.catalog)))
        return titled

    def clear_recent(self) -> None:
        """Forget the recent files."""
        self._store.settings.recent = []
        self._store.save()
        self.recent_changed.emit()

    def _remember(self, path: Path) -> None:
        self._store.settings.remember_file(path.absolute())
        self._store.save()
        self.recent_changed.emit()

    def _on_autosave_failed(self, reason: str) -> None:
        self._bars.show_bar(
            "autosave",
            "warning",
            say("Unsaved changes cannot be kept automatically:"),
            say("{0}. Save the plan to a file.", reason),
            ((say("Save as…"), self.save_as),),
        )


def show_folder(path: Path) -> None:
    """Open a folder in the system's file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
