"""The program's entry points with a window. Importing this module loads no Qt."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from importlib import import_module

_WITHOUT_QT = (
    "moeplanner_gui.catalog.load",
    "moeplanner_gui.catalog.speed_kinds",
    "moeplanner_gui.core.assess",
    "moeplanner_gui.core.cost.sentence",
    "moeplanner_gui.core.engines.llama_cpp",
    "moeplanner_gui.core.explain",
    "moeplanner_gui.export.plan_file",
    "moeplanner_gui.export.speed_words",
)


def load_core() -> None:
    """Import what the window needs and what knows no Qt.

    What is made while the program starts stays: looking for garbage among it is left until the
    window is there (``MainWindow.start``).
    """
    gc.disable()
    # The package first: it tells pydantic not to look for plugins.
    import_module("moeplanner_gui.ui")
    speak_chosen_language()
    for name in _WITHOUT_QT:
        import_module(name)


def load_qt() -> None:
    """Import Qt; the views are imported after it."""
    from moeplanner_gui.ui.unread_sources import leave_sources_unread

    leave_sources_unread()


def speak_chosen_language() -> None:
    """Say everything in the language of the settings: words are looked up as they are loaded."""
    from moeplanner_gui.language import choose_language, start_speaking
    from moeplanner_gui.ui.settings import peek

    start_speaking(choose_language(peek().language))


def main_gui() -> int:
    """Entry point of the desktop launcher: plan files may be given, nothing else."""
    return run_window([argument for argument in sys.argv[1:] if not argument.startswith("-")])


def run_window(paths: Sequence[str] = ()) -> int:
    """Show the window, with the plans in ``paths``; returns the exit status.

    Where a window is open already, it shows the plans, and this process is done.
    """
    from moeplanner_gui.one_window import hand_over, starting

    if paths and hand_over(paths):
        return 0
    with ExitStack() as start:
        start.enter_context(starting(waits=bool(paths)))
        # Another start may have come first while this one waited for it.
        if paths and hand_over(paths):
            return 0
        load_core()
        load_qt()
        from moeplanner_gui.ui.app import run

        return run(paths, on_listening=start.close)
