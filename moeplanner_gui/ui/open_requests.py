"""Plan files that the system or a second start of the program asks the open window to open.

Knows the document's files and the window, no views. Nothing here waits: what a stranger sends
is read as it comes, is bounded, and can only name files.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QFileOpenEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from moeplanner_gui.one_window import (
    ANSWER,
    MAX_FILES,
    MAX_REQUEST_BYTES,
    address,
    somebody_listens,
)
from moeplanner_gui.ui.file_actions import FileActions

WRITTEN_WITHIN_MS = 2000
"""Who connects and then says nothing is sent away."""
MAX_WAITING = 16
_LOOK_AGAIN_MS = 150


class Application(QApplication):
    """The application; macOS tells it of files that are double-clicked, never by arguments.

    Its own events are few. A filter would see those of every widget and slow them all down.

    Signals:
        file_wanted(str): The system wants a file to be opened.
    """

    file_wanted = Signal(str)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FileOpen and isinstance(event, QFileOpenEvent):
            if event.file():
                self.file_wanted.emit(event.file())
            return True
        return super().event(event)


class OpenRequests(QObject):
    """Opens the files that others ask for, each in a tab, and brings the window to the front.

    Args:
        files: What opens them; says itself why one cannot be opened.
        window: What comes to the front.
        where: The address to listen at; the user's own when left out.
    """

    def __init__(self, files: FileActions, window: QWidget, where: str | None = None) -> None:
        super().__init__(window)
        self._files, self._window = files, window
        self._where = address() if where is None else where
        self._server = None
        self._wanted: list[Path] = []
        self._later = QTimer(self)
        self._later.setInterval(_LOOK_AGAIN_MS)
        self._later.timeout.connect(self._open_wanted)
        self._connections = 0
        self._listens = False
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.focusWindowChanged.connect(self._on_focus)
        if isinstance(application, Application):
            application.file_wanted.connect(lambda name: self.want([Path(name)]))

    @property
    def is_listening(self) -> bool:
        """Whether a second start finds this window."""
        return self._server is not None and self._server.isListening()

    def listen(self) -> bool:
        """Be the window that other starts find, unless another one is; False then.

        What a killed window left in the place is taken away.
        """
        self._listens = True
        if self.is_listening:
            return True
        if not self._where:
            return False
        # Imported here: the first picture does not wait for it.
        from PySide6.QtNetwork import QLocalServer

        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        server.setMaxPendingConnections(MAX_WAITING)
        there = sys.platform == "win32" or os.path.lexists(self._where)
        if there and somebody_listens(self._where):
            server.deleteLater()
            return False
        if not server.listen(self._where):
            QLocalServer.removeServer(self._where)
            if not server.listen(self._where):
                server.deleteLater()
                return False
        server.newConnection.connect(self._on_connection)
        self._server = server
        return True

    def close(self) -> None:
        """Be found no more."""
        self._listens = False
        if self._server is not None:
            self._server.close()
            self._server.deleteLater()
            self._server = None

    # A second start ------------------------------------------------------------------------

    def _on_connection(self) -> None:
        while self._server is not None and self._server.hasPendingConnections():
            connection = self._server.nextPendingConnection()
            connection.disconnected.connect(lambda c=connection: self._on_gone(c))
            self._connections += 1
            if self._connections > MAX_WAITING:
                connection.abort()
                continue
            connection.readyRead.connect(lambda c=connection: self._read(c))
            # The timer goes with the connection.
            patience = QTimer(connection)
            patience.setSingleShot(True)
            patience.timeout.connect(lambda c=connection: c.abort())
            patience.start(WRITTEN_WITHIN_MS)
            self._read(connection)

    def _on_gone(self, connection) -> None:  # type: ignore[no-untyped-def]
        self._connections -= 1
        connection.deleteLater()

    def _read(self, connection) -> None:  # type: ignore[no-untyped-def]
        waiting = connection.peek(MAX_REQUEST_BYTES + 1).data()
        line, end, _ = waiting.partition(b"\n")
        if not end:
            if len(waiting) > MAX_REQUEST_BYTES:
                connection.abort()
            return
        connection.readAll()
        request = _understood(line)
        if request is None:
            connection.abort()
            return
        files, token = request
        connection.write(ANSWER)
        connection.flush()
        connection.disconnectFromServer()
        if files:
            self.want(files, token)

    # What to do ------------------------------------------------------------------------------

    def _on_focus(self, focused: object) -> None:
        # The window that was found may be closed by now.
        if focused is not None and self._listens and not self.is_listening:
            self.listen()

    def want(self, files: list[Path], token: str = "") -> None:
        """Open files as soon as no dialog is in the way, and come to the front."""
        room = 4 * MAX_FILES - len(self._wanted)
        self._wanted += files[:room]
        # Qt's Wayland plugin takes the permission to come to the front from here.
        if token:
            os.environ["XDG_ACTIVATION_TOKEN"] = token
        if self._window.isMinimized():
            self._window.showNormal()
        self._window.raise_()
        self._window.activateWindow()
        with contextlib.suppress(KeyError):
            del os.environ["XDG_ACTIVATION_TOKEN"]
        QTimer.singleShot(0, self._open_wanted)

    def _open_wanted(self) -> None:
        if QApplication.activeModalWidget() is not None:
            # A dialog is about the plan that is shown: it must not change under it.
            self._later.start()
            return
        self._later.stop()
        wanted, self._wanted = self._wanted, []
        for file in dict.fromkeys(wanted):
            self._files.open_path(file)


def _understood(line: bytes) -> tuple[list[Path], str] | None:
    """(files, token) of a request; None for one that this program does not write."""
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(request, dict):
        return None
    names, token = request.get("open", []), request.get("token", "")
    if not isinstance(names, list) or len(names) > MAX_FILES or not isinstance(token, str):
        return None
    if not all(isinstance(n, str) and "\0" not in n and os.path.isabs(n) for n in names):
        return None
    token = token if token.isprintable() and len(token) < 500 and token.isascii() else ""
    return [Path(name) for name in names], token
