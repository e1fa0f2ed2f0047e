"""Fetches, checks and installs a catalogue beside the window. Knows no widgets."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from moeplanner_gui.core.words import say

Progress = Callable[[int, int | None], None]
Job = Callable[[Callable[[], bool], Progress], Any]


class CatalogueWorker(QObject):
    """One job at a time. A cancelled job says nothing any more.

    Signals:
        progressed(object, object): So many bytes, of so many or of an unknown number.
        shown(object): A bundle was found sound: its ``Preview``.
        installed(object): It is in force: the ``Catalog`` that was loaded since.
        failed(str): Why not, in a sentence.
    """

    progressed = Signal(object, object)
    shown = Signal(object)
    installed = Signal(object)
    failed = Signal(str)
    _reported = Signal(int, str, object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._number = 0
        self._stop = threading.Event()
        self._reported.connect(self._on_reported)
        self.is_busy = False

    def open_file(self, file: Path, sha256: str) -> None:
        """Read a bundle and look at every row of it."""

        def job(_cancelled: Callable[[], bool], _progress: Progress) -> Any:
            from moeplanner_gui.catalog.bundle_read import read_bundle_file
            from moeplanner_gui.catalog.update import preview

            return preview(read_bundle_file(file), expected_sha256=sha256)

        self._start("shown", job)

    def fetch(self, address: str, sha256: str) -> None:
        """Fetch a bundle and look at every row of it. Goes online."""

        def job(cancelled: Callable[[], bool], progress: Progress) -> Any:
            from moeplanner_gui.catalog.bundle_fetch import fetch_bundle
            from moeplanner_gui.catalog.bundle_read import read_bundle
            from moeplanner_gui.catalog.update import preview

            data = fetch_bundle(address, progress=progress, cancelled=cancelled)
            return preview(read_bundle(data), expected_sha256=sha256)

        self._start("shown", job)

    def install(self, preview: Any) -> None:
        """Put a bundle into force that was shown."""
        self._change(lambda update: update.install(preview))

    def undo(self) -> None:
        """Back to the catalogue before."""
        self._change(lambda update: update.undo())

    def reset(self) -> None:
        """Back to the catalogue that came with the program."""
        self._change(lambda update: update.reset())

    def cancel(self) -> None:
        """Stop the job; nothing is reported of it any more."""
        self._stop.set()
        self._number += 1
        self.is_busy = False

    def _change(self, change: Callable[[Any], None]) -> None:
        def job(_cancelled: Callable[[], bool], _progress: Progress) -> Any:
            from moeplanner_gui.catalog import update
            from moeplanner_gui.catalog.load import load_catalog

            change(update)
            return load_catalog()

        self._start("installed", job)

    def _start(self, signal: str, job: Job) -> None:
        self.cancel()
        self._stop = stop = threading.Event()
        self._number += 1
        self.is_busy = True
        number = self._number

        def progress(done: int, of: int | None) -> None:
            self._report(number, "progressed", (done, of), None)

        def run() -> None:
            try:
                result = job(stop.is_set, progress)
            except Exception as error:
                # A stranger's file ends in a sentence, whatever is in it.
                self._report(number, signal, None, error)
            else:
                self._report(number, signal, result, None)

        # A pool would wait at its end for a server that is silent, and the window with it.
        threading.Thread(target=run, name="catalogue", daemon=True).start()

    def _report(self, number: int, signal: str, result: object, error: object) -> None:
        # The window may be gone by now; Qt then says so by an error.
        try:
            self._reported.emit(number, signal, result, error)
        except RuntimeError:
            return

    def _on_reported(self, number: int, signal: str, result: object, error: object) -> None:
        if number != self._number:
            return
        if signal == "progressed":
            assert isinstance(result, tuple)
            self.progressed.emit(*result)
            return
        self.is_busy = False
        if error is None:
            getattr(self, signal).emit(result)
        else:
            self.failed.emit(_sentence(error))


def _sentence(error: object) -> str:
    from moeplanner_gui.catalog.bundle_read import BundleError

    if isinstance(error, BundleError):
        return str(error)
    return say("It could not be used: {0}: {1}", type(error).__name__, str(error)[:200])
