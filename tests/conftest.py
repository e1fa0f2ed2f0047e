"""What holds for every test: no window on the screen, nothing of the user read or written."""

import gc
import os
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

# Before any import of Qt. Real drags set QT_QPA_PLATFORM=minimal themselves.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

_home = tempfile.TemporaryDirectory(prefix="moeplanner-tests-", ignore_cleanup_errors=True)
for _variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
    os.environ[_variable] = str(Path(_home.name) / _variable.lower())

# Widgets of earlier tests lie in rings. Python would look for them in any thread that allocates,
# a search of the test or the one that talks to pytest, and Qt ends a process that destroys a
# widget outside its thread.
gc.disable()


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """The tests themselves stay: what thousands of them are made of is not looked through again."""
    gc.collect()
    gc.freeze()


def pytest_runtest_logfinish() -> None:
    """Between two tests, in the thread that runs them, what is due is collected."""
    for generation, (count, most) in enumerate(
        zip(gc.get_count(), gc.get_threshold(), strict=True)
    ):
        if count > most:
            gc.collect(generation)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown() -> Generator[None, object, object]:
    """Widgets that a test is done with go before the next one.

    No event loop runs between tests, so they would stay, some thousand of them, and every theme
    that is installed would style them all.
    """
    result = yield
    core = sys.modules.get("PySide6.QtCore")
    if core is not None and core.QCoreApplication.instance() is not None:
        core.QCoreApplication.sendPostedEvents(None, core.QEvent.Type.DeferredDelete.value)
    return result


# A busy machine must not fail a property.
settings.register_profile("moeplanner", deadline=None)
settings.load_profile("moeplanner")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish() -> None:
    """What was copied last goes while Python lives: without a display Qt lets go of it later."""
    gui = sys.modules.get("PySide6.QtGui")
    if gui is not None and gui.QGuiApplication.instance() is not None:
        gui.QGuiApplication.clipboard().clear()
