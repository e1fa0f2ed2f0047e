"""``moeplanner claims``: what articles claim, judged by the estimator."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, get_args

from moeplanner_gui.commands.console import (
    ANSWER_IS_NO,
    DONE,
    CommandError,
    as_json,
    complain,
    say,
    table,
)
from moeplanner_gui.commands.parser import CommandParser
from moeplanner_gui.commands.plan_input import open_catalog
from moeplanner_gui.core.claims.amounts import amount_text, shown_pair
from moeplanner_gui.core.claims.judge import judge_all
from moeplanner_gui.core.claims.mixed_up import TITLES
from moeplanner_gui.core.claims.terms import Claim, Judgement, Topic, Verdict
from moeplanner_gui.core.claims.verdict_words import (
    TOPICS,
    VERDICTS,
    counts,
    off_by_text,
    verdict_text,
)
from moeplanner_gui.export.claims import claim_json

if TYPE_CHECKING:
    from moeplanner_gui.catalog.load import Catalog

_WIDTH = 100
_SAYS = 68
Judged = tuple[Claim, Judgement]


def run(arguments: Sequence[str]) -> int:
    """Run the command; 1 when no claim is meant."""
    options = _parser().parse_args(arguments)
    if options.add is not None:
        return _add(options.add)
    catalog = open_catalog(quiet=options.json)
    chosen = [claim for claim in catalog.claims.claims.values() if _is_meant(claim, options)]
    for problem in () if options.json else catalog.claims.problems:
        complain(f"moeplanner: left out: {problem}")
    unknown = [name for name in options.id or () if name not in catalog.claims.claims]
    if unknown:
        raise CommandError(f"no claim is called {', '.join(unknown)}.")
    judged: list[Judged] = [
        (claim, judgement)
        for claim, judgement in zip(chosen, judge_all(chosen, catalog), strict=True)
        if options.verdict is None or judgement.verdict == options.verdict
    ]
    if options.json:
        details = options.id is not None
        say(as_json([claim_json(*one, details=details) for one in judged]))
    elif options.id is not None:
        say("\n\n".join(_detail(*one) for one in judged))
    elif judged:
        say(_list_text(judged, catalog))
    else:
        complain("moeplanner: no claim is of that kind.")
    return DONE if judged else ANSWER_IS_NO


def _parser() -> CommandParser:
    parser = CommandParser(
        prog="moeplanner claims",
        description="What articles claim of models and hardware, judged by computing it.",
        epilog="Exit codes: 0 done, 1 no such claim, 2 wrong usage.",
    )
    parser.add_argument("--article", metavar="ID", help="only of this article (A to E)")
    parser.add_argument("--topic", choices=get_args(Topic), help="only on this matter")
    parser.add_argument("--id", action="append", metavar="ID", help="one claim, in detail")
    parser.add_argument("--verdict", choices=get_args(Verdict), help="only with this verdict")
    parser.add_argument("--add", metavar="FILE", help="keep claims of your own, as JSON")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _add(path: str) -> int:
    """Keep the claims of a file among the user's."""
    from pathlib import Path

    from moeplanner_gui.catalog.user_claims import UserClaimError, UserClaims, claims_from_json

    try:
        claims = claims_from_json(Path(path).read_text(encoding="utf-8"))
        UserClaims().keep(*claims)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror or 'cannot be read'}.") from None
    except UnicodeDecodeError:
        raise CommandError(f"{path}: it is not text.") from None
    except UserClaimError as error:
        raise CommandError(f"{path}: {error}") from None
    say(f"Kept: {', '.join(claim.id for claim in claims)}.")
    return DONE


def _is_meant(claim: Claim, options: argparse.Namespace) -> bool:
    return (
        (options.article is None or (claim.article or "").lower() == options.article.lower())
        and (options.topic is None or claim.topic == options.topic)
        and (options.id is None or claim.id in options.id)
    )


def _list_text(judged: list[Judged], catalog: Catalog) -> str:
    """One table an article, and how many there are of each verdict."""
    parts: list[str] = []
    for article_id in dict.fromkeys(claim.article for claim, _ in judged):
        mine = [one for one in judged if one[0].article == article_id]
        article = catalog.claims.articles.get(article_id or "")
        title = "Claims of your own" if article is None else article.title
        where = "" if article is None else f" ({article.publisher}, {article.date or 'undated'})"
        rows = [_row(claim, judgement) for claim, judgement in mine]
        header = ("VERDICT", "id", "claim", "claimed", "computed", "off by")
        parts.append(f"{title}{where}\n\n{table(header, rows, left=3)}")
    found = counts(judgement for _, judgement in judged)
    said = ", ".join(f"{VERDICTS[verdict].lower()} {count}" for verdict, count in found.items())
    parts.append(f"{len(judged)} claims: {said}.")
    return "\n\n".join(parts)


def _row(claim: Claim, judgement: Judgement) -> tuple[str, ...]:
    claimed, computed = shown_pair(judgement.claimed, judgement.computed, claim.relation)
    says = textwrap.shorten(claim.says, _SAYS, placeholder=" …")
    return verdict_text(judgement), claim.id, says, claimed, computed, off_by_text(judgement)


def _detail(claim: Claim, judgement: Judgement) -> str:
    """Everything that is known of one claim."""
    claimed = shown_pair(judgement.claimed, judgement.computed, claim.relation)[0]
    computed = "–" if judgement.computed is None else amount_text(judgement.computed)
    off = off_by_text(judgement)
    off = "" if off == "exact" else off
    lines = [
        f"{verdict_text(judgement)}: {claim.says}",
        f"Claim {claim.id}, {TOPICS[claim.topic].lower()}, {claim.source}"
        f"{f', {claim.date}' if claim.date else ''}.",
        "",
        f"Claimed {claimed}, computed {computed}{'' if off in ('', '–') else f', off by {off}'}.",
    ]
    if judgement.mixed_up is not None:
        lines.append(f"Mixed up: {TITLES[judgement.mixed_up]}.")
    lines += ["", *_wrapped(judgement.because)]
    steps: list[tuple[str, ...]] = [(step.label, step.text) for step in judgement.steps]
    if steps:
        lines += ["", table(("ARITHMETIC", ""), steps)]
    for text in (judgement.works, claim.note or ""):
        if text:
            lines += ["", *_wrapped(text)]
    return "\n".join(lines)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH)
