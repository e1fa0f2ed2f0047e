"""New, open, save, recent files, samples, export, recovery: everything about plan files.

Knows the document, the disk and the bars; not the views. A file that cannot be opened leaves
the open plan as it was.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QKeySequence
from PySide6.QtWidgets import QFileDialog, QWidget

from moeplanner_gui.core.entries import NO_ENTRIES
from moeplanner_gui.core.ports import UnknownEntryError
from moeplanner_gui.export.plan_file import (
    PlanFileError,
    read_plan,
    read_plan_and_entries,
    write_plan,
)
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.autosave import Autosave, Recovered, discard, find_left_over
from moeplanner_gui.ui.bars import MessageArea
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.plan_catalog import named_rows
from moeplanner_gui.ui.plan_titles import (
    SUFFIX,
    empty_plan,
    plan_title,
    sample_files,
    suggested_name,
)
from moeplanner_gui.ui.settings import SettingsStore

PLAN_FILTER = "MoE Planner plan (*.moeplan)"


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
        self._declare()
        autosave.failed.connect(self._on_autosave_failed)

    def _declare(self) -> None:
        add, keys = self._actions.add, QKeySequence.StandardKey
        add(
            "file.new",
            "&New plan",
            self.new,
            shortcut=keys.New,
            icon="new",
            menu="File",
            tip="Start a plan with an empty rig",
        )
        add(
            "file.open",
            "&Open…",
            self.open_dialog,
            shortcut=keys.Open,
            icon="open",
            menu="File",
            tip="Open a plan file",
        )
        add(
            "file.save",
            "&Save",
            self.save,
            shortcut=keys.Save,
            icon="save",
            menu="File",
            tip="Save the plan to its file",
        )
        add(
            "file.save_as",
            "Save &as…",
            self.save_as,
            shortcut="Ctrl+Shift+S",
            menu="File",
            tip="Save the plan to another file",
        )
        add(
            "file.export_pdf",
            "Build plan as &PDF…",
            self.export_pdf,
            shortcut="Ctrl+P",
            icon="pdf",
            menu="File/Export",
            tip="Write verdict, parts, memory and sources to a PDF",
        )
        add(
            "file.export_csv",
            "Parts list as &CSV…",
            self.export_csv,
            shortcut="Ctrl+Shift+E",
            icon="table",
            menu="File/Export",
            tip="Write parts and memory per device to a CSV file",
        )

    # Opening -------------------------------------------------------------------------------

    def new(self) -> None:
        """Start with an empty rig and the model of the present plan."""
        if self._may_replace():
            plan = empty_plan(self._document.plan.model)
            self._document.open(plan, None)
            self._bars.remove_bar("hint")

    def open_dialog(self) -> None:
        """Ask for a plan file and open it."""
        folder = str(self._document.path.parent) if self._document.path else ""
        name, _ = QFileDialog.getOpenFileName(
            self._window, "Open a plan", folder, f"{PLAN_FILTER};;All files (*)"
        )
        if name:
            self.open_path(Path(name))

    def open_path(self, path: Path) -> bool:
        """Open a plan file; on failure say why and leave the open plan as it was."""
        try:
            plan, entries = read_plan_and_entries(path)
            self._document.preview(plan, entries)
        except PlanFileError as error:
            self.refuse(path, str(error))
            return False
        except UnknownEntryError as error:
            self.refuse(path, str(error))
            return False
        except OSError as error:
            self.refuse(path, error.strerror or "The system refused to read it.")
            return False
        if not self._may_replace():
            return False
        self._document.open(plan, path, entries=entries)
        self.say_what_the_plan_brings()
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
        if not self._may_replace():
            return False
        self._document.open(plan, None)
        return True

    def refuse(self, path: Path, sentence: str) -> None:
        """Say that a file could not be opened, and why."""
        self._bars.show_bar(
            "file_error",
            "error",
            f"“{path.name}” could not be opened.",
            f"{sentence} The open plan and the file were left as they are.",
            (("Open another…", self.open_dialog), ("Show the folder", lambda: _show(path.parent))),
        )

    def say_what_the_plan_brings(self) -> None:
        """Say which rows the open plan brought along, where that is not what the user has."""
        rows = self._document.rows
        overruled = rows.overruled
        if overruled:
            ids = overruled.ids
            self._bars.show_bar(
                "entries",
                "warning",
                f"The plan brings its own {named_rows(overruled)}.",
                "It differs from the entry of that name here; this plan is computed with its own.",
                (("Use mine", lambda: self._use_mine(ids)),),
            )
        else:
            self._bars.remove_bar("entries")

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
        current = self._document.path or Path(suggested_name(self._document.plan) + SUFFIX)
        name, _ = QFileDialog.getSaveFileName(
            self._window, "Save the plan", str(current), PLAN_FILTER
        )
        if not name:
            return False
        path = Path(name)
        return self._write(path if path.suffix else path.with_suffix(SUFFIX))

    def _write(self, path: Path) -> bool:
        try:
            write_plan(path, self._document.plan, self._document.carried)
        except (PlanFileError, OSError) as error:
            self._bars.show_bar(
                "file_error",
                "error",
                f"“{path.name}” could not be saved.",
                f"{error} The file on the disk was left as it was; the plan is still open.",
                (("Try again", self.save), ("Save elsewhere…", self.save_as)),
            )
            return False
        self._document.mark_saved(path)
        self._autosave.forget()
        self._bars.remove_bar("file_error")
        self._remember(path)
        self.saved.emit()
        return True

    def _may_replace(self) -> bool:
        if not self._document.is_modified:
            return True
        answer = self.ask_unsaved()
        if answer == "save":
            return self.save()
        if answer == "discard":
            self._autosave.forget()
            return True
        return False

    def may_close(self) -> bool:
        """Whether the window may close; asks when there are unsaved changes."""
        return self._may_replace()

    def _ask_unsaved(self) -> str:
        from moeplanner_gui.ui.unsaved import ask_unsaved

        name = self._document.path.name if self._document.path else "The new plan"
        return ask_unsaved(self._window, name)

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

    # Recovery ------------------------------------------------------------------------------

    def offer_recovery(self) -> None:
        """Offer what a crashed run left, in a bar; the newest first."""
        left = find_left_over(self._store.folder)
        if not left:
            return
        newest = left[0]
        name = newest.path.name if newest.path else "a plan without a file"
        self._bars.show_bar(
            "recovery",
            "warning",
            "The last run ended without saving.",
            f"Changes to {name} from {newest.time:%d %b %H:%M} were kept.",
            (
                ("Recover", lambda: self.recover(newest)),
                ("Discard", lambda: self._discard(newest)),
            ),
        )

    def recover(self, left: Recovered) -> bool:
        """Open the kept work as an unsaved plan."""
        try:
            self._document.preview(left.plan, left.entries)
        except UnknownEntryError as error:
            self.refuse(left.kept_in, str(error))
            return False
        if not self._may_replace():
            return False
        self._document.open(left.plan, left.path, recovered=True, entries=left.entries)
        self.say_what_the_plan_brings()
        self._autosave.save_now()
        discard(left)
        self._bars.remove_bar("recovery")
        return True

    def _discard(self, left: Recovered) -> None:
        discard(left)
        self._bars.remove_bar("recovery")
        self.offer_recovery()

    def _on_autosave_failed(self, reason: str) -> None:
        self._bars.show_bar(
            "autosave",
            "warning",
            "Unsaved changes cannot be kept automatically:",
            f"{reason}. Save the plan to a file.",
            (("Save as…", self.save_as),),
        )

    # Export --------------------------------------------------------------------------------

    def export_pdf(self) -> None:
        """Ask for a file and write the build plan."""

        def write(path: Path) -> None:
            from moeplanner_gui.ui.export.pdf import write_pdf

            document = self._document
            write_pdf(path, document.plan, document.assessment, document.catalog)

        self._export("Export the build plan", ".pdf", "PDF (*.pdf)", write)

    def export_csv(self) -> None:
        """Ask for a file and write the parts list."""

        def write(path: Path) -> None:
            from moeplanner_gui.export.csv import write_csv

            document = self._document
            write_csv(path, document.plan, document.assessment, document.catalog)

        self._export("Export the parts list", ".csv", "CSV (*.csv)", write)

    def _export(self, title: str, suffix: str, kinds: str, write: Callable[[Path], None]) -> None:
        self._document.flush()
        stem = self._document.path.stem if self._document.path else ""
        start = (stem or suggested_name(self._document.plan)) + suffix
        if self._document.path:
            start = str(self._document.path.with_name(start))
        name, _ = QFileDialog.getSaveFileName(self._window, title, start, kinds)
        if name:
            path = Path(name)
            self.export_to(path if path.suffix else path.with_suffix(suffix), write)

    def export_to(self, path: Path, write: Callable[[Path], None]) -> bool:
        """Write an export and say what came of it."""
        try:
            write(path)
        except (OSError, ValueError) as error:
            self._bars.show_bar(
                "export",
                "error",
                f"“{path.name}” could not be written.",
                f"{error} Nothing else was changed.",
            )
            return False
        self._bars.show_bar(
            "export",
            "info",
            f"Wrote {path.name}.",
            str(path.parent),
            (("Open it", lambda: _show(path)), ("Show the folder", lambda: _show(path.parent))),
        )
        return True


def _show(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
