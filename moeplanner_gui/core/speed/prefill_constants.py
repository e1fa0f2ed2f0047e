"""The fitted constants of reading a prompt: catalogue rows, one a group of engine, back end and
kind of card.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Factor = Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)]


class PrefillGroup(BaseModel):
    """Constants of one group, with the band that its residuals give.

    A group is for ``engines`` with ``backends`` on ``families`` of cards
    (:func:`moeplanner_gui.core.speed.groups.family_of`); empty means any. ``compressed``: it is
    for models with DeepSeek V4's attention only, ``hosted``: for plans that keep a part of the
    model in host memory only; these go before the others.

    Of the peak of the unit that multiplies the weights, ``efficiency`` is reached by whole
    matrices, and ``expert_share`` of that by the routed experts, whose matrices are multiplied
    in tiles, whether full or not: the surplus is at most as much again as the tokens of an
    expert, and at most ``fill_tokens`` (:func:`moeplanner_gui.core.speed.prefill_cost.filled`).
    Weights of 16 bits reach ``wide_share`` of it, and their experts ``wide_expert_share``
    of that. ``attention_share`` is what attention reaches of ``efficiency``, ``narrow_share`` what
    heads of up to 128 values reach of that; ``growth_tokens`` is the depth at which an entry of
    the cache costs twice as much as near the start (None: never). ``compressed_share`` is what
    DeepSeek V4 reaches of everything but attention, and ``sparse`` says that the engine attends
    to no more than the indexer picks.
    Peaks beyond ``reference_tflops`` are reached less: the rate grows with the power ``scaling``
    of the peak.

    ``stream_share`` is the share of the memory's bandwidth at which weights are read, once a batch,
    and ``exposed_share`` how much of the shorter of computing and reading is not hidden behind the
    longer. ``layer_us`` is what a layer costs once a batch (microseconds), ``pipelined``
    the share of the ideal overlap of several cards that a layer split reaches. ``host_tflops``
    is what a processor computes, and ``copy_share`` the share of the link's bandwidth at which
    experts are copied to the card.

    ``low`` and ``high`` are factors on the expected tokens/s: 80 % of the rows lie between them.
    ``rows``, ``combinations`` (of hardware and model) and ``median_error`` tell what stands
    behind it; ``weak`` groups say so on the screen.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    id: str
    name: str
    engines: tuple[str, ...]
    backends: tuple[str, ...]
    families: tuple[str, ...] = ()
    compressed: bool = False
    hosted: bool = False
    sparse: bool = False
    efficiency: Positive
    expert_share: Positive = 0.6
    fill_tokens: NonNegative = 40.0
    wide_share: Positive = 1.0
    wide_expert_share: Positive = 1.0
    attention_share: Positive = 0.4
    narrow_share: Positive = 1.0
    growth_tokens: Positive | None = None
    compressed_share: Positive = 0.5
    scaling: Share = 1.0
    reference_tflops: Positive = 150.0
    stream_share: Positive = 0.8
    exposed_share: Share = 0.5
    layer_us: NonNegative = 100.0
    pipelined: Share = 0.0
    host_tflops: Positive = 3.0
    copy_share: Positive = 0.9
    low: Factor
    high: Factor
    rows: Annotated[int, Field(ge=0)]
    combinations: Annotated[int, Field(ge=0)]
    median_error: NonNegative | None = None
    weak: bool = False
    note: str | None = None
