"""The speed of a plan as ``evaluate`` tells it: for full contexts, with all users at work."""

from __future__ import annotations

from moeplanner_gui.core.assessment import Range, Speed
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import Prepared
from moeplanner_gui.core.speed.decode import Decode, decode_speed
from moeplanner_gui.core.speed.prefill import prefill_speed
from moeplanner_gui.core.speed.terms import Unknown
from moeplanner_gui.core.users import is_shared, slots_of
from moeplanner_gui.core.words import paragraph, say

NOT_FITTING = say("A plan that does not fit has no speed.")
NOT_RUNNING = say("A plan that cannot run has no speed.")


def depth_of(plan: Plan) -> int:
    """Tokens of context that each user can fill when all of them do.

    Under llama.cpp the whole cache is divided, by its slots or by users who share it.
    """
    tokens = plan.workload.context_tokens
    divided = plan.workload.sequences if is_shared(plan) else slots_of(plan)
    return max(tokens // divided, 1) if divided > 1 else tokens


def prompt_of(plan: Plan) -> int:
    """Tokens of the prompt whose first answer is waited for; never more than a user's context."""
    depth = depth_of(plan)
    wanted = plan.workload.prompt_tokens
    return depth if wanted is None else min(wanted, depth)


def speed_of(prepared: Prepared, catalog: CatalogReader) -> Speed:
    """Decode, prefill and the wait for the first token of a plan that fits."""
    plan = prepared.plan
    users = plan.workload.sequences
    depth, prompt = depth_of(plan), prompt_of(plan)
    decode = decode_speed(prepared, catalog, depth, users)
    prefill = prefill_speed(prepared, catalog, prompt)
    missing = [part.sentence for part in (decode, prefill) if isinstance(part, Unknown)]
    each = everyone = read = wait = None
    if isinstance(decode, Decode):
        each = decode.rate
        everyone = times(each, users)
    if not isinstance(prefill, Unknown):
        read = prefill.rate
    if read is not None and isinstance(decode, Decode):
        # The step that follows has only the prompt behind it, and only this user at work.
        same = users == 1 and prompt == depth
        alone = decode if same else decode_speed(prepared, catalog, prompt, 1)
        if isinstance(alone, Decode):
            wait = first_token(prompt, read, alone.rate)
    return Speed(
        decode_tokens_per_s=each,
        decode_tokens_per_s_all_users=everyone,
        prefill_tokens_per_s=read,
        time_to_first_token_s=wait,
        bound_by=decode.bound_by if isinstance(decode, Decode) else None,
        depth_tokens=depth,
        prompt_tokens=prompt,
        because=paragraph(dict.fromkeys(missing)) or None,
        group=decode.group.id if isinstance(decode, Decode) else None,
        weak=isinstance(decode, Decode) and decode.weak,
    )


def first_token(prompt_tokens: int, prefill: Range, decode: Range) -> Range:
    """Seconds until the first token: the prompt is read, then one step is taken.

    The shortest wait goes with the highest rates.
    """
    return Range(
        prompt_tokens / prefill.high + 1 / decode.high,
        prompt_tokens / prefill.expected + 1 / decode.expected,
        prompt_tokens / prefill.low + 1 / decode.low,
    )


def times(value: Range, count: int) -> Range:
    """A range for ``count`` of the same."""
    return Range(value.low * count, value.expected * count, value.high * count)
