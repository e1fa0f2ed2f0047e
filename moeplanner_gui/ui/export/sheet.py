"""A document as blocks: text, boxes, charts and tables, in the order in which they are read.

Knows paper, fonts and a theme; nothing about plans. Lengths are CSS pixels (1/96 inch), so that
the painters of the screen draw here at the size they were made for. Everything is recorded
first, put on pages by :mod:`moeplanner_gui.ui.export.blocks`, and painted last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QFontMetricsF,
    QGuiApplication,
    QPagedPaintDevice,
    QPainter,
    QPen,
    QTextLayout,
    QTextOption,
)

from moeplanner_gui.core.records import dataclass
from moeplanner_gui.ui.export.blocks import Block
from moeplanner_gui.ui.export.plain_text import LONGEST, paper_text
from moeplanner_gui.ui.theme import Theme

Draw = Callable[[QPainter, float], None]
"""Paints with the block's upper left corner at the origin; the number is the block's height."""
MARGIN = 56.0
HEADER = 22.0
FOOTER = 46.0
CELL_GAP = 8.0
LINE = 1.08
"""Height of a line on paper against the font's own."""
MOST_LINES = 30
"""Of one cell or paragraph: no name, however long, is higher than half a page."""
_CHUNK = 4
"""Lines of a long paragraph that stay on one page."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: ``share`` of the width that fixed columns leave, or ``width``."""

    title: str
    width: float = 0.0
    share: float = 0.0
    right: bool = False
    strong: bool = False
    small: bool = False


@dataclass(frozen=True, slots=True)
class Laid:
    """Text broken into lines, and the height of them."""

    layout: QTextLayout
    height: float

    @property
    def lines(self) -> int:
        """How many there are."""
        return self.layout.lineCount()

    def at(self, x: float, y: float, color: str) -> Draw:
        """What paints it at a place of its block."""

        def paint(painter: QPainter, _height: float) -> None:
            painter.setPen(QColor(color))
            self.layout.draw(painter, QPointF(x, y))

        return paint


