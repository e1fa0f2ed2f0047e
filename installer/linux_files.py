"""What a Linux desktop wants beside the program: entries, icons, type, AppStream, manual page.

The files in ``installer/linux`` are templates only where they name a version or a day.
"""

from __future__ import annotations

import gzip
import html
import re
from pathlib import Path

import icons
import product

LINUX = Path(__file__).resolve().parent / "linux"
_MAN = Path("share/man/man1") / f"{product.COMMAND}.1"


def desktop_files(*, compress_man: bool = True) -> dict[Path, bytes]:
    """Every file, by its path below ``/usr`` or ``~/.local``."""
    hicolor = Path("share/icons/hicolor")
    found = {
        Path(f"share/applications/{product.COMMAND}.desktop"): desktop_entry().encode(),
        Path(f"share/mime/packages/{product.COMMAND}.xml"): mime_type().encode(),
        Path(f"share/metainfo/{product.APP_ID}.metainfo.xml"): metainfo().encode(),
        hicolor / "scalable" / "apps" / f"{product.COMMAND}.svg": icons.tile_svg().encode(),
    }
    for size, picture in icons.png_files().items():
        found[hicolor / f"{size}x{size}" / "apps" / f"{product.COMMAND}.png"] = picture
    page = man_page().encode()
    if compress_man:
        # No name and no time in it: two builds are the same.
        found[_MAN.with_name(_MAN.name + ".gz")] = gzip.compress(page, 9, mtime=0)
    else:
        found[_MAN] = page
    return found


def desktop_entry(command: str = product.COMMAND) -> str:
    """The desktop entry; ``command`` is a full path where the program is not on the PATH."""
    text = (LINUX / f"{product.COMMAND}.desktop").read_text(encoding="utf-8")
    quoted = f'"{command}"' if re.search(r"[^A-Za-z0-9/._+-]", command) else command
    return re.sub(r"^Exec=\S+", lambda _: f"Exec={quoted}", text, flags=re.MULTILINE)


def mime_type() -> str:
    """What a plan file is."""
    return (LINUX / f"{product.COMMAND}.xml").read_text(encoding="utf-8")


def metainfo() -> str:
    """What a software centre shows."""
    text = (LINUX / "metainfo.xml").read_text(encoding="utf-8")
    return _filled(text, html.escape)


def man_page() -> str:
    """``man moeplanner``."""
    return _filled((LINUX / f"{product.COMMAND}.1").read_text(encoding="utf-8"), _roff)


def _filled(text: str, quoted: type[str] | object = str) -> str:
    values = {
        "VERSION": product.version(),
        "DAY": product.release_day(),
        "APP_ID": product.APP_ID,
        "NAME": product.NAME,
        "COMMAND": product.COMMAND,
        "MIME": product.MIME,
        "SUMMARY": product.SUMMARY,
        "PUBLISHER": product.PUBLISHER,
    }
    for name, value in values.items():
        text = text.replace(f"@{name}@", quoted(value))  # type: ignore[operator]
    left = re.search(r"@[A-Z_]+@", text)
    if left is not None:
        raise ValueError(f"Nothing is known to put in for {left.group(0)}.")
    return text


def _roff(value: str) -> str:
    return value.replace("\\", "\\\\").replace("-", "\\-")
