"""What is answered: ranks, reasons, what lacks a price, what would have to give, broken rows."""

from __future__ import annotations

import gc
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moeplanner_gui.core.plan import Node
from moeplanner_gui.core.search.search import NO_CARDS, NO_HOSTS, NO_MODEL, search
from moeplanner_gui.core.search.terms import FoundRig, Progress, RankBy, Wishes
from tests.core.rigs import CATALOG
from tests.core.search.small import CARDS, HOSTS, MODELS, small

FLASH = Wishes(
    models=("deepseek-v4-flash",),
    context_tokens=131_072,
    weights=("native",),
    max_cards=6,
)
OSS = Wishes(models=("gpt-oss-120b",), weights=("native",), max_cards=3)


def key_of(rig: FoundRig, rank_by: RankBy) -> float:
    speed = rig.decode_tokens_per_s
    assert speed is not None
    assert rig.usd is not None
    assert rig.load_w is not None
    assert rig.usd_per_month is not None
    return {
        "price": rig.usd,
        "speed": -speed.expected,
        "power": rig.load_w,
        "context": -float(rig.max_context_tokens),
        "month": rig.usd_per_month,
    }[rank_by]


@pytest.mark.parametrize("rank_by", ["price", "speed", "power", "context", "month"])
def test_that_rigs_come_in_the_order_that_is_wished(rank_by: RankBy) -> None:
    rigs = search(replace(OSS, rank_by=rank_by), small(("rtx3090", "mi50-32"))).rigs
    values = [key_of(rig, rank_by) for rig in rigs]
    assert len(rigs) > 3
    assert values == sorted(values)


def test_that_rigs_keep_to_the_limits_and_the_others_are_outside() -> None:
    wishes = replace(OSS, budget_usd=6000.0, decode_tokens_per_s=25.0, max_load_w=800.0)
    result = search(wishes, small())
    assert result.rigs
    assert result.outside
    assert result.complete
    for rig in result.rigs:
        assert rig.usd is not None
        assert rig.usd <= 6000.0
        assert rig.load_w is not None
        assert rig.load_w <= 800.0
        assert rig.decode_tokens_per_s is not None
        assert rig.decode_tokens_per_s.expected >= 25.0
        assert rig.assessment.fits
        assert rig.because
    assert result.relaxations == ()
    assert result.evaluated + result.pruned <= result.considered


def test_that_the_low_end_of_the_speed_is_what_a_cautious_wish_counts() -> None:
    wishes = replace(OSS, decode_tokens_per_s=25.0, speed_from="low")
    rigs = search(wishes, small()).rigs
    assert rigs
    assert all(rig.decode_tokens_per_s and rig.decode_tokens_per_s.low >= 25.0 for rig in rigs)


def test_that_a_rig_says_how_much_of_the_experts_is_in_host_memory_and_over_how_many_cards() -> (
    None
):
    rigs = search(FLASH, small(("rtx3090",), ("sp3-7003",))).rigs
    four = next(rig for rig in rigs if rig.title == "4 × RTX 3090")
    assert four.subtitle.startswith("EPYC 7003, ")
    assert four.because.startswith("47 % of the experts in host memory, layers over 4 cards")


def test_that_cards_without_a_price_stand_apart_and_join_the_others_when_they_have_one() -> None:
    result = search(OSS, small(("rtxpro6000", "rtx3090"), unpriced=("rtxpro6000",)))
    assert [rig.title for rig in result.unpriced] == ["RTX PRO 6000"]
    assert result.unpriced[0].usd is None
    assert result.unpriced[0].unpriced == ("RTX PRO 6000",)
    assert not any("PRO 6000" in rig.title for rig in result.rigs)
    priced = search(OSS, small(("rtxpro6000", "rtx3090")))
    assert any("PRO 6000" in rig.title for rig in priced.rigs)


def test_that_a_card_with_nothing_but_a_list_price_stands_apart() -> None:
    catalog = small(("rtx5090d", "rtx3090"), ("am5-6400",))
    result = search(OSS, catalog)
    assert [rig.title for rig in result.unpriced] == ["RTX 5090 D"]
    assert result.unpriced[0].usd is None
    assert result.unpriced[0].unpriced == ("RTX 5090 D but its list price of 2025",)
    asked = search(replace(OSS, list_prices=True), catalog)
    assert asked.unpriced == ()
    assert any("5090 D" in rig.title for rig in (*asked.rigs, *asked.outside))


