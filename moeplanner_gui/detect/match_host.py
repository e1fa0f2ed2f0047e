"""Which host of the catalogue the detected computer is: by its processor, never by likeness.

A row answers only for processors that it names, and only where sockets, channels and the kind of
memory that were read agree with it. Everything else is the machine's own row, or nothing.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Final

from moeplanner_gui.core.detected import DetectedHost
from moeplanner_gui.core.hardware import HostSpec
from moeplanner_gui.core.speed.host_memory import peak_gbs
from moeplanner_gui.core.words import say
from moeplanner_gui.detect.proposal import HostMatch

OWN_GROUP_ID: Final = "my-computer"
LOWEST_PCIE: Final = 3
"""Where no card tells: every host with memory of several channels since 2012 has it."""
MEMORY_MOST_NEARLY: Final = 3
_LAPTOP: Final = re.compile(
    r"\b(?:i[3579]-)?\d{3,5}(?:HX3D|HX|HK|HS|HQ|H|U|UE|UL|V|P|G[1-7]|Y|C)\b|\bM[1-9]\b|\bMobile\b",
    re.I,
)
_WORKSTATIONS: Final = re.compile(r"\b(?:Xeon|EPYC|Threadripper)\b", re.I)


def plain_cpu_name(name: str) -> str:
    """A processor's name without trade marks, generation, clock and number of cores."""
    text = name[:200]
    text = re.sub(r"\((?:R|TM|C)\)|[®™]", " ", text, flags=re.I)
    text = re.sub(r"^\s*\d+(?:st|nd|rd|th) Gen\s+", "", text, flags=re.I)
    text = re.sub(r"\s(?:@|w/|with)\s.*$", "", text, flags=re.I)
    text = re.sub(r"\b(?:\d+|\w+)-Cores?\b", " ", text, flags=re.I)
    text = re.sub(r"\b(?:Processor|CPU)\b", " ", text, flags=re.I)
    return " ".join(text.split())


def is_laptop(host: DetectedHost) -> bool:
    """Whether the case or the processor is a laptop's."""
    if host.chassis == "laptop":
        return True
    name = plain_cpu_name(host.cpu or "")
    return bool(_LAPTOP.search(name)) and not _WORKSTATIONS.search(name)


def match_host(host: DetectedHost, rows: Iterable[HostSpec]) -> HostMatch:
    """The row of a computer, with the sentence that says why it is or is not one of them.

    Of rows that differ only in the speed of their memory it is the fastest that is not above
    what was read, and the slowest where nothing was read.
    """
    known = tuple(rows)
    if host.cpu is None:
        return HostMatch(None, say("The name of the processor could not be read."))
    name = plain_cpu_name(host.cpu)
    if name.startswith("Apple "):
        return HostMatch(
            None, say("The memory is part of the chip: the card is the whole machine.")
        )
    named = [row for row in known if _is_named(name, row)]
    nearest = tuple(named) or _nearest(name, host, known)
    if is_laptop(host):
        because = say("{0} is a laptop's processor; the hosts of the catalogue are desktops", name)
        return HostMatch(None, say("{0} and servers.", because), nearest)
    if not named:
        return HostMatch(None, say("No host of the catalogue names the {0}.", name), nearest)
    agreeing = [row for row in named if _refusal(host, row) is None]
    if not agreeing:
        return HostMatch(None, f"{name}: {_refusal(host, named[0])}", nearest)
    if host.virtual_machine and not any("VM" in (row.notes or "") for row in agreeing):
        because = say("a virtual machine gets a part of the processor's memory channels")
        return HostMatch(
            None, say("{0}, but {1}; how large it is cannot be read.", name, because), nearest
        )
    row = _by_speed(host, agreeing)
    return HostMatch(row, _because(host, name, row, agreeing))


