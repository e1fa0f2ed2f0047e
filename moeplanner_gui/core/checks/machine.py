"""The computer around the cards: memory for what does not fit them, disk, system, drivers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil

from moeplanner_gui.core.assessment import DeviceMemory, Finding
from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.plan import Node, Plan, card_id
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.prepare import Prepared
from moeplanner_gui.core.units import GIB, format_memory

_HOME_MBIT = 100
"""Speed of a home connection for which a download is counted; change the number as you like."""
_GB = 10**9
_LINUX_ONLY = {
    "vllm": "vLLM runs on Linux; on Windows only inside WSL 2.",
    "sglang": "SGLang runs on Linux; on Windows only inside WSL 2.",
    "ktransformers": "KTransformers runs on Linux; on Windows only inside WSL 2.",
}


def machine_findings(prepared: Prepared, catalog: CatalogReader) -> Iterator[Finding]:
    """All but the slots and the power; another context does not change them."""
    plan = prepared.plan
    yield from _disk(prepared)
    yield from _system(plan)
    yield from _modules(plan, catalog)
    yield from _cards_together(plan, catalog)


def _disk(prepared: Prepared) -> Iterator[Finding]:
    """Room for the file and how long it takes to arrive."""
    layout = prepared.layout
    if layout is None:
        return
    size = layout.file_bytes or layout.total_bytes
    hours = size * 8 / (_HOME_MBIT * 10**6) / 3600
    short = [
        index + 1
        for index, node in enumerate(prepared.plan.rig.nodes)
        if node.disk_gib and node.disk_gib * GIB < size
    ]
    if short:
        yield Finding(
            "disk_too_small",
            "error",
            f"node {short[0]}",
            f"The weights are {size / _GB:,.0f} GB; "
            f"{prepared.plan.rig.nodes[short[0] - 1].disk_gib:,} GiB of disk are free.",
        )
    time = f"{hours:.0f} hours" if hours >= 2 else f"{ceil(hours * 60)} minutes"
    yield Finding(
        "download",
        "note",
        "plan",
        f"The weights are {size / _GB:,.0f} GB on the disk; at {_HOME_MBIT} Mbit/s they arrive in "
        f"{time}.",
        "That as much is free, and whether the connection counts volume.",
    )


def _system(plan: Plan) -> Iterator[Finding]:
    sentence = _LINUX_ONLY.get(plan.deployment.engine)
    if sentence is None:
        return
    if any(node.display == "windows" for node in plan.rig.nodes):
        yield Finding("engine_needs_linux", "warning", "plan", sentence, "A Linux system, or WSL.")


def loading_findings(prepared: Prepared, devices: Sequence[DeviceMemory]) -> Iterator[Finding]:
    """What host memory holds beside the system, and what loading asks of it."""
    for device in devices:
        if device.kind != "host" or not device.used_bytes or not device.capacity_bytes:
            continue
        share = device.used_bytes / max(device.usable_bytes, 1)
        if 0.9 < share <= 1.0:
            yield Finding(
                "host_memory_nearly_full",
                "warning",
                f"node {device.node + 1}",
                f"{format_memory(device.used_bytes)} of "
                f"{format_memory(device.usable_bytes)} usable host memory are taken: other "
                "programs push the model out onto the disk.",
                "Close other programs, or take more memory.",
            )
    host = next((d for d in devices if d.kind == "host" and d.capacity_bytes), None)
    layout = prepared.layout
    if host is None or layout is None or prepared.plan.deployment.engine == "llama.cpp":
        return
    if host.capacity_bytes * 2 < layout.total_bytes:
        yield Finding(
            "little_memory_for_loading",
            "note",
            f"node {host.node + 1}",
            f"Host memory is {format_memory(host.capacity_bytes)}, the weights "
            f"{format_memory(layout.total_bytes)}: they are read through it in pieces, and a "
            "second start reads the disk again.",
            "How fast the disk is.",
        )


def _modules(plan: Plan, catalog: CatalogReader) -> Iterator[Finding]:
    """Memory that no even set of modules makes, and more than the platform takes."""
    for index, node in enumerate(plan.rig.nodes):
        if node.host is None or not node.ram_gib:
            continue
        host = catalog.host(node.host)
        subject = f"node {index + 1}"
        if host.max_memory_gb is not None and node.ram_gib > host.max_memory_gb:
            yield Finding(
                "more_memory_than_host",
                "error",
                subject,
                f"{host.name} takes {host.max_memory_gb:,} GiB at most; the plan has "
                f"{node.ram_gib:,}.",
            )
        channels = node.memory_channels or host.channels
        if node.ram_gib % channels:
            yield Finding(
                "uneven_memory",
                "note",
                subject,
                f"{node.ram_gib:,} GiB do not divide over {channels} channels in equal modules: "
                "unequal ones run slower than is counted here.",
                "Which modules make the size.",
            )


def _cards_together(plan: Plan, catalog: CatalogReader) -> Iterator[Finding]:
    options = plan.deployment
    for index, node in enumerate(plan.rig.nodes):
        rows = _rows(node, catalog)
        names = list(dict.fromkeys(row.name for row in rows))
        subject = f"node {index + 1}"
        if len({row.vendor for row in rows}) > 1:
            yield Finding(
                "cards_of_several_makers",
                "warning",
                subject,
                f"{' and '.join(names)} need drivers of different makers in one system; only the "
                "Vulkan build of llama.cpp drives both.",
                "That both drivers install side by side.",
            )
        if len(names) > 1 and options.tensor_parallel > 1:
            yield Finding(
                "unequal_cards_in_a_group",
                "warning",
                subject,
                f"{' and '.join(names)} share every layer: each waits for the slowest, and each "
                "gives no more memory than the smallest.",
            )
        closed = len(rows) > 1 and any(_has_no_peer_access(row) for row in rows)
        if closed and options.tensor_parallel > 1:
            yield Finding(
                "no_peer_access",
                "note",
                subject,
                "NVIDIA's driver gives GeForce cards since the RTX 40 series no direct access to "
                "one another: what they exchange goes through host memory.",
                "NCCL_P2P_DISABLE=1 where an engine hangs at the start.",
            )


def _rows(node: Node, catalog: CatalogReader) -> list[GpuSpec]:
    found = []
    for card in node.gpus:
        name = card_id(card)
        if name is not None:
            try:
                found.append(catalog.gpu(name))
            except UnknownEntryError:
                continue
    return found


def _has_no_peer_access(row: GpuSpec) -> bool:
    return row.group == "GeForce" and row.sm is not None and row.sm >= (8, 9)
