"""The error tables of decode: by group, by subset, and on hardware that the fit did not see."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from moeplanner_gui.core.speed.constants import SpeedGroup
from tests.speed_fit.decode_fit import (
    Constants,
    errors,
    group_id,
    left_out_errors,
)
from tests.speed_fit.decode_groups import PRIORS
from tests.speed_fit.decode_rows import NAMES, DecodeRow, Vector


def constants_of(groups: Sequence[SpeedGroup]) -> Constants:
    """The parameters of catalogue rows."""
    return {group.id: {name: getattr(group, name) for name in PRIORS} for group in groups}


def limits(group: SpeedGroup, row: DecodeRow) -> tuple[float, float]:
    """Logarithms of the band that the estimator gives a row."""
    low, high = group.low, group.high
    if row.row.offload != "none":
        low, high = min(low, group.host_low), max(high, group.host_high)
    if row.kinds - set(group.kinds) - {"none"} or "compressed" in row.kinds:
        low, high = min(low, group.new_low), max(high, group.new_high)
    return math.log(low), math.log(high)


def subset(row: DecodeRow) -> str:
    """What a reader looks for."""
    if "compressed" in row.kinds:
        return "DeepSeek V4"
    if row.row.offload == "cpu_only":
        return "processor only"
    if row.row.offload != "none":
        return "experts in host memory"
    many = "several cards" if row.row.cards > 1 else "one card"
    kind = "dense"
    if row.values and any(k in row.kinds for k in ("gated_delta", "mamba2", "kimi_delta")):
        kind = "hybrid"
    elif _is_moe(row):
        kind = "MoE"
    if row.row.users > 1:
        return f"{kind}, several users"
    if row.row.depth_tokens >= 16_000:
        return f"{kind}, 16K tokens and more"
    return f"{kind}, {many}"


def _is_moe(row: DecodeRow) -> bool:
    return row.values[NAMES.index("share_of_experts")] > 0


def line(
    name: str, rows: Sequence[DecodeRow], found: Sequence[float], groups: dict[str, SpeedGroup]
) -> str:
    """One row of a table: counts, median error by row and by combination, coverage."""
    by: defaultdict[str, list[float]] = defaultdict(list)
    inside = 0
    for row, error in zip(rows, found, strict=True):
        by[row.combination].append(abs(math.expm1(-error)))
        low, high = limits(groups[group_id(row)], row)
        inside += low <= error <= high
    each = [abs(math.expm1(-error)) for error in found]
    return (
        f"| {name:36} | {len(rows):4} | {len(by):3} | {np.median(each):6.1%} | "
        f"{np.median([np.median(v) for v in by.values()]):6.1%} | "
        f"{np.mean([e <= 0.2 for e in each]):4.0%} | {inside / len(rows):4.0%} |"
    )


def table(
    title: str,
    rows: Sequence[DecodeRow],
    found: Sequence[float],
    groups: dict[str, SpeedGroup],
    key: Callable[[DecodeRow], str],
) -> list[str]:
    """A table with one line a key and one for all."""
    by: defaultdict[str, list[int]] = defaultdict(list)
    for i, row in enumerate(rows):
        by[key(row)].append(i)
    lines = [
        "",
        f"### {title}",
        "| | rows | combinations | median error | per combination | within 20 % | in band |",
        "|---|---|---|---|---|---|---|",
        line("all", rows, found, groups),
    ]
    for name in sorted(by, key=lambda name: -len(by[name])):
        at = by[name]
        lines.append(line(name, [rows[i] for i in at], [found[i] for i in at], groups))
    return lines


def report(
    groups: Sequence[SpeedGroup],
    fitted: Sequence[DecodeRow],
    unseen: Sequence[Vector],
    held: Sequence[DecodeRow],
) -> str:
    """All tables as Markdown; ``unseen`` are draws of ``unseen_errors``."""
    by_id = {group.id: group for group in groups}
    constants = constants_of(groups)
    test = errors(held, constants).tolist()
    lines = table("Rows kept for testing, by group", held, test, by_id, group_id)
    lines += table("Rows kept for testing, by subset", held, test, by_id, subset)
    for i, errors_of in enumerate(unseen):
        name = f"fit rows, unseen combination, draw {i}"
        lines.append(line(name, fitted, errors_of.tolist(), by_id))
    draw = unseen[0].tolist()
    lines += table("Fit rows under fits that did not see them", fitted, draw, by_id, group_id)
    lines += table("The same, by subset", fitted, draw, by_id, subset)
    hardware = left_out_errors(fitted, lambda row: row.row.hardware).tolist()
    lines += table("Fit rows with their hardware left out", fitted, hardware, by_id, group_id)
    return "\n".join(lines)
