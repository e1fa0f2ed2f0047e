"""Published speeds that no fit saw, beside what the estimator says of the same machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from statistics import median

from moeplanner_gui.core.assessment import Range
from moeplanner_gui.core.model import CompressedAttention
from moeplanner_gui.core.prepare import prepare
from moeplanner_gui.core.speed.decode import Decode, decode_speed
from moeplanner_gui.core.speed.measurement import Measurement
from moeplanner_gui.core.speed.prefill import Prefill, prefill_speed
from tests.speed_fit.prefill_rows import prompt_plan, span_of
from tests.speed_fit.rows import catalog, plan_of, rows_of
from tests.speed_fit.split import combination

UNKNOWN = "no answer"


@dataclass(frozen=True, slots=True)
class SpeedRow:
    """One measured rate, tokens/s of all users together, and the estimate with its band.

    ``estimate`` is None where the estimator gives no answer, which counts as a miss.
    """

    row: Measurement
    group: str
    measured: float
    estimate: Range | None

    @property
    def combination(self) -> str:
        """``hardware|model``."""
        return combination(self.row)

    @property
    def error(self) -> float:
        """The estimate over the measured rate, less one."""
        if self.estimate is None:
            return float("inf")
        return self.estimate.expected / self.measured - 1

    @property
    def factor(self) -> float:
        """By which factor the estimate is off, at least 1."""
        if self.estimate is None:
            return float("inf")
        ratio = self.estimate.expected / self.measured
        return max(ratio, 1 / ratio)

    @property
    def is_inside(self) -> bool:
        """Whether the measured rate lies in the band."""
        return self.estimate is not None and (
            self.estimate.low <= self.measured <= self.estimate.high
        )


def decode_row(row: Measurement) -> SpeedRow | None:
    """The decode rate of a row; None where it has none."""
    plan = plan_of(row)
    if row.decode_tokens_per_s is None or plan is None:
        return None
    found = decode_speed(prepare(plan, catalog()), catalog(), max(row.depth_tokens, 1), row.users)
    if not isinstance(found, Decode):
        return SpeedRow(row, UNKNOWN, row.decode_tokens_per_s, None)
    rate, users = found.rate, row.users
    every = Range(rate.low * users, rate.expected * users, rate.high * users)
    return SpeedRow(row, found.group.name, row.decode_tokens_per_s, every)


def prefill_row(row: Measurement) -> SpeedRow | None:
    """The prompt rate of a row; None where it has none.

    A rate after ``past`` tokens follows from the means over two prompts that start at nothing:
    the time for the longer less that for the shorter.
    """
    plan = prompt_plan(row)
    if row.prefill_tokens_per_s is None or plan is None:
        return None
    prepared = prepare(plan, catalog())
    past, tokens = span_of(row)
    whole = prefill_speed(prepared, catalog(), past + tokens)
    before = prefill_speed(prepared, catalog(), past) if past else None
    measured = row.prefill_tokens_per_s
    if not isinstance(whole, Prefill) or not (before is None or isinstance(before, Prefill)):
        return SpeedRow(row, UNKNOWN, measured, None)
    seconds = (past + tokens) / whole.rate.expected
    if before is not None:
        seconds -= past / before.rate.expected
    expected = tokens / seconds
    scale = expected / whole.rate.expected
    band = Range(whole.rate.low * scale, expected, whole.rate.high * scale)
    return SpeedRow(row, f"{row.engine}, {row.backend or 'not stated'}", measured, band)


@cache
def decode_rows() -> tuple[SpeedRow, ...]:
    """Every decode rate that is kept for testing."""
    return tuple(filter(None, map(decode_row, rows_of("test"))))


@cache
def prefill_rows() -> tuple[SpeedRow, ...]:
    """Every prompt rate that is kept for testing."""
    return tuple(filter(None, map(prefill_row, rows_of("test"))))


@cache
def _fitted_hardware() -> frozenset[str]:
    return frozenset(row.hardware for row in rows_of("fit"))


@cache
def _fitted_families() -> frozenset[str]:
    return frozenset(_family(row) for row in rows_of("fit"))


def _family(row: Measurement) -> str:
    """Models of one family share their architecture's form."""
    assert row.model_id is not None
    return catalog().model(row.model_id).family


def _is_v4(row: Measurement) -> bool:
    assert row.model_id is not None
    blocks = catalog().model(row.model_id).architecture.attention.values()
    return any(isinstance(block, CompressedAttention) for block in blocks)


