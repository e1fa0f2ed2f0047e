"""``python -m moeplanner_gui`` is the same as ``moeplanner``."""

from moeplanner_gui.cli import run

if __name__ == "__main__":
    run()
