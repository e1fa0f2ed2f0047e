"""The archive for every Linux (unpack, run ``install.sh``) and the folder for an AppImage."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path

import icons
import linux_files
import product


def build_archive(frozen: Path, work: Path, out: Path, *, quick: bool) -> Path:
    """Make ``moeplanner-VERSION-linux-MACHINE.tar.zst``.

    Raises:
        subprocess.CalledProcessError: tar or zstd failed.
    """
    name = f"{product.COMMAND}-{product.version()}"
    top = work / "archive" / name
    shutil.rmtree(top.parent, ignore_errors=True)
    shutil.copytree(frozen, top / "program", symlinks=True, copy_function=os.link)
    for path, content in linux_files.desktop_files(compress_man=False).items():
        file = top / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    for script in ("install.sh", "uninstall.sh"):
        shutil.copyfile(linux_files.LINUX / script, top / script)
        (top / script).chmod(0o755)
    shutil.copyfile(linux_files.LINUX / "archive-readme.txt", top / "README.txt")
    file = out / f"{name}-linux-{platform.machine()}.tar.zst"
    # Sorted, nobody's, of one time: two builds of the same source are the same archive.
    command = [
        "tar", "--create", "--sort=name", "--owner=0", "--group=0", "--numeric-owner",
        f"--mtime=@{product.built_at()}", "--format=gnu",
        f"--use-compress-program=zstd -T0 {'-3' if quick else '-19'}",
        "--file", str(file), "--directory", str(top.parent), name,
    ]  # fmt: skip
    subprocess.run(command, check=True)
    return file


def build_appdir(frozen: Path, work: Path) -> Path:
    """Make the folder that an AppImage is packed from."""
    root = work / f"{product.NAME.replace(' ', '_')}.AppDir"
    shutil.rmtree(root, ignore_errors=True)
    target = root / "usr/lib" / product.COMMAND
    target.parent.mkdir(parents=True)
    shutil.copytree(frozen, target, symlinks=True, copy_function=os.link)
    for path, content in linux_files.desktop_files().items():
        file = root / "usr" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    (root / f"{product.COMMAND}.desktop").write_text(linux_files.desktop_entry(), "utf-8")
    (root / f"{product.COMMAND}.png").write_bytes(icons.png_files((256,))[256])
    (root / ".DirIcon").symlink_to(f"{product.COMMAND}.png")
    # $APPDIR is set by the runtime; without it (the folder by hand) the script's own place counts.
    start = root / "AppRun"
    start.write_text(
        '#!/bin/sh\nhere="${APPDIR:-$(dirname "$(readlink -f "$0")")}"\n'
        f'exec "$here/usr/lib/{product.COMMAND}/{product.COMMAND}" "$@"\n',
        encoding="utf-8",
    )
    start.chmod(0o755)
    return root


def build_appimage(appdir: Path, out: Path, runtime: Path) -> Path:
    """Pack the folder behind a type 2 runtime (https://github.com/AppImage/type2-runtime).

    Raises:
        FileNotFoundError: mksquashfs (squashfs-tools) is not installed, or there is no runtime.
        subprocess.CalledProcessError: mksquashfs failed.
    """
    file = out / f"{product.COMMAND}-{product.version()}-{platform.machine()}.AppImage"
    packed = appdir.with_suffix(".squashfs")
    when = str(product.built_at())
    # mksquashfs refuses both the variable and its options for times.
    environment = {key: text for key, text in os.environ.items() if key != "SOURCE_DATE_EPOCH"}
    command = [
        "mksquashfs", str(appdir), str(packed), "-noappend", "-root-owned", "-quiet",
        "-no-progress", "-comp", "zstd", "-mkfs-time", when, "-all-time", when,
    ]  # fmt: skip
    subprocess.run(command, check=True, env=environment)
    file.write_bytes(runtime.read_bytes() + packed.read_bytes())
    file.chmod(0o755)
    packed.unlink()
    return file
