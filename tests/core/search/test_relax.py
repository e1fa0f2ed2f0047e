"""What is said of wishes that have to give."""

from __future__ import annotations

from moeplanner_gui.core.search.search import search
from moeplanner_gui.core.search.terms import Wishes
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
