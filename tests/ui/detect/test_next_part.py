"""What to plug in next is what the remedies say of this computer alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.plan import Deployment, Node, Plan, Rig
from moeplanner_gui.core.remedies import Remedy
from moeplanner_gui.core.remedies import remedies as all_remedies
from moeplanner_gui.core.remedy_changes import Price
from moeplanner_gui.ui.detect.choice import Chosen
from moeplanner_gui.ui.detect.next_part import _words, advice_for, alone

NODE = Node(host="am4", ram_gib=125, gpus=("rtx3090", "rtx3090"), name="This computer")
OTHER = Node(host="wrx90-7965wx", ram_gib=512, gpus=("rtxpro6000", "rtxpro6000"))
PLAN = Plan(model="deepseek-v4-flash", rig=Rig(nodes=(OTHER, NODE)))


def never() -> bool:
    return False


def test_that_only_this_computer_counts(real_catalog):
    plan = alone(PLAN, NODE, real_catalog)
    assert plan.rig.nodes == (NODE,)
    advice = advice_for((PLAN, Chosen(NODE, (), ())), real_catalog, never)
    first = evaluate(plan, real_catalog).reasons[0]
    assert advice.answer.endswith(first[1:])
    assert not evaluate(plan, real_catalog).fits and advice.verdict == "does_not_fit"


def test_that_the_cheapest_addition_is_the_cheapest_remedy_with_a_price(real_catalog):
    plan = alone(PLAN, NODE, real_catalog)
    found = all_remedies(plan, real_catalog)
    cheapest = min(one.usd for one in found if one.usd)
    advice = advice_for((PLAN, Chosen(NODE, (), ())), real_catalog, never)
    assert f"(${cheapest:,.0f})" in advice.bought


def test_that_what_fits_gets_no_advice(real_catalog):
    plan = PLAN.replace(rig=Rig(nodes=()))
    advice = advice_for((plan, Chosen(OTHER, (), ())), real_catalog, never)
    assert advice.verdict in ("fits", "tight") and advice.text == advice.answer


def test_that_an_engine_with_ranks_is_spread_over_the_cards_that_are_there(real_catalog):
    options = Deployment(engine="vllm", tensor_parallel=8, cache_type_k="auto", cache_type_v="auto")
    plan = alone(PLAN.replace(deployment=options), NODE, real_catalog)
    assert plan.deployment.tensor_parallel * plan.deployment.pipeline_parallel <= 2


def test_that_a_search_nobody_waits_for_says_nothing(real_catalog):
    assert advice_for((PLAN, Chosen(NODE, (), ())), real_catalog, lambda: True) is None


@pytest.mark.parametrize("usd", [None, 0.0])
def test_that_what_has_to_be_bought_is_never_called_free(usd):
    bigger = NODE.model_copy(update={"disk_gib": 2000})
    plan = PLAN.replace(rig=Rig(nodes=(NODE,)))
    bought = Remedy(
        "Read the experts from the disk", "", "Fits.", plan.replace(rig=Rig(nodes=(bigger,))),
        (Price.MEMORY, 1, 0.0, False), usd,
    )  # fmt: skip
    free, words = _words(plan, (bought,))
    assert free == "" and words.startswith("An addition, price unknown: ")
    at_hand = replace(bought, rank=(Price.SPEED, 1, 0.0, False), usd=0.0)
    assert _words(plan, (at_hand,))[0].startswith("Without a purchase: ")


def test_that_the_recorded_machine_can_still_be_read():
    from tests.ui.detect.machines import recorded

    assert len(recorded("two-3090").cards) == 2
