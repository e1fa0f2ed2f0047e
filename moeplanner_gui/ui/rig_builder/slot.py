"""One slot as a widget: focus, click, hover, the start of a drag, and what a screen reader hears.

It decides nothing about the plan: the canvas it sits on is told what the user wants.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QEnterEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from moeplanner_gui.core.units import format_memory
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.charts.paint_memory import Segment, part_label
from moeplanner_gui.ui.rig_builder.kept_icons import draw_icon
from moeplanner_gui.ui.rig_builder.paint_slot import (
    DropLook,
    SlotLook,
    Zone,
    paint_drop,
    paint_slot,
)
from moeplanner_gui.ui.rig_builder.rig_rows import SlotRow
from moeplanner_gui.ui.style import ThemeProvider

if TYPE_CHECKING:
    from moeplanner_gui.ui.rig_builder.finding_marks import FindingMark
    from moeplanner_gui.ui.rig_builder.live_line import LiveLine

_MENU = 24.0


class SlotWidget(QAbstractButton):
    """One slot.

    Signals:
        chosen(node, slot): Clicked or focused; the slot wants to be the selection.
        drag_wanted(node, slot): The pointer was dragged away from a card.
        menu_wanted(node, slot, QPoint): The menu was asked for at a global position.
        activated(node, slot): Enter or a double click.
        explain_wanted(path): A figure was clicked.
        memory_wanted(node, slot): What is held back was clicked.
    """

    chosen = Signal(int, int)
    drag_wanted = Signal(int, int)
    menu_wanted = Signal(int, int, QPoint)
    activated = Signal(int, int)
    explain_wanted = Signal(str)
    memory_wanted = Signal(int, int)

    def __init__(self, row: SlotRow, themes: ThemeProvider, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes = themes
        self._row = row
        self._selected = False
        self._drop: DropLook | None = None
        self._live: LiveLine | None = None
        self._mark: FindingMark | None = None
        self._zones: list[Zone] = []
        self._segments: list[Segment] = []
        self._pressed_at: QPoint | None = None
        self._is_named = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover, True)
        self.settle_name()

    @property
    def row(self) -> SlotRow:
        """What the slot shows."""
        return self._row

    @property
    def drop_look(self) -> DropLook | None:
        """What a drag over this slot says, None without one."""
        return self._drop

    def set_row(self, row: SlotRow) -> None:
        """Show another state of the slot; :meth:`settle_name` tells it to screen readers."""
        if row != self._row:
            self._row, self._is_named = row, False
            self.update()

    def set_selected(self, selected: bool) -> None:
        """Draw the slot as the selection."""
        if selected != self._selected:
            self._selected = selected
            self.update()

    @property
    def live(self) -> LiveLine | None:
        """What the card does now, None while that is not shown."""
        return self._live

    def set_live(self, live: LiveLine | None) -> None:
        """Show what the card does now in the place of its facts; None shows the facts."""
        if live != self._live:
            self._live = live
            self._describe()
            self.update()

    @property
    def mark(self) -> FindingMark | None:
        """What was found about the card, None without findings."""
        return self._mark

    def set_mark(self, mark: FindingMark | None) -> None:
        """Show that something was found about the card; :meth:`settle_name` tells it."""
        if mark != self._mark:
            self._mark, self._is_named = mark, False
            self.update()

    def set_drop(self, drop: DropLook | None) -> None:
        """Draw what a drop would do, None to draw the slot again."""
        if drop != self._drop:
            self._drop = drop
            self.update()

    def settle_name(self) -> None:
        """Tell screen readers what the slot shows, if it shows something else since."""
        if self._is_named:
            return
        self._is_named = True
        self.setObjectName(f"slot-{self._row.node}-{self._row.slot}")
        found = f", {self._mark.counted}" if self._mark else ""
        self.setAccessibleName(f"{self._row.spoken}{found}")
        self._describe()

    def _describe(self) -> None:
        empty = self._row.facts is None
        words = (
            say("Press Enter to put the card selected in Parts here")
            if empty
            else say("Delete removes it, Ctrl with the arrow keys moves it, Ctrl+D duplicates it")
        )
        said = f"{self._live.spoken}. {words}" if self._live else words
        found = "" if self._mark is None else self._mark.lines.replace("\n", " ") + " "
        self.setAccessibleDescription(f"{found}{said}")

    # -- painting -------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        self.settle_name()
        painter = QPainter(self)
        rect, theme = QRectF(self.rect()), self._themes.theme
        if self._drop is not None:
            paint_drop(painter, rect, self._row, theme, self._drop)
            return
        look = SlotLook(self._selected, self.hasFocus(), self.underMouse())
        self._zones, self._segments = paint_slot(
            painter, rect, self._row, theme, look, self._live, self._mark
        )
        if self._row.facts is not None:
            box = self._menu_box()
            inside = self.underMouse() or self.hasFocus()
            color = theme.text2 if inside else theme.text3
            draw_icon(painter, box.center() - QPointF(8, 8), "dots", color)

    def _menu_box(self) -> QRectF:
        return QRectF(self.width() - 8 - _MENU, 7, _MENU, _MENU)

    # -- pointer --------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed_at = event.position().toPoint()
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self.chosen.emit(self._row.node, self._row.slot)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        start = self._pressed_at
        if start is None:
            clickable = self._zone_at(at) or self._in_menu(at) or self._on_held_back(at)
            shape = Qt.CursorShape.PointingHandCursor if clickable else Qt.CursorShape.ArrowCursor
            self.setCursor(shape)
            return
        far = (at.toPoint() - start).manhattanLength() >= QApplication.startDragDistance()
        if far and self._row.facts is not None:
            self._pressed_at = None
            self.unsetCursor()
            self.drag_wanted.emit(self._row.node, self._row.slot)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed_at = self._pressed_at, None
        if pressed is None or event.button() != Qt.MouseButton.LeftButton:
            return
        # Where it was pressed: choosing the slot may have scrolled it away under the pointer.
        at = QPointF(pressed)
        if self._in_menu(at):
            self.menu_wanted.emit(self._row.node, self._row.slot, event.globalPosition().toPoint())
            return
        if self._on_held_back(at):
            self.memory_wanted.emit(self._row.node, self._row.slot)
            return
        zone = self._zone_at(at)
        if zone is not None:
            self.explain_wanted.emit(zone.path)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._row.facts is None:
            self.activated.emit(self._row.node, self._row.slot)

    def contextMenuEvent(self, event: object) -> None:
        self.chosen.emit(self._row.node, self._row.slot)
        self.menu_wanted.emit(self._row.node, self._row.slot, event.globalPos())  # type: ignore[attr-defined]

    def enterEvent(self, event: QEnterEvent) -> None:
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self.update()

    def _in_menu(self, at: QPointF) -> bool:
        return self._row.facts is not None and self._menu_box().contains(at)

    def _on_held_back(self, at: QPointF) -> bool:
        held = [segment.rect for segment in self._segments if segment.key == "held_back"]
        # A sliver of a few pixels can still be hit.
        return any(rect.adjusted(-3, 0, 3, 0).contains(at) for rect in held)

    def _zone_at(self, at: QPointF) -> Zone | None:
        return next((zone for zone in self._zones if zone.rect.contains(at)), None)

    # -- keyboard, focus, tooltip ---------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.activated.emit(self._row.node, self._row.slot)
        elif key in (Qt.Key.Key_Menu,):
            self.menu_wanted.emit(
                self._row.node, self._row.slot, self.mapToGlobal(self.rect().center())
            )
        else:
            event.ignore()  # The canvas moves the focus with the arrow keys.

    def focusInEvent(self, event: object) -> None:
        self.settle_name()
        self.chosen.emit(self._row.node, self._row.slot)
        self.update()

    def focusOutEvent(self, event: object) -> None:
        self.update()

    def tip_at(self, at: QPointF) -> str:
        """What the pointer is told there."""
        row = self._row
        if row.facts is None:
            return say("Drop a card here, or select one in Parts and press Enter.")
        for segment in self._segments:
            if segment.rect.contains(at):
                size = format_memory(segment.size_bytes, unit=row.unit, decimals=2)
                text = f"{part_label(segment.key)}: {size}"
                if segment.key != "held_back":
                    return text
                return f"{text}\n{say('Click to edit what is held back.')}"
        if self._zone_at(at) is not None:
            return say("How is this computed? Click to see.")
        said = f"{self._mark.lines}\n" if self._mark else ""
        found = f"\n{row.mark_text}" if row.mark_text else ""
        if self._live is not None:
            found += f"\n{row.facts.summary}\n{self._live.spoken}"
        moves = say(
            "{0}. Drag it to an empty slot to move it, onto another card to "
            "swap them, off the rig to remove it. Hold Ctrl to copy.",
            row.facts.name,
        )
        return f"{said}{moves}{found}"
