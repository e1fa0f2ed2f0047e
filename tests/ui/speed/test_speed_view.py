"""The Speed tab: the answer, the step, the curves; edits, empty states, copies, keyboard."""

from __future__ import annotations

import itertools
import subprocess
import sys

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton, QTableView, QToolButton

from moeplanner_gui.core.assessment import Speed
from moeplanner_gui.core.context import most_sequences
from moeplanner_gui.core.edits import set_workload
from moeplanner_gui.export import speed_words as words
from moeplanner_gui.ui.document import PlanDocument

from .conftest import CATALOG, KNOWN, evaluate_with, plan_of, view_of

DECODE = "speed.decode_tokens_per_s"


def test_that_the_answer_names_each_user_all_of_them_and_the_first_token(qtbot, qapp) -> None:
    document = PlanDocument(plan_of(), CATALOG, evaluate=evaluate_with(KNOWN))
    view = view_of(qtbot, document)
    assert view.answer.words == (
        "Decode 38 tok/s (28–49) for each of 4 users, 153 (114–198) for all of them;"
        " first token after 45 s (23–91)."
    )
    details = view.details.words
    case = "With 32,768 tokens of context filled for each user, bound by memory bandwidth."
    assert case in details
    assert "Such a prompt is read at 2,900 tok/s (1,450–5,800)" in details


def test_that_every_figure_of_the_answer_can_be_asked_by_keyboard(qtbot, qapp) -> None:
    document = PlanDocument(plan_of(), CATALOG, evaluate=evaluate_with(KNOWN))
    view = view_of(qtbot, document)
    paths: list[str] = []
    view.explain_requested.connect(paths.append)
    view.answer.setFocus(Qt.FocusReason.TabFocusReason)
    for _ in range(3):
        qtbot.keyClick(view.answer, Qt.Key.Key_Tab)
        qtbot.keyClick(view.answer, Qt.Key.Key_Return)
    assert set(paths) <= {DECODE, f"{DECODE}_all_users", "speed.time_to_first_token_s"}
    assert paths


def test_that_thin_evidence_is_said_in_words(qtbot, qapp) -> None:
    from dataclasses import replace

    weak = replace(KNOWN, weak=True)
    view = view_of(qtbot, PlanDocument(plan_of(), CATALOG, evaluate=evaluate_with(weak)))
    assert "Weak:" in view.details.words


def test_that_the_bars_of_a_step_add_up_to_one_over_the_rate(view, document) -> None:
    rate = document.assessment.speed.decode_tokens_per_s
    steps = view.steps.model.steps
    assert steps
    assert sum(step.seconds for step in steps) == pytest.approx(1 / rate.expected, rel=0.02)
    assert sum(step.share for step in steps) == pytest.approx(1)
    for before, after in itertools.pairwise(steps):
        assert after.start_s == pytest.approx(before.start_s + before.seconds)


def test_that_a_click_and_enter_on_a_bar_ask_how_it_is_computed(view, qtbot) -> None:
    table = view.steps.table
    place = table.visualRect(table.model().index(0, 1)).center()
    with qtbot.waitSignal(view.explain_requested) as asked:
        qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert asked.args == [DECODE]
    table.setCurrentIndex(table.model().index(1, 0))
    with qtbot.waitSignal(view.explain_requested):
        qtbot.keyClick(table, Qt.Key.Key_Return)


def test_that_a_bar_tells_what_is_done_and_how_fast(view) -> None:
    tip = view.steps.table.model().index(0, 1).data(Qt.ItemDataRole.ToolTipRole)
    assert "÷" in tip or "×" in tip
    assert " ms" in tip


def test_that_the_curve_against_context_ends_where_memory_or_model_ends(view, document) -> None:
    chart = view.context.chart
    each = document.assessment.max_context_tokens // 4
    assert chart.limit_x == each == chart.bands[0].at[-1]
    assert chart.plan_x == 32_768
    own = chart.bands[0].rate_at(chart.plan_x, logarithmic=False)
    assert own == document.assessment.speed.decode_tokens_per_s


def test_that_the_plot_draws_a_pale_band_and_a_line_at_the_limit(view) -> None:
    plot, chart = view.context.plot, view.context.chart
    assert plot.bands[0].brush().color().alpha() == 40
    assert plot.limit.value() == pytest.approx(chart.x.share(chart.limit_x))
    x, y = plot.lines[0].getData()
    assert len(x) == len(chart.bands[0].at)
    assert y[0] == pytest.approx(chart.y.share(chart.bands[0].rates[0].expected))


def test_that_the_curve_against_users_ends_at_the_most_that_work(view) -> None:
    chart = view.users.chart
    assert chart.plan_x == 4
    assert chart.limit_x == chart.bands[0].at[-1]
    assert chart.x.high > chart.limit_x  # what lies beyond is hatched
    each, everyone = chart.bands
    for users, one, whole in zip(each.at, each.rates, everyone.rates, strict=True):
        assert whole.expected == pytest.approx(users * one.expected)


