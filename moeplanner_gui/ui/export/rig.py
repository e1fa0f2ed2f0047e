"""The picture of the rig: each computer with its cards in their slots, filled as computed."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from moeplanner_gui.core.assessment import Assessment, DeviceMemory
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.units import GIB
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.charts.memory_rows import shown_amount, shown_short
from moeplanner_gui.ui.charts.paint_memory import memory_scale, paint_memory_bar
from moeplanner_gui.ui.export.rig_rows import Computer, SlotCell, computers
from moeplanner_gui.ui.export.sheet import Draw, Sheet

MOST_COMPUTERS = 8
MOST_TOGETHER = 12
"""A picture of more slots than this may go on over the page."""
_GAP = 8.0
_PAD = 8.0
_BAR = 12.0
_COLUMNS = 4


def add_rig(sheet: Sheet, plan: Plan, assessment: Assessment, catalog: CatalogReader) -> None:
    """Every computer, or so many of them that the picture stays one."""
    shown = computers(plan, assessment, catalog)
    if not shown:
        return
    sheet.section(say("The rig"))
    scale = memory_scale([d for one in shown for cell in one.cells for d in cell.devices])
    for computer in shown[:MOST_COMPUTERS]:
        _Picture(sheet, computer, scale).add()
        sheet.space(12)
    if len(shown) > MOST_COMPUTERS:
        rest = len(shown) - MOST_COMPUTERS
        text = say(
            "And {0:,} more: their parts are in the bill, their cards in the memory table.", rest
        )
        sheet.text(text, sheet.base, sheet.theme.text2)


class _Picture:
    """One computer on a ground of its own: name, slots in rows, host memory."""

    def __init__(self, sheet: Sheet, computer: Computer, scale: int) -> None:
        self._sheet, self._computer, self._scale = sheet, computer, scale
        self._small = sheet.metrics(sheet.small).height()
        self._strong = sheet.metrics(sheet.strong).height()
        self._cell_height = 7 + 2 * self._small + self._strong + 5 + _BAR + 4 + self._small + 7
        cells = len(computer.cells) + bool(computer.more_slots)
        self._columns = min(max(cells, 2), _COLUMNS)
        if cells in (5, 6):
            self._columns = 3
        room = sheet.width - 2 * _PAD
        self._width = (room - (self._columns - 1) * _GAP) / self._columns

    def add(self) -> None:
        """Write the parts of the picture; they stay together where a page can hold them."""
        sheet, theme = self._sheet, self._sheet.theme
        name = sheet.lay_text(self._computer.name, sheet.strong, sheet.width - 20, most_lines=2)
        host = sheet.lay_text(self._computer.host, sheet.small, sheet.width - 20, most_lines=4)
        height = _PAD + name.height + 1 + host.height + 4
        top = name.at(_PAD, _PAD, theme.text)
        below = host.at(_PAD, _PAD + name.height + 1, theme.text2)
        sheet.add(height, self._ground, top, below, with_next=True)
        slots: list[SlotCell | None] = list(self._computer.cells)
        if self._computer.more_slots:
            slots.append(None)
        for start in range(0, len(slots), self._columns):
            draws: list[Draw] = [self._ground]
            for place, cell in enumerate(slots[start : start + self._columns]):
                x = _PAD + place * (self._width + _GAP)
                draws += self._free_slots(x) if cell is None else self._slot(cell, x)
            # A row of the picture and the gap under it.
            first, last = start == 0, start + self._columns >= len(slots)
            together = len(slots) <= MOST_TOGETHER or first or last
            sheet.add(self._cell_height + _GAP, *draws, with_next=together)
        if self._computer.hosts:
            self._add_host()
        else:
            sheet.add(2.0, self._ground)

    def _ground(self, painter: QPainter, height: float) -> None:
        # A hair more than the block, so that no line shows between two of them.
        area = QRectF(0, 0, self._sheet.width, height + 0.5)
        painter.fillRect(area, QColor(self._sheet.theme.window))

    def _frame(self, x: float, *, dashed: bool) -> Draw:
        theme = self._sheet.theme

        def paint(painter: QPainter, _height: float) -> None:
            pen = QPen(QColor(theme.strong if dashed else theme.border), 0.75)
            if dashed:
                pen.setDashPattern([4.0, 3.0])
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush if dashed else QColor(theme.panel))
            painter.drawRoundedRect(QRectF(x, 0, self._width, self._cell_height), 5, 5)

        return paint

    def _line(self, text: str, x: float, y: float, color: str, *, strong: bool = False) -> Draw:
        sheet = self._sheet
        font = sheet.strong if strong else sheet.small
        width = self._width - 2 * _PAD
        cut = sheet.metrics(font).elidedText(text, Qt.TextElideMode.ElideRight, width)
        return sheet.lay_text(cut, font, width + 2, most_lines=1).at(x + _PAD, y, color)

    def _slot(self, cell: SlotCell, x: float) -> list[Draw]:
        theme = self._sheet.theme
        y = 7.0
        facts = cell.facts if cell.cards == 1 else say("{0:,} cards · {1}", cell.cards, cell.facts)
        draws = [self._frame(x, dashed=False), self._line(cell.title, x, y, theme.text3)]
        y += self._small
        draws.append(self._line(cell.name, x, y, theme.text, strong=True))
        y += self._strong
        draws.append(self._line(facts, x, y, theme.text2))
        y += self._small + 5
        device = cell.fullest
        if device is None:
            draws.append(self._line(say("Nothing is placed on it."), x, y, theme.text3))
            return draws
        draws.append(self._bar(device, x + _PAD, y, self._width - 2 * _PAD, self._scale))
        color = theme.error if device.free_bytes < 0 else theme.text
        # Numbers are never cut: what has no room is said in fewer words.
        width = self._width - 2 * _PAD
        texts = _fill_words(device, least=not cell.alike)
        metrics = self._sheet.metrics(self._sheet.small)
        text = next((t for t in texts if metrics.horizontalAdvance(t) <= width), texts[-1])
        draws.append(self._line(text, x, y + _BAR + 4, color))
        return draws

    def _free_slots(self, x: float) -> list[Draw]:
        theme = self._sheet.theme
        count, kinds = self._computer.more_slots.split("|")
        laid = self._sheet.lay_text(kinds, self._sheet.small, self._width - 2 * _PAD, most_lines=4)
        y = 7.0 + self._small
        return [
            self._frame(x, dashed=True),
            self._line(say("Slots without a card"), x, 7.0, theme.text3),
            self._line(count, x, y, theme.text2, strong=True),
            laid.at(x + _PAD, y + self._strong, theme.text2),
        ]

    def _bar(self, device: DeviceMemory, x: float, y: float, width: float, scale: int) -> Draw:
        sheet = self._sheet

        def paint(painter: QPainter, _height: float) -> None:
            painter.setFont(sheet.small)
            area = QRectF(x, y, width, _BAR)
            paint_memory_bar(painter, area, device, sheet.theme, scale_bytes=scale, labels=False)

        return paint

    def _add_host(self) -> None:
        sheet = self._sheet
        hosts = self._computer.hosts
        device = min(hosts, key=lambda one: one.free_bytes)
        least = len({one.free_bytes for one in hosts}) > 1
        text = say(
            "Host memory, {0:,.0f} GiB: {1}",
            device.capacity_bytes / GIB,
            _fill_words(device, least)[0],
        )
        laid = sheet.lay_text(text, sheet.small, sheet.width / 2 - 2 * _PAD, most_lines=2)
        left = sheet.width / 2
        bar = self._bar(device, left, 1.0, sheet.width - left - _PAD, memory_scale([device]))
        ink = sheet.theme.error if device.free_bytes < 0 else sheet.theme.text
        sheet.add(laid.height + _PAD, self._ground, laid.at(_PAD, 0.0, ink), bar)


def _fill_words(device: DeviceMemory, least: bool) -> tuple[str, ...]:
    """``75.19 GiB used, 18.47 free`` and shorter; of several that differ, the fullest."""
    used = shown_amount(round(device.used_bytes * 100 / GIB))
    if device.free_bytes < 0:
        left = say("{0} short", shown_short(device.free_bytes))
    else:
        left = say("{0} free", shown_amount(device.free_bytes * 100 // GIB))
    if least:
        return (say("fullest: {0} GiB used, {1}", used, left), say("fullest: {0}", left), left)
    return (say("{0} GiB used, {1}", used, left), say("{0} used, {1}", used, left), left)
