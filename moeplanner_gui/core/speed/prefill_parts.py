"""What the devices of a plan take for a prompt, from the placement that memory uses.

Puts operations over what a card reaches and bytes over what its memory or link carries.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from moeplanner_gui.core.engines.profile import moe_of, profile_of
from moeplanner_gui.core.model import Attention, CompressedAttention, GqaAttention, ModelSpec
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import Prepared
from moeplanner_gui.core.speed.buses import pcie_row
from moeplanner_gui.core.speed.card_links import card_bus
from moeplanner_gui.core.speed.links import Link, all_reduce_s, hop_s, link_of
from moeplanner_gui.core.speed.peaks import Peaks, card_peaks, stored_as
from moeplanner_gui.core.speed.prefill_constants import PrefillGroup
from moeplanner_gui.core.speed.prefill_cost import (
    PartCost,
    PromptCosts,
    StageCost,
    alike,
    batch_seconds,
)
from moeplanner_gui.core.speed.prompt_work import (
    Line,
    added_lines,
    attention_lines,
    layer_work,
    state_operations,
)
from moeplanner_gui.core.speed.terms import Unknown
from moeplanner_gui.core.speed.traffic import Part, Stage, Traffic
from moeplanner_gui.core.usable import Device
from moeplanner_gui.core.words import say

TERA, GIGA, MICRO = 1e12, 1e9, 1e-6
ACTIVATION_BYTES = 2
"""Of one value that cards pass on; llama.cpp passes four."""
_MHA_SHARE = 0.8
_NARROW = 128
"""Heads up to this width have attention kernels of their own in llama.cpp's back ends."""
GroupOf = Callable[[Device], PrefillGroup | Unknown]


