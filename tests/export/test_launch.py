"""The launch script is one that a shell takes, and names in it stay comments and words."""

from __future__ import annotations

import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.plan import Node, Plan, Rig
from moeplanner_gui.export.launch import NoCommandError, launch_text, write_launch
from tests.core.rigs import CATALOG, make_plan

HOSTILE = "x\n; echo run\r$(echo run) \u202e\x1b[31m `echo run` <b>&'\""
needs_shell = pytest.mark.skipif(shutil.which("sh") is None, reason="needs a POSIX shell")


def text_of(plan: Plan) -> str:
    return launch_text(plan, evaluate(plan, CATALOG), CATALOG, today=date(2026, 11, 23))


def two_computers() -> Plan:
    node = Node(gpus=("rtx3090", "rtx3090"), ram_gib=64, display="headless", name=HOSTILE)
    plan = make_plan("qwen3-30b-a3b", "rtx3090", weights="q4_k_m")
    return plan.replace(rig=Rig(nodes=(node, node)), name=HOSTILE)


@needs_shell
@pytest.mark.parametrize("plan", [two_computers(), make_plan("gpt-oss-20b", "rtx5090")])
def test_that_a_shell_finds_no_fault_in_the_script(plan: Plan, tmp_path: Path) -> None:
    file = tmp_path / "start.sh"
    write_launch(file, plan, evaluate(plan, CATALOG), CATALOG)
    done = subprocess.run(["sh", "-n", str(file)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@needs_shell
def test_that_steps_of_several_computers_do_not_start_by_themselves(tmp_path: Path) -> None:
    file = tmp_path / "start.sh"
    file.write_text(text_of(two_computers()), encoding="utf-8")
    done = subprocess.run(["sh", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr == "Say which step: 1 to 2.\n"


def test_that_nothing_in_a_name_leaves_its_comment() -> None:
    text = text_of(two_computers())
    assert "\x1b" not in text and "\u202e" not in text and "\r" not in text
    for line in text.splitlines():
        assert "echo run" not in line or line.startswith("#")


def test_that_version_date_verdict_and_marks_stand_at_the_top() -> None:
    lines = text_of(make_plan("qwen3-30b-a3b", "rtx5090", weights="q4_k_m")).splitlines()
    assert lines[0] == "#!/bin/sh"
    assert lines[1] == "# Qwen3 30B A3B on llama.cpp b11549, 2026-11-23"
    assert lines[3].startswith("# Fits.")
    assert any(line.startswith("#   MODEL_FILE: ") for line in lines[:12])


def test_that_a_plan_that_does_not_fit_gives_the_reason_and_no_file(tmp_path: Path) -> None:
    plan = make_plan("deepseek-v4-pro", "rtx3090")
    file = tmp_path / "start.sh"
    with pytest.raises(NoCommandError, match="Does not fit"):
        write_launch(file, plan, evaluate(plan, CATALOG), CATALOG)
    assert not file.exists()
