"""Draws of a month over the ranges of its inputs: how sure a comparison is.

The only module of the core that needs numpy; imported when a band is asked for.
"""

from __future__ import annotations

import numpy as np

from moeplanner_gui.core.assessment import Range
from moeplanner_gui.core.cost.figures import (
    Arithmetic,
    api_usd,
    busy_hours,
    own_usd,
    per_rig_usd,
    rent_usd,
)
from moeplanner_gui.core.cost.study import Study
from moeplanner_gui.core.records import dataclass

DRAWS = 10_000
SEED = 20_261_122
_ARRAYS = Arithmetic(np.ceil, np.maximum, np.minimum, np.expm1, np.log1p)


@dataclass(frozen=True, slots=True)
class Draws:
    """What ten thousand months say. Ranges are the 10th, 50th and 90th of a hundred, in USD.

    Attributes:
        own, api, rent: A month of each; None where it is not compared.
        volume_mtok: Break-even against the API among the draws that have one, million tokens.
        never_share: The share of draws in which the API is cheaper at any volume.
        own_wins_share: The share of draws in which owning is cheaper than all that is compared.
        too_close: The range of owning and that of the cheapest other way overlap; None when
            there is nothing to compare with.
    """

    own: Range
    api: Range | None
    rent: Range | None
    volume_mtok: Range | None
    never_share: float | None
    own_wins_share: float | None
    too_close: bool | None


def draws(study: Study, count: int = DRAWS, seed: int = SEED) -> Draws:
    """Draw every input from the triangle of its range; the same seed gives the same answer.

    Inputs are drawn apart from one another. Their plan's own value is the tip of the triangle.
    """
    random = np.random.default_rng(seed)
    drawn = {
        spread.key: random.triangular(spread.low, spread.expected, spread.high, count)
        for spread in study.spreads
    }
    f = study.figures._replace(**drawn)
    own = np.broadcast_to(own_usd(f, _ARRAYS), (count,))
    api = None if study.inputs.api is None else np.broadcast_to(api_usd(f), (count,))
    rent = None if study.inputs.rental is None else np.broadcast_to(rent_usd(f, _ARRAYS), (count,))
    others = [month for month in (api, rent) if month is not None]
    best = np.minimum.reduce(others) if others else None
    volume: Range | None = None
    never: float | None = None
    total = f.input_mtok + f.output_mtok
    if api is not None and total:
        hours = busy_hours(f) / total
        idle = f.pue * f.idle_w * f.hours_on / 1000 * f.usd_per_kwh
        saved = api / total - f.pue * (f.load_w - f.idle_w) / 1000 * hours * f.usd_per_kwh
        fixed = per_rig_usd(f, _ARRAYS) + f.other_usd + idle
        pays = np.broadcast_to(saved > 0, (count,))
        never = float(1 - pays.mean())
        if pays.any():
            reached = np.broadcast_to(fixed, (count,))[pays] / saved[pays]
            volume = _range(np.maximum(reached, 0.0))
    own_range = _range(own)
    api_range = None if api is None else _range(api)
    rent_range = None if rent is None else _range(rent)
    rivals = [band for band in (api_range, rent_range) if band is not None]
    rival = min(rivals, key=lambda band: band.expected) if rivals else None
    return Draws(
        own=own_range,
        api=api_range,
        rent=rent_range,
        volume_mtok=volume,
        never_share=never,
        own_wins_share=None if best is None else float((own < best).mean()),
        too_close=None if rival is None else overlap(own_range, rival),
    )


def overlap(one: Range, other: Range) -> bool:
    """True when two ranges share a value: which is larger cannot be said."""
    return one.low <= other.high and other.low <= one.high


def _range(values: np.ndarray) -> Range:
    # A partition finds three places of ten thousand in a fraction of a sort's time.
    low, middle, high = np.percentile(values, (10, 50, 90))
    return Range(float(low), float(middle), float(high))
