"""Single changes of a plan that may make it fit, each with what it costs. Decides nothing:
:mod:`moeplanner_gui.core.remedies` evaluates them.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum

from moeplanner_gui.core.card_terms import card_memory, card_terms, with_memory
from moeplanner_gui.core.context import holds, longest_context, most_sequences
from moeplanner_gui.core.edits import replace_gpu, set_deployment, set_node, set_workload
from moeplanner_gui.core.engines.limits import start_share
from moeplanner_gui.core.plan import CustomSlot, Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.units import ceil_div, format_count
from moeplanner_gui.core.usable import card_devices
from moeplanner_gui.core.users import slots_of, with_users
from moeplanner_gui.core.words import say

SHORTEST_TOKENS = 4096
"""A context below this, for each user, is no help to anyone."""
_UBATCHES = (256, 128)
_STEP_TOKENS = (4096, 2048)
_CARD_SHARE = 0.95


class Price(IntEnum):
    """What a change costs, cheapest first."""

    NOTHING = 0
    SPEED = 1
    ACCURACY = 2
    LESS = 3
    WEIGHTS = 4
    COARSE = 5
    ENGINE = 6
    MEMORY = 7
    MONEY = 8


@dataclass(frozen=True, slots=True)
class Change:
    """One candidate.

    Attributes:
        family: Changes of one family exclude each other.
        title: The change in a few words, an imperative.
        detail: What it means, or what it costs.
        price: What kind of cost it has.
        plan: The changed plan.
        usd: What must be bought, in USD; None when a price is missing. 0 for settings.
    """

    family: str
    title: str
    detail: str
    price: Price
    plan: Plan
    usd: float | None = 0.0


def free_desktop(plan: Plan, catalog: CatalogReader) -> Iterator[Change]:
    """No screen on the first cards, and no other programs."""
    changed, headless, closed = plan, False, False
    for number, node in enumerate(plan.rig.nodes):
        for slot in range(len(node.gpus)):
            for term in card_terms(changed, number, slot, catalog):
                if term.key == "desktop_mib" and term.size_bytes:
                    headless = True
                    card = changed.rig.nodes[number].gpus[slot]
                    if not isinstance(card, CustomSlot):
                        memory = card_memory(card).model_copy(update={"desktop_mib": None})
                        changed = replace_gpu(changed, number, slot, with_memory(card, memory))
                    if slot == 0:
                        changed = set_node(changed, number, display="headless")
    if headless:
        yield Change(
            "desktop",
            say("Run without a screen"),
            say("Headless: the desktop then takes nothing from the card."),
            Price.NOTHING,
            changed,
        )
    freed = changed
    for number, node in enumerate(plan.rig.nodes):
        for slot, card in enumerate(node.gpus):
            if card_memory(card).other_mib:
                closed = True
                memory = card_memory(freed.rig.nodes[number].gpus[slot])
                memory = memory.model_copy(update={"other_mib": None})
                freed = replace_gpu(freed, number, slot, with_memory(card, memory))
    if closed:
        title = (
            say("Run without a screen and other programs")
            if headless
            else say("Close other programs")
        )
        yield Change(
            "desktop", title, say("Nothing else then uses the cards."), Price.NOTHING, freed
        )


def free_settings(plan: Plan, catalog: CatalogReader) -> Iterator[Change]:
    """Settings that cost neither speed nor accuracy."""
    options = plan.deployment
    if options.engine != "llama.cpp":
        return
    if options.swa_full:
        yield Change(
            "swa",
            say("Keep only the window of sliding layers"),
            say("Without --swa-full; prompts are then read again after an edit far back."),
            Price.NOTHING,
            set_deployment(plan, swa_full=False),
        )
    if not options.flash_attention:
        yield Change(
            "flash",
            say("Turn flash attention on"),
            say("Smaller buffers and no slower."),
            Price.NOTHING,
            set_deployment(plan, flash_attention=True),
        )
    if plan.workload.sequences > 1 and not options.unified_kv:
        yield Change(
            "unified",
            say("Share one cache between all users"),
            say(
                "--kv-unified: {0} tokens for all {1} users together.",
                format_count(plan.workload.context_tokens),
                plan.workload.sequences,
            ),
            Price.NOTHING,
            set_deployment(plan, unified_kv=True),
        )


def other_split(plan: Plan, catalog: CatalogReader) -> Iterator[Change]:
    """Another way to spread the model over the same cards."""
    options = plan.deployment
    cards = len(card_devices(plan, catalog))
    if options.engine == "llama.cpp":
        if cards < 2:
            return
        for split, words in (
            ("layer", say("whole layers on each card")),
            ("tensor", say("every layer cut")),
        ):
            if options.split != split:
                yield Change(
                    "split",
                    say("Use split mode {0}", split),
                    f"--split-mode {split}: {words}.",
                    Price.NOTHING if split == "layer" else Price.SPEED,
                    set_deployment(plan, split=split, tensor_split=None),
                )
        if options.tensor_split is not None:
            yield Change(
                "split",
                say("Let llama.cpp spread the layers"),
                say("Without --tensor-split: by the free memory of each card."),
                Price.NOTHING,
                set_deployment(plan, tensor_split=None),
            )
        return
    now = (options.tensor_parallel, options.pipeline_parallel, options.data_parallel)
    for tensor in range(cards, 0, -1):
        stages = cards // tensor
        if cards % tensor or (tensor, stages, 1) == now:
            continue
        words = say("Use tensor parallel {0}", tensor)
        if stages > 1:
            words += say(", pipeline parallel {0}", stages)
        yield Change(
            "split",
            words,
            say("Every layer is divided over {0} cards.", tensor)
            if tensor > 1
            else say("Whole layers on each of {0} cards.", stages),
            Price.NOTHING,
            set_deployment(plan, tensor_parallel=tensor, pipeline_parallel=stages, data_parallel=1),
        )


def slower_settings(plan: Plan, catalog: CatalogReader) -> Iterator[Change]:
    """Settings that cost speed only."""
    options = plan.deployment
    if options.engine == "llama.cpp":
        ubatch = min(options.ubatch, options.batch)
        for smaller in _UBATCHES:
            if smaller < ubatch:
                yield Change(
                    "ubatch",
                    say("Use a micro-batch of {0}", smaller),
                    say(
                        "-ub {0} instead of {1}: smaller buffers, slower prefill.", smaller, ubatch
                    ),
                    Price.SPEED,
                    set_deployment(plan, ubatch=smaller),
                )
        return
    shares = [start_share(card, options.memory_utilization) for card in card_devices(plan, catalog)]
    lower = [share for share in shares if share]
    if lower:
        yield Change(
            "share",
            say("Let the engine use {0:.0%} of each card", min(lower)),
            say(
                "Memory utilization {0:g} instead of {1:g}: no more is free when it starts.",
                min(lower),
                options.memory_utilization,
            ),
            Price.NOTHING,
            set_deployment(plan, memory_utilization=min(lower)),
        )
    elif options.memory_utilization < _CARD_SHARE:
        yield Change(
            "share",
            say("Let the engine use {0:.0%} of each card", _CARD_SHARE),
            say(
                "Memory utilization {0} instead of {1:g}; nothing else may then start "
                "on the cards.",
                _CARD_SHARE,
                options.memory_utilization,
            ),
            Price.NOTHING,
            set_deployment(plan, memory_utilization=_CARD_SHARE),
        )
    if options.mtp:
        yield Change(
            "mtp",
            say("Turn multi-token prediction off"),
            say("Its layer is not loaded; slower decode."),
            Price.SPEED,
            set_deployment(plan, mtp=False),
        )
    if options.cuda_graphs:
        yield Change(
            "graphs",
            say("Run without CUDA graphs"),
            say(
                "{0}: slower decode.",
                "--enforce-eager" if options.engine == "vllm" else "--disable-cuda-graph",
            ),
            Price.SPEED,
            set_deployment(plan, cuda_graphs=False),
        )
    if options.engine == "ktransformers" and options.op_offload:
        yield Change(
            "prefill",
            say("Read prompts on the processor too"),
            say("No layer of experts is copied to the card; slower prefill of long prompts."),
            Price.SPEED,
            set_deployment(plan, op_offload=False),
        )
    for tokens in _STEP_TOKENS:
        if options.max_batched_tokens is None or tokens < options.max_batched_tokens:
            yield Change(
                "step",
                say("Read prompts in steps of {0} tokens", format_count(tokens)),
                say("Smaller buffers, slower prefill."),
                Price.SPEED,
                set_deployment(plan, max_batched_tokens=tokens),
            )


def smaller_cache(plan: Plan, catalog: CatalogReader) -> Iterator[Change]:
    """A KV cache of fewer bits."""
    options = plan.deployment
    if options.engine != "llama.cpp":
        if options.cache_type_k != "fp8":
            yield Change(
                "cache",
                say("Use an fp8 KV cache"),
                say("Less exact attention; the cache takes about half."),
                Price.ACCURACY,
                set_deployment(plan, cache_type_k="fp8", cache_type_v="fp8"),
            )
        return
    order = ("f32", "f16", "bf16", "q8_0", "q5_1", "q5_0", "q4_1", "iq4_nl", "q4_0")
    now = order.index(options.cache_type_k) if options.cache_type_k in order else 1
    for kind, price, detail in (
        ("f16", Price.ACCURACY, say("The cache takes half.")),
        ("q8_0", Price.ACCURACY, say("Less exact attention; the cache takes about half.")),
        (
            "q4_0",
            Price.COARSE,
            say("Clearly less exact attention; the cache takes about a quarter."),
        ),
    ):
        if order.index(kind) > now:
            # A quantised V cache needs flash attention.
            flash = {"flash_attention": True} if kind[0] == "q" else {}
            yield Change(
                "cache",
                say("Use an {0} KV cache", kind)
                if kind[0] == "f"
                else say("Use a {0} KV cache", kind),
                detail,
                price,
                set_deployment(plan, cache_type_k=kind, cache_type_v=kind, **flash),
            )


def shorter_context(plan: Plan, catalog: CatalogReader) -> Iterator[Change]:
    """The longest context that fits."""
    tokens = longest_context(plan, catalog).tokens
    slots = slots_of(plan)
    asked = plan.workload.context_tokens
    if tokens >= asked or tokens < min(SHORTEST_TOKENS * slots, asked):
        return
    each = (
        say(", {0} for each of {1} users", format_count(tokens // slots), slots)
        if slots > 1
        else ""
    )
    yield Change(
        "context",
        say("Shorten the context to {0}", format_count(tokens)),
        say("The longest that fits{0}; the plan asks for {1}.", each, format_count(asked)),
        Price.LESS,
        set_workload(plan, context_tokens=tokens),
    )


def fewer_users(plan: Plan, catalog: CatalogReader) -> Iterator[Change]:
    """The most users that fit, each with the context of now."""
    now = plan.workload.sequences
    if now < 2:
        return
    users = most_sequences(plan, catalog).sequences
    if not 0 < users < now:
        return
    each = ceil_div(plan.workload.context_tokens, slots_of(plan))
    yield Change(
        "users",
        say("Serve {0} users at a time", users) if users > 1 else say("Serve one user at a time"),
        say("The most that fit with {0} tokens; the plan serves {1}.", format_count(each), now),
        Price.LESS,
        with_users(plan, users),
    )


def fewest(low: int, high: int, catalog: CatalogReader, changed: object) -> int | None:
    """The smallest count above ``low`` up to ``high`` for which ``changed(count)`` fits."""
    if high <= low or not holds(changed(high), catalog):  # type: ignore[operator]
        return None
    while high - low > 1:
        middle = (low + high) // 2
        if holds(changed(middle), catalog):  # type: ignore[operator]
            high = middle
        else:
            low = middle
    return high
