"""Speeds that a log measured beside the band that was worked out for the same depth and users."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Final, Literal

from moeplanner_gui.core.assessment import Range
from moeplanner_gui.core.launch.log_readings import LogReadings, LogSpeed, SpeedKind
from moeplanner_gui.core.prepare import Prepared
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say

if TYPE_CHECKING:
    from moeplanner_gui.core.ports import CatalogReader

SpeedWord = Literal["in_band", "faster", "slower", "not_known", "too_short"]
LEAST_DECODED: Final = 32
LEAST_PROMPT: Final = 256
"""Below it the start of a step is most of what is measured."""
_FIRST_DEPTH: Final = 512


@dataclass(frozen=True, slots=True)
class SpeedRow:
    """One kind of speed.

    Attributes:
        measured: The median in tokens/s of one user; None when all measurements are too short.
        count: Over so many measurements.
        users: How many were at work at the same time.
        depth_tokens: The context, or the prompt, for which ``band`` was worked out.
        band: What was worked out, None where it is not known.
        lines: The first and the last line of the measurements.
        because: What to know of it, "" for nothing.
    """

    kind: SpeedKind
    measured: float | None
    count: int
    users: int
    depth_tokens: int
    band: Range | None
    word: SpeedWord
    lines: tuple[int, int]
    because: str = ""


def speed_rows(
    readings: LogReadings, prepared: Prepared, catalog: CatalogReader
) -> tuple[SpeedRow, ...]:
    """Decode and prefill, as far as the log has measured them."""
    found = []
    for kind in ("decode", "prefill"):
        all_of_kind = [one for one in readings.speeds if one.kind == kind]
        if all_of_kind:
            found.append(_row(kind, all_of_kind, readings, prepared, catalog))
    return tuple(found)


def _row(
    kind: SpeedKind,
    speeds: list[LogSpeed],
    readings: LogReadings,
    prepared: Prepared,
    catalog: CatalogReader,
) -> SpeedRow:
    lines = (speeds[0].line, speeds[-1].line)
    chosen = _long_enough(kind, speeds)
    if not chosen:
        least = LEAST_DECODED if kind == "decode" else LEAST_PROMPT
        because = say("Too short to compare: fewer than {0} tokens, or no full interval.", least)
        return SpeedRow(kind, None, 0, 0, 0, None, "too_short", lines, because)
    users = max({one.users for one in chosen}, key=lambda n: sum(o.users == n for o in chosen))
    chosen = [one for one in chosen if one.users == users]
    depths = [one.depth_tokens for one in chosen if one.depth_tokens is not None]
    tokens = [one.tokens for one in chosen if one.tokens is not None]
    if kind == "decode":
        measured = median(one.tokens_per_s / users for one in chosen)
        depth = round(median(depths)) if depths else 0
        band, because = _decode_band(prepared, catalog, depth, users)
    else:
        measured = median(one.tokens_per_s for one in chosen)
        depth = round(median(tokens)) if tokens else _FIRST_DEPTH
        band, because = _prefill_band(prepared, catalog, depth)
    slots = readings.setting("n_seq_max")
    if slots is not None and slots.value not in ("1", "0"):
        because = say(
            "{0} How many slots were at work at the time is not in the log.", because
        ).strip()
    word: SpeedWord = "not_known"
    if band is not None:
        word = "slower" if measured < band.low else "faster" if measured > band.high else "in_band"
    return SpeedRow(kind, measured, len(chosen), users, depth, band, word, lines, because)


def _long_enough(kind: SpeedKind, speeds: list[LogSpeed]) -> list[LogSpeed]:
    least = LEAST_DECODED if kind == "decode" else LEAST_PROMPT
    if speeds[0].tokens is not None:
        return [one for one in speeds if one.tokens is not None and one.tokens >= least]
    # Means over some seconds: the first and the last of a run of them were idle in part.
    found = []
    for at in range(1, len(speeds) - 1):
        around = {speeds[at - 1].users, speeds[at].users, speeds[at + 1].users}
        if len(around) == 1:
            found.append(speeds[at])
    return found


def _decode_band(
    prepared: Prepared, catalog: CatalogReader, depth: int, users: int
) -> tuple[Range | None, str]:
    from moeplanner_gui.core.speed.assess import depth_of
    from moeplanner_gui.core.speed.decode import decode_speed
    from moeplanner_gui.core.speed.terms import Unknown

    if depth:
        decode = decode_speed(prepared, catalog, depth, users)
        return (None, decode.sentence) if isinstance(decode, Unknown) else (decode.rate, "")
    shallow = decode_speed(prepared, catalog, _FIRST_DEPTH, users)
    deep = decode_speed(prepared, catalog, max(depth_of(prepared.plan), _FIRST_DEPTH), users)
    if isinstance(shallow, Unknown) or isinstance(deep, Unknown):
        unknown = shallow if isinstance(shallow, Unknown) else deep
        return None, unknown.sentence if isinstance(unknown, Unknown) else ""
    whole = Range(deep.rate.low, deep.rate.expected, shallow.rate.high)
    return whole, say("How full the context was is not in the log: the band is for any.")


def _prefill_band(
    prepared: Prepared, catalog: CatalogReader, prompt: int
) -> tuple[Range | None, str]:
    from moeplanner_gui.core.speed.prefill import prefill_speed
    from moeplanner_gui.core.speed.terms import Unknown

    prefill = prefill_speed(prepared, catalog, prompt)
    if isinstance(prefill, Unknown):
        return None, prefill.sentence
    return prefill.rate, ""
