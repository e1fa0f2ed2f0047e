"""What of the packages for Windows and macOS, and of their runners, can be looked at anywhere."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import macos_packages
import product
import pytest
import windows_packages

WORKFLOWS = sorted((product.ROOT / ".github" / "workflows").glob("*.yml"))
SCRIPT = windows_packages.WINDOWS / "moeplanner.iss"


def test_that_the_portable_archive_is_marked_and_the_same_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    folder = tmp_path / "moeplanner"
    (folder / "_internal").mkdir(parents=True)
    (folder / "moeplanner-gui.exe").write_bytes(b"MZ")
    (folder / "_internal" / "a.dll").write_bytes(b"x")
    made = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        file = windows_packages.build_zip(folder, tmp_path, tmp_path / name)
        made.append(file.read_bytes())
    assert made[0] == made[1]
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
    top = f"moeplanner-{product.version()}-windows-portable/"
    assert all(name.startswith(top) for name in names)
    # The marker that start.py looks for beside the program.
    assert {f"{top}portable.txt", f"{top}moeplanner-gui.exe"} <= set(names)


def test_that_the_windows_installer_needs_no_rights_and_registers_plan_files() -> None:
    script = SCRIPT.read_text("utf-8")
    assert re.search(r"^PrivilegesRequired=lowest$", script, re.MULTILINE)
    assert re.search(r"^ChangesAssociations=yes$", script, re.MULTILINE)
    assert r"Software\Classes\.moeplan" in script
    assert r'shell\open\command"; ValueType: string; ValueData: """{app}' in script
    # Every key that is made is taken away again.
    made = [line for line in script.splitlines() if line.startswith("Root: HKA")]
    roots = {"MoEPlanner.Plan\\DefaultIcon", "MoEPlanner.Plan\\shell"}
    for line in made:
        assert "uninsdelete" in line or any(root in line for root in roots), line


def test_that_every_section_of_the_inno_script_is_one_that_inno_knows() -> None:
    found = re.findall(r"^\[(\w+)\]$", SCRIPT.read_text("utf-8"), re.MULTILINE)
    known = {
        "Setup", "Languages", "CustomMessages", "Tasks", "InstallDelete", "Files", "Icons",
        "Registry", "Run",
    }  # fmt: skip
    assert set(found) <= known and len(found) == len(set(found))


def test_that_the_image_of_macos_is_named_after_the_program(tmp_path: Path) -> None:
    command = macos_packages.image_command(tmp_path, tmp_path / "x.dmg")
    assert command[:2] == ["hdiutil", "create"]
    assert command[command.index("-volname") + 1] == product.NAME


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_that_runners_build_with_the_one_script_and_pinned_actions(file: Path) -> None:
    text = file.read_text("utf-8")
    assert text.startswith("# Untested until run")
    assert "installer/build.py" in text and "requirements-package.lock" in text
    assert "pyinstaller" not in text.lower()
    used = re.findall(r"uses: (\S+)", text)
    assert used
    for action in used:
        assert re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", action), action


def test_that_there_is_a_workflow_for_each_system() -> None:
    assert {file.stem for file in WORKFLOWS} == {
        "packages-linux", "packages-windows", "packages-macos",
    }  # fmt: skip


def test_that_what_builds_is_locked_and_grouped() -> None:
    import tomllib

    project = tomllib.loads((product.ROOT / "pyproject.toml").read_text("utf-8"))
    lock = (product.ROOT / "requirements-package.lock").read_text("utf-8")
    for wanted in project["dependency-groups"]["package"]:
        name, _, version = re.sub(r"\[.*?\]", "", wanted).partition("==")
        assert f"{name}=={version}\n" in lock
    # The program itself has none of it.
    assert "pyinstaller" not in (product.ROOT / "requirements.lock").read_text("utf-8")
