"""One word for each probe: waiting, what it found, or how it failed. Keeps its place throughout."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.fonts import faces
from moeplanner_gui.ui.icons import paint_icon
from moeplanner_gui.ui.style import ThemeProvider

NAMES = {
    "nvml": "NVIDIA",
    "amd": "AMD",
    "intel": "Intel",
    "apple": "Apple",
    "bus": say("PCI bus"),
    "host": say("Host"),
}
_WORDS = {
    "no_device": say("none"),
    "no_library": say("no library"),
    "driver_not_loaded": say("driver not loaded"),
    "version_mismatch": say("versions differ"),
    "no_permission": say("no permission"),
    "device_lost": say("card lost"),
    "timed_out": say("no answer"),
    "crashed": say("crashed"),
    "not_on_this_system": say("not here"),
    "failed": say("failed"),
}
QUIET = frozenset(("no_device", "no_library", "not_on_this_system"))
"""Outcomes that are nothing to worry about: there is no such hardware."""
ICON, GAP, BETWEEN, LINE = 14, 5, 12, 20


class ProbeLine(QWidget):
    """All probes in a row that breaks where it is too narrow."""

    def __init__(self, themes: ThemeProvider, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._reports: dict[str, Any] = {}
        self._shown = False
        self._finished = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(say("Probes"))
        themes.theme_changed.connect(self._on_theme_changed)

    def _on_theme_changed(self, _theme: object) -> None:
        self.update()

    def clear(self) -> None:
        """Nothing has answered; nothing is shown until :meth:`reveal`."""
        self._reports, self._shown, self._finished = {}, False, False
        self._changed()

    def reveal(self) -> None:
        """Show what is waited for: it takes longer than a moment."""
        self._shown = True
        self._changed()

    def finish(self) -> None:
        """Nothing more will answer."""
        self._shown = self._finished = True
        self._changed()

    def add(self, report: Any) -> None:
        """One probe has answered."""
        self._reports[report.probe] = report
        self._changed()

    def words(self) -> list[tuple[str, str, str]]:
        """Icon, colour token and words of each probe."""
        if not self._shown and not self._reports:
            return []
        shown = []
        for key, name in NAMES.items():
            report = self._reports.get(key)
            if report is None and self._finished:
                shown.append(("minus", "text3", say("{0}: not asked", name)))
            elif report is None:
                shown.append(("clock", "text3", say("{0}: asking", name)))
            elif report.outcome == "found":
                count = len(report.cards)
                told = f"{name}: {count}" if count else name
                shown.append(("check", "ok", told))
            elif report.outcome in QUIET:
                shown.append(("minus", "text3", f"{name}: {_WORDS[report.outcome]}"))
            else:
                shown.append(("warning", "warn", f"{name}: {_WORDS[report.outcome]}"))
        return shown

    def _changed(self) -> None:
        self.setAccessibleDescription("; ".join(words for _, _, words in self.words()))
        self.updateGeometry()
        self.update()

    def _lines(self, width: int) -> int:
        """Rows for the words of now, or for those of waiting: what comes moves nothing below."""
        face, x, lines = faces().small, 0.0, 1
        words = self.words() or [("", "", say("{0}: asking", name)) for name in NAMES.values()]
        for _, _, text in words:
            wide = ICON + GAP + face.width(text)
            if x and x + wide > width:
                x, lines = 0.0, lines + 1
            x += wide + BETWEEN
        return lines

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return max(LINE, round(faces().small.height) + 4) * self._lines(width)

    def sizeHint(self) -> QSize:
        return QSize(560, self.heightForWidth(560))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, theme = QPainter(self), self._themes.theme
        face = faces().small
        line = max(LINE, round(face.height) + 4)
        x, y = 0.0, 0.0
        painter.setFont(face.font)
        for icon, ink, words in self.words():
            wide = ICON + GAP + face.width(words)
            if x and x + wide > self.width():
                x, y = 0.0, y + line
            color = getattr(theme, ink)
            paint_icon(painter, QRectF(x, y + (line - ICON) / 2, ICON, ICON), icon, color)
            painter.setPen(QColor(theme.text2))
            place = QRectF(x + ICON + GAP, y, face.width(words) + 2, line)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, words)
            x += wide + BETWEEN
