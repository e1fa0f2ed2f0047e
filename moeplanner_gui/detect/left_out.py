"""What was found and is no place for a model: which cards, and the sentence that says why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from moeplanner_gui.core.detected import DetectedCard, ProbeReport
from moeplanner_gui.core.words import say
from moeplanner_gui.detect.match_sentences import OWN_ENTRY
from moeplanner_gui.detect.nvml_calls import LOST, WORDS, Failure
from moeplanner_gui.detect.own_card import display_name
from moeplanner_gui.detect.proposal import CardMatch

_LOST_CODES: Final = frozenset(str(code) for code in LOST)
_LOST_WORDS: Final = frozenset(str(Failure(WORDS[code], code)) for code in LOST)


def card_words(card: DetectedCard) -> str:
    """What a card is called in a sentence."""
    return card.name or display_name(card).partition(",")[0]


def parts_of(card: DetectedCard, left_out: list[str]) -> list[DetectedCard]:
    """The card itself, or the slices that it is cut into; what is left out of it is added."""
    if not card.mig:
        return [card]
    usable = [one for one in card.mig_instances if one.memory_bytes]
    many = (
        say("{0} slices, which are cards of their own", len(usable))
        if usable
        else say("no slice to use")
    )
    how = (
        say("split by compute partitioning")
        if card.vendor == "AMD"
        else say("cut into slices (MIG)")
    )
    left_out.append(say("{0} is {1}: as a whole it is left out; {2}.", card_words(card), how, many))
    return [
        card.model_copy(
            update={
                "name": instance.name,
                "mig": None,
                "mig_instances": (),
                "memory_total_bytes": instance.memory_bytes,
                "memory_reserved_bytes": None,
                # Which slice is in use is not told, so each counts as if it were this one.
                "memory_used_bytes": None
                if card.memory_used_bytes is None
                else min(card.memory_used_bytes, instance.memory_bytes or 0),
                "memory_bus_bits": None,
                "memory_clock_mhz": None,
                "power_limit_w": None,
                "power_limit_default_w": None,
                "power_limit_max_w": None,
                "links": (),
                "processes": (),
            }
        )
        for instance in usable
    ]


def refused(card: DetectedCard, reports: Sequence[ProbeReport]) -> str | None:
    """The sentence that says why a card is no place for a model; None when it is one."""
    if is_lost(card, reports):
        return say(
            "{0} is left out: its driver has lost it, so nothing runs on it now. "
            "Restart the computer, look at the card's plugs and riser, then detect "
            "again.",
            card_words(card),
        )
    borrows = card.memory_kind == "shared"
    if borrows or (card.integrated and card.memory_kind != "unified"):
        return say(
            "{0} is left out: it is part of the processor and borrows the "
            "computer's memory, which is planned as host memory.",
            card_words(card),
        )
    return None


def is_lost(card: DetectedCard, reports: Sequence[ProbeReport]) -> bool:
    """Whether NVIDIA's driver knows that a card is gone.

    One that was gone before it could be named is only on the bus, where it looks whole.
    """
    if any(entry.because in _LOST_WORDS for entry in card.unread):
        return True
    if card.vendor != "NVIDIA" or card.probe != "bus":
        return False
    return any(
        report.probe == "nvml"
        and report.outcome in ("found", "device_lost")
        and (report.code or "").partition(",")[0] in _LOST_CODES
        for report in reports
    )


def memory_unread(card: DetectedCard, match: CardMatch) -> str:
    """A card without a row of which no row can be made."""
    because = match.because.replace(OWN_ENTRY, "").strip()
    text = say("{0} is left out: how much memory it has could not be read.", card_words(card))
    return f"{text} {because}".strip()


def same_memory(card: DetectedCard, first: DetectedCard) -> str:
    """A second GPU in the one memory of a machine."""
    return say(
        "{0} is left out: it is in the computer's memory like the {1}, and "
        "that memory is counted once.",
        card_words(card),
        card_words(first),
    )
