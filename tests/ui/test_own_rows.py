"""The user's own cards, hosts and models in the window, by keys, menus and bars."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QPushButton

from moeplanner_gui.catalog.user import UserCatalog
from moeplanner_gui.core.entries import NO_ENTRIES
from moeplanner_gui.core.plan import CustomCard, CustomSlot, Node
from moeplanner_gui.export.plan_file import read_plan_and_entries
from tests.ui.own_folder import card, host


@pytest.fixture(autouse=True)
def own_data(tmp_path, monkeypatch) -> Path:
    """The user's catalogue of this test alone."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "moeplanner" / "catalogs"


def add(window, row=None) -> str:
    """Save a card and show it; returns its id."""
    own = window.own
    return own._keep(lambda: own.user.save_gpu(row or card()), "gpu").id


def dialog(qtbot, name: str):
    """The editor that is open."""
    qtbot.waitUntil(lambda: QApplication.activeModalWidget() is not None)
    found = QApplication.activeModalWidget()
    assert found.objectName() == name
    return found


def link(window, bar: str, words: str) -> QPushButton:
    buttons = window.bars.bar(bar).findChildren(QPushButton)
    return next(button for button in buttons if button.text() == words)


def listed(window) -> list[str]:
    return [row.name for row in window.panes[2]._rows if row.own]


def test_that_a_card_is_typed_in_saved_and_put_into_the_rig(window, qtbot, own_data) -> None:
    cards = window.document.plan.gpu_count
    qtbot.mouseClick(window.panes[2]._custom, Qt.MouseButton.LeftButton)
    editor = dialog(qtbot, "card-editor")
    assert editor.focusWidget() is editor.form.editors["name"]
    qtbot.keyClicks(editor.form.editors["name"], "Shop card 48")
    qtbot.keyClicks(editor.form.editors["memory_gb"], "48 GB")
    qtbot.keyClicks(editor.form.editors["price_usd"], "2,500")
    qtbot.mouseClick(editor.use, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.document.plan.gpu_count == cards + 1)
    assert listed(window) == ["Shop card 48"]
    assert window.document.catalog.price("shop-card-48").usd == 2500
    assert (own_data / "gpus" / "shop-card-48.json").is_file()
    assert UserCatalog(own_data).gpus["shop-card-48"].memory_gb == 48


def test_that_own_rows_are_there_at_the_next_start(window, store, qtbot) -> None:
    from moeplanner_gui.ui.app import build_window

    add(window)
    again = build_window(store=store)
    qtbot.addWidget(again)
    assert listed(again) == ["Shop card 48"]
    again.close()


def test_that_f2_renames_in_the_list(window, qtbot) -> None:
    row_id, plan = add(window), window.document.plan
    tree = window.panes[2].tree
    tree.setFocus()
    qtbot.keyClick(tree, Qt.Key.Key_F2)
    editor = tree.viewport().findChild(QLineEdit)
    assert editor is not None and editor.text() == "Shop card 48"
    editor.selectAll()
    qtbot.keyClicks(editor, "Bench card")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: listed(window) == ["Bench card"])
    assert window.document.catalog.gpu(row_id).name == "Bench card"
    assert window.panes[2].selected().id == row_id
    # Enter belonged to the name; it did not add the card.
    assert window.document.plan == plan


def test_that_escape_leaves_the_name(window, qtbot) -> None:
    add(window)
    tree = window.panes[2].tree
    tree.setFocus()
    qtbot.keyClick(tree, Qt.Key.Key_F2)
    editor = tree.viewport().findChild(QLineEdit)
    qtbot.keyClicks(editor, "x")
    qtbot.keyClick(editor, Qt.Key.Key_Escape)
    assert listed(window) == ["Shop card 48"]


def test_that_delete_takes_an_own_card_away_and_the_bar_puts_it_back(window, qtbot) -> None:
    row_id = add(window)
    tree = window.panes[2].tree
    tree.setFocus()
    qtbot.keyClick(tree, Qt.Key.Key_Delete)
    assert listed(window) == []
    assert "Deleted “Shop card 48”" in window.bars.bar("deleted").accessibleName()
    qtbot.mouseClick(link(window, "deleted", "Undo"), Qt.MouseButton.LeftButton)
    assert listed(window) == ["Shop card 48"]
    assert window.document.catalog.gpu(row_id).name == "Shop card 48"
    assert window.bars.bar("deleted") is None


