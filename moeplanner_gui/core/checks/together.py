"""What several cards and several computers mean to the engine that runs on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from moeplanner_gui.core.assessment import DeviceMemory, Finding
from moeplanner_gui.core.card_rows import row_of
from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.kernels import ENGINE_TITLES, card_names
from moeplanner_gui.core.link_notes import share_every_layer
from moeplanner_gui.core.placement import Refusal
from moeplanner_gui.core.plan import Node, Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import Prepared
from moeplanner_gui.core.speed.buses import bridge_pairs, has_module_link, has_no_peer_access
from moeplanner_gui.core.units import format_memory
from moeplanner_gui.core.usable import Device
from moeplanner_gui.core.words import chained, say

MOST_LLAMA_CARDS = 15
"""``GGML_SCHED_MAX_BACKENDS`` is 16 unless a build says otherwise, and the processor is one
(ggml/src/ggml-backend.cpp, ``ggml_backend_sched_new``).
"""


def together_findings(
    prepared: Prepared, devices: Sequence[DeviceMemory], catalog: CatalogReader
) -> Iterator[Finding]:
    """Groups of cards, cards that differ, and the network; another context changes none."""
    plan = prepared.plan
    if devices and not isinstance(prepared.demand, Refusal):
        if plan.deployment.engine == "llama.cpp":
            yield from _llama(prepared)
        else:
            yield from _ranks(prepared, devices)
        yield from _differing(prepared)
        yield from _staged(prepared, catalog)
    yield from _network(plan)
    for index, node in enumerate(plan.rig.nodes):
        rows = [row_of(card, catalog) for card in node.gpus]
        yield from _makers(plan, rows, f"node {index + 1}")
        if share_every_layer(plan.deployment):
            yield from _exchange(plan, node, rows, catalog, f"node {index + 1}")


def _llama(prepared: Prepared) -> Iterator[Finding]:
    options = prepared.plan.deployment
    if options.split in ("layer", "row") and len(prepared.cards) > MOST_LLAMA_CARDS:
        yield Finding(
            "too_many_cards_for_a_usual_build",
            "warning",
            "plan",
            say(
                "llama.cpp as it is usually built takes {0} cards beside the processor "
                "and stops with an error at more: build it with a higher "
                "GGML_SCHED_MAX_BACKENDS.",
                MOST_LLAMA_CARDS,
            ),
            say("That the build you use was made for so many."),
        )
    if len(prepared.plan.rig.nodes) > 1:
        yield Finding(
            "over_the_network",
            "note",
            "plan",
            say("Cards of other nodes are used over the network (llama.cpp RPC)."),
            say("An rpc-server of the same version on every other node; it asks for no password."),
        )


def _ranks(prepared: Prepared, devices: Sequence[DeviceMemory]) -> Iterator[Finding]:
    options = prepared.plan.deployment
    unused = [d.name for d in devices if d.kind == "gpu" and d.layers is None]
    if unused:
        what = say("tensor") if options.engine == "ktransformers" else say("tensor or pipeline")
        yield Finding(
            "cards_not_used",
            "warning",
            "plan",
            say("{0} is not used: raise {1} parallel.", unused[0], what)
            if len(unused) == 1
            else say("{0} are not used: raise {1} parallel.", ", ".join(unused), what),
        )
    groups = _groups(prepared)
    if any(len({card.node for card in group}) > 1 for group in groups):
        yield Finding(
            "tensor_parallel_over_network",
            "warning",
            "plan",
            say("A tensor-parallel group spans two nodes: every layer waits for the network."),
            say("Tensor parallel within a node, pipeline parallel between them."),
        )


def _groups(prepared: Prepared) -> list[list[Device]]:
    size = prepared.plan.deployment.tensor_parallel
    cards = prepared.cards
    return [cards[start : start + size] for start in range(0, len(cards), size)]


def _differing(prepared: Prepared) -> Iterator[Finding]:
    """Cards of several kinds: who waits, and whose memory counts."""
    plan, cards = prepared.plan, prepared.cards
    kinds = {(card.card_id, card.capacity_bytes) for card in cards}
    if len(kinds) < 2:
        return
    options = plan.deployment
    if options.engine == "llama.cpp":
        if options.split == "none":
            return
        if share_every_layer(options):
            yield Finding(
                "unequal_cards_in_a_group",
                "warning",
                "plan",
                say("The cards differ and share every layer: each waits for the slowest."),
                say("Equal cards, or split by layers."),
            )
        elif options.tensor_split is None:
            yield Finding(
                "unequal_cards_share_layers",
                "note",
                "plan",
                say(
                    "The cards differ: llama.cpp gives each layers by its free memory, not "
                    "by its speed, and a token passes one card after the other."
                ),
                say("Tensor split (-ts) with more for the faster card, as far as its memory goes."),
            )
        return
    used = prepared.cards[: options.tensor_parallel * max(1, options.pipeline_parallel)]
    engine = ENGINE_TITLES[options.engine]
    mixed = [
        group
        for group in _groups(prepared)
        if len({(card.card_id, card.capacity_bytes) for card in group}) > 1
    ]
    if options.tensor_parallel > 1 and mixed:
        smallest = min(mixed[0], key=lambda card: card.capacity_bytes)
        first = cards.index(mixed[0][0])
        names = card_names(range(first, first + len(mixed[0])))
        yield Finding(
            "unequal_cards_in_a_group",
            "warning",
            "plan",
            say(
                "{0} differ and share every layer: each waits for the slowest and "
                "gives no more than the smallest, {1} with {2}.",
                names,
                smallest.name,
                format_memory(smallest.capacity_bytes),
            ),
            say("Equal cards in a group; {0} divides every layer equally.", engine),
        )
    elif options.pipeline_parallel > 1 and len({(c.card_id, c.capacity_bytes) for c in used}) > 1:
        yield Finding(
            "unequal_stages",
            "note",
            "plan",
            say(
                "The cards differ: {0} gives every stage about the same number of "
                "layers, so the smallest card decides what fits.",
                engine,
            ),
            say("The partition of layers by hand, where the engine takes one."),
        )


def _network(plan: Plan) -> Iterator[Finding]:
    if len(plan.rig.nodes) < 2 or plan.rig.network is not None:
        return
    yield Finding(
        "network_not_chosen",
        "warning",
        "plan",
        say(
            "{0} nodes and no network between them is chosen: speed and price leave it out.",
            len(plan.rig.nodes),
        ),
        say("Choose the network of the rig."),
    )


def _makers(plan: Plan, rows: Sequence[GpuSpec | None], subject: str) -> Iterator[Finding]:
    known = [row for row in rows if row is not None]
    if len({row.vendor for row in known}) < 2:
        return
    names = chained(dict.fromkeys(row.name for row in known))
    if plan.deployment.engine == "llama.cpp":
        drives = say("only the Vulkan build of llama.cpp drives both")
    else:
        drives = say("{0} drives only one of them", ENGINE_TITLES[plan.deployment.engine])
    yield Finding(
        "cards_of_several_makers",
        "warning",
        subject,
        say("{0} need drivers of different makers in one system; {1}.", names, drives),
        say("That both drivers install side by side."),
    )


def _exchange(
    plan: Plan,
    node: Node,
    rows: Sequence[GpuSpec | None],
    catalog: CatalogReader,
    subject: str,
) -> Iterator[Finding]:
    """How cards that share every layer reach one another."""
    known = [row for row in rows if row is not None]
    if len(rows) < 2:
        return
    ranked = plan.deployment.engine != "llama.cpp"
    closed = [row for row in known if has_no_peer_access(row)]
    if closed:
        yield Finding(
            "no_peer_access",
            "note",
            subject,
            say(
                "NVIDIA's driver gives GeForce cards since the RTX 40 series ({0}) no "
                "direct access to one another: what they exchange goes through host "
                "memory, and the speeds count it.",
                closed[0].name,
            ),
            say("NCCL_P2P_DISABLE=1 where an engine hangs at the start.") if ranked else "",
        )
    if not node.nvlink and node.nvlink is None and not closed:
        with_bridge = bridge_pairs(node.model_copy(update={"nvlink": True}), catalog)
        if with_bridge:
            count = len(with_bridge)
            bridged_card = rows[with_bridge[0][0]]
            assert bridged_card is not None
            yield Finding(
                "nvlink_not_counted",
                "note",
                subject,
                say(
                    "{0} takes an NVLink bridge for two cards; none is counted.",
                    bridged_card.name,
                ),
                say(
                    "{0} {1} for cards that lie the right distance apart.",
                    count,
                    say("bridge") if count == 1 else say("bridges"),
                ),
            )


def _staged(prepared: Prepared, catalog: CatalogReader) -> Iterator[Finding]:
    """What NCCL keeps of the host memory where no NVLink joins the cards."""
    options = prepared.plan.deployment
    if options.engine == "llama.cpp" or not share_every_layer(options):
        return
    for node in prepared.plan.rig.nodes:
        rows = [row_of(card, catalog) for card in node.gpus]
        known = [row for row in rows if row is not None]
        joined = bool(known) and len(known) == len(rows) and all(map(has_module_link, known))
        bridged = len(rows) == 2 and bool(bridge_pairs(node, catalog))
        if len(rows) > 1 and not joined and not bridged:
            yield Finding(
                "page_locked_buffers",
                "note",
                "plan",
                say(
                    "What the cards exchange is staged in page-locked host memory: between "
                    "0.1 and 4.7 GiB were seen on two DGX Spark, by NCCL_BUFFSIZE and the "
                    "number of channels."
                ),
                say("A limit on locked memory (ulimit -l), and in a container --ipc=host."),
            )
            return
