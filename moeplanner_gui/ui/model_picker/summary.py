"""What a model is made of, in one line of words. Knows no widgets."""

from __future__ import annotations

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.edits import set_deployment
from moeplanner_gui.core.model import ModelSpec, MoeFfn
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.units import format_count
from moeplanner_gui.core.words import say


def summary(spec: ModelSpec, plan: Plan, assessment: Assessment, catalog: CatalogReader) -> str:
    """What the model is made of, in one line of words."""
    arch = spec.architecture
    parts = [say("{0} layers", arch.layers)]
    moe = next((block for block in arch.ffn.values() if isinstance(block, MoeFfn)), None)
    if moe is not None:
        counts = (moe.experts, moe.top_k, moe.shared_experts)
        parts.append(
            say("{0} experts, {1} + {2} shared per token", *counts)
            if moe.shared_experts
            else say("{0} experts, {1} per token", *counts)
        )
    tokens = plan.workload.context_tokens
    if plan.deployment.engine != "llama.cpp":  # there the context is one cache for all users
        tokens *= plan.workload.sequences
    cache = cache_bytes(plan, assessment, catalog)
    if cache and tokens:
        parts.append(say("KV {0:,.0f} B per token", cache / tokens))
    parts.append(say("up to {0} tokens", format_count(spec.max_context)))
    return " · ".join(parts)


def cache_bytes(plan: Plan, assessment: Assessment, catalog: CatalogReader) -> int:
    """The KV cache held once, in bytes: copies that tensor parallel makes are not counted."""
    parallel = plan.deployment.tensor_parallel * plan.deployment.data_parallel
    if plan.deployment.engine == "llama.cpp" or parallel == 1:
        return assessment.kv_cache_bytes
    alone = set_deployment(plan, tensor_parallel=1, pipeline_parallel=1, data_parallel=1)
    return evaluate(alone, catalog).kv_cache_bytes or assessment.kv_cache_bytes
