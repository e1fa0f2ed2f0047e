import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "installer" / "bootstrap.py"


@pytest.fixture
def bootstrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module, on a checkout and an environment of its own."""
    spec = importlib.util.spec_from_file_location("bootstrap", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("pyproject.toml", "requirements.lock", "requirements-dev.lock"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    (tmp_path / ".venv").mkdir()
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "STAMP", tmp_path / ".venv" / "stamp.json")
    return module


@pytest.fixture
def calls(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Commands that would have run; each succeeds."""
    made: list[list[str]] = []

    def call(command: list[str], **_: object) -> int:
        made.append(command)
        return 0

    monkeypatch.setattr(bootstrap.subprocess, "call", call)
    monkeypatch.setattr(bootstrap, "make_environment", lambda: None)
    monkeypatch.setattr(bootstrap, "ensure_system_libraries", lambda: None)
    monkeypatch.setattr(bootstrap, "ensure_test_programs", lambda: None)
    monkeypatch.setattr(bootstrap, "python_answers", lambda **_: True)
    return made


def test_that_the_script_needs_nothing_but_the_standard_library() -> None:
    code = (
        "import sys; sys.path.insert(0, 'installer'); import bootstrap;"
        "print([m for m in sys.modules if m.split('.')[0] in ('pip', 'PySide6', 'packaging')])"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code.replace("'installer'", repr(str(SCRIPT.parent)))],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_that_a_second_set_up_installs_nothing(
    bootstrap: ModuleType, calls: list[list[str]]
) -> None:
    bootstrap.set_up("test")
    assert any("requirements-dev.lock" in part for command in calls for part in command)
    calls.clear()
    bootstrap.set_up("test")
    assert calls == []


def test_that_what_the_tests_need_is_enough_to_run(
    bootstrap: ModuleType, calls: list[list[str]]
) -> None:
    bootstrap.set_up("test")
    calls.clear()
    bootstrap.set_up("run")
    assert calls == []


def test_that_a_set_up_to_run_is_not_enough_for_the_tests(
    bootstrap: ModuleType, calls: list[list[str]]
) -> None:
    bootstrap.set_up("run")
    calls.clear()
    bootstrap.set_up("test")
    assert calls


@pytest.mark.parametrize("name", ["pyproject.toml", "requirements.lock"])
def test_that_a_changed_lock_is_installed_again(
    bootstrap: ModuleType, calls: list[list[str]], tmp_path: Path, name: str
) -> None:
    bootstrap.set_up("run")
    calls.clear()
    (tmp_path / name).write_text("changed", encoding="utf-8")
    bootstrap.set_up("run")
    assert calls


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '"run"'])
def test_that_a_damaged_stamp_sets_up_again(
    bootstrap: ModuleType, calls: list[list[str]], content: str
) -> None:
    bootstrap.STAMP.write_text(content, encoding="utf-8")
    bootstrap.set_up("run")
    assert calls
    assert json.loads(bootstrap.STAMP.read_text("utf-8"))["run"]


def test_that_missing_libraries_are_read_from_ldd_without_those_of_qt(
    bootstrap: ModuleType,
) -> None:
    output = """
        libEGL.so.1 => not found
        libQt6Core.so.6 => not found
        libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)
        libEGL.so.1 => not found
        libxcb-cursor.so.0 => not found
    """
    assert bootstrap.not_found(output) == ["libEGL.so.1", "libxcb-cursor.so.0"]
    assert bootstrap.packages_for(bootstrap.not_found(output)) == ["libegl1", "libxcb-cursor0"]


def test_that_without_the_right_to_install_the_exact_command_is_given(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "root_prefix", lambda: None)
    with pytest.raises(bootstrap.SetupError) as caught:
        bootstrap.install_packages(["libegl1", "libgl1"], "libraries that Qt links")
    command = "sudo apt-get update && sudo apt-get install --no-install-recommends libegl1 libgl1"
    assert command in str(caught.value)


def test_that_the_tests_run_without_programs_that_cannot_be_installed(
    bootstrap: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name, **_: None)
    bootstrap.ensure_test_programs()
    assert "pdftotext" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, ""),
        ({"DISPLAY": ":0"}, "x11"),
        ({"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, "wayland"),
        ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}, ""),
        ({"DISPLAY": ""}, ""),
    ],
)
def test_that_a_display_is_found_in_the_environment(
    bootstrap: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    expected: str,
) -> None:
    monkeypatch.setattr(bootstrap.platform, "system", lambda: "Linux")
    assert bootstrap.display_of(environment) == expected


