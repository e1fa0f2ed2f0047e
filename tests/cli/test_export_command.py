"""The rules of ``moeplanner export``: files appear whole or the old ones stay."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from moeplanner_gui.cli import main

# A PDF written in this process would leave an application that cannot have widgets behind.
pytestmark = pytest.mark.usefixtures("qapp")
PLAN = {
    "model": "deepseek-v4-flash",
    "rig": {"nodes": [{"ram_gib": 256, "gpus": ["rtxpro6000", "rtxpro6000"]}]},
}


@pytest.fixture
def plan(tmp_path: Path) -> str:
    file = tmp_path / "rig.moeplan"
    file.write_text(json.dumps(PLAN), encoding="utf-8")
    return str(file)


def test_that_pdf_and_csv_are_written_and_named(plan: str, tmp_path: Path) -> None:
    pdf, table = tmp_path / "plan.pdf", tmp_path / "plan.csv"
    environment = {key: value for key, value in os.environ.items() if key != "DISPLAY"}
    environment.pop("QT_QPA_PLATFORM", None)
    command = [sys.executable, "-m", "moeplanner_gui", "export"]
    done = subprocess.run(
        [*command, plan, "--pdf", str(pdf), "--csv", str(table)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert pdf.read_bytes().startswith(b"%PDF")
    assert table.read_bytes().startswith(b"Build plan,")
    assert done.stdout.splitlines() == [f"Wrote {table}", f"Wrote {pdf}"]


def test_that_the_csv_goes_to_standard_output_for_a_dash(
    plan: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", plan, "--csv", "-"]) == 0
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert rows[0][:2] == ["Build plan", "MoE Planner"]


def test_that_a_plan_that_does_not_fit_is_exported_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "plan.csv"
    flags = ["--model", "deepseek-v4-flash", "--gpu", "2xrtx4090"]
    assert main(["export", *flags, "--csv", str(target)]) == 0
    assert "Does not fit" in capsys.readouterr().err
    assert "Verdict,Does not fit" in target.read_text(encoding="utf-8-sig")


def test_that_one_file_cannot_be_both(plan: str, tmp_path: Path) -> None:
    same = str(tmp_path / "plan.out")
    assert main(["export", plan, "--pdf", same, "--csv", same]) == 2


KINDS = ("csv", "bill-csv", "figures-csv", "markdown", "launch", "pdf")
TEXTS = KINDS[:-1]


@pytest.mark.parametrize("kind", KINDS)
def test_that_a_missing_folder_is_named_and_ends_with_1(
    kind: str, plan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = str(tmp_path / "gone" / "plan.out")
    assert main(["export", plan, f"--{kind}", target]) == 1
    err = capsys.readouterr().err
    assert target in err
    assert "the folder does not exist" in err


@pytest.mark.parametrize("kind", KINDS)
def test_that_a_folder_is_no_file_to_write_to(
    kind: str, plan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "folder"
    target.mkdir()
    before = sorted(tmp_path.iterdir())
    assert main(["export", plan, f"--{kind}", str(target)]) == 1
    assert "could not be written: that is a folder" in capsys.readouterr().err
    assert sorted(tmp_path.iterdir()) == before
    assert not list(target.iterdir())


@pytest.mark.parametrize("kind", TEXTS)
def test_that_every_text_goes_to_standard_output_for_a_dash(
    kind: str, plan: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", plan, f"--{kind}", "-"]) == 0
    printed = capsys.readouterr().out
    assert printed.endswith("\n")
    assert "\r" not in printed
    assert "Wrote" not in printed


def test_that_all_files_are_written_by_one_call(plan: str, tmp_path: Path) -> None:
    flags = [part for kind in TEXTS for part in (f"--{kind}", str(tmp_path / f"{kind}.out"))]
    assert main(["export", plan, *flags]) == 0
    starts = {
        "csv": "Build plan,",
        "bill-csv": "Quantity,Unit,Kind,Part,",
        "figures-csv": "section,subject,figure,unit,",
        "markdown": "## DeepSeek V4 Flash on 2 × RTX PRO 6000\n\n**Fits.**",
        "launch": "#!/bin/sh",
    }
    for kind, start in starts.items():
        text = (tmp_path / f"{kind}.out").read_text(encoding="utf-8-sig")
        assert text.startswith(start), kind


def test_that_two_tables_cannot_go_to_one_place(plan: str, tmp_path: Path) -> None:
    same = str(tmp_path / "plan.csv")
    assert main(["export", plan, "--bill-csv", same, "--figures-csv", same]) == 2
    assert main(["export", plan, "--csv", "-", "--markdown", "-"]) == 2


@pytest.mark.skipif(os.name == "nt", reason="needs a limit on file sizes")
@pytest.mark.parametrize("kind", KINDS)
def test_that_a_full_disk_keeps_the_old_file_and_says_why(
    kind: str, plan: str, tmp_path: Path
) -> None:
    target = tmp_path / f"plan.{kind}"
    target.write_text("the old one", encoding="utf-8")
    program = textwrap.dedent(
        """
        import resource, signal, sys
        from moeplanner_gui.cli import main
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (150, 150))
        sys.exit(main(sys.argv[1:]))
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "export", plan, f"--{kind}", str(target)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert str(target) in done.stderr
    assert "could not be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert target.read_text(encoding="utf-8") == "the old one"


def test_that_the_launch_commands_go_to_a_file_or_standard_output(
    plan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "start.sh"
    assert main(["export", plan, "--launch", str(script)]) == 0
    assert capsys.readouterr().out == f"Wrote {script}\n"
    assert main(["export", plan, "--launch", "-"]) == 0
    shown = capsys.readouterr().out
    assert shown == script.read_text(encoding="utf-8")
    assert "--tensor-split 22,22" in shown


def test_that_a_plan_that_cannot_be_started_writes_no_script_and_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, script = tmp_path / "small.moeplan", tmp_path / "start.sh"
    small = {"model": "deepseek-v4-pro", "rig": {"nodes": [{"gpus": ["rtx3090"]}]}}
    file.write_text(json.dumps(small), encoding="utf-8")
    script.write_text("old", encoding="utf-8")
    assert main(["export", str(file), "--launch", str(script)]) == 1
    assert "no launch command: Does not fit" in capsys.readouterr().err
    assert script.read_text(encoding="utf-8") == "old"


def test_that_a_script_that_cannot_be_written_says_why(
    plan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", plan, "--launch", str(tmp_path / "no" / "start.sh")]) == 1
    assert "the folder does not exist" in capsys.readouterr().err
    assert main(["export", plan, "--launch", "-", "--csv", "-"]) == 2


@pytest.mark.parametrize(
    ("asked", "size"),
    [("letter", (612, 792)), ("A4", (595, 842)), (None, (612, 792))],
)
def test_that_the_paper_of_a_pdf_is_asked_for_or_the_locales(
    plan: str, tmp_path: Path, monkeypatch, asked: str | None, size: tuple[int, int]
) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    target = tmp_path / "plan.pdf"
    paper = [] if asked is None else ["--paper", asked]
    assert main(["export", plan, "--pdf", str(target), *paper]) == 0
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", target.read_bytes())
    assert box is not None and tuple(round(float(n)) for n in box.groups()) == size


def test_that_a_paper_without_a_pdf_is_wrong_usage(plan: str, tmp_path: Path, capsys) -> None:
    asked = ["export", plan, "--csv", str(tmp_path / "plan.csv"), "--paper", "A4"]
    assert main(asked) == 2
    assert "--paper is for --pdf FILE" in capsys.readouterr().err
    assert not (tmp_path / "plan.csv").exists()
