"""What the tab says of a claim: icons, tones, lines and cells. Knows claims and no widgets."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from moeplanner_gui.core.claims.amounts import shown_pair
from moeplanner_gui.core.claims.mixed_up import TITLES
from moeplanner_gui.core.claims.verdict_words import TOPICS, off_by_text, verdict_text
from moeplanner_gui.core.words import comma_joined, say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from moeplanner_gui.core.claims.terms import Article, Claim, Judgement

ICONS: Final = {
    "cannot_be_true": "no-entry",
    "wrong": "error",
    "holds_within": "check",
    "holds": "check",
    "cannot_be_checked": "help",
}
TONES: Final = {
    "cannot_be_true": "error",
    "wrong": "error",
    "holds_within": "ok",
    "holds": "ok",
    "cannot_be_checked": "text2",
}
"""The theme token of each verdict; the word stands beside it always."""
OWN: Final = say("Your own claims")
JUDGING: Final = say("judging …")
TSV_HEAD: Final = (
    say("Verdict"),
    say("Claim"),
    say("Arithmetic"),
    say("Claimed"),
    say("Computed"),
    say("Off by"),
    say("Mixed up"),
    say("Article"),
    say("Date"),
    say("Claim id"),
    say("Source"),
)


def one_line(text: str) -> str:
    """Text of a claim without breaks and without marks that turn the direction of other words.

    Anybody may have written it.
    """
    return " ".join(text.translate(_TURNING).split())


_TURNING: Final = dict.fromkeys((0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))


def tip(*lines: str) -> str:
    """Lines as a tooltip: Qt would take plain words with a bracket in them for HTML."""
    return "<p>" + "<br>".join(escape(line) for line in lines if line) + "</p>"


def verdict_cell(judgement: Judgement | None) -> str:
    """The verdict in words."""
    return JUDGING if judgement is None else verdict_text(judgement)


def pair(claim: Claim, judgement: Judgement | None) -> tuple[str, str]:
    """What is claimed and what is computed."""
    if judgement is None:
        from moeplanner_gui.core.claims.judge import claimed_amount

        return one_line(shown_pair(claimed_amount(claim), None)[0]), "…"
    claimed, computed = shown_pair(judgement.claimed, judgement.computed)
    return one_line(claimed), one_line(computed)


def off_by(judgement: Judgement | None) -> str:
    """By how much it is off."""
    return "" if judgement is None else off_by_text(judgement)


def arithmetic(judgement: Judgement | None) -> str:
    """The line below the claim: how the figure comes about."""
    return "" if judgement is None else one_line(judgement.because)


def source_cell(claim: Claim) -> str:
    """Where it was read, short."""
    return say("Your own") if claim.article is None else say("Article {0}", claim.article)


def place_line(claim: Claim, article: Article | None) -> str:
    """``"Article E, A technology blog, 2026-03-05 · claim E-042"``."""
    parts = [one_line(claim.source)] if article is None else [say("Article {0}", article.id)]
    if article is not None:
        parts.append(one_line(article.publisher))
        if claim.section:
            parts.append(one_line(claim.section))
    day = claim.date or (article.date if article else None)
    parts.append(day or say("undated"))
    return say("{0} · claim {1}", comma_joined(parts), claim.id)


def article_heading(article: Article) -> str:
    """``"Article E · How 1 Trillion … · A technology blog, 2026-03-05"``."""
    day = article.date or say("undated")
    return say(
        "Article {0} · {1} · {2}, {3}",
        article.id,
        one_line(article.title),
        one_line(article.publisher),
        day,
    )


def topic_heading(claim: Claim) -> str:
    """What a group by topic is called."""
    return TOPICS[claim.topic]


def mixed_up(judgement: Judgement) -> str:
    """What explains the number, short; empty where nothing does."""
    return "" if judgement.mixed_up is None else TITLES[judgement.mixed_up]


def tsv_cells(
    claim: Claim, judgement: Judgement | None, article: Article | None
) -> tuple[str, ...]:
    """A row for a spreadsheet; nothing in it begins like a formula."""
    claimed, computed = pair(claim, judgement)
    cells = (
        verdict_cell(judgement),
        claim.says,
        arithmetic(judgement),
        claimed,
        computed,
        off_by(judgement),
        "" if judgement is None else mixed_up(judgement),
        "" if article is None else f"{article.id}: {article.title}, {article.publisher}",
        claim.date or (article.date if article and article.date else ""),
        claim.id,
        claim.source,
    )
    return tuple(harmless(cell) for cell in cells)


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = one_line(cell)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def tsv(rows: Iterable[tuple[str, ...]]) -> str:
    """Rows as text for a spreadsheet."""
    return "\n".join("\t".join(row) for row in rows)
