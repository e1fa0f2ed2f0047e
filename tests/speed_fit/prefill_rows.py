"""Published prompt rates as the model sees them: what was read, after what, in what batches."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from moeplanner_gui.core.placement import Refusal
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.prepare import Prepared, prepare
from moeplanner_gui.core.speed.measurement import Measurement
from moeplanner_gui.core.speed.terms import Unknown
from moeplanner_gui.core.speed.traffic import Traffic, traffic_of
from tests.speed_fit.rows import catalog, measurements, plan_of
from tests.speed_fit.split import combination

LARGE_BATCHES = (
    ("dgx-spark.md", ""),
    ("antirez/ds4", ""),
    ("kyuz0/amd-r9700-ai-toolboxes", "rocm"),
    ("kyuz0/amd-strix-halo-toolboxes", "rocm"),
)
"""Sources whose runs of 2,048 tokens used batches of 2,048 (``-ub 2048``): the page of the DGX
Spark prints it, the benchmark scripts of the two toolboxes set it for ROCm and 512 for Vulkan."""
_SMALL_DEPTH = 1024
"""Below it a depth is that of the decoding run: half of what it wrote."""


@dataclass(frozen=True, eq=False)
class PromptRow:
    """One measured prompt.

    ``past`` and ``tokens`` are what was read before and what was timed; ``weight`` gives every
    combination of hardware and model the same say.
    """

    row: Measurement
    plan: Plan
    prepared: Prepared
    traffic: Traffic
    past: int
    tokens: int
    measured: float
    combination: str


def prompt_plan(row: Measurement) -> Plan | None:
    """The plan of a row with the batches and the place of experts that its prompt was read with.

    ik_llama.cpp computes experts in host memory there for batches of 512: it copies them from
    32 x experts / picked tokens on.
    """
    plan = plan_of(row)
    if plan is None:
        return None
    changes: dict[str, object] = {}
    if row.prompt_tokens == 2048 and _in_large_batches(row):
        changes["ubatch"] = 2048
    if row.engine == "ik_llama.cpp":
        changes["op_offload"] = False
    if not changes:
        return plan
    return plan.replace(deployment=plan.deployment.model_copy(update=changes))


def _in_large_batches(row: Measurement) -> bool:
    return any(
        source in row.source and backend in (row.backend or "") for source, backend in LARGE_BATCHES
    )


def span_of(row: Measurement) -> tuple[int, int]:
    """Tokens read before, and tokens timed.

    A row without a length timed the whole prompt.
    """
    depth = row.depth_tokens
    if row.prompt_tokens is None:
        return 0, max(depth, 1)
    past = depth if depth > _SMALL_DEPTH else 0
    return past, row.prompt_tokens


def prompt_row(row: Measurement) -> PromptRow | None:
    """The row as the model sees it, None where it has no prompt rate or no plan.

    Left out are the first runs of ds4: its page replaced them by others 1.2 to 2.6 times as
    fast, and does not say how long their prompts were.
    """
    if row.prefill_tokens_per_s is None or "early build" in (row.notes or ""):
        return None
    plan = prompt_plan(row)
    if plan is None:
        return None
    prepared = prepare(plan, catalog())
    if isinstance(prepared.demand, Refusal):
        return None
    traffic = traffic_of(prepared, catalog())
    if isinstance(traffic, Unknown):
        return None
    past, tokens = span_of(row)
    return PromptRow(
        row, plan, prepared, traffic, past, tokens, row.prefill_tokens_per_s, combination(row)
    )


@cache
def prompt_rows(use: str) -> tuple[PromptRow, ...]:
    """All prompts of the rows marked so."""
    found = (prompt_row(row) for row in measurements() if row.use == use)
    return tuple(row for row in found if row is not None)
