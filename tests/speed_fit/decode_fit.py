"""Fits the constants of decode to the published rows that the fit may see.

Least squares on the logarithm of the time of a step, errors beyond a sixth counted in proportion
(pseudo-Huber). A combination of hardware and model weighs the square root of its rows. Parameters
are logarithms: a common value near its prior and each group's own near the common one, so that a
group with few rows follows the others. Bands are quantiles of what is left when every combination
is predicted by a fit that did not see it.
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from moeplanner_gui.catalog.paths import catalogs_dir
from moeplanner_gui.core.speed.constants import SpeedGroup
from moeplanner_gui.core.speed.groups import group_for
from tests.speed_fit.decode_groups import AT_MOST, GROUPS, PRIORS, Group
from tests.speed_fit.decode_rows import (
    DecodeRow,
    Vector,
    columns_of,
    decode_rows,
    is_superseded,
    predicted,
)

FILE = "groups.json"
FOLDS, DRAWS = 5, 4
_KNEE, _NOISE = 0.15, 0.1
_STEP = 1e-4
_PRIOR_WEIGHT = 0.4
_NAMES = tuple(PRIORS)
_IDS = tuple(group.id for group in GROUPS)


def _row(group: Group, values: dict[str, Any]) -> SpeedGroup:
    """A catalogue row of a group."""
    named = {name: getattr(group, name) for name in ("id", "name", "engines", "backends", "note")}
    return SpeedGroup.model_validate({**named, "families": group.families, **values})


_STARTS = {name: prior.start for name, prior in PRIORS.items()}
_ROWS_OF = [
    _row(group, {**_STARTS, "low": 1.0, "high": 1.0, "rows": 0, "combinations": 0})
    for group in GROUPS
]
Constants = dict[str, dict[str, float]]
"""Values by group and parameter."""


def group_id(row: DecodeRow) -> str:
    """The group that the estimator would take for a row."""
    found = group_for(_ROWS_OF, row.engine, row.backend, row.family)
    assert found is not None, (row.engine, row.backend, row.family)
    return found.id


def own_constants(group: Group, name: str) -> float:
    """Where a group's parameter starts."""
    return group.starts.get(name, PRIORS[name].start)


@dataclass
class _Problem:
    rows: Sequence[DecodeRow]

    def __post_init__(self) -> None:
        self.columns = columns_of(self.rows)
        self.seconds = np.array([row.seconds for row in self.rows])
        self.group = np.array([_IDS.index(group_id(row)) for row in self.rows], dtype=np.intp)
        counts = Counter(row.combination for row in self.rows)
        self.weight = np.array([counts[row.combination] ** -0.5 for row in self.rows]) / _NOISE
        self.start = np.array([[math.log(own_constants(g, n)) for g in GROUPS] for n in _NAMES])
        self.common = np.array([PRIORS[n].common for n in _NAMES])
        self.own = np.array([[g.loose.get(n, PRIORS[n].own) for g in GROUPS] for n in _NAMES])
        self.limit = np.array([math.log(AT_MOST.get(n, 1e9)) for n in _NAMES])[:, None]

    def table(self, theta: Vector) -> Vector:
        """Logarithms by parameter and group."""
        count = len(_NAMES)
        own = theta[count:].reshape(count, len(GROUPS))
        raw = self.start + theta[:count, None] + own
        # Bends over towards its limit instead of stopping there.
        over = self.limit - raw
        return np.where(over < 0.5, self.limit - 0.25 * np.logaddexp(0.0, 4 * over), raw)

    def errors(self, theta: Vector) -> Vector:
        """ln(measured / predicted) of every row."""
        table = np.exp(self.table(theta))
        constants = {name: table[i][self.group] for i, name in enumerate(_NAMES)}
        return np.asarray(np.log(self.seconds / predicted(self.columns, constants)))

    def residuals(self, theta: Vector) -> Vector:
        error = self.errors(theta)
        bent = _KNEE * np.sqrt(2 * (np.sqrt(1 + (error / _KNEE) ** 2) - 1))
        count = len(_NAMES)
        own = theta[count:].reshape(count, len(GROUPS))
        return np.concatenate(
            [
                np.sign(error) * bent * self.weight,
                _PRIOR_WEIGHT * theta[:count] / self.common,
                _PRIOR_WEIGHT * (own / self.own).ravel(),
            ]
        )