def test_that_a_row_of_the_catalogue_is_neither_deleted_nor_renamed(window, qtbot) -> None:
    parts = window.panes[2]
    parts.show_part("rtx5090")
    for key in (Qt.Key.Key_Delete, Qt.Key.Key_F2):
        qtbot.keyClick(parts.tree, key)
    assert parts.tree.viewport().findChild(QLineEdit) is None
    assert window.document.catalog.gpu("rtx5090").name == "RTX 5090"
    assert window.bars.bar("deleted") is None


def test_that_ctrl_d_in_parts_edits_a_copy_and_leaves_the_rig_alone(window, qtbot) -> None:
    parts, before = window.panes[2], window.document.plan
    window.document.select(0, 0)
    parts.show_part("rtx5090")
    parts.tree.setFocus()
    qtbot.keyClick(parts.tree, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    editor = dialog(qtbot, "card-editor")
    assert window.document.plan == before
    assert editor.form.text("name") == "RTX 5090 copy"
    assert editor.form.text("memory_total_mib") == "32,607"
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: listed(window) == ["RTX 5090 copy"])
    copy = window.document.catalog.gpu("rtx-5090-copy")
    original = window.document.catalog.gpu("rtx5090")
    assert copy.memory_bytes == original.memory_bytes
    assert copy.pci_device_ids == () and copy.nvml_name is None


def test_that_alt_enter_edits_an_own_card(window, qtbot) -> None:
    row_id = add(window)
    tree = window.panes[2].tree
    qtbot.keyClick(tree, Qt.Key.Key_Return, Qt.KeyboardModifier.AltModifier)
    editor = dialog(qtbot, "card-editor")
    editor.form.editors["tdp_w"].setFocus()
    qtbot.keyClicks(editor.form.editors["tdp_w"], "300")
    qtbot.keyClick(editor.form.editors["tdp_w"], Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.document.catalog.gpu(row_id).tdp_w == 300)
    assert listed(window) == ["Shop card 48"]


def test_that_escape_in_an_editor_saves_nothing(window, qtbot) -> None:
    window.own.new_host()
    editor = dialog(qtbot, "host-editor")
    qtbot.keyClick(editor, Qt.Key.Key_Escape)
    assert not window.own.user.hosts


def test_that_the_menu_of_an_own_card_has_every_command(window, qtbot) -> None:
    add(window)
    parts = window.panes[2]
    at = parts.tree.visualRect(parts.tree.currentIndex()).center()
    parts.tree.customContextMenuRequested.emit(QPoint(at))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    words = [action.text().split("\t")[0] for action in menu.actions() if action.text()]
    assert words[:5] == ["Add to rig", "Edit…", "Rename", "Duplicate and edit…", "Delete"]
    menu.close()


def test_that_a_deleted_card_of_the_open_plan_stays_in_the_plan(window, tmp_path) -> None:
    document = window.document
    row_id = add(window)
    window.panes[2].add_part("gpu", row_id)
    before = document.preview(document.plan).to_json()
    window.own.delete("gpu", row_id)
    assert "keeps a copy of its own" in window.bars.bar("deleted").accessibleName()
    assert document.preview(document.plan).to_json() == before
    groups = {row.id: row.group for row in window.panes[2]._rows}
    assert groups[row_id] == "Only in this plan"
    document.mark_saved(tmp_path / "plan.moeplan")
    assert window.files.save()
    assert read_plan_and_entries(tmp_path / "plan.moeplan")[1].ids == {row_id}
    window.own.undo_delete()
    assert document.rows.entries == NO_ENTRIES
    assert listed(window) == ["Shop card 48"]


def test_that_undo_reaches_back_over_a_deleted_row(window) -> None:
    document = window.document
    row_id = add(window)
    window.panes[2].add_part("gpu", row_id)
    document.undo_stack.undo()
    window.own.delete("gpu", row_id)
    assert row_id not in document.catalog.gpus
    document.undo_stack.redo()
    document.flush()
    assert document.plan.rig.nodes[0].gpus[-1] == row_id
    assert row_id in document.carried.ids


