"""A found rig has the links of its own slots and risers: those of the plan that is opened."""

from __future__ import annotations

import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.plan import Node, NodePart
from moeplanner_gui.core.search.candidates import brute_force
from moeplanner_gui.core.search.find import explore
from moeplanner_gui.core.search.machines import Build, Machine
from moeplanner_gui.core.search.search import search
from moeplanner_gui.core.search.space import on_host, placement_of, recipes
from moeplanner_gui.core.search.terms import Wishes
from moeplanner_gui.core.speed.card_links import card_links
from tests.core.search.small import small

NARROW = (NodePart(part="board-am5"), NodePart(part="psu-2000-w-titanium"))
KEPT = Node(host="am5-6400", ram_gib=64, gpus=("rtxpro6000",), parts=NARROW)


def test_that_a_found_rig_has_the_figures_of_its_plan_and_no_link_set_by_hand() -> None:
    wishes = Wishes(models=("gpt-oss-120b",), max_cards=4, prefill_tokens_per_s=1.0)
    catalog = small(("rtx3090", "r9700"), ("am5-6400", "sp3-7003", "sp5-9355"))
    rigs = search(wishes, catalog).rigs
    limits = set()
    for rig in rigs:
        node = rig.plan.rig.nodes[0]
        assert node.card_link is None
        limits |= {link.limit for link in card_links(node, catalog)}
        speed = evaluate(rig.plan, catalog).speed
        assert rig.decode_tokens_per_s == speed.decode_tokens_per_s
        assert rig.prefill_tokens_per_s == speed.prefill_tokens_per_s
    assert {"riser"} < limits


@pytest.mark.parametrize(
    "kept",
    [KEPT, KEPT.model_copy(update={"parts": None, "card_link": "pcie3-x1"})],
    ids=["narrow slot", "link set by hand"],
)
def test_that_cards_of_a_narrow_computer_may_be_faster_in_another(kept: Node) -> None:
    wishes = Wishes(
        models=("gpt-oss-120b",), engines=("llama.cpp", "vllm"), weights=("native",), keep=kept,
        max_cards=3,
    )  # fmt: skip
    catalog = small(("rtxpro6000",), ("am5-6400", "sp5-9355"))
    *_, seen = explore(wishes, catalog)
    found = [(point, one.plans) for point, one in seen.front]
    assert found == [(point, one.plans) for point, one in brute_force(wishes, catalog)]
    hosts = {one.plan.rig.nodes[0].host for _, one in seen.front}
    assert "sp5-9355" in hosts


def test_that_the_placement_of_a_build_is_as_fast_as_in_the_best_slots() -> None:
    # What a search takes for the most that any host reaches must not come from a narrow one.
    wishes = Wishes(
        models=("gpt-oss-120b",), engines=("vllm",), weights=("native",), keep=KEPT, max_cards=2
    )
    catalog = small(("rtxpro6000",), ("am5-6400", "sp5-9355"))
    build = Build("rtxpro6000", 1, kept=True)
    (recipe, *_) = recipes(wishes, "gpt-oss-120b", catalog)
    placement = placement_of(build, recipe, wishes, catalog)
    assert placement is not None
    best = evaluate(placement.plan, catalog).speed.decode_tokens_per_s
    assert best is not None
    for host in ("am5-6400", "sp5-9355"):
        moved = on_host(placement, Machine(build, host), wishes, catalog)
        assert moved is not None
        rate = evaluate(moved, catalog).speed.decode_tokens_per_s
        assert rate is not None and rate.expected <= best.expected * (1 + 1e-9)
    two = KEPT.model_copy(update={"gpus": ("rtxpro6000",) * 2})
    rig = placement.plan.rig.model_copy(update={"nodes": (two,)})
    slow = evaluate(placement.plan.replace(rig=rig), catalog).speed.decode_tokens_per_s
    assert slow is not None and slow.expected < best.expected
