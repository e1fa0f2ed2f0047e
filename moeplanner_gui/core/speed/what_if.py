"""The same plan with one thing about its speed changed: what it would be, and the plan itself.

Decides nothing and computes no speed: every figure comes from ``evaluate``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import Assessment, Range, Speed
from moeplanner_gui.core.edits import set_deployment, set_network
from moeplanner_gui.core.plan import Backend, Node, Plan, Rig
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import prepare
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.speed.buses import (
    bridge_pairs,
    bus_of,
    card_row,
    has_module_link,
    pcie_row,
)
from moeplanner_gui.core.speed.card_links import card_links
from moeplanner_gui.core.speed.groups import backend_of
from moeplanner_gui.core.speed.power_limit import own_limit_w
from moeplanner_gui.core.words import chained, say

BACKEND_NAMES: dict[Backend, str] = {
    "cuda": "CUDA",
    "rocm": "ROCm",
    "vulkan": say("Vulkan"),
    "metal": say("Metal"),
    "sycl": "SYCL",
    "cpu": say("the processor"),
}
_OWN_BACKEND: dict[str, Backend] = {"NVIDIA": "cuda", "AMD": "rocm", "Intel": "sycl"}
_RATES = {
    "DDR4": (2133, 2400, 2666, 2933, 3200, 3600),
    "DDR5": (4400, 4800, 5200, 5600, 6000, 6400, 7200, 8000),
    "MRDIMM": (8000, 8800, 12_800),
}
"""Transfer rates that modules are sold with, MT/s (JEDEC steps, and the usual ones beyond)."""
_LIMIT_SHARE = 2 / 3
"""Of a card's own power limit; a common choice, and inside of what was measured."""
_LEAST_CHANGE = 0.002
"""What changes less is no answer to anybody."""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """One change.

    Attributes:
        key: What kind of change it is, ``"nvlink"`` or ``"memory_speed"``.
        label: The change in a few words, for example ``"Cards at PCIe 4.0 x8"``.
        plan: The changed plan, ready to be loaded.
        before: The speed as it is.
        after: The speed of ``plan``; without figures where it would not run or not fit, and
            ``because`` then says it.
    """

    key: str
    label: str
    plan: Plan
    before: Speed
    after: Speed


def what_ifs(plan: Plan, catalog: CatalogReader) -> tuple[WhatIf, ...]:
    """Every change that applies to a plan and makes a difference.

    Empty when the speed of the plan itself is not known.

    Raises:
        UnknownEntryError: The plan names a row that the catalogue does not have.
    """
    return tuple(found for found in what_ifs_in_turn(plan, catalog) if found is not None)


def what_ifs_in_turn(plan: Plan, catalog: CatalogReader) -> Iterator[WhatIf | None]:
    """As :func:`what_ifs`, handed out after each evaluation; None where it makes no difference.

    With hundreds of cards all of them together hold a window up for longer than it may be.
    """
    before = evaluate(plan, catalog).speed
    if before.decode_tokens_per_s is None and before.prefill_tokens_per_s is None:
        return
    for changes in _CHANGES:
        for key, label, changed in changes(plan, catalog):
            if changed == plan:
                continue
            after = _speed(evaluate(changed, catalog))
            differs = _differs(before, after)
            yield WhatIf(key, label, changed, before, after) if differs else None


_Change = tuple[str, str, Plan]
_Changes = Callable[[Plan, CatalogReader], Iterator[_Change]]


def _speed(assessment: Assessment) -> Speed:
    """The speed, with the reason of the verdict where the plan has none."""
    speed = assessment.speed
    if assessment.fits or not assessment.reasons:
        return speed
    return Speed(because=assessment.reasons[0])


def _differs(before: Speed, after: Speed) -> bool:
    return any(
        _apart(getattr(before, name), getattr(after, name))
        for name in ("decode_tokens_per_s", "prefill_tokens_per_s", "time_to_first_token_s")
    )


