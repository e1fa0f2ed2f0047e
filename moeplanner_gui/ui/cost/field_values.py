"""What the fields of the cost comparison read from a plan and write to it."""

from __future__ import annotations

from moeplanner_gui.core.cost.presets import inferences_of, with_inferences
from moeplanner_gui.core.edits import set_economics, set_workload
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.ui.cost.input_field import Read, Write

_DEFAULT_INPUT_SHARE = 0.935
"""Of programming agents' tokens, where a plan without use has no mix of its own."""


def economy(name: str) -> tuple[Read, Write]:
    """Reads and writes one number of the assumptions of cost."""
    return (
        lambda plan: getattr(plan.economics, name),
        lambda plan, value: set_economics(plan, **{name: value}),
    )


def work(name: str) -> tuple[Read, Write]:
    """Reads and writes one number of the use."""
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


def set_output_share(plan: Plan, share: float | None) -> Plan:
    """As many tokens with another share of written ones."""
    whole = total_mtok(plan)
    written = _tidy(whole * (share or 0.0))
    return set_workload(
        plan, input_mtok_per_month=_tidy(whole - written), output_mtok_per_month=written
    )


def output_share(plan: Plan) -> float:
    """The share of the tokens that are written."""
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


def set_request(name: str) -> Write:
    """Writes the size of a request; as many requests a month as before."""

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
