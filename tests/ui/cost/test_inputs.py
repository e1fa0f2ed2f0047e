"""The inputs: typing, sliders, lists, undo, where figures come from, what is refused."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QLineEdit, QSlider

from moeplanner_gui.core.edits import set_economics
from moeplanner_gui.core.plan import ApiById, ApiByPrice, Node, Rig
from moeplanner_gui.ui.cost.field_row import SLIDER_STEPS, slider_position, slider_value
from moeplanner_gui.ui.cost.field_values import counts_inferences
from moeplanner_gui.ui.cost.input_field import Sliding
from moeplanner_gui.ui.document import PlanDocument

from .conftest import CATALOG, compared, plan_of, view_of


@pytest.fixture
def inputs(view):
    view.show_page("inputs")
    view.inputs.show_plan()
    return view.inputs


def type_into(qtbot, inputs, key: str, text: str, end=Qt.Key.Key_Return) -> None:
    edit = inputs.rows[key].edit
    edit.setFocus()
    edit.selectAll()
    qtbot.keyClicks(edit, text)
    qtbot.keyClick(edit, end)


def test_that_a_typed_figure_is_one_undoable_edit(qtbot, inputs, document) -> None:
    before = document.plan
    type_into(qtbot, inputs, "life", "24")
    assert document.plan.economics.life_months == 24
    assert document.undo_stack.undoText() == "Change life"
    document.undo_stack.undo()
    assert document.plan == before
    qtbot.waitUntil(lambda: inputs.rows["life"].edit.text() == "36")


def test_that_a_refused_figure_says_why_and_changes_nothing(qtbot, inputs, document) -> None:
    before = document.plan
    type_into(qtbot, inputs, "hardware", "-5")
    row = inputs.rows["hardware"]
    assert document.plan == before
    assert row.error == "More than $0."
    assert row.hint.text == "More than $0."
    assert row.edit.text() == "-5"
    assert "More than $0." in row.edit.accessibleDescription()
    qtbot.keyClick(row.edit, Qt.Key.Key_Escape)
    assert row.error == ""
    assert row.edit.text() == "21,000"


def test_that_a_refused_figure_stays_while_the_plan_changes_elsewhere(
    qtbot, inputs, document
) -> None:
    type_into(qtbot, inputs, "pue", "0")
    document.apply("Life", set_economics(document.plan, life_months=60))
    qtbot.waitUntil(lambda: inputs.rows["life"].edit.text() == "60")
    assert inputs.rows["pue"].edit.text() == "0"
    assert inputs.rows["pue"].error


def test_that_an_emptied_price_is_the_sum_of_the_parts_again(qtbot, inputs, document) -> None:
    bare = Node(gpus=("rtxpro6000",) * 2)
    document.apply("Bare", document.plan.replace(rig=Rig(nodes=(bare,))))
    document.flush()
    row = inputs.rows["hardware"]
    row.edit.setFocus()
    row.edit.selectAll()
    qtbot.keyClick(row.edit, Qt.Key.Key_Delete)
    qtbot.keyClick(row.edit, Qt.Key.Key_Return)
    assert document.plan.economics.hardware_usd is None
    qtbot.waitUntil(lambda: "sum of the parts" in row.hint.text)
    assert "RTX PRO 6000: 2 × $13,250, 2026-07-24" in row.edit.toolTip()
    assert row.edit.placeholderText().startswith("26,500")


def test_that_a_sliders_movement_is_one_undo_step(qtbot, inputs, document) -> None:
    before, slider = document.plan, inputs.rows["life"].slider
    count = document.undo_stack.count()
    slider.setSliderDown(True)
    for position in (50, 100, 150, 200):
        slider.setValue(position)
    slider.setSliderDown(False)
    assert document.undo_stack.count() == count + 1
    assert document.plan.economics.life_months == 45
    document.undo_stack.undo()
    assert document.plan == before


def test_that_two_movements_are_two_undo_steps(qtbot, inputs, document) -> None:
    slider, count = inputs.rows["life"].slider, document.undo_stack.count()
    for position in (100, 200):
        slider.setSliderDown(True)
        slider.setValue(position)
        slider.setSliderDown(False)
        slider.sliderReleased.emit()
    assert document.undo_stack.count() == count + 2


def test_that_a_slider_moves_with_the_keys(qtbot, inputs, document) -> None:
    slider = inputs.rows["cache_hits"].slider
    slider.setFocus()
    for _ in range(8):
        qtbot.keyClick(slider, Qt.Key.Key_Right)
    assert document.plan.workload.cache_hit_share == pytest.approx(0.72)


@pytest.mark.parametrize(
    "slide", [Sliding(0, 100, 1), Sliding(0.1, 1e5, 0.02, logarithmic=True), Sliding(-20, 50, 1)]
)
def test_that_a_slider_reaches_both_ends_and_rises(slide) -> None:
    values = [slider_value(slide, n) for n in range(SLIDER_STEPS + 1)]
    assert values[0] == pytest.approx(slide.low)
    assert values[-1] == pytest.approx(slide.high)
    assert values == sorted(values)
    assert slider_position(slide, slide.high * 10) == SLIDER_STEPS


def test_that_a_preset_fills_the_mix_and_an_own_mix_is_told(qtbot, inputs, document) -> None:
    inputs.preset.setCurrentIndex(2)
    inputs.preset.activated.emit(2)
    work = document.plan.workload
    assert document.undo_stack.undoText() == "Use: coding agent"
    assert (work.cache_hit_share, work.inference_input_tokens) == (0.9, 18_700)
    qtbot.waitUntil(lambda: inputs.rows["inferences"].edit.isVisible())
    assert inputs.rows["inferences"].edit.text() == "10,000"
    assert not inputs.rows["tokens"].edit.isVisible()
    type_into(qtbot, inputs, "cache_hits", "50")
    qtbot.waitUntil(lambda: inputs.preset.currentText() == "Own mix")


def test_that_the_month_can_be_counted_in_inferences(qtbot, inputs, document) -> None:
    inputs.count.setCurrentIndex(1)
    inputs.count.activated.emit(1)
    assert counts_inferences(document.plan)
    qtbot.waitUntil(lambda: inputs.rows["inferences"].edit.isVisible())
    type_into(qtbot, inputs, "inferences", "100000")
    assert document.plan.workload.output_mtok_per_month == pytest.approx(50.0)


def test_that_resale_changes_its_way_without_changing_its_value(qtbot, inputs, document) -> None:
    document.apply("Resale", set_economics(document.plan, resale_share=None))
    document.flush()
    before = document.assessment.cost.own_amortisation_usd
    inputs.resale.setCurrentIndex(1)
    inputs.resale.activated.emit(1)
    document.flush()
    assert document.plan.economics.resale_share == 0.34
    assert document.assessment.cost.own_amortisation_usd == pytest.approx(before, rel=0.01)
    qtbot.waitUntil(lambda: inputs.rows["share"].edit.isVisible())
    assert not inputs.rows["fall"].edit.isVisible()


def test_that_a_region_brings_its_own_currency_and_its_date(qtbot, inputs, document) -> None:
    qtbot.mouseClick(inputs.region, Qt.MouseButton.LeftButton)
    popup = inputs.region.popup
    qtbot.keyClicks(popup.search, "germany")
    qtbot.keyClick(popup.search, Qt.Key.Key_Return)
    tariff, rate = CATALOG.tariffs.power["DE"], CATALOG.tariffs.rates["EUR"]
    assert document.plan.economics.electricity_region == "DE"
    usd = document.plan.economics.electricity_usd_per_kwh
    assert usd == pytest.approx(float(tariff.per_kwh * rate.usd), abs=1e-6)
    row = inputs.rows["kwh"]
    qtbot.waitUntil(lambda: row.unit.text() == "EUR/kWh")
    assert float(row.edit.text()) == pytest.approx(float(tariff.per_kwh), abs=1e-4)
    assert tariff.date in row.hint.text
    assert str(rate.usd) in row.edit.toolTip()
    assert rate.date in row.edit.toolTip()
    type_into(qtbot, inputs, "kwh", "0.30")
    assert document.plan.economics.electricity_usd_per_kwh == pytest.approx(
        0.30 * float(rate.usd), abs=1e-6
    )
    assert document.plan.economics.electricity_region == "DE"


@pytest.mark.parametrize("region", ["HU", "JP", "KR"])
def test_that_a_tariff_is_shown_as_it_was_published_and_as_it_was_typed(
    qtbot, inputs, document, region
) -> None:
    tariff = CATALOG.tariffs.power[region]
    exact = tariff.per_kwh * CATALOG.tariffs.rates[tariff.currency].usd
    qtbot.mouseClick(inputs.region, Qt.MouseButton.LeftButton)
    qtbot.keyClicks(inputs.region.popup.search, tariff.name)
    qtbot.keyClick(inputs.region.popup.search, Qt.Key.Key_Return)
    assert document.plan.economics.electricity_usd_per_kwh == float(exact)
    edit = inputs.rows["kwh"].edit
    qtbot.waitUntil(lambda: inputs.rows["kwh"].unit.text().startswith(tariff.currency))
    assert float(edit.text()) == float(tariff.per_kwh)
    type_into(qtbot, inputs, "kwh", "42")
    assert float(edit.text()) == 42


def test_that_old_prices_are_warned_about_with_their_days(qtbot, inputs) -> None:
    hint = inputs.rows["rent_usd"].hint.text
    assert hint.startswith("⚠")
    assert "251 days old" in hint
    assert "ai-infra-index" in inputs.rows["rent_usd"].edit.toolTip()


def test_that_an_api_is_found_by_provider_or_model_and_shows_its_prices(
    qtbot, inputs, document
) -> None:
    qtbot.mouseClick(inputs.api, Qt.MouseButton.LeftButton)
    popup = inputs.api.popup
    assert popup.model.rowCount() > 1000
    qtbot.keyClicks(popup.search, "deepseek v4 pro")
    assert all("deepseek" in row.found_by for row in popup.model.rows)
    popup.search.setText("deepseek/deepseek-v4-pro")
    qtbot.keyClick(popup.search, Qt.Key.Key_Return)
    api = document.plan.economics.api
    assert isinstance(api, ApiById)
    assert "v4-pro" in api.model
    qtbot.waitUntil(lambda: "V4 Pro" in inputs.api.toolTip() or "V4-Pro" in inputs.api.toolTip())
    assert float(inputs.rows["api_output"].edit.text()) > 0
    assert "2026-11" in inputs.rows["api_input"].hint.text


def test_that_a_typed_api_price_replaces_the_listed_one(qtbot, inputs, document) -> None:
    type_into(qtbot, inputs, "api_output", "1.20")
    api = document.plan.economics.api
    assert api == ApiByPrice(input=0.15, cached=0.003, output=1.2)
    qtbot.waitUntil(lambda: "typed" in inputs.rows["api_input"].hint.text)
    document.undo_stack.undo()
    assert isinstance(document.plan.economics.api, ApiById)


def test_that_another_api_can_be_added_and_taken_away(qtbot, inputs, document) -> None:
    inputs.more.chosen.emit("deepseek/deepseek-v4-pro")
    assert len(document.plan.economics.other_apis) == 1
    qtbot.waitUntil(lambda: inputs.findChild(QAbstractButton, "cost_other_0") is not None)
    cross = inputs.findChild(QAbstractButton, "cost_other_0")
    qtbot.mouseClick(cross, Qt.MouseButton.LeftButton)
    assert document.plan.economics.other_apis == ()


def test_that_nothing_is_compared_when_none_is_chosen(qtbot, inputs, document) -> None:
    inputs.api.chosen.emit("")
    inputs.rent.chosen.emit("")
    document.flush()
    assert document.plan.economics.api is None
    assert document.assessment.cost.api_usd_per_month is None
    assert document.assessment.cost.rent_usd_per_month is None


def test_that_a_search_without_a_hit_says_so(qtbot, inputs) -> None:
    qtbot.mouseClick(inputs.region, Qt.MouseButton.LeftButton)
    popup = inputs.region.popup
    qtbot.keyClicks(popup.search, "atlantis")
    assert popup._nothing.isVisible()
    qtbot.keyClick(popup.search, Qt.Key.Key_Return)
    assert popup.isVisible()


def test_that_modelled_figures_are_told_and_typed_ones_too(qtbot) -> None:
    view = view_of(qtbot, PlanDocument(plan_of(), CATALOG))
    view.show_page("inputs")
    view.inputs.show_plan()
    rows = view.inputs.rows
    assert "modelled" in rows["decode"].hint.text
    assert rows["decode"].edit.placeholderText()
    assert rows["life"].hint.text == "assumed"
    assert rows["load_w"].edit.placeholderText()


def test_that_typed_watts_are_not_called_computed(inputs, document) -> None:
    assert document.plan.economics.load_w == 1400
    assert inputs.rows["load_w"].hint.text == "typed"
    assert inputs.rows["idle_w"].hint.text == "typed"
    assert "computed" in inputs.rows["decode"].hint.text


def test_that_every_input_has_a_name_a_tip_and_the_keyboard(inputs) -> None:
    for kind in (QLineEdit, QSlider, QComboBox, QAbstractButton):
        for widget in inputs.widget().findChildren(kind):
            if widget.objectName().startswith("qt_") or isinstance(
                widget.parent(), (QLineEdit, QComboBox)
            ):
                continue
            assert widget.accessibleName() or getattr(widget, "text", str)(), widget.objectName()
            assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus, widget.objectName()


def test_that_undoing_every_edit_gives_the_same_plan_back(qtbot, inputs, document) -> None:
    before = compared().model_dump_json()
    type_into(qtbot, inputs, "tokens", "2B")
    type_into(qtbot, inputs, "output_share", "50")
    inputs.region.chosen.emit("DE")
    inputs.rent.chosen.emit("rtx4090")
    while document.undo_stack.canUndo():
        document.undo_stack.undo()
    assert document.plan.model_dump_json() == before


def test_that_no_letter_of_the_tab_takes_one_of_the_windows_menus(inputs) -> None:
    labels = [label.text() for label in inputs.widget().findChildren(QLabel)]
    assert labels
    assert not [text for text in labels if "&" in text.replace("&&", "")]


def test_that_a_single_offer_brings_its_own_price(qtbot, inputs, document) -> None:
    offer = CATALOG.tariffs.rentals[0]
    inputs.rent.chosen.emit(f"offer:{offer.id}")
    rent = document.plan.economics.rent
    assert rent.usd_per_gpu_hour == float(offer.usd_per_gpu_hour)
    assert rent.gpu == offer.card_id
