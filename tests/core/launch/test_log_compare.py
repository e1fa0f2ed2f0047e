"""Predicted against actual: real and composed logs beside the plans that they are of."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.entries import Entries
from moeplanner_gui.core.launch.launching import launch
from moeplanner_gui.core.launch.log_compare import LogComparison, LogRow, compare_log
from moeplanner_gui.core.launch.logs import read_log
from moeplanner_gui.core.model import ModelSpec
from moeplanner_gui.core.plan import Deployment, Node, Plan, Rig, Workload
from moeplanner_gui.export.log_rows import as_tsv, log_cells, notes_of, speed_cells
from tests.core.rigs import CATALOG, bare_card, make_plan

MIB, GIB = 2**20, 2**30
FOLDER = Path(__file__).parents[2] / "data" / "engine_logs"
SMALL = [
    ModelSpec.model_validate_json(json.dumps(row))
    for row in json.loads((FOLDER / "models.json").read_text(encoding="utf-8"))
]


def log(name: str, engine: str = "llama.cpp") -> str:
    return (FOLDER / engine / f"{name}.log").read_text(encoding="utf-8")


def two_cards(**changes: object) -> Plan:
    return make_plan(
        "qwen3-30b-a3b",
        bare_card(12288),
        bare_card(12288),
        weights="q4_k_m",
        ram_gib=64,
        **changes,  # type: ignore[arg-type]
    )


def compared(text: str, plan: Plan, catalog: object = CATALOG) -> LogComparison:
    assessment = evaluate(plan, catalog)  # type: ignore[arg-type]
    readings = read_log(text, expected=plan.deployment.engine)
    return compare_log(readings, plan, assessment, catalog)  # type: ignore[arg-type]


def row(comparison: LogComparison, says: str, device: str) -> LogRow:
    return next(one for one in comparison.rows if (one.says, one.device) == (says, device))


def mib(value: int | None) -> float | None:
    return None if value is None else round(value / MIB, 2)


# Real logs --------------------------------------------------------------------------------------


@pytest.mark.parametrize("release", ["b11549", "b10434"])
@pytest.mark.parametrize("number", range(3))
def test_that_the_real_logs_have_what_is_predicted(number: int, release: str) -> None:
    spec = SMALL[number]
    name = ("experts", "windows", "latent-attention")[number]
    plan = Plan(
        model=spec.id,
        weights=spec.files[0].id,
        rig=Rig(nodes=(Node(ram_gib=24),)),
        deployment=Deployment(),
        workload=Workload(context_tokens=8192, sequences=2),
    )
    catalog = CATALOG.with_entries(Entries(models=(spec,)))
    found = compared(log(f"{release}-real-cpu-{name}"), plan, catalog)
    for says, device in (("weights", "CPU_Mapped"), ("cache", "CPU"), ("output", "CPU")):
        assert row(found, says, device).word == "as_predicted"
    compute = row(found, "compute", "CPU")
    assert compute.share is not None
    if release == "b11549":
        # The rule is of this release: a bound from above, at most 5 MiB of these small models.
        assert not compute.is_worse
        assert compute.difference is not None and -5 * MIB <= compute.difference <= 0.01 * MIB
    else:
        assert compute.share <= 0.003
    assert found.answer is not None and found.answer.verdict == "fits"
    assert found.settings == ()


# Composed logs with measured buffers --------------------------------------------------------


def test_that_measured_buffers_of_two_cards_are_as_predicted() -> None:
    found = compared(log("b11549-two-cards"), two_cards())
    assert {(one.says, one.device): one.word for one in found.rows} == {
        ("weights", "CUDA0"): "within",
        ("cache", "CUDA0"): "as_predicted",
        ("compute", "CUDA0"): "less",
        ("weights", "CUDA1"): "as_predicted",
        ("cache", "CUDA1"): "as_predicted",
        ("compute", "CUDA1"): "less",
        ("weights", "CPU_Mapped"): "as_predicted",
        ("compute", "CUDA_Host"): "within",
        ("output", "CUDA_Host"): "as_predicted",
    }
    compute = row(found, "compute", "CUDA0")
    assert (mib(compute.predicted), mib(compute.actual)) == (265.45, 260.05)
    assert (mib(compute.difference), compute.is_worse) == (-5.4, False)
    assert compute.lines == (23,)
    assert [one.position for one in found.rows] == [0, 0, 0, 1, 1, 1, 2, 2, 2]


def test_that_several_caches_and_states_are_compared_with_their_sum() -> None:
    plan = make_plan("deepseek-v4-flash", bare_card(98304), bare_card(98304), ram_gib=64)
    found = compared(log("b11549-deepseek-v4-two-cards"), plan)
    assert row(found, "cache", "CUDA0").word == "as_predicted"
    assert row(found, "cache", "CUDA1").word == "as_predicted"
    assert not [one for one in found.rows if one.word == "not_predicted"]


def test_that_what_a_host_maps_for_cards_is_not_counted_against_it() -> None:
    plan = make_plan(
        "qwen3-next-80b-a3b",
        *[bare_card(24576)] * 3,
        weights="q4_k_m",
        ram_gib=64,
        cpu_moe_layers=-1,
    )
    found = compared(log("b11549-recurrent-experts-in-host-memory"), plan)
    assert row(found, "weights", "CPU_Mapped").word == "within"
    assert row(found, "state", "CUDA1").word == "as_predicted"
    assert found.answer is not None and found.answer.position == 3
    assert found.answer.free_bytes is not None and found.answer.planned_free_bytes is not None
    assert abs(found.answer.free_bytes - found.answer.planned_free_bytes) < MIB


# Whether it fits ------------------------------------------------------------------------------


def test_that_the_tightest_card_is_found_again_with_the_real_numbers() -> None:
    text = "\n".join(one for one in log("b11549-two-cards").split("\n") if "breakdown" not in one)
    found = compared(text, two_cards())
    assert found.answer is not None
    assert (found.answer.verdict, found.answer.position) == ("fits", 0)
    assert found.answer.free_bytes is not None
    # 12,288 MiB less the printed figures, each with its open last place.
    exact = (12288 - 8975.64 - 1600 - 260.05) * MIB
    assert 0.014 * MIB <= exact - found.answer.free_bytes <= 0.016 * MIB
    more = compared(text.replace("224.04", "2268.00"), two_cards()).answer
    assert more is not None and (more.position, more.verdict) == (1, "does_not_fit")
    assert "GPU 2" in more.sentence


@pytest.mark.parametrize("name", ["8975.64", "1600.00", "260.05"])
def test_that_a_larger_figure_never_leaves_more(name: str) -> None:
    text = log("b11549-two-cards")
    larger = text.replace(name, f"{float(name) + 900:.2f}", 1)
    before, after = (compared(one, two_cards()).answer for one in (text, larger))
    assert before is not None and after is not None
    assert before.free_bytes is not None and after.free_bytes is not None
    assert after.free_bytes <= before.free_bytes


def test_that_the_free_memory_that_the_engine_saw_is_never_exceeded() -> None:
    found = compared(log("b11549-two-cards"), two_cards())
    assert found.answer is not None and found.answer.free_bytes == 516 * MIB
    assert "saw less free memory" in " ".join(found.answer.more)
    seen = "llama_prepare_model_devices: using device CUDA0 (NVIDIA X) (0000:01) - 10900 MiB free\n"
    text = "\n".join(one for one in log("b11549-two-cards").split("\n") if "breakdown" not in one)
    found = compared(seen + text, two_cards())
    assert found.answer is not None and found.answer.free_bytes is not None
    assert found.answer.free_bytes < 65 * MIB


@pytest.mark.parametrize("missing", ["CUDA1 model", "CUDA0 KV", "CUDA1 compute"])
def test_that_a_missing_line_is_never_a_yes(missing: str) -> None:
    text = "\n".join(one for one in log("b11549-two-cards").split("\n") if missing not in one)
    found = compared(text, two_cards())
    assert found.answer is not None and found.answer.verdict == "not_told"
    assert missing[:5].replace("CUDA0", "GPU 1").replace("CUDA1", "GPU 2") in found.answer.sentence
    lacking = [one for one in found.rows if one.word == "not_in_log"]
    assert len(lacking) == 1 and lacking[0].actual is None and lacking[0].difference is None


def test_that_only_a_whole_log_says_that_the_engine_started() -> None:
    text = log("b11549-two-cards").replace("224.04", "2268.00")
    whole = compared(text, two_cards()).answer
    cut = compared(text.replace("CUDA0 KV buffer", "CUDA0"), two_cards()).answer
    assert whole is not None and whole.verdict == "does_not_fit"
    assert "It started" in " ".join(whole.more)
    assert cut is not None and cut.verdict == "does_not_fit"
    assert "It started" not in " ".join(cut.more)


@pytest.mark.parametrize("kind", ["model", "KV", "compute"])
def test_that_a_buffer_below_zero_makes_no_room(kind: str) -> None:
    text = log("b11549-two-cards")
    below = re.sub(rf"(CUDA0 {kind} buffer size = +)(\d)", r"\1-\2", text)
    assert below != text
    comparison = compared(below, two_cards())
    assert comparison.answer is not None and comparison.answer.verdict == "not_told"


@pytest.mark.parametrize(
    "fault",
    [
        "ggml_backend_cuda_buffer_type_alloc_buffer: allocating 9 MiB on device 0: "
        "cudaMalloc failed: out of memory",
        "llama_init_from_model: failed to initialize the context: failed to allocate",
        "main: error: failed to load model",
        "cudaMalloc failed: unknown error",
    ],
)
def test_that_a_start_that_failed_does_not_fit(fault: str) -> None:
    for text in (f"{log('b11549-two-cards')}\n{fault}\n", f"{fault}\n"):
        found = compared(text, two_cards())
        assert found.answer is not None and found.answer.verdict == "does_not_fit"
        assert "failed" in found.answer.sentence


def test_that_a_log_without_memory_says_nothing_of_it() -> None:
    timed = "eval time = 4029 ms / 127 runs ( 31.73 ms per token, 31.52 tokens per second)\n"
    found = compared(timed, two_cards())
    assert found.answer is not None and found.answer.verdict == "not_told"


# What is otherwise ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "name", "values"),
    [
        ({"context_tokens": 16_384}, "Context (-c)", ("32,768", "16,384")),
        ({"sequences": 2}, "Slots (-np)", ("1", "2")),
        ({"ubatch": 256}, "Tokens a step (-ub)", ("512", "256")),
        ({"cache_type_k": "q8_0"}, "Type of the cached keys", ("f16", "q8_0")),
        ({"flash_attention": False}, "Flash attention", ("on", "off")),
        ({"gpu_layers": 20}, "Layers on the cards (-ngl)", ("49", "20")),
    ],
)
def test_that_another_setting_is_told_with_both_values(
    changes: dict[str, object], name: str, values: tuple[str, str]
) -> None:
    found = compared(log("b11549-two-cards"), two_cards(**changes))
    told = {one.name: (one.log, one.plan) for one in found.settings}
    assert told[name] == values
    # It may have needed less than the plan: a start with other settings is no yes.
    assert found.answer is not None and found.answer.verdict == "not_told"
    assert name in found.answer.sentence


def test_that_a_no_of_another_model_says_that_the_settings_differ() -> None:
    text = log("b11549-two-cards").replace("8975.64", "98975.64")
    found = compared(text, two_cards())
    assert found.answer is not None and found.answer.verdict == "does_not_fit"
    assert found.answer.more[0] == (
        "The log has other settings than the plan: Weights. With those of the plan it may be "
        "otherwise."
    )


@pytest.mark.parametrize("share", [0.5, 0.94, 1.06])
def test_that_the_log_of_another_model_is_no_yes(share: float) -> None:
    text = log("b11549-two-cards")
    for size in ("8975.64", "8548.79"):
        text = text.replace(size, f"{float(size) * share:.2f}")
    found = compared(text, two_cards())
    assert found.settings[0].name == "Weights"
    assert found.answer is not None and found.answer.verdict != "fits"
    near = log("b11549-two-cards").replace("8975.64", "8850.00")
    assert compared(near, two_cards()).settings == ()


def test_that_the_same_settings_are_not_told() -> None:
    assert compared(log("b11549-two-cards"), two_cards()).settings == ()
    # A context that is no multiple of 256 is rounded up by the engine itself.
    assert compared(log("b11549-two-cards"), two_cards(context_tokens=32_700)).settings == ()
    three = log("b11549-two-cards").replace("n_seq_max             = 1", "n_seq_max = 3")
    three = three.replace("n_ctx                 = 32768", "n_ctx = 8448")
    assert compared(three, two_cards(context_tokens=8192, sequences=3)).settings == ()
    shared = log("b11549-two-cards").replace("n_seq_max             = 1", "n_seq_max = 3")
    shared = shared.replace("kv_unified            = false", "kv_unified = true")
    shared = shared.replace("n_ctx                 = 32768", "n_ctx = 8448")
    plan = two_cards(context_tokens=8200, sequences=3, unified_kv=True)
    assert compared(shared, plan).settings == ()


def test_that_experts_and_release_are_told() -> None:
    text = "llama-server -m a --n-cpu-moe 20\nbuild: 6100 (abcdef12) with cc\n"
    found = compared(text + log("b11549-two-cards"), two_cards(cpu_moe_layers=30))
    told = {one.name: (one.log, one.plan) for one in found.settings}
    assert told["Layers of experts in host memory"] == ("20", "30")
    assert told["Release"] == ("llama.cpp b6100", "llama.cpp b11549")
    same = compared(text + log("b11549-two-cards"), two_cards(cpu_moe_layers=20))
    assert "Layers of experts in host memory" not in {one.name for one in same.settings}


@pytest.mark.parametrize(
    "plan",
    [
        two_cards(),
        two_cards(cpu_moe_layers=-1, cache_type_k="q8_0", cache_type_v="q8_0", ubatch=1024),
        two_cards(cpu_moe_layers=13, sequences=3, context_tokens=8192),
        two_cards(context_tokens=1024),
        make_plan("qwen3-30b-a3b", *["h100-sxm"] * 4, engine="vllm", tensor_parallel=2,
                  data_parallel=2, sequences=6, cache_type_k="fp8", cache_type_v="fp8"),
        make_plan("qwen3-30b-a3b", *["h100-sxm"] * 4, engine="vllm", pipeline_parallel=4,
                  memory_utilization=0.85, cuda_graphs=False),
        make_plan("qwen3-30b-a3b", *["h100-sxm"] * 4, engine="sglang", tensor_parallel=4,
                  sequences=5),
        make_plan("qwen3-30b-a3b", *["h100-sxm"] * 4, engine="sglang", tensor_parallel=2,
                  data_parallel=2, sequences=5),
    ],
)  # fmt: skip
def test_that_the_plans_own_command_differs_in_nothing(plan: Plan) -> None:
    assessment = evaluate(plan, CATALOG)
    launched = launch(plan, assessment, CATALOG)
    assert launched.refusal is None and launched.main is not None
    command = " ".join(launched.main.command.words)
    engine = plan.deployment.engine
    name = {"llama.cpp": "b11549-two-cards", "vllm": "0.33.0-two-cards"}.get(engine, "")
    memory = log(name or "0.5.23-two-cards", engine)
    memory = "\n".join(
        one
        for one in memory.split("\n")
        if not re.search(r"llama_context: |max_total|K \(|0\.9,", one)
    )
    readings = read_log(f"$ {command}\n{memory}", expected=engine)
    assert len(readings.settings) >= 3
    found = compare_log(readings, plan, assessment, CATALOG)
    # The buffers of the log are of other plans.
    assert {one.name for one in found.settings} <= {"Weights"}


# Names of devices -----------------------------------------------------------------------------


def test_that_another_back_ends_names_are_the_same_cards_in_their_order() -> None:
    text = log("b11549-two-cards").replace("CUDA", "Vulkan")
    found = compared(text, two_cards())
    assert row(found, "weights", "Vulkan1").position == 1
    assert row(found, "cache", "Vulkan0").word == "as_predicted"


def test_that_cards_of_another_computer_are_matched_without_their_address() -> None:
    card = bare_card(12288)
    plan = two_cards().replace(
        rig=Rig(nodes=(Node(gpus=(card, card), ram_gib=64), Node(gpus=(card,), ram_gib=64)))
    )
    found = compared(log("2025-two-cards-and-a-remote-one"), plan)
    assert row(found, "weights", "RPC[192.168.1.20:50052]").position == 2
    assert row(found, "cache", "CUDA1").position == 1
    assert not [one for one in found.rows if one.word in ("not_predicted", "not_in_log")]


def test_that_more_cards_than_planned_are_told() -> None:
    plan = make_plan("qwen3-30b-a3b", bare_card(24576), weights="q4_k_m", ram_gib=64)
    found = compared(log("b11549-two-cards"), plan)
    extra = [one for one in found.rows if one.word == "not_predicted"]
    assert {one.device for one in extra} == {"CUDA1"}
    assert all(one.is_worse for one in extra)


# Other engines --------------------------------------------------------------------------------


def served(engine: str, **changes: object) -> Plan:
    given = {"weights": "bf16", "tensor_parallel": 2, "context_tokens": 131_072, **changes}
    return make_plan(
        "qwen3-30b-a3b",
        "rtxa6000",
        "rtxa6000",
        ram_gib=64,
        engine=engine,
        **given,  # type: ignore[arg-type]
    )


def test_that_processes_of_vllm_are_the_cards_in_their_order() -> None:
    found = compared(log("0.33.0-two-cards", "vllm"), served("vllm"))
    weights = row(found, "weights", "TP1")
    assert (weights.position, weights.word) == (1, "within")
    tokens = next(one for one in found.rows if one.says == "cache_tokens")
    assert (tokens.predicted, tokens.actual) == (131_072, 237_376)
    assert (tokens.word, tokens.is_worse) == ("more", False)
    assert row(found, "compute", "TP0").predicted is not None
    assert found.answer is not None and found.answer.verdict == "fits"


def test_that_a_cache_that_is_too_small_does_not_fit() -> None:
    text = log("0.33.0-two-cards", "vllm")
    found = compared(text, served("vllm", sequences=2))
    assert found.answer is not None and found.answer.verdict == "does_not_fit"
    assert "262,144 are needed for 2 users" in found.answer.sentence
    # The engine's own count of full requests is heard too.
    less = text.replace("request: 1.81x", "request: 0.97x")
    assert compared(less, served("vllm")).answer.verdict == "does_not_fit"  # type: ignore[union-attr]
    none = "\n".join(one for one in text.split("\n") if "KV cache size" not in one)
    assert compared(none, served("vllm")).answer.verdict == "not_told"  # type: ignore[union-attr]


def test_that_sglang_and_ktransformers_are_compared_by_their_tokens() -> None:
    text = log("0.5.23-two-cards", "sglang").replace("usage=14.52", "usage=28.53")
    found = compared(text, served("sglang"))
    assert found.refusal == ""
    assert found.answer is not None and found.answer.verdict == "not_told"
    assert [one.name for one in found.settings] == ["Requests at once"]
    same = compared(text.replace("requests=2048", "requests=1"), served("sglang"))
    assert same.answer is not None and same.answer.verdict == "fits"
    assert same.settings == ()


def test_that_the_smallest_cache_of_several_processes_counts() -> None:
    text = log("0.5.23-two-cards", "sglang").replace("usage=14.52", "usage=28.53")
    other = text.splitlines()[-1].replace("TP0", "TP1").replace("558592", "130000")
    found = compared(f"{text}\n{other}\n".replace("requests=2048", "requests=1"), served("sglang"))
    assert found.answer is not None and found.answer.verdict == "does_not_fit"
    assert "130,000 tokens" in found.answer.sentence


def test_that_the_settings_of_vllm_are_compared() -> None:
    line = (
        "Initializing a V1 LLM engine (v0.10.0) with config: model='m', max_seq_len=65536, "
        "tensor_parallel_size=4, pipeline_parallel_size=1, enforce_eager=True, kv_cache_dtype=fp8\n"
    )
    found = compared(line + log("0.33.0-two-cards", "vllm"), served("vllm"))
    assert {one.name: (one.log, one.plan) for one in found.settings} == {
        "Release": ("vLLM 0.10.0", "vLLM 0.33.0"),
        "Context of a user": ("65,536", "131,072"),
        "Tensor parallel": ("4", "2"),
        "CUDA graphs": ("off", "on"),
        "Type of the KV cache": ("fp8", "auto"),
    }


def test_that_a_log_of_another_engine_is_not_compared() -> None:
    found = compared(log("0.33.0-two-cards", "vllm"), two_cards())
    assert "plan is for llama.cpp" in found.refusal
    assert found.rows == () and found.answer is None
    assert compared("hello", two_cards()).refusal.startswith("No line of llama.cpp")


def test_that_a_log_of_sglang_may_be_one_of_ktransformers() -> None:
    plan = make_plan("deepseek-v3", "rtx5090", ram_gib=1024, engine="ktransformers")
    readings = read_log(log("0.7.2-one-card", "ktransformers"))
    assert readings.engine == "sglang"
    found = compare_log(readings, plan, evaluate(plan, CATALOG), CATALOG)
    assert "This is a log of" not in found.refusal


def test_that_a_plan_that_cannot_run_has_nothing_to_compare() -> None:
    plan = two_cards(cache_type_v="q8_0", flash_attention=False)
    found = compared(log("b11549-two-cards"), plan)
    assert found.refusal.startswith("Nothing is predicted")
    assert found.answer is None


# Speed ----------------------------------------------------------------------------------------


def timed(decode: float, tokens: int = 200) -> str:
    return (
        "slot print_timing: | prompt eval time = 1687.10 ms /  1200 tokens "
        "( 1.41 ms per token, 711.28 tokens per second)\n"
        f"slot print_timing: |        eval time = 4029.42 ms / {tokens} tokens "
        f"( 31.73 ms per token, {decode:.2f} tokens per second)\n"
    )


def test_that_measured_speeds_stand_beside_the_band_of_their_depth() -> None:
    plan = make_plan("qwen3-30b-a3b", "rtx3090", weights="q4_k_m", ram_gib=64)
    slow, fast = (compared(timed(rate), plan).speeds[0] for rate in (1.0, 100_000.0))
    assert slow.band is not None and slow.depth_tokens == 1400
    assert (slow.word, fast.word) == ("slower", "faster")
    inside = compared(timed(slow.band.expected), plan).speeds[0]
    assert (inside.word, inside.count, inside.users) == ("in_band", 1, 1)
    prefill = compared(timed(50), plan).speeds[1]
    assert (prefill.kind, prefill.depth_tokens, prefill.measured) == ("prefill", 1200, 711.28)


def test_that_a_few_tokens_are_no_measurement() -> None:
    plan = make_plan("qwen3-30b-a3b", "rtx3090", weights="q4_k_m", ram_gib=64)
    short = compared(timed(50, tokens=9), plan).speeds[0]
    assert (short.word, short.measured) == ("too_short", None)


def test_that_an_interval_at_the_edge_of_a_run_does_not_count() -> None:
    lines = "".join(
        f"Engine 000: Avg prompt throughput: 0.0 tokens/s, Avg generation throughput: {rate} "
        f"tokens/s, Running: {users} reqs, Waiting: 0 reqs, GPU KV cache usage: 10.0%,\n"
        for rate, users in ((3.1, 2), (80.0, 2), (82.0, 2), (84.0, 2), (50.0, 2), (40.0, 1))
    )
    speed = compared(log("0.33.0-two-cards", "vllm") + lines, served("vllm")).speeds[0]
    assert (speed.measured, speed.count, speed.users) == (41.0, 3, 2)


# Words ----------------------------------------------------------------------------------------


def test_that_every_row_has_an_icon_a_word_and_its_lines() -> None:
    plan = two_cards()
    found = compared(log("b11549-two-cards"), plan)
    cells = log_cells(found, evaluate(plan, CATALOG))
    assert cells[2].texts == (
        "GPU 1 (CUDA0)",
        "compute buffers",
        "265.45",
        "260.05",
        "−5.40",
        "−2.03",
        "less than planned",
    )
    assert cells[2].tone == "ok" and cells[2].note.startswith("Line 23 of the log.")
    worse = compared(log("b11549-two-cards").replace("260.05", "360.05"), plan)
    assert log_cells(worse, evaluate(plan, CATALOG))[2].tone == "error"


def test_that_the_copied_table_is_one_of_numbers() -> None:
    plan = two_cards()
    text = as_tsv(compared(log("b11549-two-cards") + timed(50), plan), evaluate(plan, CATALOG))
    rows = [line.split("\t") for line in text.splitlines()]
    assert len({len(one) for one in rows[:10]}) == 1
    assert rows[3][2:6] == ["265.45", "260.05", "-5.40", "-2.03"]
    assert rows[10][0].startswith("Decode: measured 50 tok/s")


def test_that_hostile_text_of_a_log_is_shown_as_text() -> None:
    text = log("b11549-two-cards") + "x\u202e<b> buffer size = =1+1\t\n"
    found = compared(text, two_cards())
    (note,) = [one for one in notes_of(found) if one.startswith("Not understood")]
    assert "\u202e" not in note and "\t" not in note


def test_that_speeds_are_sentences() -> None:
    found = compared(timed(50), two_cards())
    assert all(cells.texts[0].startswith(("Decode", "Prefill")) for cells in speed_cells(found))


def test_that_predictions_are_those_of_the_plan_alone() -> None:
    plan = two_cards()
    once = compared(log("b11549-two-cards"), plan)
    other = compared(log("b11549-two-cards").replace("260.05", "999.05"), plan)
    assert [one.predicted for one in once.rows] == [one.predicted for one in other.rows]
    assert replace(once.rows[0], actual=None).difference is None
