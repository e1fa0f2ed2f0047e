"""The Debian package: the frozen folder below ``/usr/lib/moeplanner``, and what a desktop wants.

There are no maintainer scripts: the triggers of shared-mime-info, desktop-file-utils and the icon
theme notice the files, as they do for every package of Debian.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import debian_owners
import linux_files
import product

_FOLDER = Path("usr/lib") / product.COMMAND
_ALSO = ("xkb-data",)
"""libxkbcommon, which is brought along, reads its keyboards from there."""
_RECOMMENDS = (
    "shared-mime-info, desktop-file-utils, xdg-utils, hicolor-icon-theme, fonts-dejavu-core"
)
_LIBSTDCXX = {25: "8", 26: "9", 28: "9", 29: "11", 30: "12", 31: "13", 32: "13", 33: "14"}
"""The release of libstdc++6 that has GLIBCXX_3.4.N (gcc's manual, "ABI policy and guidelines")."""


def build(frozen: Path, work: Path, out: Path, *, quick: bool) -> Path:
    """Make ``moeplanner_VERSION_ARCH.deb``; ``quick`` packs in seconds and half as large again.

    Raises:
        subprocess.CalledProcessError: dpkg-deb failed.
        LookupError: A library that is linked belongs to no installed package.
    """
    root = work / "deb"
    shutil.rmtree(root, ignore_errors=True)
    target = root / _FOLDER
    target.parent.mkdir(parents=True)
    # Hard links: the folder is as large as all the rest.
    shutil.copytree(frozen, target, symlinks=True, copy_function=os.link)
    for path, content in linux_files.desktop_files().items():
        _write(root / "usr" / path, content)
    (root / "usr/bin").mkdir()
    (root / "usr/bin" / product.COMMAND).symlink_to(f"../lib/{product.COMMAND}/{product.COMMAND}")
    _write_documents(root)
    _set_modes(root)
    depends = dependencies(target)
    control = root / "DEBIAN"
    _write(control / "control", _control(depends, root).encode())
    _write(control / "md5sums", _md5sums(root).encode())
    when = product.built_at()
    for path in (root, *root.rglob("*")):
        os.utime(path, (when, when), follow_symlinks=False)
    file = out / f"{product.COMMAND}_{product.version()}_{architecture()}.deb"
    packing = ["-Zzstd", "-z3"] if quick else ["-Zxz", "-z6"]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(when)}
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", *packing, "--build", str(root), str(file)],
        check=True, env=environment, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return file


