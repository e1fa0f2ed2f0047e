"""The rules of About, of what is new, and of the hints."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QPushButton, QToolButton

import moeplanner_gui
from moeplanner_gui.catalog import paths
from moeplanner_gui.catalog.freshness import ages
from moeplanner_gui.ui.app import build_window
from moeplanner_gui.ui.help import facts
from moeplanner_gui.ui.help.changes import release, releases
from moeplanner_gui.ui.settings import SettingsStore


def opened(window, name: str) -> QDialog:
    found = [d for d in window.findChildren(QDialog) if d.objectName() == name and d.isVisible()]
    assert len(found) == 1
    return found[0]


# About --------------------------------------------------------------------------------------


def test_that_about_names_versions_dates_and_folders_and_copies_them(window) -> None:
    import platform

    window.actions_registry.get("help.about").trigger()
    dialog = opened(window, "about")
    dialog.copy_all()
    text = QGuiApplication.clipboard().text()
    by_kind = {age.kind: age for age in ages(window.document.catalog.shipped, date.today())}
    for expected in (
        f"Program: {moeplanner_gui.__version__}",
        f"Python: {platform.python_version()}",
        "Qt: 6.",
        "PySide: 6.",
        f"the newest of {by_kind['prices'].newest}, the oldest of {by_kind['prices'].oldest}",
        by_kind["measurements"].newest,
        "moeplan/1",
        str(window.store.folder),
        str(paths.user_catalogs_dir()),
    ):
        assert expected in text
    dialog.close()


def test_that_a_folder_that_is_not_there_cannot_be_opened(window) -> None:
    window.store.save()
    window.actions_registry.get("help.about").trigger()
    dialog = opened(window, "about")
    buttons = {
        button.accessibleName(): button
        for button in dialog.findChildren(QPushButton)
        if button.text() == "Open"
    }
    assert buttons["Open the folder: Settings"].isEnabled()
    assert not buttons["Open the folder: Catalogue updates"].isEnabled()
    dialog.close()


def test_that_the_notices_are_shown_where_the_package_has_them(
    window, tmp_path, monkeypatch
) -> None:
    file = tmp_path / "THIRD-PARTY-NOTICES.txt"
    file.write_text("Qt <b>LGPL</b>", "utf-8")
    monkeypatch.setattr(paths, "notices_file", lambda: file)
    window.actions_registry.get("help.about").trigger()
    dialog = opened(window, "about")
    dialog.notices.click()
    notices = next(d for d in dialog.findChildren(QDialog) if d.objectName() == "notices")
    assert notices.page.toPlainText() == "Qt <b>LGPL</b>"
    notices.close()
    dialog.close()


@pytest.mark.parametrize(
    ("content", "known"),
    [
        (json.dumps({"commit": "0123456789abcdef"}), "0123456789ab"),
        (json.dumps({"commit": ""}), ""),
        (json.dumps({"commit": "<script>"}), ""),
        ("[]", ""),
        ("no JSON", ""),
    ],
)
def test_that_the_commit_is_that_of_the_package_or_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, known: str
) -> None:
    file = tmp_path / "build.json"
    file.write_text(content)
    monkeypatch.setattr(paths, "build_file", lambda: file)
    assert facts.commit() == known


# What is new ---------------------------------------------------------------------------------


def test_that_the_change_log_keeps_its_form_and_names_this_version() -> None:
    found = releases(paths.changelog_file())
    assert found[0].version == "Unreleased"
    days = [entry.date for entry in found[1:]]
    assert days == sorted(days, reverse=True) and all(days)
    entry = release()
    assert entry is not None and entry.date and entry.text
    headings = re.findall(r"^### (.+)$", paths.changelog_file().read_text("utf-8"), re.MULTILINE)
    assert set(headings) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_that_the_first_start_says_nothing_of_an_update(window) -> None:
    assert window.bars.bar("new_version") is None
    assert window.store.settings.seen_version == moeplanner_gui.__version__


def test_that_what_is_new_is_offered_once_after_an_update(window, store) -> None:
    store.settings.seen_version = "0.0.9"
    window.help.start(sample=False)
    bar = window.bars.bar("new_version")
    assert bar is not None
    next(b for b in bar.findChildren(QPushButton) if b.text() == "What is new").click()
    dialog = opened(window, "whats_new")
    assert "Does it fit?" in dialog.page.toPlainText()
    dialog.close()
    assert window.bars.bar("new_version") is None
    window.help.start(sample=False)
    assert window.bars.bar("new_version") is None


@pytest.mark.parametrize(
    ("kept", "offered"), [("{", False), ('{"seen_version": "0.0.9", "theme": 3}', True)]
)
def test_that_damaged_settings_pass_for_an_update_only_where_the_last_version_is_known(
    qtbot, own_settings, kept: str, offered: bool
) -> None:
    own_settings.mkdir(parents=True)
    (own_settings / "settings.json").write_text(kept)
    window = build_window(store=SettingsStore())
    qtbot.addWidget(window)
    window.help.start(sample=False)
    assert window.store.damage
    assert (window.bars.bar("new_version") is not None) == offered


# Hints ---------------------------------------------------------------------------------------


def links(window) -> dict[str, QPushButton]:
    bar = window.bars.bar("hint")
    return {button.text(): button for button in bar.findChildren(QPushButton)}


def test_that_there_are_at_most_three_hints_one_after_the_other(window, qtbot) -> None:
    assert window.help.hints.count <= 3
    seen = [window.bars.bar("hint").accessibleName()]
    while following := [b for t, b in links(window).items() if t.startswith("Next hint")]:
        qtbot.keyClick(following[0], Qt.Key.Key_Space)
        seen.append(window.bars.bar("hint").accessibleName())
    assert len(seen) == len(set(seen)) == window.help.hints.count


def test_that_a_hint_covers_nothing_and_asks_nothing(window) -> None:
    bar = window.bars.bar("hint")
    assert not bar.isWindow()
    assert not bar.geometry().isEmpty()
    area = bar.mapToGlobal(bar.rect().topLeft()).y(), bar.mapToGlobal(bar.rect().bottomLeft()).y()
    for widget in (window.toolbar, window.verdict, window.rows):
        top = widget.mapToGlobal(widget.rect().topLeft()).y()
        bottom = widget.mapToGlobal(widget.rect().bottomLeft()).y()
        assert bottom < area[0] or top > area[1]


@pytest.mark.parametrize("by", ["cross", "escape"])
def test_that_hints_are_closed_for_good_by_mouse_or_key_and_come_back(
    window, qtbot, store, by
) -> None:
    bar = window.bars.bar("hint")
    if by == "cross":
        qtbot.keyClick(bar.findChild(QToolButton), Qt.Key.Key_Space)
    else:
        qtbot.keyClick(next(iter(links(window).values())), Qt.Key.Key_Escape)
    assert window.bars.bar("hint") is None
    assert type(store)(store.folder).settings.sample_hint_seen
    window.help.start(sample=True)
    assert window.bars.bar("hint") is None
    window.actions_registry.get("help.hints").trigger()
    assert window.bars.bar("hint") is not None
    assert not store.settings.sample_hint_seen
