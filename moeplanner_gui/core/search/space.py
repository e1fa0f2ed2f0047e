"""Every rig that a search may answer with: cards × counts × hosts × formats × engines.

The space is finite and written down here, so that what is called the best can be checked by
trying all of it. Each candidate becomes a plan with the least host memory that is sold and
suffices, and with the fewest experts or layers in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Literal

from moeplanner_gui.core.context import holds
from moeplanner_gui.core.engine_choice import with_engine
from moeplanner_gui.core.placement import Refusal
from moeplanner_gui.core.plan import (
    CacheType,
    Card,
    Deployment,
    Engine,
    Node,
    Plan,
    Rig,
    Workload,
)
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import layout_of, prepare
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.search.balance import Loads, loads_of
from moeplanner_gui.core.search.machines import (
    Build,
    Machine,
    cards_in,
    economics_of,
    fastest_memory_gbs,
    is_own,
    node_of,
    sizes_for,
)
from moeplanner_gui.core.search.terms import Wishes
from moeplanner_gui.core.speed.buses import bus_of, card_row
from moeplanner_gui.core.support import answer
from moeplanner_gui.core.usable import card_devices
from moeplanner_gui.core.weights import UnsupportedFormatError, formats_for

ROOMY_GIB = 65_536

Place = Literal["cards", "experts", "layers", "processor"]
"""Where the weights are: all on cards; routed experts, or whole layers, partly in host memory;
or everything in host memory, without a card.
"""
_CACHES: dict[Engine, tuple[CacheType, ...]] = {
    "llama.cpp": ("f16", "q8_0"),
    "vllm": ("auto", "fp8"),
    "sglang": ("auto", "fp8"),
    "ktransformers": ("auto",),
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a model is run, whatever the machine."""

    model: str
    weights: str
    engine: Engine
    cache: CacheType
    place: Place


def recipes(wishes: Wishes, model_id: str, catalog: CatalogReader) -> tuple[Recipe, ...]:
    """All ways of running a model that the wishes leave open."""
    spec = catalog.model(model_id)
    found: list[Recipe] = []
    for engine in wishes.engines:
        for weights in _formats(wishes, model_id, engine, catalog):
            for cache in _CACHES[engine]:
                if wishes.cache_types is not None and cache not in wishes.cache_types:
                    continue
                places: tuple[Place, ...] = ("cards",)
                if engine == "llama.cpp":
                    places = ("cards", "experts" if spec.is_moe else "layers", "processor")
                elif engine == "ktransformers":
                    places = ("experts",) if spec.is_moe else ()
                found += (Recipe(model_id, weights, engine, cache, place) for place in places)
    return tuple(found)


def _formats(
    wishes: Wishes, model_id: str, engine: Engine, catalog: CatalogReader
) -> Iterator[str]:
    spec = catalog.model(model_id)
    known = [choice.id for choice in formats_for(spec, engine)]
    wanted = known if wishes.weights is None else [name.lower() for name in wishes.weights]
    for name in wanted:
        try:
            layout = layout_of(spec, name, engine)
        except UnsupportedFormatError:
            continue
        if layout.bits_per_weight >= wishes.min_bits_per_weight:
            yield name


@dataclass(frozen=True, slots=True)
class Placement:
    """How cards are used and how much host memory that takes, whatever the host.

    ``plan`` has more host memory than is needed, and the fastest; ``need_gib`` is the least in
    every computer.
    """

    plan: Plan
    need_gib: float


def suits(recipe: Recipe, cards: tuple[Card, ...], own: bool) -> bool:
    """False where a recipe and cards exclude each other: a processor's alone, with cards."""
    if own and recipe.place != "cards":
        return False
    return bool(cards) != (recipe.place == "processor")


def placement_of(
    build: Build,
    recipe: Recipe,
    wishes: Wishes,
    catalog: CatalogReader,
    rig: Rig | None = None,
) -> Placement | None:
    """The placement on cards with all the host memory it likes; None where nothing fits.

    The host of the machine makes no difference to it. ``rig`` is the build's :func:`roomy_rig`,
    of which a caller with many recipes needs only one.
    """
    cards = cards_in(build, wishes)
    own = is_own(cards, catalog)
    if not suits(recipe, cards, own):
        return None
    rig = roomy_rig(build, wishes, catalog) if rig is None else rig
    plan = roomy_plan(rig, recipe, wishes, catalog)
    if recipe.engine != "llama.cpp":
        plan = with_engine(plan, recipe.engine, catalog, recipe.cache)
        if not holds(plan, catalog):
            return None
    elif recipe.place in ("experts", "layers"):
        solved = _least_on_host(plan, recipe, catalog)
        if solved is None:
            return None
        plan = solved
    elif not holds(plan, catalog):
        return None
    if is_unchecked(plan, catalog):
        return None
    return Placement(plan, 0.0 if own else _host_need_gib(plan, catalog))


def is_unchecked(plan: Plan, catalog: CatalogReader) -> bool:
    """True when nobody is known to have run such weights on such cards with this engine."""
    prepared = prepare(plan, catalog)
    notes = answer(plan, prepared.spec, prepared.cards, catalog.kernels).notes
    return any(note.unchecked for note in notes)


def on_host(
    placement: Placement,
    machine: Machine,
    wishes: Wishes,
    catalog: CatalogReader,
    least_gib: int = 0,
) -> Plan | None:
    """The plan on one host, with the least memory on sale; None where it takes too little.

    ``least_gib``: what another model on the same rig needs.
    """
    for size in sizes_for(machine, wishes, catalog):
        if size >= max(placement.need_gib, least_gib):
            plan = with_host(placement.plan, machine, size, wishes)
            if holds(plan, catalog):
                return plan
    return None


