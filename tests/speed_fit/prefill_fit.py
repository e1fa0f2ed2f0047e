"""Fits the constants of reading a prompt to the published rows that the fit may see.

Least squares on the logarithm of the rate, every combination of hardware and model with the same
weight, errors beyond a third counted in proportion (Huber), parameters drawn towards their start
(:mod:`tests.speed_fit.prefill_groups`). The bands are quantiles of what is left when each
combination is predicted by a fit that did not see it.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from moeplanner_gui.catalog.paths import catalogs_dir
from moeplanner_gui.core.speed.groups import backend_of, device_family
from moeplanner_gui.core.speed.prefill import batch_tokens, group_for, special_case
from moeplanner_gui.core.speed.prefill_constants import PrefillGroup
from moeplanner_gui.core.speed.prefill_cost import total_seconds
from moeplanner_gui.core.speed.prefill_parts import prompt_costs
from moeplanner_gui.core.speed.terms import Unknown
from moeplanner_gui.core.usable import Device
from tests.speed_fit.prefill_groups import FORM_OF, FORMS, GROUPS, KEPT, OWN, SHARED
from tests.speed_fit.prefill_rows import PromptRow, prompt_rows
from tests.speed_fit.rows import catalog

Vector = np.ndarray[Any, np.dtype[np.float64]]
_KNEE = 0.3
"""Errors of more than a factor of about 1.35 count in proportion, not squared."""
_STEP = 1e-4
FILE = "prefill.json"


@cache
def lead_of(row: PromptRow) -> str:
    """The id of the group that a row belongs to."""
    devices = row.prepared.cards or row.prepared.hosts
    return _group_id(row, devices[0])


def _group_id(row: PromptRow, device: Device) -> str:
    plan = row.plan
    found = group_for(
        GROUPS,
        plan.deployment.engine,
        backend_of(plan, device),
        device_family(plan, device, catalog()),
        special_case(row.prepared),
    )
    assert found is not None, row.row.id
    return found.id


OLDER_BEFORE = "2025-10"
"""Builds before it read prompts slower on Strix Halo, whose kernels were new then, and with
experts on all cards: llama.cpp's kernels for them changed in 2025."""
NUISANCE: dict[str, tuple[float, float]] = {"older": (0.8, 1.4), "ik_host": (1.5, 1.6)}
"""What is fitted beside the constants, start and spread: how much slower older builds are
(:data:`OLDER_BEFORE`), and how much faster ik_llama.cpp computes on the processor than llama.cpp
does. The constants are those of a new llama.cpp."""


@dataclass(frozen=True)
class Constants:
    """Groups by id, and the nuisances by name."""

    groups: dict[str, PrefillGroup]
    nuisance: dict[str, float]


def is_older(row: PromptRow) -> bool:
    """True for rows of early builds where these were slower."""
    routed = row.prepared.spec.is_moe and row.row.offload == "none"
    return row.row.date < OLDER_BEFORE and (routed or lead_of(row).endswith("-apu"))


def predicted(row: PromptRow, constants: Constants) -> float:
    """Tokens/s of a row with these constants, in the build and engine of the row."""
    faster = constants.nuisance["ik_host"] if row.row.engine == "ik_llama.cpp" else 1.0

    def group_of(device: Device) -> PrefillGroup:
        group = constants.groups[_group_id(row, device)]
        if faster == 1.0:
            return group
        return group.model_copy(update={"host_tflops": group.host_tflops * faster})

    costs = prompt_costs(row.prepared, row.traffic, group_of, catalog(), batch_tokens(row.prepared))
    assert not isinstance(costs, Unknown), (row.row.id, costs)
    rate = row.tokens / total_seconds(costs, row.past, row.tokens)
    return rate * constants.nuisance["older"] if is_older(row) else rate


def error(row: PromptRow, constants: Constants) -> float:
    """The logarithm of predicted over measured."""
    return math.log(predicted(row, constants) / row.measured)


class _Parameter:
    """One fitted number: a field of one group or of several at once, or a nuisance."""

    def __init__(self, field: str, ids: tuple[str, ...], start: float, spread: float) -> None:
        self.field, self.ids = field, ids
        self.start, self.spread = math.log(start), math.log(spread)

    def touches(self, row: PromptRow) -> bool:
        """True when the number matters to a row."""
        if self.field == "older":
            return is_older(row)
        if self.field == "ik_host":
            return row.row.engine == "ik_llama.cpp"
        return lead_of(row) in self.ids

    def put(self, constants: Constants, value: float) -> Constants:
        """The constants with this number changed."""
        number = math.exp(value)
        if not self.ids:
            return Constants(constants.groups, {**constants.nuisance, self.field: number})
        if self.field in ("scaling", "pipelined", "exposed_share"):
            number = min(number, 1.0)
        groups = dict(constants.groups)
        for key in self.ids:
            groups[key] = groups[key].model_copy(update={self.field: number})
        return Constants(groups, constants.nuisance)


