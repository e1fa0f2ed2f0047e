"""What every device reads and runs for one step of decoding, from the placement that memory uses.

Stages follow one another: cards of a layer split, pipeline stages, host memory, a disk. The ranks
of a stage work at the same time. Knows bytes and layers; knows no fitted constant and no seconds.
"""

from __future__ import annotations

from typing import Literal

from moeplanner_gui.core.engines.profile import ModelProfile, moe_of, profile_of
from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.model import ModelSpec, MoeFfn
from moeplanner_gui.core.placement import Demand, Refusal, Share
from moeplanner_gui.core.plan import CustomSlot, Plan, TunedSlot
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import Prepared
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.speed.host_memory import bandwidth_gbs
from moeplanner_gui.core.speed.mixes import mix_of
from moeplanner_gui.core.speed.reading import divided_by
from moeplanner_gui.core.speed.terms import Unknown
from moeplanner_gui.core.speed.weight_reads import dense_bytes, routed_bytes
from moeplanner_gui.core.tensors import active_parameters
from moeplanner_gui.core.usable import Device
from moeplanner_gui.core.weights import WeightLayout
from moeplanner_gui.core.words import say

Place = Literal["gpu", "host", "disk"]

_OPERATIONS_PER_BYTE, _USUAL_TFLOPS = 35.0, 60.0
"""What shaders compute while memory delivers a byte, and at most, where nobody says: half of the
catalogue's cards are above 45 and Apple's about 33, but those with HBM from 10 to 25."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one device does in a step.

    Attributes:
        position: In ``Assessment.devices``.
        place: What kind of device it is.
        device: The device itself.
        gbs: What its memory or disk delivers at most, GB/s.
        tflops: 16-bit dense TFLOPS of a card; None where it is unknown or not a card.
        shader_tflops: 32-bit TFLOPS of a card's shaders; 0 for what is not a card.
        dense_bytes: Weights that every step reads whole.
        expert_bytes: All routed experts it holds, of which a step reads a part.
        caches: Layers of every attention kind whose cache it reads, divided by the ranks that
            share a layer's heads.
        layers: Layers it runs, of every attention kind.
        moe_layers: How many of these route tokens to experts.
        span: First and past-the-end layer it runs.
        expert_layers: Layers whose experts it holds and computes.
        attention: Layers of every attention kind whose attention it computes, divided by the
            ranks that share a layer's heads.
        dense_parameters, expert_parameters: How many weights ``dense_bytes`` and
            ``expert_bytes`` are.
    """

    position: int
    place: Place
    device: Device
    gbs: float
    tflops: float | None
    shader_tflops: float
    dense_bytes: int
    expert_bytes: int
    caches: tuple[float, ...]
    layers: tuple[int, ...]
    moe_layers: int
    span: tuple[int, int] = (0, 0)
    expert_layers: int = 0
    attention: tuple[float, ...] = ()
    dense_parameters: float = 0.0
    expert_parameters: float = 0.0


@dataclass(frozen=True, slots=True)
class Stage:
    """Parts that work at the same time; equal ones are listed once.

    ``ranks`` is how many cards share the layers, ``cards`` their positions in the rig.
    """

    parts: tuple[Part, ...]
    ranks: int
    cards: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Traffic:
    """All stages of one copy of the model.

    Attributes:
        spec: The model.
        stages: In the order in which a token passes them.
        replicas: Copies that divide the users.
        expert_replicas: Copies that share one set of routed experts (their users meet there).
        expert_ranks: Ranks that hold whole experts; 1 where every rank has a slice of all.
        micro_batches: Groups of users that are under way at a time in a pipeline.
        experts, top_k: Of the routed layers; 0 for a dense model.
        layers: All layers; ``moe_layers`` those with routed experts.
        active_parameters: Of one token, for the compute bound.
        bf16: The weights are stored in BF16.
    """

    spec: ModelSpec
    stages: tuple[Stage, ...]
    replicas: int
    expert_replicas: int
    expert_ranks: int
    micro_batches: int
    experts: int
    top_k: int
    layers: int
    moe_layers: int
    active_parameters: int
    bf16: bool = False