def roomy_rig(build: Build, wishes: Wishes, catalog: CatalogReader) -> Rig:
    """A build with more and faster memory than any host has."""
    own = is_own(cards_in(build, wishes), catalog)
    here = wishes.keep.host if build.kept and wishes.keep is not None else None
    node = node_of(Machine(build, here), 0 if own else ROOMY_GIB, wishes)
    # The fastest memory of all hosts: what a plan reaches there is what it cannot exceed.
    fastest = fastest_memory_gbs(wishes, catalog)
    node = node.model_copy(update={"host": None, "memory_gbs": fastest or None})
    if all(_is_bus_known(node, slot, catalog) for slot in range(len(node.gpus))):
        # In the best slots too: another host has other ones than the computer that is kept.
        node = node.model_copy(update={"card_link": None, "parts": None})
    return Rig(nodes=(node,) * build.nodes, network=build.network)


def roomy_plan(rig: Rig, recipe: Recipe, wishes: Wishes, catalog: CatalogReader) -> Plan:
    """A recipe on a :func:`roomy_rig` under llama.cpp's options."""
    plan = _bare_plan(recipe, wishes.context_tokens, wishes.users)
    return plan.replace(rig=rig, economics=economics_of(wishes, catalog))


def _is_bus_known(node: Node, slot: int, catalog: CatalogReader) -> bool:
    row = card_row(node, slot, catalog)
    return row is not None and bus_of(row) is not None


@lru_cache(maxsize=1024)
def _bare_plan(recipe: Recipe, context_tokens: int, users: int) -> Plan:
    llama = recipe.engine == "llama.cpp"
    return Plan(
        model=recipe.model,
        weights=recipe.weights,
        rig=Rig(nodes=()),
        deployment=Deployment(cache_type_k=recipe.cache, cache_type_v=recipe.cache)
        if llama
        else Deployment(),
        workload=Workload(context_tokens=context_tokens * (users if llama else 1), sequences=users),
    )


def with_host(plan: Plan, machine: Machine, ram_gib: int, wishes: Wishes) -> Plan:
    """A plan moved to a machine with so much memory in every computer."""
    node = node_of(machine, ram_gib, wishes)
    nodes = (node,) * len(plan.rig.nodes)
    return plan.replace(rig=plan.rig.model_copy(update={"nodes": nodes}))


def _host_need_gib(plan: Plan, catalog: CatalogReader) -> float:
    """The least that the engine itself takes of a computer's memory; what the system keeps comes
    on top of it.
    """
    demand = prepare(plan, catalog).demand
    if isinstance(demand, Refusal):
        return 0.0
    used = [
        device.used_bytes
        for device in demand.devices_at(plan.workload.context_tokens)
        if device.kind == "host"
    ]
    most: float = max(used, default=0)
    return most / 2**30


def _least_on_host(roomy: Plan, recipe: Recipe, catalog: CatalogReader) -> Plan | None:
    """The fewest layers, or experts of layers, in host memory with which the cards hold the rest.

    None where the cards hold all: that is another candidate. Several cards are filled alike.
    """
    layers = catalog.model(recipe.model).architecture.layers

    def moved(count: int, loads: Loads | None) -> Plan:
        options: dict[str, object] = (
            {"cpu_moe_layers": count}
            if recipe.place == "experts"
            else {"gpu_layers": layers + 1 - count}
        )
        if loads is not None:
            options["tensor_split"] = tuple(map(float, loads.split(count)))
        return roomy.replace(deployment=roomy.deployment.model_copy(update=options))

    if _may_hold_all(roomy, recipe, catalog) and holds(moved(0, None), catalog):
        return None
    if recipe.place == "layers":
        return _least(lambda count: moved(count, None), layers, layers // 2, catalog)
    emptied = moved(layers, None)
    loads = loads_of(emptied, catalog)
    if loads is None:
        return None
    guess = min(max(loads.least_on_host(), 1), layers)
    shared = loads if len(loads.rooms) > 1 else None
    return _least(lambda count: moved(count, shared), layers, guess, catalog)


def _may_hold_all(roomy: Plan, recipe: Recipe, catalog: CatalogReader) -> bool:
    """False when the cards are surely too small for all layers."""
    layout = layout_of(catalog.model(recipe.model), recipe.weights, recipe.engine)
    needed = sum(layer.other_bytes + layer.routed_experts_bytes for layer in layout.layers)
    return sum(card.usable_bytes for card in card_devices(roomy, catalog)) >= needed


def _least(
    moved: Callable[[int], Plan], layers: int, guess: int, catalog: CatalogReader
) -> Plan | None:
    """The plan with the fewest moved layers that holds, at least one; looked for from a guess."""

    def fits(count: int) -> bool:
        return holds(moved(count), catalog)

    low, high, step = guess, layers, 1
    if fits(guess):
        low, high = guess - 1, guess
        while low > 0 and fits(low):
            low, high, step = max(low - step, 0), low, step * 2
    else:
        while low + step < layers and not fits(low + step):
            low, step = low + step, step * 2
        high = min(low + step, layers)
        if high == layers and not fits(layers):
            return None
    while high - low > 1:
        middle = (low + high) // 2
        if fits(middle):
            high = middle
        else:
            low = middle
    return moved(high)
