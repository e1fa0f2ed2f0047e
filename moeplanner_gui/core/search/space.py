"""Every rig that a search may answer with: cards × counts × hosts × formats × engines.

The space is finite and written down here, so that what is called the best can be checked by
trying all of it. Each candidate becomes a plan with the least host memory that is sold and
suffices, and with the fewest experts or layers in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from moeplanner_gui.core.bill import is_module
from moeplanner_gui.core.context import holds
from moeplanner_gui.core.engine_choice import with_engine
from moeplanner_gui.core.hardware import GpuSpec, HostSpec
from moeplanner_gui.core.placement import Refusal
from moeplanner_gui.core.plan import CacheType, Deployment, Engine, Node, Plan, Rig, Workload
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import layout_of, prepare
from moeplanner_gui.core.search.terms import Wishes
from moeplanner_gui.core.support import answer
from moeplanner_gui.core.weights import UnsupportedFormatError, formats_for

HOST_SIZES_GIB = (32, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048)
"""Memory that is sold in equal modules for two to twelve channels."""
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


@dataclass(frozen=True, slots=True)
class Machine:
    """So many computers of one kind with so many cards each. ``card`` None: no card; ``host``
    None: the card is a whole computer.
    """

    card: str | None
    count: int
    host: str | None
    nodes: int = 1
    network: str | None = None


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


def cards_of(wishes: Wishes, catalog: CatalogReader) -> tuple[GpuSpec, ...]:
    """The cards that the wishes allow, in catalogue order."""
    rows = getattr(catalog, "gpus", {}).values()
    return tuple(
        row
        for row in rows
        if (not wishes.vendors or row.vendor in wishes.vendors)
        and not (wishes.quiet and (is_module(row) or not row.has_display))
        and (wishes.used_prices or _is_new_price(row.id, catalog))
    )


def _is_new_price(part_id: str, catalog: CatalogReader) -> bool:
    price = catalog.price(part_id)
    return price is None or price.kind != "used"


def hosts_of(catalog: CatalogReader) -> tuple[HostSpec, ...]:
    """Hosts whose board and processor have a price, in catalogue order."""
    rows: tuple[HostSpec, ...] = tuple(getattr(catalog, "hosts", {}).values())
    return tuple(row for row in rows if host_is_priced(row, catalog))


def host_is_priced(row: HostSpec, catalog: CatalogReader) -> bool:
    """True when a computer of this host can be priced."""
    if catalog.price(row.id) is not None:
        return True
    preset = catalog.presets.get(row.id)
    return preset is not None and all(catalog.price(part.part) for part in preset.parts)


def machines(wishes: Wishes, catalog: CatalogReader) -> Iterator[Machine]:
    """All computers that the wishes leave open; a module needs a server, whatever its host."""
    hosts = hosts_of(catalog)
    networks = [None, *catalog.networks]
    for nodes in range(1, wishes.max_nodes + 1):
        for network in networks[:1] if nodes == 1 else networks[1:]:
            for row in cards_of(wishes, catalog):
                if row.unified_memory:
                    yield Machine(row.id, 1, None, nodes, network)
                    continue
                for count in range(1, wishes.max_cards + 1):
                    for host in hosts:
                        yield Machine(row.id, count, host.id, nodes, network)
            for host in hosts:
                yield Machine(None, 0, host.id, nodes, network)


@dataclass(frozen=True, slots=True)
class Placement:
    """How cards are used and how much host memory that takes, whatever the host.

    ``plan`` has more host memory than is needed; ``need_gib`` is the least in every computer.
    """

    plan: Plan
    need_gib: float


def plan_of(
    machine: Machine, recipe: Recipe, wishes: Wishes, catalog: CatalogReader
) -> Plan | None:
    """The plan of a candidate, solved; None where it does not fit however it is placed."""
    placement = placement_of(machine, recipe, wishes, catalog)
    return None if placement is None else on_host(placement, machine.host, catalog)


def placement_of(
    machine: Machine, recipe: Recipe, wishes: Wishes, catalog: CatalogReader
) -> Placement | None:
    """The placement on cards with all the host memory it likes; None where nothing fits.

    The host of the machine makes no difference to it.
    """
    if (machine.card is None) != (recipe.place == "processor"):
        return None
    own = machine.card is not None and catalog.gpu(machine.card).unified_memory
    if own and recipe.place != "cards":
        return None
    plan = _roomy_plan(machine, recipe, wishes, ram_gib=0 if own else ROOMY_GIB)
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


def on_host(placement: Placement, host_id: str | None, catalog: CatalogReader) -> Plan | None:
    """The plan on one host, with the least memory on sale; None where it takes too little."""
    if host_id is None:
        return placement.plan
    for size in sizes_of(catalog.host(host_id)):
        if size >= placement.need_gib:
            plan = _with_host(placement.plan, host_id, size)
            if holds(plan, catalog):
                return plan
    return None


def sizes_of(host: HostSpec) -> tuple[int, ...]:
    """GiB of memory that are sold for a host."""
    most = host.max_memory_gb
    return tuple(size for size in HOST_SIZES_GIB if most is None or size <= most) or (32,)


def _roomy_plan(machine: Machine, recipe: Recipe, wishes: Wishes, ram_gib: int) -> Plan:
    node = Node(
        gpus=() if machine.card is None else (machine.card,) * machine.count,
        display="headless",
        ram_gib=ram_gib,
    )
    llama = recipe.engine == "llama.cpp"
    tokens = wishes.context_tokens * (wishes.users if llama else 1)
    return Plan(
        model=recipe.model,
        weights=recipe.weights,
        rig=Rig(nodes=(node,) * machine.nodes, network=machine.network),
        deployment=Deployment(cache_type_k=recipe.cache, cache_type_v=recipe.cache)
        if llama
        else Deployment(),
        workload=Workload(context_tokens=tokens, sequences=wishes.users),
        economics=wishes.economics,
    )


def _with_host(plan: Plan, host_id: str, ram_gib: int) -> Plan:
    change = {"host": host_id, "ram_gib": ram_gib}
    nodes = tuple(node.model_copy(update=change) for node in plan.rig.nodes)
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

    None where the cards hold all: that is another candidate.
    """
    layers = catalog.model(recipe.model).architecture.layers

    def moved(count: int) -> Plan:
        options: dict[str, int] = (
            {"cpu_moe_layers": count}
            if recipe.place == "experts"
            else {"gpu_layers": layers + 1 - count}
        )
        return roomy.replace(deployment=roomy.deployment.model_copy(update=options))

    if holds(moved(0), catalog) or not holds(moved(layers), catalog):
        return None
    low, high = 0, layers
    while high - low > 1:
        middle = (low + high) // 2
        if holds(moved(middle), catalog):
            high = middle
        else:
            low = middle
    return moved(high)
