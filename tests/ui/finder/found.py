"""Rigs as a search finds them, on real plans, and a search that answers when it is let go."""

from __future__ import annotations

import threading
from dataclasses import replace

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import Range
from moeplanner_gui.core.plan import Node, Plan, Rig, Workload
from moeplanner_gui.core.search.terms import (
    FoundRig,
    Progress,
    Relaxation,
    SearchResult,
    Wishes,
)

CATALOG = load_catalog()
WISHES = Wishes(
    models=("deepseek-v4-flash",),
    context_tokens=131_072,
    users=1,
    weights=("native",),
    decode_tokens_per_s=25.0,
    budget_usd=25_000.0,
)


def plan_of(card: str, count: int) -> Plan:
    return Plan(
        model="deepseek-v4-flash",
        rig=Rig(nodes=(Node(ram_gib=256, gpus=(card,) * count),)),
        workload=Workload(context_tokens=131_072),
    )


def rig(
    title: str,
    usd: float | None,
    speed: float | None,
    *,
    watts: float | None = 800.0,
    context: int = 200_000,
    count: int = 1,
    card: str = "rtx5090",
    **more,
) -> FoundRig:
    plan = plan_of(card, count)
    return FoundRig(
        plan=plan,
        assessment=evaluate(plan, CATALOG),
        title=title,
        subtitle="EPYC 9004, 384 GiB",
        usd=usd,
        decode_tokens_per_s=None if speed is None else Range(speed / 2, speed, speed * 1.5),
        prefill_tokens_per_s=None,
        load_w=watts,
        max_context_tokens=context,
        usd_per_month=None,
        because="all on cards, llama.cpp",
        **more,
    )


FAST = rig("2 × RTX PRO 6000", 21_000.4, 70.0, watts=1400.0, context=279_808, count=2)
BEATEN = rig("4 × RTX A6000", 22_400.0, 31.0, watts=1350.0, context=138_240, count=4)
CHEAP = rig("6 × R9700", 11_600.0, 27.0, watts=1900.0, context=131_072, count=6)
DEAR = rig("2 × H200 NVL", 68_000.0, 118.0, count=3)
SLOW = rig("1 × DGX Spark", 4_000.0, 9.0)
UNPRICED = rig(
    "RTX PRO 5000 72 GB", None, 40.0, card="rtxpro5000-72", unpriced=("RTX PRO 5000 72 GB",)
)
RESULT = SearchResult(
    rigs=(FAST, BEATEN, CHEAP),
    outside=(DEAR, SLOW),
    unpriced=(),
    relaxations=(),
    evaluated=900,
    pruned=384,
    complete=True,
    considered=1284,
)
NOTHING = replace(
    RESULT,
    rigs=(),
    relaxations=(
        Relaxation(
            ("budget_usd",), "Nothing under $3,000; the cheapest is $4,000: 1 × DGX Spark.", SLOW
        ),
    ),
)


class FakeSearch:
    """Answers with ``result`` once it is let go; notes what it was asked."""

    def __init__(self, result: SearchResult = RESULT, *, held: bool = False) -> None:
        self.result = result
        self.first: tuple[FoundRig, ...] = ()
        self.asked: list[Wishes] = []
        self.cancelled = 0
        self.go = threading.Event()
        self.error: Exception | None = None
        if not held:
            self.go.set()

    def __call__(self, wishes, catalog, on_progress, cancelled):
        self.asked.append(wishes)
        if self.first:
            on_progress(Progress(400, 1284, self.first, inside=True))
        while not self.go.wait(0.002):
            if cancelled():
                self.cancelled += 1
                return replace(self.result, rigs=self.first, complete=False)
        if self.error is not None:
            raise self.error
        return self.result
