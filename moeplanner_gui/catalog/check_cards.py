"""Whether detection can tell the cards of the catalogue apart: device numbers, names, memory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Final

from moeplanner_gui.catalog.problems import CatalogProblem
from moeplanner_gui.core.card_names import label_per_device_mib, names_of
from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.words import say

PCI_ID: Final = re.compile(r"[0-9A-F]{4}:[0-9A-F]{4}")
APART: Final = 1.15
"""Detection takes a card that shows up to 10 % less than its row, and none that shows 2 % more."""


def card_identity_rules(cards: Iterable[GpuSpec]) -> Iterator[CatalogProblem]:
    """Device numbers that are none, and cards that would be taken for one another."""
    # An Apple chip is told by its cores and its exact memory, which its own name carries.
    told_by_name = [card for card in cards if card.vendor != "Apple"]
    for card in told_by_name:
        for number in card.pci_device_ids:
            if not PCI_ID.fullmatch(number):
                text = say("“{0}” is not like 10DE:2204.", number)
                yield CatalogProblem("gpus", card.id, "pci_device_ids", text)
        if len(set(card.pci_device_ids)) != len(card.pci_device_ids):
            yield CatalogProblem("gpus", card.id, "pci_device_ids", say("Names a number twice."))
        for field in ("pci_device_ids", "nvml_name", "driver_names"):
            if getattr(card, field) and field not in card.sources:
                yield CatalogProblem("gpus", card.id, field, say("Has no source."))
    for one, other in combinations(told_by_name, 2):
        if one.vendor != other.vendor or not names_of(one) & names_of(other):
            continue  # What shares a number only is told by what the driver calls it.
        smaller, larger = sorted((label_per_device_mib(one), label_per_device_mib(other)))
        if larger < smaller * APART:
            text = say(
                "Has the driver's name and the memory of {0}: detection cannot tell them.", one.id
            )
            yield CatalogProblem("gpus", other.id, "nvml_name", text)
