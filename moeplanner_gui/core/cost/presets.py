"""Kinds of use that fill the month's tokens, and months counted in requests ("inferences")."""

from __future__ import annotations

from moeplanner_gui.core.plan import Plan, Workload
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say

_MIX = say(
    "mix of programming on OpenRouter: 93.4 % input, 2.5 % reasoning, 4.0 "
    "% output; cache hits of 90 % are assumed, 70 to 90 % are usual"
)
_GUESS = say("sizes of a request and their number are assumed: enter your own")
EVEN_PEAK_SHARE = 0.208
"""35 of the 168 hours of a week: DeepSeek's peak hours when requests come evenly."""


@dataclass(frozen=True, slots=True)
class Preset:
    """A month of one kind of use.

    Attributes:
        key: Its id.
        name: For people.
        description: What it stands for, one line.
        input_tokens: Prompt of one inference, what was cached included.
        output_tokens: Its answer, reasoning included.
        inferences: How many a month.
        cache_hit_share: Of the input.
        peak_share: Of the tokens that fall into an API's dear hours.
        batch_share: Of the tokens that may wait for a batch discount.
        max_duty: The share of the month that such demand can fill.
        source: Where the figures are from.
        assumed: True where some of them are our assumption.
    """

    key: str
    name: str
    description: str
    input_tokens: int
    output_tokens: int
    inferences: int
    cache_hit_share: float
    peak_share: float
    batch_share: float
    max_duty: float
    source: str
    assumed: bool = True


PRESETS: tuple[Preset, ...] = (
    Preset(
        "chat",
        say("Chat"),
        say("one person or a few who ask and read"),
        2_000,
        400,
        3_000,
        0.0,
        EVEN_PEAK_SHARE,
        0.0,
        0.3,
        _GUESS,
    ),
    Preset(
        "coding_agent",
        say("Coding agent"),
        say("an agent that reads a repository and edits it"),
        18_700,
        1_300,
        10_000,
        0.9,
        EVEN_PEAK_SHARE,
        0.0,
        0.7,
        f"{_MIX}; {_GUESS}",
    ),
    Preset(
        "batch",
        say("Batch"),
        say("many short texts that may wait for the night"),
        1_200,
        300,
        100_000,
        0.0,
        0.0,
        1.0,
        0.9,
        _GUESS,
    ),
    Preset(
        "long_documents",
        say("Long documents"),
        say("reports and files of a hundred pages"),
        60_000,
        1_000,
        500,
        0.0,
        EVEN_PEAK_SHARE,
        0.0,
        0.7,
        _GUESS,
    ),
)
"""In the order of a list."""


def preset(key: str) -> Preset:
    """The preset of an id.

    Raises:
        KeyError: None has it.
    """
    found = {item.key: item for item in PRESETS}
    return found[key]


def with_preset(plan: Plan, chosen: Preset) -> Plan:
    """The plan with this kind of use: its tokens, shares and duty."""
    workload = plan.workload.model_copy(
        update={
            "inference_input_tokens": chosen.input_tokens,
            "inference_output_tokens": chosen.output_tokens,
            "input_mtok_per_month": chosen.inferences * chosen.input_tokens / 1e6,
            "output_mtok_per_month": chosen.inferences * chosen.output_tokens / 1e6,
            "cache_hit_share": chosen.cache_hit_share,
            "peak_share": chosen.peak_share,
            "batch_share": chosen.batch_share,
        }
    )
    economics = plan.economics.model_copy(update={"max_duty": chosen.max_duty})
    return plan.replace(workload=workload, economics=economics)


def matching_preset(plan: Plan) -> Preset | None:
    """The preset whose month the plan has, None when the user changed it."""
    return next((item for item in PRESETS if with_preset(plan, item) == plan), None)


def with_inferences(plan: Plan, count: float, input_tokens: int, output_tokens: int) -> Plan:
    """The plan with a month of ``count`` inferences of these tokens.

    Raises:
        ValueError: A count or size that no month has.
    """
    if not 0 <= count <= 1e12:
        raise ValueError(say("Inferences a month must be a number from 0 to 1,000,000,000,000."))
    values = plan.workload.model_dump() | {
        "inference_input_tokens": input_tokens,
        "inference_output_tokens": output_tokens,
        "input_mtok_per_month": count * input_tokens / 1e6,
        "output_mtok_per_month": count * output_tokens / 1e6,
    }
    return plan.replace(workload=Workload.model_validate(values))


def inferences_of(workload: Workload) -> float | None:
    """How many inferences the month has; None until the size of one is set.

    When input and output do not agree on a number it is that of the output.
    """
    size_in, size_out = workload.inference_input_tokens, workload.inference_output_tokens
    if size_out is not None:
        return workload.output_mtok_per_month * 1e6 / size_out
    return None if size_in is None else workload.input_mtok_per_month * 1e6 / size_in
