"""The rules of the trial run: it uses the real window and leaves the user's settings alone."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

from moeplanner_gui import self_test

PNG = b"\x89PNG\r\n\x1a\n"


def run_unseen(*arguments: str, settings: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "MOEPLANNER_CONFIG_DIR": str(settings),
        **changes,
    }
    return subprocess.run(
        [sys.executable, "-m", "moeplanner_gui", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment,
        check=False,
        timeout=110,
    )


def test_that_the_self_test_opens_the_window_and_writes_its_files(tmp_path: Path) -> None:
    settings = tmp_path / "settings"
    done = run_unseen("--self-test", settings=settings)
    assert done.returncode == 0, done.stderr
    for step in ("opened the window", "loaded the charts", "wrote the PDF", "wrote the CSV"):
        assert f"ok  {step}" in done.stdout
    assert "all fine" in done.stdout
    assert not settings.exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux has displays by name")
def test_that_the_self_test_needs_no_display(tmp_path: Path) -> None:
    gone = {"DISPLAY": "", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": ""}
    done = run_unseen("--self-test", settings=tmp_path, **gone)
    assert done.returncode == 0, done.stderr
    assert "on offscreen" in done.stdout


def test_that_the_sample_leaves_pdf_csv_and_picture_and_says_where(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    done = run_unseen("--sample-output", str(folder), settings=tmp_path / "settings")
    assert done.returncode == 0, done.stderr
    assert "Longest context" in done.stdout
    files = {path.suffix: path for path in folder.iterdir()}
    assert set(files) == {".pdf", ".csv", ".png"}
    for path in files.values():
        assert str(path) in done.stdout
    assert files[".pdf"].read_bytes().startswith(b"%PDF")
    assert files[".png"].read_bytes().startswith(PNG)
    with files[".csv"].open(encoding="utf-8-sig", newline="") as stream:
        assert next(csv.reader(stream))[0] == "Build plan"


def test_that_a_folder_that_cannot_be_made_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.write_text("", encoding="utf-8")
    assert self_test.run_sample(file / "out") == 1
    assert "cannot be made" in capsys.readouterr().err


def test_that_a_failing_step_ends_the_trial_with_1_and_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")

    def fail() -> str:
        raise self_test.StepFailedError("no charts today")

    trial = self_test._Trial(tmp_path)
    assert trial.run([("loaded the charts", fail), ("never", fail)]) == 1
    out, err = capsys.readouterr()
    assert "FAILED: loaded the charts: no charts today" in err
    assert "never" not in out + err
