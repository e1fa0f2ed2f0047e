"""Which engine runs which model and format on which cards, and what is said where it does not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moeplanner_gui.core import support
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.explain import explain
from moeplanner_gui.core.model import FileLayer, WeightFile
from moeplanner_gui.core.plan import CustomCard, CustomSlot, Plan
from moeplanner_gui.core.usable import card_devices
from tests.core.rigs import CATALOG, make_plan

CARDS = {
    "7.0": "v100-32-pcie",
    "7.5": "t4",
    "8.0": "a100-80-pcie",
    "8.6": "rtx3090",
    "8.9": "rtx4090",
    "9.0": "h200",
    "10.0": "b200",
    "10.3": "b300",
    "11.0": "jetson-thor",
    "12.0": "rtxpro6000",
    "12.1": "gb10",
    "gfx942": "mi300x",
    "gfx950": "mi355x",
    "gfx1100": "rx7900xtx",
    "gfx1201": "r9700",
    "Intel": "b70",
    "Apple": "m3ultra-80c",
    "Tenstorrent": "tt-p150",
}
# y runs, e runs without its native speed, n cannot run, ? nobody has checked.
#           7.0 7.5 8.0 8.6 8.9 9.0 100 103 110 120 121 942 950 110 120 Int App Ten
TABLE = """
vllm   deepseek-v4-flash     native     n n n n n e y y n e e ? ? ? ? ? n n
vllm   deepseek-v3           native     n e e e y y y y y y y y y y y ? n n
vllm   deepseek-v3.2         native     n n n n n y y y n y y y y n n ? n n
vllm   glm-5                 native     n n n n n y y y n y y y y n n ? n n
vllm   gpt-oss-120b          native     n n e e e y y y e e e e y ? ? ? n n
vllm   qwen3-235b-a22b       native     n y y y y y y y y y y y y y y y n n
vllm   qwen3-235b-a22b       fp8        n e e e y y y y y y y y y y y ? n n
vllm   qwen3-235b-a22b       nvfp4      n e e e e e y y e y y ? ? ? ? ? n n
vllm   qwen3-235b-a22b       awq-int4   n y y y y y y y y y y y y y y ? n n
vllm   qwen3-235b-a22b       gptq-int4  n y y y y y y y y y y y y y y ? n n
vllm   qwen3-next-80b-a3b    native     n y y y y y y y y y y y y y y y n n
vllm   kimi-k2.5             native     n y y y y y y y y y y y y y y ? n n
vllm   kimi-k3               native     n n e e e y y y e e e e y ? ? ? n n
vllm   minimax-m2            native     n e e e y y y y y y y y y y y ? n n
vllm   minimax-m3            native     n ? y y y y y y y y y y y ? ? ? n n
vllm   llama-3.3-70b         fp8        n e e e y y y y y y y y y y y ? n n
sglang deepseek-v4-flash     native     n n n n n e y y n y y ? ? ? ? ? ? n
sglang deepseek-v3           native     n n n n y y y y y y y y y ? ? ? ? n
sglang deepseek-v3.2         native     n n n n n y y y n ? ? ? ? ? ? ? ? n
sglang glm-5                 native     n n n n n y y y n ? ? ? ? ? ? y ? n
sglang gpt-oss-120b          native     n n y y y y y y y y y ? ? ? ? ? ? n
sglang qwen3-235b-a22b       native     n y y y y y y y y y y y y ? ? y ? n
sglang qwen3-235b-a22b       fp8        n n n n y y y y y y y y y ? ? ? ? n
sglang qwen3-235b-a22b       nvfp4      n n e e e e y y y y y ? ? ? ? ? ? n
sglang qwen3-235b-a22b       awq-int4   n y y y y y y y y y y ? ? ? ? ? ? n
sglang kimi-k2.5             native     n n y y y y y y y y y ? ? ? ? ? ? n
sglang minimax-m3            native     n ? ? ? ? y y y y y y ? ? ? ? ? ? n
sglang llama-3.3-70b         fp8        n n e e y y y y y y y y y ? ? ? ? n
llama.cpp deepseek-v4-flash  native     e e e e e e e e e y y y y y y y y n
llama.cpp deepseek-v3        native     y y y y y y y y y y y y y y y y y n
llama.cpp gpt-oss-120b       native     e e e e e e e e e y y y y y y y y n
llama.cpp qwen3-next-80b-a3b q4_k_m     y y y y y y y y y y y y y y y y y n
llama.cpp minimax-m3         q4_k_m     y y y y y y y y y y y y y y y y y n
vllm   nemotron-3-nano-30b-a3b native     n y y y y y y y y y y y y y y y n n
vllm   gemma-4-31b           native     n y y y y y y y y y y y y y y y n n
vllm   glm-4.6               native     n y y y y y y y y y y y y y y y n n
vllm   mistral-small-4       native     n ? ? ? ? ? ? ? ? ? ? ? ? ? ? ? n n
vllm   mistral-large-3       native     n e e e y y y y y y y y y y y ? n n
vllm   step-3.7-flash        native     n y y y y y y y y y y y y y y y n n
vllm   mimo-v2-flash         native     n e e e y y y y y y y y y y y ? n n
vllm   glm-5.3-flash         native     n n n n n y y y n y y y y n n ? n n
vllm   llama-4-scout         native     n y y y y y y y y y y y y y y y n n
sglang nemotron-3-nano-30b-a3b native     n y y y y y y y y y y y y ? ? y ? n
sglang qwen3-next-80b-a3b    native     n y y y y y y y y y y y y ? ? y ? n
sglang kimi-k3               native     n n y y y y y y y y y ? ? ? ? ? ? n
llama.cpp kimi-k3               native     e e e e e e e e e y y y y y y y y n
llama.cpp nemotron-3-nano-30b-a3b native     y y y y y y y y y y y y y y y y y n
ktransformers minimax-m3            native     n y y y y y y y y y y ? ? ? ? ? n n
ktransformers deepseek-v3    native     n y y y y y y y y y y ? ? ? ? ? n n
ktransformers deepseek-v4-flash native  n ? ? ? ? y y y n y y ? ? ? ? ? n n
"""
ROWS = [line.split() for line in TABLE.strip().splitlines()]


def sign(plan: Plan) -> str:
    found = support.answer(
        plan, CATALOG.model(plan.model), card_devices(plan, CATALOG), CATALOG.kernels
    )
    if found.sentence is not None:
        return "n"
    if any(note.unchecked for note in found.notes):
        return "?"
    return "e" if found.notes else "y"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: "-".join(row[:3]))
def test_that_each_family_runs_on_the_generations_it_is_made_for(row: list[str]) -> None:
    engine, model, weights, *expected = row
    found = {
        name: sign(make_plan(model, card, engine=engine, weights=weights))
        for name, card in CARDS.items()
    }
    assert found == dict(zip(CARDS, expected, strict=True))


def test_that_v4_on_ampere_names_engine_need_card_and_what_runs_instead() -> None:
    plan = make_plan("deepseek-v4-flash", "rtx3090", "rtx3090", engine="vllm", tensor_parallel=2)
    sentence = evaluate(plan, CATALOG).reasons[0]
    assert sentence == (
        "Cannot run. vLLM 0.33.0 runs DeepSeek V4 on compute capability 9.x, 10.x or 12.x; "
        "GPU 1 and 2 have 8.6 (Ampere). Choose llama.cpp, which runs it on these cards."
    )


def test_that_the_weakest_of_mixed_cards_decides() -> None:
    plan = make_plan("deepseek-v4-flash", "rtxpro6000", "rtx4090", engine="vllm", tensor_parallel=2)
    finding = evaluate(plan, CATALOG).findings[0]
    assert (finding.code, finding.severity, finding.subject) == ("kernel_missing", "error", "gpu 2")
    assert "GPU 2 has 8.9 (Ada)" in finding.message


def test_that_cards_of_two_vendors_are_left_to_llama_cpp() -> None:
    plan = make_plan("llama-3.1-8b", "rtx4090", "rx7900xtx", engine="vllm", tensor_parallel=2)
    assert evaluate(plan, CATALOG).reasons[0] == (
        "Cannot run. vLLM 0.33.0 runs cards of one vendor at a time, not AMD and NVIDIA. "
        "Choose llama.cpp, which runs it on these cards."
    )
    assert sign(make_plan("llama-3.1-8b", "rtx4090", "rx7900xtx")) == "y"


def test_that_a_card_without_a_rank_does_not_decide() -> None:
    plan = make_plan("deepseek-v4-flash", "rtxpro6000", "rtx4090", engine="vllm")
    assert sign(plan) != "n"


def test_that_an_unknown_card_is_reported_and_not_refused() -> None:
    card = CustomSlot(custom=CustomCard(name="48 GB card", memory_mib=49_152))
    plan = make_plan("gpt-oss-20b", card, engine="vllm")
    assessment = evaluate(plan, CATALOG)
    assert assessment.verdict != "cannot_run"
    codes = {finding.code: finding for finding in assessment.findings}
    assert codes["kernel_not_checked"].severity == "warning"
    assert codes["kernel_not_checked"].message == (
        "What GPU 1 can compute is not known, so whether vLLM 0.33.0 runs models and MXFP4 "
        "experts there was not checked; it needs compute capability 8.0 or higher."
    )
    assert sign(make_plan("gpt-oss-20b", card)) == "y"  # llama.cpp has kernels for every vendor.


def test_that_what_nobody_checked_stands_beside_a_verdict_that_fits() -> None:
    plan = make_plan("qwen3-30b-a3b", "mi300x", engine="ktransformers", ram_gib=256)
    assessment = evaluate(plan, CATALOG)
    assert assessment.fits
    assert assessment.reasons[1].startswith("Whether KTransformers 0.7.2 runs ")


def test_that_a_vendor_nobody_read_about_is_told_by_name() -> None:
    notes = evaluate(make_plan("llama-3.1-8b", "m3ultra-80c", engine="sglang"), CATALOG).findings
    found = next(f.message for f in notes if f.code == "kernel_not_checked")
    assert "on GPU 1 (an Apple processor) was not checked" in found


def test_that_a_card_an_engine_leaves_out_is_named() -> None:
    sentence = evaluate(make_plan("llama-3.1-8b", "gaudi3", engine="vllm"), CATALOG).reasons[0]
    assert "GPU 1 (gaudi3) is left out." in sentence


def test_that_a_custom_card_with_a_capability_is_judged_by_it() -> None:
    card = CustomSlot(custom=CustomCard(name="old", memory_mib=49_152, compute_capability="7.0"))
    assert sign(make_plan("llama-3.1-8b", card, engine="vllm")) == "n"


def test_that_an_architecture_llama_cpp_does_not_have_is_refused_by_name() -> None:
    spec = CATALOG.model("llama-3.1-8b")
    odd = spec.model_copy(
        update={
            "id": "odd",
            "name": "Odd",
            "architecture": spec.architecture.model_copy(update={"gguf_arch": "odd-arch"}),
        }
    )
    plan = make_plan("odd", "rtx4090")
    cards = card_devices(plan, CATALOG)
    sentence = support.refusal(plan, odd, None, cards, CATALOG.kernels)
    assert sentence is not None
    assert sentence.startswith("llama.cpp b11549 has no architecture “odd-arch”, which Odd needs.")
    moved = make_plan("odd", "rtx4090", engine="vllm")
    notes = support.answer(moved, odd, cards, CATALOG.kernels).notes
    assert notes[0].unchecked
    assert notes[0].message == "Whether vLLM 0.33.0 loads Odd (odd-arch) was not checked."


@pytest.mark.parametrize(
    "options",
    [
        {"cache_type_k": "fp8"},
        {"cache_type_v": "q8_0", "flash_attention": False},
        {"cache_type_k": "q8_0"},
        {"split": "row"},
        {"split": "tensor"},
        {"split": "none", "main_gpu": 5},
        {"sequences": 1000},
    ],
    ids=str,
)
def test_that_every_refused_option_of_llama_cpp_names_what_would_run(
    options: dict[str, object],
) -> None:
    assessment = evaluate(make_plan("deepseek-v3", "h200", "h200", **options), CATALOG)
    assert assessment.verdict == "cannot_run"
    last = assessment.reasons[0].removesuffix(".").rpartition(". ")[2]
    assert last.startswith(("Choose", "Turn", "Give")), assessment.reasons[0]


def test_that_every_model_of_the_catalogue_is_known_to_llama_cpp_and_nearly_all_to_vllm() -> None:
    known = {rule.engine: rule.known for rule in CATALOG.kernels if rule.effect == "models"}
    for model in CATALOG.models.values():
        assert model.architecture.gguf_arch in known["llama.cpp"], model.id
        # Mistral Small 4 has no class of its own in vLLM 0.33.0 that could be found.
        assert model.architecture.gguf_arch in (*known["vllm"], "mistral4"), model.id


@pytest.mark.parametrize(
    ("model", "card", "cache", "runs"),
    [
        ("deepseek-v3", "rtx3090", "fp8", "n"),
        ("deepseek-v3", "rtx4090", "fp8", "y"),
        ("deepseek-v3", "rtx3090", "auto", "e"),
        ("llama-3.1-8b", "t4", "fp8", "n"),
        ("llama-3.1-8b", "rtx3090", "fp8", "y"),
        ("llama-3.1-8b", "t4", "bf16", "n"),
        ("llama-3.1-8b", "t4", "auto", "y"),
        ("gpt-oss-20b", "rtx3090", "fp8", "n"),
        ("gpt-oss-20b", "h200", "fp8", "y"),
    ],
)
def test_that_a_cache_type_needs_kernels_too(model: str, card: str, cache: str, runs: str) -> None:
    plan = make_plan(model, card, engine="vllm", cache_type_k=cache, cache_type_v=cache)
    assert sign(plan) == runs
    if runs == "n":
        assert evaluate(plan, CATALOG).reasons[0].endswith(". Choose the KV cache auto.")


def test_that_a_file_is_judged_by_the_types_it_stores() -> None:
    spec = CATALOG.model("gpt-oss-20b")
    layer = FileLayer(routed_experts_bytes=1, other_bytes=1)
    sizes = {"file_bytes": 10, "token_embd_bytes": 1, "output_bytes": 1, "bytes_by_part": {}}
    files = tuple(
        WeightFile(id=name, label=name, container="gguf", layers=(layer,), storage=stored, **sizes)
        for name, stored in (("a", "Q4_K + F32"), ("b", "MXFP4 + F32"))
    )
    own = spec.model_copy(update={"files": files})
    assert "weights:mxfp4" not in support.traits(own, "a")
    assert "weights:mxfp4" in support.traits(own, "b")


def test_that_fp8_through_marlin_is_told() -> None:
    plan = make_plan("llama-3.1-8b", "rtx3090", engine="vllm", weights="fp8")
    found = [f for f in evaluate(plan, CATALOG).findings if f.code == "kernel_not_native"]
    assert found[0].severity == "note"
    assert "W8A16 through Marlin: the memory is saved, FP8 speed is not there" in found[0].message


def test_that_the_verdict_cannot_run_is_explained_with_its_rule_and_source() -> None:
    plan = make_plan("deepseek-v4-flash", "rtx3090", "rtx3090", engine="vllm", tensor_parallel=2)
    text = explain(plan, evaluate(plan, CATALOG), CATALOG, "verdict").as_text()
    assert "vllm/models/deepseek_v4/nvidia/model.py" in text
    assert "vLLM 0.33.0: DeepSeek V4" in text
    assert "GPU 2: = 8.6 (Ampere)" in text
    assert "Runs on these cards: llama.cpp: ? native, " in text


@pytest.mark.parametrize(
    ("plan", "source"),
    [
        (make_plan("deepseek-v3", "h200", "h200", split="tensor"), "llm_arch_supports_sm_tensor"),
        (make_plan("deepseek-v3", "h200", cache_type_k="q8_0"), "llama-context.cpp:3835"),
        (make_plan("llama-3.1-8b", "h200", cache_type_k="fp8"), "common/arg.cpp"),
        (make_plan("llama-3.1-8b", "h200", "h200", split="row"), "llama-model.cpp:1139"),
        (
            make_plan("llama-3.1-8b", "h200", flash_attention=False, cache_type_v="q8_0"),
            "llama-context.cpp:3840",
        ),
        (
            make_plan("llama-3.1-8b", *["h200"] * 3, engine="vllm", tensor_parallel=3),
            "ensure_divisibility",
        ),
    ],
)
def test_that_a_refused_option_is_explained_with_its_source(plan: Plan, source: str) -> None:
    assessment = evaluate(plan, CATALOG)
    assert assessment.verdict == "cannot_run"
    derivation = explain(plan, assessment, CATALOG, "verdict")
    assert source in derivation.source
    assert assessment.reasons[0].endswith(derivation.formula)


plans = st.builds(
    lambda model, cards, engine, weights: make_plan(
        model, *cards, engine=engine, weights=weights, tensor_parallel=len(cards)
    ),
    st.sampled_from(sorted(CATALOG.models)),
    st.lists(st.sampled_from(sorted(CATALOG.gpus)), min_size=1, max_size=4),
    st.sampled_from(support.ENGINES),
    st.sampled_from(["native", "fp8", "nvfp4", "awq-int4", "gptq-int4", "q4_k_m"]),
)


@settings(max_examples=150, deadline=None)
@given(plans)
def test_that_a_refused_plan_never_fits_and_always_says_what_to_choose(plan: Plan) -> None:
    spec, cards = CATALOG.model(plan.model), card_devices(plan, CATALOG)
    sentence = support.refusal(plan, spec, None, cards, CATALOG.kernels)
    assessment = evaluate(plan, CATALOG)
    if sentence is None:
        return
    assert not assessment.fits
    assert assessment.verdict == "cannot_run"
    assert sentence.endswith(".")
    assert "hoose" in sentence
    assert assessment.findings[0].severity == "error"


@settings(max_examples=60, deadline=None)
@given(plans)
def test_that_what_runs_instead_is_not_refused_and_not_the_same(plan: Plan) -> None:
    spec = CATALOG.model(plan.model)
    for engine, weights in support.runs_instead(plan, CATALOG):
        options = plan.deployment.model_copy(update={"engine": engine, "tensor_parallel": 1})
        moved = plan.replace(weights=weights, deployment=options)
        cards = card_devices(moved, CATALOG)
        assert support.refusal(moved, spec, None, cards, CATALOG.kernels) is None
        assert (engine, weights) != (plan.deployment.engine, plan.weights)


def test_that_native_weights_come_first_among_what_runs_instead() -> None:
    plan = make_plan("deepseek-v3", "rtx4090", "rtx4090", engine="sglang", weights="nvfp4")
    ways = support.runs_instead(plan, CATALOG)
    natives = [position for position, way in enumerate(ways) if way[1] == "native"]
    assert natives == list(range(len(natives)))
    assert natives
