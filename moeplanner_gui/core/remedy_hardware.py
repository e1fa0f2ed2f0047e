"""Changes that use other memory: host memory, the disk, smaller files, other engines and cards.

Each is solved, so that what is offered is the least that helps. Decides nothing:
:mod:`moeplanner_gui.core.remedies` evaluates them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

from moeplanner_gui.core.context import holds
from moeplanner_gui.core.edits import (
    set_deployment,
    set_node,
    set_weights,
)
from moeplanner_gui.core.engine_choice import with_engine
from moeplanner_gui.core.hardware_cost import memory_module
from moeplanner_gui.core.id_words import price_kind_words
from moeplanner_gui.core.placement import Refusal
from moeplanner_gui.core.plan import Engine, Plan, weights_id
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import ENGINE_NAMES, layout_of, prepare
from moeplanner_gui.core.remedy_changes import Change, Price, fewest
from moeplanner_gui.core.units import format_count, format_memory
from moeplanner_gui.core.usable import card_devices
from moeplanner_gui.core.weights import UnsupportedFormatError, formats_for
from moeplanner_gui.core.words import lower_first, say

_HOST_SIZES_GIB = (32, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048)
_DISK_SIZES_GIB = (500, 1000, 2000, 4000, 8000)
_WEIGHT_STEPS = 3
_ROOMY_GIB = 65_536


def host_memory(plan: Plan, catalog: CatalogReader) -> Iterator[Change | None]:
    """The least host memory that is sold and suffices, where host memory is what is missing."""
    if not plan.rig.nodes or not holds(set_node(plan, 0, ram_gib=_ROOMY_GIB), catalog):
        return
    changed = _with_memory(plan, catalog)
    if changed is None or changed == plan:
        return
    ram = changed.rig.nodes[0].ram_gib
    usd, words = _memory_price(plan, ram, catalog)
    yield Change(
        "memory",
        say("Put {0} GiB of host memory into node 1", format_count(ram))
        if len(plan.rig.nodes) > 1
        else say("Take {0} GiB of host memory", format_count(ram)),
        words,
        _memory_kind(plan),
        changed,
        usd,
    )


def experts_on_host(plan: Plan, catalog: CatalogReader) -> Iterator[Change | None]:
    """The fewest layers of experts in host memory after which the cards hold the rest."""
    model = catalog.model(plan.model)
    if plan.deployment.engine != "llama.cpp" or not model.is_moe or not plan.gpu_count:
        return
    if _is_one_memory(plan, catalog):
        return
    now = plan.deployment.cpu_moe_layers
    if now < 0:
        return
    roomy = set_node(plan, 0, ram_gib=_ROOMY_GIB)
    count = fewest(
        now,
        model.architecture.layers,
        catalog,
        lambda layers: set_deployment(roomy, cpu_moe_layers=layers),
    )
    if count is None:
        return
    changed = _with_memory(set_deployment(plan, cpu_moe_layers=count), catalog)
    if changed is None:
        return
    yield _in_memory(
        plan, changed, catalog, say("Keep the experts of {0} in host memory",_layers(count)),
        f"--n-cpu-moe {count}",
    )  # fmt: skip


def layers_on_host(plan: Plan, catalog: CatalogReader) -> Iterator[Change | None]:
    """The fewest whole layers in host memory, for models without experts."""
    model = catalog.model(plan.model)
    options = plan.deployment
    if options.engine != "llama.cpp" or model.is_moe or not plan.gpu_count:
        return
    if _is_one_memory(plan, catalog):
        return
    whole = model.architecture.layers + 1
    now = 0 if options.gpu_layers is None else max(whole - options.gpu_layers, 0)
    roomy = set_node(plan, 0, ram_gib=_ROOMY_GIB)
    count = fewest(
        now, whole, catalog, lambda layers: set_deployment(roomy, gpu_layers=whole - layers)
    )
    if count is None:
        return
    changed = _with_memory(set_deployment(plan, gpu_layers=whole - count), catalog)
    if changed is None:
        return
    yield _in_memory(
        plan,
        changed,
        catalog,
        say("Keep {0} in host memory", _layers(count)),
        f"-ngl {whole - count}",
    )


def experts_on_disk(plan: Plan, catalog: CatalogReader) -> Iterator[Change | None]:
    """The fewest layers of experts on the disk, where host memory cannot hold them all."""
    model = catalog.model(plan.model)
    options = plan.deployment
    if options.engine != "llama.cpp" or not model.is_moe or not plan.rig.nodes:
        return
    if not plan.rig.nodes[0].ram_gib or options.disk_moe_layers < 0:
        return
    layers = model.architecture.layers
    roomy = set_node(plan, 0, disk_gib=1_048_576)
    in_host = fewest(
        max(options.cpu_moe_layers, 0) - 1,
        layers,
        catalog,
        lambda count: set_deployment(
            set_node(roomy, 0, ram_gib=_ROOMY_GIB), cpu_moe_layers=count, disk_moe_layers=0
        ),
    )
    if in_host is None:
        return
    if holds(set_deployment(plan, cpu_moe_layers=in_host, disk_moe_layers=0), catalog):
        return  # The host memory is large enough.
    count = fewest(
        options.disk_moe_layers,
        in_host,
        catalog,
        lambda some: set_deployment(roomy, cpu_moe_layers=in_host, disk_moe_layers=some),
    )
    if count is None:
        return
    changed = set_deployment(plan, cpu_moe_layers=in_host, disk_moe_layers=count)
    if not holds(changed, catalog):
        sized = (set_node(changed, 0, disk_gib=size) for size in _DISK_SIZES_GIB)
        found = next((plan for plan in sized if holds(plan, catalog)), None)
        if found is None:
            return
        changed = found
    disk = changed.rig.nodes[0].disk_gib
    if not disk:
        return
    yield Change(
        "experts",
        say("Read the experts of {0} from the disk", _layers(count)),
        say("{0} GiB of disk in node 1; far slower.", format_count(disk)),
        Price.SPEED if disk == plan.rig.nodes[0].disk_gib else Price.MEMORY,
        changed,
    )


def smaller_weights(plan: Plan, catalog: CatalogReader) -> Iterator[Change | None]:
    """The published checkpoint where it is the smaller one, then the largest smaller formats."""
    offered = 0
    for step in _smaller_formats(plan, catalog):
        if step is None or not holds(step.plan, catalog):
            yield None
            continue
        offered += 1
        yield replace(step, family=f"weights{offered}")
        if offered == _WEIGHT_STEPS:
            return


def weights_and_host(plan: Plan, catalog: CatalogReader) -> Iterator[Change | None]:
    """The largest smaller format with which experts, or layers, in host memory are enough.

    One that the host memory of now holds comes before one for which memory must be found.
    """
    best = offered = 0
    for alone in (*experts_on_host(plan, catalog), *layers_on_host(plan, catalog)):
        if alone is not None:
            best = alone.plan.rig.nodes[0].ram_gib
    for step in _smaller_formats(plan, catalog):
        if step is None:
            yield None
            continue
        for more in (*experts_on_host(step.plan, catalog), *layers_on_host(step.plan, catalog)):
            ram = 0 if more is None else more.plan.rig.nodes[0].ram_gib
            if more is None or (best and ram >= best):
                yield None
                continue
            best, offered = ram, offered + 1
            yield Change(
                say("weights and host {0}", ram),
                say("{0} and {1}", step.title, lower_first(more.title)),
                f"{step.detail} {more.detail}",
                max(step.price, more.price, Price.WEIGHTS),
                more.plan,
                more.usd,
            )
            if more.price < Price.MEMORY or offered == _WEIGHT_STEPS:
                return


def _smaller_formats(plan: Plan, catalog: CatalogReader) -> Iterator[Change | None]:
    """Every smaller format, native first and then the largest; None for each other step."""
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
        yield None  # Working out how a format lies in the file takes a moment.
        try:
            size = layout_of(model, choice.id, engine).total_bytes
        except UnsupportedFormatError:
            continue
        if size < current:
            sizes.append((size, choice))
    sizes.sort(key=lambda item: (item[1].id != "native", -item[0]))
    for size, choice in sizes:
        saved = say(", {0} less", format_memory(current - size)) if current < 2**62 else ""
        yield Change(
            "weights",
            say("Choose {0}", choice.label),
            say("{0} of weights{1}.", format_memory(size), saved),
            Price.NOTHING if choice.id == "native" else Price.WEIGHTS,
            set_weights(plan, choice.id),
        )


def other_engine(plan: Plan, catalog: CatalogReader) -> Iterator[Change | None]:
    """The same model in the same cards under another engine."""
    words = {
        "llama.cpp": say("It runs on every card; layers are spread over them."),
        "vllm": say("Every layer is divided over the cards."),
        "sglang": say("Every layer is divided over the cards."),
        "ktransformers": say("Attention on the card, the experts in host memory."),
    }
    for engine, name in ENGINE_NAMES.items():
        if engine == plan.deployment.engine:
            continue
        moved = with_engine(plan, cast(Engine, engine), catalog)
        kept = not isinstance(prepare(moved, catalog).demand, Refusal)
        if not kept and weights_id(plan) != "native":
            moved = set_weights(moved, "native")
            moved = with_engine(set_weights(plan, "native"), cast(Engine, engine), catalog)
        yield Change(
            "engine",
            say("Use {0}", name) if kept else say("Use {0} with native weights", name),
            words[engine],
            Price.ENGINE,
            moved,
        )


def _is_one_memory(plan: Plan, catalog: CatalogReader) -> bool:
    """True where the first computer's card and host share one memory: nothing to move."""
    return any(card.unified and card.node == 0 for card in card_devices(plan, catalog))


