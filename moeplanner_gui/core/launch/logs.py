"""Read a pasted log of llama.cpp, vLLM, SGLang or KTransformers.

Nothing of it is believed beyond the patterns: any text may stand there. The work is linear in
its length. Figures of one start are never mixed with those of another.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from moeplanner_gui.core.launch import log_words as words
from moeplanner_gui.core.launch.log_lines import said
from moeplanner_gui.core.launch.log_readings import (
    MOST_NOTES,
    LogNote,
    LogReadings,
)
from moeplanner_gui.core.launch.log_starts import StartOfEngine
from moeplanner_gui.core.launch.log_text import MOST_CHARACTERS, pieces, plain, plain_lines, shown
from moeplanner_gui.core.plan import Engine

LONGEST_LINE: Final = 4000
_LONGEST_LLAMA: Final = 600
"""llama.cpp's lines are short; the long ones are settings of the other engines."""
_MOST_JOINS: Final = 2_000
_SHORTEST: Final = 10
_STEP: Final = 4096
_KT: Final = re.compile(r"kt_weight_path['\"]?\s?[=:]\s?['\"]")
_DIGITS: Final = re.compile(r"\s*\d{1,9}\s*$")

Stopped = Callable[[], bool]
Progress = Callable[[int, int], None]


def engine_of(text: str, expected: Engine | None = None) -> Engine | None:
    """Whose log it is: the engine most of whose words are there; None when none is.

    Args:
        text: The log.
        expected: The engine of the plan. sglang-kt prints what SGLang prints.
    """
    found: dict[Engine, set[str]] = {engine: set() for engine in words.SIGNS}
    for piece in pieces(text):
        for engine, signs in words.SIGNS.items():
            found[engine] |= {sign for sign in signs if sign in piece}
        if _KT.search(piece):
            found["ktransformers"].add("")
    is_kt = bool(found.pop("ktransformers"))
    best = max(found, key=lambda engine: len(found[engine]))
    if not found[best]:
        return None
    if best == "sglang" and (expected == "ktransformers" or is_kt):
        return "ktransformers"
    return best


def read_log(
    text: str,
    *,
    expected: Engine | None = None,
    stopped: Stopped = lambda: False,
    progress: Progress = lambda done, of: None,
) -> LogReadings:
    """What a log says of memory, settings and speed.

    Args:
        text: The log, or a part of it, with whatever a terminal or a container put into it.
        expected: The engine of the plan that it is compared with.
        stopped: Asked now and then; True ends the reading with what was read so far.
        progress: Told how many lines of how many were looked at.

    Raises:
        Nothing: a text that is no log gives readings that are empty.
    """
    is_whole = len(text) <= MOST_CHARACTERS
    text = text[:MOST_CHARACTERS]
    engine = engine_of(text, expected)
    lines = plain_lines(text)
    if lines and not lines[-1]:
        lines.pop()
    if engine is None:
        return LogReadings(
            faults=_faults_only(text, lines), line_count=len(lines), is_whole=is_whole
        )
    reader = _Reader(engine, lines)
    for number in range(len(lines)):
        if number % _STEP == 0:
            if stopped():
                is_whole = False
                break
            progress(number, len(lines))
        reader.look(number)
    return reader.result(is_whole)


def _faults_only(text: str, lines: Sequence[str]) -> tuple[LogNote, ...]:
    if not any(fault in text for fault in words.FAULTS):
        return ()
    found = [
        LogNote(number + 1, shown(line))
        for number, line in enumerate(lines)
        if any(fault in line for fault in words.FAULTS)
    ]
    return tuple(found[:MOST_NOTES])


class _Reader:
    """One pass over the lines; knows where it is, and which start of the engine it is in."""

    def __init__(self, engine: Engine, lines: Sequence[str]) -> None:
        self._engine: Engine = engine
        self._lines = lines
        own = words.WORDS["sglang" if engine == "ktransformers" else engine]
        self._words = own + words.FAULTS
        self._start = StartOfEngine(engine)
        self._left: list[LogNote] = []
        self._left_count = 0
        self._version = ""
        self._version_line = 0
        self._skip_until = 0
        self._joins = 0
        self._longest = _LONGEST_LLAMA if engine == "llama.cpp" else words.NAMED_LONGEST

    def look(self, number: int) -> None:
        """Look at one line, and at the next one where this one may go on there."""
        raw = self._lines[number]
        if number < self._skip_until or len(raw) < _SHORTEST:
            return
        if not any(word in raw for word in self._words):
            return
        line = plain(raw[: self._longest])
        self._start.before(line)
        if self._take(line, number) or not words.LOOKS_LIKE.search(line[:LONGEST_LINE]):
            return
        if words.NOT_COUNTED.search(line[:LONGEST_LINE]):
            return
        if self._take_joined(line, number):
            return
        self._left_count += 1
        if len(self._left) < MOST_NOTES:
            self._left.append(LogNote(number + 1, shown(line)))

    def _take(self, line: str, number: int) -> bool:
        """Take what one line says of memory, settings and speed; False for nothing of memory."""
        version = self._version_of(line)
        if version:
            self._version, self._version_line = version, number + 1
        for known, match in said(self._engine, line):
            joined = self._number_goes_on(known.says, match, number)
            self._start.add(known, match, line, number + 1, joined)
            self._start.take_other(line, number + 1)
            return True
        return self._start.take_other(line, number + 1)

    def _number_goes_on(self, says: str, match: re.Match[str], number: int) -> str:
        """The digits on the next line that belong to a setting which a terminal cut in two."""
        at_end = says == "setting" and match.end() == len(match.string.rstrip())
        if not at_end or number + 1 >= len(self._lines):
            return ""
        following = plain(self._lines[number + 1][:LONGEST_LINE])
        if not _DIGITS.match(following):
            return ""
        self._skip_until = number + 2
        return following.strip()

    def _take_joined(self, line: str, number: int) -> bool:
        """A line that a terminal cut in two: read with the next one, unless that is a whole one."""
        self._joins += 1
        if number + 1 >= len(self._lines) or len(line) > 400 or self._joins > _MOST_JOINS:
            return False
        following = plain(self._lines[number + 1][:LONGEST_LINE])
        if next(said(self._engine, following), None) is not None:
            return False
        for joined in (line + following.lstrip(), f"{line} {following.lstrip()}"):
            for known, match in said(self._engine, joined):
                if match.end() > len(line):
                    self._start.add(known, match, joined, number + 1, "")
                    self._skip_until = number + 2
                    return True
        return False

    def _version_of(self, line: str) -> str:
        for pattern in words.VERSIONS[self._engine]:
            match = pattern.search(line[:LONGEST_LINE])
            if match is not None:
                number = match["version"]
                # Builds of one's own count from 0 or 1.
                return (
                    f"b{number}"
                    if self._engine == "llama.cpp" and int(number) > 1
                    else ("" if self._engine == "llama.cpp" else number)
                )
        return ""

    def result(self, is_whole: bool) -> LogReadings:
        """Everything, of the last start."""
        found = self._start.readings()
        return LogReadings(
            engine=self._engine,
            version=self._version,
            version_line=self._version_line,
            starts=self._start.number,
            readings=found,
            settings=self._start.settings,
            speeds=tuple(self._start.speeds),
            cards=self._start.cards(),
            concurrency=self._start.concurrency,
            layers_on_cards=self._start.layers,
            expert_layers_on_host=len(self._start.expert_layers) or None,
            graph_splits=self._start.splits,
            faults=tuple(self._start.faults),
            left=tuple(self._left),
            left_count=self._left_count,
            line_count=len(self._lines),
            is_whole=is_whole,
        )
