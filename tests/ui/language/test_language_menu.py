"""View › Language: chosen by mouse or keys, kept in the settings, spoken from the next start on."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QPushButton

from moeplanner_gui.language import LANGUAGE_VARIABLE, choose_language
from moeplanner_gui.ui import language_actions
from moeplanner_gui.ui.settings import SettingsStore


@pytest.fixture(autouse=True)
def no_language_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(LANGUAGE_VARIABLE, raising=False)
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.delenv("LANGUAGE", raising=False)
    monkeypatch.delenv("LC_ALL", raising=False)


def submenu(window: Any) -> QMenu:
    """The menu that holds the languages."""
    action = window.actions_registry.get("view.language_de")
    return next(m for m in window.findChildren(QMenu) if action in m.actions())


def test_that_each_language_is_listed_by_its_own_name(window: Any) -> None:
    texts = [action.text().replace("&", "") for action in submenu(window).actions()]
    assert texts == ["Language of the system", "English", "Deutsch", "简体中文"]
    chosen = [action.objectName() for action in submenu(window).actions() if action.isChecked()]
    assert chosen == ["view.language_system"]


def test_that_a_click_chooses_a_language_and_the_settings_keep_it(
    window: Any, store: SettingsStore
) -> None:
    menu = submenu(window)
    menu.popup(QPoint(0, 0))
    action = window.actions_registry.get("view.language_de")
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())
    assert action.isChecked()
    assert SettingsStore(store.folder).settings.language == "de"
    assert choose_language(SettingsStore(store.folder).settings.language).code == "de"


def test_that_the_keys_choose_a_language(window: Any, store: SettingsStore) -> None:
    menu = submenu(window)
    menu.popup(QPoint(0, 0))
    for _ in range(3):
        QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    assert store.settings.language == "de"
    assert window.actions_registry.get("view.language_de").isChecked()


def test_that_another_language_offers_a_new_start_and_this_one_takes_it_back(window: Any) -> None:
    window.actions_registry.get("view.language_zh_CN").trigger()
    bar = window.bars.bar("language")
    assert [b.text() for b in bar.findChildren(QPushButton)] == ["Start again now"]
    assert "简体中文" in bar.accessibleName()
    window.actions_registry.get("view.language_en").trigger()
    assert window.bars.bar("language") is None


def test_that_the_same_program_is_started_again(
    window: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(
        language_actions.QProcess,
        "startDetached",
        lambda program, arguments: started.append((program, arguments)),
    )
    language_actions.start_again_if_wished()
    assert started == []
    language_actions.start_again(window)
    assert not window.isVisible()
    language_actions.start_again_if_wished()
    assert started == [(sys.executable, ["-m", "moeplanner_gui"])]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    language_actions.start_again_if_wished()
    assert started[-1] == (sys.executable, [])
    application = QCoreApplication.instance()
    assert application is not None
    application.setProperty("start_again", None)


def test_that_a_cancelled_close_starts_nothing(
    window: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []
    monkeypatch.setattr(
        language_actions.QProcess, "startDetached", lambda program, _: started.append(program)
    )
    monkeypatch.setattr(window, "close", lambda: False)
    language_actions.start_again(window)
    language_actions.start_again_if_wished()
    assert started == []
