"""The pictures of the guide: ``python installer/make_screenshots.py guide``.

English, light, only the part of the window that a chapter is about, in at most 256 colours: the
guide is shipped with the program, so its pictures have to be small.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SIZE = (1280, 720)
TALL = (1280, 900)
"""The window where only its tabs are kept."""
MOST_BYTES = 3_000_000


@dataclass(frozen=True)
class GuidePicture:
    """One picture: the scene it shows and what of the window is kept.

    ``part`` is ``window``, ``tabs`` (what is below the rig), ``dialog`` (what the scene opened) or
    ``top`` (the window as far down as the rig).
    """

    name: str
    scene: str
    part: str


PICTURES = (
    GuidePicture("main", "main", "window"),
    GuidePicture("memory", "main", "tabs"),
    GuidePicture("context", "context", "tabs"),
    GuidePicture("speed", "speed", "tabs"),
    GuidePicture("cost", "cost", "tabs"),
    GuidePicture("checks", "checks", "tabs"),
    GuidePicture("advice", "advice", "top"),
    GuidePicture("memory-terms", "memory-terms", "dialog"),
    GuidePicture("import", "import", "dialog"),
    GuidePicture("card-editor", "card-editor", "dialog"),
    GuidePicture("detect", "detect", "dialog"),
    GuidePicture("start-it", "start-it", "dialog"),
    GuidePicture("find", "find", "window"),
    GuidePicture("compare", "compare", "window"),
    # Last, as it gives the tabs more of the window than the others.
    GuidePicture("reality", "reality", "tabs"),
)


def take_guide_pictures(
    folder: Path,
    scenes: dict[str, Callable[[Any], Any]],
    settle: Callable[[Any, Any], None],
    put_over: Callable[[Any, Any, Any], None],
) -> None:
    """Take all of them with one window and write them as ``NAME.png``."""
    from moeplanner_gui.ui.app import build_window, create_application

    application = create_application()
    window = build_window()
    window.themes.set_mode("light")
    window.resize(*SIZE)
    window.show()
    sample = window.document.plan
    total = 0
    for picture in PICTURES:
        window.document.open(sample, None)
        window.resize(*(TALL if picture.part == "tabs" else SIZE))
        window.rows.restore([160, 480] if picture.part == "tabs" else [300, 260])
        over = scenes[picture.scene](window)
        settle(application, window)
        path = folder / f"{picture.name}.png"
        image = _shown(window, over, picture.part, put_over)
        if over is not None:
            over.close()
        _in_few_colours(image).save(str(path), "PNG", 0)
        total += path.stat().st_size
        print(f"{path} {path.stat().st_size:,} bytes")
        window.explain.hide()
        window.finder.close()
        window.compare.leave()
        while len(window.document.sessions) > 1:
            window.document.close(window.document.sessions[-1])
    print(f"{total:,} bytes of pictures")
    if total > MOST_BYTES:
        raise SystemExit(f"The guide's pictures have more than {MOST_BYTES:,} bytes.")


def _shown(window: Any, over: Any, part: str, put_over: Callable[[Any, Any, Any], None]) -> Any:
    if part == "dialog":
        return over.grab().toImage()
    image = window.grab().toImage()
    if over is not None:
        put_over(image, window, over)
    if part == "tabs":
        top = window.tabs.mapTo(window, window.tabs.rect().topLeft()).y()
        return image.copy(0, top, image.width(), window.status.y() - top)
    if part == "top":
        return image.copy(0, 0, image.width(), 480)
    return image


def _in_few_colours(image: Any) -> Any:
    """The picture with a palette: its most frequent colours, every other pixel the nearest."""
    import numpy
    from PySide6.QtGui import QImage

    image = image.convertToFormat(QImage.Format.Format_RGB32)
    raw = numpy.frombuffer(image.constBits(), numpy.uint32).reshape(image.height(), -1)
    pixels = raw[:, : image.width()] & 0xFFFFFF
    colours, where, counts = numpy.unique(pixels, return_inverse=True, return_counts=True)
    channels = numpy.stack([(colours >> shift) & 255 for shift in (16, 8, 0)], 1).astype(int)
    palette = _palette(channels, counts)
    far = ((channels[:, None, :] - palette[None, :, :]) ** 2).sum(2)
    index = far.argmin(1).astype(numpy.uint8)[where].reshape(pixels.shape)
    small = QImage(image.width(), image.height(), QImage.Format.Format_Indexed8)
    small.setColorTable([0xFF000000 | int(r) << 16 | int(g) << 8 | int(b) for r, g, b in palette])
    for row in range(image.height()):
        small.scanLine(row)[: image.width()] = index[row].tobytes()
    return small


def _palette(channels: Any, counts: Any, most: int = 256) -> Any:
    """Colours that stand for all: each time the one whose pixels are worst served so far."""
    import numpy

    chosen = [int(counts.argmax())]
    nearest = ((channels - channels[chosen[0]]) ** 2).sum(1)
    while len(chosen) < min(most, len(channels)):
        worst = int((nearest * numpy.sqrt(counts)).argmax())
        if nearest[worst] == 0:
            break
        chosen.append(worst)
        nearest = numpy.minimum(nearest, ((channels - channels[worst]) ** 2).sum(1))
    return channels[chosen]
