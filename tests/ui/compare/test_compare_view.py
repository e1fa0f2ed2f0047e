"""Compare: what differs is seen, the keyboard reaches all of it, and no plan is changed by it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QCheckBox,
    QHeaderView,
    QTabBar,
    QWidget,
)

from moeplanner_gui.core import edits
from moeplanner_gui.core.assessment import Range
from moeplanner_gui.core.compare import Cell, Row
from moeplanner_gui.ui.charts.compare_chart import curve_chart, decode_line, device_bars
from moeplanner_gui.ui.charts.paint_compare import paint_curves
from moeplanner_gui.ui.compare import words
from moeplanner_gui.ui.compare.charts import rate_at
from moeplanner_gui.ui.compare.table import USE_TEXT, CompareModel
from moeplanner_gui.ui.theme import LIGHT


@pytest.fixture
def two(window):
    """The sample and a scenario with half the context and one card more, compared."""
    document = window.document
    document.apply("Name", document.plan.replace(name="Sample"))
    document.duplicate("More & longer")
    plan = edits.add_gpu(document.plan, 0, 2, "rtxpro6000")
    document.apply("Change", edits.set_workload(plan, context_tokens=65_536))
    window.compare.show()
    window.compare.view.finish()
    return window


def texts(view) -> dict[str, list[str]]:
    """The lines of the table by their label."""
    model = view.model
    lines = {}
    for row in range(model.rowCount()):
        cells = [str(model.index(row, c).data() or "") for c in range(model.columnCount())]
        lines[cells[0]] = cells[1:]
    return lines


def box_of(view, name: str) -> QCheckBox:
    return next(box for box in view.boxes if box.accessibleName() == f"Compare {name}")


def test_that_the_table_has_a_column_for_each_plan_and_its_own_figures(two) -> None:
    view = two.compare.view
    assert view.model.titles == ("Sample", "More & longer")
    lines = texts(view)
    assert lines["Cards"] == ["2 × RTX PRO 6000", "3 × RTX PRO 6000"]
    for position, session in enumerate(two.document.sessions):
        load = session.assessment.power.load_w
        assert lines["At the wall, busy"][position].startswith(f"{load:,} W")
    assert view.said.text() == "Not the same question: context differs between the plans."


def test_that_plans_without_a_difference_are_said_to_have_none(window, qtbot) -> None:
    window.document.duplicate("Copy")
    window.compare.show()
    view = window.compare.view
    view.finish()
    assert view.said.isVisible() and view.said.text() == words.NOTHING_DIFFERS
    plan = edits.add_gpu(window.document.plan, 0, 2, "rtxpro6000")
    window.document.apply("More", plan)
    view.finish()
    assert words.NOTHING_DIFFERS not in view.said.text()


def test_that_figures_that_are_written_alike_are_not_bold() -> None:
    wait = Row("ttft", "speed", "First token after", "seconds",
               (Cell(Range(180.0, 516.0, 1900.0)), Cell(Range(180.1, 516.2, 1900.0))))  # fmt: skip
    assert wait.differs and not words.reads_differently(wait)
    assert "**" not in words.as_markdown(("A", "B"), [wait])
    model = CompareModel()
    for only, shown in ((True, 0), (False, 1)):
        model.show(("A", "B"), [wait], "GiB", shown_at=0, only_differences=only)
        assert sum(isinstance(line, Row) for line in model.lines) == shown
    assert not model.differing


def test_that_only_differences_leaves_equal_rows_out_and_brings_them_back(two, qtbot) -> None:
    view = two.compare.view
    assert "Model" in texts(view)
    qtbot.mouseClick(view.only, Qt.MouseButton.LeftButton, pos=QPoint(8, view.only.height() // 2))
    assert "Model" not in texts(view)
    assert "Cards" in texts(view)
    qtbot.keyClick(view.only, Qt.Key.Key_Space)
    assert "Model" in texts(view)


def test_that_the_key_shows_the_comparison_and_escape_leaves_it(window, qtbot) -> None:
    window.activateWindow()
    window.setFocus()
    trigger = window.actions_registry.get("view.compare")
    assert trigger.shortcut() == QKeySequence("Ctrl+Shift+C")
    trigger.trigger()
    view = window.compare.view
    assert view.isVisible() and not window.rows.isVisible() and not window.verdict.isVisible()
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert not view.isVisible() and window.rows.isVisible() and window.verdict.isVisible()
    assert not trigger.isChecked()


def test_that_a_command_about_one_plan_leaves_the_comparison(two) -> None:
    two.actions_registry.get("view.speed").trigger()
    assert not two.compare.view.isVisible()
    assert two.tabs.current_key == "speed" and two.rows.isVisible()


def test_that_one_open_plan_offers_to_duplicate_it(window, qtbot) -> None:
    window.compare.show()
    view = window.compare.view
    assert view.duplicate.isVisible() and not view.table.isVisible()
    qtbot.mouseClick(view.duplicate, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: view.table.isVisible())
    assert view.model.titles == ("Sample plan", "Sample plan (2)")


def test_that_a_click_on_a_header_goes_to_that_plan(two, qtbot) -> None:
    view = two.compare.view
    header = view.table.horizontalHeader()
    place = QPoint(header.sectionPosition(1) + 60, header.height() // 2)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert two.document.session.title == "Sample"
    assert not view.isVisible()


def test_that_enter_on_use_this_plan_goes_to_it(two, qtbot) -> None:
    view = two.compare.view
    index = view.model.index(0, 1)
    assert index.data() == f"{USE_TEXT}: Sample"
    view.table.setFocus()
    view.table.setCurrentIndex(index)
    qtbot.keyClick(view.table, Qt.Key.Key_Return)
    assert two.document.session.title == "Sample"


def test_that_plans_are_ticked_four_at_most(two, qtbot) -> None:
    for number in range(3):
        two.document.duplicate(f"Extra {number}")
    view = two.compare.view
    view.refresh()
    # The last two are opened one after the other; there is room for two of them.
    assert len(view.model.titles) == 4
    left_out = [box for box in view.boxes if not box.isChecked() and not box.isHidden()]
    assert len(left_out) == 1 and not left_out[0].isEnabled()
    sample = box_of(view, "Sample")
    qtbot.mouseClick(sample, Qt.MouseButton.LeftButton, pos=QPoint(8, sample.height() // 2))
    assert "Sample" not in view.model.titles
    assert left_out[0].isEnabled()


def test_that_one_ticked_plan_asks_for_another(two) -> None:
    view = two.compare.view
    box_of(view, "Sample").setChecked(False)
    assert not view.table.isVisible() and not view.duplicate.isVisible()
    box_of(view, "Sample").setChecked(True)
    assert view.table.isVisible()


def test_that_edits_undo_renames_and_closing_are_followed(two, qtbot) -> None:
    view = two.compare.view
    two.document.undo_stack.undo()
    qtbot.waitUntil(lambda: texts(view)["Cards"] == ["2 × RTX PRO 6000"] * 2)
    two.document.apply("Rename", two.document.plan.replace(name="Other"))
    qtbot.waitUntil(lambda: view.model.titles[1] == "Other")
    two.files.close()
    qtbot.waitUntil(lambda: not view.table.isVisible())


def test_that_comparing_changes_no_plan(two) -> None:
    before = [(s.plan, s.undo_stack.count(), s.is_modified) for s in two.document.sessions]
    two.compare.view.finish()
    two.compare.leave()
    after = [(s.plan, s.undo_stack.count(), s.is_modified) for s in two.document.sessions]
    assert after == before


def test_that_a_found_plan_is_compared_without_being_open_and_opened_when_used(two) -> None:
    document = two.document
    plan = edits.set_workload(document.plan, context_tokens=4096)
    two.compare.compare_with("Found rig", plan, document.preview(plan))
    view = two.compare.view
    view.finish()
    assert view.model.titles == ("Sample", "More & longer", "Found rig")
    assert len(document.sessions) == 2
    view.use(2)
    assert document.session.title == "Found rig" and document.is_modified
    assert document.plan == plan.replace(name="Found rig")
    view.refresh()
    assert [each.title for each in view.candidates.all].count("Found rig") == 1


def test_that_the_table_is_copied_for_spreadsheets_and_forums(two, qtbot) -> None:
    view = two.compare.view
    view.table.setFocus()
    qtbot.keyClick(view.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QApplication.clipboard().text().splitlines()
    assert lines[0] == "\tSample\tMore & longer"
    assert all(line.count("\t") == 2 for line in lines)
    qtbot.mouseClick(view._markdown, Qt.MouseButton.LeftButton)
    copied = QApplication.clipboard().text().splitlines()
    assert copied[:2] == ["|  | Sample | More & longer |", "| --- | --- | --- |"]
    assert "| Cards | **2 × RTX PRO 6000** | **3 × RTX PRO 6000** |" in copied
    assert any(line.startswith("| Model | DeepSeek V4 Flash |") for line in copied)


def test_that_memory_is_written_in_the_chosen_unit(two, qtbot) -> None:
    view = two.compare.view
    two.document.set_memory_unit("GB")
    qtbot.waitUntil(lambda: texts(view)["GPU 1"][0].endswith("GB"))


def test_that_the_comparison_follows_the_theme(two) -> None:
    two.themes.set_mode("dark")
    view = two.compare.view
    assert view.table._delegate.theme.dark
    assert view.grab().toImage().pixelColor(4, view.height() - 4).lightness() < 80


def test_that_charts_give_way_to_the_table_in_a_narrow_window(two) -> None:
    view = two.compare.view
    two.resize(2000, 900)
    assert view.memory.isVisible() and view.table.isVisible()
    two.resize(960, 700)
    assert view.table.isVisible() and not view.memory.isVisible()
    view._main.show_page("memory")
    assert view.memory.isVisible()


def test_that_other_plans_of_the_same_number_are_laid_out_anew(two) -> None:
    two.document.duplicate("Third")
    view = two.compare.view
    two.resize(1280, 720)
    view.finish()
    assert not view.memory.isVisible()
    two.compare.leave()
    two.resize(2000, 900)
    while len(two.document.sessions) > 1:
        two.document.close(two.document.sessions[-1])
    two.document.duplicate("Other")
    two.document.duplicate("Another")
    two.compare.show()
    assert view.memory.isVisible()
    two.compare.leave()
    while len(two.document.sessions) > 1:
        two.document.close(two.document.sessions[-1])
    two.resize(1280, 720)
    two.document.duplicate("A")
    two.document.duplicate("B")
    two.compare.show()
    assert not view.memory.isVisible() and view.table.isVisible()


def test_that_curves_say_their_values_to_screen_readers(two) -> None:
    said = two.compare.view.curves.accessibleDescription()
    assert "Sample: " in said and "131,072 tokens" in said and "65,536 tokens" in said


def test_that_a_figure_tells_how_it_is_computed_for_its_own_plan(two) -> None:
    model = two.compare.view.model
    row = next(
        i for i, line in enumerate(model.lines) if getattr(line, "key", "") == "memory.GPU 1"
    )
    tips = [model.index(row, c).data(Qt.ItemDataRole.ToolTipRole) for c in (1, 2)]
    assert all("\n= " in tip for tip in tips)
    assert tips[0] != tips[1]


def test_that_everything_that_takes_the_keyboard_has_a_name(two) -> None:
    kinds = (QAbstractButton, QAbstractItemView, QTabBar)

    def is_named(widget: QWidget) -> bool:
        text = widget.text() if isinstance(widget, QAbstractButton) else ""
        return bool(widget.accessibleName() or text or widget.objectName().startswith("qt_"))

    unnamed = [
        f"{type(widget).__name__} {widget.objectName()}"
        for part in (two.compare.view, two.plans.tabs)
        for widget in part.findChildren(QWidget)
        if isinstance(widget, kinds) and not isinstance(widget, QHeaderView)
        if not is_named(widget)
    ]
    assert unnamed == []


# Words ----------------------------------------------------------------------------------------


def row(kind: str, *cells: Cell, best: tuple[int, ...] = (), sure: bool = True) -> Row:
    return Row("key", "answer", "Label", kind, cells, best, sure)


@pytest.mark.parametrize(
    ("kind", "cell", "text"),
    [
        ("usd", Cell(None), "–"),
        ("usd", Cell(None, "no price: Host"), "no price: Host"),
        ("mtok", Cell(float("inf"), "power alone costs more"), "never, power alone costs more"),
        ("mtok", Cell(0.0), "any volume"),
        ("free", Cell(-1), "0.01 GiB short"),
        ("free", Cell(2**30 - 1), "0.9 GiB free"),
        ("used", Cell(2**30 + 1, of_bytes=2**31 - 1), "1.1 of 1.9 GiB"),
        ("rate", Cell(Range(24, 31, 39)), "31 tok/s (24–39)"),
        ("seconds", Cell(Range(30, 45, 90)), "45 s (30–90)"),
        ("seconds", Cell(Range(178, 514, 1885)), "8.6 min (3.0–32)"),
        ("tokens", Cell(0), "none"),
        ("verdict", Cell("does_not_fit"), "Does not fit"),
    ],
)
def test_that_values_never_promise_more_than_there_is(kind, cell, text) -> None:
    assert words.cell_text(row(kind, cell), 0) == text


def test_that_the_best_is_a_word_and_an_unsure_one_says_so() -> None:
    cells = (Cell(5.0), Cell(7.0))
    assert words.cell_text(row("watts", *cells, best=(0,)), 0) == "5 W, best"
    assert words.cell_text(row("watts", *cells, best=(0,), sure=False), 0) == "5 W, likely best"
    assert words.cell_text(row("watts", *cells, best=(0,)), 1) == "7 W"


def test_that_a_markdown_cell_cannot_break_the_table() -> None:
    text = words.as_markdown(["a|b", "c"], [row("words", Cell("x|y\nz"), Cell("*"))])
    assert text.splitlines()[0] == "|  | a&#124;b | c |"
    assert text.splitlines()[2] == "| Label | **x&#124;y z** | **\\*** |"


# Charts ---------------------------------------------------------------------------------------


def test_that_lines_go_through_the_told_figure_and_end_where_memory_does(two) -> None:
    session = two.document.sessions[0]
    line = decode_line("a", 0, session.plan, session.assessment, session.rows.seen)
    told = session.assessment.speed.decode_tokens_per_s
    assert rate_at(line, session.plan.workload.context_tokens) == told.expected
    assert rate_at(line, line.at[-1] * 2) is None


def test_that_a_plan_that_does_not_fit_has_no_line(two) -> None:
    plan = edits.set_workload(two.document.plan, context_tokens=2**30)
    answer = two.document.preview(plan)
    assert not answer.fits
    assert decode_line("a", 0, plan, answer, two.document.catalog) is None
    assert curve_chart([]) is None


def test_that_cards_that_are_filled_alike_share_a_bar(two) -> None:
    plan = two.document.plan
    options = {"engine": "vllm", "tensor_parallel": 2, "cache_type_k": "auto"}
    vllm = plan.deployment.model_copy(update={**options, "cache_type_v": "auto"})
    answer = two.document.preview(edits.remove_gpu(plan, 0, 2).replace(deployment=vllm))
    gpus = [device for device in answer.devices if device.kind == "gpu"]
    bars = device_bars(answer, "gpu")
    assert sum(2 if "–" in bar.label else 1 for bar in bars) == len(gpus) == 2


def test_that_every_line_is_painted_in_its_own_way(two) -> None:
    lines = [
        decode_line(s.title, i, s.plan, s.assessment, s.rows.seen)
        for i, s in enumerate(two.document.sessions)
    ]
    image = QImage(500, 300, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFF)
    painter = QPainter(image)
    paint_curves(painter, image.rect().toRectF(), curve_chart(lines), LIGHT)
    painter.end()
    colours = {image.pixelColor(x, y).name().upper() for x in range(500) for y in range(300)}
    assert {LIGHT.own, LIGHT.rent} <= colours
