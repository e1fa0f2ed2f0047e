"""Kills processes at random moments and judges what is left: ``python -m tests.kills``.

To be cheap enough for 200 kills, the program is loaded once and every victim is a fork of it,
made before any Qt application exists. Most have no window: a QCoreApplication, the document,
the autosave and the functions that save. ``--windows`` of them show the real one, offscreen, and
undo and save by its actions. Half of the kills come at a random time, half up to a few
milliseconds after a file began to be written. Every kill has a seed of its own.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import select
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

AT_ONCE = 5
LONGEST_LIFE_S = 1.4
LONGEST_WINDOW_LIFE_S = 4.0
LONGEST_AFTER_WRITE_S = 0.003
PATIENCE_S = 60.0


class Victim:
    """One process and when it has to go."""

    def __init__(self, number: int, folder: Path, seed: int, *, window: bool) -> None:
        self.number, self.folder, self.is_window = number, folder, window
        chance = random.Random(seed)
        # The first writes come early: a high number would outlive the time.
        self.write = chance.randint(1, 25) if chance.random() < 0.5 else 0
        self.life_s = chance.uniform(0.0, LONGEST_WINDOW_LIFE_S if window else LONGEST_LIFE_S)
        self.after_write_s = chance.uniform(0.0, LONGEST_AFTER_WRITE_S)
        self.seed = seed
        self.ends: float | None = None
        self.pid = self.pipe = -1
        self.born = time.monotonic()

    def start(self, catalog) -> None:
        (self.folder / "config").mkdir(parents=True)
        from moeplanner_gui.core import edits
        from moeplanner_gui.export.plan_file import write_plan
        from moeplanner_gui.ui.plan_titles import empty_plan
        from tests.kills.actor import FIRST_VALUE

        first = edits.set_workload(empty_plan(), context_tokens=FIRST_VALUE)
        write_plan(self.folder / "plan.moeplan", first)
        self.pipe, theirs = os.pipe()
        sys.stdout.flush()
        self.pid = os.fork()
        if self.pid:
            os.close(theirs)
            return
        try:
            os.environ["MOEPLANNER_CONFIG_DIR"] = str(self.folder / "config")
            os.environ["XDG_DATA_HOME"] = str(self.folder / "data")
            from tests.kills import actor

            run = actor.run_window if self.is_window else actor.run_small
            run(self.folder, self.seed, catalog, theirs, self.write)
        except BaseException:
            traceback.print_exc()
        os._exit(1)

    def hear(self) -> None:
        """What it tells: that it acts (r), that it writes (w), or nothing more."""
        said = os.read(self.pipe, 16)
        now = time.monotonic()
        if not said:
            raise SystemExit(f"victim {self.number} ended by itself (seed {self.seed})")
        if b"r" in said and self.ends is None:
            # One that waits for a write goes in any case.
            self.ends = now + (2 * LONGEST_LIFE_S if self.write else self.life_s)
        if b"w" in said:
            self.ends = now + self.after_write_s

    def kill(self) -> int:
        killed = time.monotonic_ns()
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.pipe)
        return killed


def main() -> int:
    """Print one line of JSON for each kill, and what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--windows", type=int, default=5)
    options = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from moeplanner_gui.app import load_core

    load_core()
    from moeplanner_gui.catalog.load import load_catalog
    from moeplanner_gui.ui import app  # noqa: F401
    from tests.kills.verdict import judge

    catalog = load_catalog()
    # What is loaded is not looked through, and so not copied, in each victim.
    gc.freeze()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="moeplanner-kills-") as name:
        # A window makes its views while it is young: several at once would do nothing else.
        every = max(options.kills // max(options.windows, 1), 1)
        waiting = [
            Victim(number, Path(name) / str(number), options.seed * 100_003 + number,
                   window=number % every == 0 and number // every < options.windows)
            for number in range(options.kills)
        ]  # fmt: skip
        alive: list[Victim] = []
        while waiting or alive:
            while waiting and len(alive) < AT_ONCE:
                alive.append(waiting.pop(0))
                alive[-1].born = time.monotonic()
                alive[-1].start(catalog)
            due = min((v.ends for v in alive if v.ends is not None), default=time.monotonic() + 1)
            heard, _, _ = select.select(
                [v.pipe for v in alive], [], [], max(0.0, due - time.monotonic())
            )
            for victim in [v for v in alive if v.pipe in heard]:
                victim.hear()
            for victim in [v for v in alive if v.ends is not None and v.ends <= time.monotonic()]:
                killed = victim.kill()
                alive.remove(victim)
                verdict = judge(victim.folder, killed, catalog)
                found = {
                    "seed": victim.seed,
                    "window": victim.is_window,
                    "mode": "write" if victim.write else "time",
                    **vars(verdict),
                }
                print(json.dumps(found), flush=True)
            if any(v.ends is None and time.monotonic() - v.born > PATIENCE_S for v in alive):
                raise SystemExit("a victim did not begin to act")
    print(json.dumps({"took_s": time.monotonic() - started}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
