"""Why a card is, or is not, a catalogue row: one sentence or two for a buyer."""

from __future__ import annotations

from collections.abc import Sequence

from moeplanner_gui.core.card_names import name_without_size
from moeplanner_gui.core.detected import DetectedCard
from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.detect.card_memory import ecc_explains, gib, memory_fit, part_of
from moeplanner_gui.detect.proposal import How
from moeplanner_gui.detect.variants import Twin, is_laptop, is_slice

OWN_ENTRY = "It becomes an entry of your own with what was read."


def matched(card: DetectedCard, row: GpuSpec, how: How) -> str:
    """What agreed, and what the memory says."""
    if how == "pci_id":
        first = f"Its PCI device number {card.pci_id} is that of the {row.name}"
    else:
        first = f"The driver calls it “{card.name}”, as the {row.name}"
    fit = memory_fit(card, row)
    if fit == "unread":
        return f"{first}. Its memory could not be read and is taken from the catalogue."
    seen = gib(card.memory_total_bytes or 0)
    if row.devices > 1:
        return f"{first}, of which this is one of {row.devices} devices, with {seen}."
    if ecc_explains(card, row):
        return (
            f"{first}. The driver shows {seen} of {row.memory_gb:g} GB, as error correction "
            "(ECC) is on and takes its share."
        )
    if row.unified_memory:
        return f"{first}. The GPU can use {seen} of {row.memory_gb:g} GB at most as it is set up."
    if fit == "less":
        return f"{first}. The driver shows {seen} of {row.memory_gb:g} GB and keeps the rest."
    return f"{first}, and its {seen} of memory agree."


def entered_before(card: DetectedCard, row: GpuSpec) -> str:
    """The user's own row."""
    seen = gib(card.memory_total_bytes or 0)
    return f"This is your own {row.name}: name, PCI device number and {seen} of memory agree."


def not_whole(card: DetectedCard, whole: Sequence[GpuSpec]) -> str:
    """A slice of a card, or a virtual one."""
    board = f"the {whole[0].name}" if whole else "the card"
    if card.mig and card.vendor == "AMD":
        return (
            f"Compute partitioning is on: {board} is split into parts, and programs use a part, "
            "not the whole card. Set it to SPX to use it whole."
        )
    if card.mig:
        return (
            f"MIG is on: {board} is split into slices, and programs use a slice, not the whole "
            "card. Turn MIG off to use it whole."
        )
    if is_slice(card):
        return f"This is a slice (MIG) of a card, not the whole card. {OWN_ENTRY}"
    name = f"“{card.name}”" if card.name else "This card"
    size = "" if card.memory_total_bytes is None else f" with {gib(card.memory_total_bytes)}"
    return f"{name} is a virtual GPU{size}: a part of a board that may be shared. {OWN_ENTRY}"


def unknown(card: DetectedCard) -> str:
    """Neither number nor name is in the catalogue."""
    if card.name is None and card.pci_id is None:
        return f"Neither its name nor its PCI device number could be read. {OWN_ENTRY}"
    name = f"“{card.name}”" if card.name else f"The PCI device number {card.pci_id}"
    if is_laptop(card.name):
        return (
            f"{name} is a laptop's chip that the catalogue does not have. The desktop card of "
            f"that name is another one, with other memory and speed. {OWN_ENTRY}"
        )
    return f"{name} is not in the catalogue. {OWN_ENTRY}"


def another_name(card: DetectedCard, offered: Sequence[GpuSpec], laptop: bool) -> str:
    """The number is known and something else read of the card contradicts it."""
    row = name_without_size(offered[0].name) if offered else "a known card"
    if laptop:
        return (
            f"“{card.name}” is a laptop's chip; the {row} of the catalogue is a card for a "
            f"desktop, with other memory and speed. {OWN_ENTRY}"
        )
    if card.pci_id is None:
        return f"“{card.name}” is the name of the {row}, but another chip. {OWN_ENTRY}"
    name = f"the driver calls it “{card.name}”" if card.name else "its chip is another one"
    return (
        f"Its PCI device number {card.pci_id} is also that of the {row}, but {name}: "
        f"not surely the same card. {OWN_ENTRY}"
    )


def which_machine(card: DetectedCard, rows: Sequence[GpuSpec], *, found: bool) -> str:
    """A machine with shared memory whose size is not sure."""
    names = _either([row.name for row in rows])
    if card.memory_total_bytes is None:
        return f"This is the {names}, but the machine's memory could not be read. Choose yours."
    seen = gib(card.memory_total_bytes)
    if found:
        return (
            f"The driver gives the GPU {seen}, which may be all or half of the machine's memory: "
            f"this is the {names}. Choose yours."
        )
    return (
        f"The driver gives the GPU {seen}, and the machine is not of the size of the {names}. "
        f"{OWN_ENTRY}"
    )


def more_memory(card: DetectedCard, row: GpuSpec) -> str:
    """More than the largest one ever had."""
    seen = gib(card.memory_total_bytes or 0)
    return (
        f"The driver shows {seen} where the {row.name} has {row.memory_gb / row.devices:g} GB: "
        f"a modified card, or one that the catalogue does not have. {OWN_ENTRY}"
    )


def another_memory(card: DetectedCard, rows: Sequence[GpuSpec]) -> str:
    """Another memory size of a known card, or a part of it."""
    row = rows[0]
    seen = gib(card.memory_total_bytes or 0)
    parts = part_of(card, row)
    if card.vendor == "AMD" and parts is not None and (row.arch or "").startswith("CDNA"):
        return (
            f"{seen} is one of {parts} equal parts of the {row.name}: the card is partitioned "
            "(CPX, DPX or NPS mode). Set it to SPX and NPS1 to plan with the whole card."
        )
    sizes = _either([f"{row.memory_gb / row.devices:g}" for row in rows])
    name = name_without_size(row.name)
    return f"The driver shows {seen} where the {name} has {sizes} GB: another card. {OWN_ENTRY}"


def is_a_twin(card: DetectedCard, twins: Sequence[Twin]) -> str:
    """A product that is known by name only."""
    names = _either([_twin_name(twin) for twin in twins])
    return f"This is the {names}, which the catalogue does not have. {OWN_ENTRY}"


def cannot_tell(card: DetectedCard, rows: Sequence[GpuSpec], twins: Sequence[Twin]) -> str:
    """Several products look the same by what was read."""
    names = _either([*(row.name for row in rows), *(_twin_name(twin) for twin in twins)])
    missing = "The driver did not tell the product's name."
    if card.memory_total_bytes is None:
        missing = "The memory could not be read."
    if card.pci_id is None:
        return f"“{card.name}” is the name of the {names}. {missing} Choose yours."
    return f"The PCI device number {card.pci_id} is that of the {names}. {missing} Choose yours."


def new_number(card: DetectedCard, rows: Sequence[GpuSpec]) -> str:
    """The name of a known card with a device number that it was never seen with."""
    return (
        f"The driver calls it “{card.name}”, but its PCI device number {card.pci_id} is none of "
        f"the {rows[0].name}: a newer revision, or another chip under the same name. {OWN_ENTRY}"
    )


def _twin_name(twin: Twin) -> str:
    return twin.name if twin.memory_gib is None else f"{twin.name} {twin.memory_gib:g} GB"


def _either(names: Sequence[str]) -> str:
    """``"A"``, ``"A or B"``, ``"A, B or C"``, each once."""
    once = list(dict.fromkeys(names))
    return once[0] if len(once) == 1 else f"{', '.join(once[:-1])} or {once[-1]}"
