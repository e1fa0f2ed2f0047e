"""llama-server, and ggml-rpc-server on further computers, started so that they place what the plan
does (release b11549).

The counts of layers of the plan's own layer map are passed as ``--tensor-split``: llama.cpp divides
layers by running sums of these shares, so whole counts give back the same map to the layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from moeplanner_gui.core.engines.llama_refusals import MOST_SHARES, cache_type
from moeplanner_gui.core.engines.profile import profile_of
from moeplanner_gui.core.launch.cards import (
    NUMBERS_UNKNOWN,
    backend_of,
    environment,
    on_node,
)
from moeplanner_gui.core.launch.flags import LLAMA_SERVER, RPC_SERVER
from moeplanner_gui.core.launch.pieces import MODEL_FILE, Command, Option, Places, Step, option
from moeplanner_gui.core.model import GqaAttention, MlaAttention, NoAttention
from moeplanner_gui.core.placement import Demand, filling_order
from moeplanner_gui.core.prepare import Prepared
from moeplanner_gui.core.units import GIB, MIB
from moeplanner_gui.core.usable import Device
from moeplanner_gui.core.words import say

PORT: Final = 8080
RPC_PORT: Final = 50052
_MOST_CHECKPOINTS: Final = 32
"""``--ctx-checkpoints`` by default."""


MOST_CARDS: Final = {"layer": 15, "tensor": 16}
"""``GGML_SCHED_MAX_BACKENDS`` is 16, of which the processor is one; split mode tensor makes one of
all cards, of which ``GGML_BACKEND_META_MAX_DEVICES`` is 16 (ggml-backend.cpp and .h)."""


def refused(prepared: Prepared) -> str | None:
    """Why llama-server stops when it starts whatever is passed, or None."""
    split, cards = prepared.plan.deployment.split, len(prepared.cards)
    most = MOST_CARDS.get(split)
    if most is not None and cards > most:
        limit = "GGML_BACKEND_META_MAX_DEVICES" if split == "tensor" else "GGML_SCHED_MAX_BACKENDS"
        return say(
            "llama.cpp b11549 as it is released drives at most {0} cards with "
            "split mode {1}, and the rig has {2}: it stops when it starts. Take "
            "cards out, choose vLLM or SGLang, or build it with a higher {3}.",
            most,
            split,
            cards,
            limit,
        )
    return None


def steps_of(
    prepared: Prepared, demand: Demand, places: Places, host: str
) -> tuple[tuple[Step, ...], list[str]]:
    """What to run on every computer, those that lend their cards first, and what to know.

    Args:
        prepared: The plan with its rows.
        demand: What lies where.
        places: What is known of paths and addresses.
        host: The address on which the server listens.
    """
    cards, plan = prepared.cards, prepared.plan
    steps, notes, unknown = [], [], False
    lenders = sorted({card.node for card in cards if card.node})
    for node in lenders:
        variables, look = environment(plan, cards, node, on_node(cards, node))
        unknown |= look
        address = places.address(node)
        steps.append(
            Step(
                node,
                say("lend the cards"),
                Command(RPC_SERVER, _lending(address), environment=variables),
                say("Wait until it prints “Starting RPC server”."),
            )
        )
    variables, look = environment(plan, cards, 0, on_node(cards, 0))
    unknown |= look
    options = server_options(prepared, demand, places, host)
    title = say("start the server") if lenders else ""
    wait = say("Ready when it prints “listening on”.")
    steps.append(Step(0, title, Command(LLAMA_SERVER, tuple(options), (), variables), wait))
    notes.extend(_notes(prepared, lenders))
    if unknown:
        notes.append(NUMBERS_UNKNOWN)
    return tuple(steps), notes


def _lending(address: str) -> tuple[Option, ...]:
    return (
        option(RPC_SERVER, "--host", address, why=say("its own address, which computer 1 reaches")),
        option(RPC_SERVER, "--port", RPC_PORT, why=say("the program's usual port")),
    )


def endpoints(cards: Sequence[Device], places: Places) -> dict[int, str]:
    """Address and port of every computer that lends its cards, by its number in the rig."""
    nodes = sorted({card.node for card in cards if card.node})
    return {node: f"{places.address(node)}:{RPC_PORT}" for node in nodes}


def layer_counts(cards: Sequence[Device], demand: Demand) -> list[int]:
    """Layers of each card in llama.cpp's order, the output head counted as one."""
    order = filling_order(cards)
    held = [demand.shares[position].layers for position in order]
    return [0 if span is None else span[1] - span[0] + 1 for span in held]


