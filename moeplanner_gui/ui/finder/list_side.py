"""The right half: the list or why there is none, notes under it, and what to do with a rig."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.search.terms import FoundRig, SearchResult, Wishes
from moeplanner_gui.core.words import paragraph, say
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.chart_pieces import TintedLabel
from moeplanner_gui.ui.finder import several, words
from moeplanner_gui.ui.finder.nothing import NothingPanel
from moeplanner_gui.ui.finder.price_line import PriceLine
from moeplanner_gui.ui.finder.rig_list import RigList
from moeplanner_gui.ui.fonts import faces, font_base, font_heading, font_small
from moeplanner_gui.ui.icons import icon
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.theme import Theme

UNPRICED = say("Rigs without a price")
BEFORE = say("Searching; these did it before")
SO_FAR = say("These are the rigs so far; what was left out is said at the end.")
FOOT_LINES, FOOT_LINES_OF_A_WAY = 3, 2
FOOT_CHARS = 44
"""What is left beside the buttons has to hold as many."""


class ListSide(QWidget):
    """The list with its notes and buttons.

    Signals:
        load_wanted(): The chosen rig should become the plan's.
        compare_wanted(): It should be opened beside the plan.
        prices_wanted(): The user's price list should open.
        unpriced_toggled(bool): Show rigs without a price, or those with one.
    """

    load_wanted = Signal()
    compare_wanted = Signal()
    prices_wanted = Signal()
    unpriced_toggled = Signal(bool)

    def __init__(
        self, actions: Actions, themes: ThemeProvider, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        theme = themes.theme
        self._actions, self._unpriced = actions, False
        self._inside = several.heading(1)
        self._title = TintedLabel("text", font_heading(), theme)
        self._title.setText(self._inside)
        self._back = _link("back_to_rigs", say("Back to the rigs with a price"))
        self._back.clicked.connect(lambda: self.unpriced_toggled.emit(False))
        self._back.hide()
        self.copy_button = QToolButton()
        self.copy_button.setObjectName("copy_rigs")
        self.copy_button.setAccessibleName(say("Copy the list"))
        self.copy_button.setToolTip(say("Copy the list, for a spreadsheet (Ctrl+C in it)"))
        self.copy_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.table = RigList(theme)
        self.copy_button.clicked.connect(self.table.copy)
        self.nothing = NothingPanel(themes)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.table)
        self._pages.addWidget(self.nothing)
        self.price = PriceLine(themes)
        self.price.hide()
        self.notes = _Notes(themes)
        self.notes.show_missing.clicked.connect(lambda: self.unpriced_toggled.emit(True))
        self.notes.my_prices.clicked.connect(self.prices_wanted)
        self.notes.hide()
        self.foot = TintedLabel("text2", font_small(), theme)
        # As high for every rig: what stands over it may not move.
        self.foot.setMinimumHeight(FOOT_LINES * int(faces().small.height))
        self.foot.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        self.foot.setObjectName("finder_foot")
        self.foot.setWordWrap(True)
        self.foot.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.compare = QPushButton(say("Compare"))
        self.compare.setObjectName("compare_rig")
        self.load = QPushButton(say("Load this rig"))
        self.load.setObjectName("load_rig")
        self.load.setProperty("primary", True)
        self.others = QCheckBox(several.OTHERS)
        self.others.setObjectName("open_others")
        self.others.setFont(font_small())
        self.others.hide()
        self.load.clicked.connect(self.load_wanted)
        self.compare.clicked.connect(self.compare_wanted)
        self.table.load_wanted.connect(self.load_wanted)
        self._lay_out()
        self.set_theme(theme)
        self.show_chosen(None)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(12, 0, 0, 0)
        head.addWidget(self._title)
        head.addWidget(self._back)
        head.addStretch(1)
        head.addWidget(self.copy_button)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        buttons.addWidget(self.compare)
        buttons.addWidget(self.load)
        foot = self._foot = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        foot.setContentsMargins(12, 0, 4, 0)
        foot.setSpacing(8)
        foot.addWidget(self.foot, 1)
        foot.addLayout(buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 10, 16, 14)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self._pages, 1)
        column.addWidget(self.price)
        column.addWidget(self.notes)
        column.addWidget(self.others, 0, Qt.AlignmentFlag.AlignRight)
        column.addLayout(foot)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # Beside the buttons its words would be a column of single ones where text is large.
        buttons = self.compare.sizeHint().width() + self.load.sizeHint().width()
        fits = self.width() - buttons >= FOOT_CHARS * self.foot.fontMetrics().averageCharWidth()
        way = QBoxLayout.Direction
        self._foot.setDirection(way.LeftToRight if fits else way.TopToBottom)

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self._title.set_theme(theme)
        self.foot.set_theme(theme)
        self.table.set_theme(theme)
        self.nothing.set_theme()
        self.notes.set_theme(theme)
        self.copy_button.setIcon(icon("copy", theme))

    def show_rigs(
        self, rigs: Sequence[FoundRig], best: Sequence[bool | None], place: int | None
    ) -> None:
        """Show rigs, with one chosen; ``best`` None: it is not in the chart."""
        self._pages.setCurrentWidget(self.table)
        self._title.setText(UNPRICED if self._unpriced else self._inside)
        self.table.show_rigs(rigs, best, place)
        self.copy_button.setEnabled(bool(rigs))

    def show_models(self, count: int) -> None:
        """How many models are searched for from now on; what is listed keeps its heading."""
        self._inside = several.heading(count)

    def show_old(self) -> None:
        """What is listed answers wishes that are others by now."""
        if self._pages.currentWidget() is self.table and self.table.rigs.rowCount():
            self._title.setText(BEFORE)

    def show_so_far(self) -> None:
        """Rigs of a search that goes on are listed: what was said was about another answer."""
        self.notes.show_notes((SO_FAR,), "")

    def show_searching(self) -> None:
        """A search takes its time: what would have to give was about other wishes."""
        if self._pages.currentWidget() is self.nothing:
            self.nothing.show_message(
                say("Searching"), say("Nothing did all of the wishes before.")
            )
            self.notes.show_notes((), "")

    def show_result(self, result: SearchResult, wishes: Wishes, *, unpriced: bool) -> None:
        """What there is to say about an answer."""
        self._unpriced = unpriced
        self._title.setText(UNPRICED if unpriced else self._inside)
        self.table.setAccessibleName(self._title.text())
        self._back.setVisible(unpriced)
        missing = (
            "" if unpriced or not result.unpriced else words.missing_words(len(result.unpriced))
        )
        self.notes.show_notes((*several.notes_of(result), *words.notes_of(result)), missing)
        if unpriced or result.rigs:
            self._pages.setCurrentWidget(self.table)
            return
        self._show_nothing()
        if result.message:
            self.nothing.show_message(say("Nothing to search in"), result.message)
        elif not result.complete:
            self.nothing.show_message(
                say("The search was stopped"), say("It had found nothing yet."), again=True
            )
        elif result.relaxations:
            self.nothing.show_relaxations(
                words.NO_RIGS, say("What would have to give:"), wishes, result.relaxations
            )
        else:
            self.nothing.show_message(
                words.NO_RIGS, say("Wish for a shorter context, fewer users or less speed.")
            )

    def show_failed(self, sentence: str) -> None:
        """The search broke."""
        self._show_nothing()
        self.nothing.show_message(say("The search failed"), sentence, error=True, again=True)
        self.notes.show_notes((), "")
        self.show_chosen(None)

    def _show_nothing(self) -> None:
        """A heading over no list would say that there is one."""
        self._pages.setCurrentWidget(self.nothing)
        self._title.setText("")

    def show_chosen(self, rig: FoundRig | None) -> None:
        """What can be done with the chosen rig."""
        ways = () if rig is None else rig.ways
        self.foot.setText("" if rig is None else "\n".join((words.foot_words(rig), *ways)))
        lines = FOOT_LINES + FOOT_LINES_OF_A_WAY * len(ways)
        self.foot.setMinimumHeight(lines * int(faces().small.height))
        others = () if rig is None else rig.ways[1:]
        self.others.setVisible(bool(others))
        self.others.setToolTip(say("In further tabs: {0}", "; ".join(others)))
        for button, tip in (
            (
                self.load,
                say("Put this rig into the plan, as one step that Undo takes back (Enter)"),
            ),
            (self.compare, say("Open the plan on this rig in a tab beside the open one")),
        ):
            button.setEnabled(rig is not None)
            button.setToolTip(tip if rig is not None else say("Choose a rig first"))


class _Notes(QFrame):
    """An information sign and sentences, with links."""

    def __init__(self, themes: ThemeProvider) -> None:
        super().__init__()
        self.setObjectName("finder_notes")
        self._theme = themes.theme
        self._mark = QLabel()
        self._text = TintedLabel("text", font_base(), themes.theme)
        self._text.setWordWrap(True)
        # Where the window is low the first words stay, and not those in the middle.
        self._text.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._text.setObjectName("finder_notes_text")
        self.show_missing = _link("show_unpriced", say("Show them"))
        self.my_prices = _link("finder_prices", say("My prices…"))
        links = QHBoxLayout()
        links.setSpacing(8)
        links.addWidget(self.show_missing)
        links.addWidget(self.my_prices)
        links.addStretch(1)
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addWidget(self._text)
        column.addLayout(links)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 8, 10, 6)
        row.setSpacing(8)
        row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)

    @property
    def words(self) -> str:
        """What is said."""
        return self._text.text()

    def show_notes(self, notes: Sequence[str], missing: str) -> None:
        """Show sentences; ``missing`` is the one that has the link."""
        sentences = [*notes, missing] if missing else list(notes)
        self._text.setText(paragraph(sentences))
        self.show_missing.setVisible(bool(missing))
        self.setVisible(bool(sentences))
        self.setAccessibleName(self._text.text())
        self.setToolTip(self._text.text())

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self._theme = theme
        self._text.set_theme(theme)
        self._mark.setPixmap(icon("info", theme).pixmap(16, 16))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.window))
        painter.drawRoundedRect(self.rect(), 6, 6)


def _link(name: str, text: str) -> QToolButton:
    link = QToolButton()
    link.setObjectName(name)
    link.setText(text)
    link.setAccessibleName(text.replace("…", ""))
    link.setProperty("link", True)
    link.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return link
