"""What travels in a drag or on the clipboard, and the picture under the pointer.

Knows the three vendor mime types and nothing of where they come from or go to, so that the
palette and the rig need not know each other.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError
from PySide6.QtCore import QMimeData, QObject, QPoint, QRectF, Qt
from PySide6.QtGui import QColor, QDrag, QFontMetricsF, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from moeplanner_gui.core.plan import Card
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.ui.fonts import font_base, font_small_strong
from moeplanner_gui.ui.icons import paint_icon
from moeplanner_gui.ui.theme import Theme

CARD_MIME = "application/vnd.moeplanner.card+json"
HOST_MIME = "application/vnd.moeplanner.host+json"
PART_MIME = "application/vnd.moeplanner.part+json"
GHOST_SIZE = (206, 36)
HOT_SPOT = QPoint(10, 10)

_card = TypeAdapter(Card)


@dataclass(frozen=True)
class CardDrag:
    """A card on its way. ``node`` and ``slot`` say where it came from when that was the rig."""

    source: Literal["parts", "rig"]
    card: Card
    node: int | None = None
    slot: int | None = None


@dataclass(frozen=True)
class HostDrag:
    """A host platform on its way."""

    host: str


@dataclass(frozen=True)
class PartDrag:
    """Any other part on its way; ``module_gb`` is the size of one module of memory."""

    part: str
    module_gb: int | None = None


Payload = CardDrag | HostDrag | PartDrag


def to_mime(payload: Payload, text: str) -> QMimeData:
    """The payload as mime data; ``text`` is what other programs get."""
    mime = QMimeData()
    if isinstance(payload, HostDrag):
        mime.setData(HOST_MIME, json.dumps({"host": payload.host}).encode())
    elif isinstance(payload, PartDrag):
        part = {"part": payload.part, "module_gb": payload.module_gb}
        mime.setData(PART_MIME, json.dumps(part).encode())
    else:
        card = payload.card
        plain: Any = card if isinstance(card, str) else card.model_dump(exclude_none=True)
        data = {
            "source": payload.source,
            "card": plain,
            "node": payload.node,
            "slot": payload.slot,
        }
        mime.setData(CARD_MIME, json.dumps(data).encode())
    mime.setText(text)
    return mime


def from_mime(mime: QMimeData | None) -> Payload | None:
    """The payload in ``mime``; None for foreign or damaged data, which may come from anywhere."""
    if mime is None:
        return None
    try:
        if mime.hasFormat(CARD_MIME):
            return _read_card(json.loads(bytes(mime.data(CARD_MIME).data())))
        if mime.hasFormat(HOST_MIME):
            host = json.loads(bytes(mime.data(HOST_MIME).data()))["host"]
            return HostDrag(host) if isinstance(host, str) and host else None
        if mime.hasFormat(PART_MIME):
            return _read_part(json.loads(bytes(mime.data(PART_MIME).data())))
    except (ValueError, KeyError, TypeError, ValidationError):
        return None
    return None


def _read_part(data: dict[str, Any]) -> PartDrag | None:
    part, size = data["part"], data.get("module_gb")
    if not isinstance(part, str) or not part:
        return None
    if size is not None and (type(size) is not int or not 1 <= size <= 4096):
        return None
    return PartDrag(part, size)


def _read_card(data: dict[str, Any]) -> CardDrag | None:
    card = _card.validate_json(json.dumps(data["card"]))
    if data["source"] == "parts":
        return CardDrag("parts", card)
    node, slot = data["node"], data["slot"]
    if data["source"] != "rig" or type(node) is not int or type(slot) is not int:
        return None
    return CardDrag("rig", card, node, slot)


def paint_ghost(
    painter: QPainter, rect: QRectF, icon: str, name: str, fact: str, theme: Theme
) -> None:
    """The card under the pointer: icon, name and, at the right, its memory."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(QPen(QColor(theme.accent), 1.0))
    painter.setBrush(QColor(theme.panel))
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
    paint_icon(painter, QRectF(rect.left() + 12, rect.center().y() - 8, 16, 16), icon, theme.accent)
    painter.setFont(font_small_strong())
    fact_width = QFontMetricsF(painter.font()).horizontalAdvance(fact) if fact else 0.0
    painter.setPen(QColor(theme.text))
    inner = rect.adjusted(36, 0, -12, 0)
    painter.drawText(inner, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, fact)
    painter.setFont(font_base())
    room = inner.width() - fact_width - (8 if fact else 0)
    shown = QFontMetricsF(painter.font()).elidedText(name, Qt.TextElideMode.ElideRight, room)
    painter.drawText(inner, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)


def ghost_pixmap(icon: str, name: str, fact: str, theme: Theme, ratio: float) -> QPixmap:
    """The ghost as a pixmap for a screen with device pixel ratio ``ratio``."""
    width, height = GHOST_SIZE
    pixmap = QPixmap(round(width * ratio), round(height * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint_ghost(painter, QRectF(0, 0, width, height), icon, name, fact, theme)
    painter.end()
    return pixmap


def new_drag(source: QWidget, mime: QMimeData, pixmap: QPixmap) -> QDrag:
    """A drag ready to be executed."""
    drag = QDrag(source)
    drag.setMimeData(mime)
    drag.setPixmap(pixmap)
    drag.setHotSpot(HOT_SPOT)
    return drag


def when_drag_ends(source: object, run: Callable[[], object]) -> None:
    """Call ``run`` when the drag that came from ``source`` is over.

    A cancelled drag does not send a leave event on every platform; the drag object, a child of
    the widget it began in, is gone on all of them.
    """
    if isinstance(source, QObject):
        for drag in source.findChildren(QDrag, options=Qt.FindChildOption.FindDirectChildrenOnly):
            drag.destroyed.connect(run)
