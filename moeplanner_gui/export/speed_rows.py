"""Speed as rows of plain numbers: for the CSV and for what is copied into a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from moeplanner_gui.core.assessment import Assessment, Range
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.prepare import prepare
from moeplanner_gui.core.speed.assess import depth_of, prompt_of
from moeplanner_gui.core.speed.constants import SpeedGroup
from moeplanner_gui.core.speed.decode import Decode, decode_speed
from moeplanner_gui.core.speed.prefill import Prefill, prefill_speed
from moeplanner_gui.core.speed.prefill_constants import PrefillGroup
from moeplanner_gui.core.speed.terms import Term, bound_words
from moeplanner_gui.core.words import say
from moeplanner_gui.export import speed_words as words
from moeplanner_gui.export.safe_text import Cell as Cell
from moeplanner_gui.export.safe_text import tab_separated
from moeplanner_gui.export.speed_steps import TERM_WORDS, units_of

if TYPE_CHECKING:
    from moeplanner_gui.core.speed.nearest import Neighbour

FIGURES_HEADER = (say("Figure"), say("Unit"), say("Low"), say("Expected"), say("High"))
STEPS_HEADER = (
    say("Part of one step"),
    say("Device"),
    "ms",
    say("Share, %"),
    say("Moved or counted"),
    say("Unit"),
    say("Rate"),
    say("Unit"),
)
MEASURED_HEADER = (
    say("Measured, tok/s"),
    say("Ours, low"),
    say("Ours, expected"),
    say("Ours, high"),
    say("Model"),
    say("Weights"),
    say("Hardware"),
    say("Engine"),
    say("Context, tokens"),
    say("Users"),
    say("Date"),
    say("What differs"),
    say("Source"),
    say("Where in it"),
)
MOST_MEASURED = 5


def decode_of(plan: Plan, assessment: Assessment, catalog: CatalogReader) -> Decode | None:
    """The decode behind the assessment's figure, with its terms and constants."""
    if assessment.speed.decode_tokens_per_s is None:
        return None
    found = decode_speed(prepare(plan, catalog), catalog, depth_of(plan), plan.workload.sequences)
    return found if isinstance(found, Decode) else None


def prefill_of(plan: Plan, assessment: Assessment, catalog: CatalogReader) -> Prefill | None:
    """The prefill behind the assessment's figure, with its terms and constants."""
    if assessment.speed.prefill_tokens_per_s is None:
        return None
    found = prefill_speed(prepare(plan, catalog), catalog, prompt_of(plan))
    return found if isinstance(found, Prefill) else None


def nearest_of(
    plan: Plan, catalog: CatalogReader, count: int = MOST_MEASURED
) -> tuple[Neighbour, ...]:
    """The published measurements nearest to the plan."""
    from moeplanner_gui.core.speed.nearest import nearest

    try:
        return nearest(plan, catalog, count)
    except UnknownEntryError:
        return ()


def figure_rows(assessment: Assessment) -> Iterable[tuple[Cell, ...]]:
    """The figures with their bands; one that is not known has empty cells."""
    speed = assessment.speed
    for name, unit, value in (
        (say("Decode, each user"), "tokens/s", speed.decode_tokens_per_s),
        (say("Decode, all users"), "tokens/s", speed.decode_tokens_per_s_all_users),
        (say("Prefill"), "tokens/s", speed.prefill_tokens_per_s),
        (say("Time to first token"), "s", speed.time_to_first_token_s),
    ):
        yield (name, unit, *_ends(value))


def _ends(value: Range | None) -> tuple[Cell, Cell, Cell]:
    if value is None:
        return None, None, None
    return round(value.low, 3), round(value.expected, 3), round(value.high, 3)


def step_rows(terms: Sequence[Term], devices: Sequence[str]) -> Iterable[tuple[Cell, ...]]:
    """Every part of one step, each device by itself."""
    whole = sum(term.seconds for term in terms)
    for term in terms:
        device = ""
        if term.device is not None and term.device < len(devices):
            device = devices[term.device]
        unit, per = units_of(term)
        yield (
            TERM_WORDS[term.kind],
            device,
            round(term.seconds * 1000, 6),
            round(100 * term.seconds / whole, 3) if whole else None,
            round(term.amount, 3) if term.amount else None,
            unit if term.amount else "",
            float(f"{term.rate:.6g}") if term.rate else None,
            per if term.rate else "",
        )


def measured_row(neighbour: Neighbour, catalog: CatalogReader) -> tuple[Cell, ...]:
    """One published measurement, our own figure for it, and how it differs from the plan."""
    row = neighbour.measurement
    return (
        row.decode_tokens_per_s,
        *_ends(neighbour.expected),
        row.model,
        row.weights,
        words.hardware_text(row, catalog),
        words.engine_text(row),
        row.depth_tokens,
        row.users,
        row.date,
        "; ".join(neighbour.differences),
        row.source,
        row.locator or "",
    )


def group_rows(what: str, group: SpeedGroup | PrefillGroup) -> Iterable[tuple[Cell, ...]]:
    """The constants' group and what stands behind it."""
    yield (say("Constants of {0}", what), group.name)
    yield (say("Measurements behind them"), group.rows)
    yield (say("Combinations of hardware and model"), group.combinations)
    if group.median_error is not None:
        yield (say("Median error of these, %"), round(group.median_error * 100, 1))
    yield (say("Few measurements"), "yes" if group.weak else "no")
    if group.note:
        yield (say("Remark"), group.note)


def speed_rows(
    plan: Plan, assessment: Assessment, catalog: CatalogReader
) -> Iterable[tuple[Cell, ...]]:
    """The whole block: figures, case, constants, the step and the nearest measurements."""
    speed = assessment.speed
    yield (say("Speed"),)
    yield FIGURES_HEADER
    yield from figure_rows(assessment)
    if speed.because:
        yield (say("Not known, because"), speed.because)
    for name, value in (
        (say("Tokens of context filled, each user"), speed.depth_tokens),
        (say("Tokens of the prompt"), speed.prompt_tokens),
        (say("Bound by"), bound_words(speed.bound_by)),
    ):
        if value is not None:
            yield (name, value)
    decode = decode_of(plan, assessment, catalog)
    prefill = prefill_of(plan, assessment, catalog)
    if decode is not None:
        yield from group_rows("decode", decode.group)
    if prefill is not None:
        yield from group_rows("prefill", prefill.group)
    if decode is not None:
        yield ()
        yield (say("Where the time of one token goes"),)
        yield STEPS_HEADER
        yield from step_rows(decode.terms, [device.name for device in assessment.devices])
    if assessment.verdict in ("does_not_fit", "cannot_run"):
        return
    measured = nearest_of(plan, catalog)
    if measured:
        yield ()
        yield (say("Measured by others"),)
        yield MEASURED_HEADER
        for neighbour in measured:
            yield measured_row(neighbour, catalog)


def as_tsv(rows: Iterable[Sequence[Cell]]) -> str:
    """Rows for a spreadsheet: a tab or a line end in a name would be a cell of its own."""
    return tab_separated(rows)
