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

    ``efficiency`` is the share of the card's memory bandwidth that reading weights reaches;
    ``layer_us`` what a layer costs beside it, in microseconds. ``low`` and ``high`` are factors
    on the expected tokens/s: 80 % of the rows lie between them. ``rows``, ``combinations`` (of
    hardware and model) and ``median_error`` tell what stands behind it; ``weak`` groups say so
    on the screen.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    id: str
    name: str
    engines: tuple[str, ...]
    backends: tuple[str, ...]
    families: tuple[str, ...] = ()
    efficiency: Positive
    layer_us: NonNegative
    low: Factor
    high: Factor
    rows: Annotated[int, Field(ge=0)]
    combinations: Annotated[int, Field(ge=0)]
    median_error: NonNegative | None = None
    weak: bool = False
    note: str | None = None
