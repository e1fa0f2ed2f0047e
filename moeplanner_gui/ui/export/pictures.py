"""Charts as pictures to take away: heading, chart, source line; PNG at any scale, or SVG.

Everything is painted anew by the painters of the screen, so a picture is sharp at every scale
and says what the window says. In an SVG, text stays text: it can be selected and searched, and
its font falls back to the reader's sans-serif where it is missing. Knows no view.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter

from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say
from moeplanner_gui.export.safe_text import one_line
from moeplanner_gui.safe_write import write_file_atomically
from moeplanner_gui.ui.export.image import png_bytes
from moeplanner_gui.ui.export.sheet import make_font
from moeplanner_gui.ui.theme import Theme

MARGIN = 20.0
MOST_PIXELS = 16_000
"""The longest side of an image; larger ones are drawn at a smaller scale."""
SIZES = (
    (say("Forum post, 960 × 540"), QSize(960, 540)),
    (say("Slide, 1280 × 720"), QSize(1280, 720)),
    (say("Poster, 1920 × 1080"), QSize(1920, 1080)),
)
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_FAMILY = re.compile(r'font-family="([^"]*)"')
_FALLBACK = "'Segoe UI', 'Helvetica Neue', 'Noto Sans', Arial, sans-serif"


@dataclass(frozen=True)
class Picture:
    """A chart with its words.

    Attributes:
        key: How its file is called: ``memory``.
        title: What it shows.
        paint: Paints the chart into a rectangle with the painter's font.
        sentence: The answer of the chart, written below it; "" for none.
        height: The height that the chart takes at a width, None where it fills any.
    """

    key: str
    title: str
    paint: Callable[[QPainter, QRectF, Theme], object]
    sentence: str = ""
    height: Callable[[float], float] | None = None


@dataclass(frozen=True)
class Heading:
    """Whose picture it is: the plan's name, and the line of program, data and day."""

    plan: str
    source: str


def size_of(picture: Picture, size: QSize) -> QSize:
    """The picture's size in logical pixels: a chart with rows of its own takes their height."""
    if picture.height is None:
        return size
    room = _Layout(picture, Heading("", ""), size)
    height = picture.height(room.width) + room.above + room.below
    return QSize(size.width(), round(height))


def paint_picture(
    painter: QPainter, size: QSize, picture: Picture, heading: Heading, theme: Theme
) -> None:
    """Paint heading, chart and source line on the theme's ground."""
    room = _Layout(picture, heading, size)
    painter.fillRect(QRect(0, 0, size.width(), size.height()), QColor(theme.panel))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    y = MARGIN
    for text, font, color in (
        (picture.title, room.strong, theme.text),
        (heading.plan, room.base, theme.text2),
    ):
        y = _line(painter, text, font, color, y, room.width)
    painter.save()
    painter.setFont(room.base)
    area = QRectF(MARGIN, room.above, room.width, size.height() - room.above - room.below)
    picture.paint(painter, area, theme)
    painter.restore()
    y = size.height() - room.below + 6
    for line in room.sentence:
        y = _line(painter, line, room.base, theme.text, y, room.width)
    _line(painter, heading.source, room.small, theme.text2, y + 2, room.width)


def picture_image(
    picture: Picture, heading: Heading, theme: Theme, size: QSize, scale: float = 2.0
) -> QImage:
    """The picture in pixels, ``scale`` of them for each logical one."""
    real = size_of(picture, size)
    scale = min(scale, MOST_PIXELS / max(real.width(), real.height()))
    image = QImage(real * scale, QImage.Format.Format_ARGB32_Premultiplied)
    if image.isNull():
        raise OSError(say("The picture is too large to draw."))
    image.setDevicePixelRatio(scale)
    image.fill(QColor(theme.panel))
    painter = QPainter(image)
    paint_picture(painter, real, picture, heading, theme)
    painter.end()
    return image


def picture_svg(picture: Picture, heading: Heading, theme: Theme, size: QSize) -> bytes:
    """The picture as SVG, UTF-8."""
    from PySide6.QtSvg import QSvgGenerator

    real = size_of(picture, size)
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(real)
    generator.setViewBox(QRect(0, 0, real.width(), real.height()))
    generator.setTitle(one_line(picture.title))
    generator.setDescription(one_line(f"{heading.plan}. {picture.sentence} {heading.source}"))
    painter = QPainter()
    if not painter.begin(generator):
        raise OSError(say("The picture could not be drawn."))
    paint_picture(painter, real, picture, heading, theme)
    painter.end()
    buffer.close()
    text = bytes(content.data()).decode("utf-8", errors="replace")
    # Names may hold characters that no XML may have; the writer lets them through.
    text = _NOT_IN_XML.sub("", text)
    return _FAMILY.sub(_with_fallback, text).encode("utf-8")


def write_picture(
    path: str | os.PathLike[str], picture: Picture, heading: Heading, theme: Theme, size: QSize
) -> None:
    """Save the picture; the name's ending says whether as SVG or PNG.

    Raises:
        OSError: The file could not be written; an existing one is unchanged.
    """
    if Path(path).suffix.lower() == ".svg":
        data = picture_svg(picture, heading, theme, size)
    else:
        data = png_bytes(picture_image(picture, heading, theme, size))
    write_file_atomically(path, data)


class _Layout:
    """The fonts, and how much room heading and foot take."""

    def __init__(self, picture: Picture, heading: Heading, size: QSize) -> None:
        self.strong, self.base = make_font(18, strong=True), make_font(13)
        self.small = make_font(11)
        self.width = max(size.width() - 2 * MARGIN, 50.0)
        metrics = {font: QFontMetricsF(font) for font in (self.strong, self.base, self.small)}
        self.above = MARGIN + metrics[self.strong].height() + metrics[self.base].height() + 12
        self.sentence = _wrapped(one_line(picture.sentence), metrics[self.base], self.width)
        foot = len(self.sentence) * metrics[self.base].height() + metrics[self.small].height()
        self.below = foot + 10 + MARGIN


def _wrapped(text: str, metrics: QFontMetricsF, width: float, most: int = 3) -> list[str]:
    """Text in lines of a width; the last of ``most`` lines is cut."""
    lines: list[str] = []
    words = text.split()
    while words and len(lines) < most:
        if len(lines) == most - 1:
            lines.append(" ".join(words))
            break
        taken = 1
        while taken < len(words) and (
            metrics.horizontalAdvance(" ".join(words[: taken + 1])) <= width
        ):
            taken += 1
        lines.append(" ".join(words[:taken]))
        words = words[taken:]
    return lines


def _line(painter: QPainter, text: str, font: QFont, color: str, y: float, width: float) -> float:
    """One line of plain text, cut where it is too long; answers where the next begins."""
    metrics = QFontMetricsF(font)
    painter.setFont(font)
    painter.setPen(QColor(color))
    # Measuring a text of ten thousand letters to cut it would take long.
    shown = metrics.elidedText(one_line(text, 400), Qt.TextElideMode.ElideRight, width)
    painter.drawText(QPointF(MARGIN, y + metrics.ascent()), shown)
    return y + metrics.height()


def _with_fallback(match: re.Match[str]) -> str:
    own = match[1].replace("'", "")
    return f"font-family=\"'{own}', {_FALLBACK}\""
