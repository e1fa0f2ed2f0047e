"""Buttons that show a command follow it, and are told of a change once however often it changes."""

from __future__ import annotations

from PySide6.QtCore import SIGNAL
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QToolButton

from moeplanner_gui.ui.action_button import ActionButton


def test_that_a_button_follows_its_command(qtbot) -> None:
    action = QAction("Undo")
    button = ActionButton()
    button.setDefaultAction(action)
    qtbot.addWidget(button)
    action.setText("Undo Add card")
    action.setEnabled(False)
    assert button.text() == "Undo Add card" and not button.isEnabled()
    action.setEnabled(True)
    with qtbot.waitSignal(action.triggered):
        button.click()


def test_that_buttons_of_the_window_listen_to_a_command_once(window) -> None:
    shown = [
        button.defaultAction()
        for button in window.findChildren(QToolButton)
        if button.defaultAction() is not None and button.defaultAction().objectName()
    ]
    ours = [action for action in shown if "." in action.objectName()]
    assert len(ours) > 4

    def listeners() -> dict[str, int]:
        return {one.objectName(): one.receivers(SIGNAL("changed()")) for one in ours}

    for action in ours:
        action.setStatusTip("changed")
    before = listeners()
    for number in range(20):
        for action in ours:
            action.setStatusTip(f"changed {number}")
    assert listeners() == before
