import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.engines.ktransformers import method_of
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.units import GB
from moeplanner_gui.core.weights import weight_layout
from tests.core.rigs import CATALOG, bare_card, make_plan

LARGE = bare_card(2**20, "9.0")


def _assess(model: str, cards: int = 1, **options: object) -> Assessment:
    plan = make_plan(model, *(LARGE,) * cards, engine="ktransformers", ram_gib=4096, **options)
    assessment = evaluate(plan, CATALOG)
    assert assessment.verdict != "cannot_run", assessment.reasons
    return assessment


def _routed(model: str, weights: str = "native") -> int:
    layout = weight_layout(CATALOG.models[model], weights, "ktransformers")
    return sum(layer.routed_experts_bytes for layer in layout.layers)


def test_that_all_routed_experts_lie_in_host_memory() -> None:
    assessment = _assess("deepseek-v3")
    assert assessment.devices[0].routed_experts_bytes == 0
    assert assessment.devices[-1].routed_experts_bytes == _routed("deepseek-v3")


def test_that_experts_of_the_card_leave_host_memory() -> None:
    assessment = _assess("deepseek-v3", gpu_experts=16)
    card, host = assessment.devices[0], assessment.devices[-1]
    assert card.routed_experts_bytes == _routed("deepseek-v3") * 16 // 256
    assert card.routed_experts_bytes + host.routed_experts_bytes == _routed("deepseek-v3")


def test_that_ranks_share_the_experts_on_the_cards() -> None:
    one = _assess("deepseek-v3", gpu_experts=16).devices[0]
    four = _assess("deepseek-v3", 4, tensor_parallel=4, gpu_experts=16).devices[0]
    assert four.routed_experts_bytes * 4 == one.routed_experts_bytes


@pytest.mark.parametrize(
    ("model", "low", "high"), [("minimax-m2.5", 3.6, 3.7), ("kimi-k2.5", 9.0, 9.6)]
)
def test_that_long_prompts_take_one_layer_of_experts(model: str, low: float, high: float) -> None:
    """kt-kernel's description: 3.6 GB for MiniMax-M2.1, above 9 GB for Kimi K2 Thinking."""
    native = _assess(model, max_batched_tokens=512).devices[0].compute_bytes
    gguf = _assess(model, weights="q4_k_m", max_batched_tokens=512).devices[0].compute_bytes
    assert low * GB < native - gguf < high * GB


def test_that_the_cards_keep_the_checkpoint_where_the_host_reads_gguf() -> None:
    native = _assess("qwen3-235b-a22b")
    gguf = _assess("qwen3-235b-a22b", weights="q4_k_m")
    assert gguf.devices[0].weights_bytes == native.devices[0].weights_bytes
    assert gguf.devices[-1].routed_experts_bytes == _routed("qwen3-235b-a22b", "q4_k_m")
    assert gguf.devices[-1].routed_experts_bytes < native.devices[-1].routed_experts_bytes


@pytest.mark.parametrize(
    ("model", "weights", "method"),
    [
        ("deepseek-v4-flash", "native", "MXFP4"),
        ("deepseek-v3", "native", "FP8"),
        ("qwen3-235b-a22b", "native", "BF16"),
        ("kimi-k2.5", "native", "RAWINT4"),
        ("qwen3-235b-a22b", "gptq-int4", "GPTQ_INT4"),
        ("qwen3-235b-a22b", "nvfp4", "NVFP4"),
        ("qwen3-235b-a22b", "q4_k_m", "LLAMAFILE"),
        ("qwen3-235b-a22b", "awq-int4", None),
    ],
)
def test_that_the_method_follows_from_the_format(
    model: str, weights: str, method: str | None
) -> None:
    assert method_of(CATALOG.models[model], weights) == method


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (make_plan("llama-3.1-8b", LARGE, engine="ktransformers"), "no routed experts"),
        (
            make_plan("qwen3-235b-a22b", LARGE, engine="ktransformers", weights="awq-int4"),
            "no method",
        ),
        (
            make_plan("deepseek-v3", LARGE, LARGE, engine="ktransformers", pipeline_parallel=2),
            "tensor parallel only",
        ),
        (
            make_plan("deepseek-v3", LARGE, nodes=2, engine="ktransformers", tensor_parallel=2),
            "one computer",
        ),
        (make_plan("deepseek-v3", engine="ktransformers", ram_gib=1024), "Add a card"),
    ],
)
def test_that_ktransformers_says_what_it_cannot_do(plan: Plan, words: str) -> None:
    assessment = evaluate(plan, CATALOG)
    assert assessment.verdict == "cannot_run"
    assert words in assessment.reasons[0]


def test_that_host_memory_that_is_too_small_decides() -> None:
    plan = make_plan("deepseek-v3", LARGE, engine="ktransformers", ram_gib=512)
    assert evaluate(plan, CATALOG).verdict == "does_not_fit"
    unknown = make_plan("deepseek-v3", LARGE, engine="ktransformers")
    assert evaluate(unknown, CATALOG).verdict == "does_not_fit"


def test_that_prompts_read_on_the_processor_need_no_room_for_a_layer() -> None:
    off = _assess("minimax-m2.5", max_batched_tokens=512, op_offload=False).devices[0]
    gguf = _assess("minimax-m2.5", weights="q4_k_m", max_batched_tokens=512).devices[0]
    assert off.compute_bytes == gguf.compute_bytes
