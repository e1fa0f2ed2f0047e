"""What every assessment obeys, whatever the plan: drawn over all engines, models and cards."""

from __future__ import annotations

import json
from random import Random

import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.explain import explain
from moeplanner_gui.core.plan import (
    CardMemory,
    CustomCard,
    CustomSlot,
    Deployment,
    Node,
    Plan,
    Rig,
    TunedSlot,
    Workload,
)
from moeplanner_gui.core.prepare import prepare
from moeplanner_gui.core.weights import formats_for
from moeplanner_gui.export.plan_file import plan_from_json, plan_to_json
from tests.core.rigs import CATALOG

ENGINES = ("llama.cpp", "llama.cpp", "vllm", "sglang", "ktransformers")
MODELS, GPUS = sorted(CATALOG.models), sorted(CATALOG.gpus)
PLANS_PER_SEED = 40


def _card(random: Random) -> str | CustomSlot | TunedSlot:
    kind = random.random()
    if kind < 0.1:
        size = random.choice([256, 24_576, 81_920, 2**20])
        reserved = random.choice([None, 0, size])
        return CustomSlot(custom=CustomCard(name="own", memory_mib=size, reserved_mib=reserved))
    if kind < 0.2:
        memory = CardMemory(
            other_mib=random.choice([None, 0, 2**24]),
            driver_mib=random.choice([None, 0, 4096]),
            ecc=random.choice([None, True, False]),
        )
        return TunedSlot(gpu=random.choice(GPUS), memory=memory)
    return random.choice(GPUS)


def _plan(random: Random) -> Plan:
    engine = random.choice(ENGINES)
    model = random.choice(MODELS)
    nodes = []
    for _ in range(random.choice([1, 1, 1, 2])):
        cards = (_card(random),) * random.choice([0, 1, 2, 4, 8])
        if random.random() < 0.2:
            cards = tuple(_card(random) for _ in cards)
        nodes.append(
            Node(
                gpus=cards,
                ram_gib=random.choice([0, 16, 512, 4096]),
                disk_gib=random.choice([0, 1000]),
                display=random.choice([None, "headless", "windows"]),
            )
        )
    tensor = random.choice([1, 1, 2, 4, 8])
    cache = random.choice(["f16", "q8_0", "auto"]) if engine == "llama.cpp" else "auto"
    return Plan(
        model=model,
        weights=random.choice(formats_for(CATALOG.model(model), engine)).id,
        rig=Rig(nodes=tuple(nodes)),
        deployment=Deployment(
            engine=engine,
            cache_type_k=cache,
            cache_type_v=cache,
            split=random.choice(["layer", "layer", "tensor", "none"]),
            main_gpu=random.choice([0, 0, 1]),
            gpu_layers=random.choice([None, None, 0, 20]),
            cpu_moe_layers=random.choice([0, 0, -1, 10]),
            disk_moe_layers=random.choice([0, 0, -1, 5]),
            tensor_split=random.choice([None, None, (0.0,), (3.0, 1.0)]),
            kv_offload=random.random() < 0.9,
            unified_kv=random.random() < 0.3,
            tensor_parallel=tensor,
            pipeline_parallel=random.choice([1, 1, 2]) if engine != "ktransformers" else 1,
            expert_parallel=random.random() < 0.2,
            memory_utilization=random.choice([0.9, 0.9, 0.5, 1.0, 1e-9]),
            mtp=random.random() < 0.2,
        ),
        workload=Workload(
            context_tokens=random.choice([1, 255, 8192, 131_072, 2**31]),
            sequences=random.choice([1, 1, 4, 100, 1024]),
        ),
    )


def _at(plan: Plan, tokens: int) -> Assessment:
    workload = plan.workload.model_copy(update={"context_tokens": tokens})
    return evaluate(plan.replace(workload=workload), CATALOG)


@pytest.mark.parametrize("seed", range(10))
def test_that_every_answer_is_consistent(seed: int) -> None:
    random = Random(seed)
    for _ in range(PLANS_PER_SEED):
        plan = _plan(random)
        found = evaluate(plan, CATALOG)
        assert plan_from_json(plan_to_json(plan)) == plan
        json.dumps(found.to_json(), allow_nan=False)
        for device in found.devices:
            parts = (
                device.routed_experts_bytes,
                device.other_weights_bytes,
                device.kv_cache_bytes,
                device.compute_bytes,
                device.output_bytes,
                device.file_rest_bytes,
                *(item.size_bytes for item in device.overhead),
            )
            assert all(type(part) is int and part >= 0 for part in parts), plan
            assert device.used_bytes == sum(parts)
            assert device.free_bytes == device.usable_bytes - device.used_bytes
        if found.verdict == "cannot_run":
            assert found.max_context_tokens == 0 and not found.fits
            assert found.reasons[0].startswith("Cannot run. ")
            explain(plan, found, CATALOG, "verdict")
            continue
        assert found.fits == all(device.free_bytes >= 0 for device in found.devices), plan
        _assert_edge(plan, found)


def _assert_edge(plan: Plan, found: Assessment) -> None:
    """The longest context fits, and neither one token nor one step more does."""
    longest, limit = found.max_context_tokens, found.max_context_limited_by
    step = prepare(plan, CATALOG).demand.step_tokens  # type: ignore[union-attr]
    if longest:
        assert _at(plan, longest).fits, plan
    if limit == "memory" and longest + step <= 2**31:
        assert not _at(plan, max(longest, 0) + step).fits, plan
        assert not _at(plan, max(longest, 0) + 1).fits, plan


@pytest.mark.parametrize("seed", range(3))
def test_that_no_weight_is_lost_between_devices(seed: int) -> None:
    random = Random(1000 + seed)
    for _ in range(PLANS_PER_SEED):
        plan = _plan(random)
        ready = prepare(plan, CATALOG)
        found = evaluate(plan, CATALOG)
        if found.verdict == "cannot_run" or plan.deployment.engine == "ktransformers":
            continue
        assert ready.layout is not None
        layers = sum(row.routed_experts_bytes + row.other_bytes for row in ready.layout.layers)
        least = layers + ready.layout.token_embd_bytes + ready.layout.output_bytes
        assert sum(device.weights_bytes for device in found.devices) >= least, plan
