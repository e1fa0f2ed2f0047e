"""What is let go of once the window is there."""

from __future__ import annotations

import linecache
import traceback

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
