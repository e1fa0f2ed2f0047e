"""What a plan's step costs on every device, apart from the context and the users.

Joins what is read (:mod:`traffic`) with the fitted constants (:mod:`groups`) and the links.
"""

from __future__ import annotations

from moeplanner_gui.core.engines.profile import profile_of
from moeplanner_gui.core.model import (
    Attention,
    CompressedAttention,
    GatedDeltaNet,
    KimiDelta,
    Mamba2,
    MlaAttention,
    NoAttention,
)
from moeplanner_gui.core.plan import Plan, card_id
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import Prepared
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.speed.constants import SpeedGroup
from moeplanner_gui.core.speed.groups import group_of_device
from moeplanner_gui.core.speed.host_memory import REACHED_SHARE
from moeplanner_gui.core.speed.links import all_reduce_s, hop_s, link_of, slower_s
from moeplanner_gui.core.speed.mixes import mix_of
from moeplanner_gui.core.speed.terms import Unknown
from moeplanner_gui.core.speed.traffic import Part, Stage, Traffic, traffic_of
from moeplanner_gui.core.words import say

GIGA = 1e9
TERA = 1e12
MICRO = 1e-6
HOST_USERS = 8
"""A processor is busy with so many users: published rows with weights in host memory read a prompt
of 512 tokens 5 to 9 times as fast as they generate, so more users at a time gain no more."""
HOST_OPERATIONS = 28.0
"""Operations of attention that a processor does while its memory delivers a byte."""


@dataclass(frozen=True, slots=True)
class PartCost:
    """Seconds of one device, ready to be added up.

    ``dense``: weights read whole. ``experts``: all routed experts it holds, were all read.
    ``cache``: seconds a byte of cache, ``attention``: seconds an operation of attention, both for
    every attention kind. ``compute``: for one user. ``overhead``: its layers. ``batch``: what
    routing several users' tokens adds at most.
    """

    part: Part
    group: SpeedGroup
    dense: float
    experts: float
    cache: tuple[float, ...]
    attention: tuple[float, ...]
    compute: float
    overhead: float
    batch: float


@dataclass(frozen=True, slots=True)
class StageCost:
    """A stage: its distinct devices, what joins its ranks and what leads to it.

    ``reduce`` and ``hop`` are seconds of one message, ``..._user`` what every user adds to it,
    ``reduce_slower`` what it takes longer at worst.
    """

    parts: tuple[PartCost, ...]
    reduce: float = 0.0
    reduce_user: float = 0.0
    reduces: int = 0
    hop: float = 0.0
    hop_user: float = 0.0
    reduce_slower: float = 0.0


@dataclass(frozen=True, slots=True)
class PlaceSum:
    """The sums over all devices of one place; the fields are those of :class:`PartCost`."""

    dense: float
    experts: float
    cache: tuple[float, ...]
    attention: tuple[float, ...]
    compute: float
    overhead: float
    batch: float


@dataclass(frozen=True, slots=True)
class Sums:
    """A plan whose stages follow one another and have one kind of device each: a step is linear
    in what it reads, and sums tell it at once. ``links`` is for a step, ``links_user`` for every
    user of it.
    """

    gpu: PlaceSum | None
    host: PlaceSum | None
    disk: PlaceSum | None
    links: float
    links_user: float


@dataclass(frozen=True, slots=True, eq=False)
class Costs:
    """Everything of a plan's step that depends neither on the context nor on the users.

    ``low`` and ``high`` are factors on the rate, wider where ``new``: the group measured nothing
    alike. ``unknown_compute`` names a card whose TFLOPS are not known. ``least`` and
    ``least_experts`` are the seconds of reading all weights but the routed experts, and all of
    these, at the peak of every memory: no step is shorter. ``slower`` are those that a step takes
    longer over a network that is not what it is taken to be: they are of the low end only.
    """

    plan: Plan
    traffic: Traffic
    stages: tuple[StageCost, ...]
    token: float
    group: SpeedGroup
    unknown_compute: str | None
    low: float
    high: float
    new: bool
    sums: Sums | None
    reads: dict[int, tuple[tuple[float, ...], tuple[float, ...]]]
    least: float = 0.0
    least_experts: float = 0.0
    slower: float = 0.0


_COSTS: dict[int, tuple[Traffic, object, Costs | Unknown]] = {}


def costs_of(prepared: Prepared, catalog: CatalogReader) -> Costs | Unknown:
    """The costs of a plan, remembered by the identity of its traffic."""
    traffic = traffic_of(prepared, catalog)
    if isinstance(traffic, Unknown):
        return traffic
    known = _COSTS.get(id(traffic))
    if known is None or known[1] is not catalog:
        if len(_COSTS) >= 256:
            _COSTS.clear()
        known = _COSTS[id(traffic)] = (traffic, catalog, _costs(prepared, catalog, traffic))
    return known[2]


