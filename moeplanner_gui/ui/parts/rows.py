"""The palette's rows: what a part is called and costs, which filter it passes. Knows no Qt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

from moeplanner_gui.core.hardware import GpuSpec, HostSpec
from moeplanner_gui.core.id_words import (
    field_words,
    group_words,
    price_confidence_words,
    price_kind_words,
)
from moeplanner_gui.core.memory_kits import MODULE_GB, module_usd
from moeplanner_gui.core.parts import PART_WORDS, PartSpec
from moeplanner_gui.core.plan import Card, CustomSlot
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import comma_joined, say
from moeplanner_gui.ui.card_facts import UNKNOWN, card_facts, host_memory_kind
from moeplanner_gui.ui.part_facts import (
    PART_GROUPS,
    PER_UNIT,
    part_figures,
    short_fact,
    unverified_words,
)

if TYPE_CHECKING:
    from moeplanner_gui.catalog.load import Catalog

FILTERS = (
    ("All", say("All")),
    ("NVIDIA", "NVIDIA"),
    ("AMD", "AMD"),
    ("Other", say("Other")),
    ("Hosts", say("Hosts")),
    ("Parts", say("Parts")),
)
"""What can be shown alone, and what the chip says."""
OWN_GROUP = say("My hardware")
PLAN_GROUP = say("Only in this plan")
HOST_GROUP = say("Hosts")
_OPEN = frozenset({group_words("NVIDIA workstation"), "GeForce"})


@dataclass(frozen=True)
class PartRow:
    """One card, host or other part. ``card`` is what a plan would hold; None for all others.

    ``own``: it is in the user's files and can be changed. ``unit`` is that of ``memory``.
    ``detail`` is the second line of a part, ``fact`` its one figure; ``part`` is its id in the
    catalogue and ``module_gb`` the size of a memory module.
    """

    kind: Literal["card", "host", "part"]
    id: str
    name: str
    group: str
    vendor: str
    memory: str
    usd: str
    tip: str
    card: Card | None = None
    search: str = ""
    own: bool = False
    unit: str = "GB"
    detail: str = ""
    fact: str = ""
    part: str = ""
    part_kind: str = ""
    module_gb: int | None = None

    @property
    def is_custom(self) -> bool:
        """It was typed into the plan and is in no catalogue."""
        return isinstance(self.card, CustomSlot)


def part_rows(catalog: Catalog, own: Sequence[CustomSlot] = ()) -> tuple[PartRow, ...]:
    """Every part in the order of the groups: cards, hosts, the user's own, those of the plan.

    ``own``: cards that were typed into the plan.
    """
    rows = [_gpu_row(gpu, catalog) for gpu in catalog.gpus.values()]
    rows += [_host_row(host, catalog) for host in catalog.hosts.values()]
    order = tuple(dict.fromkeys(PART_GROUPS.values()))
    parts = [row for part in catalog.parts.values() for row in _part_rows(part, catalog)]
    rows += sorted(parts, key=lambda row: order.index(row.group))
    mine = [row for row in rows if row.group == OWN_GROUP]
    mine.sort(key=lambda row: row.name.lower())
    brought = [row for row in rows if row.group == PLAN_GROUP]
    others = [row for row in rows if row.group not in (OWN_GROUP, PLAN_GROUP)]
    return (*others, *mine, *brought, *(_custom_row(card, catalog) for card in own))


def group_is_open(group: str) -> bool:
    """Whether a group starts expanded."""
    return group in _OPEN or group in (OWN_GROUP, PLAN_GROUP)


def _group(part_id: str, group: str, catalog: Catalog) -> str:
    """The group of a part; where it came from matters more than what it is."""
    if part_id in catalog.user_ids:
        return OWN_GROUP
    return PLAN_GROUP if part_id in catalog.entries.ids else group


def filtered(rows: Iterable[PartRow], text: str, chip: str) -> tuple[PartRow, ...]:
    """The rows that contain every word of ``text`` and pass the chip."""
    words = text.lower().split()
    joined = "".join(words)
    return tuple(
        row
        for row in rows
        if _passes(row, chip)
        and (all(word in row.search for word in words) or joined in row.search.replace(" ", ""))
    )


def closest(rows: Iterable[PartRow], text: str) -> tuple[str, ...]:
    """Names of parts that look like ``text``, best first."""
    # Imported here: only a search that finds nothing needs it.
    from difflib import get_close_matches

    names = {row.name.lower(): row.name for row in rows}
    wanted = " ".join(text.lower().split())
    found = get_close_matches(wanted, names, n=2, cutoff=0.5)
    return tuple(names[name] for name in found)


def _passes(row: PartRow, chip: str) -> bool:
    if chip == "Parts":
        return row.kind == "part"
    if chip == "Hosts":
        return row.kind == "host"
    if chip in ("NVIDIA", "AMD"):
        return row.kind == "card" and row.vendor == chip
    if chip == "Other":
        return row.kind == "card" and row.vendor not in ("NVIDIA", "AMD")
    return True


def _gpu_row(gpu: GpuSpec, catalog: Catalog) -> PartRow:
    usd, price_tip = _price(gpu.id, catalog)
    unsure = "memory_gb" in gpu.unverified_fields
    lines = [f"{gpu.name} · {card_facts(gpu.id, catalog).summary}"]
    more = [text for text in (gpu.bus, gpu.slot_width, gpu.memory_type, gpu.arch) if text]
    if more:
        lines.append(" · ".join(more))
    lines.append(price_tip)
    if gpu.unverified_fields:
        names = comma_joined(field_words(field) for field in gpu.unverified_fields)
        lines.append(say("? Not verified: {0}", names))
    if gpu.notes:
        lines.append(gpu.notes)
    lines.append(
        say("Drag it to a slot, or press Enter to add it. On a card it replaces the card.")
    )
    return PartRow(
        kind="card",
        id=gpu.id,
        name=gpu.name,
        group=_group(gpu.id, group_words(gpu.group), catalog),
        own=gpu.id in catalog.user_ids,
        vendor=gpu.vendor,
        memory=("? " if unsure else "") + say("{0:,.0f}", gpu.memory_gb),
        usd=usd,
        tip="\n".join(lines),
        card=gpu.id,
        search=f"{gpu.name} {gpu.vendor} {gpu.group} {gpu.id} {gpu.memory_gb:.0f}gb".lower(),
    )


def _host_row(host: HostSpec, catalog: Catalog) -> PartRow:
    usd, price_tip = _price(host.id, catalog)
    rate = say("{0} · {1:,.0f} GB/s peak", host_memory_kind(host), host.peak_gbs)
    if host.measured_gbs is not None:
        rate = say("{0}, {1:,.0f} GB/s measured", rate, host.measured_gbs)
    lines = [
        host.name,
        rate,
        say("PCIe {0}.0, lanes: {1}", host.pcie_gen, host.pcie_lanes or say("unknown")),
        price_tip,
    ]
    if host.unverified_fields:
        names = comma_joined(field_words(field) for field in host.unverified_fields)
        lines.append(say("? Not verified: {0}", names))
    lines.append(say("Drag it to a node, or press Enter to make it the host of the selected node."))
    return PartRow(
        kind="host",
        id=host.id,
        name=host.name,
        group=_group(host.id, HOST_GROUP, catalog),
        own=host.id in catalog.user_ids,
        vendor="",
        memory=UNKNOWN if host.max_memory_gb is None else say("{0:,}", host.max_memory_gb),
        usd=usd,
        tip="\n".join(lines),
        search=f"{host.name} {host.id} {host.memory} host {HOST_GROUP}".lower(),
    )


def _part_rows(part: PartSpec, catalog: Catalog) -> list[PartRow]:
    """One row; memory has one for each size of module."""
    if part.kind == "memory":
        sizes = MODULE_GB.get(part.memory_kind or "", ())
        return [_part_row(part, catalog, size) for size in sizes]
    return [_part_row(part, catalog)]


def _part_row(part: PartSpec, catalog: Catalog, module_gb: int | None = None) -> PartRow:
    usd, price_tip = _price(part.id, catalog)
    figures, name = part_figures(part, catalog), part.name
    price = catalog.price(part.id)
    lines = [name]
    if module_gb is not None:
        name = say("{0}, {1} GB", part.name, module_gb)
        lines = [name]
        if price is not None:
            sure = "? " if price.confidence == "low" else ""
            usd = sure + say("{0:,.0f}", module_usd(price.usd, module_gb))
            figures = say("${0:,.2f} a GB; one in each channel", price.usd)
            lines.append(figures)
        use = say("Drag it to a computer to fill every memory channel with it, or press Enter.")
    else:
        use = say("Drag it to a computer, or press Enter to build it into the selected node.")
        lines += [figures] if figures else []
        if usd != UNKNOWN:
            usd = f"{usd}{PER_UNIT[part.unit]}"
    lines.append(price_tip)
    lines += [text for text in (unverified_words(part), part.notes, use) if text]
    group = PART_GROUPS[part.kind]
    known = (name, PART_WORDS[part.kind], group, part.id, part.socket or "", figures, "part")
    words = " ".join(known)
    return PartRow(
        kind="part",
        id=part.id if module_gb is None else f"{part.id}:{module_gb}",
        name=name,
        group=group,
        vendor="",
        memory="",
        usd=usd,
        tip="\n".join(lines),
        search=words.lower().replace(",", ""),
        detail=figures,
        fact=short_fact(part, module_gb),
        part=part.id,
        part_kind=part.kind,
        module_gb=module_gb,
    )


def _custom_row(card: CustomSlot, catalog: Catalog) -> PartRow:
    facts = card_facts(card, catalog)
    price = card.custom.price_usd
    return PartRow(
        kind="card",
        id=f"custom:{card.custom.name}",
        name=facts.name,
        group=PLAN_GROUP,
        unit="GiB",
        vendor="Own",
        memory=facts.memory.removesuffix(" GiB"),
        usd=UNKNOWN if price is None else say("{0:,.0f}", price),
        tip=say(
            "{0} · {1}\nTyped into this plan. Drag it to a slot, or press Enter. F2 "
            "saves it to My hardware.",
            facts.name,
            facts.summary,
        ),
        card=card,
        search=f"{facts.name} custom own {PLAN_GROUP}".lower(),
    )


def _price(part_id: str, catalog: Catalog) -> tuple[str, str]:
    """The price column and its line in the tooltip; a missing price is a dash, never a zero."""
    price = catalog.price(part_id)
    if price is None:
        return UNKNOWN, say("No price known")
    unsure = price.confidence == "low"
    text = say(
        "${0:,.0f}, {1}, {2}, {3} ({4})",
        price.usd,
        price_kind_words(price.kind),
        price.date,
        price_confidence_words(price.confidence),
        price.source,
    )
    return ("? " if unsure else "") + say("{0:,.0f}", price.usd), text
