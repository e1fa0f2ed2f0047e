"""What each engine will print about its memory at start, worked out from the assessment.

The lines are the engines' own, so that the user can put the log beside them. Each says whether it
is equal or a bound: buffers are bounds from above, a cache that fills what is left from below.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from moeplanner_gui.core.engines.profile import profile_of
from moeplanner_gui.core.engines.vllm_pages import Recurrent
from moeplanner_gui.core.launch.cards import HOST_BUFFERS, backend_of, device_name, on_node
from moeplanner_gui.core.launch.llama import endpoints, load_mode
from moeplanner_gui.core.launch.pieces import Places
from moeplanner_gui.core.launch.predicted import Kind, PredictedLine
from moeplanner_gui.core.model import CompressedAttention
from moeplanner_gui.core.placement import CPU, Demand, filling_order
from moeplanner_gui.core.plan import Backend
from moeplanner_gui.core.units import GIB, MIB, ceil_div
from moeplanner_gui.core.words import say

if TYPE_CHECKING:
    from moeplanner_gui.core.assessment import Assessment, DeviceMemory
    from moeplanner_gui.core.prepare import Prepared

FROM_FILE: Final = say("A published file may differ from its recipe by a percent.")
SEVERAL_LINES: Final = say("The sum of several lines of this card.")
FIRST_ONLY: Final = say("In some cases only the first process of a computer prints it.")
SHARED: Final = say("Card and host share one memory: the sum of the lines of both.")
TENSOR_MODE: Final = say("Printed for all cards together in split mode tensor.")
_REPACKED: Final = say("Weights repacked for the CPU")


def predicted_lines(
    prepared: Prepared, assessment: Assessment, places: Places | None = None
) -> tuple[PredictedLine, ...]:
    """What will be printed, device by device.

    Args:
        prepared: The plan with its rows; a plan that cannot run gives no line.
        assessment: What was worked out for it.
        places: Addresses of further computers, which are part of a device's name.
    """
    if not isinstance(prepared.demand, Demand):
        return ()
    if prepared.plan.deployment.engine == "llama.cpp":
        found = _llama(prepared, prepared.demand, assessment, places or Places())
        return tuple(found)
    found = _vllm(prepared, assessment)
    if prepared.plan.deployment.engine != "vllm":
        found = _sglang(prepared, assessment)
    return tuple(found)


def _mib(size: int) -> str:
    return f"{size / MIB:8.2f} MiB"


def _llama(
    prepared: Prepared, demand: Demand, assessment: Assessment, places: Places
) -> list[PredictedLine]:
    plan, cards = prepared.plan, prepared.cards
    backend = backend_of(plan, cards)
    names = _names(prepared, places)
    states = _states(prepared, demand)
    compressed = any(isinstance(b, CompressedAttention) for b in profile_of(prepared.spec).kinds)
    by_tensor = plan.deployment.split == "tensor" and len(cards) > 1
    order = filling_order(cards)
    alone = plan.deployment.split == "none"
    order = order[plan.deployment.main_gpu :][:1] if alone else order
    first = order[0] if order else CPU
    head = _head(prepared, demand, order)
    found: list[PredictedLine] = []

    def add(
        key: str,
        name: str,
        words: str,
        size: int,
        at: int,
        kind: Kind = "at_most",
        because: str = "",
    ) -> None:
        if size > 0:
            text = f"{words.format(name)} = {_mib(size)}"
            found.append(PredictedLine(key, name, text, size, None, kind, at, because))  # type: ignore[arg-type]

    for at, device in enumerate(assessment.devices):
        if device.kind == "disk":
            continue
        host = device.kind == "host"
        if host and device.node:
            continue
        name = own = names.get(at, "CPU")
        buffers = name
        if host:
            buffers = _host_buffer(prepared, backend, first)
            name = HOST_BUFFERS.get(backend, "CPU")
        if load_mode(prepared, demand) == "mmap" and (host or backend == "metal"):
            name = f"{own}_Mapped"
        note = TENSOR_MODE if by_tensor and not host else ""
        routed = device.routed_experts_bytes
        if host and name == "CPU_Mapped" and (routed or not cards):
            note = say("A mapped part of the file may count tensors of the cards that lie between.")
        shared = not host and prepared.cards[at].unified
        if shared:
            note = SHARED
        kind: Kind = "equal"
        weights = "load_tensors: {:>12} model buffer size"
        beside = _embedding_beside(prepared, demand, at) if shared else 0
        known = FROM_FILE if beside else note or FROM_FILE
        add("weights", name, weights, device.weights_bytes - beside, at, kind, known)
        add("weights", "CPU_Mapped", weights, beside, at, kind, FROM_FILE)
        repacked = sum(i.size_bytes for i in device.overhead if i.name == _REPACKED)
        add("weights", "CPU_REPACK", weights, repacked, at, "at_most", say("A copy of weights."))
        state = states.get(at, 0)
        several = SEVERAL_LINES if compressed else note
        cache = "llama_kv_cache: {:>10} KV buffer size"
        add("cache", own, cache, device.kv_cache_bytes - state, at, kind, several)
        add(
            "state",
            own,
            "llama_memory_recurrent: {:>10} RS buffer size",
            state,
            at,
            kind,
            note,
        )
        add(
            "compute",
            buffers,
            "sched_reserve: {:>10} compute buffer size",
            device.compute_bytes,
            at,
            because=note,
        )
        if host or device.output_bytes:
            output = "llama_context: {:>10}  output buffer size"
            add(
                "output",
                _host_buffer(prepared, backend, head),
                output,
                device.output_bytes,
                at,
                kind,
            )
    return found


def _embedding_beside(prepared: Prepared, demand: Demand, at: int) -> int:
    """The embedding, which the processor holds beside a card that shares its memory, where
    everything else is the card's; 0 where more lies with the processor.
    """
    span, layout = demand.shares[at].layers, prepared.layout
    options = prepared.plan.deployment
    whole = span == (0, profile_of(prepared.spec).gguf_layers) and not options.cpu_moe_layers
    lone = len(prepared.cards) == 1 and load_mode(prepared, demand) == "mmap"
    return layout.token_embd_bytes if whole and lone and layout is not None else 0


def distinct_lines(
    lines: Sequence[PredictedLine], *, named: bool
) -> tuple[tuple[str, PredictedLine], ...]:
    """Lines that look alike once, each with the processes that print it.

    Args:
        lines: What is predicted.
        named: Whether the lines themselves name the device, so that none is told beside them.
    """
    found: dict[tuple[str, str, str], list[PredictedLine]] = {}
    for line in lines:
        found.setdefault((line.text, line.kind, line.because), []).append(line)
    told = []
    for alike in found.values():
        names = [line.device for line in alike if line.device and not named]
        who = say("{0} to {1}", names[0], names[-1]) if len(names) > 1 else "".join(names)
        told.append((who, alike[0]))
    return tuple(told)


def _head(prepared: Prepared, demand: Demand, order: list[int]) -> int:
    """The card that computes the output, :data:`CPU` where the processor does."""
    last = profile_of(prepared.spec).gguf_layers
    for at in order:
        span = demand.shares[at].layers
        if span is not None and span[1] == last:
            return at
    return CPU


def _host_buffer(prepared: Prepared, backend: Backend, card: int) -> str:
    """Host memory for what passes to and from a card: that of its back end, or the CPU's own
    where the card is another computer's or the back end has none.
    """
    here = card != CPU and prepared.cards[card].node == 0
    return HOST_BUFFERS.get(backend, "CPU") if here else "CPU"


def _names(prepared: Prepared, places: Places) -> dict[int, str]:
    """llama.cpp's name of every device by its position in the assessment; hosts are its CPU."""
    cards = prepared.cards
    backend = backend_of(prepared.plan, cards)
    lent = endpoints(cards, places)
    found = {}
    for position, card in enumerate(cards):
        number = on_node(cards, card.node).index(position)
        found[position] = device_name(backend, number, lent.get(card.node, ""))
    found.update({len(cards) + i: "CPU" for i in range(len(prepared.hosts))})
    return found


