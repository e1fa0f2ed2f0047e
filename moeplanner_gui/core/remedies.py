"""What would make a plan fit: small changes, each evaluated again before it is offered.

Cheapest change first: settings, then weights, then hardware. Knows no formulas.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.context import longest_context
from moeplanner_gui.core.edits import (
    add_gpu,
    set_deployment,
    set_node,
    set_weights,
    set_workload,
)
from moeplanner_gui.core.engine_choice import with_engine
from moeplanner_gui.core.plan import MAX_GPUS_PER_NODE, CustomSlot, Plan, card_id, weights_id
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import layout_of
from moeplanner_gui.core.units import GIB, format_count, format_memory
from moeplanner_gui.core.verdict import format_left
from moeplanner_gui.core.weights import UnsupportedFormatError, formats_for

_HOST_SIZES_GIB = (32, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048)
_SHORTEST_TOKENS = 4096
_WEIGHT_STEPS = 3


@dataclass(frozen=True, slots=True)
class Remedy:
    """One change that makes the plan fit.

    Attributes:
        title: The change in a few words, an imperative.
        detail: What it means, or what it costs.
        outcome: What the changed plan answers.
        plan: The changed plan.
    """

    title: str
    detail: str
    outcome: str
    plan: Plan


def remedies(plan: Plan, catalog: CatalogReader) -> tuple[Remedy, ...]:
    """Changes after which the plan fits, cheapest first; none when it already fits.

    Raises:
        UnknownEntryError: A row that the catalogue does not have.
    """
    now = evaluate(plan, catalog)
    if now.fits:
        return ()
    found: list[Remedy] = []
    for title, detail, changed in _candidates(plan, catalog, now):
        after = evaluate(changed, catalog)
        if after.fits:
            found.append(Remedy(title, detail, _outcome(after), changed))
    return tuple(found)


def _candidates(
    plan: Plan, catalog: CatalogReader, now: Assessment
) -> Iterator[tuple[str, str, Plan]]:
    if now.verdict != "cannot_run":
        yield from _shorter_context(plan, catalog)
        yield from _smaller_cache(plan)
        yield from _fewer_users(plan)
    yield from _other_split(plan)
    yield from _experts_on_host(plan, catalog)
    yield from _smaller_weights(plan, catalog)
    yield from _other_engine(plan, catalog)
    yield from _more_cards(plan, catalog)


def _shorter_context(plan: Plan, catalog: CatalogReader) -> Iterator[tuple[str, str, Plan]]:
    limit = longest_context(plan, catalog)
    tokens = limit.tokens
    if tokens < min(_SHORTEST_TOKENS, plan.workload.context_tokens):
        return
    if tokens < plan.workload.context_tokens:
        yield (
            f"Shorten the context to {format_count(tokens)}",
            "The longest that fits; the plan asks for "
            f"{format_count(plan.workload.context_tokens)}.",
            set_workload(plan, context_tokens=tokens),
        )


def _smaller_cache(plan: Plan) -> Iterator[tuple[str, str, Plan]]:
    options = plan.deployment
    kinds = ("q8_0", "q4_0") if options.engine == "llama.cpp" else ("fp8",)
    for kind in kinds:
        if options.cache_type_k == kind:
            return
        yield (
            f"Use a {kind} KV cache",
            "Less exact attention; the cache takes about half."
            if kind != "q4_0"
            else "Clearly less exact attention; the cache takes about a quarter.",
            set_deployment(plan, cache_type_k=kind, cache_type_v=kind),
        )


def _fewer_users(plan: Plan) -> Iterator[tuple[str, str, Plan]]:
    users = plan.workload.sequences
    while users > 1:
        users //= 2
        yield (
            f"Serve {users} at a time" if users > 1 else "Serve one user at a time",
            f"The plan serves {plan.workload.sequences} in parallel.",
            set_workload(plan, sequences=users),
        )


def _other_split(plan: Plan) -> Iterator[tuple[str, str, Plan]]:
    options = plan.deployment
    cards = plan.gpu_count
    if options.engine == "vllm" and cards > 1 and options.tensor_parallel == 1:
        size = 1
        while size * 2 <= cards:
            size *= 2
            yield (
                f"Use tensor parallel {size}",
                f"Every layer is divided over {size} cards.",
                set_deployment(plan, tensor_parallel=size, pipeline_parallel=1, data_parallel=1),
            )


def _experts_on_host(plan: Plan, catalog: CatalogReader) -> Iterator[tuple[str, str, Plan]]:
    """The fewest layers of experts in host memory after which the cards hold the rest."""
    model = catalog.model(plan.model)
    if plan.deployment.engine != "llama.cpp" or not model.is_moe or not plan.gpu_count:
        return
    if plan.deployment.cpu_moe_layers < 0:
        return
    layers = model.architecture.layers
    roomy = set_node(plan, 0, ram_gib=65_536)

    def fits(count: int) -> bool:
        return evaluate(set_deployment(roomy, cpu_moe_layers=count), catalog).fits

    if not fits(layers):
        return
    low, high = plan.deployment.cpu_moe_layers, layers
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if fits(middle) else (middle, high)
    changed = set_deployment(plan, cpu_moe_layers=high)
    host = next(
        d
        for d in evaluate(set_deployment(roomy, cpu_moe_layers=high), catalog).devices
        if d.kind == "host"
    )
    ram = plan.rig.nodes[0].ram_gib
    if not evaluate(changed, catalog).fits:
        need = host.used_bytes * 20 // 19 + 4 * GIB
        ram = next((size for size in _HOST_SIZES_GIB if size * GIB >= need), 0)
        if not ram:
            return
        changed = set_node(changed, 0, ram_gib=ram)
    yield (
        f"Keep the experts of {high} layers in host memory",
        f"--n-cpu-moe {high} with {ram} GiB of memory in node 1, "
        f"{format_memory(host.used_bytes)} of it used; slower.",
        changed,
    )


def _smaller_weights(plan: Plan, catalog: CatalogReader) -> Iterator[tuple[str, str, Plan]]:
    model = catalog.model(plan.model)
    engine = plan.deployment.engine
    try:
        current = layout_of(model, plan.weights, engine).total_bytes
    except UnsupportedFormatError:
        current = 2**62
    sizes = []
    for choice in formats_for(model, engine):
        if choice.id == weights_id(plan):
            continue
        try:
            layout = layout_of(model, choice.id, engine)
        except UnsupportedFormatError:
            continue
        if layout.total_bytes < current:
            sizes.append((layout.total_bytes, choice))
    # The published checkpoint first: nothing is lost. Then the largest that fits.
    sizes.sort(key=lambda item: (item[1].id != "native", -item[0]))
    offered = 0
    for size, choice in sizes:
        changed = set_weights(plan, choice.id)
        if offered < _WEIGHT_STEPS and evaluate(changed, catalog).fits:
            offered += 1
            saved = format_memory(current - size) if current < 2**62 else ""
            yield (
                f"Choose {choice.label}",
                f"{format_memory(size)} of weights{f', {saved} less' if saved else ''}.",
                changed,
            )


def _other_engine(plan: Plan, catalog: CatalogReader) -> Iterator[tuple[str, str, Plan]]:
    engine = plan.deployment.engine
    if engine != "llama.cpp":
        yield (
            "Use llama.cpp",
            "It runs on every card; layers are spread over them.",
            with_engine(plan, "llama.cpp", catalog),
        )
    if engine not in ("vllm", "llama.cpp"):
        yield (
            "Use vLLM",
            "Every layer is divided over the cards.",
            with_engine(plan, "vllm", catalog),
        )


def _more_cards(plan: Plan, catalog: CatalogReader) -> Iterator[tuple[str, str, Plan]]:
    nodes = plan.rig.nodes
    where = next((i for i in reversed(range(len(nodes))) if nodes[i].gpus), None)
    if where is None:
        return
    card = nodes[where].gpus[-1]
    name = (
        card.custom.name if isinstance(card, CustomSlot) else catalog.gpu(card_id(card) or "").name
    )
    changed = plan
    for added in range(1, MAX_GPUS_PER_NODE - len(nodes[where].gpus) + 1):
        changed = add_gpu(changed, where, len(nodes[where].gpus) + added, card)
        candidate = changed
        if plan.deployment.engine == "vllm":
            candidate = set_deployment(changed, tensor_parallel=changed.gpu_count)
        if evaluate(candidate, catalog).fits:
            number = "one more" if added == 1 else f"{added} more"
            yield (
                f"Add {number} {name}",
                f"{changed.gpu_count} cards in all.",
                candidate,
            )
            return


def _outcome(after: Assessment) -> str:
    device = after.devices[after.tightest] if after.tightest is not None else None
    word = "Fits" if after.verdict == "fits" else "Tight"
    free = f", {format_left(device.free_bytes)} free on {device.name}" if device else ""
    return f"{word}{free}, up to {format_count(after.max_context_tokens)} tokens."
