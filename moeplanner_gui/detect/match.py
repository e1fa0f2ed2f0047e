"""Which catalogue row a detected card is: by PCI device number, then by exact name, then none.

A wrong row is worse than none: it makes a plan "fit" that does not. So a row is taken only when
number, name and memory agree as far as they could be read, and when nothing else that is sold
would look the same. What is left becomes an entry of its own, see :mod:`~.own_card`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from moeplanner_gui.core.card_names import names_of, plain_name
from moeplanner_gui.core.detected import DetectedCard, DetectedHost
from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.units import GIB
from moeplanner_gui.detect.card_memory import TOLERANCE, memory_fit
from moeplanner_gui.detect.match_apple import match_apple
from moeplanner_gui.detect.match_sentences import (
    another_memory,
    another_name,
    cannot_tell,
    entered_before,
    is_a_twin,
    matched,
    more_memory,
    new_number,
    not_whole,
    unknown,
    which_machine,
)
from moeplanner_gui.detect.match_unified import sizes_of_machine
from moeplanner_gui.detect.own_card import OWN_GROUP, bandwidth_gbs, display_name, own_row
from moeplanner_gui.detect.proposal import CardMatch, How
from moeplanner_gui.detect.variants import (
    TWINS,
    CardName,
    Twin,
    card_name,
    is_laptop,
    is_slice,
    is_virtual,
)

__all__ = ["match_card", "own_row"]

_MODIFIED: Final = "(modified)"
_SAME_BANDWIDTH: Final = 0.03


def match_card(
    card: DetectedCard, rows: Iterable[GpuSpec], host: DetectedHost | None = None
) -> CardMatch:
    """Find the row of a card.

    Args:
        card: As a probe described it.
        rows: The catalogue with the user's own rows. An own row is taken only where no other is.
        host: The computer around it; decides the size of a machine with shared memory.

    Returns:
        The match; its ``because`` is a sentence for the buyer. ``nearest`` holds only rows that
        do not promise more than was seen: never a desktop card for a laptop's chip.
    """
    every = tuple(rows)
    if card.vendor == "Apple":
        of_apple = match_apple(card, every)
        return of_apple if of_apple.row is not None else _entered_before(card, every) or of_apple
    if card.mig or is_slice(card) or is_virtual(card):
        return _part_of_a_card(card, every)
    shipped = [row for row in every if row.group != OWN_GROUP]
    found = _search(card, card_name(card.name), shipped, host)
    return found if found.row is not None else _entered_before(card, every) or found


def _entered_before(card: DetectedCard, rows: Sequence[GpuSpec]) -> CardMatch | None:
    """The own row that was made of this very card: it has the card's number, name and memory."""
    total = card.memory_total_bytes
    for row in rows:
        if row.group != OWN_GROUP or total is None or row.memory_total_mib is None:
            continue
        names = (row.nvml_name, *row.driver_names)
        same_name = card.name in names if card.name else not any(names)
        # A part of a board has no number of its own; without a name it is called by its maker.
        told = bool(card.name) or row.name == display_name(card)
        same_number = _has_number(card, row) or (not row.pci_device_ids and told)
        if same_name and same_number and abs(total - row.memory_bytes) <= TOLERANCE * total:
            how: How = "pci_id" if row.pci_device_ids else "name"
            return CardMatch(card, row, how, entered_before(card, row))
    return None


def _part_of_a_card(card: DetectedCard, rows: Sequence[GpuSpec]) -> CardMatch:
    """A slice or a virtual card is only ever the same slice that was entered before."""
    mine = None if card.mig else _entered_before(card, rows)
    if mine is not None:
        return mine
    whole = tuple(row for row in rows if row.group != OWN_GROUP and _has_number(card, row))
    nearest = whole if card.mig else ()
    if card.vendor == "AMD" and card.name is not None and not card.mig:
        # AMD's virtual function may be the whole board (MI300X in a cloud): a person may know.
        board = plain_name(card.name).removesuffix(" vf")
        nearest = tuple(
            row for row in rows if board in names_of(row) and memory_fit(card, row) == "same"
        )
    return CardMatch(card, None, "nothing", not_whole(card, whole), nearest)


