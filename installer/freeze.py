"""Makes the program's folder with PyInstaller and puts what has to come along into it.

Beside the code lie ``build.json`` (what this copy was built from), the third-party notices and the
bill of materials; ``moeplanner_gui.catalog.paths`` finds them in the running program.
"""

from __future__ import annotations

import ast
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import elf_runpath
import icons
import notices
import product
import sbom
import shipped
import version_resource

DATA = Path("_internal") / "moeplanner_gui" / "_data"
_OF_THE_BUILDER = ("libpython*.so*", "python3*/lib-dynload/*.so")
"""Compiled on the machine that builds, or for it."""


def freeze(work: Path, target_arch: str = "") -> Path:
    """Build the folder below ``work`` and return it: on macOS the bundle.

    Raises:
        subprocess.CalledProcessError: PyInstaller failed; its output is in ``pyinstaller.log``.
        LookupError: A module of the program is not in it.
        shipped.UnknownOriginError: A file that nobody can name a licence for would be shipped.
    """
    work.mkdir(parents=True, exist_ok=True)
    icons.write_icons(work)
    (work / "version_resource.txt").write_text(version_resource.text(), encoding="utf-8")
    environment = {
        **os.environ,
        "MOEPLANNER_BUILD_DIR": str(work),
        "MOEPLANNER_TARGET_ARCH": target_arch,
        "SOURCE_DATE_EPOCH": str(product.built_at()),
        # The order of sets decides the order of names in the archive.
        "PYTHONHASHSEED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [
        sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR",
        "--distpath", str(work / "dist"), "--workpath", str(work / "work"),
        str(product.ROOT / "installer" / "moeplanner.spec"),
    ]  # fmt: skip
    subprocess.run(command, check=True, env=environment, cwd=work)
    folder = work / "dist" / product.COMMAND
    entries = collected(work)
    missing = missing_modules([name for name, _, _ in entries])
    if missing:
        raise LookupError(f"These modules are not in the program: {', '.join(missing)}")
    things = shipped.of_build(entries, work)
    for place in _data_folders(work / "dist"):
        _write_papers(place, things)
    if sys.platform.startswith("linux"):
        _strip(folder)
        for pattern in _OF_THE_BUILDER:
            for file in (folder / "_internal").glob(pattern):
                elf_runpath.forget_builders_folders(file)
    _same_time_everywhere(work / "dist")
    if sys.platform == "darwin":
        # The papers came after PyInstaller had sealed the bundle. "-" is nobody's signature.
        bundle = work / "dist" / f"{product.NAME}.app"
        subprocess.run(["codesign", "--force", "--deep", "--sign", "-", str(bundle)], check=True)
    return work / "dist" / f"{product.NAME}.app" if sys.platform == "darwin" else folder


def collected(work: Path) -> list[tuple[str, str, str]]:
    """Everything that PyInstaller put into the folder and the archive: (name, source, kind)."""
    found: list[tuple[str, str, str]] = []
    for name in ("COLLECT-00.toc", "PYZ-00.toc"):
        text = (work / "work" / product.COMMAND / name).read_text(encoding="utf-8")
        for part in ast.literal_eval(text):
            if isinstance(part, list):
                found += [entry for entry in part if isinstance(entry, tuple) and len(entry) == 3]
    return found


def missing_modules(names: list[str]) -> list[str]:
    """The modules of this program that are not among ``names``: some are imported by name only."""
    package = product.ROOT / "moeplanner_gui"
    wanted = set()
    for file in package.rglob("*.py"):
        if file.name != "__main__.py":
            parts = file.relative_to(product.ROOT).with_suffix("").parts
            wanted.add(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return sorted(wanted - set(names))


def _data_folders(dist: Path) -> list[Path]:
    """The data folder of the built program, and on macOS also the one inside the bundle."""
    places = {folder.parent.resolve() for folder in dist.rglob("_data/catalogs")}
    return sorted(places)


def _write_papers(place: Path, things: shipped.Shipped) -> None:
    (place / "THIRD-PARTY-NOTICES.txt").write_text(notices.text(things), encoding="utf-8")
    (place / "sbom.cdx.json").write_text(sbom.text(things), encoding="utf-8")
    build = {
        "version": product.version(),
        "commit": product.commit(),
        "is_changed": product.is_changed(),
        "source_date": product.built_at(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "packaging": f"PyInstaller {things.builder_version}",
    }
    (place / "build.json").write_text(json.dumps(build, indent=2) + "\n", encoding="utf-8")


def _strip(folder: Path) -> None:
    """Take the debugger's names out of Python itself: 24 MB, and nothing else dares to lose any.

    numpy's OpenBLAS breaks when it is stripped ("ELF load command address/offset not
    page-aligned"); Qt comes stripped.
    """
    strip = shutil.which("strip")
    if strip is None:
        print("strip is missing (binutils): the folder stays some 24 MB larger.")
        return
    files = [file for pattern in _OF_THE_BUILDER for file in (folder / "_internal").glob(pattern)]
    subprocess.run([strip, "--strip-unneeded", *map(str, files)], check=True)


def _same_time_everywhere(folder: Path) -> None:
    """Give every file the time of the source, so that two builds pack alike."""
    when = product.built_at()
    for path in folder.rglob("*"):
        if not path.is_symlink():
            os.utime(path, (when, when))
