"""Which published rows the fit may see: drawn by combination of hardware and model.

The rule, so that anybody can draw again: combinations are put together by engine, back end and
where the weights lie (of most of their rows), and within such a group ordered by the SHA-256 of
``hardware|model``. The second, fifth, eighth ... of each group are kept for testing, which is a
third. No combination is in both parts, whatever the engine, the format or the depth. Models with
the same tensors are one model here. Rows with a reason in ``left_out`` take no part.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Literal

from moeplanner_gui.core.speed.measurement import Measurement

MODEL_MISSING = "The model is not in the catalogue and no configuration of it was read."
"""The one reason that goes away when a model is added; such rows are drawn all the same."""

SAME_TENSORS = {
    "DeepSeek-V3-0324": "DeepSeek-R1",
    "DeepSeek-V4-Flash-0731": "DeepSeek-V4-Flash",
    "MiniMax-M2.5": "MiniMax-M2",
    "Qwen3-Coder-30B-A3B": "Qwen3-30B-A3B",
    "Qwen3.6-27B": "Qwen3.5-27B",
    "Qwen3.6-35B-A3B": "Qwen3.5-35B-A3B",
}


def combination(row: Measurement) -> str:
    """``hardware|model``: what is never in both parts."""
    return f"{row.hardware}|{SAME_TENSORS.get(row.model, row.model)}"


def stratum(row: Measurement) -> str:
    """Engine, back end and place of the weights: what should be in both parts."""
    place = "cards" if row.offload == "none" else "host"
    return f"{row.engine}|{row.backend or ''}|{place}"


def draw(rows: Iterable[Measurement]) -> dict[str, Literal["fit", "test"]]:
    """The part of every row that takes part, by the row's id."""
    found: defaultdict[str, list[Measurement]] = defaultdict(list)
    for row in rows:
        if row.left_out in (None, MODEL_MISSING):
            found[combination(row)].append(row)
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for name, members in found.items():
        counts = Counter(map(stratum, members))
        groups[min(counts, key=lambda group: (-counts[group], group))].append(name)
    drawn: dict[str, Literal["fit", "test"]] = {}
    for names in groups.values():
        names.sort(key=lambda name: hashlib.sha256(name.encode()).hexdigest())
        for place, name in enumerate(names):
            for row in found[name]:
                drawn[row.id] = "test" if place % 3 == 1 else "fit"
    return drawn
