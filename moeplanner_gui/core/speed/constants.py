"""The fitted constants of the speed model: catalogue rows, one a group of engine, back end and
kind of card.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Factor = Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)]


class SpeedGroup(BaseModel):
    """Constants of one group, with the band that its residuals give.

    A group is for ``engines`` with ``backends`` on ``families`` of cards
    (:func:`moeplanner_gui.core.speed.groups.family_of`); empty means any.

    ``efficiency`` is the share of the card's memory bandwidth that reading weights reaches, and
    ``unpack_ops`` how many operations of its shaders unpacking one weight takes.
    ``bf16_experts_factor`` stretches both for experts in BF16, for which some back ends have no
    kernel of their own.
    ``cache_efficiency`` is the share that reading the cache reaches, and
    ``attention_efficiency`` the share of the shaders' 32-bit TFLOPS that attention reaches.

    What a layer costs beside it, in microseconds: ``layer_us`` a plain one, ``moe_us`` more where
    it routes tokens to experts and ``batch_us`` more where these are of several users,
    ``latent_us`` more where its attention is latent (MLA), ``linear_us`` more for a gated delta
    net and ``mamba_us`` for a state-space layer. ``token_us`` is paid once a step.

    A layer of DeepSeek V4 takes ``compressed_us`` in all, and its several streams, compressors
    and indexers move and compute beside its weights: ``compressed_factor`` times the bytes of all
    weights but the experts, and ``compressed_ops`` operations of the shaders for each of them.

    ``union_power``: users' experts overlap; see :func:`decode.expert_share`.
    ``compute_efficiency`` is the share of a card's 16-bit TFLOPS that many users reach.
    ``host_efficiency`` is the share of the host memory's bandwidth that experts and layers in it
    reach, ``host_unpack_bytes`` what unpacking a weight costs there, ``host_layer_us`` what every
    such layer costs, ``host_linear_us`` more for a recurrent one that the processor computes.

    ``low`` and ``high`` are factors on the expected tokens/s: 80 % of the rows lie between them.
    ``host_low`` and ``host_high`` replace them where host memory or a disk is read,
    ``new_low`` and ``new_high`` them where the group measured nothing alike: a model with
    an attention that is not among ``kinds``, DeepSeek V4, or a card that was typed in.

    ``rows``, ``combinations`` (of hardware and model) and ``median_error`` tell what stands
    behind it; ``weak`` groups say so on the screen.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    id: str
    name: str
    engines: tuple[str, ...]
    backends: tuple[str, ...]
    families: tuple[str, ...] = ()
    efficiency: Positive
    unpack_ops: NonNegative
    bf16_experts_factor: Positive = 1.0
    cache_efficiency: Positive
    attention_efficiency: Positive
    layer_us: NonNegative
    moe_us: NonNegative
    batch_us: NonNegative = 0.0
    latent_us: NonNegative = 0.0
    linear_us: NonNegative = 0.0
    mamba_us: NonNegative = 0.0
    compressed_us: NonNegative = 0.0
    compressed_ops: NonNegative = 0.0
    compressed_factor: NonNegative = 0.0
    token_us: NonNegative = 0.0
    union_power: Annotated[float, Field(gt=0, le=1)] = 0.8
    compute_efficiency: Positive
    host_efficiency: Positive
    host_unpack_bytes: NonNegative = 0.0
    host_layer_us: NonNegative
    host_linear_us: NonNegative = 0.0
    low: Factor
    high: Factor
    host_low: Factor = 0.6
    host_high: Factor = 1.4
    new_low: Factor = 0.6
    new_high: Factor = 1.5
    kinds: tuple[str, ...] = ()
    rows: Annotated[int, Field(ge=0)]
    combinations: Annotated[int, Field(ge=0)]
    median_error: NonNegative | None = None
    weak: bool = False
    note: str | None = None