def _apart(one: Range | None, other: Range | None) -> bool:
    if one is None or other is None:
        return one is not other
    return abs(other.expected - one.expected) > _LEAST_CHANGE * one.expected


def _each_node(plan: Plan, change: Callable[[Node], dict[str, object]]) -> Plan:
    """The plan with every node changed as ``change`` says."""
    nodes = tuple(node.model_copy(update=change(node)) for node in plan.rig.nodes)
    if nodes == plan.rig.nodes:
        return plan
    return plan.replace(rig=Rig.model_construct(nodes=nodes, network=plan.rig.network))


def _nvlink(plan: Plan, catalog: CatalogReader) -> Iterator[_Change]:
    """Bridges put in, or the vendors' own link taken away."""

    def bridged(node: Node) -> dict[str, object]:
        with_bridges = node.model_copy(update={"nvlink": True})
        if node.nvlink is not True and bridge_pairs(with_bridges, catalog):
            return {"nvlink": True}
        return {}

    def bare(node: Node) -> dict[str, object]:
        rows = [card_row(node, slot, catalog) for slot in range(len(node.gpus))]
        built_in = any(row is not None and has_module_link(row) for row in rows)
        on = node.nvlink is not False and built_in and len(rows) > 1
        return {"nvlink": False} if on or bridge_pairs(node, catalog) else {}

    yield "nvlink", say("With NVLink bridges"), _each_node(plan, bridged)
    amd = any(card.vendor == "AMD" for card in prepare(plan, catalog).cards)
    name = say("Infinity Fabric") if amd else "NVLink"
    yield "nvlink", say("Without {0}, over PCIe", name), _each_node(plan, bare)


def _pcie(plan: Plan, catalog: CatalogReader) -> Iterator[_Change]:
    """The cards at half the lanes, or at all of their own."""
    names: set[str] = set()

    def at_x8(node: Node) -> dict[str, object]:
        buses = [link.bus for link in card_links(node, catalog)]
        known = [bus for bus in buses if bus is not None]
        if not known or len(known) < len(buses) or min(bus.width for bus in known) < 16:
            return {}
        generation = min(bus.generation for bus in known)
        row = catalog.links.get(f"pcie{generation}-x8")
        if row is None:
            return {}
        names.add(row.name)
        return {"card_link": row.id}

    narrow = _each_node(plan, at_x8)
    yield "pcie", say("Cards at {0}", chained(sorted(names))), narrow
    names.clear()

    def at_full(node: Node) -> dict[str, object]:
        rows = [card_row(node, slot, catalog) for slot in range(len(node.gpus))]
        if not rows or any(row is None for row in rows):
            return {}
        now = [link.bus for link in card_links(node, catalog)]
        full = [bus for row in rows if row is not None and (bus := bus_of(row)) is not None]
        if len(full) < len(rows) or all(
            bus is not None and bus.width >= best.width for bus, best in zip(now, full, strict=True)
        ):
            return {}
        limit = catalog.host(node.host).pcie_gen if node.host is not None else full[0].generation
        best = min(full, key=lambda bus: bus.width)
        wide = pcie_row(type(best)(min(best.generation, limit), best.width), catalog)
        if wide is None:
            return {}
        names.add(wide.name)
        return {"card_link": wide.id}

    wider = _each_node(plan, at_full)
    yield "pcie", say("Cards at {0}", chained(sorted(names))), wider


def _network(plan: Plan, catalog: CatalogReader) -> Iterator[_Change]:
    """The next faster network between the nodes."""
    now = catalog.networks.get(plan.rig.network or "")
    if now is None or len(plan.rig.nodes) < 2:
        return
    faster = [row for row in catalog.networks.values() if row.gbs > now.gbs]
    if faster:
        row = min(faster, key=lambda network: network.gbs)
        yield "network", say("Nodes joined by {0}", row.name), set_network(plan, row.id)


