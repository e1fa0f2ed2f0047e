"""The first words of a verdict's sentence, which stand alone, and what comes after them."""

from __future__ import annotations

from moeplanner_gui.core.words import before_next, say

FITS = say("Fits.")
TIGHT = say("Tight.")
DOES_NOT_FIT = say("Does not fit.")
CANNOT_RUN = say("Cannot run.")
_UNCHECKED = {
    FITS: say("Fits in memory, not checked to run."),
    TIGHT: say("Tight in memory, not checked to run."),
}
_HEADS = (*_UNCHECKED.values(), FITS, TIGHT, DOES_NOT_FIT, CANNOT_RUN)


def after(head: str, sentence: str) -> str:
    """``Cannot run. The rig is empty.``: the verdict and why, each a whole sentence."""
    return f"{before_next(head)}{sentence}"


def cannot_run(why: str) -> str:
    """The sentence of a plan that cannot run.

    Args:
        why: A whole sentence.
    """
    return after(CANNOT_RUN, why)


def divided(sentence: str) -> tuple[str, str]:
    """The verdict at the start of a sentence and the rest; no verdict where it has none."""
    for head in _HEADS:
        if sentence.startswith(head):
            return head, sentence[len(head) :].strip()
    return "", sentence


def without_verdict(sentence: str) -> str:
    """What a sentence says after its verdict."""
    return divided(sentence)[1]


def in_memory_only(sentence: str) -> str:
    """The verdict's sentence where nobody has checked whether the engine runs on the cards."""
    head, rest = divided(sentence)
    if head not in _UNCHECKED:
        return sentence
    return after(_UNCHECKED[head], rest).rstrip()
