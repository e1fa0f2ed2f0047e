"""A real drag of a part besides cards, from the list onto a computer; see test_real_drag."""

from __future__ import annotations

import sys

import pytest

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.plan import Node, Plan, Rig
from tests.ui.rig.test_real_drag import Mouse, centre, part

pytestmark = [
    pytest.mark.real_drag,
    pytest.mark.skipif(sys.platform != "linux", reason="QDrag runs a native loop there"),
]


@pytest.fixture(scope="module")
def catalog():
    return load_catalog()


@pytest.fixture(autouse=True)
def _platform(qapp):
    if qapp.platformName() == "offscreen":
        pytest.skip("a drag returns at once on the offscreen platform")


def test_that_a_supply_dragged_to_a_computer_takes_the_place_of_the_guess_and_the_next_one_adds(
    make_stage, qtbot
):
    node = Node(host="sp3-7003", ram_gib=256, gpus=("rtx3090", "rtx3090"))
    plan = Plan(model="qwen3-30b-a3b", weights="q4_k_m", rig=Rig(nodes=(node,)))
    stage = make_stage(plan, evaluate)
    headings = []
    mouse = Mouse(qtbot)
    for _ in range(2):
        list_, at = part(stage, "psu-1600-w")
        head = stage.rig.canvas.panels[0].head
        mouse.drag(list_, at, head, centre(head)).then(lambda h=head: headings.append(h.drop_text))
        mouse.release(head, centre(head)).run()
        mouse._steps.clear()
        stage.settle()
    chosen = {p.part: p for p in stage.document.plan.rig.nodes[0].parts}
    assert chosen["psu-1600-w"].count == 2 and not chosen["psu-1600-w"].assumed
    assert sum(name.startswith("psu") for name in chosen) == 1
    assert chosen["case-full-tower"].assumed
    assert headings[0].startswith("Drop to have 1,600 W instead of the assumed ")
    assert headings[1].startswith("Drop to add 1,600 W, 2 of them then")
    stage.document.undo_stack.undo()
    stage.document.undo_stack.undo()
    assert stage.document.plan == plan
