"""Import in the window: real files, real drops, a worker that never freezes it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit

from moeplanner_gui.catalog.importers import ImportFailure, import_path
from moeplanner_gui.core.tensors import active_parameters, total_parameters
from moeplanner_gui.export.plan_file import write_plan
from moeplanner_gui.ui.import_view import dialog as dialogs
from moeplanner_gui.ui.import_view.dialog import READING, RESULT, START, ImportDialog
from moeplanner_gui.ui.import_view.worker import ImportWorker
from moeplanner_gui.ui.model_paths import model_path
from moeplanner_gui.ui.style import ThemeProvider

CONFIGS = Path(__file__).parents[2] / "data" / "configs"


@pytest.fixture(autouse=True)
def own_data(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "moeplanner" / "catalogs"


@pytest.fixture
def config(tmp_path) -> Path:
    """The published config.json of a model of the catalogue, in a folder with its name."""
    source = next(CONFIGS.glob("*Qwen3-30B-A3B*.json"))
    folder = tmp_path / "Qwen3-30B-A3B"
    folder.mkdir()
    target = folder / "config.json"
    target.write_bytes(source.read_bytes())
    return target


@pytest.fixture
def make_dialog(qtbot, real_catalog):
    themes = ThemeProvider("light")
    themes.install()

    def make(**stubs) -> ImportDialog:
        worker = ImportWorker(**stubs)
        dialog = ImportDialog(themes, real_catalog, worker=worker)
        worker.setParent(dialog)
        qtbot.addWidget(dialog)
        dialog.show()
        qtbot.waitExposed(dialog)
        return dialog

    return make


def urls(*paths: Path) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


COPY, MOVE = Qt.DropAction.CopyAction, Qt.DropAction.MoveAction


def drop(widget, mime: QMimeData, actions: Qt.DropAction = COPY | MOVE) -> bool:
    """Send a drag and its drop, as a file manager does; whether it was accepted.

    Of several actions a drag proposes the move; the file manager then deletes what was taken.
    """
    at = QPoint(80, 80)
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(at, actions, mime, buttons, keys)
    enter.ignore()
    QApplication.sendEvent(widget, enter)
    if not enter.isAccepted():
        return False
    event = QDropEvent(QPointF(at), actions, mime, buttons, keys)
    event.ignore()
    QApplication.sendEvent(widget, event)
    assert not event.isAccepted() or event.dropAction() == COPY
    return event.isAccepted()


def opened(qtbot) -> ImportDialog:
    def is_open() -> None:
        assert isinstance(QApplication.activeModalWidget(), ImportDialog)

    qtbot.waitUntil(is_open)
    return QApplication.activeModalWidget()


def fact(dialog: ImportDialog, name: str) -> str:
    return next(line.value for line in dialog.facts.facts if line.name == name)


# The window ------------------------------------------------------------------------------------


def test_that_a_config_dropped_on_the_window_is_read_shown_and_used(
    window, qtbot, config, own_data
) -> None:
    assert drop(window, urls(config))
    dialog = opened(qtbot)
    qtbot.waitUntil(lambda: dialog.pages.currentIndex() == RESULT)
    spec = import_path(config, window.document.catalog).model
    assert fact(dialog, "Parameters") == f"{total_parameters(spec):,}"
    assert fact(dialog, "Read for each token") == f"{active_parameters(spec):,}"
    assert dialog.match.text() == "Same architecture as Qwen3 30B A3B in the catalogue."
    dialog.name.setFocus()
    dialog.name.selectAll()
    qtbot.keyClicks(dialog.name, "My Qwen")
    with qtbot.waitSignal(dialog.destroyed):
        qtbot.keyClick(dialog.name, Qt.Key.Key_Return)
    assert window.document.catalog.model(window.document.plan.model).name == "My Qwen"
    assert (own_data / "models" / "my-qwen.json").is_file()
    window.document.undo_stack.undo()
    assert window.document.catalog.model(window.document.plan.model).name != "My Qwen"


def test_that_a_folder_can_be_dropped(window, qtbot, config) -> None:
    plan = window.document.plan
    assert drop(window, urls(config.parent))
    dialog = opened(qtbot)
    qtbot.waitUntil(lambda: dialog.pages.currentIndex() == RESULT)
    assert dialog.name.text() == "Qwen3-30B-A3B"
    with qtbot.waitSignal(dialog.destroyed):
        qtbot.mouseClick(dialog.add, Qt.MouseButton.LeftButton)
    assert window.document.plan == plan
    assert len(window.own.user.models) == 1


def test_that_files_that_would_be_moved_away_are_not_taken(window, config, tmp_path) -> None:
    file = tmp_path / "plan.moeplan"
    write_plan(file, window.document.plan)
    for dropped in (file, config):
        assert not drop(window, urls(dropped), MOVE)


def test_that_a_dropped_plan_still_opens(window, tmp_path) -> None:
    file = tmp_path / "plan.moeplan"
    write_plan(file, window.document.plan)
    assert drop(window, urls(file))
    assert window.document.path == file
    assert QApplication.activeModalWidget() is None


@pytest.mark.parametrize("name", ["notes.txt", "model.bin", "README"])
def test_that_other_files_are_not_taken(window, tmp_path, name) -> None:
    (tmp_path / name).write_text("x")
    assert not drop(window, urls(tmp_path / name))


def test_that_a_web_address_is_not_taken(window) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl("https://huggingface.co/a/b/config.json")])
    assert not drop(window, mime)


def test_that_ctrl_i_opens_the_dialog(window, qtbot) -> None:
    action = window.actions_registry.get("file.import")
    assert action.shortcut().toString() == "Ctrl+I"
    assert action in window.menus.menu("File").actions()
    qtbot.keyClick(window, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    dialog = opened(qtbot)
    assert dialog.pages.currentIndex() == START
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: QApplication.activeModalWidget() is None)


def test_that_a_gguf_file_is_used_as_it_is(window, qtbot, tmp_path) -> None:
    from tests.catalog.importers.made_files import gguf_header, gguf_of, write_sparse

    spec = window.document.catalog.model("qwen3-30b-a3b")
    header, data_bytes = gguf_header(*gguf_of(spec.architecture))
    path = write_sparse(tmp_path / "tune.gguf", header, data_bytes)
    assert path.stat().st_size > 50 * 10**9  # sparse: nothing of it is on the disk
    window.imports.open(path)
    dialog = opened(qtbot)
    qtbot.waitUntil(lambda: dialog.pages.currentIndex() != READING)
    assert dialog.pages.currentIndex() == RESULT, dialog.message.text
    weights = dialog.imported.weights
    with qtbot.waitSignal(dialog.destroyed):
        qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    document = window.document
    document.flush()
    assert document.plan.weights == weights
    assert document.plan.deployment.engine == "llama.cpp"
    row = document.catalog.model(document.plan.model)
    assert [file.id for file in row.files] == [weights]
    combo = window.panes[0].weights
    assert weights in [combo.itemData(i) for i in range(combo.count())]


def test_that_a_read_only_folder_is_said_in_the_dialog(window, qtbot, config, own_data) -> None:
    own_data.parent.mkdir(parents=True, exist_ok=True)
    own_data.write_text("a file where the folder should be")
    window.imports.open(config)
    dialog = opened(qtbot)
    qtbot.waitUntil(lambda: dialog.pages.currentIndex() == RESULT)
    qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    assert dialog.isVisible()
    assert "could not be saved" in dialog.error.text
    dialog.reject()


# The dialog --------------------------------------------------------------------------------------


def test_that_a_broken_file_is_one_sentence_with_its_field(make_dialog, qtbot, tmp_path) -> None:
    path = tmp_path / "config.json"
    path.write_text('{"architectures": ["Qwen3MoeForCausalLM"], "hidden_size": -1}')
    dialog = make_dialog()
    assert drop(dialog, urls(path))
    qtbot.waitUntil(lambda: dialog.pages.currentIndex() == START)
    qtbot.waitUntil(lambda: bool(dialog.message.text))
    assert dialog.message.text.startswith("config.json: ")
    assert "\n" not in dialog.message.text


def test_that_nothing_goes_online_before_the_click(make_dialog, qtbot) -> None:
    asked: list[str] = []

    def look_up(hf_id, _cancelled, _progress, _catalog):
        asked.append(hf_id)
        raise ImportFailure("There is no such model.")

    dialog = make_dialog(look_up=look_up)
    assert not dialog.look_up.isEnabled()
    qtbot.keyClicks(dialog.hf_id, "Qwen/Qwen3-30B-A3B")
    assert asked == []
    with qtbot.waitSignal(dialog.worker.failed):
        qtbot.mouseClick(dialog.look_up, Qt.MouseButton.LeftButton)
    assert asked == ["Qwen/Qwen3-30B-A3B"]
    assert dialog.message.text == "There is no such model."


def test_that_the_window_is_alive_while_something_is_read_and_shows_how_far(
    make_dialog, qtbot, config, real_catalog
) -> None:
    go = threading.Event()

    def look_up(_id, _cancelled, progress, catalog):
        progress(3, 12)
        assert go.wait(20)
        return import_path(config, catalog)

    dialog = make_dialog(look_up=look_up)
    dialog.hf_id.setText("a/b")
    qtbot.keyClick(dialog.hf_id, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog.progress.maximum() == 12)
    assert (dialog.pages.currentIndex(), dialog.progress.value()) == (READING, 3)
    assert dialog.progress.accessibleDescription() == "3 of 12 files"
    go.set()
    qtbot.waitUntil(lambda: dialog.pages.currentIndex() == RESULT)


def test_that_cancel_stops_a_look_up_and_what_comes_late_is_not_shown(
    make_dialog, qtbot, config
) -> None:
    stopped, ended = threading.Event(), threading.Event()

    def look_up(_id, cancelled, progress, catalog):
        while not cancelled():
            progress(0, 1)
            ended.wait(0.01)
        stopped.set()
        ended.wait(20)
        return import_path(config, catalog)

    dialog = make_dialog(look_up=look_up)
    dialog.hf_id.setText("a/b")
    dialog._on_look_up()
    qtbot.waitUntil(lambda: dialog.progress.maximum() == 1)
    qtbot.mouseClick(dialog.stop, Qt.MouseButton.LeftButton)
    assert dialog.pages.currentIndex() == START
    assert stopped.wait(20)
    with qtbot.assertNotEmitted(dialog.worker.done, wait=200):
        ended.set()
    assert dialog.pages.currentIndex() == START
    assert dialog.message.text == ""


def test_that_escape_while_reading_goes_back_and_a_second_one_closes(make_dialog, qtbot) -> None:
    gate = threading.Event()
    dialog = make_dialog(read=lambda _path, _catalog: gate.wait(20))
    dialog.read(Path("slow"))
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible() and dialog.pages.currentIndex() == START
    gate.set()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_that_an_error_nobody_thought_of_is_a_sentence_too(make_dialog, qtbot) -> None:
    def read(_path, _catalog):
        raise ZeroDivisionError("division by zero")

    dialog = make_dialog(read=read)
    with qtbot.waitSignal(dialog.worker.failed):
        dialog.read(Path("x.gguf"))
    assert dialog.message.text == "It could not be read: ZeroDivisionError: division by zero"


def test_that_a_model_without_a_name_is_not_added(make_dialog, qtbot, config) -> None:
    dialog = make_dialog()
    dialog.read(config)
    qtbot.waitUntil(lambda: dialog.pages.currentIndex() == RESULT)
    dialog.name.clear()
    assert not dialog.use.isEnabled()
    assert dialog.error.text == "A name is needed."
    with qtbot.assertNotEmitted(dialog.add_wanted):
        qtbot.keyClick(dialog.name, Qt.Key.Key_Return)


def test_that_every_page_has_a_focus_and_every_control_a_name(make_dialog, qtbot, config) -> None:
    dialog = make_dialog()
    for page in (START, READING, RESULT):
        dialog._show_page(page)
        assert dialog.focusWidget() is not None
        for kind in (QAbstractButton, QLineEdit):
            for widget in dialog.pages.widget(page).findChildren(kind):
                assert widget.accessibleName() and widget.toolTip(), widget


@pytest.mark.parametrize(
    ("names", "leading"),
    [
        (["m-00001-of-00002.gguf", "m-00002-of-00002.gguf"], "m-00001-of-00002.gguf"),
        (["config.json", "model.safetensors.index.json", "a.safetensors"],
         "model.safetensors.index.json"),
        (["tokenizer.json", "config.json"], "config.json"),
        (["notes.txt", "read.me"], None),
    ],
)  # fmt: skip
def test_that_files_dropped_together_are_one_model(tmp_path, names, leading) -> None:
    for name in names:
        (tmp_path / name).touch()
    found = model_path(urls(*(tmp_path / name for name in names)))
    assert (None if found is None else found.name) == leading


def test_that_the_dialog_is_not_imported_at_the_start() -> None:
    import subprocess
    import sys

    code = (
        "import sys, moeplanner_gui.ui.main_window;"
        "print([n for n in sys.modules if 'editors' in n or 'import_view.dialog' in n"
        " or 'importers' in n or n == 'moeplanner_gui.catalog.user'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert dialogs is not None
