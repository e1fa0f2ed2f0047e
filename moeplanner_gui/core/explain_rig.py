"""Derivations of what cards and hosts leave to the engine, and of the price of the rig."""

from __future__ import annotations

from dataclasses import replace

from moeplanner_gui.core.assessment import Assessment, DeviceMemory, NamedBytes
from moeplanner_gui.core.bill import BillLine, bill
from moeplanner_gui.core.card_terms import card_memory
from moeplanner_gui.core.derivation import Confidence, Derivation, least_sure
from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.id_words import price_kind_words
from moeplanner_gui.core.plan import CustomSlot, Plan, card_id
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import Prepared
from moeplanner_gui.core.quantities import bytes_text, gib_text, leaf
from moeplanner_gui.core.weights_layout import WeightLayout
from moeplanner_gui.core.words import say

_SEEN_ON_CARDS = say(
    "nvidia-smi totals against CUDA's own and against the free memory that "
    "engines print on RTX 3090 to RTX PRO 6000 (2026-11-22): low by 14 to "
    "480 MB, never high"
)
_ITEMS = {
    say("Driver reserve"): (say("1.5 % of the card"), _SEEN_ON_CARDS),
    say("Desktop (Linux)"): (
        say("0.5 GiB"),
        say("idle use of Linux desktops: 0.1 GB light, 0.35 to 0.83 GB typical (2026-11-22)"),
    ),
    say("Desktop (Windows)"): (
        say("2 GiB"),
        say("idle use under WDDM: 1.6 to 3.2 GB (2026-11-22)"),
    ),
    say("Desktop"): (say("nothing: no screen is on this card"), ""),
    say("Other processes"): (say("nothing, unless entered"), ""),
    say("Kept from the GPU by macOS"): (
        say("a third up to 36 GiB, a quarter above"),
        say("recommendedMaxWorkingSetSize seen: 67 to 74 % of the memory (2026-11-22)"),
    ),
    say("Operating system"): (say("4 GiB or 5 %, whichever is more"), ""),
    say("Above the engine's memory limit"): (
        say("what lies above memory utilization × (capacity − driver reserve)"),
        say("vLLM's gpu_memory_utilization, 0.9 unless set"),
    ),
    say("Kept free by the memory limit"): (
        say(
            "the share of the free memory above --mem-fraction-static, less activations and graphs"
        ),
        say("SGLang 0.5.23, mem_cache/kv_cache_configurator.py (_profile_available_bytes)"),
    ),
    say("CUDA context"): (
        say("0.6 GiB for each card in use"),
        say("reserve and context together: 0.7 to 1.1 GB a card in engines' logs (2026-11-22)"),
    ),
    say("Driver context"): (say("0.6 GiB for each card in use, as on CUDA"), ""),
    say("CUDA graphs"): (
        say("0.7 GiB for each card under vLLM; under SGLang what it reserves for them itself"),
        say("0.36 to 0.7 GiB seen in vLLM (2026-11-22); SGLang 0.5.23, reserve_for_graph_mb"),
    ),
    say("Buffers of the experts"): (
        say(
            "2 B × tokens of a chunk × experts of a token × (2 × hidden + 3 × "
            "width), on 2 NUMA nodes"
        ),
        say("modelled on the safe side; kt-kernel 0.7.2 sizes them by --chunked-prefill-size"),
    ),
    say("Experts of one layer, read from the disk"): (
        say("all routed experts of the largest layer: a batch picks nearly every one of them"),
        "",
    ),
    say("NCCL buffers"): (
        say("0.5 GiB for each card of several"),
        say("0.3 to 1 GB for 2 to 8 cards; not confirmed by a measurement"),
    ),
}


def term_rule(name: str) -> tuple[str, str]:
    """The rule of a named term in words, and where it was read; empty where there is none."""
    return _ITEMS.get(name, ("", ""))


def explain_overhead(device: DeviceMemory, label: str) -> Derivation:
    """What the engine's process takes beside weights, cache and buffers."""
    return _named(label, device.overhead_bytes, device.overhead)


