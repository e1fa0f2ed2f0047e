"""Context for one user: llama.cpp counts the whole cache, the screen counts each user. No Qt."""

from __future__ import annotations

from moeplanner_gui.core.edits import set_workload
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.units import format_count


def slots_of(plan: Plan) -> int:
    """By how many users ``workload.context_tokens`` is divided.

    llama.cpp's ``-c`` is the whole cache, which its slots divide unless it is unified; other
    engines count the context of one sequence.
    """
    deployment = plan.deployment
    divided = deployment.engine == "llama.cpp" and not deployment.unified_kv
    return plan.workload.sequences if divided else 1


def for_each_user(plan: Plan, context_tokens: int) -> int:
    """Tokens that each user gets of a context in the plan's own unit."""
    return context_tokens // slots_of(plan)


def in_plan_unit(plan: Plan, tokens_each: int) -> int:
    """The plan's context for a number of tokens for each user."""
    return tokens_each * slots_of(plan)


def keep_context_each(before: Plan, after: Plan) -> Plan:
    """``after`` with the context that each user has in ``before``, whatever the engine counts."""
    if slots_of(before) == slots_of(after):
        return after
    each = max(for_each_user(before, before.workload.context_tokens), 1)
    return set_workload(after, context_tokens=in_plan_unit(after, each))


def is_shared(plan: Plan) -> bool:
    """True when several users share one pool of tokens instead of having their own."""
    deployment = plan.deployment
    several = plan.workload.sequences > 1
    return several and deployment.engine == "llama.cpp" and deployment.unified_kv


def users_in_words(plan: Plan) -> str:
    """Whose context it is: ``for each of 8 users``, ``shared by 8 users``, empty for one."""
    users = plan.workload.sequences
    if users <= 1:
        return ""
    count = format_count(users)
    return f"shared by {count} users" if is_shared(plan) else f"for each of {count} users"
