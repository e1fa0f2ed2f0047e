"""Whose context it is: llama.cpp counts the whole cache, a person counts each user's share."""

from __future__ import annotations

from moeplanner_gui.core.plan import Plan


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