def test_that_without_a_display_the_sample_is_written_and_its_place_told(
    bootstrap: ModuleType,
    calls: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(bootstrap, "display_of", lambda _: "")
    assert bootstrap.run_program([]) == 0
    assert calls[0][-2] == "--sample-output"
    assert Path(calls[0][-1]).is_dir()
    assert "No display" in capsys.readouterr().out


def test_that_a_plan_named_on_the_command_line_is_opened(
    bootstrap: ModuleType, calls: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "display_of", lambda _: "x11")
    bootstrap.main(["run", "my.moeplan"])
    assert calls[-1][-3:] == ["-m", "moeplanner_gui", "my.moeplan"]


@pytest.mark.parametrize(
    ("arguments", "codes", "expected"),
    [
        ([], (0, 0), 0),
        ([], (1, 0), 1),
        ([], (0, 1), 1),
        ([], (0, 5), 5),
        (["-k", "x"], (0, 5), 0),
        (["-k", "x"], (5, 5), 5),
    ],
)
def test_that_the_tests_fail_when_either_of_their_two_runs_does(
    bootstrap: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    codes: tuple[int, int],
    expected: int,
) -> None:
    answers = iter(codes)
    platforms = []

    def call(_: list[str], qt_platform: str) -> int:
        platforms.append(qt_platform)
        return next(answers)

    monkeypatch.setattr(bootstrap.platform, "system", lambda: "Linux")
    monkeypatch.setattr(bootstrap, "call_pytest", call)
    assert bootstrap.run_tests(arguments) == expected
    assert platforms == ["offscreen", "minimal"]


def test_that_drags_are_looked_for_only_where_one_is_marked(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    marked = bootstrap.ROOT / "tests" / "ui" / "test_marked.py"
    marked.parent.mkdir(parents=True)
    marked.write_text("pytestmark = [pytest.mark.real_drag]\n", encoding="utf-8")
    (marked.parent / "test_other.py").write_text("def test_one(): ...\n", encoding="utf-8")
    commands: list[list[str]] = []
    monkeypatch.setattr(bootstrap.platform, "system", lambda: "Linux")
    monkeypatch.setattr(bootstrap, "call_pytest", lambda command, _: commands.append(command) or 0)
    bootstrap.run_tests([])
    bootstrap.run_tests(["-k", "x"])
    assert commands[1][-3:] == [str(marked), "-m", "real_drag"]
    assert commands[3][-4:] == ["-k", "x", "-m", "real_drag"]


def test_that_the_program_is_compiled_once_for_all_tests(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    told: list[dict[str, str]] = []
    monkeypatch.setattr(bootstrap.subprocess, "call", lambda *_, env, **__: told.append(env) or 0)
    bootstrap.call_pytest(["pytest"], "minimal")
    assert told[0]["QT_QPA_PLATFORM"] == "minimal"
    assert "PYTHONDONTWRITEBYTECODE" not in told[0]


def test_that_all_tests_use_all_processors_and_a_choice_of_them_one(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap.os, "cpu_count", lambda: 2)
    assert bootstrap.processes([]) == ["-n", "2", "--dist", "worksteal"]
    assert bootstrap.processes(["-k", "x"]) == []
    monkeypatch.setattr(bootstrap.os, "cpu_count", lambda: 64)
    assert bootstrap.processes([])[1] == str(bootstrap.MOST_TEST_PROCESSES)
    monkeypatch.setattr(bootstrap.os, "cpu_count", lambda: 1)
    assert bootstrap.processes([]) == []


def test_that_every_lock_pins_exactly() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        for line in (ROOT / name).read_text("utf-8").splitlines():
            if line and not line.startswith(("#", "-r ")):
                assert "==" in line, f"{name}: {line}"


def test_that_the_lock_keeps_qt_below_the_release_that_aborts_on_python_3_11() -> None:
    text = (ROOT / "requirements.lock").read_text("utf-8")
    version = text.split("PySide6-Essentials==")[1].split()[0]
    assert tuple(int(part) for part in version.split(".")[:2]) < (6, 12)