def _memory_speed(plan: Plan, catalog: CatalogReader) -> Iterator[_Change]:
    """The next slower and the next faster host memory that is sold."""
    for word, faster in ((say("Slower"), False), (say("Faster"), True)):
        names: set[str] = set()

        def changed(
            node: Node, names: set[str] = names, faster: bool = faster
        ) -> dict[str, object]:
            if node.host is None or node.memory_gbs is not None:
                return {}
            host = catalog.host(node.host)
            now = node.memory_mt_s or host.mt_s
            rates = _RATES.get(host.memory, ())
            found = (
                min((rate for rate in rates if rate > now), default=None)
                if faster
                else max((rate for rate in rates if rate < now), default=None)
            )
            if found is None:
                return {}
            names.add(f"{host.memory}-{found}")
            return {"memory_mt_s": found}

        other = _each_node(plan, changed)
        yield "memory_speed", say("{0} host memory, {1}", word, chained(sorted(names))), other


def _channels(plan: Plan, catalog: CatalogReader) -> Iterator[_Change]:
    """One more pair of memory channels."""
    counts: set[int] = set()

    def more(node: Node) -> dict[str, object]:
        if node.host is None or node.memory_gbs is not None:
            return {}
        now = node.memory_channels or catalog.host(node.host).channels
        if now + 2 > 64:
            return {}
        counts.add(now + 2)
        return {"memory_channels": now + 2}

    wider = _each_node(plan, more)
    words = chained(str(count) for count in sorted(counts))
    yield "memory_channels", say("One more pair of memory channels, {0} in all", words), wider


def _power(plan: Plan, catalog: CatalogReader) -> Iterator[_Change]:
    """A power limit of two thirds, or none where there is one."""

    def free(node: Node) -> dict[str, object]:
        return {} if node.power_limit_w is None else {"power_limit_w": None}

    yield "power_limit", say("Without the power limit"), _each_node(plan, free)
    watts: set[str] = set()

    def capped(node: Node) -> dict[str, object]:
        own = [own_limit_w(card, catalog) for card in node.gpus]
        known = [value for value in own if value is not None]
        if node.power_limit_w is not None or not known or len(known) < len(own):
            return {}
        limit = 10 * round(max(known) * _LIMIT_SHARE / 10)
        if limit < 50:
            return {}
        watts.add(f"{limit} W")
        return {"power_limit_w": float(limit)}

    limited = _each_node(plan, capped)
    yield "power_limit", say("Cards limited to {0}", chained(sorted(watts))), limited


def _backend(plan: Plan, catalog: CatalogReader) -> Iterator[_Change]:
    """The vendor's own back end of llama.cpp against Vulkan."""
    cards = prepare(plan, catalog).cards
    vendors = {card.vendor for card in cards}
    if plan.deployment.engine != "llama.cpp" or len(vendors) != 1:
        return
    own = _OWN_BACKEND.get(vendors.pop())
    if own is None:
        return
    other: Backend = "vulkan" if backend_of(plan, cards[0]) == own else own
    changed = set_deployment(plan, backend=other)
    yield "backend", say("With the {0} back end", BACKEND_NAMES[other]), changed


def _mtp(plan: Plan, catalog: CatalogReader) -> Iterator[_Change]:
    """Multi-token prediction on or off, where the model has layers for it."""
    options = plan.deployment
    if options.mtp:
        yield "mtp", say("Without multi-token prediction"), set_deployment(plan, mtp=False)
    elif options.engine != "llama.cpp" and catalog.model(plan.model).architecture.mtp is not None:
        yield "mtp", say("With multi-token prediction"), set_deployment(plan, mtp=True)


_CHANGES: tuple[_Changes, ...] = (
    _nvlink,
    _pcie,
    _network,
    _memory_speed,
    _channels,
    _power,
    _backend,
    _mtp,
)
