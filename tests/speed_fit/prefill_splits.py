"""``python -m tests.speed_fit.prefill_splits``: how well the form of the model holds, whatever the
split.

A third of all combinations of hardware and model is left out at random, several times over, and
predicted by a fit to the others. Nothing is written: the constants of the catalogue come from the
one split that is written down (:mod:`tests.speed_fit.split`).
"""

from __future__ import annotations

import math
import random
from statistics import fmean, median, stdev

from tests.speed_fit.prefill_fit import AS_WRITTEN, Constants, error, fit, inside, lead_of
from tests.speed_fit.prefill_rows import PromptRow, prompt_rows
from tests.speed_fit.rows import catalog

SEEDS = range(8)
_PART = 3


def left_out(seed: int) -> tuple[list[PromptRow], list[PromptRow]]:
    """The rows to fit, and those of the combinations that are left out."""
    rows = [*prompt_rows("fit"), *prompt_rows("test")]
    names = sorted({row.combination for row in rows})
    random.Random(seed).shuffle(names)
    out = set(names[: len(names) // _PART])
    kept = [row for row in rows if row.combination not in out]
    return kept, [row for row in rows if row.combination in out]


def main() -> None:
    """Print each split and the mean of all."""
    bands = {group.id: group for group in catalog().speed.prefill}
    print("seed  rows  median factor  within 1.5  in band   build-corrected: factor, within 1.5")
    found = []
    for seed in SEEDS:
        kept, out = left_out(seed)
        constants = fit(kept)
        product = Constants(constants.groups, AS_WRITTEN)
        plain = [error(row, product) for row in out]
        own = [error(row, constants) for row in out]
        held = fmean(inside(one, bands[lead_of(row)]) for one, row in zip(plain, out, strict=True))
        values = (_factor(plain), _near(plain), held, _factor(own), _near(own))
        found.append(values)
        print(f"{seed:4}  {len(out):4}  {_text(values)}")
    means = tuple(fmean(column) for column in zip(*found, strict=True))
    print(f"mean        {_text(means)}")
    print(f"spread of the share within 1.5: {stdev(one[1] for one in found):.0%}")


def _factor(errors: list[float]) -> float:
    return math.exp(median(abs(one) for one in errors))


def _near(errors: list[float]) -> float:
    return fmean(abs(one) <= math.log(1.5) for one in errors)


def _text(values: tuple[float, ...]) -> str:
    factor, near, held, own, own_near = values
    return f"x{factor:.2f}          {near:4.0%}        {held:4.0%}      x{own:.2f}  {own_near:4.0%}"


if __name__ == "__main__":
    main()
