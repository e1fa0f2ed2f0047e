"""Why a card is, or is not, a catalogue row: one sentence or two for a buyer."""

from __future__ import annotations

from collections.abc import Sequence

from moeplanner_gui.core.card_names import name_without_size
from moeplanner_gui.core.detected import DetectedCard
from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.words import either, say
from moeplanner_gui.detect.card_memory import ecc_explains, gib, memory_fit, part_of
from moeplanner_gui.detect.proposal import How
from moeplanner_gui.detect.variants import Twin, is_laptop, is_slice

OWN_ENTRY = say("It becomes an entry of your own with what was read.")


def matched(card: DetectedCard, row: GpuSpec, how: How) -> str:
    """What agreed, and what the memory says."""
    if how == "pci_id":
        first = say("Its PCI device number {0} is that of the {1}", card.pci_id, row.name)
    else:
        first = say("The driver calls it “{0}”, as the {1}", card.name, row.name)
    fit = memory_fit(card, row)
    if fit == "unread":
        return say("{0}. Its memory could not be read and is taken from the catalogue.", first)
    seen = gib(card.memory_total_bytes or 0)
    if row.devices > 1:
        return say("{0}, of which this is one of {1} devices, with {2}.", first, row.devices, seen)
    if ecc_explains(card, row):
        return say(
            "{0}. The driver shows {1} of {2:g} GB, as error correction (ECC) is "
            "on and takes its share.",
            first,
            seen,
            row.memory_gb,
        )
    if row.unified_memory:
        return say(
            "{0}. The GPU can use {1} of {2:g} GB at most as it is set up.",
            first,
            seen,
            row.memory_gb,
        )
    if fit == "less":
        return say(
            "{0}. The driver shows {1} of {2:g} GB and keeps the rest.", first, seen, row.memory_gb
        )
    return say("{0}, and its {1} of memory agree.", first, seen)


def entered_before(card: DetectedCard, row: GpuSpec) -> str:
    """The user's own row."""
    seen = gib(card.memory_total_bytes or 0)
    return say(
        "This is your own {0}: name, PCI device number and {1} of memory agree.", row.name, seen
    )


def not_whole(card: DetectedCard, whole: Sequence[GpuSpec]) -> str:
    """A slice of a card, or a virtual one."""
    board = say("the {0}", whole[0].name) if whole else say("the card")
    if card.mig and card.vendor == "AMD":
        return say(
            "Compute partitioning is on: {0} is split into parts, and programs use "
            "a part, not the whole card. Set it to SPX to use it whole.",
            board,
        )
    if card.mig:
        return say(
            "MIG is on: {0} is split into slices, and programs use a slice, not "
            "the whole card. Turn MIG off to use it whole.",
            board,
        )
    if is_slice(card):
        return say("This is a slice (MIG) of a card, not the whole card. {0}", OWN_ENTRY)
    name = f"“{card.name}”" if card.name else say("This card")
    size = "" if card.memory_total_bytes is None else say(" with {0}", gib(card.memory_total_bytes))
    return say(
        "{0} is a virtual GPU{1}: a part of a board that may be shared. {2}", name, size, OWN_ENTRY
    )


def unknown(card: DetectedCard) -> str:
    """Neither number nor name is in the catalogue."""
    if card.name is None and card.pci_id is None:
        return say("Neither its name nor its PCI device number could be read. {0}", OWN_ENTRY)
    name = f"“{card.name}”" if card.name else say("The PCI device number {0}", card.pci_id)
    if is_laptop(card.name):
        return say(
            "{0} is a laptop's chip that the catalogue does not have. The desktop "
            "card of that name is another one, with other memory and speed. {1}",
            name,
            OWN_ENTRY,
        )
    return say("{0} is not in the catalogue. {1}", name, OWN_ENTRY)


