"""Where a plan does not fit: what is offered, and that it can be read."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.plan import Deployment, Node, Plan, Rig
from moeplanner_gui.core.remedies import Remedy
from moeplanner_gui.ui.charts.memory_rows import shown_short
from moeplanner_gui.ui.charts.running_changes import running_changes
from moeplanner_gui.ui.fonts import font_small, font_strong
from moeplanner_gui.ui.rig_builder.change import format_memory_short
from moeplanner_gui.ui.rig_builder.fit_panel_row import RemedyRow
from moeplanner_gui.ui.rig_builder.rig_rows import free_text, short_amount


@pytest.fixture(scope="module")
def shipped():
    return load_catalog()


def plan_of(card: str, count: int, **deployment: object) -> Plan:
    rig = Rig(nodes=(Node(gpus=(card,) * count, ram_gib=256),))
    return Plan(model="deepseek-v4-flash", rig=rig, deployment=Deployment(**deployment))


def test_that_every_change_offered_for_a_plan_that_cannot_run_runs(shipped) -> None:
    plan = plan_of(
        "rtxpro6000", 4, engine="vllm", cache_type_k="auto", cache_type_v="auto", tensor_parallel=3
    )
    assert evaluate(plan, shipped).verdict == "cannot_run"
    offered = running_changes(plan, shipped)
    assert any(change.title.startswith("Use tensor parallel 4") for change in offered)
    for change in offered:
        assert evaluate(change.plan, shipped).verdict != "cannot_run"


def test_that_another_engine_is_offered_even_when_it_runs_without_fitting(shipped) -> None:
    plan = plan_of(
        "rtx3090ti", 2, engine="vllm", cache_type_k="auto", cache_type_v="auto", tensor_parallel=2
    )
    assert evaluate(plan, shipped).verdict == "cannot_run"
    instead = next(c for c in running_changes(plan, shipped) if "llama.cpp" in c.title)
    assert instead.outcome.startswith("Runs, but GPU")


@pytest.mark.parametrize("width", [240, 300, 420])
def test_that_the_words_of_a_change_wrap_and_are_never_cut(stage, width) -> None:
    remedy = Remedy(
        "Keep the experts of 38 layers in host memory",
        "--n-cpu-moe 38 with 192 GiB of memory in node 1, 122.1 GiB of it used; slower.",
        "Fits, 2.4 GiB free on GPU 2, up to 538,368 tokens.",
        stage.document.plan,
    )
    row = RemedyRow(remedy, 1, stage.themes, stage.window)
    room = QRectF(0, 0, width - 48, 1000)
    wrap = int(Qt.TextFlag.TextWordWrap)
    title = QFontMetricsF(font_strong()).boundingRect(room, wrap, remedy.title).height()
    detail = QFontMetricsF(font_small()).boundingRect(room, wrap, remedy.detail).height()
    assert row.height_for(width) >= title + detail
    assert row.height_for(width) >= row.height_for(600)


@pytest.mark.parametrize("available", [298, 338, 420, 700])
def test_that_the_bars_of_the_cards_stay_in_sight(stage, available) -> None:
    stage.rig.fit.fit_height(available)
    assert available - stage.rig.fit.height() >= min(176, available // 2)


def test_that_what_is_missing_reads_the_same_at_the_card_as_in_the_memory_table(shipped) -> None:
    devices = [
        device
        for count in (1, 2, 3)
        for device in evaluate(plan_of("rtx3090", count), shipped).devices
        if device.free_bytes < 0
    ]
    assert devices
    for device in devices:
        assert free_text(device, "GiB") == f"{shown_short(device.free_bytes)} GiB over"
    assert short_amount(-1, "GiB") == "0.01"
    assert format_memory_short(-1, "GiB") == "−0.1"
