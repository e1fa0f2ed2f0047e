"""One start of an engine in a log: what its lines add up to, and where the next one begins.

llama.cpp prints a line for each buffer, and a device can have several: they are added up. What
it prints again for the same context (buffers that were reserved anew) takes the earlier one's
place. A trial that only measures, and a start that was followed by another one, are forgotten.
"""

from __future__ import annotations

import re
from typing import Final

from moeplanner_gui.core.launch import log_words as words
from moeplanner_gui.core.launch.log_lines import GIB, MIB, LogLine, Said, size_bytes
from moeplanner_gui.core.launch.log_readings import (
    MOST_NOTES,
    Concurrency,
    LogCard,
    LogNote,
    LogSetting,
    LogSpeed,
    Reading,
)
from moeplanner_gui.core.launch.log_settings import (
    command_settings,
    named_settings,
    rank_label,
)
from moeplanner_gui.core.launch.log_text import shown
from moeplanner_gui.core.plan import Engine

MOST_SPEEDS: Final = 20_000
_MARKS: Final[dict[Engine, re.Pattern[str]]] = {
    "llama.cpp": re.compile(r"build_info: |main: build = |^build: "),
    "vllm": re.compile(r"vLLM (?:API )?server version |█\s+version "),
    "sglang": re.compile(r"server_args="),
    "ktransformers": re.compile(r"server_args="),
}
"""What a process says once, before anything else."""
_DRAFT: Final = re.compile(r"loading draft|draft model '|MTP head from '")
_SHOWN_AGAIN: Final = frozenset({"compute", "output"})
_LATER: Final = frozenset({"cache", "compute", "state", "graphs"})
MOST_READINGS: Final = 5_000
_OLD: Final[tuple[tuple[Said, re.Pattern[str]], ...]] = (
    ("cache", words.OLD_REST),
    ("compute", words.OLD_ACTIVATION),
)
_LONGEST: Final = 4000
_AVAILABLE: Final = re.compile(r"available_gpu_mem=(?P<free>\d{1,9}(?:\.\d{1,6})?) GB")
_POOL_END: Final = re.compile(r"Memory pool end\. avail mem=(?P<free>\d{1,9}(?:\.\d{1,6})?) GB")


