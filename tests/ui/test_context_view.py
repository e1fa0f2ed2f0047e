"""The Context tab on real plans: the grid, using a cell, the chart."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication
from PySide6.QtWidgets import QApplication, QTableView, QToolButton

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.edits import set_workload
from moeplanner_gui.core.plan import Deployment, Node, Plan, Rig, Workload
from moeplanner_gui.core.units import GIB, format_count
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.charts.context_chart import context_chart, with_plan_moved
from moeplanner_gui.ui.charts.context_limits import cell_plan, compared_columns, compared_formats
from moeplanner_gui.ui.charts.users import for_each_user, keep_context_each
from moeplanner_gui.ui.context.table import FIRST_CELL, ContextTableView
from moeplanner_gui.ui.context.view import ContextView
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.fonts import font_base
from moeplanner_gui.ui.style import ThemeProvider

CATALOG = load_catalog()


def plan_of(engine: str = "vllm", cache: str = "fp8", users: int = 8, cards: int = 2) -> Plan:
    return Plan(
        model="deepseek-v4-flash",
        rig=Rig(nodes=(Node(ram_gib=512, gpus=("rtxpro6000",) * cards),)),
        deployment=Deployment(
            engine=engine,
            tensor_parallel=cards if engine == "vllm" else 1,
            cache_type_k=cache,
            cache_type_v=cache,
        ),
        workload=Workload(context_tokens=131_072, sequences=users),
    )


@pytest.fixture
def document(qapp: QApplication) -> PlanDocument:
    return PlanDocument(plan_of(), CATALOG)


@pytest.fixture
def view(qtbot, document: PlanDocument) -> ContextView:
    themes = ThemeProvider("light")
    made = ContextView(document, Actions(themes), themes)
    made.themes = themes
    qtbot.addWidget(made)
    made.resize(1320, 640)
    with qtbot.waitSignal(made.grid_finished):
        made.show()
    return made


def index_of(view: ContextView, weights: str, column: tuple[str, str]):
    model = view.table.model()
    row = next(i for i, choice in enumerate(model.rows) if choice.id == weights)
    return model.index(row, model.columns.index(column) + FIRST_CELL)


def test_that_the_plans_own_cell_shows_the_assessments_longest_context(view, document) -> None:
    text = index_of(view, "native", ("vllm", "fp8")).data()
    assert text.split()[0] == format_count(document.assessment.max_context_tokens)
    assert text.split()[1] == "card"


def test_that_every_cell_promises_what_the_estimator_confirms(view, document) -> None:
    model = view.table.model()
    for row, choice in enumerate(model.rows):
        for number, column in enumerate(model.columns):
            plan = cell_plan(document.plan, CATALOG, choice.id, column)
            found = evaluate(plan, CATALOG)
            limit = model.cell(row, number)
            if found.verdict == "cannot_run":
                assert limit is None
            else:
                assert limit.tokens == for_each_user(plan, found.max_context_tokens)


def test_that_a_format_an_engine_does_not_load_is_a_dash(view) -> None:
    assert index_of(view, "q4_k_m", ("vllm", "fp8")).data() == "–"


def test_that_enter_on_a_cell_uses_it_as_one_undo_step(view, document, qtbot) -> None:
    before = document.plan
    view.table.setCurrentIndex(index_of(view, "q4_k_m", ("llama.cpp", "q8_0")))
    qtbot.keyClick(view.table, Qt.Key.Key_Return)
    assert document.plan.weights == "q4_k_m"
    assert document.plan.deployment.engine == "llama.cpp"
    assert document.plan.deployment.cache_type_v == "q8_0"
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert document.plan == before


def test_that_a_click_on_a_cell_uses_it(view, document, qtbot) -> None:
    index = index_of(view, "native", ("llama.cpp", "f16"))
    view.table.scrollTo(index)
    place = view.table.visualRect(index).center()
    qtbot.mouseClick(view.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert document.plan.deployment.cache_type_k == "f16"
    assert document.undo_stack.count() == 1


def test_that_a_dash_cannot_be_used(view, document, qtbot) -> None:
    view.table.setCurrentIndex(index_of(view, "q4_k_m", ("vllm", "fp8")))
    qtbot.keyClick(view.table, Qt.Key.Key_Return)
    assert document.undo_stack.count() == 0


def test_that_using_a_cell_keeps_the_context_of_each_user(document) -> None:
    plan = cell_plan(document.plan, CATALOG, "native", ("llama.cpp", "f16"))
    assert plan.workload.context_tokens == 8 * 131_072
    back = cell_plan(plan, CATALOG, "native", ("vllm", "fp8"))
    assert back.workload.context_tokens == 131_072


def test_that_the_context_alone_does_not_recompute_the_grid(view, document, qtbot) -> None:
    document.apply("Context", set_workload(document.plan, context_tokens=65_536))
    document.flush()
    view._show()
    assert not view.is_computing


def test_that_an_edit_during_the_computation_ends_with_the_new_plans_lengths(
    view, document, qtbot
) -> None:
    document.apply("Users", set_workload(document.plan, sequences=4))
    document.flush()
    document.apply("Users", set_workload(document.plan, sequences=2))
    document.flush()
    view.finish()
    text = index_of(view, "native", ("vllm", "fp8")).data()
    assert text.split()[0] == format_count(document.assessment.max_context_tokens)


def test_that_the_plot_takes_the_place_of_its_placeholder(view, qtbot) -> None:
    qtbot.waitUntil(lambda: view.chart_panel.plot is not None, timeout=5000)
    assert view.chart_panel.plot.isVisibleTo(view)


def test_that_the_grid_is_copied_for_a_spreadsheet(view, qtbot) -> None:
    view.copy_table()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].startswith("Weights\tGiB\tvllm fp8\t")
    assert len({line.count("\t") for line in lines}) == 1


def test_that_the_charts_limits_are_the_assessments() -> None:
    plan = plan_of()
    found = evaluate(plan, CATALOG)
    chart = context_chart(plan, found, CATALOG)
    device = found.devices[chart.device]
    assert chart.usable_bytes == device.usable_bytes
    assert chart.model_limit == CATALOG.model(plan.model).max_context
    assert chart.curves[0].longest == found.max_context_tokens
    assert chart.plan_used_bytes == device.used_bytes


def test_that_the_longest_context_lies_on_the_curve_just_under_the_limit() -> None:
    plan = plan_of()
    chart = context_chart(plan, evaluate(plan, CATALOG), CATALOG)
    curve = chart.curves[0]
    assert curve.longest_used_bytes <= chart.usable_bytes
    assert chart.usable_bytes - curve.longest_used_bytes < GIB // 8
    assert curve.used_at(curve.longest) == pytest.approx(curve.longest_used_bytes, rel=0.01)


def test_that_a_curve_has_few_points_and_never_falls() -> None:
    plan = plan_of("llama.cpp", "f16", users=1)
    chart = context_chart(plan, evaluate(plan, CATALOG), CATALOG)
    for curve in chart.curves:
        assert len(curve.contexts) <= 120
        assert list(curve.used_bytes) == sorted(curve.used_bytes)


def test_that_llama_cpps_context_is_shown_for_each_user() -> None:
    plan = plan_of("llama.cpp", "f16", users=8)
    found = evaluate(plan, CATALOG)
    chart = context_chart(plan, found, CATALOG)
    assert chart.plan_tokens == 131_072 // 8
    assert chart.curves[0].longest == found.max_context_tokens // 8
    assert max(chart.curves[0].contexts) == chart.model_limit


def test_that_changing_engines_keeps_what_each_user_has() -> None:
    before = plan_of("vllm", "fp8", users=4)
    after = before.replace(deployment=plan_of("llama.cpp", "f16").deployment)
    assert keep_context_each(before, after).workload.context_tokens == 4 * 131_072


def test_that_formats_far_larger_than_the_checkpoint_are_left_out_but_never_the_plans_own() -> None:
    plan = plan_of("llama.cpp", "f16")
    assert "bf16" not in {row.id for row in compared_formats(plan, CATALOG)}
    own = plan.replace(weights="bf16")
    assert "bf16" in {row.id for row in compared_formats(own, CATALOG)}


def test_that_the_plans_own_engine_and_cache_have_a_column() -> None:
    plan = plan_of("llama.cpp", "q4_0")
    columns = compared_columns(plan, CATALOG)
    assert columns[0] == ("llama.cpp", "q4_0")
    assert {engine for engine, _ in columns} == {"llama.cpp", "vllm"}


def test_that_a_plan_that_cannot_run_says_why_in_place_of_the_curve(view, document, qtbot) -> None:
    wrong = document.plan.deployment.model_copy(update={"cache_type_k": "bf16"})
    document.apply("Cache", document.plan.replace(deployment=wrong))
    document.flush()
    view.finish()
    assert view.chart_panel.chart is None


@pytest.mark.parametrize("engine", ["vllm", "llama.cpp"])
def test_that_moving_the_plans_point_gives_the_chart_that_a_new_one_would_be(engine) -> None:
    plan = plan_of(engine, "fp8" if engine == "vllm" else "f16")
    chart = context_chart(plan, evaluate(plan, CATALOG), CATALOG)
    moved = set_workload(plan, context_tokens=65_536)
    found = evaluate(moved, CATALOG)
    assert with_plan_moved(chart, moved, found) == context_chart(moved, found, CATALOG)


def test_that_the_curve_can_be_read_as_a_table(view, qtbot) -> None:
    button = view.findChild(QToolButton, "context_chart_as_table")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    table = view.findChild(QTableView, "context_curve_table")
    assert table.isVisible()
    model = table.model()
    tokens = [model.index(row, 0).data() for row in range(model.rowCount())]
    assert "131,072" in tokens
    own = tokens.index("131,072")
    chart = view.chart_panel.chart
    assert model.index(own, 1).data() == f"{chart.plan_used_bytes / GIB:,.2f}"


def test_that_the_unit_of_the_whole_program_is_used(view, document) -> None:
    document.set_memory_unit("GB")
    view.finish()
    assert view.chart_panel.chart.unit == "GB"
    assert view.table.model().headerData(1, Qt.Orientation.Horizontal) == "GB"


def test_that_low_rows_still_hold_a_name_and_its_mix_where_text_is_large(
    qtbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = ContextTableView(ThemeProvider("light").theme)
    qtbot.addWidget(table)
    font = font_base()
    font.setPixelSize(40)
    monkeypatch.setattr("moeplanner_gui.ui.tables.font_base", lambda: font)
    table.set_compact(True)
    assert table.verticalHeader().defaultSectionSize() > 1.7 * QFontMetrics(font).height()
