"""The sheet that starts a plan: what it shows, copies, saves and says where there is no command."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtWidgets import QApplication

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.launch.launching import launch
from moeplanner_gui.core.launch.shell import several_lines
from moeplanner_gui.core.plan import Deployment, Node, Plan, Rig, Workload
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.launch.rows import fill_in_words, flag_rows, print_rows
from moeplanner_gui.ui.launch.sheet import TABS, StartSheet
from moeplanner_gui.ui.style import ThemeProvider

CATALOG = load_catalog()
CARD = Node(gpus=("rtx5090", "rtx3090"), ram_gib=64, display="headless")
PLAN = Plan(model="qwen3-30b-a3b", weights="q4_k_m", rig=Rig(nodes=(CARD,)))
SMALL = PLAN.replace(model="deepseek-v4-pro", weights="native")
SEVERAL = PLAN.replace(rig=Rig(nodes=(CARD,) * 3))


@pytest.fixture
def document(qtbot):
    return PlanDocument(PLAN, CATALOG, evaluate=evaluate)


@pytest.fixture
def sheet(qtbot, document):
    sheet = StartSheet(document, ThemeProvider("light"))
    qtbot.addWidget(sheet)
    sheet.show()
    return sheet


def put(document, plan):
    document.apply("Another plan", plan)
    document.flush()
    QApplication.processEvents()


def clipboard():
    return QGuiApplication.clipboard().text()


def test_that_the_command_is_the_one_of_the_plan_and_follows_an_edit(sheet, document):
    expected = launch(PLAN, document.assessment, CATALOG)
    assert sheet.texts["command"].toPlainText() == several_lines(expected.steps[0].command) + "\n"
    put(document, PLAN.replace(workload=Workload(context_tokens=4096)))
    assert "--ctx-size 4096 " in sheet.texts["command"].toPlainText()
    document.undo_stack.undo()
    document.flush()
    assert "--ctx-size 32768 " in sheet.texts["command"].toPlainText()


def test_that_the_version_stands_above_and_every_flag_in_the_table(sheet):
    assert sheet.heading.text() == "Start it with llama.cpp b11549"
    shown = {row.texts[0].split(" ")[0] for row in sheet.flags.texts.rows}
    main = sheet.launched.main
    assert main is not None
    assert shown >= {one.name for one in main.command.options}
    assert "CUDA_VISIBLE_DEVICES=0,1" in shown


def test_that_what_is_typed_goes_into_every_command_and_is_asked_for_no_more(sheet):
    assert "MODEL_FILE" in sheet.hint.text()
    sheet.model.setText("/m odels/a'b.gguf")
    assert "MODEL_FILE" not in sheet.hint.text()
    assert "'/m odels/a'\"'\"'b.gguf'" in sheet.texts["command"].toPlainText()
    assert "'/m odels:/models:ro'" in sheet.texts["docker"].toPlainText()
    assert "/m odels:/models:ro" in sheet.texts["compose"].toPlainText()


def test_that_several_computers_make_a_cluster_and_take_addresses(sheet, document, qtbot):
    assert not sheet.addresses.isVisible()
    put(document, SEVERAL)
    assert sheet.tabs.tabText(0) == "Cluster" and sheet.addresses.isVisible()
    assert "COMPUTER_2_ADDRESS to COMPUTER_3_ADDRESS are the addresses" in sheet.hint.text()
    sheet.addresses.setText("a, b , c")
    assert "--rpc b:50052,c:50052" in sheet.texts["command"].toPlainText()
    assert "# Computer 2: lend the cards" in sheet.texts["command"].toPlainText()
    sheet.show_page("docker")
    assert sheet.texts["docker"].toPlainText().startswith("# No container: ")
    assert not sheet.copy_button.isEnabled()


def test_that_a_plan_without_a_command_says_why_and_copies_nothing(sheet, document):
    QGuiApplication.clipboard().setText("before")
    put(document, SMALL)
    assert sheet.refused.isVisible()
    assert sheet.refused.text() == document.assessment.reasons[0]
    assert not sheet.save_button.isEnabled() and not sheet.model.isVisible()
    for name in TABS:
        sheet.show_page(name)
        assert not sheet.copy_button.isEnabled()
        sheet.copy()
    assert clipboard() == "before"
    assert all(not view.toPlainText() for view in sheet.texts.values())
    put(document, PLAN)
    assert not sheet.refused.isVisible() and sheet.save_button.isEnabled()


@pytest.mark.parametrize("name", TABS)
def test_that_copy_takes_what_is_shown(sheet, name):
    sheet.show_page(name)
    sheet.copy_button.click()
    lines = clipboard().splitlines()
    if name in sheet.texts:
        assert clipboard() == sheet.texts[name].toPlainText()
    else:
        assert {line.count("\t") for line in lines} == {2}
        assert len(lines) > 5


def test_that_ctrl_c_in_a_table_copies_it(sheet, qtbot):
    sheet.show_page("prints")
    sheet.prints.setFocus()
    qtbot.keyClick(sheet.prints, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert clipboard().startswith("It will print\t")
    assert "CUDA0 model buffer size" in clipboard()


def test_that_every_page_is_reached_and_left_by_keys(sheet, qtbot):
    sheet.tabs.setFocus()
    reached = [sheet.page]
    for _ in TABS[1:]:
        qtbot.keyClick(sheet.tabs, Qt.Key.Key_Right)
        reached.append(sheet.page)
    assert tuple(reached) == TABS
    sheet.show_page("command")
    sheet.texts["command"].setFocus()
    qtbot.keyClick(sheet.texts["command"], Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is not sheet.texts["command"]
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    assert not sheet.isVisible()


def test_that_everything_has_a_name_for_a_screen_reader(sheet):
    for widget in (
        sheet.tabs,
        sheet.flags,
        sheet.prints,
        sheet.model,
        sheet.addresses,
        sheet.copy_button,
        *sheet.texts.values(),
    ):
        found = QAccessible.queryAccessibleInterface(widget)
        assert found.text(QAccessible.Text.Name)


def test_that_rows_are_told_once_though_several_computers_have_the_same():
    plan = SEVERAL.replace(
        deployment=Deployment(
            engine="vllm", pipeline_parallel=3, cache_type_k="auto", cache_type_v="auto"
        ),
        weights="native",
        model="gpt-oss-20b",
        rig=Rig(nodes=(Node(gpus=("rtx5090",), ram_gib=64, display="headless"),) * 3),
    )
    launched = launch(plan, evaluate(plan, CATALOG), CATALOG)
    assert launched.refusal is None
    rows = [row for row in flag_rows(plan, launched) if row.code]
    assert len({row.texts[0] for row in rows if "max-model-len" in row.texts[0]}) == 1
    assert sum("--max-model-len" in row.texts[0] for row in rows) == 1
    assert any(row.below.startswith("Worker_PP0") for row in print_rows(launched))
    assert "COMPUTER_1_ADDRESS to COMPUTER_3_ADDRESS" in fill_in_words(launched, "command")


def test_that_hostile_names_are_shown_as_text(sheet, document):
    name = "<b>x</b>\n$(id) \u202e"
    node = CARD.model_copy(update={"name": name})
    put(document, PLAN.replace(rig=Rig(nodes=(node, node)), name=name))
    text = sheet.texts["command"].toPlainText()
    assert "<b>x</b>" in text and "\u202e" not in text
    for line in text.splitlines():
        assert "$(id)" not in line or line.startswith("#")
    assert sheet.hint.textFormat() == Qt.TextFormat.PlainText


def test_that_the_window_opens_it_once_and_writes_the_script(window, tmp_path, qtbot):
    sheet = window.exports.launching.open()
    assert window.exports.launching.open() is sheet
    sheet.model.setText("/models/a.gguf")
    script = tmp_path / "start.sh"
    assert window.exports.launching.save_to(script)
    assert "--model /models/a.gguf" in script.read_text(encoding="utf-8")
    assert not window.exports.launching.save_to(tmp_path / "no" / "start.sh")
    sheet.accept()
    assert window.exports.launching.sheet is None
    again = window.exports.launching.open()
    assert again.model.text() == "/models/a.gguf"
    again.accept()


def test_that_it_is_in_the_export_menu_with_a_key(window):
    action = window.actions_registry.get("file.launch")
    assert action.property("menu_path") == "File/Export"
    assert action.shortcut().toString() == "Ctrl+L"
