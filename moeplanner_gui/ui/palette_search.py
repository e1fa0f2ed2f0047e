"""What the command palette lists and in which order. Knows words and commands, no widgets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from moeplanner_gui.core.records import dataclass

RECENT_KEPT = 20
OTHERS_SHOWN = 8
"""Models and parts listed below the commands; whoever means another one types more of it."""
_APART = frozenset(" -–(./·›,")
_WORD = re.compile(r"[^ \-–(./·›,]+")


@dataclass(frozen=True)
class Entry:
    """Something that the palette can do.

    Attributes:
        key: A stable name, by which it is remembered.
        text: What it is called.
        place: Where else it is found, "File › Export", or what kind of thing it is.
        tip: One sentence of what it does.
        keys: Its shortcut as it is shown.
        run: Does it.
        icon: The name of a file in ``resources/icons``.
        why_not: Why it cannot be chosen now; "" when it can.
        also: Other words that people type for it, with commas between them.
    """

    key: str
    text: str
    place: str
    tip: str
    keys: str
    run: Callable[[], object]
    icon: str = ""
    why_not: str = ""
    also: str = ""

    @property
    def heard(self) -> str:
        """All of a row in one sentence, for a screen reader."""
        said = (self.text.rstrip("…"), self.place, self.keys, self.why_not)
        return ", ".join(part for part in said if part)


def rank(words: str, entry: Entry) -> int | None:
    """How well an entry answers the words, smaller is better; None when it does not.

    Each word counts by the best place where it is found: the begin of the text, of a word in it,
    of one of its other words, inside a word, in the menu, as letters of one word that follow each
    other, in the explanation.
    """
    text, place, tip = (part.casefold() for part in (entry.text, entry.place, entry.tip))
    also = entry.also.casefold()
    total = 0
    for word in words.casefold().split():
        found = _rank_word(word, text, place, tip, also)
        if found is None:
            return None
        total += found
    return total


def _rank_word(word: str, text: str, place: str, tip: str, also: str) -> int | None:
    if text.startswith(word):
        return 0
    if _begins_a_word(word, text):
        return 1
    if len(word) >= 2 and _begins_a_word(word, also):
        return 2
    if word in text:
        return 3
    if word in place:
        return 4
    if len(word) >= 2 and _follows(word, text):
        return 6
    if len(word) >= 3 and word in tip:
        return 9
    return None


def _begins_a_word(letters: str, text: str) -> bool:
    at = text.find(letters)
    while at >= 0:
        if not at or text[at - 1] in _APART:
            return True
        at = text.find(letters, at + 1)
    return False


def _follows(letters: str, text: str) -> bool:
    """Whether the letters stand in this order in one word of the text, whose first they begin."""
    return any(
        word.startswith(letters[0]) and all(letter in rest for letter in letters[1:])
        for word in _WORD.findall(text)
        for rest in (iter(word[1:]),)
    )


def matching(
    words: str,
    commands: Sequence[Entry],
    others: Iterable[Entry] = (),
    recent: Sequence[str] = (),
) -> list[Entry]:
    """What is listed for some words, best first.

    Without words these are all commands, those chosen last at the top. Commands that cannot be
    chosen now stand below those that can. ``others`` are listed for words only; of those that
    answer alike the one with the shorter name is first, "DeepSeek V3" before a distilled one.
    """
    late = len(recent)
    age = {key: number for number, key in enumerate(recent)}
    ranked = [
        (bool(entry.why_not), found, age.get(entry.key, late), number, entry)
        for number, entry in enumerate(commands)
        if (found := rank(words, entry)) is not None
    ]
    listed = [entry for *_, entry in sorted(ranked, key=lambda row: row[:4])]
    if len(words.strip()) < 2:
        return listed
    more = [
        (found, len(entry.text), number, entry)
        for number, entry in enumerate(others)
        if (found := rank(words, entry)) is not None and found < 9
    ]
    return listed + [entry for *_, entry in sorted(more, key=lambda row: row[:3])[:OTHERS_SHOWN]]


def remembered(key: str, recent: Sequence[str]) -> list[str]:
    """What was chosen last after ``key`` was chosen: it first, each once."""
    return [key, *(other for other in recent if other != key)][:RECENT_KEPT]
