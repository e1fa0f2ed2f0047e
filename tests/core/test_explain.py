import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.derivation import Confidence, Derivation
from moeplanner_gui.core.explain import PART_WORDS, explain
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.tensors import Part
from moeplanner_gui.core.units import GIB, format_count
from tests.core.rigs import CATALOG, bare_card, make_plan

DEVICE_FIELDS = (
    "used_bytes",
    "free_bytes",
    "usable_bytes",
    "capacity_bytes",
    "weights_bytes",
    "routed_experts_bytes",
    "other_weights_bytes",
    "kv_cache_bytes",
    "compute_bytes",
    "output_bytes",
    "overhead_bytes",
    "held_back_bytes",
)
PLANS = [
    make_plan("deepseek-v4-flash", "rtxpro6000", "rtxpro6000", display=None),
    make_plan("deepseek-v4-flash", "rtx4090", "rtx4090", ram_gib=128, cpu_moe_layers=30),
    make_plan("deepseek-v3.2", *("h200",) * 8, engine="vllm", tensor_parallel=8, sequences=4),
    make_plan("qwen3-next-80b-a3b", bare_card(65_536), weights="q4_k_m", sequences=3),
    make_plan("gemma-3-27b", ram_gib=128),
    make_plan("llama-3.1-8b", "rtx4090", engine="sglang"),
]


def _leaves(tree: Derivation) -> list[Derivation]:
    if not tree.inputs:
        return [tree]
    return [leaf for child in tree.inputs for leaf in _leaves(child)]


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: f"{plan.model}-{plan.deployment.engine}")
def test_that_every_number_has_a_derivation(plan: Plan) -> None:
    assessment = evaluate(plan, CATALOG)
    paths = ["verdict", "kv_cache_bytes", "max_context_tokens", "cost.hardware_usd"]
    if assessment.model is not None:
        paths += [f"model.{name}" for name in ("total_parameters", "active_parameters")]
        paths += ["model.weights_bytes", "model.bits_per_weight"]
    for position, device in enumerate(assessment.devices):
        for field in DEVICE_FIELDS:
            path = f"devices.{position}.{field}"
            paths.append(path)
            tree = explain(plan, assessment, CATALOG, path)
            if field == "held_back_bytes":
                size = sum(item.size_bytes for item in device.held_back)
            else:
                size = getattr(device, field)
            assert f"{format_count(size)} B" in tree.value or tree.value == f"{size} B"
    for path in paths:
        tree = explain(plan, assessment, CATALOG, path)
        assert tree.label
        assert tree.value
        assert tree.as_text()
        sums = tree.confidence.rank >= max(leaf.confidence.rank for leaf in _leaves(tree))
        assert sums or path in ("kv_cache_bytes", "max_context_tokens")


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: f"{plan.model}-{plan.deployment.engine}")
def test_that_what_was_told_of_a_device_is_told_again_in_the_same_words(plan: Plan) -> None:
    assessment = evaluate(plan, CATALOG)
    known: dict[str, Derivation] = {}
    for position in range(len(assessment.devices)):
        for field in DEVICE_FIELDS:
            path = f"devices.{position}.{field}"
            told = explain(plan, assessment, CATALOG, path, known)
            assert told == explain(plan, assessment, CATALOG, path)
            assert explain(plan, assessment, CATALOG, path, known) is told


def test_that_a_sum_names_all_its_parts() -> None:
    plan = PLANS[0]
    assessment = evaluate(plan, CATALOG)
    tree = explain(plan, assessment, CATALOG, "devices.0.used_bytes")
    labels = [child.label for child in tree.inputs]
    assert labels == [
        "Routed experts on GPU 1",
        "Attention, shared experts and other weights on GPU 1",
        "KV cache on GPU 1",
        "Working buffers on GPU 1",
        "Process overhead on GPU 1",
    ]


def test_that_what_was_not_chosen_is_marked_as_assumed() -> None:
    plan = PLANS[0]
    assessment = evaluate(plan, CATALOG)
    held = explain(plan, assessment, CATALOG, "devices.0.held_back_bytes")
    assert held.assumed
    assert [child.label for child in held.inputs if child.assumed] == ["Desktop (Linux)"]
    second = explain(plan, assessment, CATALOG, "devices.1.held_back_bytes")
    assert not second.assumed


def test_that_the_cache_shows_its_numbers() -> None:
    plan = make_plan("llama-3.1-8b", bare_card(65_536), sequences=4)
    tree = explain(plan, evaluate(plan, CATALOG), CATALOG, "devices.0.kv_cache_bytes")
    assert tree.formula == "-c 32,768 divided by 4 slots: 8,192 cells each"
    assert tree.inputs[0].formula == ("4 × 8,192 cells × (2048 B of K as f16 + 2048 B of V as f16)")
    assert tree.confidence is Confidence.EXACT


def test_that_an_unknown_path_is_an_error() -> None:
    plan = PLANS[0]
    assessment = evaluate(plan, CATALOG)
    for path in ("devices.9.used_bytes", "devices.0.colour", "nothing", "model.height"):
        with pytest.raises(KeyError):
            explain(plan, assessment, CATALOG, path)


def test_that_what_is_free_is_rounded_down_as_in_the_tables() -> None:
    plan = make_plan("llama-3.1-8b", bare_card(24_576))
    assessment = evaluate(plan, CATALOG)
    free = assessment.devices[0].free_bytes
    tree = explain(plan, assessment, CATALOG, "devices.0.free_bytes")
    shown = float(tree.value.split(" ")[0])
    assert shown * GIB <= free < (shown + 0.01) * GIB


def test_that_one_slot_is_not_written_in_the_plural() -> None:
    for model in ("deepseek-v4-flash", "qwen3-next-80b-a3b"):
        plan = make_plan(model, bare_card(1_000_000), cpu_moe_layers=1, ram_gib=256)
        assessment = evaluate(plan, CATALOG)
        texts: list[str] = []
        gather(explain(plan, assessment, CATALOG, "verdict"), texts)
        assert not [text for text in texts if " 1 slots" in f" {text}" or "first 1 " in text]


def gather(tree: Derivation, texts: list[str]) -> None:
    texts += [tree.label, tree.value, tree.formula]
    for child in tree.inputs:
        gather(child, texts)


@pytest.mark.parametrize(
    ("engine", "last"),
    [("llama.cpp", "layers 83 to 93, where 93 is the output head"), ("vllm", "layers 81 to 91")],
)
def test_that_the_output_head_is_told_only_where_it_is_placed(engine: str, last: str) -> None:
    # GLM-4.6 has 92 layers; its file has one more that only predicts, which llama.cpp counts.
    cards = [bare_card(1_000_000, "9.0")] * 8
    options = {} if engine == "llama.cpp" else {"pipeline_parallel": 8, "cache_type_k": "auto"}
    plan = make_plan("glm-4.6", *cards, ram_gib=64, engine=engine, **options)
    assessment = evaluate(plan, CATALOG)
    assert explain(plan, assessment, CATALOG, "devices.7.other_weights_bytes").formula == last
    host = explain(plan, assessment, CATALOG, "devices.8.other_weights_bytes").formula
    assert ("embedding" in host) == (engine == "llama.cpp")


def test_that_every_part_of_a_model_has_words() -> None:
    assert {str(part) for part in Part} <= PART_WORDS.keys()
