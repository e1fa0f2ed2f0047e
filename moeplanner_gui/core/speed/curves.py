"""Speed against context, prompt and users: what the charts and the cost of many users draw."""

from __future__ import annotations

from typing import Literal

from moeplanner_gui.core.assessment import Range
from moeplanner_gui.core.context import longest_context, most_sequences
from moeplanner_gui.core.placement import Refusal
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import Prepared, prepare
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.speed.assess import depth_of, first_token, times
from moeplanner_gui.core.speed.decode import decode_speed
from moeplanner_gui.core.speed.prefill import prefill_speed
from moeplanner_gui.core.speed.terms import Unknown
from moeplanner_gui.core.users import is_shared, slots_of, with_users
from moeplanner_gui.core.words import say

FIRST_TOKENS = 512
"""Where the curves over context and prompt begin."""
_MOST_USERS = 1024
"""Beyond it a curve says nothing to a buyer, and no constant was fitted there."""


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Tokens already in the context of each user, and the rate there in tokens/s."""

    tokens: int
    rate: Range


@dataclass(frozen=True, slots=True)
class PromptPoint:
    """A prompt of ``tokens``: the mean rate in tokens/s and the wait for the first token in s."""

    tokens: int
    rate: Range
    first_token_s: Range


@dataclass(frozen=True, slots=True)
class UserPoint:
    """Tokens/s of each of ``users`` and of all together."""

    users: int
    each: Range
    everyone: Range


@dataclass(frozen=True, slots=True)
class UserCurve:
    """Rates from one user to the most.

    Attributes:
        points: Ascending, the last one at ``most``, or where more users are not known any more;
            empty when no speed is known.
        most: The largest number of users that works; 0 when not even one fits.
        limited_by: What ends it. "compute": one more user adds next to nothing, though the
            memory would hold more.
        because: Why there are no points, or none beyond the last, as a sentence.
    """

    points: tuple[UserPoint, ...]
    most: int
    limited_by: Literal["memory", "engine", "compute"]
    because: str = ""


def decode_over_context(
    plan: Plan, catalog: CatalogReader, points: int = 24
) -> tuple[CurvePoint, ...]:
    """Decode of each user from a nearly empty context to the longest one that fits.

    Empty when nothing fits or the speed is unknown. All users of the plan are at work.
    """
    prepared = prepare(plan, catalog)
    found = []
    for tokens in _steps(FIRST_TOKENS, _longest(plan, prepared, catalog), points, depth_of(plan)):
        decode = decode_speed(prepared, catalog, tokens, plan.workload.sequences)
        if isinstance(decode, Unknown):
            return ()
        found.append(CurvePoint(tokens, decode.rate))
    return tuple(found)


def prefill_over_prompt(
    plan: Plan, catalog: CatalogReader, points: int = 16
) -> tuple[PromptPoint, ...]:
    """Prefill and the wait for the first token of one user, up to the longest context."""
    prepared = prepare(plan, catalog)
    found = []
    for tokens in _steps(FIRST_TOKENS, _longest(plan, prepared, catalog), points, depth_of(plan)):
        prefill = prefill_speed(prepared, catalog, tokens)
        decode = decode_speed(prepared, catalog, tokens, 1)
        if isinstance(prefill, Unknown) or isinstance(decode, Unknown):
            return ()
        wait = first_token(tokens, prefill.rate, decode.rate)
        found.append(PromptPoint(tokens, prefill.rate, wait))
    return tuple(found)


def decode_over_users(plan: Plan, catalog: CatalogReader, points: int = 12) -> UserCurve:
    """Decode of each user and of all, from one user to the most that memory and engine hold.

    Every user has the context that each has in the plan, and it is full.
    """
    limit = most_sequences(plan, catalog)
    most = min(limit.sequences, _MOST_USERS)
    if most == 0:
        return UserCurve((), 0, "memory", say("A plan that does not fit has no speed."))
    found: list[UserPoint] = []
    own, because = plan.workload.sequences, ""
    for users in _steps(1, most, points, own):
        changed = with_users(plan, users)
        decode = decode_speed(prepare(changed, catalog), catalog, depth_of(changed), users)
        if isinstance(decode, Unknown):
            because = decode.sentence
            break
        found.append(UserPoint(users, decode.rate, times(decode.rate, users)))
    flat = not because and _is_flat(found)
    ends = limit.limited_by
    return UserCurve(tuple(found), limit.sequences, "compute" if flat else ends, because)


def too_many_users(plan: Plan, catalog: CatalogReader) -> str | None:
    """The sentence that refuses more users than fit and names the most; None when that is not it.

    Raises:
        UnknownEntryError: A row that the catalogue does not have.
    """
    users = plan.workload.sequences
    if users == 1:
        return None
    most = most_sequences(plan, catalog).sequences
    if not 0 < most < users:
        return None
    what = say("user fits") if most == 1 else say("users fit")
    return say("{0:,} users are too many: {1:,} {2} with this context.", users, most, what)


def _is_flat(points: list[UserPoint]) -> bool:
    """True when the last doubling of the users brought less than 5 % more tokens."""
    last = points[-1]
    before = next((p for p in reversed(points) if p.users * 2 <= last.users), None)
    return before is not None and last.everyone.expected < 1.05 * before.everyone.expected


def _longest(plan: Plan, prepared: Prepared, catalog: CatalogReader) -> int:
    """The longest context of one user when all users have it, in tokens.

    A plan that fits with more than its model was made for has a speed there too.
    """
    if isinstance(prepared.demand, Refusal):
        return 0
    divided = plan.workload.sequences if is_shared(plan) else slots_of(plan)
    limit = longest_context(plan, catalog)
    longest = limit.tokens // divided
    return max(longest, depth_of(plan)) if limit.verdict in ("fits", "tight") else longest


def _steps(first: int, last: int, count: int, own: int) -> list[int]:
    """About ``count`` numbers from ``first`` to ``last`` at equal ratios, ``own`` among them."""
    if last < 1:
        return []
    first = min(first, last)
    ratio = (last / first) ** (1 / max(count - 1, 1))
    found = {round(first * ratio**i) for i in range(count)} | {first, last}
    if first <= own <= last:
        found.add(own)
    return sorted(found)
