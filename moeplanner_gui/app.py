"""The program's entry points with a window. Importing this module loads no Qt."""

from __future__ import annotations

import sys


def main_gui() -> int:
    """Entry point of the desktop launcher: a plan file may be given, nothing else."""
    files = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    return run_window(files[0] if files else None)


def run_window(path: str | None = None) -> int:
    """Show the window, with the plan in ``path`` if one is given; returns the exit status."""
    from moeplanner_gui.ui.app import run

    return run(path)
