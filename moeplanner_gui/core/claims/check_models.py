"""Claims about what a released model is: counts, shares, limits, its licence."""

from __future__ import annotations

from collections.abc import Callable

from moeplanner_gui.core.claims.amounts import (
    converted,
    from_unit,
    in_unit,
    number,
    number_text,
    plain,
    words,
)
from moeplanner_gui.core.claims.bench import Bench
from moeplanner_gui.core.claims.check_terms import ModelFigure
from moeplanner_gui.core.claims.found import Found, not_checked
from moeplanner_gui.core.claims.terms import Claim, Step, Verdict
from moeplanner_gui.core.model import Attention, ModelSpec, MoeFfn
from moeplanner_gui.core.tensor_parts import Part
from moeplanner_gui.core.tensors import (
    active_parameters,
    mtp_parameters,
    parameter_breakdown,
    total_parameters,
)
from moeplanner_gui.core.words import say

_BOTH = 0.06
"""Share by which the second figure of a claim of two may be off: articles give whole billions."""
Figure = Callable[[ModelSpec], list[float]]
"""The values that a figure may mean, the usual first."""


def judge_model_figure(claim: Claim, check: ModelFigure, bench: Bench) -> list[Found]:
    """One answer for each released model that the claim may mean."""
    if not claim.models:
        return [not_checked(say("No released model is named that this could be about."))]
    return [_of_model(claim, check, bench.model(model_id), bench) for model_id in claim.models]


def _of_model(claim: Claim, check: ModelFigure, model: ModelSpec, bench: Bench) -> Found:
    if check.figure in _WORDS:
        label, wording = _WORDS[check.figure]
        said = wording(model)
        if said is None:
            return not_checked(say("The catalogue does not say this of {0}.", model.name))
        return Found(
            words(said),
            say("{0}: {1} is {2}.", model.name, label, said),
            steps=(Step(label=f"{model.name}, {label}", text=said, strong=True),),
        )
    label, figure = _FIGURES[check.figure]
    values = figure(model)
    if not values:
        return not_checked(say("{0} has no such part.", model.name))
    if check.compared_with is not None:
        return _compared(claim, check, label, model, values[0], bench)
    computed = converted(values, claim.unit)
    if check.figure == "context_limit" and claim.value is not None:
        # K is 1,024 to some and 1,000 to others: the reading that is meant is the nearer one.
        stated = claim.value
        ways = [in_unit(values[0], claim.unit), values[0] / from_unit(1.0, claim.unit)]
        computed = number(min(ways, key=lambda way: abs(way - stated)), claim.unit)
    shown = number_text(computed.usual or 0.0, claim.unit)
    steps = [
        Step(
            label=f"{model.name}, {label}",
            text=_exact(values[0], check.figure),
            value=values[0],
            strong=True,
        )
    ]
    if check.figure == "total_parameters" and len(values) > 1:
        text = say("{0:,.0f}", values[1])
        steps.append(Step(label=say("with its prediction layers"), text=text, value=values[1]))
    if check.figure == "active_parameters" and len(values) > 1:
        text = say("{0:,.0f}", values[1])
        steps.append(Step(label=say("with the row of the embedding"), text=text, value=values[1]))
    verdict: Verdict | None = None
    if check.also_active_b is not None:
        stated = check.also_active_b
        nearest = min(_active(model), key=lambda value: abs(value / 1e9 - stated))
        steps.append(
            Step(label=say("at work for a token"), text=say("{0:,.0f}", nearest), value=nearest)
        )
        if abs(stated / (nearest / 1e9) - 1) > _BOTH:
            verdict = "wrong"
    return Found(
        computed,
        f"{model.name}, {label}: {shown}, "
        + (
            say("from its configuration.")
            if check.figure in _LISTED
            else say("counted from its architecture.")
        ),
        steps=tuple(steps),
        tolerance=0.05,
        verdict=verdict,
    )


