"""The lines in which engines say at start how much memory they took.

Texts and units are those of the engines' sources: llama.cpp b11549, vLLM 0.33.0, SGLang 0.5.23 and
sglang-kt 0.7.2, and older releases whose logs people still paste. Patterns are searched for
anywhere in a line, so that time stamps, levels, process names and colours before it do not matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import MappingProxyType
from typing import Final, Literal

from moeplanner_gui.core.plan import Engine
from moeplanner_gui.core.records import dataclass

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
    _line("weights", rf"load_tensors:\s+{_DEVICE} (?:model )?buffer size = +{_BUFFER} MiB", MIB),
    # The "size = … MiB (… cells" line that follows is the sum of these: it is not counted again.
    _line("cache", rf"{_AFTER}{_DEVICE} KV buffer size = +{_BUFFER} MiB", MIB),
    _line("state", rf"{_AFTER}{_DEVICE} RS buffer size = +{_BUFFER} MiB", MIB),
    _line("state", rf"{_AFTER}{_DEVICE} DSV4 \w{{1,20}} state buffer size = +{_BUFFER} MiB", MIB),
    _line("output", rf"{_AFTER}{_DEVICE} +output buffer size = +{_BUFFER} MiB", MIB),
    _line("compute", rf"{_AFTER}{_DEVICE} compute buffer size = +{_BUFFER} MiB", MIB),
    _line("layers", r"offloaded (?P<on_cards>\d{1,5})/(?P<of>\d{1,5}) layers to GPU"),
    _line(
        "setting",
        r"llama_(?:context|new_context_with_model): (?P<name>n_[a-z_]{1,30}|kv_unified|flash_attn)"
        r" *= (?P<value>\w{1,30})",
    ),
    # MiB, rounded down. Self is model + context + compute; the first row has the names.
    _line(
        "table",
        r"\|\s+- (?P<device>[^\s|]{1,80})(?: \((?P<card>[^|]{0,120})\))? *\| *"
        r"(?:(?P<total>\d+) = +(?P<free>\d+) \+ \()? *(?P<own>\d+) = +(?P<model>\d+) \+ +"
        r"(?P<context>\d+) \+ +(?P<work>\d+)",
    ),
)

VLLM: Final = (
    _line("weights", rf"(?:Model loading|Loading model weights) took {_SIZE} (?:GiB|GB)", GIB),
    _line("weights", rf"model weights take {_SIZE}GiB", GIB),
    _line("cache", rf"Available KV cache memory: {_SIZE} GiB", GIB),
    _line("cache", rf"reserved {_SIZE} GiB memory for KV Cache", GIB),
    # From 2026 on one line says both; before, two.
    _line(
        "cache_tokens",
        r"KV cache size: (?P<tokens>[\d,]{1,20}) tokens(?:, Maximum concurrency for "
        r"(?P<context>[\d,]{1,20}) tokens per request: (?P<times>\d{1,9}\.\d\d)x)?",
    ),
    _line(
        "concurrency",
        r"Maximum concurrency for (?P<context>[\d,]{1,20}) tokens per request: "
        r"(?P<times>\d{1,9}\.\d\d)x",
    ),
    _line("cache_tokens", r"# (?:cuda|GPU|rocm) blocks: (?P<blocks>\d{1,12})"),
    _line("graphs", rf"Graph capturing finished in \d+ secs, took {_SIZE} GiB", GIB),
    # Says what all of it was: the sum of consumed, activation and graphs is beside the cache.
    _line(
        "free",
        rf"Free memory on device \((?P<free>{_NUMBER})/(?P<total>{_NUMBER}) GiB\) on startup\."
        rf".{{0,200}}Actual usage is (?P<consumed>{_NUMBER}) GiB for consumed memory .{{0,60}}, "
        rf"(?P<activation>{_NUMBER}) GiB for peak activation, and (?P<graphs>{_NUMBER}) GiB",
    ),
)

SGLANG: Final = (
    _line("weights", rf"Load weight end\..{{0,300}}mem usage={_SIZE} GB", GIB),
    _line(
        "cache",
        rf"KV Cache is allocated\..{{0,60}}#tokens: (?P<tokens>\d{{1,12}}), K size: {_SIZE} GB, "
        rf"V size: (?P<values>{_NUMBER}) GB",
        GIB,
    ),
    _line(
        "cache",
        rf"KV Cache is allocated\..{{0,60}}#tokens: (?P<tokens>\d{{1,12}}), KV size: {_SIZE} GB",
        GIB,
    ),
    _line(
        "state",
        rf"Mamba Cache is allocated\..{{0,60}}conv_state size: {_SIZE}GB, "
        rf"ssm_state size: (?P<values>{_NUMBER})GB",
        GIB,
    ),
    _line(
        "graphs", rf"Capture .{{0,40}}(?:CUDA|cuda) graph end\..{{0,400}}mem usage={_SIZE} GB", GIB
    ),
    _line("free", rf"Memory pool end\. avail mem={_SIZE} GB", GIB),
    _line("cache_tokens", r"max_total_num_tokens=(?P<tokens>\d{1,12}), chunked_prefill_size="),
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
