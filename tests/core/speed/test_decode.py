"""Decode: what a step is made of, and what every rate obeys."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.placement import Refusal
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.prepare import prepare
from moeplanner_gui.core.speed.costs import costs_of
from moeplanner_gui.core.speed.decode import (  # both ways to the same step
    Decode,
    _Step,
    _Sum,
    decode_speed,
    terms_of,
)
from moeplanner_gui.core.speed.terms import BOUND_OF, Unknown
from tests.core.rigs import CATALOG

CLOSE = 1e-9
MODELS = ("llama-3.1-8b", "gpt-oss-120b", "deepseek-r1", "deepseek-v4-flash", "qwen3.5-35b-a3b")


def plan(model: str, gpus: list[Any], weights: Any = "q4_k_m", **changes: Any) -> Plan:
    node = {"host": "sp5-9355", "ram_gib": 1024, "gpus": gpus}
    node |= {key: changes.pop(key) for key in ("card_link", "memory_gbs", "host") if key in changes}
    for name in ("disk_gib", "disk_read_gbs"):
        if name in changes:
            node[name] = changes.pop(name)
    workload = {key: changes.pop(key) for key in ("context_tokens", "sequences") if key in changes}
    body = {
        "format": "moeplan/1",
        "model": model,
        "weights": weights,
        "rig": {"nodes": [node]},
        "deployment": changes,
        "workload": workload,
    }
    return Plan.model_validate_json(json.dumps(body))


def asked(of: Plan, depth: int = 4096, users: int = 1) -> Decode | Unknown:
    return decode_speed(prepare(of, CATALOG), CATALOG, depth, users)


def rate(of: Plan, depth: int = 4096, users: int = 1) -> float:
    found = asked(of, depth, users)
    assert isinstance(found, Decode), found
    return found.rate.expected


def seconds(of: Plan, kind: str, depth: int = 4096, users: int = 1) -> float:
    found = asked(of, depth, users)
    assert isinstance(found, Decode), found
    return sum(term.seconds for term in found.terms if term.kind == kind)


def amount(of: Plan, kind: str) -> float:
    found = asked(of)
    assert isinstance(found, Decode), found
    return sum(term.amount for term in found.terms if term.kind == kind)


# --- what is read ---------------------------------------------------------------------------


def test_that_the_input_embedding_is_not_read_and_the_head_is() -> None:
    spec = CATALOG.model("llama-3.1-8b")
    hidden, vocabulary = spec.architecture.hidden_size, spec.architecture.vocab_size
    whole = 8_030_261_248 * 2
    read = amount(plan("llama-3.1-8b", ["rtx4090"], "bf16", engine="vllm"), "dense_weights")
    assert read == pytest.approx(whole - 2 * hidden * vocabulary, rel=1e-3)


def test_that_a_tied_head_is_read_though_the_embedding_is_not() -> None:
    of = plan("gemma-3-27b", ["h200"], "native", engine="vllm", cache_type_k="auto")
    figures = evaluate(of, CATALOG).model
    assert figures is not None
    assert amount(of, "dense_weights") == pytest.approx(2 * figures.total_parameters, rel=0.01)


@pytest.mark.parametrize("gpus", [["strixhalo"], ["rtxpro6000"], ["rtxpro6000"] * 2])
def test_that_cards_read_the_same_weights_however_they_are_placed(gpus: list[str]) -> None:
    one = plan("gpt-oss-120b", ["rtxpro6000"], "native")
    assert amount(plan("gpt-oss-120b", gpus, "native"), "dense_weights") == pytest.approx(
        amount(one, "dense_weights"), rel=1e-6
    )


def test_that_a_processor_reads_what_a_card_would() -> None:
    alone = plan("llama-3.1-8b", [])
    assert amount(alone, "host_weights") == pytest.approx(
        amount(plan("llama-3.1-8b", ["rtx4090"]), "dense_weights")
    )


def test_that_a_token_reads_its_share_of_the_routed_experts() -> None:
    of = plan("qwen3-235b-a22b", ["rtx4090"], cpu_moe_layers=-1)
    device = next(d for d in evaluate(of, CATALOG).devices if d.kind == "host")
    assert amount(of, "host_experts") == pytest.approx(device.routed_experts_bytes * 8 / 128)


def test_that_a_card_with_nothing_but_the_head_reads_it() -> None:
    of = plan("deepseek-v4-flash", ["rtxpro6000"] * 2, "native", gpu_layers=1)
    found = asked(of)
    assert isinstance(found, Decode)
    head = [t.amount for t in found.terms if t.kind == "dense_weights"]
    assert head == [pytest.approx(1_059_061_760, rel=0.1)]


def test_that_prediction_layers_and_a_vision_tower_are_not_read() -> None:
    options = {"engine": "vllm", "tensor_parallel": 8, "cache_type_k": "auto"}
    plain = plan("deepseek-r1", ["h200"] * 8, "native", **options)
    predicting = plan("deepseek-r1", ["h200"] * 8, "native", mtp=True, **options)
    assert seconds(plain, "dense_weights") == pytest.approx(
        seconds(predicting, "dense_weights"), rel=0.02
    )


# --- what works at the same time ------------------------------------------------------------


def test_that_ranks_work_at_the_same_time_and_the_slowest_decides() -> None:
    options = {"engine": "vllm", "tensor_parallel": 2, "cache_type_k": "auto"}
    equal = plan("llama-3.1-8b", ["rtx4090"] * 2, "bf16", **options)
    mixed = plan("llama-3.1-8b", ["rtx4090", "rtx4080"], "bf16", **options)
    slow = plan("llama-3.1-8b", ["rtx4080"] * 2, "bf16", **options)
    assert rate(mixed) == pytest.approx(rate(slow)) and rate(mixed) < rate(equal)


def test_that_each_card_of_a_layer_split_reads_at_its_own_speed() -> None:
    found = asked(plan("llama-3.3-70b", ["rtx5090", "rtx3090"]))
    assert isinstance(found, Decode)
    rates = {t.device: t.rate for t in found.terms if t.kind == "dense_weights"}
    # Unpacking is their shaders' work, of which the faster card has yet a little more.
    assert rates[0] / rates[1] == pytest.approx(1790 / 936.2, rel=0.03)


def test_that_splitting_by_tensor_is_faster_for_one_stream() -> None:
    by_tensor = plan("llama-3.3-70b", ["rtx3090"] * 4, split="tensor", card_link="pcie4-x16")
    assert rate(by_tensor) > 1.3 * rate(plan("llama-3.3-70b", ["rtx3090"] * 4))


def test_that_replicas_divide_the_users() -> None:
    options = {"engine": "vllm", "cache_type_k": "auto"}
    one = plan("llama-3.1-8b", ["rtx4090"], "bf16", **options)
    two = plan("llama-3.1-8b", ["rtx4090"] * 2, "bf16", data_parallel=2, **options)
    assert rate(two, users=8) == pytest.approx(rate(one, users=4))


def test_that_a_pipeline_gains_nothing_for_one_user_and_much_for_many() -> None:
    options = {"engine": "vllm", "cache_type_k": "auto"}
    one = plan("llama-3.3-70b", ["h200"], "fp8", **options)
    two = plan("llama-3.3-70b", ["h200"] * 2, "fp8", pipeline_parallel=2, **options)
    assert rate(two) <= rate(one)
    assert rate(two, users=64) > 1.2 * rate(one, users=64)


def test_that_the_terms_add_up_to_the_step() -> None:
    for of in (
        plan("deepseek-r1", ["h200"] * 8, "native", engine="vllm", tensor_parallel=8),
        plan("qwen3-235b-a22b", ["rtx4090"], cpu_moe_layers=-1),
        plan("llama-3.3-70b", ["h200"] * 2, "fp8", engine="vllm", pipeline_parallel=2),
    ):
        for users in (1, 3, 40):
            found = asked(of, 4096, users)
            assert isinstance(found, Decode)
            assert sum(t.seconds for t in found.terms) == pytest.approx(
                1 / found.rate.expected, rel=CLOSE
            )


@pytest.mark.parametrize("users", [1, 2, 30])
def test_that_sums_and_stages_tell_the_same_step(users: int) -> None:
    for of in (
        plan("gpt-oss-120b", ["rtx3090"] * 4, "native"),
        plan("qwen3-235b-a22b", ["rtx4090"], cpu_moe_layers=-1),
        plan("qwen3-30b-a3b", []),
    ):
        costs = costs_of(prepare(of, CATALOG), CATALOG)
        assert not isinstance(costs, Unknown) and costs.sums is not None
        quick, slow = _Sum(costs, 9000, users), _Step(costs, 9000, users)
        assert quick.seconds == pytest.approx(slow.seconds, rel=CLOSE)
        assert quick.card_share == pytest.approx(slow.card_share, rel=CLOSE)
        sums: dict[str, float] = {}
        for term in terms_of(costs, 9000, users):
            sums[BOUND_OF[term.kind]] = sums.get(BOUND_OF[term.kind], 0.0) + term.seconds
        assert quick.bound() == slow.bound() == max(sums, key=lambda name: sums[name])


# --- what is not known ----------------------------------------------------------------------


def test_that_a_card_without_bandwidth_has_no_speed_and_says_why() -> None:
    own = {"custom": {"name": "Own card", "memory_mib": 49_152}}
    found = asked(plan("llama-3.1-8b", [own]))
    assert isinstance(found, Unknown) and "bandwidth of Own card" in found.sentence


def test_that_a_disk_whose_speed_was_not_entered_has_no_speed() -> None:
    options = {"cpu_moe_layers": -1, "disk_moe_layers": 4, "disk_gib": 2000}
    found = asked(plan("qwen3-235b-a22b", ["rtx4090"], **options))
    assert isinstance(found, Unknown) and "disk" in found.sentence
    read = plan("qwen3-235b-a22b", ["rtx4090"], disk_read_gbs=7.0, **options)
    assert seconds(read, "disk_experts") > seconds(read, "host_experts") / 10


def test_that_host_memory_without_a_host_has_no_speed() -> None:
    found = asked(plan("qwen3-235b-a22b", ["rtx4090"], cpu_moe_layers=-1, host=None))
    assert isinstance(found, Unknown) and "host" in found.sentence


def test_that_many_users_on_a_card_of_unknown_compute_have_no_speed() -> None:
    own = {"custom": {"name": "Own", "memory_mib": 49_152, "bandwidth_gbs": 1000}}
    of = plan("llama-3.1-8b", [own])
    assert isinstance(asked(of, 4096, 8), Decode)
    found = asked(of, 4096, 9)
    assert isinstance(found, Unknown) and "compute" in found.sentence


def test_that_a_plan_that_does_not_fit_has_no_speed() -> None:
    speed = evaluate(plan("deepseek-r1", ["rtx4090"]), CATALOG).speed
    assert speed.decode_tokens_per_s is None and speed.because


def test_that_a_typed_in_card_and_v4_have_wider_bands_and_say_so() -> None:
    own = {"custom": {"name": "Own", "memory_mib": 49_152, "bandwidth_gbs": 1000,
                      "compute_capability": "8.6"}}  # fmt: skip
    usual = asked(plan("llama-3.1-8b", ["rtx3090"]))
    typed = asked(plan("llama-3.1-8b", [own]))
    rare = asked(plan("deepseek-v4-flash", ["rtxpro6000"] * 2, "native"))
    assert all(isinstance(found, Decode) for found in (usual, typed, rare))
    widths = [f.rate.high / f.rate.low for f in (usual, typed, rare)]  # type: ignore[union-attr]
    assert widths[1] > widths[0] and widths[2] > widths[0]
    assert typed.weak and rare.weak and not usual.weak  # type: ignore[union-attr]


# --- what every rate obeys ------------------------------------------------------------------

_RIGS = st.sampled_from(
    [
        {"gpus": ["rtxpro6000"] * 4},
        {"gpus": ["rtx3090"] * 8},
        {"gpus": ["m3ultra-80c"]},
        {"gpus": ["rtx4090"], "cpu_moe_layers": -1},
        {"gpus": ["h200"] * 8, "engine": "vllm", "tensor_parallel": 8, "weights": "native"},
        {"gpus": ["h200"] * 8, "engine": "vllm", "tensor_parallel": 4, "data_parallel": 2,
         "expert_parallel": True, "weights": "native"},
        {"gpus": ["h200"] * 8, "engine": "sglang", "tensor_parallel": 2, "pipeline_parallel": 4,
         "weights": "native"},
        {"gpus": []},
    ]
)  # fmt: skip


def drawn(model: str, rig: dict[str, Any], **more: Any) -> Plan:
    return plan(model, rig["gpus"], **{k: v for k, v in rig.items() if k != "gpus"}, **more)


def known(of: Plan) -> bool:
    return not isinstance(prepare(of, CATALOG).demand, Refusal)


@given(st.sampled_from(MODELS), _RIGS, st.integers(1, 2**18), st.integers(1, 2**18))
@settings(max_examples=60)
def test_that_more_context_is_never_faster(
    model: str, rig: dict[str, Any], one: int, other: int
) -> None:
    of = drawn(model, rig)
    if known(of):
        few, many = sorted((one, other))
        assert rate(of, few) >= rate(of, many) * (1 - CLOSE)


@given(st.sampled_from(MODELS), _RIGS, st.integers(1, 500), st.integers(1, 500))
@settings(max_examples=80)
def test_that_more_users_get_less_each_and_no_less_together(
    model: str, rig: dict[str, Any], one: int, other: int
) -> None:
    of = drawn(model, rig)
    if known(of):
        few, many = sorted((one, other))
        each, more = rate(of, 4096, few), rate(of, 4096, many)
        assert each >= more * (1 - CLOSE)
        assert few * each <= many * more * (1 + CLOSE)


@given(st.sampled_from(MODELS[:3]), st.floats(100, 8000), st.floats(100, 8000), st.integers(1, 64))
@settings(max_examples=40)
def test_that_more_bandwidth_is_never_slower(
    model: str, one: float, other: float, users: int
) -> None:
    rates = []
    for gbs in sorted((one, other)):
        own = {"name": "Own", "memory_mib": 2**21, "bandwidth_gbs": gbs,
               "compute_capability": "8.6", "fp16_dense_tflops": 100.0}  # fmt: skip
        rates.append(rate(plan(model, [{"custom": own}]), users=users))
    assert rates[0] <= rates[1] * (1 + CLOSE)


@given(st.sampled_from(MODELS[:3]), st.integers(1, 7))
@settings(max_examples=20)
def test_that_a_further_card_of_a_layer_split_never_speeds_up_one_stream(
    model: str, cards: int
) -> None:
    fewer, more = (plan(model, ["h200"] * n, "q4_k_m") for n in (cards, cards + 1))
    assert rate(fewer) >= rate(more) * (1 - CLOSE)


@pytest.mark.parametrize("model", ["llama-3.1-8b", "qwen3-30b-a3b"])
def test_that_a_faster_link_is_never_slower(model: str) -> None:
    options = {"engine": "vllm", "tensor_parallel": 2, "cache_type_k": "auto"}
    links = ["pcie3-x1", "pcie3-x4", "pcie3-x8", "pcie3-x16", "pcie4-x16", "pcie5-x16"]
    rates = [rate(plan(model, ["rtx5090"] * 2, "bf16", card_link=x, **options)) for x in links]
    assert rates == sorted(rates)


@given(st.floats(0.7, 2.0), st.floats(0.7, 2.0))
@settings(max_examples=20)
def test_that_a_smaller_file_is_never_slower(one: float, other: float) -> None:
    small, large = (
        {"recipe": "q4_k_m", "file_bytes": int(18e9 * size)} for size in sorted((one, other))
    )
    gpus = ["rtx5090"] * 2
    smaller, larger = (plan("qwen3-30b-a3b", gpus, weights) for weights in (small, large))
    assert rate(smaller) >= rate(larger) * (1 - CLOSE)


@given(st.sampled_from(MODELS), _RIGS, st.integers(1, 64))
@settings(max_examples=40)
def test_that_low_expected_and_high_are_in_order(
    model: str, rig: dict[str, Any], users: int
) -> None:
    of = drawn(model, rig)
    if known(of):
        found = asked(of, 4096, users)
        assert isinstance(found, Decode)
        assert 0 < found.rate.low <= found.rate.expected <= found.rate.high


@pytest.mark.parametrize("card", ("m4max-40c", "strixhalo", "gb10"))
def test_that_a_processor_beside_a_gpu_with_shared_memory_has_no_invented_speed(card: str) -> None:
    on_gpu = plan("qwen3-30b-a3b", [card], host=None)
    assert isinstance(asked(on_gpu), Decode)
    for change in ({"gpu_layers": 20}, {"cpu_moe_layers": -1}, {"kv_offload": False}):
        speed = evaluate(plan("qwen3-30b-a3b", [card], host=None, **change), CATALOG).speed
        assert speed.decode_tokens_per_s is None
        assert speed.prefill_tokens_per_s is None
        assert "shared memory" in (speed.because or "")
    every_layer = plan("qwen3-30b-a3b", [card], host=None, gpu_layers=999)
    assert rate(every_layer) == pytest.approx(rate(on_gpu))
    dense = plan("llama-3.1-8b", [card], host=None, cpu_moe_layers=-1)
    assert isinstance(asked(dense), Decode)


def test_that_a_second_user_never_costs_both_of_them_tokens() -> None:
    of = plan("glm-4.5", ["mi50-32"] * 4, "iq2_s", context_tokens=2048)
    rates = [users * rate(of, 2048, users) for users in (1, 2, 3, 4, 8)]
    assert rates == sorted(rates)


def test_that_no_band_is_above_what_the_memory_delivers() -> None:
    from_disk = plan(
        "deepseek-r1",
        ["rtx4090"],
        cpu_moe_layers=-1,
        disk_moe_layers=-1,
        disk_gib=1000,
        disk_read_gbs=7.0,
    )
    served = plan("llama-3.1-8b", ["rtx3060-12"], "awq-int4", engine="sglang", cache_type_k="auto")
    for of in (from_disk, served, plan("mixtral-8x7b", [], "q8_0")):
        found = asked(of)
        assert isinstance(found, Decode), found
        traffic, least = found.costs.traffic, 0.0
        for stage in traffic.stages:
            part = stage.parts[0]
            size = part.dense_bytes + part.expert_bytes * traffic.top_k / max(traffic.experts, 1)
            # What a host reaches is 0.85 of its peak.
            least += size / (part.gbs * 1e9) * (0.85 if part.place == "host" else 1.0)
        assert found.rate.expected <= found.rate.high
        assert found.rate.high * least <= 1.0 + CLOSE
