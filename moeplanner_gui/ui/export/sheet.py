"""Pages that fill themselves: text, boxes and tables flow down and over page breaks.

Knows paper, fonts and a theme; nothing about plans. Lengths are CSS pixels (1/96 inch), so that
the painters of the screen draw here at the size they were made for. Everything is recorded
first and painted when the number of pages is known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QPagedPaintDevice,
    QPainter,
    QPen,
    QTextLayout,
    QTextOption,
)

from moeplanner_gui.ui.theme import Theme

Draw = Callable[[QPainter], None]
MARGIN = 56.0
HEADER = 22.0
FOOTER = 46.0
CELL_GAP = 8.0


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: ``share`` of the width that fixed columns leave, or ``width``."""

    title: str
    width: float = 0.0
    share: float = 0.0
    right: bool = False
    strong: bool = False
    small: bool = False


class Sheet:
    """A document being laid out; a ``density`` above 1 leaves less room between things."""

    def __init__(
        self,
        device: QPagedPaintDevice,
        theme: Theme,
        width: float,
        height: float,
        density: float = 1.0,
    ) -> None:
        self.density = density
        self.theme = theme
        self.left = MARGIN
        self.width = width - 2 * MARGIN
        self.page_width = width
        self.page_height = height
        self.top = MARGIN + HEADER
        self.bottom = height - FOOTER - 18
        self.y = self.top
        self.pages: list[list[Draw]] = [[]]
        self._device = device
        self.title = make_font(23, strong=True)
        self.answer = make_font(15, strong=True)
        self.value = make_font(15, strong=True)
        self.heading = make_font(13, strong=True)
        self.lead = make_font(12)
        self.base = make_font(11)
        self.strong = make_font(11, strong=True)
        self.small = make_font(10)
        self.small_strong = make_font(10, strong=True)

    @property
    def room(self) -> float:
        """What is left of the page."""
        return self.bottom - self.y

    @property
    def is_fresh(self) -> bool:
        """True when nothing was put on this page yet."""
        return self.y <= self.top + 0.5

    def metrics(self, font: QFont) -> QFontMetricsF:
        """Lengths of text in ``font`` on paper."""
        return QFontMetricsF(font, self._device)

    def new_page(self) -> None:
        """Go on at the top of the next page."""
        self.pages.append([])
        self.y = self.top

    def keep(self, height: float) -> None:
        """Go to the next page unless ``height`` fits on this one."""
        if height > self.room and not self.is_fresh:
            self.new_page()

    def space(self, height: float) -> None:
        """Leave room, but none at the top of a page."""
        if not self.is_fresh:
            self.y += height / self.density

    @property
    def filled(self) -> float:
        """How much of the last page is used, from 0 to 1."""
        return (self.y - self.top) / (self.bottom - self.top)

    def draw(self, draw: Draw) -> None:
        """Record something on this page; it knows its own place."""
        self.pages[-1].append(draw)

    def lay_text(
        self,
        text: str,
        font: QFont,
        width: float,
        *,
        right: bool = False,
        strong_until: int = 0,
        strong_color: str = "",
    ) -> tuple[QTextLayout, float]:
        """Break ``text`` into lines of ``width``; answers the lines and their height."""
        layout = QTextLayout(text, font, self._device)
        option = QTextOption(Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft)
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        if strong_until:
            bold = QTextLayout.FormatRange()
            bold.start, bold.length = 0, strong_until
            bold.format.setFontWeight(QFont.Weight.DemiBold)
            if strong_color:
                bold.format.setForeground(QColor(strong_color))
            layout.setFormats([bold])
        layout.beginLayout()
        height = 0.0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(width, 4.0))
            line.setPosition(QPointF(0, height))
            height += line.height() * 1.08
        layout.endLayout()
        return layout, height

    def put(self, layout: QTextLayout, x: float, y: float, color: str) -> None:
        """Record laid-out text at a place of this page."""

        def paint(painter: QPainter) -> None:
            painter.setPen(QColor(color))
            layout.draw(painter, QPointF(x, y))

        self.draw(paint)

    def text(
        self,
        text: str,
        font: QFont | None = None,
        color: str = "",
        *,
        indent: float = 0.0,
        strong_until: int = 0,
        after: float = 0.0,
    ) -> None:
        """A paragraph; a long one is not broken over pages, so keep them short."""
        layout, height = self.lay_text(
            text,
            font or self.base,
            self.width - indent,
            strong_until=strong_until,
            strong_color=self.theme.text,
        )
        self.keep(height)
        self.put(layout, self.left + indent, self.y, color or self.theme.text)
        self.y += height + after

    def section(self, title: str, need: float = 60.0) -> None:
        """A heading that stays with at least ``need`` of what follows."""
        self.space(20)
        height = self.metrics(self.heading).height()
        self.keep(height + 8 + need)
        self.text(title, self.heading, after=6)

    def rule(self, y: float, color: str, width: float = 0.75) -> None:
        """A line over the whole width."""
        left, right = self.left, self.left + self.width

        def paint(painter: QPainter) -> None:
            painter.setPen(QPen(QColor(color), width))
            painter.drawLine(QLineF(left, y, right, y))

        self.draw(paint)

    def table(
        self,
        columns: Sequence[Column],
        rows: Sequence[Sequence[str]],
        *,
        strong_rows: frozenset[int] = frozenset(),
        padding: float = 5.0,
        colors: dict[tuple[int, int], str] | None = None,
    ) -> None:
        """A table with hairline rows; its head is repeated on every page it reaches.

        Rows are never cut: one that does not fit goes to the next page whole.
        """
        padding /= self.density
        fixed = sum(column.width for column in columns)
        shares = sum(column.share for column in columns) or 1.0
        free = self.width - fixed - CELL_GAP * (len(columns) - 1)
        widths = [c.width or max(free * c.share / shares, 10.0) for c in columns]
        titles = [c.title for c in columns]
        head = self._lay_row(columns, titles, widths, header=True)
        first = self._lay_row(columns, rows[0], widths) if rows else head
        self.keep(head[1] + first[1] + 4 * padding)
        self._put_row(head, columns, widths, padding=3.0, header=True)
        for number, row in enumerate(rows):
            laid = self._lay_row(columns, row, widths, strong=number in strong_rows)
            if laid[1] + 2 * padding > self.room:
                self.new_page()
                self._put_row(head, columns, widths, padding=3.0, header=True)
            tints = {c: v for (r, c), v in (colors or {}).items() if r == number}
            self._put_row(laid, columns, widths, padding=padding, tints=tints)

    def _lay_row(
        self,
        columns: Sequence[Column],
        cells: Sequence[str],
        widths: Sequence[float],
        *,
        header: bool = False,
        strong: bool = False,
    ) -> tuple[list[QTextLayout], float]:
        layouts, tallest = [], 0.0
        for column, cell, width in zip(columns, cells, widths, strict=True):
            if header or column.small:
                font = self.small
            else:
                font = self.strong if strong or column.strong else self.base
            layout, height = self.lay_text(cell, font, width, right=column.right)
            layouts.append(layout)
            tallest = max(tallest, height)
        return layouts, tallest

    def _put_row(
        self,
        laid: tuple[list[QTextLayout], float],
        columns: Sequence[Column],
        widths: Sequence[float],
        *,
        padding: float,
        header: bool = False,
        tints: dict[int, str] | None = None,
    ) -> None:
        layouts, height = laid
        theme = self.theme
        x = self.left
        for number, (layout, column, width) in enumerate(
            zip(layouts, columns, widths, strict=True)
        ):
            own = layout.boundingRect().height()
            # Heads stand on the line, cells hang from the top: several lines read from there.
            y = self.y + padding + (max(height - own * 1.04, 0.0) if header else 0.0)
            color = theme.text3 if header or column.small else theme.text
            self.put(layout, x, y, (tints or {}).get(number, color))
            x += width + CELL_GAP
        self.y += height + 2 * padding
        self.rule(self.y, theme.strong if header else theme.border)

    def paint(
        self, painter: QPainter, device: QPagedPaintDevice, frame: Callable[..., None]
    ) -> None:
        """Paint all pages; ``frame(painter, number, count)`` draws what every page has."""
        for number, page in enumerate(self.pages):
            if number:
                device.newPage()
            for draw in page:
                painter.save()
                draw(painter)
                painter.restore()
            painter.save()
            frame(painter, number + 1, len(self.pages))
            painter.restore()

    def box(self, height: float) -> QRectF:
        """The next ``height`` of the page over its whole width."""
        return QRectF(self.left, self.y, self.width, height)


def make_font(size_px: int, *, strong: bool = False) -> QFont:
    """The system's font for paper: no hinting, which is for screens, and tabular digits."""
    font = QFont(QGuiApplication.font())
    font.setPixelSize(size_px)
    font.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    if hasattr(font, "setFeature"):  # Qt 6.7 and later
        font.setFeature(QFont.Tag("tnum"), 1)
        # A ligature is one letter to whoever searches or copies the text.
        font.setFeature(QFont.Tag("liga"), 0)
    return font
