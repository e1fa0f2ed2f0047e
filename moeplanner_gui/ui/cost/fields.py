"""Every number of the cost comparison that can be typed: where it stands in a plan, its range,
and what it means. Knows no Qt; a field reads a plan and makes the next one.
"""

from __future__ import annotations

from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.cost.field_values import (
    counts_inferences,
    economy,
    inferences,
    output_share,
    set_inferences,
    set_output_share,
    set_request,
    set_total,
    total_mtok,
    work,
)
from moeplanner_gui.ui.cost.input_field import InputField, Sliding

MOST_MTOK = 1e9
MOST_HARDWARE_USD = 1e9
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
        work("inference_input_tokens")[0],
        set_request("inference_input_tokens"),
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
        work("inference_output_tokens")[0],
        set_request("inference_output_tokens"),
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
        output_share,
        set_output_share,
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
        *work("cache_hit_share"),
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
        *work("cache_write_share"),
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
        *work("peak_share"),
        high=100,
        percent=True,
    ),
    InputField(
        "batch",
        "use",
        say("In batches"),
        say("Tokens that may wait, for an API's batch discount."),
        "%",
        *work("batch_share"),
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
        *economy("hardware_usd"),
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
        *economy("life_months"),
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
        *economy("resale_haircut"),
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
        *economy("resale_annual_fall"),
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
        *economy("resale_share"),
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
        *economy("capital_rate"),
        high=100,
        percent=True,
    ),
    InputField(
        "maintenance",
        "rig",
        say("Maintenance"),
        say("Spares and repairs a year, of the hardware's price. Usual: 0, 2 or 5 %."),
        "%",
        *economy("maintenance_share_per_year"),
        high=100,
        percent=True,
    ),
    InputField(
        "other",
        "rig",
        say("Other"),
        say("Colocation, internet, hours of administration: USD a month."),
        "$",
        *economy("other_usd_per_month"),
        high=1e9,
    ),
    InputField(
        "prefill",
        "rig",
        say("Prefill"),
        say("Tokens of prompts a second, all users together. Empty: as the Speed tab says."),
        "tok/s",
        *economy("prefill_tokens_per_s"),
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
        *economy("decode_tokens_per_s"),
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
        *economy("max_duty"),
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
        *economy("load_w"),
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
        *economy("idle_w"),
        high=1e8,
        optional=True,
    ),
    InputField(
        "hours_on",
        "power",
        say("Hours on"),
        say("Hours a month in which it is switched on; 730 is always."),
        "h",
        *economy("hours_on_per_month"),
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
        *economy("pue"),
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
