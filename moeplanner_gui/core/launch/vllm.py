"""vllm serve, started so that it places what the plan does (release 0.33.0).

Several computers: one replica over all of them runs on Ray, as vLLM documents it, or with its own
processes where Ray's order of the computers would not be the plan's; several replicas, each within
one computer, find their leader by its address.
"""

from __future__ import annotations

import json
from typing import Final

from moeplanner_gui.core.engines.vllm import step_size
from moeplanner_gui.core.launch.flags import RAY_START, VLLM
from moeplanner_gui.core.launch.pieces import Command, Option, Places, Step, option
from moeplanner_gui.core.launch.ranks import (
    Ranks,
    cache_why,
    copies_words,
    groups_words,
    model_word,
    ranks_of,
    tensor_why,
    variables,
)
from moeplanner_gui.core.prepare import Prepared
from moeplanner_gui.core.units import ceil_div
from moeplanner_gui.core.words import say

PORT: Final = 8000
_RAY_PORT: Final = 6379
_MASTER_PORT: Final = 29501
_LEADER_PORT: Final = 13345
READY: Final = say("Ready when it prints “Application startup complete”.")
_CACHES: Final = {"f16": "auto", "bf16": "bfloat16"}


def refused(prepared: Prepared) -> str | None:
    """Why no command of vLLM places what the plan does, or None."""
    ranks = ranks_of(prepared)
    if len(ranks.nodes) == 1:
        return None
    options = prepared.plan.deployment
    if options.data_parallel == 1:
        if len(ranks.nodes) > 2 and ranks.mixed and not ranks.equal:
            return say(
                "vLLM on Ray takes computers after the first in an order of its own, "
                "and its own processes need as many cards in each. Choose computers "
                "that are alike."
            )
        return None
    if _within(prepared, ranks):
        return None
    if len(ranks.nodes) % options.data_parallel:
        return say(
            "vLLM gives each of {0} replicas as many computers, and there are {1}. "
            "Choose another number of replicas.",
            options.data_parallel,
            len(ranks.nodes),
        )
    if not ranks.equal:
        return say(
            "vLLM starts replicas that reach over several computers only with as "
            "many cards in each of them. Choose computers that are alike."
        )
    return None


def _within(prepared: Prepared, ranks: Ranks) -> bool:
    """Whether every replica lies within one computer."""
    options = prepared.plan.deployment
    one = options.tensor_parallel * options.pipeline_parallel
    return all(len(held) % one == 0 for held in ranks.cards)


def steps_of(
    prepared: Prepared, places: Places, host: str, *, ray: bool = True
) -> tuple[tuple[Step, ...], list[str]]:
    """What to run on every computer in order, and what to know.

    Args:
        prepared: The plan with its rows.
        places: What is known of paths and addresses.
        host: The address on which the server listens.
        ray: Whether Ray may be used for several computers.
    """
    notes: list[str] = []
    ranks = ranks_of(prepared)
    own = variables(prepared, ranks, notes)
    model, why = model_word(prepared, places)
    notes.append(say("vLLM loads {0}: {1}.", model, why))
    base = _options(prepared, host)
    if len(ranks.nodes) == 1:
        command = Command(VLLM, tuple(base), (model,), own[0])
        return (Step(ranks.nodes[0], "", command, READY),), notes
    if prepared.plan.deployment.data_parallel > 1 and _within(prepared, ranks):
        return _replicas(prepared, ranks, places, model, base, own), notes
    single = prepared.plan.deployment.data_parallel == 1
    if ray and single and (len(ranks.nodes) == 2 or not ranks.mixed):
        return _on_ray(ranks, places, model, base, own), notes
    return _own_processes(ranks, places, model, base, own), notes


def _options(prepared: Prepared, host: str) -> list[Option]:
    def add(name: str, *values: str | int | float, why: str) -> None:
        found.append(option(VLLM, name, *values, why=why))

    plan, options = prepared.plan, prepared.plan.deployment
    world = options.tensor_parallel * options.pipeline_parallel * options.data_parallel
    users = ceil_div(plan.workload.sequences, options.data_parallel)
    step = step_size(options, prepared.cards[:world], users)
    found: list[Option] = []
    add("--host", host, why=say("who can connect; 0.0.0.0 is everybody, without a password"))
    add("--port", PORT, why=say("any free port will do"))
    add("--tensor-parallel-size", options.tensor_parallel, why=tensor_why(prepared))
    layers = prepared.spec.architecture.layers
    why = say("as planned: the {0} layers in {1}", layers, groups_words(options.pipeline_parallel))
    add("--pipeline-parallel-size", options.pipeline_parallel, why=why)
    why = say("as planned: {0} of the attention", copies_words(options.data_parallel))
    add("--data-parallel-size", options.data_parallel, why=why)
    if options.expert_parallel and world > options.pipeline_parallel:
        add("--enable-expert-parallel", why=say("as planned: whole experts on each card"))
    add("--max-model-len", plan.workload.context_tokens, why=say("the plan's context of each user"))
    per = say(" of each replica") if options.data_parallel > 1 else ""
    add("--max-num-seqs", users, why=say("the plan's users{0}; the cache is sized for them", per))
    add(
        "--max-num-batched-tokens",
        step.tokens,
        why=say("as planned")
        if options.max_batched_tokens
        else say("vLLM's own choice for these cards"),
    )
    add(
        "--gpu-memory-utilization",
        float(options.memory_utilization),
        why=say("as planned; vLLM's own is 0.92, and it fills all of it whatever is needed"),
    )
    chosen = options.cache_type_k
    cache = _CACHES.get(chosen, chosen)
    add("--kv-cache-dtype", cache, why=cache_why(prepared))
    if not options.cuda_graphs:
        add("--enforce-eager", why=say("as planned: no memory was counted for CUDA graphs"))
    if options.mtp and prepared.spec.architecture.mtp is not None:
        drafted = {"method": "mtp", "num_speculative_tokens": options.draft_tokens}
        text = json.dumps(drafted, separators=(",", ":"))
        why = say("as planned: {0} guessed by the model's own layers", options.draft_tokens)
        add("--speculative-config", text, why=why)
    return found


