"""The remarks below the rig: one row a finding, with icon and word. Knows no checks."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QPushButton, QWidget

from moeplanner_gui.core.assessment import Finding
from moeplanner_gui.ui.fonts import font_base, font_strong
from moeplanner_gui.ui.icons import paint_icon
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.theme import Theme

WORDS = {"error": "Error", "warning": "Check", "note": "Note"}
_ICONS = {"error": "error", "warning": "warning", "note": "info"}
_TOLD_BY_THE_PANEL = frozenset({"kernel_missing", "cannot_run"})
"""The panel below the rig says these in full, with what to change."""
_ORDER = {"error": 0, "warning": 1, "note": 2}


class NoteRow(QAbstractButton):
    """One finding: icon, severity word, message; a click selects what it is about.

    Signals:
        chosen(Finding): The row was clicked.
        repair_wanted(Finding): The link at the right was pressed.
    """

    chosen = Signal(object)
    repair_wanted = Signal(object)

    def __init__(
        self, finding: Finding, repair: str, themes: ThemeProvider, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self.finding = finding
        self.repair = repair
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover, True)
        self._link: QPushButton | None = None
        if repair:
            row = QHBoxLayout(self)
            row.setContentsMargins(0, 0, 8, 0)
            row.addStretch(1)
            self._link = QPushButton(repair, self)
            self._link.setProperty("link", True)
            self._link.setToolTip("One undo step")
            self._link.setCursor(Qt.CursorShape.PointingHandCursor)
            self._link.clicked.connect(self._on_repair)
            row.addWidget(self._link, 0, Qt.AlignmentFlag.AlignVCenter)

        self.clicked.connect(self._on_clicked)
        self._name()

    def set_finding(self, finding: Finding) -> None:
        """Show another finding with the same repair."""
        if finding != self.finding:
            self.finding = finding
            self._name()
            self.update()

    def _name(self) -> None:
        self.setObjectName(f"note-{self.finding.code}")
        self.setAccessibleName(f"{WORDS[self.finding.severity]}: {self.finding.message}")
        if self._link is not None:
            self._link.setAccessibleName(f"{self.repair}: {self.finding.message}")

    def _on_clicked(self) -> None:
        self.chosen.emit(self.finding)

    def _on_repair(self) -> None:
        self.repair_wanted.emit(self.finding)

    def height_for(self, width: int) -> int:
        """The height of the wrapped message, at least one list row."""
        box = self._metrics().boundingRect(
            QRectF(0, 0, max(80.0, width - self._before() - self._after()), 10_000),
            int(Qt.TextFlag.TextWordWrap),
            self.finding.message,
        )
        return max(31, round(box.height()) + 14)

    def _metrics(self) -> QFontMetricsF:
        return QFontMetricsF(self._font())

    def _font(self) -> QFont:
        note = self.finding.severity == "note"
        font: QFont = font_base() if note else font_strong()
        return font

    def _before(self) -> float:
        word = WORDS[self.finding.severity]
        return 12 + 16 + 8 + QFontMetricsF(font_strong()).horizontalAdvance(word) + 8

    def _after(self) -> float:
        return 12 + (0 if self._link is None else self._link.sizeHint().width())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), self._themes.theme
        ink, ground = severity_colors(theme, self.finding.severity)
        rect = QRectF(self.rect())
        painter.fillRect(
            rect, QColor(theme.hover if self.underMouse() and ink == theme.text2 else ground)
        )
        paint_icon(painter, QRectF(12, 8, 16, 16), _ICONS[self.finding.severity], ink)
        line = QRectF(36, 7, rect.width(), QFontMetricsF(font_strong()).height() + 2)
        painter.setFont(font_strong())
        painter.setPen(QColor(ink))
        painter.drawText(line, WORDS[self.finding.severity])
        painter.setFont(self._font())
        painter.setPen(QColor(theme.text))
        area = QRectF(
            self._before(), 7, rect.width() - self._before() - self._after(), rect.height()
        )
        painter.drawText(area, int(Qt.TextFlag.TextWordWrap), self.finding.message)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), 2.0))
            painter.drawRect(rect.adjusted(1, 1, -1, -1))


def severity_colors(theme: Theme, severity: str) -> tuple[str, str]:
    """Ink of the word and icon, and the ground."""
    if severity == "error":
        return theme.error, theme.error_bg
    if severity == "warning":
        return theme.warn, theme.warn_bg
    return theme.text2, theme.window


class NotesStrip(QWidget):
    """All findings, worst first, in one framed strip.

    Signals:
        finding_chosen(Finding): A row was clicked.
        repair_wanted(Finding): A row's link was pressed.
    """

    finding_chosen = Signal(object)
    repair_wanted = Signal(object)

    def __init__(self, themes: ThemeProvider, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes = themes
        self._shown: tuple[tuple[Finding, str], ...] = ()
        self.rows: list[NoteRow] = []
        self.setAccessibleName("Remarks about the rig")

    def set_findings(self, findings: tuple[tuple[Finding, str], ...]) -> bool:
        """Show findings, each with the words of its repair; answers whether anything changed."""
        told = (item for item in findings if item[0].code not in _TOLD_BY_THE_PANEL)
        ordered = tuple(sorted(told, key=lambda item: _ORDER[item[0].severity]))
        if ordered == self._shown:
            return False
        self._shown = ordered
        kept: list[NoteRow] = []
        old = self.rows
        for number, (finding, repair) in enumerate(ordered):
            # Most edits change only the figures in the messages; a row lives on then.
            if number < len(old) and old[number].repair == repair:
                row = old[number]
                row.set_finding(finding)
            else:
                row = NoteRow(finding, repair, self._themes, self)
                row.chosen.connect(self.finding_chosen)
                row.repair_wanted.connect(self.repair_wanted)
                row.show()
            kept.append(row)
        for row in old:
            if row not in kept:
                row.hide()
                row.deleteLater()
        self.rows = kept
        return True

    def arrange(self, width: int) -> int:
        """Place the rows in ``width``; answers the height needed."""
        y = 1
        for row in self.rows:
            height = row.height_for(width - 2)
            row.setGeometry(1, y, width - 2, height)
            y += height + 1
        return y if self.rows else 0

    def paintEvent(self, event: QPaintEvent) -> None:
        # The hairlines between the rows and the frame are one ground that shows through.
        if self.rows:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
            path = QPainterPath()
            path.addRoundedRect(QRectF(self.rect()), 6, 6)
            painter.fillPath(path, QColor(self._themes.theme.border))
