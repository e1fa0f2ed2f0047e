"""Icons: 16-pixel outlines tinted in a theme colour. Knows the icon files, no views.

The files in ``resources/icons`` draw with ``currentColor`` and a stroke of 1.4; the engine here
puts the colour in and renders them as vectors, so they are sharp at every scale factor.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from moeplanner_gui.ui.theme import Theme


def icons_dir() -> Path:
    """Where the icon files are."""
    from moeplanner_gui.catalog.paths import resources_dir

    return resources_dir() / "icons"


def icon_names() -> tuple[str, ...]:
    """Every icon there is, in alphabetical order."""
    return tuple(sorted(file.stem for file in icons_dir().glob("*.svg")))


@lru_cache(maxsize=256)
def _renderer(name: str, color: str) -> QSvgRenderer:
    try:
        text = (icons_dir() / f"{name}.svg").read_text(encoding="utf-8")
    except OSError:
        return QSvgRenderer()
    return QSvgRenderer(QByteArray(text.replace("currentColor", color).encode()))


def paint_icon(painter: QPainter, rect: QRectF, name: str, color: str) -> None:
    """Draw an icon into ``rect`` in ``color`` (``#RRGGBB``); draws nothing for an unknown name."""
    _renderer(name, color).render(painter, rect)


@lru_cache(maxsize=256)
def _pixmap(name: str, color: str, width: int, height: int) -> QPixmap:
    """An icon in pixels of the screen; a tool bar asks for it with every paint."""
    pixmap = QPixmap(width, height)
    if pixmap.isNull():
        # No room for an icon: Qt asks all the same, and warns of who paints on nothing.
        return pixmap
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint_icon(painter, QRectF(0, 0, width, height), name, color)
    painter.end()
    return pixmap


class _TintedEngine(QIconEngine):
    """Renders one icon in its colour, and in the disabled colour when the action is disabled."""

    def __init__(self, name: str, color: str, disabled: str) -> None:
        super().__init__()
        self._name = name
        self._color = color
        self._disabled = disabled

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        color = self._disabled if mode == QIcon.Mode.Disabled else self._color
        paint_icon(painter, QRectF(rect), self._name, color)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        color = self._disabled if mode == QIcon.Mode.Disabled else self._color
        return _pixmap(self._name, color, size.width(), size.height())

    def clone(self) -> QIconEngine:
        return _keep(_TintedEngine(self._name, self._color, self._disabled))


_engines: list[QIconEngine] = []


def _keep(engine: _TintedEngine) -> _TintedEngine:
    # QIcon deletes the C++ half; the Python half must outlive every icon that paints with it.
    _engines.append(engine)
    return engine


@lru_cache(maxsize=512)
def _icon(name: str, color: str, disabled: str) -> QIcon:
    return QIcon(_keep(_TintedEngine(name, color, disabled)))


def icon(name: str, theme: Theme, color: str | None = None) -> QIcon:
    """The icon ``name`` in ``color``, or in the theme's explanation colour."""
    return _icon(name, color or theme.text2, theme.disabled)
