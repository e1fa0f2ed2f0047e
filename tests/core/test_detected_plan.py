"""What detection put into a node changes no figure and needs no row of the catalogue."""

from __future__ import annotations

import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.context import most_sequences
from moeplanner_gui.core.entries import Entries, entries_of, names_of
from moeplanner_gui.core.plan import (
    CardMemory,
    CustomCard,
    CustomSlot,
    DetectedNode,
    Plan,
    TunedSlot,
)
from moeplanner_gui.export.plan_file import plan_and_entries_from_json, plan_to_json
from tests.core.rigs import CATALOG, make_plan

FOUND = (
    DetectedNode(day="2026-11-23"),
    DetectedNode(
        day="2026-11-23",
        host="nobody-has-this-host",
        ram_gib=7,
        gpus=(
            "nobody-has-this-card",
            TunedSlot(gpu="rtx3090", memory=CardMemory(other_mib=9000)),
            CustomSlot(custom=CustomCard(name="Odd", memory_mib=20_000)),
        ),
        display="windows",
        system_mib=60_000,
        card_link="pcie9-x99",
        nvlink=True,
        memory_mt_s=100,
        memory_channels=64,
        power_limit_w=1.0,
        addresses=("0000:01:00.0", None, None),
    ),
)


def with_found(plan: Plan, found: DetectedNode | None) -> Plan:
    nodes = tuple(node.model_copy(update={"detected": found}) for node in plan.rig.nodes)
    return plan.replace(rig=plan.rig.model_copy(update={"nodes": nodes}))


@pytest.mark.parametrize("engine", ["llama.cpp", "vllm", "sglang", "ktransformers"])
@pytest.mark.parametrize("cards", [("rtxpro6000", "rtxpro6000"), ("rtx4090",), ("rtx4090",) * 4])
@pytest.mark.parametrize("found", FOUND)
def test_that_an_assessment_is_the_same_with_and_without_what_was_detected(
    engine: str, cards: tuple[str, ...], found: DetectedNode
) -> None:
    own = {"cache_type_k": "auto", "cache_type_v": "auto"} if engine != "llama.cpp" else {}
    plan = make_plan("deepseek-v4-flash", *cards, ram_gib=192, engine=engine, **own)
    bare = evaluate(plan, CATALOG)
    assert evaluate(with_found(plan, found), CATALOG) == bare
    assert evaluate(with_found(plan, None), CATALOG) == bare
    assert most_sequences(with_found(plan, found), CATALOG) == most_sequences(plan, CATALOG)


def test_that_a_remembered_answer_is_not_given_to_another_rig_with_the_same_detection() -> None:
    small = with_found(make_plan("llama-3.1-8b", "rtx4090"), FOUND[1])
    large = with_found(make_plan("llama-3.1-8b", "rtxpro6000"), FOUND[1])
    first = evaluate(small, CATALOG).max_context_tokens
    assert evaluate(large, CATALOG).max_context_tokens > first
    assert evaluate(small, CATALOG).max_context_tokens == first


def test_that_equal_nodes_are_equal_keys_and_other_detections_other_plans() -> None:
    plan = make_plan("llama-3.1-8b", "rtx4090")
    one, same = with_found(plan, FOUND[1]), with_found(plan, FOUND[1].model_copy())
    assert one == same
    assert hash(one.rig) == hash(same.rig)
    assert one != with_found(plan, FOUND[0])


def test_that_rows_which_only_detection_names_are_not_brought_along() -> None:
    own = CATALOG.gpu("rtx4090").model_copy(update={"id": "my-card", "name": "My card"})
    catalog = CATALOG.with_entries(Entries(gpus=(own,)))
    plan = with_found(
        make_plan("llama-3.1-8b", "rtx4090"),
        DetectedNode(day="2026-11-23", gpus=("my-card",), host="my-host"),
    )
    assert names_of(plan)[1] == ("rtx4090",)
    assert not entries_of(plan, catalog)
    used = with_found(make_plan("llama-3.1-8b", "my-card"), plan.rig.nodes[0].detected)
    assert entries_of(used, catalog).ids == {"my-card"}
    assert plan_and_entries_from_json(plan_to_json(used, entries_of(used, catalog)))[0] == used
