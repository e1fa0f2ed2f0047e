"""The form of one price: every part has a place of its own, in either direction."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from moeplanner_gui.ui.cost.price_form import PriceForm
from moeplanner_gui.ui.style import ThemeProvider


@pytest.mark.parametrize(
    "direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft]
)
def test_that_a_long_kind_covers_no_label(qtbot, direction: Qt.LayoutDirection) -> None:
    form = PriceForm(ThemeProvider("light"), ())
    qtbot.addWidget(form)
    form.kind.setItemText(0, "Part (card, computer, memory, and what else is sold in one piece)")
    form.setLayoutDirection(direction)
    form.resize(362, 300)
    form.show()
    label = next(one for one in form.findChildren(QLabel) if one.buddy() is form.kind)
    assert not form.kind.geometry().intersects(label.geometry())
    assert form.rect().contains(form.kind.geometry())
