#!/usr/bin/env python3
"""Builds every package that this system can, with sizes and checksums.

    python installer/build.py                     all for a release, into dist/packages
    python installer/build.py --quick             the same, packed fast and larger
    python installer/build.py --only folder deb   some of it
    python installer/build.py --runtime FILE      on Linux also the AppImage

Run it with a Python that has what requirements-package.lock names. Linux makes deb, tar and the
AppDir; Windows zip and inno (the installer, where Inno Setup's iscc is found); macOS dmg.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import product

KINDS = {
    "linux": ("folder", "deb", "tar", "appdir"),
    "win32": ("folder", "zip", "inno"),
    "darwin": ("folder", "dmg"),
}


def main(argv: list[str] | None = None) -> int:
    """Build what was asked for; 0 when all of it was made."""
    chosen = _parser().parse_args(argv)
    os.environ["SOURCE_DATE_EPOCH"] = str(product.built_at())
    out = chosen.out.resolve()
    work = (chosen.work or out / "work").resolve()
    out.mkdir(parents=True, exist_ok=True)
    kinds = chosen.only or KINDS.get(sys.platform)
    if not kinds:
        print(f"No package is known for {sys.platform}.", file=sys.stderr)
        return 1
    changed = " with changes" if product.is_changed() else ""
    print(f"{product.NAME} {product.version()}, {product.commit()[:12] or 'no git'}{changed}")
    frozen = _timed("folder", lambda: _frozen(work, chosen))
    made = [file for kind in kinds if (file := _make(kind, frozen, work, out, chosen))]
    _write_papers(frozen, out, made)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Build the packages that this system can.")
    parser.add_argument("--out", type=Path, default=product.ROOT / "dist" / "packages")
    parser.add_argument("--work", type=Path, help="where to build; below --out by default")
    parser.add_argument("--only", nargs="+", choices=sorted({*sum(KINDS.values(), ())}))
    parser.add_argument("--quick", action="store_true", help="pack fast: larger files")
    parser.add_argument("--keep-folder", action="store_true", help="use the folder of last time")
    parser.add_argument("--runtime", type=Path, help="a type 2 runtime: make the AppImage")
    parser.add_argument("--target-arch", default="", help="macOS: x86_64, arm64 or universal2")
    return parser


def _frozen(work: Path, chosen: argparse.Namespace) -> Path:
    import freeze

    name = f"{product.NAME}.app" if sys.platform == "darwin" else product.COMMAND
    there = work / "dist" / name
    if chosen.keep_folder and there.is_dir():
        return there
    return freeze.freeze(work, chosen.target_arch)


def _make(
    kind: str, frozen: Path, work: Path, out: Path, chosen: argparse.Namespace
) -> Path | None:
    if kind == "deb":
        import debian_package

        return _timed(kind, lambda: debian_package.build(frozen, work, out, quick=chosen.quick))
    if kind == "tar":
        import linux_archive

        return _timed(
            kind, lambda: linux_archive.build_archive(frozen, work, out, quick=chosen.quick)
        )
    if kind == "appdir":
        import linux_archive

        appdir = _timed(kind, lambda: linux_archive.build_appdir(frozen, work))
        if chosen.runtime is None:
            print("         no AppImage: give a type 2 runtime with --runtime")
            return None
        return _timed("appimage", lambda: linux_archive.build_appimage(appdir, out, chosen.runtime))
    if kind in ("zip", "inno"):
        import windows_packages

        make = windows_packages.build_zip if kind == "zip" else windows_packages.build_installer
        return _timed(kind, lambda: make(frozen, work, out))
    if kind == "dmg":
        import macos_packages

        return _timed(kind, lambda: macos_packages.build_dmg(frozen, work, out))
    return None


def _timed(kind: str, make: Callable[[], Path]) -> Path:
    started = time.monotonic()
    made = make()
    print(f"{kind:>8}: {_mb(made):>9}  {time.monotonic() - started:5.1f} s  {made}", flush=True)
    return made


def _mb(made: Path) -> str:
    """The size on the disk without links, in MB of 10^6 bytes."""
    files = [made] if made.is_file() else made.rglob("*")
    seen = {file.stat().st_ino: file.stat().st_size for file in files if _counts(file)}
    return f"{sum(seen.values()) / 1e6:.1f} MB"


def _counts(file: Path) -> bool:
    return file.is_file() and not file.is_symlink()


def _write_papers(frozen: Path, out: Path, made: list[Path]) -> None:
    """Notices, bill of materials and checksums beside the packages."""
    import sbom

    for name in ("THIRD-PARTY-NOTICES.txt", "sbom.cdx.json"):
        source = next(frozen.rglob(f"_data/{name}"))
        made.append(out / f"{product.COMMAND}-{product.version()}-{name}")
        shutil.copyfile(source, made[-1])
    try:
        wrong = sbom.problems(made[-1].read_text(encoding="utf-8"))
    except ImportError:
        print("The bill of materials was not checked: cyclonedx-python-lib is not installed.")
    else:
        if wrong:
            raise SystemExit("The bill of materials is not valid:\n" + "\n".join(wrong))
        print(f"    sbom: valid CycloneDX {sbom.SPECIFICATION}")
    lines = []
    for file in sorted(made):
        with file.open("rb") as stream:
            lines.append(f"{hashlib.file_digest(stream, 'sha256').hexdigest()}  {file.name}\n")
    (out / "SHA256SUMS").write_text("".join(lines), encoding="utf-8", newline="\n")
    print("".join(lines), end="")


if __name__ == "__main__":
    sys.exit(main())
