"""File → Export → Build plan: the paper is chosen with the file; a failure keeps what was there."""

from __future__ import annotations

import errno
import os
import re

import pytest
from PySide6.QtWidgets import QFileDialog, QLabel

from moeplanner_gui.ui.export import paper as paper_module


def media_box(data: bytes) -> list[int]:
    found = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", data)
    assert found is not None
    return [round(float(number)) for number in found.groups()]


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """Answers the file dialog; ``answer`` is the kind that the user chose there."""
    seen: dict[str, object] = {"answer": None, "path": tmp_path / "plan.pdf"}

    def dialog(_parent, _title, _start, kinds, usual):
        seen["kinds"], seen["usual"] = kinds.split(";;"), usual
        return str(seen["path"]), seen["answer"] if seen["answer"] is not None else usual

    monkeypatch.setattr(QFileDialog, "getSaveFileName", staticmethod(dialog))
    monkeypatch.setattr(paper_module, "usual_paper", lambda: "Letter")
    return seen


def test_that_the_papers_are_kinds_of_the_dialog_and_the_locales_is_chosen(window, asked) -> None:
    window.exports.export_pdf()
    assert asked["kinds"] == ["PDF, A4 (*.pdf)", "PDF, US Letter (*.pdf)"]
    assert asked["usual"] == "PDF, US Letter (*.pdf)"
    assert media_box(asked["path"].read_bytes()) == [612, 792]


def test_that_the_chosen_paper_is_written_and_offered_the_next_time(window, asked) -> None:
    asked["answer"] = "PDF, A4 (*.pdf)"
    window.exports.export_pdf()
    assert media_box(asked["path"].read_bytes()) == [595, 842]
    window.exports.export_pdf()
    assert asked["usual"] == "PDF, A4 (*.pdf)"


def test_that_a_dialog_that_names_no_kind_keeps_the_usual_paper(window, asked) -> None:
    asked["answer"] = ""
    window.exports.export_pdf()
    assert media_box(asked["path"].read_bytes()) == [612, 792]


def test_that_a_full_disk_is_said_in_words_and_the_old_file_stays(
    window, asked, monkeypatch
) -> None:
    asked["path"].write_bytes(b"old")

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    window.exports.export_pdf()
    said = " ".join(label.text() for label in window.bars.findChildren(QLabel))
    assert "could not be written" in said and "The disk is full." in said
    assert "tmp" not in said and "Errno" not in said
    assert asked["path"].read_bytes() == b"old"
    assert [path.name for path in asked["path"].parent.glob("*plan*")] == ["plan.pdf"]
