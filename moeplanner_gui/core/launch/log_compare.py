"""Predicted against actual: the lines of an engine's log beside those that were worked out.

Sums of one kind on one device are compared. A figure that is missing in the log is never taken
for a small one, and no rounding goes towards "fits".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, Literal

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.launch.log_differences import SettingDifference, differences, other_weights
from moeplanner_gui.core.launch.log_lines import Said
from moeplanner_gui.core.launch.log_readings import LogReadings, Reading
from moeplanner_gui.core.launch.log_settings import process_name, rank_of
from moeplanner_gui.core.launch.log_speed import SpeedRow, speed_rows
from moeplanner_gui.core.launch.log_verdict import LogAnswer, answer_of
from moeplanner_gui.core.launch.pieces import Places
from moeplanner_gui.core.launch.predicted import Kind, PredictedLine
from moeplanner_gui.core.launch.prints import predicted_lines
from moeplanner_gui.core.plan import Engine, Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import ENGINE_NAMES, prepare
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say

Word = Literal["as_predicted", "within", "more", "less", "not_in_log", "not_predicted"]
WITHIN: Final = 0.02
"""Figures that differ by less are called alike: published files differ from their recipes so."""
HOST: Final = "host"
_HOST_COPY: Final = "host copy"
_HOST_NAME: Final = re.compile(r"(?:CPU|\w{1,20}_Host|CPU_Mapped|CPU_AARCH64|AMX|BLAS)$")
_COPY_NAME: Final = re.compile(r"CPU_(?:REPACK|AARCH64)$")
_RPC: Final = re.compile(r"RPC(?P<number>\d*)\[")
_ORDER: Final[tuple[Said, ...]] = (
    "weights",
    "cache",
    "state",
    "compute",
    "output",
    "graphs",
    "cache_tokens",
)


@dataclass(frozen=True, slots=True)
class LogRow:
    """One kind of memory on one device, predicted and as the log says it.

    Attributes:
        says: What it is.
        device: As the log names it, or where it names none as it was predicted.
        position: Which of the assessment's devices it lies on, None for none or several.
        predicted: Bytes, or tokens for ``cache_tokens``; None where nothing was predicted.
        actual: The same of the log; None where it says nothing.
        off_by: How much the printed places leave open, in the same unit.
        kind: How the actual figure may differ: a bound, or equal.
        word: The comparison in a word.
        is_worse: The actual figure leaves less room than planned.
        lines: Where it stands in the log.
        because: What to know, "" for nothing.
    """

    says: Said
    device: str
    position: int | None
    predicted: int | None
    actual: int | None
    off_by: int
    kind: Kind
    word: Word
    is_worse: bool
    lines: tuple[int, ...] = ()
    because: str = ""

    @property
    def difference(self) -> int | None:
        """Actual less predicted."""
        if self.predicted is None or self.actual is None:
            return None
        return self.actual - self.predicted

    @property
    def share(self) -> float | None:
        """The difference as a share of the predicted figure."""
        if not self.predicted or self.difference is None:
            return None
        return self.difference / self.predicted


@dataclass(frozen=True, slots=True)
class LogComparison:
    """Everything there is to say about a log and a plan.

    Attributes:
        refusal: Why nothing was compared, "" when it was.
        settings: What the log has otherwise than the plan; it explains differences.
        answer: Whether it still fits, with the real numbers.
    """

    readings: LogReadings
    refusal: str
    rows: tuple[LogRow, ...]
    settings: tuple[SettingDifference, ...]
    answer: LogAnswer | None
    speeds: tuple[SpeedRow, ...]


def compare_log(
    readings: LogReadings,
    plan: Plan,
    assessment: Assessment,
    catalog: CatalogReader,
    places: Places | None = None,
) -> LogComparison:
    """Put what was read of a log beside what the plan predicts.

    Raises:
        UnknownEntryError: A row that the catalogue does not have.
    """
    engine = plan.deployment.engine
    refusal = _refusal(readings, engine)
    if refusal:
        return LogComparison(readings, refusal, (), (), None, ())
    prepared = prepare(plan, catalog)
    predicted = predicted_lines(prepared, assessment, places)
    if not predicted:
        why = assessment.reasons[0] if assessment.reasons else say("The plan cannot run.")
        refusal = say("Nothing is predicted for this plan, so nothing is compared. {0}", why)
        return LogComparison(readings, refusal, (), (), None, ())
    if engine == "vllm":
        predicted = (*predicted, *_working_memory(predicted, assessment))
    rows = rows_of(readings, predicted, engine)
    settings = (*other_weights(_weights(rows)), *differences(readings, prepared))
    return LogComparison(
        readings,
        "",
        rows,
        settings,
        answer_of(readings, rows, prepared, assessment, settings),
        speed_rows(readings, prepared, catalog),
    )


def _weights(rows: Sequence[LogRow]) -> list[tuple[int, int, int]]:
    """Predicted and actual weights: of the cards, of the host where there are none."""
    found = [
        (one, one.predicted, one.actual)
        for one in rows
        if one.says == "weights" and one.predicted is not None and one.actual is not None
    ]
    # What a host maps for its cards counts some of their tensors too.
    cards = [one for one in found if not one[0].device.startswith("CPU")]
    return [(planned, actual, row.lines[0]) for row, planned, actual in cards or found]


def _working_memory(
    predicted: Sequence[PredictedLine], assessment: Assessment
) -> list[PredictedLine]:
    """What vLLM calls peak activation, which is printed at the end of one long line."""
    because = say("Printed by one process, as its peak activation.")
    return [
        PredictedLine(
            "compute",
            line.device,
            "… GiB for peak activation",
            assessment.devices[line.position].compute_bytes,
            None,
            "at_most",
            line.position,
            because,
        )
        for line in predicted
        if line.key == "weights" and line.position is not None
    ]


def _refusal(readings: LogReadings, engine: Engine) -> str:
    if readings.engine is None and not readings.faults:
        return say(
            "No line of llama.cpp, vLLM, SGLang or KTransformers was found. Paste "
            "what the engine prints from its start on."
        )
    # What KTransformers prints is SGLang's: which of them it was is not always told.
    same = readings.engine == "sglang" and engine == "ktransformers"
    if readings.engine not in (None, engine) and not same:
        log, own = ENGINE_NAMES[readings.engine], ENGINE_NAMES[engine]
        return say(
            "This is a log of {0}; the plan is for {1}. Choose {2} in the plan first.",
            log,
            own,
            log,
        )
    if readings.is_empty:
        hint = (
            say("llama.cpp prints its buffers with --log-verbosity 4.")
            if engine == "llama.cpp"
            else say("Paste the log from the start of the engine on.")
        )
        return say("The log says nothing about memory or speed. {0}", hint)
    return ""


# Which line belongs to which -----------------------------------------------------------------


@dataclass(slots=True)
class _Sum:
    """All lines of one kind on one device."""

    says: Said
    device: str
    size: int = 0
    off_by: int = 0
    position: int | None = None
    kind: Kind = "at_most"
    lines: tuple[int, ...] = ()
    because: str = ""


_Key = tuple[Said, str]


def rows_of(
    readings: LogReadings, predicted: Sequence[PredictedLine], engine: Engine
) -> tuple[LogRow, ...]:
    """Each predicted sum beside the one of the log, and what only one of them has."""
    planned = _planned(predicted, engine)
    actual = _actual(readings.readings, engine)
    renamed = _same_places(planned, actual)
    found = {(says, renamed.get(place, place)): one for (says, place), one in actual.items()}
    _join_tokens(planned, found)
    _join_states(planned, found)
    keys = sorted({*planned, *found}, key=lambda key: _rank(key, planned, found))
    seen = {place for _, place in found}
    positions = {place: one.position for (_, place), one in planned.items()}
    return tuple(
        _row(planned.get(key), found.get(key), engine, key[1] in seen, positions.get(key[1]))
        for key in keys
    )


def _place(device: str, engine: Engine) -> str:
    """One name for what is the same place: all of the host's buffers, a card's mapped file."""
    if engine != "llama.cpp":
        rank = rank_of(device)
        return device if rank is None else "DP{} PP{} TP{}".format(*rank)
    if _COPY_NAME.match(device):
        return _HOST_COPY
    if _HOST_NAME.match(device):
        return HOST
    return device.removesuffix("_Mapped")


def _planned(predicted: Iterable[PredictedLine], engine: Engine) -> dict[_Key, _Sum]:
    found: dict[_Key, _Sum] = {}
    for line in predicted:
        size = line.tokens if line.value_bytes is None else line.value_bytes
        key = (line.key, _place(line.device, engine))
        one = found.setdefault(
            key, _Sum(line.key, line.device, 0, 0, line.position, line.kind, (), line.because)
        )
        one.size += size or 0
    return found


def _actual(readings: Iterable[Reading], engine: Engine) -> dict[_Key, _Sum]:
    found: dict[_Key, _Sum] = {}
    for line in readings:
        size = line.tokens if line.says == "cache_tokens" else line.size_bytes
        if size is None:
            continue
        key = (line.says, _place(line.device, engine))
        one = found.setdefault(key, _Sum(line.says, line.device))
        one.size += size
        one.off_by += line.off_by_bytes
        one.lines = (*one.lines, line.line)
    return found


def _same_places(planned: dict[_Key, _Sum], actual: dict[_Key, _Sum]) -> dict[str, str]:
    """Which place of the log is which of the plan where the names differ.

    Computers reached through RPC have addresses that the plan may not know, and another back end
    has other names. Places of the same sort and number are the same in their order.
    """
    ours, theirs = (
        list(dict.fromkeys(place for (says, place) in one if says != "cache_tokens"))
        for one in (planned, actual)
    )
    renamed: dict[str, str] = {}
    for is_remote in (True, False):
        left, right = (
            [
                place
                for place in side
                if place not in other
                and place != HOST
                and place != _HOST_COPY
                and bool(_RPC.match(place)) is is_remote
            ]
            for side, other in ((ours, theirs), (theirs, ours))
        )
        if len(left) == len(right):
            renamed.update(zip(right, left, strict=True))
    return renamed


def _join_tokens(planned: dict[_Key, _Sum], found: dict[_Key, _Sum]) -> None:
    """Tokens of the cache are those of every process; the smallest one is what counts."""
    ours = [key for key in planned if key[0] == "cache_tokens"]
    theirs = [key for key in found if key[0] == "cache_tokens"]
    if len(ours) != 1 or not theirs:
        return
    least = min((found.pop(key) for key in theirs), key=lambda one: one.size)
    found[ours[0]] = least


def _join_states(planned: dict[_Key, _Sum], found: dict[_Key, _Sum]) -> None:
    """States that were predicted as a part of the cache are compared as a part of it."""
    for place in [place for says, place in found if says == "state"]:
        cache, state = found.get(("cache", place)), found["state", place]
        whole = ("cache", place) in planned and ("state", place) not in planned
        if whole and cache is not None:
            del found["state", place]
            cache.size += state.size
            cache.off_by += state.off_by
            cache.lines = tuple(sorted((*cache.lines, *state.lines)))


def _rank(
    key: _Key, planned: dict[_Key, _Sum], found: dict[_Key, _Sum]
) -> tuple[float, int, str, int]:
    positions = [one.position for (_, place), one in planned.items() if place == key[1]]
    known = [position for position in positions if position is not None]
    if known:
        at: float = min(known)
    else:
        at = 1e9 if key[0] == "cache_tokens" else 1e8
    one = planned.get(key) or found.get(key)
    return at, int(key[1] == _HOST_COPY), key[1] if one else "", _ORDER.index(key[0])


def _row(
    planned: _Sum | None,
    actual: _Sum | None,
    engine: Engine,
    place_is_seen: bool,
    position: int | None,
) -> LogRow:
    one = actual or planned
    assert one is not None
    kind: Kind = planned.kind if planned is not None else "at_most"
    word, worse = _word(planned, actual, engine)
    because = planned.because if planned is not None else ""
    if word == "not_in_log" and place_is_seen and planned is not None:
        because = " ".join(
            filter(None, (say("The log has other lines of it, but not this one."), because))
        )
    return LogRow(
        says=one.says,
        device=_shown_device(one, planned, engine),
        position=planned.position if planned is not None else position,
        predicted=planned.size if planned is not None else None,
        actual=actual.size if actual is not None else None,
        off_by=actual.off_by if actual is not None else 0,
        kind=kind,
        word=word,
        is_worse=worse,
        lines=actual.lines if actual is not None else (),
        because=because,
    )


def _shown_device(one: _Sum, planned: _Sum | None, engine: Engine) -> str:
    name = one.device or (planned.device if planned is not None else "")
    return name if engine == "llama.cpp" else process_name(name)


def _word(planned: _Sum | None, actual: _Sum | None, engine: Engine) -> tuple[Word, bool]:
    if planned is None:
        return "not_predicted", True
    if actual is None:
        return "not_in_log", False
    difference = actual.size - planned.size
    if abs(difference) <= actual.off_by + 1:
        return "as_predicted", False
    more_is_better = planned.kind == "at_least"
    worse = difference < 0 if more_is_better else difference > 0
    if abs(difference) <= WITHIN * planned.size:
        return "within", worse
    return ("more" if difference > 0 else "less"), worse
