"""Every number of the cost comparison that can be typed: where it stands in a plan, its range,
and what it means. Knows no Qt; a field reads a plan and makes the next one.
"""

from __future__ import annotations

from collections.abc import Callable

from moeplanner_gui.core.cost.presets import inferences_of, with_inferences
from moeplanner_gui.core.edits import set_economics, set_workload
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.cost.numbers import RefusedError, check_range, parse_number, shown

MOST_MTOK = 1e9
MOST_HARDWARE_USD = 1e9
_DEFAULT_INPUT_SHARE = 0.935
"""Of programming agents' tokens, where a plan without use has no mix of its own."""

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


# What is written where -----------------------------------------------------------------------


def _economy(name: str) -> tuple[Read, Write]:
    return (
        lambda plan: getattr(plan.economics, name),
        lambda plan, value: set_economics(plan, **{name: value}),
    )


def _work(name: str) -> tuple[Read, Write]:
    return (
        lambda plan: getattr(plan.workload, name),
        lambda plan, value: set_workload(plan, **{name: value}),
    )


def total_mtok(plan: Plan) -> float:
    """All tokens of the month, in millions."""
    return plan.workload.input_mtok_per_month + plan.workload.output_mtok_per_month


def _input_share(plan: Plan) -> float:
    whole = total_mtok(plan)
    return plan.workload.input_mtok_per_month / whole if whole else _DEFAULT_INPUT_SHARE


def set_total(plan: Plan, mtok: float | None) -> Plan:
    """Another number of tokens with the same mix."""
    whole, share = mtok or 0.0, _input_share(plan)
    read = _tidy(whole * share)
    return set_workload(
        plan, input_mtok_per_month=read, output_mtok_per_month=_tidy(max(whole - read, 0.0))
    )


def _set_output_share(plan: Plan, share: float | None) -> Plan:
    whole = total_mtok(plan)
    written = _tidy(whole * (share or 0.0))
    return set_workload(
        plan, input_mtok_per_month=_tidy(whole - written), output_mtok_per_month=written
    )


def _output_share(plan: Plan) -> float:
    return round(1 - _input_share(plan), 9)


def _tidy(value: float) -> float:
    """Without the dust of binary fractions: twelve digits are far below a token."""
    return float(f"{value:.12g}")


# A month counted in requests -----------------------------------------------------------------


def counts_inferences(plan: Plan) -> bool:
    """Whether the month is counted in requests of so many tokens."""
    work = plan.workload
    return work.inference_input_tokens is not None and work.inference_output_tokens is not None


def inferences(plan: Plan) -> float | None:
    """Requests a month, from the tokens; None where tokens are counted."""
    found = inferences_of(plan.workload) if counts_inferences(plan) else None
    return None if found is None else round(found, 6)


def set_inferences(plan: Plan, count: float | None) -> Plan:
    """So many requests a month of the present size."""
    work = plan.workload
    return with_inferences(
        plan, count or 0.0, work.inference_input_tokens or 1, work.inference_output_tokens or 1
    )


def _set_request(name: str) -> Write:
    def write(plan: Plan, value: float | None) -> Plan:
        count = inferences(plan)
        return set_inferences(set_workload(plan, **{name: int(value or 1)}), count)

    return write


def count_inferences(plan: Plan, on: bool) -> Plan:
    """Count the month in requests, or in tokens again; the tokens stay what they are.

    A request then reads and writes in the month's own mix, 500 tokens of answer.
    """
    if not on:
        return set_workload(plan, inference_input_tokens=None, inference_output_tokens=None)
    if counts_inferences(plan):
        return plan
    share = _input_share(plan)
    written = 500 if share < 1 else 1
    read = max(1, round(written * share / (1 - share))) if share < 1 else 1000
    return set_workload(
        plan, inference_input_tokens=min(read, 10**9), inference_output_tokens=written
    )


# The fields ----------------------------------------------------------------------------------

_TOKEN_SLIDE = Sliding(0.1, 100_000.0, 0.02, logarithmic=True)

USE = (
    InputField(
        "tokens",
        "use",
        say("Tokens a month"),
        say("Input and output together, in millions. 1.1B and 500k can be typed."),
        "M",
        lambda plan: round(total_mtok(plan), 9),
        set_total,
        high=MOST_MTOK,
        tokens=True,
        slide=_TOKEN_SLIDE,
    ),
    InputField(
        "inferences",
        "use",
        say("Inferences a month"),
        say("Requests of the size below."),
        "",
        inferences,
        set_inferences,
        high=1e12,
        slide=Sliding(100.0, 1e8, 0.02, logarithmic=True),
    ),
    InputField(
        "request_in",
        "use",
        say("Input of each"),
        say("Tokens that one request reads, cached or not."),
        say("tokens"),
        _work("inference_input_tokens")[0],
        _set_request("inference_input_tokens"),
        low=1,
        high=2**31,
        whole=True,
    ),
    InputField(
        "request_out",
        "use",
        say("Output of each"),
        say("Tokens that one request writes."),
        say("tokens"),
        _work("inference_output_tokens")[0],
        _set_request("inference_output_tokens"),
        low=1,
        high=2**31,
        whole=True,
    ),
    InputField(
        "output_share",
        "use",
        say("Of these, output"),
        say("The part of the tokens that is written."),
        "%",
        _output_share,
        _set_output_share,
        high=100,
        percent=True,
        slide=Sliding(0, 100, 1),
    ),
    InputField(
        "cache_hits",
        "use",
        say("Input cached"),
        say(
            "Input that was read before: neither computed again nor billed in "
            "full. Agents reach 70 to 90 %."
        ),
        "%",
        *_work("cache_hit_share"),
        high=100,
        percent=True,
        slide=Sliding(0, 100, 1),
    ),
    InputField(
        "cache_writes",
        "use",
        say("Written to cache"),
        say("Input that an API writes into its cache where that costs extra."),
        "%",
        *_work("cache_write_share"),
        high=100,
        percent=True,
    ),
    InputField(
        "peak",
        "use",
        say("In peak hours"),
        say(
            "Tokens that fall into the hours in which an API charges more. 20.8 % "
            "is an even use of the week; batches at night have 0."
        ),
        "%",
        *_work("peak_share"),
        high=100,
        percent=True,
    ),
    InputField(
        "batch",
        "use",
        say("In batches"),
        say("Tokens that may wait, for an API's batch discount."),
        "%",
        *_work("batch_share"),
        high=100,
        percent=True,
    ),
)