def architecture() -> str:
    """Debian's name of this machine's architecture, such as amd64."""
    done = subprocess.run(
        ["dpkg", "--print-architecture"], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def dependencies(folder: Path) -> list[str]:
    """What the program links and does not bring along, as Debian packages.

    Only the C and C++ libraries get a least version, from the symbols that are used. The others
    are older than the C library that is asked for in every distribution that has it, so that a
    version would say nothing.

    Raises:
        LookupError: A library is in no installed package, so that its name is not known.
    """
    files = [str(file) for file in folder.rglob("*") if is_elf(file)]
    told = subprocess.run(
        ["readelf", "-dVW", *files], capture_output=True, text=True, check=True
    ).stdout
    here = {Path(file).name for file in folder.rglob("*.so*")}
    linked = set(re.findall(r"\(NEEDED\)\s+Shared library: \[(.+?)\]", told)) - here
    libc = max((int(a), int(b)) for a, b in re.findall(r"GLIBC_(\d+)\.(\d+)", told))
    libstdcxx = max(int(n) for n in re.findall(r"GLIBCXX_3\.4\.(\d+)", told))
    least = {
        "libc6": f"{libc[0]}.{libc[1]}",
        "libstdc++6": _LIBSTDCXX.get(libstdcxx, max(_LIBSTDCXX.values(), key=int)),
    }
    packages = sorted({*_packages_of(linked), *_ALSO})
    return [f"{name} (>= {least[name]})" if name in least else name for name in packages]


def is_elf(file: Path) -> bool:
    """True for a program or a library of Linux, and not for a link to one."""
    if file.is_symlink() or not file.is_file():
        return False
    with file.open("rb") as stream:
        return stream.read(4) == b"\x7fELF"


def _packages_of(libraries: set[str]) -> set[str]:
    told = subprocess.run(
        ["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True
    ).stdout
    places: dict[str, str] = {}
    for line in told.splitlines()[1:]:
        name, _, place = line.strip().partition(" => ")
        places.setdefault(name.partition(" ")[0], place)
    wanted = {
        library: places.get(library) or f"/lib64/{library}"
        for library in libraries
        if library in places or library.startswith("ld-linux")
    }
    found = debian_owners.owners(wanted.values())
    missing = sorted(one for one in libraries if wanted.get(one) not in found)
    if missing:
        raise LookupError(f"These libraries are in no installed package: {', '.join(missing)}")
    return set(found.values())


def _control(depends: list[str], root: Path) -> str:
    size = sum(file.stat().st_size for file in root.rglob("*") if not file.is_symlink())
    return f"""Package: {product.COMMAND}
Version: {product.version()}
Architecture: {architecture()}
Maintainer: {product.CONTACT}
Installed-Size: {size // 1024}
Depends: {", ".join(depends)}
Recommends: {_RECOMMENDS}
Section: science
Priority: optional
Description: {product.SUMMARY[0].lower() + product.SUMMARY[1:]}
 Does the model fit, how long a context does it hold, how fast is it, what does
 it cost, and what would have to be bought? Every figure says how it was
 computed, from what, and how sure it is.
 .
 Python, Qt and numpy are brought along; the notices of third parties lie in
 /usr/share/doc/{product.COMMAND}.
"""


def _write_documents(root: Path) -> None:
    doc = root / "usr/share/doc" / product.COMMAND
    licence = (product.ROOT / "LICENSE").read_text(encoding="utf-8").strip()
    text = licence.partition("\n\n")[2].partition("\n\n")[2]
    body = "\n".join(f" {line}" if line.strip() else " ." for line in text.splitlines())
    _write(
        doc / "copyright",
        f"""Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: {product.NAME}
Comment: This package also holds Python, Qt, numpy and other works of third
 parties in binary form, each under its own licence. THIRD-PARTY-NOTICES.txt in
 this folder names them all with their texts; sbom.cdx.json lists them for
 programs.

Files: *
Copyright: 2026 {product.PUBLISHER}
License: Expat
{body}
""".encode(),
    )
    stamp = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(product.built_at()))
    changes = (
        f"{product.COMMAND} ({product.version()}) unstable; urgency=medium\n\n"
        f"  * Release {product.version()}.\n\n -- {product.CONTACT}  {stamp}\n"
    )
    _write(doc / "changelog.gz", gzip.compress(changes.encode(), 9, mtime=0))
    for name in ("THIRD-PARTY-NOTICES.txt", "sbom.cdx.json"):
        (doc / name).symlink_to(
            f"../../../lib/{product.COMMAND}/_internal/moeplanner_gui/_data/{name}"
        )
    _write(
        root / "usr/share/lintian/overrides" / product.COMMAND,
        (linux_files.LINUX / "lintian-overrides").read_bytes(),
    )


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def _set_modes(root: Path) -> None:
    for path in (root, *root.rglob("*")):
        if path.is_symlink():
            continue
        runs = path.is_dir() or path == root / _FOLDER / product.COMMAND
        path.chmod(0o755 if runs else 0o644)


def _md5sums(root: Path) -> str:
    lines = [
        f"{hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()}"
        f"  {file.relative_to(root)}"
        for file in sorted((root / "usr").rglob("*"))
        if file.is_file() and not file.is_symlink()
    ]
    return "\n".join(lines) + "\n"
