"""Remarks on how vLLM, SGLang and KTransformers must be started for the figures to hold."""

from __future__ import annotations

from collections.abc import Iterator

from moeplanner_gui.core.assessment import Finding
from moeplanner_gui.core.placement import Refusal
from moeplanner_gui.core.prepare import ENGINE_NAMES, Prepared
from moeplanner_gui.core.units import ceil_div
from moeplanner_gui.core.words import say


def start_findings(prepared: Prepared) -> Iterator[Finding]:
    """A memory limit without room for activations, and what the figures assume."""
    plan, options = prepared.plan, prepared.plan.deployment
    if options.engine == "llama.cpp" or isinstance(prepared.demand, Refusal):
        return
    # Here, because a program that starts with a plan of llama.cpp needs neither.
    from moeplanner_gui.core.engines import ktransformers, sglang

    if prepared.spec.architecture.vision_parameters:
        yield Finding(
            "images_not_counted",
            "note",
            "plan",
            say(
                "{0} reserves memory for images when it starts, which is not worked "
                "out: the figures are for text.",
                ENGINE_NAMES[options.engine],
            ),
        )
    if options.engine == "vllm":
        return
    users = plan.workload.sequences
    each = ceil_div(users, options.data_parallel)
    workspace = 0
    if options.engine == "ktransformers" and prepared.layout is not None:
        workspace = ktransformers.workspace_bytes(prepared.spec, prepared.layout, options)
    share = sglang.fitting_share(
        prepared.spec, options, prepared.cards, each, plan.workload.context_tokens, workspace
    )
    if share is not None:
        yield Finding(
            "memory_limit_too_high",
            "warning",
            "plan",
            say(
                "A memory limit of {0:g} leaves {1} too little for activations and "
                "graphs: start it with --mem-fraction-static {2:g} or less. The "
                "figures keep that room.",
                options.memory_utilization,
                ENGINE_NAMES[options.engine],
                share,
            ),
        )
    flags = f"--max-running-requests {users}"
    if options.engine == "sglang":
        yield Finding("started_with", "note", "plan", say("The figures are for {0}.", flags))
        return
    format_id = prepared.layout.format_id if prepared.layout is not None else "native"
    method = ktransformers.method_of(prepared.spec, format_id)
    needs = ktransformers.METHOD_NEEDS.get(method or "")
    native = method not in (None, "LLAMAFILE")
    threshold = say(" and no --kt-gpu-prefill-token-threshold") if not options.op_offload else ""
    threshold = threshold if native else ""
    processor = say(" Its processor needs {0}.", needs) if needs else ""
    yield Finding(
        "started_with",
        "note",
        "plan",
        say(
            "The figures are for {0} --kt-method {1} --kt-num-gpu-experts {2}{3}.{4}",
            flags,
            method,
            options.gpu_experts,
            threshold,
            processor,
        ),
    )
