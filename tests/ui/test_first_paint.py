"""What waits for the first picture of a window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from moeplanner_gui.ui.first_paint import FirstPaint


@pytest.fixture
def widget(qtbot):
    made = QWidget()
    qtbot.addWidget(made)
    return made


def test_that_what_waits_for_the_first_paint_runs_once_and_after_it(qtbot, widget) -> None:
    seen = []
    widget.paintEvent = lambda event: seen.append("painted")
    FirstPaint(widget, lambda: seen.append("run"))
    QTimer.singleShot(0, lambda: seen.append("due"))
    widget.show()
    qtbot.waitUntil(lambda: "run" in seen, timeout=5000)
    assert seen.index("painted") < seen.index("run")
    widget.repaint()
    qtbot.waitUntil(lambda: seen[-1] == "painted", timeout=5000)
    assert seen.count("run") == 1


def test_that_nothing_runs_while_nobody_sees_the_widget(qtbot, widget) -> None:
    seen = []
    FirstPaint(widget, lambda: seen.append("run"))
    turned = []
    QTimer.singleShot(0, lambda: turned.append(True))
    qtbot.waitUntil(lambda: bool(turned), timeout=5000)
    assert seen == []
