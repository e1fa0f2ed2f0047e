"""``python -m tests.soak``: an hour of random edits, and whether memory stays.

    python -m tests.soak [--minutes 60] [--seed 1] [--plan 64x8]

Prints the memory once a minute and at the end what was done, what was slow, what went wrong.
Ends with 1 when an exception was seen or the memory grew by 5 % or more after the first sixth.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def main() -> int:
    """Run the monkey in a folder of its own; returns the exit status."""
    wishes = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    wishes.add_argument("--minutes", type=float, default=60.0)
    wishes.add_argument("--seed", type=int, default=1)
    wishes.add_argument("--plan", default="", help="a plan file, or 64x8: nodes and cards of each")
    wishes.add_argument("--json", action="store_true", help="print the figures as JSON")
    asked = wishes.parse_args()
    plan = str(Path(asked.plan).resolve()) if Path(asked.plan).is_file() else asked.plan
    with tempfile.TemporaryDirectory(prefix="moeplanner-soak-") as folder:
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
            os.environ[name] = str(Path(folder) / name.lower())
        os.environ["MOEPLANNER_CONFIG_DIR"] = str(Path(folder) / "config")
        os.environ["HOME"] = folder
        # Where a save dialog of the monkey would write.
        os.chdir(folder)
        from tests.soak.run import soak

        found = soak(asked.minutes * 60, asked.seed, print if not asked.json else None, plan)
    if asked.json:
        print(json.dumps(found.as_json()))
    else:
        print(found.text())
    return 0 if found.is_good else 1


def leave(status: int) -> NoReturn:
    """End here: what Python takes down after a window that was played with is not what is tried."""
    sys.stdout.flush()
    os._exit(status)


if __name__ == "__main__":
    leave(main())