def fit(rows: Sequence[DecodeRow], rounds: int = 40) -> Constants:
    """The constants of every group (Levenberg-Marquardt, numeric derivatives)."""
    problem = _Problem(rows)
    count, groups, seen = len(_NAMES), len(GROUPS), len(rows)
    theta = np.zeros(count * (1 + groups))
    left = problem.residuals(theta)
    damping = 1e-2
    slopes = np.zeros((len(left), len(theta)))
    priors = np.concatenate([1 / problem.common, (1 / problem.own).ravel()])
    slopes[seen:] = np.diag(_PRIOR_WEIGHT * priors)
    for _ in range(rounds):
        for i in range(count):
            # A row follows the common value as it follows that of its own group.
            moved = theta.copy()
            moved[i] += _STEP
            slope = (problem.residuals(moved)[:seen] - left[:seen]) / _STEP
            slopes[:seen, i] = slope
            slopes[np.arange(seen), count + i * groups + problem.group] = slope
        normal, slope = slopes.T @ slopes, slopes.T @ left
        before = float(left @ left)
        for _ in range(8):
            damped = normal + damping * np.diag(np.diag(normal) + 1e-6)
            tried = theta - np.linalg.solve(damped, slope)
            now = problem.residuals(tried)
            if float(now @ now) < before:
                break
            damping *= 4
        else:
            break
        theta, left, damping = tried, now, max(damping / 4, 1e-6)
        if before - float(left @ left) < 1e-4 * before:
            break
    table = np.exp(problem.table(theta))
    return {
        group: {name: float(table[i, j]) for i, name in enumerate(_NAMES)}
        for j, group in enumerate(_IDS)
    }


def errors(rows: Sequence[DecodeRow], constants: Constants) -> Vector:
    """ln(measured / predicted) of the tokens per second of every row."""
    groups = [constants[group_id(row)] for row in rows]
    values = {name: np.array([group[name] for group in groups]) for name in _NAMES}
    seconds = np.array([row.seconds for row in rows])
    return np.asarray(np.log(predicted(columns_of(rows), values) / seconds))


def unseen_errors(
    rows: Sequence[DecodeRow],
    key: Callable[[DecodeRow], str] = lambda row: row.combination,
    draws: int = DRAWS,
) -> list[Vector]:
    """Errors of every row under fits that saw nothing of its combination; one list a draw."""
    found = []
    names = sorted({key(row) for row in rows})
    for draw in range(draws):
        order = np.random.default_rng(draw).permutation(len(names))
        fold_of = {names[name]: place % FOLDS for place, name in enumerate(order)}
        found.append(_folded(rows, lambda row, fold_of=fold_of: fold_of[key(row)]))  # type: ignore[misc]
    return found


def left_out_errors(rows: Sequence[DecodeRow], key: Callable[[DecodeRow], str]) -> Vector:
    """Errors when each key (such as a kind of hardware) is predicted by all the others."""
    return _folded(rows, key)


def _folded(rows: Sequence[DecodeRow], key: Callable[[DecodeRow], Any]) -> Vector:
    error = np.zeros(len(rows))
    for fold in sorted({key(row) for row in rows}):
        constants = fit([row for row in rows if key(row) != fold])
        at = [i for i, row in enumerate(rows) if key(row) == fold]
        error[at] = errors([rows[i] for i in at], constants)
    return error


# --- bands and the file ---------------------------------------------------------------------

_POOLED_ROWS = 10
"""How many rows of all groups together are put beside a group's own for its band."""
_LEAST = 0.10
_FEW_COMBINATIONS = 4


