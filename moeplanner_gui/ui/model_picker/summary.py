"""What a model is made of, in one line of words. Knows no widgets."""

from __future__ import annotations

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.model import ModelSpec, MoeFfn
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.units import format_count


def summary(spec: ModelSpec, plan: Plan, assessment: Assessment) -> str:
    """What the model is made of, in one line of words."""
    arch = spec.architecture
    parts = [f"{arch.layers} layers"]
    moe = next((block for block in arch.ffn.values() if isinstance(block, MoeFfn)), None)
    if moe is not None:
        shared = f" + {moe.shared_experts} shared" if moe.shared_experts else ""
        parts.append(f"{moe.experts} experts, {moe.top_k}{shared} per token")
    tokens = plan.workload.context_tokens
    if plan.deployment.engine != "llama.cpp":  # there the context is one cache for all users
        tokens *= plan.workload.sequences
    if assessment.kv_cache_bytes and tokens:
        parts.append(f"KV\u00a0{assessment.kv_cache_bytes / tokens:,.0f}\u00a0B per token")
    parts.append(f"up to {format_count(spec.max_context)} tokens")
    return " · ".join(parts)
