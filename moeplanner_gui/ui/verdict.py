"""The verdict strip: does it fit, by how much, and what would help. Knows no other view."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QLabel, QSizePolicy, QWidget

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.verdict_words import without_verdict
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.access import announce
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.advice import advisor_of, most_users_text
from moeplanner_gui.ui.advice_menu import AdviceMenu
from moeplanner_gui.ui.charts.verdict_figures import (
    VERDICT_ICONS,
    VERDICT_WORDS,
    Figure,
    verdict_figures,
)
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.fonts import Face, Faces, faces
from moeplanner_gui.ui.icons import paint_icon
from moeplanner_gui.ui.inks import ink, pen
from moeplanner_gui.ui.small_buttons import FrameButton
from moeplanner_gui.ui.style import ThemeProvider, font_heading, font_strong
from moeplanner_gui.ui.text_size import fit
from moeplanner_gui.ui.theme import Theme
from moeplanner_gui.ui.verdict_more import MoreFigures

STRIP_PX = 60
HELP, HELP_RUN = say("What would make it fit"), say("What would make it run")
ADVICE_ACTION, BILL_ACTION = "rig.advice", "rig.bill"
PRICE_PATH = "cost.hardware_usd"
REASON_PX = 380
"""What the sentence of a plan that cannot run keeps beside the figures."""


def verdict_colors(theme: Theme, verdict: str) -> tuple[str, str]:
    """Ink and ground of a verdict."""
    if verdict == "fits":
        return theme.ok, theme.ok_bg
    if verdict == "tight":
        return theme.warn, theme.warn_bg
    return theme.error, theme.error_bg


class _Pressable(QAbstractButton):
    """A painted button with the program's focus ring."""

    def __init__(self, themes: ThemeProvider, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._hovered = False
        themes.theme_changed.connect(self._on_theme_changed)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._hovered = True
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = False
        self.update()
        super().leaveEvent(event)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _on_theme_changed(self, _theme: object) -> None:
        self.update()

    def _paint_focus(self, painter: QPainter) -> None:
        if self.hasFocus():
            painter.setPen(pen(self._themes.theme.accent, 2.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 5, 5)


class VerdictPill(_Pressable):
    """The verdict: icon and word on its ground."""

    def __init__(self, themes: ThemeProvider, parent: QWidget | None = None) -> None:
        super().__init__(themes, parent)
        self._look, self._word = "fits", VERDICT_WORDS["fits"]

    def set_verdict(self, verdict: str, reason: str, *, unchecked: bool = False) -> None:
        """Show another verdict; ``reason`` is its sentence.

        What fits but was never checked to run is no green light: it looks like a tight plan.
        """
        self._look, self._word = verdict, VERDICT_WORDS[verdict]
        if unchecked and verdict in ("fits", "tight"):
            self._look, self._word = "tight", say("{0} in memory", self._word)
        self.setAccessibleName(say("Verdict: {0}", self._word))
        self.setAccessibleDescription(reason)
        self.setToolTip(say("{0}\nClick to see how this is computed.", reason) if reason else "")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        face = faces().pill
        width = face.width(self._word) + 16 + 8 + 2 * 12
        return QSize(int(width + 1), max(36, int(face.metrics.height()) + 16))

    def paintEvent(self, _event: QPaintEvent) -> None:
        color, ground = verdict_colors(self._themes.theme, self._look)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink(ground))
        painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        middle = self.height() / 2
        paint_icon(painter, QRectF(12, middle - 8, 16, 16), VERDICT_ICONS[self._look], color)
        painter.setFont(faces().pill.font)
        painter.setPen(ink(color))
        painter.drawText(
            QRectF(36, 0, self.width() - 36, self.height()),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
            self._word,
        )
        self._paint_focus(painter)


class FigureButton(_Pressable):
    """A label over a value; a click asks how it is computed."""

    def __init__(self, themes: ThemeProvider, parent: QWidget | None = None) -> None:
        super().__init__(themes, parent)
        self.figure = Figure("", "", "", "")
        self._sizes_of: tuple[Figure, Faces] | None = None
        self._sizes = (QSize(), QSize())
        self.with_detail = True

    def set_figure(self, figure: Figure) -> None:
        """Show another figure."""
        if figure == self.figure:
            return
        # The note is in the tooltip alone: another one needs no layout and no paint.
        looks_the_same = replace(figure, note=self.figure.note) == self.figure
        self.figure = figure
        self.setObjectName(f"figure.{figure.key}")
        self.setAccessibleName(f"{figure.label}: {figure.value} {figure.detail}".strip())
        full = f"{figure.label}: {figure.value} {figure.detail}".strip()
        note = f"{figure.note}\n" if figure.note else ""
        how = say("How is this computed? Click, or press Ctrl+F1.")
        if figure.path == PRICE_PATH:
            how = say("Click for the bill of materials. Ctrl+F1: how is this computed?")
        self.setToolTip(f"{full}\n{note}{how}")
        self.setAccessibleDescription(figure.note)
        if not looks_the_same:
            self.updateGeometry()
            self.update()

    def show_detail(self, shown: bool) -> None:
        """Write the remark after the value or leave it to the tooltip."""
        if shown != self.with_detail:
            self.with_detail = shown
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        return self.size_with(self.with_detail)

    def size_with(self, detail: bool) -> QSize:
        """The size with or without the remark; the strip asks it some times for each figure."""
        kept = faces()
        if self._sizes_of != (self.figure, kept):
            self._sizes_of = (self.figure, kept)
            self._sizes = (self._size_with(False), self._size_with(True))
        return self._sizes[detail]

    def _size_with(self, detail: bool) -> QSize:
        value, label = _value_face(), faces().small
        wide = value.width(self.figure.value)
        if self.figure.detail and detail:
            wide += label.width(self.figure.detail) + 6
        wide = max(wide, label.width(self.figure.label))
        high = max(STRIP_PX - 16, round(value.height + label.height) + 10)
        return QSize(int(wide) + 34, high)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        if self._hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ink(theme.hover))
            painter.drawRoundedRect(rect.adjusted(4, 0, -5, 0), 5, 5)
        painter.fillRect(QRectF(rect.right() - 1, 4, 1, rect.height() - 8), ink(theme.border))
        half = rect.height() / 2
        bottom, top = Qt.AlignmentFlag.AlignBottom, Qt.AlignmentFlag.AlignTop
        small, strong = faces().small, _value_face()
        painter.setFont(small.font)
        painter.setPen(ink(theme.text3))
        painter.drawText(QRectF(16, 0, rect.width(), half - 2), bottom, self.figure.label)
        painter.setFont(strong.font)
        painter.setPen(ink(theme.error if self.figure.bad else theme.text))
        value = QRectF(16, half - 1, rect.width(), half)
        painter.drawText(value, top, self.figure.value)
        if self.figure.detail and self.with_detail:
            wide = int(strong.width(self.figure.value) + 0.5)
            base = value.top() + int(strong.metrics.ascent() + 0.5)
            painter.setFont(small.font)
            painter.setPen(ink(theme.text2))
            painter.drawText(int(16 + wide + 6), int(base), self.figure.detail)
        self._paint_focus(painter)


