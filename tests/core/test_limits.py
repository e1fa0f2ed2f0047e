"""The two limits, longest context and most users, over plans nobody thought of."""

import dataclasses

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.context import longest_context, most_sequences
from moeplanner_gui.core.edits import set_workload
from moeplanner_gui.core.placement import Refusal
from moeplanner_gui.core.plan import CardMemory, CustomCard, CustomSlot, Plan, TunedSlot
from moeplanner_gui.core.prepare import prepare
from moeplanner_gui.core.users import LLAMA_SEQUENCES, with_users
from moeplanner_gui.core.weights import formats_for
from tests.core.rigs import CATALOG, bare_card, make_plan

MODELS = sorted(CATALOG.models)
CARDS = ("rtx4090", "rtx5090", "rtxpro6000", "h100-sxm", "h200", "rtx3090")
ROOMY = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    engine = draw(st.sampled_from(("llama.cpp", "llama.cpp", "vllm", "sglang", "ktransformers")))
    model = CATALOG.model(draw(st.sampled_from(MODELS)))
    ids = [choice.id for choice in formats_for(model, engine)] or ["native"]
    card = draw(
        st.one_of(
            st.sampled_from(CARDS),
            st.builds(
                lambda gpu, mib: TunedSlot(gpu=gpu, memory=CardMemory(other_mib=mib)),
                st.sampled_from(CARDS),
                st.integers(0, 8000),
            ),
            st.builds(
                lambda mib: CustomSlot(custom=CustomCard(name="own", memory_mib=mib)),
                st.integers(8_000, 400_000),
            ),
            st.builds(bare_card, st.integers(8_000, 400_000)),
        )
    )
    cards = draw(st.sampled_from((1, 1, 2, 3, 4, 8)))
    options: dict[str, object] = {"engine": engine}
    if engine == "llama.cpp":
        kind = draw(st.sampled_from(("f16", "f16", "q8_0", "q4_0", "bf16")))
        options |= {
            "cache_type_k": kind,
            "cache_type_v": kind,
            "split": draw(st.sampled_from(("layer", "layer", "tensor", "none"))),
            "ubatch": draw(st.sampled_from((128, 512, 2048))),
            "flash_attention": draw(st.booleans()) or kind[0] == "q",
            "unified_kv": draw(st.booleans()),
            "swa_full": draw(st.booleans()),
            "kv_offload": draw(st.sampled_from((True, True, False))),
            "cpu_moe_layers": draw(st.sampled_from((0, 0, 5, -1))),
            "disk_moe_layers": draw(st.sampled_from((0, 0, 3))),
            "gpu_layers": draw(st.sampled_from((None, None, 0, 7, 20))),
            "main_gpu": draw(st.integers(0, cards - 1)),
            "tensor_split": draw(st.none() | st.just(tuple(float(n) for n in range(1, cards + 1)))),
            "frontend": draw(st.sampled_from(("server", "cli"))),
        }
    else:
        tensor = draw(st.sampled_from([n for n in (1, 2, 4, 8) if cards % n == 0]))
        options |= {
            "cache_type_k": "auto",
            "cache_type_v": "auto",
            "tensor_parallel": tensor,
            "pipeline_parallel": cards // tensor,
            "memory_utilization": draw(st.sampled_from((0.8, 0.9, 0.95))),
            "expert_parallel": draw(st.booleans()),
            "mtp": draw(st.booleans()),
            "max_batched_tokens": draw(st.sampled_from((None, 2048, 16_384))),
            "gpu_experts": draw(st.sampled_from((0, 0, 8))),
        }
        if draw(st.booleans()):
            parallel = options["pipeline_parallel"]
            options |= {"pipeline_parallel": 1, "data_parallel": parallel}
    plan = make_plan(
        model.id,
        *(card,) * cards,
        weights=draw(st.sampled_from(ids)),
        ram_gib=draw(st.sampled_from((0, 64, 512, 2048))),
        context_tokens=draw(st.integers(1, 200_000)),
        sequences=draw(st.sampled_from((1, 1, 2, 3, 7, 16))),
        display=draw(st.sampled_from((None, "headless", "windows"))),
        **options,
    )
    disk = draw(st.sampled_from((0, 4000)))
    node = plan.rig.nodes[0].model_copy(update={"disk_gib": disk})
    return plan.replace(rig=plan.rig.model_copy(update={"nodes": (node,)}))


@ROOMY
@given(plans())
def test_that_the_longest_context_lies_exactly_at_the_edge(plan: Plan) -> None:
    limit = longest_context(plan, CATALOG)
    demand = prepare(plan, CATALOG).demand
    assume(not isinstance(demand, Refusal))
    assert not isinstance(demand, Refusal)
    if limit.tokens:
        assert evaluate(set_workload(plan, context_tokens=limit.tokens), CATALOG).fits
    if limit.limited_by == "memory":
        above = min(limit.tokens + demand.step_tokens, demand.limit_tokens)
        assert above > limit.tokens
        assert not evaluate(set_workload(plan, context_tokens=above), CATALOG).fits
        if limit.tokens:
            # The engine rounds up to its step, so one token more is as bad as a whole step.
            more = set_workload(plan, context_tokens=limit.tokens + 1)
            assert not evaluate(more, CATALOG).fits
    else:
        assert limit.tokens == demand.limit_tokens


@ROOMY
@given(plans())
def test_that_one_user_more_than_the_most_does_not_fit(plan: Plan) -> None:
    limit = most_sequences(plan, CATALOG)
    assert not isinstance(prepare(plan, CATALOG).demand, Refusal) or limit.sequences == 0
    if limit.sequences:
        assert evaluate(with_users(plan, limit.sequences), CATALOG).fits
    if limit.limited_by == "memory":
        assert not evaluate(with_users(plan, limit.sequences + 1), CATALOG).fits


def test_that_the_plan_itself_is_what_its_own_number_of_users_means() -> None:
    plan = make_plan("llama-3.1-8b", "rtx4090", context_tokens=10_001, sequences=3)
    assert with_users(plan, 3) is plan
    assert with_users(plan, 6).workload.context_tokens == 6 * 3334
    shared = make_plan("llama-3.1-8b", "rtx4090", sequences=3, unified_kv=True)
    assert with_users(shared, 6).workload.context_tokens == 32_768
    each = make_plan("llama-3.1-8b", "rtx4090", engine="vllm", cache_type_k="auto", sequences=3)
    assert with_users(each, 6).workload.context_tokens == 32_768


def test_that_the_engines_own_cap_ends_the_users_on_an_endless_card() -> None:
    limit = most_sequences(make_plan("llama-3.1-8b", bare_card(2**24)), CATALOG)
    assert dataclasses.astuple(limit) == (LLAMA_SEQUENCES, "engine")


def test_that_nobody_is_served_where_not_even_one_fits() -> None:
    plan = make_plan("deepseek-v4-pro", "rtx4090", sequences=4)
    assert dataclasses.astuple(most_sequences(plan, CATALOG)) == (0, "memory")
    refused = make_plan("llama-3.1-8b", "rtx4090", split="row")
    assert dataclasses.astuple(most_sequences(refused, CATALOG)) == (0, "memory")


@pytest.mark.parametrize("sequences", [1, 5, 40])
def test_that_the_most_users_do_not_depend_on_how_many_there_are_now(sequences: int) -> None:
    plan = make_plan(
        "llama-3.1-8b", "rtxpro6000", context_tokens=8192 * sequences, sequences=sequences
    )
    assert most_sequences(plan, CATALOG) == most_sequences(with_users(plan, 1), CATALOG)
