"""Why it does not fit, and what would make it fit: one click each, one undo step each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.fonts import font_base, font_strong
from moeplanner_gui.ui.rig_builder.fit_panel_row import RemedyRow
from moeplanner_gui.ui.rig_builder.fit_panel_summary import FitSummary
from moeplanner_gui.ui.style import ThemeProvider

if TYPE_CHECKING:
    from moeplanner_gui.core.remedies import Remedy

DELAY_MS = 120
"""Remedies evaluate many plans; they wait until the user has stopped dragging a slider."""
LOWEST_PX, HIGHEST_PX = 122, 200
NOTHING_FITS = "No single change makes it fit. Choose a smaller format or more cards."
NOTHING_RUNS = "Neither llama.cpp nor vLLM runs this model on these cards."
CARDS_PX = 198
"""What the rig above needs for the bars of its first cards and their figures."""


class FitPanel(QWidget):
    """Shown below the rig while the plan does not fit.

    Signals:
        remedy_chosen(Remedy): A remedy was clicked.
        remedy_pointed(object): The pointer is over this remedy, None when over none.
        cards_wanted(): Other cards are to be chosen.
    """

    remedy_chosen = Signal(object)
    remedy_pointed = Signal(object)
    cards_wanted = Signal()

    def __init__(self, document: PlanDocument, themes: ThemeProvider, parent: QWidget) -> None:
        super().__init__(parent)
        self._document = document
        self._themes = themes
        self.rows: list[RemedyRow] = []
        self.summary = FitSummary(themes, self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 9, 12, 10)
        layout.setSpacing(12)
        layout.addWidget(self.summary, 9)
        side = QVBoxLayout()
        side.setSpacing(4)
        self._heading = QLabel("Make it fit", self)
        self._heading.setFont(font_strong())
        self.other_cards = QPushButton("Choose other cards", self)
        self.other_cards.setObjectName("choose_other_cards")
        self.other_cards.setFont(font_base())
        self.other_cards.setToolTip("Go to the list of parts")
        self.other_cards.clicked.connect(self.cards_wanted)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self._heading)
        top.addStretch(1)
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
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self.compute)
        self.hide()

    def fit_height(self, available: int) -> None:
        """Take what the bars of the cards leave of the rig's height, within bounds."""
        wanted = min(available - CARDS_PX, available // 2)
        self.setFixedHeight(max(LOWEST_PX, min(HIGHEST_PX, wanted)))

    def show_assessment(self, assessment: Assessment) -> None:
        """Show or hide the panel; the remedies follow when there is time."""
        # An empty rig says what to do where the cards would be.
        if assessment.fits or not self._document.plan.gpu_count:
            self._timer.stop()
            self.hide()
            return
        self.summary.show_assessment(self._document, assessment)
        cannot = assessment.verdict == "cannot_run"
        self._heading.setText("Make it run" if cannot else "Make it fit")
        self.other_cards.setVisible(cannot)
        self.setVisible(True)
        self._timer.start()

    def compute(self) -> None:
        """Work the remedies out now."""
        self._timer.stop()
        document = self._document
        if document.assessment.fits:
            return
        from moeplanner_gui.core.remedies import remedies

        found = remedies(document.plan, document.catalog)
        if document.assessment.verdict == "cannot_run":
            from moeplanner_gui.ui.charts.running_changes import running_changes

            runs = running_changes(document.plan, document.catalog)
            known = [change.plan for change in runs]
            found = runs + tuple(remedy for remedy in found if remedy.plan not in known)
        self.show_remedies(found)

    def show_remedies(self, found: tuple[Remedy, ...]) -> None:
        """List the remedies in the order given."""
        if [row.remedy for row in self.rows] == list(found) and self.rows:
            return
        while self._column.count():
            item = self._column.takeAt(0)
            widget = None if item is None else item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.rows = []
        for number, remedy in enumerate(found, start=1):
            row = RemedyRow(remedy, number, self._themes, self._list)
            row.clicked.connect(lambda _checked=False, r=remedy: self.remedy_chosen.emit(r))
            row.pointed.connect(self.remedy_pointed)
            self._column.addWidget(row)
            self.rows.append(row)
        if not found:
            cannot = self._document.assessment.verdict == "cannot_run"
            none = QLabel(NOTHING_RUNS if cannot else NOTHING_FITS)
            none.setWordWrap(True)
            none.setFont(font_base())
            self._column.addWidget(none)
        self._column.addStretch(1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._themes.theme.panel))
        painter.fillRect(0, 0, self.width(), 1, QColor(self._themes.theme.border))
