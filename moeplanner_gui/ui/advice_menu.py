"""The menu of changes that would make the plan fit, each with its new verdict. One click, one
undo step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.advice import advisor_of
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.icons import icon
from moeplanner_gui.ui.style import ThemeProvider

if TYPE_CHECKING:
    from moeplanner_gui.core.remedies import Remedy

LOOKING = say("Looking for what would help…")
NONE_HELPS = say("Nothing that was tried makes it fit. Choose another model or other cards.")
_MONEY = 7
"""From this rank on a change buys memory or cards."""


class AdviceMenu(QMenu):
    """Filled when it opens, and again when a search that was still going on is over."""

    def __init__(self, document: PlanDocument, themes: ThemeProvider, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("advice_menu")
        self.setAccessibleName(say("What would make it fit"))
        self.setToolTipsVisible(True)
        self._document, self._themes = document, themes
        self._advisor = advisor_of(document)
        self.aboutToShow.connect(self.fill)
        self._advisor.advice_changed.connect(self._on_advice_changed)
        # An empty menu is not shown on some platforms, and then never asked to fill.
        self.addAction(LOOKING).setEnabled(False)

    def fill(self) -> None:
        """List the changes that are known now."""
        self.clear()
        self._advisor.hurry()
        if not self._advisor.is_finished:
            self.addAction(LOOKING).setEnabled(False)
            return
        found = self._advisor.found
        if not found:
            self.addAction(NONE_HELPS).setEnabled(False)
            return
        bought = False
        for number, remedy in enumerate(found, start=1):
            buys = bool(remedy.rank) and remedy.rank[0] >= _MONEY
            if buys and not bought and number > 1:
                self.addSeparator()
            bought = bought or buys
            self._add(number, remedy)

    def _add(self, number: int, remedy: Remedy) -> None:
        key = f"&{number}  " if number < 10 else "    "
        cost = "" if remedy.usd == 0 or remedy.usd is None else f" · {say('${0:,.0f}', remedy.usd)}"
        outcome = remedy.brief or remedy.outcome
        action = QAction(f"{key}{remedy.title.replace('&', '&&')}{cost}\t{outcome}", self)
        theme = self._themes.theme
        if remedy.unchecked:
            action.setText(say("{0}, not checked on these cards", action.text()))
        sure = remedy.verdict == "fits" and not remedy.unchecked
        mark, ink = ("check", theme.ok) if sure else ("warning", theme.warn)
        action.setIcon(icon(mark, theme, ink))
        action.setIconVisibleInMenu(True)
        action.setToolTip(say("{0}\n{1}\nOne undo step.", remedy.detail, remedy.outcome))
        action.setStatusTip(remedy.detail)
        action.triggered.connect(lambda _checked=False: self._take(remedy))
        self.addAction(action)

    def _take(self, remedy: Remedy) -> None:
        self._document.apply(remedy.title, remedy.plan)

    def _on_advice_changed(self) -> None:
        if self.isVisible():
            self.fill()
