"""The version, the names and the ids stand in one place; every package has them from there."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import debian_package
import linux_files
import payload
import product
import pytest
import version_resource
import windows_packages

from moeplanner_gui import __version__

INSTALLER = Path(product.__file__).parent


def test_that_every_package_has_the_version_of_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(debian_package, "architecture", lambda: "amd64")
    info = ElementTree.fromstring(linux_files.metainfo())
    control = debian_package._control(["libc6"], tmp_path)
    inno = windows_packages.definitions(tmp_path, tmp_path, tmp_path)
    resource = version_resource.text()
    plist = payload.info_plist()
    assert {
        product.version(),
        info.findall("releases/release")[0].get("version"),
        re.findall(r"^Version: (.*)$", control, re.MULTILINE)[0],
        inno["Version"],
        re.findall(r"'FileVersion', '(.*?)'", resource)[0],
        re.findall(r"'ProductVersion', '(.*?)'", resource)[0],
        plist["CFBundleShortVersionString"],
        plist["CFBundleVersion"],
        re.findall(r'"MoE Planner (\S+)"', linux_files.man_page())[0],
    } == {__version__}
    numbers = tuple(int(part) for part in __version__.split("."))
    assert f"filevers={(*numbers, 0)}" in resource
    assert f"prodvers={(*numbers, 0)}" in resource


def test_that_no_file_of_the_packaging_names_the_version_itself() -> None:
    kept = {".py", ".iss", ".xml", ".spec", ".plist", ".sh", ".txt", ".1", ".desktop"}
    naming = [
        file.relative_to(INSTALLER).as_posix()
        for file in INSTALLER.rglob("*")
        if file.suffix in kept
        and "licences" not in file.parts
        # A quotation mark or a blank around it: 10.0.1 holds 0.0.1.
        and re.search(rf"(?<![\d.]){re.escape(__version__)}(?![\d.])", file.read_text("utf-8"))
    ]
    assert naming == []


def test_that_a_release_has_the_day_of_the_change_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(product, "ROOT", tmp_path)
    monkeypatch.setattr(product, "version", lambda: "1.2.3")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert product.release_day() == "2023-11-14"
    (tmp_path / "CHANGELOG.md").write_text("## [1.2.3] - 2024-02-29\n## [1.2.2] - 2024-01-01\n")
    assert product.release_day() == "2024-02-29"


def test_that_the_change_log_knows_the_version() -> None:
    changes = product.ROOT / "CHANGELOG.md"
    assert f"## [{__version__}]" in changes.read_text("utf-8")


def test_that_the_inno_script_uses_only_what_it_is_told(tmp_path: Path) -> None:
    script = (INSTALLER / "windows" / "moeplanner.iss").read_text("utf-8")
    used = set(re.findall(r"\{#(\w+)\}", script))
    assert used == set(windows_packages.definitions(tmp_path, tmp_path, tmp_path))


def test_that_the_desktop_entry_and_the_component_name_each_other() -> None:
    info = ElementTree.fromstring(linux_files.metainfo())
    names = {path.name for path in linux_files.desktop_files()}
    assert info.findtext("launchable") == "moeplanner.desktop"
    assert info.findtext("launchable") in names
    assert f"{info.findtext('id')}.metainfo.xml" in names
    assert info.findtext("provides/mediatype") == product.MIME


def test_that_the_day_of_a_build_can_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1234567890")
    assert product.built_at() == 1234567890
