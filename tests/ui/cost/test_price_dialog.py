"""The user's own price list: typed, imported with what is wrong row by row, fetched on a click."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from moeplanner_gui.catalog.user_prices import UserPrices
from moeplanner_gui.core.edits import set_economics
from moeplanner_gui.core.plan import ApiById
from moeplanner_gui.ui.cost.price_dialog import PriceDialog
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.style import ThemeProvider

from .conftest import CATALOG, DAY, compared


@pytest.fixture
def document(monkeypatch, tmp_path) -> PlanDocument:
    monkeypatch.setattr("moeplanner_gui.catalog.paths.user_catalogs_dir", lambda: tmp_path / "mine")
    return PlanDocument(compared(), CATALOG)


@pytest.fixture
def dialog(qtbot, document, tmp_path) -> PriceDialog:
    prices = UserPrices(tmp_path / "mine", today=lambda: DAY)
    asked: list[object] = []

    def refresh(folder, today, _document) -> str:
        asked.append((folder, today))
        return "1,118 API prices of 2026-11-22; 1 changed, 0 are new.\nV4: in 1 → 2, out 3 → 4"

    dialog = PriceDialog(
        document, ThemeProvider("light"), prices=prices, today=lambda: DAY, refresh=refresh
    )
    dialog.asked = asked
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def fill(qtbot, dialog, **texts: str) -> None:
    for key, text in texts.items():
        edit = dialog.form.edits[key]
        edit.clear()
        qtbot.keyClicks(edit, text)


def test_that_an_empty_list_says_what_to_do(dialog) -> None:
    assert dialog.said == "No prices of your own yet. Type one, or import a CSV."
    assert not dialog.store.isEnabled()


def test_that_a_typed_price_is_kept_on_the_disk_and_used(qtbot, dialog, document, tmp_path) -> None:
    plan = set_economics(document.plan, hardware_usd=None)
    document.open(plan, None)
    fill(qtbot, dialog, id="rtxpro6000", price="9,000", source="a shop")
    qtbot.mouseClick(dialog.keep, Qt.MouseButton.LeftButton)
    assert dialog.model.rows[0][1:3] == ("9,000 USD", "2026-11-22")
    assert UserPrices(tmp_path / "mine").hardware["rtxpro6000"].usd == 9000
    document.flush()
    assert document.catalog.price("rtxpro6000").usd == 9000


@pytest.mark.parametrize(
    ("texts", "field"),
    [
        ({"id": "rtxpro6000", "price": "-3"}, "price"),
        ({"id": "rtxpro6000", "price": "nan"}, "price"),
        ({"id": "rtxpro6000", "price": "1e12"}, "price"),
        ({"id": "no-such-card", "price": "5"}, "id"),
        ({"id": "rtxpro6000", "price": "5", "date": "2031-01-01"}, "date"),
        ({"id": "rtxpro6000"}, "price"),
    ],
)
def test_that_a_bad_price_is_refused_at_its_field(qtbot, dialog, texts, field) -> None:
    fill(qtbot, dialog, **texts)
    qtbot.mouseClick(dialog.keep, Qt.MouseButton.LeftButton)
    assert dialog.form.hints[field].text.endswith((".", ")"))
    assert dialog.prices.all_rows == ()


def test_that_an_api_price_of_ones_own_comes_first(qtbot, dialog, document) -> None:
    dialog.form.kind.setCurrentIndex(1)
    fill(qtbot, dialog, id="mine/local", price="0.10", cached="0.01", output="0.40", source="offer")
    qtbot.mouseClick(dialog.keep, Qt.MouseButton.LeftButton)
    api = ApiById(provider="mine", model="local")
    document.apply("API", set_economics(document.plan, api=api))
    document.flush()
    assert document.assessment.cost.api_usd_per_month == pytest.approx(77.0)


def test_that_a_removed_price_can_be_put_back(qtbot, dialog) -> None:
    fill(qtbot, dialog, id="rtxpro6000", price="9000", source="a shop")
    qtbot.mouseClick(dialog.keep, Qt.MouseButton.LeftButton)
    dialog.table.setCurrentIndex(dialog.model.index(0, 0))
    dialog.table.cell_opened.emit(dialog.model.index(0, 0))
    qtbot.mouseClick(dialog.remove, Qt.MouseButton.LeftButton)
    assert dialog.prices.all_rows == ()
    qtbot.mouseClick(dialog.put_back, Qt.MouseButton.LeftButton)
    assert len(dialog.prices.all_rows) == 1
    assert not dialog.put_back.isVisible()


def test_that_an_import_keeps_the_sound_rows_and_names_the_others(dialog, tmp_path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text(
        "kind,id,price,unit,date,source\n"
        "hardware,rtxpro6000,9000,USD,2026-11-01,shop\n"
        "hardware,rtx4090,cheap,USD,2026-11-01,shop\n"
        "api,deepseek/x,0.1,USD,2026-11-01,page\n"
    )
    dialog.import_file(path)
    assert "1 price of prices.csv kept." in dialog.said
    assert "Line 3, column price:" in dialog.said
    assert "Line 4, column unit:" in dialog.said
    assert dialog.save_rejected.isVisible()
    assert len(dialog.prices.all_rows) == 1


def test_that_a_file_that_is_no_list_changes_nothing(dialog, tmp_path) -> None:
    path = tmp_path / "picture.csv"
    path.write_bytes(b"\x89PNG\x00\x00")
    dialog.import_file(path)
    assert dialog.said
    assert dialog.prices.all_rows == ()


def test_that_prices_are_fetched_only_on_a_click(qtbot, dialog, tmp_path) -> None:
    assert dialog.asked == []
    qtbot.mouseClick(dialog.fetch, Qt.MouseButton.LeftButton)
    assert not dialog.fetch.isEnabled()
    qtbot.waitUntil(dialog.fetch.isEnabled, timeout=5000)
    assert dialog.asked == [(tmp_path / "mine", DAY)]
    assert "V4: in 1 → 2" in dialog.said


def test_that_a_failed_fetch_ends_in_a_sentence(qtbot, dialog) -> None:
    def fail(*_args: object) -> str:
        raise OSError("There is no connection to the price list.")

    dialog._refresh = fail
    qtbot.mouseClick(dialog.fetch, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(dialog.fetch.isEnabled, timeout=5000)
    assert dialog.said == "There is no connection to the price list."
