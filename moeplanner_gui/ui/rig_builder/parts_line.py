"""The line under a computer's head that says what it is built of; a click changes it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.fonts import faces
from moeplanner_gui.ui.inks import ink, pen
from moeplanner_gui.ui.rig_builder.kept_icons import draw_icon
from moeplanner_gui.ui.rig_builder.parts_rows import NO_PARTS, NodeParts, PartPiece
from moeplanner_gui.ui.style import ThemeProvider

_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_BETWEEN = " · "


class PartsLine(QAbstractButton):
    """Board, processor, supply, case and disk; assumed ones with dots under them and the word.

    Signals:
        menu_wanted(node, QPoint): The node's menu is asked for.
        chosen(node): The keyboard came here.
        edit_wanted(node): The parts are to be changed.
    """

    menu_wanted = Signal(int, QPoint)
    chosen = Signal(int)
    edit_wanted = Signal(int)

    def __init__(self, node: int, themes: ThemeProvider, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes = themes
        self._node = node
        self._parts = NO_PARTS
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover, True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setObjectName(f"node-parts-{node}")
        self.setAccessibleDescription(say("Press Enter to change the parts"))
        self.clicked.connect(lambda: self.edit_wanted.emit(self._node))

    @property
    def parts(self) -> NodeParts:
        """What is shown."""
        return self._parts

    def set_parts(self, node: int, name: str, parts: NodeParts) -> None:
        """Show another state; ``name`` is that of the computer."""
        if (node, parts) == (self._node, self._parts) and self.accessibleName():
            return
        self._node, self._parts = node, parts
        self.setObjectName(f"node-parts-{node}")
        spoken = parts.spoken or say("none")
        self.setAccessibleName(say("Parts of {0}: {1}", name, spoken))
        lines = [
            say("{0} (assumed)", p.words)
            if p.assumed
            else say("{0} (none is chosen)", p.words)
            if p.missing
            else p.words
            for p in parts.pieces
        ]
        tip = "\n".join([*lines, parts.remark, parts.price]).strip()
        self.setToolTip(f"{tip}\n{say('Click to change the parts.')}".strip())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, max(24, round(faces().small.height) + 8))

    def focusInEvent(self, event: object) -> None:
        self.chosen.emit(self._node)
        self.update()

    def focusOutEvent(self, event: object) -> None:
        self.update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_wanted.emit(self._node, event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.click()
        elif event.key() == Qt.Key.Key_Menu:
            self.menu_wanted.emit(self._node, self.mapToGlobal(QPoint(24, self.height())))
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, parts = QPainter(self), self._themes.theme, self._parts
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        rect = QRectF(self.rect())
        if self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ink(theme.hover))
            painter.drawRoundedRect(rect, 5, 5)
        inner = rect.adjusted(28, 0, -8, 0)
        face = faces().small
        draw_icon(painter, QPointF(4, round(rect.center().y() - 8)), "board", theme.text2)
        painter.setFont(face.font)
        painter.setPen(ink(theme.text2))
        price = face.elided(parts.price, inner.width() / 2)
        painter.drawText(inner, _RIGHT, price)
        room = inner.width() - face.width(price) - 12
        if not parts.pieces:
            text = parts.remark or (
                say("here already") if parts.mine else say("No parts are listed")
            )
            painter.drawText(inner, _LEFT, face.elided(text, room))
        else:
            self._paint_pieces(painter, inner, room)
        if self.hasFocus():
            painter.setPen(pen(theme.accent, 2.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 5, 5)

    def _paint_pieces(self, painter: QPainter, inner: QRectF, room: float) -> None:
        theme, face = self._themes.theme, faces().small
        pieces, left = self._fitting(room)
        x, baseline = inner.left(), inner.center().y() + face.height / 2 - 1
        for number, piece in enumerate(pieces):
            if number:
                painter.setPen(ink(theme.text3))
                painter.drawText(QRectF(x, inner.top(), room, inner.height()), _LEFT, _BETWEEN)
                x += face.width(_BETWEEN)
            words = face.elided(_words(piece), inner.left() + room - x)
            painter.setPen(ink(theme.warn if piece.missing else theme.text2))
            painter.drawText(QRectF(x, inner.top(), room, inner.height()), _LEFT, words)
            width = face.width(words)
            if piece.assumed:
                dots = QPen(ink(theme.text3), 1.0, Qt.PenStyle.CustomDashLine)
                dots.setDashPattern([1.0, 2.0])
                painter.setPen(dots)
                painter.drawLine(QPointF(x, baseline), QPointF(x + width, baseline))
            x += width
        painter.setPen(ink(theme.text3))
        end = _more(left) + (f"  {say('assumed')}" if self._parts.any_assumed else "")
        end = face.elided(end, inner.left() + room - x)
        painter.drawText(QRectF(x, inner.top(), room, inner.height()), _LEFT, end)

    def _fitting(self, room: float) -> tuple[tuple[PartPiece, ...], int]:
        """The first pieces that fit whole, and how many are left out: no name is cut."""
        face, pieces = faces().small, self._parts.pieces
        tail = face.width(f"  {say('assumed')}") if self._parts.any_assumed else 0.0
        for count in range(len(pieces), 0, -1):
            left = len(pieces) - count
            need = tail + sum(face.width(_words(p)) for p in pieces[:count])
            need += face.width(_BETWEEN) * (count - 1)
            need += face.width(_more(left)) if left else 0.0
            if need <= room:
                return pieces[:count], left
        return pieces[:1], len(pieces) - 1


def _more(left: int) -> str:
    return f"{_BETWEEN}{say('{0} more', left)}" if left else ""


def _words(piece: PartPiece) -> str:
    return say("no {0}", piece.words) if piece.missing else piece.words
