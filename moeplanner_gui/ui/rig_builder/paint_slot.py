"""How a slot looks: filled, empty, under a drag. Pure ``paint(painter, rect, data, theme)``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from moeplanner_gui.core.assessment import Severity
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.charts.paint_memory import Segment, paint_memory_bar
from moeplanner_gui.ui.fonts import faces
from moeplanner_gui.ui.inks import ink, pen
from moeplanner_gui.ui.rig_builder.kept_icons import draw_icon
from moeplanner_gui.ui.rig_builder.rig_rows import SlotRow, amount, free_amount, short_amount
from moeplanner_gui.ui.theme import Theme

if TYPE_CHECKING:
    from moeplanner_gui.ui.rig_builder.finding_marks import FindingMark
    from moeplanner_gui.ui.rig_builder.live_line import LiveLine

_MARK_ICONS = {"detected": "detected", "typed": "keyboard"}
"""An edited card says so in a word; the others in the tooltip and to screen readers."""
PADDING = 13.0
RADIUS = 6.0
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class SlotLook:
    """What the pointer and the focus do to a slot."""

    selected: bool = False
    focused: bool = False
    hovered: bool = False


@dataclass(frozen=True)
class DropLook:
    """A drag over a slot: what would happen, or why not. ``lines`` have a severity each."""

    heading: str = ""
    lines: tuple[tuple[str, Severity], ...] = ()
    refused: str = ""


@dataclass(frozen=True)
class Zone:
    """A figure that can be asked how it was computed."""

    rect: QRectF
    path: str


def slot_height() -> float:
    """The height of a slot at the present font size."""
    t = faces()
    base, small = t.base.height, t.small.height
    return round(2 * 10 + 3 * (small + 3) + 2 * (base + 4) + bar_height() + 13)


def bar_height() -> float:
    """The height of a slot's memory bar."""
    t = faces()
    return max(28.0, round(t.base.height + 10))


def paint_slot(
    painter: QPainter,
    rect: QRectF,
    row: SlotRow,
    theme: Theme,
    look: SlotLook,
    live: LiveLine | None = None,
    mark: FindingMark | None = None,
) -> tuple[list[Zone], list[Segment]]:
    """Paint a slot; answers the figures to click on and the segments of its bar.

    ``live`` is what the card does now: it takes the place of the card's facts. ``mark`` is
    what was found about it: its icon stands where the card's does, so that nothing moves.
    """
    t = faces()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    if row.facts is None:
        _paint_empty(painter, rect, row, theme, look)
        return [], []
    _paint_frame(painter, rect, theme, look)
    inner = rect.adjusted(PADDING, 10, -PADDING, -10)
    y = _paint_head(painter, inner, row, theme, live, mark)
    if row.device is None:
        painter.setFont(t.small.font)
        painter.setPen(ink(theme.text3))
        painter.drawText(
            QRectF(inner.left(), y, inner.width(), inner.bottom() - y), _LEFT, say("not computed")
        )
        return [], []
    if row.refused:
        return _paint_refused(painter, inner, y, row, theme), []
    return _paint_memory(painter, inner, y, row, theme)


def _paint_frame(painter: QPainter, rect: QRectF, theme: Theme, look: SlotLook) -> None:
    accent = look.selected or look.focused
    width = 2.0 if accent else 1.0
    color = theme.accent if accent else (theme.strong if look.hovered else theme.border)
    painter.setPen(pen(color, width))
    painter.setBrush(ink(theme.panel))
    inset = width / 2
    painter.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), RADIUS, RADIUS)
    if look.focused and look.selected:
        # Selected and focused must differ from selected alone.
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen(theme.accent, 1.0))
        painter.drawRoundedRect(rect.adjusted(3.5, 3.5, -3.5, -3.5), RADIUS - 3, RADIUS - 3)


