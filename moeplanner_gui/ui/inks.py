"""Colours and pens of a theme, made once: a frame asks for the same thirty some hundred times.

Whoever is given one must not change it.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtGui import QColor, QPen


@lru_cache(maxsize=256)
def ink(color: str) -> QColor:
    """A colour of the theme (``"#1b1d21"``)."""
    return QColor(color)


@lru_cache(maxsize=256)
def pen(color: str, width: float = 1.0) -> QPen:
    """A plain pen of a colour of the theme; ``width`` in logical pixels."""
    return QPen(QColor(color), width)
