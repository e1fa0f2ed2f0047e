"""Names of unknown origin made harmless for paper: one line, no hidden signs, not endless."""

from __future__ import annotations

import re

from moeplanner_gui.core.words import say

LONGEST = 1200
"""Characters of one text; the longest source of the catalogue has about half of that."""
_TURNING = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
"""What turns the direction of text around, or is there without being seen."""
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def paper_text(text: str, longest: int = LONGEST) -> str:
    """``text`` as it can be printed: a name cannot break lines, turn words around or fill pages.

    Markup stays what it is, text: nothing on paper reads it.
    """
    plain = _CONTROL.sub(" ", _TURNING.sub("", text))
    # Halves of a character that no file can hold.
    plain = plain.encode("utf-8", "replace").decode("utf-8")
    if len(plain) <= longest:
        return plain
    note = say("… ({0:,} characters)", len(plain))
    return plain[: max(longest - len(note), 20)] + note