def _start(group_id: str, field: str) -> float | None:
    value: float | None = getattr(FORM_OF[group_id].group(), field)
    has = field in FORM_OF[group_id].start or field not in KEPT
    return value if has else None


def _parameters(rows: Sequence[PromptRow]) -> list[_Parameter]:
    used = {lead_of(row) for row in rows}
    found = [_Parameter(name, (), *numbers) for name, numbers in NUISANCE.items()]
    for form in FORMS:
        spreads = {**OWN, **dict(form.spreads)}
        for field, spread in spreads.items():
            start = _start(form.id, field)
            follows = form.follows is not None and field not in form.own
            if start is None or follows:
                continue
            ids = (form.id, *(f.id for f in FORMS if f.follows == form.id and field not in f.own))
            if used.intersection(ids):
                found.append(_Parameter(field, ids, start, spread))
    for field, spread in SHARED.items():
        ids = tuple(
            form.id for form in FORMS if not form.fixed and _start(form.id, field) is not None
        )
        start = _start(ids[0], field)
        assert start is not None
        found.append(_Parameter(field, ids, start, spread))
    return found


def fit(rows: Sequence[PromptRow], rounds: int = 30) -> Constants:
    """The constants that these rows give."""
    parameters = _parameters(rows)
    first = Constants(
        {group.id: group for group in GROUPS}, {name: one for name, (one, _) in NUISANCE.items()}
    )
    counts = Counter(row.combination for row in rows)
    weights = np.array([counts[row.combination] ** -0.5 for row in rows]) / _KNEE**2
    spreads = np.array([parameter.spread for parameter in parameters])
    start = np.array([parameter.start for parameter in parameters])
    touched = [[i for i, row in enumerate(rows) if p.touches(row)] for p in parameters]

    def at(values: Vector) -> Constants:
        found = first
        for parameter, value in zip(parameters, values, strict=True):
            found = parameter.put(found, float(value))
        return found

    def cost(errors: Vector, values: Vector) -> float:
        size = np.abs(errors)
        each = np.where(size < _KNEE, 0.5 * size**2, _KNEE * (size - _KNEE / 2))
        drawn = ((values - start) / spreads) ** 2
        return float((weights * each).sum() + 0.5 * drawn.sum())

    values = start.copy()
    errors = np.array([error(row, at(values)) for row in rows])
    best, damping = cost(errors, values), 1e-2
    for _ in range(rounds):
        here = at(values)
        slopes = np.zeros((len(rows), len(parameters)))
        for j, parameter in enumerate(parameters):
            moved = parameter.put(here, float(values[j]) + _STEP)
            for i in touched[j]:
                slopes[i, j] = (error(rows[i], moved) - errors[i]) / _STEP
        robust = weights * np.minimum(1.0, _KNEE / np.maximum(np.abs(errors), 1e-9))
        square = (slopes.T * robust) @ slopes + np.diag(1.0 / spreads**2)
        slope = (slopes.T * robust) @ errors + (values - start) / spreads**2
        before = best
        for _ in range(8):
            step = np.linalg.solve(square + damping * np.diag(np.diag(square)), -slope)
            trial = np.array([error(row, at(values + step)) for row in rows])
            found = cost(trial, values + step)
            if found < best:
                values, errors, best = values + step, trial, found
                damping /= 4.0
                break
            damping *= 4.0
        if before - best < 1e-4 * before:
            break
    return _with_own_kernels(at(values))


def _with_own_kernels(constants: Constants) -> Constants:
    """Engines that compute on the processor as ik_llama.cpp does, and no row of their own."""
    groups = dict(constants.groups)
    for form in FORMS:
        if form.own_kernels:
            faster = groups[form.id].host_tflops * constants.nuisance["ik_host"]
            groups[form.id] = groups[form.id].model_copy(update={"host_tflops": faster})
    return Constants(groups, constants.nuisance)


def table(rows: Iterable[PromptRow], constants: Constants) -> dict[str, list[float]]:
    """The errors of the rows by group."""
    found: defaultdict[str, list[float]] = defaultdict(list)
    for row in rows:
        found[lead_of(row)].append(error(row, constants))
    return dict(found)


_FOLDS = 8
_SHARE = 0.8
"""Of the rows, weighted as in the fit, lie in a band."""
_WEAK = (0.55, 1.8)
"""The least band of a weak group; one machine says little about the next."""
_UNSEEN = (0.4, 2.2)
"""The band of a group without rows."""
_LEAST = (0.65, 1.5)
"""Builds of the same year differ by so much on one machine."""
_FEW = 4
"""Combinations below which the errors of all groups are added to a group's own."""
AS_WRITTEN = {"older": 1.0, "ik_host": 1.0}
"""Bands are for whatever build or fork somebody runs."""

Miss = tuple[float, float]
"""An error and its weight."""


