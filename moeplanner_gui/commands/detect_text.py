"""What is in this machine as text for a terminal: what was read, and what was not and why."""

from __future__ import annotations

import math
from collections.abc import Sequence
from textwrap import wrap

from moeplanner_gui.core.detected import DetectedCard, DetectedHost, DetectedMachine, Unread
from moeplanner_gui.core.units import GB, format_free_memory
from moeplanner_gui.detect.proposal import CardMatch, Proposal
from moeplanner_gui.detect.sentences import UNCHANGED, has_looked, told_in_all

_WIDTH = 96
_FIELDS = {
    "memory_total_bytes": "memory",
    "memory_used_bytes": "memory in use",
    "memory_reserved_bytes": "memory of the driver",
    "memory_bus_bits": "memory bus",
    "memory_clock_mhz": "memory clock",
    "memory_mt_s": "memory speed",
    "memory_channels": "memory channels",
    "power_limit_w": "power limit",
    "power_limit_default_w": "usual power limit",
    "power_limit_max_w": "highest power limit",
    "pcie_gen_now": "PCIe generation now",
    "pcie_gen_max": "PCIe generation",
    "pcie_width_now": "PCIe lanes now",
    "pcie_width_max": "PCIe lanes",
    "ecc": "error correction",
    "gfx": "architecture",
}


def detection_text(machine: DetectedMachine, proposal: Proposal | None) -> str:
    """Cards, computer, disks, what is left out, problems; each block only where there is one."""
    matches = {} if proposal is None else {id(m.card): m for m in proposal.matches}
    blocks = [_headline(machine, proposal)]
    for number, card in enumerate(machine.cards, 1):
        blocks.append(_card_text(number, card, matches.get(id(card))))
    if machine.host is not None:
        blocks.append(_host_text(machine.host, proposal))
        if machine.host.disks:
            blocks.append(_disks_text(machine.host))
    if proposal is not None and proposal.left_out:
        blocks.append("\n".join(["Left out", *_bullets(proposal.left_out)]))
    problems = [
        f"{one.title}. {one.text.removesuffix(UNCHANGED).rstrip()}" for one in told_in_all(machine)
    ]
    if problems:
        blocks.append("\n".join(["To know", *_bullets(problems)]))
    return "\n\n".join(blocks)


def _headline(machine: DetectedMachine, proposal: Proposal | None) -> str:
    if not machine.cards and not has_looked(machine):
        return "No card was found, and not everything answered: there may be one."
    if proposal is not None and proposal.summary:
        return f"Found: {proposal.summary}."
    return "Found no card." if not machine.cards else f"Found {len(machine.cards)} cards."


def _card_text(number: int, card: DetectedCard, match: CardMatch | None) -> str:
    name = card.name or card.pci_id or "a card without a name"
    where = f" at {card.pci_address}" if card.pci_address else ""
    lines = [f"GPU {number}: {name}{where}"]
    lines += _bullets([_card_facts(card)])
    if match is not None:
        row = "in no catalogue" if match.row is None else f"{match.row.name} ({match.row.id})"
        near = ", ".join(f"{one.name} ({one.id})" for one in match.nearest)
        lines += _bullets([f"Catalogue: {row}. {match.because}"])
        if near:
            lines += _bullets([f"Nearest: {near}"])
    for part in card.mig_instances:
        known = part.memory_bytes
        size = "memory not read" if known is None else format_free_memory(known)
        lines += _bullets([f"Slice: {part.name}, {size}"])
    return "\n".join([*lines, *_unread(card.unread)])


