"""The build plan as CSV: verdict, parts, memory of every device, assumptions, speed, cost.

One file of blocks, each under its own title line and parted by an empty line. Numbers
are plain (no separators, bytes as whole numbers), so that a spreadsheet reads them as numbers.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable

import moeplanner_gui
from moeplanner_gui.core.assessment import Assessment, DeviceMemory
from moeplanner_gui.core.context import most_sequences
from moeplanner_gui.core.id_words import price_kind_words
from moeplanner_gui.core.plan import Plan, weights_id
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.units import GIB
from moeplanner_gui.core.words import say
from moeplanner_gui.export.assumptions import assumptions
from moeplanner_gui.export.checks import CHECKS_HEADER, check_rows
from moeplanner_gui.export.cost_rows import cost_rows
from moeplanner_gui.export.parts import known_total_usd, parts_list
from moeplanner_gui.export.safe_text import Cell, spreadsheet_cell
from moeplanner_gui.export.speed_rows import speed_rows
from moeplanner_gui.safe_write import write_file_atomically

VERDICT_WORDS = {
    "fits": say("Fits"),
    "tight": say("Tight"),
    "does_not_fit": say("Does not fit"),
    "cannot_run": say("Cannot run"),
}
PARTS_HEADER = (
    say("Count"),
    say("Part"),
    say("Detail"),
    say("Unit price, USD"),
    say("Total, USD"),
    say("Price kind"),
    say("Price date"),
    say("Price source"),
    say("Price confidence"),
    say("Kind"),
    say("Mine already"),
    say("Assumed"),
)
MEMORY_HEADER = (
    say("Device"),
    say("Kind"),
    say("Node"),
    say("First layer"),
    say("Last layer"),
    say("Capacity, bytes"),
    say("Held back, bytes"),
    say("Usable, bytes"),
    say("Routed experts, bytes"),
    say("Other weights, bytes"),
    say("KV cache, bytes"),
    say("Compute buffers, bytes"),
    say("Output buffers, bytes"),
    say("Runtime overhead, bytes"),
    say("Rest of the file, bytes"),
    say("Used, bytes"),
    say("Free, bytes"),
    say("Used, GiB"),
    say("Free, GiB"),
)


# Signs of our own texts that plain ASCII can say as well.
_PLAIN = str.maketrans(
    {"×": "x", "–": "-", "−": "-", "≈": "~", "“": "'", "”": "'", "’": "'", "…": "...", "·": "-"}
)


def encode_csv(text: str) -> bytes:
    """The bytes of a CSV file, UTF-8.

    Programs that guess read plain ASCII right whatever they guess, and some show a byte order
    mark as three odd letters; so it is written only where a name needs more than ASCII.
    """
    plain = text.translate(_PLAIN)
    return plain.encode("utf-8" if plain.isascii() else "utf-8-sig")


def parts_csv(plan: Plan, assessment: Assessment, catalog: CatalogReader) -> str:
    """The build plan as CSV text with CRLF line ends, as RFC 4180 has them."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    blocks = (
        _summary(plan, assessment, catalog),
        _parts(plan, catalog),
        _memory(assessment.devices),
        _assumed(plan, assessment, catalog),
        speed_rows(plan, assessment, catalog),
        cost_rows(plan, assessment, catalog),
        _checks(plan, assessment, catalog),
    )
    for number, block in enumerate(blocks):
        if number:
            writer.writerow(())
        for row in block:
            writer.writerow([spreadsheet_cell(cell) for cell in row])
    return stream.getvalue()


def write_csv(
    path: str | os.PathLike[str], plan: Plan, assessment: Assessment, catalog: CatalogReader
) -> None:
    """Save the build plan as a CSV file.

    Plain ASCII where that says the same, else UTF-8 with a byte order mark: without one,
    LibreOffice and Excel guess the system's old code page and spell × and – wrong.

    Raises:
        OSError: The file could not be written; an existing one is unchanged.
    """
    text = parts_csv(plan, assessment, catalog)
    write_file_atomically(path, encode_csv(text))