def _paint_head(
    painter: QPainter,
    inner: QRectF,
    row: SlotRow,
    theme: Theme,
    live: LiveLine | None,
    mark: FindingMark | None,
) -> float:
    """Place, name and facts; answers where the bar begins."""
    t = faces()
    assert row.facts is not None
    small, base = t.small.height + 3, t.base.height + 4
    line = QRectF(inner.left(), inner.top(), inner.width(), small)
    painter.setFont(t.small.font)
    room = line.width() - 22
    if row.tightest:
        room -= _paint_pill(painter, line.adjusted(0, 0, -22, 0), say("tightest"), theme) + 6
    if row.memory_edited:
        taken = line.width() - 22 - room
        room -= _paint_pill(painter, line.adjusted(0, 0, -22 - taken, 0), "edited", theme) + 6
    icon_name = _MARK_ICONS.get(row.mark or "")
    if icon_name:
        room -= 14 + 6
        at = QPointF(line.left() + room + 6, round(line.center().y() - 7))
        draw_icon(painter, at, icon_name, theme.text3, 14)
    _paint_title(painter, line, room, row, theme, mark)
    line = QRectF(inner.left(), line.bottom() + 1, inner.width(), base)
    icon = QRectF(line.left(), round(line.center().y() - 8), 16, 16)
    name, color = ("card", theme.text2) if mark is None else (mark.icon, mark.ink(theme))
    draw_icon(painter, icon.topLeft(), name, color)
    number = say("GPU {0}", row.gpu_number)
    painter.setFont(t.base.font)
    painter.setPen(ink(theme.text3))
    painter.drawText(line, _RIGHT, number)
    room = line.width() - 22 - t.base.width(number) - 8
    painter.setFont(t.strong.font)
    painter.setPen(ink(theme.text))
    name = t.strong.elided(row.facts.name, room)
    painter.drawText(line.adjusted(22, 0, 0, 0), _LEFT, name)
    line = QRectF(inner.left(), line.bottom(), inner.width(), small)
    painter.setFont(t.small.font)
    painter.setPen(ink(theme.text2))
    if live is None:
        painter.drawText(line, _LEFT, t.small.elided(row.facts.summary, line.width()))
    else:
        _paint_live(painter, line, live, theme)
    return line.bottom() + 7


def _paint_title(
    painter: QPainter,
    line: QRectF,
    room: float,
    row: SlotRow,
    theme: Theme,
    mark: FindingMark | None,
) -> None:
    """Slot and bus; the bus in the colour of what was found about it."""
    small, strong = faces().small, faces().small_strong
    painter.setFont(small.font)
    painter.setPen(ink(theme.text3))
    title = small.elided(row.title, room)
    before = row.title.removesuffix(row.place)
    link = None if mark is None or not row.place else mark.link
    if link is None or not title.startswith(before):
        painter.drawText(line, _LEFT, title)
        return
    painter.drawText(line, _LEFT, before)
    taken = small.width(before)
    face = strong if taken + strong.width(row.place) <= room else small
    painter.setFont(face.font)
    painter.setPen(ink(link.ink(theme)))
    rest = line.adjusted(taken, 0, 0, 0)
    painter.drawText(rest, _LEFT, face.elided(row.place, room - taken))


def _paint_live(painter: QPainter, line: QRectF, live: LiveLine, theme: Theme) -> None:
    """Figures of now, and a thin bar of what is in use over the bar of what is planned."""
    painter.drawText(line, _LEFT, live.fitting(faces().small.width, line.width()))
    track = QRectF(line.left(), line.bottom() + 2, line.width(), 3)
    painter.fillRect(track, ink(theme.border))
    if live.used_share is not None:
        track.setWidth(round(track.width() * live.used_share))
        painter.fillRect(track, ink(theme.text2))


def _paint_refused(
    painter: QPainter, inner: QRectF, y: float, row: SlotRow, theme: Theme
) -> list[Zone]:
    """A card of a plan that cannot run: nothing lies on it, so nothing is called free."""
    t = faces()
    device = row.device
    assert device is not None
    line = QRectF(inner.left(), y, inner.width(), bar_height())
    icon = QPointF(line.left(), round(line.center().y() - 8))
    draw_icon(painter, icon, "no-entry", theme.error)
    painter.setFont(t.strong.font)
    painter.setPen(ink(theme.error))
    painter.drawText(line.adjusted(22, 0, 0, 0), _LEFT, say("Cannot run"))
    line = QRectF(inner.left(), line.bottom() + 5, inner.width(), t.base.height + 4)
    usable = amount(device.usable_bytes, row.unit)
    figure = _figure(painter, line, usable, theme.text, f"devices.{row.index}.usable_bytes")
    painter.setFont(t.base.font)
    painter.setPen(ink(theme.text2))
    rest = line.adjusted(figure.rect.width() + t.base.width(" "), 0, 0, 0)
    for text in (say("{0} usable, nothing placed", row.unit), say("{0} usable", row.unit)):
        if t.base.width(text) <= rest.width():
            painter.drawText(rest, _LEFT, text)
            break
    return [figure]