def prompt_costs(
    prepared: Prepared, traffic: Traffic, group_of: GroupOf, catalog: CatalogReader, batch: int
) -> PromptCosts | Unknown:
    """What the devices of a plan take for a prompt, worked out once.

    Args:
        prepared: The plan with its rows.
        traffic: What lies where.
        group_of: The constants of a device.
        catalog: Where cards and links are looked up.
        batch: Tokens of one batch.
    """
    plan, spec, layout = prepared.plan, prepared.spec, prepared.layout
    if layout is None:
        return Unknown(say("Unknown, because the engine does not load these weights."))
    stored = stored_as(spec, layout)
    first = next((p for stage in traffic.stages for p in stage.parts if p.place == "gpu"), None)
    lead: tuple[PrefillGroup, Peaks] | None = None
    stages: list[StageCost] = []
    group: PrefillGroup | None = None
    expert_bytes = sum(layer.routed_experts_bytes for layer in layout.layers)
    for stage in traffic.stages:
        costs: list[PartCost] = []
        for part in stage.parts:
            device = part.device
            if part.place == "disk" or (part.place == "host" and first is not None):
                device = first.device if first is not None else device
            constants = group_of(device)
            if isinstance(constants, Unknown):
                return constants
            peaks: Peaks | None = None
            if part.place == "gpu":
                known = card_peaks(plan, part.device, stored, catalog)
                if isinstance(known, Unknown):
                    return known
                peaks = known
                lead = lead or (constants, peaks)
            if group is None or constants.high / constants.low > group.high / group.low:
                group = constants
            costs.append(
                _part_cost(prepared, part, stage.ranks, constants, peaks, stored.wide, expert_bytes)
            )
        joined = _joined(plan, spec, traffic, stage, tuple(costs), catalog)
        if isinstance(joined, Unknown):
            return joined
        stages.append(joined)
    if group is None:
        return Unknown(say("Unknown, because no device holds a part of the model."))
    if lead is not None and _is_copied(plan):
        moved = _with_copies(plan, spec, stages, lead, first, stored.wide, catalog)
        if isinstance(moved, Unknown):
            return moved
        stages = moved
    picked = traffic.top_k / traffic.experts if traffic.experts else 0.0
    queue = max(plan.deployment.batch // batch, 1) if _is_pipelined(plan, stages) else 1
    ready = tuple(
        replace(
            stage,
            parts=tuple(
                replace(cost, full=batch_seconds(cost, batch, picked)) for cost in stage.parts
            ),
        )
        for stage in stages
    )
    return PromptCosts(traffic, group, ready, batch, queue, picked, alike(ready))


def _is_copied(plan: Plan) -> bool:
    """True when cards compute the experts that lie in host memory."""
    return plan.deployment.engine == "llama.cpp" and plan.deployment.op_offload


def _is_pipelined(plan: Plan, stages: list[StageCost]) -> bool:
    """llama.cpp keeps several batches under way when all of the model is on cards."""
    everywhere = all(cost.part.place == "gpu" for stage in stages for cost in stage.parts)
    return plan.deployment.engine == "llama.cpp" and everywhere and plan.deployment.kv_offload


def _scaled(tflops: float, group: PrefillGroup) -> float:
    """Operations a second of a peak: beyond the reference they grow by less than the peak."""
    share: float = (tflops / group.reference_tflops) ** group.scaling
    return TERA * group.reference_tflops * share


def _part_cost(
    prepared: Prepared,
    part: Part,
    ranks: int,
    group: PrefillGroup,
    peaks: Peaks | None,
    wide: bool,
    expert_bytes: int,
) -> PartCost:
    spec = prepared.spec
    work = layer_work(spec)
    begin, past = part.span
    dense = (work.dense[past] - work.dense[begin]) / ranks
    routed = 0.0
    if expert_bytes and part.expert_bytes:
        routed = work.routed[-1] * min(part.expert_bytes / expert_bytes, 1.0)
    plan = prepared.plan
    lines, state, counted = _attention(spec, plan, part, group)
    read = part.gbs * GIGA * group.stream_share
    if peaks is None:
        computing = group.host_tflops * TERA
        around = computing
        return PartCost(
            part,
            dense=dense / computing,
            dense_read=part.dense_bytes / read if dense else 0.0,
            experts=routed / computing,
            expert_read=part.expert_bytes / read,
            lines=tuple((slope / around, end) for slope, end in lines),
            state=state / around,
            exposed=group.exposed_share,
            on_host=True,
            rates=(computing, computing),
            counted=counted,
            counted_state=state,
        )
    reached = group.efficiency * (group.wide_share if wide else 1.0)
    others = _expert_efficiency(spec, group, wide)
    if _is_compressed(spec):
        reached *= group.compressed_share
    around = _scaled(peaks.attention, group) * group.efficiency * group.attention_share * ranks
    whole = _scaled(peaks.dense, group) * reached
    expert_rate = _scaled(peaks.experts, group) * others
    experts = routed / expert_rate
    return PartCost(
        part,
        dense=dense / whole,
        dense_read=part.dense_bytes / read,
        experts=experts,
        expert_fill=group.fill_tokens,
        picked=_picked(spec),
        expert_read=part.expert_bytes / read,
        lines=tuple((slope / around, end) for slope, end in lines),
        growth=group.growth_tokens,
        state=state / around,
        overhead=(past - begin + part.moe_layers) * group.layer_us * MICRO,
        exposed=group.exposed_share,
        rates=(whole, expert_rate),
        counted=tuple((slope / ranks, end) for slope, end in counted),
        counted_state=state / ranks,
    )


def _expert_efficiency(spec: ModelSpec, group: PrefillGroup, wide: bool) -> float:
    """The share of a card's peak that routed experts reach when their tiles are full."""
    reached = group.efficiency * group.expert_share
    if wide:
        reached *= group.wide_share * group.wide_expert_share
    return reached * group.compressed_share if _is_compressed(spec) else reached


def _picked(spec: ModelSpec) -> float:
    """The share of the experts that one token picks."""
    moe = moe_of(profile_of(spec))
    return 0.0 if moe is None else moe.top_k / moe.experts


def _is_compressed(spec: ModelSpec) -> bool:
    return any(isinstance(kind, CompressedAttention) for kind in profile_of(spec).kinds)


def _attention(
    spec: ModelSpec, plan: Plan, part: Part, group: PrefillGroup
) -> tuple[tuple[Line, ...], float, tuple[Line, ...]]:
    """Lines of attention, and operations a token of recurrent states, of a device's layers.

    The first lines weigh each kind by how well it is computed, the last ones count operations.
    """
    profile = profile_of(spec)
    engine = plan.deployment.engine
    counts = profile.kind_counts(*part.span)
    if engine == "llama.cpp" and not plan.deployment.kv_offload:
        # The cache lies in host memory, and attention is computed beside it.
        whole = profile.kind_counts(0, spec.architecture.layers)
        counts = tuple(0 for _ in counts) if part.place == "gpu" else whole
    sparse = group.sparse or engine != "llama.cpp"
    found, counted = [], []
    state = 0.0
    for kind, count in zip(profile.kinds, counts, strict=True):
        if not count:
            continue
        state += count * state_operations(kind)
        lines = attention_lines(kind, absorbed=engine == "llama.cpp", sparse=sparse)
        counted.append((lines, float(count)))
        share = _kind_share(kind, group)
        if share != 1.0:
            lines = tuple((slope / share, end) for slope, end in lines)
        found.append((lines, float(count)))
    return added_lines(tuple(found)), state, added_lines(tuple(counted))


def _kind_share(kind: Attention, group: PrefillGroup) -> float:
    """What a kind of attention reaches of the group's share for wide heads."""
    if not isinstance(kind, GqaAttention):
        return 1.0
    share = group.narrow_share if kind.head_dim <= _NARROW else 1.0
    # Where every head reads a cache of its own nothing is shared in fast memory.
    return share * _MHA_SHARE if kind.heads == kind.kv_heads else share


def _joined(
    plan: Plan,
    spec: ModelSpec,
    traffic: Traffic,
    stage: Stage,
    costs: tuple[PartCost, ...],
    catalog: CatalogReader,
) -> StageCost | Unknown:
    """A stage with what its ranks tell each other and what it hands on."""
    hidden = spec.architecture.hidden_size
    begin, past = stage.parts[0].span
    reduce = reduce_token = hop = hop_token = 0.0
    if stage.ranks > 1:
        link = link_of(plan, catalog, stage.cards[: stage.ranks])
        if isinstance(link, Unknown):
            return link
        messages = 2 * (past - begin)
        reduce = messages * all_reduce_s(link, stage.ranks, 0.0)
        reduce_token = messages * _reduce_token(link, stage.ranks, hidden)
    before = _stage_before(traffic, stage)
    if before is not None:
        link = link_of(plan, catalog, (before.cards[-1], stage.cards[0]), passing=True)
        if isinstance(link, Unknown):
            return link
        hop = hop_s(link, 0.0)
        hop_token = hop_s(link, 2.0 * hidden * ACTIVATION_BYTES) - hop
    return StageCost(costs, reduce, reduce_token, hop, hop_token)


def _reduce_token(link: Link, ranks: int, hidden: int) -> float:
    message = float(hidden * ACTIVATION_BYTES)
    return all_reduce_s(link, ranks, message) - all_reduce_s(link, ranks, 0.0)


def _stage_before(traffic: Traffic, stage: Stage) -> Stage | None:
    """The stage on other cards from which a card gets its batch."""
    before: Stage | None = None
    for other in traffic.stages:
        if other is stage:
            return before if stage.cards else None
        if other.cards:
            before = other
    return None


def _with_copies(
    plan: Plan,
    spec: ModelSpec,
    stages: list[StageCost],
    lead: tuple[PrefillGroup, Peaks],
    first: Part | None,
    wide: bool,
    catalog: CatalogReader,
) -> list[StageCost] | Unknown:
    """llama.cpp copies weights from host memory to a card for every long enough batch."""
    group, peaks = lead
    matrices = _scaled(peaks.dense, group) * group.efficiency * (group.wide_share if wide else 1.0)
    if _is_compressed(spec):
        matrices *= group.compressed_share
    experts = _scaled(peaks.experts, group) * _expert_efficiency(spec, group, wide)
    found: list[StageCost] = []
    for stage in stages:
        cost = stage.parts[0]
        held = cost.expert_read or cost.dense_read
        if cost.part.place != "host" or not held or first is None:
            found.append(stage)
            continue
        link = _copy_gbs(plan, first, catalog)
        if isinstance(link, Unknown):
            return link
        speed = min(link * group.copy_share, cost.part.gbs) * GIGA
        changed = replace(
            cost,
            dense=cost.dense * cost.rates[0] / matrices,
            dense_read=cost.part.dense_bytes / speed if cost.dense else 0.0,
            experts=cost.experts * cost.rates[1] / experts,
            expert_fill=group.fill_tokens,
            picked=_picked(spec),
            expert_read=cost.part.expert_bytes / speed,
            copied=True,
            slow=(cost.dense, cost.dense_read, cost.experts, cost.expert_read),
            copy_rate=speed,
            on_host=False,
            rates=(matrices, experts),
        )
        found.append(replace(stage, parts=(changed,)))
    return found


def _copy_gbs(plan: Plan, card: Part, catalog: CatalogReader) -> float | Unknown:
    """What the link between host memory and a card carries in one direction, GB/s."""
    if card.device.unified:
        return card.gbs
    node = plan.rig.nodes[card.device.node]
    bus = card_bus(node, card.device.slot or 0, catalog)
    row = None if bus is None else pcie_row(bus, catalog)
    if row is None:
        return Unknown(
            say(
                "Unknown, because the PCIe link of {0}, over which experts are copied "
                "for a prompt, is not known. Choose the link of the cards.",
                card.device.name,
            )
        )
    return row.effective_gbs_per_direction or row.gbs_per_direction