def own_host(
    host: DetectedHost, day: str, taken: Container[str], pcie_gen: int | None = None
) -> HostSpec | None:
    """A row of its own for a computer that the catalogue does not have.

    Args:
        host: The computer.
        day: When it was read, ISO.
        taken: Ids that are in use.
        pcie_gen: What its cards and slots agreed on, at most; None where no card told.

    Returns:
        None when channels or speed of the memory are unknown: a bandwidth would be a guess.
    """
    channels, mt_s = host.memory_channels, host.memory_mt_s
    if not channels or not mt_s or host.virtual_machine:
        return None
    read = say("read from this computer on {0}", day)
    board = f", {host.board}" if host.board else ""
    name = f"{plain_cpu_name(host.cpu or 'Unknown processor')}{board}"
    unverified = ["pcie_gen"]
    if host.sockets is None:
        unverified.append("sockets")
    return HostSpec(
        id=_free_id(name, taken),
        name=name[:160],
        sockets=host.sockets or 1,
        channels=channels,
        memory=host.memory_kind or "DDR",
        mt_s=mt_s,
        peak_gbs=peak_gbs(mt_s, channels),
        pcie_gen=pcie_gen or LOWEST_PCIE,
        verified=False,
        notes=say("Made from what this computer says of itself; its PCIe lanes were not read."),
        sources={
            "channels": read,
            "mt_s": read,
            "sockets": read if host.sockets else say("assumed: one"),
            "peak_gbs": say("computed: channels x 8 bytes x transfer rate"),
            "pcie_gen": read if pcie_gen else say("assumed: no card tells more than this"),
        },
        source_date=day,
        unverified_fields=tuple(unverified),
    )


def _is_named(name: str, row: HostSpec) -> bool:
    lower = name.lower()
    return any(fnmatchcase(lower, pattern[:120].lower()) for pattern in row.cpu_names[:100])


def _refusal(host: DetectedHost, row: HostSpec) -> str | None:
    """What was read and contradicts a row; None when nothing does."""
    sockets = host.sockets or 1
    if sockets != row.sockets:
        if sockets == 1:
            return say("1 socket where {0} has {1}.", row.name, row.sockets)
        return say("{0} sockets where {1} has {2}.", sockets, row.name, row.sockets)
    if host.memory_channels is not None and host.memory_channels > row.channels:
        return say(
            "{0} memory channels where {1} has {2}.", host.memory_channels, row.name, row.channels
        )
    # A module with a multiplexer (MRDIMM) is DDR5 to its firmware.
    kind = "DDR5" if row.memory == "MRDIMM" else row.memory
    if host.memory_kind is not None and host.memory_kind.upper() != kind.upper():
        return say("{0} where {1} has {2}.", host.memory_kind, row.name, row.memory)
    return None


def _by_speed(host: DetectedHost, rows: list[HostSpec]) -> HostSpec:
    slowest = min(rows, key=lambda row: row.mt_s)
    if host.memory_mt_s is None:
        return slowest
    reached = [row for row in rows if row.mt_s <= host.memory_mt_s]
    return max(reached, key=lambda row: row.mt_s) if reached else slowest


def _because(host: DetectedHost, name: str, row: HostSpec, rows: list[HostSpec]) -> str:
    text = say("By the processor, {0}", name)
    if host.sockets is None and row.sockets == 1:
        text += say("; the number of sockets was not read, one is assumed")
    if host.memory_mt_s is None:
        slowest = say(", the slowest of its rows") if len(rows) > 1 else ""
        text += say(
            "; the speed of the memory was not read, {0} MT/s is assumed{1}", row.mt_s, slowest
        )
    return text + "."


def _nearest(name: str, host: DetectedHost, rows: tuple[HostSpec, ...]) -> tuple[HostSpec, ...]:
    """Rows a person may look at: with a name alike, else with the same memory."""
    by_name = {row.name: row for row in rows}
    close = get_close_matches(name, list(by_name), n=MEMORY_MOST_NEARLY, cutoff=0.5)
    if close:
        return tuple(by_name[one] for one in close)
    same = [
        row
        for row in rows
        if host.memory_channels == row.channels and (host.sockets or 1) == row.sockets
    ]
    return tuple(same[:MEMORY_MOST_NEARLY])


def _free_id(name: str, taken: Container[str]) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60].strip("-") or OWN_GROUP_ID
    number, found = 1, slug
    while found in taken:
        number += 1
        found = f"{slug}-{number}"
    return found
