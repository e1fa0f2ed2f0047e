"""SGLang 0.5.23 and KTransformers 0.7.2, its fork, started so that they place what the plan does.

Replicas share the experts: ``--tp-size`` counts all ranks of a pipeline stage, and attention is
divided into ``--attn-dp-size`` groups of them.
"""

from __future__ import annotations

from typing import Final

from moeplanner_gui.core.engines.ktransformers import METHOD_NEEDS, expert_method
from moeplanner_gui.core.engines.sglang import pool_for, step_of
from moeplanner_gui.core.engines.sglang_pool import WINDOW_SHARE
from moeplanner_gui.core.launch.flags import KTRANSFORMERS, SGLANG, Program
from moeplanner_gui.core.launch.pieces import (
    EXPERTS_FOLDER,
    Command,
    Option,
    Places,
    Step,
    option,
)
from moeplanner_gui.core.launch.ranks import (
    cache_why,
    groups_words,
    model_word,
    ranks_of,
    tensor_why,
    variables,
)
from moeplanner_gui.core.model import CompressedAttention, GqaAttention
from moeplanner_gui.core.prepare import Prepared
from moeplanner_gui.core.units import ceil_div
from moeplanner_gui.core.words import say

PORT: Final = 30000
_INIT_PORT: Final = 20000
READY: Final = say("Ready when it prints “The server is fired up and ready to roll!”.")
_CACHES: Final = {"f16": "auto", "fp8": "fp8_e4m3"}
_PROMPT_THRESHOLD: Final = 2048
"""Of the examples that kt-kernel 0.7.2's description gives for prompts on the card."""


def refused(prepared: Prepared) -> str | None:
    """Why no command of SGLang places what the plan does, or None."""
    ranks = ranks_of(prepared)
    if len(ranks.nodes) > 1 and not ranks.equal:
        counts = ", ".join(str(len(held)) for held in ranks.cards)
        return say(
            "SGLang wants as many cards in every computer, and the plan uses {0}. "
            "Choose tensor, pipeline and data parallel so that each computer has "
            "the same number.",
            counts,
        )
    stages, nodes = prepared.plan.deployment.pipeline_parallel, len(ranks.nodes)
    if stages % nodes and nodes % stages:
        return say(
            "SGLang divides {0} pipeline stages evenly over {1} computers or each "
            "of them over several, and neither works. Choose another number of "
            "stages.",
            stages,
            nodes,
        )
    return None


def steps_of(
    prepared: Prepared, places: Places, host: str, sockets: int
) -> tuple[tuple[Step, ...], list[str]]:
    """What to run on every computer in order, and what to know.

    Args:
        prepared: The plan with its rows.
        places: What is known of paths and addresses.
        host: The address on which the server listens.
        sockets: Processors of the host that computes experts.
    """
    notes: list[str] = []
    ranks = ranks_of(prepared)
    own = variables(prepared, ranks, notes)
    fork = prepared.plan.deployment.engine == "ktransformers"
    program = KTRANSFORMERS if fork else SGLANG
    base = _options(program, prepared, places, host)
    if fork:
        base += _expert_options(prepared, places, sockets)
        notes += _processor_notes(prepared)
    if len(ranks.nodes) == 1:
        command = Command(program, tuple(base), (), own[0])
        return (Step(ranks.nodes[0], "", command, READY),), notes
    head = f"{places.address(ranks.nodes[0])}:{_INIT_PORT}"
    steps = []
    for at, node in enumerate(ranks.nodes):
        options = (
            *base,
            option(program, "--nnodes", len(ranks.nodes), why=say("the computers of the plan")),
            option(program, "--node-rank", at, why=say("computer {0} of the plan", node + 1)),
            option(program, "--dist-init-addr", head, why=say("the first computer")),
        )
        title = say("take part") if at else say("start the server")
        last = at == len(ranks.nodes) - 1
        wait = READY if last else say("It waits for the others: go on at once.")
        steps.append(Step(node, title, Command(program, options, (), own[at]), wait))
    return tuple(steps), notes