def _states(prepared: Prepared, demand: Demand) -> dict[int, int]:
    """Bytes of recurrent states of every device, a part of its cache."""
    kinds = profile_of(prepared.spec).kinds
    if not any(isinstance(kind, Recurrent) for kind in kinds):
        return {}
    sizes = demand.cache(prepared.plan.workload.context_tokens)
    found = {}
    for at, share in enumerate(demand.shares):
        pieces = enumerate((*kinds, *kinds)[: len(share.caches)])
        found[at] = sum(
            share.caches[i] * sizes[i] for i, kind in pieces if isinstance(kind, Recurrent)
        )
    return found


def _process(prepared: Prepared, position: int, names: tuple[str, str, str]) -> str:
    """Which process of the engine has a card, as its log names it; empty for a single one."""
    options = prepared.plan.deployment
    tensor, pipeline, data = (
        options.tensor_parallel,
        options.pipeline_parallel,
        options.data_parallel,
    )
    if options.engine == "vllm":
        ranks = position // (tensor * pipeline), position // tensor % pipeline, position % tensor
    else:
        # All replicas of a stage come before the next stage; TP counts all of them.
        stage = tensor * data
        ranks = position % stage // tensor, position // stage, position % stage
    sizes = data, pipeline, tensor if options.engine == "vllm" else tensor * data
    parts = [f"{n}{r}" for n, r, size in zip(names, ranks, sizes, strict=True) if size > 1]
    if options.expert_parallel and tensor * data > 1:
        parts.append(f"EP{ranks[0] * tensor + ranks[2] % tensor}")
    return ("_" if options.engine == "vllm" else " ").join(parts)


