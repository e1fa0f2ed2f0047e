"""A probe's own process: one line of answer, nothing of the surroundings, quick to start."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from moeplanner_gui.cli import COMMANDS, main
from moeplanner_gui.core.detected import ProbeReport
from moeplanner_gui.detect import child
from moeplanner_gui.detect.probes import PROBES


def run(
    *arguments: str, cwd: Path | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*child.command_of_this_program(), *arguments],
        capture_output=True,
        check=False,
        timeout=60,
        cwd=cwd,
        env=child.child_environment() if env is None else env,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize("name", PROBES)
def test_that_every_probe_answers_with_one_line_on_this_machine(name: str) -> None:
    done = run("--probe", name)
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    assert ProbeReport.model_validate_json(line).probe == name


def test_that_an_unknown_probe_is_a_report_and_a_missing_name_is_not() -> None:
    assert ProbeReport.model_validate_json(run("--probe", "nowhere").stdout).outcome == "failed"
    done = run("--probe")
    assert (done.returncode, done.stdout) == (2, b"")


def test_that_the_options_of_children_are_in_no_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "--probe" not in capsys.readouterr().out
    assert not any(name.startswith("-") for name in COMMANDS)


def test_that_a_module_in_the_working_folder_is_not_taken(tmp_path: Path) -> None:
    for name in ("json.py", "pydantic.py", "pynvml.py", "moeplanner_gui.py"):
        (tmp_path / name).write_text("raise SystemExit('taken')")
    done = run("--probe", "host", cwd=tmp_path)
    assert b"taken" not in done.stderr + done.stdout
    assert done.returncode == 0


def test_that_the_environment_does_not_change_how_a_child_starts(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("raise SystemExit('taken')")
    env = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONVERBOSE": "1", "PYTHONINSPECT": "1"}
    done = run("--probe", "host", env=env)
    assert done.returncode == 0
    assert done.stderr == b""
    assert len(done.stdout.splitlines()) == 1


def test_that_the_variables_of_python_are_not_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONMALLOC", "debug")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/somewhere")
    given = child.child_environment()
    assert not any(name.startswith("PYTHON") for name in given)
    assert given["LD_LIBRARY_PATH"] == "/somewhere"


def test_that_a_frozen_program_starts_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", "/opt/moeplanner/moeplanner")
    assert child.probe_command("nvml") == ["/opt/moeplanner/moeplanner", "--probe", "nvml"]


def test_that_what_a_library_prints_goes_to_standard_error() -> None:
    code = (
        "import os, sys; from moeplanner_gui.detect import child\n"
        "answer = child.claim_standard_output()\n"
        "print('babble', flush=True); os.system('echo more'); os.write(1, b'and more')\n"
        "child.write_all(answer, b'the answer')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout == b"the answer"
    assert b"babble" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="closes a descriptor as a shell does")
def test_that_a_child_without_standard_error_still_answers() -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$0" "$@" 2>&-', *child.command_of_this_program(), "--probe", "host"],
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert ProbeReport.model_validate_json(done.stdout).probe == "host"


def test_that_a_child_loads_nothing_of_the_window_and_no_catalogue() -> None:
    code = (
        "import sys; from moeplanner_gui.detect.child import run_child; run_child('host')\n"
        "heavy = {'PySide6', 'numpy', 'pyqtgraph', 'platformdirs', 'asyncio'}\n"
        "loaded = {name.split('.')[0] for name in sys.modules}\n"
        "catalog = [n for n in sys.modules if n.startswith('moeplanner_gui.catalog')]\n"
        "print(sorted(heavy & loaded), catalog, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stderr.strip() == b"[] []"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no alarm")
def test_that_an_orphan_ends_by_itself() -> None:
    code = (
        "from moeplanner_gui.detect.child import limit_life; import signal\n"
        "limit_life(1); signal.pause()"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, timeout=30)
    assert done.returncode == -14


def test_that_a_thread_ends_a_hung_process_where_there_is_no_alarm() -> None:
    code = (
        "from moeplanner_gui.detect.child import end_in; import ctypes, os\n"
        "end_in(0.01); end_in(0.3)\n"
        "libc = ctypes.CDLL(None) if os.name == 'posix' else ctypes.CDLL('msvcrt')\n"
        "libc.sleep(30) if os.name == 'posix' else libc._sleep(30000)"
    )
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], check=False, timeout=30)
    assert done.returncode == 1
    assert 0.3 <= time.monotonic() - began < 15
