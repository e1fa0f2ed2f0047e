"""Engine options…: every option of the engine, one edit, the answer as they change."""

import pytest
from PySide6.QtCore import Qt

from moeplanner_gui.core import edits
from moeplanner_gui.core.plan import Deployment
from moeplanner_gui.ui.choice_list import ROW_PX
from moeplanner_gui.ui.engine_options.dialog import EngineOptionsDialog
from moeplanner_gui.ui.engine_options.fields import FIELDS, fields_of
from moeplanner_gui.ui.engine_options.values import backends_of, parse_shares, shares_text
from moeplanner_gui.ui.model_picker import choices

ENGINES = ("llama.cpp", "vllm", "sglang", "ktransformers")


@pytest.fixture
def dialog(window, qtbot):
    dialog = EngineOptionsDialog(window.document, window.themes, window)
    dialog.show()
    qtbot.waitExposed(dialog)
    return dialog


def test_that_every_field_of_the_deployment_can_be_edited() -> None:
    shown = {option.name for option in FIELDS if not option.asked}
    # The engine is chosen outside; servers keep one type for keys and values.
    assert set(Deployment.model_fields) - shown == {"engine"}


@pytest.mark.parametrize("engine", ENGINES)
def test_that_each_option_stands_once_under_its_heading(engine: str) -> None:
    names = [option.name for option in fields_of(engine)]
    assert len(names) == len(set(names)) > 5


def test_that_shares_are_read_as_they_are_written() -> None:
    assert parse_shares("3, 1") == (3.0, 1.0)
    assert parse_shares("61/20") == (61.0, 20.0)
    assert parse_shares("  ") is None
    assert parse_shares(shares_text((0.5, 2.0))) == (0.5, 2.0)
    for wrong in ("a, b", "1, -1", "0, 0", "nan", "inf, 1"):
        with pytest.raises(ValueError):
            parse_shares(wrong)


def test_that_opening_and_closing_changes_nothing(window, dialog) -> None:
    before = window.document.plan
    assert dialog.chosen_plan() == before
    assert not dialog.ok.isEnabled()


def test_that_apply_is_one_undo_step(window, dialog, qtbot) -> None:
    document = window.document
    before = document.plan
    dialog.editors["ubatch"].setValue(1024)
    dialog.editors["unified_kv"].setChecked(True)
    dialog.editors["tensor_split"].setText("3, 1")
    qtbot.waitUntil(dialog.ok.isEnabled)

    qtbot.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)

    options = document.plan.deployment
    assert (options.ubatch, options.unified_kv, options.tensor_split) == (1024, True, (3.0, 1.0))
    document.undo_stack.undo()
    assert document.plan == before


def test_that_guesses_can_be_set_where_something_guesses(window, qtbot) -> None:
    document = window.document
    document.apply("engine", choices.with_engine(document.plan, "vllm", document.catalog))
    dialog = EngineOptionsDialog(document, window.themes, window)
    assert not dialog.editors["draft_tokens"].isEnabled()
    dialog.editors["mtp"].setChecked(True)
    qtbot.waitUntil(dialog.editors["acceptance_rate"].isEnabled)
    dialog.reject()


def test_that_only_back_ends_that_drive_the_cards_are_offered(window) -> None:
    plan, catalog = window.document.plan, window.document.catalog
    assert backends_of(plan, catalog) == ("cuda", "vulkan")
    amd = next(gpu.id for gpu in catalog.gpus.values() if gpu.vendor == "AMD")
    mixed = edits.add_gpu(plan, 0, 0, amd)
    assert backends_of(mixed, catalog) == ("vulkan",)


def test_that_cancel_leaves_the_plan(window, dialog, qtbot) -> None:
    before = window.document.plan
    dialog.editors["ubatch"].setValue(1024)

    cancel = dialog.cancel
    qtbot.mouseClick(cancel, Qt.MouseButton.LeftButton)

    assert window.document.plan == before


def test_that_the_answer_follows_the_options(dialog, qtbot) -> None:
    qtbot.waitUntil(lambda: dialog.answer.text().startswith("Fits"))

    dialog.editors["batch"].setValue(131_072)
    dialog.editors["ubatch"].setValue(131_072)

    qtbot.waitUntil(lambda: dialog.answer.text().startswith("Does not fit"))


