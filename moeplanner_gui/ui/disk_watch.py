"""Notices that somebody else changed or took away the file of an open plan, and says it.

Looks when the system tells of a change and when the window comes to the front; asks nothing of
the disk in between. Whatever is chosen, no version is lost without a word.
"""

from __future__ import annotations

from PySide6.QtCore import QFileSystemWatcher, QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.bars import MessageArea
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.file_actions import FileActions
from moeplanner_gui.ui.plan_disk import Stamp, look_of, stamp_of
from moeplanner_gui.ui.sessions import Session

SETTLES_MS = 150
"""A program that writes a file in pieces is let finish."""
BAR = "disk"


class DiskWatch(QObject):
    """Compares the files of the open plans with what was read or written here."""

    def __init__(self, document: PlanDocument, files: FileActions, bars: MessageArea) -> None:
        super().__init__(files)
        self._document, self._files, self._bars = document, files, bars
        self._found: dict[int, tuple[Stamp, Stamp]] = {}
        self._watcher: QFileSystemWatcher | None = None
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SETTLES_MS)
        self._soon.timeout.connect(self.look)

    def start(self) -> None:
        """Begin to watch; looks once, as plans may have been open for a while."""
        if self._watcher is not None:
            return
        self._watcher = QFileSystemWatcher(self)
        self._watcher.fileChanged.connect(self._on_told)
        document = self._document
        document.sessions_changed.connect(self._on_sessions_changed)
        document.session_shown.connect(self._on_shown)
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.applicationStateChanged.connect(self._on_state)
        self._watch()
        self.look()

    def look(self) -> None:
        """Compare every open plan's file with what it held."""
        for session in self._document.sessions:
            self._look_at(session)
        self._watch()
        self._show()

    # Noticing ------------------------------------------------------------------------------

    def _on_told(self, _path: str) -> None:
        self._soon.start()

    def _on_state(self, state: Qt.ApplicationState) -> None:
        if state == Qt.ApplicationState.ApplicationActive:
            self._soon.start()

    def _on_sessions_changed(self) -> None:
        open_now = {session.id: session for session in self._document.sessions}
        for session_id, found in list(self._found.items()):
            session = open_now.get(session_id)
            # Saved, reloaded or read anew since: what was found then is no news.
            if session is None or session.path is None or session.stamp is not found[0]:
                del self._found[session_id]
        self._watch()
        self._show()

    def _on_shown(self, _session: object) -> None:
        self._show()

    def _watch(self) -> None:
        """Watch the files of the open plans; one that was replaced is another file."""
        if self._watcher is None:
            return
        wanted = {str(s.path) for s in self._document.sessions if s.path is not None}
        have = set(self._watcher.files())
        if have - wanted:
            self._watcher.removePaths(sorted(have - wanted))
        for name in sorted(wanted - have):
            # One that is not there, or on a disk that tells nothing, is looked at later.
            self._watcher.addPath(name)

    def _look_at(self, session: Session) -> None:
        path, known = session.path, session.stamp
        if path is None or known is None:
            return
        look = look_of(path)
        _, found = self._found.get(session.id, (known, None))
        if look and look == (found or known).look:
            return
        now = stamp_of(path)
        if now is None:
            return  # a disk that is away for now; saving will say it
        if now.digest == known.digest:
            session.stamp = now
            self._found.pop(session.id, None)
            return
        if _same(found, now):
            return
        self._found[session.id] = (known, now)
        if now.is_gone and not session.is_modified:
            # The window has the only one now.
            self._document.mark_unsaved(session, known)

    # Saying --------------------------------------------------------------------------------

    def _show(self) -> None:
        session = self._document.session
        _, found = self._found.get(session.id, (None, None))
        if found is None or session.path is None:
            self._bars.remove_bar(BAR)
            return
        name, save_as = session.path.name, (say("Save as…"), self._files.save_as)
        if found.is_gone:
            self._bars.show_bar(
                BAR,
                "warning",
                say("“{0}” is not there any more.", name),
                say("Another program moved or deleted it. The plan is still open."),
                ((say("Save it again"), self._files.save), save_as),
            )
            return
        text = (
            say("Your changes are not in it. After reloading, Undo brings them back.")
            if session.is_modified
            else say("The window still shows what was in it before.")
        )
        self._bars.show_bar(
            BAR,
            "warning",
            say("“{0}” was changed by another program.", name),
            text,
            (
                (say("Reload"), lambda: self.reload(session)),
                (say("Keep mine"), lambda: self.keep_mine(session)),
                save_as,
            ),
        )

    # What can be done ----------------------------------------------------------------------

    def reload(self, session: Session) -> bool:
        """Show what the file holds now; what was shown before is one Undo away, or in a tab."""
        if session not in self._document.sessions or session.path is None:
            return False
        self._document.show_session(session)
        if not self._files.read_again(session):
            return False
        self._found.pop(session.id, None)
        self._show()
        return True

    def keep_mine(self, session: Session) -> None:
        """Leave the window as it is; the next save replaces what the other program wrote."""
        _, found = self._found.pop(session.id, (None, None))
        if found is not None and session in self._document.sessions:
            self._document.mark_unsaved(session, found)
        self._show()


def _same(first: Stamp | None, second: Stamp | None) -> bool:
    return first is not None and second is not None and first.digest == second.digest
