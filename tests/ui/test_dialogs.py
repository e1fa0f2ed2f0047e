"""Every dialog has the same foot, and Return presses what has the focus."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QLabel, QPushButton, QTextEdit, QVBoxLayout

from moeplanner_gui.core.plan import Node, Plan, Rig
from moeplanner_gui.ui.dialog import MARGINS, Dialog, resize_within_screen
from moeplanner_gui.ui.editors.card import CardEditor
from moeplanner_gui.ui.engine_options.dialog import EngineOptionsDialog
from moeplanner_gui.ui.fonts import font_small_strong
from moeplanner_gui.ui.import_view.dialog import ImportDialog
from moeplanner_gui.ui.rig_builder.mark_words import MARK_WORDS, mark_label
from moeplanner_gui.ui.rig_builder.memory_editor import MemoryEditor
from moeplanner_gui.ui.unsaved import unsaved_box


@pytest.fixture
def window(window):
    card = Rig(nodes=(Node(gpus=("rtx4090",) * 2, ram_gib=64),))
    window.document.open(Plan(model="llama-3.1-8b", rig=card), None)
    return window


def dialogs(window):
    document, themes = window.document, window.themes
    yield EngineOptionsDialog(document, themes, window)
    yield MemoryEditor(document, themes, 0, 0, window)
    yield MemoryEditor(document, themes, 0, None, window)
    yield CardEditor(themes, document.catalog, window)
    importing = ImportDialog(themes, document.catalog, window)
    importing.pages.setCurrentIndex(2)
    yield importing


def test_that_every_dialog_ends_with_cancel_and_then_its_primary_button(window, qtbot) -> None:
    for dialog in dialogs(window):
        qtbot.addWidget(dialog)
        dialog.show()
        qtbot.waitExposed(dialog)
        buttons = [b for b in dialog.findChildren(QPushButton) if b.isVisibleTo(dialog)]
        primary = [b for b in buttons if b.property("primary")]
        assert len(primary) == 1, dialog.windowTitle()

        def at(button, dialog=dialog):
            return button.mapTo(dialog, button.rect().topRight())

        foot = [b for b in buttons if abs(at(b).y() - at(primary[0]).y()) < 4]
        words = [b.text() for b in sorted(foot, key=lambda b: at(b).x())]
        assert words[-2:] == ["Cancel", primary[0].text()], words
        assert dialog.width() - at(primary[0]).x() - 1 == MARGINS[2], dialog.windowTitle()
        dialog.reject()


def test_that_return_presses_the_button_with_the_focus_and_not_the_default_one(
    window, qtbot
) -> None:
    before = window.document.plan
    dialog = EngineOptionsDialog(window.document, window.themes, window)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.editors["ubatch"].setValue(1024)
    qtbot.waitUntil(dialog.ok.isEnabled)
    dialog.cancel.setFocus()
    qtbot.keyClick(dialog.cancel, Qt.Key.Key_Return)
    assert not dialog.isVisible()
    assert window.document.plan == before


def test_that_return_opens_what_the_focused_button_says_where_no_button_is_the_default(
    window, qtbot, monkeypatch
) -> None:
    asked = []
    monkeypatch.setattr(ImportDialog, "_ask_file", lambda self: asked.append("file"))
    dialog = ImportDialog(window.themes, window.document.catalog, window)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.keyClick(dialog.choose_file, Qt.Key.Key_Return)
    assert asked == ["file"]


def test_that_the_question_about_unsaved_changes_has_the_same_foot_and_shows_names_as_they_are(
    window, qtbot
) -> None:
    box = unsaved_box(window, "a <i>b</i>.moeplan")
    qtbot.addWidget(box)
    box.show()
    words = [b.text() for b in sorted(box.buttons(), key=lambda b: b.x())]
    assert words[-2:] == ["Cancel", "Save"]
    assert "&lt;i&gt;" in box.text()


def test_that_a_dialog_opens_as_tall_as_its_lines_up_to_the_screen(qtbot) -> None:
    dialog = Dialog()
    qtbot.addWidget(dialog)
    column = QVBoxLayout(dialog)
    free = dialog.screen().availableGeometry().height()
    line = QLabel("A line of words")
    column.addWidget(line)
    while column.totalSizeHint().height() < free * 0.8:
        column.addWidget(QLabel("A line of words"))
    dialog.show()
    assert column.totalSizeHint().height() <= dialog.height() < free
    # Who asked for a size gets it.
    small = Dialog()
    qtbot.addWidget(small)
    QVBoxLayout(small).addWidget(QTextEdit())
    small.resize(300, 120)
    small.show()
    assert small.height() == 120


def test_that_larger_text_gets_a_larger_window(qtbot, monkeypatch: pytest.MonkeyPatch) -> None:
    dialog = Dialog()
    qtbot.addWidget(dialog)
    resize_within_screen(dialog, 300, 200)
    assert (dialog.width(), dialog.height()) == (300, 200)
    monkeypatch.setattr("moeplanner_gui.ui.dialog.factor", lambda: 1.5)
    resize_within_screen(dialog, 300, 200)
    assert (dialog.width(), dialog.height()) == (450, 300)


def test_that_every_word_of_origin_has_room(qtbot) -> None:
    label = mark_label("driver_mib")
    qtbot.addWidget(label)
    for word in MARK_WORDS.values():
        assert label.minimumWidth() >= QFontMetrics(font_small_strong()).horizontalAdvance(word)
