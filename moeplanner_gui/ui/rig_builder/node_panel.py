"""One node: its head, its slots in a flow, its host memory. Decides nothing about the plan."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QAbstractButton, QWidget

from moeplanner_gui.core.units import format_memory
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.charts.paint_memory import Segment, paint_memory_bar, part_label
from moeplanner_gui.ui.fonts import Faces, faces
from moeplanner_gui.ui.inks import ink, pen
from moeplanner_gui.ui.rig_builder.kept_icons import draw_icon
from moeplanner_gui.ui.rig_builder.paint_slot import slot_height
from moeplanner_gui.ui.rig_builder.parts_line import PartsLine
from moeplanner_gui.ui.rig_builder.rig_rows import (
    NodeRow,
    free_amount,
    free_text,
    short_amount,
)
from moeplanner_gui.ui.rig_builder.slot import SlotWidget
from moeplanner_gui.ui.style import ThemeProvider

if TYPE_CHECKING:
    from moeplanner_gui.ui.rig_builder.finding_marks import FindingMark

GAP = 10
CARD_WIDTH = 228
CARD_LIMIT = 340
EMPTY_WIDTH = 126
EMPTY_LIMIT = 200
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class _NodePart(QAbstractButton):
    """A painted line of a node that can be clicked and has the node's menu."""

    menu_wanted = Signal(int, QPoint)
    chosen = Signal(int)

    def __init__(self, row: NodeRow, themes: ThemeProvider, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes = themes
        self._row = row
        self._highlighted = ""
        self._refused, self._more = False, ""
        self._mark: FindingMark | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover, True)
        self._name()

    def set_row(self, row: NodeRow) -> None:
        """Show another state of the node."""
        before, self._row = self._row, row
        # A row has all slots of the node in it; most edits change nothing that is written here.
        if row is not before and self._shown(row) != self._shown(before):
            self._name()
            self.update()

    def _shown(self, row: NodeRow) -> tuple[object, ...]:
        """What of a row is drawn here or told to a screen reader."""
        raise NotImplementedError

    def set_drop(self, text: str, refused: bool = False, more: str = "") -> None:
        """Say what a drop here would do, or why nothing can be; an empty text ends it.

        ``more`` is said where there is room for all of it.
        """
        if (text, refused, more) != (self._highlighted, self._refused, self._more):
            self._highlighted, self._refused, self._more = text, refused, more
            self.update()

    def set_mark(self, mark: FindingMark | None) -> None:
        """Show that something was found about the node."""
        if mark != self._mark:
            self._mark = mark
            self._name()
            self.update()

    @property
    def drop_text(self) -> str:
        """What a drag over this line says."""
        return f"{self._highlighted}: {self._more}" if self._more else self._highlighted

    @property
    def drop_refused(self) -> bool:
        """Whether a drag over this line can drop nothing here."""
        return self._refused

    def _name(self) -> None:
        raise NotImplementedError

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_wanted.emit(self._row.node, event.globalPos())

    def focusInEvent(self, event: object) -> None:
        self.chosen.emit(self._row.node)
        self.update()

    def focusOutEvent(self, event: object) -> None:
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_Menu):
            self.menu_wanted.emit(
                self._row.node, self.mapToGlobal(QPoint(self.width() - 24, self.height()))
            )
        else:
            event.ignore()

    def _paint_focus(self, painter: QPainter, radius: float) -> None:
        if self.hasFocus():
            painter.setPen(pen(self._themes.theme.accent, 2.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), radius, radius)


