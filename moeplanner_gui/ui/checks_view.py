"""The Checks tab: every finding, worst first. Knows the document, no other view."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.assessment import Assessment, Finding
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.icons import paint_icon
from moeplanner_gui.ui.style import (
    ThemeProvider,
    font_base,
    font_small,
    font_strong,
)

_WORDS = {"error": "Error", "warning": "Check", "note": "Note"}
_ICONS = {"error": "error", "warning": "warning", "note": "info"}
NOT_CHECKED = "Not checked: case clearance, power cables, BIOS settings, cooling of the room."


def finding_slot(finding: Finding, assessment: Assessment) -> tuple[int, int | None] | None:
    """The node and slot a finding is about, None when it is about the whole plan."""
    kind, _, number = finding.subject.lower().partition(" ")
    if not number.isdigit():
        return None
    if kind == "node":
        return int(number) - 1, None
    cards = [device for device in assessment.devices if device.kind == "gpu"]
    if kind == "gpu" and 1 <= int(number) <= len(cards):
        device = cards[int(number) - 1]
        return device.node, device.slot
    return None


class _FindingRow(QWidget):
    chosen = Signal()

    def __init__(self, finding: Finding, themes: ThemeProvider) -> None:
        super().__init__()
        self._finding = finding
        self._themes = themes
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(f"{_WORDS[finding.severity]}: {finding.message}")
        self.setToolTip("Shows what this is about")
        row = QHBoxLayout(self)
        row.setContentsMargins(40, 7, 12, 7)
        row.setSpacing(10)
        word = QLabel(_WORDS[finding.severity])
        word.setFont(font_strong())
        word.setMinimumWidth(word.fontMetrics().horizontalAdvance("Check ") + 4)
        row.addWidget(word, 0, Qt.AlignmentFlag.AlignTop)
        message = QLabel(finding.message)
        message.setFont(font_base())
        message.setWordWrap(True)
        message.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row.addWidget(message, 1)
        subject = QLabel(finding.subject.replace("gpu", "GPU"))
        subject.setFont(font_small())
        subject.setProperty("tone", "3")
        row.addWidget(subject, 0, Qt.AlignmentFlag.AlignTop)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus()
        self.chosen.emit()
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._themes.theme
        severity = self._finding.severity
        ink = {"error": theme.error, "warning": theme.warn}.get(severity, theme.text2)
        ground = {"error": theme.error_bg, "warning": theme.warn_bg}.get(severity, theme.panel)
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(ground))
        paint_icon(painter, QRectF(12, 8, 16, 16), _ICONS[severity], ink)
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(theme.grid))
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), 2))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))


class ChecksView(QWidget):
    """Findings as rows; choosing one selects the card or computer it is about."""

    def __init__(
        self,
        document: PlanDocument,
        actions: Actions,
        themes: ThemeProvider,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._themes = themes
        self._rows: list[_FindingRow] = []
        self._at = -1
        self._stale = False
        self.setObjectName("checks_view")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setAccessibleName("Checks")
        self._body = QWidget()
        self._column = QVBoxLayout(self._body)
        self._column.setContentsMargins(16, 12, 16, 12)
        self._column.setSpacing(0)
        area.setWidget(self._body)
        self._body.setAutoFillBackground(True)
        self._body.setBackgroundRole(self.palette().ColorRole.Base)
        outer.addWidget(area)
        document.assessment_changed.connect(self._on_assessment_changed)
        self._show_findings()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._catch_up()

    def next_check(self) -> None:
        """Go to the next finding and select what it is about."""
        self._catch_up()
        if not self._rows:
            return
        self._at = (self._at + 1) % len(self._rows)
        self._rows[self._at].setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._rows[self._at].chosen.emit()

    def _on_assessment_changed(self, _assessment: object) -> None:
        # A tab that nobody sees waits until it is looked at.
        self._stale = True
        if self.isVisible():
            self._catch_up()

    def _catch_up(self) -> None:
        if self._stale:
            self._show_findings()

    def _show_findings(self) -> None:
        self._stale = False
        assessment = self._document.assessment
        while (item := self._column.takeAt(0)) is not None:
            if item.widget() is not None:
                item.widget().deleteLater()
        self._rows = []
        self._at = -1
        order = {"error": 0, "warning": 1, "note": 2}
        for finding in sorted(assessment.findings, key=lambda f: order[f.severity]):
            row = _FindingRow(finding, self._themes)
            row.chosen.connect(lambda f=finding: self._select(f))
            self._column.addWidget(row)
            self._rows.append(row)
        if not self._rows:
            self._column.addWidget(_label("Nothing to check was found.", font_strong()))
        self._column.addSpacing(8)
        self._column.addWidget(_label(NOT_CHECKED, font_small()))
        self._column.addStretch(1)

    def _select(self, finding: Finding) -> None:
        slot = finding_slot(finding, self._document.assessment)
        if slot is not None:
            self._document.select(*slot)


def _label(text: str, font) -> QLabel:  # type: ignore[no-untyped-def]
    label = QLabel(text)
    label.setFont(font)
    label.setWordWrap(False)
    return label