def _used(prepared: Prepared, assessment: Assessment) -> list[tuple[int, DeviceMemory]]:
    options = prepared.plan.deployment
    world = options.tensor_parallel * options.pipeline_parallel * options.data_parallel
    return [(at, assessment.devices[at]) for at in range(min(world, len(prepared.cards)))]


def _overhead(device: DeviceMemory, name: str) -> int:
    return sum(item.size_bytes for item in device.overhead if item.name == name)


def _vllm(prepared: Prepared, assessment: Assessment) -> list[PredictedLine]:
    found = []
    for at, device in _used(prepared, assessment):
        process = _process(prepared, at, ("DP", "PP", "TP"))
        name = f"Worker_{process}" if process else "EngineCore"
        gib = device.weights_bytes / GIB
        text = f"Model loading took {gib:.2f} GiB memory"
        found.append(
            PredictedLine(
                "weights", name, text, device.weights_bytes, None, "equal", at, FIRST_ONLY
            )
        )
        left = device.kv_cache_bytes + max(device.free_bytes, 0)
        text = f"Available KV cache memory: {left / GIB:.2f} GiB"
        because = say("The working memory is a bound from above: more is left for the cache.")
        found.append(PredictedLine("cache", name, text, left, None, "at_least", at, because))
        graphs = _overhead(device, say("CUDA graphs"))
        if graphs:
            text = f"Graph capturing finished in … secs, took {graphs / GIB:.2f} GiB"
            found.append(PredictedLine("graphs", name, text, graphs, None, "at_most", at))
    tokens, context = _tokens(prepared, assessment)
    times = tokens / context
    text = (
        f"GPU KV cache size: {tokens:,} tokens, Maximum concurrency for {context:,} tokens "
        f"per request: {times:.2f}x"
    )
    because = say("The plan's users at its context; what is left over makes it more.")
    found.append(
        PredictedLine("cache_tokens", "EngineCore", text, None, tokens, "at_least", None, because)
    )
    return found


def _tokens(prepared: Prepared, assessment: Assessment) -> tuple[int, int]:
    """Tokens that the cache of one replica holds at least, and the context of a user."""
    workload = prepared.plan.workload
    users = ceil_div(workload.sequences, prepared.plan.deployment.data_parallel)
    return users * workload.context_tokens, workload.context_tokens


def _sglang(prepared: Prepared, assessment: Assessment) -> list[PredictedLine]:
    found = []
    tokens, _ = _tokens(prepared, assessment)
    for at, device in _used(prepared, assessment):
        name = _process(prepared, at, ("DP", "PP", "TP"))
        size = device.weights_bytes
        text = f"Load weight end. … mem usage={size / GIB:.2f} GB."
        because = say("What SGLang calls GB is 2^30 bytes.")
        found.append(PredictedLine("weights", name, text, size, None, "equal", at, because))
        cache = device.kv_cache_bytes
        text = f"KV Cache is allocated. #tokens: {tokens}, KV size: {cache / GIB:.2f} GB"
        because = say("The pool takes the rest of the static share.")
        found.append(PredictedLine("cache", name, text, cache, None, "at_least", at, because))
        graphs = _overhead(device, say("CUDA graphs"))
        if graphs:
            text = f"Capture target decode CUDA graph end. … mem usage={graphs / GIB:.2f} GB"
            because = say("All captures of this process together.")
            found.append(PredictedLine("graphs", name, text, graphs, None, "at_most", at, because))
    text = f"max_total_num_tokens={tokens}, chunked_prefill_size=…"
    because = say("The plan's users at its context; what is left over makes it more.")
    found.append(PredictedLine("cache_tokens", "", text, None, tokens, "at_least", None, because))
    return found