RIG = (
    InputField(
        "hardware",
        "rig",
        say("Hardware"),
        say("What the whole rig costs, tax included. Empty: the prices of its parts."),
        "$",
        *_economy("hardware_usd"),
        high=MOST_HARDWARE_USD,
        above=True,
        optional=True,
        slide=Sliding(500.0, 500_000.0, 0.02, logarithmic=True),
    ),
    InputField(
        "life",
        "rig",
        say("Life"),
        say("Months until the rig is sold. Usual: 24, 36 or 60."),
        say("months"),
        *_economy("life_months"),
        low=1,
        high=600,
        whole=True,
        slide=Sliding(6, 84, 1),
    ),
    InputField(
        "haircut",
        "rig",
        say("Lost when sold"),
        say("New to used at once: tax, fees, no longer new. Usual: 10, 20 or 30 %."),
        "%",
        *_economy("resale_haircut"),
        high=100,
        percent=True,
    ),
    InputField(
        "fall",
        "rig",
        say("Falls a year"),
        say(
            "Of the price of used ones, every year. Usual: 10, 25 or 35 %; below 0 "
            "it rises, as cards with 24 GB did in 2026."
        ),
        "%",
        *_economy("resale_annual_fall"),
        low=-100,
        high=100,
        percent=True,
        slide=Sliding(-20, 50, 1),
    ),
    InputField(
        "share",
        "rig",
        say("Sold for"),
        say("Resale value as a share of the price."),
        "%",
        *_economy("resale_share"),
        high=1000,
        percent=True,
        slide=Sliding(0, 100, 1),
    ),
    InputField(
        "capital",
        "rig",
        say("Cost of capital"),
        say(
            "What the money would earn elsewhere, or its loan costs, a year. 0 for "
            "a hobby, 8 % for a business."
        ),
        "%",
        *_economy("capital_rate"),
        high=100,
        percent=True,
    ),
    InputField(
        "maintenance",
        "rig",
        say("Maintenance"),
        say("Spares and repairs a year, of the hardware's price. Usual: 0, 2 or 5 %."),
        "%",
        *_economy("maintenance_share_per_year"),
        high=100,
        percent=True,
    ),
    InputField(
        "other",
        "rig",
        say("Other"),
        say("Colocation, internet, hours of administration: USD a month."),
        "$",
        *_economy("other_usd_per_month"),
        high=1e9,
    ),
    InputField(
        "prefill",
        "rig",
        say("Prefill"),
        say("Tokens of prompts a second, all users together. Empty: as the Speed tab says."),
        "tok/s",
        *_economy("prefill_tokens_per_s"),
        high=1e9,
        above=True,
        optional=True,
    ),
    InputField(
        "decode",
        "rig",
        say("Decode"),
        say("Tokens of answers a second, all users together. Empty: as the Speed tab says."),
        "tok/s",
        *_economy("decode_tokens_per_s"),
        high=1e9,
        above=True,
        optional=True,
    ),
    InputField(
        "duty",
        "rig",
        say("Busy at most"),
        say(
            "The part of the time that demand can fill: 30 % when people wait for "
            "answers, 70 % mixed, 90 % in batches."
        ),
        "%",
        *_economy("max_duty"),
        high=100,
        above=True,
        percent=True,
    ),
)

POWER = (
    InputField(
        "load_w",
        "power",
        say("Under load"),
        say("Watts at the wall while it works. Empty: as computed from the cards."),
        "W",
        *_economy("load_w"),
        high=1e8,
        above=True,
        optional=True,
    ),
    InputField(
        "idle_w",
        "power",
        say("Idle"),
        say("Watts at the wall while it waits. Empty: as computed."),
        "W",
        *_economy("idle_w"),
        high=1e8,
        optional=True,
    ),
    InputField(
        "hours_on",
        "power",
        say("Hours on"),
        say("Hours a month in which it is switched on; 730 is always."),
        "h",
        *_economy("hours_on_per_month"),
        high=744,
        slide=Sliding(0, 730, 10),
    ),
    InputField(
        "pue",
        "power",
        say("Cooling (PUE)"),
        say(
            "Power of the building over that of the rig: 1 at home, 1.54 in the "
            "average data centre of 2025."
        ),
        "",
        *_economy("pue"),
        low=1,
        high=10,
    ),
)

FIELDS: tuple[InputField, ...] = (*USE, *RIG, *POWER)
BY_KEY = {field.key: field for field in FIELDS}


def is_shown(key: str, plan: Plan) -> bool:
    """Whether a field has a meaning beside the others as they stand."""
    by_request = counts_inferences(plan)
    if key in ("inferences", "request_in", "request_out"):
        return by_request
    if key in ("tokens", "output_share"):
        return not by_request
    by_share = plan.economics.resale_share is not None
    if key == "share":
        return by_share
    if key in ("haircut", "fall"):
        return not by_share
    return True
