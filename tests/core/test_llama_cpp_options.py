"""llama.cpp's options in plans: what they move, what they refuse, and what never shrinks."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import Assessment, DeviceMemory
from moeplanner_gui.core.explain import explain
from moeplanner_gui.core.plan import Node, Plan, Rig
from moeplanner_gui.core.prepare import layout_of
from moeplanner_gui.core.units import MIB
from tests.core.rigs import CATALOG, bare_card, make_plan

CARD = bare_card(98_304)
LLAMA_MODELS = sorted(m.id for m in CATALOG.models.values() if m.architecture.gguf_arch)


def _kind(answer: Assessment, kind: str) -> list[DeviceMemory]:
    return [device for device in answer.devices if device.kind == kind]


def _refusal(**options: Any) -> str:
    model = options.pop("model", "llama-3.1-8b")
    answer = evaluate(make_plan(model, CARD, CARD, weights="q4_k_m", **options), CATALOG)
    assert answer.verdict == "cannot_run"
    return answer.reasons[0]


def test_that_shares_of_a_tensor_split_count_and_missing_ones_are_nought() -> None:
    plan = make_plan(
        "deepseek-v3", CARD, CARD, CARD, weights="q4_k_m", ram_gib=64, tensor_split=(61.0, 20.0)
    )
    first, second, third = _kind(evaluate(plan, CATALOG), "gpu")

    assert first.layers == (0, 46)
    assert second.layers == (47, 61)
    assert third.layers is None
    assert third.weights_bytes == 0


def test_that_a_split_of_noughts_follows_the_free_memory() -> None:
    named = {"weights": "q4_k_m", "ram_gib": 64}
    plain = evaluate(make_plan("llama-3.3-70b", CARD, CARD, **named), CATALOG)
    noughts = make_plan("llama-3.3-70b", CARD, CARD, tensor_split=(0.0, 0.0), **named)
    assert evaluate(noughts, CATALOG).devices == plain.devices


def test_that_split_none_uses_the_main_card_alone() -> None:
    plan = make_plan(
        "llama-3.1-8b", CARD, CARD, weights="q4_k_m", ram_gib=64, split="none", main_gpu=1
    )
    idle, main = _kind(evaluate(plan, CATALOG), "gpu")
    assert idle.weights_bytes == idle.compute_bytes == idle.kv_cache_bytes == 0
    assert main.layers == (0, 32)
    assert "main card" in _refusal(split="none", main_gpu=2)


def test_that_llama_cpps_own_refusals_are_answers() -> None:
    assert "minimax-m2" in _refusal(model="minimax-m2", split="tensor")
    assert "flash attention" in _refusal(split="tensor", flash_attention=False)
    assert "256" in _refusal(sequences=257)
    assert "same type" in _refusal(model="deepseek-v3", cache_type_k="q8_0")
    assert "flash attention" in _refusal(
        model="deepseek-v3", cache_type_k="q8_0", cache_type_v="q8_0", flash_attention=False
    )
    assert "15 shares" in _refusal(tensor_split=(1.0,) * 16)


def test_that_a_cache_kept_off_the_cards_lies_in_host_memory_with_its_copy_on_the_card() -> None:
    named = {"weights": "q4_k_m", "ram_gib": 64}
    there = evaluate(make_plan("llama-3.1-8b", CARD, **named), CATALOG)
    away = evaluate(make_plan("llama-3.1-8b", CARD, kv_offload=False, **named), CATALOG)

    assert _kind(away, "gpu")[0].kv_cache_bytes == 0
    assert _kind(away, "host")[0].kv_cache_bytes == _kind(there, "gpu")[0].kv_cache_bytes
    assert _kind(away, "gpu")[0].compute_bytes > _kind(there, "gpu")[0].compute_bytes


def test_that_full_windows_cost_as_much_as_full_attention() -> None:
    short = evaluate(make_plan("gemma-3-27b", CARD, weights="q4_k_m"), CATALOG)
    full = evaluate(make_plan("gemma-3-27b", CARD, weights="q4_k_m", swa_full=True), CATALOG)
    # 62 layers of 16 KV heads of 128 values, K and V in f16.
    assert full.kv_cache_bytes == 62 * 32_768 * 2 * 16 * 128 * 2
    assert short.kv_cache_bytes < full.kv_cache_bytes // 4


def test_that_weights_are_repacked_on_the_cpu_only_where_no_card_has_host_buffers() -> None:
    def overhead(*cards: Any, **options: Any) -> int:
        plan = make_plan("llama-3.1-8b", *cards, weights="q4_k_m", ram_gib=64, **options)
        host = _kind(evaluate(plan, CATALOG), "host")[0]
        return sum(item.size_bytes for item in host.overhead)

    assert overhead() == 3204 * MIB  # seen: the peak of a run less the file
    assert overhead(repack=False) == 0
    assert overhead(CARD, gpu_layers=8) == 0


def test_that_experts_on_the_disk_leave_one_layer_in_host_memory() -> None:
    plan = make_plan(
        "deepseek-v3",
        CARD,
        weights="q4_k_m",
        ram_gib=128,
        cpu_moe_layers=-1,
        disk_moe_layers=-1,
    )
    node = plan.rig.nodes[0].model_copy(update={"disk_gib": 1024})
    plan = plan.replace(rig=Rig(nodes=(node,)))
    answer = evaluate(plan, CATALOG)
    layout = layout_of(CATALOG.models["deepseek-v3"], "q4_k_m", "llama.cpp")
    (disk,) = _kind(answer, "disk")
    (host,) = _kind(answer, "host")

    routed = sum(layer.routed_experts_bytes for layer in layout.layers)
    assert disk.routed_experts_bytes == routed
    assert disk.used_bytes == layout.total_bytes
    assert disk.overhead_bytes == 0
    assert disk.file_rest_bytes == layout.total_bytes - routed
    position = answer.devices.index(disk)
    rest = explain(plan, answer, CATALOG, f"devices.{position}.file_rest_bytes")
    assert rest.label == "Rest of the file on Disk"
    assert "the file lies on the disk as a whole" in rest.formula
    assert host.routed_experts_bytes == 0
    working = next(item for item in host.overhead if "disk" in item.name)
    assert working.size_bytes == max(layer.routed_experts_bytes for layer in layout.layers)
    assert answer.fits
    place = answer.devices.index(host)
    named = explain(plan, answer, CATALOG, f"devices.{place}.overhead_bytes").inputs
    assert all(item.formula for item in named)


def test_that_experts_on_a_disk_nobody_chose_do_not_fit() -> None:
    plan = make_plan(
        "deepseek-v3", CARD, weights="q4_k_m", ram_gib=128, cpu_moe_layers=-1, disk_moe_layers=-1
    )
    assert not evaluate(plan, CATALOG).fits


def test_that_one_memory_is_counted_once_whatever_the_plan_says_about_host_memory() -> None:
    apple = next(gpu for gpu in CATALOG.gpus.values() if gpu.vendor == "Apple")
    for ram_gib in (0, 512):
        for options in ({}, {"gpu_layers": 8}, {"kv_offload": False}):
            plan = make_plan("llama-3.1-8b", apple.id, weights="q4_k_m", ram_gib=ram_gib, **options)
            answer = evaluate(plan, CATALOG)
            layout = layout_of(CATALOG.models["llama-3.1-8b"], "q4_k_m", "llama.cpp")
            assert _kind(answer, "gpu")[0].weights_bytes == layout.total_bytes
            assert all(host.used_bytes == 0 for host in _kind(answer, "host"))


def test_that_metal_reserves_a_copy_of_one_layers_cache() -> None:
    apple = next(
        gpu for gpu in CATALOG.gpus.values() if gpu.vendor == "Apple" and gpu.memory_gb >= 96
    )
    plan = make_plan("llama-3.1-8b", apple.id, weights="q4_k_m", context_tokens=131_072)
    compute = _kind(evaluate(plan, CATALOG), "gpu")[0].compute_bytes
    assert compute > 2 * 131_072 * 2 * 8 * 128


def test_that_cards_of_other_computers_come_first() -> None:
    nodes = (Node(gpus=(CARD,), ram_gib=64), Node(gpus=(CARD,), ram_gib=64))
    plan = make_plan("llama-3.3-70b", weights="q4_k_m").replace(rig=Rig(nodes=nodes))
    here, there = _kind(evaluate(plan, CATALOG), "gpu")
    assert there.layers is not None and there.layers[0] == 0
    assert here.layers is not None and here.layers[1] == 80


def test_that_many_slots_of_a_hybrid_model_need_their_states_in_the_working_buffer() -> None:
    one = evaluate(make_plan("qwen3-next-80b-a3b", CARD, weights="q4_k_m"), CATALOG)
    many = evaluate(make_plan("qwen3-next-80b-a3b", CARD, weights="q4_k_m", sequences=128), CATALOG)
    grown = many.devices[0].compute_bytes - one.devices[0].compute_bytes
    assert grown > 100 * 2 * 2 * MIB


PLANS = st.fixed_dictionaries(
    {
        "model": st.sampled_from(LLAMA_MODELS),
        "cards": st.integers(0, 3),
        "context": st.integers(1, 600_000),
        "slots": st.integers(1, 64),
        "ubatch": st.sampled_from([64, 512, 1024]),
        "unified_kv": st.booleans(),
        "flash_attention": st.booleans(),
        "kv_offload": st.booleans(),
        "swa_full": st.booleans(),
        "frontend": st.sampled_from(["server", "cli"]),
        "cache": st.sampled_from(["f16", "q8_0"]),
        "cpu_moe_layers": st.sampled_from([0, 5, -1]),
        "gpu_layers": st.sampled_from([None, 0, 7]),
    }
)


def _plan(chosen: dict[str, Any], **changed: Any) -> Plan:
    row = {**chosen, **changed}
    options = {
        name: row[name]
        for name in (
            "ubatch",
            "unified_kv",
            "flash_attention",
            "kv_offload",
            "swa_full",
            "frontend",
            "cpu_moe_layers",
            "gpu_layers",
        )
    }
    return make_plan(
        row["model"],
        *(bare_card(1_048_576),) * row["cards"],
        weights="q8_0",
        ram_gib=16_384,
        context_tokens=row["context"],
        sequences=row["slots"],
        cache_type_k=row["cache"],
        cache_type_v=row["cache"],
        **options,
    )


@settings(max_examples=150, deadline=None)
@given(PLANS, st.integers(1, 300_000))
def test_that_more_context_never_needs_less(chosen: dict[str, Any], more: int) -> None:
    less = evaluate(_plan(chosen), CATALOG)
    longer = evaluate(_plan(chosen, context=chosen["context"] + more), CATALOG)

    assert (less.verdict == "cannot_run") == (longer.verdict == "cannot_run")
    for before, after in zip(less.devices, longer.devices, strict=True):
        assert after.kv_cache_bytes >= before.kv_cache_bytes
        assert after.compute_bytes >= before.compute_bytes


@settings(max_examples=150, deadline=None)
@given(PLANS)
def test_that_more_slots_with_as_much_context_each_never_cache_less(
    chosen: dict[str, Any],
) -> None:
    slots = chosen["slots"]
    share = max(chosen["context"] // slots, 256) // 256 * 256
    few = evaluate(_plan(chosen, context=share * slots), CATALOG)
    many = evaluate(_plan(chosen, context=share * (slots + 1), slots=slots + 1), CATALOG)
    assert many.kv_cache_bytes >= few.kv_cache_bytes


@settings(max_examples=150, deadline=None)
@given(PLANS)
def test_that_every_byte_of_weights_and_cache_lies_on_one_device(chosen: dict[str, Any]) -> None:
    answer = evaluate(_plan(chosen), CATALOG)
    if answer.verdict == "cannot_run":
        return
    layout = layout_of(CATALOG.models[chosen["model"]], "q8_0", "llama.cpp")
    loaded = layout.total_bytes - layout.other_bytes
    loaded -= sum(layer.routed_experts_bytes + layer.other_bytes for layer in layout.mtp)
    placed = sum(device.weights_bytes for device in answer.devices)
    # A tied head is a second copy on a card; Gemma 4 has it twice in host memory too.
    copied = chosen["cards"] and chosen["gpu_layers"] != 0
    copied = copied or chosen["model"].startswith("gemma-4")
    assert placed == loaded + layout.tied_head_bytes * bool(copied)
    assert sum(device.kv_cache_bytes for device in answer.devices) == answer.kv_cache_bytes
    for device in answer.devices:
        parts = device.weights_bytes + device.kv_cache_bytes + device.compute_bytes
        parts += device.output_bytes + sum(item.size_bytes for item in device.overhead)
        assert device.used_bytes == parts
        assert device.used_bytes < 2**46
