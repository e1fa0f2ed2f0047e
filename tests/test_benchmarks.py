"""What the benchmarks compare with the previous release."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.benchmarks import previous
from tests.benchmarks.previous import Row


def test_that_a_time_is_compared_in_units_of_the_machine_and_a_ratio_as_it_is() -> None:
    kept = {"figures": {"evaluate": 0.5, "first paint": 1.5}}
    # Twice as slow a machine takes twice as long for both: nothing has changed.
    for machine in (1.0, 2.0):
        row = Row("evaluate", "200 µs", figure=200e-6 * machine)
        assert previous.against(row, 400e-6 * machine, kept) == "1.00 ×"
    assert previous.against(Row("evaluate", "", figure=100e-6), 400e-6, kept) == "0.50 ×"
    paint = Row("first paint", "", figure=1.2, is_ratio=True)
    assert previous.against(paint, 400e-6, kept) == "0.80 ×"


def test_that_nothing_is_compared_with_what_is_not_known() -> None:
    assert previous.against(Row("new", "", figure=1.0), 1.0, {"figures": {}}) == ""
    assert previous.against(Row("evaluate", "failed"), 1.0, {"figures": {"evaluate": 1.0}}) == ""
    assert previous.against(Row("evaluate", "", figure=1.0), 1.0, {}) == ""


def test_that_keeping_renews_what_was_measured_and_leaves_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "previous.json"
    monkeypatch.setattr(previous, "FILE", file)
    assert previous.known() == {}
    previous.keep([(Row("a", "", figure=2.0), 4.0), (Row("b", "", figure=1.4, is_ratio=True), 4.0)])
    previous.keep([(Row("a", "", figure=8.0), 4.0), (Row("c", "no figure"), 4.0)])
    kept = json.loads(file.read_text("utf-8"))
    assert kept["figures"] == {"a": 2.0, "b": 1.4}
    assert previous.against(Row("a", "", figure=1.0), 1.0, previous.known()) == "0.50 ×"
    file.write_text("{broken")
    assert previous.known() == {}


def test_that_the_calibration_is_a_time() -> None:
    assert 1e-6 < previous.calibration_s() < 1.0


def test_that_figures_of_a_release_are_kept() -> None:
    kept = previous.known()
    assert kept["version"] and kept["commit"]
    assert {"first paint, MoE Planner", "estimate --batch, 10,000 plans"} <= set(kept["figures"])