def explain_file_rest(layout: WeightLayout | None, device: DeviceMemory, label: str) -> Derivation:
    """What a disk holds of the model's file beside the experts that are read from it."""
    sure = Confidence.EXACT if layout is None else layout.confidence
    if not device.file_rest_bytes or layout is None:
        return leaf(label, bytes_text(device.file_rest_bytes), say("nothing"), confidence=sure)
    whole = max(layout.file_bytes, layout.total_bytes)
    inputs = (
        leaf(say("The whole file, {0}", layout.label), bytes_text(whole), confidence=sure),
        leaf(
            say("Experts read from the disk"),
            bytes_text(device.routed_experts_bytes),
            confidence=sure,
        ),
    )
    return Derivation(
        label,
        bytes_text(device.file_rest_bytes),
        say(
            "the file lies on the disk as a whole; this part of it is loaded into "
            "memory at the start"
        ),
        confidence=sure,
        inputs=inputs,
    )


def explain_held_back(device: DeviceMemory, label: str) -> Derivation:
    """What never becomes usable."""
    return _named(label, sum(item.size_bytes for item in device.held_back), device.held_back)


def _named(label: str, total: int, items: tuple[NamedBytes, ...]) -> Derivation:
    inputs = tuple(_item(item) for item in items)
    return Derivation(
        label,
        bytes_text(total),
        say("the sum of its parts") if inputs else say("nothing"),
        confidence=least_sure(inputs),
        inputs=inputs,
        assumed=any(item.assumed for item in items),
    )


def _item(item: NamedBytes) -> Derivation:
    formula, source = term_rule(item.name)
    sure = Confidence.MODELLED
    if item.name in (say("NCCL buffers"), say("Driver context")) and not item.edited:
        sure = Confidence.UNVERIFIED
    elif item.name in (say("Reserved"), say("Reserved, as entered")):
        sure, formula = Confidence.EXACT, say("as entered")
    elif item.edited:
        sure = Confidence.EXACT
        formula = say("edited; the rule is {0}", formula) if formula else say("edited")
    return leaf(
        item.name,
        bytes_text(item.size_bytes),
        formula,
        source,
        confidence=sure,
        assumed=item.assumed,
    )


def explain_usable(
    prepared: Prepared, device: DeviceMemory, catalog: CatalogReader, label: str
) -> Derivation:
    """Capacity less what is held back."""
    held = explain_held_back(device, say("Held back on {0}", device.name))
    inputs = (
        explain_capacity(prepared, device, catalog, say("Capacity of {0}", device.name)),
        held,
    )
    held_bytes = sum(item.size_bytes for item in device.held_back)
    return Derivation(
        label,
        bytes_text(device.usable_bytes),
        say("{0} − {1} held back", gib_text(device.capacity_bytes), gib_text(held_bytes)),
        confidence=least_sure(inputs),
        inputs=inputs,
    )


def explain_capacity(
    prepared: Prepared, device: DeviceMemory, catalog: CatalogReader, label: str
) -> Derivation:
    """What the driver shows, or the memory of the host."""
    node = prepared.plan.rig.nodes[device.node]
    value = bytes_text(device.capacity_bytes)
    place = device.node + 1
    if device.kind == "host":
        if node.ram_gib:
            return leaf(label, value, say("{0} GiB, chosen for node {1}", node.ram_gib, place))
        return leaf(
            label,
            value,
            say("not chosen: as much as the plan needs is shown"),
            confidence=Confidence.UNVERIFIED,
            assumed=True,
        )
    if device.kind == "disk":
        if node.disk_gib:
            return leaf(
                label, value, say("{0:,} GiB free, chosen for node {1}", node.disk_gib, place)
            )
        return leaf(label, value, say("not chosen"), confidence=Confidence.UNVERIFIED, assumed=True)
    card = node.gpus[device.slot or 0]
    if isinstance(card, CustomSlot):
        return leaf(label, value, say("{0} MiB, as entered", card.custom.memory_mib))
    row = catalog.gpu(card_id(card) or "")
    ecc = card_memory(card).ecc
    if ecc is not None:
        return _with_ecc(label, device, row, ecc)
    source = row.sources.get("memory_total_mib") or row.sources.get("memory_gb") or ""
    part = say("; the board appears as {0} devices", row.devices) if row.devices > 1 else ""
    if row.memory_total_mib is None:
        return leaf(
            label,
            value,
            say(
                "{0:g} GB by the vendor's label; the driver's figure was not seen{1}",
                row.memory_gb,
                part,
            ),
            source,
            confidence=Confidence.UNVERIFIED,
        )
    unverified = "memory_total_mib" in row.unverified_fields
    return leaf(
        label,
        value,
        say("{0} MiB as the driver shows it{1}", row.memory_total_mib, part),
        f"{source} ({row.source_date})" if source else row.source_date,
        confidence=Confidence.UNVERIFIED if unverified else Confidence.MEASURED,
    )