def _card_facts(card: DetectedCard) -> str:
    facts = []
    total = card.memory_total_bytes
    kind = {"unified": " unified", "shared": " shared"}.get(card.memory_kind or "", "")
    facts.append("memory not read" if total is None else f"{format_free_memory(total)}{kind}")
    if card.memory_used_bytes is not None:
        programs = len(card.processes)
        by = f" by {programs} program{'s' * (programs != 1)}" if programs else ""
        facts.append(f"{_up(card.memory_used_bytes)} in use{by}")
    if card.ecc is not None:
        facts.append(f"ECC {'on' if card.ecc else 'off'}")
    if card.pcie_gen_max and card.pcie_width_max:
        link = f"PCIe {card.pcie_gen_max}.0 x{card.pcie_width_max}"
        now = (card.pcie_gen_now, card.pcie_width_now)
        if None not in now and now != (card.pcie_gen_max, card.pcie_width_max):
            link += f" (now {now[0]}.0 x{now[1]})"
        facts.append(link)
    if card.power_limit_w is not None:
        facts.append(f"{card.power_limit_w:,.0f} W")
    if card.compute_capability:
        facts.append(f"compute capability {card.compute_capability}")
    if card.gfx:
        facts.append(card.gfx)
    if card.gpu_cores:
        facts.append(f"{card.gpu_cores} cores")
    if card.links:
        facts.append(f"linked to {len(card.links)} neighbour{'s' * (len(card.links) != 1)}")
    if card.mig:
        facts.append("cut into slices")
    if card.integrated:
        facts.append("inside the processor")
    if card.virtual:
        facts.append("virtual")
    if card.driver:
        facts.append(f"driver {card.driver}")
    return ", ".join(facts)


def _host_text(host: DetectedHost, proposal: Proposal | None) -> str:
    cores = f"{host.cores} cores" if host.cores else "cores not read"
    sockets = f"{host.sockets} × " if host.sockets and host.sockets > 1 else ""
    facts = [f"Processor: {sockets}{host.cpu or 'not read'}, {cores}"]
    total, free = host.memory_total_bytes, host.memory_available_bytes
    memory = "not read" if total is None else format_free_memory(total)
    if free is not None:
        memory += f", {format_free_memory(free)} available"
    if host.memory_kind:
        memory += f", {host.memory_kind}"
    speed = f"{host.memory_mt_s:,} MT/s" if host.memory_mt_s else "speed not read"
    channels = f"{host.memory_channels} channels" if host.memory_channels else "channels not read"
    facts.append(f"Memory: {memory}, {speed}, {channels}")
    board = host.product or host.board
    if board:
        facts.append(f"Machine: {board}")
    system = host.system_version or host.system
    kinds = [kind for kind in (host.virtual_machine, host.container) if kind]
    facts.append(f"System: {', '.join([system, *kinds, *(['WSL'] if host.wsl else [])])}")
    if proposal is not None:
        row = proposal.host.row
        known = "in no catalogue" if row is None else f"{row.name} ({row.id})"
        facts.append(f"Catalogue: {known}. {proposal.host.because}")
    return "\n".join(["Computer", *_bullets(facts), *_unread(host.unread)])


def _disks_text(host: DetectedHost) -> str:
    lines = []
    for disk in host.disks:
        # As it is printed on the disk: in powers of ten.
        size = "size not read" if disk.size_bytes is None else f"{disk.size_bytes // GB:,} GB"
        free = disk.free_bytes
        left = "nothing of it mounted" if free is None else f"{format_free_memory(free)} free"
        kind = {"nvme": "NVMe, ", "ssd": "SSD, ", "hdd": "hard disk, "}.get(disk.kind, "")
        lines.append(f"{disk.name}: {kind}{size}, {left}")
    return "\n".join(["Disks", *_bullets(lines)])


def _unread(entries: Sequence[Unread]) -> list[str]:
    """One line for each reason, with all that it hides."""
    by_reason: dict[str, list[str]] = {}
    for entry in entries:
        field = _FIELDS.get(entry.field, entry.field.replace("_", " "))
        by_reason.setdefault(entry.because, []).append(field)
    return _bullets([f"Not read: {', '.join(f)} ({why})" for why, f in by_reason.items()])


def _bullets(lines: Sequence[str]) -> list[str]:
    broken: list[str] = []
    for line in lines:
        broken += wrap(
            line, _WIDTH, initial_indent="  ", subsequent_indent="    ", break_long_words=False
        )
    return broken


def _up(size_bytes: int) -> str:
    """What is in use never looks smaller than it is."""
    return f"{math.ceil(size_bytes * 10 / 2**30) / 10:,.1f} GiB"