def _search(
    card: DetectedCard, name: CardName, rows: Sequence[GpuSpec], host: DetectedHost | None
) -> CardMatch:
    numbered = [row for row in rows if _has_number(card, row)]
    twins = TWINS.get(card.pci_id or "", ())
    if numbered or twins:
        known = frozenset[str]().union(*(names_of(row) for row in numbered))
        # Rows whose number nobody read: a modified card, another memory size, or by its name.
        if name.exact is not None:
            known |= {name.exact}
        alike = [row for row in rows if not row.pci_device_ids and known & names_of(row)]
        alike = [row for row in alike if _same_vendor(card, row)]
        return _decide(card, name, [*numbered, *alike], twins, rows, host)
    if name.exact is None:
        return CardMatch(card, None, "nothing", unknown(card))
    exact = name.exact
    named = [row for row in rows if exact in names_of(row) and _same_vendor(card, row)]
    if not named:
        return CardMatch(card, None, "nothing", unknown(card))
    if card.pci_id is not None and any(row.pci_device_ids for row in named):
        return _another_revision(card, named)
    sizes = [twin for group in TWINS.values() for twin in group if plain_name(twin.name) == exact]
    return _decide(card, name, named, sizes, rows, host)


def _decide(
    card: DetectedCard,
    name: CardName,
    candidates: Sequence[GpuSpec],
    twins: Sequence[Twin],
    rows: Sequence[GpuSpec],
    host: DetectedHost | None,
) -> CardMatch:
    """Leave out what the name, then what the memory contradicts; one has to be left."""
    offered = tuple(candidates)
    laptop = is_laptop(card.name)
    fitting = [row for row in offered if is_laptop(row.nvml_name or row.name) == laptop]
    fitting = [row for row in fitting if not _contradicts(card, name, row, twins, rows)]
    twins = [twin for twin in twins if _is_named(name, twin)]
    if not fitting and not twins:
        nearest = () if laptop else tuple(r for r in offered if _holds_no_more(card, r))
        return CardMatch(card, None, "nothing", another_name(card, offered, laptop), nearest)
    if card.memory_total_bytes is None:
        fitting = [row for row in fitting if _MODIFIED not in row.name] or fitting
    if fitting and all(row.unified_memory for row in fitting):
        return _machine(card, fitting, twins, host)
    sized = [row for row in fitting if memory_fit(card, row) in ("same", "less", "unread")]
    sized = [row for row in sized if memory_fit(card, row) == "same"] or sized
    twins = [twin for twin in twins if _may_be(card, twin)]
    if not sized and not twins:
        return _another_size(card, fitting)
    if not sized:
        return CardMatch(card, None, "nothing", is_a_twin(card, twins))
    if len(sized) == 1 and (not twins or (name.exact or "") in _only(sized[0], twins)):
        return _taken(card, sized[0])
    return CardMatch(card, None, "nothing", cannot_tell(card, sized, twins), tuple(sized))


def _taken(card: DetectedCard, row: GpuSpec) -> CardMatch:
    how: How = "pci_id" if _has_number(card, row) else "name"
    return CardMatch(card, row, how, matched(card, row, how))


def _machine(
    card: DetectedCard,
    fitting: Sequence[GpuSpec],
    twins: Sequence[Twin],
    host: DetectedHost | None,
) -> CardMatch:
    """A machine with shared memory: its size, not the GPU's share of it, decides."""
    sized, sure = sizes_of_machine(card, fitting, host)
    if len(sized) == 1 and sure and not twins:
        return _taken(card, sized[0])
    open_still = sized if sized and sure else fitting
    if twins:
        because = cannot_tell(card, open_still, twins)
    else:
        because = which_machine(card, fitting, found=bool(sized))
    # A machine of another size may be smaller than any of the rows.
    nearest = open_still if sized or card.memory_total_bytes is None else ()
    return CardMatch(card, None, "nothing", because, tuple(nearest))


