"""The rules of the catalogue in the window: nothing changes unseen, and everything goes back."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from moeplanner_gui.catalog import paths
from moeplanner_gui.catalog.bundle import make_bundle
from moeplanner_gui.catalog.freshness import ages
from moeplanner_gui.catalog.installed import in_force
from moeplanner_gui.catalog.paths import catalogs_dir
from moeplanner_gui.core.edits import replace_gpu
from moeplanner_gui.ui.help.age_table import AgeTable, age_words, days_words

LONG_MS = 60_000


@pytest.fixture(autouse=True)
def own_data(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "user_catalogs_dir", lambda: tmp_path / "data" / "catalogs")


@pytest.fixture
def bundle(tmp_path) -> Path:
    """The shipped catalogue, a month on: without one card, with another price."""
    folder = Path(shutil.copytree(catalogs_dir(), tmp_path / "newer"))
    cards = folder / "gpus" / "nvidia-workstation.json"
    content = json.loads(cards.read_text("utf-8"))
    content["date"] = "2027-01-15"
    content["gpus"] = [row for row in content["gpus"] if row["id"] != "rtx6000d"]
    cards.write_text(json.dumps(content), "utf-8")
    file = tmp_path / "newer.moecatalog"
    file.write_bytes(make_bundle(folder, "2027-01-15", "January"))
    return file


@pytest.fixture
def dialog(window, qtbot):
    shown = window.help.open_catalogue()
    shown.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    yield shown
    shown.close()


def wait(qtbot, dialog) -> None:
    qtbot.waitUntil(lambda: not dialog.worker.is_busy, timeout=LONG_MS)


def test_that_an_update_is_shown_used_and_taken_back(window, dialog, bundle, qtbot) -> None:
    assert "rtx6000d" in window.document.catalog.gpus
    dialog.read(bundle)
    assert not dialog.from_file.isEnabled()
    wait(qtbot, dialog)
    text = dialog.changes.toPlainText()
    assert "Cards: 1 removed: RTX 6000D" in text
    assert "SHA-256" in text
    assert "not who made it" in dialog.hint.text
    assert not in_force().update
    assert "rtx6000d" in window.document.catalog.gpus
    qtbot.mouseClick(dialog.use_it, Qt.MouseButton.LeftButton)
    wait(qtbot, dialog)
    assert in_force().version == "January"
    assert "rtx6000d" not in window.document.catalog.gpus
    assert "2027-01-15" in window.status.catalogue.text()
    assert dialog.use_it.isHidden() and dialog.changes.isHidden()
    qtbot.mouseClick(dialog.undo, Qt.MouseButton.LeftButton)
    wait(qtbot, dialog)
    assert not in_force().update
    assert "rtx6000d" in window.document.catalog.gpus
    qtbot.mouseClick(dialog.undo, Qt.MouseButton.LeftButton)
    wait(qtbot, dialog)
    qtbot.mouseClick(dialog.reset, Qt.MouseButton.LeftButton)
    wait(qtbot, dialog)
    assert not in_force().update
    assert not dialog.reset.isEnabled()


def test_that_a_plan_keeps_a_card_that_the_update_took_away(window, dialog, bundle, qtbot) -> None:
    document = window.document
    document.apply("Another card", replace_gpu(document.plan, 0, 0, "rtx6000d"))
    document.flush()
    before = document.assessment.devices
    dialog.read(bundle)
    wait(qtbot, dialog)
    dialog.use_it.click()
    wait(qtbot, dialog)
    document.flush()
    assert document.assessment.devices == before
    assert "rtx6000d" in document.catalog.gpus
    assert window.bars.bar("own_lost") is not None


@pytest.mark.parametrize("content", [b"", b"PK nothing", b"\x00" * 5_000])
def test_that_a_file_that_is_no_bundle_is_a_sentence(dialog, tmp_path, qtbot, content) -> None:
    file = tmp_path / "x.moecatalog"
    file.write_bytes(content)
    dialog.read(file)
    wait(qtbot, dialog)
    assert "bundle" in dialog.hint.text
    assert dialog.use_it.isHidden()
    assert dialog.from_file.isEnabled()


def test_that_another_checksum_refuses_the_bundle(dialog, bundle, qtbot) -> None:
    dialog.checksum.setText("0" * 64)
    dialog.read(bundle)
    wait(qtbot, dialog)
    assert "checksum" in dialog.hint.text
    assert dialog.use_it.isHidden()


def test_that_only_an_address_of_https_is_asked_and_it_is_remembered(window, dialog, qtbot) -> None:
    assert not dialog.fetch.isEnabled()
    dialog.address.setText("http://example.org/x.moecatalog")
    qtbot.keyClick(dialog.address, Qt.Key.Key_Return)
    wait(qtbot, dialog)
    assert "https" in dialog.hint.text
    assert window.store.settings.catalogue_address == "http://example.org/x.moecatalog"


def test_that_a_download_shows_how_far_it_is_and_stops(dialog, qtbot, monkeypatch) -> None:
    import threading

    from moeplanner_gui.catalog import bundle_fetch

    go_on = threading.Event()

    def slow(_address, *, progress, cancelled):
        progress(1_000_000, 2_000_000)
        assert go_on.wait(30)
        if cancelled():
            raise bundle_fetch.FetchCancelled
        return b""

    monkeypatch.setattr(bundle_fetch, "fetch_bundle", slow)
    dialog.address.setText("https://example.org/x.moecatalog")
    with qtbot.waitSignal(dialog.worker.progressed):
        dialog.fetch.click()
    assert dialog.progress.isVisible()
    assert dialog.progress.value() == 1_000_000
    assert "1.0 of 2.0 MB" in dialog.progress.text()
    assert dialog.cancel.hasFocus() or not dialog.isActiveWindow()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    assert not dialog.worker.is_busy
    assert "Nothing was changed" in dialog.hint.text
    go_on.set()


def test_that_an_age_is_words_and_old_is_amber_with_a_mark(qtbot, window, real_catalog) -> None:
    table = AgeTable(window.themes)
    qtbot.addWidget(table)
    table.show_ages(ages(real_catalog, date(2030, 1, 1)))
    for row in range(table.rowCount()):
        item = table.item(row, 4)
        assert "old after" in item.text()
        assert not item.icon().isNull()
        assert item.foreground().color().name() == window.themes.theme.warn.lower()
    assert [days_words(days) for days in (0, 1, 1_000)] == ["today", "1 day", "1,000 days"]
    fresh = ages(real_catalog, date.fromisoformat(real_catalog.date))
    assert all("old after" not in age_words(age) for age in fresh)


def test_that_the_status_bar_says_that_the_catalogue_is_old(window) -> None:
    status = window.status
    status.show_catalogue("2026-11-23", date(2026, 11, 30))
    assert status.catalogue.text() == "Catalogue 2026-11-23"
    status.show_catalogue("2026-11-23", date(2027, 3, 1))
    assert status.catalogue.text() == "Catalogue 2026-11-23, 98 days old"
    assert status.catalogue._icon_name == "warning"
    # A clock that was set back makes nothing old; a catalogue without a date is.
    status.show_catalogue("2026-11-23", date(1970, 1, 1))
    assert status.catalogue._icon_name == ""
    status.show_catalogue("", date(2027, 3, 1))
    assert status.catalogue._icon_name == "warning"


def test_that_changes_are_told_by_name_with_what_is_other() -> None:
    from moeplanner_gui.catalog.bundle_changes import Changes, KindChanges, PriceChange
    from moeplanner_gui.ui.help.change_words import change_lines

    cards = KindChanges(
        "gpu", (), ("rtx4090",), (), 1, {"rtx4090": "RTX 4090"}, {"rtx4090": ("tdp_w", "name")}
    )
    prices = KindChanges("price", ("a", "a", *"bcdefghij"), (), (), 11)
    moved = PriceChange("rtx4090", 1_000.0, 1_500.0, "RTX 4090")
    new, gone = PriceChange("x", None, 5.0, "X"), PriceChange("y", 5.0, None, "Y")
    assert change_lines(Changes((cards, prices), (moved, new, gone))) == [
        "Cards: 1 changed: RTX 4090 (tdp_w, name)",
        "Prices: 11 added: a × 2, b, c, d, e, f, g, h and 2 more",
        "",
        "Prices that are shown:",
        "RTX 4090: $1,000 → $1,500 (+50 %)",
        "X: $5, no price before",
        "Y: no price any more, $5 before",
    ]


def test_that_every_kind_has_a_word_for_its_changes() -> None:
    from moeplanner_gui.catalog.bundle import ALL_KINDS
    from moeplanner_gui.ui.help.change_words import _KINDS

    assert {kind.noun for kind in ALL_KINDS} == set(_KINDS)