class NodeHead(_NodePart):
    """Icon, name, host and totals of a node, with its menu at the right."""

    def _shown(self, row: NodeRow) -> tuple[object, ...]:
        return row.node, row.name, row.host, row.totals, row.found_texts, row.spoken

    def _name(self) -> None:
        self.setObjectName(f"node-{self._row.node}")
        mark = self._mark
        counted = f", {mark.counted}" if mark else ""
        said = f"{mark.lines}\n" if mark else ""
        self.setAccessibleName(f"{self._row.spoken}{counted}")
        self.setAccessibleDescription(
            said.replace("\n", " ") + say("Press Enter for host, memory, display and removal")
        )
        found = "".join(f"\n{text[:1].upper()}{text[1:]}." for text in self._row.found_texts[:1])
        self.setToolTip(
            say(
                "{0}Click for host, memory, display and removal. A host can be dropped here.{1}",
                said,
                found,
            )
        )

    def sizeHint(self) -> QSize:
        return QSize(200, max(32, round(faces().base.height) + 14))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.menu_wanted.emit(self._row.node, event.globalPosition().toPoint())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, row = QPainter(self), self._themes.theme, self._row
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        rect = QRectF(self.rect())
        if self._highlighted or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            ground = theme.selection if self._highlighted else theme.hover
            painter.setBrush(ink(theme.error_bg if self._refused else ground))
            painter.drawRoundedRect(rect, 5, 5)
        if self._highlighted:
            painter.setPen(pen(theme.error if self._refused else theme.accent, 2.0))
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 5, 5)
        inner = rect.adjusted(4, 0, -4, 0)
        top = round(rect.center().y() - 8)
        if self._refused:
            draw_icon(painter, QPointF(inner.left(), top), "no-entry", theme.error)
        else:
            mark = self._mark
            icon, color = ("server", theme.text2) if mark is None else (mark.icon, mark.ink(theme))
            draw_icon(painter, QPointF(inner.left(), top), icon, color)
        color = theme.text2 if self.underMouse() else theme.text3
        draw_icon(painter, QPointF(inner.right() - 16, top), "dots", color)
        inner = inner.adjusted(24, 0, -26, 0)
        strong, base = faces().strong, faces().base
        painter.setFont(strong.font)
        painter.setPen(ink(theme.error if self._refused else theme.text))
        name = self._highlighted or row.name
        if self._highlighted:
            # What the drop does is more than what the computer is called and made of.
            whole = strong.width(self.drop_text) <= inner.width()
            text = self.drop_text if whole else strong.elided(name, inner.width())
            painter.drawText(inner, _LEFT, text)
            self._paint_focus(painter, 5)
            return
        painter.drawText(inner, _LEFT, name)
        used = strong.width(name) + 10
        painter.setFont(base.font)
        painter.setPen(ink(theme.text2))
        totals = base.width(row.totals)
        painter.drawText(inner, _RIGHT, row.totals)
        room = max(0.0, inner.width() - used - totals - 16)
        for text in row.found_texts:
            # The host may be cut, a date or a number may not.
            if base.width(f"{text} · ") <= room:
                painter.drawText(inner.adjusted(used - 10, 0, 0, 0), _LEFT, f" · {text} · ")
                taken = base.width(f" · {text} · ") - 10
                used, room = used + taken, room - taken
                break
        painter.drawText(inner.adjusted(used, 0, 0, 0), _LEFT, base.elided(row.host, room))
        self._paint_focus(painter, 5)


class HostMemory(_NodePart):
    """The host memory of a node: text and bar.

    Signals:
        explain_wanted(path): The free figure was clicked.
        memory_wanted(node): What the operating system keeps was clicked.
    """

    explain_wanted = Signal(str)
    memory_wanted = Signal(int)

    def _shown(self, row: NodeRow) -> tuple[object, ...]:
        memory = (row.memory, row.memory_tightest, row.ram_gib, row.unit)
        return row.node, row.name, *memory

    def _name(self) -> None:
        row = self._row
        self._segments: list[Segment] = []
        self.setObjectName(f"host-memory-{row.node}")
        free = "" if row.memory is None else f", {free_text(row.memory, row.unit)}"
        said = say("Host memory of {0}: {1}", row.name, row.memory_text)
        self.setAccessibleName(f"{said}{free}")
        self.setAccessibleDescription(say("Press Enter to change the memory"))

    def sizeHint(self) -> QSize:
        return QSize(200, round(faces().base.height) + 38)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        held = [s.rect for s in self._segments if s.key == "held_back"]
        if any(rect.adjusted(-3, 0, 3, 0).contains(event.position()) for rect in held):
            self.memory_wanted.emit(self._row.node)
        elif self._row.memory_index >= 0:
            self.explain_wanted.emit(f"devices.{self._row.memory_index}.used_bytes")
        else:
            self.menu_wanted.emit(self._row.node, event.globalPosition().toPoint())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, row = QPainter(self), self._themes.theme, self._row
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        rect = QRectF(self.rect())
        painter.setPen(pen(theme.strong if self.underMouse() else theme.border))
        painter.setBrush(ink(theme.panel))
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        fonts = faces()
        line = QRectF(13, 8, rect.width() - 26, fonts.base.height + 4)
        at = QPointF(line.left(), round(line.center().y() - 8))
        draw_icon(painter, at, "ram", theme.text2)
        painter.setFont(fonts.strong.font)
        painter.setPen(ink(theme.text))
        painter.drawText(line.adjusted(24, 0, 0, 0), _LEFT, say("Host memory"))
        used = 24 + fonts.strong.width(say("Host memory")) + 10
        right = ""
        if row.memory is not None:
            over = row.memory.free_bytes < 0
            right = (
                say("{0} over", short_amount(row.memory.free_bytes, row.unit))
                if over
                else say("{0} free", free_amount(row.memory.free_bytes, row.unit))
            )
            painter.setPen(ink(theme.error if over else theme.text))
            painter.drawText(line, _RIGHT, right)
        room = line.width() - used - fonts.strong.width(right) - 10
        face = fonts.small if room < 300 else fonts.base
        painter.setFont(face.font)
        painter.setPen(ink(theme.text2))
        text = say("tightest · {0}", row.memory_text) if row.memory_tightest else row.memory_text
        painter.drawText(line.adjusted(used, 0, 0, 0), _LEFT, face.elided(text, room))
        if row.memory is not None:
            bar = QRectF(13, line.bottom() + 4, rect.width() - 26, 12)
            painter.setFont(fonts.small.font)
            self._segments = paint_memory_bar(painter, bar, row.memory, theme, labels=False)
        self._paint_focus(painter, 6)

    def tip_at(self, at: QPointF) -> str:
        """What the pointer is told there."""
        for segment in self._segments:
            if segment.rect.contains(at):
                size = format_memory(segment.size_bytes, unit=self._row.unit, decimals=2)
                return f"{part_label(segment.key)}: {size}"
        return say("How is this computed? Click to see.")


