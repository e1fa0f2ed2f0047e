"""Every table of the window leaves it by Ctrl+C and by its menu, as text for a spreadsheet."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from moeplanner_gui.core import edits
from moeplanner_gui.ui.checks.row import CheckRow
from moeplanner_gui.ui.cost.price_dialog import PriceDialog
from moeplanner_gui.ui.explain_panel import _Words
from moeplanner_gui.ui.tables import HairlineTable, TextDelegate
from moeplanner_gui.ui.theme import LIGHT
from tests.hostile import HOSTILE

COPY = Qt.KeyboardModifier.ControlModifier
MARK = "not copied yet"
TABS = ("memory", "context", "speed", "cost")


def copied() -> str:
    return QApplication.clipboard().text()


def press_copy(qtbot, widget: QWidget) -> str:
    """Ctrl+C while the widget has the keyboard; what is on the clipboard then."""
    QApplication.clipboard().setText(MARK)
    widget.setFocus()
    qtbot.keyClick(widget, Qt.Key.Key_C, COPY)
    return copied()


def menu_of(table: QWidget) -> QMenu:
    """The menu that a right click opens, with real events."""
    before = set(QApplication.topLevelWidgets())
    target = table.viewport() if hasattr(table, "viewport") else table
    place = QPoint(10, 10)
    event = QContextMenuEvent(
        QContextMenuEvent.Reason.Mouse, place, target.mapToGlobal(place),
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(target, event)
    menus = [w for w in QApplication.topLevelWidgets() if isinstance(w, QMenu) and w.isVisible()]
    menu = next(menu for menu in menus if menu not in before or menu.isVisible())
    return menu


def choose(menu: QMenu, words: str) -> None:
    action = next(a for a in menu.actions() if a.text() == words)
    action.trigger()
    menu.close()


def check_table(text: str) -> None:
    assert text != MARK
    assert "\t" in text
    for block in text.split("\n\n"):
        widths = {line.count("\t") for line in block.splitlines()}
        assert len(widths) == 1, block
    assert not any(
        cell[:1] in "=+@" for line in text.splitlines() for cell in line.split("\t") if cell
    )


@pytest.mark.parametrize("tab", TABS)
def test_that_every_table_of_a_tab_is_copied_by_key_and_by_menu(window, qtbot, tab) -> None:
    document = window.document
    document.apply("Price", edits.set_economics(document.plan, hardware_usd=20_000))
    document.flush()
    window.activateWindow()
    window.tabs.show_tab(tab)
    view = window.tabs.view(tab)
    for finish in ("finish", "_complete"):
        if hasattr(view, finish):
            getattr(view, finish)()
    tables = [t for t in view.findChildren(HairlineTable) if t.model() is not None]
    assert tables
    for table in tables:
        check_table(press_copy(qtbot, table))
        QApplication.clipboard().setText(MARK)
        choose(menu_of(table), "Copy table")
        check_table(copied())


def test_that_the_checks_are_copied_by_key_and_by_menu(window, qtbot) -> None:
    window.tabs.show_tab("checks")
    view = window.tabs.view("checks")
    row = view.findChildren(CheckRow)[0]
    check_table(press_copy(qtbot, row))
    QApplication.clipboard().setText(MARK)
    choose(menu_of(row), "Copy table")
    check_table(copied())


def test_that_ones_own_prices_are_copied_by_key_and_by_menu(window, qtbot) -> None:
    window.tabs.view("cost").open_prices()
    dialog = next(w for w in window.findChildren(PriceDialog) if w.isVisible())
    check_table(press_copy(qtbot, dialog.table))
    QApplication.clipboard().setText(MARK)
    choose(menu_of(dialog.table), "Copy table")
    check_table(copied())
    dialog.reject()


def test_that_the_bill_is_copied_by_key_and_by_menu(window, qtbot) -> None:
    sheet = window.bill.open()
    check_table(press_copy(qtbot, sheet.table))
    assert copied().splitlines()[-1].split("\t")[1] == "Total"
    QApplication.clipboard().setText(MARK)
    choose(menu_of(sheet.table), "Copy table")
    check_table(copied())
    sheet.reject()


def test_that_a_comparison_is_copied_by_key_and_by_menu(window, qtbot) -> None:
    document = window.document
    document.duplicate("=1+1")
    document.apply("Change", edits.add_gpu(document.plan, 0, 2, "rtxpro6000"))
    window.compare.show()
    window.compare.view.finish()
    table = window.compare.view.table
    check_table(press_copy(qtbot, table))
    assert "'=1+1" in copied().splitlines()[0]
    QApplication.clipboard().setText(MARK)
    choose(menu_of(table), "Copy table")
    check_table(copied())


def test_that_a_derivation_is_copied_as_a_table_or_as_what_is_marked(window, qtbot) -> None:
    window.show_explanation("devices.0.used_bytes")
    words = window.explain.findChild(_Words)
    check_table(press_copy(qtbot, words))
    lines = copied().splitlines()
    assert lines[0].split("\t")[:4] == ["Level", "Figure", "Value", "Confidence"]
    assert lines[1].startswith("1\t") and lines[2].startswith("2\t")
    QApplication.clipboard().setText(MARK)
    choose(menu_of(words), "Copy table")
    check_table(copied())
    words.selectAll()
    assert "\t" not in press_copy(qtbot, words) and copied() != MARK


class Names(QAbstractTableModel):
    """Three rows of a name and a number."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.cells = [(name, "1"), ("plain", "-2.5"), (name, "3,000")]

    def rowCount(self, parent=QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 3

    def columnCount(self, parent=QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 2

    def headerData(self, section, orientation, role=Qt.ItemDataRole.DisplayRole):
        return ("Name", "Size")[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index, role=Qt.ItemDataRole.DisplayRole):
        if role == Qt.ItemDataRole.DisplayRole:
            return self.cells[index.row()][index.column()]
        return None


@pytest.fixture
def table(qtbot):
    table = HairlineTable()
    table.names = Names("a card")
    table.setModel(table.names)
    table.setItemDelegate(TextDelegate(LIGHT, table))
    qtbot.addWidget(table)
    table.resize(400, 200)
    table.show()
    return table


def test_that_a_table_without_words_of_its_own_copies_what_it_shows(qtbot, table) -> None:
    assert press_copy(qtbot, table) == "Name\tSize\na card\t1\nplain\t-2.5\na card\t3,000\n"


def test_that_marked_cells_are_copied_alone(qtbot, table) -> None:
    table.setFocus()
    table.setCurrentIndex(table.model().index(0, 1))
    assert press_copy(qtbot, table).startswith("Name\t")
    qtbot.keyClick(table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert press_copy(qtbot, table) == "1\n-2.5\n"
    qtbot.keyClick(table, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert press_copy(qtbot, table) == "a card\t1\nplain\t-2.5\n"
    QApplication.clipboard().setText(MARK)
    choose(menu_of(table), "Copy table")
    assert copied().startswith("Name\t")
    choose(menu_of(table), "Copy marked cells")
    assert copied() == "a card\t1\nplain\t-2.5\n"


def ground_of(table: HairlineTable, row: int, column: int) -> str:
    image = table.viewport().grab().toImage()
    rect = table.visualRect(table.model().index(row, column))
    return image.pixelColor(rect.right() - 3, rect.top() + 3).name().upper()


def test_that_marked_cells_are_seen(window, qtbot, table) -> None:
    memory = window.tabs.view("memory").table
    window.tabs.show_tab("memory")
    for shown in (table, memory):
        shown.selectAll()
        assert ground_of(shown, 0, 1) == LIGHT.selection
        shown.clearSelection()
        assert ground_of(shown, 0, 1) != LIGHT.selection


@pytest.mark.parametrize("name", list(HOSTILE))
def test_that_a_copied_name_stays_in_its_cell_and_is_no_formula(qtbot, table, name) -> None:
    table.names.cells = [(HOSTILE[name], "1")] * 3
    check_table(press_copy(qtbot, table))
    assert len(copied().splitlines()) == 4
