"""The Speed tab on real plans; where a figure must be a certain one, an answer is put in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import Range, Speed
from moeplanner_gui.core.plan import Deployment, Node, Plan, Rig, Workload
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.speed.view import ADVICE_ACTION, SpeedView
from moeplanner_gui.ui.style import ThemeProvider

CATALOG = load_catalog()
KNOWN = Speed(
    decode_tokens_per_s=Range(28.6, 38.2, 49.4),
    decode_tokens_per_s_all_users=Range(114.4, 152.8, 197.6),
    prefill_tokens_per_s=Range(1450.0, 2900.0, 5800.0),
    time_to_first_token_s=Range(22.6, 45.2, 90.4),
    bound_by="memory bandwidth",
    depth_tokens=32_768,
    prompt_tokens=32_768,
)


def plan_of(users: int = 4, cards: int = 2, card: str = "rtxpro6000") -> Plan:
    return Plan(
        model="deepseek-v4-flash",
        rig=Rig(nodes=(Node(ram_gib=512, gpus=(card,) * cards),)),
        deployment=Deployment(),
        workload=Workload(context_tokens=32_768 * users, sequences=users),
    )


def evaluate_with(speed: Speed):
    """``evaluate`` whose speed is this one wherever the plan fits."""

    def evaluated(plan, catalog):
        found = evaluate(plan, catalog)
        return replace(found, speed=speed) if found.fits else found

    return evaluated


def view_of(qtbot, document: PlanDocument, size: tuple[int, int] = (1280, 420)) -> SpeedView:
    """The tab on the screen, with everything worked out."""
    themes = ThemeProvider("light")
    actions = Actions(themes)
    asked: list[str] = []
    actions.add(ADVICE_ACTION, "What would make it fit?", lambda: asked.append("advice"), tip="-")
    view = SpeedView(document, actions, themes)
    view.themes, view.actions_registry, view.asked = themes, actions, asked
    qtbot.addWidget(view)
    view.resize(*size)
    view.show()
    view.finish()
    return view


@pytest.fixture
def document(qapp) -> PlanDocument:
    return PlanDocument(plan_of(), CATALOG)


@pytest.fixture
def view(qtbot, document: PlanDocument) -> SpeedView:
    return view_of(qtbot, document)
