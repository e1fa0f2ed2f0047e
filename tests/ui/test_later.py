"""What is done a little later is not done for what is gone, and keeps nothing alive."""

from __future__ import annotations

import gc
import weakref
from functools import partial

import shiboken6
from PySide6.QtWidgets import QDialog

from moeplanner_gui.ui.later import later


class Held:
    """Something that a call would hold."""


def test_that_it_is_done_later(qtbot) -> None:
    owner, done = QDialog(), []
    qtbot.addWidget(owner)
    later(0, owner, lambda: done.append(1))
    assert done == []
    qtbot.waitUntil(lambda: done == [1])


def test_that_nothing_is_done_for_what_is_gone_nor_kept(qtbot) -> None:
    owner, held, done = QDialog(), Held(), []
    found = weakref.ref(held)

    later(0, owner, partial(done.append, held))
    shiboken6.delete(owner)
    del held

    def is_gone() -> bool:
        gc.collect()
        return found() is None

    qtbot.waitUntil(is_gone)
    assert done == []
