"""What a person hears who does not see the window: names, roles, units, changes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

import moeplanner_gui.ui
from moeplanner_gui.core import edits
from moeplanner_gui.ui import access
from moeplanner_gui.ui.access import ROLES, announce
from tests.ui.access.walker import Role, faults, walk

TABS = ("memory", "context", "speed", "cost", "checks", "reality")
DIALOGS = (
    "rig.detect",
    "file.launch",
    "file.read_log",
    "rig.bill",
    "own.host",
    "own.model",
    "file.import",
    "engine.options",
    "rig.card_memory",
    "rig.node_links",
    "rig.node_parts",
    "parts.custom",
    "cost.my_prices",
    "file.export_chart",
    "edit.palette",
    "model.choose",
    "help.shortcuts",
    "help.guide",
    "help.whats_new",
    "help.catalogue",
    "help.about",
)


def tops(window: QWidget) -> list[QWidget]:
    """What is open beside the window."""
    return [t for t in QApplication.topLevelWidgets() if t.isVisible() and t is not window]


def wrong_with(root: QWidget) -> list[str]:
    return sorted({fault for heard in walk(root) for fault in faults(heard)})


@pytest.mark.parametrize("tab", TABS)
def test_that_everything_in_the_window_says_what_it_is(front, qtbot, tab: str) -> None:
    front.tabs.show_tab(tab)
    view = front.tabs.view(tab)
    panel = getattr(view, "panel", None)
    qtbot.wait(50)
    for chart in view.findChildren(QWidget):
        load = getattr(chart, "load_plot", None)
        if load is not None and chart.isVisible():
            load()
    assert panel is None or panel is not front
    assert wrong_with(front) == []


def opened_in_turn(front, qtbot) -> Iterator[tuple[str, QWidget]]:
    """Every dialog of the window by its command, each closed before the next one opens."""
    slot = front.panes[1].findChild(QWidget, "slot-0-0")
    for name in DIALOGS:
        slot.setFocus()
        slot.click()
        front.actions_registry.get(name).trigger()
        qtbot.waitUntil(lambda: bool(tops(front)))
        (dialog,) = tops(front)
        QApplication.processEvents()
        yield name, dialog
        dialog.close()
        qtbot.waitUntil(lambda: not tops(front))
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def test_that_everything_in_a_dialog_says_what_it_is(front, qtbot) -> None:
    wrong = {}
    for name, dialog in opened_in_turn(front, qtbot):
        faults_of_it = wrong_with(dialog)
        if not (dialog.windowTitle() or dialog.accessibleName()):
            faults_of_it.append("the dialog itself has no name")
        if faults_of_it:
            wrong[name] = faults_of_it
    assert wrong == {}


def test_that_the_pages_over_the_plan_say_what_they_are(front, qtbot) -> None:
    front.actions_registry.get("rig.find").trigger()
    qtbot.waitUntil(lambda: front.finder.is_open)
    qtbot.wait(300)
    assert wrong_with(front) == []
    front.finder.leave()
    front.actions_registry.get("file.duplicate").trigger()
    front.actions_registry.get("view.compare").trigger()
    qtbot.waitUntil(lambda: front.compare.is_shown)
    qtbot.wait(100)
    assert wrong_with(front) == []


def test_that_menus_say_their_entries(front) -> None:
    for top in front.menuBar().actions():
        menu = top.menu()
        menu.popup(front.mapToGlobal(front.rect().center()))
        entries = [heard for heard in walk(menu) if heard.role == Role.MenuItem]
        menu.close()
        assert len(entries) >= len([a for a in menu.actions() if a.isVisible() and a.text()])
        assert all(heard.name for heard in entries), menu.title()


def test_that_a_slider_says_what_its_place_stands_for(front, said) -> None:
    slider = front.findChild(QWidget, "context_slider")
    tokens = front.document.plan.workload.context_tokens
    assert f"{tokens:,} tokens" in slider.accessibleDescription()
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_PageDown)
    assert said[0][0] == f"{tokens // 2:,} tokens"
    front.document.flush()
    assert f"{tokens // 2:,} tokens" in slider.accessibleDescription()


def test_that_a_formula_can_be_heard(front) -> None:
    front.show_explanation("verdict")
    assert wrong_with(front.explain) == []


def test_that_tables_have_header_cells(front, qtbot) -> None:
    for tab in ("memory", "context", "reality"):
        front.tabs.show_tab(tab)
        view = front.tabs.view(tab)
        qtbot.waitUntil(
            lambda view=view: Role.Table in {h.role for h in walk(view)}, timeout=30_000
        )
        roles = [heard.role for heard in walk(view)]
        assert Role.ColumnHeader in roles, tab


def test_that_each_role_belongs_to_a_class_of_the_window() -> None:
    folder = Path(moeplanner_gui.ui.__file__).parent
    classes = {
        node.name
        for file in folder.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
    }
    assert {name for name in ROLES if not name.startswith("Q")} - classes == set()


@pytest.fixture
def said(monkeypatch):
    """What a screen reader is told to say, with how urgent it is."""
    heard: list[tuple[str, bool]] = []
    urgent = QAccessible.AnnouncementPoliteness.Assertive

    def listen(event) -> None:
        if hasattr(event, "message"):
            heard.append((event.message(), event.politeness() == urgent))

    monkeypatch.setattr(access.QAccessible, "updateAccessibility", listen)
    QAccessible.setActive(True)
    yield heard
    QAccessible.setActive(False)


def test_that_another_verdict_is_announced(front, said) -> None:
    document = front.document
    document.apply("Fill it", edits.set_workload(document.plan, context_tokens=8192, sequences=1))
    document.flush()
    assert said == []  # it fitted before and fits now
    big = edits.set_model(document.plan, "deepseek-v4-pro")
    document.apply("Ask for more", big)
    document.flush()
    (words, urgent) = said[-1]
    assert words.startswith("Does not fit")
    assert urgent
    document.undo_stack.undo()
    document.flush()
    assert said[-1][0].startswith("Fits")
    assert len(said) == 2


def test_that_a_message_over_the_plan_is_announced(front, said) -> None:
    front.bars.show_bar("trial", "error", "The file was not saved.", "The disk is full.")
    assert said == [("Error: The file was not saved. The disk is full.", True)]


def test_that_nothing_is_announced_without_a_screen_reader(front, monkeypatch) -> None:
    heard: list[object] = []
    monkeypatch.setattr(access.QAccessible, "updateAccessibility", heard.append)
    QAccessible.setActive(False)
    announce(front, "Fits.")
    assert heard == []


def test_that_a_chart_is_one_picture_with_a_sentence(front) -> None:
    front.tabs.show_tab("memory")
    bars = front.findChild(QWidget, "memory_bars")
    heard = QAccessible.queryAccessibleInterface(bars)
    assert heard.role() == Role.Chart
    assert heard.childCount() == 0
    assert "GiB used" in heard.text(QAccessible.Text.Description)
    assert bars.focusPolicy() == Qt.FocusPolicy.NoFocus