def test_that_several_models_are_also_looked_for_on_cards_without_a_price() -> None:
    wishes = replace(OSS, models=("gpt-oss-120b", "gpt-oss-20b"))
    result = search(wishes, small(("rtxpro6000",), ("am5-6400",), unpriced=("rtxpro6000",)))
    assert [rig.title for rig in result.unpriced] == ["RTX PRO 6000"]
    assert len(result.unpriced[0].others) == 1


def test_that_modules_and_cards_that_nobody_can_place_are_never_put_into_a_desktop() -> None:
    result = search(OSS, small(("v100-32-sxm2", "gb200")))
    assert not any(rig.plan.rig.nodes[0].gpus for rig in result.rigs)
    names = {name for rig in result.unpriced for name in rig.unpriced}
    assert names == {"Server for 1 V100 SXM2 32 GB", "Host for 1 GB200"}
    assert all(rig.subtitle.startswith("in a server of their own") for rig in result.unpriced)


def test_that_a_budget_that_is_too_small_names_the_cheapest_that_does_it() -> None:
    wishes = replace(OSS, budget_usd=2000.0, decode_tokens_per_s=50.0)
    catalog = small(("rtx3090", "rtxpro6000"))
    result = search(wishes, catalog)
    assert result.rigs == ()
    (budget,) = [one for one in result.relaxations if one.wishes == ("budget_usd",)]
    without = search(replace(wishes, budget_usd=None), catalog).rigs
    assert budget.rig is not None
    assert budget.rig.usd == min(rig.usd or 0.0 for rig in without)
    assert budget.sentence.startswith("Nothing under $2,000; the cheapest is $")


def test_that_smaller_weights_are_offered_in_the_best_format_that_does_it() -> None:
    catalog = small(("rtx3090",), ("am5-6400",))
    wishes = Wishes(
        models=("qwen3-30b-a3b",),
        weights=("bf16",),
        max_cards=1,
        decode_tokens_per_s=60.0,
        engines=("llama.cpp",),
    )
    result = search(wishes, catalog)
    assert result.rigs == ()
    (smaller,) = [one for one in result.relaxations if one.wishes == ("weights",)]
    assert smaller.rig is not None
    bits = smaller.rig.assessment.model
    assert bits is not None
    assert 4.25 <= bits.bits_per_weight < 8.0
    assert smaller.sentence.startswith("With ")


def test_that_wishes_that_exclude_each_other_are_named_together() -> None:
    wishes = replace(
        OSS,
        context_tokens=4096,
        weights=("native",),
        max_cards=16,
        budget_usd=1.0,
        decode_tokens_per_s=100_000.0,
        engines=("llama.cpp", "vllm", "sglang", "ktransformers"),
    )
    result = search(wishes, small(("rtx3090",), ("am5-6400",)))
    assert [one.wishes for one in result.relaxations] == [("budget_usd", "decode_tokens_per_s")]
    assert "exclude each other" in result.relaxations[0].sentence


def test_that_the_first_rigs_are_told_early_and_all_within_the_limits_before_the_end() -> None:
    told: list[Progress] = []
    wishes = replace(OSS, budget_usd=5000.0)
    result = search(wishes, small(), told.append)
    assert next(one for one in told if one.found).considered < result.considered / 2
    inside = next(one for one in told if one.inside)
    assert {rig.plan for rig in inside.found} == {rig.plan for rig in result.rigs if rig.on_front}


def test_that_a_cancelled_search_has_what_was_seen_and_says_that_it_is_not_all() -> None:
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > 60

    result = search(OSS, small(), None, cancelled)
    assert not result.complete
    assert asked < 200
    assert result.relaxations == ()
    assert search(OSS, small(), None, lambda: True).rigs == ()


def test_that_a_computer_that_is_there_is_the_start_and_its_parts_cost_nothing() -> None:
    keep = Node(host="sp3-7003", ram_gib=128, gpus=("rtx3090",))
    rigs = search(replace(OSS, keep=keep), small(("rtx3090", "r9700"))).rigs
    assert rigs[0].usd == 0.0
    assert all(rig.plan.rig.nodes[0].gpus[0] == "rtx3090" for rig in rigs)
    more = next(rig for rig in rigs if rig.title == "2 × RTX 3090")
    price = CATALOG.price("rtx3090")
    assert price is not None
    assert more.usd is not None
    assert price.usd <= more.usd < price.usd + 1500


