"""What is let go of once the window is there."""

from __future__ import annotations

import gc
import linecache
import threading
import traceback
import weakref

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication

from moeplanner_gui.ui import garbage
from moeplanner_gui.ui.garbage import forget_sources


def test_that_forgotten_sources_are_read_again_for_a_traceback() -> None:
    assert linecache.getline(__file__, 1)
    forget_sources()
    assert __file__ not in linecache.cache
    try:
        raise ValueError("told")
    except ValueError as error:
        told = "".join(traceback.format_exception(error))
    assert 'raise ValueError("told")' in told


def test_that_the_window_keeps_no_sources_of_the_views_it_made(window, qtbot) -> None:
    linecache.getlines(__file__)
    qtbot.waitUntil(lambda: not window.tabs.make_next(), timeout=20_000)
    window._make_next_tab()
    assert linecache.cache == {}


class Ring:
    """Something that only the search for rings finds."""

    def __init__(self) -> None:
        self.itself = self


def ring_found_in(found: list[threading.Thread]) -> None:
    """Make a ring that tells in which thread it is destroyed."""
    weakref.finalize(Ring(), lambda: found.append(threading.current_thread()))


@pytest.fixture
def looking(qtbot, monkeypatch):
    """The search for garbage of a window, often and with low thresholds."""
    monkeypatch.setattr(garbage, "LOOK_EVERY_MS", 5)
    before = gc.get_threshold(), gc.isenabled()
    gc.disable()
    garbage.look_for_garbage()
    gc.set_threshold(50, 1, 1)
    yield
    garbage._looking.deleteLater()
    qtbot.waitUntil(lambda: garbage._looking is None)
    gc.unfreeze()
    gc.freeze()  # as it was: see tests/conftest.py
    gc.set_threshold(*before[0])
    if before[1]:
        gc.enable()


def test_that_garbage_is_found_in_the_window_s_thread_and_in_no_other(qtbot, looking) -> None:
    found: list[threading.Thread] = []
    ring_found_in(found)

    def allocate() -> None:
        for _ in range(3):
            [[] for _ in range(100_000)]

    working = threading.Thread(target=allocate)
    working.start()
    working.join()
    assert found == []
    kept = [[] for _ in range(200)]
    qtbot.waitUntil(lambda: bool(found))
    assert found == [threading.main_thread()] and len(kept) == 200


def test_that_a_search_lets_garbage_lie(qtbot, looking) -> None:
    found: list[threading.Thread] = []
    garbage.pause_looking()
    ring_found_in(found)
    assert not garbage._looking._timer.isActive()
    garbage.go_on_looking()
    assert found == [] and garbage._looking._timer.isActive()
    ring_found_in(found)
    kept = [[] for _ in range(200)]
    qtbot.waitUntil(lambda: bool(found))
    assert len(kept) == 200


def test_that_what_a_search_set_aside_is_looked_through_when_nobody_looks(qtbot, looking) -> None:
    found: list[threading.Thread] = []
    state = Qt.ApplicationState
    garbage.pause_looking()
    ring_found_in(found)
    garbage.go_on_looking()
    told = QGuiApplication.instance().applicationStateChanged
    told.emit(state.ApplicationActive)
    assert found == []
    garbage.pause_looking()
    told.emit(state.ApplicationInactive)
    assert found == [], "a search is running"
    garbage.go_on_looking()
    told.emit(state.ApplicationInactive)
    assert found == [threading.main_thread()]


def test_that_what_a_search_set_aside_is_looked_through_while_the_mouse_rests(
    qtbot, looking, monkeypatch
) -> None:
    found: list[threading.Thread] = []
    buttons, at = Qt.MouseButton.LeftButton, 0

    def pointer() -> QPoint:
        nonlocal at
        at += 1
        return QPoint(at, 0)

    monkeypatch.setattr(garbage, "LONGEST_ASIDE_LOOKS", 10**9)
    monkeypatch.setattr(garbage.QCursor, "pos", pointer)
    monkeypatch.setattr(garbage.QGuiApplication, "mouseButtons", lambda: buttons)
    garbage.pause_looking()
    ring_found_in(found)
    garbage.go_on_looking()
    looked = garbage._looking

    def pressed_and_moved() -> bool:
        return looked._looks_aside > 2 * garbage.AT_REST_LOOKS

    qtbot.waitUntil(pressed_and_moved)
    assert found == [], "the mouse is moved, with a button down"
    buttons = Qt.MouseButton.NoButton
    seen = at
    qtbot.waitUntil(lambda: at > seen + 2 * garbage.AT_REST_LOOKS)
    assert found == [], "the mouse is moved"
    monkeypatch.setattr(garbage.QCursor, "pos", QPoint)
    qtbot.waitUntil(lambda: found == [threading.main_thread()])


def test_that_what_a_search_set_aside_waits_for_a_resting_mouse_only_so_long(
    qtbot, looking, monkeypatch
) -> None:
    found: list[threading.Thread] = []
    places = iter(range(10**6))
    monkeypatch.setattr(garbage.QCursor, "pos", lambda: QPoint(next(places), 0))
    monkeypatch.setattr(garbage, "LONGEST_ASIDE_LOOKS", 20)
    garbage.pause_looking()
    ring_found_in(found)
    garbage.go_on_looking()
    qtbot.waitUntil(lambda: found == [threading.main_thread()])
    assert next(places) >= 20
