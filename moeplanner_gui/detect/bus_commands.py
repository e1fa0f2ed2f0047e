"""Asking the system's own tools on macOS and Windows, and vendor libraries in a process apart."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Final

from moeplanner_gui.core.words import say
from moeplanner_gui.detect.sysfs import Unreadable, clipped

Run = Callable[[Sequence[str]], "str | Unreadable"]
"""Runs a command and returns what it printed, or why there is nothing."""

MOST_OUTPUT: Final = 4 * 2**20
MOST_HANDLES: Final = 4096
LIFE_S: Final = 30
"""After this a copy ends by itself, should its parent have been killed."""


def run_command(arguments: Sequence[str], timeout_s: float = 4.0) -> str | Unreadable:
    """Run one of the system's tools without a window, a shell or input."""
    name = os.path.basename(arguments[0])
    flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    try:
        done = subprocess.run(
            list(arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=timeout_s,
            check=False,
            creationflags=flags,
            env={**os.environ, "LC_ALL": "C"},
        )
    except subprocess.TimeoutExpired:
        return Unreadable(say("{0} did not answer in {1:g} s", name, timeout_s))
    except OSError as error:
        return Unreadable(
            say("{0} cannot be started: {1}", name, clipped(error.strerror or say("no reason")))
        )
    except ValueError as error:
        return Unreadable(clipped(str(error)))
    if done.returncode != 0:
        return Unreadable(say("{0} ended with {1}", name, done.returncode))
    return done.stdout[:MOST_OUTPUT].decode("utf-8", "replace")


def ask_apart(ask: Callable[[], object], timeout_s: float) -> object | Unreadable:
    """Call a vendor's library in a copy of this process and take what it returns as JSON.

    A library that crashes or hangs costs its own answer only, not what was read without it.
    Where a process cannot be copied (Windows) the call is made here: the probe has a process of
    its own anyway.
    """
    if sys.platform == "win32":
        try:
            return ask()
        except Exception as error:  # whatever a foreign library raises
            return Unreadable(clipped(f"{type(error).__name__}: {error}"))
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _answer(ask, writing)
    os.close(writing)
    try:
        return _received(child, reading, timeout_s)
    finally:
        os.close(reading)


def _answer(ask: Callable[[], object], writing: int) -> None:
    assert sys.platform != "win32"
    # Never returns: nothing of the parent's (buffers, exit handlers) may run a second time.
    try:
        with contextlib.suppress(OSError):  # what the library prints is no answer
            os.dup2(2, 1)
        # Nothing of the parent's: a hung copy would keep its pipes open.
        os.closerange(3, writing)
        os.closerange(writing + 1, MOST_HANDLES)
        signal.alarm(LIFE_S)
        try:
            answer: object = {"answer": ask()}
        except Exception as error:  # whatever a foreign library raises
            answer = {"error": f"{type(error).__name__}: {error}"}
        content = json.dumps(answer).encode()
        while content:
            content = content[os.write(writing, content) :]
        os._exit(0)
    finally:
        os._exit(1)


def _received(child: int, reading: int, timeout_s: float) -> object | Unreadable:
    assert sys.platform != "win32"
    content = b""
    until = time.monotonic() + timeout_s
    hung = True
    while (left := until - time.monotonic()) > 0:
        if not select.select([reading], [], [], left)[0]:
            break
        piece = os.read(reading, 65536)
        if not piece or len(content) > MOST_OUTPUT:
            hung = False
            break
        content += piece
    if hung:
        os.kill(child, signal.SIGKILL)
        # A process inside a hung driver cannot even be killed: not waited for.
        os.waitpid(child, os.WNOHANG)
        return Unreadable(say("no answer in {0:g} s", timeout_s))
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        try:
            return Unreadable(say("crashed ({0})", signal.Signals(number).name))
        except ValueError:
            return Unreadable(say("crashed (signal {0})", number))
    try:
        answer = json.loads(content)
    except ValueError:
        return Unreadable(say("ended without an answer ({0})", os.waitstatus_to_exitcode(status)))
    if isinstance(answer, dict) and "answer" in answer:
        found: object = answer["answer"]
        return found
    error = answer.get("error") if isinstance(answer, dict) else None
    return Unreadable(clipped(str(error)))