def test_that_the_wait_at_the_plans_prompt_is_the_answers(qtbot, qapp) -> None:
    document = PlanDocument(set_workload(plan_of(), prompt_tokens=3000), CATALOG)
    chart = view_of(qtbot, document).prompt.chart
    assert chart.plan_x == 3000
    own = chart.bands[0].rate_at(3000, logarithmic=True)
    assert own == document.assessment.speed.time_to_first_token_s
    expected = [wait.expected for wait in chart.bands[0].rates]
    assert expected == sorted(expected)


def test_that_a_curve_can_be_read_as_a_table(view, qtbot) -> None:
    button = view.findChild(QToolButton, "speed_context_as_table")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    table = view.findChild(QTableView, "speed_context_table")
    assert table.isVisible()
    model = table.model()
    shown = {
        model.index(row, 0).data(): model.index(row, 1).data() for row in range(model.rowCount())
    }
    rate = view.context.chart.bands[0].rate_at(32_768, logarithmic=False)
    assert shown["32,768"] == f"{words.figure(rate.expected)} ({words.band(rate)})"


def test_that_an_edit_shows_the_new_answer_at_once_and_the_curves_when_edits_pause(
    view, document, qtbot
) -> None:
    old, before = view.context.chart, view.answer.words
    document.apply("Users", set_workload(document.plan, sequences=1))
    document.flush()
    qtbot.waitUntil(lambda: view.answer.words != before)
    assert view.context.chart is old  # nothing but the answer was worked out with the edit
    assert view._delay.isActive()
    with qtbot.waitSignal(view.finished):
        pass
    assert view.context.chart.plan_x == document.assessment.speed.depth_tokens


def test_that_a_row_that_changed_draws_the_curves_anew(view, document, qtbot) -> None:
    from moeplanner_gui.catalog.load import load_catalog

    old = view.context.chart
    document.reload_catalog(load_catalog())
    with qtbot.waitSignal(view.finished):
        pass
    assert view.context.chart is not old


@pytest.mark.parametrize("tokens", [200, 1_500_000])
def test_that_a_plan_outside_of_the_curve_stands_on_it_all_the_same(qtbot, qapp, tokens) -> None:
    document = PlanDocument(set_workload(plan_of(1), context_tokens=tokens), CATALOG)
    assert document.assessment.fits
    chart = view_of(qtbot, document).context.chart
    depth = document.assessment.speed.depth_tokens
    assert chart.plan_x == depth
    assert chart.x.low <= depth <= chart.x.high
    rate = chart.bands[0].rate_at(depth, logarithmic=False)
    assert rate == document.assessment.speed.decode_tokens_per_s


def test_that_edits_in_a_row_end_with_the_last_plans_curves(view, document, qtbot) -> None:
    for users in (1, 2, 3):
        plan = plan_of(users)
        document.apply("Users", plan)
        document.flush()
        qtbot.wait(10)
    with qtbot.waitSignal(view.finished):
        pass
    assert view.users.chart.plan_x == 3


def test_that_a_tab_nobody_sees_works_nothing_out(view, document, qtbot) -> None:
    view.hide()
    old = view.answer.words
    document.apply("Users", plan_of(1))
    document.flush()
    qtbot.wait(20)
    assert view.answer.words == old
    assert not view._delay.isActive()
    view.show()
    qtbot.waitUntil(lambda: view.answer.words != old)


def test_that_a_plan_that_does_not_fit_says_so_and_offers_what_would_help(qtbot, qapp) -> None:
    document = PlanDocument(plan_of(1, cards=1, card="rtx4090"), CATALOG)
    view = view_of(qtbot, document)
    assert view._nothing.message.accessibleName() == "Does not fit, so there is no speed"
    assert view._nothing.message.accessibleDescription()
    button = view.findChild(QPushButton, "speed_help")
    assert button.isVisible()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert view.asked == ["advice"]


def test_that_too_many_users_are_refused_with_the_number_that_works(qtbot, qapp) -> None:
    most = most_sequences(plan_of(1), CATALOG).sequences
    document = PlanDocument(plan_of(most + 1), CATALOG)
    view = view_of(qtbot, document)
    said = view._nothing.message.accessibleDescription()
    assert said.startswith(f"{most + 1:,} users are too many: {most:,} users fit")


def test_that_a_plan_that_cannot_run_says_why(qtbot, qapp) -> None:
    wrong = plan_of().deployment.model_copy(update={"engine": "vllm", "cache_type_k": "q4_0"})
    document = PlanDocument(plan_of().replace(deployment=wrong), CATALOG)
    assert document.assessment.verdict == "cannot_run"
    view = view_of(qtbot, document)
    assert view._nothing.message.accessibleName().startswith("Cannot run")
    assert view.findChild(QPushButton, "speed_help").text() == "What would make it run"


def test_that_an_empty_rig_names_the_next_step(qtbot, qapp) -> None:
    from moeplanner_gui.core.plan import Plan, Rig

    document = PlanDocument(Plan(model="deepseek-v4-flash", rig=Rig(nodes=())), CATALOG)
    view = view_of(qtbot, document)
    assert "Drag a card" in view._nothing.message.accessibleDescription()
    assert not view.findChild(QPushButton, "speed_help").isVisible()


