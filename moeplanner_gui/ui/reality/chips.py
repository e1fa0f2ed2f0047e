"""The filter of the claims: one chip a verdict, with how many there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from moeplanner_gui.core.claims.verdict_words import VERDICTS
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.fonts import font_small, font_small_strong
from moeplanner_gui.ui.icons import icon
from moeplanner_gui.ui.reality.words import ICONS, TONES
from moeplanner_gui.ui.style import ThemeProvider

if TYPE_CHECKING:
    from moeplanner_gui.core.claims.terms import Verdict

ALL = ""
ICON_PX = 14


class VerdictChips(QWidget):
    """All, or one verdict.

    Signals:
        chosen(): Another chip is on.
    """

    chosen = Signal()

    def __init__(self, themes: ThemeProvider, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._group = QButtonGroup(self)
        self.chips: dict[str, QToolButton] = {}
        self.setAccessibleName(say("Filter by verdict"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for key in (ALL, *VERDICTS):
            chip = QToolButton(self)
            chip.setProperty("chip", True)
            chip.setObjectName(f"verdict-{key or 'all'}")
            chip.setCheckable(True)
            chip.setFont(font_small())
            # Qt sets words close to an icon; a wider one stands in the middle of its room.
            chip.setIconSize(QSize(ICON_PX + 6, ICON_PX))
            chip.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            if key:
                chip.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            self._group.addButton(chip)
            self.chips[key] = chip
            row.addWidget(chip)
        self.chips[ALL].setChecked(True)
        self._group.buttonToggled.connect(self._on_toggled)
        themes.theme_changed.connect(self._on_theme_changed)
        self._on_theme_changed(themes.theme)
        self.show_counts(0, dict.fromkeys(VERDICTS, 0))

    @property
    def verdict(self) -> Verdict | None:
        """The verdict that is listed, None for all."""
        key = next(key for key, chip in self.chips.items() if chip.isChecked())
        return cast("Verdict", key) if key else None

    def choose(self, verdict: Verdict | None) -> None:
        """Turn a chip on."""
        self.chips[verdict or ALL].setChecked(True)

    def show_counts(self, total: int, counts: Mapping[Verdict, int]) -> None:
        """How many claims there are, and of each verdict."""
        for key, chip in self.chips.items():
            word = VERDICTS[cast("Verdict", key)] if key else say("All")
            count = counts[cast("Verdict", key)] if key else total
            text = say("{0} {1:,}", word, count)
            if chip.text() != text:
                chip.setText(text)
                # Qt leaves more room behind words with an icon than in front of them.
                wide = QFontMetrics(font_small_strong()).horizontalAdvance(text)
                around = ICON_PX + 26 if key else 22
                # Where strong letters are no wider, as in Chinese, Qt's own room decides.
                chip.setFixedWidth(max(wide + around, chip.sizeHint().width()))
                chip.setAccessibleName(say("Show {0}", text))
                chip.setToolTip(
                    say("Show only claims with the verdict “{0}”", word) if key else say("Show all")
                )

    def _on_toggled(self, _button: object, on: bool) -> None:
        if on:
            self.chosen.emit()

    def _on_theme_changed(self, _theme: Any) -> None:
        theme = self._themes.theme
        for key, chip in self.chips.items():
            if key:
                verdict = cast("Verdict", key)
                chip.setIcon(icon(ICONS[verdict], theme, getattr(theme, TONES[verdict])))