def test_that_wrong_shares_cannot_be_applied(dialog, qtbot) -> None:
    dialog.editors["tensor_split"].setText("1, x")
    qtbot.waitUntil(lambda: "one number a card" in dialog.answer.text())
    assert not dialog.ok.isEnabled()

    dialog.editors["tensor_split"].setText("1, 1, 1, 1, 1")
    qtbot.waitUntil(lambda: "cards, not 5" in dialog.answer.text())
    assert not dialog.ok.isEnabled()


def test_that_defaults_come_back(window, dialog, qtbot) -> None:
    dialog.editors["ubatch"].setValue(64)
    dialog.editors["flash_attention"].setChecked(False)

    qtbot.mouseClick(dialog.defaults, Qt.MouseButton.LeftButton)

    plan = dialog.chosen_plan()
    assert plan.deployment.ubatch == 512
    assert plan.deployment.flash_attention


@pytest.mark.parametrize("engine", ENGINES[1:])
def test_that_servers_change_both_cache_types_at_once(window, qtbot, engine: str) -> None:
    document = window.document
    document.apply("engine", choices.with_engine(document.plan, engine, document.catalog))
    dialog = EngineOptionsDialog(document, window.themes, window)

    dialog.editors["cache_type_k"].setCurrentText("fp8")
    plan = dialog.chosen_plan()

    assert (plan.deployment.cache_type_k, plan.deployment.cache_type_v) == ("fp8", "fp8")


def test_that_the_list_of_engines_leads_to_their_options(window, qtbot) -> None:
    combo = window.panes[0].engine
    before = window.document.plan
    last = combo.count() - 1
    assert combo.itemText(last) == "All options…"

    combo.activated.emit(last)

    dialog = window.findChild(EngineOptionsDialog)
    assert dialog is not None
    assert dialog.isVisible()
    assert combo.currentData() == before.deployment.engine
    assert window.document.plan == before
    dialog.reject()


@pytest.mark.parametrize("engine", ENGINES)
def test_that_what_is_left_to_the_engine_can_be_said_and_left_again(window, qtbot, engine) -> None:
    document = window.document
    document.apply("engine", choices.with_engine(document.plan, engine, document.catalog))
    dialog = EngineOptionsDialog(document, window.themes, window)
    left = [option for option in fields_of(engine) if option.unset and option.kind != "shares"]
    assert left
    for option in left:
        value = {"choice": "vulkan", "share": 0.6}.get(option.kind, 7)
        assert option.value_in(dialog.chosen_plan()) is None
        dialog._write[option.name](value)
        assert option.value_in(dialog.chosen_plan()) == value
        dialog._write[option.name](None)
        assert dialog.chosen_plan() == document.plan
    dialog.reject()


def test_that_the_first_option_has_the_focus_and_lists_have_room(window, qtbot) -> None:
    dialog = EngineOptionsDialog(window.document, window.themes, window)
    first = dialog.editors[fields_of("llama.cpp")[0].name]
    assert dialog.focusWidget() is first
    dialog.show()
    qtbot.waitExposed(dialog)
    split = dialog.editors["split"]
    split.showPopup()
    assert split.view().sizeHintForRow(0) >= ROW_PX
    assert split.view().accessibleName() == "Split"
    split.hidePopup()
    dialog.reject()


def test_that_the_prompt_is_part_of_what_is_asked_and_one_undo_step(window, dialog, qtbot) -> None:
    document = window.document
    before = document.plan
    box = dialog.editors["prompt_tokens"]
    assert box.text() == "a full context"
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, "2048")
    assert box.value() == 2048
    assert dialog.chosen_plan().workload.prompt_tokens == 2048
    assert dialog.chosen_plan().deployment == before.deployment
    qtbot.waitUntil(dialog.ok.isEnabled)
    qtbot.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    assert document.plan.workload.prompt_tokens == 2048
    document.undo_stack.undo()
    assert document.plan == before


def test_that_the_speed_that_follows_is_told(window, dialog, qtbot) -> None:
    qtbot.waitUntil(lambda: "First token after" in dialog.answer.text())
    before = dialog.answer.text()
    assert "Decode: " in before
    dialog.editors["prompt_tokens"].setValue(512)
    qtbot.waitUntil(lambda: dialog.answer.text() != before)
    assert before.split("First token")[0] == dialog.answer.text().split("First token")[0]