def left_out_errors(rows: Sequence[PromptRow]) -> dict[str, list[Miss]]:
    """The errors by group when every combination is predicted by a fit that did not see it."""
    counts = Counter(row.combination for row in rows)
    names = sorted(counts, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    fold = {name: place % _FOLDS for place, name in enumerate(names)}
    found: defaultdict[str, list[Miss]] = defaultdict(list)
    for part in range(_FOLDS):
        constants = fit([row for row in rows if fold[row.combination] != part])
        product = Constants(constants.groups, AS_WRITTEN)
        for row in rows:
            if fold[row.combination] == part:
                weight = counts[row.combination] ** -0.5
                found[lead_of(row)].append((error(row, product), weight))
    return dict(found)


def _quantile(misses: Sequence[Miss], share: float) -> float:
    """The logarithm of measured over predicted below which ``share`` of the weight lies."""
    ordered = sorted((-one, weight) for one, weight in misses)
    total = sum(weight for _, weight in ordered)
    running = 0.0
    for value, weight in ordered:
        running += weight
        if running >= share * total:
            return value
    return ordered[-1][0]


def _band(misses: Sequence[Miss], combinations: int, pooled: Sequence[Miss]) -> Miss:
    """Factors between which measured rates lie; the fewer combinations, the wider."""
    used = [*misses, *pooled] if combinations < _FEW else list(misses)
    wider = 1.0 + 1.0 / combinations
    ends = ((1.0 - _SHARE) / 2.0, (1.0 + _SHARE) / 2.0)
    low, high = (math.exp(wider * _quantile(used, share)) for share in ends)
    return low, high


def banded(rows: Sequence[PromptRow], constants: Constants) -> list[PrefillGroup]:
    """The groups with their bands and with what stands behind them."""
    out = left_out_errors(rows)
    pooled = [one for misses in out.values() for one in misses]
    fitted = table(rows, constants)
    found = []
    for form in FORMS:
        own = [row for row in rows if lead_of(row) == form.id]
        combinations = len({row.combination for row in own})
        misses = out.get(form.id, [])
        low, high = _band(misses, combinations, pooled) if misses else _UNSEEN
        least = form.least or (_WEAK if form.weak else _LEAST)
        middle = None
        if own:
            middle = round(math.exp(float(np.median(np.abs(fitted[form.id])))) - 1.0, 3)
        changes = {
            "low": round(min(low, least[0]), 3),
            "high": round(max(high, least[1]), 3),
            "rows": len(own),
            "combinations": combinations,
            "median_error": middle,
        }
        found.append(constants.groups[form.id].model_copy(update=changes))
    return found


def written(groups: Sequence[PrefillGroup]) -> str:
    """The text of the catalogue file."""
    head = {"$schema": "prefill-group-file.schema.json", "date": DATE}
    rows = []
    for group in groups:
        values = group.model_dump(exclude_defaults=True)
        rounded = {
            key: float(f"{value:.4g}") if isinstance(value, float) else value
            for key, value in values.items()
        }
        rows.append(rounded)
    return json.dumps({**head, "prefill": rows}, indent=2, ensure_ascii=False) + "\n"


DATE = "2026-11-22"


def run(write: bool) -> str:
    """Fit, and write the constants when asked; the errors by group as text."""
    rows = prompt_rows("fit")
    constants = fit(rows)
    groups = banded(rows, constants)
    if write:
        (catalogs_dir() / "speed" / FILE).write_text(written(groups), encoding="utf-8")
    final = Constants({group.id: group for group in groups}, AS_WRITTEN)
    said = ", ".join(f"{name} x{value:.2f}" for name, value in constants.nuisance.items())
    lines = [f"Prefill, {len(rows)} rows fitted; {said}."]
    for use in ("fit", "test"):
        lines.append(f"{use}: rows, median factor, within 1.5, inside the band")
        lines.extend(_lines(prompt_rows(use), final))
    return "\n".join(lines)


def _lines(rows: Sequence[PromptRow], constants: Constants) -> list[str]:
    found = []
    for key, errors in sorted(table(rows, constants).items()):
        group = constants.groups[key]
        found.append(_line(key, errors, [inside(one, group) for one in errors]))
    every = [(error(row, constants), constants.groups[lead_of(row)]) for row in rows]
    found.append(_line("all", [one for one, _ in every], [inside(*pair) for pair in every]))
    return found


def inside(one: float, group: PrefillGroup) -> bool:
    """True when a measured rate with this error lies in the band."""
    return group.low <= math.exp(-one) <= group.high


def _line(name: str, errors: Sequence[float], within: Sequence[bool]) -> str:
    size = np.abs(np.array(errors))
    near = float((size <= math.log(1.5)).mean())
    middle = math.exp(float(np.median(size)))
    share = sum(within) / len(within)
    return f"  {name:24} {len(size):4}  x{middle:.2f}  {near:4.0%}  {share:4.0%}"
