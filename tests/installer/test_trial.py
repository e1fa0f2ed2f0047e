"""The trial of the packages notices what it is there to notice."""

from __future__ import annotations

from pathlib import Path

import pytest
import try_deb
from try_places import Chroot, TrialError


class Installed(Chroot):
    """A system as the trial finds it after a removal."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        (root / "var/lib/dpkg/info").mkdir(parents=True)
        self.home.mkdir(parents=True)

    def put(self, name: str, *, package: str = "") -> None:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x")
        if package:
            places = [f"/{name}", *(f"/{above.as_posix()}" for above in Path(name).parents)]
            listed = self.root / f"var/lib/dpkg/info/{package}.list"
            listed.write_text("\n".join(places) + "\n")


def test_that_nothing_is_said_of_what_was_there_or_belongs_to_a_package(tmp_path: Path) -> None:
    place = Installed(tmp_path)
    place.put("usr/bin/ls", package="coreutils")
    before = place.all_files()
    place.put("usr/lib/libnew.so.1", package="libnew1")
    place.put("var/log/dpkg.log")
    place.put("home/person/.config/moeplanner/settings.json")
    assert try_deb.left_behind(place, before) == []


@pytest.mark.parametrize(
    "file",
    [
        "usr/lib/moeplanner/_internal/left.so",
        "usr/share/mime/packages/moeplanner.xml",
        "etc/something-new",
        "usr/local/bin/other",
    ],
)
def test_that_a_file_that_is_left_behind_is_noticed(tmp_path: Path, file: str) -> None:
    place = Installed(tmp_path)
    before = place.all_files()
    place.put(file)
    with pytest.raises(TrialError, match="left behind"):
        try_deb.left_behind(place, before)


def test_that_a_cache_that_still_names_the_program_is_noticed(tmp_path: Path) -> None:
    place = Installed(tmp_path)
    place.put("usr/share/applications/mimeinfo.cache")
    before = place.all_files()
    (tmp_path / "usr/share/applications/mimeinfo.cache").write_text("x/y=moeplanner.desktop;\n")
    with pytest.raises(TrialError, match="still names"):
        try_deb.left_behind(place, before)


def test_that_a_library_without_an_owner_in_the_notices_is_noticed(tmp_path: Path) -> None:
    data = tmp_path / "_internal/moeplanner_gui/_data"
    data.mkdir(parents=True)
    (data / "sbom.cdx.json").write_text('{"components": []}')
    (data / "THIRD-PARTY-NOTICES.txt").write_text("  known.so: somebody\n")
    (tmp_path / "_internal/known.so").write_bytes(b"\x7fELF")
    try_deb.papers(tmp_path)
    (tmp_path / "_internal/unknown.so").write_bytes(b"\x7fELF")
    with pytest.raises(TrialError, match=r"unknown\.so"):
        try_deb.papers(tmp_path)
