"""The tab on the real catalogue, with every claim judged; the user's claims in a new folder."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QEvent

from moeplanner_gui.catalog import paths
from moeplanner_gui.core.claims import judge
from moeplanner_gui.core.claims.judge import judge_all


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    folder = tmp_path / "catalogs"
    monkeypatch.setattr(paths, "user_catalogs_dir", lambda: folder)
    return folder


@pytest.fixture(scope="session")
def judged(real_catalog):
    """What the core says of every shipped claim, without a window."""
    claims = tuple(real_catalog.claims.claims.values())
    return dict(zip((one.id for one in claims), judge_all(claims, real_catalog), strict=True))


@pytest.fixture
def known(judged, real_catalog, monkeypatch):
    """Shipped claims are not judged anew in every test; others are."""
    shipped = real_catalog.claims.claims

    def judge_others(claims, catalog):
        for claim in claims:
            same = shipped.get(claim.id) == claim
            yield judged[claim.id] if same else judge.judge(claim, catalog)

    monkeypatch.setattr(judge, "judge_all", judge_others)


@pytest.fixture
def reality(window, known, qtbot):
    """The tab, looked at and judged to the end."""
    window.tabs.show_tab("reality")
    view = window.tabs.view("reality")
    qtbot.waitUntil(lambda: bool(view._rows) and not view.is_judging, timeout=15_000)
    yield view
    view.end()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def settled(reality, qtbot):
    """Waits until every claim of the present catalogue is judged."""

    def wait() -> None:
        qtbot.waitUntil(
            lambda: reality._base is reality._document.rows.base and not reality.is_judging,
            timeout=15_000,
        )

    return wait
