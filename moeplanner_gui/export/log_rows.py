"""The words and cells of a log beside its plan: one wording for the window and the terminal."""

from __future__ import annotations

from typing import Any, Final, Literal

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.launch.log_compare import LogComparison, LogRow, Word
from moeplanner_gui.core.launch.log_lines import Said
from moeplanner_gui.core.launch.log_readings import LogReadings
from moeplanner_gui.core.launch.log_speed import SpeedRow, SpeedWord
from moeplanner_gui.core.prepare import ENGINE_NAMES
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.units import MIB, format_count
from moeplanner_gui.core.words import say
from moeplanner_gui.export.speed_words import band, figure

Tone = Literal["ok", "warn", "error", "quiet"]
HEAD: Final = (
    say("Device"),
    say("Memory"),
    say("Predicted MiB"),
    say("Actual MiB"),
    say("Difference MiB"),
    "%",
    say("Comparison"),
)
KINDS: Final[dict[Said, str]] = {
    "weights": "weights",
    "cache": say("KV cache"),
    "state": say("recurrent state"),
    "compute": say("compute buffers"),
    "output": say("output buffer"),
    "graphs": say("CUDA graphs"),
    "cache_tokens": say("KV cache, tokens"),
    "concurrency": say("requests at once"),
    "free": say("free memory"),
    "layers": "layers",
    "setting": "setting",
    "table": "table",
}
WORDS: Final[dict[Word, str]] = {
    "as_predicted": say("as predicted"),
    "within": say("within 2 %"),
    "more": say("more than planned"),
    "less": say("less than planned"),
    "not_in_log": say("not in the log"),
    "not_predicted": say("not predicted"),
}
SPEED_WORDS: Final[dict[SpeedWord, str]] = {
    "in_band": say("inside the band"),
    "faster": say("faster than the band"),
    "slower": say("slower than the band"),
    "not_known": say("no band is known"),
    "too_short": say("too short to compare"),
}
SPEED_KINDS: Final = {"decode": say("Decode"), "prefill": say("Prefill")}
_UNKNOWN: Final = "–"


@dataclass(frozen=True, slots=True)
class LogCells:
    """One row as it is shown.

    Attributes:
        texts: One for each of :data:`HEAD`.
        tone: How the word is meant; an icon goes with it.
        note: What to know, with the lines of the log.
    """

    texts: tuple[str, ...]
    tone: Tone
    note: str = ""


def tone_of(row: LogRow) -> Tone:
    """What the difference means for the plan."""
    if row.word in ("as_predicted", "within"):
        return "ok"
    if row.word in ("not_in_log", "not_predicted"):
        return "quiet" if row.word == "not_in_log" else "warn"
    return "error" if row.is_worse else "ok"


def device_words(row: LogRow, assessment: Assessment) -> str:
    """``GPU 1 (CUDA0)``: the planner's name and the engine's."""
    if row.position is None or row.position >= len(assessment.devices):
        return (
            say("all processes") if row.says == "cache_tokens" else (row.device or say("the card"))
        )
    name = assessment.devices[row.position].name
    return f"{name} ({row.device})" if row.device else name


def log_cells(comparison: LogComparison, assessment: Assessment) -> tuple[LogCells, ...]:
    """The table, one row a device and kind."""
    found = []
    for row in comparison.rows:
        tokens = row.says == "cache_tokens"
        texts = (
            device_words(row, assessment),
            KINDS[row.says],
            _amount(row.predicted, tokens),
            _amount(row.actual, tokens),
            _signed(row.difference, tokens),
            _percent(row.share),
            WORDS[row.word],
        )
        found.append(LogCells(texts, tone_of(row), _note(row)))
    return tuple(found)


def speed_cells(comparison: LogComparison) -> tuple[LogCells, ...]:
    """A sentence for each speed: its tone, and the sentence as the only text."""
    return tuple(LogCells((speed_words(row),), _speed_tone(row)) for row in comparison.speeds)


def speed_words(row: SpeedRow) -> str:
    """``Decode: measured 31.5 tok/s (median of 3), planned 24–39 at 1,327 tokens: …``"""
    what = SPEED_KINDS[row.kind]
    if row.measured is None:
        return f"{what}: {row.because}"
    many = say("median of {0}", row.count) if row.count > 1 else say("one measurement")
    users = say(" each of {0} users", row.users) if row.users > 1 else ""
    measured = say("{0}: measured {1} tok/s{2} ({3})", what, _rate(row.measured), users, many)
    if row.band is None:
        return f"{measured}; {SPEED_WORDS[row.word]}. {row.because}".strip()
    depth = say(" at {0} tokens", format_count(row.depth_tokens)) if row.depth_tokens else ""
    planned = say("planned {0} ({1}){2}", figure(row.band.expected), band(row.band), depth)
    return f"{measured}, {planned}: {SPEED_WORDS[row.word]}. {row.because}".strip()


def read_words(readings: LogReadings) -> str:
    """What was recognised: engine, release, lines, starts."""
    if readings.engine is None:
        return say("{0} lines, no engine recognised.", format_count(readings.line_count))
    name = ENGINE_NAMES[readings.engine]
    release = readings.version or say("release not told in the log")
    parts = [say("{0}, {1}, {2} lines", name, release, format_count(readings.line_count))]
    if readings.starts > 1:
        parts.append(say("{0} starts, the last one is compared", readings.starts))
    if not readings.is_whole:
        parts.append(say("not read to the end"))
    if readings.left_count:
        many = (
            say("1 line") if readings.left_count == 1 else say("{0:,} lines", readings.left_count)
        )
        parts.append(say("{0} not understood", many))
    return f"{'; '.join(parts)}."


