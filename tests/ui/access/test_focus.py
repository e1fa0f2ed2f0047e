"""Where the keyboard goes: in reading order, visibly, out of every view and back from dialogs."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QWidget

from moeplanner_gui.ui.focus_order import reading_order, takes_tab
from tests.ui.access.test_screen_reader import DIALOGS, TABS, tops

MOST = 400


def looks(top: QWidget, widget: QWidget) -> tuple[QRect, QImage]:
    """The widget as it is on the screen, with what is painted just outside of it."""
    box = QRect(widget.mapTo(top, QPoint(0, 0)), widget.size()).adjusted(-4, -4, 4, 4)
    return box, top.grab(box).toImage()


def press_tab(top: QWidget, key: Qt.Key = Qt.Key.Key_Tab) -> list[QWidget]:
    """Press Tab until it comes round; what had the focus, each widget once.

    Each is compared with how it looks without: a stop that nobody sees is none.
    """
    stops: list[QWidget] = []
    start = QApplication.focusWidget()
    before = start
    for _ in range(MOST):
        QTest.keyClick(QApplication.focusWidget(), key)
        now = QApplication.focusWidget()
        assert now is not None, f"the focus was lost after {before.objectName()}"
        if now is before:
            # A sentence with several links is one stop with several rests.
            assert isinstance(now, QLabel), f"Tab does not leave {now.objectName()}"
            continue
        stops.append(now)
        if now is start:
            return stops
        before = now
    raise AssertionError("Tab never came back to where it began")


def unseen(top: QWidget, inside: QWidget | None = None) -> list[str]:
    """The stops whose focus changes nothing on the screen, or that lie outside of it.

    Args:
        top: The window or dialog that Tab goes through.
        inside: Only stops in this part of it; all when None.
    """
    missing = []
    for widget in reading_order(top):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
        if focus is None or focus is top:
            continue
        if inside is not None and not inside.isAncestorOf(focus):
            continue
        box, focused = looks(top, focus)
        if not top.rect().intersects(box):
            missing.append(f"{type(focus).__name__} {focus.objectName()} is out of sight")
        focus.clearFocus()
        QApplication.processEvents()
        if top.grab(box).toImage() == focused:
            missing.append(f"{type(focus).__name__} {focus.objectName()} {focus.accessibleName()}")
        focus.setFocus(Qt.FocusReason.TabFocusReason)
        assert widget is not None
    return missing


@pytest.mark.parametrize("tab", TABS)
def test_that_tab_goes_through_the_window_in_reading_order(front, qtbot, tab: str) -> None:
    front.tabs.show_tab(tab)
    qtbot.wait(30)
    front.verdict.pill.setFocus()
    stops = press_tab(front)
    order = reading_order(front)
    first = order.index(front.verdict.pill)
    assert stops == [*order[first + 1 :], *order[: first + 1]]
    names = [widget.objectName() for widget in order]
    seen = [
        name
        for name in ("tool.file.new", "verdict_pill", "model_button", "slot-0-0", "tab_bar")
        if name in names
    ]
    assert [names.index(name) for name in seen] == sorted(names.index(name) for name in seen)
    assert len(seen) == 5
    inside = [w for w in order if front.tabs.view(tab).isAncestorOf(w)]
    assert inside, "the keyboard does not reach the tab's view"


def test_that_shift_tab_goes_the_same_way_back(front) -> None:
    front.verdict.pill.setFocus()
    there = press_tab(front)
    back = press_tab(front, Qt.Key.Key_Backtab)
    assert back[:-1] == there[-2::-1]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("tab", ["memory", "speed", "cost", "reality"])
def test_that_the_focus_is_seen_wherever_it_stops(front, qtbot, tab: str, theme: str) -> None:
    front.themes.set_mode(theme)
    front.tabs.show_tab(tab)
    qtbot.wait(30)
    front.verdict.pill.setFocus()
    # What lies around the tabs is the same with each of them: once is enough.
    inside = None if tab == "memory" else front.tabs
    assert unseen(front, inside) == []


@pytest.mark.parametrize("name", DIALOGS)
def test_that_a_dialog_lets_the_keyboard_through_and_gives_it_back(front, qtbot, name) -> None:
    slot = front.panes[1].findChild(QWidget, "slot-0-0")
    slot.click()
    slot.setFocus()
    before = QApplication.focusWidget()
    front.actions_registry.get(name).trigger()
    qtbot.waitUntil(lambda: bool(tops(front)))
    (dialog,) = tops(front)
    if isinstance(dialog, QDialog):
        dialog.activateWindow()
    qtbot.waitUntil(
        lambda: (
            QApplication.focusWidget() is not None
            and dialog.isAncestorOf(QApplication.focusWidget())
        )
    )
    if isinstance(dialog, QDialog):
        stops = press_tab(dialog)
        assert len(stops) == len(set(stops))
        assert set(stops) <= set(reading_order(dialog))
        assert unseen(dialog) == []
    for _ in range(3):  # Esc may empty a field first
        focus = QApplication.focusWidget()
        if not tops(front) or focus is None:
            break
        QTest.keyClick(focus, Qt.Key.Key_Escape)
        QApplication.processEvents()
    assert tops(front) == []
    # Without a window manager nobody brings the window to the front again.
    front.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is front)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
    now = QApplication.focusWidget()
    assert now is before, f"{now.accessibleName()} {now.toolTip()} in {now.window()}"


def test_that_f6_goes_round_the_panes_and_back(front) -> None:
    front.verdict.pill.setFocus()
    panes = [front.verdict, *front.panes, front.tabs, front.bars]

    def pane() -> int:
        focus = QApplication.focusWidget()
        return next(i for i, p in enumerate(panes) if p.isAncestorOf(focus))

    there = []
    for _ in panes:
        front.actions_registry.get("view.next_pane").trigger()
        there.append(pane())
    assert there == [1, 2, 3, 4, 5, 0]
    back = []
    for _ in panes:
        front.actions_registry.get("view.previous_pane").trigger()
        back.append(pane())
    assert back == [5, 4, 3, 2, 1, 0]


def test_that_a_bar_that_goes_leaves_the_focus_on_the_plan(front) -> None:
    front.bars.show_bar("x", "warning", "Kept.", "", (("Recover", lambda: None),))
    front.bars.bar("x").take_focus()
    assert front.bars.isAncestorOf(QApplication.focusWidget())
    front.bars.remove_bar("x")
    focus = QApplication.focusWidget()
    assert focus is front.panes[1] or front.panes[1].isAncestorOf(focus)


def test_that_what_gets_the_focus_is_scrolled_into_view(front, qtbot) -> None:
    front.resize(1280, 720)
    QApplication.processEvents()
    rows = [w for w in reading_order(front.panes[1]) if w.objectName().startswith("note-")]
    rows[-1].setFocus()
    front.panes[0].setFocus()
    front.verdict.pill.setFocus()
    while QApplication.focusWidget() is not rows[-1]:
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert not rows[-1].visibleRegion().isEmpty()


def test_that_rows_are_read_before_what_lies_below_and_columns_one_by_one(qtbot) -> None:
    root = QWidget()
    qtbot.addWidget(root)

    def put(name: str, x: int, y: int, w: int = 40, h: int = 20, parent=root) -> QWidget:
        widget = QWidget(parent)
        widget.setObjectName(name)
        widget.setGeometry(x, y, w, h)
        widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return widget

    put("below", 0, 200)
    right = put("right", 100, 40, 80, 120)
    right.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    left = put("left", 0, 40, 80, 120)
    left.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    put("left 2", 0, 60, parent=left)
    put("left 1", 0, 0, parent=left)
    put("right 1", 0, 0, parent=right)
    put("top 2", 50, 4)
    put("top 1", 0, 0)
    put("hidden", 0, 0).hide()
    root.show()
    names = [widget.objectName() for widget in reading_order(root)]
    assert names == ["top 1", "top 2", "left 1", "left 2", "right 1", "below"]
    root.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    assert [w.objectName() for w in reading_order(root)][:2] == ["top 2", "top 1"]
    assert not takes_tab(left)
