"""The search finds what trying every candidate finds, and its bounds rule nothing else out."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.plan import Economics, Node, NodePart, NodeThere
from moeplanner_gui.core.search.bounds import Bounds
from moeplanner_gui.core.search.candidates import brute_force, candidate, ways_of
from moeplanner_gui.core.search.figures import Figures, figures_of, within
from moeplanner_gui.core.search.find import Explorer, explore, never
from moeplanner_gui.core.search.front import Point
from moeplanner_gui.core.search.machines import machines
from moeplanner_gui.core.search.space import placement_of, suits
from moeplanner_gui.core.search.terms import Wishes
from moeplanner_gui.core.users import slots_of
from tests.core.search.small import CARDS, HOSTS, MODELS, small

SLOW = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def found(wishes: Wishes, catalog: object) -> list[tuple[Point, Figures]]:
    *_, seen = explore(wishes, catalog)  # type: ignore[arg-type]
    return list(seen.front)


@st.composite
def any_wishes(draw: st.DrawFn) -> Wishes:
    return Wishes(
        models=(draw(st.sampled_from((*MODELS, "gemma-3-27b"))),),
        context_tokens=draw(st.sampled_from((4096, 32_768))),
        users=draw(st.sampled_from((1, 1, 3))),
        weights=draw(st.sampled_from((("native",), ("native", "q4_k_m"), ("q4_0",)))),
        engines=draw(
            st.sampled_from((("llama.cpp",), ("llama.cpp", "vllm", "sglang", "ktransformers")))
        ),
        decode_tokens_per_s=draw(st.sampled_from((0.0, 0.0, 15.0, 60.0))),
        prefill_tokens_per_s=draw(st.sampled_from((0.0, 0.0, 0.0, 500.0))),
        speed_from=draw(st.sampled_from(("low", "expected"))),
        budget_usd=draw(st.sampled_from((None, None, 3000.0, 9000.0))),
        max_load_w=draw(st.sampled_from((None, None, 600.0))),
        max_cards=draw(st.sampled_from((1, 3))),
        vendors=draw(st.sampled_from(((), (), ("NVIDIA",)))),
        used_prices=draw(st.booleans()),
        quiet=draw(st.booleans()),
    )


@SLOW
@given(
    wishes=any_wishes(),
    cards=st.sets(st.sampled_from(CARDS)),
    hosts=st.sets(st.sampled_from(HOSTS)),
)
def test_that_the_search_finds_what_trying_every_candidate_finds(
    wishes: Wishes, cards: set[str], hosts: set[str]
) -> None:
    catalog = small(sorted(cards), sorted(hosts))
    every = brute_force(wishes, catalog)
    assert {point for point, _ in found(wishes, catalog)} == {point for point, _ in every}


@SLOW
@given(wishes=any_wishes())
def test_that_all_within_the_limits_is_known_before_anything_beyond_is_looked_at(
    wishes: Wishes,
) -> None:
    catalog = small(("rtx3090", "mi50-32", "gb10"))
    every = {point for point, one in brute_force(wishes, catalog) if within(one, wishes)}
    seen = next(seen for seen in explore(wishes, catalog) if seen.inside)
    inside = {point for point, one in seen.front if within(one, wishes)}
    assert inside == every


def test_that_two_models_on_one_rig_are_searched_as_exactly() -> None:
    wishes = Wishes(
        models=MODELS,
        weights=("native", "q4_0"),
        engines=("llama.cpp",),
        cache_types=("f16",),
        max_cards=2,
    )
    catalog = small(("rtx3090", "rtxpro6000"), ("am5-6400", "sp3-7003"))
    every = brute_force(wishes, catalog)
    assert every
    assert {point for point, _ in found(wishes, catalog)} == {point for point, _ in every}
    for _, one in every:
        assert [plan.model for plan in one.plans] == list(MODELS)
        assert len({plan.rig for plan in one.plans}) == 1


@st.composite
def wishes_of_several(draw: st.DrawFn) -> Wishes:
    return Wishes(
        models=draw(st.sampled_from((MODELS, (*reversed(MODELS),), (*MODELS, "gpt-oss-20b")))),
        context_tokens=draw(st.sampled_from((4096, 65_536))),
        users=draw(st.sampled_from((1, 2))),
        weights=draw(st.sampled_from((("native",), ("native", "q4_0")))),
        engines=draw(st.sampled_from((("llama.cpp",), ("llama.cpp", "sglang")))),
        cache_types=draw(st.sampled_from((("f16", "auto"), ("f16", "q8_0", "auto", "fp8")))),
        decode_tokens_per_s=draw(st.sampled_from((0.0, 15.0))),
        prefill_tokens_per_s=draw(st.sampled_from((0.0, 0.0, 500.0))),
        speed_from=draw(st.sampled_from(("low", "expected"))),
        budget_usd=draw(st.sampled_from((None, None, 6000.0))),
        max_cards=draw(st.sampled_from((1, 2))),
        keep=draw(
            st.sampled_from(
                (
                    None,
                    None,
                    None,
                    *(Node(host="am5-6400", ram_gib=64, disk_gib=d) for d in (0, 60)),
                )
            )
        ),
    )


@SLOW
@given(
    wishes=wishes_of_several(),
    cards=st.sets(st.sampled_from(CARDS), max_size=2),
    hosts=st.sets(st.sampled_from(HOSTS), min_size=1, max_size=2),
)
def test_that_any_set_of_models_is_searched_as_exactly(
    wishes: Wishes, cards: set[str], hosts: set[str]
) -> None:
    catalog = small(sorted(cards), sorted({*hosts, "am5-6400"} if wishes.keep else hosts))
    every = brute_force(wishes, catalog)
    assert {point for point, _ in found(wishes, catalog)} == {point for point, _ in every}
    inside = {point for point, one in every if within(one, wishes)}
    seen = next(seen for seen in explore(wishes, catalog) if seen.inside)
    assert {point for point, one in seen.front if within(one, wishes)} == inside


@pytest.mark.parametrize("model", ["qwen3-30b-a3b", "gemma-3-27b"])
@pytest.mark.parametrize("bits", [0.0, 4.25])
def test_that_all_formats_above_a_floor_are_searched_as_exactly(model: str, bits: float) -> None:
    wishes = Wishes(
        models=(model,),
        min_bits_per_weight=bits,
        engines=("llama.cpp", "vllm"),
        cache_types=("f16", "auto"),
        max_cards=2,
    )
    catalog = small(("rtx3090", "mi50-32"), ("am5-6400",))
    every = brute_force(wishes, catalog)
    assert every
    assert {point for point, _ in found(wishes, catalog)} == {point for point, _ in every}


def test_that_every_end_of_a_speed_of_several_models_is_the_least() -> None:
    wishes = Wishes(models=MODELS, weights=("native",), engines=("llama.cpp",), max_cards=1)
    catalog = small(("rtx3090",), ("am5-6400",))
    for _, one in brute_force(wishes, catalog):
        alone = [figures_of(plan, wishes, catalog) for plan in one.plans]
        speeds = [figures.decode for figures in alone if figures and figures.decode]
        assert one.decode is not None and len(speeds) == len(MODELS)
        assert one.decode.low == min(speed.low for speed in speeds)
        assert one.decode.expected == min(speed.expected for speed in speeds)


def test_that_several_computers_are_searched_as_exactly_with_their_network() -> None:
    wishes = Wishes(
        models=("gpt-oss-120b",),
        weights=("native",),
        engines=("llama.cpp", "vllm"),
        max_cards=2,
        max_nodes=3,
    )
    catalog = small(("rtx3090", "rtxpro6000", "gb10"), ("am5-6400", "sp3-7003"))
    every = brute_force(wishes, catalog)
    assert {point for point, _ in found(wishes, catalog)} == {point for point, _ in every}
    several = [one for _, one in every if len(one.plan.rig.nodes) > 1]
    assert several and all(one.usd is not None for one in several)


def test_that_an_upgrade_is_searched_as_exactly_and_what_is_there_costs_nothing() -> None:
    keep = Node(host="am5-6400", ram_gib=64, gpus=("rtx3090",), display="linux")
    wishes = Wishes(
        models=("gpt-oss-120b",),
        weights=("native",),
        engines=("llama.cpp",),
        max_cards=3,
        keep=keep,
    )
    catalog = small(("rtx3090", "r9700", "rtxpro6000", "gb10"), ("am5-6400", "sp3-7003"))
    every = brute_force(wishes, catalog)
    assert {point for point, _ in found(wishes, catalog)} == {point for point, _ in every}
    assert all(one.plan.rig.nodes[0].gpus[:1] == ("rtx3090",) for _, one in every)
    cheapest = min(one.usd or 0.0 for _, one in every)
    assert cheapest == 0.0


@st.composite
def wishes_of_an_owner(draw: st.DrawFn) -> Wishes:
    cards = draw(st.sampled_from(((), ("rtx3090",), ("rtx3090", "rtx3090"))))
    there = draw(st.sampled_from((None, NodeThere(host="am5-6400", ram_gib=32))))
    keep = Node(host="am5-6400", ram_gib=64, gpus=cards, mine=draw(st.booleans()), there=there)
    parts = (("rtx3090", 2), ("r9700", 1), ("board-am5", 1), ("ddr5-rdimm-per-gb-retail", 128))
    chosen = draw(st.sets(st.sampled_from(parts)))
    return Wishes(
        models=("gpt-oss-120b",),
        weights=("native",),
        engines=draw(st.sampled_from((("llama.cpp",), ("llama.cpp", "ktransformers")))),
        cache_types=("f16", "auto"),
        max_cards=3,
        budget_usd=draw(st.sampled_from((None, 2500.0))),
        keep=draw(st.sampled_from((keep, None))),
        economics=Economics(owned=tuple(NodePart(part=p, count=n) for p, n in sorted(chosen))),
    )


@SLOW
@given(wishes=wishes_of_an_owner())
def test_that_parts_that_are_there_are_searched_as_exactly(wishes: Wishes) -> None:
    catalog = small(("rtx3090", "r9700"), ("am5-6400", "sp5-9355"))
    every = brute_force(wishes, catalog)
    assert {point for point, _ in found(wishes, catalog)} == {point for point, _ in every}


@pytest.mark.parametrize("keeps", [False, True])
def test_that_no_rig_costs_less_than_its_bounds_where_parts_of_it_are_there(keeps: bool) -> None:
    parts = (("rtx3090", 2), ("board-am5", 1), ("ddr5-udimm-per-gb", 96))
    owned = tuple(NodePart(part=part, count=count) for part, count in parts)
    keep = Node(host="am5-6400", ram_gib=64, gpus=("rtx3090",)) if keeps else None
    wishes = Wishes(
        models=("gpt-oss-120b",), weights=("native",), engines=("llama.cpp",), max_cards=3,
        cache_types=("f16",), keep=keep, economics=Economics(owned=owned),
    )  # fmt: skip
    catalog = small(("rtx3090", "r9700"), ("am5-6400", "sp5-9355"))
    bounds, costs = Bounds(wishes, catalog), []
    for machine in machines(wishes, catalog):
        for way in ways_of(wishes, catalog):
            placement = placement_of(machine.build, way[0], wishes, catalog)
            known = None if placement is None else candidate([placement], machine, wishes, catalog)
            if placement is None or known is None or known.usd is None:
                continue
            low = bounds.usd_low(machine, placement.need_gib, way[0])
            assert low is not None and low <= known.usd * (1 + 1e-9)
            assert bounds.rough_usd(machine, placement.need_gib) <= low
            assert (bounds.empty_usd(machine.build) or 0.0) <= known.usd
            costs.append(known.usd)
    assert len(costs) > 5


def test_that_what_was_added_to_a_kept_computer_is_bought_once() -> None:
    there = NodeThere(host="am5-6400", ram_gib=64, gpus=("rtx3090",))
    keep = Node(host="am5-6400", ram_gib=64, gpus=("rtx3090",) * 2, mine=True, there=there)
    wishes = Wishes(
        models=("gpt-oss-120b",),
        weights=("native",),
        engines=("llama.cpp",),
        max_cards=2,
        keep=keep,
    )
    catalog = small(("rtx3090",), ("am5-6400",))
    price = catalog.price("rtx3090")
    assert price is not None
    assert min(one.usd or 0.0 for _, one in found(wishes, catalog)) >= price.usd
    named = Economics(owned=(NodePart(part="rtx3090", count=1),))
    again = found(replace(wishes, economics=named), catalog)
    assert [point for point, _ in again] == [point for point, _ in found(wishes, catalog)]


@pytest.mark.parametrize("users", [1, 4])
@pytest.mark.parametrize("model", MODELS)
def test_that_no_candidate_is_better_than_its_bounds(model: str, users: int) -> None:
    wishes = Wishes(
        models=(model,),
        context_tokens=16_384,
        users=users,
        weights=("native",),
        max_cards=4,
        prefill_tokens_per_s=1e-9,
    )
    catalog = small()
    bounds = Bounds(wishes, catalog)
    explorer = Explorer(wishes, catalog, never)
    looked_at = 0
    for machine in machines(wishes, catalog):
        for way in ways_of(wishes, catalog):
            recipe, build = way[0], machine.build
            placement = placement_of(build, recipe, wishes, catalog)
            if placement is None:
                continue
            need = bounds.need_gib(recipe, build)
            assert need is not None
            assert bounds.allowed(recipe, build)
            figures = candidate([placement], machine, wishes, catalog)
            if figures is None or figures.decode is None:
                continue
            looked_at += 1
            crowd = explorer.crowd(build)
            place = crowd.hosts.index(machine.host)
            watts = bounds.load_low_w(machine, recipe)
            usd = bounds.usd_low(machine, placement.need_gib, recipe)
            assert need <= placement.need_gib or machine.host is None
            if figures.load_w is not None:
                assert watts is not None
                assert watts <= figures.load_w
                assert bounds.rough_w(machine, recipe) <= figures.load_w
                assert crowd.watts(place, recipe) == bounds.rough_w(machine, recipe)
            assert (usd is None) == (figures.usd is None)
            if usd is not None and figures.usd is not None:
                assert usd <= figures.usd * (1 + 1e-9)
                assert bounds.rough_usd(machine, need) <= usd
                assert crowd.usd(place, need) == bounds.rough_usd(machine, need)
                assert (bounds.empty_usd(build) or 0.0) <= figures.usd
            rate = figures.decode.expected
            read = figures.prefill
            assert read is None or bounds.prefill_high(model, build) >= read.expected
            assert bounds.decode_high(recipe, build) >= rate
            assert bounds.decode_high(recipe, build, machine) >= rate
            assert bounds.limit(recipe, build).rate(crowd.slower[place]) >= rate
            reach = explorer.reach(build, recipe)
            assert reach is not None
            slower = bounds.fastest_gbs / bounds.host_gbs(machine)
            assert reach.rate(slower) >= rate
            assert reach.context >= figures.context_tokens
    assert looked_at > 50


def test_that_the_figures_are_those_of_evaluate() -> None:
    wishes = Wishes(models=("gpt-oss-120b",), users=2, prefill_tokens_per_s=1.0)
    catalog = small(("rtx3090", "gb10", "rtx6000d"))
    compared = 0
    for machine in machines(wishes, catalog):
        for way in islice(ways_of(wishes, catalog), 0, None, 3):
            if not suits(way[0], ("any",) * machine.build.count, machine.host is None):
                continue
            placement = placement_of(machine.build, way[0], wishes, catalog)
            known = None if placement is None else candidate([placement], machine, wishes, catalog)
            if known is None:
                continue
            found_again = figures_of(known.plan, wishes, catalog)
            whole = evaluate(known.plan, catalog)
            assert found_again == known
            assert whole.fits
            assert known.usd == pytest.approx(whole.cost.hardware_usd, abs=0.005)
            assert known.decode == whole.speed.decode_tokens_per_s
            assert known.prefill == whole.speed.prefill_tokens_per_s
            assert known.load_w == whole.power.load_w
            assert known.context_tokens == whole.max_context_tokens // slots_of(known.plan)
            compared += 1
    assert compared > 20