def _compared(
    claim: Claim, check: ModelFigure, label: str, model: ModelSpec, value: float, bench: Bench
) -> Found:
    other_id = check.compared_with or ""
    other = bench.model(other_id)
    base = float(total_parameters(other))
    share = value / base - 1
    more = (
        say("{0:+,.0f} B", (value - base) / 1e9)
        if check.difference
        else say("{0:+.0f} %", 100 * share)
    )
    return Found(
        converted([value - base if check.difference else share], claim.unit),
        say(
            "{0} has {1} B parameters, {2} {3} B: {4}.",
            model.name,
            plain(value / 1e9),
            other.name,
            plain(base / 1e9),
            more,
        ),
        steps=(
            Step(label=f"{model.name}, {label}", text=say("{0:,.0f}", value), value=value),
            Step(label=f"{other.name}, {label}", text=say("{0:,.0f}", base), value=base),
            Step(label=say("larger by"), text=more, value=share, strong=True),
        ),
        tolerance=0.05,
    )


def _exact(value: float, figure: str) -> str:
    if figure in ("active_share",):
        return say("{0:.2f} %", 100 * value)
    return say("{0:,.0f}", value) if value == int(value) else plain(value)


def _totals(model: ModelSpec) -> list[float]:
    total = float(total_parameters(model))
    more = mtp_parameters(model)
    return [total, total + more] if more else [total]


def _active(model: ModelSpec) -> list[float]:
    active = float(active_parameters(model))
    if not model.is_moe:
        return [float(total_parameters(model)), active]
    embedding = float(parameter_breakdown(model).get(Part.TOKEN_EMBD, 0))
    return [active, active + embedding]


def _share(model: ModelSpec) -> list[float]:
    total = total_parameters(model)
    return [value / total for value in _active(model)]


def _moe(model: ModelSpec) -> MoeFfn | None:
    blocks = model.architecture.ffn.values()
    return next((block for block in blocks if isinstance(block, MoeFfn)), None)


def _experts(model: ModelSpec) -> list[float]:
    block = _moe(model)
    return [] if block is None else [float(block.experts)]


def _per_token(model: ModelSpec) -> list[float]:
    block = _moe(model)
    if block is None:
        return []
    return [float(block.top_k), float(block.top_k + block.shared_experts)]


def _attention(model: ModelSpec, field: str) -> list[float]:
    blocks: list[Attention] = list(model.architecture.attention.values())
    found = {getattr(block, field) for block in blocks if getattr(block, field, None) is not None}
    return [float(value) for value in sorted(found, reverse=True)]


def _head_size(model: ModelSpec) -> list[float]:
    """Width of what is cached of a head: the latent and its rope part, or the head itself."""
    for block in model.architecture.attention.values():
        rank = getattr(block, "kv_lora_rank", None)
        if rank is not None:
            return [float(rank + getattr(block, "qk_rope_head_dim", 0))]
    return _attention(model, "head_dim")


def _attended(model: ModelSpec) -> list[float]:
    blocks = model.architecture.attention.values()
    indexers = (getattr(block, "indexer", None) for block in blocks)
    found = {indexer.top_k for indexer in indexers if indexer is not None}
    return [float(value) for value in sorted(found, reverse=True)]


_FIGURES: dict[str, tuple[str, Figure]] = {
    "total_parameters": (say("all parameters"), _totals),
    "active_parameters": (say("parameters at work for a token"), _active),
    "active_share": (say("the share at work for a token"), _share),
    "total_over_active": (
        say("all parameters over those at work"),
        lambda model: [1 / value for value in _share(model)],
    ),
    "context_limit": (say("longest context"), lambda model: [float(model.max_context)]),
    "routed_experts": (say("routed experts a layer"), _experts),
    "experts_per_token": (say("experts for a token"), _per_token),
    "entries_attended": (say("entries that the indexer picks"), _attended),
    "head_size": (say("width of a cached head"), _head_size),
}
_LISTED = frozenset(
    {
        "context_limit",
        "routed_experts",
        "experts_per_token",
        "entries_attended",
        "head_size",
        "active_share",
        "total_over_active",
    }
)
_WORDS: dict[str, tuple[str, Callable[[ModelSpec], str | None]]] = {
    "licence": (say("licence"), lambda model: model.licence),
    "released": (say("release"), lambda model: model.released),
    "vision": (
        say("input"),
        lambda model: (
            say("text and images") if model.architecture.vision_parameters else say("text")
        ),
    ),
}
