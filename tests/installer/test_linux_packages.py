"""What a Linux desktop gets, and that taking it away leaves nothing."""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import debian_package
import icons
import linux_archive
import linux_files
import product
import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="packages of Linux")


def below(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


@pytest.fixture(scope="module")
def pictures() -> dict[int, bytes]:
    return icons.png_files()


def test_that_the_icon_has_every_size_that_themes_ask_for(pictures: dict[int, bytes]) -> None:
    for size, picture in pictures.items():
        assert struct.unpack(">II", picture[16:24]) == (size, size)
    paths = {path.as_posix() for path in linux_files.desktop_files()}
    assert {f"share/icons/hicolor/{n}x{n}/apps/moeplanner.png" for n in icons.SIZES} <= paths
    assert ElementTree.fromstring(icons.tile_svg()).get("viewBox") == "0 0 128 128"


def test_that_the_icons_of_windows_and_macos_hold_their_pictures(
    pictures: dict[int, bytes],
) -> None:
    ico = icons.ico_bytes(pictures)
    kind, count = struct.unpack("<HH", ico[2:6])
    assert (kind, count) == (1, 6)
    for index in range(count):
        width, *_, size, at = struct.unpack("<BBBBHHII", ico[6 + 16 * index : 22 + 16 * index])
        assert ico[at : at + size] == pictures[width or 256]
    icns = icons.icns_bytes(pictures)
    assert icns[:4] == b"icns" and struct.unpack(">I", icns[4:8])[0] == len(icns)
    at, found = 8, set()
    while at < len(icns):
        kind4, size = icns[at : at + 4], struct.unpack(">I", icns[at + 4 : at + 8])[0]
        assert icns[at + 8 : at + size].startswith(b"\x89PNG")
        found.add(kind4)
        at += size
    assert found >= {b"ic07", b"ic08", b"ic09"}


@pytest.mark.skipif(not shutil.which("appstreamcli"), reason="no appstreamcli")
def test_that_software_centres_can_read_the_description(tmp_path: Path) -> None:
    file = tmp_path / f"{product.APP_ID}.metainfo.xml"
    file.write_text(linux_files.metainfo(), "utf-8")
    done = subprocess.run(
        ["appstreamcli", "validate", "--no-net", "--pedantic", str(file)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "Validation was successful." in done.stdout, done.stdout


@pytest.mark.skipif(not shutil.which("desktop-file-validate"), reason="no desktop-file-validate")
@pytest.mark.parametrize("command", ["moeplanner", "/home/a person/.local/bin/moeplanner"])
def test_that_the_entry_is_valid_with_any_path(tmp_path: Path, command: str) -> None:
    file = tmp_path / "moeplanner.desktop"
    file.write_text(linux_files.desktop_entry(command), "utf-8")
    done = subprocess.run(["desktop-file-validate", str(file)], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.skipif(not shutil.which("groff"), reason="no groff")
def test_that_the_manual_page_has_no_mistake(tmp_path: Path) -> None:
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-z"],
        input=linux_files.man_page(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_that_the_manual_page_knows_every_command() -> None:
    from moeplanner_gui.cli import COMMANDS

    page = linux_files.man_page()
    for name, what in COMMANDS.items():
        assert f".B {name}\n{what}\n" in page, name


def frozen(folder: Path) -> Path:
    """A stand-in for the program's folder: the scripts do not look into it."""
    program = folder / "moeplanner"
    (program / "_internal").mkdir(parents=True)
    (program / "moeplanner").write_text("#!/bin/sh\necho MoE Planner, or not\n")
    (program / "moeplanner").chmod(0o755)
    (program / "_internal" / "library.so").write_bytes(b"x")
    return program


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    if not shutil.which("zstd"):
        pytest.skip("no zstd")
    out = tmp_path / "out"
    out.mkdir()
    archive = linux_archive.build_archive(
        frozen(tmp_path / "dist"), tmp_path / "work", out, quick=True
    )
    subprocess.run(["tar", "xf", str(archive), "-C", str(out)], check=True)
    return out / f"moeplanner-{product.version()}"


def run(script: Path, home: Path, *arguments: str) -> str:
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    return subprocess.run(
        [str(script), *arguments], env=environment, capture_output=True, text=True, check=True
    ).stdout


def test_that_removing_leaves_the_home_as_it_was(tmp_path: Path, unpacked: Path) -> None:
    home = tmp_path / "a person's home"
    applications = home / ".local/share/applications"
    applications.mkdir(parents=True)
    (applications / "other.desktop").write_text("[Desktop Entry]\nType=Application\nName=O\n")
    own = home / ".local/share/moeplanner/catalogs/gpus/mine.json"
    own.parent.mkdir(parents=True)
    own.write_text("[]")
    before = below(home)
    run(unpacked / "install.sh", home)
    program = home / ".local/bin/moeplanner"
    assert run(program, home) == "MoE Planner, or not\n"
    entry = (applications / "moeplanner.desktop").read_text("utf-8")
    assert f'Exec="{program}" %F\n' in entry
    # Installed over itself, as an update is.
    run(unpacked / "install.sh", home)
    run(home / ".local/lib/moeplanner/uninstall.sh", home)
    left = [path for path in below(home) if path not in before]
    # Of the folder that was there already, its cache.
    assert left in ([], [".local/share/applications/mimeinfo.cache"])
    assert [path for path in before if path not in below(home)] == []


def test_that_removing_leaves_an_empty_home_empty(tmp_path: Path, unpacked: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    run(unpacked / "install.sh", home)
    assert below(home) != []
    run(unpacked / "uninstall.sh", home)
    assert below(home) == []


def test_that_nothing_is_removed_where_nothing_was_installed(
    tmp_path: Path, unpacked: Path
) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        run(unpacked / "uninstall.sh", tmp_path)


def test_that_the_archive_is_the_same_for_the_same_source(
    tmp_path: Path, unpacked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    made = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        made.append(
            linux_archive.build_archive(
                tmp_path / "dist/moeplanner", tmp_path / f"w{name}", tmp_path / name, quick=True
            ).read_bytes()
        )
    assert made[0] == made[1]


@pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="no dpkg-deb")
def test_that_the_debian_package_belongs_to_root_and_has_no_scripts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(debian_package, "dependencies", lambda folder: ["libc6 (>= 2.35)"])
    data = tmp_path / "dist/moeplanner/_internal/moeplanner_gui/_data"
    program = frozen(tmp_path / "dist")
    data.mkdir(parents=True)
    (data / "THIRD-PARTY-NOTICES.txt").write_text("notices")
    deb = debian_package.build(program, tmp_path / "work", tmp_path, quick=True)
    listed = subprocess.run(["dpkg-deb", "-c", str(deb)], capture_output=True, text=True).stdout
    assert {line.split()[1] for line in listed.splitlines()} == {"root/root"}
    assert "./usr/bin/moeplanner -> ../lib/moeplanner/moeplanner" in listed
    told = subprocess.run(["dpkg-deb", "-I", str(deb)], capture_output=True, text=True).stdout
    assert "postinst" not in told and "prerm" not in told
    control = tmp_path / "control"
    subprocess.run(["dpkg-deb", "-e", str(deb), str(control)], check=True)
    unpacked = tmp_path / "unpacked"
    subprocess.run(["dpkg-deb", "-x", str(deb), str(unpacked)], check=True)
    subprocess.run(
        ["md5sum", "--check", "--quiet", str(control / "md5sums")], cwd=unpacked, check=True
    )
    notices = unpacked / "usr/share/doc/moeplanner/THIRD-PARTY-NOTICES.txt"
    assert notices.read_text() == "notices"


@pytest.mark.skipif(not shutil.which("readelf"), reason="no readelf")
@pytest.mark.skipif(not shutil.which("dpkg"), reason="no dpkg")
def test_that_the_package_depends_on_what_its_programs_link(tmp_path: Path) -> None:
    from PySide6 import QtGui

    folder = Path(QtGui.__file__).parent
    for library in ("libQt6Gui.so.6", "libQt6Core.so.6"):
        shutil.copy(folder / "Qt/lib" / library, tmp_path)
    with pytest.raises(LookupError, match="libQt6DBus"):
        debian_package.dependencies(tmp_path)
    for library in ("libQt6DBus.so.6", *(file.name for file in folder.glob("Qt/lib/libicu*"))):
        (tmp_path / library).symlink_to(folder / "Qt/lib" / library)
    found = debian_package.dependencies(tmp_path)
    by_name = [one.partition(" ")[0] for one in found]
    assert {"libc6", "libgl1", "libegl1", "libfontconfig1", "xkb-data"} <= set(by_name)
    assert any(one.startswith("libc6 (>= 2.") for one in found)
    # What lies beside is not asked for.
    assert not any("qt" in name for name in by_name)
