"""The model column: each control is one undo step and shows what the plan says."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from moeplanner_gui.core import edits, engine_choice
from moeplanner_gui.core.weights import weight_layout
from moeplanner_gui.ui.model_picker import choices, model_list
from moeplanner_gui.ui.model_picker.anatomy import anatomy
from moeplanner_gui.ui.model_picker.context_input import slider_position, slider_tokens
from moeplanner_gui.ui.model_picker.model_list import Filter, closest_names, model_rows
from moeplanner_gui.ui.model_picker.summary import cache_bytes


@pytest.fixture(scope="module")
def rows(real_catalog):
    return model_rows(dict(real_catalog.models))


@pytest.fixture
def panel(window):
    return window.panes[0]


def pick(combo, words: str) -> None:
    index = next(i for i in range(combo.count()) if combo.itemText(i) == words)
    combo.setCurrentIndex(index)
    combo.activated.emit(index)


@pytest.mark.parametrize("power", range(10, 21))
def test_that_the_slider_reaches_every_power_of_two_exactly(power) -> None:
    tokens = 2**power
    assert slider_tokens(round(slider_position(tokens)), 2**20) == tokens


def test_that_the_slider_never_passes_the_models_limit() -> None:
    assert slider_tokens(10**4, 163_840) == 163_840


def test_that_a_slider_drag_is_one_undo_step(panel, window) -> None:
    before = window.document.plan
    for position in range(80, 100):
        panel.context.slider.setValue(position)
    assert window.document.undo_stack.count() == 1
    window.document.undo_stack.undo()
    assert window.document.plan is before


def test_that_two_drags_are_two_undo_steps(panel, window) -> None:
    panel.context.slider.setValue(80)
    panel.context.drag_ended.emit()
    panel.context.slider.setValue(70)
    assert window.document.undo_stack.count() == 2


def test_that_a_typed_context_is_kept_exactly(panel, window) -> None:
    panel.context.number.setValue(131_073)
    assert window.document.plan.workload.context_tokens == 131_073


def test_that_changing_the_engine_is_one_step_that_leaves_valid_choices(panel, window) -> None:
    pick(panel.engine, "vLLM")
    deployment = window.document.plan.deployment
    assert (deployment.engine, deployment.cache_type_k) == ("vllm", "auto")
    assert deployment.tensor_parallel == window.document.plan.gpu_count == 2
    window.document.flush()
    assert window.document.assessment.verdict in ("fits", "tight")
    assert window.document.undo_stack.count() == 1


def test_that_weights_the_new_engine_cannot_load_become_native(real_catalog, window) -> None:
    plan = edits.set_weights(window.document.plan, "q4_k_m")
    assert choices.with_engine(plan, "vllm", real_catalog).weights == "native"


def test_that_a_default_cache_type_is_marked_as_assumed(panel, window) -> None:
    assert panel.cache._remark == "assumed"
    pick(panel.cache, "q8_0")
    assert panel.cache._remark == ""
    assert window.document.plan.deployment.cache_type_v == "q8_0"


def test_that_users_take_numbers_outside_the_list(panel, window) -> None:
    panel.users.setEditText("13")
    panel.users.lineEdit().editingFinished.emit()
    assert window.document.plan.workload.sequences == 13


def test_that_more_users_keep_the_context_of_each(panel, window) -> None:
    each = panel.context.number.value()
    panel.users.setEditText("4")
    panel.users.lineEdit().editingFinished.emit()
    window.document.flush()
    assert window.document.plan.workload.context_tokens == 4 * each  # llama.cpp's whole cache
    assert panel.context.number.value() == each
    pick(panel.engine, "vLLM")
    window.document.flush()
    assert window.document.plan.workload.context_tokens == each
    assert panel.context.number.value() == each


def test_that_many_users_of_a_long_context_take_what_a_plan_can_hold(panel, window) -> None:
    window.document.apply("users", edits.set_workload(window.document.plan, sequences=256))
    panel._on_context_typed(999_999_999)
    assert window.document.plan.workload.context_tokens == 2**31


def test_that_choosing_a_model_is_one_step_and_shown(panel, window) -> None:
    panel.open_models()
    panel._popup.model_chosen.emit("deepseek-v3")
    assert window.document.plan.model == "deepseek-v3"
    assert window.document.undo_stack.count() == 1
    window.document.flush()
    assert "671" in panel.model_button.accessibleName()


def test_that_every_model_of_the_catalogue_can_be_shown(panel, window) -> None:
    for model_id in window.document.catalog.models:
        for engine in ("llama.cpp", "vllm"):
            plan = edits.set_model(window.document.plan, model_id)
            plan = choices.with_engine(plan, engine, window.document.catalog)
            window.document.apply("Choose", plan)
            window.document.flush()
            assert window.document.plan.model == model_id
            assert panel.summary.text()


def test_that_filters_narrow_and_combine(rows) -> None:
    dense = [row for row in rows if Filter(kind="dense").passes(row)]
    assert dense and not any(row.spec.is_moe for row in dense)
    small = Filter(kind="moe", size=(0, 50 * 10**9), words="qwen")
    found = [row for row in rows if small.passes(row)]
    assert found
    assert all(row.total < 50 * 10**9 and "qwen" in row.spec.name.lower() for row in found)


def test_that_a_misspelt_name_gets_close_ones(rows) -> None:
    assert any("DeepSeek" in name for name in closest_names("deepsek v4 flsh", rows))


def test_that_the_anatomy_adds_up_to_the_weights(real_catalog) -> None:
    spec = real_catalog.model("deepseek-v4-flash")
    layout = weight_layout(spec, "native", "vllm")
    parts = anatomy(spec, layout)
    assert parts.stored == layout.total_bytes == 159_609_485_896
    # Six of 256 experts are read for a token.
    in_layers = sum(layer.routed_experts_bytes for layer in layout.layers)
    assert parts.read_experts == pytest.approx(in_layers * 6 / 256, rel=1e-6)


def test_that_spreads_never_ask_for_more_cards_than_there_are(window) -> None:
    plan = choices.with_engine(window.document.plan, "vllm", window.document.catalog)
    for spread in choices.spreads(plan):
        wanted = dict(spread.changes)
        assert wanted["tensor_parallel"] * wanted["pipeline_parallel"] <= plan.gpu_count


def test_that_panel_grid_and_remedies_mean_the_same_other_engine(window) -> None:
    document = window.document
    document.apply(
        "Three cards", edits.add_gpu(document.plan, 0, 2, document.plan.rig.nodes[0].gpus[0])
    )
    moved = choices.with_engine(document.plan, "vllm", document.catalog)
    assert moved == engine_choice.with_engine(document.plan, "vllm", document.catalog)


def test_that_experts_of_all_layers_in_host_memory_are_shown_as_all(panel, window) -> None:
    plan = edits.set_deployment(window.document.plan, cpu_moe_layers=-1)
    window.document.apply("All experts in host memory", plan)
    assert panel.host_layers.value() == panel.host_layers.maximum() == 43
    assert window.document.plan.deployment.cpu_moe_layers == -1


def test_that_the_cache_of_a_token_is_counted_once_under_tensor_parallel(window) -> None:
    document = window.document
    plan = choices.with_engine(document.plan, "vllm", document.catalog)
    plan = choices.with_cache(plan, "fp8")
    document.apply("vLLM", plan)
    document.flush()
    tokens = plan.workload.context_tokens * plan.workload.sequences
    once = cache_bytes(plan, document.assessment, document.catalog)
    assert 3_500 < once / tokens < 4_200
    assert document.assessment.kv_cache_bytes == pytest.approx(2 * once, rel=0.02)


def test_that_the_models_asked_for_most_come_first_and_then_the_newest(rows) -> None:
    assert [row.spec.id for row in rows[:2]] == ["deepseek-v4-flash", "deepseek-v4-pro"]
    dates = [row.spec.released for row in rows[2:]]
    assert dates == sorted(dates, reverse=True)


def test_that_the_list_opens_without_counting_every_model(window, monkeypatch) -> None:
    asked = []
    monkeypatch.setattr(model_list, "total_parameters", lambda spec: asked.append(spec.id) or 1)
    window.panes[0].open_models()
    window.panes[0]._popup.hide()
    assert len(set(asked)) < 20


def test_that_models_known_by_name_stand_last_and_cannot_be_chosen(panel, window, qtbot) -> None:
    panel.open_models()
    popup = panel._popup
    names = popup.model.shown_names
    assert names
    last = popup.model.index(popup.model.rowCount() - 1, 0)
    assert last.data() == names[-1].known.name
    assert "cannot be estimated" in last.data(Qt.ItemDataRole.ToolTipRole)
    assert not last.flags() & (Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled)
    before = window.document.plan
    popup._choose(last)
    assert popup.isVisible()
    assert window.document.plan == before
    popup.search.setText("v4.1")
    assert [row.known.id for row in popup.model.shown_names] == ["deepseek-v4.1-flash"]
    assert popup.list.isVisible()
    popup.hide()


def test_that_filters_by_figures_leave_out_what_has_none(panel) -> None:
    panel.open_models()
    panel._popup.size_filter.setCurrentIndex(1)
    assert panel._popup.model.shown_names == ()
    panel._popup.hide()


@pytest.mark.parametrize("engine", ["llama.cpp", "vllm", "sglang", "ktransformers"])
def test_that_the_name_of_the_engine_and_its_spread_are_not_cut(
    window, panel, qtbot, engine
) -> None:
    document = window.document
    document.apply("engine", engine_choice.with_engine(document.plan, engine, document.catalog))
    panel.resize(288, panel.height())
    for combo in (panel.engine, panel.spread):
        words = combo.fontMetrics().horizontalAdvance(combo.currentText())
        qtbot.waitUntil(lambda c=combo, w=words: c.width() >= w + 30)
        # Room kept for longer words would be taken from the other one.
        assert combo.minimumSizeHint().width() <= words + 36


def test_that_the_link_to_the_options_keeps_its_words_in_another_theme(window, panel) -> None:
    window.themes.set_mode("dark")
    window.themes.set_mode("light")
    assert panel.options.text() == "All options…"


@pytest.mark.parametrize("words", ["not stated in the file", "not seen", "unknown", ""])
def test_that_a_licence_nobody_saw_is_called_unknown(words) -> None:
    assert model_list.licence_words(words) == "Licence unknown"
    assert model_list.licence_words("MIT") == "MIT"


@pytest.mark.parametrize("split", ["layer", "row", "tensor", "none"])
def test_that_the_split_of_the_plan_always_has_a_name(window, panel, split) -> None:
    document = window.document
    document.apply("split", document.plan.replace(
        deployment=document.plan.deployment.model_copy(update={"split": split})
    ))  # fmt: skip
    document.flush()
    assert panel.spread.currentText() != ""
