"""What the fit of decode knows of every published row: seconds and counts from the estimator's own
traffic, before any fitted constant is put in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from moeplanner_gui.core.engines.profile import profile_of
from moeplanner_gui.core.model import (
    CompressedAttention,
    GatedDeltaNet,
    KimiDelta,
    Mamba2,
    MlaAttention,
    NoAttention,
)
from moeplanner_gui.core.placement import Refusal
from moeplanner_gui.core.prepare import prepare
from moeplanner_gui.core.speed.costs import (
    GIGA,
    HOST_OPERATIONS,
    HOST_USERS,
    TERA,
    Costs,
    costs_of,
)
from moeplanner_gui.core.speed.groups import backend_of, device_kind
from moeplanner_gui.core.speed.measurement import Measurement
from moeplanner_gui.core.speed.power_limit import power_effect
from moeplanner_gui.core.speed.reading import attention_flops, kv_read_bytes
from moeplanner_gui.core.speed.terms import Unknown
from tests.speed_fit.rows import catalog, measurements, plan_of
from tests.speed_fit.split import combination

Vector = np.ndarray[Any, np.dtype[np.float64]]
NAMES = (
    "dense",
    "dense_weights",
    "experts",
    "expert_weights",
    "cache",
    "attention",
    "layers",
    "latent",
    "linear",
    "mamba",
    "compressed",
    "compressed_layers",
    "moe",
    "compute",
    "links",
    "share_of_experts",
    "tokens",
    "users",
    "bf16",
    "slowed",
    "host_dense",
    "host_dense_weights",
    "host_experts",
    "host_expert_weights",
    "host_cache",
    "host_attention",
    "host_layers",
    "host_linear",
)
"""Columns. Bytes are over the bandwidth of their device (seconds); ``..._weights`` are seconds of a
card's shaders for one operation a weight, or of a host's memory for a byte a weight; ``attention``
is in seconds of all the shaders, or of the host; layers are counted."""


@dataclass(frozen=True)
class DecodeRow:
    """A row with what its plan reads; ``seconds`` is one step as it was measured."""

    row: Measurement
    combination: str
    engine: str
    backend: str
    family: str
    kinds: frozenset[str]
    seconds: float
    values: tuple[float, ...]


SUPERSEDED = ("early build", "before FA PR")
"""Builds whose later ones were measured on the same hardware: the fit leaves them out."""


def is_superseded(row: Measurement) -> bool:
    """True for a row of a build that a much faster one replaced."""
    said = f"{row.notes or ''} {row.engine_version or ''}"
    return any(words in said for words in SUPERSEDED)


@cache
def decode_rows(use: str) -> tuple[DecodeRow, ...]:
    """All rows of one use whose plan the estimator can place."""
    found = (_row(row) for row in measurements() if row.use == use)
    return tuple(row for row in found if row is not None)


def _row(row: Measurement) -> DecodeRow | None:
    plan = plan_of(row)
    if plan is None or row.decode_tokens_per_s is None:
        return None
    prepared = prepare(plan, catalog())
    if isinstance(prepared.demand, Refusal):
        return None
    costs = costs_of(prepared, catalog())
    if isinstance(costs, Unknown):
        return None
    effect = power_effect(plan, catalog(), row.users)
    slowed = 1.0
    if effect is not None and not isinstance(effect, Unknown):
        slowed = 1.0 / effect.decode.expected
    device = prepared.cards[0] if prepared.cards else prepared.hosts[0]
    return DecodeRow(
        row=row,
        combination=combination(row),
        engine=plan.deployment.engine,
        backend=backend_of(plan, device),
        family=device_kind(plan, device, catalog()),
        kinds=frozenset(kind.kind for kind in profile_of(prepared.spec).kinds),
        seconds=row.users / row.decode_tokens_per_s,
        values=_values(costs, max(row.depth_tokens, 1), row.users, slowed),
    )


def _values(costs: Costs, depth: int, users: int, slowed: float) -> tuple[float, ...]:
    traffic = costs.traffic
    spec, deployment = traffic.spec, costs.plan.deployment
    reads = kv_read_bytes(spec, deployment, depth)
    operations = attention_flops(spec, deployment, depth)
    each = max(users / traffic.replicas, 1.0)
    sums = dict.fromkeys(NAMES, 0.0)
    for stage, cost in zip(traffic.stages, costs.stages, strict=True):
        part = stage.parts[0]
        speed = part.gbs * GIGA
        on_card = part.place == "gpu"
        at = "" if on_card else "host_"
        sums[f"{at}dense"] += part.dense_bytes / speed
        sums[f"{at}experts"] += part.expert_bytes / speed
        sums[f"{at}cache"] += each * _dot(part.caches, reads) / speed
        computing = part.shader_tflops * TERA if on_card else speed * HOST_OPERATIONS
        unpacking = computing if on_card else speed
        sums[f"{at}attention"] += each * _dot(part.attention, operations) / computing
        linear = 0
        for kind, number in zip(profile_of(spec).kinds, part.layers, strict=True):
            if isinstance(kind, (GatedDeltaNet, KimiDelta, Mamba2)):
                linear += number
            if on_card:
                plain = not isinstance(kind, (NoAttention, CompressedAttention))
                sums["layers"] += number * plain
                sums["latent"] += number * isinstance(kind, MlaAttention)
                sums["mamba"] += number * isinstance(kind, Mamba2)
                sums["linear"] += number * isinstance(kind, (GatedDeltaNet, KimiDelta))
                if isinstance(kind, CompressedAttention):
                    sums["compressed"] += number / traffic.layers
                    sums["compressed_layers"] += number
                    sums["moe"] -= min(number, part.moe_layers)
        sums[f"{at}dense_weights"] += part.dense_parameters / unpacking
        sums[f"{at}expert_weights"] += part.expert_parameters / unpacking
        if on_card:
            sums["moe"] += part.moe_layers
            sums["compute"] += cost.parts[0].compute * cost.parts[0].group.compute_efficiency
        else:
            sums["host_layers"] += max(sum(part.layers), part.expert_layers)
            sums["host_linear"] += linear
        sums["links"] += cost.reduces * (cost.reduce + cost.reduce_user * each)
        sums["links"] += cost.hop + cost.hop_user * each
    sums["share_of_experts"] = traffic.top_k / traffic.experts if traffic.experts else 0.0
    sums["tokens"] = max(each * min(traffic.expert_replicas, users), 1.0)
    sums["users"], sums["bf16"], sums["slowed"] = each, float(traffic.bf16), slowed
    return tuple(sums[name] for name in NAMES)


def _dot(counts: Sequence[float], sizes: Sequence[float]) -> float:
    return sum(count * size for count, size in zip(counts, sizes, strict=True))


def predicted(columns: dict[str, Vector], constants: dict[str, Vector]) -> Vector:
    """Seconds of one step of every row; the estimator's own formula, row by row in columns."""
    c, k = columns, constants
    share = 1 - (1 - c["share_of_experts"]) ** (c["tokens"] ** k["union_power"])
    dense = c["dense"] / k["efficiency"] + k["unpack_ops"] * c["dense_weights"]
    experts = c["experts"] / k["efficiency"] + k["unpack_ops"] * c["expert_weights"]
    experts = experts * np.where(c["bf16"] > 0, k["bf16_experts_factor"], 1.0)
    overhead = 1e-6 * (
        k["layer_us"] * c["layers"]
        + k["moe_us"] * c["moe"]
        + k["latent_us"] * c["latent"]
        + k["linear_us"] * c["linear"]
        + k["mamba_us"] * c["mamba"]
        + k["compressed_us"] * c["compressed_layers"]
    )
    streams = k["compressed_factor"] * c["dense"] + k["compressed_ops"] * c["dense_weights"]
    overhead = overhead + c["compressed"] * streams
    compute = c["compute"] / k["compute_efficiency"]
    alone = dense + experts * c["share_of_experts"] + overhead
    most = np.minimum(alone, 2.0 * np.maximum(dense + overhead - compute, 0.0))
    batch = np.minimum(1e-6 * k["batch_us"] * c["moe"], most) * (1 - 1 / c["users"])
    read = dense + experts * share
    cards = read + compute * (c["users"] - 1) + np.maximum(compute - read, 0.0)
    cards = cards + c["cache"] / k["cache_efficiency"] + c["attention"] / k["attention_efficiency"]
    cards = (cards + overhead + batch + c["links"]) * c["slowed"]
    host_dense, host_experts = (
        (c[name] + k["host_unpack_bytes"] * c[weights]) / k["host_efficiency"]
        for name, weights in (
            ("host_dense", "host_dense_weights"),
            ("host_experts", "host_expert_weights"),
        )
    )
    host = host_dense + host_experts * share + c["host_cache"] / k["host_efficiency"]
    host = host + c["host_attention"]
    host_alone = (host_dense + host_experts * c["share_of_experts"]) / HOST_USERS
    host = host + host_alone * (c["users"] - 1)
    host = host + 1e-6 * (
        k["host_layer_us"] * c["host_layers"] + k["host_linear_us"] * c["host_linear"]
    )
    return np.asarray(cards + host)


def columns_of(rows: Sequence[DecodeRow]) -> dict[str, Vector]:
    """The values of rows by name."""
    table = np.array([row.values for row in rows], dtype=np.float64).reshape(len(rows), len(NAMES))
    return {name: table[:, i] for i, name in enumerate(NAMES)}