_TRAFFIC: dict[tuple[int, ...], tuple[tuple[object, ...], Traffic | Unknown]] = {}


def traffic_of(prepared: Prepared, catalog: CatalogReader) -> Traffic | Unknown:
    """What a plan's devices read in a step, remembered by the identity of its need.

    Plans with other links, other host memory or another back end have a need of their own:
    see :func:`prepare.prepare`.
    """
    demand = prepared.demand
    if isinstance(demand, Refusal):
        return Unknown(demand.sentence)
    held = (demand, catalog)
    key = (id(demand), id(catalog))
    known = _TRAFFIC.get(key)
    if known is None:
        if len(_TRAFFIC) >= 256:
            _TRAFFIC.clear()
        known = _TRAFFIC[key] = (held, _traffic(prepared, demand, catalog))
    return known[1]


def _traffic(prepared: Prepared, demand: Demand, catalog: CatalogReader) -> Traffic | Unknown:
    spec, layout, plan = prepared.spec, prepared.layout, prepared.plan
    if layout is None:
        return Unknown(say("Unknown, because the engine does not load these weights."))
    profile = profile_of(spec)
    shared = _shared_with_processor(prepared)
    if shared is not None:
        return shared
    parts: list[Part] = []
    for position, share in enumerate(demand.shares):
        part = _part(prepared, profile, layout, share, position, catalog)
        if isinstance(part, Unknown):
            return part
        if part is not None:
            parts.append(part)
    if not parts:
        return Unknown(say("Unknown, because no device holds a part of the model."))
    options = plan.deployment
    pooled = options.engine != "llama.cpp"
    moe = moe_of(profile)
    stages = _ranked_stages(plan, parts) if pooled else _llama_stages(plan, parts)
    moe_layers = sum(isinstance(profile.ffns[kind], MoeFfn) for kind in profile.ffn_of)
    return Traffic(
        spec=spec,
        stages=stages,
        replicas=options.data_parallel if pooled else 1,
        expert_replicas=options.data_parallel if pooled else 1,
        expert_ranks=options.tensor_parallel * options.data_parallel
        if pooled and options.expert_parallel
        else 1,
        micro_batches=options.pipeline_parallel if pooled else 1,
        experts=0 if moe is None else moe.experts,
        top_k=0 if moe is None else moe.top_k,
        layers=spec.architecture.layers,
        moe_layers=moe_layers,
        active_parameters=active_parameters(spec),
        bf16=mix_of(spec, layout).bf16,
    )


def _shared_with_processor(prepared: Prepared) -> Unknown | None:
    """Why nothing is told where the processor of a machine with shared memory computes a part.

    All of it lies on one device there, so that nothing tells the processor's part, and no
    published row has such a part: counted as the GPU's it would be too fast.
    """
    options, arch = prepared.plan.deployment, prepared.spec.architecture
    if options.engine != "llama.cpp":
        return None
    layers = options.gpu_layers is not None and options.gpu_layers < arch.layers
    experts = options.cpu_moe_layers > 0 and prepared.spec.is_moe
    together = any(card.unified for card in prepared.cards)
    if not together or not (layers or experts or not options.kv_offload):
        return None
    what = say("layers") if layers else say("experts") if experts else say("attention")
    return Unknown(
        say(
            "Unknown, because nobody measured a machine with shared memory whose "
            "processor computes {0} beside its GPU. Leave all of the model on the "
            "GPU: it is the same memory.",
            what,
        )
    )


# --- one device -----------------------------------------------------------------------------


