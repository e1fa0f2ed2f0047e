"""What a built package holds and whose it is: every file has an owner with a licence.

PyInstaller's own lists name each file and where it came from. A file belongs to an installed
distribution, to Python, to a package of the system that it was copied from, to PyInstaller's boot
program or to this program. One that belongs to nobody stops the build.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import Any

import debian_owners
import product

LICENCES = Path(__file__).resolve().parent / "licences"
_EXPRESSIONS = {
    # Distributions whose metadata has no SPDX expression: read in their own files.
    "colorama": "BSD-3-Clause",
    "h11": "MIT",
    "nvidia-ml-py": "BSD-3-Clause",
    "pyqtgraph": "MIT",
    "pyside6-essentials": "LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only",
    "shiboken6": "LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only",
    "setuptools": "MIT",
    "pyinstaller-hooks-contrib": "Apache-2.0",
}
_OF_DEBIAN = {
    # Debian's copyright files name several licences, most of them of tools and tests; these are
    # those of the library itself. The whole file is in the notices.
    "libbz2-1.0": "bzip2-1.0.6",
    "libffi8": "MIT",
    "liblzma5": "0BSD",
    "libssl3": "Apache-2.0",
    "libssl3t64": "Apache-2.0",
    "libxkbcommon0": "MIT",
    "libxkbcommon-x11-0": "MIT",
}
_NUMPY_PARTS = (
    # Compiled into numpy's wheels; the texts are in numpy's LICENSE.txt.
    ("OpenBLAS", "BSD-3-Clause", "openblas"),
    ("LAPACK", "BSD-3-Clause", "openblas"),
    ("libgfortran", "GPL-3.0-or-later WITH GCC-exception-3.1", "gfortran"),
    ("libquadmath", "LGPL-2.1-or-later", "quadmath"),
)
_NOTICE_FILE = re.compile(r"(licen[cs]e|copying|notice|copyright|authors)", re.IGNORECASE)
_LIBRARY = re.compile(r"\.(so(\.[\d.]+)?|dylib|dll|pyd|exe)$", re.IGNORECASE)


class UnknownOriginError(Exception):
    """A file would be shipped that has no owner, or an owner without a licence."""


@dataclass(frozen=True)
class Component:
    """Something of somebody else's in the package. ``licence`` is an SPDX expression."""

    name: str
    version: str
    licence: str
    purl: str
    texts: tuple[str, ...] = ()
    homepage: str = ""
    parts: tuple[Component, ...] = ()
    """What was compiled into it."""
    copyright: str = ""


@dataclass(frozen=True)
class Shipped:
    """All components, and the owner's name of every library and program file."""

    components: tuple[Component, ...]
    libraries: dict[str, str] = field(default_factory=dict)
    builder_version: str = ""


def of_build(entries: Iterable[tuple[str, str, str]], work: Path) -> Shipped:
    """What a build holds, from PyInstaller's lists: (name, source, kind).

    Raises:
        UnknownOriginError: A file has no owner, or its owner has no licence that is known.
    """
    real = [
        entry
        for entry in entries
        if entry[2] not in ("SYMLINK", "DEPENDENCY", "OPTION") and entry[1] not in ("", "-")
    ]
    owners = _Owners(work, [source for _, source, _ in real])
    found: set[str] = set()
    libraries: dict[str, str] = {}
    lost: list[str] = []
    for name, source, _ in real:
        owner = owners.of(Path(source))
        if owner is None:
            lost.append(f"{name} ({source})")
            continue
        if owner == product.NAME:
            continue
        found.add(owner)
        if _LIBRARY.search(PurePosixPath(name.replace("\\", "/")).name):
            libraries[name.replace("\\", "/")] = owner
    if lost:
        raise UnknownOriginError("Nobody is known as the owner of:\n  " + "\n  ".join(lost))
    components = tuple(owners.component(name) for name in sorted(found, key=str.lower))
    return Shipped(components, libraries, _builder_version())


