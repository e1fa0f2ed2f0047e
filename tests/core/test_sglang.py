import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import DeviceMemory
from moeplanner_gui.core.context import solve
from moeplanner_gui.core.engines import sglang, sglang_pool
from moeplanner_gui.core.placement import Refusal
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.prepare import prepare
from moeplanner_gui.core.units import MIB
from moeplanner_gui.core.usable import card_devices
from tests.core.rigs import CATALOG, bare_card, make_plan

LARGE = bare_card(2**21, "10.0")


def _plan(model: str, cards: int, **options: object) -> Plan:
    return make_plan(model, *(LARGE,) * cards, engine="sglang", cache_type_k="auto", **options)


def _cards(plan: Plan) -> list[DeviceMemory]:
    assessment = evaluate(plan, CATALOG)
    assert assessment.verdict != "cannot_run", assessment.reasons
    return [device for device in assessment.devices if device.kind == "gpu"]


def test_that_a_pool_of_grouped_query_attention_has_a_slot_for_each_token() -> None:
    card = _cards(_plan("llama-3.1-8b", 1, context_tokens=1000, sequences=3))[0]
    assert card.kv_cache_bytes == 32 * (3 * 1024 + 64) * 8 * 128 * 2 * 2


def test_that_the_latent_is_held_whole_by_every_rank() -> None:
    one = _cards(_plan("deepseek-v3", 1))[0].kv_cache_bytes
    assert one == 61 * (32_768 + 64) * 576 * 2
    assert {card.kv_cache_bytes for card in _cards(_plan("deepseek-v3", 8, tensor_parallel=8))} == {
        one
    }


