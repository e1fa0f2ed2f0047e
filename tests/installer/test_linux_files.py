"""The desktop entry and the MIME type: what a double-click on a plan file needs on Linux."""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

LINUX = Path(__file__).resolve().parents[2] / "installer" / "linux"
ENTRY, TYPES = LINUX / "moeplanner.desktop", LINUX / "moeplanner.xml"
MIME = "application/vnd.moeplanner.plan+json"


def entry() -> configparser.SectionProxy:
    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(ENTRY, "utf-8")
    return parser["Desktop Entry"]


def test_that_the_entry_takes_several_files_of_the_type_that_is_declared() -> None:
    assert entry()["Exec"].split() == ["moeplanner", "%F"]
    (declared,) = ElementTree.parse(TYPES).getroot()
    assert declared.get("type") == MIME
    assert entry()["MimeType"] == f"{MIME};"
    # The window's own name: the desktop groups it under this entry.
    assert f'"{ENTRY.stem}"' in (LINUX.parents[1] / "moeplanner_gui" / "ui" / "app.py").read_text(
        "utf-8"
    )


@pytest.mark.skipif(not shutil.which("desktop-file-validate"), reason="no desktop-file-validate")
def test_that_the_desktop_entry_is_valid() -> None:
    done = subprocess.run(
        ["desktop-file-validate", str(ENTRY)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.skipif(not shutil.which("xmllint"), reason="no xmllint")
def test_that_the_mime_type_is_sound_xml() -> None:
    subprocess.run(["xmllint", "--noout", "--nonet", str(TYPES)], check=True)


@pytest.mark.skipif(not shutil.which("update-mime-database"), reason="no update-mime-database")
def test_that_a_plan_file_is_known_once_the_type_is_installed(tmp_path: Path) -> None:
    packages = tmp_path / "mime" / "packages"
    packages.mkdir(parents=True)
    shutil.copy(TYPES, packages)
    subprocess.run(["update-mime-database", str(tmp_path / "mime")], check=True)
    plan = tmp_path / "rig.MOEPLAN"
    plan.write_text("{}", "utf-8")
    code = (
        "import sys\nfrom PySide6.QtCore import QMimeDatabase\n"
        "found = QMimeDatabase().mimeTypeForFile(sys.argv[1])\n"
        "print(found.name(), found.comment(), found.inherits('application/json'))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code, str(plan)],
        env={**os.environ, "XDG_DATA_HOME": str(tmp_path), "LANG": "C.UTF-8"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert said.stdout.strip() == f"{MIME} MoE Planner plan True"
