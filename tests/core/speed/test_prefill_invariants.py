"""What holds for reading a prompt on every plan."""

from math import isclose

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.plan import CustomCard, CustomSlot, Deployment, Node, Plan, Rig, Workload
from moeplanner_gui.core.prepare import prepare
from moeplanner_gui.core.speed.prefill import Prefill, prefill_speed, rate_at
from moeplanner_gui.core.speed.prefill_cost import prompt_seconds, whole_seconds
from moeplanner_gui.core.speed.terms import BOUND_OF
from tests.core.rigs import CATALOG

_SETTINGS = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
_MODELS = st.sampled_from(
    [
        "llama-3.1-8b",
        "qwen3-30b-a3b",
        "gpt-oss-20b",
        "deepseek-r1",
        "deepseek-v4-flash",
        "qwen3-next-80b-a3b",
        "gemma-3-27b",
        "nemotron-3-nano-30b-a3b",
    ]
)
_PROMPTS = st.integers(1, 60_000)


@st.composite
def _plans(draw: st.DrawFn) -> Plan:
    """llama.cpp on cards with experts here or there, or vLLM with ranks."""
    model = draw(_MODELS)
    count = draw(st.sampled_from([1, 2, 4]))
    if draw(st.booleans()):
        card = draw(st.sampled_from(["h200", "rtxpro6000", "mi300x"]))
        options = Deployment(engine="vllm", tensor_parallel=count)
        return _on(model, "native", (card,) * count, options)
    card = draw(st.sampled_from(["rtx3090", "h100-sxm", "r9700", "strixhalo", "m3ultra-80c"]))
    ubatch = draw(st.sampled_from([256, 512, 2048]))
    options = Deployment(
        ubatch=ubatch,
        cpu_moe_layers=draw(st.sampled_from([0, 0, -1])),
        gpu_layers=draw(st.sampled_from([None, None, 10])),
        op_offload=draw(st.booleans()),
    )
    shared = card in ("strixhalo", "m3ultra-80c")
    return _on(model, "Q4_K_M", (card,) * (1 if shared else count), options)


def _on(
    model: str,
    weights: str,
    cards: tuple[str | CustomSlot, ...],
    options: Deployment,
    **node: object,
) -> Plan:
    own = Node(host="sp5-9004", ram_gib=1024, gpus=cards, **node)
    return Plan(
        model=model,
        weights=weights,
        rig=Rig(nodes=(own,)),
        deployment=options,
        workload=Workload(context_tokens=65_536),
    )


def _seconds(plan: Plan, tokens: int, past: int = 0) -> float | None:
    found = rate_at(prepare(plan, CATALOG), CATALOG, past, tokens)
    return found.seconds if isinstance(found, Prefill) else None


@_SETTINGS
@given(_plans(), _PROMPTS, st.integers(1, 4096))
def test_that_a_longer_prompt_never_takes_less_time(plan: Plan, tokens: int, more: int) -> None:
    short, long = _seconds(plan, tokens), _seconds(plan, tokens + more)
    if short is not None and long is not None:
        assert short <= long * (1 + 1e-9)


@_SETTINGS
@given(_plans(), st.integers(1, 12), st.integers(1, 12))
def test_that_full_batches_are_never_read_faster_later(plan: Plan, few: int, more: int) -> None:
    prepared = prepare(plan, CATALOG)
    first = prefill_speed(prepared, CATALOG, 1)
    if not isinstance(first, Prefill):
        return
    # What fills up: a batch with tokens, and cards of a layer split with batches.
    unit = first.costs.batch * first.costs.queue
    one, other = _seconds(plan, few * unit), _seconds(plan, (few + more) * unit)
    assert one is not None
    assert other is not None
    assert few / one >= (few + more) / other * (1 - 1e-9)


