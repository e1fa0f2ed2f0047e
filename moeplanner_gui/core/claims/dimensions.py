"""Which units a check can be compared in, so that no gigabytes are compared with tokens."""

from __future__ import annotations

from typing import Final

from moeplanner_gui.core.claims.check_terms import Check, CostOf, ModelFigure
from moeplanner_gui.core.claims.terms import Claim
from moeplanner_gui.core.words import say

UNITS: Final[dict[str, tuple[str, ...]]] = {
    "bytes": ("GB", "GiB", "MB", "MiB", "TB", "GB per card"),
    "parameters": ("B", "T"),
    "share": ("%",),
    "ratio": ("x", ""),
    "tokens": ("tokens", "K tokens", "M tokens"),
    "seconds": ("s", "min"),
    "speed": ("tok/s",),
    "watts": ("W",),
    "bandwidth": ("GB/s",),
    "bits": ("bits per parameter",),
    "byte_share": ("bytes per parameter",),
    "usd": ("USD", "USD/M tokens", "USD/inference", "USD/month"),
    "mtok": ("M tokens a month",),
    "requests": ("inferences a month",),
    "months": ("months",),
    "experts": ("experts", ""),
    "values": ("values", "tokens", ""),
}
"""By what is measured, the units that a claim may have."""

_MODEL: Final[dict[str, str]] = {
    "total_parameters": "parameters",
    "active_parameters": "parameters",
    "active_share": "share",
    "total_over_active": "ratio",
    "context_limit": "tokens",
    "routed_experts": "experts",
    "experts_per_token": "experts",
    "entries_attended": "values",
    "head_size": "values",
}
_COST: Final[dict[str, str]] = {
    "breakeven_mtok": "mtok",
    "breakeven_inferences": "requests",
    "payback_months": "months",
    "own_over_api": "ratio",
    "api_over_own": "ratio",
    "duty": "share",
    "pays_within_life": "any",
}
_BY_FIGURE: Final[dict[tuple[str, str], str]] = {
    ("described_weights", "bytes"): "bytes",
    ("described_weights", "bytes_per_parameter"): "byte_share",
    ("described_fit", "fits"): "any",
    ("described_fit", "context"): "tokens",
    ("described_fit", "speed"): "speed",
    ("described_fit", "free"): "bytes",
    ("weights", "bytes"): "bytes",
    ("weights", "bits_per_parameter"): "bits",
    ("kv_cache", "bytes"): "bytes",
    ("kv_cache", "saved_share"): "share",
    ("speed", "decode"): "speed",
    ("speed", "prefill"): "speed",
    ("speed", "first_token"): "seconds",
    ("card", "memory"): "bytes",
    ("card", "bandwidth"): "bandwidth",
    ("card", "nvlink"): "bandwidth",
    ("card", "power"): "watts",
    ("card", "price"): "usd",
}
_BY_KIND: Final[dict[str, str]] = {
    "described_memory": "bytes",
    "memory_needed": "bytes",
    "context": "tokens",
    "power": "watts",
    "link": "bandwidth",
    "activations": "bytes",
    "tensor_traffic": "bandwidth",
}


def measured(check: Check) -> str:
    """What a check measures: a key of :data:`UNITS`, or "any"."""
    if isinstance(check, ModelFigure):
        if check.compared_with is not None and not check.difference:
            return "share"
        return _MODEL.get(check.figure, "any")
    if isinstance(check, CostOf):
        return _COST.get(check.figure, "usd")
    if check.kind == "api_price":
        return "ratio" if check.over else "usd"
    figure = str(getattr(check, "figure", ""))
    return _BY_FIGURE.get((check.kind, figure), _BY_KIND.get(check.kind, "any"))


def wrong_unit(claim: Claim) -> str | None:
    """Why a claim cannot be compared in its unit, as a sentence; None when it can."""
    if claim.value is None:
        return None
    units = UNITS.get(measured(claim.check))
    if units is None or claim.unit in units:
        return None
    known = " or ".join(unit for unit in units if unit)
    return say("What this checks is measured in {0}, not in “{1}”.", known, claim.unit)
