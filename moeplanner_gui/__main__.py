"""``python -m moeplanner_gui``: the same as the installed command."""

from moeplanner_gui.cli import run

if __name__ == "__main__":
    run()