class StartOfEngine:
    """What was read since an engine was started last."""

    def __init__(self, engine: Engine, number: int = 0) -> None:
        self._engine: Engine = engine
        self.number = number
        self._settings: dict[str, LogSetting] = {}
        self._clear()

    def _clear(self) -> None:
        self._readings: dict[tuple[int, Said, str, int], Reading] = {}
        self._loaded: set[str] = set()
        self._cache_tokens: int | None = None
        self._context = 0
        self._is_draft = False
        self._cards: dict[str, LogCard] = {}
        self._table: dict[str, LogCard] = {}
        self._prompt_tokens = 0
        self.speeds: list[LogSpeed] = []
        self.faults: list[LogNote] = []
        self.concurrency: Concurrency | None = None
        self.layers: tuple[int, int] | None = None
        self.expert_layers: set[int] = set()
        self.splits: int | None = None

    @property
    def _is_used(self) -> bool:
        return bool(self._readings or self.faults or self.speeds)

    # One line --------------------------------------------------------------------------------

    def before(self, line: str) -> None:
        """A line comes: forget what was, when it is the first one of another start."""
        if self._is_used and _MARKS[self._engine].search(line[:_LONGEST]):
            self._again()
        if self._engine == "llama.cpp":
            if "constructing llama_context" in line:
                self._context += 1
            elif _DRAFT.search(line[:_LONGEST]):
                self._is_draft = True

    def _again(self) -> None:
        self._clear()
        self.number += 1

    def add(
        self, known: LogLine, match: re.Match[str], line: str, number: int, more_digits: str = ""
    ) -> None:
        """Take a line that is one of the known ones."""
        groups = match.groupdict()
        device = groups.get("device") or rank_label(line, self._engine)
        if known.says == "setting":
            self._set(LogSetting(groups["name"], f"{groups['value']}{more_digits}", number))
            if groups["name"] == "n_ctx" and "new_context_with_model" in line:
                self._context += 1
            return
        if known.says == "layers":
            self.layers = (int(groups["on_cards"]), int(groups["of"]))
            return
        if known.says == "table":
            self._add_table(groups, device, number)
            return
        if known.says == "free":
            self._add_free(groups, device, line, number)
            return
        if known.says == "weights" and self._begins_again(device):
            self._again()
        self.number = max(self.number, 1)
        self._add_reading(known, match, groups, device, line, number)

    def _begins_again(self, device: str) -> bool:
        """Weights after buffers of the same process are those of another start."""
        if self._is_draft:
            return False
        return bool(self._loaded) if self._engine == "llama.cpp" else device in self._loaded

    def _add_reading(
        self,
        known: LogLine,
        match: re.Match[str],
        groups: dict[str, str | None],
        device: str,
        line: str,
        number: int,
    ) -> None:
        text = shown(line)
        size = off = None
        if known.unit:
            size = size_bytes(known, match)
            off = _half_place(str(groups["size"]), known.unit) * (2 if groups.get("values") else 1)
        tokens = _whole(groups.get("tokens"))
        if groups.get("blocks"):
            # Older releases count blocks; 16 tokens is their default, which no line says.
            return
        if groups.get("times"):
            context = _whole(groups.get("context")) or 0
            self.concurrency = Concurrency(context, float(str(groups["times"])), number)
        if known.says == "concurrency":
            return
        if size is None and tokens is None:
            return
        self._keep(Reading(known.says, device, number, text, size, tokens, off or 0))

    def _keep(self, reading: Reading) -> None:
        """Add a figure, or put it in the place of one that it is the newer word for."""
        if len(self._readings) >= MOST_READINGS:
            return
        if reading.says in _LATER:
            self._loaded.add(reading.device)
        if reading.tokens is not None:
            before = self._cache_tokens
            self._cache_tokens = min(reading.tokens, reading.tokens if before is None else before)
        # A process of vLLM says each figure once, older releases twice; a device of llama.cpp has
        # one compute buffer in a context. Everything else is added up, line by line.
        once = self._engine == "vllm" or reading.says in _SHOWN_AGAIN
        context = 0 if self._engine == "vllm" else self._context
        line = 0 if once else reading.line
        self._readings[context, reading.says, reading.device, line] = reading

    def _add_table(self, groups: dict[str, str | None], device: str, number: int) -> None:
        if groups.get("total"):
            self._table[device] = LogCard(
                device,
                number,
                shown(groups.get("card") or ""),
                int(str(groups["total"])) * MIB,
                None,
                int(str(groups["free"])) * MIB,
            )

    def _add_free(self, groups: dict[str, str | None], device: str, line: str, number: int) -> None:
        if groups.get("activation"):
            start, total = (round(float(str(groups[name])) * GIB) for name in ("free", "total"))
            self._cards.setdefault(device, LogCard(device, number, "", total, start))
            size = round(float(str(groups["activation"])) * GIB)
            off = _half_place(str(groups["activation"]), GIB)
            self._keep(Reading("compute", device, number, shown(line), size, None, off))

    def take_other(self, line: str, number: int) -> bool:
        """Take what a line says beside memory; whether it said anything."""
        if any(fault in line for fault in words.FAULTS):
            if len(self.faults) < MOST_NOTES:
                self.faults.append(LogNote(number, shown(line, 400)))
            return True
        found = named_settings(line, number, self._engine) + command_settings(line, number)
        for setting in found:
            self._set(setting)
        short = line[:_LONGEST]
        if self._engine == "llama.cpp":
            return self._llama(short, number) or bool(found)
        if self._engine == "vllm":
            return self._vllm(short, number) or bool(found)
        return self._sglang(short, number) or bool(found)

    def _set(self, setting: LogSetting) -> None:
        # The latest word on a setting takes its place at the end.
        self._settings.pop(setting.name, None)
        self._settings[setting.name] = setting

    @property
    def settings(self) -> tuple[LogSetting, ...]:
        """The last word on each setting."""
        return tuple(self._settings.values())

    def _llama(self, line: str, number: int) -> bool:
        match = words.EVAL.search(line)
        if match is not None:
            tokens, rate = int(match["tokens"]), _number(match["rate"])
            if match["prompt"]:
                self._prompt_tokens = tokens
                self._speed(LogSpeed("prefill", rate, 1, number, tokens, tokens))
            else:
                depth = self._prompt_tokens + tokens
                self._speed(LogSpeed("decode", rate, 1, number, tokens, depth))
            return True
        match = words.LLAMA_TYPES.search(line)
        if match is not None:
            self._set(LogSetting("type_k", match["k"], number))
            if "V (" in line and not re.search(r"V \(\w{1,12}\): +0\.00 MiB", line):
                self._set(LogSetting("type_v", match["v"], number))
            return True
        match = words.LLAMA_SPLITS.search(line)
        if match is not None:
            self.splits = int(match["old"] or match["new"])
            return True
        match = words.LLAMA_OVERRIDDEN.search(line)
        if match is not None:
            self.expert_layers.add(int(match["layer"]))
            return True
        match = words.LLAMA_FREE.search(line) or words.LLAMA_FREE_LISTED.search(line)
        if match is not None:
            groups = match.groupdict()
            total = groups.get("total")
            known = self._cards.get(match["device"])
            if known is None:
                self._cards[match["device"]] = LogCard(
                    match["device"],
                    number,
                    shown(match["card"]).strip(),
                    int(total) * MIB if total else None,
                    int(match["free"]) * MIB,
                )
            return True
        return False

    def _vllm(self, line: str, number: int) -> bool:
        device = rank_label(line, "vllm")
        for says, pattern in _OLD:
            match = pattern.search(line)
            if match is not None:
                size = round(_number(match["size"]) * GIB)
                off = _half_place(match["size"], GIB)
                self._keep(Reading(says, device, number, shown(line), size, None, off))
        match = words.THROUGHPUT.search(line)
        if match is None:
            return False
        users = int(match["users"])
        if users:
            depth = None
            tokens = self._cache_tokens
            if match["usage"] and tokens:
                depth = round(_number(match["usage"]) / 100 * tokens / users)
            self._speed(LogSpeed("decode", _number(match["decode"]), users, number, None, depth))
        return True

    def _sglang(self, line: str, number: int) -> bool:
        device = rank_label(line, "sglang")
        match = words.SG_FREE.search(line)
        if match is not None:
            free = round(_number(match["free"]) * GIB)
            self._cards.setdefault(device, LogCard(device, number, free_at_start_bytes=free))
            return True
        match = _AVAILABLE.search(line)
        if match is not None:
            free = round(_number(match["free"]) * GIB)
            self._table[device] = LogCard(device, number, free_after_bytes=free)
        match = words.DECODE_BATCH.search(line)
        if match is not None:
            users = int(match["users"])
            if users:
                depth = int(match["held"]) // users
                self._speed(LogSpeed("decode", _number(match["rate"]), users, number, None, depth))
            return True
        match = words.PREFILL_BATCH.search(line)
        if match is not None:
            tokens = int(match["tokens"])
            rate = _number(match["rate"])
            self._speed(LogSpeed("prefill", rate, int(match["users"]) or 1, number, tokens, None))
            return True
        return False

    def _speed(self, speed: LogSpeed) -> None:
        if speed.tokens_per_s > 0 and len(self.speeds) < MOST_SPEEDS:
            self.speeds.append(speed)

    # All of it -------------------------------------------------------------------------------

    def readings(self) -> tuple[Reading, ...]:
        """The figures of memory in the order of their lines."""
        return tuple(sorted(self._readings.values(), key=lambda one: one.line))

    def cards(self) -> tuple[LogCard, ...]:
        """What the engine saw of each card; the last table counts only when all was loaded."""
        last = max((one.line for one in self._readings.values()), default=0)
        found = []
        for device in dict.fromkeys([*self._cards, *self._table]):
            first, table = self._cards.get(device), self._table.get(device)
            if table is not None and table.line < last:
                table = LogCard(device, table.line, table.name, table.total_bytes)
            seen = first or table
            if seen is None:
                continue
            found.append(
                LogCard(
                    device,
                    seen.line if table is None else table.line,
                    seen.name or (table.name if table else ""),
                    seen.total_bytes or (table.total_bytes if table else None),
                    first.free_at_start_bytes if first else None,
                    table.free_after_bytes if table else None,
                )
            )
        return tuple(found)


def _half_place(number: str, unit: int) -> int:
    """Half of the last printed place, in bytes, rounded up."""
    decimals = len(re.split(r"[.,]", number)[1]) if re.search(r"[.,]", number) else 0
    places: int = 2 * 10**decimals
    return -(-unit // places)


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _whole(text: str | None) -> int | None:
    return int(text.replace(",", "")) if text and text.strip(",") else None
