"""One probe that was asked: its process, its answer, and what its silence means."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Callable, Sequence
from threading import Lock, Thread
from typing import Final

from moeplanner_gui.core.detected import Outcome, ProbeReport
from moeplanner_gui.core.words import say
from moeplanner_gui.detect import processes
from moeplanner_gui.detect.child import MOST_ANSWER_BYTES

_TO_END_S: Final = 1.0
"""How long a process that has closed its output may take to be gone with its exit code."""


class AskedProbe:
    """Starts a probe's process in a thread and reports once, whatever becomes of it.

    The thread is a daemon: when the process cannot be killed (it hangs inside the kernel) both
    are left behind, and the program can still end.
    """

    def __init__(
        self,
        name: str,
        command: Callable[[str], Sequence[str]],
        answered: Callable[[ProbeReport], None],
    ) -> None:
        self.name = name
        self._command, self._answered = command, answered
        self._begun = time.monotonic()
        self._lock = Lock()
        self._process: processes.Process | None = None
        self._is_over = False
        self._is_killed = False
        self._thread = Thread(target=self._run, name=f"probe {name}", daemon=True)

    def begin(self) -> None:
        """Start the process. Whoever asks holds this object by then: Ctrl+C may come at any
        moment, and a probe that nobody holds would be left behind.
        """
        self._begun = time.monotonic()
        try:
            self._thread.start()
        except RuntimeError as error:  # no more threads
            self._report("failed", say("The probe could not be started: {0}.", error))

    def end_if_late(self, limit_s: float) -> None:
        """Kill and report it when its time is over."""
        if time.monotonic() - self._begun < limit_s or self._is_over:
            return
        self._report("timed_out", say("No answer within {0:g} s.", limit_s))
        self.kill()

    def kill(self) -> None:
        """End the process and all that it started; one that is only being started, too."""
        with self._lock:
            process, self._is_killed = self._process, True
        if process is not None:
            processes.kill(process)

    def wait(self, seconds: float) -> None:
        """Until the process is gone, but not longer than this."""
        with contextlib.suppress(RuntimeError):
            self._thread.join(seconds)

    def _run(self) -> None:
        try:
            process = processes.start(self._command(self.name))
        except Exception as error:  # whatever it is, it is why there is no answer
            reason = getattr(error, "strerror", None) or type(error).__name__
            self._report("failed", say("The probe could not be started: {0}.", reason))
            return
        with self._lock:
            self._process, is_killed = process, self._is_killed
        if is_killed:
            processes.kill(process)
        try:
            self._listen(process)
        except Exception as error:  # an answer that breaks the reader is no answer
            self._report("failed", say("The answer could not be read: {0}.", type(error).__name__))
        processes.kill(process)
        # The last: here the thread stays when the kernel does not let go of the process.
        with contextlib.suppress(OSError):
            if process.stdout is not None:
                process.stdout.close()
            process.wait()
        with self._lock:
            self._process = None

    def _listen(self, process: processes.Process) -> None:
        assert process.stdout is not None
        line = processes.read_line(process.stdout, MOST_ANSWER_BYTES)
        if line is None:
            self._report("failed", say("The answer was longer than any machine's."))
        elif line:
            self._read(line)
        else:
            self._explain_silence(process)

    def _read(self, line: bytes) -> None:
        try:
            report = ProbeReport.model_validate_json(line)
        except ValueError:
            self._report("failed", say("The answer could not be understood."))
            return
        if report.probe != self.name:
            self._report("failed", say("The answer is that of another probe."))
            return
        self._hand_over(report)

    def _explain_silence(self, process: processes.Process) -> None:
        try:
            code = process.wait(_TO_END_S)
        except subprocess.TimeoutExpired:
            self._report("failed", say("The probe closed its output without an answer."))
            return
        crash = processes.name_of_end(code)
        if crash is not None:
            self._report("crashed", say("The probe's own process ended with {0}.", crash), crash)
        else:
            self._report(
                "failed", say("The probe ended with code {0} and without an answer.", code)
            )

    def _report(self, outcome: Outcome, detail: str, code: str | None = None) -> None:
        elapsed = round((time.monotonic() - self._begun) * 1000)
        self._hand_over(
            ProbeReport(
                probe=self.name, outcome=outcome, code=code, detail=detail, elapsed_ms=elapsed
            )
        )

    def _hand_over(self, report: ProbeReport) -> None:
        """Report, unless that was done: a killed process is not a crashed one as well."""
        with self._lock:
            if self._is_over:
                return
            self._is_over = True
        self._answered(report)
