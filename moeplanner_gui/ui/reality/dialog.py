"""Adding a claim: what is claimed, of what, and where it was read; judged while it is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.claims.amounts import amount_text
from moeplanner_gui.core.claims.verdict_words import off_by_text
from moeplanner_gui.core.words import comma_joined, say
from moeplanner_gui.ui.dialog import MARGINS, Dialog, button_row
from moeplanner_gui.ui.fonts import font_base
from moeplanner_gui.ui.hint import Hint
from moeplanner_gui.ui.icons import paint_icon
from moeplanner_gui.ui.reality import words
from moeplanner_gui.ui.reality.claim_fields import ClaimFields
from moeplanner_gui.ui.reality.claim_form import DraftError
from moeplanner_gui.ui.reality.judging import Judging
from moeplanner_gui.ui.style import ThemeProvider

if TYPE_CHECKING:
    from moeplanner_gui.core.claims.terms import Claim, Judgement

PAUSE_MS = 200
"""A claim is judged when the typing pauses."""


class JudgedLine(QWidget):
    """The verdict of what is typed, or what is missing."""

    def __init__(self, themes: ThemeProvider, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes = themes
        self._judgement: Judgement | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(36, 10, 12, 10)
        self.text = QLabel(self)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setWordWrap(True)
        self.text.setFont(font_base())
        self.text.setObjectName("judged")
        self.text.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        # Four lines stay free, so that a longer sentence moves no button.
        self.text.setMinimumHeight(4 * self.fontMetrics().lineSpacing())
        row.addWidget(self.text)

    def show_judgement(self, judgement: Judgement | None, text: str = "") -> None:
        """Show a verdict, or a sentence where there is none yet."""
        self._judgement = judgement
        if judgement is not None:
            verdict, off = words.verdict_cell(judgement), off_by_text(judgement)
            lead = (
                verdict
                if off == "–" or "holds" in judgement.verdict
                else comma_joined((verdict, off))
            )
            computed = judgement.computed
            ours = () if computed is None else (say("Computed: {0}.", amount_text(computed)),)
            text = " ".join((say("{0}.", lead), *ours, words.one_line(judgement.because)))
        self.text.setText(text)
        self.text.setAccessibleName(text)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme, painter, judgement = self._themes.theme, QPainter(self), self._judgement
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.window))
        painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        name, ink = "info", theme.text2
        if judgement is not None:
            name = words.ICONS[judgement.verdict]
            ink = getattr(theme, words.TONES[judgement.verdict])
        paint_icon(painter, QRectF(12, 11, 16, 16), name, ink)


class ClaimDialog(Dialog):
    """A claim of the user's own.

    Attributes:
        claim: What was typed when it was accepted, None before.
        fields: The form.
    """

    def __init__(
        self,
        catalog: Any,
        themes: ThemeProvider,
        parent: QWidget | None = None,
        *,
        claim_id: str,
        claim: Claim | None = None,
    ) -> None:
        super().__init__(parent)
        self._catalog, self._themes = catalog, themes
        self.claim: Claim | None = None
        self._draft: Claim | None = None
        title = say("Add a claim") if claim is None else say("Edit the claim")
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setModal(True)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._judge)
        self.judging = Judging(self)
        self.judging.judged.connect(self._on_judged)
        self.judging.failed.connect(lambda text: self.judged.show_judgement(None, text))
        self.fields = ClaimFields(catalog, themes, claim_id)
        self._build()
        self.fields.edited.connect(self._on_edited)
        self.fields.fill(claim)
        self.finished.connect(lambda _code: self.judging.end())

    def _build(self) -> None:
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setAccessibleName(say("Fields"))
        area.setWidget(self.fields)
        for widget in (self.fields, area.viewport()):
            widget.setBackgroundRole(self.palette().ColorRole.Base)
            widget.setAutoFillBackground(True)
        self.judged = JudgedLine(self._themes, self)
        self.message = Hint(self._themes, "", self)
        self.cancel = QPushButton(say("Cancel"), self)
        self.cancel.clicked.connect(self.reject)
        self.keep = QPushButton(say("Keep it"), self)
        self.keep.setProperty("primary", True)
        self.keep.setDefault(True)
        self.keep.setToolTip(say("Keep the claim in your catalogue; it can be changed and deleted"))
        self.keep.clicked.connect(self._finish)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, MARGINS[3])
        column.setSpacing(10)
        column.addWidget(area, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(MARGINS[0], 0, MARGINS[2], 0)
        foot.setSpacing(10)
        foot.addWidget(self.judged)
        foot.addLayout(button_row((self.cancel, self.keep), middle=self.message))
        column.addLayout(foot)
        screen = QApplication.primaryScreen().availableSize()
        self.resize(min(680, screen.width() - 40), min(660, screen.height() - 60))

    def _on_edited(self) -> None:
        self.message.show_error("")
        self._pause.start()

    def _judge(self) -> None:
        try:
            draft = self._draft = self.fields.read(is_draft=True)
        except DraftError as error:
            self._draft = None
            self.judging.forget()
            self.judged.show_judgement(None, str(error))
            return
        self.judging.judge(lambda: (draft,), self._catalog)

    def _on_judged(self, found: tuple[Judgement, ...]) -> None:
        if self._draft is not None and found:
            self.judged.show_judgement(found[0])

    def _finish(self) -> None:
        try:
            self.claim = self.fields.read()
        except DraftError as error:
            self.message.show_error(str(error))
            self.fields.focus_on(error.field)
            return
        self.accept()