def _another_size(card: DetectedCard, fitting: Sequence[GpuSpec]) -> CardMatch:
    """The name agrees and the memory does not."""
    if not fitting:
        return CardMatch(card, None, "nothing", unknown(card))
    stock = [row for row in fitting if _MODIFIED not in row.name] or list(fitting)
    if all(memory_fit(card, row) == "more" for row in fitting):
        largest = max(fitting, key=lambda row: row.memory_gb / row.devices)
        return CardMatch(card, None, "nothing", more_memory(card, largest), tuple(stock))
    return CardMatch(card, None, "nothing", another_memory(card, stock), tuple(stock))


def _another_revision(card: DetectedCard, named: Sequence[GpuSpec]) -> CardMatch:
    """The exact name with a number that no row has: only when memory and bandwidth agree too.

    NVIDIA's laptop chips of 2018 to 2020 carry the names of desktop cards; their numbers and
    memory clocks differ.
    """
    read = bandwidth_gbs(card)
    for row in named:
        agrees = read is not None and row.bandwidth_gbs is not None
        if agrees and read is not None and row.bandwidth_gbs is not None:
            agrees = abs(read - row.bandwidth_gbs) <= _SAME_BANDWIDTH * row.bandwidth_gbs
        if agrees and memory_fit(card, row) == "same" and not is_laptop(card.name):
            return _taken(card, row)
    nearest = tuple(row for row in named if _holds_no_more(card, row))
    return CardMatch(card, None, "nothing", new_number(card, named), nearest)


def _contradicts(
    card: DetectedCard,
    name: CardName,
    row: GpuSpec,
    twins: Sequence[Twin],
    rows: Sequence[GpuSpec],
) -> bool:
    """Whether the card cannot be this row by what else was read of it."""
    if (
        card.compute_capability is not None
        and row.compute_capability is not None
        and "compute_capability" not in row.unverified_fields
        and card.compute_capability != row.compute_capability
    ):
        return True
    if card.gfx is not None and row.gfx is not None and card.gfx != row.gfx:
        return True
    if name.fits(names_of(row)) is not False:
        return False
    if card.vendor == "NVIDIA" or name.exact is None:
        return True
    # Outside of NVIDIA's driver a name may be a board maker's; that of another product counts.
    others = {plain_name(twin.name) for twin in twins}
    return name.exact in others or any(name.exact in names_of(other) for other in rows)


def _is_named(name: CardName, twin: Twin) -> bool:
    return name.fits(frozenset({plain_name(twin.name)})) is not False


def _may_be(card: DetectedCard, twin: Twin) -> bool:
    """Whether the memory leaves it open that this is the twin."""
    if card.memory_total_bytes is None or twin.memory_gib is None:
        return True
    size = twin.memory_gib * GIB
    return 0.9 * size <= card.memory_total_bytes <= 1.02 * size


def _only(row: GpuSpec, twins: Sequence[Twin]) -> frozenset[str]:
    """The names that are this row's and no twin's."""
    return names_of(row) - {plain_name(twin.name) for twin in twins}


def _holds_no_more(card: DetectedCard, row: GpuSpec) -> bool:
    """Whether taking the row would not promise memory that was not seen."""
    return memory_fit(card, row) in ("same", "more", "unread")


def _has_number(card: DetectedCard, row: GpuSpec) -> bool:
    return card.pci_id is not None and card.pci_id in row.pci_device_ids


def _same_vendor(card: DetectedCard, row: GpuSpec) -> bool:
    if card.vendor == "Other":
        return row.vendor in ("Other", "Tenstorrent")
    return card.vendor == row.vendor
