"""The page in a window of its own, with a search that the test lets go."""

from __future__ import annotations

import pytest

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.finder.view import FinderView
from moeplanner_gui.ui.finder.worker import SearchWorker
from moeplanner_gui.ui.style import ThemeProvider
from tests.ui.finder.found import FakeSearch, plan_of


@pytest.fixture
def make_page(qtbot):
    """A page that has answered once; ``search`` is its fake."""
    pages: list[FinderView] = []

    def make(search: FakeSearch | None = None, *, wait: bool = True) -> FinderView:
        themes = ThemeProvider("light")
        themes.install()
        document = PlanDocument(plan_of("rtxpro6000", 2), load_catalog())
        search = search or FakeSearch()
        page = FinderView(document, Actions(themes), themes, worker=SearchWorker(search=search))
        page.worker.setParent(page)
        page.search, page.document, page.themes = search, document, themes
        qtbot.addWidget(page)
        page.resize(1280, 640)
        page.show()
        page.open_with_plan()
        if wait:
            qtbot.waitUntil(lambda: not page.is_searching, timeout=5_000)
        pages.append(page)
        return page

    yield make
    for page in pages:
        page.search.go.set()
        page.end()
