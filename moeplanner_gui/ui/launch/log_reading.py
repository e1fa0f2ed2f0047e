"""Reads a log beside the window: a file may be slow to read and a text ten megabytes long.

Knows the reader of logs and no widgets. What it hands over is immutable.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from moeplanner_gui.core.launch.log_readings import LogReadings
from moeplanner_gui.core.launch.log_text import MOST_BYTES, decode_log
from moeplanner_gui.core.launch.logs import read_log
from moeplanner_gui.core.plan import Engine
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.beside import Beside, Cancelled, Tell

SHOWN_MOST = 200_000
"""Characters that are shown; laying out more would hold the window up."""
AT_ONCE = 50_000
"""Characters that are read within a few milliseconds, without a thread."""


class LogReader(Beside):
    """One log at a time; of one that was cancelled nothing is said any more.

    Signals:
        progressed(int, int): So many lines of so many were looked at.
        read(object): What was read, a ``LogReadings``.
        text_read(str): The beginning of a file's text, one character more than is shown of it
            when there is more.
        failed(str): Why a file could not be read, in a sentence.
    """

    progressed = Signal(int, int)
    read = Signal(object)
    text_read = Signal(str)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__("engine-log", parent)
        self._busy = False

    @property
    def is_busy(self) -> bool:
        """Whether a log is being read that was not cancelled."""
        return self._busy

    def read_text(self, text: str, expected: Engine) -> None:
        """Read a pasted text; a short one before this returns."""
        self.cancel()
        if len(text) <= AT_ONCE:
            self.read.emit(read_log(text, expected=expected))
            return
        self._start(lambda: text, expected)

    def read_file(self, path: Path, expected: Engine) -> None:
        """Read a file."""

        def text_of() -> str:
            with path.open("rb") as file:
                return decode_log(file.read(MOST_BYTES))

        self._start(text_of, expected, is_file=True)

    def cancel(self) -> None:
        """Stop; nothing is reported any more."""
        self.forget()

    def forget(self) -> None:
        super().forget()
        self._busy = False

    def _start(self, text_of: Any, expected: Engine, *, is_file: bool = False) -> None:
        def job(tell: Tell, stopped: Cancelled) -> None:
            try:
                text = text_of()
                if is_file:
                    tell("text", text[: SHOWN_MOST + 1])
                found = read_log(
                    text,
                    expected=expected,
                    stopped=stopped,
                    progress=lambda done, of: tell("progress", (done, of)),
                )
            except OSError as error:
                tell("failed", say("It cannot be read: {0}.", error.strerror or error))
            except Exception as error:
                tell("failed", say("It could not be read: {0}: {1}", type(error).__name__, error))
            else:
                tell("read", found)

        self._begin(job)
        self._busy = True

    def _heard(self, kind: str, what: object) -> None:
        if kind == "progress" and isinstance(what, tuple):
            self.progressed.emit(*what)
        elif kind == "text":
            self.text_read.emit(str(what))
        elif kind == "read" and isinstance(what, LogReadings):
            self._busy = False
            self.read.emit(what)
        else:
            self._busy = False
            self.failed.emit(str(what))
