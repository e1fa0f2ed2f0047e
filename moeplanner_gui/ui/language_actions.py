"""Choosing the window's language: View › Language. It is spoken from the next start on."""

from __future__ import annotations

import sys
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QObject, QProcess
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMainWindow

from moeplanner_gui.core.words import say
from moeplanner_gui.language import LANGUAGES, SYSTEM, choose_language, current_language
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.bars import MessageArea
from moeplanner_gui.ui.settings import SettingsStore

_BAR = "language"
_AGAIN = "start_again"


def start_again(window: QMainWindow) -> None:
    """Close the window, and the program starts anew unless somebody cancelled that."""
    application = QCoreApplication.instance()
    if application is not None and window.close():
        application.setProperty(_AGAIN, True)


def start_again_if_wished() -> None:
    """To be called at the very end: begin the next start that was asked for."""
    application = QCoreApplication.instance()
    if application is None or not application.property(_AGAIN):
        return
    command = [] if getattr(sys, "frozen", False) else ["-m", "moeplanner_gui"]
    QProcess.startDetached(sys.executable, command)


class LanguageActions(QObject):
    """One command a language, and the bar that offers to start again.

    Args:
        actions: The registry of commands.
        bars: Where a choice is answered.
        store: Where it is remembered.
        restart: Closes the window, which asks about unsaved plans, and opens the program again.
        parent: Qt's owner.
    """

    def __init__(
        self,
        actions: Actions,
        bars: MessageArea,
        store: SettingsStore,
        restart: Callable[[], object],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._bars, self._store, self._restart = bars, store, restart
        group = QActionGroup(self)
        self._choices: dict[str, QAction] = {}
        listed = [(SYSTEM, say("Language of the system"))]
        # Its own name, in every language: who does not read this one must find theirs.
        listed += [(language.code, language.name) for language in LANGUAGES]
        for code, name in listed:
            action = actions.add(
                f"view.language_{code}",
                name,
                lambda code=code: self.choose(code),
                menu="View/Language",
                checkable=True,
                tip=say("Speak this language from the next start on"),
            )
            group.addAction(action)
            self._choices[code] = action
        chosen = store.settings.language
        self._choices.get(chosen, self._choices[SYSTEM]).setChecked(True)

    def choose(self, code: str) -> None:
        """Remember a language and offer to start again in it."""
        self._store.settings.language = code
        self._store.save()
        self._choices[code].setChecked(True)
        language = choose_language(code)
        if language == current_language():
            self._bars.remove_bar(_BAR)
            return
        self._bars.show_bar(
            _BAR,
            "info",
            language.name,
            say("The window speaks this language from its next start on."),
            ((say("Start again now"), self._restart),),
        )
