"""The printed plan lists every finding, and the dismissed ones with their reason."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.check_edits import dismiss
from moeplanner_gui.core.checks import NOT_CHECKED
from moeplanner_gui.core.plan import Node, NodePart, Plan, Rig
from moeplanner_gui.ui.export.pdf import write_pdf

pytestmark = [
    pytest.mark.usefixtures("qapp"),
    pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler is missing"),
]
PARTS = (NodePart(part="board-am5"), NodePart(part="psu-750-w"))
NODE = Node(host="am5-5600", ram_gib=64, gpus=("rtx3090",) * 2, parts=PARTS)
PLAN = Plan(model="qwen3-30b-a3b", weights="q4_k_m", rig=Rig(nodes=(NODE,)))


def printed(plan: Plan, catalog, folder) -> str:
    path = folder / "plan.pdf"
    write_pdf(path, plan, evaluate(plan, catalog), catalog)
    run = ["pdftotext", "-layout", str(path), "-"]
    text = subprocess.run(run, check=True, capture_output=True, text=True).stdout
    return re.sub(r"\s+", " ", text)


def test_that_findings_say_what_to_verify_and_what_nobody_checked(real_catalog, tmp_path) -> None:
    text = printed(PLAN, real_catalog, tmp_path)
    assert "Error Workstation: All cards at their limit" in text
    assert "Limit the power of the cards, or take" in text
    assert "Against the full link: decode" in text
    assert NOT_CHECKED in text and "Dismissed (" not in text


def test_that_a_dismissed_error_is_called_one_with_its_reason(real_catalog, tmp_path) -> None:
    plan = dismiss(PLAN, "power_supply_too_small", "node 1", "both cards run at 200 W")
    text = printed(plan, real_catalog, tmp_path)
    assert "Dismissed (1) Error, dismissed Workstation: All cards at their limit" in text
    assert "Reason: both cards run at 200 W" in text
