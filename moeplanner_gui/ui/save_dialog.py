"""Asks where a file is to be saved, and never lets an ending that is added hit another file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.plan_titles import file_stem

_Answer = QMessageBox.StandardButton


def offered_name(document: PlanDocument, ending: str) -> str:
    """What a file about the shown plan is called first: like the plan's file, and beside it."""
    if document.path is None:
        return file_stem(document.plan) + ending
    return str(document.path.with_name(document.path.stem + ending))


def ask_where_to_save(
    parent: QWidget | None,
    title: str,
    start: str,
    kinds: str,
    ending: str | Mapping[str, str],
    kind: str = "",
) -> tuple[Path | None, str]:
    """The file that was chosen, with its ending, and the kind; no file when it was cancelled.

    Args:
        parent: What the dialog stands before.
        title: Of the dialog.
        start: The name that is offered.
        kinds: The kinds of files, as Qt takes them.
        ending: What a name without any gets; or the ending of each kind, where none other is
            possible.
        kind: The one that is chosen first.
    """
    name, kind = QFileDialog.getSaveFileName(parent, title, start, kinds, kind)
    if not name:
        return None, kind
    asked = Path(name)
    path = _ended(asked, ending, kind)
    # The dialog asks before it lets a file be replaced, but it knows only what was typed.
    if path != asked and os.path.lexists(path) and not _may_replace(parent, title, path.name):
        return None, kind
    return path, kind


def _ended(path: Path, ending: str | Mapping[str, str], kind: str) -> Path:
    if isinstance(ending, str):
        return path if path.suffix else path.with_suffix(ending)
    if path.suffix.lower() in ending.values():
        return path
    return path.with_name(path.name + ending.get(kind, next(iter(ending.values()))))


def _may_replace(parent: QWidget | None, title: str, name: str) -> bool:
    # Qt's own question, in Qt's own translations.
    question = "%1 already exists.\nDo you want to replace it?"
    text = QCoreApplication.translate("QFileDialog", question).replace("%1", name)
    chosen = QMessageBox.warning(parent, title, text, _Answer.Yes | _Answer.No, _Answer.No)
    return bool(chosen == _Answer.Yes)
