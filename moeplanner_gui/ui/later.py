"""Something done a little later, unless what it is for is gone by then."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer
from shiboken6 import isValid


def later(ms: int, owner: QObject, do: Callable[[], object]) -> None:
    """Call ``do`` after ``ms`` milliseconds, if ``owner`` still lives.

    A timer that Qt drops because its context was deleted before leaves what it would have called
    behind, and with it everything that holds: PySide 6.11 kept whole dialogs.
    """

    def call() -> None:
        if isValid(owner):
            do()

    QTimer.singleShot(ms, call)