def test_that_an_edited_card_changes_the_answer_of_the_open_plan(window) -> None:
    document = window.document
    row_id = add(window)
    window.panes[2].add_part("gpu", row_id)
    document.flush()
    before = document.assessment.devices
    row = document.catalog.gpu(row_id).model_copy(update={"memory_gb": 24.0})
    window.own._keep(lambda: window.own.user.update("gpu", row), "gpu")
    document.flush()
    slots = [device for device in document.assessment.devices if device.kind == "gpu"]
    assert slots[-1].capacity_bytes == 24 * 10**9
    assert document.assessment.devices != before


def test_that_the_own_version_of_a_plan_wins_and_the_window_says_so(
    window, tmp_path, qtbot
) -> None:
    document = window.document
    row_id = add(window)
    window.panes[2].add_part("gpu", row_id)
    file = tmp_path / "plan.moeplan"
    document.mark_saved(file)
    assert window.files.save()
    row = document.catalog.gpu(row_id).model_copy(update={"memory_gb": 24.0})
    window.own._keep(lambda: window.own.user.update("gpu", row), "gpu")
    assert window.files.open_path(file)
    assert document.catalog.gpu(row_id).memory_gb == 48
    said = window.bars.bar("entries").accessibleName()
    assert "brings its own “Shop card 48”" in said
    qtbot.mouseClick(link(window, "entries", "Use mine"), Qt.MouseButton.LeftButton)
    assert document.catalog.gpu(row_id).memory_gb == 24
    assert window.bars.bar("entries") is None


def test_that_a_plan_from_elsewhere_opens_with_its_rows(window, tmp_path) -> None:
    row_id = add(window)
    window.panes[2].add_part("gpu", row_id)
    file = tmp_path / "plan.moeplan"
    window.document.mark_saved(file)
    assert window.files.save()
    window.own.user.delete("gpu", row_id)
    window.files.new()
    window.document.reload_catalog()
    assert window.files.open_path(file)
    assert window.document.catalog.gpu(row_id).name == "Shop card 48"
    assert window.bars.bar("entries") is None
    window.files.new()
    assert row_id not in window.document.catalog.gpus


def test_that_the_last_plan_opens_again_with_rows_of_its_own(window, tmp_path, store) -> None:
    from moeplanner_gui.ui.app import build_window

    row_id = add(window)
    window.panes[2].add_part("gpu", row_id)
    window.document.mark_saved(tmp_path / "plan.moeplan")
    assert window.files.save()
    window.own.user.delete("gpu", row_id)
    again = build_window(store=store)
    assert again.document.path == tmp_path / "plan.moeplan"
    assert again.document.catalog.gpu(row_id).name == "Shop card 48"
    again.close()


def test_that_a_last_plan_with_an_unknown_row_does_not_keep_the_window_from_opening(
    window, tmp_path, store
) -> None:
    from moeplanner_gui.ui.app import build_window

    file = tmp_path / "plan.moeplan"
    window.document.mark_saved(file)
    assert window.files.save()
    file.write_text(file.read_text().replace("rtxpro6000", "gone-card"))
    again = build_window(store=store)
    assert again.document.path is None
    assert "gone-card" in again.bars.bar("file_error").accessibleName()
    again.close()


def test_that_a_custom_card_of_a_plan_is_kept_and_its_slots_name_it(window, qtbot) -> None:
    document = window.document
    slot = CustomSlot(custom=CustomCard(name="48 GB card", memory_mib=49152, reserved_mib=512))
    rig = document.plan.rig
    node: Node = rig.nodes[0]
    nodes = (node.model_copy(update={"gpus": (*node.gpus, slot)}), *rig.nodes[1:])
    document.apply("Add", document.plan.replace(rig=rig.model_copy(update={"nodes": nodes})))
    parts = window.panes[2]
    parts.show_part("custom:48 GB card")
    assert parts.selected().group == "Only in this plan"
    document.flush()
    before = [device.usable_bytes for device in document.assessment.devices]
    qtbot.keyClick(parts.tree, Qt.Key.Key_F2)
    editor = dialog(qtbot, "card-editor")
    qtbot.mouseClick(editor.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: document.plan.rig.nodes[0].gpus[-1] == "48-gb-card")
    document.flush()
    after = [device.usable_bytes for device in document.assessment.devices]
    assert all(new <= old for new, old in zip(after, before, strict=True))
    document.undo_stack.undo()
    assert document.plan.rig.nodes[0].gpus[-1] == slot


