"""Which claims are listed, under which headings, in which order. Knows no widgets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Literal

from moeplanner_gui.core.claims.verdict_words import TOPICS, VERDICTS
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.reality import words

if TYPE_CHECKING:
    from moeplanner_gui.core.claims.terms import Article, Claim, Judgement, Verdict

Order = Literal["article", "topic", "off"]
ORDERS: Final[tuple[tuple[Order, str, str], ...]] = (
    ("article", say("By article"), say("Each article's claims together, in the article's order")),
    ("topic", say("By topic"), say("Claims about the same matter together, from all articles")),
    ("off", say("Furthest off"), say("All claims in one list, the one that is off the most first")),
)
"""Key, words and tip of each order."""


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A claim, what came out, and its article. ``judgement`` is None until it is judged."""

    claim: Claim
    article: Article | None
    judgement: Judgement | None
    cells: tuple[str, ...]
    """Verdict, claim, claimed, computed, off by and source, as they are shown."""
    below: str
    """The arithmetic, the line below the claim."""
    text: str
    """What a search looks at, in small letters."""

    @property
    def verdict(self) -> Verdict | None:
        """What came out."""
        return None if self.judgement is None else self.judgement.verdict


@dataclass(frozen=True, slots=True)
class Heading:
    """The name of a group, and how many of it are listed."""

    text: str
    count: str


Line = ClaimRow | Heading


def row_of(claim: Claim, article: Article | None, judgement: Judgement | None) -> ClaimRow:
    """A row; its texts are put together once, as a table asks for them with every paint."""
    cells = (
        words.verdict_cell(judgement),
        words.one_line(claim.says),
        *words.pair(claim, judgement),
        words.off_by(judgement),
        words.source_cell(claim),
    )
    below = words.arithmetic(judgement)
    parts = [
        claim.says, claim.id, claim.model or "", claim.source, claim.section or "",
        TOPICS[claim.topic], words.source_cell(claim), claim.words or "",
    ]  # fmt: skip
    if article is not None:
        parts += [article.title, article.publisher]
    if judgement is not None:
        parts += [below, words.mixed_up(judgement)]
    text = " ".join((*parts, *cells[2:4])).casefold()
    return ClaimRow(claim, article, judgement, cells, below, text)


def matches(row: ClaimRow, wanted: Sequence[str]) -> bool:
    """Whether a row has all words, which are in small letters."""
    return all(word in row.text for word in wanted)


def found_by(rows: Sequence[ClaimRow], search: str) -> list[ClaimRow]:
    """The rows that have every word of a search."""
    wanted = search.casefold().split()
    return [row for row in rows if matches(row, wanted)]


def counts(rows: Sequence[ClaimRow]) -> dict[Verdict, int]:
    """How many there are of each verdict."""
    found: dict[Verdict, int] = dict.fromkeys(VERDICTS, 0)
    for row in rows:
        if row.verdict is not None:
            found[row.verdict] += 1
    return found


def lines_of(rows: Sequence[ClaimRow], order: Order) -> list[Line]:
    """Rows with their headings; the user's own claims come first."""
    if order == "off":
        return [*sorted(rows, key=_by_distance)]
    groups: dict[str, list[ClaimRow]] = {}
    for row in rows:
        key = row.claim.topic if order == "topic" else "" if row.article is None else row.article.id
        groups.setdefault(key, []).append(row)
    keys = list(groups)
    if order == "topic":
        keys.sort(key=list(TOPICS).index)
    elif "" in groups:
        keys.sort(key=bool)
    lines: list[Line] = []
    for key in keys:
        lines.append(Heading(_heading(groups[key][0], order), _summary(groups[key])))
        lines += groups[key]
    return lines


def _heading(row: ClaimRow, order: Order) -> str:
    if order == "topic":
        return words.topic_heading(row.claim)
    return words.OWN if row.article is None else words.article_heading(row.article)


def _summary(rows: Sequence[ClaimRow]) -> str:
    """``"12 of 83 wrong"``: what cannot be true is wrong too."""
    known = counts(rows)
    wrong = known["wrong"] + known["cannot_be_true"]
    if not sum(known.values()):
        return f"{len(rows)}"
    return say("{0} of {1} wrong", wrong, len(rows))


def _by_distance(row: ClaimRow) -> tuple[int, float, str]:
    """Impossible and wrong by factor, then what holds by share, then what was not checked."""
    judgement = row.judgement
    if judgement is None:
        return 3, 0.0, row.claim.id
    if judgement.verdict in ("wrong", "cannot_be_true"):
        return 0, -(judgement.factor or 1.0), row.claim.id
    if judgement.verdict == "cannot_be_checked":
        return 2, 0.0, row.claim.id
    return 1, -judgement.within, row.claim.id


def kept(rows: Sequence[ClaimRow], verdict: Verdict | None) -> list[ClaimRow]:
    """The rows of one verdict, or all."""
    return [row for row in rows if verdict is None or row.verdict == verdict]