def _part(
    prepared: Prepared,
    profile: ModelProfile,
    layout: WeightLayout,
    share: Share,
    position: int,
    catalog: CatalogReader,
) -> Part | Unknown | None:
    options = prepared.plan.deployment
    device = share.device
    spec_layers = prepared.spec.architecture.layers
    span = _span(share, spec_layers)
    mix = mix_of(prepared.spec, layout)
    dense = int(dense_bytes(prepared, layout, share) * mix.dense_scale)
    routed = int(routed_bytes(prepared, layout, share) * mix.expert_scale)
    expert_layers = 0
    if options.engine == "llama.cpp":
        caches = _llama_caches(prepared, profile, share)
        layers = profile.kind_counts(*span)
    else:
        caches = _rank_caches(prepared, profile, span)
        layers = profile.kind_counts(*span)
        if device.kind != "gpu":
            caches = (0.0,) * len(layers)
    if device.kind != "gpu":
        expert_layers = _expert_layers(layout, share, spec_layers)
        if device.kind == "disk":
            layers = (0,) * len(layers)
    if not dense and not routed and not any(caches):
        return None
    moe_layers = sum(isinstance(profile.ffns[profile.ffn_of[i]], MoeFfn) for i in range(*span))
    rate = _rate(prepared.plan, device, catalog)
    if isinstance(rate, Unknown):
        return rate
    gbs, tflops, shader_tflops = rate
    return Part(
        position,
        device.kind,
        device,
        gbs,
        tflops,
        shader_tflops,
        dense,
        routed,
        caches,
        layers,
        moe_layers if device.kind != "disk" else 0,
        span,
        expert_layers,
        _attention(prepared, profile, caches, device),
        dense / mix.dense_width,
        routed / mix.expert_width,
    )


def _attention(
    prepared: Prepared, profile: ModelProfile, caches: tuple[float, ...], device: Device
) -> tuple[float, ...]:
    """Layers' worth of attention: ranks that repeat a latent still divide its heads."""
    options = prepared.plan.deployment
    ranks = 1
    if device.kind == "gpu":
        if options.engine != "llama.cpp":
            ranks = options.tensor_parallel
        elif options.split == "tensor":
            ranks = len(prepared.cards)
    if ranks == 1:
        return caches
    return tuple(
        number * divided_by(kind, ranks) / ranks
        for kind, number in zip(profile.kinds, caches, strict=True)
    )


def _span(share: Share, layers: int) -> tuple[int, int]:
    """First and past-the-end layer of the model that a device runs."""
    if share.layers is None:
        return 0, 0
    return min(share.layers[0], layers), min(share.layers[1] + 1, layers)


def _expert_layers(layout: WeightLayout, share: Share, layers: int) -> int:
    """About how many layers' experts lie here, from their bytes."""
    whole = sum(layer.routed_experts_bytes for layer in layout.layers)
    if not whole or not share.routed_experts_bytes:
        return 0
    routed = sum(layer.routed_experts_bytes > 0 for layer in layout.layers)
    return min(max(round(share.routed_experts_bytes * routed / whole), 1), layers)


def _llama_caches(prepared: Prepared, profile: ModelProfile, share: Share) -> tuple[float, ...]:
    """Layers whose cache lies here; a card that shares host memory holds both kinds."""
    options, kinds = prepared.plan.deployment, profile.kinds
    counts = [
        share.caches[i] + share.caches[i + len(kinds)] if len(share.caches) > len(kinds) else 0
        for i in range(len(kinds))
    ]
    cards = len(prepared.cards)
    if options.split == "tensor" and cards > 1 and share.device.kind == "gpu":
        whole = profile.kind_counts(0, prepared.spec.architecture.layers)
        return tuple(
            0.0 if not count else number / divided_by(kind, cards)
            for kind, count, number in zip(kinds, counts, whole, strict=True)
        )
    return tuple(float(count) for count in counts)


def _rank_caches(
    prepared: Prepared, profile: ModelProfile, span: tuple[int, int]
) -> tuple[float, ...]:
    ranks = prepared.plan.deployment.tensor_parallel
    return tuple(
        number / divided_by(kind, ranks)
        for kind, number in zip(profile.kinds, profile.kind_counts(*span), strict=True)
    )


