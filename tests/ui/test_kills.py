"""200 processes are killed while they edit and save: how much is gone, and is anything torn?

Loading the program 200 times would take minutes. It is loaded twice, and each victim is a fork:
190 of them without a window (document, autosave, saving, settings, the user's rows), 10 with the
real one, offscreen, that undo and save by its actions. See ``tests/kills``.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUNS, KILLS, WINDOWS = 2, 100, 5
LONGEST_LOSS_MS = 1000


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Qt cannot be forked elsewhere")
@pytest.mark.timeout(300)
def test_that_200_kills_tear_nothing_and_cost_at_most_the_last_second() -> None:
    """One test, so that no two workers do it all."""
    kills = found_by_killing()
    assert len(kills) == RUNS * KILLS
    assert sum(kill["window"] for kill in kills) == RUNS * WINDOWS
    assert [kill for kill in kills if kill["wrong"]] == []
    assert [kill for kill in kills if kill["lost_ms"] > LONGEST_LOSS_MS] == []
    # They come at moments that matter; otherwise all this would show nothing.
    assert sum(kill["recovered"] for kill in kills) > 30
    assert sum(kill["in_write"] for kill in kills) > 8
    assert sum(kill["lost_ms"] > 0 for kill in kills) > 30
    assert sum(kill["states"] for kill in kills) > 2000


def found_by_killing() -> list[dict]:
    runs = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.kills", "--seed", str(seed), "--kills", str(KILLS),
             "--windows", str(WINDOWS)],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for seed in range(1, RUNS + 1)
    ]  # fmt: skip
    found = []
    for run in runs:
        said, errors = run.communicate(timeout=280)
        assert run.returncode == 0, errors
        found += [json.loads(line) for line in said.splitlines()]
    return [each for each in found if "lost_ms" in each]
