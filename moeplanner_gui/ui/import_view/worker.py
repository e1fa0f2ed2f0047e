"""Reads a model beside the window, so that a slow disk or network never freezes it.

Knows the importers and no widgets. What it hands over is immutable.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QThreadPool, Signal

from moeplanner_gui.core.words import say

LONGEST_END_MS = 2_000

Read = Callable[[Path, Any], Any]
LookUp = Callable[[str, Callable[[], bool], Callable[[int, int], None], Any], Any]


def read_path(path: Path, catalog: Any) -> Any:
    """``import_path``, imported when it is needed."""
    from moeplanner_gui.catalog.importers import import_path

    return import_path(path, catalog)


def look_up_id(
    hf_id: str,
    cancelled: Callable[[], bool],
    progress: Callable[[int, int], None],
    catalog: Any,
) -> Any:
    """``fetch_from_hub``, imported when it is needed."""
    from moeplanner_gui.catalog.importers.hub import fetch_from_hub

    return fetch_from_hub(hf_id, cancelled=cancelled, progress=progress, catalog=catalog)


class ImportWorker(QObject):
    """One job at a time. A cancelled job says nothing any more.

    Signals:
        progressed(int, int): So many files of so many were read.
        done(object): What was read, an ``Imported``.
        failed(str): Why nothing was read, in a sentence.
    """

    progressed = Signal(int, int)
    done = Signal(object)
    failed = Signal(str)
    _reported = Signal(int, object, object)

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        read: Read = read_path,
        look_up: LookUp = look_up_id,
    ) -> None:
        super().__init__(parent)
        self._read, self._look_up = read, look_up
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(2)
        self._number = 0
        self._stop = threading.Event()
        self._reported.connect(self._on_reported)

    @property
    def is_running(self) -> bool:
        """Whether a job has neither ended nor been cancelled."""
        return self._number > 0 and not self._stop.is_set() and self._busy

    _busy = False

    def read(self, path: Path, catalog: Any) -> None:
        """Read a file or a folder."""
        self._start(lambda _stop, _progress: self._read(path, catalog))

    def look_up(self, hf_id: str, catalog: Any) -> None:
        """Look a model up on huggingface.co; goes online."""
        self._start(lambda stop, progress: self._look_up(hf_id, stop.is_set, progress, catalog))

    def cancel(self) -> None:
        """Stop the job; nothing is reported of it any more."""
        self._stop.set()
        self._number += 1
        self._busy = False

    def end(self) -> None:
        """Stop and wait, so that no thread outlives the window."""
        self.cancel()
        self._pool.waitForDone(LONGEST_END_MS)

    def _start(self, job: Callable[[threading.Event, Callable[[int, int], None]], Any]) -> None:
        self.cancel()
        self._stop = stop = threading.Event()
        self._number += 1
        self._busy = True
        number = self._number

        def progress(done: int, of: int) -> None:
            self._report(number, None, (done, of))

        def run() -> None:
            try:
                result = job(stop, progress)
            except Exception as error:
                # Whatever goes wrong in a stranger's file ends in a sentence, never in silence.
                self._report(number, None, error)
            else:
                self._report(number, result, None)

        self._pool.start(run)

    def _report(self, number: int, result: object, other: object) -> None:
        # The window may be gone by now; Qt then says so by an error.
        try:
            self._reported.emit(number, result, other)
        except RuntimeError:
            return

    def _on_reported(self, number: int, result: object, other: object) -> None:
        if number != self._number:
            return
        if isinstance(other, tuple):
            self.progressed.emit(*other)
            return
        self._busy = False
        if other is None:
            self.done.emit(result)
        else:
            self.failed.emit(_sentence(other))


def _sentence(error: object) -> str:
    from moeplanner_gui.catalog.importers import ImportFailure

    if isinstance(error, ImportFailure):
        return str(error)
    return say("It could not be read: {0}: {1}", type(error).__name__, error)