def _with_ecc(label: str, device: DeviceMemory, row: GpuSpec, on: bool) -> Derivation:
    """What the driver shows with error correction switched by the user."""
    field = "memory_total_mib_ecc_on" if on else "memory_total_mib_ecc_off"
    seen: int | None = getattr(row, field)
    state = say("error correction {0}, edited", say("on") if on else say("off"))
    value = bytes_text(device.capacity_bytes)
    if seen is not None:
        source = row.sources.get(field, "")
        return leaf(
            label,
            value,
            say("{0} MiB as the driver shows it with {1}", seen, state),
            f"{source} ({row.source_date})" if source else row.source_date,
            confidence=Confidence.MEASURED,
        )
    if device.capacity_bytes == row.memory_bytes // row.devices:
        return leaf(
            label,
            value,
            say("as shipped: with {0}, no other figure is known for this card", state),
            confidence=Confidence.UNVERIFIED,
        )
    return leaf(
        label,
        value,
        say("{0}: one sixteenth less", state),
        say("49140 MiB become 46068 on RTX A6000 and RTX 6000 Ada (nvidia-smi, 2026-11-22)"),
        confidence=Confidence.MODELLED,
    )


def explain_hardware(plan: Plan, assessment: Assessment, catalog: CatalogReader) -> Derivation:
    """The prices of all parts; a missing one leaves the sum open."""
    usd = assessment.cost.hardware_usd
    value = say("no price") if usd is None else say("${0:,.2f}", usd)
    if plan.economics.hardware_usd is not None:
        return leaf(say("Hardware"), value, say("as entered"))
    lines = bill(plan, catalog)
    merged: dict[tuple[object, ...], BillLine] = {}
    for line in lines:
        key = (line.kind, line.name, line.part_id, line.unit_usd, line.assumed)
        before = merged.get(key)
        if before is None or line.unit == "gb":
            merged[key if before is None else (*key, line.node)] = line
        else:
            merged[key] = replace(
                before, count=before.count + line.count, mine=before.mine + line.mine
            )
    inputs = [_part(line) for line in merged.values()]
    formula = say("the sum of all parts")
    if usd is None:
        formula = say("open: a part has no price, and a missing price is not zero")
    return Derivation(say("Hardware"), value, formula, "", least_sure(tuple(inputs)), tuple(inputs))


_UNITS = {"each": "", "gb": " GB", "tb": " TB"}


def _part(line: BillLine) -> Derivation:
    label = f"{line.count} × {line.name}" if line.count > 1 else line.name
    if line.unit == "gb":
        label = say("{0}, {1:,} GiB", line.name, line.count)
    elif line.unit == "tb":
        label = say("{0}, {1} TB", line.name, line.count)
    mine = "" if not line.mine else say(", {0:,}{1} there already", line.mine, _UNITS[line.unit])
    usd, row = line.usd, line.price
    if usd is None:
        return leaf(label, say("no price"), line.note, confidence=Confidence.UNVERIFIED)
    if row is None:
        return leaf(label, say("${0:,.2f}", usd), say("as entered{0}", mine))
    chosen = say(", assumed: nobody chose it") if line.assumed else ""
    return leaf(
        label,
        say("${0:,.2f}", usd),
        say(
            "{0:,}{1} × ${2:,.2f}, {3} price{4}{5}",
            line.count,
            _UNITS[line.unit],
            row.usd,
            price_kind_words(row.kind),
            mine,
            chosen,
        ),
        f"{row.source} ({row.date})",
        confidence=Confidence.UNVERIFIED if row.confidence == "low" else Confidence.MEASURED,
    )
