"""The figures for which the verdict strip has no room, one click or key away. Knows no plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.charts.verdict_figures import Figure
from moeplanner_gui.ui.small_buttons import FrameButton
from moeplanner_gui.ui.style import ThemeProvider


class MoreFigures(FrameButton):
    """A menu with the figures that are left out; choosing one explains it."""

    def __init__(
        self, themes: ThemeProvider, explain: Callable[[str], object], parent: QWidget | None = None
    ) -> None:
        super().__init__(themes, say("{0} more", 9), parent=parent)
        self._explain = explain
        self._shown: tuple[Figure, ...] = ()
        self.setObjectName("more_figures")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._figures = QMenu(self)
        self._figures.setToolTipsVisible(True)
        self.open_menu(self._figures)
        self.hide()

    def show_figures(self, figures: Sequence[Figure]) -> None:
        """Say how many are left out, and list them."""
        self.setVisible(bool(figures))
        if tuple(figures) == self._shown:
            return
        self._shown = tuple(figures)
        self.setText(say("{0} more", len(figures)))
        lines = [f"{one.label}: {one.value} {one.detail}".strip() for one in figures]
        self.setAccessibleName(say("{0} more figures", len(figures)))
        self.setAccessibleDescription("; ".join(lines))
        self.setToolTip("\n".join(lines))
        self._figures.clear()
        for one, line in zip(figures, lines, strict=True):
            action = self._figures.addAction(line.replace("&", "&&"))
            action.setToolTip(one.note)
            action.triggered.connect(lambda _on=False, path=one.path: self._explain(path))
