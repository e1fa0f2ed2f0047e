"""What a candidate is made of when a computer is kept."""

from __future__ import annotations

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.bill import bill, usual_supply
from moeplanner_gui.core.hardware_cost import hardware_cost
from moeplanner_gui.core.plan import Node, NodePart
from moeplanner_gui.core.search.candidates import candidate, ways_of
from moeplanner_gui.core.search.machines import Build, Machine
from moeplanner_gui.core.search.space import placement_of
from moeplanner_gui.core.search.terms import Wishes
from moeplanner_gui.core.search.words import found_rig
from tests.core.rigs import CATALOG
from tests.core.search.small import small


def test_that_a_card_beyond_the_kept_supply_brings_a_larger_one_with_its_price() -> None:
    ids = ("board-am5", "cpu-ryzen-9-7900x", "psu-750-w", "case-full-tower")
    keep = Node(
        host="am5-6400",
        ram_gib=64,
        gpus=("rtx3090",),
        parts=tuple(NodePart(part=name) for name in ids),
    )
    wishes = Wishes(models=("qwen3-30b-a3b",), keep=keep, weights=("q4_k_m",))
    catalog, build = small(("rtx3090",)), Build("rtx3090", 1, kept=True)
    ways = (way for way in ways_of(wishes, catalog) if way[0].place == "cards")
    placement = next(
        one for way in ways if (one := placement_of(build, way[0], wishes, catalog)) is not None
    )
    found = candidate([placement], Machine(build, "am5-6400"), wishes, catalog)
    assert found is not None and found.usd is not None
    codes = {one.code for one in evaluate(found.plan, catalog).findings if one.severity == "error"}
    assert codes == set()
    supply_id, count = usual_supply(found.plan.rig.nodes[0], catalog) or ("", 0)
    card, supply = CATALOG.price("rtx3090"), CATALOG.price(supply_id)
    assert card is not None and supply is not None and count == 1
    assert found.usd == card.usd + supply.usd
    assert "second-hand" in found_rig(found, wishes, catalog, on_front=False).because


def test_that_a_used_processor_makes_a_rig_second_hand() -> None:
    wishes = Wishes(models=("qwen3-30b-a3b",), weights=("q4_k_m",), engines=("llama.cpp",))
    catalog, build = small(("rx7900xtx",)), Build("rx7900xtx", 1)
    way = next(way for way in ways_of(wishes, catalog) if way[0].place == "cards")
    placement = placement_of(build, way[0], wishes, catalog)
    assert placement is not None
    for host, used in (("am5-6400", False), ("sp3-7003", True)):
        found = candidate([placement], Machine(build, host), wishes, catalog)
        assert found is not None
        rig = found_rig(found, wishes, catalog, on_front=False)
        assert ("second-hand" in rig.because) is used


def test_that_one_disk_holds_the_weights_of_all_models_at_one_price() -> None:
    names = ("kimi-k2-instruct", "deepseek-v3.2")
    wishes = Wishes(models=names, weights=("q4_k_m",), engines=("llama.cpp",), context_tokens=4096)
    catalog, build = small((), ("sp5-9355",)), Build(None, 0)
    way = next(
        way for way in ways_of(wishes, catalog) if all(one.place == "processor" for one in way)
    )
    known = [
        one for recipe in way if (one := placement_of(build, recipe, wishes, catalog)) is not None
    ]
    found = candidate(known, Machine(build, "sp5-9355"), wishes, catalog)
    assert found is not None and len(found.plans) == 2
    assert {hardware_cost(plan, catalog).total_usd for plan in found.plans} == {found.usd}
    # Each alone lies on one TB, both together on no less than two.
    assert [line.count for line in bill(found.plan, catalog) if line.kind == "disk"] == [2]


def test_that_a_kept_disk_too_small_for_the_weights_is_replaced() -> None:
    keep = Node(host="am5-6400", ram_gib=64, gpus=("rtx3090",), disk_gib=4)
    wishes = Wishes(models=("qwen3-30b-a3b",), weights=("q4_k_m",), keep=keep)
    catalog, build = small(("rtx3090",)), Build(None, 0, kept=True)
    way = next(way for way in ways_of(wishes, catalog) if way[0].place == "cards")
    placement = placement_of(build, way[0], wishes, catalog)
    assert placement is not None
    found = candidate([placement], Machine(build, "am5-6400"), wishes, catalog)
    assert found is not None and found.plan.rig.nodes[0].disk_gib > 18
    codes = {one.code for one in evaluate(found.plan, catalog).findings}
    assert "disk_too_small" not in codes
