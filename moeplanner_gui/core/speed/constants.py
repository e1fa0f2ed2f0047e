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

    ``efficiency`` is the share of the card's memory bandwidth that reading weights reaches,
    ``cache_efficiency`` the same for the cache. What a layer costs beside it, in microseconds:
    ``layer_us`` a plain one, ``moe_us`` more where it routes tokens to experts, ``latent_us``
    more where its attention is latent (MLA), ``linear_us`` more for a recurrent one and
    ``compressed_us`` more for DeepSeek V4's. ``token_us`` is paid once a step.
    ``compute_efficiency`` is the share of a card's 16-bit TFLOPS that a step of many users
    reaches. ``host_efficiency`` is the share of the host memory's bandwidth that experts and
    layers in it reach, ``host_layer_us`` what every such layer costs.

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
    efficiency: Positive
    cache_efficiency: Positive
    layer_us: NonNegative
    moe_us: NonNegative = 0.0
    latent_us: NonNegative = 0.0
    linear_us: float = 0.0
    compressed_us: NonNegative = 0.0
    token_us: NonNegative = 0.0
    compute_efficiency: Positive = 0.4
    host_efficiency: Positive = 0.9
    host_layer_us: NonNegative = 150.0
    low: Factor
    high: Factor
    rows: Annotated[int, Field(ge=0)]
    combinations: Annotated[int, Field(ge=0)]
    median_error: NonNegative | None = None
    weak: bool = False
    note: str | None = None
