"""Shortcuts: one sheet of all, none twice, mnemonics that do not fight, menus by the keys."""

from __future__ import annotations

from collections import Counter

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QKeySequence, QPageSize, QPdfWriter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QLabel,
    QMenu,
    QTreeView,
    QWidget,
)

from moeplanner_gui.ui.mnemonics import mark_menu, with_mnemonics, without_mark
from moeplanner_gui.ui.shortcut_sheet import ShortcutSheet, as_html, is_on_every_keyboard
from tests.ui.access.test_screen_reader import opened_in_turn, tops


def open_sheet(front, qtbot) -> ShortcutSheet:
    QTest.keyClick(front.focusWidget() or front, Qt.Key.Key_F1)
    qtbot.waitUntil(lambda: bool(tops(front)))
    (sheet,) = tops(front)
    assert isinstance(sheet, ShortcutSheet)
    sheet.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is sheet)
    return sheet


def test_that_f1_shows_every_shortcut_of_the_action_table(front, qtbot) -> None:
    sheet = open_sheet(front, qtbot)
    shown = {row.keys for row in sheet.rows}
    native = QKeySequence.SequenceFormat.NativeText
    for action in front.actions_registry.all():
        keys = [key for key in action.shortcuts() if is_on_every_keyboard(key)]
        for key in keys:
            assert any(key.toString(native) in keys for keys in shown), action.objectName()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert tops(front) == []


def test_that_the_sheet_is_searched_by_command_and_by_key(front, qtbot) -> None:
    sheet = open_sheet(front, qtbot)
    everything = len(sheet.listed)
    QTest.keyClicks(sheet.search, "undo")
    assert {row.keys.split(",")[0] for row in sheet.listed} == {"Ctrl+Z"}
    sheet.search.clear()
    QTest.keyClicks(sheet.search, "ctrl+k")
    assert [row.text for row in sheet.listed] == ["Search actions"]
    sheet.search.clear()
    assert len(sheet.listed) == everything
    QTest.keyClicks(sheet.search, "qqq")
    assert sheet.listed == ()
    assert "No shortcut" in sheet.count.text()
    sheet.close()


def test_that_the_sheet_prints_what_is_listed(front, qtbot, tmp_path) -> None:
    sheet = open_sheet(front, qtbot)
    QTest.keyClicks(sheet.search, "theme")
    file = tmp_path / "keys.pdf"
    writer = QPdfWriter(str(file))
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    sheet.document().print_(writer)
    del writer
    assert file.read_bytes().startswith(b"%PDF")
    assert "Undo" not in as_html(sheet.listed)
    sheet.close()


def test_that_no_key_of_a_window_means_two_things(front) -> None:
    """Commands, and shortcuts that views have made of their own."""
    taken: Counter[str] = Counter()
    for action in {a for w in (front, *front.findChildren(QWidget)) for a in w.actions()}:
        if action.shortcutContext() in (
            Qt.ShortcutContext.WindowShortcut,
            Qt.ShortcutContext.ApplicationShortcut,
        ):
            taken.update(key.toString() for key in set(action.shortcuts()))
    assert {key: n for key, n in taken.items() if n > 1} == {}


def mnemonics(words: list[str]) -> Counter[str]:
    marks: Counter[str] = Counter()
    for text in words:
        plain = text.replace("&&", "")
        if "&" in plain:
            marks[plain[plain.index("&") + 1].lower()] += 1
    return marks


def test_that_no_two_entries_of_a_menu_share_a_mnemonic(front) -> None:
    menus = [front.menuBar(), *front.menuBar().findChildren(QMenu)]
    for menu in menus:
        if isinstance(menu, QMenu):
            menu.aboutToShow.emit()
        marks = mnemonics([action.text() for action in menu.actions() if not action.isSeparator()])
        twice = {mark for mark, number in marks.items() if number > 1}
        title = menu.title() if isinstance(menu, QMenu) else "menu bar"
        assert twice == set(), f"{title}: {twice}"


def test_that_an_entry_goes_without_a_mnemonic_only_when_no_letter_is_left(front) -> None:
    for top in front.menuBar().actions():
        menu = top.menu()
        menu.aboutToShow.emit()
        texts = [action.text() for action in menu.actions() if not action.isSeparator()]
        taken = set(mnemonics(texts))
        for text in texts:
            letters = {letter for letter in text.lower() if letter.isascii() and letter.isalnum()}
            assert mnemonics([text]) or letters <= taken, f"{menu.title()}: {text}"