class _Owners:
    """Finds the owner of a file by where it lies."""

    def __init__(self, work: Path, sources: list[str]) -> None:
        self._work = work.resolve()
        self._python = [
            Path(place).resolve()
            for place in {sys.base_prefix, sysconfig.get_path("stdlib"), sys.base_exec_prefix}
        ]
        self._files = {
            os.path.normpath(os.path.join(root, str(file))): dist
            for dist in metadata.distributions()
            if (root := os.path.realpath(str(dist.locate_file(""))))
            for file in dist.files or ()
        }
        mine = [file for file in map(os.path.realpath, sources) if file not in self._files]
        self._system = debian_owners.owners(
            [file for file in mine if _LIBRARY.search(file)] if sys.platform == "linux" else []
        )
        self._names: dict[int, str] = {}
        self._by_name: dict[str, Component] = {}

    def of(self, source: Path) -> str | None:
        place = Path(os.path.realpath(source))
        if self._work in place.parents:
            # The modules that Python cannot start without, and the programs with the boot code.
            return "Python" if place.name == "base_library.zip" else "PyInstaller"
        dist = self._files.get(str(place))
        if dist is not None:
            return self._of_distribution(dist, place)
        if product.ROOT in place.parents and "site-packages" not in place.parts:
            return product.NAME
        if any(folder in place.parents for folder in self._python) and not (
            {"site-packages", "dist-packages"} & set(place.parts)
        ):
            system = self._of_system(place) if sys.base_prefix == "/usr" else None
            return "Python" if system is None or "python" in system else system
        return self._of_system(place)

    def component(self, name: str) -> Component:
        if name not in self._by_name:
            makers = {"Python": _python, "PyInstaller": _boot_program, "Qt": _qt}
            self._by_name[name] = makers[name]()
        return self._by_name[name]

    def _of_distribution(self, dist: metadata.Distribution, place: Path) -> str:
        # Metadata is parsed anew each time it is asked for.
        name = self._names.setdefault(id(dist), "") or _normal(dist.metadata["Name"])
        self._names[id(dist)] = name
        if name == _normal(product.ROOT.name) or name == "moeplanner-gui":
            return product.NAME
        if name == "pyinstaller":
            return "PyInstaller"
        if name == "pyside6-essentials" and (
            "Qt" in place.parts or re.match(r"(lib)?(Qt6|icu)", place.name)
        ):
            return "Qt"
        if name not in self._by_name:
            self._by_name[name] = _distribution(dist)
        return name

    def _of_system(self, place: Path) -> str | None:
        if sys.platform == "win32":
            if re.search(r"\\(windows|windows kits)\\", str(place).lower()):
                name = "Microsoft C runtime"
                self._by_name[name] = Component(
                    name, "", "LicenseRef-Microsoft-Redistributable", "pkg:generic/ucrt"
                )
                return name
            return None
        package = self._system.get(str(place))
        if package is None:
            return None
        if package not in self._by_name:
            self._by_name[package] = _debian(package)
        return package


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _distribution(dist: metadata.Distribution) -> Component:
    # In Python 3.11's types it has no get.
    about: Any = dist.metadata
    name = _normal(about["Name"])
    licence = about.get("License-Expression") or _EXPRESSIONS.get(name)
    if not licence:
        raise UnknownOriginError(f"{name} names no SPDX licence: add it to installer/shipped.py.")
    texts = [
        Path(str(dist.locate_file(file))).read_text(encoding="utf-8", errors="replace")
        for file in dist.files or ()
        if ".dist-info" in str(file) and _NOTICE_FILE.search(PurePosixPath(str(file)).name)
    ]
    if name in ("pyside6-essentials", "shiboken6"):
        texts = [licence_text("LGPL-3.0-only"), licence_text("GPL-3.0-only")]
    if name == "nvidia-ml-py":
        texts = [_head_of(Path(str(dist.locate_file("pynvml.py"))))]
    if not texts:
        raise UnknownOriginError(f"{name} comes without the text of its licence.")
    parts = [_part(entry) for entry in _sboms(dist)]
    if name == "numpy":
        parts += [
            Component(part, "", expression, f"pkg:generic/{part.lower()}")
            for part, expression, _ in _NUMPY_PARTS
        ]
    return Component(
        name=str(about["Name"]),
        version=dist.version,
        licence=licence,
        purl=f"pkg:pypi/{name}@{dist.version}",
        texts=tuple(texts),
        homepage=_homepage(about),
        parts=tuple(parts),
    )


def _homepage(about: Any) -> str:
    if about.get("Home-page", "").startswith("http"):
        return str(about["Home-page"])
    links = [entry.partition(",") for entry in about.get_all("Project-URL") or ()]
    wanted = ("homepage", "source", "repository", "documentation")
    by_label = {label.strip().lower(): url.strip() for label, _, url in links}
    return next((by_label[label] for label in wanted if label in by_label), "")