def _paint_memory(
    painter: QPainter, inner: QRectF, y: float, row: SlotRow, theme: Theme
) -> tuple[list[Zone], list[Segment]]:
    t = faces()
    device = row.device
    assert device is not None
    small, base = t.small.height + 3, t.base.height + 4
    painter.setFont(t.small.font)
    bar = QRectF(inner.left(), y, inner.width(), bar_height())
    segments = paint_memory_bar(painter, bar, device, theme, unit=row.unit)
    path = f"devices.{row.index}."
    line = QRectF(inner.left(), bar.bottom() + 5, inner.width(), base)
    over = device.free_bytes < 0
    left = (
        short_amount(device.free_bytes, row.unit)
        if over
        else free_amount(device.free_bytes, row.unit)
    )
    free = say("{0} over", left) if over else say("{0} free", left)
    zones = [
        _figure(
            painter,
            line,
            free,
            theme.error if over else theme.text,
            path + "free_bytes",
            right=True,
        )
    ]
    words = amount(device.used_bytes, row.unit)
    taken = 0.0
    # In large letters on a narrow card two numbers would run into one; the bar has the other.
    if t.strong.width(words) + zones[0].rect.width() + 8 <= line.width():
        used = _figure(painter, line, words, theme.text, path + "used_bytes")
        zones.append(used)
        taken = used.rect.width()
    painter.setFont(t.base.font)
    painter.setPen(ink(theme.text2))
    rest = line.adjusted(taken + t.base.width(" "), 0, 0, 0)
    room = rest.width() - zones[0].rect.width() - 8 if taken else 0.0
    usable = amount(device.usable_bytes, row.unit)
    for text in (
        say("of {0} {1} usable", usable, row.unit),
        say("of {0} {1}", usable, row.unit),
        say("of {0}", usable),
    ):
        if t.base.width(text) <= room:
            painter.drawText(rest, _LEFT, text)
            break
    line = QRectF(inner.left(), line.bottom(), inner.width(), small)
    x = line.left()
    other = device.compute_bytes + device.output_bytes + device.overhead_bytes
    for index, (label, size, field) in enumerate(
        (
            (say("weights"), device.weights_bytes, "weights_bytes"),
            ("KV", device.kv_cache_bytes, "kv_cache_bytes"),
            (say("other"), other, "used_bytes"),
        )
    ):
        text = f"{' · ' if index else ''}{label} {amount(size, row.unit)}"
        painter.setFont(t.small.font)
        painter.setPen(ink(theme.text2))
        width = t.small.width(text)
        if x + width > line.right() + 1:
            break  # The bar and its tooltips still tell; half a number would not.
        spot = QRectF(x, line.top(), width, line.height())
        painter.drawText(spot.adjusted(0, 0, 8, 0), _LEFT, text)
        zones.append(Zone(spot, path + field))
        x += width
    return zones, segments