def known_decode() -> Iterator[SpeedRow]:
    """Hardware and family were both fitted, if never together."""
    for found in decode_rows():
        row = found.row
        known = row.hardware in _fitted_hardware() and _family(row) in _fitted_families()
        if known and not _is_v4(row):
            yield found


def unseen_decode() -> Iterator[SpeedRow]:
    """No row of this hardware was fitted."""
    for found in decode_rows():
        if found.row.hardware not in _fitted_hardware() and not _is_v4(found.row):
            yield found


def v4_decode() -> Iterator[SpeedRow]:
    """DeepSeek V4, on whatever hardware."""
    return (found for found in decode_rows() if _is_v4(found.row))


@dataclass(frozen=True, slots=True)
class SpeedTarget:
    """What a quantity is held to; None is not asked.

    Attributes:
        median: The largest median of the absolute errors, as a share.
        half_within: The factor that half of the rows keep.
        in_band: The share of rows whose measured rate lies in the band.
    """

    median: float | None = None
    half_within: float | None = None
    in_band: float | None = None

    @property
    def label(self) -> str:
        """For the table."""
        parts = []
        if self.median is not None:
            parts.append(f"median at most {100 * self.median:g} %")
        if self.half_within is not None:
            parts.append(f"half within {self.half_within:g} x")
        if self.in_band is not None:
            parts.append(f"{100 * self.in_band:g} % in band")
        return ", ".join(parts) or "–"


@dataclass(frozen=True, slots=True)
class SpeedQuantity:
    """A set of rows with its target."""

    name: str
    target: SpeedTarget
    rows: Callable[[], Iterable[SpeedRow]]


@dataclass(frozen=True, slots=True)
class SpeedOutcome:
    """A quantity after all of its rows were computed."""

    name: str
    target: SpeedTarget
    rows: tuple[SpeedRow, ...]

    @property
    def median_error(self) -> float:
        """The median of the absolute errors."""
        return median(abs(row.error) for row in self.rows)

    @property
    def median_of_combinations(self) -> float:
        """The same where every combination of hardware and model counts once."""
        errors: dict[str, list[float]] = {}
        for row in self.rows:
            errors.setdefault(row.combination, []).append(abs(row.error))
        return median(map(median, errors.values()))

    @property
    def combinations(self) -> int:
        """Of hardware and model."""
        return len({row.combination for row in self.rows})

    @property
    def inside(self) -> int:
        """Rows whose measured rate lies in the band."""
        return sum(row.is_inside for row in self.rows)

    def within(self, factor: float) -> int:
        """Rows whose estimate is off by no more than a factor."""
        return sum(row.factor <= factor for row in self.rows)

    @property
    def missed(self) -> tuple[str, ...]:
        """What of the target is not kept, as sentences; a quantity without rows keeps none."""
        count, target = len(self.rows), self.target
        if not count:
            return (f"{self.name}: there are no rows.",)
        found = []
        if target.median is not None and self.median_error > target.median:
            found.append(
                f"{self.name}: the median error is {100 * self.median_error:.1f} %, "
                f"not {100 * target.median:g} %."
            )
        if target.half_within is not None and 2 * self.within(target.half_within) < count:
            found.append(
                f"{self.name}: {self.within(target.half_within)} of {count} are within "
                f"{target.half_within:g} x."
            )
        if target.in_band is not None and self.inside < target.in_band * count:
            found.append(f"{self.name}: the band holds {self.inside} of {count}.")
        return tuple(found)


QUANTITIES = (
    SpeedQuantity("Decode, hardware and family known", SpeedTarget(median=0.10), known_decode),
    SpeedQuantity("Decode, hardware never fitted", SpeedTarget(median=0.15), unseen_decode),
    SpeedQuantity("Decode, DeepSeek V4", SpeedTarget(median=0.20), v4_decode),
    SpeedQuantity("Decode, all", SpeedTarget(in_band=0.8), decode_rows),
    SpeedQuantity("Prefill, all", SpeedTarget(half_within=1.5, in_band=0.8), prefill_rows),
)


def outcome(quantity: SpeedQuantity) -> SpeedOutcome:
    """Compute every row of a quantity."""
    return SpeedOutcome(quantity.name, quantity.target, tuple(quantity.rows()))


def by_group(kind: str, rows: Iterable[SpeedRow]) -> list[SpeedOutcome]:
    """The same rows by fitted group; nothing is asked of one alone, some have three rows."""
    found: dict[str, list[SpeedRow]] = {}
    for row in rows:
        found.setdefault(row.group, []).append(row)
    return [
        SpeedOutcome(f"{kind}: {name}", SpeedTarget(), tuple(members))
        for name, members in sorted(found.items())
    ]
