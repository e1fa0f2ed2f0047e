"""Starting a process and ending it with all that it started, without waiting for its end."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from threading import Thread
from typing import IO

from moeplanner_gui.core.words import say
from moeplanner_gui.detect.child import child_environment, neutral_folder

_WINDOWS_ENDS = {
    0xC0000005: say("access violation"),
    0xC000001D: say("illegal instruction"),
    0xC0000094: say("division by zero"),
    0xC00000FD: say("stack overflow"),
    0xC0000374: say("heap corruption"),
    0xC0000409: say("stack buffer overrun"),
    0x80000003: "breakpoint",
}
"""NTSTATUS codes that a process ends with when it crashes."""

_MOST_SIGNALS = 128

Process = subprocess.Popen[bytes]


def start(command: Sequence[str]) -> Process:
    """Start a process in a group of its own, that reads nothing and says nothing but its answer.

    Raises:
        OSError: It could not be started.
    """
    if sys.platform == "win32":
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=neutral_folder(),
            env=child_environment(),
            creationflags=subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP,
        )
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=neutral_folder(),
        env=child_environment(),
        start_new_session=True,
    )


def read_line(stream: IO[bytes], most_bytes: int) -> bytes | None:
    """One line without its end; what there was at the end of the stream; None when too long."""
    line = stream.readline(most_bytes + 1)
    return None if len(line) > most_bytes else line.rstrip(b"\r\n")


def kill(process: Process) -> None:
    """End it and all that it started, at once; does not wait for the end."""
    if sys.platform == "win32":
        Thread(target=_kill_tree, args=(process,), daemon=True).start()
        return
    with contextlib.suppress(OSError):
        # The group outlives its leader: a driver's helper may still be in it.
        os.killpg(process.pid, signal.SIGKILL)


def _kill_tree(process: Process) -> None:
    # The tree is found by its root, which therefore has to go last.
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        subprocess.run(
            ["taskkill", "/F", "/T", "/PID", str(process.pid)],
            capture_output=True,
            timeout=5,
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    with contextlib.suppress(OSError):
        process.kill()


def name_of_end(returncode: int) -> str | None:
    """What crashed it: "SIGSEGV", "access violation"; None for an ordinary end."""
    if -_MOST_SIGNALS < returncode < 0:
        try:
            return signal.Signals(-returncode).name
        except ValueError:
            return f"signal {-returncode}"
    code = returncode & 0xFFFFFFFF
    if code >= 0x80000000:
        return _WINDOWS_ENDS.get(code, f"0x{code:08X}")
    return None
