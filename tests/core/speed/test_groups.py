"""Which constants stand for a plan."""

from __future__ import annotations

import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.placement import Refusal
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.prepare import prepare
from moeplanner_gui.core.speed.constants import SpeedGroup
from moeplanner_gui.core.speed.groups import family_of, group_for, group_of
from moeplanner_gui.core.speed.terms import Unknown
from tests.core.rigs import CATALOG
from tests.core.speed.test_decode import plan

GROUPS = CATALOG.speed.groups


@pytest.mark.parametrize(
    ("card", "family"),
    [
        ("rtx4090", "nvidia-gddr"),
        ("l40s", "nvidia-gddr"),
        ("h200", "nvidia-hbm"),
        ("h100-nvl", "nvidia-hbm"),
        ("gb10", "nvidia-unified"),
        ("jetson-thor", "nvidia-unified"),
        ("dgxstation-gb300", "nvidia-hbm"),
        ("r9700", "radeon"),
        ("mi300x", "instinct"),
        ("mi50-32", "instinct"),
        ("strixhalo", "radeon-unified"),
        ("m3ultra-80c", "apple"),
        ("b60", "intel"),
        ("tt-p150", "other"),
    ],
)
def test_that_a_card_is_of_the_kind_of_its_memory(card: str, family: str) -> None:
    assert family_of(CATALOG.gpu(card)) == family


@pytest.mark.parametrize(
    ("gpus", "options", "group"),
    [
        (["rtx3090"], {}, "llama-cuda"),
        (["rtx3090"], {"backend": "vulkan"}, "llama-vulkan"),
        (["strixhalo"], {}, "llama-rocm-unified"),
        (["strixhalo"], {"backend": "vulkan"}, "llama-vulkan-unified"),
        (["m3ultra-80c"], {}, "llama-metal"),
        (["b60"], {}, "llama-vulkan"),
        (["gb10"], {}, "llama-cuda-unified"),
        ([], {}, "llama-cpu"),
        (["rtx3090"], {"engine": "vllm", "cache_type_k": "auto"}, "vllm"),
        (["h200"], {"engine": "vllm", "cache_type_k": "auto"}, "servers-hbm"),
        (["b200"], {"engine": "vllm", "cache_type_k": "auto"}, "servers-blackwell"),
        (["b200"], {}, "llama-cuda-hbm"),
        (["mi300x"], {"engine": "vllm", "cache_type_k": "auto"}, "servers"),
    ],
)
def test_that_a_plan_takes_the_constants_of_its_engine_back_end_and_cards(
    gpus: list[str], options: dict[str, str], group: str
) -> None:
    weights = "bf16" if "engine" in options else "q4_k_m"
    prepared = prepare(plan("llama-3.1-8b", gpus, weights, **options), CATALOG)
    if isinstance(prepared.demand, Refusal):
        pytest.skip(prepared.demand.sentence)
    found = group_of(prepared, CATALOG)
    assert isinstance(found, SpeedGroup) and found.id == group


def test_that_a_back_end_that_a_card_cannot_have_is_unknown_and_says_so() -> None:
    found = group_of(prepare(plan("llama-3.1-8b", ["h200"], backend="metal"), CATALOG), CATALOG)
    assert isinstance(found, Unknown) and found.sentence.startswith("Unknown, because")


def test_that_every_engine_and_kind_of_card_that_people_run_has_constants() -> None:
    for engine in ("vllm", "sglang", "ktransformers"):
        for family in ("nvidia-gddr", "nvidia-hbm", "nvidia-unified"):
            assert group_for(GROUPS, engine, "cuda", family) is not None


def test_that_the_narrower_row_is_taken() -> None:
    found = group_for(GROUPS, "llama.cpp", "vulkan", "radeon-unified")
    assert found is not None and found.families == ("radeon-unified",)


def test_that_every_band_holds_its_expectation_and_no_memory_is_outrun() -> None:
    for group in GROUPS:
        assert group.low < 1 < group.high
        assert group.new_low <= group.low and group.high <= group.new_high
        assert group.efficiency <= 1 and group.cache_efficiency <= 1


def test_that_groups_without_combinations_of_their_own_are_weak() -> None:
    for group in GROUPS:
        assert group.weak or group.combinations >= 4


@pytest.mark.parametrize("path", ["disk", "network"])
def test_that_what_nobody_measured_is_weak(path: str) -> None:
    node: dict[str, object] = {"host": "am5-6400", "ram_gib": 64, "gpus": ("rtx4090",)}
    document: dict[str, object] = {"model": "llama-3.3-70b", "weights": "q4_k_m"}
    if path == "disk":
        node |= {"disk_gib": 1000, "disk_read_gbs": 7.0}
        document |= {"model": "deepseek-r1", "rig": {"nodes": (node,)}}
        document["deployment"] = {"cpu_moe_layers": -1, "disk_moe_layers": -1}
    else:
        document["rig"] = {"nodes": (node, node), "network": "10gbe"}
        document["workload"] = {"context_tokens": 2048}
    speed = evaluate(Plan.model_validate(document), CATALOG).speed
    assert speed.decode_tokens_per_s is not None and speed.weak
