"""A window that is on the screen and in front, as a person has it."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication


@pytest.fixture
def front(window, qtbot):
    """The window in front; its views are made and painted once."""
    window.resize(1440, 900)
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window)
    return window
