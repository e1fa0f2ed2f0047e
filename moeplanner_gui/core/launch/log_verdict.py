"""Whether the plan still fits with the numbers of the log. Nothing is rounded towards yes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from moeplanner_gui.core.assessment import Assessment, DeviceMemory
from moeplanner_gui.core.launch.log_differences import RELEASE, SettingDifference
from moeplanner_gui.core.launch.log_readings import LogReadings
from moeplanner_gui.core.placement import Demand
from moeplanner_gui.core.prepare import Prepared
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.units import format_count
from moeplanner_gui.core.verdict import format_left, format_short
from moeplanner_gui.core.verdict_words import DOES_NOT_FIT, FITS, after
from moeplanner_gui.core.words import listed, lower_first, say

if TYPE_CHECKING:
    from moeplanner_gui.core.launch.log_compare import LogRow

LogVerdict = Literal["fits", "tight", "does_not_fit", "not_told"]
_NEEDED = ("weights", "cache", "compute")


@dataclass(frozen=True, slots=True)
class LogAnswer:
    """Whether it fits with the real numbers.

    Attributes:
        verdict: "not_told" where the log lacks what decides.
        sentence: The answer, standing alone.
        position: Which of the assessment's devices decides, None where none does.
        free_bytes: What is left on it by the log, rounded down nowhere.
        planned_free_bytes: What the plan leaves on the same device.
        more: Further sentences.
    """

    verdict: LogVerdict
    sentence: str
    position: int | None = None
    free_bytes: int | None = None
    planned_free_bytes: int | None = None
    more: tuple[str, ...] = ()


def answer_of(
    readings: LogReadings,
    rows: Sequence[LogRow],
    prepared: Prepared,
    assessment: Assessment,
    settings: Sequence[SettingDifference],
) -> LogAnswer:
    """The verdict with the numbers of the log in the place of the predicted ones."""
    if readings.faults:
        fault = readings.faults[-1]
        return LogAnswer(
            "does_not_fit",
            say("The start failed, line {0:,} of the log: {1}", fault.line, fault.text),
        )
    if not readings.readings:
        return LogAnswer(
            "not_told", say("The log says nothing about memory: only speeds were read.")
        )
    if prepared.plan.deployment.engine == "llama.cpp":
        answer = _by_devices(readings, rows, prepared, assessment)
    else:
        answer = _by_tokens(readings, rows, prepared)
    return _of_another_start(answer, settings)


def _of_another_start(answer: LogAnswer, settings: Sequence[SettingDifference]) -> LogAnswer:
    """A start with other settings may need less than the plan: its yes is none for the plan."""
    names = [one.name for one in settings if one.name != RELEASE]
    if not names or answer.verdict == "not_told":
        return answer
    if answer.verdict == "does_not_fit":
        other = say(
            "The log has other settings than the plan: {0}. With those of the plan "
            "it may be otherwise.",
            ", ".join(names),
        )
        return replace(answer, more=(other, *answer.more))
    sentence = say(
        "Not told: the log has other settings than the plan: {0}. That start: {1}",
        ", ".join(names),
        lower_first(answer.sentence),
    )
    return replace(answer, verdict="not_told", sentence=sentence)


def _by_devices(
    readings: LogReadings,
    rows: Sequence[LogRow],
    prepared: Prepared,
    assessment: Assessment,
) -> LogAnswer:
    """Under llama.cpp, which allocates what it needs, the device with the least left decides."""
    left: dict[int, int] = {}
    seen: dict[int, int] = {}
    missing: list[str] = []
    for at, device in enumerate(assessment.devices):
        if device.kind == "disk" or not device.used_bytes or not device.usable_bytes:
            continue
        mine = [row for row in rows if row.position == at]
        if device.kind == "gpu" and not _is_whole(mine):
            missing.append(device.name)
        left[at] = _left_on(device, mine)
        if device.kind == "gpu":
            seen[at] = _seen_free(mine, readings, left[at])
            left[at] = min(left[at], seen[at])
    if not left:
        return LogAnswer("not_told", say("The plan names no memory to compare with."))
    tightest = min(left, key=lambda at: (left[at], at))
    device, free = assessment.devices[tightest], left[tightest]
    planned = device.free_bytes
    numbers = say("planned {0}", _signed(planned))
    more: tuple[str, ...] = ()
    if (
        seen.get(tightest)
        == free
        < _left_on(device, [row for row in rows if row.position == tightest])
    ):
        more = (say("The engine itself saw less free memory on it than the planner counts."),)
    if free < 0:
        sentence = say(
            "By the log {0} is {1} over what is usable on it ({2}).",
            device.name,
            format_short(-free, decimals=2),
            numbers,
        )
        if not missing:
            # A log that lacks buffers may have ended before the engine ran.
            more = (*more, say("It started: what the planner keeps in reserve is in use."))
        return LogAnswer("does_not_fit", sentence, tightest, free, planned, more)
    if missing:
        sentence = say(
            "Not told: the log lacks buffers of {0}. As far as it goes, {1} has {2} free ({3}).",
            _joined(missing),
            device.name,
            format_left(free),
            numbers,
        )
        return LogAnswer("not_told", sentence, tightest, free, planned, more)
    margin = 0
    if isinstance(prepared.demand, Demand) and tightest < len(prepared.demand.shares):
        margin = prepared.demand.shares[tightest].margin_bytes if device.kind == "gpu" else 0
    tight = free < margin
    verdict: LogVerdict = "tight" if tight else "fits"
    words = say("Tight") if tight else say("Fits")
    sentence = say(
        "{0} with the log's numbers. Tightest: {1}, {2} free ({3}).",
        words,
        device.name,
        format_left(free),
        numbers,
    )
    return LogAnswer(verdict, sentence, tightest, free, planned, more)


def _is_whole(rows: Sequence[LogRow]) -> bool:
    """Whether the log has every kind that was predicted for this card and decides."""
    return all(row.actual is not None for row in rows if row.says in _NEEDED and row.predicted)


def _left_on(device: DeviceMemory, rows: Sequence[LogRow]) -> int:
    """What is left: the plan's figures with the log's in their place."""
    return device.usable_bytes - device.used_bytes - sum(_more(device, row) for row in rows)


def _more(device: DeviceMemory, row: LogRow) -> int:
    """By how much the log is above the plan; what it lacks is as planned."""
    if row.actual is None or (device.kind == "host" and row.device.endswith("_Mapped")):
        # What is mapped may count tensors of the cards between those of the host.
        return 0
    # The printed places leave half of the last one open: the larger figure is taken.
    return row.actual + row.off_by - (row.predicted or 0)


def _seen_free(rows: Sequence[LogRow], readings: LogReadings, left: int) -> int:
    """What the engine itself saw free on a card, less what it put there."""
    names = {row.device for row in rows}
    buffers = sum(
        (row.predicted or 0) if row.actual is None else row.actual + row.off_by for row in rows
    )
    for card in readings.cards:
        if card.device in names:
            if card.free_after_bytes is not None:
                left = min(left, card.free_after_bytes)
            if card.free_at_start_bytes is not None:
                left = min(left, card.free_at_start_bytes - buffers)
    return left


def _by_tokens(
    readings: LogReadings,
    rows: Sequence[LogRow],
    prepared: Prepared,
) -> LogAnswer:
    """The cache takes what is left under vLLM and SGLang: enough for the plan's users, or not."""
    row = next((one for one in rows if one.says == "cache_tokens"), None)
    workload = prepared.plan.workload
    if row is None or row.actual is None or row.predicted is None:
        return LogAnswer(
            "not_told",
            say("Not told: the log does not say how many tokens the cache holds."),
        )
    said = readings.concurrency
    holds = row.actual >= row.predicted
    users = -(-workload.sequences // prepared.plan.deployment.data_parallel)
    if said is not None and said.context_tokens == workload.context_tokens:
        # The engine's own count of full requests, where layers need different amounts.
        holds = holds and said.times >= users
    need = say(
        "{0} are needed for {1}",
        format_count(row.predicted),
        _users(users, workload.context_tokens),
    )
    if holds:
        told = say("The cache holds {0} tokens; {1}.", format_count(row.actual), need)
        sentence = after(FITS, told)
        return LogAnswer("fits", sentence)
    sentence = after(
        DOES_NOT_FIT, say("The cache holds {0} tokens; {1}.", format_count(row.actual), need)
    )
    return LogAnswer("does_not_fit", sentence)


def _users(users: int, tokens: int) -> str:
    whose = say("1 user") if users == 1 else say("{0} users", format_count(users))
    return say("{0} at {1}", whose, format_count(tokens))


def _signed(size: int) -> str:
    if size < 0:
        return say("{0} over", format_short(-size, decimals=2))
    return say("{0} free", format_left(size))


def _joined(names: Sequence[str]) -> str:
    return listed(names)