def test_that_an_unknown_speed_says_why_and_still_shows_what_others_measured(qtbot, qapp) -> None:
    because = "Unknown, because the bandwidth of the card is not known."
    document = PlanDocument(plan_of(1), CATALOG, evaluate=evaluate_with(Speed(because=because)))
    view = view_of(qtbot, document)
    assert view.answer.words == "The speed is unknown."
    assert because in view.details.words
    assert "choose them in the rig" in view.steps.message.accessibleDescription()
    assert view.context.chart is None
    assert view.others.model.rowCount() > 0
    assert "0 tok/s" not in view.details.words


def test_that_the_tables_can_be_copied_for_a_spreadsheet(view) -> None:
    view.copy_table()
    blocks = QGuiApplication.clipboard().text().split("\n\n")
    heads = [block.splitlines()[0].split("\t")[0] for block in blocks]
    assert heads == ["Figure", "Part", "Measured, tok/s", "What if"]
    for block in blocks:
        assert len({line.count("\t") for line in block.strip().splitlines()}) == 1
    decode = blocks[0].splitlines()[1].split("\t")
    assert [float(cell) for cell in decode[2:]] == sorted(float(cell) for cell in decode[2:])


def test_that_ctrl_c_in_the_step_copies_the_step(view, qtbot) -> None:
    view.steps.table.setFocus()
    qtbot.keyClick(view.steps.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().startswith("Part\tms of one step\t")


def test_that_pages_change_by_click_and_by_keyboard(view, qtbot) -> None:
    chip = view.findChild(QToolButton, "speed_chip_others")
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
    assert view.others.isVisible()
    chip = view.findChild(QToolButton, "speed_chip_users")
    chip.setFocus()
    qtbot.keyClick(chip, Qt.Key.Key_Space)
    assert view.users.isVisible()
    assert not view.others.isVisible()


def test_that_a_wide_window_shows_tables_beside_the_charts(qtbot, document) -> None:
    view = view_of(qtbot, document, (2560, 480))
    assert view.context.isVisible()
    assert view.others.isVisible()
    view.resize(1280, 300)
    assert view.context.isVisible()
    assert not view.others.isVisible()
    chip = view.findChild(QToolButton, "speed_chip_others")
    qtbot.waitUntil(chip.isVisible)


@pytest.mark.parametrize("size", [(1280, 250), (2560, 480)])
def test_that_nothing_hangs_out_of_the_tab(qtbot, document, size) -> None:
    view = view_of(qtbot, document, size)
    assert view.size().toTuple() == size
    for piece in (view.answer, view.details, view.steps.table, view.context.plot):
        assert view.rect().contains(piece.mapTo(view, QPoint(0, 0)))
        assert view.rect().contains(piece.mapTo(view, piece.rect().bottomRight()))
    assert view.context.plot.plot_rect().height() >= 60


def test_that_the_theme_reaches_every_piece(view) -> None:
    light = view.grab().toImage().pixelColor(2, view.height() - 3).name()
    view.themes.set_mode("dark")
    dark = view.themes.theme
    assert view.context.plot._theme is dark
    assert view.steps.table._delegate.theme is dark
    assert view.others.table._delegate.theme is dark
    assert light != dark.panel


def test_that_making_the_tab_loads_no_pyqtgraph() -> None:
    code = (
        "import sys, moeplanner_gui.ui.speed.view;"
        "sys.exit('pyqtgraph' in sys.modules or 'numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_that_words_hidden_while_the_theme_changed_have_its_colour_when_they_are_shown(
    window, qtbot
) -> None:
    window.resize(1280, 720)
    window.tabs.show_tab("speed")
    view = window.tabs.view("speed")
    view.finish()
    view.show_page("others")
    hint = view.others._hint
    qtbot.waitUntil(hint.isHidden)
    window.themes.set_mode("dark")
    window.resize(2560, 1440)
    qtbot.waitUntil(hint.isVisible)
    picture = hint.grab().toImage()
    inks = {
        picture.pixelColor(x, y).lightness()
        for x in range(picture.width())
        for y in range(picture.height())
    }
    assert max(inks) > 150  # light words on the dark panel
    window.themes.set_mode("light")


def test_that_f1_explains_the_speed_that_has_the_focus(window, qtbot) -> None:
    window.tabs.show_tab("speed")
    view = window.tabs.view("speed")
    view.finish()
    view.steps.table.setFocus()
    window.explain_focus()
    assert "Decode" in window.explain.derivation.label
    view.show_page("prompt")
    button = view.findChild(QToolButton, "speed_prompt_as_table")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    view.findChild(QTableView, "speed_prompt_table").setFocus()
    window.explain_focus()
    assert "first token" in window.explain.derivation.label.lower()


def test_that_an_answer_that_is_the_same_works_nothing_out_again(view, document, qtbot) -> None:
    document.assessment_changed.emit(document.assessment)
    qtbot.wait(20)
    assert not view._delay.isActive()
    assert view._work is None
