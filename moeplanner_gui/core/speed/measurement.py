"""One published measurement: a catalogue row that others can be checked against."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Measurement(BaseModel):
    """What somebody measured and published. Names are the publisher's where no id exists.

    ``model_id``, ``card_id`` and ``host_id`` are catalogue ids, None where the catalogue has no
    such row; ``depth_tokens`` is the context already filled; ``weights_gib`` the size of the file
    (GiB). ``decode_tokens_per_s`` is that of all ``users`` together, ``prefill_tokens_per_s`` the
    rate of ``prompt_tokens`` tokens read at that depth. ``use`` says what the fit of the
    constants may see: ``fit``, ``test`` (held out), or ``none`` with the reason in ``left_out``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    id: str
    model: str
    model_id: str | None = None
    weights: str
    weights_id: str | None = None
    weights_gib: Positive | None = None
    engine: str
    engine_version: str | None = None
    backend: str | None = None
    hardware: str
    card_id: str | None = None
    host: str | None = None
    host_id: str | None = None
    cards: Annotated[int, Field(ge=0, le=2048)] = 1
    parallelism: Literal["single", "layer", "tensor", "expert", "data"] = "single"
    interconnect: str | None = None
    offload: Literal["none", "experts_cpu", "cpu_only", "partial"] = "none"
    cards_gib: Positive | None = None
    host_gib: Positive | None = None
    host_gbs: Positive | None = None
    depth_tokens: Annotated[int, Field(ge=0)] = 0
    users: Annotated[int, Field(ge=1)] = 1
    prompt_tokens: Annotated[int, Field(ge=0)] | None = None
    prefill_tokens_per_s: Positive | None = None
    decode_tokens_per_s: Positive | None = None
    speculative: bool = False
    power_limit_w: Positive | None = None
    date: str
    source: str
    locator: str | None = None
    quality: str
    notes: str | None = None
    use: Literal["fit", "test", "none"] = "none"
    left_out: str | None = None
