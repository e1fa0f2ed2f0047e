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
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.facts_panel import Fact

PROBE: Final = "model-being-edited"
CONTEXTS: Final = (4_096, 32_768)
_LARGEST_CARD = CustomSlot(custom=CustomCard(name="any", memory_mib=2**24, reserved_mib=0))
PART_NAMES: Final = {
    "token_embd": say("Embedding"),
    "lm_head": say("Output head"),
    "norm": say("Norms"),
    "attention": say("Attention"),
    "indexer": say("Indexer"),
    "compressor": say("Compressor"),
    "mhc": "mHC",
    "attention_residual": say("Attention residuals"),
    "router": say("Router"),
    "router_bias": say("Router bias"),
    "hash_table": say("Routing table"),
    "routed_experts": say("Routed experts"),
    "shared_experts": say("Shared experts"),
    "latent_moe_proj": say("Latent projections"),
    "dense_ffn": say("Dense feed-forward"),
    "recurrent": say("Linear attention, state space"),
    "mtp": say("MTP layers"),
    "drafter": say("Draft model"),
    "vision": say("Vision"),
}


def model_facts(spec: ModelSpec, catalog: Any, unit: MemoryUnit) -> list[Fact]:
    """Parameters by part, bytes as published and under llama.cpp, cache a token."""
    total, active = total_parameters(spec), active_parameters(spec)
    facts = [
        Fact(say("Total"), format_count(total), strong=True, tip=format_parameters(total)),
        Fact(say("Read for each token"), format_count(active), strong=True),
        Fact(say("Parameters by part")),
    ]
    facts.extend(_by_part(parameter_breakdown(spec)))
    facts.append(Fact(say("Read for each token, by part")))
    facts.extend(_by_part(active_breakdown(spec)))
    facts.append(Fact(say("Weights, native")))
    for engine, name in (("vllm", say("as published")), ("llama.cpp", say("as GGUF"))):
        facts.append(_weights(spec, engine, name, total, unit))
    facts.append(Fact(say("KV cache a token (llama.cpp, F16)")))
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
    words = say("{0} · {1:.2f} bit", format_memory(size, unit=unit, decimals=2), bits)
    return Fact(name, words, tip=say("{0} bytes", format_count(size)))


def cache_fact(spec: ModelSpec, catalog: Any, tokens: int) -> Fact:
    """What one token takes of the cache when it is ``tokens`` long."""
    tokens = min(tokens, spec.max_context)
    name = say("at {0} tokens", format_count(tokens))
    size = cache_bytes(spec, catalog, tokens)
    if not size:
        return Fact(name, "–", tip=say("llama.cpp does not run this model."))
    return Fact(
        name, say("{0:,.0f} B", size / tokens), tip=say("{0} bytes in all", format_count(size))
    )


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
