"""A second start with plan files hands them to the window that is open. Loads no Qt.

The open window listens at an address of its user's own: a socket in a folder that nobody else
may enter, a named pipe on Windows. Who starts with a file writes one line of JSON there and
waits for the answer; without one, for whatever reason, it opens a window of its own. A start
without a file always opens a window. What a request may be is checked in
:mod:`moeplanner_gui.ui.open_requests`; it can only ask for plan files to be opened, as a
double-click does.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import socket
import stat
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

ANSWER = b"ok\n"
ANSWER_WITHIN_S = 2.0
"""A window that is busy for longer is taken for one that hangs."""
ALIVE_WITHIN_S = 1.0
"""Who does not answer a window that starts within this loses the address to it."""
START_WITHIN_S = 20.0
"""How long the second of two starts at once waits for the first one, which ends by itself when it
dies; cold and on a busy machine a window takes seconds."""
MAX_REQUEST_BYTES = 64 * 1024
MAX_FILES = 32
_APART = (
    # Windows with settings of their own (tests, portable use) are windows of their own,
    "MOEPLANNER_CONFIG_DIR",
    "XDG_CONFIG_HOME",
    "HOME",
    "APPDATA",
    # and a window on another screen is not the one that somebody looks at.
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "QT_QPA_PLATFORM",
    "SESSIONNAME",
)
_LONGEST_SOCKET_NAME = 100
"""Of 104 bytes on macOS and 108 on Linux."""


def address() -> str:
    """Where the window of this user and these settings listens; "" where none can be safe."""
    told = "\n".join((_user(), *(os.environ.get(name, "") for name in _APART)))
    name = f"moeplanner-{hashlib.sha256(told.encode('utf-8', 'replace')).hexdigest()[:16]}"
    if sys.platform == "win32":
        return rf"\\.\pipe\{name}"
    folder = private_folder()
    if folder is None:
        return ""
    path = str(folder / f"{name}.sock")
    return path if len(os.fsencode(path)) <= _LONGEST_SOCKET_NAME else ""


def hand_over(files: Sequence[str], to: str | None = None) -> bool:
    """Let the open window open the files; False when there is none or it does not answer."""
    where = address() if to is None else to
    if not where or not files or len(files) > MAX_FILES:
        return False
    request = {
        "open": [os.path.abspath(file) for file in files],
        # Without it a Wayland desktop does not let the other window come to the front.
        "token": os.environ.get("XDG_ACTIVATION_TOKEN", ""),
    }
    line = json.dumps(request).encode() + b"\n"
    if len(line) > MAX_REQUEST_BYTES:
        return False
    try:
        return _asked(where, line, ANSWER_WITHIN_S) == ANSWER
    except (OSError, ValueError):
        return False


def somebody_listens(where: str) -> bool:
    """Whether a living window is behind the address; an empty request asks for nothing."""
    try:
        return _asked(where, b"{}\n", ALIVE_WITHIN_S) == ANSWER
    except (OSError, ValueError):
        return False


@contextlib.contextmanager
def starting(*, waits: bool) -> Iterator[None]:
    """While a window starts: another start that has files (``waits``) waits for it to listen.

    Two files that are double-clicked together are two starts at the same moment. Nothing that
    goes wrong here keeps a window from opening.
    """
    from moeplanner_gui.catalog.file_lock import LockTimeoutError, locked

    with contextlib.ExitStack() as stack:
        where = address()
        if where:
            folder = Path(tempfile.gettempdir()) if sys.platform == "win32" else Path(where).parent
            lock = folder / (Path(where).name.removesuffix(".sock") + ".lock")
            with contextlib.suppress(LockTimeoutError, OSError):
                stack.enter_context(locked(lock, START_WITHIN_S if waits else 0))
        yield


def _asked(where: str, line: bytes, within_s: float) -> bytes:
    if sys.platform == "win32":
        return _asked_by_pipe(where, line, within_s)
    until = time.monotonic() + within_s
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(within_s)
        connection.connect(where)
        connection.sendall(line)
        said = b""
        while len(said) < len(ANSWER):
            connection.settimeout(max(0.001, until - time.monotonic()))
            part = connection.recv(len(ANSWER) - len(said))
            if not part:
                break
            said += part
        return said


def _asked_by_pipe(where: str, line: bytes, within_s: float) -> bytes:
    """A named pipe is a file that cannot be read with a time limit: a thread may be left behind."""
    said: list[bytes] = []

    def ask() -> None:
        with contextlib.suppress(OSError), open(where, "r+b", buffering=0) as pipe:
            pipe.write(line)
            said.append(pipe.read(len(ANSWER)))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(within_s)
    return said[0] if said else b""


def _user() -> str:
    return os.environ.get("USERNAME", "") if sys.platform == "win32" else str(os.getuid())


def private_folder() -> Path | None:
    """A folder that only this user may enter; it is made where the system provides none."""
    given = os.environ.get("XDG_RUNTIME_DIR", "")
    if given and _is_private(Path(given)):
        return Path(given)
    if sys.platform == "win32":
        return None
    own = Path(tempfile.gettempdir()) / f"moeplanner-{os.getuid()}"
    with contextlib.suppress(OSError):
        own.mkdir(mode=0o700)
    return own if _is_private(own) else None


def _is_private(folder: Path) -> bool:
    """Ours, no link, and closed to others: in /tmp anybody may have made it first."""
    if sys.platform == "win32":
        return False
    try:
        found = folder.lstat()
    except OSError:
        return False
    return (
        stat.S_ISDIR(found.st_mode)
        and found.st_uid == os.getuid()
        and not stat.S_IMODE(found.st_mode) & 0o077
    )
