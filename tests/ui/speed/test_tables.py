"""Measurements of others and changes: what a row says, and what happens when it is opened."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from moeplanner_gui.core.assessment import Range
from moeplanner_gui.core.speed.measurement import Measurement
from moeplanner_gui.core.speed.nearest import Neighbour
from moeplanner_gui.core.speed.what_if import WhatIf
from moeplanner_gui.ui.speed.others import NONE_TITLE, OthersPanel, neighbour_row
from moeplanner_gui.ui.speed.what_ifs import WhatIfPanel, change_text, what_if_row
from moeplanner_gui.ui.theme import LIGHT

from .conftest import CATALOG, KNOWN, plan_of

ROW = Measurement(
    id="r1",
    model="gpt-oss-120b",
    weights="MXFP4",
    engine="llama.cpp",
    engine_version="b6123",
    backend="cuda",
    hardware="2x6000",
    card_id="rtxpro6000",
    cards=2,
    parallelism="layer",
    depth_tokens=8192,
    decode_tokens_per_s=141.5,
    date="2026-03-02",
    source="https://github.com/someone/bench",
    locator="README.md row 3",
    quality="published",
)
NEAR = Neighbour(
    ROW, ("another model", "8,192 tokens instead of 32,768"), Range(110.0, 139.0, 170.0)
)


@pytest.fixture
def others(qtbot) -> OthersPanel:
    panel = OthersPanel(LIGHT)
    qtbot.addWidget(panel)
    panel.show_neighbours((NEAR, replace(NEAR, measurement=_with(source="A letter"))), CATALOG)
    panel.resize(700, 300)
    panel.show()
    return panel


def _with(**changes) -> Measurement:
    return ROW.model_copy(update=changes)


@pytest.fixture
def opened(monkeypatch) -> list[str]:
    found: list[str] = []
    monkeypatch.setattr(
        QDesktopServices, "openUrl", staticmethod(lambda url: found.append(QUrl(url).toString()))
    )
    return found


def test_that_a_row_names_machine_case_difference_source_and_our_own_range() -> None:
    text = " ".join(neighbour_row(NEAR, CATALOG).cells)
    for part in (
        "142", "139", "110–170", "gpt-oss-120b", "2 × RTX PRO 6000", "layer split", "MXFP4",
        "8,192 tokens", "b6123", "2026-03-02", "another model", "github.com/someone/bench",
    ):  # fmt: skip
        assert part in text


def test_that_a_rate_of_several_users_is_said_to_be_of_all() -> None:
    row = neighbour_row(replace(NEAR, measurement=_with(users=8)), CATALOG)
    assert row.cells[0] == "142\nall users"
    assert "8 users" in row.cells[2]


def test_that_a_click_opens_nothing_and_a_double_click_the_source(view, qtbot, opened) -> None:
    view.others.show_neighbours((NEAR,), CATALOG)
    view.show_page("others")
    table = view.others.table
    place = table.visualRect(table.model().index(0, 2)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert opened == []
    qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert opened == [ROW.source]


def test_that_enter_opens_the_source(view, qtbot, opened) -> None:
    view.others.show_neighbours((NEAR,), CATALOG)
    view.show_page("others")
    view.others.table.setCurrentIndex(view.others.model.index(0, 0))
    qtbot.keyClick(view.others.table, Qt.Key.Key_Return)
    assert opened == [ROW.source]


@pytest.mark.parametrize("source", ["A letter", "file:///etc/passwd", "javascript:alert(1)"])
def test_that_only_web_addresses_are_opened(view, qtbot, opened, source) -> None:
    view.others.show_neighbours((replace(NEAR, measurement=_with(source=source)),), CATALOG)
    view.show_page("others")
    view.others.table.setCurrentIndex(view.others.model.index(0, 0))
    qtbot.keyClick(view.others.table, Qt.Key.Key_Return)
    view.open_source(source)
    assert opened == []


def test_that_measurements_are_copied_with_plain_numbers(others, qtbot) -> None:
    others.table.setFocus()
    qtbot.keyClick(others.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    head, first, *_ = QGuiApplication.clipboard().text().splitlines()
    cells = dict(zip(head.split("\t"), first.split("\t"), strict=True))
    assert cells["Measured, tok/s"] == "141.5"
    assert cells["Ours, low"] == "110.0"
    assert cells["Source"] == ROW.source
    assert cells["Where in it"] == ROW.locator


def test_that_without_measurements_the_table_says_so(others) -> None:
    others.show_neighbours((), CATALOG)
    assert not others.table.isVisible()
    assert others._nothing.isVisible()
    assert others._nothing.accessibleName() == NONE_TITLE


CHANGED = replace(
    KNOWN,
    decode_tokens_per_s=Range(32.0, 42.8, 55.0),
    time_to_first_token_s=Range(20.0, 40.0, 80.0),
)


def change() -> WhatIf:
    return WhatIf("nvlink", "NVLink between the cards", plan_of(3), KNOWN, CHANGED)


def test_that_a_change_shows_before_and_after() -> None:
    cells = what_if_row(change()).cells
    assert cells[:5] == ("NVLink between the cards", "38 → 43", "32–55", "+12 %", "45 s → 40 s")


def test_that_a_change_without_a_speed_says_why() -> None:
    from moeplanner_gui.core.assessment import Speed

    lost = replace(change(), after=Speed(because="A plan that does not fit has no speed."))
    row = what_if_row(lost)
    assert row.cells[1] == "38 → unknown"
    assert "does not fit" in row.tip


@pytest.mark.parametrize(
    ("now", "then", "said"),
    [(10, 10.01, "none"), (10, 9, "−10 %"), (10, 25, "2.5 ×"), (10, 11.2, "+12 %")],
)
def test_that_a_change_is_told_in_percent_or_as_a_factor(now, then, said) -> None:
    assert change_text(Range(now, now, now), Range(then, then, then)) == said


def test_that_a_click_on_a_change_loads_it_as_one_step_that_can_be_undone(
    view, document, qtbot
) -> None:
    before = document.plan
    view.what_ifs.show_changes((change(),))
    view.show_page("what_if")
    table = view.what_ifs.table
    place = table.visualRect(table.model().index(0, 1)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert document.plan == plan_of(3)
    assert document.undo_stack.count() == 1
    assert document.undo_stack.undoText() == "NVLink between the cards"
    document.undo_stack.undo()
    assert document.plan == before


def test_that_enter_makes_the_change_too(view, document, qtbot) -> None:
    view.what_ifs.show_changes((change(),))
    view.show_page("what_if")
    view.what_ifs.table.setCurrentIndex(view.what_ifs.model.index(0, 0))
    qtbot.keyClick(view.what_ifs.table, Qt.Key.Key_Return)
    assert document.plan == plan_of(3)


def test_that_changes_can_be_copied(qtbot) -> None:
    panel = WhatIfPanel(LIGHT)
    qtbot.addWidget(panel)
    panel.show_changes((change(),))
    head, row = panel.model.as_tsv().splitlines()
    cells = dict(zip(head.split("\t"), row.split("\t"), strict=True))
    assert cells["Decode now, tok/s"] == "38.2"
    assert cells["Decode then, tok/s"] == "42.8"
