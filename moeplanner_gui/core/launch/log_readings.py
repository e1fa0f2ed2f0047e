"""What was read of an engine's log: plain values with the lines that they stand in."""

from __future__ import annotations

from typing import Final, Literal

from moeplanner_gui.core.launch.log_lines import Said
from moeplanner_gui.core.plan import Engine
from moeplanner_gui.core.records import dataclass

SpeedKind = Literal["decode", "prefill"]


@dataclass(frozen=True, slots=True)
class Reading:
    """One figure about memory.

    Attributes:
        says: What it is of, as in the table of the lines that are read.
        device: As the engine names it, ``CUDA0``; for vLLM and SGLang the process, ``TP1`` or
            ``DP1 PP0 TP3``, "" where the line names none.
        line: Where it stands, counted from 1.
        text: The line as it can be shown.
        size_bytes: Bytes, None for a line of tokens.
        tokens: Tokens of the cache, None where the line has none.
        off_by_bytes: Half of the last printed place: it is known no better.
    """

    says: Said
    device: str
    line: int
    text: str
    size_bytes: int | None = None
    tokens: int | None = None
    off_by_bytes: int = 0


@dataclass(frozen=True, slots=True)
class LogSetting:
    """A setting as the engine says it has it, by the engine's own name."""

    name: str
    value: str
    line: int


@dataclass(frozen=True, slots=True)
class LogSpeed:
    """A speed that was measured.

    Attributes:
        tokens_per_s: Of all ``users`` together.
        tokens: How many it was measured over, None where it is a mean over seconds.
        depth_tokens: At least so many tokens were in the context of each, None when not known.
    """

    kind: SpeedKind
    tokens_per_s: float
    users: int
    line: int
    tokens: int | None = None
    depth_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class LogCard:
    """What the engine saw of a card.

    Attributes:
        free_at_start_bytes: Before the model was loaded, with the engine's process there.
        free_after_bytes: When everything was allocated.
    """

    device: str
    line: int
    name: str = ""
    total_bytes: int | None = None
    free_at_start_bytes: int | None = None
    free_after_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class LogNote:
    """A line that matters though nothing was counted of it: a fault, or one not understood."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Concurrency:
    """So many requests of ``context_tokens`` the cache holds, as vLLM rounds it."""

    context_tokens: int
    times: float
    line: int


MOST_NOTES: Final = 50


@dataclass(frozen=True, slots=True)
class LogReadings:
    """All that was read of one log, of the last start in it.

    Attributes:
        engine: None when no known engine's words were found.
        version: As printed, "" when no line says it.
        starts: How many starts the log has; only the last one was read.
        layers_on_cards: llama.cpp's "offloaded 30/49 layers".
        expert_layers_on_host: Layers whose experts were moved to host memory, None when not told.
        graph_splits: Parts that a step is cut into by its devices; None when not told.
        faults: Lines of a start that failed.
        left: Lines that look like memory but were not understood.
        left_count: How many of these there are; ``left`` has the first ones.
        line_count: Lines of the text.
        is_whole: False when reading was stopped, or the text was longer than is read.
    """

    engine: Engine | None = None
    version: str = ""
    version_line: int = 0
    starts: int = 0
    readings: tuple[Reading, ...] = ()
    settings: tuple[LogSetting, ...] = ()
    speeds: tuple[LogSpeed, ...] = ()
    cards: tuple[LogCard, ...] = ()
    concurrency: Concurrency | None = None
    layers_on_cards: tuple[int, int] | None = None
    expert_layers_on_host: int | None = None
    graph_splits: int | None = None
    faults: tuple[LogNote, ...] = ()
    left: tuple[LogNote, ...] = ()
    left_count: int = 0
    line_count: int = 0
    is_whole: bool = True

    def setting(self, *names: str) -> LogSetting | None:
        """The last setting of any of these names."""
        return next((one for one in reversed(self.settings) if one.name in names), None)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was read that could be compared."""
        return not (self.readings or self.speeds or self.faults)
