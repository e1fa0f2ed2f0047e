"""Icons: outlines of one stroke that exist for every name and take the colour asked for."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import QByteArray, QPoint, QRect, QSize
from PySide6.QtGui import QIcon, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from moeplanner_gui.ui.icons import icon, icon_names, icons_dir
from moeplanner_gui.ui.theme import DARK, LIGHT


@pytest.mark.parametrize("name", icon_names())
def test_that_an_icon_is_an_outline_in_the_current_colour(qapp, name) -> None:
    text = (icons_dir() / f"{name}.svg").read_text(encoding="utf-8")
    assert QSvgRenderer(QByteArray(text.encode())).isValid()
    assert 'stroke="currentColor"' in text and 'fill="none"' in text
    assert not re.search(r"#[0-9a-fA-F]{3,6}", text)


def test_that_an_icon_is_tinted_in_the_colour_asked_for(qapp) -> None:
    image = icon("plus", LIGHT, "#FF0000").pixmap(QSize(64, 64)).toImage()
    middle = image.pixelColor(32, 32)
    assert (middle.red(), middle.green(), middle.blue()) == (255, 0, 0)


def test_that_an_icon_without_room_is_painted_without_a_warning(qapp, qtlog) -> None:
    for size in (QSize(0, 0), QSize(16, 0)):
        assert icon("plus", LIGHT, "#FF0000").pixmap(size).isNull()
        image = QImage(20, 20, QImage.Format.Format_ARGB32)
        painter = QPainter(image)
        icon("plus", LIGHT, "#FF0000").paint(painter, QRect(QPoint(2, 2), size))
        painter.end()
    assert [record.message for record in qtlog.records] == []


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_that_a_disabled_icon_takes_the_disabled_colour(qapp, theme) -> None:
    pixmap = icon("plus", theme).pixmap(QSize(64, 64), QIcon.Mode.Disabled)
    assert pixmap.toImage().pixelColor(32, 32).name().upper() == theme.disabled.upper()


def test_that_every_icon_of_an_action_exists(window) -> None:
    names = {action.property("icon_name") for action in window.actions_registry.all()} - {""}
    assert names <= set(icon_names())


def test_that_a_copied_icon_still_paints(qapp) -> None:
    copies = [QIcon(icon("open", LIGHT)) for _ in range(50)]
    for copy in copies:
        assert not copy.pixmap(QSize(16, 16)).isNull()
