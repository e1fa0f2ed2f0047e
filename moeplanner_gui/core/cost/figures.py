"""The month's arithmetic in floats or arrays, for what varies its inputs many times.

Bands, curves and draws vary ten inputs thousands of times. The figures that are shown come from
the Decimal formulas of this package; a test holds both together to the cent.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from moeplanner_gui.core.cost.inputs import CostInputs
from moeplanner_gui.core.cost.money import HOURS_PER_MONTH
from moeplanner_gui.core.cost.renting import PACKING

Value = Any
"""A float, or an array of floats when the arithmetic is that of arrays."""
_HOURS = float(HOURS_PER_MONTH)
_PACKING = float(PACKING)
_NO_INTEREST = 1e-12
"""Stands in for no interest, which would divide nothing by nothing."""


class Arithmetic(NamedTuple):
    """The operations that floats and arrays spell differently."""

    ceil: Callable[[Value], Value] = math.ceil
    maximum: Callable[[Value, Value], Value] = max
    minimum: Callable[[Value, Value], Value] = min
    expm1: Callable[[Value], Value] = math.expm1
    log1p: Callable[[Value], Value] = math.log1p


FLOATS = Arithmetic()


class Figures(NamedTuple):
    """Every input of a month. The names are the keys of the ranges.

    ``api_change`` multiplies all prices of the API; ``rent_usd`` is the hour of one GPU.
    """

    hardware_usd: Value
    life_months: Value
    resale_haircut: Value
    resale_annual_fall: Value
    resale_share: Value | None
    capital_rate: Value
    maintenance_share: Value
    other_usd: Value
    load_w: Value
    idle_w: Value
    pue: Value
    usd_per_kwh: Value
    hours_on: Value
    prefill: Value
    decode: Value
    availability: Value
    max_duty: Value
    input_mtok: Value
    output_mtok: Value
    cache_hit_share: Value
    api_input_usd: Value
    api_cached_usd: Value
    api_output_usd: Value
    api_write_usd: Value
    api_change: Value
    gpus: Value
    rent_usd: Value
    storage_usd: Value
    minimum_hours: Value


def figures_of(inputs: CostInputs) -> Figures | None:
    """The inputs as floats, the API's with its peak hours and batches; None without a rig."""
    rig, throughput, tokens, api = inputs.rig, inputs.throughput, inputs.tokens, inputs.api
    if rig is None or throughput is None:
        return None
    share, rental = rig.resale.share, inputs.rental
    standard = 0.0
    if api is not None:
        peak = 1 + inputs.peak_share * (api.peak_multiplier - 1)
        standard = float(peak * (1 - inputs.batch_share * api.batch_discount))
    return Figures(
        hardware_usd=float(rig.hardware_usd),
        life_months=float(rig.life_months),
        resale_haircut=float(rig.resale.haircut),
        resale_annual_fall=float(rig.resale.annual_fall),
        resale_share=None if share is None else float(share),
        capital_rate=float(rig.capital_rate),
        maintenance_share=float(rig.maintenance_share_per_year),
        other_usd=float(rig.other_usd_per_month),
        load_w=float(rig.load_w),
        idle_w=float(rig.idle_w),
        pue=float(rig.pue),
        usd_per_kwh=float(rig.usd_per_kwh),
        hours_on=float(rig.hours_on),
        prefill=float(throughput.prefill_tokens_per_s),
        decode=float(throughput.decode_tokens_per_s),
        availability=float(throughput.availability),
        max_duty=float(throughput.max_duty),
        input_mtok=float(tokens.input_mtok),
        output_mtok=float(tokens.output_mtok),
        cache_hit_share=float(tokens.cache_hit_share),
        api_input_usd=0.0 if api is None else float(api.input_usd) * standard,
        api_cached_usd=0.0 if api is None else float(api.cached_usd) * standard,
        api_output_usd=0.0 if api is None else float(api.output_usd) * standard,
        api_write_usd=0.0 if api is None else float(api.write_usd * inputs.written_mtok),
        api_change=1.0,
        gpus=0.0 if rental is None else float(rental.gpus),
        rent_usd=0.0 if rental is None else float(rental.usd_per_gpu_hour),
        storage_usd=0.0 if rental is None else float(rental.storage_usd),
        minimum_hours=0.0 if rental is None else float(rental.minimum_hours),
    )


