"""A plan that cannot run says the same everywhere in the window, and what to do about it."""

from __future__ import annotations

import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.edits import replace_gpu, set_deployment, set_node
from moeplanner_gui.core.engine_choice import with_engine
from moeplanner_gui.core.plan import Node, Plan, Rig
from moeplanner_gui.core.remedies import free_at, ranked
from moeplanner_gui.ui.advice import advisor_of
from moeplanner_gui.ui.charts.running_changes import running_changes, search_advice


@pytest.fixture
def refused(window):
    """The sample on two cards of the Ampere generation under vLLM."""
    document = window.document
    plan = document.plan
    for slot in range(plan.gpu_count):
        plan = replace_gpu(plan, 0, slot, "rtx3090")
    plan = set_deployment(
        set_node(plan, 0, ram_gib=256),
        engine="vllm",
        cache_type_k="auto",
        cache_type_v="auto",
        tensor_parallel=plan.gpu_count,
    )
    document.apply("Move to vLLM", plan)
    document.flush()
    assert document.assessment.verdict == "cannot_run"
    return window


def test_that_strip_panel_slots_and_checks_say_the_same(refused) -> None:
    sentence = refused.document.assessment.reasons[0].removeprefix("Cannot run. ")
    assert sentence.startswith("vLLM 0.33.0 runs DeepSeek V4 on compute capability ")
    assert refused.verdict.reason.text() == sentence
    findings = [f for f in refused.document.assessment.findings if f.severity == "error"]
    assert [finding.message for finding in findings] == [sentence]
    rig = refused.panes[1]
    assert rig.fit.summary.sentence == sentence
    slots = [slot.row for panel in rig.canvas.panels for slot in panel.slots]
    cards = [row for row in slots if row.facts is not None]
    assert cards
    assert all(row.spoken.endswith(", the plan cannot run") for row in cards)
    assert not any("free" in row.spoken for row in cards)


def test_that_the_first_change_offered_runs_and_fits_on_the_same_cards(refused) -> None:
    advisor = advisor_of(refused.document)
    advisor.finish()
    first = advisor.found[0]
    assert first.title.startswith("Use llama.cpp and keep the experts of ")
    assert first.plan.rig == refused.document.plan.rig
    assert evaluate(first.plan, refused.document.catalog).fits
    assert not any(remedy.outcome.startswith("Runs, but") for remedy in advisor.found)


def test_that_the_pdf_and_the_window_give_the_same_advice_and_say_what_nobody_checked(
    real_catalog,
) -> None:
    plan = with_engine(
        Plan(model="deepseek-v4-flash", rig=Rig(nodes=(Node(gpus=("rtx3090",) * 2, ram_gib=256),))),
        "vllm",
        real_catalog,
    )
    assert evaluate(plan, real_catalog).verdict == "cannot_run"
    found = ranked([r for r in search_advice(plan, real_catalog) if r is not None])
    assert found
    for remedy in (*found, *running_changes(plan, real_catalog)):
        after = evaluate(remedy.plan, real_catalog)
        unchecked = any(f.code == "kernel_not_checked" for f in after.findings)
        assert unchecked == remedy.outcome.endswith("was not checked.")
    # A change that is sure comes before one that nobody has looked at.
    assert found[0].outcome.startswith("Fits") and "not checked" not in found[0].outcome
    assert not any(r.outcome.startswith("Runs") for r in found)


def test_that_what_is_left_is_in_host_memory_and_on_a_card(real_catalog) -> None:
    rig = Rig(nodes=(Node(gpus=("rtx3090",) * 2, ram_gib=256),))
    devices = evaluate(Plan(model="deepseek-v4-flash", rig=rig), real_catalog).devices
    assert free_at(devices[-1]).endswith("GiB free in host memory")
    assert free_at(devices[0]).endswith("GiB free on GPU 1")
