"""Two to four plans side by side: which figures and choices differ, and which value is best.

Computes no figure of its own. A value is called best only among plans that fit, and only where
the figure of every one of these is known: an unknown price may be the lowest.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, Literal

from moeplanner_gui.core.assessment import Assessment, Cost, Range, Speed
from moeplanner_gui.core.compare_choices import choices, context_of
from moeplanner_gui.core.cost.sentence import known_usd
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.speed.terms import bound_words
from moeplanner_gui.core.users import is_shared, slots_of
from moeplanner_gui.core.verdict_words import without_verdict
from moeplanner_gui.core.words import say

MOST_PLANS: Final = 4
WEAK: Final = say("weak")
"""The note at a speed with few measurements behind it."""
ALIKE: Final = 0.03
"""Modelled figures that differ by less are alike: the model's median error is several times it."""
_EXACT: Final = frozenset(("tokens", "usd"))
"""Kinds of figures that are solved or added up, not modelled."""
Group = Literal["answer", "speed", "money", "memory", "plan"]
Kind = Literal[
    "words", "verdict", "free", "used", "tokens", "rate", "seconds", "watts", "usd", "month",
    "each_mtok", "mtok", "months",
]  # fmt: skip
Value = int | float | str | Range | None
_Better = Literal["higher", "lower", ""]


@dataclass(frozen=True, slots=True)
class Compared:
    """One of the plans, with what was computed for it and the rows it was computed with."""

    plan: Plan
    assessment: Assessment
    catalog: CatalogReader


