"""The published measurements nearest to a plan, so that a reader can check the estimate.

A distance is a sum of differences, most of them the logarithm of a ratio: bandwidth, bytes read
a token, depth, users. It orders measurements; no figure is computed from it.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from math import log

from moeplanner_gui.core.assessment import Range
from moeplanner_gui.core.model import CompressedAttention, MlaAttention, ModelSpec
from moeplanner_gui.core.plan import CustomSlot, Plan, card_id
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.prepare import Prepared, figures_of, prepare
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.speed.assess import depth_of
from moeplanner_gui.core.speed.decode import Decode, decode_speed
from moeplanner_gui.core.speed.differences import Setup, differences
from moeplanner_gui.core.speed.measured_plan import ENGINES, MeasuredCatalog, plan_of
from moeplanner_gui.core.speed.measurement import Measurement
from moeplanner_gui.core.tensors import active_parameters, total_parameters
from moeplanner_gui.core.units import GIB
from moeplanner_gui.core.words import say

FAR = 3.0
"""Beyond this a measurement tells little about a plan."""
LEAST = 3
"""So many are named all the same where there are some of the same model or the same card."""
_STILL_TOLD = (say("Self-submitted"), say("Speculative decoding"))
"""How reasons begin for which a row is not fitted and yet tells a reader something."""
_BITS = (
    (r"bf16|f16", 16.0),
    (r"fp8|q8", 8.5),
    (r"q6", 6.6),
    (r"q5", 5.6),
    (r"q4|iq4|fp4|awq|gptq|native", 4.7),
    (r"q3|iq3", 3.8),
    (r"q2|iq2", 2.8),
    (r"q1|iq1", 1.8),
)
"""Bits a weight by the name of a format, only to order rows that do not tell their size."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A published measurement near a plan.

    Attributes:
        measurement: The row.
        differences: In what it differs from the plan, as short phrases, the weightiest first.
        expected: What this program computes for the measured machine, in the meaning of
            ``measurement.decode_tokens_per_s``: all its users together. None when unknown.
    """

    measurement: Measurement
    differences: tuple[str, ...]
    expected: Range | None


def nearest(plan: Plan, catalog: CatalogReader, count: int = 5) -> tuple[Neighbour, ...]:
    """The published measurements nearest to a plan, the nearest first.

    Rows that were left out of the fit because they show something else are never named. Of rows
    that differ in their depth alone only the nearest is.

    Raises:
        UnknownEntryError: The plan names a model or a card that the catalogue does not have.
    """
    mine = setup_of(plan, catalog)
    best: dict[tuple[object, ...], tuple[float, Measurement, Setup]] = {}
    for row, setup in _setups(catalog):
        far = distance(mine, setup) + (0.3 if row.left_out is not None else 0.0)
        if far > FAR and not _related(mine, setup):
            continue
        series = _series(row)
        known = best.get(series)
        if known is None or far < known[0]:
            best[series] = (far, row, setup)
    ordered = sorted(best.values(), key=lambda item: (item[0], item[1].id))
    near = sum(1 for far, _, _ in ordered if far <= FAR)
    chosen = ordered[: min(count, max(near, LEAST))]
    return tuple(
        Neighbour(row, differences(mine, setup), _expected(row, catalog))
        for _, row, setup in chosen
    )


def _related(mine: Setup, other: Setup) -> bool:
    """The same model, or the same kind of model on the same card: far, and yet to be compared."""
    return mine.model == other.model or (mine.kind == other.kind and mine.card == other.card)


def _series(row: Measurement) -> tuple[object, ...]:
    """What rows have in common that differ in depth, build or an option alone."""
    return (row.model, row.weights, row.engine, row.backend, row.hardware, row.cards, row.users)


def setup_of(plan: Plan, catalog: CatalogReader) -> Setup:
    """What of a plan decides its speed, in the words of measurements."""
    prepared = prepare(plan, catalog)
    options = plan.deployment
    cards = [card for node in plan.rig.nodes for card in node.gpus]
    ids = Counter(card_id(card) for card in cards)
    first = ids.most_common(1)[0][0] if cards else None
    name = vendor = gbs = None
    if first is not None:
        gpu = catalog.gpu(first)
        name, vendor, gbs = gpu.name, gpu.vendor, gpu.bandwidth_gbs
    elif cards and isinstance(cards[0], CustomSlot):
        name, gbs = cards[0].custom.name, cards[0].custom.bandwidth_gbs
    ranks = options.tensor_parallel
    if options.engine == "llama.cpp":
        ranks = len(cards) if options.split in ("row", "tensor") else 1
    hosts = [node.host for node in plan.rig.nodes if node.host is not None]
    return Setup(
        model=prepared.spec.name,
        kind=_kind(prepared.spec),
        parameters=_parameters(prepared.spec),
        active_gb=_plan_gb(prepared),
        weights=_format(prepared),
        card=first,
        card_name=name,
        vendor=vendor,
        gbs=gbs,
        cards=len(cards),
        host=hosts[0] if hosts else None,
        host_name=catalog.host(hosts[0]).name if hosts else None,
        tensor=ranks > 1,
        place=_place(plan, cards=bool(cards)),
        engine=options.engine,
        backend=options.backend or _usual_backend(first, catalog),
        depth=depth_of(plan),
        users=plan.workload.sequences,
        speculative=options.mtp,
    )


def _plan_gb(prepared: Prepared) -> float:
    bits = 16.0
    if prepared.layout is not None:
        bits = figures_of(prepared.spec, prepared.layout).bits_per_weight
    return active_parameters(prepared.spec) * bits / 8e9


def _format(prepared: Prepared) -> str:
    if prepared.layout is not None:
        return prepared.layout.label
    weights = prepared.plan.weights
    return weights if isinstance(weights, str) else weights.recipe


def _parameters(spec: ModelSpec) -> tuple[int, int]:
    """Two models with the same counts are one to a machine."""
    return total_parameters(spec), active_parameters(spec)


def _place(plan: Plan, *, cards: bool) -> str:
    options = plan.deployment
    if not cards or options.gpu_layers == 0:
        return "cpu_only"
    if options.cpu_moe_layers or options.disk_moe_layers or options.engine == "ktransformers":
        return "experts_cpu"
    return "none" if options.gpu_layers is None else "partial"


_BACKENDS = {"NVIDIA": "cuda", "AMD": "rocm", "Apple": "metal", "Intel": "sycl"}


def _usual_backend(card: str | None, catalog: CatalogReader) -> str | None:
    return _BACKENDS.get(catalog.gpu(card).vendor) if card is not None else None


def _kind(spec: ModelSpec) -> str:
    """Models of one kind cost alike beside their bytes."""
    blocks = tuple(spec.architecture.attention.values())
    attention = "plain"
    if any(isinstance(block, CompressedAttention) for block in blocks):
        attention = "compressed"
    elif any(isinstance(block, MlaAttention) for block in blocks):
        attention = "latent"
    elif len({type(block) for block in blocks}) > 1:
        attention = "hybrid"
    return say("{0} {1}", attention, say("experts") if spec.is_moe else say("dense"))


_Known = tuple[tuple[Measurement, Setup], ...]
_known: tuple[object, object, _Known] | None = None


def _setups(catalog: CatalogReader) -> _Known:
    """Every row that may be named, with what it was measured on; worked out once."""
    global _known
    rows = catalog.speed.measurements
    if _known is None or _known[0] is not rows or _known[1] is not catalog:
        found = []
        for row in rows:
            usable = row.left_out is None or row.left_out.startswith(_STILL_TOLD)
            if usable and row.decode_tokens_per_s is not None:
                setup = _setup_of_row(row, catalog)
                if setup is not None:
                    found.append((row, setup))
        _known = (rows, catalog, tuple(found))
    return _known[2]


def _setup_of_row(row: Measurement, catalog: CatalogReader) -> Setup | None:
    try:
        spec = None
        if row.model_id is not None:
            spec = MeasuredCatalog(catalog).model(row.model_id)
        card = None if row.card_id is None else catalog.gpu(row.card_id)
        host_name = _host_name(row, catalog)
    except UnknownEntryError:
        return None
    if spec is None:
        return None
    return Setup(
        model=row.model,
        kind=_kind(spec),
        parameters=_parameters(spec),
        active_gb=_row_gb(row, spec),
        weights=row.weights,
        card=row.card_id,
        card_name=None if card is None else card.name,
        vendor=None if card is None else card.vendor,
        gbs=None if card is None else card.bandwidth_gbs,
        cards=row.cards,
        host=row.host_id,
        host_name=host_name,
        tensor=row.parallelism in ("tensor", "expert"),
        place=row.offload,
        engine=row.engine,
        backend=row.backend,
        depth=row.depth_tokens,
        users=row.users,
        speculative=row.speculative,
        spec_name=spec.name,
    )


def _host_name(row: Measurement, catalog: CatalogReader) -> str:
    if row.host_id is None:
        return row.host or row.hardware
    return catalog.host(row.host_id).name


def _row_gb(row: Measurement, spec: ModelSpec) -> float:
    active = active_parameters(spec)
    if row.weights_gib is not None:
        return active * row.weights_gib * GIB / total_parameters(spec) / 1e9
    name = f"{row.weights_id or ''} {row.weights}".lower()
    bits = next((bits for pattern, bits in _BITS if re.search(pattern, name)), 8.0)
    return active * bits / 8e9


def _ratio(one: float | None, other: float | None) -> float:
    """The distance of two amounts; as far as a factor of 2.7 when one is not known."""
    if not one or not other:
        return 0.0 if one == other else 1.0
    return abs(log(one / other))


def distance(mine: Setup, other: Setup) -> float:
    """How far a measurement is from a plan; 0 for the same machine doing the same."""
    far = 0.6 * _ratio(mine.active_gb, other.active_gb)
    if mine.parameters != other.parameters:
        far += 1.0 if mine.kind == other.kind else 2.0
    elif mine.model not in (other.model, other.spec_name):
        far += 0.05
    if mine.place != other.place:
        far += 2.0
    if mine.card != other.card:
        far += 0.3 + 1.5 * _ratio(mine.gbs, other.gbs) + (mine.vendor != other.vendor)
    if mine.host != other.host and mine.place != "none":
        far += 0.5
    if mine.tensor != other.tensor and max(mine.cards, other.cards) > 1:
        far += 0.8
    far += (0.6 if mine.tensor else 0.15) * _ratio(max(mine.cards, 1), max(other.cards, 1))
    if mine.engine != other.engine:
        far += 0.3 if ENGINES[other.engine] == mine.engine else 0.8
    if other.backend is None:
        far += 0.2
    elif mine.backend != other.backend:
        far += 0.4
    far += 0.3 * _ratio(mine.depth + 4096, other.depth + 4096)
    return (
        far + 0.5 * _ratio(mine.users, other.users) + 1.0 * (mine.speculative != other.speculative)
    )


_expectations: dict[str, tuple[Measurement, CatalogReader, Range | None]] = {}


def _expected(row: Measurement, catalog: CatalogReader) -> Range | None:
    """The estimate for the measured machine, remembered: rows and catalogue seldom change."""
    known = _expectations.get(row.id)
    if known is None or known[0] is not row or known[1] is not catalog:
        known = _expectations[row.id] = (row, catalog, _estimate(row, catalog))
    return known[2]


def _estimate(row: Measurement, catalog: CatalogReader) -> Range | None:
    measured = MeasuredCatalog(catalog)
    try:
        plan = plan_of(row, measured)
        if plan is None:
            return None
        found = decode_speed(prepare(plan, measured), measured, max(row.depth_tokens, 1), row.users)
    except UnknownEntryError:
        return None
    if not isinstance(found, Decode):
        return None
    rate, users = found.rate, row.users
    return replace(
        rate, low=rate.low * users, expected=rate.expected * users, high=rate.high * users
    )
