"""The Memory tab on real plans."""

import pytest
from PySide6.QtCore import QItemSelectionModel, QPointF, QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core.edits import set_workload
from moeplanner_gui.core.explain import explain
from moeplanner_gui.core.plan import Deployment, Node, Plan, Rig, Workload
from moeplanner_gui.core.units import GIB
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.charts.memory_rows import shown_amount
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.memory.table import PathRole
from moeplanner_gui.ui.memory.view import MemoryView
from moeplanner_gui.ui.status_bar import basis
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.tables import FrozenColumn


def plan_of(cards: int = 2, context: int = 131_072, card: str = "rtxpro6000") -> Plan:
    return Plan(
        model="deepseek-v4-flash",
        rig=Rig(nodes=(Node(ram_gib=512, gpus=(card,) * cards),)),
        deployment=Deployment(
            engine="vllm",
            # The output groups of this model are divided by at most eight ranks.
            tensor_parallel=min(cards, 8),
            pipeline_parallel=max(cards // 8, 1),
            cache_type_k="fp8",
            cache_type_v="fp8",
        ),
        workload=Workload(context_tokens=context, sequences=8),
    )


@pytest.fixture
def document(qapp: QApplication) -> PlanDocument:
    return PlanDocument(plan_of(), load_catalog())


@pytest.fixture
def view(qtbot, document: PlanDocument) -> MemoryView:
    themes = ThemeProvider("light")
    made = MemoryView(document, Actions(themes), themes)
    made.themes = themes  # kept alive with the view
    qtbot.addWidget(made)
    made.resize(1200, 320)
    made.show()
    qtbot.waitExposed(made)
    return made


def text_at(view: MemoryView, row_label: str, column: int) -> str:
    model = view.table.model()
    row = next(r for r in range(model.rowCount()) if model.index(r, 0).data() == row_label)
    return model.index(row, column).data()


def test_that_the_table_shows_the_assessment(view, document) -> None:
    first = document.assessment.devices[0]
    assert text_at(view, "Used", 1) == shown_amount(round(first.used_bytes * 100 / GIB))
    assert text_at(view, "Free", 1) == shown_amount(first.free_bytes * 100 // GIB)


def test_that_an_edit_shows_in_the_table(view, document) -> None:
    before = text_at(view, "KV cache", 1)
    document.apply("Context", set_workload(document.plan, context_tokens=65_536))
    document.flush()
    assert float(text_at(view, "KV cache", 1)) < float(before)


def test_that_the_selection_survives_an_edit(view, document) -> None:
    view.table.setCurrentIndex(view.table.model().index(2, 1))
    document.apply("Context", set_workload(document.plan, context_tokens=65_536))
    document.flush()
    assert (view.table.currentIndex().row(), view.table.currentIndex().column()) == (2, 1)


def test_that_enter_on_a_number_asks_how_it_is_computed(view, qtbot) -> None:
    view.table.setCurrentIndex(view.table.model().index(2, 2))
    with qtbot.waitSignal(view.explain_requested) as asked:
        qtbot.keyClick(view.table, Qt.Key.Key_Return)
    assert asked.args == ["devices.1.kv_cache_bytes"]


def test_that_a_click_on_a_number_asks_how_it_is_computed(view, qtbot) -> None:
    index = view.table.model().index(0, 1)
    with qtbot.waitSignal(view.explain_requested) as asked:
        place = view.table.visualRect(index).center()
        qtbot.mouseClick(view.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert asked.args == ["devices.0.routed_experts_bytes"]


def test_that_a_click_on_a_bar_asks_about_that_part(view, qtbot) -> None:
    view.bars.grab()
    with qtbot.waitSignal(view.explain_requested) as asked:
        place = QPointF(view.bars.width() / 2, 12 + 2 * 20 + 20).toPoint()
        qtbot.mouseClick(view.bars, Qt.MouseButton.LeftButton, pos=place)
    assert asked.args == ["devices.0.routed_experts_bytes"]


def test_that_a_disk_shows_the_experts_on_it_and_names_the_rest_of_the_file(view, document) -> None:
    deployment = Deployment(engine="llama.cpp", cpu_moe_layers=-1, disk_moe_layers=20)
    node = Node(ram_gib=512, disk_gib=1000, gpus=("rtx5090",))
    document.apply("Disk", plan_of().replace(rig=Rig(nodes=(node,)), deployment=deployment))
    document.flush()
    view.bars.grab()
    position = next(i for i, d in enumerate(document.assessment.devices) if d.kind == "disk")
    keys = [segment.key for segment in view.bars._segments[position]]
    assert keys == ["experts", "file_rest", "free"]
    assert text_at(view, "Rest of the file", 3) != "0.00"
    assert text_at(view, "Runtime overhead", 3) == "0.00"
    formula = view.table.model().columnCount() - 1
    assert "lies on the disk as a whole" in text_at(view, "Rest of the file", formula)
    assert text_at(view, "Routed experts", formula) != "none on this device"
    assert basis(document.assessment) == "GPU, host memory and disk"


def test_that_the_tip_of_an_overhead_names_what_it_is(view, document) -> None:
    view.bars.grab()
    index, segments = next(iter(view.bars._segments.items()))
    segment = next(segment for segment in segments if segment.key == "overhead")
    tip = view.bars.tip_at(segment.rect.center())
    assert tip.startswith("Runtime overhead on GPU 1: ")
    assert "CUDA context" in tip
    assert index == 0


def test_that_every_number_of_a_device_can_be_explained(view) -> None:
    model = view.table.model()
    for row in range(model.rowCount()):
        assert str(model.index(row, 1).data(PathRole)).startswith("devices.0.")


def test_that_ctrl_c_copies_the_table_for_a_spreadsheet(view, qtbot) -> None:
    view.table.setFocus()
    qtbot.keyClick(view.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    text = QGuiApplication.clipboard().text()
    assert text.startswith("GiB\tGPU 1\tGPU 2\tBoth\t")
    assert "Routed experts\t" in text


def test_that_the_unit_of_the_whole_program_is_used(view, document) -> None:
    document.set_memory_unit("GB")
    assert view.table.model().headerData(0, Qt.Orientation.Horizontal) == "GB"
    used = document.assessment.devices[0].used_bytes
    assert text_at(view, "Used", 1) == shown_amount(round(used / 10**7))


def test_that_a_short_device_has_a_negative_free_amount(view, document) -> None:
    short = plan_of(2, card="rtx4090").replace(deployment=Deployment())
    document.apply("Cards", short)
    document.flush()
    assert text_at(view, "Free", 1).startswith("−")


def test_that_a_plan_that_cannot_run_says_why_instead_of_showing_zeros(view, document) -> None:
    wrong = plan_of().deployment.model_copy(update={"cache_type_k": "q4_0"})
    document.apply("Cache", document.plan.replace(deployment=wrong))
    document.flush()
    assert document.assessment.verdict == "cannot_run"
    message = view.findChild(QWidget, "memory_message")
    assert message.isVisible() and not view.table.isVisible()
    assert "KV cache" in message.accessibleDescription()


def test_that_sixteen_cards_keep_every_column(view, document) -> None:
    document.apply("Cards", plan_of(16))
    document.flush()
    assert view.table.model().columnCount() == 16 + 4
    assert view.bars.minimumHeight() > 16 * 20


def test_that_the_views_can_be_drawn_in_both_themes(view) -> None:
    view.themes.set_mode("dark")
    image = view.grab().toImage()
    corner = image.pixelColor(2, image.height() - 3).name().upper()
    assert corner == view.themes.theme.panel


def test_that_every_amount_of_the_table_can_be_explained(view, document) -> None:
    model = view.table.model()
    for row in range(model.rowCount()):
        for column in range(1, model.columnCount()):
            path = model.index(row, column).data(PathRole)
            found = explain(document.plan, document.assessment, document.catalog, path)
            assert found.value


def test_that_the_names_stay_in_sight_when_many_columns_scroll(view, document) -> None:
    frozen = view.table.findChild(FrozenColumn)
    assert not frozen.isVisible()
    document.apply("Cards", plan_of(16))
    document.flush()
    view.table.fit_columns()
    view.table.horizontalScrollBar().setValue(300)
    assert frozen.isVisible()
    assert frozen.geometry().left() == 0
    assert frozen.columnWidth(0) == view.table.columnWidth(0)
    assert all(frozen.isColumnHidden(c) for c in range(1, frozen.model().columnCount()))


def test_that_names_that_come_and_go_leave_nothing_behind(qtbot, view, document) -> None:
    frozen = view.table.findChild(FrozenColumn)
    cards = document.plan
    for _ in range(3):
        document.apply("Cards", plan_of(16))
        document.flush()
        view.table.fit_columns()
        frozen.follow()
        assert frozen.isVisible()
        document.apply("Few", cards)
        document.flush()
        view.table.fit_columns()
        frozen.follow()
        assert not frozen.isVisible()
    qtbot.waitUntil(lambda: len(frozen.findChildren(QItemSelectionModel)) <= 1)


def test_that_only_the_bars_in_sight_are_painted_and_the_others_as_they_come(
    qtbot, view, document
) -> None:
    node = Node(host="sp5-9004", ram_gib=512, gpus=("rtxpro6000",) * 8)
    document.apply("Many", plan_of().replace(rig=Rig(nodes=(node,) * 8, network="100gbe")))
    document.flush()
    view.resize(1000, 300)
    qtbot.waitUntil(lambda: bool(view.bars._segments), timeout=5000)
    cards = [i for i, d in enumerate(document.assessment.devices) if d.kind == "gpu"]
    shown = set(view.bars._segments)
    assert cards[0] in shown and cards[-1] not in shown and len(shown) < 40
    scroll = view.bars.parentWidget().parentWidget().verticalScrollBar()
    scroll.setValue(scroll.maximum())
    qtbot.waitUntil(lambda: cards[-1] in view.bars._segments, timeout=5000)
    # What is painted bit by bit is what is painted at once, and can be asked about.
    assert view.bars.visibleRegion().boundingRect().bottom() > 1000
    last = view.bars._segments[cards[-1]][0].rect.center()
    assert view.bars.tip_at(last).endswith("GiB")
    part = view.bars.visibleRegion().boundingRect()
    # Round corners that the edge of a picture cuts are smoothed a little differently there.
    inner = QRect(0, 1, part.width(), part.height() - 2)
    alone, cut = view.bars.grab(part).toImage(), view.bars.grab().toImage().copy(part)
    assert alone.copy(inner) == cut.copy(inner)
