"""Starts the window: application, catalogue, first plan. Everything slow waits for later."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from moeplanner_gui.core.entries import NO_ENTRIES, Entries
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import UnknownEntryError
from moeplanner_gui.core.words import say
from moeplanner_gui.ui import access
from moeplanner_gui.ui.crashes import Crashes
from moeplanner_gui.ui.divider_actions import DividerActions
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.language_actions import (
    LanguageActions,
    start_again,
    start_again_if_wished,
)
from moeplanner_gui.ui.locale import follow_language
from moeplanner_gui.ui.look_actions import LookActions
from moeplanner_gui.ui.main_window import MainWindow
from moeplanner_gui.ui.open_again import OpenAgain
from moeplanner_gui.ui.open_requests import Application, OpenRequests
from moeplanner_gui.ui.plan_disk import Stamp, read_plan_file
from moeplanner_gui.ui.plan_titles import SAMPLE
from moeplanner_gui.ui.settings import SettingsStore
from moeplanner_gui.ui.style import ThemeProvider

if TYPE_CHECKING:
    pass


REST_AFTER_MS = 60
"""The plans behind the one that is shown are read once the first picture is there."""


def create_application() -> QApplication:
    """The one QApplication, with the program's name."""
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        application = Application(sys.argv[:1])
    application.setApplicationName("moeplanner")
    application.setApplicationDisplayName(say("MoE Planner"))
    application.setDesktopFileName("moeplanner")
    follow_language(application)
    return application


def build_window(
    *, store: SettingsStore | None = None, plan: Plan | None = None, path: Path | None = None
) -> MainWindow:
    """The window with the catalogue loaded and a plan open; not shown yet.

    Args:
        store: The settings; the user's own when None.
        plan: The plan to open; the last file, else the sample, when None.
        path: The file the plan is in.
    """
    from moeplanner_gui.catalog.load import load_catalog

    access.install()
    store = store or SettingsStore()
    themes = ThemeProvider(store.settings.theme)
    themes.set_text_percent(store.settings.text_percent)
    themes.install()
    catalog = load_catalog()
    entries, is_sample, stamp = NO_ENTRIES, plan is None, None
    if plan is None:
        plan, path, entries, stamp = _first_plan(store)
    try:
        document, refused = PlanDocument(plan, catalog, entries=entries), ""
    except UnknownEntryError as error:
        # A row was deleted since, and the last plan's file does not bring it along.
        document, refused = PlanDocument(_sample_plan(), catalog), str(error)
    if path is not None and not refused:
        document.mark_saved(path, stamp)
    elif is_sample or refused:
        document.session.label = SAMPLE
    window = MainWindow(document, themes, store)
    LookActions(window.actions_registry, themes, store, window)
    DividerActions(window.actions_registry, window.columns, window.tabs.bar, window)
    LanguageActions(
        window.actions_registry, window.bars, store, lambda: start_again(window), window
    )
    if path is not None and refused:
        window.files.refuse(path, refused)
    # Both live as long as the window does.
    document.setParent(window)
    themes.setParent(window)
    return window


def _sample_plan() -> Plan:
    from moeplanner_gui.export.plan_file import PlanFileError, read_plan
    from moeplanner_gui.ui.plan_titles import empty_plan, sample_files

    for sample in sample_files():
        try:
            return read_plan(sample)
        except (OSError, PlanFileError):
            continue
    return empty_plan()


def _first_plan(store: SettingsStore) -> tuple[Plan, Path | None, Entries, Stamp | None]:
    from moeplanner_gui.export.plan_file import PlanFileError

    listed = store.settings.files_to_open()
    # What was looked at last is what the first picture shows; the other tabs follow it.
    last = [file for file in listed if str(file) == store.settings.last_file]
    for file in (*last, *(file for file in listed if file not in last)):
        try:
            plan, entries, stamp = read_plan_file(file)
        except (OSError, PlanFileError):
            continue  # moved or damaged since, which is said once the window is there
        return plan, file, entries, stamp
    return _sample_plan(), None, NO_ENTRIES, None


def open_asked_for(window: MainWindow, path: Path) -> None:
    """Open the file that was named at the start, in the place of the plan of the last time."""
    document, first = window.document, window.document.session
    if window.files.open_path(path) and document.session is not first and not first.is_modified:
        document.close(first)


def run(paths: Sequence[str] = (), on_listening: Callable[[], None] | None = None) -> int:
    """Show the window until it is closed; returns the exit status.

    Args:
        paths: Plan files to open, each in a tab.
        on_listening: Called when other starts of the program find this window.
    """
    application = create_application()
    store = SettingsStore()
    crashes = Crashes(store.folder)
    crashes.start()
    try:
        window = build_window(store=store)
    except Exception as error:
        sys.__excepthook__(type(error), error, error.__traceback__)
        crashes.say_failed_start(error)
        crashes.end()
        return 1
    crashes.attach(window)
    window.show()
    window.start(sample=window.document.path is None)
    again = OpenAgain(window.document, window.files, window.bars, store=window.store)
    requests = OpenRequests(window.files, window)

    def listen() -> None:
        requests.listen()
        if on_listening is not None:
            on_listening()

    if paths:
        open_asked_for(window, Path(paths[0]))
        for path in paths[1:]:
            window.files.open_path(Path(path))
        again.remember()
    else:
        # The first picture does not wait for plans behind it.
        QTimer.singleShot(REST_AFTER_MS, again.open_rest)
    # Nor for other starts of the program, nor for what the last one has to tell.
    QTimer.singleShot(REST_AFTER_MS, listen)
    QTimer.singleShot(REST_AFTER_MS, crashes.say_last_crash)
    status = application.exec()
    requests.close()
    crashes.end()
    start_again_if_wished()
    return status
