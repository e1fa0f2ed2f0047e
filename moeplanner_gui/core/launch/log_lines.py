"""The lines in which engines say at start how much memory they took.

Texts and units are those of the engines' sources: llama.cpp b11549, vLLM 0.33.0, SGLang 0.5.23 and
sglang-kt 0.7.2, and older releases whose logs people still paste. Patterns are searched for
anywhere in a line, so that time stamps, levels, process names and colours before it do not matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from moeplanner_gui.core.plan import Engine
from moeplanner_gui.core.words import say

Said = Literal[
    "weights",
    "cache",
    "state",
    "compute",
    "output",
    "graphs",
    "cache_tokens",
    "concurrency",
    "free",
    "layers",
    "setting",
    "table",
]

# Some systems write 636,18 for 636.18. Ten digits and more of a decimal are no line of an engine.
_BUFFER = r"(?P<size>\d{1,9}(?:[.,]\d{1,6})?)"
# vLLM prints what is left for the cache below zero where nothing is; a buffer has a size.
_SIZE = r"(?P<size>-?\d{1,9}(?:[.,]\d{1,6})?)"
# Only where a word begins: a long one without blanks would else be looked at from each letter.
_DEVICE = r"(?<![^\s:=|])(?P<device>[A-Za-z][^\s:=|]{0,80}|RPC\d*\[[^\]\s]{1,80}\])"
# The function's name comes before: of a line that lost its beginning, no half name is taken.
_AFTER = r":\s{1,40}"
_NUMBER = r"\d{1,9}(?:\.\d{1,6})?"
GIB: Final = 2**30
MIB: Final = 2**20


@dataclass(frozen=True, slots=True)
class LogLine:
    """One kind of line.

    ``unit`` is how many bytes one of the number in group ``size`` is; 0 where the line has none.
    Group ``device`` is there where the engine names one. llama.cpp prints a line for each buffer,
    and a model can have several on a card: they are added up. The other engines print a line for
    each process, or only for the first one of each computer.
    """

    says: Said
    pattern: re.Pattern[str]
    unit: int = 0


def _line(says: Said, pattern: str, unit: int = 0) -> LogLine:
    return LogLine(says, re.compile(pattern), unit)


LLAMA_CPP: Final = (
    # Until 2024 the function was llm_load_tensors and the word "model" was missing.
    _line(
        "weights",
        say("load_tensors:\\s+{0} (?:model )?buffer size = +{1} MiB", _DEVICE, _BUFFER),
        MIB,
    ),
    # The "size = … MiB (… cells" line that follows is the sum of these: it is not counted again.
    _line("cache", say("{0}{1} KV buffer size = +{2} MiB", _AFTER, _DEVICE, _BUFFER), MIB),
    _line("state", say("{0}{1} RS buffer size = +{2} MiB", _AFTER, _DEVICE, _BUFFER), MIB),
    _line(
        "state",
        say("{0}{1} DSV4 \\w{{1,20}} state buffer size = +{2} MiB", _AFTER, _DEVICE, _BUFFER),
        MIB,
    ),
    _line("output", say("{0}{1} +output buffer size = +{2} MiB", _AFTER, _DEVICE, _BUFFER), MIB),
    _line("compute", say("{0}{1} compute buffer size = +{2} MiB", _AFTER, _DEVICE, _BUFFER), MIB),
    _line("layers", say("offloaded (?P<on_cards>\\d{1,5})/(?P<of>\\d{1,5}) layers to GPU")),
    _line(
        "setting",
        say(
            "llama_(?:context|new_context_with_model): "
            "(?P<name>n_[a-z_]{1,30}|kv_unified|flash_attn) *= (?P<value>\\w{1,30})"
        ),
    ),
    # MiB, rounded down. Self is model + context + compute; the first row has the names.
    _line(
        "table",
        say(
            "\\|\\s+- (?P<device>[^\\s|]{1,80})(?: \\((?P<card>[^|]{0,120})\\))? *\\| "
            "*(?:(?P<total>\\d+) = +(?P<free>\\d+) \\+ \\()? *(?P<own>\\d+) = "
            "+(?P<model>\\d+) \\+ +(?P<context>\\d+) \\+ +(?P<work>\\d+)"
        ),
    ),
)

VLLM: Final = (
    _line(
        "weights", say("(?:Model loading|Loading model weights) took {0} (?:GiB|GB)", _SIZE), GIB
    ),
    _line("weights", say("model weights take {0}GiB", _SIZE), GIB),
    _line("cache", say("Available KV cache memory: {0} GiB", _SIZE), GIB),
    _line("cache", say("reserved {0} GiB memory for KV Cache", _SIZE), GIB),
    # From 2026 on one line says both; before, two.
    _line(
        "cache_tokens",
        say(
            "KV cache size: (?P<tokens>[\\d,]{1,20}) tokens(?:, Maximum concurrency "
            "for (?P<context>[\\d,]{1,20}) tokens per request: "
            "(?P<times>\\d{1,9}\\.\\d\\d)x)?"
        ),
    ),
    _line(
        "concurrency",
        say(
            "Maximum concurrency for (?P<context>[\\d,]{1,20}) tokens per request: "
            "(?P<times>\\d{1,9}\\.\\d\\d)x"
        ),
    ),
    _line("cache_tokens", r"# (?:cuda|GPU|rocm) blocks: (?P<blocks>\d{1,12})"),
    _line("graphs", say("Graph capturing finished in \\d+ secs, took {0} GiB", _SIZE), GIB),
    # Says what all of it was: the sum of consumed, activation and graphs is beside the cache.
    _line(
        "free",
        say(
            "Free memory on device \\((?P<free>{0})/(?P<total>{1}) GiB\\) on "
            "startup\\..{{0,200}}Actual usage is (?P<consumed>{2}) GiB for consumed "
            "memory .{{0,60}}, (?P<activation>{3}) GiB for peak activation, and "
            "(?P<graphs>{4}) GiB",
            _NUMBER,
            _NUMBER,
            _NUMBER,
            _NUMBER,
            _NUMBER,
        ),
    ),
)

SGLANG: Final = (
    _line("weights", say("Load weight end\\..{{0,300}}mem usage={0} GB", _SIZE), GIB),
    _line(
        "cache",
        say(
            "KV Cache is allocated\\..{{0,60}}#tokens: (?P<tokens>\\d{{1,12}}), K "
            "size: {0} GB, V size: (?P<values>{1}) GB",
            _SIZE,
            _NUMBER,
        ),
        GIB,
    ),
    _line(
        "cache",
        say(
            "KV Cache is allocated\\..{{0,60}}#tokens: (?P<tokens>\\d{{1,12}}), KV size: {0} GB",
            _SIZE,
        ),
        GIB,
    ),
    _line(
        "state",
        say(
            "Mamba Cache is allocated\\..{{0,60}}conv_state size: {0}GB, ssm_state "
            "size: (?P<values>{1})GB",
            _SIZE,
            _NUMBER,
        ),
        GIB,
    ),
    _line(
        "graphs",
        say("Capture .{{0,40}}(?:CUDA|cuda) graph end\\..{{0,400}}mem usage={0} GB", _SIZE),
        GIB,
    ),
    _line("free", say("Memory pool end\\. avail mem={0} GB", _SIZE), GIB),
    _line("cache_tokens", say("max_total_num_tokens=(?P<tokens>\\d{1,12}), chunked_prefill_size=")),
)

LINES: Final[MappingProxyType[Engine, tuple[LogLine, ...]]] = MappingProxyType(
    {"llama.cpp": LLAMA_CPP, "vllm": VLLM, "sglang": SGLANG, "ktransformers": SGLANG}
)
PROCESS: Final = re.compile(
    r"\((?P<worker>\w{1,60}) pid=(?P<pid>\d{1,10})\)|\d\d:\d\d(?P<ranks>( [A-Z_]+\d+)+)\]"
)
"""Which of several processes a line of vLLM or SGLang is of: Worker_TP1, or TP1."""


def said(engine: Engine, line: str) -> Iterator[tuple[LogLine, re.Match[str]]]:
    """What one line of a log says about memory; nothing for most lines.

    Args:
        engine: Whose log it is.
        line: One line, at most 4,000 characters are looked at.
    """
    for known in LINES[engine]:
        match = known.pattern.search(line[:4000])
        if match is not None:
            yield known, match
            return


def size_bytes(known: LogLine, match: re.Match[str]) -> int:
    """How many bytes a line names, rounded to whole ones; keys and values together.

    The engines print two decimals, so it is exact only to 0.005 of the unit.
    """
    values = match.groupdict().get("values")
    size = float(match["size"].replace(",", ".")) + (float(values) if values else 0.0)
    return round(size * known.unit)
