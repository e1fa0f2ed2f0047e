"""The English sentences that translations hang on can be found in the source as they stand."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from moeplanner_gui.core import words

PACKAGE = Path(words.__file__).parents[1]
_CODE = re.compile(r"^--?[a-z-]+$|^https?://|\.py$|^[a-z]+(_[a-z0-9]+)+$|\\|\(\?")

FOUND_IN_TEXTS = ("ui/help/guide_files.py",)
"""Chapters of the guide name labels of the window: keys that are written out at the labels."""


@cache
def _trees() -> tuple[tuple[str, ast.Module], ...]:
    """The modules that speak by :func:`moeplanner_gui.core.words.say`."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        text = path.read_text("utf-8")
        if re.search(r"core\.words import [^#]*?\bsay\b", text):
            found.append((str(path.relative_to(PACKAGE)), ast.parse(text)))
    return tuple(found)


def _is_say(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say"


def _key(call: ast.Call) -> str:
    first = call.args[0] if call.args else None
    return first.value if isinstance(first, ast.Constant) and type(first.value) is str else ""


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for name, tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _is_say(node):
                yield f"{name}:{node.lineno}", node


def test_that_every_key_is_written_out() -> None:
    made = [place for place, call in _calls() if not _key(call)]
    assert {place.partition(":")[0] for place in made} <= set(FOUND_IN_TEXTS)
    assert sum(1 for _ in _calls()) > 3000


def test_that_a_key_has_a_place_for_each_of_its_values() -> None:
    wrong = []
    for place, call in _calls():
        key, values = _key(call), call.args[1:]
        places = {int(number) for number in re.findall(r"\{(\d+)", key)}
        if (
            values
            and not any(isinstance(one, ast.Starred) for one in values)
            and places != set(range(len(values)))
        ):
            wrong.append((place, key))
    assert not wrong


def test_that_nothing_is_told_from_a_sentence() -> None:
    compared = []
    for name, tree in _trees():
        if name.startswith("ui"):
            continue  # a view may ask which of its own rows it is
        for node in ast.walk(tree):
            if isinstance(node, ast.Compare):
                sides = (node.left, *node.comparators)
                compared += [f"{name}:{node.lineno}" for side in sides if _is_say(side)]
            read = ("startswith", "endswith", "removeprefix", "removesuffix", "partition", "split")
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in read
                and (_is_say(node.func.value) or any(map(_is_say, node.args)))
            ):
                compared.append(f"{name}:{node.lineno}")
    assert not compared


def test_that_no_key_is_code() -> None:
    code = {_key(call): place for place, call in _calls() if _CODE.search(_key(call))}
    assert not code
