"""What the cards do now, once a second, read by a process of its own. Nothing here waits.

Memory in use of a card with unified memory is that of the whole machine.
"""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Callable, Sequence
from threading import Lock, Thread
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from moeplanner_gui.core.detected import Bytes, Name, Watts
from moeplanner_gui.core.words import say
from moeplanner_gui.detect import processes
from moeplanner_gui.detect.child import PROBE_METERS, command_of_this_program

SILENCE_S: Final = 5.0
"""So long without a line and the driver hangs."""
_MOST_LINE_BYTES: Final = 2**18
_END_S: Final = 1.0


class CardReading(BaseModel):
    """One card at one moment; None is what could not be read, ``unread`` says why, by field."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    pci_address: Name | None
    memory_used_bytes: Bytes | None
    memory_total_bytes: Bytes | None
    utilisation_percent: float | None = Field(ge=0, le=100, allow_inf_nan=False)
    power_w: Watts | None
    temperature_c: float | None = Field(ge=-100, le=1000, allow_inf_nan=False)
    unread: dict[Name, Name] = Field(default_factory=dict)


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    cards: tuple[CardReading, ...]
    problem: Name | None


def meters_command() -> list[str]:
    """The command line of the process that reads."""
    return [*command_of_this_program(), PROBE_METERS]


class MeterReader:
    """Reads while it is started. All methods answer at once and may be called from any thread.

    A driver that hangs, or a process that dies, is a :meth:`problem`; :meth:`start` after
    :meth:`stop` tries again.
    """

    def __init__(
        self,
        command: Callable[[], Sequence[str]] = meters_command,
        silence_s: float = SILENCE_S,
    ) -> None:
        self._command, self._silence_s = command, silence_s
        self._run: _Run | None = None

    def start(self) -> None:
        """Begin to read; does nothing while it does already."""
        if self._run is None:
            self._run = _Run(self._command, self._silence_s)

    def stop(self) -> None:
        """End the process; the last reading is forgotten."""
        run, self._run = self._run, None
        if run is not None:
            run.stop()

    def latest(self) -> tuple[CardReading, ...] | None:
        """The newest reading; None before the first one, and while there is a problem."""
        run = self._run
        return None if run is None or run.problem() else run.newest()

    def problem(self) -> str | None:
        """Why there is no reading now: a sentence."""
        run = self._run
        return None if run is None else run.problem()


class _Run:
    """One process from its start to its end, and the thread that listens to it."""

    def __init__(self, command: Callable[[], Sequence[str]], silence_s: float) -> None:
        self._command, self._silence_s = command, silence_s
        self._heard = time.monotonic()
        self._newest: tuple[CardReading, ...] | None = None
        self._because: str | None = None
        self._ended: str | None = None
        self._lock = Lock()
        self._process: processes.Process | None = None
        self._is_stopped = False
        thread = Thread(target=self._listen, name="meters", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # no more threads
            self._ended = say("The cards cannot be read: {0}.", error)

    def newest(self) -> tuple[CardReading, ...] | None:
        """The cards of the last line."""
        return self._newest

    def problem(self) -> str | None:
        """Why there is nothing new."""
        silent = time.monotonic() - self._heard
        if self._ended is None and silent >= self._silence_s:
            return say("The driver has not answered for {0} s.", int(silent))
        return self._ended or self._because

    def stop(self) -> None:
        """Kill the process; its thread clears up after it."""
        with self._lock:
            process, self._is_stopped = self._process, True
        if process is not None:
            processes.kill(process)

    def _listen(self) -> None:
        try:
            process = processes.start(self._command())
        except Exception as error:  # whatever it is, it is why there is no answer
            reason = getattr(error, "strerror", None) or type(error).__name__
            self._ended = say("The cards cannot be read: the process did not start ({0}).", reason)
            return
        with self._lock:
            self._process, is_stopped = process, self._is_stopped
        if is_stopped:
            processes.kill(process)
        try:
            self._read_lines(process)
            ended = self._why_it_ended(process)
        except (OSError, ValueError):
            ended = say("The cards cannot be read: the answer could not be understood.")
        self._ended = ended
        processes.kill(process)
        with contextlib.suppress(OSError):
            if process.stdout is not None:
                process.stdout.close()
            # The thread stays here when the kernel does not let go of the process.
            process.wait()
        with self._lock:
            self._process = None

    def _read_lines(self, process: processes.Process) -> None:
        """Until the process ends.

        Raises:
            ValueError: A line is none of the meters'.
        """
        assert process.stdout is not None
        while True:
            line = processes.read_line(process.stdout, _MOST_LINE_BYTES)
            if line is None:
                raise ValueError(say("too long"))
            if not line:
                return  # the end: a reading is never an empty line
            said = _Line.model_validate_json(line)
            self._newest = said.cards
            self._because = said.problem and say(
                "NVIDIA's cards cannot be read: {0}.", said.problem
            )
            self._heard = time.monotonic()

    def _why_it_ended(self, process: processes.Process) -> str:
        try:
            code = process.wait(_END_S)
        except subprocess.TimeoutExpired:
            return say("The process that reads the cards does not answer any more.")
        crash = processes.name_of_end(code)
        if crash == "SIGALRM":
            # It ends itself when one reading takes too long.
            return say("The driver hangs.")
        how = say("crashed ({0})", crash) if crash else say("ended (code {0})", code)
        return say("The process that reads the cards {0}. Switch the meters off and on again.", how)