def _options(program: Program, prepared: Prepared, places: Places, host: str) -> list[Option]:
    def add(name: str, *values: str | int | float, why: str) -> None:
        found.append(option(program, name, *values, why=why))

    plan, options = prepared.plan, prepared.plan.deployment
    ranks = options.tensor_parallel * options.data_parallel
    users = ceil_div(plan.workload.sequences, options.data_parallel)
    step = step_of(options, prepared.cards[: ranks * options.pipeline_parallel])
    found: list[Option] = []
    gguf = program is KTRANSFORMERS and _method(prepared) == "LLAMAFILE"
    model, why = model_word(prepared, places, published=gguf)
    if gguf:
        why = say("the model's own checkpoint, of which the cards hold all but the experts")
    add("--model-path", model, why=why)
    add("--host", host, why=say("who can connect; 0.0.0.0 is everybody, without a password"))
    add("--port", PORT, why=say("any free port will do"))
    add("--tp-size", ranks, why=tensor_why(prepared))
    layers = prepared.spec.architecture.layers
    why = say("as planned: the {0} layers in {1}", layers, groups_words(options.pipeline_parallel))
    add("--pp-size", options.pipeline_parallel, why=why)
    if program is SGLANG:
        why = say("as planned: {0} with requests of their own", groups_words(options.data_parallel))
        add("--attn-dp-size", options.data_parallel, why=why)
    expert = options.expert_parallel and ranks > 1
    why = (
        say("as planned: whole experts on each card")
        if expert
        else say("as planned: experts are cut")
    )
    add("--ep-size", ranks if expert else 1, why=why)
    add(
        "--context-length", plan.workload.context_tokens, why=say("the plan's context of each user")
    )
    most = users * options.data_parallel
    add("--max-running-requests", most, why=say("the plan's users; the cache is sized for them"))
    add(
        "--mem-fraction-static",
        float(options.memory_utilization),
        why=say("as planned: weights and cache; working memory lives in the rest"),
    )
    add(
        "--chunked-prefill-size",
        step.tokens,
        why=say("as planned")
        if options.max_batched_tokens
        else say("the engine's choice for these cards"),
    )
    chosen = options.cache_type_k
    add("--kv-cache-dtype", _CACHES.get(chosen, chosen), why=cache_why(prepared))
    pool = pool_for(prepared.spec, options, users, step)
    windows = (isinstance(b, GqaAttention) and b.window is not None for b in pool.kinds)
    compressed = any(isinstance(block, CompressedAttention) for block in pool.kinds)
    if pool.windows and any(windows) and not compressed:
        share = WINDOW_SHARE[0] / WINDOW_SHARE[1]
        add("--swa-full-tokens-ratio", share, why=say("what the plan counts for window layers"))
    found += _graph_options(program, prepared, min(step.graph_batch, max(users, 1)))
    if options.mtp and prepared.spec.architecture.mtp is not None:
        add("--speculative-algorithm", "NEXTN", why=say("as planned: the model's own layers guess"))
        add("--speculative-num-steps", options.draft_tokens, why=say("as planned"))
        add("--speculative-eagle-topk", 1, why=say("one guess at each step"))
        tokens = options.draft_tokens + 1
        add(
            "--speculative-num-draft-tokens",
            tokens,
            why=say("the guesses and the token before them"),
        )
    return found


def _graph_options(program: Program, prepared: Prepared, batch: int) -> list[Option]:
    """CUDA graphs as planned; the fork still has the older flags."""
    if prepared.plan.deployment.cuda_graphs:
        name = "--cuda-graph-max-bs-decode" if program is SGLANG else "--cuda-graph-max-bs"
        return [option(program, name, batch, why=say("no larger than what runs at the same time"))]
    why = say("as planned: no memory was counted for CUDA graphs")
    if program is KTRANSFORMERS:
        return [option(program, "--disable-cuda-graph", why=why)]
    names = "--cuda-graph-backend-decode", "--cuda-graph-backend-prefill"
    return [option(program, name, "disabled", why=why) for name in names]


def _method(prepared: Prepared) -> str | None:
    if prepared.layout is None:
        return None
    return expert_method(prepared.spec, prepared.layout)


def _expert_options(prepared: Prepared, places: Places, sockets: int) -> list[Option]:
    def add(name: str, *values: str | int | float, why: str) -> None:
        found.append(option(KTRANSFORMERS, name, *values, why=why))

    options = prepared.plan.deployment
    found: list[Option] = []
    method = _method(prepared) or ""
    add(
        "--kt-method", method, why=say("what computes {0}'s experts as planned", prepared.spec.name)
    )
    if method == "LLAMAFILE":
        add("--kt-weight-path", EXPERTS_FOLDER, why=say("the folder with the plan's GGUF file"))
    else:
        path = model_word(prepared, places)[0]
        known = bool(places.model.strip())
        why = say("the same files, read by the CPU; it must be a folder of this computer")
        add("--kt-weight-path", path if known else EXPERTS_FOLDER, why=why)
    add("--kt-num-gpu-experts", options.gpu_experts, why=say("as planned, in every layer"))
    add("--kt-expert-placement-strategy", "uniform", why=say("as many in every layer, as counted"))
    add("--kt-cpuinfer", "CPU_CORES", why=say("all cores, without hyper-threads"))
    add("--kt-threadpool-count", sockets, why=say("one for each processor of the host"))
    if options.op_offload and method != "LLAMAFILE":
        add(
            "--kt-gpu-prefill-token-threshold",
            _PROMPT_THRESHOLD,
            why=say("longer prompts use the card; the plan counts one layer of experts there"),
        )
    return found


def _processor_notes(prepared: Prepared) -> list[str]:
    method = _method(prepared) or ""
    needs = METHOD_NEEDS.get(method)
    return [say("The processor must have {0}.", needs)] if needs else []
