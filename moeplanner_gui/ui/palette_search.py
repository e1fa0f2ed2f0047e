"""What the command palette lists and in which order. Knows words and commands, no widgets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from moeplanner_gui.core.records import dataclass

RECENT_KEPT = 20
OTHERS_SHOWN = 8
"""Models and parts listed below the commands; whoever means another one types more of it."""
_APART = frozenset(" -–(./·›")


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
    """

    key: str
    text: str
    place: str
    tip: str
    keys: str
    run: Callable[[], object]
    icon: str = ""
    why_not: str = ""

    @property
    def heard(self) -> str:
        """All of a row in one sentence, for a screen reader."""
        said = (self.text.rstrip("…"), self.place, self.keys, self.why_not)
        return ", ".join(part for part in said if part)


def rank(words: str, entry: Entry) -> int | None:
    """How well an entry answers the words, smaller is better; None when it does not.

    Each word counts by the best place where it is found: the begin of the text, of a word in it,
    inside a word, in the menu, as letters that follow each other, in the explanation.
    """
    text, place, tip = (part.casefold() for part in (entry.text, entry.place, entry.tip))
    total = 0
    for word in words.casefold().split():
        found = _rank_word(word, text, place, tip)
        if found is None:
            return None
        total += found
    return total


def _rank_word(word: str, text: str, place: str, tip: str) -> int | None:
    if text.startswith(word):
        return 0
    at = text.find(word)
    if at >= 0:
        starts = any(
            text.startswith(word, i) and text[i - 1] in _APART for i in range(at, len(text))
        )
        return 1 if starts else 3
    if word in place:
        return 4
    if len(word) >= 2 and _follows(word, text):
        return 6
    if len(word) >= 3 and word in tip:
        return 9
    return None


def _follows(letters: str, text: str) -> bool:
    """Whether the letters stand in this order in the text, the first one at a word's begin."""
    for start in range(len(text)):
        if text[start] != letters[0] or (start and text[start - 1] not in _APART):
            continue
        rest = iter(text[start + 1 :])
        if all(letter in rest for letter in letters[1:]):
            return True
    return False


def matching(
    words: str,
    commands: Sequence[Entry],
    others: Iterable[Entry] = (),
    recent: Sequence[str] = (),
) -> list[Entry]:
    """What is listed for some words, best first.

    Without words these are all commands, those chosen last at the top. Commands that cannot be
    chosen now stand below those that can. ``others`` are listed for words only.
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
        (found, number, entry)
        for number, entry in enumerate(others)
        if (found := rank(words, entry)) is not None and found < 9
    ]
    return listed + [entry for *_, entry in sorted(more, key=lambda row: row[:2])[:OTHERS_SHOWN]]


def remembered(key: str, recent: Sequence[str]) -> list[str]:
    """What was chosen last after ``key`` was chosen: it first, each once."""
    return [key, *(other for other in recent if other != key)][:RECENT_KEPT]