def test_that_a_new_host_is_used_where_it_was_asked_for(window, qtbot) -> None:
    window.document.select(0, None)
    window.actions_registry.get("own.host").trigger()
    editor = dialog(qtbot, "host-editor")
    for key, text in (("name", "My host"), ("channels", "12"), ("mt_s", "6,400")):
        qtbot.keyClicks(editor.form.editors[key], text)
    qtbot.waitUntil(lambda: any("12 channels" in fact.value for fact in editor.facts.facts))
    assert editor.facts.facts[0].value == "614.4 GB/s"
    qtbot.mouseClick(editor.use, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.document.plan.rig.nodes[0].host == "my-host")
    assert window.document.catalog.host("my-host").peak_gbs == 614.4


def test_that_a_model_is_copied_renamed_and_deleted_in_the_picker(window, qtbot) -> None:
    window.own.duplicate("model", "gpt-oss-120b")
    editor = dialog(qtbot, "model-editor")
    with qtbot.waitSignal(editor.destroyed):
        qtbot.mouseClick(editor.use, Qt.MouseButton.LeftButton)
    assert window.document.plan.model == "gpt-oss-120b-copy"
    panel = window.panes[0]
    panel.open_models()
    popup = panel._popup
    assert popup.model.heading(0) == "My models"
    assert popup.model.heading(1) == "Catalogue"
    popup.list.setCurrentIndex(popup.model.index(0, 0))
    qtbot.keyClick(popup.search, Qt.Key.Key_F2)
    field = popup.list.viewport().findChild(QLineEdit)
    field.selectAll()
    qtbot.keyClicks(field, "My tune")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.document.catalog.model("gpt-oss-120b-copy").name == "My tune")
    assert popup.isVisible()
    popup.list.setCurrentIndex(popup.model.index(0, 0))
    qtbot.keyClick(popup.search, Qt.Key.Key_Delete)
    assert "keeps a copy" in window.bars.bar("deleted").accessibleName()
    assert window.document.catalog.model("gpt-oss-120b-copy").name == "My tune"
    popup.hide()


@pytest.mark.parametrize(
    ("command", "name"), [("import", "import-dialog"), ("new", "model-editor")]
)
def test_that_the_picker_leads_to_import_and_to_a_new_model(window, qtbot, command, name) -> None:
    panel = window.panes[0]
    panel.open_models()
    button = panel._popup.findChild(QPushButton, f"models.{command}")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert not panel._popup.isVisible()
    opened = dialog(qtbot, name)
    qtbot.keyClick(opened, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: QApplication.activeModalWidget() is None)


def test_that_a_read_only_folder_is_an_error_bar(window, own_data) -> None:
    if os.geteuid() == 0:
        own_data.parent.mkdir(parents=True)
        own_data.write_text("a file where the folder should be")
    else:
        own_data.mkdir(parents=True)
        own_data.chmod(0o500)
    own = window.own
    assert own._keep(lambda: own.user.save_gpu(card()), "gpu") is None
    assert "Nothing could be saved" in window.bars.bar("own_error").accessibleName()


def test_that_a_broken_file_is_kept_and_the_window_says_where(window, own_data) -> None:
    broken = own_data / "gpus" / "mine.json"
    broken.parent.mkdir(parents=True)
    broken.write_text("{")
    add(window)
    assert "mine.json.broken-1" in window.bars.bar("own_broken").accessibleName()
    assert broken.with_name("mine.json.broken-1").read_text() == "{"


def test_that_what_another_window_saved_appears_on_reload(window, own_data) -> None:
    UserCatalog(own_data).save_host(host())
    window.document.reload_catalog()
    assert listed(window) == ["My host"]


def test_that_what_the_command_line_saved_appears_when_the_window_comes_back(
    window, own_data
) -> None:
    UserCatalog(own_data).save_gpu(card())
    window.own.reload_if_changed()
    assert listed(window) == ["Shop card 48"]
    seen = window.document.catalog
    window.own.reload_if_changed()
    assert window.document.catalog is seen


