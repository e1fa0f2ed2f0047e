"""The nodes one below the other with the remarks under them. Knows no document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import perf_counter

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QHelpEvent,
    QKeyEvent,
    QMoveEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QPushButton, QToolTip, QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.drops import OnNewNode, OnNode, OnSlot, Target
from moeplanner_gui.ui.fonts import font_base, font_strong
from moeplanner_gui.ui.icons import paint_icon
from moeplanner_gui.ui.inks import ink, pen
from moeplanner_gui.ui.rig_builder.finding_marks import FindingMark, Place
from moeplanner_gui.ui.rig_builder.node_panel import HostMemory, NodePanel
from moeplanner_gui.ui.rig_builder.notes import Note, NotesStrip
from moeplanner_gui.ui.rig_builder.rig_rows import NodeRow
from moeplanner_gui.ui.rig_builder.slot import SlotWidget
from moeplanner_gui.ui.style import ThemeProvider

SECTION = 16
EMPTY_HEIGHT = 190
BUTTONS_TOP = 150
NODES_AT_ONCE = 4
"""So many nodes are always placed and named at once; of more, those that are seen."""
SLICE_SECONDS = 0.004


class RigCanvas(QWidget):
    """All nodes and the remarks.

    Signals:
        panel_added(NodePanel): A node panel was created and wants to be connected.
    """

    panel_added = Signal(object)

    def __init__(self, themes: ThemeProvider, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.panels: list[NodePanel] = []
        self.notes = NotesStrip(themes, self)
        self._empty_drop = ""
        self._bottom = 0
        self._unsettled: list[NodePanel] = []
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._settle_some)
        self.empty_buttons: list[QPushButton] = []
        self.setAccessibleName(say("Rig slots"))

    def offer(self, words: str, tip: str, run: Callable[[], object]) -> None:
        """A button for the empty rig; the first one is the primary one."""
        button = QPushButton(words, self)
        button.setToolTip(tip)
        button.setAccessibleName(words.rstrip("…"))
        button.setAutoDefault(False)
        button.setProperty("primary", not self.empty_buttons)
        button.clicked.connect(lambda: run())
        self.empty_buttons.append(button)
        button.setVisible(not self.panels)
        self._place_buttons()

    def _place_buttons(self) -> None:
        sizes = [button.sizeHint() for button in self.empty_buttons]
        x = (self.width() - sum(s.width() for s in sizes) - 8 * (len(sizes) - 1)) // 2
        for button, size in zip(self.empty_buttons, sizes, strict=True):
            button.setGeometry(x, BUTTONS_TOP, size.width(), size.height())
            button.setVisible(not self.panels)
            x += size.width() + 8

    def show_rig(self, rows: tuple[NodeRow, ...], notes: tuple[Note, ...]) -> None:
        """Show other rows and remarks; whatever has to move is placed once. What is in the nodes
        waits for :meth:`settle_seen`, so that marks can be set before.
        """
        moved = self._take_rows(rows)
        said = self.notes.set_notes(notes)
        if moved:
            self.arrange()
            self.update()
        elif said:
            self._arrange_notes()

    def set_notes(self, notes: tuple[Note, ...]) -> None:
        """Show other remarks; the nodes stay where they are."""
        if self.notes.set_notes(notes):
            self._arrange_notes()

    def set_rows(self, rows: tuple[NodeRow, ...]) -> None:
        """Show other rows; the remarks stay."""
        if self._take_rows(rows):
            self.arrange()
            self.update()
        self.settle_seen()

    def _take_rows(self, rows: tuple[NodeRow, ...]) -> bool:
        """Panels and slots are reused; answers whether the places must be arranged again."""
        changed = len(rows) != len(self.panels)
        while len(self.panels) > len(rows):
            gone = self.panels.pop()
            gone.hide()
            gone.deleteLater()
        for panel, row in zip(self.panels, rows, strict=False):
            changed |= panel.set_row(row)
        for row in rows[len(self.panels) :]:
            panel = NodePanel(row, self._themes, self)
            self.panels.append(panel)
            self.panel_added.emit(panel)
            panel.set_row(row)
            panel.show()
        return changed

    def set_marks(self, marks: Mapping[Place, FindingMark]) -> None:
        """Show on slots and node heads what was found about them; nothing moves, and screen
        readers hear of it by :meth:`settle_seen`.
        """
        for panel in self.panels:
            panel.head.set_mark(marks.get((panel.row.node, None)))
            for slot in panel.slots:
                filled = slot.row.facts is not None
                at = (slot.row.node, slot.row.slot)
                slot.set_mark(marks.get(at) if filled else None)

    def arrange(self) -> None:
        """Place the nodes and the remarks in the present width."""
        width, y = self.width() - 24, 0
        for panel in self.panels:
            height = panel.arrange(width)
            panel.setGeometry(12, y, width, height)
            y += height + SECTION
        if not self.panels:
            y += EMPTY_HEIGHT + SECTION
        self._place_buttons()
        self._bottom = y - SECTION + 10
        self._arrange_notes()

    def settle_seen(self) -> None:
        """Place and name what is in the nodes that are seen; of a rack the rest in a moment."""
        seen = self.visibleRegion().boundingRect()
        rest = []
        for number, panel in enumerate(self.panels):
            if number < NODES_AT_ONCE or panel.geometry().intersects(seen):
                panel.settle()
            else:
                rest.append(panel)
        self._unsettled = rest
        if rest:
            self._later.start()

    def _settle_some(self) -> None:
        end = perf_counter() + SLICE_SECONDS
        while self._unsettled and perf_counter() < end:
            self._unsettled.pop(0).settle()
        if self._unsettled:
            self._later.start()

    def settle(self) -> None:
        """Place and name everything now."""
        for panel in self._unsettled:
            panel.settle()
        self._unsettled = []

    def _arrange_notes(self) -> None:
        """Place the remarks below the nodes, wherever these are."""
        width, y = self.width() - 24, self._bottom
        notes = self.notes.arrange(width)
        self.notes.setGeometry(12, y, width, notes)
        self.setMinimumHeight(y + notes + 12)

    def resizeEvent(self, event: QResizeEvent) -> None:
        if event.size().width() != event.oldSize().width():
            self.arrange()
            self.settle_seen()
        elif self._unsettled:
            self.settle_seen()

    def moveEvent(self, event: QMoveEvent) -> None:
        if self._unsettled:
            self.settle_seen()

    def event(self, event: QEvent) -> bool:
        # Asked here and not in each slot: five hundred of them would hand every event to Python.
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            part = self.childAt(event.pos())
            if isinstance(part, SlotWidget | HostMemory):
                tip = part.tip_at(QPointF(part.mapFrom(self, event.pos())))
                QToolTip.showText(event.globalPos(), tip, part)
                return True
        return bool(super().event(event))

    def slots(self) -> list[SlotWidget]:
        """Every slot in reading order."""
        return [slot for panel in self.panels for slot in panel.slots]

    def slot(self, node: int, slot: int) -> SlotWidget | None:
        """The widget of one slot."""
        if 0 <= node < len(self.panels) and 0 <= slot < len(self.panels[node].slots):
            self.panels[node].settle()
            return self.panels[node].slots[slot]
        return None

    def target_at(self, at: QPoint) -> Target | None:
        """What lies at a position in this widget's coordinates; None between things."""
        if not self.panels:
            return OnNewNode()
        for panel in self.panels:
            if not panel.geometry().contains(at):
                continue
            panel.settle()
            inside = at - panel.pos()
            for slot in panel.slots:
                if slot.geometry().contains(inside):
                    return OnSlot(slot.row.node, slot.row.slot)
            lines = (panel.head, panel.parts, panel.memory)
            if any(line.geometry().contains(inside) for line in lines):
                return OnNode(panel.row.node)
        return None

    def target_rect(self, target: Target) -> QRect:
        """Where a target is drawn, in this widget's coordinates."""
        if isinstance(target, OnSlot):
            slot = self.slot(target.node, target.slot)
            if slot is not None:
                return QRect(slot.mapTo(self, QPoint(0, 0)), slot.size())
        if isinstance(target, OnNode) and target.node < len(self.panels):
            head = self.panels[target.node].head
            return QRect(head.mapTo(self, QPoint(0, 0)), head.size())
        return QRect()

    def set_empty_drop(self, text: str) -> None:
        """What a drop on the empty rig would do."""
        if text != self._empty_drop:
            self._empty_drop = text
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, -1),
            Qt.Key.Key_Down: (0, 1),
        }
        step = steps.get(Qt.Key(event.key()))
        plain = event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
        )
        if step is None or not plain or not self._move_focus(*step):
            event.ignore()

    def _move_focus(self, dx: int, dy: int) -> bool:
        """Focus the neighbour of the focused slot; Qt's own order knows no up and down."""
        self.settle()
        slots = self.slots()
        focus = self.focusWidget()
        if not isinstance(focus, SlotWidget) or focus not in slots:
            return False
        if dx:
            at = slots.index(focus) + dx
            if not 0 <= at < len(slots):
                return False
            slots[at].setFocus(Qt.FocusReason.OtherFocusReason)
            return True
        here = QRect(focus.mapTo(self, QPoint(0, 0)), focus.size()).center()
        best: tuple[int, SlotWidget] | None = None
        for slot in slots:
            centre = QRect(slot.mapTo(self, QPoint(0, 0)), slot.size()).center()
            down = (centre.y() - here.y()) * dy
            if down > 8:
                score = down * 4 + abs(centre.x() - here.x())
                if best is None or score < best[0]:
                    best = (score, slot)
        if best is None:
            return False
        best[1].setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), self._themes.theme
        painter.fillRect(event.rect(), ink(theme.panel))
        if self.panels:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        box = QRectF(self.width() / 2 - 75, 12, 150, 74)
        edge = QPen(pen(theme.accent if self._empty_drop else theme.strong))
        if not self._empty_drop:
            edge.setDashPattern([3.0, 3.0])
        painter.setPen(edge)
        painter.setBrush(ink(theme.selection if self._empty_drop else theme.window))
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        icon = QRectF(box.center().x() - 10, box.center().y() - 10, 20, 20)
        paint_icon(painter, icon, "card", theme.text2)
        line = QRectF(12, box.bottom() + 10, self.width() - 24, 24)
        painter.setFont(font_strong())
        painter.setPen(ink(theme.text))
        painter.drawText(
            line, Qt.AlignmentFlag.AlignCenter, self._empty_drop or say("No cards yet")
        )
        painter.setFont(font_base())
        painter.setPen(ink(theme.text2))
        text = say("Drag a card here, or select one in Parts and press Enter.")
        painter.drawText(line.translated(0, 24), Qt.AlignmentFlag.AlignCenter, text)
