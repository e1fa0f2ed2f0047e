"""File → Export: each entry writes its file, or says why not and leaves nothing behind."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QFileDialog

ENTRIES = {
    "file.export_csv": (".csv", "Build plan,"),
    "file.export_bill": ("-bill.csv", "Quantity,Unit,Kind,Part,"),
    "file.export_figures": ("-figures.csv", "section,subject,figure,"),
    "file.export_markdown": (".md", "## DeepSeek V4 Flash on 2 × RTX PRO 6000"),
}
every_entry = pytest.mark.parametrize("entry", list(ENTRIES))


def answer(monkeypatch, path) -> list[str]:
    """What the file dialog answers; the names it offered are in the list."""
    offered: list[str] = []

    def ask(_parent, _title, start, *_rest):
        offered.append(start)
        return str(path), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    return offered


@every_entry
def test_that_an_entry_writes_its_file_and_adds_the_ending(
    window, tmp_path, monkeypatch, entry
) -> None:
    ending, start = ENTRIES[entry]
    offered = answer(monkeypatch, tmp_path / "plan")
    window.actions_registry.get(entry).trigger()
    assert offered[0].endswith(ending)
    written = tmp_path / f"plan.{ending.rpartition('.')[2]}"
    assert written.read_text(encoding="utf-8-sig").startswith(start)
    assert [file.name for file in tmp_path.glob("plan*")] == [written.name]


@every_entry
def test_that_a_target_that_cannot_be_written_is_told(window, tmp_path, monkeypatch, entry) -> None:
    folder = tmp_path / "folder.out"
    folder.mkdir()
    for target in (folder, tmp_path / "gone" / "plan.out"):
        answer(monkeypatch, target)
        window.actions_registry.get(entry).trigger()
        bar = window.bars.bar("export")
        assert bar is not None and "could not be written" in bar.accessibleName()
    assert not list(folder.iterdir())
    assert not (tmp_path / "gone").exists()


def test_that_the_forum_text_can_be_copied(window) -> None:
    window.actions_registry.get("file.copy_markdown").trigger()
    text = QApplication.clipboard().text()
    assert text.startswith("## DeepSeek V4 Flash on 2 × RTX PRO 6000\n\n**Fits.**")
    assert "](" not in text and "://" not in text