def _costs(prepared: Prepared, catalog: CatalogReader, traffic: Traffic) -> Costs | Unknown:
    stages = []
    lead: SpeedGroup | None = None
    missing: str | None = None
    before: Stage | None = None
    for stage in traffic.stages:
        groups: list[SpeedGroup] = []
        for part in stage.parts:
            device = part.device
            if device.kind != "gpu" and prepared.cards:
                device = prepared.cards[0]
            group = group_of_device(prepared, catalog, device)
            if isinstance(group, Unknown):
                return group
            groups.append(group)
            if part.place == "gpu" and part.tflops is None and missing is None:
                missing = part.device.name
            if lead is None or (part.place == "gpu" and _width(group) > _width(lead)):
                lead = group
        cost = _stage_cost(traffic, prepared.plan, stage, before, groups, catalog)
        if isinstance(cost, Unknown):
            return cost
        stages.append(cost)
        before = stage
    if lead is None:
        return Unknown(say("Unknown, because no device holds a part of the model."))
    new = is_new(prepared, traffic, lead)
    low, high = lead.low, lead.high
    if any(part.place != "gpu" for stage in traffic.stages for part in stage.parts):
        low, high = min(low, lead.host_low), max(high, lead.host_high)
    if new:
        low, high = min(low, lead.new_low), max(high, lead.new_high)
    token = lead.token_us * MICRO
    plan = prepared.plan
    sums = _sums(traffic, stages)
    least, least_experts = _least(prepared, traffic)
    return Costs(
        plan,
        traffic,
        tuple(stages),
        token,
        lead,
        missing,
        low,
        high,
        new,
        sums,
        {},
        least,
        least_experts,
        sum(stage.reduces * stage.reduce_slower for stage in stages),
    )


def _least(prepared: Prepared, traffic: Traffic) -> tuple[float, float]:
    """Reading at the peak of every memory, of one device a stage: the others work beside it.

    Nothing where it is only assumed which parts of a file have more bits than its recipe.
    """
    if prepared.layout is None or mix_of(prepared.spec, prepared.layout).dense_scale != 1.0:
        return 0.0, 0.0
    routed = traffic.top_k / max(traffic.experts, 1)
    least = least_experts = 0.0
    for stage in traffic.stages:
        dense, experts = max(
            (
                (part.dense_bytes / _peak(part), part.expert_bytes / _peak(part))
                for part in stage.parts
            ),
            key=lambda seconds: seconds[0] + seconds[1] * routed,
        )
        least, least_experts = least + dense, least_experts + experts
    return least, least_experts


def _peak(part: Part) -> float:
    """Bytes a second that a memory cannot exceed; what a host reaches may be a share of it."""
    return part.gbs * GIGA / (REACHED_SHARE if part.place == "host" else 1.0)


def _sums(traffic: Traffic, stages: list[StageCost]) -> Sums | None:
    """The sums of a plan; None where the slowest of several decides, or compute one user."""
    parts = [part for stage in stages for part in stage.parts]
    if len(parts) > len(stages) or traffic.micro_batches > 1:
        return None
    routed = traffic.top_k / max(traffic.experts, 1)
    if any(part.compute > part.dense + part.experts * routed for part in parts):
        return None
    gpu, host, disk = (
        _place_sum([part for part in parts if part.part.place == place])
        for place in ("gpu", "host", "disk")
    )
    return Sums(
        gpu,
        host,
        disk,
        sum(stage.reduces * stage.reduce + stage.hop for stage in stages),
        sum(stage.reduces * stage.reduce_user + stage.hop_user for stage in stages),
    )


def _place_sum(parts: list[PartCost]) -> PlaceSum | None:
    if not parts:
        return None
    return PlaceSum(
        sum(part.dense for part in parts),
        sum(part.experts for part in parts),
        tuple(map(sum, zip(*(part.cache for part in parts), strict=True))),
        tuple(map(sum, zip(*(part.attention for part in parts), strict=True))),
        sum(part.compute for part in parts),
        sum(part.overhead for part in parts),
        sum(part.batch for part in parts),
    )


def is_new(prepared: Prepared, traffic: Traffic, group: SpeedGroup) -> bool:
    """True where no measurement of the group is alike: another attention, DeepSeek V4 (whose
    engines differ most), a card that was typed in, experts on a disk, or cards in several
    computers.
    """
    if any(part.place == "disk" for stage in traffic.stages for part in stage.parts):
        return True
    if sum(1 for node in prepared.plan.rig.nodes if node.gpus) > 1:
        return True
    kinds = {kind.kind for kind in profile_of(traffic.spec).kinds} - {"none"}
    if "compressed" in kinds or not kinds <= set(group.kinds):
        return True
    return any(card_id(card) is None for node in prepared.plan.rig.nodes for card in node.gpus)


def _width(group: SpeedGroup) -> float:
    return group.high / group.low


