"""A row of the user's own for a card that the catalogue lacks, from what was read of it."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Final

from moeplanner_gui.core.card_names import plain_name
from moeplanner_gui.core.detected import DetectedCard, MigInstance
from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.units import MIB
from moeplanner_gui.core.words import say
from moeplanner_gui.detect.proposal import CardMatch
from moeplanner_gui.detect.variants import is_slice, is_virtual

OWN_GROUP: Final = "My hardware"

_ABOUT: Final = re.compile(r"\((?:r|tm)\)|[®™]", re.IGNORECASE)
_LARGEST_GB: Final = 2**14
_MOST_GBS: Final = 100_000
"""No memory is near it: the driver's answer is rubbish."""


class CannotBeOwnRowError(ValueError):
    """There is no memory to plan with; the text says why."""


def can_be_own_row(card: DetectedCard) -> bool:
    """Whether :func:`own_row` can make a row of it: its memory was read, and it is not split.

    Of a split card only the slices can be used, see :func:`card_of_slice`.
    """
    total = card.memory_total_bytes
    return not card.mig and total is not None and MIB <= total <= _LARGEST_GB * 1024 * MIB


def bandwidth_gbs(card: DetectedCard) -> float | None:
    """Memory bandwidth of a card in GB/s: two transfers a clock, over the bus's bytes.

    NVML's highest memory clock is half of the data rate for every memory kind: 9,751 MHz over
    384 bits are the 936 GB/s of an RTX 3090, 2,619 MHz over 5,120 bits the 3,352 GB/s of an
    H100. The AMD probe brings its clocks to the same form, or leaves them out. Shared memory has
    the processor's, so that it stays unknown.
    """
    clock, bits = card.memory_clock_mhz, card.memory_bus_bits
    if card.vendor not in ("NVIDIA", "AMD") or card.memory_kind not in (None, "dedicated"):
        return None
    if not clock or not bits or is_virtual(card) or is_slice(card):
        return None
    computed = round(2 * clock * 1e6 * bits / 8 / 1e9, 1)
    return computed if 1 <= computed <= _MOST_GBS else None


def own_row(match: CardMatch, day: str, taken: Container[str]) -> GpuSpec:
    """A row with what the driver said; what it did not say stays None.

    The row carries the card's own number and name, so that the next detection finds it. A slice
    or a virtual card carries its name only: its number is that of the whole board.

    Args:
        match: A match without a row.
        day: ISO date of the detection.
        taken: Ids that are in use.

    Raises:
        CannotBeOwnRowError: Where :func:`can_be_own_row` says no.
    """
    card = match.card
    if not can_be_own_row(card):
        why = (
            say("is split into slices")
            if card.mig
            else say("tells no memory that can be planned with")
        )
        raise CannotBeOwnRowError(say("The {0} {1}.", card.name or say("card"), why))
    total_mib = (card.memory_total_bytes or 0) // MIB
    said = f"read by the program, {day} ({card.driver or card.probe})"
    sources = {"memory_gb": said, "memory_total_mib": said}
    part = is_slice(card) or is_virtual(card)
    computed = bandwidth_gbs(card)
    if computed is not None:
        sources["bandwidth_gbs"] = f"2 x memory clock x bus width, {said}"
    watts = None if part else card.power_limit_default_w or None
    if watts is not None:
        sources["tdp_w"] = f"default power limit, {said}"
    capability = card.compute_capability
    if capability is not None and not re.fullmatch(r"\d{1,2}\.\d", capability):
        capability = None
    if capability is not None:
        sources["compute_capability"] = said
    arch = card.gfx if card.vendor == "AMD" else None
    if card.vendor == "Apple":
        arch = card.name
    if arch is not None:
        sources["arch"] = said
    name = display_name(card)
    return GpuSpec(
        id=_free_id(name, taken),
        name=name,
        vendor=card.vendor,
        group=OWN_GROUP,
        # The next whole GiB, as a label is; the driver's total is what the plan counts with.
        memory_gb=-(-total_mib // 1024),
        memory_total_mib=total_mib,
        memory_total_mib_ecc_on=total_mib if card.ecc else None,
        bandwidth_gbs=computed,
        tdp_w=watts,
        arch=arch,
        compute_capability=capability,
        nvml_name=card.name if card.vendor == "NVIDIA" else None,
        driver_names=(card.name,) if card.name and card.vendor != "NVIDIA" else (),
        pci_device_ids=(card.pci_id,) if card.pci_id and not part else (),
        unified_memory=card.memory_kind in ("unified", "shared"),
        sources=sources,
        source_date=day,
        derived_fields=("memory_gb", *(["bandwidth_gbs"] if computed is not None else [])),
        verified=False,
        notes=match.because,
    )


def card_of_slice(card: DetectedCard, instance: MigInstance) -> DetectedCard:
    """A slice as a card of its own, to be matched and made a row like any other."""
    slice_name = instance.name if "MIG" in instance.name else f"MIG {instance.name}"
    name = slice_name if (card.name or "") in slice_name else f"{card.name} {slice_name}"
    return DetectedCard(
        vendor=card.vendor,
        probe=card.probe,
        name=name.strip()[:400],
        pci_address=card.pci_address,
        memory_kind=card.memory_kind,
        memory_total_bytes=instance.memory_bytes,
        compute_capability=card.compute_capability,
        gfx=card.gfx,
        driver=card.driver,
    )


def display_name(card: DetectedCard) -> str:
    """The driver's name without the maker, with the memory: ``"RTX 4090 Laptop GPU, 16 GiB"``."""
    words = _ABOUT.sub("", card.name or "").split()
    kept = [word for word in words if word.casefold() not in ("nvidia", "geforce", "intel", "amd")]
    name = " ".join(kept) if plain_name(card.name or "") else ""
    if not name:
        name = f"{card.vendor} GPU {card.pci_id}" if card.pci_id else f"{card.vendor} GPU"
    if card.vendor == "Apple" and card.gpu_cores:
        name = f"{name} {card.gpu_cores}-core"
    gib = -(-(card.memory_total_bytes or 0) // (1024 * MIB))
    return f"{name[:80]}, {gib} GiB"


def _free_id(name: str, taken: Container[str]) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:50].strip("-") or "gpu"
    wanted, number = f"my-{slug}", 2
    while wanted in taken:
        wanted, number = f"my-{slug}-{number}", number + 1
    return wanted
