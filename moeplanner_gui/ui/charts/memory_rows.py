"""The memory table as numbers and words, for the Memory tab and the printed page alike.

Knows no Qt. Amounts are hundredths of the shown unit, rounded so that every column and every
row adds up exactly as it is printed.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from moeplanner_gui.core.assessment import Assessment, DeviceMemory
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.units import GB, GIB, MemoryUnit
from moeplanner_gui.core.words import say

HUNDREDTHS = 100


@dataclass(frozen=True, slots=True)
class MemoryRow:
    """One line of the table.

    ``field`` ends the path for "How is this computed?" (``devices.N.<field>``); ``swatch`` is
    the part's key in the bars, None for sums. ``cells`` has one amount a device, ``total`` all
    of them together, None where the sum would mean nothing: what is free in the host is of no
    use to a card.
    """

    label: str
    field: str
    swatch: str | None
    cells: tuple[int, ...]
    total: int | None
    strong: bool = False


@dataclass(frozen=True, slots=True)
class MemoryTable:
    """All rows with the names of the columns."""

    unit: MemoryUnit
    columns: tuple[str, ...]
    device_indices: tuple[int, ...]
    total_label: str
    rows: tuple[MemoryRow, ...]


# label, field of DeviceMemory, swatch; "output_bytes" is drawn with the compute buffers.
_PARTS = (
    (say("Routed experts"), "routed_experts_bytes", "experts"),
    (say("Attention, shared, embeddings"), "other_weights_bytes", "attention"),
    (say("KV cache"), "kv_cache_bytes", "kv"),
    (say("Compute buffers"), "compute_bytes", "compute"),
    (say("Output"), "output_bytes", "compute"),
    (say("Runtime overhead"), "overhead_bytes", "overhead"),
    (say("Rest of the file"), "file_rest_bytes", "file_rest"),
)

# A few MB of logits are nothing that could be seen; a file is counted only where it is read
# from a disk.
_SELDOM = ("output_bytes", "file_rest_bytes")


_SIZES = attrgetter(*(field for _, field, _ in _PARTS))


def bytes_of(unit: MemoryUnit) -> int:
    """How many bytes one of the unit is."""
    return GIB if unit == "GiB" else GB


def device_labels(devices: Sequence[DeviceMemory]) -> tuple[str, ...]:
    """Short names in the order of ``devices``: GPU 1, GPU 2, Host; hosts are numbered when several.

    Cards are numbered through all nodes, as everywhere else in the program.
    """
    hosts = sum(device.kind == "host" for device in devices)
    labels = []
    gpu = 0
    for device in devices:
        if device.kind == "gpu":
            gpu += 1
            labels.append(say("GPU {0}", gpu))
        elif device.kind == "host":
            labels.append(say("Host {0}", device.node + 1) if hosts > 1 else say("Host"))
        else:
            labels.append(say("Disk"))
    return tuple(labels)


def shown_amount(hundredths: int) -> str:
    """An amount of the table as text, with two decimals and separators."""
    sign = "−" if hundredths < 0 else ""
    return sign + say("{0:,.2f}", abs(hundredths) / HUNDREDTHS)


def shown_total(row: MemoryRow) -> str:
    """The total of a row as text, a dash where there is none."""
    return "–" if row.total is None else shown_amount(row.total)


def shown_short(free_bytes: int, unit: MemoryUnit = "GiB") -> str:
    """How much is missing, for a negative ``free_bytes``: rounded up, like the table's free."""
    return shown_amount(-(free_bytes * HUNDREDTHS // bytes_of(unit)))


def memory_table(assessment: Assessment, unit: MemoryUnit = "GiB") -> MemoryTable:
    """The rows for all cards, and for host memory and disks that hold something.

    A host that the engine leaves empty would only add zeros; without cards it stays.
    """
    gpus = sum(d.kind == "gpu" for d in assessment.devices)
    kept = [
        i
        for i, d in enumerate(assessment.devices)
        if d.kind == "gpu" or d.used_bytes or (not gpus and d.kind == "host")
    ]
    devices = [assessment.devices[i] for i in kept]
    labels = device_labels(assessment.devices)
    divisor = bytes_of(unit)
    columns = _columns(devices, divisor)
    lines = list(zip(*columns, strict=True)) or [()] * (len(_PARTS) + 3)
    rows = []
    for (label, field, swatch), cells in zip(_PARTS, lines, strict=False):
        if field in _SELDOM and not any(cells):
            continue
        rows.append(MemoryRow(label, field, swatch, cells, sum(cells)))
    used = lines[-1]
    rows.append(MemoryRow(say("Used"), "used_bytes", None, used, sum(used), strong=True))
    for offset, (label, field, swatch) in enumerate(
        ((say("Free"), "free_bytes", "free"), (say("Held back"), "held_back_bytes", "held_back"))
    ):
        cells = lines[len(_PARTS) + offset]
        mixed = field == "free_bytes" and len({d.kind for d in devices}) > 1
        rows.append(MemoryRow(label, field, swatch, cells, None if mixed else sum(cells)))
    both = len(devices) == gpus == 2
    return MemoryTable(
        unit=unit,
        columns=tuple(labels[i] for i in kept),
        device_indices=tuple(kept),
        total_label=say("Both") if both else say("All"),
        rows=tuple(rows),
    )


def _columns(devices: Sequence[DeviceMemory], divisor: int) -> list[list[int]]:
    """A column for each device; of many cards most hold the same."""
    known: dict[tuple[object, ...], list[int]] = {}
    columns = []
    for device in devices:
        sizes = (
            device.capacity_bytes,
            device.usable_bytes,
            *_SIZES(device),
        )
        if sizes not in known:
            known[sizes] = _column(device, divisor)
        columns.append(known[sizes])
    return columns


def _column(device: DeviceMemory, divisor: int) -> list[int]:
    """Hundredths of all parts, then free, held back and used.

    The used total is rounded to nearest and its parts share the rounding (largest remainder),
    free is rounded down: the table never promises more than there is.
    """
    sizes = [getattr(device, field) for _, field, _ in _PARTS]
    parts = _round_together(sizes, divisor)
    free = device.free_bytes * HUNDREDTHS // divisor
    held = round((device.capacity_bytes - device.usable_bytes) * HUNDREDTHS / divisor)
    return [*parts, free, held, sum(parts)]


def _round_together(sizes: Sequence[int], divisor: int) -> list[int]:
    """Round to hundredths so that the parts add up to the rounded total; each is off by < 0.01."""
    total = round(sum(sizes) * HUNDREDTHS / divisor)
    floors = [size * HUNDREDTHS // divisor for size in sizes]
    rest = total - sum(floors)
    by_remainder = sorted(
        range(len(sizes)), key=lambda i: sizes[i] * HUNDREDTHS % divisor, reverse=True
    )
    for index in by_remainder[: max(rest, 0)]:
        floors[index] += 1
    return floors


def table_as_tsv(table: MemoryTable, sure: Sequence[str], formulas: Sequence[str]) -> str:
    """The whole table as tab-separated text for a spreadsheet; numbers without separators."""
    head = [
        table.unit,
        *table.columns,
        table.total_label,
        say("How sure"),
        say("How it is computed"),
    ]
    lines = ["\t".join(head)]
    for row, certainty, formula in zip(table.rows, sure, formulas, strict=True):
        amounts = [say("{0:.2f}", cell / HUNDREDTHS) for cell in row.cells]
        amounts.append("" if row.total is None else say("{0:.2f}", row.total / HUNDREDTHS))
        lines.append("\t".join([row.label, *amounts, certainty, formula.replace("\t", " ")]))
    return "\n".join(lines) + "\n"
