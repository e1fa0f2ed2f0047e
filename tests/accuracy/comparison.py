"""What was measured or published beside what the estimator says, one row at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Comparison:
    """One figure. Both values have the unit of the quantity they belong to.

    Attributes:
        subject: What the row is about: a model, a recipe, a card.
        case: What tells it apart from other rows of the subject.
        expected: What was measured or published.
        computed: What the estimator says.
    """

    subject: str
    case: str
    expected: int
    computed: int

    @property
    def error(self) -> float:
        """Computed over expected, less one: positive when the estimate is high."""
        if self.expected == self.computed:
            return 0.0
        return self.computed / self.expected - 1 if self.expected else float("inf")


@dataclass(frozen=True, slots=True)
class Target:
    """What a quantity is held to.

    Attributes:
        below: How far below the measured value an estimate may lie, as a share.
        above: How far above.
        slack: Units that do not count, where the measured figure is itself rounded.
        share: The share of rows that must keep the target; the rest are in the report, and
            may still not lie below.
    """

    below: float = 0.0
    above: float = 0.0
    slack: int = 0
    share: float = 1.0

    def keeps(self, row: Comparison) -> bool:
        """Whether the row lies inside."""
        difference = row.computed - row.expected
        if abs(difference) <= self.slack:
            return True
        limit = self.above if difference > 0 else self.below
        return abs(difference) <= limit * row.expected

    def lies_below(self, row: Comparison) -> bool:
        """Whether the estimate is too small, which is what costs a buyer money."""
        return row.expected - row.computed > max(self.slack, self.below * row.expected)

    @property
    def label(self) -> str:
        """For the table: ``equal``, ``-0 / +2 %``."""
        if self.below == self.above == 0:
            return "equal" if self.slack < 2**20 else f"within {self.slack / 2**20:g} MiB"
        if self.below == self.above:
            return f"within {100 * self.above:g} %"
        return f"-{100 * self.below:g} / +{100 * self.above:g} %"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A kind of figure with its rows and its target.

    ``safe_side``: no estimate may lie below the measured value, whatever ``target.share`` is.
    """

    name: str
    unit: str
    source: str
    target: Target
    rows: Callable[[], Iterable[Comparison]]
    safe_side: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """A quantity after all of its rows were computed."""

    quantity: Quantity
    rows: tuple[Comparison, ...]

    @property
    def kept(self) -> int:
        """Rows inside the target."""
        return sum(self.quantity.target.keeps(row) for row in self.rows)

    @property
    def too_low(self) -> tuple[Comparison, ...]:
        """Rows whose estimate lies below by more than the target allows."""
        return tuple(row for row in self.rows if self.quantity.target.lies_below(row))

    @property
    def holds(self) -> bool:
        """Whether the quantity keeps its target; a quantity without rows does not."""
        if not self.rows or (self.quantity.safe_side and self.too_low):
            return False
        return self.kept >= self.quantity.target.share * len(self.rows)

    def worst(self, count: int) -> tuple[Comparison, ...]:
        """The rows outside the target, the largest error first."""
        outside = [row for row in self.rows if not self.quantity.target.keeps(row)]
        return tuple(sorted(outside, key=lambda row: -abs(row.error))[:count])


def outcome(quantity: Quantity) -> Outcome:
    """Compute every row of a quantity."""
    return Outcome(quantity, tuple(quantity.rows()))
