"""Finds the words that are explained in what stands in the window. One place for all of them."""

from __future__ import annotations

import re
from functools import cache

from moeplanner_gui.ui.help.term import Term
from moeplanner_gui.ui.help.words_memory import TERMS as MEMORY_TERMS
from moeplanner_gui.ui.help.words_speed import TERMS as SPEED_TERMS

TERMS: tuple[Term, ...] = (*MEMORY_TERMS, *SPEED_TERMS)
LONGEST_LABEL = 60
"""Beyond it a text is a sentence and no heading: its words explain themselves."""
MOST = 2
"""So many words of one label are explained; more would hide what is behind the tooltip."""


def terms() -> tuple[Term, ...]:
    """Every word that is explained, by its title."""
    return tuple(sorted(TERMS, key=lambda term: term.title.casefold()))


@cache
def terms_in(text: str, most: int = MOST) -> tuple[Term, ...]:
    """The words of a heading or a label that are explained, the longest first.

    A word inside a longer one that was found ("experts" in "routed experts") does not count.
    """
    label = " ".join(text.split())
    if not label or len(label) > LONGEST_LABEL:
        return ()
    found: dict[str, Term] = {}
    taken: list[tuple[int, int]] = []
    for pattern, term in _patterns():
        for match in pattern.finditer(label):
            start, end = match.span()
            if all(end <= first or start >= last for first, last in taken):
                taken.append((start, end))
                found.setdefault(term.id, term)
    return tuple(found.values())[:most]


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], Term], ...]:
    pairs = [(word, term) for term in TERMS for word in term.words]
    pairs.sort(key=lambda pair: -len(pair[0]))
    return tuple((_pattern(word), term) for word, term in pairs)


def _pattern(word: str) -> re.Pattern[str]:
    # Chinese puts no spaces between words; elsewhere a word ends where its letters do. A name
    # such as Q4_K is no beginning of Q4_K_M.
    spaced = word[0].isascii() or (word[0].isalpha() and ord(word[0]) < 0x2E80)
    edge = r"(?<![^\W])", r"(?![^\W])"
    inner = re.escape(word)
    flags = 0 if word.isupper() else re.IGNORECASE
    return re.compile(f"{edge[0]}{inner}{edge[1]}" if spaced else inner, flags)


def short_text(term: Term) -> str:
    """The term as the lines of a tooltip, plain text."""
    return f"{term.title}: {term.text}"
