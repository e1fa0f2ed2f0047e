"""From what was typed to a claim, with one sentence when it is none. Knows no widgets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydantic import ValidationError

from moeplanner_gui.core.claims.terms import Claim
from moeplanner_gui.core.words import say, typed
from moeplanner_gui.ui.reality.kinds import Chosen, Kind, check_of

if TYPE_CHECKING:
    from moeplanner_gui.core.claims.terms import Relation

_NUMBER = re.compile(r"(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?", re.ASCII)
_DAY = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?", re.ASCII)
MOST_LETTERS = 400


class DraftError(ValueError):
    """What was typed is no claim yet; the text says what to do, ``field`` where."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def typed_number(field: str, text: str, missing: str) -> float:
    """A number as people type it: 1,048,576 or 26.5, with $ or K and M behind it.

    Raises:
        DraftError: It is none.
    """
    plain = typed(text).strip().removeprefix("$").strip()
    if not plain:
        raise DraftError(field, missing)
    factor = 1.0
    if field == "context" and plain[-1:] in "kKmM":
        # A context of 128K has 131,072 tokens.
        factor = 1024.0 if plain[-1] in "kK" else 1024.0**2
        plain = plain[:-1].strip()
    if not plain or not _NUMBER.fullmatch(plain) or plain == ".":
        raise DraftError(field, say("“{0}” is no number.", text.strip()[:30]))
    value = float(plain.replace(",", "")) * factor
    if value > 1e15:
        raise DraftError(field, say("That is more than can be compared."))
    return value


def claim_from(
    kind: Kind,
    chosen: Chosen,
    *,
    claim_id: str,
    says: str,
    model_name: str,
    card_name: str,
    relation: Relation,
    value: str,
    high: str,
    unit: str,
    article: str | None,
    source: str,
    day: str,
    is_draft: bool = False,
) -> Claim:
    """The claim; a draft may lack what is only needed to keep it.

    Raises:
        DraftError: Something is missing or no value.
    """
    low, most = None, None
    if kind.units:
        low = typed_number("value", value, say("What value is claimed?"))
        if high.strip():
            most = typed_number("value", high, "")
            if most < low:
                raise DraftError("value", say("The range ends before it begins."))
    said = " ".join(says.split())[:MOST_LETTERS] or (say("Draft") if is_draft else "")
    if not said:
        raise DraftError("says", say("Say in a few words what is claimed."))
    date = day.strip()
    if is_draft:
        date = ""
    if date and not _DAY.fullmatch(date):
        raise DraftError("day", say("A date like 2026-11-23, or only the month or the year."))
    where = " ".join(source.split())[:MOST_LETTERS] or (say("Draft") if is_draft else "")
    if not where and article is None:
        raise DraftError("source", say("Say where it was read, or choose an article."))
    words = None
    if not kind.units:
        words = card_name if chosen.count == 1 else f"{chosen.count} × {card_name}"
    has_model = "model" in kind.fields
    try:
        return Claim(
            id=claim_id,
            article=article,
            date=date or None,
            topic=kind.topic,
            says=said,
            model=model_name if has_model else None,
            models=(chosen.model,) if has_model else (),
            value=low,
            value_high=most if most != low else None,
            words=words,
            unit=unit if kind.units else "",
            relation=relation if kind.units else "about",
            check=check_of(kind, chosen),
            source=where or say("Article {0}", article),
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise DraftError("says", f"{first['msg']} ({'.'.join(map(str, first['loc']))}).") from None
