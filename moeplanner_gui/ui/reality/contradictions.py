"""What articles contradict each other about: what each says, side by side, and what is computed."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.claims.amounts import amount_text
from moeplanner_gui.core.claims.verdict_words import TOPICS
from moeplanner_gui.core.words import comma_joined, say
from moeplanner_gui.ui.fonts import font_base, font_heading, font_small, font_strong
from moeplanner_gui.ui.reality import words
from moeplanner_gui.ui.reality.answering import Answering
from moeplanner_gui.ui.reality.detail import plain_label
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.tables import copy_text

if TYPE_CHECKING:
    from moeplanner_gui.core.claims.terms import Contradiction, Position

COLUMN_PX, GAP = 220, 8
TSV_HEAD = (say("Matter"), say("Topic"), say("Who"), say("Says"), say("Claims"))
HERE = say("Computed here")


class Cell(QFrame):
    """What one side says; ``ours`` has the accent at its left."""

    def __init__(self, themes: ThemeProvider, *, ours: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes, self._ours = themes, ours
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(12, 8, 10, 8)
        self.column.setSpacing(3)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme, painter = self._themes.theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(QColor(theme.border), 1))
        painter.setBrush(QColor(theme.selection if self._ours else theme.panel))
        painter.drawRoundedRect(box, 6, 6)


class Block(QWidget):
    """One matter: its title, and the sides in as many columns as there is room for."""

    def __init__(
        self, matter: Contradiction, names: Mapping[str, str], page: ContradictionsPage
    ) -> None:
        super().__init__(page)
        self.matter = matter
        self._columns = 0
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        head = QHBoxLayout()
        title = plain_label(words.one_line(matter.title), font_heading())
        topic = QLabel(TOPICS[matter.topic], self)
        topic.setFont(font_small())
        topic.setProperty("tone", "3")
        head.addWidget(title, 1)
        head.addWidget(topic)
        column.addLayout(head)
        self._grid = QGridLayout()
        self._grid.setSpacing(GAP)
        column.addLayout(self._grid)
        self._cells = [self._position(position, names, page) for position in matter.positions]
        self.ours = Cell(page.themes, ours=True, parent=self)
        self._who(self.ours, HERE)
        self.answer = plain_label(say("working it out …"), font_base(), parent=self.ours)
        self.ours.column.addWidget(self.answer)
        self.ours.column.addStretch(1)
        self._cells.append(self.ours)
        self.setAccessibleName(words.one_line(matter.title))

    def _who(self, cell: Cell, text: str) -> None:
        label = plain_label(text, font_small(), "2", cell)
        cell.column.addWidget(label)

    def _position(
        self, position: Position, names: Mapping[str, str], page: ContradictionsPage
    ) -> Cell:
        cell = Cell(page.themes, ours=False, parent=self)
        many = len(position.articles) > 1
        ids = comma_joined(position.articles)
        self._who(cell, say("Articles {0}", ids) if many else names.get(ids, f"Article {ids}"))
        cell.column.addWidget(plain_label(words.one_line(position.says), font_strong()))
        cell.column.addStretch(1)
        if position.claims:
            links = comma_joined(
                f'<a href="{escape(one)}">{escape(one)}</a>' for one in position.claims
            )
            label = QLabel(say("Claims {0}", links), cell)
            label.setTextFormat(Qt.TextFormat.RichText)
            label.setFont(font_small())
            label.setWordWrap(True)
            flags = Qt.TextInteractionFlag
            keyboard = flags.LinksAccessibleByKeyboard
            label.setTextInteractionFlags(flags.LinksAccessibleByMouse | keyboard)
            label.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            label.setAccessibleName(say("Claims {0}", comma_joined(position.claims)))
            label.setToolTip(say("Go to the claim"))
            label.linkActivated.connect(page.claim_wanted)
            cell.column.addWidget(label)
        return cell

    def arrange(self, width: int) -> None:
        """Put the cells into columns."""
        columns = max(1, min(len(self._cells), (width + GAP) // (COLUMN_PX + GAP)))
        if columns == self._columns:
            return
        for column in range(self._columns):
            self._grid.setColumnStretch(column, 0)
        self._columns = columns
        for number, cell in enumerate(self._cells):
            self._grid.addWidget(cell, number // columns, number % columns)
        for column in range(columns):
            self._grid.setColumnStretch(column, 1)


class ContradictionsPage(QScrollArea):
    """All matters, one below the other.

    Signals:
        claim_wanted(str): The claim with this id is to be shown.
    """

    claim_wanted = Signal(str)

    def __init__(self, themes: ThemeProvider, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.themes = themes
        self.blocks: dict[str, Block] = {}
        self.setObjectName("contradictions")
        self.setAccessibleName(say("Contradictions between articles"))
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.answering = Answering(self)
        self.answering.answered.connect(self._on_answered)
        self._answers: dict[str, tuple[str, ...]] = {}
        themes.theme_changed.connect(self._on_theme_changed)

    def _on_theme_changed(self, _theme: object) -> None:
        self.viewport().update()

    def fill(self, base: Any) -> None:
        """Show the matters of a catalogue, and compute what it says of them."""
        claims = base.claims
        names = {
            key: say("Article {0}, {1}", key, words.one_line(row.publisher))
            for key, row in claims.articles.items()
        }
        body = QWidget()
        body.setBackgroundRole(QPalette.ColorRole.Base)
        column = QVBoxLayout(body)
        column.setContentsMargins(20, 14, 20, 16)
        column.setSpacing(18)
        self._answers = {}
        self.blocks = {key: Block(one, names, self) for key, one in claims.contradictions.items()}
        for block in self.blocks.values():
            column.addWidget(block)
        column.addStretch(1)
        self.setWidget(body)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Base)
        self._arrange()
        self.answering.answer(tuple(claims.contradictions.values()), base)

    def _on_answered(self, matter_id: str, lines: tuple[str, ...]) -> None:
        block = self.blocks.get(matter_id)
        if block is not None:
            self._answers[matter_id] = lines
            block.answer.setText("\n".join(lines))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        for block in self.blocks.values():
            block.arrange(self.viewport().width() - 40)

    def copy_table(self) -> None:
        """Copy all of it, one line a side, for a spreadsheet."""
        rows = [TSV_HEAD]
        for key, block in self.blocks.items():
            matter = block.matter
            lead = (matter.title, TOPICS[matter.topic])
            for side in matter.positions:
                who = say("Article {0}", comma_joined(side.articles))
                rows.append((*lead, who, side.says, comma_joined(side.claims)))
            rows += [(*lead, HERE, line, "") for line in self._answers.get(key, ())]
        copy_text(words.tsv(tuple(words.harmless(cell) for cell in row) for row in rows))

    def end(self) -> None:
        """No thread outlives the window."""
        self.answering.end()


def answer_line(says: str, found: Any) -> str:
    """``"V4 Flash in 4 bits: 152–171.8 GB"``, or why it cannot be computed."""
    what = found.because if found.computed is None else amount_text(found.computed)
    return f"{words.one_line(says)}: {words.one_line(what)}"
