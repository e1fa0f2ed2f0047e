"""Undo by the keyboard while a line has the focus."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

_CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def number(window, qtbot):
    """The context's line, with the focus."""
    window.activateWindow()
    found = window.panes[0].context.number
    found.setFocus()
    qtbot.waitUntil(found.hasFocus)
    found.selectAll()
    return found


def test_that_ctrl_z_takes_an_edit_back_while_its_line_keeps_the_focus(
    number, window, qtbot
) -> None:
    before = window.document.plan.workload.context_tokens
    qtbot.keyClicks(number, "64000")
    qtbot.keyClick(number, Qt.Key.Key_Return)
    assert window.document.plan.workload.context_tokens == 64_000
    qtbot.keyClick(number, Qt.Key.Key_Z, _CTRL)
    assert window.document.plan.workload.context_tokens == before
    qtbot.keyClick(number, Qt.Key.Key_Z, _CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert window.document.plan.workload.context_tokens == 64_000


def test_that_ctrl_z_takes_typed_text_back_before_it_counts(number, window, qtbot) -> None:
    before, text = window.document.plan, number.lineEdit().text()
    qtbot.keyClicks(number, "77")
    qtbot.keyClick(number, Qt.Key.Key_Z, _CTRL)
    assert number.lineEdit().text() == text
    assert window.document.plan == before
    assert window.document.undo_stack.count() == 0