def _in_memory(
    plan: Plan, changed: Plan, catalog: CatalogReader, title: str, option: str
) -> Change:
    ram, before = changed.rig.nodes[0].ram_gib, plan.rig.nodes[0].ram_gib
    demand: Any = prepare(changed, catalog).demand
    host = next(d for d in demand.devices_at(changed.workload.context_tokens) if d.kind == "host")
    usd, words = (0.0, "") if ram == before else _memory_price(plan, ram, catalog)
    detail = say(
        "{0} with {1} GiB of memory in node 1, {2} of it used; slower.",
        option,
        format_count(ram),
        format_memory(host.used_bytes),
    )
    price = Price.SPEED if ram == before else _memory_kind(plan)
    return Change("experts", title, f"{detail} {words}".strip(), price, changed, usd)


def _with_memory(plan: Plan, catalog: CatalogReader) -> Plan | None:
    """The plan, or the same with the least host memory on sale that holds it."""
    if holds(plan, catalog):
        return plan
    node = plan.rig.nodes[0]
    most = None if node.host is None else catalog.host(node.host).max_memory_gb
    for size in _HOST_SIZES_GIB:
        if size > node.ram_gib and (most is None or size <= most):
            changed = set_node(plan, 0, ram_gib=size)
            if holds(changed, catalog):
                return changed
    return None


def _memory_price(plan: Plan, ram_gib: int, catalog: CatalogReader) -> tuple[float | None, str]:
    node = plan.rig.nodes[0]
    price_id = None if node.host is None else memory_module(catalog.host(node.host))[1]
    row = None if price_id is None else catalog.price(price_id)
    if row is None:
        return None, say("No price is known for the memory.")
    # Modules in place seldom go with larger ones: all of it is counted.
    usd = row.usd * ram_gib
    return usd, say(
        "${0:,.0f} of memory ({1} price, {2}).", usd, price_kind_words(row.kind), row.date
    )


def _memory_kind(plan: Plan) -> Price:
    """Memory that was never chosen may be there already; a larger one must be bought."""
    return Price.MONEY if plan.rig.nodes[0].ram_gib else Price.MEMORY


def _layers(count: int) -> str:
    return say("one layer") if count == 1 else say("{0} layers", count)
