"""Fetches, checks and installs a catalogue beside the window. Knows no widgets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.beside import Beside, Cancelled, Tell

Progress = Callable[[int, int | None], None]
Work = Callable[[Cancelled, Progress], Any]


class CatalogueWorker(Beside):
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

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__("catalogue", parent)
        self.is_busy = False

    def open_file(self, file: Path, sha256: str) -> None:
        """Read a bundle and look at every row of it."""

        def work(_cancelled: Cancelled, _progress: Progress) -> Any:
            from moeplanner_gui.catalog.bundle_read import read_bundle_file
            from moeplanner_gui.catalog.update import preview

            return preview(read_bundle_file(file), expected_sha256=sha256)

        self._start("shown", work)

    def fetch(self, address: str, sha256: str) -> None:
        """Fetch a bundle and look at every row of it. Goes online."""

        def work(cancelled: Cancelled, progress: Progress) -> Any:
            from moeplanner_gui.catalog.bundle_fetch import fetch_bundle
            from moeplanner_gui.catalog.bundle_read import read_bundle
            from moeplanner_gui.catalog.update import preview

            data = fetch_bundle(address, progress=progress, cancelled=cancelled)
            return preview(read_bundle(data), expected_sha256=sha256)

        self._start("shown", work)

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
        self.forget()

    def forget(self) -> None:
        super().forget()
        self.is_busy = False

    def _change(self, change: Callable[[Any], None]) -> None:
        def work(_cancelled: Cancelled, _progress: Progress) -> Any:
            from moeplanner_gui.catalog import update
            from moeplanner_gui.catalog.load import load_catalog

            change(update)
            return load_catalog()

        self._start("installed", work)

    def _start(self, signal: str, work: Work) -> None:
        def job(tell: Tell, cancelled: Cancelled) -> None:
            try:
                result = work(cancelled, lambda done, of: tell("progressed", (done, of)))
            except Exception as error:
                # A stranger's file ends in a sentence, whatever is in it.
                tell("failed", _sentence(error))
            else:
                tell(signal, result)

        self._begin(job)
        self.is_busy = True

    def _heard(self, kind: str, what: object) -> None:
        if kind == "progressed":
            assert isinstance(what, tuple)
            self.progressed.emit(*what)
            return
        self.is_busy = False
        getattr(self, kind).emit(what)


def _sentence(error: object) -> str:
    from moeplanner_gui.catalog.bundle_read import BundleError

    if isinstance(error, BundleError):
        return str(error)
    return say("It could not be used: {0}: {1}", type(error).__name__, str(error)[:200])
