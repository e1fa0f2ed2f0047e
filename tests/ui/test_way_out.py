"""The program's own way out: whatever still works beside the window, the process ends with 0."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

_PLAYED = """
import sys, threading
from moeplanner_gui.app import load_core, load_qt, main_gui
load_core()
load_qt()
from PySide6.QtCore import QTimer
import moeplanner_gui.ui.app as ui

build_window, begun, beside = ui.build_window, [], sys.argv.pop()
start, started = threading.Thread.start, [""]

def noted(thread):
    started.append(thread.name)
    start(thread)

threading.Thread.start = noted

def build():
    window = build_window()
    window.files.ask_unsaved = lambda: "discard"

    def look():
        if window.tabs.make_next():
            return  # a person sees the window before they ask it anything
        actions = window.actions_registry
        if not begun:
            begun.append(True)
            actions.get("file.duplicate").trigger()
            if beside == "find-a-rig":
                actions.get("rig.find").trigger()
        elif beside in started:
            print("left beside", *started, flush=True)
            actions.get("file.quit").trigger()

    clock = QTimer(window, interval=20)
    clock.timeout.connect(look)
    clock.start()
    return window

ui.build_window = lambda store: build()
sys.exit(main_gui())
"""


@pytest.mark.parametrize("beside", ["", "find-a-rig"])
def test_that_the_program_ends_well_whatever_still_works_beside_it(tmp_path, beside: str) -> None:
    homes = {f"XDG_{name}_HOME": str(tmp_path) for name in ("CONFIG", "DATA", "CACHE", "STATE")}
    tmp_path.chmod(0o700)
    run = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", _PLAYED, beside],
        capture_output=True,
        text=True,
        timeout=100,
        env={
            **os.environ,
            **homes,
            "XDG_RUNTIME_DIR": str(tmp_path),
            "MOEPLANNER_CONFIG_DIR": str(tmp_path / "config"),
            "QT_QPA_PLATFORM": "offscreen",
        },
    )
    assert run.stdout.startswith("left beside"), run.stderr[-2000:]
    assert beside in run.stdout
    assert run.returncode == 0, run.stderr[-2000:]
    assert "Traceback" not in run.stderr
    # Nothing is told at the next start: the run ended as it should.
    assert not list((tmp_path / "config" / "crashes").glob("run-*.txt"))
