"""Larger text and less motion: at once, back again, remembered, and nothing left behind."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontInfo, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QLabel,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QToolButton,
    QWidget,
)

import moeplanner_gui.ui
from moeplanner_gui.ui import motion
from moeplanner_gui.ui.text_size import stepped

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def back_to_normal(front):
    """The size of the text belongs to the whole process."""
    yield front
    front.themes.set_text_percent(100)


def pixels(widget: QWidget) -> int:
    return QFontInfo(widget.font()).pixelSize()


def test_that_ctrl_plus_writes_everything_larger_at_once(back_to_normal, store, qtbot) -> None:
    window = back_to_normal
    title = next(w for w in window.findChildren(QLabel) if w.text() == "Weights")
    before, base = pixels(title), pixels(window)
    bar = window.verdict.height()
    for _ in range(5):
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Plus, CONTROL)
    assert store.settings.text_percent == 150
    assert pixels(window) == pytest.approx(1.5 * base, abs=1)
    assert pixels(title) > 1.35 * before
    assert window.verdict.height() > bar
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Minus, CONTROL)
    assert store.settings.text_percent == 140
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_0, CONTROL)
    assert store.settings.text_percent == 100
    assert (pixels(title), pixels(window), window.verdict.height()) == (before, base, bar)


def test_that_the_size_ends_at_once_and_twice_the_systems(back_to_normal, store) -> None:
    actions = back_to_normal.actions_registry
    assert not actions.get("view.text_smaller").isEnabled()
    for _ in range(14):
        actions.get("view.text_larger").trigger()
    assert store.settings.text_percent == 200
    assert not actions.get("view.text_larger").isEnabled()


def settled(window: QWidget, qtbot) -> QImage:
    """How the window looks once what is worked out later has come."""
    picture = window.grab().toImage()
    for _ in range(40):
        qtbot.wait(150)
        again = window.grab().toImage()
        if again == picture:
            return again
        picture = again
    raise AssertionError("the window never came to rest")


def test_that_back_is_the_same_picture(back_to_normal, qtbot) -> None:
    window = back_to_normal
    window.verdict.pill.setFocus()
    qtbot.wait(300)
    before = settled(window, qtbot)
    window.themes.set_text_percent(180)
    assert settled(window, qtbot) != before
    window.themes.set_text_percent(100)
    after = settled(window, qtbot)
    assert after == before


def test_that_a_window_made_at_a_size_is_the_one_that_was_made_larger(
    back_to_normal, store, qtbot
) -> None:
    from moeplanner_gui.ui.app import build_window

    window = back_to_normal
    window.themes.set_text_percent(150)
    store.settings.text_percent = 150
    fresh = build_window(store=store)
    qtbot.addWidget(fresh)
    fresh.files.ask_unsaved = lambda: "discard"
    fresh.resize(window.size())
    fresh.show()
    fresh.tabs.make_all()
    qtbot.wait(50)
    for name in ("toolbar", "verdict_strip", "bottom_tabs", "memory_table"):
        one, other = window.findChild(QWidget, name), fresh.findChild(QWidget, name)
        if name in ("toolbar", "verdict_strip"):
            assert one.height() == other.height(), name
        assert pixels(one) == pixels(other), name
    rows = [w.findChild(QWidget, "memory_table").verticalHeader() for w in (window, fresh)]
    assert rows[0].defaultSectionSize() == rows[1].defaultSectionSize()
    fresh.close()


def test_that_a_step_of_the_type_scale_stays_one() -> None:
    for base in range(11, 40):
        for step in (-1.5, 0.0, 2.0, 3.0, 4.0):
            now = round(max(11.0, base + step))
            there = stepped(now, base, 2 * base)
            assert there == round(max(11.0, 2 * base + step)) or now == 11 or base < 14


def test_that_reduced_motion_stops_what_moves_by_itself(front, store, qtbot) -> None:
    blink = QApplication.cursorFlashTime()
    bar = QProgressBar()
    qtbot.addWidget(bar)
    action = front.actions_registry.get("view.reduced_motion")
    action.trigger()
    try:
        assert store.settings.reduced_motion
        assert QApplication.cursorFlashTime() == 0
        motion.show_busy(bar)
        assert bar.maximum() == 1
    finally:
        action.trigger()
    assert QApplication.cursorFlashTime() == blink
    motion.show_busy(bar)
    assert (bar.minimum(), bar.maximum()) == ((0, 1) if motion.system_wants_still() else (0, 0))


def test_that_the_systems_wish_counts_too(front, monkeypatch, qtbot) -> None:
    monkeypatch.setattr(motion, "system_wants_still", lambda: True)
    bar = QProgressBar()
    qtbot.addWidget(bar)
    motion.show_busy(bar)
    assert bar.maximum() == 1


def test_that_nothing_else_moves() -> None:
    """A new animation has to ask :mod:`moeplanner_gui.ui.motion` first, and be listed here."""
    folder = Path(moeplanner_gui.ui.__file__).parent
    moving = re.compile(r"Q\w*Animation|QTimeLine|QMovie|setAnimated|setRange\(0, 0\)")
    found = {
        (file.name, match)
        for file in folder.rglob("*.py")
        for match in moving.findall(file.read_text("utf-8"))
        if ast.parse(file.read_text("utf-8"))
    }
    assert found == {("motion.py", "setRange(0, 0)")}


def cut(root: QWidget) -> list[str]:
    """The words that do not fit into their widget and that no tip tells whole."""
    found = []
    for part in root.findChildren(QWidget):
        if not part.isVisible() or not isinstance(part, (QLabel, QAbstractButton)):
            continue
        text = part.text().replace("&", "")
        if not text or "<" in text or (isinstance(part, QLabel) and part.wordWrap()):
            continue
        if isinstance(part, QCheckBox | QRadioButton) or type(part).paintEvent not in (
            QLabel.paintEvent,
            QToolButton.paintEvent,
            QPushButton.paintEvent,
        ):
            continue  # Painted ones elide by themselves and have tips of their own.
        needed = part.fontMetrics().size(0, text).width()
        if needed > part.width() + 1 and not part.toolTip():
            found.append(f"{type(part).__name__} {part.objectName()} {text!r}")
    return sorted(set(found))


@pytest.mark.parametrize("tab", ["memory", "context", "speed", "cost", "checks", "reality"])
def test_that_nothing_is_cut_in_large_letters_that_no_tip_tells(
    back_to_normal, qtbot, tab: str
) -> None:
    window = back_to_normal
    window.resize(1280, 720)
    window.themes.set_text_percent(200)
    window.tabs.show_tab(tab)
    qtbot.wait(200)
    assert cut(window) == []
    assert window.width() <= 1280


def test_that_a_word_that_is_cut_is_noticed(qtbot) -> None:
    root = QWidget()
    qtbot.addWidget(root)
    label = QLabel("Words that need more room than there is", root)
    label.setFixedWidth(40)
    root.show()
    assert len(cut(root)) == 1
    label.setToolTip(label.text())
    assert cut(root) == []
