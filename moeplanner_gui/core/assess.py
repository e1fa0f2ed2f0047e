"""``evaluate``: from a plan to everything that can be said about it.

The only entry to the estimator. It joins the rules of the engines, the cards and the weights;
it holds no formula of its own.
"""

from __future__ import annotations

from moeplanner_gui.core.assessment import Assessment, DeviceMemory, Power, Speed
from moeplanner_gui.core.checks import findings
from moeplanner_gui.core.context import solve
from moeplanner_gui.core.cost.assess import cost_of
from moeplanner_gui.core.hardware_cost import hardware_cost
from moeplanner_gui.core.placement import Refusal
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.power.draw import host_computes, power_of
from moeplanner_gui.core.prepare import Prepared, figures_of, prepare, smaller_native_bytes
from moeplanner_gui.core.speed.assess import NOT_FITTING, NOT_RUNNING, speed_of
from moeplanner_gui.core.verdict import judge, sentences
from moeplanner_gui.core.verdict_words import in_memory_only


def evaluate(plan: Plan, catalog: CatalogReader) -> Assessment:
    """Everything that follows from a plan; never raises for what is merely impossible.

    Args:
        plan: What the user chose.
        catalog: Where models, cards, hosts and prices are looked up.

    Raises:
        UnknownEntryError: The model, a card, a host or the network is not in the catalogue.
    """
    prepared = prepare(plan, catalog)
    demand = prepared.demand
    layout = prepared.layout
    hardware = hardware_cost(plan, catalog)
    figures = None if layout is None else figures_of(prepared.spec, layout)
    if isinstance(demand, Refusal) or layout is None:
        sentence = demand.sentence if isinstance(demand, Refusal) else ""
        speed = Speed(because=NOT_RUNNING)
        return Assessment(
            verdict="cannot_run",
            reasons=(sentence,),
            model=figures,
            devices=_bare_devices(prepared),
            kv_cache_bytes=0,
            max_context_tokens=0,
            max_context_limited_by=None,
            speed=speed,
            cost=cost_of(prepared, speed, Power(), hardware, catalog, sentence or NOT_RUNNING),
            findings=findings(prepared, (), catalog),
        )
    devices = demand.devices_at(plan.workload.context_tokens)
    verdict, tightest = judge(devices, demand.shares)
    tokens, limited_by = solve(demand)
    found = findings(prepared, devices, catalog)
    reasons = sentences(
        verdict,
        tightest,
        devices,
        demand.shares,
        layout.label,
        smaller_native_bytes(prepared) if verdict == "does_not_fit" else None,
    )
    unchecked = tuple(f.message for f in found if f.code == "kernel_not_checked")
    if unchecked:
        # Memory alone does not make a plan run: the first sentence is often the only one read.
        reasons = (in_memory_only(reasons[0]), *reasons[1:], *unchecked)
    fits = verdict != "does_not_fit"
    speed = speed_of(prepared, catalog) if fits else _no_speed(prepared, catalog)
    power = power_of(plan, catalog, host_computes=host_computes(prepared))
    return Assessment(
        verdict=verdict,
        reasons=reasons,
        model=figures,
        devices=devices,
        kv_cache_bytes=sum(device.kv_cache_bytes for device in devices),
        max_context_tokens=tokens,
        max_context_limited_by=limited_by,
        tightest=tightest,
        speed=speed,
        power=power,
        cost=cost_of(prepared, speed, power, hardware, catalog, None if fits else reasons[0]),
        findings=found,
    )


def _no_speed(prepared: Prepared, catalog: CatalogReader) -> Speed:
    """Why a plan that does not fit has no speed; with several users, how many would fit."""
    if prepared.plan.workload.sequences == 1:
        return Speed(because=NOT_FITTING)
    from moeplanner_gui.core.speed.curves import too_many_users

    refused = too_many_users(prepared.plan, catalog)
    return Speed(because=f"{NOT_FITTING} {refused}" if refused else NOT_FITTING)


def _bare_devices(prepared: Prepared) -> tuple[DeviceMemory, ...]:
    """The devices with nothing on them, so that a rig can still be drawn."""
    return tuple(
        DeviceMemory(
            name=device.name,
            node=device.node,
            kind=device.kind,
            capacity_bytes=device.capacity_bytes,
            usable_bytes=device.usable_bytes,
            held_back=device.held_back,
            slot=device.slot,
            card_id=device.card_id,
        )
        for device in (*prepared.cards, *(h for h in prepared.hosts if not h.unknown))
    )