def server_options(prepared: Prepared, demand: Demand, places: Places, host: str) -> list[Option]:
    """Every flag of the server that the plan decides."""

    def add(name: str, *values: str | int | float, why: str) -> None:
        found.append(option(LLAMA_SERVER, name, *values, why=why))

    plan, cards = prepared.plan, prepared.cards
    options, slots = plan.deployment, plan.workload.sequences
    context = plan.workload.context_tokens
    found: list[Option] = []
    add(
        "--model",
        places.model or MODEL_FILE,
        why=say("{0} as {1}", prepared.spec.name, _label(prepared)),
    )
    add("--host", host, why=_who(host))
    add("--port", PORT, why=say("any free port will do"))
    shared = options.unified_kv or slots == 1
    each = context if shared else context // slots
    sizes = say("one request") if slots == 1 else say("each of {0} slots", slots)
    if options.unified_kv and slots > 1:
        sizes = say("{0} slots together", slots)
    add("--ctx-size", context, why=say("the plan's context: {0:,} tokens for {1}", each, sizes))
    add(
        "--parallel",
        slots,
        why=say("the plan's {0} {1}", slots, say("user") if slots == 1 else say("users")),
    )
    if options.unified_kv:
        add("--kv-unified", why=say("as planned: one cache for all slots"))
    elif slots == 1:
        add("--no-kv-unified", why=say("as planned: the one slot has all of the cache"))
    else:
        add("--no-kv-unified", why=say("as planned: every slot has its part of the cache"))
    devices = demand.devices_at(context)
    add("--batch-size", options.batch, why=say("the plan's; it takes the prompt in such pieces"))
    most = max((device.compute_bytes for device in devices), default=0)
    why = say("the plan's; with it the largest compute buffer takes up to {0}", _gib(most))
    add("--ubatch-size", options.ubatch, why=why)
    flash = "on" if options.flash_attention else "off"
    add("--flash-attn", flash, why=say("as planned; left to itself the server decides on its own"))
    cached = _gib(sum(device.kv_cache_bytes for device in devices))
    why = say("the plan's; keys and values together take {0}", cached)
    add("--cache-type-k", cache_type(options.cache_type_k), why=why)
    add("--cache-type-v", cache_type(options.cache_type_v), why=why)
    if options.kv_offload:
        add("--kv-offload", why=say("as planned: the cache of a card's layers lies on that card"))
    else:
        add("--no-kv-offload", why=say("as planned: the whole cache lies in host memory"))
    if options.swa_full:
        add("--swa-full", why=say("as planned: window layers keep the whole context"))
    if cards:
        found += _card_options(prepared, demand, places)
    else:
        add(
            "--device", "none", why=say("as planned: the processor alone, whatever cards there are")
        )
    found += _host_options(prepared, demand)
    add("--fit", "off", why=say("otherwise the server changes what is not given until it fits"))
    add("--log-verbosity", 4, why=say("prints the sizes of the buffers, to compare with this plan"))
    return found


def _label(prepared: Prepared) -> str:
    return prepared.layout.label if prepared.layout is not None else ""


def _who(host: str) -> str:
    if host == "127.0.0.1":
        return say(
            "only this computer can connect; 0.0.0.0 lets others connect, without a password"
        )
    return say("the container's own address; the published port decides who can connect")


def _card_options(prepared: Prepared, demand: Demand, places: Places) -> list[Option]:
    def add(name: str, *values: str | int | float, why: str) -> None:
        found.append(option(LLAMA_SERVER, name, *values, why=why))

    cards, options = prepared.cards, prepared.plan.deployment
    found: list[Option] = []
    lent = endpoints(cards, places)
    if lent:
        servers = ",".join(lent.values())
        add("--rpc", servers, why=say("the computers that lend their cards, in the plan's order"))
    total = profile_of(prepared.spec).gguf_layers + 1
    wanted = total if options.gpu_layers is None else min(options.gpu_layers, total)
    kept = (
        say("all layers and the output head")
        if wanted == total
        else say("{0} of {1} layers", wanted, total)
    )
    add(
        "--n-gpu-layers",
        "all" if wanted == total else wanted,
        why=say("as planned: {0} on the cards", kept),
    )
    split = options.split
    add("--split-mode", split, why=_SPLITS.get(split, "as planned"))
    if split == "none":
        name = cards[filling_order(cards)[options.main_gpu]].name
        add("--main-gpu", options.main_gpu, why=say("as planned: {0} alone, counted from 0", name))
    elif len(cards) > 1 and wanted:
        shares, why = _shares(prepared, demand)
        if shares:
            add("--tensor-split", ",".join(shares), why=why)
    layers = prepared.spec.architecture.layers
    if options.cpu_moe_layers >= layers and prepared.spec.is_moe:
        add(
            "--cpu-moe",
            why=say("as planned: the routed experts of every layer stay in host memory"),
        )
    elif options.cpu_moe_layers and prepared.spec.is_moe:
        number = options.cpu_moe_layers
        why = say("as planned: the routed experts of the first {0} of {1} layers", number, layers)
        add("--n-cpu-moe", number, why=say("{0} stay in host memory", why))
    if options.op_offload:
        add("--op-offload", why=say("as planned: the first card's buffer has room for it"))
    else:
        add("--no-op-offload", why=say("as planned: no room for it was counted"))
    return found


def _shares(prepared: Prepared, demand: Demand) -> tuple[list[str], str]:
    """``--tensor-split`` with its reason; empty where it takes fewer than there are cards."""
    cards, options = prepared.cards, prepared.plan.deployment
    if options.split == "tensor":
        given = options.tensor_split
        if given and any(given):
            return [repr(share) for share in given], say("as planned")
        even = ["1"] * len(cards) if len(cards) <= MOST_SHARES else []
        return even, say("every card the same share")
    counts = layer_counts(cards, demand)
    why = say("layers of each card as planned: {0}", _counted(counts, cards))
    return [str(count) for count in counts], why


