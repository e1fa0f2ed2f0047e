"""One letter for each entry of a menu, whatever the language. Knows texts and menus."""

from __future__ import annotations

import re
from collections.abc import Sequence
from string import ascii_letters, ascii_uppercase, digits

from PySide6.QtWidgets import QMenu

_LETTERS = frozenset(ascii_letters + digits)
_BEHIND = re.compile(r"\(&[A-Za-z0-9]\)")


def with_mnemonics(texts: Sequence[str]) -> list[str]:
    """The texts with a mark (``&``) each, no letter twice.

    A mark that nobody had before stays. Otherwise a word's first letter is taken, then any other;
    where the writing has no such letters it is put behind, as is usual there: ``文件(&F)``.
    """
    taken: set[str] = set()
    marked = list(texts)
    open_ones = []
    for number, text in enumerate(texts):
        letter = mark_of(text)
        if letter and letter not in taken:
            taken.add(letter)
        else:
            open_ones.append(number)
    for number in open_ones:
        plain = _without_mark(texts[number])
        place = _free_place(plain, taken)
        if place is not None:
            taken.add(plain[place].lower())
            marked[number] = f"{plain[:place]}&{plain[place:]}"
            continue
        marked[number] = plain
        free = next((letter for letter in ascii_uppercase if letter.lower() not in taken), "")
        if free and not any(letter in _LETTERS for letter in plain):
            taken.add(free.lower())
            marked[number] = f"{plain}(&{free})"
    return marked


def without_mark(text: str) -> str:
    """The words that a person reads: ``Open`` for ``&Open``, ``打开…`` for ``打开(&O)…``."""
    text = _BEHIND.sub("", text.replace("&&", "\0"))
    return text.replace("&", "").replace("\0", "&")


def mark_of(text: str) -> str:
    """The marked letter in lower case, "" without one."""
    plain = text.replace("&&", "")
    at = plain.find("&")
    return plain[at + 1 : at + 2].lower() if at >= 0 else ""


def _without_mark(text: str) -> str:
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&&")


def _free_place(plain: str, taken: set[str]) -> int | None:
    places = [i for i, letter in enumerate(plain) if letter in _LETTERS]
    starts = [i for i in places if i == 0 or not plain[i - 1].isalnum()]
    return next((i for i in (*starts, *places) if plain[i].lower() not in taken), None)


def mark_menu(menu: QMenu) -> None:
    """Give every entry of a menu a letter of its own, just before the menu is shown."""
    entries = [action for action in menu.actions() if not action.isSeparator() and action.text()]
    texts = [action.text() for action in entries]
    for action, text in zip(entries, with_mnemonics(texts), strict=True):
        if action.text() != text:
            action.setText(text)
            # A button that shows the action shows these; Qt takes the mark out, not its letter.
            if action.iconText().endswith(f"({mark_of(text).upper()})"):
                action.setIconText(without_mark(text).removesuffix("…"))
