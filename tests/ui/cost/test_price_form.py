"""The form of one price: every part has a place of its own, in either direction."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from moeplanner_gui.ui.cost import price_form
from moeplanner_gui.ui.style import ThemeProvider


@pytest.mark.parametrize(
    "direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft]
)
def test_that_a_long_kind_covers_no_label(
    qtbot, monkeypatch: pytest.MonkeyPatch, direction: Qt.LayoutDirection
) -> None:
    long = "Part (card, computer, memory, what else)~~~~~~~"
    sorts = ((long, price_form.SORTS[0][1]), *price_form.SORTS[1:])
    monkeypatch.setattr(price_form, "SORTS", sorts)
    form = price_form.PriceForm(ThemeProvider("light"), ())
    side = QWidget()
    qtbot.addWidget(side)
    QVBoxLayout(side).addWidget(form)
    side.setFixedWidth(380)
    side.setLayoutDirection(direction)
    side.show()
    label = next(one for one in form.findChildren(QLabel) if one.buddy() is form.kind)
    assert not form.kind.geometry().intersects(label.geometry())
    assert form.rect().contains(form.kind.geometry())
