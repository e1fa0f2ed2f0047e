"""The window as a person uses it: commands, files, recovery, names for screen readers."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QScrollBar,
    QStyle,
)

from moeplanner_gui.catalog.problems import CatalogProblem
from moeplanner_gui.core import edits
from moeplanner_gui.export.plan_file import plan_to_json, read_plan, write_plan
from moeplanner_gui.ui.autosave import Autosave, find_left_over
from moeplanner_gui.ui.palette import plain_text
from moeplanner_gui.ui.skipped_rows import SkippedRows
from moeplanner_gui.ui.split import RIG_PX, WIDE_MODEL_PX, WIDE_PARTS_PX

INTERACTIVE = (
    QAbstractButton,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QAbstractSpinBox,
    QAbstractSlider,
    QAbstractItemView,
)


def shorten(window, tokens: int = 4096) -> None:
    plan = edits.set_workload(window.document.plan, context_tokens=tokens)
    window.document.apply("Shorten the context", plan)


def test_that_every_action_has_words_a_tip_and_a_way_to_it(window) -> None:
    for action in window.actions_registry.all():
        name = action.objectName()
        assert plain_text(action), name
        assert action.statusTip(), name
        assert not action.shortcut().isEmpty() or action.property("menu_path"), name


def test_that_no_two_actions_share_a_shortcut(window) -> None:
    seen: dict[str, str] = {}
    for action in window.actions_registry.all():
        if action.shortcutContext() == Qt.ShortcutContext.WidgetShortcut:
            continue
        for key in action.shortcuts():
            other = seen.setdefault(key.toString(), action.objectName())
            assert other == action.objectName(), key.toString()


def test_that_every_interactive_widget_has_an_accessible_name(window) -> None:
    window.panes[0].open_models()
    missing = [
        f"{type(w).__name__} {w.objectName()} in {type(w.parent()).__name__}"
        for w in QApplication.allWidgets()
        if isinstance(w, INTERACTIVE)
        and w.window() in (window, window.panes[0]._popup, window.palette_popup)
        and not isinstance(w, (QScrollBar, QHeaderView))  # part of their view
        and not w.objectName().startswith("qt_")
        and not isinstance(w.parent(), QLineEdit)  # Qt's own icons inside a field
        and not w.accessibleName()
        and not (isinstance(w, QAbstractButton) and (w.text() or w.toolTip()))
    ]
    assert missing == []


def test_that_the_palette_finds_a_command_and_runs_it(window, qtbot) -> None:
    shorten(window)
    window.open_palette()
    palette = window.palette_popup
    qtbot.keyClicks(palette.search, "undo")
    assert plain_text(palette.shown_actions()[0]).startswith("Undo")
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert not palette.isVisible()
    assert not window.document.undo_stack.canUndo()


def test_that_undo_says_what_it_takes_back(window) -> None:
    shorten(window)
    assert plain_text(window.actions_registry.get("edit.undo")) == "Undo Shorten the context"
    window.actions_registry.get("edit.undo").trigger()
    assert plain_text(window.actions_registry.get("edit.redo")) == "Redo Shorten the context"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\x00\xff\xfe",
        b'{"format": "moeplan/2"}',
        b'{"format": "moeplan/1", "model": "deepseek-v3", "rig": {"nodes": []}, "contxt": 1}',
        b'{"format": "moeplan/1", "model": "no-such-model", "rig": {"nodes": []}}',
    ],
)
def test_that_a_damaged_file_leaves_the_open_plan_as_it_was(window, tmp_path, content) -> None:
    shorten(window)
    before, path = window.document.plan, window.document.path
    file = tmp_path / "damaged.moeplan"
    file.write_bytes(content)
    assert not window.files.open_path(file)
    assert window.document.plan is before
    assert window.document.path == path
    assert window.document.undo_stack.canUndo()
    assert window.bars.bar("file_error") is not None
    assert file.read_bytes() == content


def test_that_a_missing_file_is_an_error_bar(window, tmp_path) -> None:
    assert not window.files.open_path(tmp_path / "gone.moeplan")
    assert "gone.moeplan" in window.bars.bar("file_error").accessibleName()


def test_that_a_failed_save_keeps_old_file_and_modified_mark(window, tmp_path, monkeypatch) -> None:
    file = tmp_path / "plan.moeplan"
    write_plan(file, window.document.plan)
    window.files.open_path(file)
    shorten(window)
    old = file.read_bytes()

    def refuse(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("moeplanner_gui.ui.file_actions.save_plan_file", refuse)
    assert not window.files.save()
    assert file.read_bytes() == old
    assert window.document.is_modified
    assert window.bars.bar("file_error") is not None


def test_that_save_and_open_give_the_same_plan(window, tmp_path) -> None:
    shorten(window)
    kept = plan_to_json(window.document.plan)
    window.files._write(tmp_path / "mine.moeplan")
    assert not window.isWindowModified()
    window.files.new()
    assert window.document.plan.gpu_count == 0
    assert window.files.open_path(tmp_path / "mine.moeplan")
    assert plan_to_json(window.document.plan) == kept
    assert window.files.recent() == [tmp_path / "mine.moeplan"]


def test_that_cancelling_the_question_keeps_the_changes(window) -> None:
    shorten(window)
    window.files.ask_unsaved = lambda: "cancel"
    edited = window.document.plan
    assert not window.files.close()
    assert window.document.plan is edited
    assert not window.close()
    window.files.ask_unsaved = lambda: "discard"


def test_that_a_plan_file_dropped_on_the_window_is_opened(window, tmp_path) -> None:
    file = tmp_path / "dropped.moeplan"
    write_plan(file, edits.set_workload(window.document.plan, context_tokens=2048))
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(file))])
    event = QDropEvent(
        QPoint(10, 10).toPointF(),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(event)
    assert window.document.path == file
    assert window.document.plan.workload.context_tokens == 2048


def test_that_work_of_a_crashed_run_is_offered_and_recovered(window, own_settings) -> None:
    shorten(window, 7168)
    autosave = window.autosave
    autosave.save_now()
    kept = autosave.file_of()
    assert kept.exists()
    # What a crash leaves: the file, and a lock that no living process holds.
    autosave._of(window.document.session).unlock()
    crashed = kept.with_name("session-1.json")
    kept.rename(crashed)
    window.document.undo_stack.undo()
    window.recovery.offer()
    assert window.bars.bar("recovery") is not None
    left = find_left_over(own_settings)
    assert len(left) == 1
    assert window.recovery.recover(left[0])
    assert window.document.plan.workload.context_tokens == 7168
    assert window.document.is_modified
    assert not crashed.exists()


def test_that_a_living_window_is_not_taken_for_a_crash(window, own_settings, monkeypatch) -> None:
    shorten(window)
    window.autosave.save_now()
    assert find_left_over(own_settings) == ()


def test_that_autosave_forgets_what_was_saved(window, tmp_path) -> None:
    shorten(window)
    window.autosave.save_now()
    window.files._write(tmp_path / "saved.moeplan")
    assert not window.autosave.file_of().exists()


def test_that_a_refusing_disk_is_said_once(window, monkeypatch) -> None:
    said = []
    window.autosave.failed.connect(said.append)

    def refuse(_path, _data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("moeplanner_gui.safe_write.write_file_atomically", refuse)
    shorten(window)
    window.autosave.save_now()
    window.autosave.save_now()
    assert said == ["the disk is full"]


def test_that_theme_unit_and_tab_are_remembered(window, store) -> None:
    window.actions_registry.get("view.theme_dark").trigger()
    window.document.set_memory_unit("GB")
    window.tabs.show_tab("checks")
    window.close()
    from moeplanner_gui.ui.settings import SettingsStore

    again = SettingsStore(store.folder)
    assert not again.first_run
    assert again.settings.theme == "dark"
    assert again.settings.memory_unit == "GB"
    assert again.settings.tab == "checks"


def test_that_damaged_settings_are_replaced_by_defaults(own_settings) -> None:
    from moeplanner_gui.ui.settings import SettingsStore

    own_settings.mkdir()
    (own_settings / "settings.json").write_bytes(b"{broken")
    assert SettingsStore(own_settings).settings.theme == "system"


def test_that_every_figure_of_the_verdict_can_be_explained(window) -> None:
    for figure in window.verdict.figures:
        window.show_explanation(figure.path)
        assert window.explain.derivation is not None
    window.show_explanation("verdict")
    assert window.explain.isVisible()
    window.explain.copy_text()
    assert window.explain.derivation.label in QApplication.clipboard().text()


def test_that_escape_closes_the_explanation(window, qtbot) -> None:
    window.show_explanation("verdict")
    qtbot.keyClick(window.explain, Qt.Key.Key_Escape)
    assert not window.explain.isVisible()


def test_that_f6_visits_every_pane(window, qtbot) -> None:
    window.activateWindow()
    visited = set()
    panes = [window.verdict, *window.panes, window.tabs, window.bars]
    for _ in range(len(panes)):
        window.next_pane()
        focus = QApplication.focusWidget() or window.focusWidget()
        visited |= {i for i, pane in enumerate(panes) if pane is focus or pane.isAncestorOf(focus)}
    assert visited == set(range(len(panes)))


def test_that_the_sample_opens_first_with_a_hint_that_goes_for_good(window, store) -> None:
    bar = window.bars.bar("hint")
    assert bar is not None
    bar.closed.emit()
    assert window.bars.bar("hint") is None
    assert store.settings.sample_hint_seen


def test_that_every_shipped_sample_opens(window) -> None:
    from moeplanner_gui.ui.plan_titles import sample_files

    assert sample_files()
    for sample in sample_files():
        assert window.files.open_sample(sample)
        assert window.document.plan == read_plan(sample)


def test_that_autosave_writes_only_while_there_is_something_unsaved(window, own_settings) -> None:
    autosave = Autosave(window.document, own_settings / "other")
    autosave.save_now()
    assert not autosave.file_of().exists()


def test_that_a_skipped_catalogue_row_is_named_with_file_row_and_field(window, monkeypatch) -> None:
    problem = CatalogProblem("gpus/mine.json", "my-card", "memory_gb", "must be a number")
    monkeypatch.setitem(vars(window.document.catalog), "problems", (problem,))
    window.start(sample=False)
    said = window.bars.bar("catalog").accessibleName()
    for part in ("1 catalogue row was skipped", "gpus/mine.json", "my-card", "memory_gb"):
        assert part in said


def test_that_all_skipped_rows_are_listed_and_can_be_copied(window, monkeypatch, qtbot) -> None:
    problems = (
        CatalogProblem("gpus/mine.json", "my-card", "memory_gb", "Must be a number."),
        CatalogProblem("gpus/mine.json", "my-card", "vendor", "Is missing."),
        CatalogProblem("hosts/mine.json", "", "", "Is not valid JSON."),
    )
    monkeypatch.setitem(vars(window.document.catalog), "problems", problems)
    window.start(sample=False)
    bar = window.bars.bar("catalog")
    assert "1 catalogue row and 1 file were skipped. gpus/mine.json, my-card, memory_gb: " in (
        bar.accessibleName().removeprefix("Check: ")
    )
    assert "And 2 more." in bar.accessibleName()
    link = next(b for b in bar.findChildren(QPushButton) if b.text() == "Show all")
    qtbot.mouseClick(link, Qt.MouseButton.LeftButton)
    dialog = window.findChild(SkippedRows)
    assert dialog.list.toPlainText() == (
        "gpus/mine.json\n"
        "    my-card, memory_gb: Must be a number.\n"
        "    my-card, vendor: Is missing.\n\n"
        "hosts/mine.json\n"
        "    Is not valid JSON."
    )
    qtbot.mouseClick(dialog.copy, Qt.MouseButton.LeftButton)
    assert QApplication.clipboard().text().endswith("    Is not valid JSON.\n")
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)


def test_that_ctrl_q_closes_the_window_from_a_dialog_beside_it(window, qtbot) -> None:
    dialog = window.detection.open(look=False)
    dialog.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is dialog)
    qtbot.keyClick(dialog, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not window.isVisible())


def test_that_ctrl_z_takes_an_edit_back_from_the_bill(window, qtbot) -> None:
    before = window.document.plan
    sheet = window.bill.open()
    sheet.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is sheet)
    sheet.table.setCurrentIndex(sheet.table.bill.index(0, 1))
    qtbot.keyClick(sheet.table, "+")
    assert window.document.plan != before
    window.document.flush()
    qtbot.keyClick(sheet.table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.document.plan == before


def test_that_a_press_beside_the_sliders_handle_grips_it_there(window, qtbot) -> None:
    slider = window.panes[0].context.slider
    middle = slider.height() // 2
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(20, middle))
    assert slider.isSliderDown()
    pressed = slider.value()
    qtbot.mouseMove(slider, QPoint(slider.width() - 1, middle))
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() - 1, middle))
    assert pressed < slider.maximum() // 4
    assert slider.value() == slider.maximum()


def test_that_a_combo_box_opens_a_list_below_itself(window) -> None:
    combo = window.findChild(QComboBox)
    assert combo.style().styleHint(QStyle.StyleHint.SH_ComboBox_Popup, None, combo) == 0


def test_that_the_status_bar_knows_a_sample_from_a_new_plan(window) -> None:
    assert window.status.saved.text() == "Sample plan, not saved"
    shorten(window)
    assert window.status.saved.text().startswith("Not saved yet")
    window.files.new()
    assert window.status.saved.text() == "New plan, no file yet"


@pytest.mark.parametrize("size", [(1280, 720), (1440, 900), (2560, 1440)])
def test_that_the_tabs_get_two_fifths_of_the_height_on_a_first_start(window, size) -> None:
    window.resize(*size)
    QApplication.processEvents()
    rig, tabs = window.rows.sizes()
    assert tabs >= 0.4 * (rig + tabs) - 2
    assert rig >= min(RIG_PX, 0.6 * (rig + tabs)) - 2
    model, _, parts = window.columns.sizes()
    assert model <= WIDE_MODEL_PX
    assert parts <= WIDE_PARTS_PX
    assert window.rows.chosen_sizes() == []


def test_that_a_moved_handle_keeps_its_proportion(window) -> None:
    window.resize(1440, 900)
    QApplication.processEvents()
    window.rows.moveSplitter(300, 1)
    window.rows.splitterMoved.emit(300, 1)
    rig, tabs = window.rows.sizes()
    share = rig / (rig + tabs)
    window.resize(1440, 1300)
    QApplication.processEvents()
    rig, tabs = window.rows.sizes()
    assert abs(rig / (rig + tabs) - share) < 0.02
    assert window.rows.chosen_sizes() == [rig, tabs]


def test_that_the_table_of_a_tab_can_be_copied(window, qtbot) -> None:
    clipboard = QApplication.clipboard()
    for key in ("memory", "context", "checks"):
        clipboard.clear()
        window.tabs.show_tab(key)
        assert window.tabs.copy_button.isVisible(), key
        qtbot.mouseClick(window.tabs.copy_button, Qt.MouseButton.LeftButton)
        assert "\t" in clipboard.text(), key