def test_that_marks_are_kept_moved_or_put_behind() -> None:
    assert with_mnemonics(["&Open", "&Options", "Save"]) == ["&Open", "O&ptions", "&Save"]
    assert with_mnemonics(["A && B", "&A"]) == ["A && &B", "&A"]
    assert with_mnemonics(["aa", "aa"]) == ["&aa", "aa"]
    assert with_mnemonics(["打开", "保存(&S)"]) == ["打开(&A)", "保存(&S)"]


def test_that_no_two_parts_of_a_dialog_share_a_mnemonic(front, qtbot) -> None:
    twice = {}
    for name, dialog in opened_in_turn(front, qtbot):
        words = [
            part.text()
            for part in dialog.findChildren(QWidget)
            if isinstance(part, QAbstractButton)
            or (isinstance(part, QLabel) and part.buddy() is not None)
        ]
        found = [mark for mark, number in mnemonics(words).items() if number > 1]
        if found:
            twice[name] = found
    assert twice == {}


def test_that_the_menu_bar_works_by_keys(front, qtbot) -> None:
    front.tabs.show_tab("memory")
    QTest.keyClick(front, Qt.Key.Key_V, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    menu = QApplication.activePopupWidget()
    context = front.actions_registry.get("view.context")
    for _ in menu.actions():
        QTest.keyClick(menu, Qt.Key.Key_Down)
        if menu.activeAction() is context:
            break
    assert menu.activeAction() is context
    QTest.keyClick(menu, Qt.Key.Key_Return)
    assert front.tabs.current_key == "context"


def menu_by_key(widget: QWidget, at: QPoint | None = None) -> QMenu | None:
    """The menu that the Menu key or Shift+F10 opens at a widget."""
    target = widget.viewport() if isinstance(widget, QAbstractItemView) else widget
    place = at or target.rect().center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, place, target.mapToGlobal(place))
    QApplication.sendEvent(target, event)
    popup = QApplication.activePopupWidget()
    return popup if isinstance(popup, QMenu) else None


def test_that_context_menus_open_by_key(front, qtbot) -> None:
    front.tabs.show_tab("memory")
    memory = front.findChild(QWidget, "memory_table")
    memory.setCurrentIndex(memory.model().index(1, 1))
    parts = front.findChild(QTreeView, "parts-list")
    for widget in (
        front.findChild(QWidget, "slot-0-0"),
        front.findChild(QWidget, "node-0"),
        parts,
        memory,
    ):
        widget.setFocus()
        menu = menu_by_key(widget)
        assert menu is not None, widget.objectName()
        assert any(action.isEnabled() for action in menu.actions())
        menu.close()


def test_that_the_dividers_move_by_keys(front) -> None:
    held = Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier
    front.tabs.show_tab("memory")
    table = front.findChild(QWidget, "memory_table")
    table.setFocus()
    before = front.rows.sizes()
    QTest.keyClick(table, Qt.Key.Key_Up, held)
    assert front.rows.sizes()[1] > before[1]
    assert front.rows.chosen_sizes() == front.rows.sizes()
    QTest.keyClick(table, Qt.Key.Key_Down, held)
    assert front.rows.sizes() == before
    width = table.width()
    QTest.keyClick(table, Qt.Key.Key_Left, held)
    assert table.width() < width


def test_that_the_tabs_take_the_whole_window_and_give_it_back(front) -> None:
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    front.panes[1].findChild(QWidget, "slot-0-0").setFocus()
    before = front.tabs.height()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_J, both)
    QApplication.processEvents()
    assert front.tabs.height() > before + 200
    assert QApplication.focusWidget() is front.tabs.bar
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_J, both)
    QApplication.processEvents()
    assert front.panes[1].isVisible()
    assert front.tabs.height() == before


def test_that_a_plan_is_moved_among_the_tabs_by_keys(front) -> None:
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    front.actions_registry.get("file.duplicate").trigger()
    document = front.document
    shown = document.session
    assert document.sessions.index(shown) == 1
    QTest.keyClick(QApplication.focusWidget() or front, Qt.Key.Key_PageUp, both)
    assert document.sessions.index(shown) == 0
    assert document.session is shown
    QTest.keyClick(QApplication.focusWidget() or front, Qt.Key.Key_PageDown, both)
    assert document.sessions.index(shown) == 1


def test_that_words_are_read_without_the_mark_whatever_the_writing() -> None:
    assert without_mark("Save &as…") == "Save as…"
    assert without_mark("A && &B") == "A & B"
    assert without_mark("另存为(&A)…") == "另存为…"
    assert without_mark("上下文（K）") == "上下文（K）"


def test_that_a_button_of_an_entry_does_not_show_the_letter_of_the_menu(qtbot) -> None:
    menu = QMenu()
    qtbot.addWidget(menu)
    action = menu.addAction("添加节点")
    mark_menu(menu)
    assert action.text() == "添加节点(&A)"
    assert action.iconText() == "添加节点"
