"""What is said about a card or a host in the lists, slots and drag pictures. Draws nothing."""

from __future__ import annotations

import re

from moeplanner_gui.core.card_terms import is_edited
from moeplanner_gui.core.checks import subjects
from moeplanner_gui.core.checks.subjects import gpu_numbers
from moeplanner_gui.core.hardware import HostSpec
from moeplanner_gui.core.link_notes import node_settings
from moeplanner_gui.core.plan import Card, CustomSlot, Node, Plan, Rig, card_id
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.units import MIB
from moeplanner_gui.core.words import say

UNKNOWN = "–"


@dataclass(frozen=True, slots=True)
class CardFacts:
    """Texts and figures of one card; None is unknown."""

    name: str
    memory: str
    memory_bytes: int
    bandwidth_gbs: float | None
    tdp_w: float | None
    bus: str | None
    price_usd: float | None
    custom: bool = False
    edited: bool = False
    slot_width: str | None = None

    @property
    def summary(self) -> str:
        """``"96 GB · 1,790 GB/s · 600 W"``; figures nobody knows are left out."""
        parts = [self.memory]
        if self.bandwidth_gbs is not None:
            parts.append(say("{0:,.0f} GB/s", self.bandwidth_gbs))
        if self.tdp_w is not None:
            parts.append(say("{0:,.0f} W", self.tdp_w))
        return " · ".join(parts)


def card_facts(card: Card, catalog: CatalogReader) -> CardFacts:
    """The facts of a plan's card.

    Raises:
        UnknownEntryError: The catalogue has no card of this id.
    """
    if isinstance(card, CustomSlot):
        own = card.custom
        gib = own.memory_mib / 1024
        return CardFacts(
            name=own.name,
            memory=say("{0:,.0f} GiB", gib) if gib == int(gib) else say("{0:,.1f} GiB", gib),
            memory_bytes=own.memory_mib * MIB,
            bandwidth_gbs=own.bandwidth_gbs,
            tdp_w=own.tdp_w,
            bus=None,
            price_usd=own.price_usd,
            custom=True,
        )
    name = card_id(card) or ""
    row = catalog.gpu(name)
    price = catalog.price(name)
    return CardFacts(
        name=row.name,
        memory=say("{0:,.0f} GB", row.memory_gb),
        memory_bytes=row.memory_bytes,
        bandwidth_gbs=row.bandwidth_gbs,
        tdp_w=row.tdp_w,
        bus=row.bus,
        price_usd=None if price is None else price.usd,
        slot_width=row.slot_width,
        edited=is_edited(card),
    )


def host_summary(node: Node, catalog: CatalogReader) -> str:
    """``"Threadripper PRO 7965WX · 8 × DDR5-4800 · 512 GiB"``, and what was set of the node."""
    parts: list[str] = []
    host = node_host(node, catalog)
    if host is not None:
        parts += [host_title(host), host_memory_kind(host)]
    parts.append(say("{0:,} GiB", node.ram_gib) if node.ram_gib else say("no host memory given"))
    parts += node_settings(node, catalog)
    return " · ".join(parts)


def host_title(host: HostSpec) -> str:
    """A platform's name without the memory that some rows carry in it."""
    return re.sub(r"\s*(\d+ch )?(MR)?D(DR\d|IMM)-\d[\d/]*(?= |$)", "", host.name)


def host_memory_kind(host: HostSpec) -> str:
    """``"8 × DDR5-4800"``: channels, memory and speed."""
    memory = host.memory if str(host.mt_s) in host.memory else f"{host.memory}-{host.mt_s}"
    return f"{host.channels} × {memory}"


def node_host(node: Node, catalog: CatalogReader) -> HostSpec | None:
    """The node's host platform, None when none was chosen."""
    return None if node.host is None else catalog.host(node.host)


def node_name(rig: Rig, node: int) -> str:
    """What the user called the node, or "Workstation" for a single one, "Node 2" for several."""
    return subjects.node_name(rig, node)


def gpu_number(plan: Plan, node: int, slot: int, catalog: CatalogReader) -> int:
    """The number of a card as findings and lists of devices count them, from 1: a board that
    appears as two devices takes two numbers, of which this is the first.
    """
    return 1 + gpu_numbers(plan, catalog)[node][slot]