_SPLITS: Final = {
    "layer": say("as planned: whole layers on each card"),
    "tensor": say("as planned: a part of every layer on each card"),
    "none": say("as planned: one card holds everything"),
}


def _counted(counts: list[int], cards: Sequence[Device]) -> str:
    named = [cards[position].name for position in filling_order(cards)]
    parts = []
    for count, run in groupby(zip(counts, named, strict=True), key=lambda pair: pair[0]):
        names = [name for _, name in run]
        who = names[0] if len(names) == 1 else say("{0} to {1}", names[0], names[-1])
        parts.append(say("{0} {1}{2}", who, count, say(" each") if len(names) > 1 else ""))
    return "; ".join(parts)


def _host_options(prepared: Prepared, demand: Demand) -> list[Option]:
    def add(name: str, *values: str | int | float, why: str) -> None:
        found.append(option(LLAMA_SERVER, name, *values, why=why))

    options = prepared.plan.deployment
    found: list[Option] = []
    if options.repack:
        add("--repack", why=say("as planned; it matters for weights that the processor computes"))
    else:
        add("--no-repack", why=say("as planned: no second copy in host memory"))
    add("--load-mode", load_mode(prepared, demand), why=_LOADS[load_mode(prepared, demand)])
    add(
        "--cache-ram",
        0,
        why=say(
            "keeps no old prompts in host memory, up to 8,192 MiB of which the "
            "plan does not count; give it what is left of the host memory if "
            "prompts repeat"
        ),
    )
    each, free = checkpoints(prepared, demand)
    if each:
        size = -(-each // MIB)
        if free is None:
            why = say(
                "each takes up to {0:,} MiB of host memory, which the plan does not "
                "count, and it names none; allow as many as there is room for",
                size,
            )
        else:
            why = say(
                "each takes up to {0:,} MiB of host memory, which the plan does not "
                "count; so many fit into what is left",
                size,
            )
        count = max(min((free or 0) // each, _MOST_CHECKPOINTS), 0)
        add("--ctx-checkpoints", count, why=why)
    return found


def _gib(size: int) -> str:
    return say("{0:.2f} GiB", size / GIB)


_LOADS: Final = {
    "mmap": say("the file is mapped; what lies on the disk is read when it is needed"),
    "none": say(
        "the experts are copied into memory that the cards read directly; a "
        "mapped file could be dropped from memory and read again in the middle "
        "of an answer"
    ),
}


def load_mode(prepared: Prepared, demand: Demand) -> str:
    """``none`` where experts are planned in host memory beside cards, else ``mmap``."""
    cards, options = prepared.cards, prepared.plan.deployment
    on_disk = options.disk_moe_layers and any(s.device.kind == "disk" for s in demand.shares)
    host = any(s.routed_experts_bytes for s in demand.shares if s.device.kind == "host")
    return "none" if cards and host and not on_disk else "mmap"


def checkpoints(prepared: Prepared, demand: Demand) -> tuple[int, int | None]:
    """Bytes of one checkpoint of every slot, from above, and of free host memory, None when the
    plan names none.

    A checkpoint is a copy of what layers with a window or a state hold; a model without such
    layers makes none.
    """
    context = prepared.plan.workload.context_tokens
    kinds = profile_of(prepared.spec).kinds
    sizes = demand.cache(context)
    total = 0
    for share in demand.shares:
        for at, kind in enumerate((*kinds, *kinds)):
            plain = isinstance(kind, MlaAttention | NoAttention) or (
                isinstance(kind, GqaAttention) and kind.window is None
            )
            if not plain and at < len(share.caches):
                total += share.caches[at] * sizes[at]
    if not total:
        return 0, None
    devices = demand.devices_at(context)
    cards = prepared.cards
    if cards and cards[0].unified and cards[0].node == 0:
        return total, devices[0].free_bytes
    if not prepared.hosts or prepared.hosts[0].unknown:
        return total, None
    return total, next(d.free_bytes for d in devices if d.kind == "host" and d.node == 0)


def _notes(prepared: Prepared, lenders: list[int]) -> list[str]:
    plan, cards = prepared.plan, prepared.cards
    notes = []
    if lenders:
        notes.append(
            say(
                "llama.cpp calls its RPC server a proof of concept: whoever reaches "
                "the port can use the computer. Keep it in a network of its own. Every "
                "computer needs a build with -DGGML_RPC=ON of the same release."
            )
        )
    if plan.deployment.frontend == "cli":
        notes.append(
            say(
                "The plan counts llama-cli's larger output buffers. The command starts "
                "the server, which needs less."
            )
        )
    if plan.deployment.mtp:
        notes.append(say("The plan counts no prediction layers under llama.cpp: none are started."))
    if backend_of(plan, cards) == "cpu" and cards:
        notes.append(say("The cards are not used."))
    return notes
