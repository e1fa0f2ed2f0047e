"""A dialog on the real catalogue whose machine is made up."""

from __future__ import annotations

import pytest

from moeplanner_gui.ui.detect.dialog import DetectDialog
from moeplanner_gui.ui.detect.worker import DetectWorker


@pytest.fixture(autouse=True)
def own_data(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "moeplanner" / "catalogs"


@pytest.fixture
def detected(window, monkeypatch, qtbot):
    """Opens the window's own dialog on a machine and waits for the proposal."""
    from moeplanner_gui.ui.detect import worker as workers

    def open_on(machine, *, wait: bool = True) -> DetectDialog:
        def look(on_report, _cancelled):
            for report in machine.reports:
                on_report(report)
            return machine

        monkeypatch.setattr(workers, "look_at_machine", look)
        monkeypatch.setattr(
            DetectWorker.__init__, "__kwdefaults__",
            {**DetectWorker.__init__.__kwdefaults__, "detect": look},
        )  # fmt: skip
        window.actions_registry.get("rig.detect").trigger()
        dialog = window.detection.dialog
        if wait:
            qtbot.waitUntil(lambda: dialog.proposal is not None, timeout=10_000)
        return dialog

    return open_on
