"""Whose context it is: llama.cpp counts the whole cache, a person counts each user's share."""

from __future__ import annotations

from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.units import ceil_div

LLAMA_SEQUENCES = 256
"""``LLAMA_MAX_SEQ`` of llama.cpp b11549: it starts with no more sequences than this."""
MOST_SEQUENCES = 65_536
"""The most that a plan can hold."""
MOST_TOKENS = 2**31
"""The largest ``context_tokens`` of a plan: the engines count them in 32 bits."""


def slots_of(plan: Plan) -> int:
    """By how many users ``workload.context_tokens`` is divided.

    llama.cpp's ``-c`` is the whole cache, which its slots divide unless it is unified; other
    engines count the context of one sequence.
    """
    divided = plan.deployment.engine == "llama.cpp" and not plan.deployment.unified_kv
    return plan.workload.sequences if divided else 1


def is_shared(plan: Plan) -> bool:
    """True when several users share one pool of tokens instead of having their own."""
    several = plan.workload.sequences > 1
    return several and plan.deployment.engine == "llama.cpp" and plan.deployment.unified_kv


def with_users(plan: Plan, users: int) -> Plan:
    """The plan for another number of users, each with the context they have now.

    Where slots divide ``workload.context_tokens`` it grows or shrinks with them; where users
    share one pool of tokens the pool stays.
    """
    workload = plan.workload
    if users == workload.sequences:
        return plan
    tokens = workload.context_tokens
    slots = slots_of(plan)
    if plan.deployment.engine == "llama.cpp" and not plan.deployment.unified_kv:
        tokens = ceil_div(tokens, slots) * users
    changes = {"sequences": users, "context_tokens": tokens}
    return plan.replace(workload=workload.model_copy(update=changes))


def sequence_cap(plan: Plan) -> int:
    """The most sequences that the engine, or a plan, takes."""
    if plan.deployment.engine != "llama.cpp":
        return MOST_SEQUENCES
    cap = LLAMA_SEQUENCES
    if not plan.deployment.unified_kv:
        # The whole cache must stay a number that the option takes.
        each = ceil_div(plan.workload.context_tokens, slots_of(plan))
        cap = min(cap, max(MOST_TOKENS // each, 1))
    return cap
