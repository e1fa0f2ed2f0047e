"""One claim in detail: verdict, bars, arithmetic, what it mixed up, and what does work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.words import comma_joined, say
from moeplanner_gui.ui.fonts import font_base, font_heading, font_small, font_strong
from moeplanner_gui.ui.icons import icon, paint_icon
from moeplanner_gui.ui.message import MessagePanel
from moeplanner_gui.ui.reality import words
from moeplanner_gui.ui.reality.bar import BarsView
from moeplanner_gui.ui.reality.facts import bars_of
from moeplanner_gui.ui.reality.rows import ClaimRow
from moeplanner_gui.ui.reality.steps import StepsView
from moeplanner_gui.ui.style import ThemeProvider

if TYPE_CHECKING:
    from moeplanner_gui.core.claims.terms import NamedPlan

MARGIN = 20
LEAST_PX = 300


def plain_label(text: str, font: QFont, tone: str = "", parent: QWidget | None = None) -> QLabel:
    """Words that wrap and can be copied, shown as they are whatever marks are in them."""
    label = QLabel(text, parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setFont(font)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    # A name without a gap must not make the panel wider than it is.
    label.setMinimumWidth(1)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    if tone:
        label.setProperty("tone", tone)
    return label


class Note(QFrame):
    """Words on another ground behind an icon."""

    def __init__(self, themes: ThemeProvider, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        themes.theme_changed.connect(self._on_theme_changed)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme, painter = self._themes.theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(QColor(theme.window))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRoundedRect(QRectF(self.rect()), 5, 5)
        paint_icon(painter, QRectF(10, 8, 16, 16), "info", theme.text2)

    def _on_theme_changed(self, _theme: Any) -> None:
        self.update()


class VerdictLine(QWidget):
    """The icon and the word."""

    def __init__(self, themes: ThemeProvider, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._row: ClaimRow | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        themes.theme_changed.connect(self._on_theme_changed)

    def show_row(self, row: ClaimRow) -> None:
        """Show the verdict of a claim."""
        self._row = row
        self.setAccessibleName(say("Verdict: {0}", words.verdict_cell(row.judgement)))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, max(20, self.fontMetrics().height() + 2))

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._row is None:
            return
        theme, painter, verdict = self._themes.theme, QPainter(self), self._row.verdict
        ink = getattr(theme, words.TONES[verdict]) if verdict else theme.text2
        middle = self.height() / 2
        if verdict:
            paint_icon(painter, QRectF(0, middle - 8, 16, 16), words.ICONS[verdict], ink)
        painter.setFont(font_strong())
        painter.setPen(QColor(ink))
        place = QRectF(22 if verdict else 0, 0, self.width() - 22, self.height())
        text = words.verdict_cell(self._row.judgement)
        judgement = self._row.judgement
        if judgement is not None and judgement.verdict in ("wrong", "cannot_be_true"):
            off = words.off_by(judgement)
            text = text if off == "–" else comma_joined((text, off))
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, text)

    def _on_theme_changed(self, _theme: Any) -> None:
        self.update()


class ClaimDetail(QWidget):
    """The panel beside the table.

    Signals:
        load_wanted(tuple): These plans are to be opened.
        copy_wanted(): The claim is to be copied as Markdown.
        edit_wanted(str): A claim of the user's own is to be changed.
        delete_wanted(str): It is to be deleted.
    """

    load_wanted = Signal(object)
    copy_wanted = Signal()
    edit_wanted = Signal(str)
    delete_wanted = Signal(str)

    def __init__(self, themes: ThemeProvider, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.row: ClaimRow | None = None
        self.setObjectName("claim_detail")
        self.setMinimumWidth(LEAST_PX)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self._area = QScrollArea(self)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setAccessibleName(say("The claim in detail"))
        self._area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._area, 1)
        self.empty = MessagePanel(themes.theme, self)
        self.empty.hide()
        column.addWidget(self.empty, 1)
        self._make_body(themes)
        self._foot = self._make_foot()
        column.addLayout(self._foot)
        themes.theme_changed.connect(self._on_theme_changed)
        self._on_theme_changed(themes.theme)

    def _make_body(self, themes: ThemeProvider) -> None:
        body = QWidget()
        body.setBackgroundRole(QPalette.ColorRole.Base)
        column = QVBoxLayout(body)
        column.setContentsMargins(MARGIN, 12, MARGIN, 12)
        column.setSpacing(6)
        self.verdict = VerdictLine(themes, body)
        self.says = plain_label("", font_heading())
        self.place = plain_label("", font_small(), "2")
        self.bars = BarsView(themes, body)
        self.steps = StepsView(themes, body)
        self.mixed_up = plain_label("", font_strong())
        self.because = plain_label("", font_base())
        self.works_box = Note(themes, body)
        inner = QVBoxLayout(self.works_box)
        inner.setContentsMargins(34, 7, 10, 8)
        self.works = plain_label("", font_small())
        inner.addWidget(self.works)
        self.note = plain_label("", font_small(), "2")
        for widget, gap in (
            (self.verdict, 0), (self.says, 0), (self.place, 4), (self.bars, 6), (self.steps, 4),
            (self.mixed_up, 0), (self.because, 4), (self.works_box, 2), (self.note, 0),
        ):  # fmt: skip
            column.addWidget(widget)
            if gap:
                column.addSpacing(gap)
        column.addStretch(1)
        self._area.setWidget(body)
        self._area.viewport().setBackgroundRole(QPalette.ColorRole.Base)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_foot()

    def _share_foot(self) -> None:
        """Buttons side by side; one below the other where large text leaves no room for that."""
        row = self._foot
        inside = row.contentsMargins()
        widths = [
            item.widget().sizeHint().width() + row.spacing()
            for item in (row.itemAt(index) for index in range(row.count()))
            if item.widget() is not None and item.widget().isVisibleTo(self)
        ]
        needed = sum(widths) - row.spacing() + inside.left() + inside.right()
        is_short = needed > self.width()
        ways = QBoxLayout.Direction
        row.setDirection(ways.TopToBottom if is_short else ways.LeftToRight)

    def _make_foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(MARGIN, 6, MARGIN, 10)
        row.setSpacing(8)
        self.copy = QPushButton(say("Copy as Markdown"), self)
        self.copy.setToolTip(say("Copy verdict, figures and arithmetic, for a forum"))
        self.copy.clicked.connect(self.copy_wanted)
        self.edit = QToolButton(self)
        self.edit.setAccessibleName(say("Edit this claim"))
        self.edit.setToolTip(say("Edit this claim of your own (F2)"))
        self.edit.clicked.connect(lambda: self._ask(self.edit_wanted))
        self.delete = QToolButton(self)
        self.delete.setAccessibleName(say("Delete this claim"))
        self.delete.setToolTip(say("Delete this claim of your own (Delete); it can be undone"))
        self.delete.clicked.connect(lambda: self._ask(self.delete_wanted))
        self.more = QToolButton(self)
        self.more.setAccessibleName(say("Load another plan"))
        self.more.setToolTip(say("The other plans that were evaluated, or all of them"))
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self.more)
        self._menu.setAccessibleName(say("Plans of this claim"))
        self.more.setMenu(self._menu)
        self.load = QPushButton(say("Load as plan"), self)
        self.load.setProperty("primary", True)
        self.load.clicked.connect(self._on_load_clicked)
        for widget in (self.copy, self.edit, self.delete):
            row.addWidget(widget)
        row.addStretch(1)
        for widget in (self.more, self.load):
            row.addWidget(widget)
        return row

    def show_row(self, row: ClaimRow | None, *, is_own: bool = False) -> None:
        """Show a claim; None shows why there is none."""
        same = row is not None and self.row is not None and row.claim.id == self.row.claim.id
        self.row = row
        self._area.setVisible(row is not None)
        self.empty.setVisible(row is None)
        judged = row is not None and row.judgement is not None
        self.copy.setEnabled(judged)
        self.edit.setVisible(is_own)
        self.delete.setVisible(is_own)
        self._show_plans(row.judgement.plans if row and row.judgement else ())
        if row is not None:
            self._fill(row)
            if not same:
                self._area.verticalScrollBar().setValue(0)

    def _fill(self, row: ClaimRow) -> None:
        judgement = row.judgement
        self.verdict.show_row(row)
        self.says.setText(f"“{words.one_line(row.claim.says)}”")
        self.place.setText(words.place_line(row.claim, row.article))
        self.bars.show_bars(None if judgement is None else bars_of(judgement))
        self.steps.show_steps(() if judgement is None else judgement.steps)
        mixed = "" if judgement is None else words.mixed_up(judgement)
        _show(self.mixed_up, say("Mixed up: {0}", mixed) if mixed else "")
        _show(self.because, "" if judgement is None else words.one_line(judgement.because))
        works = "" if judgement is None else words.one_line(judgement.works)
        self.works_box.setVisible(bool(works))
        self.works.setText(works)
        _show(self.note, words.one_line(row.claim.note or ""))

    def _show_plans(self, plans: tuple[NamedPlan, ...]) -> None:
        self.load.setEnabled(bool(plans))
        self.more.setVisible(len(plans) > 1)
        self._share_foot()
        first = plans[0].label if plans else ""
        tip = words.tip(say("Open in a tab of its own:"), words.one_line(first))
        tip = tip if plans else say("Nothing was evaluated as a plan")
        self.load.setToolTip(tip)
        self._menu.clear()
        for one in plans:
            # An ampersand would be taken for the mark of a key.
            action = self._menu.addAction(words.one_line(one.label).replace("&", "&&"))
            action.triggered.connect(lambda _on=False, one=one: self.load_wanted.emit((one,)))
        if len(plans) > 1:
            self._menu.addSeparator()
            action = self._menu.addAction(say("All {0} plans", len(plans)))
            action.triggered.connect(lambda: self.load_wanted.emit(plans))

    def _ask(self, signal: Any) -> None:
        if self.row is not None:
            signal.emit(self.row.claim.id)

    def _on_load_clicked(self) -> None:
        if self.row is not None and self.row.judgement is not None and self.row.judgement.plans:
            self.load_wanted.emit(self.row.judgement.plans[:1])

    def _on_theme_changed(self, _theme: Any) -> None:
        theme = self._themes.theme
        self.copy.setIcon(icon("copy", theme))
        self.edit.setIcon(icon("edit", theme))
        self.delete.setIcon(icon("trash", theme))
        self.more.setIcon(icon("chevron-down", theme))
        self.empty.set_theme(theme)
        self.verdict.update()


def _show(label: QLabel, text: str) -> None:
    label.setText(text)
    label.setVisible(bool(text))