@_SETTINGS
@given(_plans(), _PROMPTS, st.integers(0, 30_000), st.integers(1, 30_000))
def test_that_a_deeper_start_is_never_faster(plan: Plan, tokens: int, past: int, more: int) -> None:
    near, deep = _seconds(plan, tokens, past), _seconds(plan, tokens, past + more)
    if near is not None and deep is not None:
        assert near <= deep * (1 + 1e-9)


@_SETTINGS
@given(_plans(), _PROMPTS)
def test_that_the_band_is_ordered_and_the_parts_are_not_negative(plan: Plan, tokens: int) -> None:
    found = prefill_speed(prepare(plan, CATALOG), CATALOG, tokens)
    if isinstance(found, Prefill):
        assert 0 < found.rate.low <= found.rate.expected <= found.rate.high
        assert all(term.seconds >= 0 for term in found.terms)


@_SETTINGS
@given(
    _MODELS,
    _PROMPTS,
    st.floats(20, 2000),
    st.floats(1, 4),
    st.floats(100, 8000),
    st.floats(1, 4),
    st.sampled_from([1, 2]),
)
def test_that_a_faster_card_is_never_slower(
    model: str, tokens: int, tflops: float, by: float, gbs: float, wider: float, count: int
) -> None:
    def plan(peak: float, bandwidth: float) -> Plan:
        card = CustomCard(
            name="Board",
            memory_mib=2**20,
            bandwidth_gbs=bandwidth,
            fp16_dense_tflops=peak,
            compute_capability="9.0",
        )
        slot = CustomSlot(custom=card)
        return _on(model, "Q4_K_M", (slot,) * count, Deployment(), card_link="pcie4-x16")

    base = _seconds(plan(tflops, gbs), tokens)
    assert base is not None
    for faster in (plan(tflops * by, gbs), plan(tflops, gbs * wider)):
        other = _seconds(faster, tokens)
        assert other is not None
        assert other <= base * (1 + 1e-9)


@_SETTINGS
@given(_MODELS, _PROMPTS, st.sampled_from(["pcie3-x8", "pcie4-x8", "pcie4-x16"]), st.booleans())
def test_that_a_faster_link_is_never_slower(
    model: str, tokens: int, link: str, served: bool
) -> None:
    """The widest link of the cards against a lesser one, for copies and for all-reduces."""
    if served:
        options, weights, cards = Deployment(engine="vllm", tensor_parallel=2), "native", 2
    else:
        options, weights, cards = Deployment(cpu_moe_layers=-1), "Q4_K_M", 1
    least = _seconds(_on(model, weights, ("rtxpro6000",) * cards, options, card_link=link), tokens)
    best = _seconds(
        _on(model, weights, ("rtxpro6000",) * cards, options, card_link="pcie5-x16"), tokens
    )
    if least is not None and best is not None:
        assert best <= least * (1 + 1e-9)


@_SETTINGS
@given(_plans(), st.integers(64, 20_000), st.integers(1, 20_000))
def test_that_the_first_token_never_comes_sooner_after_a_longer_prompt(
    plan: Plan, tokens: int, more: int
) -> None:
    waits = []
    for prompt in (tokens, tokens + more):
        workload = plan.workload.model_copy(update={"prompt_tokens": prompt})
        waits.append(evaluate(plan.replace(workload=workload), CATALOG).speed)
    first, second = (speed.time_to_first_token_s for speed in waits)
    if first is not None and second is not None:
        assert first.expected <= second.expected * (1 + 1e-9)
        assert first.low <= first.expected <= first.high


@_SETTINGS
@given(_plans(), _PROMPTS, st.integers(0, 30_000))
def test_that_the_quick_sum_is_that_of_the_parts(plan: Plan, tokens: int, past: int) -> None:
    found = rate_at(prepare(plan, CATALOG), CATALOG, past, tokens)
    if isinstance(found, Prefill):
        stages = prompt_seconds(found.costs, past, tokens)
        assert isclose(found.seconds, whole_seconds(found.costs, stages, tokens), rel_tol=1e-9)
        assert found.bound_by in set(BOUND_OF.values())
