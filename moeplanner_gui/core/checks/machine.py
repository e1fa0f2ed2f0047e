"""The computer around the cards: memory for what does not fit them, disk, system, drivers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil

from moeplanner_gui.core.assessment import DeviceMemory, Finding
from moeplanner_gui.core.plan import Node, Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import Prepared
from moeplanner_gui.core.units import GIB, format_memory
from moeplanner_gui.core.words import say

_HOME_MBIT = 100
"""Speed of a home connection for which a download is counted; change the number as you like."""
_GB = 10**9
_LOCKED_BYTES = 4 * GIB
"""Less of it, an embedding table, is in nobody's way."""
_LINUX_ONLY = {
    "vllm": say("vLLM runs on Linux; on Windows only inside WSL 2."),
    "sglang": say("SGLang runs on Linux; on Windows only inside WSL 2."),
    "ktransformers": say("KTransformers runs on Linux; on Windows only inside WSL 2."),
}


def machine_findings(prepared: Prepared, catalog: CatalogReader) -> Iterator[Finding]:
    """All but the slots and the power; another context does not change them."""
    plan = prepared.plan
    yield from _disk(prepared, catalog)
    yield from _system(plan)
    yield from _modules(plan, catalog)


def _disk(prepared: Prepared, catalog: CatalogReader) -> Iterator[Finding]:
    """Room for the file on every node, and how long it takes to arrive."""
    layout = prepared.layout
    if layout is None:
        return
    size = layout.file_bytes or layout.total_bytes
    for index, node in enumerate(prepared.plan.rig.nodes):
        bought = _disk_bytes(node, catalog)
        free = node.disk_gib * GIB if node.disk_gib else bought
        if free is not None and free < size:
            what = (
                say("{0:,} GiB of disk are free", node.disk_gib)
                if node.disk_gib
                else say("the chosen disks hold {0:,.0f} TB", free / 10**12)
            )
            yield Finding(
                "disk_too_small",
                "error",
                f"node {index + 1}",
                say("The weights are {0:,.0f} GB; {1}.", size / _GB, what),
                say("{0:,} GiB and room for a second copy while it is renewed.", ceil(size / GIB)),
            )
    hours = size * 8 / (_HOME_MBIT * 10**6) / 3600
    time = say("{0:.0f} hours", hours) if hours >= 2 else say("{0} minutes", ceil(hours * 60))
    count = len(prepared.plan.rig.nodes)
    each = (
        say(" on every node")
        if count > 1 and prepared.plan.deployment.engine != "llama.cpp"
        else ""
    )
    yield Finding(
        "download",
        "note",
        "plan",
        say(
            "The weights are {0:,.0f} GB on the disk{1}; at {2} Mbit/s they arrive in {3}.",
            size / _GB,
            each,
            _HOME_MBIT,
            time,
        ),
        say("That as much is free, and whether the connection counts volume."),
    )


def _disk_bytes(node: Node, catalog: CatalogReader) -> int | None:
    """Bytes of the disks that were chosen as parts, None where there are none."""
    total = 0
    for part in node.parts or ():
        row = catalog.parts.get(part.part)
        if row is not None and row.kind == "disk" and not part.assumed:
            if row.unit != "tb":
                return None
            total += part.count * 10**12
    return total or None


def _system(plan: Plan) -> Iterator[Finding]:
    sentence = _LINUX_ONLY.get(plan.deployment.engine)
    if sentence is None:
        return
    displays = {node.display for node in plan.rig.nodes}
    if "windows" in displays:
        yield Finding(
            "engine_needs_linux", "warning", "plan", sentence, say("A Linux system, or llama.cpp.")
        )
    elif None in displays:
        yield Finding(
            "engine_needs_linux", "note", "plan", sentence, say("Which system the computer runs.")
        )


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
                say(
                    "{0} of {1} usable host memory are taken: other programs push the "
                    "model out onto the disk.",
                    format_memory(device.used_bytes),
                    format_memory(device.usable_bytes),
                ),
                say("Close other programs, or take more memory."),
            )
    yield from _locked(prepared, devices)
    host = next((d for d in devices if d.kind == "host" and d.capacity_bytes), None)
    layout = prepared.layout
    if host is None or layout is None or prepared.plan.deployment.engine == "llama.cpp":
        return
    if host.capacity_bytes * 2 < layout.total_bytes:
        yield Finding(
            "little_memory_for_loading",
            "note",
            f"node {host.node + 1}",
            say(
                "Host memory is {0}, the weights {1}: they are read through it in "
                "pieces, and a second start reads the disk again.",
                format_memory(host.capacity_bytes),
                format_memory(layout.total_bytes),
            ),
            say("How fast the disk is."),
        )


def _locked(prepared: Prepared, devices: Sequence[DeviceMemory]) -> Iterator[Finding]:
    """Weights in host memory that a card reads: whether they may be locked there."""
    options = prepared.plan.deployment
    if options.engine != "llama.cpp" or not prepared.cards:
        return
    for device in devices:
        if device.kind != "host" or device.weights_bytes < _LOCKED_BYTES:
            continue
        yield Finding(
            "page_locked_weights",
            "note",
            f"node {device.node + 1}",
            say(
                "{0} of weights are read from host memory. With --no-mmap or --mlock "
                "they are page-locked: nothing else gets that memory.",
                format_memory(device.weights_bytes),
            ),
            say(
                "A limit on locked memory (ulimit -l); Windows locks about half of the "
                "memory at most."
            ),
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
                say(
                    "{0} takes {1:,} GiB at most; the plan has {2:,}.",
                    host.name,
                    host.max_memory_gb,
                    node.ram_gib,
                ),
                say("Another platform, or less memory."),
            )
        channels = node.memory_channels or host.channels
        if node.ram_gib % channels:
            yield Finding(
                "uneven_memory",
                "note",
                subject,
                say(
                    "{0:,} GiB do not divide over {1} channels in equal modules: unequal "
                    "ones run slower than is counted here.",
                    node.ram_gib,
                    channels,
                ),
                say("Which modules make the size."),
            )
