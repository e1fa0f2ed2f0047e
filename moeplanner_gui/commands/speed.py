"""The speed of a plan as text for a terminal: each figure with its unit, its band and its case."""

from __future__ import annotations

from moeplanner_gui.core.assessment import Range, Speed
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.units import format_count
from moeplanner_gui.export.speed_words import figure, rate, wait_band

_SURE = "Modelled from published measurements: 8 of 10 lie in the range."
_WEAK = "Modelled, and few measurements stand behind it: take the low end."


def speed_text(plan: Plan, speed: Speed) -> str:
    """The lines on decode, prefill and the first token; why, where one is not known."""
    lines = [*_decode_lines(plan, speed), *_prefill_lines(speed)]
    if lines:
        lines.append(_WEAK if speed.weak else _SURE)
    if speed.because:
        lines.append(speed.because)
    return "\n".join(lines)


def _decode_lines(plan: Plan, speed: Speed) -> list[str]:
    each, everyone = speed.decode_tokens_per_s, speed.decode_tokens_per_s_all_users
    if each is None:
        return []
    users = plan.workload.sequences
    filled = f"{format_count(speed.depth_tokens or 0)} tokens of context filled"
    bound = f", bound by {speed.bound_by}" if speed.bound_by else ""
    if users == 1 or everyone is None:
        return [f"Decode with {filled}: {rate_text(each)}{bound}."]
    return [
        f"Decode of {format_count(users)} users with {filled} each: {rate_text(each)} each, "
        f"{rate_text(everyone)} in all{bound}."
    ]


def _prefill_lines(speed: Speed) -> list[str]:
    read, wait = speed.prefill_tokens_per_s, speed.time_to_first_token_s
    if read is None:
        return []
    after = f", first token after {_span(wait)} s" if wait is not None else ""
    prompt = format_count(speed.prompt_tokens or 0)
    return [f"Prefill of a prompt of {prompt} tokens: {rate_text(read)}{after}."]


def rate_text(value: Range) -> str:
    """``"31 tok/s (24–39)"``."""
    return rate(value)


def _span(value: Range) -> str:
    return f"{figure(value.expected)} ({wait_band(value)})"
