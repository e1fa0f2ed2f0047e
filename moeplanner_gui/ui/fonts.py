"""The type scale: the system's font and a few steps from it. Knows no colours.

Sizes are relative to ``QApplication.font()`` so that the program follows the size the user set
for the whole system. Digits are tabular where the font and Qt (6.7) can do it: a column of
numbers then lines up and a changing number does not shake.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontInfo, QFontMetricsF
from PySide6.QtWidgets import QApplication

MINIMUM_PX = 11.0
"""Nothing on the screen is smaller than this."""

_cache: dict[tuple[float, bool], QFont] = {}
_cached_for: QFont | None = None
_WIDTHS_KEPT = 4096


def _font(step_px: float, *, strong: bool = False) -> QFont:
    global _cached_for
    base = QApplication.font()
    if base != _cached_for:
        _cache.clear()
        _cached_for = base
    key = (step_px, strong)
    known = _cache.get(key)
    if known is not None:
        return QFont(known)
    font = QFont(base)
    size = max(MINIMUM_PX, QFontInfo(base).pixelSize() + step_px)
    font.setPixelSize(round(size))
    font.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
    if hasattr(font, "setFeature"):  # Qt 6.7 and later
        font.setFeature(QFont.Tag("tnum"), 1)
    _cache[key] = font
    return QFont(font)


def font_small() -> QFont:
    """Labels, table headers and explanations."""
    return _font(-1.5)


def font_small_strong() -> QFont:
    """A label that names a group."""
    return _font(-1.5, strong=True)


def font_base() -> QFont:
    """Running text and table cells."""
    return _font(0.0)


def font_strong() -> QFont:
    """Values and names."""
    return _font(0.0, strong=True)


def font_heading() -> QFont:
    """The heading of a view."""
    return _font(2.0, strong=True)


def font_pill() -> QFont:
    """The verdict in its pill."""
    return _font(3.0, strong=True)


def font_answer() -> QFont:
    """The sentence that answers a view's question."""
    return _font(4.0, strong=True)


class Face:
    """One font with its line height and the widths of the texts it has drawn."""

    def __init__(self, font: QFont) -> None:
        self.font = font
        self.metrics = QFontMetricsF(font)
        self.height = float(round(self.metrics.height()))
        self._widths: dict[str, float] = {}
        self._elided: dict[tuple[str, float], str] = {}

    def width(self, text: str) -> float:
        """The advance of ``text``."""
        known = self._widths.get(text)
        if known is None:
            if len(self._widths) > _WIDTHS_KEPT:
                self._widths.clear()
            known = self._widths[text] = self.metrics.horizontalAdvance(text)
        return known

    def elided(self, text: str, room: float) -> str:
        """``text``, cut with an ellipsis where ``room`` is too small."""
        if self.width(text) <= room:
            return text
        known = self._elided.get((text, room))
        if known is None:
            if len(self._elided) > _WIDTHS_KEPT:
                self._elided.clear()
            known = self.metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0.0, room))
            self._elided[text, room] = known
        return known


class Faces:
    """The faces that are painted with, kept between paints: asking Qt again costs the frame."""

    def __init__(self) -> None:
        self.small = Face(font_small())
        self.small_strong = Face(font_small_strong())
        self.base = Face(font_base())
        self.strong = Face(font_strong())
        self.heading = Face(font_heading())
        self.pill = Face(font_pill())


_faces: tuple[QFont, Faces] | None = None


def faces() -> Faces:
    """The faces at the application's present font."""
    global _faces
    base = QApplication.font()
    if _faces is None or _faces[0] != base:
        _faces = (base, Faces())
    return _faces[1]
