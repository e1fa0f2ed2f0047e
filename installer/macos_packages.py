"""The disk image for macOS: the bundle beside a link to Applications.

Untested until a macOS runner has built it. With a Developer ID, ``installer/macos/sign.sh`` signs
the bundle before and the image after; without one PyInstaller's ad-hoc signature stays.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path

import product

SIGN = Path(__file__).resolve().parent / "macos" / "sign.sh"


def build_dmg(bundle: Path, work: Path, out: Path) -> Path:
    """Make ``moeplanner-VERSION-macos-MACHINE.dmg``; signed where ``IDENTITY`` is set.

    Raises:
        subprocess.CalledProcessError: hdiutil or a tool for signing failed.
    """
    file = out / f"{product.COMMAND}-{product.version()}-macos-{platform.machine()}.dmg"
    stage = work / "image"
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir(parents=True)
    is_signed = bool(os.environ.get("IDENTITY"))
    if is_signed:
        subprocess.run([str(SIGN), str(bundle)], check=True)
    # ditto keeps links, rights and the signature.
    subprocess.run(["ditto", str(bundle), str(stage / bundle.name)], check=True)
    (stage / "Applications").symlink_to("/Applications")
    subprocess.run(image_command(stage, file), check=True)
    if is_signed:
        subprocess.run([str(SIGN), str(bundle), str(file)], check=True)
    return file


def image_command(stage: Path, file: Path) -> list[str]:
    """How the image is made: compressed by LZFSE, which macOS reads since 10.11."""
    return [
        "hdiutil", "create", "-volname", product.NAME, "-srcfolder", str(stage),
        "-format", "ULFO", "-ov", str(file),
    ]  # fmt: skip
