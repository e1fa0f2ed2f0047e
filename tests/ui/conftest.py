"""A window on the real catalogue whose settings live in the test's own folder."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QEvent


@pytest.fixture(autouse=True)
def own_settings(tmp_path, monkeypatch):
    """Nothing of the user is read or written."""
    folder = tmp_path / "config"
    monkeypatch.setenv("MOEPLANNER_CONFIG_DIR", str(folder))
    return folder


@pytest.fixture(scope="session")
def real_catalog():
    from moeplanner_gui.catalog.load import load_catalog

    return load_catalog()


@pytest.fixture
def store(own_settings):
    from moeplanner_gui.ui.settings import SettingsStore

    store = SettingsStore(own_settings)
    store.settings.theme = "light"
    return store


@pytest.fixture
def window(qtbot, store):
    """The main window on the first sample; unsaved changes are thrown away at the end."""
    from moeplanner_gui.ui.app import build_window

    window = build_window(store=store)
    window.files.ask_unsaved = lambda: "discard"
    window.show()
    window.start(sample=True)
    window.tabs.make_all()
    yield window
    window.files.ask_unsaved = lambda: "discard"
    window.close()
    # No event loop runs between tests, so a deleteLater alone would keep every window alive and
    # make each new style sheet slower than the last.
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