def _paint_empty(
    painter: QPainter, rect: QRectF, row: SlotRow, theme: Theme, look: SlotLook
) -> None:
    t = faces()
    edge = QPen(pen(theme.accent, 2.0) if look.focused else pen(theme.strong))
    if not look.focused:
        edge.setDashPattern([3.0, 3.0])
    painter.setPen(edge)
    painter.setBrush(ink(theme.hover if look.hovered else theme.window))
    inset = edge.widthF() / 2
    painter.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), RADIUS, RADIUS)
    small, base = t.small.height, t.base.height
    height = small + 8 + 16 + 6 + 2 * base
    y = round(rect.center().y() - height / 2)
    painter.setFont(t.small.font)
    painter.setPen(ink(theme.text3))
    painter.drawText(
        _line(rect, y, small), Qt.AlignmentFlag.AlignCenter, say("Slot {0}", row.slot + 1)
    )
    icon = QRectF(round(rect.center().x() - 8), y + small + 8, 16, 16)
    draw_icon(painter, icon.topLeft(), "plus", theme.text2)
    painter.setFont(t.base.font)
    painter.setPen(ink(theme.text2))
    for number, text in enumerate((say("Drop a card"), say("or press Enter"))):
        face = t.base if t.base.width(text) <= rect.width() - 8 else t.small
        painter.setFont(face.font)
        shown = face.elided(text, rect.width() - 4)
        top = icon.bottom() + 6 + number * base
        painter.drawText(_line(rect, top, base), Qt.AlignmentFlag.AlignCenter, shown)


def paint_drop(painter: QPainter, rect: QRectF, row: SlotRow, theme: Theme, drop: DropLook) -> None:
    """Paint a slot that a drag is over, instead of its content."""
    t = faces()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    edge = theme.error if drop.refused else theme.accent
    painter.setPen(pen(edge, 2.0))
    painter.setBrush(ink(theme.error_bg if drop.refused else theme.selection))
    painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), RADIUS, RADIUS)
    inner = rect.adjusted(PADDING, 10, -PADDING, -8)
    wrap = Qt.TextFlag.TextWordWrap
    if drop.refused:
        draw_icon(painter, inner.topLeft() + QPointF(0, 2), "no-entry", theme.error)
        painter.setFont(t.strong.font)
        painter.setPen(ink(theme.error))
        painter.drawText(inner.adjusted(22, 0, 0, 0), int(wrap), drop.refused)
        return
    painter.setFont(t.small.font)
    painter.setPen(ink(theme.text3))
    painter.drawText(
        inner, int(Qt.AlignmentFlag.AlignTop), t.small.elided(row.title, inner.width())
    )
    y = inner.top() + t.small.height + (14 if inner.width() > 180 else 6)
    painter.setFont((t.heading if inner.width() > 180 else t.strong).font)
    painter.setPen(ink(theme.accent))
    y += _wrapped(painter, inner, y, drop.heading) + 4
    inks = {"note": theme.text, "warning": theme.warn, "error": theme.error}
    for text, severity in drop.lines:
        plain = severity == "note"
        painter.setFont((t.small if plain else t.small_strong).font)
        painter.setPen(ink(inks[severity]))
        if not plain:
            draw_icon(painter, QPointF(inner.left(), y), severity, inks[severity], 14)
        y += _wrapped(painter, inner.adjusted(0 if plain else 19, 0, 0, 0), y, text) + 3


def _wrapped(painter: QPainter, inner: QRectF, y: float, text: str) -> float:
    area = QRectF(inner.left(), y, inner.width(), max(0.0, inner.bottom() - y))
    flags = int(Qt.TextFlag.TextWordWrap)
    box = painter.boundingRect(area, flags, text)
    # A line that has no room is left out rather than cut: the panel below says it all.
    if box.bottom() <= inner.bottom() + 2:
        painter.drawText(area, flags, text)
    return box.height()


def _paint_pill(painter: QPainter, line: QRectF, text: str, theme: Theme) -> float:
    face = faces().small_strong
    width = face.width(text) + 12
    height = face.height + 3
    box = QRectF(line.right() - width, round(line.center().y() - height / 2), width, height)
    painter.setPen(pen(theme.strong, 1.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
    painter.setFont(face.font)
    painter.setPen(ink(theme.text))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
    return width


def _figure(
    painter: QPainter, line: QRectF, text: str, color: str, path: str, *, right: bool = False
) -> Zone:
    t = faces()
    painter.setFont(t.strong.font)
    painter.setPen(ink(color))
    width = t.strong.width(text)
    painter.drawText(line, _RIGHT if right else _LEFT, text)
    left = line.right() - width if right else line.left()
    return Zone(QRectF(QPointF(left, line.top()), QPointF(left + width, line.bottom())), path)


def _line(rect: QRectF, y: float, height: float) -> QRectF:
    return QRectF(rect.left(), y, rect.width(), height)