def another_name(card: DetectedCard, offered: Sequence[GpuSpec], laptop: bool) -> str:
    """The number is known and something else read of the card contradicts it."""
    row = name_without_size(offered[0].name) if offered else say("a known card")
    if laptop:
        return say(
            "“{0}” is a laptop's chip; the {1} of the catalogue is a card for a "
            "desktop, with other memory and speed. {2}",
            card.name,
            row,
            OWN_ENTRY,
        )
    if card.pci_id is None:
        return say("“{0}” is the name of the {1}, but another chip. {2}", card.name, row, OWN_ENTRY)
    name = (
        say("the driver calls it “{0}”", card.name) if card.name else say("its chip is another one")
    )
    return say(
        "Its PCI device number {0} is also that of the {1}, but {2}: not surely the same card. {3}",
        card.pci_id,
        row,
        name,
        OWN_ENTRY,
    )


def which_machine(card: DetectedCard, rows: Sequence[GpuSpec], *, found: bool) -> str:
    """A machine with shared memory whose size is not sure."""
    names = _either([row.name for row in rows])
    if card.memory_total_bytes is None:
        return say(
            "This is the {0}, but the machine's memory could not be read. Choose yours.", names
        )
    seen = gib(card.memory_total_bytes)
    if found:
        return say(
            "The driver gives the GPU {0}, which may be all or half of the "
            "machine's memory: this is the {1}. Choose yours.",
            seen,
            names,
        )
    return say(
        "The driver gives the GPU {0}, and the machine is not of the size of the {1}. {2}",
        seen,
        names,
        OWN_ENTRY,
    )


def more_memory(card: DetectedCard, row: GpuSpec) -> str:
    """More than the largest one ever had."""
    seen = gib(card.memory_total_bytes or 0)
    return say(
        "The driver shows {0} where the {1} has {2:g} GB: a modified card, or "
        "one that the catalogue does not have. {3}",
        seen,
        row.name,
        row.memory_gb / row.devices,
        OWN_ENTRY,
    )


def another_memory(card: DetectedCard, rows: Sequence[GpuSpec]) -> str:
    """Another memory size of a known card, or a part of it."""
    row = rows[0]
    seen = gib(card.memory_total_bytes or 0)
    parts = part_of(card, row)
    if card.vendor == "AMD" and parts is not None and (row.arch or "").startswith("CDNA"):
        return say(
            "{0} is one of {1} equal parts of the {2}: the card is partitioned "
            "(CPX, DPX or NPS mode). Set it to SPX and NPS1 to plan with the whole "
            "card.",
            seen,
            parts,
            row.name,
        )
    sizes = _either([f"{row.memory_gb / row.devices:g}" for row in rows])
    name = name_without_size(row.name)
    return say(
        "The driver shows {0} where the {1} has {2} GB: another card. {3}",
        seen,
        name,
        sizes,
        OWN_ENTRY,
    )


def is_a_twin(card: DetectedCard, twins: Sequence[Twin]) -> str:
    """A product that is known by name only."""
    names = _either([_twin_name(twin) for twin in twins])
    return say("This is the {0}, which the catalogue does not have. {1}", names, OWN_ENTRY)


def cannot_tell(card: DetectedCard, rows: Sequence[GpuSpec], twins: Sequence[Twin]) -> str:
    """Several products look the same by what was read."""
    names = _either([*(row.name for row in rows), *(_twin_name(twin) for twin in twins)])
    missing = say("The driver did not tell the product's name.")
    if card.memory_total_bytes is None:
        missing = say("The memory could not be read.")
    if card.pci_id is None:
        return say("“{0}” is the name of the {1}. {2} Choose yours.", card.name, names, missing)
    return say(
        "The PCI device number {0} is that of the {1}. {2} Choose yours.",
        card.pci_id,
        names,
        missing,
    )


def new_number(card: DetectedCard, rows: Sequence[GpuSpec]) -> str:
    """The name of a known card with a device number that it was never seen with."""
    return say(
        "The driver calls it “{0}”, but its PCI device number {1} is none of "
        "the {2}: a newer revision, or another chip under the same name. {3}",
        card.name,
        card.pci_id,
        rows[0].name,
        OWN_ENTRY,
    )


def _twin_name(twin: Twin) -> str:
    return twin.name if twin.memory_gib is None else say("{0} {1:g} GB", twin.name, twin.memory_gib)


def _either(names: Sequence[str]) -> str:
    """``"A"``, ``"A or B"``, ``"A, B or C"``, each once."""
    once = list(dict.fromkeys(names))
    return either(once)
