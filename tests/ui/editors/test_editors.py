"""The editors as a person meets them: keys, live facts, errors at the field."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
)

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.plan import Node, Plan, Rig, Workload
from moeplanner_gui.core.tensors import active_parameters, total_parameters
from moeplanner_gui.core.usable import card_devices
from moeplanner_gui.ui.editors.blocks import ATTENTION_KINDS, FFN_KINDS, block_specs, kind_of
from moeplanner_gui.ui.editors.card import CardEditor
from moeplanner_gui.ui.editors.host import HostEditor
from moeplanner_gui.ui.editors.model import ModelEditor
from moeplanner_gui.ui.style import ThemeProvider


@pytest.fixture
def themes(qapp):
    themes = ThemeProvider("light")
    themes.install()
    return themes


@pytest.fixture
def shown(qtbot):
    def show(editor):
        qtbot.addWidget(editor)
        editor.show()
        qtbot.waitExposed(editor)
        return editor

    return show


@pytest.fixture
def card_editor(themes, real_catalog, shown):
    return lambda **more: shown(CardEditor(themes, real_catalog, **more))


@pytest.fixture
def model_editor(themes, real_catalog, shown):
    return lambda **more: shown(ModelEditor(themes, real_catalog, **more))


def fact(editor, name: str) -> str:
    return next(line.value for line in editor.facts.facts if line.name == name)


def type_into(qtbot, form, key: str, text: str) -> None:
    field = form.editors[key]
    field.setFocus()
    field.selectAll()
    qtbot.keyClick(field, Qt.Key.Key_Delete)
    qtbot.keyClicks(field, text)


# Cards ---------------------------------------------------------------------------------------


def test_that_a_new_card_blames_nobody_before_it_was_touched(card_editor) -> None:
    editor = card_editor()
    assert all("Needed" not in hint.text for hint in editor.form.hints.values())
    assert editor.row() is None
    assert editor.message.text == "Name is needed."


def test_that_enter_on_an_unfinished_card_goes_to_the_field_that_is_missing(
    card_editor, qtbot
) -> None:
    editor = card_editor()
    type_into(qtbot, editor.form, "name", "Shop card")
    qtbot.keyClick(editor.form.editors["name"], Qt.Key.Key_Return)
    assert editor.isVisible()
    assert editor.focusWidget() is editor.form.editors["memory_gb"]
    assert editor.form.hints["memory_gb"].text == "Needed."


def test_that_what_is_wrong_stands_beside_the_field_while_it_is_typed(card_editor, qtbot) -> None:
    editor = card_editor()
    type_into(qtbot, editor.form, "memory_gb", "4,8")
    assert editor.form.hints["memory_gb"].text == "Write 4.8 with a point."
    assert "Write 4.8" in editor.form.editors["memory_gb"].accessibleDescription()
    type_into(qtbot, editor.form, "memory_gb", "48")
    assert editor.form.hints["memory_gb"].text == "on the box"
    type_into(qtbot, editor.form, "compute_capability", "eight")
    type_into(qtbot, editor.form, "name", "X")
    assert "8.6" in editor.form.hints["compute_capability"].text
    type_into(qtbot, editor.form, "compute_capability", "8.6")
    type_into(qtbot, editor.form, "reserved_mib", "60000")
    assert "less than the memory" in editor.form.hints["reserved_mib"].text


def test_that_the_usable_memory_beside_the_form_is_the_estimators(
    card_editor, qtbot, real_catalog
) -> None:
    editor = card_editor(base=real_catalog.gpu("rtx5090"))
    device = card_devices(Plan(model="m", rig=Rig(nodes=(Node(gpus=("rtx5090",)),))), real_catalog)[
        0
    ]
    qtbot.waitUntil(lambda: bool(editor.facts.facts))
    assert fact(editor, "Usable") == f"{device.usable_bytes / 2**30:.2f} GiB"
    type_into(qtbot, editor.form, "reserved_mib", "2048")
    qtbot.waitUntil(lambda: fact(editor, "Usable") != f"{device.usable_bytes / 2**30:.2f} GiB")


def test_that_every_card_of_the_catalogue_survives_its_editor(card_editor, real_catalog) -> None:
    editor = card_editor()
    for row in list(real_catalog.gpus.values())[::6]:
        editor._base = row
        values = {key: getattr(row, key, None) for key in editor.form.editors}
        values["idle_low"] = row.idle_w[0] if row.idle_w else None
        editor.form.fill(values)
        edited, errors = editor.read()
        assert errors == {}, row.id
        same = {"memory_bytes", "tdp_w", "bandwidth_gbs", "vendor", "idle_w", "reserved_mib", "sm"}
        assert {name: getattr(edited, name) for name in same} == {
            name: getattr(row, name) for name in same
        }
        assert edited.unverified_fields == tuple(
            name for name in row.unverified_fields if getattr(row, name) is not None
        )


def test_that_a_changed_figure_is_no_longer_the_sources(card_editor, qtbot, real_catalog) -> None:
    base = real_catalog.gpu("rtx5090")
    editor = card_editor(base=base)
    type_into(qtbot, editor.form, "tdp_w", "450")
    row = editor.row()
    assert row.sources["tdp_w"] == "typed in"
    assert row.sources["memory_gb"] == base.sources["memory_gb"]
    assert row.verified is False


# Hosts ---------------------------------------------------------------------------------------


def test_that_the_peak_is_computed_and_its_formula_shown(themes, shown, qtbot) -> None:
    editor = shown(HostEditor(themes))
    for key, text in (("name", "H"), ("channels", "8"), ("mt_s", "4,800")):
        type_into(qtbot, editor.form, key, text)
    qtbot.waitUntil(lambda: len(editor.facts.facts) == 2)
    assert fact(editor, "Peak") == "307.2 GB/s"
    assert "8 channels × 8 bytes × 4,800 MT/s ÷ 1,000" in editor.facts.facts[1].value
    assert editor.row().peak_gbs == 307.2


def test_that_no_host_measures_more_than_its_peak(themes, shown, qtbot) -> None:
    editor = shown(HostEditor(themes))
    for key, text in (("name", "H"), ("channels", "2"), ("mt_s", "5600"), ("measured_gbs", "90")):
        type_into(qtbot, editor.form, key, text)
    assert editor.form.hints["measured_gbs"].text == "More than the peak of 89.6 GB/s."
    type_into(qtbot, editor.form, "sockets", "4")
    assert editor.form.hints["channels"].text == "Fewer channels than sockets."


def test_that_every_host_of_the_catalogue_has_the_peak_of_the_formula(
    themes, shown, real_catalog
) -> None:
    for row in real_catalog.hosts.values():
        editor = HostEditor(themes, base=row)
        edited, errors = editor.read()
        assert errors == {}, row.id
        assert edited.peak_gbs == pytest.approx(row.peak_gbs, abs=0.1)
        editor.deleteLater()


# Models --------------------------------------------------------------------------------------


def test_that_every_model_of_the_catalogue_survives_its_editor(themes, real_catalog, qapp) -> None:
    for spec in list(real_catalog.models.values())[::4]:
        editor = ModelEditor(themes, real_catalog, base=spec)
        row, errors = editor.read()
        assert errors == {}, spec.id
        assert row.architecture == spec.architecture
        assert row.native_format == spec.native_format
        assert (row.verified, row.sources, row.files) == (spec.verified, spec.sources, spec.files)
        editor.deleteLater()


def test_that_every_kind_of_block_has_its_fields_in_the_form() -> None:
    for block in (*ATTENTION_KINDS, *FFN_KINDS):
        keys = {spec.key.partition(".")[0] for spec in block_specs(block, "")}
        assert keys == set(block.model_fields) - {"kind"}, kind_of(block)


def test_that_the_totals_beside_the_form_follow_what_is_typed(
    model_editor, qtbot, real_catalog
) -> None:
    spec = real_catalog.model("gpt-oss-120b")
    editor = model_editor(base=spec)
    qtbot.waitUntil(lambda: bool(editor.facts.facts))
    assert fact(editor, "Total") == f"{total_parameters(spec):,}"
    assert fact(editor, "Read for each token") == f"{active_parameters(spec):,}"
    names = [line.name for line in editor.facts.facts]
    start = names.index("Read for each token, by part") + 1
    by_part = editor.facts.facts[start : names.index("Weights, native")]
    assert sum(int(line.value.replace(",", "")) for line in by_part) == active_parameters(spec)
    page = editor.pages["ffn"]
    name = next(iter(page.blocks))
    editor.tabs.setCurrentIndex(3)
    type_into(qtbot, page.blocks[name], f"ffn.{name}.experts", "64")
    fewer = editor.row()
    qtbot.waitUntil(lambda: fact(editor, "Total") == f"{total_parameters(fewer):,}")
    assert total_parameters(fewer) < total_parameters(spec)
    assert fewer.verified == "no"
    assert fewer.sources[0].source == f"typed in, from {spec.name}"


def test_that_the_cache_beside_the_form_is_the_estimators(
    model_editor, qtbot, real_catalog
) -> None:
    spec = real_catalog.model("qwen3-30b-a3b")
    editor = model_editor(base=spec)
    plan = Plan(
        model=spec.id,
        rig=Rig(nodes=(Node(gpus=("rtxpro6000",)),)),
        workload=Workload(context_tokens=4096),
    )
    size = evaluate(plan, real_catalog).kv_cache_bytes
    qtbot.waitUntil(lambda: bool(editor.facts.facts))
    assert fact(editor, "at 4,096 tokens") == f"{size / 4096:,.0f} B"


@pytest.mark.parametrize(
    ("part", "field", "text", "key", "words"),
    [
        ("attention", "attention_pattern.cycle", "full, nothing", "attention_pattern.cycle",
         "nothing"),
        ("attention", "attention_pattern.cycle", "", "attention_pattern.cycle", "Needed."),
        ("attention", "attention.full.heads", "0", "attention.full.heads", "At least 1."),
        ("attention", "attention.full.indexer.heads", "4", "attention.full.indexer.head_dim",
         ""),
    ],
)  # fmt: skip
def test_that_an_error_of_a_model_stands_at_its_field(
    model_editor, qtbot, real_catalog, part, field, text, key, words
) -> None:
    editor = model_editor(base=real_catalog.model("qwen3-30b-a3b"))
    page = editor.pages[part]
    name = next(iter(page.blocks))
    field, key = (path.replace(".full.", f".{name}.") for path in (field, key))
    editor.tabs.setCurrentIndex(2)
    form = next(form for form in page.forms() if field in form.editors)
    type_into(qtbot, form, field, text)
    _, errors = editor.read()
    assert key in errors, errors
    assert words in errors[key]
    assert editor.row() is None


def test_that_a_model_can_be_made_from_nothing(model_editor, qtbot) -> None:
    editor = model_editor()
    type_into(qtbot, editor.general, "name", "Tiny")
    type_into(qtbot, editor.general, "max_context", "32K")
    for key, text in (("hidden_size", "1024"), ("layers", "4"), ("vocab_size", "32000")):
        type_into(qtbot, editor.architecture, key, text)
    pages = editor.pages
    editor.tabs.setCurrentIndex(2)
    qtbot.mouseClick(pages["attention"].add, Qt.MouseButton.LeftButton)
    for key, text in (("heads", "16"), ("kv_heads", "4"), ("head_dim", "64")):
        type_into(qtbot, pages["attention"].blocks["gqa"], f"attention.gqa.{key}", text)
    editor.tabs.setCurrentIndex(3)
    pages["ffn"].add_kind.setCurrentIndex(1)
    qtbot.mouseClick(pages["ffn"].add, Qt.MouseButton.LeftButton)
    for key, text in (("experts", "8"), ("top_k", "2"), ("width", "512")):
        type_into(qtbot, pages["ffn"].blocks["moe"], f"ffn.moe.{key}", text)
    _, errors = editor.read()
    assert errors == {}
    row = editor.row()
    assert row.max_context == 32768
    # Embedding and head, 4 layers of q, k, v, o, router, 8 experts and two norms, one norm.
    layer = 2 * 1024 * 1024 + 2 * 1024 * 256 + 8 * 1024 + 8 * 3 * 1024 * 512 + 2 * 1024
    assert total_parameters(row) == 2 * 32000 * 1024 + 4 * layer + 1024
    qtbot.waitUntil(lambda: bool(editor.facts.facts) and bool(editor.facts.facts[0].name))
    assert fact(editor, "Total") == f"{total_parameters(row):,}"


def test_that_a_removed_block_is_missed_by_the_pattern(model_editor, real_catalog, qtbot) -> None:
    editor = model_editor(base=real_catalog.model("gpt-oss-120b"))
    editor.tabs.setCurrentIndex(2)
    button = next(
        button
        for button in editor.pages["attention"].findChildren(QPushButton)
        if button.text().startswith("Remove")
    )
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    _, errors = editor.read()
    assert "attention_pattern.cycle" in errors
    qtbot.mouseClick(editor.save, Qt.MouseButton.LeftButton)
    assert editor.isVisible()
    assert (
        editor.focusWidget() is editor.pages["attention"].pattern.editors["attention_pattern.cycle"]
    )


# For everybody -------------------------------------------------------------------------------


def test_that_every_control_has_a_name_a_tooltip_and_a_unit_that_is_said(
    themes, real_catalog, shown
) -> None:
    editors = (
        shown(CardEditor(themes, real_catalog)),
        shown(HostEditor(themes)),
        shown(ModelEditor(themes, real_catalog, base=real_catalog.model("deepseek-v4-flash"))),
    )
    for editor in editors:
        for kind in (QLineEdit, QComboBox, QCheckBox, QAbstractButton):
            for widget in editor.findChildren(kind):
                if widget.objectName().startswith("qt_") or not widget.isVisible():
                    continue
                if widget.parentWidget().metaObject().className() in ("QTabBar", "QComboBox"):
                    continue
                name = QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
                assert name, widget.objectName()
                assert widget.toolTip(), name
        for form in editor.forms():
            for spec in form.specs:
                if spec.unit:
                    assert form.editors[spec.key].accessibleName().endswith(f"in {spec.unit}")


def test_that_every_label_leads_to_its_field_and_no_letter_twice(
    themes, real_catalog, shown
) -> None:
    for editor in (shown(CardEditor(themes, real_catalog)), shown(HostEditor(themes))):
        buddies = {label.buddy() for label in editor.form.findChildren(QLabel) if label.buddy()}
        fields = {w for w in editor.form.editors.values() if not isinstance(w, QCheckBox)}
        assert buddies == fields
        letters = [
            spec.label[spec.label.index("&") + 1].lower()
            for spec in editor.form.specs
            if "&" in spec.label
        ]
        assert len(letters) == len(set(letters)), letters


def test_that_tab_goes_through_the_fields_in_their_order(card_editor, qtbot) -> None:
    editor = card_editor()
    order = list(editor.form.editors.values())
    order[0].setFocus()
    for expected in order[1:6]:
        qtbot.keyClick(editor.focusWidget(), Qt.Key.Key_Tab)
        assert editor.focusWidget() is expected


def test_that_escape_closes_an_editor(card_editor, qtbot) -> None:
    editor = card_editor()
    qtbot.keyClick(editor, Qt.Key.Key_Escape)
    assert not editor.isVisible()
