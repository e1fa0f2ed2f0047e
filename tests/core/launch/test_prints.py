"""What is predicted is what the assessment says, in lines that the reading of logs takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.launch.launching import launch
from moeplanner_gui.core.launch.log_lines import said, size_bytes
from moeplanner_gui.core.launch.pieces import Places
from moeplanner_gui.core.launch.predicted import PredictedLine
from moeplanner_gui.core.plan import Node, Plan, Rig
from tests.core.launch.test_launch import plans
from tests.core.rigs import CATALOG, bare_card, make_plan

DATA = Path(__file__).parents[2] / "data"
MEASURED = json.loads((DATA / "llamacpp_several_devices.json").read_text("utf-8"))["rows"]
ROWS = [row for row in MEASURED if row["split"] == "layer"][::9]
MIB = 2**20


def lines_of(plan: Plan, places: Places | None = None) -> tuple[PredictedLine, ...]:
    return launch(plan, evaluate(plan, CATALOG), CATALOG, places).predicted


def bytes_of(lines: tuple[PredictedLine, ...], device: str, *keys: str) -> int:
    return sum(x.value_bytes or 0 for x in lines if x.device == device and x.key in keys)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['model']}-{row['cards_mib']}")
def test_that_lines_of_llama_cpp_are_those_that_were_measured(row: dict) -> None:
    # Room for what was allocated without looking at the size of the cards.
    plan = make_plan(
        row["model"],
        *(bare_card(900_000) for _ in row["cards_mib"]),
        weights=row["weights"],
        ram_gib=4096,
        context_tokens=row["n_ctx"],
        sequences=row["slots"],
        ubatch=row["ubatch"],
        frontend=row["frontend"],
        cpu_moe_layers=row["cpu_moe"],
        gpu_layers=row["gpu_layers"],
        op_offload=row["op_offload"],
        tensor_split=tuple(map(float, row["cards_mib"])) if len(row["cards_mib"]) > 1 else None,
    )
    lines = lines_of(plan)
    assert lines
    for number, (model, cache, compute) in enumerate(row["model_kv_compute"]):
        name = f"CUDA{number}"
        assert bytes_of(lines, name, "cache", "state") == cache
        assert bytes_of(lines, name, "weights") == pytest.approx(model, rel=0.01)
        assert bytes_of(lines, name, "compute") >= compute


def test_that_the_lines_of_a_composed_log_are_predicted() -> None:
    log = (DATA / "engine_logs" / "llama.cpp" / "b11549-two-cards.log").read_text("utf-8")
    actual: dict[tuple[str, str], int] = {}
    for line in log.splitlines():
        for known, match in said("llama.cpp", line):
            if known.unit:
                actual[(known.says, match["device"])] = size_bytes(known, match)
    cards = (bare_card(24_000), bare_card(24_000))
    plan = make_plan("qwen3-30b-a3b", *cards, weights="q4_k_m", tensor_split=(25.0, 24.0))
    predicted = {(x.key, x.device): x for x in lines_of(plan)}
    assert actual.keys() == predicted.keys()
    for key, size in actual.items():
        line = predicted[key]
        assert line.value_bytes is not None
        if line.kind == "equal":
            assert line.value_bytes == pytest.approx(size, abs=0.02 * MIB)
        else:
            assert size <= line.value_bytes <= 1.05 * size


@settings(max_examples=200)
@given(plans())
def test_that_a_predicted_line_is_read_as_what_it_was_predicted_for(plan: Plan) -> None:
    for line in lines_of(plan, Places(addresses=("a", "10.0.0.2", "c"))):
        if "…" in line.text:
            continue
        found = list(said(plan.deployment.engine, line.text))
        assert found, line.text
        known, match = found[0]
        assert known.says == line.key
        if known.unit:
            assert line.value_bytes == pytest.approx(size_bytes(known, match), abs=known.unit / 150)
        if plan.deployment.engine == "llama.cpp":
            assert match["device"] == line.device
        if line.tokens is not None:
            assert int(match["tokens"].replace(",", "")) == line.tokens


@settings(max_examples=200)
@given(plans())
def test_that_the_lines_of_a_device_add_up_to_what_the_assessment_says(plan: Plan) -> None:
    assessment = evaluate(plan, CATALOG)
    lines = launch(plan, assessment, CATALOG).predicted
    for at, device in enumerate(assessment.devices):
        mine = [x for x in lines if x.position == at]
        for keys, size in (
            (("cache", "state"), device.kv_cache_bytes),
            (("output",), device.output_bytes),
        ):
            told = sum(x.value_bytes or 0 for x in mine if x.key in keys)
            if plan.deployment.engine == "vllm":
                assert told >= size or not mine
            elif mine:
                assert told == size
        told = sum(x.value_bytes or 0 for x in mine if x.key == "weights")
        extra = sum(i.size_bytes for i in device.overhead if i.name.startswith("Weights repacked"))
        assert told in (0, device.weights_bytes + extra)


@settings(max_examples=100)
@given(plans(("vllm", "sglang", "ktransformers")))
def test_that_the_users_of_the_plan_have_their_tokens(plan: Plan) -> None:
    lines = lines_of(plan)
    tokens = [x.tokens for x in lines if x.key == "cache_tokens"]
    assert len(tokens) == bool(lines)
    for found in tokens:
        assert found is not None
        assert found * plan.deployment.data_parallel >= (
            plan.workload.sequences * plan.workload.context_tokens
        )


def test_that_buffers_beside_remote_cards_are_named_as_llama_cpp_names_them() -> None:
    node = Node(gpus=("rtx3090",), ram_gib=64, display="headless")
    plan = make_plan("qwen3-30b-a3b", "rtx3090", weights="q4_k_m")
    plan = plan.replace(rig=Rig(nodes=(node, node)))
    lines = lines_of(plan, Places(addresses=("10.0.0.1", "10.0.0.2")))
    names = {(x.key, x.device) for x in lines}
    assert ("weights", "RPC0[10.0.0.2:50052]") in names and ("weights", "CUDA0") in names
    # The first device is the other computer's, whose host memory is not this one's.
    assert ("compute", "CPU") in names and ("output", "CUDA_Host") in names


def test_that_the_embedding_beside_a_card_of_one_memory_has_a_line_of_its_own() -> None:
    card = next(g.id for g in CATALOG.gpus.values() if g.unified_memory and g.vendor == "NVIDIA")
    lines = lines_of(make_plan("gpt-oss-20b", card))
    apart = lines_of(make_plan("gpt-oss-20b", "rtx5090", ram_gib=64))
    for name in ("CUDA0", "CPU_Mapped"):
        assert bytes_of(lines, name, "weights") == bytes_of(apart, name, "weights") > 0


def test_that_a_mac_maps_the_file_into_its_graphics_memory() -> None:
    macs = [card for card in CATALOG.gpus.values() if card.vendor == "Apple"]
    plan = make_plan("gpt-oss-20b", max(macs, key=lambda card: card.memory_bytes).id)
    found = launch(plan, evaluate(plan, CATALOG), CATALOG)
    assert bytes_of(found.predicted, "MTL0_Mapped", "weights") > 0
    assert "Mac" in found.no_docker