def _rate(
    plan: Plan, device: Device, catalog: CatalogReader
) -> tuple[float, float | None, float] | Unknown:
    """What the memory of a device delivers, GB/s, a card's 16-bit TFLOPS and its shaders'."""
    node = plan.rig.nodes[device.node]
    if device.kind == "disk":
        if node.disk_read_gbs is None:
            return Unknown(
                say(
                    "Unknown, because experts are read from a disk whose speed was not "
                    "entered. Enter how fast it reads, in GB/s."
                )
            )
        return node.disk_read_gbs, None, 0.0
    if device.kind == "host":
        host = None if node.host is None else catalog.host(node.host)
        aware = plan.deployment.engine == "ktransformers"
        found = bandwidth_gbs(node, host, numa_aware=aware)
        return found if isinstance(found, Unknown) else (found.gbs, None, 0.0)
    card = node.gpus[device.slot or 0]
    if isinstance(card, CustomSlot):
        if card.custom.bandwidth_gbs is None:
            return Unknown(
                say(
                    "Unknown, because the memory bandwidth of {0} was not entered.",
                    card.custom.name,
                )
            )
        gbs = card.custom.bandwidth_gbs
        return gbs, card.custom.fp16_dense_tflops, _usual_shaders(gbs)
    row = catalog.gpu(card.gpu if isinstance(card, TunedSlot) else card)
    if row.bandwidth_gbs is None:
        return Unknown(say("Unknown, because the memory bandwidth of {0} is not known.", row.name))
    # A board of several devices is listed with the bandwidth of all of them, but for Intel's.
    parts = row.devices if row.vendor == "AMD" else 1
    tflops = None if row.fp16_dense_tflops is None else row.fp16_dense_tflops / parts
    return row.bandwidth_gbs / parts, tflops, shader_tflops(row, row.bandwidth_gbs) / parts


def shader_tflops(row: GpuSpec, gbs: float) -> float:
    """The 32-bit TFLOPS of a card's shaders, from its bandwidth (GB/s) where nobody says."""
    if row.fp32_tflops is not None:
        return row.fp32_tflops
    if row.vendor == "Apple" and row.fp16_dense_tflops is not None:
        return row.fp16_dense_tflops  # Its figures are of the shaders, in either width.
    return _usual_shaders(gbs)


def _usual_shaders(gbs: float) -> float:
    return min(_OPERATIONS_PER_BYTE * gbs / 1000, _USUAL_TFLOPS)


# --- stages ---------------------------------------------------------------------------------


def _llama_stages(plan: Plan, parts: list[Part]) -> tuple[Stage, ...]:
    cards = [part for part in parts if part.place == "gpu"]
    others = [part for part in parts if part.place != "gpu"]
    # What splitting by rows gains was not measured; it is told as the layers' split it starts from.
    if plan.deployment.split == "tensor" and len(cards) > 1:
        stages = [_stage(cards)]
    else:
        cards.sort(key=lambda part: part.span)
        stages = [Stage((part,), 1, (part.position,)) for part in cards]
    stages += [Stage((part,), 1, ()) for part in others]
    return tuple(stages)


def _ranked_stages(plan: Plan, parts: list[Part]) -> tuple[Stage, ...]:
    """Ranks by pipeline stage; every replica is alike, so the slowest of all ranks decides."""
    by_span: dict[tuple[int, int], list[Part]] = {}
    for part in parts:
        if part.place == "gpu":
            by_span.setdefault(part.span, []).append(part)
    stages = [_stage(ranks, plan.deployment.tensor_parallel) for ranks in by_span.values()]
    stages += [Stage((part,), 1, ()) for part in parts if part.place != "gpu"]
    return tuple(stages)


def _stage(parts: list[Part], ranks: int | None = None) -> Stage:
    distinct: dict[tuple[object, ...], Part] = {}
    for part in parts:
        key = (part.gbs, part.tflops, part.device.card_id, part.dense_bytes, part.expert_bytes)
        distinct.setdefault(key, part)
    cards = tuple(part.position for part in parts)
    return Stage(tuple(distinct.values()), len(parts) if ranks is None else ranks, cards)
