"""The Cost tab on real plans; the day is fixed, so that prices have an age that does not change."""

from __future__ import annotations

from datetime import date

import pytest

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core.edits import set_economics
from moeplanner_gui.core.plan import ApiById, Node, Plan, Rent, Rig, Workload
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.cost.view import ADVICE_ACTION, CostView
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.style import ThemeProvider

CATALOG = load_catalog()
DAY = date(2026, 11, 22)


def plan_of(cards: int = 2, card: str = "rtxpro6000") -> Plan:
    """Two cards, 1,000 M tokens in with 70 % hits and 100 M out: no host, so no missing price."""
    return Plan(
        model="deepseek-v4-flash",
        rig=Rig(nodes=(Node(ram_gib=256, gpus=(card,) * cards),)),
        workload=Workload(
            context_tokens=131_072,
            input_mtok_per_month=1000.0,
            output_mtok_per_month=100.0,
            cache_hit_share=0.7,
        ),
    )


def compared() -> Plan:
    """A rig whose price, speeds and watts were typed, against an API and rented cards."""
    return set_economics(
        plan_of(),
        hardware_usd=21_000.0,
        resale_share=0.4,
        prefill_tokens_per_s=5000.0,
        decode_tokens_per_s=900.0,
        load_w=1400.0,
        idle_w=120.0,
        api=ApiById(provider="deepseek", model="deepseek-flash"),
        rent=Rent(gpu="rtxpro6000"),
    )


def view_of(qtbot, document: PlanDocument, size: tuple[int, int] = (1280, 640)) -> CostView:
    """The tab on the screen, with everything worked out."""
    themes = ThemeProvider("light")
    actions = Actions(themes)
    asked: list[str] = []
    actions.add(ADVICE_ACTION, "What would make it fit?", lambda: asked.append("advice"), tip="-")
    view = CostView(document, actions, themes, today=lambda: DAY)
    view.themes, view.asked = themes, asked
    qtbot.addWidget(view)
    view.resize(*size)
    view.show()
    view.finish()
    return view


@pytest.fixture
def document() -> PlanDocument:
    return PlanDocument(compared(), CATALOG)


@pytest.fixture
def view(qtbot, document) -> CostView:
    return view_of(qtbot, document)
