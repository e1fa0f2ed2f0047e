"""One word that is explained. Knows no widgets."""

from __future__ import annotations

from moeplanner_gui.core.records import dataclass


@dataclass(frozen=True, slots=True)
class Term:
    """One word of the window and what it means.

    Attributes:
        id: A stable name; links in the guide use it.
        title: How it is called, in the window's language.
        words: How it is written where it stands: whole words of a heading or a label.
        text: What it is, in two to four sentences.
        chapter: Where the guide says more: a chapter, or ``chapter#heading``.
        source: Where a figure in the text comes from; "" when it names none.
    """

    id: str
    title: str
    words: tuple[str, ...]
    text: str
    chapter: str
    source: str = ""
