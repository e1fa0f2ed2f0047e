"""What detection would put into the plan, line by line, for a person to accept or not."""

from __future__ import annotations

from typing import Literal

from moeplanner_gui.core.detected import DetectedCard
from moeplanner_gui.core.hardware import GpuSpec, HostSpec
from moeplanner_gui.core.plan import Node
from moeplanner_gui.core.records import dataclass

How = Literal["pci_id", "name", "nothing"]


@dataclass(frozen=True, slots=True)
class CardMatch:
    """The catalogue row of a detected card.

    ``row`` is None when nothing is surely the same card; ``nearest`` are then rows that a person
    may take instead. ``because`` is a sentence: what agreed, or what is different ("48 GiB
    where an RTX 4090 has 24: a modified card").
    """

    card: DetectedCard
    row: GpuSpec | None
    how: How
    because: str
    nearest: tuple[GpuSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class HostMatch:
    """The catalogue row of the detected computer; as :class:`CardMatch`."""

    row: HostSpec | None
    because: str
    nearest: tuple[HostSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class ProposalLine:
    """One line of the diff.

    ``subject`` names the thing ("GPU 1", "Host memory", "PCIe"), ``now`` what this plan has,
    empty when it is new, ``found`` what would be put there. ``mark``: "detected" was read,
    "assumed" is a rule, "unknown" has to be completed by a person. ``detail`` says where it
    comes from. ``card`` is the position among the proposed cards that the line is about.
    """

    subject: str
    found: str
    mark: Literal["detected", "assumed", "unknown"]
    detail: str = ""
    now: str = ""
    card: int | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A node to add, with the own rows it needs.

    ``new_cards`` and ``new_hosts`` are rows that the catalogue lacks, under ids that ``node``
    already uses; they are kept with the user's own hardware when the proposal is accepted.
    ``left_out`` are sentences on what was found and not taken (an integrated GPU, a slice).
    ``summary`` is one line: "2 × RTX 3090, 128 GiB DDR4, PCIe 4.0 x8".
    """

    node: Node
    summary: str
    lines: tuple[ProposalLine, ...]
    matches: tuple[CardMatch, ...]
    host: HostMatch
    new_cards: tuple[GpuSpec, ...] = ()
    new_hosts: tuple[HostSpec, ...] = ()
    left_out: tuple[str, ...] = ()
