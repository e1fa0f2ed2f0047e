"""What ``evaluate`` answers: an immutable tree of plain numbers, bytes as int.

How each number came about is told by :mod:`moeplanner_gui.core.explain`. Fields that no rule
fills yet are None and printed as null.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from functools import cache
from operator import attrgetter
from typing import Any, Literal, NamedTuple

from moeplanner_gui.core.records import dataclass

Verdict = Literal["fits", "tight", "does_not_fit", "cannot_run"]
Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class NamedBytes:
    """One named term of a sum, for example the CUDA context. ``assumed``: a default stands in.
    ``edited``: the user gave the value.
    """

    name: str
    size_bytes: int
    assumed: bool = False
    edited: bool = False


class DeviceMemory(NamedTuple):
    """Memory of one card, of a node's host memory or of a disk.

    A tuple with names, because every evaluation makes one for each card: a frozen dataclass
    takes four times as long to make.

    ``capacity_bytes`` is what the driver shows; ``usable_bytes`` what the engine may fill:
    capacity less ``held_back`` (driver reserve, desktop, the engine's own limit). The parts and
    ``overhead`` (what the engine's process takes beside them) add up to ``used_bytes``.
    ``file_rest_bytes`` is what a disk holds of the model's file beside the experts read from it.
    ``layers`` are the first and last layer held, None when there are none.
    ``slot`` is the position in the node's card list, None for host memory.
    """

    name: str
    node: int
    kind: Literal["gpu", "host", "disk"]
    capacity_bytes: int
    usable_bytes: int
    routed_experts_bytes: int = 0
    other_weights_bytes: int = 0
    kv_cache_bytes: int = 0
    compute_bytes: int = 0
    output_bytes: int = 0
    overhead: tuple[NamedBytes, ...] = ()
    held_back: tuple[NamedBytes, ...] = ()
    layers: tuple[int, int] | None = None
    slot: int | None = None
    card_id: str | None = None
    file_rest_bytes: int = 0

    @property
    def weights_bytes(self) -> int:
        """All weights on this device."""
        return self.routed_experts_bytes + self.other_weights_bytes

    @property
    def overhead_bytes(self) -> int:
        """What the process takes beside weights, cache and buffers."""
        size = 0
        for item in self.overhead:
            size += item.size_bytes
        return size

    @property
    def used_bytes(self) -> int:
        """The sum of all parts."""
        # In one go: a rack of 512 cards is asked some thousand times for an edit.
        size = (
            self.routed_experts_bytes
            + self.other_weights_bytes
            + self.kv_cache_bytes
            + self.compute_bytes
            + self.output_bytes
            + self.file_rest_bytes
        )
        for item in self.overhead:
            size += item.size_bytes
        return size

    @property
    def free_bytes(self) -> int:
        """Usable less used; negative when it does not fit."""
        return self.usable_bytes - self.used_bytes


@dataclass(frozen=True, slots=True)
class ModelFigures:
    """Counts and bytes of the model in the chosen format; ``by_part`` keys are part names."""

    total_parameters: int
    active_parameters: int
    weights_bytes: int
    bits_per_weight: float


@dataclass(frozen=True, slots=True)
class Range:
    """A modelled figure with its band."""

    low: float
    expected: float
    high: float


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast the plan answers, each figure with its band; None where it is not known.

    ``decode_tokens_per_s`` is for each user with all of them at work and every context full
    (``depth_tokens`` tokens a user): the slowest moment, never the first token of an empty chat.
    ``prefill_tokens_per_s`` is the mean over a prompt of ``prompt_tokens`` of one user, whose
    first answer token comes after ``time_to_first_token_s``. ``bound_by`` names what takes the
    most time of a token. ``because`` says why a figure is missing, as sentences.
    ``group`` is the id of the fitted constants; ``weak`` is True when few measurements stand
    behind them.
    """

    decode_tokens_per_s: Range | None = None
    decode_tokens_per_s_all_users: Range | None = None
    prefill_tokens_per_s: Range | None = None
    time_to_first_token_s: Range | None = None
    bound_by: str | None = None
    depth_tokens: int | None = None
    prompt_tokens: int | None = None
    because: str | None = None
    group: str | None = None
    weak: bool = False


@dataclass(frozen=True, slots=True)
class Power:
    """Watts at the wall; None until a rule fills them."""

    load_w: int | None = None
    idle_w: int | None = None
    psu_w: int | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """Money in USD, rounded half up to the cent (prices per million tokens to a hundredth of
    it); None where it is not known or not asked for.

    ``hardware_usd`` is None when any price is missing; ``known_hardware_usd`` is then the sum of
    the known ones and ``unpriced_parts`` names the others.

    ``duty`` is the share of the month for which one rig would be busy, ``rigs_needed`` how many
    the tokens take; ``capacity_mtok_per_month`` is what one can do at the duty that demand can
    fill. The five ``own_*`` parts, each rounded, make up ``own_usd_per_month``. ``*_low`` and
    ``*_high`` hold eight of ten cases.

    ``breakeven_answer``: "reached", "not_reachable" (above what the rig can do, and more rigs do
    not help), "never" (power alone costs more) or None at zero use and without an API;
    ``breakeven_duty`` is the share of the month for which the rig is busy at that volume.
    ``payback_answer`` is "reached", "after_life" (the rig is written off by then) or "never".
    ``rent_answer`` names the cheaper way to rent.
    ``verdict``: own, api, rent, too_close or refused; None when there is nothing to compare
    with. ``because`` are sentences: what decides, what is missing, what to know of a price.
    """

    hardware_usd: float | None = None
    own_usd_per_month: float | None = None
    own_usd_per_mtok: float | None = None
    api_usd_per_month: float | None = None
    rent_usd_per_month: float | None = None
    rigs_needed: int | None = None
    duty: float | None = None
    breakeven_mtok_per_month: float | None = None
    payback_months: float | None = None
    verdict: str | None = None
    known_hardware_usd: float | None = None
    unpriced_parts: tuple[str, ...] = ()
    mtok_per_month: float | None = None
    busy_hours_per_month: float | None = None
    kwh_per_month: float | None = None
    capacity_mtok_per_month: float | None = None
    own_amortisation_usd: float | None = None
    own_maintenance_usd: float | None = None
    own_other_usd: float | None = None
    own_idle_power_usd: float | None = None
    own_load_power_usd: float | None = None
    own_usd_per_month_low: float | None = None
    own_usd_per_month_high: float | None = None
    api_name: str | None = None
    api_usd_per_mtok: float | None = None
    api_usd_per_month_low: float | None = None
    api_usd_per_month_high: float | None = None
    rent_name: str | None = None
    rent_usd_per_mtok: float | None = None
    rent_answer: Literal["always_on", "on_demand"] | None = None
    rent_always_on_usd_per_month: float | None = None
    rent_on_demand_usd_per_month: float | None = None
    rent_usd_per_month_low: float | None = None
    rent_usd_per_month_high: float | None = None
    breakeven_answer: Literal["reached", "not_reachable", "never"] | None = None
    breakeven_duty: float | None = None
    breakeven_api_usd_per_mtok: float | None = None
    breakeven_usd_per_kwh: float | None = None
    payback_answer: Literal["reached", "after_life", "never"] | None = None
    rent_or_buy_hours: float | None = None
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark about the plan. ``subject`` names what it concerns: "gpu 1", "node 2", "plan".
    ``verify`` says what a person should look at, or do.
    """

    code: str
    severity: Severity
    subject: str
    message: str
    verify: str = ""


@dataclass(frozen=True, slots=True)
class Assessment:
    """Everything derived from one plan.

    ``reasons`` are the verdict in sentences, the first one standing alone.
    ``max_context_tokens`` is the largest context for which the plan fits, in the unit of
    ``workload.context_tokens`` (llama.cpp: the whole cache), 0 when none does. ``tightest`` is
    the index in ``devices`` that decides, None without devices.
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    model: ModelFigures | None
    devices: tuple[DeviceMemory, ...]
    kv_cache_bytes: int
    max_context_tokens: int
    max_context_limited_by: Literal["memory", "model"] | None
    tightest: int | None = None
    speed: Speed = field(default_factory=Speed)
    power: Power = field(default_factory=Power)
    cost: Cost = field(default_factory=Cost)
    findings: tuple[Finding, ...] = ()

    @property
    def fits(self) -> bool:
        """True when every device holds its share; tight plans fit, with little to spare."""
        return self.verdict in ("fits", "tight")

    @property
    def unchecked(self) -> bool:
        """True when nobody has looked whether the engine has the kernels for model and cards."""
        return any(finding.code == "kernel_not_checked" for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """The command line's JSON object; names and fields are a contract."""
        # Imported here: it reads this module's classes.
        from moeplanner_gui.core.cost.sentence import cost_sentence

        return {
            "verdict": self.verdict,
            "fits": self.fits,
            "reasons": list(self.reasons),
            "model": None
            if self.model is None
            else {
                "total_parameters": self.model.total_parameters,
                "active_parameters": self.model.active_parameters,
                "weights_bytes": self.model.weights_bytes,
                "bits_per_weight": round(self.model.bits_per_weight, 4),
            },
            "devices": [_device_json(device) for device in self.devices],
            "kv_cache_bytes": self.kv_cache_bytes,
            "max_context_tokens": self.max_context_tokens,
            "max_context_limited_by": self.max_context_limited_by,
            "speed": {
                "decode_tokens_per_s": _range_json(self.speed.decode_tokens_per_s),
                "decode_tokens_per_s_all_users": _range_json(
                    self.speed.decode_tokens_per_s_all_users
                ),
                "prefill_tokens_per_s": _range_json(self.speed.prefill_tokens_per_s),
                "time_to_first_token_s": _range_json(self.speed.time_to_first_token_s),
                "bound_by": self.speed.bound_by,
                "depth_tokens": self.speed.depth_tokens,
                "prompt_tokens": self.speed.prompt_tokens,
                "because": self.speed.because,
                "group": self.speed.group,
                "weak": self.speed.weak,
            },
            "power": _slots_json(self.power),
            "cost": {**_slots_json(self.cost), "sentence": cost_sentence(self.cost)},
            "findings": [_slots_json(finding) for finding in self.findings],
        }


def _device_json(device: DeviceMemory) -> dict[str, Any]:
    weights, overhead = device.weights_bytes, device.overhead_bytes
    cache, compute, output = device.kv_cache_bytes, device.compute_bytes, device.output_bytes
    rest, usable, layers = device.file_rest_bytes, device.usable_bytes, device.layers
    # The same sum as ``used_bytes``, of which a batch of plans asks it for every card.
    used = weights + cache + compute + output + overhead + rest
    return {
        "name": device.name,
        "node": device.node,
        "kind": device.kind,
        "capacity_bytes": device.capacity_bytes,
        "usable_bytes": usable,
        "weights_bytes": weights,
        "kv_cache_bytes": cache,
        "compute_bytes": compute,
        "output_bytes": output,
        "overhead_bytes": overhead,
        "file_rest_bytes": rest,
        "used_bytes": used,
        "free_bytes": usable - used,
        "layers": None if layers is None else list(layers),
    }


def _range_json(value: Range | None) -> dict[str, float] | None:
    if value is None:
        return None
    return {"low": value.low, "expected": value.expected, "high": value.high}


@cache
def _slots_of(kind: Any) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]:
    names = tuple(kind.__slots__)
    return names, attrgetter(*names)


def _slots_json(value: Any) -> dict[str, Any]:
    kind: Any = type(value)
    names, values = _slots_of(kind)
    return dict(zip(names, values(value), strict=True))
