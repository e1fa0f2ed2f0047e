"""What is said of wishes that have to give."""

from __future__ import annotations

from dataclasses import replace

from moeplanner_gui.core.search.search import search
from moeplanner_gui.core.search.terms import Wishes
from moeplanner_gui.core.support import ENGINES
from tests.core.search.small import small


def test_that_fewer_users_are_named_as_many_as_the_rig_was_found_for() -> None:
    wishes = Wishes(
        models=("qwen3-30b-a3b",),
        weights=("q4_k_m",),
        engines=("vllm", "llama.cpp"),
        context_tokens=32_768,
        users=64,
        decode_tokens_per_s=5.0,
        max_cards=1,
    )
    result = search(wishes, small(("rtx3090",), ("am5-6400",)), beyond=False)
    found = [one for one in result.relaxations if one.wishes == ("users",)]
    assert not result.rigs and len(found) == 1 and found[0].rig is not None
    users = found[0].rig.plan.workload.sequences
    assert users > 1
    assert found[0].sentence.startswith(f"For {users} users instead of 64 ")


def test_that_a_context_beyond_the_model_and_a_small_budget_are_given_up_together() -> None:
    """Neither helps alone: the model reads 40,960 tokens, and nothing costs $900."""
    wishes = Wishes(
        models=("qwen3-30b-a3b",),
        weights=("q4_k_m",),
        engines=("llama.cpp",),
        context_tokens=65_536,
        budget_usd=900.0,
        max_cards=1,
    )
    catalog = small(("rtx3090",), ("am5-6400",))
    result = search(wishes, catalog, beyond=False)
    assert [set(one.wishes) for one in result.relaxations] == [{"context_tokens", "budget_usd"}]
    one = result.relaxations[0]
    assert one.rig is not None and one.rig.usd is not None
    assert "a context of 40,960 tokens and $" in one.sentence
    eased = replace(wishes, context_tokens=40_960, budget_usd=one.rig.usd)
    assert search(eased, catalog, beyond=False).rigs[0].usd == one.rig.usd


def test_that_of_three_wishes_none_can_be_left_out() -> None:
    """vLLM runs it on no card here, it reads 131,072 tokens, and nothing costs $1,000."""
    wishes = Wishes(
        models=("gpt-oss-120b",),
        weights=("native",),
        engines=("vllm",),
        vendors=("AMD",),
        max_cards=2,
        used_prices=False,
        budget_usd=1000.0,
        context_tokens=262_144,
    )
    catalog = small(("rtx3090", "rx7900xtx"), ("am5-6400",))
    result = search(wishes, catalog, beyond=False)
    (one,) = result.relaxations
    assert set(one.wishes) == {"engines", "context_tokens", "budget_usd"}
    assert one.rig is not None and one.rig.usd is not None
    eased = {"engines": ENGINES, "context_tokens": 131_072, "budget_usd": one.rig.usd}
    assert search(replace(wishes, **eased), catalog, beyond=False).rigs  # type: ignore[arg-type]
    for kept in eased:
        fewer = {name: value for name, value in eased.items() if name != kept}
        assert not search(replace(wishes, **fewer), catalog, beyond=False).rigs  # type: ignore[arg-type]


def test_that_nothing_is_promised_where_no_wish_helps() -> None:
    wishes = Wishes(models=("deepseek-v4-pro",), engines=("vllm",), vendors=("NVIDIA",))
    result = search(wishes, small(("rtx3090",), ("am5-6400",)), beyond=False)
    assert result.rigs == ()
    assert all(one.rig is not None for one in result.relaxations)


def test_that_what_no_rig_can_do_is_said_without_looking_at_candidates() -> None:
    """A model ends at its own context, and no rig reads a prompt that fast."""
    wishes = Wishes(models=("qwen3-30b-a3b",), weights=("q4_k_m",), engines=("llama.cpp",))
    catalog = small(("rtx3090",), ("am5-6400",))
    for asked in ({"context_tokens": 2**31 - 1}, {"prefill_tokens_per_s": 1e9}):
        result = search(replace(wishes, **asked), catalog)  # type: ignore[arg-type]
        assert result.rigs == () and result.evaluated == 0 and result.complete
        assert [one.wishes for one in result.relaxations] == [(name,) for name in asked]


def test_that_prompts_as_fast_as_the_fastest_rig_reads_them_are_still_found() -> None:
    wishes = Wishes(
        models=("qwen3-30b-a3b",), weights=("q4_k_m",), engines=("llama.cpp",),
        prefill_tokens_per_s=1.0, max_cards=2,
    )  # fmt: skip
    catalog = small(("rtx3090",), ("am5-6400", "sp3-7003"))
    read = [rig.prefill_tokens_per_s for rig in search(wishes, catalog).rigs]
    fastest = max(one.expected for one in read if one is not None)
    again = search(replace(wishes, prefill_tokens_per_s=fastest), catalog).rigs
    assert {one.prefill_tokens_per_s.expected for one in again if one.prefill_tokens_per_s} == {
        fastest
    }
