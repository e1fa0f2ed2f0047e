"""The program's icon in the forms that each system wants, drawn from ``resources/icons/app.svg``.

The file in ``resources`` is an outline in one colour for the window; a desktop shows icons on any
background, so here it stands on a tile.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path

import product

SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)
_TILE, _INK = "#1F5FBF", "#FFFFFF"
_ICO_SIZES = (16, 24, 32, 48, 64, 256)
_ICNS_KINDS = {"icp4": 16, "icp5": 32, "icp6": 64, "ic07": 128, "ic08": 256, "ic09": 512}


def tile_svg() -> str:
    """The icon for a desktop: the window's outline in white on a rounded tile."""
    outline = (product.ROOT / "resources" / "icons" / "app.svg").read_text(encoding="utf-8")
    drawing = outline[outline.index(">") + 1 : outline.rindex("</svg>")]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="128" height="128" viewBox="0 0 128 128">'
        f'<rect x="6" y="6" width="116" height="116" rx="24" fill="{_TILE}"/>'
        f'<g transform="translate(16 16) scale(6)" fill="none" stroke="{_INK}"'
        ' stroke-width="1.2" stroke-linecap="round" stroke-linejoin="round">'
        f"{drawing}</g></svg>\n"
    )


def png_files(sizes: tuple[int, ...] = SIZES) -> dict[int, bytes]:
    """The icon as PNG by edge length in pixels."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer
    from PySide6.QtWidgets import QApplication

    # With widgets: whoever draws icons first may go on to open windows.
    application = QApplication.instance() or QApplication([])
    renderer = QSvgRenderer(QByteArray(tile_svg().encode()))
    found = {}
    for size in sizes:
        image = QImage(size, size, QImage.Format.Format_ARGB32)
        image.fill(0)
        painter = QPainter(image)
        renderer.render(painter)
        painter.end()
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        image.save(buffer, "PNG")  # type: ignore[call-overload]  # bytes is what it refuses
        found[size] = bytes(buffer.data().data())
    del application
    return found


def ico_bytes(pictures: dict[int, bytes]) -> bytes:
    """A Windows icon that holds PNG pictures (Vista and later).

    Form: ICONDIR and ICONDIRENTRY, https://learn.microsoft.com/previous-versions/ms997538.
    """
    sizes = [size for size in _ICO_SIZES if size in pictures]
    head = struct.pack("<HHH", 0, 1, len(sizes))
    at, entries, bodies = len(head) + 16 * len(sizes), b"", b""
    for size in sizes:
        body = pictures[size]
        # 256 is written as 0.
        entries += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(body), at)
        bodies += body
        at += len(body)
    return head + entries + bodies


def icns_bytes(pictures: dict[int, bytes]) -> bytes:
    """A macOS icon that holds PNG pictures: four letters, length, picture."""
    body = b""
    for kind, size in _ICNS_KINDS.items():
        if size in pictures:
            body += kind.encode() + struct.pack(">I", len(pictures[size]) + 8) + pictures[size]
    return b"icns" + struct.pack(">I", len(body) + 8) + body


def write_icons(folder: Path) -> None:
    """Write ``moeplanner.ico`` and ``moeplanner.icns`` for the spec."""
    pictures = png_files()
    (folder / f"{product.COMMAND}.ico").write_bytes(ico_bytes(pictures))
    (folder / f"{product.COMMAND}.icns").write_bytes(icns_bytes(pictures))
