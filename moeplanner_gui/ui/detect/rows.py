"""The lines of a proposal: what the plan has, what was found, how sure, and whether to use it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QLabel, QPushButton, QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.fonts import font_base, font_small, font_strong
from moeplanner_gui.ui.icons import icon
from moeplanner_gui.ui.style import ThemeProvider

if TYPE_CHECKING:
    from moeplanner_gui.detect.proposal import ProposalLine

MARKS = {
    "detected": ("detected", "text2"),
    "assumed": ("help", "text2"),
    "unknown": ("warning", "warn"),
}
_MARK_WORDS = {
    "detected": say("detected"),
    "assumed": say("assumed"),
    "unknown": say("unknown"),
}
PRICE = say("Price")
USED, SUBJECT, NOW, FOUND, MARK = range(5)
MOST_NEAREST = 2


class LinesView(QWidget):
    """One row a line; cards can be left out.

    Signals:
        card_used(int, bool): A card was ticked or not.
        in_use_counted(bool): What is in use now is to be taken off or not.
        mine_said(bool): The computer is there already, or is to be bought.
        complete_wanted(int): The card at this position is to be completed.
        row_wanted(int, object): A catalogue row is to be taken for this card.
    """

    card_used = Signal(int, bool)
    in_use_counted = Signal(bool)
    mine_said = Signal(bool)
    complete_wanted = Signal(int)
    row_wanted = Signal(int, object)

    def __init__(self, themes: ThemeProvider, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.setAccessibleName(say("What was found"))
        self.ticks: dict[int, QCheckBox] = {}
        self.in_use: QCheckBox | None = None
        self.mine: QCheckBox | None = None
        self.links: list[QPushButton] = []
        self._names: list[QLabel] = []
        self._marks: list[tuple[QLabel, str]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(FOUND, 3)
        self._number = 0
        themes.theme_changed.connect(self._tint)

    def clear(self) -> None:
        """No lines."""
        while self._grid.count():
            item = self._grid.takeAt(0)
            widget = None if item is None else item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.ticks, self.in_use, self.mine = {}, None, None
        self.links, self._marks = [], []
        self._names, self._number = [], 0
        self.update()

    def show_plain(self, lines: Sequence[tuple[str, str]]) -> None:
        """What is known already while other probes are still asked."""
        self.clear()
        for subject, found in lines:
            self._add_row(subject, "", found, "detected", "", None)

    def show_lines(
        self,
        lines: Sequence[ProposalLine],
        *,
        out: frozenset[int],
        counts_use: bool,
        mine: bool,
        used_words: str,
        same: frozenset[str],
        taken: dict[int, str],
        nearest: dict[int, Sequence[Any]],
        incomplete: frozenset[int],
    ) -> None:
        """Show a proposal.

        Args:
            lines: The lines; those of cards can be ticked.
            out: Cards that are not used.
            counts_use: Whether what is in use now is taken off.
            mine: Whether the computer is there already and costs nothing.
            used_words: How much is in use on the cards, "" when nothing is.
            same: Subjects of lines that change nothing.
            taken: Names of the rows that were put instead, by card.
            nearest: Rows that a card may be, by card.
            incomplete: Cards that become rows of the user's own and can be completed.
        """
        self.clear()
        has_now = bool(same) or any(line.now for line in lines)
        self._add_head(has_now)
        last_card = max((i for i, line in enumerate(lines) if line.card is not None), default=-1)
        for number, line in enumerate(lines):
            if line.subject == PRICE:
                self._add_mine(line, mine, has_now, line.subject in same)
                continue
            tick = None
            if line.card is not None:
                tick = QCheckBox(self)
                tick.setChecked(line.card not in out)
                tick.setToolTip(say("Use this card for planning"))
                tick.setAccessibleName(say("Use {0}, {1}", line.subject, line.found))
                card = line.card
                tick.toggled.connect(lambda on, at=card: self.card_used.emit(at, on))
                self.ticks[card] = tick
            found = line.found if line.card is None else taken.get(line.card, line.found)
            known = line.card is not None and line.card in taken
            self._add_row(
                line.subject,
                line.now,
                found,
                "assumed" if known else line.mark,
                say("You said what this card is.") if known else line.detail,
                tick,
                has_now=has_now,
                same=line.subject in same and not known,
                says_why=line.card in incomplete,
            )
            if line.card in incomplete:
                self._add_links(line.card or 0, () if known else nearest.get(line.card or 0, ()))
            if number == last_card and used_words:
                self._add_use(counts_use, used_words, has_now)
        if last_card < 0 and used_words:
            self._add_use(counts_use, used_words, has_now)

    def _add_head(self, has_now: bool) -> None:
        words = [(SUBJECT, ""), (FOUND, say("Found")), (MARK, say("How sure"))]
        if has_now:
            words.insert(1, (NOW, say("In the plan now")))
        for column, text in words:
            label = QLabel(text, self)
            label.setFont(font_small())
            label.setProperty("tone", "3")
            label.setContentsMargins(0, 0, 0, 4)
            self._grid.addWidget(label, self._number, column)
        self._number += 1

    def _add_mine(self, line: ProposalLine, mine: bool, has_now: bool, same: bool) -> None:
        tick = QCheckBox(self)
        tick.setChecked(mine)
        tick.setToolTip(say("This computer is mine already: it costs nothing"))
        tick.setAccessibleName(say("This computer is mine already: it costs nothing"))
        tick.toggled.connect(self.mine_said)
        self.mine = tick
        detail = say(
            "Untick it to count all its parts as bought. What is added later counts anyway."
        )
        self._add_row(
            line.subject,
            line.now,
            say("nothing, it is here already"),
            "assumed",
            detail,
            tick,
            has_now=has_now,
            same=same,
        )

    def _add_use(self, counts_use: bool, words: str, has_now: bool) -> None:
        tick = QCheckBox(self)
        tick.setChecked(counts_use)
        tick.setToolTip(say("Take off what other programs hold now"))
        tick.setAccessibleName(say("Take off the memory in use, {0}", words))
        tick.toggled.connect(self.in_use_counted)
        self.in_use = tick
        detail = say(
            "Ticked: other programs keep what they hold now, and it is taken off. "
            "Not ticked: as after they were closed, with the usual share for "
            "system and screen."
        )
        self._add_row(say("In use now"), "", words, "detected", detail, tick, has_now=has_now)

    def _add_row(
        self,
        subject: str,
        now: str,
        found: str,
        mark: str,
        detail: str,
        tick: QCheckBox | None,
        *,
        has_now: bool = False,
        same: bool = False,
        says_why: bool = False,
    ) -> None:
        at = self._number
        name = QLabel(subject, self)
        self._names.append(name)
        name.setFont(font_base())
        name.setProperty("tone", "2")
        value = QLabel(found, self)
        value.setFont(font_base() if same else font_strong())
        cells: list[tuple[int, QWidget]] = [(SUBJECT, name), (FOUND, value)]
        if has_now:
            before = QLabel(say("the same") if same else now or "–", self)
            before.setProperty("tone", "3" if same or not now else "2")
            before.setAccessibleName(say("In the plan now: {0}", now or say("nothing")))
            cells.append((NOW, before))
        cells.append((MARK, self._mark(mark)))
        for column, widget in cells:
            widget.setToolTip(detail)
            if isinstance(widget, QLabel):
                widget.setTextFormat(Qt.TextFormat.PlainText)
                widget.setContentsMargins(0, 5, 0, 5)
                widget.setWordWrap(column != SUBJECT)
            self._grid.addWidget(widget, at, column, Qt.AlignmentFlag.AlignTop)
        told = _MARK_WORDS.get(mark, mark)
        value.setAccessibleName(f"{subject}: {found}, {told}. {detail}".strip())
        if tick is not None:
            top = Qt.AlignmentFlag.AlignTop
            tick.setFixedHeight(name.sizeHint().height())
            self._grid.addWidget(tick, at, USED, top)
        self._number += 1
        # A default that is told on hover only would be a silent one.
        if detail and (mark in ("unknown", "assumed") or says_why):
            self._add_detail(detail)

    def _add_detail(self, detail: str) -> None:
        label = QLabel(detail, self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setFont(font_small())
        label.setWordWrap(True)
        label.setProperty("tone", "2")
        label.setContentsMargins(0, 0, 0, 6)
        self._grid.addWidget(label, self._number, FOUND, 1, MARK - FOUND + 1)
        self._number += 1

    def _add_links(self, card: int, nearest: Sequence[Any]) -> None:
        line = QWidget(self)
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 6)
        row.setSpacing(4)
        complete = self._link(say("Complete…"), say("Fill in what the driver did not say"))
        complete.clicked.connect(lambda: self.complete_wanted.emit(card))
        row.addWidget(complete)
        for near in nearest[:MOST_NEAREST]:
            words = say("Take {0} instead", near.name)
            link = self._link(
                words,
                say(
                    "Plan with the catalogue’s {0}; less memory that was seen is taken off",
                    near.name,
                ),
            )
            link.clicked.connect(lambda _on=False, r=near: self.row_wanted.emit(card, r))
            row.addWidget(link)
        row.addStretch(1)
        self._grid.addWidget(line, self._number, FOUND, 1, MARK - FOUND + 1)
        self._number += 1

    def _link(self, words: str, tip: str) -> QPushButton:
        link = QPushButton(words, self)
        link.setProperty("link", True)
        link.setAutoDefault(False)
        link.setToolTip(tip)
        link.setAccessibleName(words.rstrip("…"))
        self.links.append(link)
        return link

    def _mark(self, mark: str) -> QWidget:
        cell = QWidget(self)
        row = QHBoxLayout(cell)
        row.setContentsMargins(0, 5, 0, 5)
        row.setSpacing(5)
        picture, word = QLabel(cell), QLabel(_MARK_WORDS.get(mark, mark), cell)
        picture.setFixedWidth(16)
        word.setFont(font_small())
        word.setProperty("tone", "2")
        row.addWidget(picture)
        row.addWidget(word)
        row.addStretch(1)
        self._marks.append((picture, mark))
        self._tint_one(picture, mark)
        return cell

    def _tint(self, _theme: object) -> None:
        for picture, mark in self._marks:
            self._tint_one(picture, mark)
        self.update()

    def _tint_one(self, picture: QLabel, mark: str) -> None:
        theme = self._themes.theme
        name, ink = MARKS[mark]
        picture.setPixmap(icon(name, theme, getattr(theme, ink)).pixmap(QSize(14, 14)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        color = QColor(self._themes.theme.grid)
        # Not the grid's own cells: it does not tell them where rows have heights for widths.
        for name in self._names:
            painter.fillRect(0, name.y(), self.width(), 1, color)