@dataclass(frozen=True, slots=True)
class Cell:
    """One plan's value in a row.

    Attributes:
        value: In the unit of the row's kind (bytes, tokens, tokens/s, s, W, USD, millions of
            tokens, months); infinite for never, None where it is not known or there is none.
        note: What belongs beside it: the device, what ends it, why there is no value.
        of_bytes: What may be used, beside what is used.
        path: What ``explain`` is asked for, "" where nothing explains it.
    """

    value: Value
    note: str = ""
    of_bytes: int | None = None
    path: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure or choice of every plan.

    Attributes:
        key: Stable name.
        best: Positions of the plans with the best value; empty where none can be called so.
        is_sure: False when the ranges overlap, so that another one may turn out better.
    """

    key: str
    group: Group
    label: str
    kind: Kind
    cells: tuple[Cell, ...]
    best: tuple[int, ...] = ()
    is_sure: bool = True

    @property
    def differs(self) -> bool:
        """Whether the plans are not all alike in this."""
        first = self.cells[0]
        same = ((c.value, c.note, c.of_bytes) for c in self.cells)
        return any(cell != (first.value, first.note, first.of_bytes) for cell in same)


def compare(plans: Sequence[Compared]) -> tuple[Row, ...]:
    """The rows, in the order in which they decide.

    Raises:
        ValueError: Fewer than two plans, or more than four.
    """
    if not 2 <= len(plans) <= MOST_PLANS:
        raise ValueError(say("Two to {0} plans can be compared, not {1}.", MOST_PLANS, len(plans)))
    told = choices([(each.plan, each.catalog) for each in plans])
    chosen = (
        Row(f"plan.{key}", "plan", label, "words", tuple(Cell(text) for text in texts))
        for key, label, texts in told
    )
    return (*_answer_rows(plans), *_memory_rows(plans), *chosen)


def unlike(plans: Sequence[Compared]) -> tuple[str, ...]:
    """What the plans are asked for differently, so that their figures answer other questions."""
    asked: tuple[tuple[str, Callable[[Plan], object]], ...] = (
        (say("model"), lambda plan: plan.model),
        (say("weights"), lambda plan: plan.weights),
        (say("context"), context_of),
        (say("users"), lambda plan: plan.workload.sequences),
        (say("prompt"), lambda plan: plan.workload.prompt_tokens),
        (say("tokens a month"), lambda plan: (
            plan.workload.input_mtok_per_month, plan.workload.output_mtok_per_month
        )),
    )  # fmt: skip
    return tuple(name for name, of in asked if len({of(each.plan) for each in plans}) > 1)


# --- figures ----------------------------------------------------------------------------------


def _answer_rows(plans: Sequence[Compared]) -> Iterator[Row]:
    users = any(each.plan.workload.sequences > 1 for each in plans)
    yield _row("verdict", "answer", say("Verdict"), "verdict", plans, _verdict)
    yield _row("tightest", "answer", say("Free on the tightest device"), "free", plans, _tightest)
    label = say("Longest context, each user") if users else say("Longest context")
    yield _row("context", "answer", label, "tokens", plans, _longest, "higher")
    for field, label, kind, better in _SPEED:
        if field == "decode_tokens_per_s_all_users" and not users:
            continue
        name = say("{0}, each user", label) if users and field == "decode_tokens_per_s" else label

        def rate(each: Compared, field: str = field) -> Cell:
            return _speed(each, field)

        yield _row(f"speed.{field}", "speed", name, kind, plans, rate, better)
    yield _row("speed.bound_by", "speed", say("Decode is bound by"), "words", plans, _bound)
    yield _row("power.load_w", "money", say("At the wall, busy"), "watts", plans, _load, "lower")
    yield _row("power.idle_w", "money", say("At the wall, idle"), "watts", plans, _idle, "lower")
    yield _row("cost.hardware_usd", "money", say("Hardware"), "usd", plans, _hardware, "lower")
    yield _row("cost.own", "money", say("Owning, a month"), "month", plans, _owning, "lower")
    yield _row("cost.own_each", "money", say("Owning, a million tokens"), "each_mtok", plans,
               _owning_each, "lower")  # fmt: skip
    if any(each.assessment.cost.api_usd_per_month is not None for each in plans):
        yield _row("cost.api", "money", say("API, a month"), "month", plans, _api)
        yield _row("cost.breakeven", "money", say("Owning wins above, a month"), "mtok", plans,
                   _break_even, "lower")  # fmt: skip
        yield _row(
            "cost.payback", "money", say("Pays off after"), "months", plans, _payback, "lower"
        )


_SPEED: tuple[tuple[str, str, Kind, _Better], ...] = (
    ("decode_tokens_per_s", say("Decode"), "rate", "higher"),
    ("decode_tokens_per_s_all_users", say("Decode, all users"), "rate", "higher"),
    ("prefill_tokens_per_s", say("Prefill"), "rate", "higher"),
    ("time_to_first_token_s", say("First token after"), "seconds", "lower"),
)


def _row(
    key: str,
    group: Group,
    label: str,
    kind: Kind,
    plans: Sequence[Compared],
    cell: Callable[[Compared], Cell],
    better: _Better = "",
) -> Row:
    cells = tuple(cell(each) for each in plans)
    best, is_sure = _best(plans, cells, better, 0.0 if kind in _EXACT else ALIKE)
    return Row(key, group, label, kind, cells, best, is_sure)


def _best(
    plans: Sequence[Compared], cells: Sequence[Cell], better: _Better, alike: float
) -> tuple[tuple[int, ...], bool]:
    """Positions of the best value, and whether no other one's range reaches into its own."""
    none: tuple[tuple[int, ...], bool] = (), True
    running = [i for i, each in enumerate(plans) if each.assessment.fits]
    if not better or len(running) < 2:
        return none
    found: dict[int, Range] = {}
    for i in running:
        value = cells[i].value
        if isinstance(value, Range):
            found[i] = value
        elif isinstance(value, (int, float)):
            found[i] = Range(value, value, value)
        else:
            return none  # What is not known may be better than all the others.
    expected = {i: value.expected for i, value in found.items()}
    top = max(expected.values()) if better == "higher" else min(expected.values())
    near = 0.0 if math.isinf(top) else abs(top) * alike
    best = tuple(i for i in running if expected[i] == top or abs(expected[i] - top) <= near)
    if len(best) == len(running) or math.isinf(top):
        return none
    others = [found[i] for i in running if i not in best]
    if better == "higher":
        is_sure = min(found[i].low for i in best) > max(value.high for value in others)
    else:
        is_sure = max(found[i].high for i in best) < min(value.low for value in others)
    return best, is_sure


def _verdict(each: Compared) -> Cell:
    assessment = each.assessment
    note = say("not checked to run") if assessment.unchecked and assessment.fits else ""
    if not assessment.fits and assessment.reasons:
        note = without_verdict(assessment.reasons[0])
    return Cell(assessment.verdict, note, path="verdict")


def _tightest(each: Compared) -> Cell:
    index = each.assessment.tightest
    if index is None or each.assessment.verdict == "cannot_run":
        return Cell(None)
    device = each.assessment.devices[index]
    return Cell(device.free_bytes, device.name, path=f"devices.{index}.free_bytes")


def _longest(each: Compared) -> Cell:
    assessment = each.assessment
    if assessment.verdict == "cannot_run" or assessment.max_context_limited_by is None:
        return Cell(None)
    tokens = assessment.max_context_tokens // slots_of(each.plan)
    notes = []
    if is_shared(each.plan):
        notes.append(say("shared by the users"))
    if assessment.max_context_limited_by == "model" and tokens:
        notes.append(say("model limit"))
    return Cell(tokens, ", ".join(notes), path="max_context_tokens")


