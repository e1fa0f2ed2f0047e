"""The ways in which a claim can be checked, one type each. They say what to compute, not how.

A check names rows of the catalogue, plans, or numbers of the claim itself; never an answer. The
models that a claim may mean are those of the claim: a check is made against each of them.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from moeplanner_gui.core.plan import CacheType, Plan

Text = Annotated[str, Field(min_length=1, max_length=500)]
Word = Annotated[str, Field(min_length=1, max_length=100)]
Positive = Annotated[float, Field(gt=0, le=1e18, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1, le=100_000)]


class _Check(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ModelFigure(_Check):
    """A figure of the released model's own row.

    ``compared_with``: the claim is how much larger the figure is than that model's: a share, or
    with ``difference`` a count. ``also_active_b``: the claim also says so many 10**9 parameters
    that are active.
    """

    kind: Literal["model_figure"] = "model_figure"
    figure: Literal[
        "total_parameters",
        "active_parameters",
        "active_share",
        "total_over_active",
        "context_limit",
        "routed_experts",
        "experts_per_token",
        "entries_attended",
        "head_size",
        "licence",
        "released",
        "vision",
    ]
    compared_with: Word | None = None
    difference: bool = False
    also_active_b: Positive | None = None


class DescribedWeights(_Check):
    """Weights of a model as the claim describes it: so many parameters in a format.

    ``parameters_b`` in units of 10**9. ``formats`` are recipes of the catalogue; the claim may
    mean any of them, the first is the usual one. ``like`` is a released model of that size, whose
    bits a parameter are taken. ``cards``: the claim is the part of each of so many cards.
    """

    kind: Literal["described_weights"] = "described_weights"
    parameters_b: Positive
    formats: Annotated[tuple[Word, ...], Field(min_length=1)]
    like: Word = "kimi-k2.5"
    figure: Literal["bytes", "bytes_per_parameter"] = "bytes"
    cards: Count = 1


class DescribedMemory(_Check):
    """Memory for a model as described: nothing below its weights can be true."""

    kind: Literal["described_memory"] = "described_memory"
    parameters_b: Positive
    active_b: Positive | None = None
    formats: Annotated[tuple[Word, ...], Field(min_length=1)]
    like: Word = "kimi-k2.5"
    cards: Annotated[tuple[Word, ...], Field(max_length=32)] = ()


class DescribedFit(_Check):
    """Whether a model as described fits on cards, counted in what their engine can use.

    ``expects``: what the claim says. ``figure``: that it fits, how many tokens of context it then
    has, how fast it is, or what stays free on all cards.
    """

    kind: Literal["described_fit"] = "described_fit"
    parameters_b: Positive
    formats: Annotated[tuple[Word, ...], Field(min_length=1)]
    like: Word = "kimi-k2.5"
    active_b: Positive | None = None
    cards: Annotated[tuple[Word, ...], Field(min_length=1, max_length=32)]
    expects: bool = True
    figure: Literal["fits", "context", "speed", "free"] = "fits"


class Weights(_Check):
    """Weights of released models. ``formats``: what the claim's format may be, the usual first."""

    kind: Literal["weights"] = "weights"
    formats: Annotated[tuple[Word, ...], Field(min_length=1)]
    figure: Literal["bytes", "bits_per_parameter"] = "bytes"


class KvCache(_Check):
    """The cache of one user at a context; ``saved_share`` is what is saved against full heads."""

    kind: Literal["kv_cache"] = "kv_cache"
    cache_types: Annotated[tuple[CacheType, ...], Field(min_length=1)] = ("f16",)
    context_tokens: Annotated[int, Field(ge=1, le=2**31)]
    figure: Literal["bytes", "saved_share"] = "bytes"


class MemoryNeeded(_Check):
    """All card memory that plans need: weights, cache, buffers and what the driver keeps.

    ``level`` "minimum": enough for ``context_tokens``, and not far above; "safe": enough.
    """

    kind: Literal["memory_needed"] = "memory_needed"
    formats: Annotated[tuple[Word, ...], Field(min_length=1)]
    level: Literal["minimum", "safe"] = "minimum"
    context_tokens: Annotated[int, Field(ge=1, le=2**31)] = 32_768
    card: Word = "rtxpro6000"


class TierModel(_Check):
    """One thing that is said to run or not in so much memory."""

    model: Word
    formats: Annotated[tuple[Word, ...], Field(min_length=1)]


class Tier(_Check):
    """What runs in a total of card memory: each of ``models`` is said to, or none of them."""

    kind: Literal["tier"] = "tier"
    memory_gb: Positive
    models: Annotated[tuple[TierModel, ...], Field(min_length=1)]
    expects: bool
    context_tokens: Annotated[int, Field(ge=1, le=2**31)] = 8192
    card: Word = "rtxpro6000"


class Cards(_Check):
    """So much memory in so few cards: how many cards of a kind make it up, against ``most``."""

    kind: Literal["cards_needed"] = "cards_needed"
    memory_gb: Positive
    card: Word
    most: Count
    expects: bool


