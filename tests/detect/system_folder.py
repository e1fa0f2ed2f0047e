"""Grows a machine's ``/sys`` in a folder from one readable text file.

Real trees have colons in their names and links everywhere, which some systems cannot check out.
``[path]`` begins a folder; in it ``name value`` is a file (``\\n`` a new line, ``hex:`` bytes),
``name -> path`` a link, ``name !unreadable`` a file without permissions. Short forms:
``pci VENDOR DEVICE CLASS [SUBVENDOR:SUBDEVICE] [REVISION]`` and ``link NOW/WIDTH MOST/WIDTH`` write
what the kernel writes of each device, and every PCI device and display node gets the links that
the kernel makes in ``/sys/bus/pci/devices`` and ``/sys/class/drm``.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

DATA = Path(__file__).parents[1] / "data" / "detect"


def needs_sysfs() -> pytest.MarkDecorator:
    return pytest.mark.skipif(
        sys.platform == "win32", reason="a file cannot have a colon in its name on Windows"
    )


def grown(machine: str, root: Path) -> Path:
    """``grown("amd/rx7900xtx", tmp_path)``: the root folder of that machine."""
    return grow((DATA / machine / "system.txt").read_text(encoding="utf-8"), root)


def grow(text: str, root: Path) -> Path:
    here = root
    for raw in text.splitlines():
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            here = root / line.strip("[]")
            here.mkdir(parents=True, exist_ok=True)
            _links_of_the_kernel(root, here)
            continue
        name, _, value = line.partition(" ")
        _write(root, here, name, value)
    return root


def _write(root: Path, here: Path, name: str, value: str) -> None:
    if name == "pci":
        words = value.split()
        _files(here, vendor="0x" + words[0], device="0x" + words[1], **{"class": "0x" + words[2]})
        maker, _, board = (words[3] if len(words) > 3 else "0000:0000").partition(":")
        _files(here, subsystem_vendor="0x" + maker, subsystem_device="0x" + board)
        _files(here, revision="0x" + (words[4] if len(words) > 4 else "00"))
    elif name == "link":
        for when, pair in zip(("current", "max"), value.split(), strict=True):
            speed, _, width = pair.partition("/")
            _files(here, **{f"{when}_link_speed": f"{speed} GT/s PCIe"})
            _files(here, **{f"{when}_link_width": width})
    elif value.startswith("-> "):
        target = value.removeprefix("-> ")
        if name == "driver":
            target = f"sys/bus/pci/drivers/{target}"
            (root / target).mkdir(parents=True, exist_ok=True)
        (here / name).symlink_to(root / target)
    elif value == "!unreadable":
        (here / name).write_text("1\n")
        os.chmod(here / name, 0)
    else:
        path = here / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if value.startswith("hex:"):
            path.write_bytes(bytes.fromhex(value.removeprefix("hex:")))
        else:
            path.write_text(value.replace("\\n", "\n") + "\n", encoding="utf-8")


def _files(here: Path, **values: str) -> None:
    for name, value in values.items():
        (here / name).write_text(value + "\n")


def _links_of_the_kernel(root: Path, here: Path) -> None:
    for folder in (here, *here.parents):
        if re.fullmatch(r"[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]", folder.name):
            _link(root / "sys" / "bus" / "pci" / "devices" / folder.name, folder)
        if folder.parent.name == "drm" and "sys/devices" in folder.as_posix():
            _link(root / "sys" / "class" / "drm" / folder.name, folder)
            _link(folder / "device", folder.parent.parent)


def _link(place: Path, target: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    if not place.is_symlink():
        place.symlink_to(target)
