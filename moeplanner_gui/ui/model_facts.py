"""What follows from a model while it is typed in. Asks the estimator; has no formula of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.entries import Entries
from moeplanner_gui.core.model import ModelSpec
from moeplanner_gui.core.plan import CustomCard, CustomSlot, Deployment, Node, Plan, Rig, Workload
from moeplanner_gui.core.tensors import (
    Part,
    active_breakdown,
    active_parameters,
    parameter_breakdown,
    total_parameters,
)
from moeplanner_gui.core.units import MemoryUnit, format_count, format_memory, format_parameters
from moeplanner_gui.core.weights import UnsupportedFormatError, weight_layout
from moeplanner_gui.ui.facts_panel import Fact

PROBE: Final = "model-being-edited"
CONTEXTS: Final = (4_096, 32_768)
_LARGEST_CARD = CustomSlot(custom=CustomCard(name="any", memory_mib=2**24, reserved_mib=0))
PART_NAMES: Final = {
    "token_embd": "Embedding",
    "lm_head": "Output head",
    "norm": "Norms",
    "attention": "Attention",
    "indexer": "Indexer",
    "compressor": "Compressor",
    "mhc": "mHC",
    "attention_residual": "Attention residuals",
    "router": "Router",
    "router_bias": "Router bias",
    "hash_table": "Routing table",
    "routed_experts": "Routed experts",
    "shared_experts": "Shared experts",
    "latent_moe_proj": "Latent projections",
    "dense_ffn": "Dense feed-forward",
    "recurrent": "Linear attention, state space",
    "mtp": "MTP layers",
    "drafter": "Draft model",
    "vision": "Vision",
}


def model_facts(spec: ModelSpec, catalog: Any, unit: MemoryUnit) -> list[Fact]:
    """Parameters by part, bytes as published and under llama.cpp, cache a token."""
    total, active = total_parameters(spec), active_parameters(spec)
    facts = [
        Fact("Total", format_count(total), strong=True, tip=format_parameters(total)),
        Fact("Read for each token", format_count(active), strong=True),
        Fact("Parameters by part"),
    ]
    facts.extend(_by_part(parameter_breakdown(spec)))
    facts.append(Fact("Read for each token, by part"))
    facts.extend(_by_part(active_breakdown(spec)))
    facts.append(Fact("Weights, native"))
    for engine, name in (("vllm", "as published"), ("llama.cpp", "as GGUF")):
        facts.append(_weights(spec, engine, name, total, unit))
    facts.append(Fact("KV cache a token (llama.cpp, F16)"))
    facts.extend(cache_fact(spec, catalog, tokens) for tokens in CONTEXTS)
    return facts


def _by_part(counts: Mapping[Part, int]) -> list[Fact]:
    return [
        Fact(PART_NAMES.get(str(part), str(part)), format_count(count))
        for part, count in counts.items()
        if count
    ]


def _weights(spec: ModelSpec, engine: str, name: str, total: int, unit: MemoryUnit) -> Fact:
    try:
        layout = weight_layout(spec, "native", engine)
    except (UnsupportedFormatError, ValueError, KeyError) as error:
        return Fact(name, "–", tip=str(error))
    size = layout.total_bytes
    bits = 8 * size / total if total else 0.0
    words = f"{format_memory(size, unit=unit, decimals=2)} · {bits:.2f} bit"
    return Fact(name, words, tip=f"{format_count(size)} bytes")


def cache_fact(spec: ModelSpec, catalog: Any, tokens: int) -> Fact:
    """What one token takes of the cache when it is ``tokens`` long."""
    tokens = min(tokens, spec.max_context)
    name = f"at {format_count(tokens)} tokens"
    size = cache_bytes(spec, catalog, tokens)
    if not size:
        return Fact(name, "–", tip="llama.cpp does not run this model.")
    return Fact(name, f"{size / tokens:,.0f} B", tip=f"{format_count(size)} bytes in all")


def cache_bytes(spec: ModelSpec, catalog: Any, tokens: int) -> int:
    """The whole cache of one sequence, 0 where llama.cpp does not run the model."""
    probe = spec.model_copy(update={"id": PROBE, "files": ()})
    plan = Plan(
        model=PROBE,
        rig=Rig(nodes=(Node(gpus=(_LARGEST_CARD,)),)),
        deployment=Deployment(engine="llama.cpp"),
        workload=Workload(context_tokens=tokens),
    )
    seen = catalog.with_entries(Entries.model_construct(models=(probe,)))
    return evaluate(plan, seen).kv_cache_bytes