_value_faces: tuple[Faces, Face] | None = None


def _value_face() -> Face:
    """The face of the figures, a step larger than other values."""
    global _value_faces
    kept = faces()
    if _value_faces is None or _value_faces[0] is not kept:
        font = font_strong()
        font.setPixelSize(min(font.pixelSize() + 1, font_heading().pixelSize()))
        _value_faces = (kept, Face(font))
    return _value_faces[1]


class VerdictStrip(QWidget):
    """The largest thing on the screen: the verdict with the figures that decide it.

    Signals:
        explain_requested(str): A figure was asked how it is computed.
    """

    explain_requested = Signal(str)

    def __init__(
        self,
        document: PlanDocument,
        actions: Actions,
        themes: ThemeProvider,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._actions = document, actions
        self._themes = themes
        self.setObjectName("verdict_strip")
        self.setAccessibleName(say("Verdict"))
        fit(self, self._fit_text)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 0, 12, 0)
        self._row.setSpacing(0)
        self.pill = VerdictPill(themes)
        self.pill.setObjectName("verdict_pill")
        self.pill.clicked.connect(self._on_pill_clicked)
        self._row.addWidget(self.pill)
        self._row.addSpacing(8)
        self.advisor = advisor_of(document)
        self.advice = FrameButton(themes, HELP, icon_name="sliders")
        self.advice.setObjectName("advice_button")
        self.advice.setAccessibleDescription(
            say("Changes after which the plan fits, cheapest first")
        )
        self.advice.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.advice.open_menu(AdviceMenu(document, themes, self.advice))
        self._row.addWidget(self.advice)
        self._figures: list[FigureButton] = []
        self._count = 0
        self._said = ""
        self.reason = QLabel()
        self.reason.setFont(font_strong())
        self.reason.setWordWrap(True)
        self.reason.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.reason.hide()
        self.reason.setContentsMargins(8, 0, 8, 0)
        self._row.addWidget(self.reason, 100)
        self.more = MoreFigures(themes, self._explain)
        self._row.addWidget(self.more)
        self._row.addStretch(1)
        self._help = FrameButton(themes, say("How computed"), icon_name="help", key="Ctrl+F1")
        self._help.setObjectName("how_computed")
        self._help.setToolTip(say("How is the figure under the focus computed? (Ctrl+F1)"))
        self._help.setAccessibleName(say("How is this computed?"))
        self._help.clicked.connect(self._on_pill_clicked)
        self._row.addWidget(self._help)
        if ADVICE_ACTION not in actions:
            actions.add(
                ADVICE_ACTION,
                say("What would make it fit?"),
                self.open_advice,
                shortcut="Ctrl+Shift+H",
                tip=say("Changes after which the plan fits, cheapest first"),
                icon="sliders",
                menu="Rig",
            )
        self._action = actions.get(ADVICE_ACTION)
        self.advisor.most_changed.connect(self._on_most_changed)
        document.assessment_changed.connect(self._on_assessment_changed)
        document.memory_unit_changed.connect(self._on_unit_changed)
        themes.theme_changed.connect(self._on_theme_changed)
        self._on_theme_changed(themes.theme)
        self._on_assessment_changed(document.assessment)

    def _fit_text(self) -> None:
        self.setFixedHeight(max(STRIP_PX, self.fontMetrics().height() * 2 + 28))

    @property
    def figures(self) -> tuple[Figure, ...]:
        """What is shown beside the pill."""
        return tuple(button.figure for button in self._figures if not button.isHidden())

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), ink(theme.panel))
        painter.fillRect(0, self.height() - 1, self.width(), 1, ink(theme.border))
        painter.fillRect(0, 0, self.width(), 1, ink(theme.border))

    def _on_assessment_changed(self, assessment: object) -> None:
        assert isinstance(assessment, Assessment)
        reason = assessment.reasons[0] if assessment.reasons else ""
        self.pill.set_verdict(assessment.verdict, reason, unchecked=assessment.unchecked)
        if assessment.verdict != self._said:
            if self._said:
                announce(self.pill, reason, urgent=not assessment.fits)
            self._said = assessment.verdict
        # Without a placement there is no figure to show, only the reason.
        self.reason.setVisible(assessment.verdict == "cannot_run")
        self.reason.setText(without_verdict(reason))
        self.reason.setAccessibleName(reason)
        self._show_advice(assessment)
        document = self._document
        figures = verdict_figures(document.plan, assessment, document.catalog, document.memory_unit)
        while len(self._figures) < len(figures):
            button = FigureButton(self._themes)
            button.clicked.connect(lambda _c=False, b=button: self._explain(b.figure.path))
            self._row.insertWidget(3 + len(self._figures), button)
            self._figures.append(button)
        self._count = len(figures)
        for button, figure in zip(self._figures, figures, strict=False):
            button.set_figure(figure)
        self._arrange()

    def open_advice(self) -> None:
        """Open the list of changes that would make the plan fit."""
        if not self.advice.isHidden():
            self.advice.showMenu()

    def _show_advice(self, assessment: Assessment) -> None:
        needed = not assessment.fits
        words = HELP_RUN if assessment.verdict == "cannot_run" else HELP
        if words != self.advice.text() or not self.advice.toolTip():
            self.advice.setText(words)
            self.advice.setAccessibleName(words)
            order = say("settings first, then what costs accuracy, then money")
            self.advice.setToolTip(f"{words}: {order}")
        self.advice.setVisible(needed)
        self._action.setEnabled(needed)

    def _on_most_changed(self) -> None:
        """Say at the longest context how many users there can be."""
        text = most_users_text(self._document)
        for button in self._figures[: self._count]:
            if button.figure.key == "context" and text != button.figure.note:
                button.set_figure(replace(button.figure, note=text))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def minimumSizeHint(self) -> QSize:
        # Figures give way, the verdict does not.
        return QSize(self._room(0) + 120, self.height())

    def _room(self, width: int) -> int:
        """What the pill, the help and the margins leave of a width; minus their need at 0."""
        fixed = 24 + self.pill.sizeHint().width() + 8 + self._help.sizeHint().width() + 8
        if not self.advice.isHidden():
            fixed += self.advice.sizeHint().width()
        return width - fixed if width else fixed

    def _arrange(self) -> None:
        """Show what there is room for: remarks go first, then figures from the right. The range
        of a modelled figure stays as long as the figure does.
        """
        room = self._room(max(self.width(), 1))
        if not self.reason.isHidden():
            room -= REASON_PX
        buttons = self._figures[: self._count]
        detail = sum(button.size_with(True).width() for button in buttons) <= room
        if sum(b.size_with(detail or b.figure.ranged).width() for b in buttons) > room:
            room -= self.more.sizeHint().width()
        used, left_out = 0, []
        for button in buttons:
            shown = detail or button.figure.ranged
            button.show_detail(shown)
            used += button.size_with(shown).width()
            button.setVisible(used <= room or self.width() == 0)
            if used > room:
                left_out.append(button.figure)
        self.more.show_figures(left_out if self.width() else ())
        for button in self._figures[self._count :]:
            button.hide()

    def _explain(self, path: str) -> None:
        if path == PRICE_PATH and BILL_ACTION in self._actions:
            # Its parts with their prices are the answer; Ctrl+F1 still has the formula.
            self._actions.get(BILL_ACTION).trigger()
        elif path:
            self.explain_requested.emit(path)

    def _on_pill_clicked(self) -> None:
        self.explain_requested.emit("verdict")

    def _on_unit_changed(self, _unit: str) -> None:
        self._on_assessment_changed(self._document.assessment)

    def _on_theme_changed(self, _theme: object) -> None:
        self.update()