class Fits(_Check):
    """Whether plans fit, as a plan document says; the claim holds for one of them or for all."""

    kind: Literal["fits"] = "fits"
    plans: Annotated[tuple[Plan, ...], Field(min_length=1, max_length=8)]
    expects: bool = True
    needs: Literal["one", "all"] = "all"


class ContextFits(_Check):
    """The longest context of plans; the claim may mean any of them."""

    kind: Literal["context"] = "context"
    plans: Annotated[tuple[Plan, ...], Field(min_length=1, max_length=8)]


class SpeedOf(_Check):
    """A speed of plans: their bands together against what is claimed."""

    kind: Literal["speed"] = "speed"
    plans: Annotated[tuple[Plan, ...], Field(min_length=1, max_length=8)]
    figure: Literal["decode", "prefill", "first_token"] = "decode"


class PowerOf(_Check):
    """Watts at the wall of a rig at work."""

    kind: Literal["power"] = "power"
    plans: Annotated[tuple[Plan, ...], Field(min_length=1, max_length=8)]


class CardFigure(_Check):
    """A figure of a card's row, of ``count`` of them together."""

    kind: Literal["card"] = "card"
    card: Word
    count: Count = 1
    figure: Literal[
        "memory", "bandwidth", "power", "launch", "pcie_generation", "nvlink", "price"
    ] = "memory"


class LinkFigure(_Check):
    """Bandwidth of a link, GB/s: one way, or both ways together."""

    kind: Literal["link"] = "link"
    link: Word
    figure: Literal["one_direction", "both_directions"] = "both_directions"


class Activations(_Check):
    """What plans need beside weights and cache: buffers of computing and of the answer."""

    kind: Literal["activations"] = "activations"
    plans: Annotated[tuple[Plan, ...], Field(min_length=1, max_length=8)]


class TensorTraffic(_Check):
    """What passes between two cards of a tensor-parallel model at a speed, GB/s."""

    kind: Literal["tensor_traffic"] = "tensor_traffic"
    tokens_per_s: Positive


class ApiPrice(_Check):
    """What APIs charge, USD a million tokens, as ids of the catalogue's prices.

    ``day`` is when the claim was made: then past prices of that day count instead, and the claim
    cannot be checked where none is known. ``mtok`` multiplies. ``over``: the claim is how many
    times as much as these cost. ``also_output``: the claim also names that price of output.
    """

    kind: Literal["api_price"] = "api_price"
    apis: Annotated[tuple[Word, ...], Field(min_length=1)]
    figure: Literal["input", "output", "cached"] = "input"
    day: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None
    mtok: Positive = 1.0
    over: tuple[Word, ...] = ()
    also_output: Positive | None = None


class CostOf(_Check):
    """A figure of the cost comparison of plans; the claim may mean any of them.

    ``inferences`` a month replace the plan's month; each takes the plan's
    ``workload.inference_input_tokens`` and ``inference_output_tokens``. ``expects`` is what the
    claim says of whether the rig pays for itself within its life.
    """

    kind: Literal["cost"] = "cost"
    plans: Annotated[tuple[Plan, ...], Field(min_length=1, max_length=8)]
    figure: Literal[
        "breakeven_mtok",
        "breakeven_inferences",
        "payback_months",
        "own_usd_per_month",
        "own_over_api",
        "api_over_own",
        "api_usd_per_month",
        "amortisation_usd_per_month",
        "amortisation_usd_per_inference",
        "pays_within_life",
        "duty",
    ]
    inferences: Positive | None = None
    expects: bool = True


class MistakenFormula(_Check):
    """A formula that gives what is claimed by a known mistake."""

    code: Literal["old_price", "weights_left_out", "weights_for_everything", "other_model"]
    formula: Text


class Expression(_Check):
    """Arithmetic on the claim's own numbers: ``{A-029}`` is the value of another claim.

    ``own``: every number is the article's, so that it contradicts itself where they differ.
    ``words`` say what is computed.
    """

    kind: Literal["expression"] = "expression"
    formula: Text
    own: bool = True
    words: Text
    mistaken: Annotated[tuple[MistakenFormula, ...], Field(max_length=4)] = ()


class Published(_Check):
    """A figure that others published and the planner does not compute: ids of such rows.

    The claim may mean any of them.
    """

    kind: Literal["published"] = "published"
    figures: Annotated[tuple[Word, ...], Field(min_length=1)]


Reason = Literal[
    "opinion",
    "prediction",
    "score",
    "training",
    "undisclosed",
    "no_measurement",
    "rule_of_thumb",
    "own_choice",
    "not_released",
    "not_hardware",
]


class NotChecked(_Check):
    """Nothing to compute, and why."""

    kind: Literal["none"] = "none"
    reason: Reason


Check = Annotated[
    ModelFigure
    | DescribedWeights
    | DescribedMemory
    | DescribedFit
    | Weights
    | KvCache
    | MemoryNeeded
    | Tier
    | Cards
    | Fits
    | ContextFits
    | SpeedOf
    | PowerOf
    | CardFigure
    | LinkFigure
    | Activations
    | TensorTraffic
    | ApiPrice
    | CostOf
    | Expression
    | Published
    | NotChecked,
    Field(discriminator="kind"),
]