class Sheet:
    """A document being written; ``width`` is what the margins leave of a page."""

    def __init__(self, device: QPagedPaintDevice, theme: Theme, width: float) -> None:
        self.theme = theme
        self.width = width - 2 * MARGIN
        self.blocks: list[Block] = []
        self._gap = 0.0
        self._device = device
        self._metrics: dict[int, QFontMetricsF] = {}
        self.title = make_font(23, strong=True)
        self.answer = make_font(15, strong=True)
        self.value = make_font(15, strong=True)
        self.heading = make_font(15, strong=True)
        self.subheading = make_font(12, strong=True)
        self.lead = make_font(12)
        self.base = make_font(11)
        self.strong = make_font(11, strong=True)
        self.small = make_font(10)
        self.small_strong = make_font(10, strong=True)
        self.mono = _mono_font(10)

    def metrics(self, font: QFont) -> QFontMetricsF:
        """Lengths of text in one of the sheet's own fonts on paper."""
        known = self._metrics.get(id(font))
        if known is None:
            known = self._metrics[id(font)] = QFontMetricsF(font, self._device)
        return known

    def add(
        self,
        height: float,
        *draws: Draw,
        before: float = 0.0,
        with_next: bool = False,
        elastic: bool = False,
        head: Block | None = None,
    ) -> Block:
        """Something of its own height; the larger of ``before`` and the last space is above it."""
        above = max(before, self._gap)
        self._gap = 0.0
        block = Block(height, draws, above, with_next, elastic, head=head)
        self.blocks.append(block)
        return block

    def space(self, height: float) -> None:
        """Leave room before what comes next."""
        self._gap = max(self._gap, height)

    def keep_whole(self, start: int) -> None:
        """All blocks from this place on stay on one page where no page gets too empty."""
        sign = object()
        for block in self.blocks[start:]:
            block.whole = sign

    def stay(self) -> None:
        """What was added last stays on the page of what comes next."""
        if self.blocks:
            self.blocks[-1].with_next = True

    def lay_text(
        self,
        text: str,
        font: QFont,
        width: float,
        *,
        right: bool = False,
        strong_until: int = 0,
        strong_color: str = "",
        most_lines: int = MOST_LINES,
        longest: int = LONGEST,
    ) -> Laid:
        """Break ``text`` into lines of ``width``, at most so many; what is left out is dotted."""
        text = paper_text(text, longest)
        laid = self._lay(text, font, width, right, strong_until, strong_color, most_lines + 1)
        if laid.lines <= most_lines:
            return laid
        end = laid.layout.lineAt(most_lines).textStart()
        shorter = text[: max(end - 3, 1)].rstrip() + "…"
        return self._lay(shorter, font, width, right, strong_until, strong_color, most_lines)

    def _lay(
        self,
        text: str,
        font: QFont,
        width: float,
        right: bool,
        strong_until: int,
        strong_color: str,
        most_lines: int,
    ) -> Laid:
        layout = QTextLayout(text, font, self._device)
        option = QTextOption(Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft)
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        option.setTextDirection(Qt.LayoutDirection.LeftToRight)
        layout.setTextOption(option)
        if strong_until:
            bold = QTextLayout.FormatRange()
            bold.start, bold.length = 0, strong_until
            bold.format.setFontWeight(QFont.Weight.DemiBold)
            if strong_color:
                bold.format.setForeground(QColor(strong_color))
            layout.setFormats([bold])
        layout.beginLayout()
        height, lines = 0.0, 0
        while lines < most_lines and (line := layout.createLine()).isValid():
            line.setLineWidth(max(width, 4.0))
            line.setPosition(QPointF(0, height))
            height += line.height() * LINE
            lines += 1
        layout.endLayout()
        return Laid(layout, height)

    def text(
        self,
        text: str,
        font: QFont | None = None,
        color: str = "",
        *,
        indent: float = 0.0,
        strong_until: int = 0,
        before: float = 0.0,
        after: float = 0.0,
        with_next: bool = False,
        most_lines: int = MOST_LINES,
    ) -> None:
        """A paragraph. A long one may end on the next page, never with fewer than two lines."""
        laid = self.lay_text(
            text,
            font or self.base,
            self.width - indent,
            strong_until=strong_until,
            strong_color=self.theme.text,
            most_lines=most_lines,
        )
        ink = color or self.theme.text
        if laid.lines <= 2 * _CHUNK:
            self.add(laid.height, laid.at(indent, 0.0, ink), before=before, with_next=with_next)
        else:
            self.add_lines(laid, indent, ink, before)
            self.blocks[-1].with_next = with_next
        self.space(after)

    def add_lines(
        self, laid: Laid, indent: float, ink: str, before: float, ground: Draw | None = None
    ) -> None:
        """Laid-out lines, of which a few stay together, on a ground of their own if need be."""
        for start in range(0, laid.lines, _CHUNK):
            lines = [laid.layout.lineAt(n) for n in range(start, min(start + _CHUNK, laid.lines))]
            top = lines[0].position().y()

            def paint(painter: QPainter, _h: float, lines: list = lines, top: float = top) -> None:  # type: ignore[type-arg]
                painter.setPen(QColor(ink))
                for line in lines:
                    line.draw(painter, QPointF(indent, -top))

            height = sum(line.height() * LINE for line in lines)
            # The layout owns the lines: whoever paints them keeps it.
            under = () if ground is None else (ground,)
            self.add(height, *under, paint, _keeping(laid.layout), before=before)
            before = 0.0
            if laid.lines - start - _CHUNK == 1:
                self.stay()

    def section(self, title: str, level: int = 1) -> None:
        """A heading that stays with what follows, and that the outline of the file lists."""
        font = self.heading if level == 1 else self.subheading
        laid = self.lay_text(title, font, self.width, most_lines=3)
        block = self.add(
            laid.height,
            laid.at(0.0, 0.0, self.theme.text),
            before=26.0 if level == 1 else 16.0,
            with_next=True,
        )
        block.heading = (paper_text(title), level)
        self.space(7.0 if level == 1 else 5.0)

    def chart(self, height: float, paint: Callable[[QPainter, QRectF], None]) -> None:
        """A picture over the whole width by a painter of the screen; small type is set."""

        def draw(painter: QPainter, tall: float) -> None:
            painter.setFont(self.small)
            paint(painter, QRectF(0.0, 0.0, self.width, tall))

        self.add(height, draw, elastic=True)

    def table(
        self,
        columns: Sequence[Column],
        rows: Sequence[Sequence[str]],
        *,
        strong_rows: frozenset[int] = frozenset(),
        padding: float = 4.5,
        colors: dict[tuple[int, int], str] | None = None,
    ) -> None:
        """A table with hairline rows; its head is repeated on every page it reaches.

        Rows are never cut, and neither the first nor the last one stands alone on a page.
        """
        fixed = sum(column.width for column in columns)
        shares = sum(column.share for column in columns) or 1.0
        free = self.width - fixed - CELL_GAP * (len(columns) - 1)
        widths = [c.width or max(free * c.share / shares, 10.0) for c in columns]
        head = self._row(columns, [c.title for c in columns], widths, 3.0, header=True)
        sign = object()
        first = self.add(head.height, *head.draws, with_next=True)
        repeated = Block(first.height, first.draws)
        for number, row in enumerate(rows):
            tints = {c: v for (r, c), v in (colors or {}).items() if r == number}
            strong = number in strong_rows
            made = self._row(columns, row, widths, padding, strong=strong, tints=tints)
            alone = number in (0, len(rows) - 2)
            added = self.add(made.height, *made.draws, head=repeated)
            added.with_next, added.whole = alone and len(rows) > 1, sign

    def _row(
        self,
        columns: Sequence[Column],
        cells: Sequence[str],
        widths: Sequence[float],
        padding: float,
        *,
        header: bool = False,
        strong: bool = False,
        tints: dict[int, str] | None = None,
    ) -> Block:
        theme = self.theme
        laid, tallest = [], 0.0
        for column, cell, width in zip(columns, cells, widths, strict=True):
            if header or column.small:
                font = self.small
            else:
                font = self.strong if strong or column.strong else self.base
            laid.append(self.lay_text(cell, font, width, right=column.right))
            tallest = max(tallest, laid[-1].height)
        draws: list[Draw] = []
        x = 0.0
        for number, (one, column, width) in enumerate(zip(laid, columns, widths, strict=True)):
            # Heads stand on the line, cells hang from the top: several lines read from there.
            y = padding + (tallest - one.height if header else 0.0)
            color = theme.text3 if header or column.small else theme.text
            draws.append(one.at(x, y, (tints or {}).get(number, color)))
            x += width + CELL_GAP
        height = tallest + 2 * padding
        draws.append(rule(self.width, height, theme.strong if header else theme.border))
        return Block(height, tuple(draws))


def rule(width: float, y: float, color: str) -> Draw:
    """A hairline over the whole width."""

    def paint(painter: QPainter, _height: float) -> None:
        painter.setPen(QPen(QColor(color), 0.75))
        painter.drawLine(QLineF(0.0, y, width, y))

    return paint


def _keeping(layout: QTextLayout) -> Draw:
    def paint(_painter: QPainter, _height: float) -> None:
        layout.lineCount()

    return paint


def make_font(size_px: int, *, strong: bool = False) -> QFont:
    """The system's font for paper: no hinting, which is for screens, and tabular digits."""
    font = QFont(QGuiApplication.font())
    font.setPixelSize(size_px)
    font.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
    return _for_paper(font)


def _mono_font(size_px: int) -> QFont:
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPixelSize(size_px)
    return _for_paper(font)


def _for_paper(font: QFont) -> QFont:
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    if hasattr(font, "setFeature"):  # Qt 6.7 and later
        font.setFeature(QFont.Tag("tnum"), 1)
        # A ligature is one letter to whoever searches or copies the text.
        font.setFeature(QFont.Tag("liga"), 0)
    return font
