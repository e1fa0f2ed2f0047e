"""Sentences in the source of the window: those that a walk through it may never bring up."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import moeplanner_gui.ui

SHOWN_BY = {
    "say", "setText", "setPlainText", "setHtml", "setToolTip", "setStatusTip", "showMessage",
    "setWindowTitle", "setTitle", "setPlaceholderText", "setAccessibleName",
    "setAccessibleDescription", "addTab", "addRow", "QLabel", "QPushButton", "QCheckBox",
}  # fmt: skip
"""What puts a text on the screen, by its name."""
SENTENCE = re.compile(r"[A-Z]\S* .*\w|[A-Za-z].*[a-z]{2} [a-z]{2,}|[A-Z][a-z]+: ?$")
SOURCE = Path(moeplanner_gui.ui.__path__[0])


def _core(written: str) -> str:
    return written.replace("MoE Planner", "").strip(" .")


def not_translated(text: str) -> Iterator[tuple[int, str]]:
    """Line and text of each sentence that is shown as it is written."""
    for call in ast.walk(ast.parse(text)):
        if not isinstance(call, ast.Call):
            continue
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        by_method = isinstance(call.func, ast.Attribute) or name.startswith("Q")
        if name not in SHOWN_BY or not by_method:
            continue
        for given in call.args:
            # What is put into a text is looked at where it comes from.
            for part in given.values if isinstance(given, ast.JoinedStr) else (given,):
                written = getattr(part, "value", None)
                if isinstance(written, str) and SENTENCE.match(_core(written)):
                    yield call.lineno, written


def test_that_every_sentence_on_the_screen_can_be_translated() -> None:
    found = [
        f"{path.relative_to(SOURCE)}:{line} {written!r}"
        for path in sorted(SOURCE.rglob("*.py"))
        for line, written in not_translated(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_that_a_sentence_as_it_is_written_is_found() -> None:
    shown = 'self.say("It is back.")\nself.say(say("It is back."))\nlabel.setText(f"Kept: {name}")'
    assert [line for line, _ in not_translated(shown)] == [1, 3]