class NodePanel(QWidget):
    """One node. Its slots are reused when the plan changes, so that the focus stays.

    Signals:
        slot_added(SlotWidget): A slot was created and wants to be connected.
    """

    slot_added = Signal(object)

    def __init__(self, row: NodeRow, themes: ThemeProvider, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes = themes
        self.row = row
        self.head = NodeHead(row, themes, self)
        self.parts = PartsLine(row.node, themes, self)
        self.parts.set_parts(row.node, row.name, row.parts)
        self.memory = HostMemory(row, themes, self)
        self.slots: list[SlotWidget] = []
        self._asked: tuple[int, tuple[bool, ...], Faces] | None = None
        self._rows: list[list[int]] = []
        self._height = 0
        self._is_settled = False

    def set_row(self, row: NodeRow) -> bool:
        """Show another state; answers whether the places must be arranged again."""
        changed = [s.facts is None for s in row.slots] != [s.row.facts is None for s in self.slots]
        self.row = row
        self.head.set_row(row)
        self.parts.set_parts(row.node, row.name, row.parts)
        self.memory.set_row(row)
        while len(self.slots) > len(row.slots):
            gone = self.slots.pop()
            gone.hide()
            gone.deleteLater()
        for slot, slot_row in zip(self.slots, row.slots, strict=False):
            slot.set_row(slot_row)
        for slot_row in row.slots[len(self.slots) :]:
            slot = SlotWidget(slot_row, self._themes, self)
            self.slots.append(slot)
            self.slot_added.emit(slot)
            slot.show()
        if changed:
            self._order_focus()
        return changed

    def _order_focus(self) -> None:
        chain: list[QWidget] = [self.head, self.parts, *self.slots, self.memory]
        for before, after in pairwise(chain):
            QWidget.setTabOrder(before, after)

    def arrange(self, width: int) -> int:
        """Answers the height needed in ``width``; :meth:`settle` places what is in it."""
        empty = tuple(slot.facts is None for slot in self.row.slots)
        asked = (width, empty, faces())
        if asked != self._asked:
            self._asked, self._is_settled = asked, False
            head, parts = self.head.sizeHint().height(), self.parts.sizeHint().height()
            self._rows = flow(list(empty), width)
            slots = len(self._rows) * (int(slot_height()) + GAP)
            self._height = head + parts + 4 + slots + self.memory.sizeHint().height()
        return self._height

    def settle(self) -> None:
        """Place head, parts, slots and memory, and tell screen readers what the slots show, where
        that is not done yet.
        """
        for slot in self.slots:
            slot.settle_name()
        if self._is_settled or self._asked is None:
            return
        self._is_settled = True
        width, rows = self._asked[0], self._rows
        head = self.head.sizeHint().height()
        self.head.setGeometry(0, 0, width, head)
        parts = self.parts.sizeHint().height()
        self.parts.setGeometry(0, head, width, parts)
        y = head + parts + 4
        height = int(slot_height())
        index = 0
        for widths in rows:
            x = 0
            for wide in widths:
                self.slots[index].setGeometry(QRect(x, y, wide, height))
                x += wide + GAP
                index += 1
            y += height + GAP
        self.memory.setGeometry(0, y, width, self.memory.sizeHint().height())


def flow(empty: list[bool], width: int) -> list[list[int]]:
    """Widths of the slots, row by row. Cards share what empty slots leave.

    Later rows take the first row's card width, so that cards stand in columns.
    """
    rows: list[list[bool]] = []
    used = 0
    for is_empty in empty:
        wanted = EMPTY_WIDTH if is_empty else CARD_WIDTH
        if rows and used + GAP + wanted <= width:
            rows[-1].append(is_empty)
            used += GAP + wanted
        else:
            rows.append([is_empty])
            used = wanted
    card = CARD_LIMIT
    result = []
    for row in rows:
        room = width - GAP * (len(row) - 1)
        empties = sum(row)
        cards = len(row) - empties
        if cards:
            card = min(card, (room - empties * EMPTY_WIDTH) // cards, width)
            room -= cards * card
        hollow = min(EMPTY_LIMIT, room // empties) if empties else 0
        result.append([hollow if is_empty else card for is_empty in row])
    return result