def test_that_what_is_missing_altogether_is_a_sentence() -> None:
    assert search(Wishes(models=()), small()).message == NO_MODEL
    assert search(OSS, small(())).message == NO_CARDS
    assert search(OSS, small(("rtx3090",), ())).message == NO_HOSTS
    unknown = search(Wishes(models=("no-such-model",)), small())
    assert "no-such-model" in unknown.message
    kept = search(replace(OSS, keep=Node(gpus=("no-such-card",))), small())
    assert "no-such-card" in kept.message


_PARTS = (*CARDS, *HOSTS, "ddr5-udimm-per-gb", "ddr4-rdimm-per-gb", "nvme-consumer-per-tb")


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(
    cards=st.sets(st.sampled_from(CARDS), max_size=3),
    hosts=st.sets(st.sampled_from(HOSTS)),
    unpriced=st.sets(st.sampled_from(_PARTS)),
)
def test_that_no_half_broken_catalogue_ends_a_search(
    cards: set[str], hosts: set[str], unpriced: set[str]
) -> None:
    wishes = replace(OSS, max_cards=2, max_nodes=1, budget_usd=4000.0)
    result = search(wishes, small(sorted(cards), sorted(hosts), sorted(unpriced)))
    assert result.complete
    assert all(rig.usd is not None for rig in result.rigs)


def test_that_what_is_outside_is_only_looked_for_when_it_is_wanted_or_nothing_is_inside() -> None:
    catalog = small(("rtx3090", "rtxpro6000"))
    wishes = replace(OSS, budget_usd=6000.0)
    short = search(wishes, catalog, beyond=False)
    whole = search(wishes, catalog)
    assert [rig.plan for rig in short.rigs if rig.on_front] == [
        rig.plan for rig in whole.rigs if rig.on_front
    ]
    assert len(short.outside) < len(whole.outside)
    assert search(replace(wishes, budget_usd=1.0), catalog, beyond=False).relaxations


def test_that_a_search_that_is_cancelled_when_all_is_known_works_nothing_more_out() -> None:
    wishes = replace(OSS, max_cards=4)
    inside = False

    def told(progress: Progress) -> None:
        nonlocal inside
        inside = progress.inside

    whole = search(wishes, small())
    result = search(wishes, small(), told, lambda: inside)
    assert result.inside_complete and not result.complete
    assert len([rig for rig in result.rigs if rig.on_front]) == len(
        [rig for rig in whole.rigs if rig.on_front]
    )
    assert result.unpriced == () and result.relaxations == ()


def test_that_python_collects_again_after_a_search_whatever_its_end() -> None:
    wishes = Wishes(models=("qwen3-30b-a3b",), weights=("q4_k_m",), max_cards=1)
    during: list[bool] = []

    def told(progress: Progress) -> None:
        during.append(gc.isenabled())
        raise KeyboardInterrupt

    before = gc.isenabled()
    gc.enable()
    try:
        with pytest.raises(KeyboardInterrupt):
            search(wishes, small(("rtx3090",), ("am5-6400",)), told)
        assert during == [False] and gc.isenabled()
    finally:
        if not before:
            gc.disable()


@pytest.mark.parametrize("models", [MODELS[:1], MODELS])
@pytest.mark.parametrize("asked_until_cancelled", [10**9, 40])
def test_that_a_search_leaves_no_rings(models: tuple[str, ...], asked_until_cancelled: int) -> None:
    wishes = Wishes(models=models, context_tokens=16_384, weights=("native",), max_cards=2)
    catalog = small(("rtx3090", "rtxpro6000", "gb10"), ("am5-6400", "sp3-7003"))
    # What is imported and remembered at the first time makes rings of its own.
    search(wishes, catalog)
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > asked_until_cancelled

    was_enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        found = search(wishes, catalog, cancelled=cancelled)
        assert found.complete == (asked_until_cancelled > asked)
        del found
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        left = [one for one in gc.garbage if type(one).__module__.startswith("moeplanner_gui")]
        assert left == []
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        if was_enabled:
            gc.enable()