def test_that_a_row_another_window_deleted_stays_in_the_open_plan_and_is_named(
    window, own_data
) -> None:
    row_id = add(window)
    window.panes[2].add_part("gpu", row_id)
    UserCatalog(own_data).delete("gpu", row_id)
    window.own.reload_if_changed()
    assert "“Shop card 48” is no longer in your catalogue" in (
        window.bars.bar("own_lost").accessibleName()
    )
    window.document.flush()
    assert window.document.catalog.gpu(row_id).name == "Shop card 48"
    window.document.undo_stack.undo()
    window.document.undo_stack.redo()
    window.document.flush()


def test_that_a_reload_keeps_selection_plan_and_history(window) -> None:
    document = window.document
    window.panes[2].add_part("gpu", "rtx5090")
    document.select(0, 1)
    plan, count = document.plan, document.undo_stack.count()
    document.reload_catalog()
    assert (document.plan, document.selection, document.undo_stack.count()) == (plan, (0, 1), count)


def test_that_an_own_card_and_host_are_dragged_like_any_other(window) -> None:
    row_id = add(window)
    own = window.own
    host_id = own._keep(lambda: own.user.save_host(host()), "host").id
    rig, parts = window.panes[1], window.panes[2]
    window.resize(1440, 1000)
    for part_id, slot in ((row_id, 1), (host_id, 0)):
        for _ in range(3):
            QApplication.processEvents()
        target = rig.canvas.slot(0, slot)
        at = target.mapTo(rig, target.rect().center())
        mime = parts.model.mimeData([parts.model.find(part_id)])
        for kind, place in (
            (QDragEnterEvent, at), (QDragMoveEvent, at), (QDropEvent, QPointF(at)),
        ):  # fmt: skip
            event = kind(
                place,
                Qt.DropAction.CopyAction,
                mime,
                Qt.MouseButton.LeftButton,
                Qt.KeyboardModifier.NoModifier,
            )
            QApplication.sendEvent(rig, event)
            assert event.isAccepted()
    node = window.document.plan.rig.nodes[0]
    assert (node.gpus[1], node.host) == (row_id, host_id)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["save", "rename", "delete", "restore", "use", "undo", "redo"]),
        st.integers(0, 5),
        st.sampled_from(["A", "B", "RTX 5090", "ü"]),
    ),
    max_size=12,
)


@pytest.fixture(scope="module")
def documents(real_catalog):
    """Documents with a folder of their own, without a window."""
    from moeplanner_gui.core.plan import Plan, Rig
    from moeplanner_gui.ui.document import PlanDocument

    plan = Plan(model="gpt-oss-120b", rig=Rig(nodes=(Node(gpus=("rtx5090",)),)))
    return lambda: PlanDocument(plan, real_catalog.shipped)


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(STEPS)
def test_that_no_run_of_changes_leaves_the_plan_without_its_rows(
    qapp, documents, tmp_path_factory, steps
) -> None:
    from moeplanner_gui.catalog.load import with_user_rows
    from moeplanner_gui.core import edits

    document = documents()
    own = UserCatalog(tmp_path_factory.mktemp("own"), shipped=document.catalog.shipped)
    gone = []
    for step, number, name in steps:
        ids = sorted(own.gpus)
        chosen = ids[number % len(ids)] if ids else None
        if step == "save":
            own.save_gpu(card(name))
        elif step == "rename" and chosen:
            own.rename("gpu", chosen, name)
        elif step == "delete" and chosen:
            gone.append(own.delete("gpu", chosen))
        elif step == "restore" and gone:
            own.restore("gpu", gone.pop())
        elif step == "use" and chosen:
            document.apply("Add", edits.add_gpu(document.plan, 0, 1, chosen))
        elif step in ("undo", "redo"):
            getattr(document.undo_stack, step)()
        if step in ("save", "rename", "delete", "restore"):
            document.reload_catalog(with_user_rows(document.catalog.shipped, own.folder))
        document.flush()
        carried = document.carried.ids
        for used in document.plan.rig.nodes[0].gpus:
            assert document.catalog.gpu(used) is not None
            assert used == "rtx5090" or used in carried
    while document.undo_stack.canUndo():
        document.undo_stack.undo()
        document.flush()


def test_that_nothing_hangs_when_the_window_closes_with_an_editor_open(window, qtbot) -> None:
    window.own.new_card()
    editor = dialog(qtbot, "card-editor")
    QTimer.singleShot(0, editor.reject)
    qtbot.waitUntil(lambda: QApplication.activeModalWidget() is None)
