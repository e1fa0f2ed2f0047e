"""The left panel with one step's time, and what stands in place of all panels without a speed."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.derivation import Confidence
from moeplanner_gui.core.id_words import confidence_words
from moeplanner_gui.core.words import say
from moeplanner_gui.export import speed_words as words
from moeplanner_gui.export.speed_steps import milliseconds
from moeplanner_gui.ui.chart_pieces import HEAD_HEIGHT, TintedLabel
from moeplanner_gui.ui.charts.speed_facts import StepFacts
from moeplanner_gui.ui.fonts import font_heading
from moeplanner_gui.ui.message import MessagePanel
from moeplanner_gui.ui.speed.waterfall import StepModel, Waterfall
from moeplanner_gui.ui.tables import copy_table
from moeplanner_gui.ui.theme import Theme

DECODE = "speed.decode_tokens_per_s"
MISSING = say("What is often missing")
NEXT_STEP = say(
    "The bandwidth or TFLOPS of a card that was typed in: keep it in My "
    "hardware and edit it there. The computer, its memory speed, a link or "
    "the network: choose them in the rig."
)
LINKS_ACTION = "rig.node_links"


def sure_of(weak: bool) -> Confidence:
    """How sure a figure is whose constants have few measurements behind them, or enough."""
    return Confidence.UNVERIFIED if weak else Confidence.MODELLED


class StepPanel(QWidget):
    """Where the time of one token goes, with the time of the whole step over it.

    Signals:
        explain_requested(str): The path of the figure the user wants explained.
        links_wanted(): The user wants to enter links and memory speed.
    """

    explain_requested = Signal(str)
    links_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._heading = TintedLabel("text", font_heading(), theme)
        self._heading.setText(say("Where the time of one token goes"))
        self._heading.setMinimumHeight(HEAD_HEIGHT)
        self._whole = QToolButton()
        self._whole.setProperty("link", True)
        self._whole.setObjectName("speed_step")
        self._whole.setToolTip(say("How is the time of one step computed?"))
        self._whole.clicked.connect(self._explain)
        self.model = StepModel(self)
        self.table = Waterfall(theme)
        self.table.setModel(self.model)
        self.table.cell_opened.connect(self._on_opened)
        self.table.copy_requested.connect(self._copy)
        self.message = MessagePanel(theme)
        self._links = QPushButton(say("Links and memory speed…"))
        self._links.setObjectName("speed_links")
        self._links.clicked.connect(self.links_wanted)
        unknown = QWidget()
        lines = QVBoxLayout(unknown)
        lines.setContentsMargins(8, 0, 8, 8)
        lines.addWidget(self.message, 1)
        lines.addWidget(self._links, 0, Qt.AlignmentFlag.AlignHCenter)
        self._unknown = unknown
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(unknown)
        head = QHBoxLayout()
        head.setContentsMargins(16, 2, 12, 0)
        head.addWidget(self._heading)
        head.addStretch(1)
        head.addWidget(self._whole)
        below = QHBoxLayout()
        below.setContentsMargins(8, 0, 8, 0)
        below.addWidget(self._stack)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(2)
        column.addLayout(head)
        column.addLayout(below, 1)

    def show_facts(self, facts: StepFacts, assessment: Assessment) -> None:
        """Show another step, or why there is none."""
        self.model.show(facts.steps)
        self._whole.setVisible(bool(facts.steps))
        if facts.steps:
            text = say("{0} a step", milliseconds(facts.seconds))
            sure = sure_of(assessment.speed.weak)
            self._whole.setText(f"{text}  {sure.mark} {confidence_words(sure.value)}")
            self._whole.setAccessibleName(
                say("{0}, {1}. How is it computed?", text, confidence_words(sure.value))
            )
            self._stack.setCurrentWidget(self.table)
            self.table.fit_columns()
        else:
            self.message.show_message("help", "text2", MISSING, NEXT_STEP)
            self._stack.setCurrentWidget(self._unknown)

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        for piece in (self._heading, self.table, self.message):
            piece.set_theme(theme)

    def _on_opened(self, _index: QModelIndex) -> None:
        self._explain()

    def _explain(self) -> None:
        self.explain_requested.emit(DECODE)

    def _copy(self) -> None:
        copy_table(self.model.as_tsv())


class NoSpeed(QWidget):
    """Why a plan has no speed at all, and a button for what would help.

    Signals:
        help_wanted(): The button was pressed.
    """

    help_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self.message = MessagePanel(theme)
        self.message.setObjectName("speed_message")
        self.message.setMaximumHeight(8 * self.fontMetrics().height())
        self._help = QPushButton(say("What would make it fit"))
        self._help.setObjectName("speed_help")
        self._help.clicked.connect(self.help_wanted)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 16)
        column.addStretch(1)
        column.addWidget(self.message)
        column.addWidget(self._help, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)

    def show_why(self, assessment: Assessment) -> None:
        """Say why this plan has no speed."""
        title, why = words.why_none(assessment)
        runs = assessment.verdict != "cannot_run"
        empty = not assessment.devices
        icon, token = "error" if runs else "no-entry", "error"
        if empty:
            icon, token = "card", "text2"
            why = say("Drag a card into the rig, or select one in Parts and press Enter.")
        self.message.show_message(icon, token, title, why)
        self._help.setText(say("What would make it fit") if runs else say("What would make it run"))
        self._help.setVisible(not empty)

    def set_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self.message.set_theme(theme)
