"""The Cost tab: the answer, the charts, the month; empty states, copies, keyboard, themes."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QToolButton

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import Cost, Speed
from moeplanner_gui.core.edits import set_economics, set_workload
from moeplanner_gui.core.explain import explain
from moeplanner_gui.core.plan import ApiById
from moeplanner_gui.ui.charts.cost_facts import BREAK_EVEN, OWN
from moeplanner_gui.ui.charts.verdict_figures import cost_figure
from moeplanner_gui.ui.cost.plot import CostPlot
from moeplanner_gui.ui.document import PlanDocument

from .conftest import CATALOG, compared, plan_of, view_of


def row(view, key: str):
    return next(row for row in view.month.model.rows if row.key == key)


def test_that_the_sentence_says_both_costs_and_where_the_rig_wins(view) -> None:
    assert view.answer.words.startswith("At 1,100M tokens a month this rig costs $413")
    assert "V4.1 Flash API $129" in view.answer.words
    assert "the rig wins above 3.7B" in view.details.words


def test_that_every_amount_of_the_sentence_can_be_asked(qtbot, view) -> None:
    asked: list[str] = []
    view.explain_requested.connect(asked.append)
    view.answer.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(view.answer, Qt.Key.Key_Tab)
    qtbot.keyClick(view.answer, Qt.Key.Key_Return)
    assert asked == [OWN]


def test_that_the_bill_adds_up_to_the_cent(view) -> None:
    parts = [float(r.raw) for r in view.month.model.rows if r.shade is not None]
    assert sum(parts) == pytest.approx(float(row(view, "own").raw), abs=0.011)


def test_that_bars_and_assessment_say_the_same(view, document) -> None:
    cost = document.assessment.cost
    own, api, rent = view.month.bars.bars
    assert (own.usd, api.usd, rent.usd) == (
        cost.own_usd_per_month, cost.api_usd_per_month, cost.rent_usd_per_month
    )  # fmt: skip
    assert sum(segment.usd for segment in own.segments) == pytest.approx(own.usd, abs=0.02)


def test_that_the_chart_marks_break_even_plan_and_capacity(view, document) -> None:
    chart, cost = view.monthly.chart, document.assessment.cost
    assert chart.plan_x == pytest.approx(1100.0)
    assert chart.limit_x == pytest.approx(cost.capacity_mtok_per_month)
    (mark,) = chart.marks
    assert mark.x == pytest.approx(cost.breakeven_mtok_per_month)
    assert "–" in mark.detail
    own = chart.lines[0]
    api = next(line for line in chart.lines if line.series == "api")
    assert own.value_at(mark.x) == pytest.approx(api.value_at(mark.x), rel=0.01)


def test_that_a_second_rig_is_a_step_in_the_line_of_owning(view, document) -> None:
    chart = view.monthly.chart
    before, after = (chart.lines[0].value_at(chart.limit_x * f) for f in (0.999, 1.001))
    assert after - before > 300


def test_that_bands_hold_what_is_expected(view) -> None:
    for line in view.monthly.chart.lines:
        if line.low:
            for low, value, high in zip(line.low, line.expected, line.high, strict=True):
                assert low <= value * 1.0001
                assert value <= high * 1.0001


def test_that_a_click_on_the_break_even_asks_how_it_is_computed(qtbot, view) -> None:
    plot, asked = view.monthly.plot, []
    assert isinstance(plot, CostPlot)
    plot.repaint()
    view.explain_requested.connect(asked.append)
    mark = view.monthly.chart.marks[0]
    place = plot.frame.point(mark.x, mark.usd)
    qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=place.toPoint())
    qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=QPointF(5, 5).toPoint())
    assert asked == [BREAK_EVEN]


def test_that_payback_starts_at_the_price_and_ends_in_a_month_or_never(qtbot, document) -> None:
    often = set_workload(compared(), input_mtok_per_month=10_000.0, output_mtok_per_month=1000.0)
    view = view_of(qtbot, PlanDocument(often, CATALOG))
    chart = view.cumulative.chart
    paid = next(line for line in chart.lines if line.label == "Own, not sold")
    assert paid.value_at(0) == pytest.approx(21_000.0)
    assert chart.marks[0].title.startswith("Paid back in month")
    dear = set_economics(compared(), electricity_usd_per_kwh=20.0)
    never = view_of(qtbot, PlanDocument(dear, CATALOG))
    assert never.cumulative.chart.marks == ()
    assert "never" in never.cumulative.chart.sentence
    assert row(never, "payback").value == "never"


def test_that_the_tornado_is_widest_first_around_the_month(view, document) -> None:
    chart = view.tornado.chart
    widths = [swing.width for swing in chart.swings]
    assert widths == sorted(widths, reverse=True)
    assert chart.expected_usd == pytest.approx(document.assessment.cost.own_usd_per_month, abs=0.01)


def test_that_further_apis_have_a_line_and_a_bar_each(qtbot, document) -> None:
    pro = ApiById(provider="deepseek", model="deepseek-v4-pro")
    view = view_of(qtbot, PlanDocument(set_economics(compared(), other_apis=(pro,)), CATALOG))
    assert len([line for line in view.monthly.chart.lines if line.series == "api"]) == 2
    bars = [bar for bar in view.month.bars.bars if bar.series == "api"]
    assert [bar.label for bar in bars] == ["API, DeepSeek V4.1 Flash", "API, DeepSeek V4 Pro"]
    assert bars[1].usd == pytest.approx(497, abs=1)


def test_that_zero_use_is_n_a_and_draws_no_curve(qtbot) -> None:
    idle = set_workload(compared(), input_mtok_per_month=0.0, output_mtok_per_month=0.0)
    view = view_of(qtbot, PlanDocument(idle, CATALOG))
    assert view.monthly.chart is None
    assert row(view, "own_each").value == "n/a"
    assert float(row(view, "own").raw) > 300


def test_that_every_figure_of_the_month_can_be_explained(view, document) -> None:
    paths = {row.path for row in view.month.model.rows} | {bar.path for bar in view.month.bars.bars}
    for path in paths - {""}:
        found = explain(document.plan, document.assessment, document.catalog, path)
        assert found.label, path
        assert found.value, path


# Empty states --------------------------------------------------------------------------------


def test_that_a_missing_price_names_the_part_and_leads_to_its_field(qtbot) -> None:
    plan = set_economics(compared(), hardware_usd=None)
    node = plan.rig.nodes[0].model_copy(update={"host": "wrx90-7965wx"})
    plan = plan.replace(rig=plan.rig.model_copy(update={"nodes": (node,)}))
    view = view_of(qtbot, PlanDocument(plan, CATALOG))
    assert view.message.accessibleName().startswith("No price for Threadripper")
    assert "never counts as 0" in view.message.accessibleDescription()
    assert "$129" in view.message.accessibleDescription()
    assert view.month.model.rows == ()
    assert view.next_step.text() == "Set a price"
    qtbot.mouseClick(view.next_step, Qt.MouseButton.LeftButton)
    edit = view.inputs.rows["hardware"].edit
    assert edit.isVisible()
    qtbot.keyClicks(edit, "21000")
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    view.finish()
    assert view.answer.words.startswith("At 1,100M tokens a month this rig costs $413")


def test_that_a_plan_that_does_not_fit_has_no_figures_and_asks_for_advice(qtbot) -> None:
    view = view_of(qtbot, PlanDocument(plan_of(1, "rtx3090"), CATALOG))
    assert view.message.accessibleName() == "A plan that does not fit has no cost"
    assert view.month.model.rows == ()
    qtbot.mouseClick(view.next_step, Qt.MouseButton.LeftButton)
    assert view.asked == ["advice"]


def test_that_an_unknown_speed_leads_to_a_measured_one(qtbot) -> None:
    def unknown(plan, catalog):
        found = evaluate(plan, catalog)
        because = ("The speed of decode is not known. Enter tokens/s to compare.",)
        cost = Cost(hardware_usd=21_000.0, verdict="refused", because=because)
        return replace(found, speed=Speed(because="Nobody measured it."), cost=cost)

    plan = set_economics(compared(), decode_tokens_per_s=None, prefill_tokens_per_s=None)
    view = view_of(qtbot, PlanDocument(plan, CATALOG, evaluate=unknown))
    assert view.message.accessibleName() == "The speed of this plan is not known"
    assert view.next_step.text() == "Type a measured speed"
    qtbot.mouseClick(view.next_step, Qt.MouseButton.LeftButton)
    assert view.inputs.rows["decode"].edit.isVisible()


# Following the plan, copies, looks --------------------------------------------------------------


def test_that_an_edit_changes_sentence_month_and_chart_together(qtbot, view, document) -> None:
    document.apply("Life", set_economics(document.plan, life_months=60))
    qtbot.waitUntil(lambda: "$273" in view.answer.words)
    own = document.assessment.cost.own_usd_per_month
    assert row(view, "own").value == f"{own:,.2f}"
    assert view.monthly.chart.lines[0].value_at(1100.0) == pytest.approx(own, rel=0.005)


def test_that_the_draws_come_after_the_edits_pause(qtbot, view, document) -> None:
    document.apply("Life", set_economics(document.plan, life_months=60))
    with qtbot.waitSignal(view.finished, timeout=5000):
        pass
    assert view.monthly.chart.marks[0].detail
    assert row(view, "cases").value.endswith("% of cases")


def test_that_a_copy_holds_month_curves_and_ranges(view) -> None:
    view.copy_table()
    text = QGuiApplication.clipboard().text()
    assert "Own\t412.76" in text
    assert "Tokens a month\tOwn, USD" in text
    assert "Month\t" in text
    assert "Input\tLow end\tUSD a month" in text


def test_that_every_chart_can_be_read_as_a_table(qtbot, view) -> None:
    for key in ("monthly", "cumulative", "tornado"):
        view.show_page(key)
        button = view.findChild(QToolButton, f"cost_{key}_as_table")
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        panel = getattr(view, key)
        assert panel.model.rowCount() > 3
        assert all(panel.model.rows[0])


@pytest.mark.parametrize("size", [(1280, 200), (1280, 640), (2560, 700)])
def test_that_the_tab_has_room_for_its_parts_at_every_size(qtbot, document, size) -> None:
    view = view_of(qtbot, document, size)
    assert view.monthly.plot.isVisible()
    assert view.monthly.plot.height() >= 40
    assert view.inputs.isVisible() == (size[0] >= 1700)
    assert view.month.isVisible()


def test_that_colours_follow_the_theme(view) -> None:
    def ink() -> str:
        return view.monthly.plot.grab().toImage().pixelColor(2, 2).name()

    assert ink() == "#ffffff"
    view.themes.set_mode("dark")
    assert ink() == "#1d2025"


def test_that_the_verdict_line_says_from_where_owning_pays(document) -> None:
    figure = cost_figure(document.assessment)
    assert figure.value == "API cheaper below 3.7B/month"
    assert figure.path == BREAK_EVEN
    alone = evaluate(set_economics(compared(), api=None, rent=None), CATALOG)
    assert cost_figure(alone).value == "$413 a month"
    assert cost_figure(evaluate(plan_of(1, "rtx3090"), CATALOG)) is None


def test_that_the_tab_loads_neither_numpy_nor_pyqtgraph_before_its_draws() -> None:
    code = (
        "import sys; import moeplanner_gui.ui.cost.view;"
        "assert 'numpy' not in sys.modules; assert 'pyqtgraph' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_that_a_slider_let_go_brings_all_points_of_the_curves_back(qtbot, view) -> None:
    view.show_page("inputs")
    whole = len(view.monthly.chart.lines[1].at)
    slider = view.inputs.rows["life"].slider
    slider.setSliderDown(True)
    slider.setValue(120)
    qtbot.waitUntil(lambda: len(view.monthly.chart.lines[1].at) < whole)
    assert view.monthly.plot.quick
    slider.setSliderDown(False)
    assert len(view.monthly.chart.lines[1].at) == whole
    assert not view.monthly.plot.quick
