"""The settings that a log says the engine has, and which of several processes a line is of."""

from __future__ import annotations

import re
from typing import Final

from moeplanner_gui.core.launch import log_words as words
from moeplanner_gui.core.launch.log_lines import PROCESS
from moeplanner_gui.core.launch.log_readings import LogSetting
from moeplanner_gui.core.plan import Engine

_RANK: Final = re.compile(r"(DP|PP|TP)(\d{1,4})")
_OLD_WORKER: Final = re.compile(
    r"\(VllmWorker(?:Process)?(?: rank=(?P<rank>\d{1,4}))? pid=\d{1,10}\)"
)
_RAY_WORKER: Final = re.compile(
    r"\((?P<worker>RayWorker\w{0,40}) pid=(?P<pid>\d{1,10})(?:, ip=(?P<ip>[\w.:]{1,60}))?\)"
)
_MOST_FLAGS: Final = 60


def rank_label(line: str, engine: Engine) -> str:
    """``TP1`` or ``DP1 PP0 TP3``; "" where the line names no process, or llama.cpp's only one."""
    if engine == "llama.cpp":
        return ""
    start = line[:300]
    old = _OLD_WORKER.search(start)
    if old is not None:
        return f"TP{old['rank']}" if old["rank"] else ""
    ray = _RAY_WORKER.search(start)
    if ray is not None:
        return f"{ray['worker']} {ray['pid']}" + (f" {ray['ip']}" if ray["ip"] else "")
    match = PROCESS.search(start)
    if match is None:
        return ""
    named = match["worker"] or match["ranks"] or ""
    return " ".join(f"{kind}{number}" for kind, number in _RANK.findall(named))


def process_name(device: str) -> str:
    """How a process is shown: ``TP1`` of ``Worker_TP1``, nothing for the only one there is."""
    found = _RANK.findall(device)
    if found:
        return " ".join(f"{kind}{number}" for kind, number in found)
    return "" if device in ("", "EngineCore") else device


def rank_of(label: str) -> tuple[int, int, int] | None:
    """Data, pipeline and tensor rank of a label; None for a process that names none of these."""
    found = dict(_RANK.findall(label))
    if label and not found:
        return None
    return int(found.get("DP", 0)), int(found.get("PP", 0)), int(found.get("TP", 0))


def named_settings(line: str, number: int, engine: Engine) -> list[LogSetting]:
    """Settings in the long line in which vLLM and SGLang print all of them."""
    if engine == "llama.cpp":
        return []
    found = []
    for mark in words.NAMED_BEFORE:
        at = line.find(mark)
        if at >= 0:
            part = line[at : at + words.NAMED_LONGEST]
            found += [
                LogSetting(match["name"], match["value"], number)
                for match in words.NAMED.finditer(part)
                if match["value"] != "None"
            ]
            break
    for pattern in (words.UTILISATION, words.OLD_UTILISATION):
        match = pattern.search(line[:4000])
        if match is not None:
            found.append(LogSetting("gpu_memory_utilization", match["share"], number))
    match = words.CONTEXT_LEN.search(line[:4000])
    if match is not None:
        found.append(LogSetting("max_running_requests", match["users"], number))
        found.append(LogSetting("context_length", match["tokens"], number))
    return found


def command_settings(line: str, number: int) -> list[LogSetting]:
    """Settings in a command line that was pasted along with the log."""
    if " -" not in line or not words.COMMAND.search(line[:4000]):
        return []
    found = []
    for match in words.FLAG.finditer(line[:4000]):
        name = words.COMMAND_FLAGS.get(match["flag"])
        if name == "cpu_moe":
            found.append(LogSetting("n_cpu_moe", "all", number))
        elif name is not None and match["value"]:
            found.append(LogSetting(name, match["value"].strip("'\""), number))
        if len(found) >= _MOST_FLAGS:
            break
    return found