def _summary(
    plan: Plan, assessment: Assessment, catalog: CatalogReader
) -> Iterable[tuple[Cell, ...]]:
    try:
        model_name = catalog.model(plan.model).name
    except UnknownEntryError:
        model_name = plan.model
    deployment = plan.deployment
    yield (say("Build plan"), say("MoE Planner"), moeplanner_gui.__version__)
    yield (say("Catalogue"), str(getattr(catalog, "date", "")))
    yield (say("Verdict"), VERDICT_WORDS[assessment.verdict])
    for reason in assessment.reasons:
        yield ("", reason)
    yield (say("Model"), model_name, plan.model)
    if assessment.model is not None:
        yield (say("Parameters, total"), assessment.model.total_parameters)
        yield (say("Parameters, active"), assessment.model.active_parameters)
        yield (say("Weights"), weights_id(plan))
        yield (say("Weights, bytes"), assessment.model.weights_bytes)
        yield (say("Bits per weight"), round(assessment.model.bits_per_weight, 4))
    yield (say("Engine"), deployment.engine)
    yield (say("KV cache, K"), deployment.cache_type_k)
    yield (say("KV cache, V"), deployment.cache_type_v)
    yield (say("KV cache, bytes"), assessment.kv_cache_bytes)
    yield (say("Context, tokens"), plan.workload.context_tokens)
    yield (say("Sequences"), plan.workload.sequences)
    yield (say("Longest context, tokens"), assessment.max_context_tokens)
    yield (say("Longest context is limited by"), assessment.max_context_limited_by or "")
    try:
        most = most_sequences(plan, catalog)
    except UnknownEntryError:
        most = None
    if most is not None and assessment.verdict != "cannot_run":
        yield (say("Most sequences at a time"), most.sequences)
        yield (say("Most sequences are limited by"), most.limited_by)


def _checks(
    plan: Plan, assessment: Assessment, catalog: CatalogReader
) -> Iterable[tuple[Cell, ...]]:
    yield (say("Checks"),)
    yield CHECKS_HEADER
    yield from check_rows(plan, assessment, catalog)


def _parts(plan: Plan, catalog: CatalogReader) -> Iterable[tuple[Cell, ...]]:
    rows = parts_list(plan, catalog)
    yield (say("Parts"),)
    yield PARTS_HEADER
    for row in rows:
        yield (
            row.count,
            row.name,
            row.detail,
            row.unit_usd,
            row.total_usd,
            price_kind_words(row.price_kind),
            row.price_date,
            row.price_source,
            row.confidence,
            row.kind,
            row.mine,
            "assumed" if row.assumed else "",
        )
    total, without = known_total_usd(rows)
    note = say("parts without a price, left out: {0} of {1}", without, len(rows)) if without else ""
    yield ("", say("Total of the known prices"), note, None, round(total, 2))
    if plan.economics.hardware_usd is not None:
        yield ("", say("Whole rig, typed in"), "", None, plan.economics.hardware_usd)


def _memory(devices: tuple[DeviceMemory, ...]) -> Iterable[tuple[Cell, ...]]:
    yield (say("Memory of every device"),)
    yield MEMORY_HEADER
    for device in devices:
        first, last = device.layers or (None, None)
        yield (
            device.name,
            device.kind,
            device.node + 1,
            first,
            last,
            device.capacity_bytes,
            device.capacity_bytes - device.usable_bytes,
            device.usable_bytes,
            device.routed_experts_bytes,
            device.other_weights_bytes,
            device.kv_cache_bytes,
            device.compute_bytes,
            device.output_bytes,
            device.overhead_bytes,
            device.file_rest_bytes,
            device.used_bytes,
            device.free_bytes,
            round(device.used_bytes / GIB, 2),
            device.free_bytes * 100 // GIB / 100,  # rounded down, as everywhere
        )


def _assumed(
    plan: Plan, assessment: Assessment, catalog: CatalogReader
) -> Iterable[tuple[Cell, ...]]:
    yield (say("Assumptions"),)
    found = assumptions(plan, assessment, catalog, marks=True)
    for sentence in found:
        yield (sentence,)
    if not found:
        yield (say("None: everything was chosen or is verified."),)