def test_that_windows_take_four_fifths_of_the_slots() -> None:
    card = _cards(_plan("gpt-oss-120b", 1, context_tokens=65_536))[0]
    token = 8 * 64 * 2 * 2
    full = 18 * (65_536 + 64) * token
    window = 18 * (65_536 * 4 // 5 + 64) * token
    assert card.kv_cache_bytes == full + window


def test_that_v4_is_as_its_pools_are_made() -> None:
    """Flash, one user of 1M tokens, chunks of 8192: 4096 pages and one more of every kind."""
    plan = _plan("deepseek-v4-flash", 1, context_tokens=1_048_576, max_batched_tokens=8192)
    window_slots = 128 + 128 + 512 + 2 * 8192 + 256 + 4 * (128 + 256)
    pages = -(-window_slots // 256) + 1
    window = 43 * pages * 149_760
    fine = 21 * (4097 * (37_440 + 64 * 132) + pages * 8 * 16 * (512 + 128))
    rows = -(-(2 * 128 + 129) // 128) * 128
    coarse = 20 * (4097 * 1728 + rows * 2 * 4 * 512)
    assert _cards(plan)[0].kv_cache_bytes == window + fine + coarse


def test_that_states_are_kept_for_five_requests_each() -> None:
    one = _cards(_plan("qwen3-next-80b-a3b", 1, context_tokens=64))[0]
    two = _cards(_plan("qwen3-next-80b-a3b", 1, context_tokens=64, sequences=2))[0]
    state = 2 * 3 * 8192 + 4 * 32 * 128 * 128
    tokens = 12 * 64 * 2 * 256 * 2 * 2
    assert two.kv_cache_bytes - one.kv_cache_bytes == 36 * 5 * state + tokens


def test_that_states_and_tokens_share_memory_nine_to_ten() -> None:
    pool = sglang_pool.pool_of(CATALOG.models["qwen3-next-80b-a3b"], 1, False, False, 1, 8192)
    counts, sizes = pool.counts(0, 48), pool.sizes(262_144)
    states, tokens = 36 * sizes[pool.kind_of[0]], 12 * sizes[pool.kind_of[3]]
    assert tokens > states
    assert pool.unused(counts, sizes) == -(-tokens * 9 // 10) - states


@pytest.mark.parametrize(
    ("card", "tokens", "batch"),
    [("rtx4090", 4096, 48), ("rtxpro6000", 8192, 256), ("h200", 8192, 256), ("b200", 16_384, 512)],
)
def test_that_chunks_and_graphs_follow_the_memory(card: str, tokens: int, batch: int) -> None:
    plan = make_plan("llama-3.1-8b", card, engine="sglang")
    step = sglang.step_of(plan.deployment, card_devices(plan, CATALOG))
    assert (step.tokens, step.graph_batch) == (tokens, batch)


def test_that_the_automatic_share_reserves_what_sglang_does() -> None:
    """RTX 4090: 512 + 1.5 x 4096 + 128 + 2 x 48 + 400 MiB of 24564."""
    plan = make_plan("llama-3.1-8b", "rtx4090", engine="sglang")
    spec = CATALOG.models["llama-3.1-8b"]
    share = sglang.static_share(spec, plan.deployment, card_devices(plan, CATALOG))
    assert share == round((24_564 - 7280) / 24_564, 3)


def test_that_the_last_stages_take_the_remainder() -> None:
    assert sglang.stages_of(61, 4) == ((0, 15), (15, 30), (30, 45), (45, 61))
    assert sglang.stages_of(6, 4) == ((0, 1), (1, 2), (2, 4), (4, 6))


def test_that_weights_and_pool_stay_below_the_static_share() -> None:
    plan = make_plan("llama-3.1-8b", "h100-sxm", engine="sglang", memory_utilization=0.7)
    card = _cards(plan)[0]
    kept = card.held_back[-1]
    assert kept.name == sglang.KEPT_FREE
    overhead = {item.name: item.size_bytes for item in card.overhead}
    free = card.usable_bytes + kept.size_bytes - overhead["CUDA context"]
    outside = card.compute_bytes + overhead["CUDA graphs"] + kept.size_bytes
    assert outside == free - int(0.7 * free)


def test_that_a_share_without_room_for_activations_is_found() -> None:
    plan = make_plan("llama-3.1-8b", "rtx4090", engine="sglang", memory_utilization=0.97)
    spec, cards = CATALOG.models["llama-3.1-8b"], card_devices(plan, CATALOG)
    share = sglang.fitting_share(spec, plan.deployment, cards, 1, 32_768)
    assert share is not None and share < 0.97
    lower = plan.deployment.model_copy(update={"memory_utilization": share})
    assert sglang.fitting_share(spec, lower, cards, 1, 32_768) is None


def test_that_graphs_can_be_switched_off() -> None:
    off = make_plan("llama-3.1-8b", "h100-sxm", engine="sglang", cuda_graphs=False)
    assert "CUDA graphs" not in [item.name for item in _cards(off)[0].overhead]


def test_that_data_parallel_attention_repeats_attention_but_not_experts() -> None:
    one = _cards(_plan("deepseek-v3", 8, tensor_parallel=8))[0]
    data = _cards(_plan("deepseek-v3", 8, tensor_parallel=1, data_parallel=8, sequences=8))[0]
    assert data.routed_experts_bytes == one.routed_experts_bytes
    assert data.weights_bytes > one.weights_bytes


def test_that_v4_in_16_bits_was_not_checked() -> None:
    plan = make_plan("deepseek-v4-flash", LARGE, engine="sglang", cache_type_k="bf16")
    assert "was not checked" in evaluate(plan, CATALOG).reasons[0]


@settings(max_examples=60, deadline=None)
@given(
    model=st.sampled_from(sorted(CATALOG.models)),
    engine=st.sampled_from(["sglang", "ktransformers", "vllm"]),
    tensor=st.sampled_from([1, 2, 4, 8]),
    pipeline=st.sampled_from([1, 2]),
    data=st.sampled_from([1, 2]),
    users=st.integers(1, 9),
    mtp=st.booleans(),
    graphs=st.booleans(),
    card=st.sampled_from(["rtx4090", "rtxpro6000", "h200"]),
)
def test_that_the_longest_context_is_at_the_edge(
    model: str,
    engine: str,
    tensor: int,
    pipeline: int,
    data: int,
    users: int,
    mtp: bool,
    graphs: bool,
    card: str,
) -> None:
    plan = make_plan(
        model,
        *(card,) * (tensor * pipeline * data),
        engine=engine,
        ram_gib=1024,
        tensor_parallel=tensor,
        pipeline_parallel=pipeline,
        data_parallel=data,
        sequences=users,
        mtp=mtp,
        cuda_graphs=graphs,
        memory_utilization=0.85,
    )
    demand = prepare(plan, CATALOG).demand
    if isinstance(demand, Refusal):
        return
    tokens, limited_by = solve(demand)

    def fits(context: int) -> bool:
        shares = zip(demand.devices_at(context), demand.shares, strict=True)
        return all(device.free_bytes >= 0 for device, share in shares if share.decides)

    if tokens:
        assert fits(tokens)
    if limited_by == "memory":
        assert not fits(tokens + demand.step_tokens)
    assert all(device.compute_bytes < 200 * 1024 * MIB for device in demand.devices_at(4096))


def test_that_expanded_latents_grow_with_the_context_into_what_is_kept_free() -> None:
    """DeepSeek V3 on eight ranks: 16 heads of 448 values and a latent of 576, 16-bit."""
    row = 2 * (16 * 448 + 576)
    cards = ("h200",) * 8
    tight = make_plan(
        "deepseek-v3", *cards, engine="sglang", tensor_parallel=8, max_batched_tokens=512,
        memory_utilization=0.999,
    )  # fmt: skip
    demand = prepare(tight, CATALOG).demand
    assert not isinstance(demand, Refusal)
    long, longer = (demand.devices_at(n)[0].compute_bytes for n in (96_000, 105_600))
    assert longer - long == 9_600 * row
    assert demand.devices_at(131_072)[0].compute_bytes == demand.devices_at(10**6)[0].compute_bytes
    roomy = tight.deployment.model_copy(update={"memory_utilization": 0.8})
    demand = prepare(tight.replace(deployment=roomy), CATALOG).demand
    assert not isinstance(demand, Refusal)
    short, long = (demand.devices_at(n)[0].compute_bytes for n in (64, 131_072))
    assert short == long