def quantile(values: Sequence[float], weights: Sequence[float], share: float) -> float:
    """The weighted quantile."""
    order = np.argsort(values)
    running = np.cumsum(np.asarray(weights)[order])
    place = int(np.searchsorted(running, share * running[-1]))
    return float(np.asarray(values)[order][min(place, len(values) - 1)])


def band(own: Sequence[float], pooled: Sequence[float]) -> tuple[float, float]:
    """Factors on the expected rate between which 80 % lie, for a group's unseen errors."""
    values = [*own, *pooled]
    beside = _POOLED_ROWS * DRAWS / max(len(pooled), 1)
    weights = [1.0] * len(own) + [beside] * len(pooled)
    low, high = (quantile(values, weights, share) for share in (0.1, 0.9))
    return math.exp(min(low, -_LEAST)), math.exp(max(high, _LEAST))


def written_groups(rows: Sequence[DecodeRow], unseen: Sequence[Vector]) -> list[SpeedGroup]:
    """The rows of the catalogue: constants of all rows, bands of unseen combinations."""
    constants = fit(rows)
    usual = [not row.kinds & {"compressed"} for row in rows]
    own: defaultdict[str, list[float]] = defaultdict(list)
    rare: list[float] = []
    hosted: list[float] = []
    for error in unseen:
        for row, value, plain in zip(rows, error, usual, strict=True):
            if row.row.offload != "none":
                hosted.append(float(value))
            elif plain:
                own[group_id(row)].append(float(value))
            else:
                rare.append(float(value))
    pooled = [value for values in own.values() for value in values]
    found = []
    for group in GROUPS:
        mine = [row for row in rows if group_id(row) == group.id]
        alike = {row.combination for row in mine if "compressed" not in row.kinds}
        low, high = band(own[group.id], pooled)
        few = len(alike) < _FEW_COMBINATIONS
        if few:
            # Nothing says how far a kind of hardware that was hardly measured may be off.
            low, high = min(low, _WIDE[0]), max(high, _WIDE[1])
        new_low, new_high = band(rare, [])
        host_low, host_high = band(hosted, pooled)
        middle = np.median(np.abs(own[group.id])) if own[group.id] else None
        values: dict[str, Any] = {
            **{name: _rounded(value) for name, value in constants[group.id].items()},
            "low": _rounded(low),
            "high": _rounded(high),
            "host_low": _rounded(min(host_low, _WIDE[0])),
            "host_high": _rounded(max(host_high, 1 / _WIDE[0])),
            "new_low": _rounded(min(new_low, low, _WIDE[0])),
            "new_high": _rounded(max(new_high, high, _WIDE[1])),
            "kinds": tuple(sorted({kind for row in mine for kind in row.kinds})),
            "rows": len(mine),
            "combinations": len({row.combination for row in mine}),
            "median_error": None if middle is None else round(math.expm1(middle), 3),
            "weak": few,
        }
        found.append(_row(group, values))
    return found


_WIDE = (0.62, 1.5)
"""Half of all leave-one-hardware-out fits are off by a seventh, and one in five by more than a
third."""


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def text_of(groups: Iterable[SpeedGroup]) -> str:
    """The catalogue file."""
    body = {
        "$schema": "speed-group-file.schema.json",
        "date": "2026-11-22",
        "groups": [group.model_dump(mode="json", exclude_none=True) for group in groups],
    }
    return json.dumps(body, indent=2, ensure_ascii=False) + "\n"


def run(write: bool) -> str:
    """Fit, write the catalogue if asked, and answer the error tables."""
    from tests.speed_fit.decode_report import report

    rows = [row for row in decode_rows("fit") if not is_superseded(row.row)]
    unseen = unseen_errors(rows)
    groups = written_groups(rows, unseen)
    if write:
        path = catalogs_dir() / "speed" / FILE
        path.write_text(text_of(groups), encoding="utf-8", newline="\n")
    return report(groups, rows, unseen, decode_rows("test"))
