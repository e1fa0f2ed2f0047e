"""What a window does at its start so that nothing is lost, and what it has to say about it.

Recovers, watches files and begins to keep unsaved work. Draws nothing itself.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.disk_watch import DiskWatch
from moeplanner_gui.ui.file_actions import show_folder

if TYPE_CHECKING:
    from moeplanner_gui.ui.main_window import MainWindow

WATCH_AFTER_MS = 200
"""The first picture does not wait for it."""


def begin_keeping(window: MainWindow) -> None:
    """Offer what was left, say what is damaged, and keep what is done from now on."""
    store, bars = window.store, window.bars
    if store.damage:
        bars.show_bar(
            "settings",
            "warning",
            say("The settings could not be read."),
            store.damage,
            ((say("Show the folder"), lambda: show_folder(store.folder)),),
        )
    store.on_refused = lambda reason: bars.show_bar(
        "settings",
        "warning",
        say("Settings and recent files cannot be kept:"),
        say("{0}.", reason),
    )
    reason = why_not_writable(store.folder)
    if reason:
        bars.show_bar(
            "autosave",
            "warning",
            say("Nothing can be kept in {0}: {1}.", store.folder, reason),
            say(
                "Settings, recent files and unsaved changes are forgotten at the end. Plans can be"
                " saved in other folders."
            ),
            ((say("Save as…"), window.files.save_as),),
        )
        # Said once, not again by each that finds it out.
        store.on_refused = None
        window.autosave.expect_refusal()
    window.recovery.offer()
    window.autosave.start(window.recovery.highest_order)
    watch = DiskWatch(window.document, window.files, bars)
    QTimer.singleShot(WATCH_AFTER_MS, watch, watch.start)


def why_not_writable(folder: Path) -> str:
    """Why nothing can be written in a folder that may not exist yet; "" when it can."""
    from moeplanner_gui.safe_write import why_not_written

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return why_not_written(error)
    if os.access(folder, os.W_OK | os.X_OK):
        return ""
    try:
        # The system knows better than a flag why not.
        os.rmdir(_tried(folder))
    except OSError as error:
        return why_not_written(error)
    return ""


def _tried(folder: Path) -> Path:
    place = folder / f".tried-{os.getpid()}"
    place.mkdir()
    return place
