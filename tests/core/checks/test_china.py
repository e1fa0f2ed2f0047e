"""Cards that the catalogue lists as models for China."""

from __future__ import annotations

import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.plan import Node, Plan, Rig
from tests.core.checks.plans import CATALOG


def said(card: str) -> list[tuple[str, str, str]]:
    plan = Plan(model="qwen3-30b-a3b", weights="q4_k_m", rig=Rig(nodes=(Node(gpus=(card,)),)))
    found = evaluate(plan, CATALOG).findings
    return [(f.severity, f.subject, f.message) for f in found if f.code == "sold_in_china"]


@pytest.mark.parametrize("card", ["rtx6000d", "rtx5090d-v2", "mi50-32"])
def test_that_a_model_for_china_is_said_to_be_one(card: str) -> None:
    name = CATALOG.gpu(card).name
    assert said(card) == [("note", name, f"The catalogue lists {name} as a model for China.")]


def test_that_nothing_is_said_that_no_row_says() -> None:
    silent = [row for row in CATALOG.gpus.values() if "China" not in (row.notes or "")]
    assert {"rtx5090d", "rtx4090d", "h20", "l20"} <= {row.id for row in silent}
    assert all(not said(row.id) for row in silent if row.vendor == "NVIDIA")