def _speed(each: Compared, field: str) -> Cell:
    speed: Speed = each.assessment.speed
    value: Range | None = getattr(speed, field)
    if value is None:
        # That it does not fit is said by the verdict.
        return Cell(None, (speed.because or "") if each.assessment.fits else "")
    return Cell(value, WEAK if speed.weak else "", path=f"speed.{field}")


def _bound(each: Compared) -> Cell:
    return Cell(bound_words(each.assessment.speed.bound_by))


def _load(each: Compared) -> Cell:
    return Cell(each.assessment.power.load_w, path="power.load_w")


def _idle(each: Compared) -> Cell:
    return Cell(each.assessment.power.idle_w, path="power.idle_w")


def _hardware(each: Compared) -> Cell:
    cost = each.assessment.cost
    if cost.hardware_usd is not None:
        return Cell(cost.hardware_usd, path="cost.hardware_usd")
    if not cost.unpriced_parts:
        return Cell(None)
    missing = say("no price: {0}", ", ".join(cost.unpriced_parts))
    if cost.known_hardware_usd:
        missing = say("more than {0}, {1}", known_usd(cost.known_hardware_usd), missing)
    return Cell(None, missing, path="cost.hardware_usd")


def _owning(each: Compared) -> Cell:
    cost = each.assessment.cost
    own = cost.own_usd_per_month
    if own is None:
        return Cell(None, cost.because[0] if cost.because and each.assessment.fits else "")
    ranged = _ranged(cost.own_usd_per_month_low, own, cost.own_usd_per_month_high)
    return Cell(ranged, path="cost.own_usd_per_month")


def _owning_each(each: Compared) -> Cell:
    own = each.assessment.cost.own_usd_per_mtok
    return Cell(own, path="" if own is None else "cost.own_usd_per_mtok")


def _api(each: Compared) -> Cell:
    cost = each.assessment.cost
    name = cost.api_name or ""
    bill = _ranged(cost.api_usd_per_month_low, cost.api_usd_per_month, cost.api_usd_per_month_high)
    return Cell(bill, name, path="" if bill is None else "cost.api_usd_per_month")


def _ranged(low: float | None, expected: float | None, high: float | None) -> Range | float | None:
    if expected is None or low is None or high is None:
        return expected
    return Range(low, expected, high)


def _break_even(each: Compared) -> Cell:
    cost: Cost = each.assessment.cost
    path = "cost.breakeven_mtok_per_month"
    if cost.breakeven_answer == "reached":
        return Cell(cost.breakeven_mtok_per_month, path=path)
    if cost.breakeven_answer == "never":
        return Cell(math.inf, say("power alone costs more"), path=path)
    if cost.breakeven_answer == "not_reachable":
        return Cell(math.inf, say("above what it can do"), path=path)
    return Cell(None)


def _payback(each: Compared) -> Cell:
    cost = each.assessment.cost
    if cost.payback_answer == "never":
        return Cell(math.inf, "", path="cost.payback_months")
    if cost.payback_answer is None:
        return Cell(None)
    note = say("after it is written off") if cost.payback_answer == "after_life" else ""
    return Cell(cost.payback_months, note, path="cost.payback_months")


# --- memory -----------------------------------------------------------------------------------


def _memory_rows(plans: Sequence[Compared]) -> Iterator[Row]:
    """One row a device of the plan that has most, by its number: GPU 1, GPU 2, Host 1."""
    labelled = [_labelled(each.assessment) for each in plans]
    places = dict.fromkeys(place for devices in labelled for place in devices)
    for kind, number in sorted(places, key=lambda place: (_KIND_ORDER[place[0]], place[1])):
        cells = tuple(devices.get((kind, number), Cell(None)) for devices in labelled)
        name = _KIND_NAMES[kind].format(number)
        yield Row(f"memory.{_KIND_IDS[kind]} {number}", "memory", name, "used", cells)


_KIND_IDS = {"gpu": "GPU", "host": "Host", "disk": "Disk"}
_KIND_NAMES = {"gpu": "GPU {0}", "host": say("Host {0}"), "disk": say("Disk {0}")}
_KIND_ORDER = {"gpu": 0, "host": 1, "disk": 2}


def _labelled(assessment: Assessment) -> Mapping[tuple[Literal["gpu", "host", "disk"], int], Cell]:
    counted: Counter[str] = Counter()
    found = {}
    for index, device in enumerate(assessment.devices):
        counted[device.kind] += 1
        if device.kind != "gpu" and not device.used_bytes:
            continue
        # "GPU 2, RTX 4090": the number is in the row's label.
        _, _, card = device.name.partition(", ")
        path = f"devices.{index}.used_bytes"
        found[device.kind, counted[device.kind]] = Cell(
            device.used_bytes, card, device.usable_bytes, path
        )
    return found
