"""Why it does not fit, and what would make it fit: one click each, one undo step each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.advice import advisor_of
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.fonts import font_base, font_strong
from moeplanner_gui.ui.rig_builder.fit_panel_row import RemedyRow
from moeplanner_gui.ui.rig_builder.fit_panel_summary import FitSummary
from moeplanner_gui.ui.style import ThemeProvider

if TYPE_CHECKING:
    from moeplanner_gui.core.plan import Plan
    from moeplanner_gui.core.remedies import Remedy

LOWEST_PX, HIGHEST_PX = 122, 200
NOTHING_FITS = say("Nothing that was tried makes it fit. Choose another model or other cards.")
LOOKING = say("Looking for what would help…")
NOTHING_RUNS = say("No engine that is known here runs this model on these cards.")
CARDS_PX = 198
"""What the rig above needs for the bars of its first cards and their figures."""


class FitPanel(QWidget):
    """Shown below the rig while the plan does not fit.

    Signals:
        remedy_chosen(Remedy): A remedy was clicked.
        remedy_pointed(object): The pointer is over this remedy, None when over none.
        cards_wanted(): Other cards are to be chosen.
        memory_wanted(node, slot): The memory of the card that decides is to be edited.
    """

    remedy_chosen = Signal(object)
    remedy_pointed = Signal(object)
    cards_wanted = Signal()
    memory_wanted = Signal(int, int)

    def __init__(self, document: PlanDocument, themes: ThemeProvider, parent: QWidget) -> None:
        super().__init__(parent)
        self._document = document
        self._themes = themes
        self.rows: list[RemedyRow] = []
        self._offered_for: Plan | None = None
        self.summary = FitSummary(themes, self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 9, 12, 10)
        layout.setSpacing(12)
        layout.addWidget(self.summary, 9)
        side = QVBoxLayout()
        side.setSpacing(4)
        self._heading = QLabel(say("Make it fit"), self)
        self._heading.setFont(font_strong())
        self.other_cards = QPushButton(say("Choose other cards"), self)
        self.other_cards.setObjectName("choose_other_cards")
        self.other_cards.setFont(font_base())
        self.other_cards.setToolTip(say("Go to the list of parts"))
        self.other_cards.clicked.connect(self.cards_wanted)
        self._tightest: tuple[int, int] | None = None
        self.card_memory = QPushButton(say("Memory of this card…"), self)
        self.card_memory.setObjectName("edit_card_memory")
        self.card_memory.setFont(font_base())
        self.card_memory.setToolTip(say("What the driver, the screen and others keep of this card"))
        self.card_memory.clicked.connect(self._on_memory_clicked)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self._heading)
        top.addStretch(1)
        top.addWidget(self.card_memory)
        top.addWidget(self.other_cards)
        side.addLayout(top)
        self._list = QWidget(self)
        self._column = QVBoxLayout(self._list)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        area = QScrollArea(self)
        area.setWidget(self._list)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.viewport().setAutoFillBackground(False)
        self._list.setAutoFillBackground(False)
        side.addWidget(area, 1)
        layout.addLayout(side, 11)
        self.advisor = advisor_of(document)
        self.advisor.advice_changed.connect(self._on_advice_changed)
        self.hide()

    def fit_height(self, available: int) -> None:
        """Take what the bars of the cards leave of the rig's height, within bounds."""
        wanted = min(available - CARDS_PX, available // 2)
        self.setFixedHeight(max(LOWEST_PX, min(HIGHEST_PX, wanted)))

    def show_assessment(self, assessment: Assessment) -> None:
        """Show or hide the panel; the remedies follow when there is time."""
        # An empty rig says what to do where the cards would be.
        if assessment.fits or not self._document.plan.gpu_count:
            self.hide()
            return
        self.summary.show_assessment(self._document, assessment)
        cannot = assessment.verdict == "cannot_run"
        self._heading.setText(say("Make it run") if cannot else say("Make it fit"))
        self.other_cards.setVisible(cannot)
        self._show_memory_button(assessment)
        for row in self.rows:
            # Until the search is over they are changes of the plan before.
            row.setEnabled(self._document.plan == self._offered_for)
        self.setVisible(True)

    def _show_memory_button(self, assessment: Assessment) -> None:
        """Offer to edit the card that decides, when a card does."""
        at = assessment.tightest
        device = assessment.devices[at] if at is not None else None
        self._tightest = None
        if device is not None and device.kind == "gpu" and device.slot is not None:
            self._tightest = (device.node, device.slot)
            self.card_memory.setText(say("Memory of {0}…", device.name))
        self.card_memory.setVisible(self._tightest is not None)

    def _on_memory_clicked(self) -> None:
        if self._tightest is not None:
            self.memory_wanted.emit(*self._tightest)

    def _on_advice_changed(self) -> None:
        if self._document.assessment.fits:
            return
        if self.advisor.is_finished:
            self.show_remedies(self.advisor.found)
        elif self.advisor.is_slow:
            self._show_words(LOOKING)

    def _show_words(self, words: str) -> None:
        """A sentence in the place of the list."""
        self._clear()
        label = QLabel(words)
        label.setWordWrap(True)
        label.setFont(font_base())
        self._column.addWidget(label)
        self._column.addStretch(1)

    def _clear(self) -> None:
        while self._column.count():
            item = self._column.takeAt(0)
            widget = None if item is None else item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.rows = []

    def show_remedies(self, found: tuple[Remedy, ...]) -> None:
        """List the remedies in the order given."""
        if [row.remedy for row in self.rows] == list(found) and self.rows:
            self._offered_for = self._document.plan
            for row in self.rows:
                row.setEnabled(True)
            return
        self._clear()
        self._offered_for = self._document.plan
        for number, remedy in enumerate(found, start=1):
            row = RemedyRow(remedy, number, self._themes, self._list)
            row.clicked.connect(lambda _checked=False, r=remedy: self.remedy_chosen.emit(r))
            row.pointed.connect(self.remedy_pointed)
            self._column.addWidget(row)
            self.rows.append(row)
        if not found:
            cannot = self._document.assessment.verdict == "cannot_run"
            self._show_words(NOTHING_RUNS if cannot else NOTHING_FITS)
            return
        self._column.addStretch(1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._themes.theme.panel))
        painter.fillRect(0, 0, self.width(), 1, QColor(self._themes.theme.border))
