"""The list of rigs leaves the finder by key and by menu."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication


def test_that_the_list_is_copied_by_key_and_by_menu(qtbot, make_page) -> None:
    table = make_page().list.table
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    text = QApplication.clipboard().text()
    assert len(text.splitlines()) == 1 + table.rigs.rowCount()
    assert len({line.count("\t") for line in text.splitlines()}) == 1
    QApplication.clipboard().setText("")
    menu = table.sort_menu()
    next(action for action in menu.actions() if action.text() == "Copy table").trigger()
    assert QApplication.clipboard().text() == text