def _on_ray(
    ranks: Ranks,
    places: Places,
    model: str,
    base: list[Option],
    own: list[tuple[tuple[str, str, str], ...]],
) -> tuple[Step, ...]:
    head = places.address(ranks.nodes[0])
    steps = []
    for at, (node, held) in enumerate(zip(ranks.nodes, ranks.cards, strict=True)):
        address = places.address(node)
        if at == 0:
            options = [
                option(RAY_START, "--head", why=say("the first computer of the plan leads")),
                option(RAY_START, "--port", _RAY_PORT, why=say("Ray's usual port")),
            ]
        else:
            join = f"{head}:{_RAY_PORT}"
            options = [option(RAY_START, "--address", join, why=say("joins the first computer"))]
        why = say("its address in the network that the plan counts on")
        options.append(option(RAY_START, "--node-ip-address", address, why=why))
        why = say("as many cards as the plan uses here")
        options.append(option(RAY_START, "--num-gpus", len(held), why=why))
        variables = (
            *own[at],
            ("VLLM_HOST_IP", address, say("the address that vLLM's processes use")),
        )
        title = say("lead the cluster") if at == 0 else say("join the cluster")
        wait = say("Wait until it prints “Ray runtime started”.")
        steps.append(Step(node, title, Command(RAY_START, tuple(options), (), variables), wait))
    why = say("one engine over all computers of the cluster")
    backend = option(VLLM, "--distributed-executor-backend", "ray", why=why)
    variables = (*own[0], ("VLLM_HOST_IP", head, say("the address that vLLM's processes use")))
    command = Command(VLLM, (*base, backend), (model,), variables)
    steps.append(Step(ranks.nodes[0], say("start the server"), command, READY))
    return tuple(steps)


def _own_processes(
    ranks: Ranks,
    places: Places,
    model: str,
    base: list[Option],
    own: list[tuple[tuple[str, str, str], ...]],
) -> tuple[Step, ...]:
    head = places.address(ranks.nodes[0])
    steps = []
    for at, node in reversed(list(enumerate(ranks.nodes))):
        options = [
            *base,
            option(VLLM, "--distributed-executor-backend", "mp", why=say("vLLM's own processes")),
            option(VLLM, "--nnodes", len(ranks.nodes), why=say("the computers of the plan")),
            option(VLLM, "--node-rank", at, why=say("computer {0} of the plan", node + 1)),
            option(VLLM, "--master-addr", head, why=say("the first computer")),
            option(VLLM, "--master-port", _MASTER_PORT, why=say("the same on every computer")),
        ]
        if at:
            options.append(option(VLLM, "--headless", why=say("only the first answers requests")))
        variables = (
            *own[at],
            ("VLLM_HOST_IP", places.address(node), say("the address that vLLM's processes use")),
        )
        command = Command(VLLM, tuple(options), (model,), variables)
        title = say("take part") if at else say("start the server")
        wait = say("It waits for the first computer: go on at once.") if at else READY
        steps.append(Step(node, title, command, wait))
    return tuple(steps)


def _replicas(
    prepared: Prepared,
    ranks: Ranks,
    places: Places,
    model: str,
    base: list[Option],
    own: list[tuple[tuple[str, str, str], ...]],
) -> tuple[Step, ...]:
    deployment = prepared.plan.deployment
    one = deployment.tensor_parallel * deployment.pipeline_parallel
    head = places.address(ranks.nodes[0])
    started, steps = 0, []
    for at, (node, held) in enumerate(zip(ranks.nodes, ranks.cards, strict=True)):
        local = len(held) // one
        options = [
            *base,
            option(VLLM, "--data-parallel-size-local", local, why=say("replicas on this computer")),
            option(VLLM, "--data-parallel-address", head, why=say("the first computer leads")),
            option(VLLM, "--data-parallel-rpc-port", _LEADER_PORT, why=say("the same on each")),
        ]
        if at:
            why = say("the replicas before it are on the other computers")
            options.append(option(VLLM, "--data-parallel-start-rank", started, why=why))
            options.append(option(VLLM, "--headless", why=say("only the first answers requests")))
        started += local
        command = Command(VLLM, tuple(options), (model,), own[at])
        title = say("take part") if at else say("start the server")
        wait = (
            READY if at == len(ranks.nodes) - 1 else say("It waits for the others: go on at once.")
        )
        steps.append(Step(node, title, command, wait))
    return tuple(steps)