def _head_of(file: Path) -> str:
    """The comment at the top of a source file."""
    lines = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.strip("# ").rstrip())
    return "\n".join(lines).strip() + "\n"


def _sboms(dist: metadata.Distribution) -> list[dict[str, Any]]:
    """What a wheel says of the libraries that were compiled into it (PEP 770)."""
    found: list[dict[str, Any]] = []
    for file in dist.files or ():
        if ".dist-info/sboms/" in str(file) and str(file).endswith(".json"):
            told = json.loads(Path(str(dist.locate_file(file))).read_text(encoding="utf-8"))
            found += [entry for entry in told.get("components", ()) if entry.get("name")]
    return found


def _part(entry: dict[str, Any]) -> Component:
    licences = [
        one.get("expression") or one.get("license", {}).get("id") or ""
        for one in entry.get("licenses", ())
    ]
    if not any(licences):
        raise UnknownOriginError(f"{entry['name']} inside a wheel has no licence.")
    return Component(
        name=entry["name"],
        version=entry.get("version", ""),
        licence=" AND ".join(f"({one})" if " " in one else one for one in licences)
        if len(licences) > 1
        else licences[0],
        purl=entry.get("purl", ""),
    )


def _python() -> Component:
    import platform

    version = platform.python_version()
    stdlib = Path(sysconfig.get_path("stdlib"))
    places = (
        stdlib / "LICENSE.txt",
        Path(sys.base_prefix) / "LICENSE.txt",
        Path(f"/usr/share/doc/python{sys.version_info[0]}.{sys.version_info[1]}/copyright"),
    )
    text = next((place.read_text("utf-8") for place in places if place.is_file()), None)
    if text is None:
        raise UnknownOriginError("The licence of Python was not found beside its library.")
    return Component(
        "Python", version, "PSF-2.0", f"pkg:generic/python@{version}", (text,),
        "https://www.python.org/",
    )  # fmt: skip


def _boot_program() -> Component:
    dist = metadata.distribution("pyinstaller")
    texts = tuple(
        Path(str(dist.locate_file(file))).read_text(encoding="utf-8")
        for file in dist.files or ()
        if PurePosixPath(str(file)).name.startswith("COPYING")
    )
    return Component(
        "PyInstaller boot program",
        dist.version,
        "GPL-2.0-or-later WITH Bootloader-exception",
        f"pkg:pypi/pyinstaller@{dist.version}",
        texts,
        "https://pyinstaller.org/",
    )


def _qt() -> Component:
    version = metadata.version("PySide6-Essentials")
    told = json.loads((LICENCES / "qt_parts.json").read_text(encoding="utf-8"))
    parts = tuple(
        Component(
            f"{part['name']} ({part['where']})",
            "",
            part["licence"],
            "",
            copyright=part["copyright"],
        )
        for part in told["parts"]
    )
    return Component(
        "Qt",
        version,
        "LGPL-3.0-only",
        f"pkg:generic/qt@{version}",
        (licence_text("LGPL-3.0-only"), licence_text("GPL-3.0-only")),
        "https://www.qt.io/",
        parts,
        "Copyright (C) The Qt Company Ltd and other contributors",
    )


def _builder_version() -> str:
    try:
        return metadata.version("pyinstaller")
    except metadata.PackageNotFoundError:
        return ""


def _debian(package: str) -> Component:
    told = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}", package],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    notice = Path("/usr/share/doc") / package / "copyright"
    licence = _OF_DEBIAN.get(package) or ("X11" if package.startswith("libxcb") else None)
    if licence is None:
        raise UnknownOriginError(f"{package} is copied from the system: name its licence.")
    if not notice.is_file():
        raise UnknownOriginError(f"{package} has no {notice}.")
    text = notice.read_text(encoding="utf-8", errors="replace")
    return Component(
        package, told, licence, f"pkg:deb/debian/{package}@{told}", (text,),
        f"https://tracker.debian.org/pkg/{package}",
    )  # fmt: skip


def licence_text(identifier: str) -> str:
    """The text of a licence by its SPDX identifier."""
    return (LICENCES / f"{identifier}.txt").read_text(encoding="utf-8")
