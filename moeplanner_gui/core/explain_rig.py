"""Derivations of what cards and hosts leave to the engine, and of the price of the rig."""

from __future__ import annotations

from dataclasses import replace

from moeplanner_gui.core.assessment import Assessment, DeviceMemory, NamedBytes
from moeplanner_gui.core.bill import BillLine, bill
from moeplanner_gui.core.card_terms import card_memory
from moeplanner_gui.core.derivation import Confidence, Derivation, least_sure
from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.plan import CustomSlot, Plan, card_id
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import Prepared
from moeplanner_gui.core.quantities import bytes_text, gib_text, leaf
from moeplanner_gui.core.weights_layout import WeightLayout

_SEEN_ON_CARDS = (
    "nvidia-smi totals against CUDA's own and against the free memory that engines print on "
    "RTX 3090 to RTX PRO 6000 (2026-11-22): low by 14 to 480 MB, never high"
)
_ITEMS = {
    "Driver reserve": ("1.5 % of the card", _SEEN_ON_CARDS),
    "Desktop (Linux)": (
        "0.5 GiB",
        "idle use of Linux desktops: 0.1 GB light, 0.35 to 0.83 GB typical (2026-11-22)",
    ),
    "Desktop (Windows)": ("2 GiB", "idle use under WDDM: 1.6 to 3.2 GB (2026-11-22)"),
    "Desktop": ("nothing: no screen is on this card", ""),
    "Other processes": ("nothing, unless entered", ""),
    "Kept from the GPU by macOS": (
        "a third up to 36 GiB, a quarter above",
        "recommendedMaxWorkingSetSize seen: 67 to 74 % of the memory (2026-11-22)",
    ),
    "Operating system": ("4 GiB or 5 %, whichever is more", ""),
    "Above the engine's memory limit": (
        "what lies above memory utilization × (capacity − driver reserve)",
        "vLLM's gpu_memory_utilization, 0.9 unless set",
    ),
    "Kept free by the memory limit": (
        "the share of the free memory above --mem-fraction-static, less activations and graphs",
        "SGLang 0.5.23, mem_cache/kv_cache_configurator.py (_profile_available_bytes)",
    ),
    "CUDA context": (
        "0.6 GiB for each card in use",
        "reserve and context together: 0.7 to 1.1 GB a card in engines' logs (2026-11-22)",
    ),
    "Driver context": ("0.6 GiB for each card in use, as on CUDA", ""),
    "CUDA graphs": (
        "0.7 GiB for each card under vLLM; under SGLang what it reserves for them itself",
        "0.36 to 0.7 GiB seen in vLLM (2026-11-22); SGLang 0.5.23, reserve_for_graph_mb",
    ),
    "Buffers of the experts": (
        "2 B × tokens of a chunk × experts of a token × (2 × hidden + 3 × width), on 2 NUMA nodes",
        "modelled on the safe side; kt-kernel 0.7.2 sizes them by --chunked-prefill-size",
    ),
    "Experts of one layer, read from the disk": (
        "all routed experts of the largest layer: a batch picks nearly every one of them",
        "",
    ),
    "NCCL buffers": (
        "0.5 GiB for each card of several",
        "0.3 to 1 GB for 2 to 8 cards; not confirmed by a measurement",
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
        return leaf(label, bytes_text(device.file_rest_bytes), "nothing", confidence=sure)
    whole = max(layout.file_bytes, layout.total_bytes)
    inputs = (
        leaf(f"The whole file, {layout.label}", bytes_text(whole), confidence=sure),
        leaf(
            "Experts read from the disk",
            bytes_text(device.routed_experts_bytes),
            confidence=sure,
        ),
    )
    return Derivation(
        label,
        bytes_text(device.file_rest_bytes),
        "the file lies on the disk as a whole; this part of it is loaded into memory at the start",
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
        "the sum of its parts" if inputs else "nothing",
        confidence=least_sure(inputs),
        inputs=inputs,
        assumed=any(item.assumed for item in items),
    )


def _item(item: NamedBytes) -> Derivation:
    formula, source = term_rule(item.name)
    sure = Confidence.MODELLED
    if item.name in ("NCCL buffers", "Driver context") and not item.edited:
        sure = Confidence.UNVERIFIED
    elif item.name.startswith("Reserved"):
        sure, formula = Confidence.EXACT, "as entered"
    elif item.edited:
        sure = Confidence.EXACT
        formula = f"edited; the rule is {formula}" if formula else "edited"
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
    held = explain_held_back(device, f"Held back on {device.name}")
    inputs = (
        explain_capacity(prepared, device, catalog, f"Capacity of {device.name}"),
        held,
    )
    held_bytes = sum(item.size_bytes for item in device.held_back)
    return Derivation(
        label,
        bytes_text(device.usable_bytes),
        f"{gib_text(device.capacity_bytes)} − {gib_text(held_bytes)} held back",
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
            return leaf(label, value, f"{node.ram_gib} GiB, chosen for node {place}")
        return leaf(
            label,
            value,
            "not chosen: as much as the plan needs is shown",
            confidence=Confidence.UNVERIFIED,
            assumed=True,
        )
    if device.kind == "disk":
        if node.disk_gib:
            return leaf(label, value, f"{node.disk_gib:,} GiB free, chosen for node {place}")
        return leaf(label, value, "not chosen", confidence=Confidence.UNVERIFIED, assumed=True)
    card = node.gpus[device.slot or 0]
    if isinstance(card, CustomSlot):
        return leaf(label, value, f"{card.custom.memory_mib} MiB, as entered")
    row = catalog.gpu(card_id(card) or "")
    ecc = card_memory(card).ecc
    if ecc is not None:
        return _with_ecc(label, device, row, ecc)
    source = row.sources.get("memory_total_mib") or row.sources.get("memory_gb") or ""
    part = f"; the board appears as {row.devices} devices" if row.devices > 1 else ""
    if row.memory_total_mib is None:
        return leaf(
            label,
            value,
            f"{row.memory_gb:g} GB by the vendor's label; the driver's figure was not seen{part}",
            source,
            confidence=Confidence.UNVERIFIED,
        )
    unverified = "memory_total_mib" in row.unverified_fields
    return leaf(
        label,
        value,
        f"{row.memory_total_mib} MiB as the driver shows it{part}",
        f"{source} ({row.source_date})" if source else row.source_date,
        confidence=Confidence.UNVERIFIED if unverified else Confidence.MEASURED,
    )


def _with_ecc(label: str, device: DeviceMemory, row: GpuSpec, on: bool) -> Derivation:
    """What the driver shows with error correction switched by the user."""
    field = "memory_total_mib_ecc_on" if on else "memory_total_mib_ecc_off"
    seen: int | None = getattr(row, field)
    state = f"error correction {'on' if on else 'off'}, edited"
    value = bytes_text(device.capacity_bytes)
    if seen is not None:
        source = row.sources.get(field, "")
        return leaf(
            label,
            value,
            f"{seen} MiB as the driver shows it with {state}",
            f"{source} ({row.source_date})" if source else row.source_date,
            confidence=Confidence.MEASURED,
        )
    if device.capacity_bytes == row.memory_bytes // row.devices:
        return leaf(
            label,
            value,
            f"as shipped: with {state}, no other figure is known for this card",
            confidence=Confidence.UNVERIFIED,
        )
    return leaf(
        label,
        value,
        f"{state}: one sixteenth less",
        "49140 MiB become 46068 on RTX A6000 and RTX 6000 Ada (nvidia-smi, 2026-11-22)",
        confidence=Confidence.MODELLED,
    )


def explain_hardware(plan: Plan, assessment: Assessment, catalog: CatalogReader) -> Derivation:
    """The prices of all parts; a missing one leaves the sum open."""
    usd = assessment.cost.hardware_usd
    value = "no price" if usd is None else f"${usd:,.2f}"
    if plan.economics.hardware_usd is not None:
        return leaf("Hardware", value, "as entered")
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
    formula = "the sum of all parts"
    if usd is None:
        formula = "open: a part has no price, and a missing price is not zero"
    return Derivation("Hardware", value, formula, "", least_sure(tuple(inputs)), tuple(inputs))


_UNITS = {"each": "", "gb": " GB", "tb": " TB"}


def _part(line: BillLine) -> Derivation:
    label = f"{line.count} × {line.name}" if line.count > 1 else line.name
    if line.unit == "gb":
        label = f"{line.name}, {line.count:,} GiB"
    elif line.unit == "tb":
        label = f"{line.name}, {line.count} TB"
    mine = "" if not line.mine else f", {line.mine:,}{_UNITS[line.unit]} there already"
    usd, row = line.usd, line.price
    if usd is None:
        return leaf(label, "no price", line.note, confidence=Confidence.UNVERIFIED)
    if row is None:
        return leaf(label, f"${usd:,.2f}", f"as entered{mine}")
    chosen = ", assumed: nobody chose it" if line.assumed else ""
    return leaf(
        label,
        f"${usd:,.2f}",
        f"{line.count:,}{_UNITS[line.unit]} × ${row.usd:,.2f}, "
        f"{row.kind.replace('_', ' ')} price{mine}{chosen}",
        f"{row.source} ({row.date})",
        confidence=Confidence.UNVERIFIED if row.confidence == "low" else Confidence.MEASURED,
    )
