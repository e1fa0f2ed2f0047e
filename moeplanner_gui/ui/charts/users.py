"""Context for one user: llama.cpp counts the whole cache, the screen counts each user. No Qt."""

from __future__ import annotations

from moeplanner_gui.core.context import SequenceLimit
from moeplanner_gui.core.edits import set_workload
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.units import ceil_div, format_count
from moeplanner_gui.core.users import MOST_TOKENS, is_shared, slots_of
from moeplanner_gui.core.words import say

__all__ = [
    "for_each_user",
    "in_plan_unit",
    "is_shared",
    "keep_context_each",
    "most_users_sentence",
    "most_users_words",
    "slots_of",
    "users_in_words",
]


def for_each_user(plan: Plan, context_tokens: int) -> int:
    """Tokens that each user gets of a context in the plan's own unit."""
    return context_tokens // slots_of(plan)


def in_plan_unit(plan: Plan, tokens_each: int) -> int:
    """The plan's context for a number of tokens for each user, at most what a plan can hold."""
    return min(tokens_each, MOST_TOKENS // slots_of(plan)) * slots_of(plan)


def keep_context_each(before: Plan, after: Plan) -> Plan:
    """``after`` with the context that each user has in ``before``, whatever the engine counts."""
    if slots_of(before) == slots_of(after):
        return after
    each = max(for_each_user(before, before.workload.context_tokens), 1)
    return set_workload(after, context_tokens=in_plan_unit(after, each))


def users_in_words(plan: Plan) -> str:
    """Whose context it is: ``for each of 8 users``, ``shared by 8 users``, empty for one."""
    users = plan.workload.sequences
    if users <= 1:
        return ""
    count = format_count(users)
    return (
        say("shared by {0} users", count)
        if is_shared(plan)
        else say("for each of {0} users", count)
    )


def most_users_sentence(plan: Plan, most: SequenceLimit) -> str:
    """``"Up to 12 users at a time with 32,768 tokens each: memory ends first."``"""
    tokens = plan.workload.context_tokens
    shared = plan.deployment.engine == "llama.cpp" and plan.deployment.unified_kv
    each = format_count(tokens if shared else ceil_div(tokens, slots_of(plan)))
    if not most.sequences:
        return say("Not even one user fits with {0} tokens.", each)
    users = say("1 user") if most.sequences == 1 else say("{0} users", format_count(most.sequences))
    ends = (
        say("the engine takes no more") if most.limited_by == "engine" else say("memory ends first")
    )
    if shared:
        return say("Up to {0} at a time sharing {1} tokens: {2}.", users, each, ends)
    if most.sequences > 1:
        return say("Up to {0} at a time with {1} tokens each: {2}.", users, each, ends)
    return say("Up to {0} at a time with {1} tokens: {2}.", users, each, ends)


def most_users_words(most: SequenceLimit) -> str:
    """The same in a few words, without the context."""
    if not most.sequences:
        return say("not even one user fits")
    if most.sequences == 1:
        return say("up to 1 user")
    return say("up to {0} users", format_count(most.sequences))