def _stage_cost(
    traffic: Traffic,
    plan: Plan,
    stage: Stage,
    before: Stage | None,
    groups: list[SpeedGroup],
    catalog: CatalogReader,
) -> StageCost | Unknown:
    parts = tuple(
        part_cost(traffic, part, group) for part, group in zip(stage.parts, groups, strict=True)
    )
    first = stage.parts[0]
    if first.place != "gpu":
        return StageCost(parts)
    token_bytes = 2 * traffic.spec.architecture.hidden_size
    reduce, reduce_user, reduces, slower = 0.0, 0.0, 0, 0.0
    joined = stage.ranks * (traffic.expert_replicas if traffic.moe_layers else 1)
    if joined > 1:
        link = link_of(plan, catalog, stage.cards[:joined])
        if isinstance(link, Unknown):
            return link
        layers = first.span[1] - first.span[0]
        # One after the attention where its heads are divided, one after the feed-forward block.
        reduces = layers * (stage.ranks > 1)
        reduces += layers if stage.ranks > 1 else first.moe_layers
        reduce = all_reduce_s(link, joined, 0.0)
        reduce_user = all_reduce_s(link, joined, token_bytes) - reduce
        slower = slower_s(link, joined)
    hop = hop_user = 0.0
    if before is not None and before.cards:
        between = link_of(plan, catalog, (before.cards[0], stage.cards[0]), passing=True)
        if isinstance(between, Unknown):
            return between
        hop = hop_s(between, 0.0)
        hop_user = hop_s(between, token_bytes) - hop
    return StageCost(parts, reduce, reduce_user, reduces, hop, hop_user, slower)


def part_cost(traffic: Traffic, part: Part, group: SpeedGroup) -> PartCost:
    """The seconds of what one device does, with the constants of its kind."""
    speed = part.gbs * GIGA
    if part.place != "gpu":
        return _host_cost(traffic, part, group, speed)
    weights = speed * group.efficiency
    shaders = part.shader_tflops * TERA
    unpack = group.unpack_ops / shaders
    dense = part.dense_bytes / weights + unpack * part.dense_parameters
    experts = part.expert_bytes / weights + unpack * part.expert_parameters
    if traffic.bf16:
        experts *= group.bf16_experts_factor
    overhead, compressed = 0.0, 0
    for kind, number in zip(profile_of(traffic.spec).kinds, part.layers, strict=True):
        overhead += number * layer_us(kind, group) * MICRO
        if isinstance(kind, CompressedAttention):
            compressed += number
    overhead += max(part.moe_layers - compressed, 0) * group.moe_us * MICRO
    if compressed:
        streams = group.compressed_factor * part.dense_bytes / speed
        streams += group.compressed_ops * part.dense_parameters / shaders
        overhead += streams * compressed / sum(part.layers)
    routed = traffic.top_k / max(traffic.experts, 1)
    compute = 0.0
    if part.tflops is not None:
        flops = 2.0 * (part.dense_parameters + part.expert_parameters * routed)
        compute = flops / (part.tflops * TERA * group.compute_efficiency)
    # A second user spares what both need once; their experts may be others, and are read as well.
    # Never so much that more users would give fewer tokens altogether.
    most = min(dense + experts * routed + overhead, 2.0 * max(dense + overhead - compute, 0.0))
    cache = speed * group.cache_efficiency
    operations = shaders * group.attention_efficiency
    return PartCost(
        part,
        group,
        dense,
        experts,
        tuple(number / cache for number in part.caches),
        tuple(number / operations for number in part.attention),
        compute,
        overhead,
        min(part.moe_layers * group.batch_us * MICRO, most),
    )


def _host_cost(traffic: Traffic, part: Part, group: SpeedGroup, speed: float) -> PartCost:
    """Host memory or a disk: what the processor computes, at the speed of its memory."""
    on_host = part.place == "host"
    read = speed * (group.host_efficiency if on_host else 1.0)
    unpack = group.host_unpack_bytes if on_host else 0.0
    dense = (part.dense_bytes + unpack * part.dense_parameters) / read
    experts = (part.expert_bytes + unpack * part.expert_parameters) / read
    overhead = 0.0
    if on_host:
        overhead = max(sum(part.layers), part.expert_layers) * group.host_layer_us * MICRO
        for kind, number in zip(profile_of(traffic.spec).kinds, part.layers, strict=True):
            if isinstance(kind, (GatedDeltaNet, Mamba2, KimiDelta)):
                overhead += number * group.host_linear_us * MICRO
    alone = dense + experts * traffic.top_k / max(traffic.experts, 1)
    operations = speed * HOST_OPERATIONS
    return PartCost(
        part,
        group,
        dense,
        experts,
        tuple(number / read for number in part.caches),
        tuple(number / operations for number in part.attention),
        alone / HOST_USERS if on_host else 0.0,
        overhead,
        0.0,
    )


def layer_us(kind: Attention, group: SpeedGroup) -> float:
    """What a layer of this attention kind costs beside what it reads, microseconds."""
    if isinstance(kind, NoAttention):
        return 0.0
    if isinstance(kind, CompressedAttention):
        return group.compressed_us
    if isinstance(kind, MlaAttention):
        return group.layer_us + group.latent_us
    if isinstance(kind, Mamba2):
        return group.layer_us + group.mamba_us
    if isinstance(kind, (GatedDeltaNet, KimiDelta)):
        return group.layer_us + group.linear_us
    return group.layer_us
