"""One number of the cost comparison that can be typed: how it is shown, read and checked."""

from __future__ import annotations

from collections.abc import Callable

from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.cost.numbers import RefusedError, check_range, parse_number, shown

Read = Callable[[Plan], float | None]
Write = Callable[[Plan, float | None], Plan]


@dataclass(frozen=True, slots=True)
class Sliding:
    """The range of a field's slider; what is typed may lie outside."""

    low: float
    high: float
    step: float
    logarithmic: bool = False


@dataclass(frozen=True, slots=True)
class InputField:
    """One number.

    Attributes:
        key: Its name among the fields.
        section: "use", "rig", "power", "api" or "rent".
        label: For people. Without a letter to jump to it: those of the window's menus come first.
        tip: What it means.
        unit: Stands behind the field; "$" before the number in sentences.
        read: From a plan; None where the plan leaves it open.
        write: The plan with another value.
        low, high: The range; ``above`` refuses ``low`` itself.
        optional: Empty leaves it to the plan.
        whole: Only whole numbers.
        tokens: Millions of tokens.
        percent: Typed in per cent, kept as a share.
        slide: Its slider, None where there is none.
    """

    key: str
    section: str
    label: str
    tip: str
    unit: str
    read: Read
    write: Write
    low: float = 0.0
    high: float = 1e12
    above: bool = False
    optional: bool = False
    whole: bool = False
    tokens: bool = False
    percent: bool = False
    slide: Sliding | None = None

    def text(self, plan: Plan) -> str:
        """The value as it is typed."""
        value = self.read(plan)
        if value is None:
            return ""
        return shown(round(value * 100, 2) if self.percent else value)

    def parse(self, text: str) -> float | None:
        """The value of what was typed; None where empty is allowed.

        Raises:
            RefusedError: With the sentence that stands at the field.
        """
        if not text.strip():
            if self.optional:
                return None
            raise RefusedError(say("Needed. Type a number."))
        value = parse_number(text, self.unit, tokens=self.tokens)
        unit = say("M tokens") if self.tokens else self.unit
        check_range(value, self.low, self.high, unit, above=self.above, whole=self.whole)
        return value / 100 if self.percent else value

    def apply(self, plan: Plan, value: float | None) -> Plan:
        """The plan with this value."""
        if value is not None and self.whole:
            value = int(value)
        return self.write(plan, value)
