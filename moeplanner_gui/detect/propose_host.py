"""The detected computer around the cards: host row, memory, disk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from moeplanner_gui.core.detected import DetectedDisk, DetectedHost
from moeplanner_gui.core.hardware import HostSpec
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.units import GIB, format_memory
from moeplanner_gui.core.words import paragraph, say
from moeplanner_gui.detect.match_host import match_host, own_host
from moeplanner_gui.detect.proposal import HostMatch, ProposalLine
from moeplanner_gui.detect.propose_cards import host_used_bytes, system_mib_of

MOST_GIB: Final = 65_536
MOST_DISK_GIB: Final = 1_048_576
NOTABLE_SHARE: Final = 0.9
"""Below this share of the installed memory it is worth a sentence why the system sees less."""


@dataclass(frozen=True, slots=True)
class HostValues:
    """What the node takes from the computer. ``system_mib`` None follows the rule."""

    match: HostMatch
    host_id: str | None = None
    new_row: HostSpec | None = None
    ram_gib: int | None = None
    system_mib: int | None = None
    memory_mt_s: int | None = None
    memory_channels: int | None = None
    disk_gib: int | None = None
    lines: tuple[ProposalLine, ...] = ()


def host_values(
    host: DetectedHost | None,
    rows: Mapping[str, HostSpec],
    day: str,
    *,
    unified: bool,
    unified_system_mib: int | None,
    pcie_gen: int | None,
) -> HostValues:
    """The computer's part of a node.

    Args:
        host: What was found, None when the probe found nothing.
        rows: Hosts of the catalogue, with the user's own ones.
        day: When it was read, ISO.
        unified: A card of the node has the whole memory of the machine, so that there is no
            host memory beside it.
        unified_system_mib: What the system then holds of it, where that is more than the rule.
        pcie_gen: What a card and its slot agreed on, at most.
    """
    if host is None:
        because = say("The computer itself could not be read.")
        line = ProposalLine(say("Host"), say("not read"), "unknown", because)
        return HostValues(HostMatch(None, because), lines=(line,))
    match = match_host(host, rows.values())
    disk_gib, disk_line = _disk(host)
    if unified:
        return HostValues(
            match,
            system_mib=unified_system_mib,
            disk_gib=disk_gib,
            lines=(_unified_line(host), *disk_line),
        )
    row, new = match.row, None
    if row is None:
        row = _mine(host, rows) or own_host(host, day, rows, pcie_gen)
        new = row if row is not None and row.id not in rows else None
    ram_gib = None
    if host.memory_total_bytes is not None:
        ram_gib = min(host.memory_total_bytes // GIB, MOST_GIB)
    system_mib = system_mib_of(host, ram_gib or 0)
    return HostValues(
        match=match,
        host_id=None if row is None else row.id,
        new_row=new,
        ram_gib=ram_gib,
        system_mib=system_mib,
        memory_mt_s=_between(host.memory_mt_s, 100, 100_000),
        memory_channels=_between(host.memory_channels, 1, 64),
        disk_gib=disk_gib,
        lines=(
            _host_line(match, row),
            _memory_line(host, ram_gib),
            _speed_line(host, row),
            *_system_line(host, system_mib),
            *disk_line,
        ),
    )


def _mine(host: DetectedHost, rows: Mapping[str, HostSpec]) -> HostSpec | None:
    """The row that an earlier detection made of this computer, so that there is one of it."""
    wanted = own_host(host, "1970-01-01", ())
    if wanted is None:
        return None
    same = ("name", "sockets", "channels", "memory", "mt_s")
    for row in rows.values():
        mine = not row.verified and row.notes == wanted.notes
        if mine and all(getattr(row, name) == getattr(wanted, name) for name in same):
            return row
    return None


def _between(value: int | None, least: int, most: int) -> int | None:
    return value if value is not None and least <= value <= most else None


def _host_line(match: HostMatch, row: HostSpec | None) -> ProposalLine:
    if match.row is not None:
        return ProposalLine(say("Host"), match.row.name, "detected", match.because)
    if row is not None:
        text = say("{0} It becomes a host of your own.", match.because)
        return ProposalLine(say("Host"), row.name, "detected", text)
    near = ", ".join(one.name for one in match.nearest[:3])
    hint = say(" Nearest: {0}.", near) if near else ""
    return ProposalLine(say("Host"), say("not known"), "unknown", f"{match.because}{hint}")


def _memory_line(host: DetectedHost, ram_gib: int | None) -> ProposalLine:
    if ram_gib is None:
        return ProposalLine(
            say("Host memory"), say("not read"), "unknown", _why(host, "memory_total_bytes")
        )
    kind = f" {host.memory_kind}" if host.memory_kind else ""
    notes = [_less_than_installed(host)]
    if host.container:
        notes.append(say("What this container ({0}) may use.", host.container))
    if host.wsl:
        notes.append(say("What Windows gives to Linux (WSL); the computer has more."))
    if host.virtual_machine:
        notes.append(say("A virtual machine ({0}).", host.virtual_machine))
    detail = paragraph(notes)
    return ProposalLine(say("Host memory"), say("{0:,} GiB{1}", ram_gib, kind), "detected", detail)


def _less_than_installed(host: DetectedHost) -> str:
    total, installed = host.memory_total_bytes, host.memory_installed_bytes
    if total is None or installed is None or total >= NOTABLE_SHARE * installed:
        return ""
    return say("{0} are installed; the system gives less.", format_memory(installed))


def _speed_line(host: DetectedHost, row: HostSpec | None) -> ProposalLine:
    mt_s, channels = host.memory_mt_s, host.memory_channels
    if mt_s and channels:
        detail = ""
        if row is not None and channels < row.channels:
            detail = say("{0} has {1}: modules are missing in the others.", row.name, row.channels)
        return ProposalLine(
            say("Memory speed"),
            say("{0} channel at {1} MT/s", channels, mt_s)
            if channels == 1
            else say("{0} channels at {1} MT/s", channels, mt_s),
            "detected",
            detail,
        )
    parts = [
        say("{0} channels", channels) if channels else say("channels not read"),
        say("{0} MT/s", mt_s) if mt_s else say("speed not read"),
    ]
    why = _why(host, "memory_mt_s" if not mt_s else "memory_channels")
    if row is None:
        return ProposalLine(say("Memory speed"), ", ".join(parts), "unknown", why)
    taken = say(
        "Those of {0} are assumed: {1} channels at {2} MT/s.", row.name, row.channels, row.mt_s
    )
    return ProposalLine(say("Memory speed"), ", ".join(parts), "assumed", f"{taken} {why}".strip())


def _why(host: DetectedHost, field: str) -> str:
    because = next((one.because for one in host.unread if one.field == field), "")
    return say("Not read: {0}.", because) if because else ""


def _system_line(host: DetectedHost, system_mib: int | None) -> tuple[ProposalLine, ...]:
    used = host_used_bytes(host)
    if used is None:
        return ()
    if system_mib is None:
        text = say("Less than the rule takes off for the system: the rule stands.")
        return (ProposalLine(say("Memory in use"), format_memory(used), "detected", text),)
    text = say("More than the rule for the system: this much is taken off.")
    return (ProposalLine(say("Memory in use"), format_memory(used), "detected", text),)


def _unified_line(host: DetectedHost) -> ProposalLine:
    seen = host.memory_total_bytes
    found = say("one with the card's") + (f", {format_memory(seen)}" if seen else "")
    return ProposalLine(
        say("Host memory"), found, "detected", say("Card and processor share it: it counts once.")
    )


def _disk(host: DetectedHost) -> tuple[int | None, tuple[ProposalLine, ...]]:
    """What is free on one disk: a model lies on one."""
    free = [disk for disk in host.disks if disk.free_bytes and disk.kind != "hdd"]
    if not free:
        return None, ()
    best = max(free, key=lambda disk: (disk.kind == "nvme", disk.free_bytes or 0))
    gib = min((best.free_bytes or 0) // GIB, MOST_DISK_GIB)
    text = say("{0}{1}. How fast it reads was not measured.", best.name, _attached(best))
    return gib, (ProposalLine(say("Disk"), say("{0:,} GiB free", gib), "detected", text),)


def _attached(disk: DetectedDisk) -> str:
    if not disk.pcie_gen or not disk.pcie_width:
        return ""
    return say(", PCIe {0}.0 x{1}", disk.pcie_gen, disk.pcie_width)
