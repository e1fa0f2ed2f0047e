"""What fills first and how much more would still fit, in a sentence. Knows no Qt."""

from __future__ import annotations

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.context import holds
from moeplanner_gui.core.edits import set_workload
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.units import MemoryUnit, format_count
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.charts.memory_rows import device_labels, shown_short
from moeplanner_gui.ui.charts.users import for_each_user, is_shared, keep_context_each

MOST_USERS = 1024
"""The search for more users stops here; nobody counts further in a sentence."""


def more_users(plan: Plan, catalog: CatalogReader) -> int:
    """How many more users at the same context still fit; at most MOST_USERS in all."""
    start = plan.workload.sequences

    def fits(users: int) -> bool:
        more = keep_context_each(plan, set_workload(plan, sequences=users))
        return holds(more, catalog)

    good, step = start, 1
    while good + step <= MOST_USERS and fits(good + step):
        good, step = good + step, step * 2
    bad = good + step
    while bad - good > 1:
        middle = (good + bad) // 2
        if middle <= MOST_USERS and fits(middle):
            good = middle
        else:
            bad = middle
    return good - start


def what_fills_first(
    plan: Plan, assessment: Assessment, catalog: CatalogReader, unit: MemoryUnit = "GiB"
) -> tuple[str, str]:
    """The device that decides, and what more fits or how much is short.

    Returns:
        The device's name and the sentence after it; both empty when there is nothing to say.
    """
    if assessment.tightest is None or assessment.verdict == "cannot_run":
        return "", ""
    device = assessment.devices[assessment.tightest]
    name = device_labels(assessment.devices)[assessment.tightest]
    if device.free_bytes < 0:
        alone = device.weights_bytes + device.overhead_bytes + device.file_rest_bytes
        what = (
            say("The weights fit, the context and its buffers do not")
            if alone <= device.usable_bytes
            else say("The weights alone do not fit")
        )
        return f"{name}.", say(
            "It is {0} {1} short. {2}.", shown_short(device.free_bytes, unit), unit, what
        )
    several = plan.workload.sequences > 1
    each = several and not is_shared(plan)
    parts = []
    users, capped = more_users(plan, catalog), False
    if users:
        capped = plan.workload.sequences + users >= MOST_USERS
        parts.append(_more_users(users, capped))
    tokens = for_each_user(plan, assessment.max_context_tokens)
    tokens -= for_each_user(plan, plan.workload.context_tokens)
    if tokens > 0:
        count = format_count(tokens)
        parts.append(
            say("{0} more tokens for each user", count) if each else say("{0} more tokens", count)
        )
    if not parts:
        return f"{name}.", say("No further user and no longer context fits.")
    start = parts[0] if len(parts) == 1 else say("{0}, or {1},", parts[0], parts[1])
    start = start[:1].upper() + start[1:]
    if users == 1 and len(parts) == 1 and not capped:
        return f"{name}.", say("{0} still fits.", start)
    return f"{name}.", say("{0} still fit.", start)


def _more_users(users: int, capped: bool) -> str:
    """``3 more users``; ``capped``: there may be more of them still."""
    count = format_count(users)
    if users == 1:
        return say("at least {0} more user", count) if capped else say("{0} more user", count)
    return say("at least {0} more users", count) if capped else say("{0} more users", count)