def notes_of(comparison: LogComparison) -> tuple[str, ...]:
    """Sentences beside the table: other settings, what to know of the answer, lines left out."""
    found = [f"{_at(one.line)}{one.sentence}" for one in comparison.settings]
    if comparison.answer is not None:
        found += comparison.answer.more
    found += [
        say("Not understood, line {0:,}: {1}", one.line, one.text)
        for one in comparison.readings.left[:5]
    ]
    return tuple(found)


def as_tsv(comparison: LogComparison, assessment: Assessment) -> str:
    """The table as tab-separated text with its heading; speeds follow as sentences."""
    rows: list[tuple[str, ...]] = [HEAD]
    rows += [cells.texts for cells in log_cells(comparison, assessment)]
    rows += [cells.texts for cells in speed_cells(comparison)]
    return "".join("\t".join(map(_one_cell, row)) + "\n" for row in rows)


def log_json(comparison: LogComparison, assessment: Assessment) -> dict[str, Any]:
    """Everything as plain values, bytes as whole numbers."""
    readings, answer = comparison.readings, comparison.answer
    return {
        "engine": readings.engine,
        "version": readings.version or None,
        "lines": readings.line_count,
        "starts": readings.starts,
        "whole": readings.is_whole,
        "refusal": comparison.refusal or None,
        "verdict": None if answer is None else answer.verdict,
        "sentence": None if answer is None else answer.sentence,
        "notes": list(notes_of(comparison)),
        "rows": [_row_json(row, assessment) for row in comparison.rows],
        "settings": [
            {"name": one.name, "log": one.log, "plan": one.plan, "line": one.line or None}
            for one in comparison.settings
        ],
        "speeds": [
            {
                "kind": row.kind,
                "measured_tokens_per_s": row.measured,
                "measurements": row.count,
                "users": row.users,
                "depth_tokens": row.depth_tokens,
                "band": None
                if row.band is None
                else {
                    "low": row.band.low,
                    "expected": row.band.expected,
                    "high": row.band.high,
                },
                "word": row.word,
                "because": row.because,
            }
            for row in comparison.speeds
        ],
        **readings_json(readings),
    }


def readings_json(readings: LogReadings) -> dict[str, Any]:
    """What was read, without a plan to compare with."""
    return {
        "engine": readings.engine,
        "version": readings.version or None,
        "readings": [
            {
                "what": one.says,
                "device": one.device,
                "line": one.line,
                "bytes": one.size_bytes,
                "tokens": one.tokens,
                "text": one.text,
            }
            for one in readings.readings
        ],
        "said": {one.name: one.value for one in readings.settings},
        "faults": [{"line": one.line, "text": one.text} for one in readings.faults],
        "not_understood": [{"line": one.line, "text": one.text} for one in readings.left],
    }


def _row_json(row: LogRow, assessment: Assessment) -> dict[str, Any]:
    tokens = row.says == "cache_tokens"
    unit = "tokens" if tokens else "bytes"
    return {
        "what": row.says,
        "device": row.device,
        "name": device_words(row, assessment),
        f"predicted_{unit}": row.predicted,
        f"actual_{unit}": row.actual,
        f"difference_{unit}": row.difference,
        "share": None if row.share is None else round(row.share, 6),
        "word": row.word,
        "worse": row.is_worse,
        "lines": list(row.lines),
        "because": row.because,
    }


def _note(row: LogRow) -> str:
    lines = ""
    if row.lines:
        shown = ", ".join(say("{0:,}", line) for line in row.lines[:8])
        more = say(" and {0} more", len(row.lines) - 8) if len(row.lines) > 8 else ""
        lines = say(
            "{0} {1}{2} of the log.",
            say("Line") if len(row.lines) == 1 else say("Lines"),
            shown,
            more,
        )
    bound = {
        "equal": say("Predicted to be this."),
        "at_most": say("Predicted as a bound from above."),
        "at_least": say("Predicted as a bound from below."),
    }[row.kind]
    return " ".join(filter(None, (lines, bound if row.predicted is not None else "", row.because)))


def _amount(value: int | None, tokens: bool) -> str:
    if value is None:
        return _UNKNOWN
    return say("{0} tokens", format_count(value)) if tokens else say("{0:,.2f}", value / MIB)


def _signed(value: int | None, tokens: bool) -> str:
    if value is None:
        return _UNKNOWN
    if tokens:
        return say("{0:+,}", value).replace("-", "−") if value else "0"
    text = say("{0:+,.2f}", value / MIB).replace("-", "−")
    return "0.00" if text[1:] == "0.00" else text


def _percent(share: float | None) -> str:
    if share is None:
        return _UNKNOWN
    text = say("{0:+,.2f}", 100 * share).replace("-", "−")
    return "0.00" if text[1:] == "0.00" else text


def _rate(value: float) -> str:
    return figure(value)


def _speed_tone(row: SpeedRow) -> Tone:
    if row.word == "slower":
        return "error"
    return "ok" if row.word in ("in_band", "faster") else "quiet"


def _at(line: int) -> str:
    return say("Line {0:,}: ", line) if line else ""


def _one_cell(text: str) -> str:
    # A spreadsheet reads no typographic minus.
    return " ".join(text.split()).replace("−", "-")