def per_rig_usd(f: Figures, a: Arithmetic = FLOATS) -> Value:
    """Amortisation and maintenance of one rig, USD a month; see :mod:`.resale`."""
    if f.resale_share is not None:
        resale = f.hardware_usd * f.resale_share
    else:
        left = a.maximum(1 - f.resale_annual_fall, 0.0)
        resale = f.hardware_usd * (1 - f.resale_haircut) * left ** (f.life_months / 12)
    # The annuity (C*k*g - V*k) / (g - 1), written so that little interest loses no digits.
    force = a.log1p(a.maximum(f.capital_rate, _NO_INTEREST)) / 12
    monthly, grown = a.expm1(force), a.expm1(force * f.life_months)
    lost = f.hardware_usd * monthly + (f.hardware_usd - resale) * monthly / grown
    return lost + f.hardware_usd * f.maintenance_share / 12


def busy_hours(f: Figures) -> Value:
    """Hours of work a month; see :mod:`.workload`."""
    return hours_of_work(f.input_mtok * (1 - f.cache_hit_share), f.output_mtok, f.prefill, f.decode)


def hours_of_work(read_mtok: Value, write_mtok: Value, prefill: Value, decode: Value) -> Value:
    """Hours for so many million uncached and written tokens."""
    return (read_mtok / prefill + write_mtok / decode) * 1e6 / 3600


def usable_hours(f: Figures) -> Value:
    """Hours of a month that one rig can work."""
    return _HOURS * f.availability * f.max_duty


def rigs_for(busy: Value, usable: Value, a: Arithmetic = FLOATS) -> Value:
    """How many rigs ``busy`` hours take, at least one."""
    # A break-even at the very capacity must not buy a rig for the last bit of a float.
    return a.maximum(a.ceil(busy / usable - 1e-12), 1)


def power_usd(
    rigs: Value,
    busy: Value,
    load_w: Value,
    idle_w: Value,
    hours_on: Value,
    usd_per_watt_hour: Value,
    a: Arithmetic = FLOATS,
) -> Value:
    """Electricity of waiting and of work; see :func:`.owning.owning_cost`."""
    waiting = a.maximum(rigs * hours_on, busy)
    return (idle_w * waiting + (load_w - idle_w) * busy) * usd_per_watt_hour


def own_usd(f: Figures, a: Arithmetic = FLOATS) -> Value:
    """A month of owning; see :func:`.owning.owning_cost`."""
    busy = busy_hours(f)
    rigs = rigs_for(busy, usable_hours(f), a)
    each = f.pue * f.usd_per_kwh / 1000
    power = power_usd(rigs, busy, f.load_w, f.idle_w, f.hours_on, each, a)
    return rigs * per_rig_usd(f, a) + f.other_usd + power


def api_usd(f: Figures) -> Value:
    """A month of the API; see :func:`.api_bill.api_bill`."""
    hits = f.input_mtok * f.cache_hit_share
    read = (f.input_mtok - hits) * f.api_input_usd + hits * f.api_cached_usd
    return (read + f.output_mtok * f.api_output_usd + f.api_write_usd) * f.api_change


def rent_usd(f: Figures, a: Arithmetic = FLOATS) -> Value:
    """A month of renting in the cheaper of both ways; see :mod:`.renting`."""
    return a.minimum(rent_always_usd(f, a), rent_on_demand_usd(f, a))


def rent_always_usd(f: Figures, a: Arithmetic = FLOATS) -> Value:
    """GPUs for all hours of the month, for as many rigs as the tokens take."""
    rigs = rigs_for(busy_hours(f), usable_hours(f), a)
    return f.gpus * f.rent_usd * rigs * _HOURS + f.storage_usd


def rent_on_demand_usd(f: Figures, a: Arithmetic = FLOATS) -> Value:
    """GPUs for the hours of work, at least the minimum once there is any."""
    busy = busy_hours(f)
    least = a.minimum(f.minimum_hours, busy * 1e12)
    return f.gpus * f.rent_usd * a.maximum(busy / _PACKING, least) + f.storage_usd
