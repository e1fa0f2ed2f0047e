"""Which plan files are open, kept for the next start, and opened again then. Draws nothing."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from moeplanner_gui.core.ports import UnknownEntryError
from moeplanner_gui.core.words import say
from moeplanner_gui.export.plan_file import PlanFileError
from moeplanner_gui.ui.bars import MessageArea
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.file_actions import FileActions
from moeplanner_gui.ui.plan_disk import read_plan_file
from moeplanner_gui.ui.settings import MAX_OPEN_FILES, SettingsStore

WRITE_AFTER_MS = 300
"""A run that is killed forgets what was opened or closed so shortly before."""


class OpenAgain(QObject):
    """Keeps the list of open files on the disk while the program runs, not only at its end.

    Plans without a file are no matter of this list: unsaved work is kept by the autosave.
    """

    def __init__(
        self,
        document: PlanDocument,
        files: FileActions,
        bars: MessageArea,
        store: SettingsStore,
    ) -> None:
        super().__init__(files)
        self._document, self._bars, self._store = document, bars, store
        self._files = files
        self._listed: list[Path] = []
        self._remembers = False
        self._write = QTimer(self)
        self._write.setSingleShot(True)
        self._write.setInterval(WRITE_AFTER_MS)
        self._write.timeout.connect(store.save)

    def open_rest(self) -> None:
        """Open the other files of the last time in tabs behind the shown plan; name the lost."""
        self._listed = self._store.settings.files_to_open()
        self._open()
        self.remember()

    def remember(self) -> None:
        """Keep the list up to date from now on; before that it is the one of the last time."""
        if self._remembers:
            return
        self._remembers = True
        document = self._document
        document.sessions_changed.connect(self._on_changed)
        document.saved_state_changed.connect(self._on_changed)
        self._on_changed()

    def _open(self) -> None:
        document, shown = self._document, self._document.session
        lost: list[tuple[Path, str]] = []
        for file in self._listed:
            if document.session_with(file) is not None:
                continue
            try:
                plan, entries, stamp = read_plan_file(file)
                opened = document.add(plan, file, entries=entries, show=False)
                opened.stamp = stamp
            except (PlanFileError, UnknownEntryError, OSError) as error:
                lost.append((file, _why_lost(file, error)))
            else:
                if shown.is_untouched and shown in document.sessions:
                    # The sample stood in for it.
                    document.show_session(opened)
                    document.close(shown)
        self._put_in_order()
        self._say(lost)

    def _put_in_order(self) -> None:
        """The tabs as they stood; what is no file of that time stays behind them."""
        document = self._document
        found = (document.session_with(file) for file in self._listed)
        for place, session in enumerate([each for each in found if each is not None]):
            if document.sessions[place] is not session:
                document.move(session, place)

    def _say(self, lost: list[tuple[Path, str]]) -> None:
        if not lost:
            self._bars.remove_bar("open_again")
            return
        # One bar names them all.
        self._bars.remove_bar("file_error")
        one = len(lost) == 1
        title = (
            say("“{0}” was not opened again.", lost[0][0].name)
            if one
            else say("{0} plans of the last time were not opened again.", len(lost))
        )
        text = (
            say("It {0}: {1}", lost[0][1], lost[0][0].parent)
            if one
            else "; ".join(f"“{file.name}” {why}" for file, why in lost) + "."
        )
        self._bars.show_bar(
            "open_again",
            "warning",
            title,
            text,
            ((say("Try again"), self._open), (say("Open another…"), self._files.open_dialog)),
        )

    def _on_changed(self) -> None:
        settings, document = self._store.settings, self._document
        files = [str(s.path.absolute()) for s in document.sessions if s.path is not None]
        files = files[:MAX_OPEN_FILES]
        shown = document.path
        last = str(shown.absolute()) if shown is not None else settings.last_file
        if files == settings.open_files and last == settings.last_file:
            return
        settings.open_files, settings.last_file = files, last
        self._write.start()


def _why_lost(file: Path, error: Exception) -> str:
    if not file.exists():
        return say("is not there any more")
    reason = (error.strerror or say("refused")) if isinstance(error, OSError) else str(error)
    return say("could not be read: {0}", reason.rstrip("."))
