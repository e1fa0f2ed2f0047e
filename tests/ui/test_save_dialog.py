"""The rule of every dialog that asks where to save: nothing is replaced without a question."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox

from moeplanner_gui.ui.save_dialog import ask_where_to_save, offered_name


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """What was asked; ``typed`` is the answer of the dialog, ``replace`` that of the question."""
    told = {"typed": str(tmp_path / "rig"), "replace": QMessageBox.StandardButton.No, "texts": []}

    def warning(_parent, _title, text, *_buttons):
        told["texts"].append(text)
        return told["replace"]

    def dialog(*_):
        return told["typed"], "B (*.b)"

    monkeypatch.setattr(QFileDialog, "getSaveFileName", dialog)
    monkeypatch.setattr(QMessageBox, "warning", warning)
    return told


def chosen(ending=".moeplan") -> Path | None:
    return ask_where_to_save(None, "Save", "x", "kinds", ending)[0]


def test_that_a_file_that_only_the_added_ending_names_is_not_replaced_unasked(
    asked, tmp_path
) -> None:
    (tmp_path / "rig.moeplan").write_text("somebody's")
    assert chosen() is None
    assert asked["texts"] == ["rig.moeplan already exists.\nDo you want to replace it?"]
    asked["replace"] = QMessageBox.StandardButton.Yes
    assert chosen() == tmp_path / "rig.moeplan"


def test_that_what_the_dialog_asked_itself_is_not_asked_again(asked, tmp_path) -> None:
    asked["typed"] = str(tmp_path / "rig.moeplan")
    (tmp_path / "rig.moeplan").write_text("somebody's")
    assert chosen() == tmp_path / "rig.moeplan"
    assert asked["texts"] == []


def test_that_a_new_name_gets_its_ending_without_a_question(asked, tmp_path) -> None:
    assert chosen() == tmp_path / "rig.moeplan"
    assert chosen({"A (*.a)": ".a", "B (*.b)": ".b"}) == tmp_path / "rig.b"
    asked["typed"] = str(tmp_path / "rig.txt")
    assert chosen() == tmp_path / "rig.txt"
    assert chosen({"A (*.a)": ".a", "B (*.b)": ".b"}) == tmp_path / "rig.txt.b"
    asked["typed"] = ""
    assert chosen() is None
    assert asked["texts"] == []


def test_that_save_as_leaves_a_plan_that_it_did_not_ask_about(window, asked, tmp_path) -> None:
    (tmp_path / "rig.moeplan").write_text("somebody's")
    assert not window.files.save_as()
    assert (tmp_path / "rig.moeplan").read_text() == "somebody's"


def test_that_files_about_a_plan_are_offered_beside_it(window, tmp_path) -> None:
    assert "/" not in offered_name(window.document, "-bill.csv")
    window.document.mark_saved(tmp_path / "a.moeplan")
    assert offered_name(window.document, "-bill.csv") == str(tmp_path / "a-bill.csv")
