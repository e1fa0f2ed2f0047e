"""The rules of a change of looks: every widget is styled anew, and none of them ten times."""

from __future__ import annotations

import gc
from collections import Counter

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QAbstractItemDelegate, QApplication, QComboBox, QWidget

MOST_TIMES = 2
"""Once without the old style sheet, once with the new."""


class Restyled(QObject):
    """Counts how often each widget is given its style."""

    def __init__(self) -> None:
        super().__init__()
        self.times: Counter[QWidget] = Counter()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.StyleChange and isinstance(watched, QWidget):
            self.times[watched] += 1
        return False


@pytest.mark.parametrize("change", ["theme", "text"])
def test_that_a_change_of_looks_styles_a_widget_twice_at_most(window, qtbot, change) -> None:
    themes, application = window.themes, QApplication.instance()
    themes.set_mode("light")
    restyled = Restyled()
    application.installEventFilter(restyled)
    try:
        if change == "theme":
            themes.set_mode("dark")
        else:
            themes.set_text_percent(125)
    finally:
        application.removeEventFilter(restyled)
        themes.set_text_percent(100)
        themes.set_mode("light")
    assert window.verdict in restyled.times
    assert len(restyled.times) > 200
    often = {type(one).__name__: n for one, n in restyled.times.items() if n > MOST_TIMES}
    assert often == {}


def test_that_a_change_of_looks_reaches_no_table_that_is_gone(window, qtbot) -> None:
    window.themes.set_mode("light")
    shown = window.help.open_catalogue()
    with qtbot.waitSignal(shown.destroyed):
        shown.close()
    # An error in a slot fails the test.
    window.themes.set_mode("dark")
    window.themes.set_mode("light")


def test_that_a_change_of_looks_leaves_no_delegates_behind(window, qtbot) -> None:
    boxes = [box for box in window.findChildren(QComboBox) if box.isVisible()]
    assert boxes

    def kept() -> int:
        return sum(len(box.view().findChildren(QAbstractItemDelegate)) for box in boxes)

    window.themes.set_mode("dark")
    before = kept()
    for mode in ("light", "dark", "light", "dark"):
        window.themes.set_mode(mode)
    qtbot.waitUntil(lambda: kept() <= before)
    assert all(box.itemDelegate() is not None for box in boxes)


def test_that_a_change_of_looks_leaves_no_wrappers_behind(window, qtbot) -> None:
    def wrappers() -> Counter[str]:
        gc.collect()
        return Counter(type(one).__name__ for one in gc.get_objects())

    def change_looks() -> None:
        for mode in ("light", "dark"):
            window.themes.set_mode(mode)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)

    change_looks()
    before = wrappers()
    for _ in range(4):
        change_looks()
    more = wrappers() - before
    assert {name: n for name, n in more.items() if name.startswith("Q") and n > 4} == {}
