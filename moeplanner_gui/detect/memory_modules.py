"""From memory modules to channels: what a firmware's names of its sockets say.

A channel is 64 bits wide here, as in the catalogue's hosts; soldered memory of 16 or 32 bits a
piece is added up.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from moeplanner_gui.core.detected import MemoryModule
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say

CHANNEL_BITS: Final = 64
MODULES_OF_A_CHANNEL: Final = 3
"""More modules than this under one name are no channel: the name means something else."""

_PATTERNS: Final = (
    # AMD reference firmware: bank "P0 CHANNEL A".
    re.compile(r"\bP(?P<a>\d+)[ _]CHANNEL[ _](?P<b>[A-P])\b", re.I),
    # Servers: bank "P1_Node1_Channel0_Dimm1", "NODE 1 CHANNEL 0 DIMM 0".
    re.compile(r"(?:P(?P<a>\d+)_)?NODE[ _]?(?P<c>\d+)[ _]CHANNEL[ _]?(?P<b>\w+?)[ _]DIMM", re.I),
    # Intel since the 12th generation: "Controller0-ChannelA-DIMM0", "Controller1-DIMMB2".
    re.compile(r"CONTROLLER(?P<a>\d+)-(?:CHANNEL(?P<b>[A-P\d])|DIMM(?P<c>[A-P])\d)", re.I),
    # Servers that name the processor: "CPU0_DIMM_A1", "P2-DIMME2", "DIMM_P1_I0".
    re.compile(r"\b(?:CPU|P)(?P<a>\d+)[-_ ]DIMM[-_ ]?(?P<b>[A-P])\d\b", re.I),
    re.compile(r"\bDIMM_P(?P<a>\d+)_(?P<b>[A-P])\d\b", re.I),
    re.compile(r"\bCHANNEL[- _]?(?P<b>[A-P])\b|\bCHANNEL(?P<c>[A-P])-DIMM", re.I),
)
_PLAIN: Final = re.compile(r"\bDIMM[-_ ]?(?P<b>[A-P])\d\b", re.I)
"""Without a processor's number this letter is a channel on boards with one socket only; some
servers write the processor with it."""


@dataclass(frozen=True, slots=True)
class RawModule:
    """A populated socket as the firmware tells it. ``bits`` is its data width."""

    size_bytes: int
    kind: str | None = None
    mt_s: int | None = None
    locator: str = ""
    bank: str = ""
    bits: int | None = None


@dataclass(frozen=True, slots=True)
class ModuleFacts:
    """All modules together; None where the firmware does not tell, with the reason."""

    modules: tuple[MemoryModule, ...]
    installed_bytes: int | None
    kind: str | None
    mt_s: int | None
    channels: int | None
    because_speed: str = ""
    because_channels: str = ""


def speed(value: int | None) -> int | None:
    """A transfer rate in MT/s that memory can have, None for what firmware writes instead."""
    return value if value is not None and 100 <= value <= 100_000 else None


def width(value: int | None) -> int | None:
    """A data width in bits, None for what firmware writes instead (0, 65535)."""
    return value if value is not None and 8 <= value <= 1024 else None


def channel_name(locator: str, bank: str, sockets: int | None) -> str | None:
    """A name that all modules of one channel share, None when the firmware's says nothing."""
    for text in (bank, locator):
        for pattern in _PATTERNS:
            found = pattern.search(text)
            if found:
                named = found.groupdict()
                parts = [named.get(key) for key in ("a", "c", "b")]
                return " ".join(part.upper() for part in parts if part)
    if sockets == 1:
        found = _PLAIN.search(locator)
        if found:
            return found["b"].upper()
    return None


def facts_of_modules(found: Sequence[RawModule], sockets: int | None) -> ModuleFacts:
    """Size, kind, speed and channels of all modules.

    The speed is the lowest at which any of them runs: a controller drives all at one.
    """
    present = [module for module in found if module.size_bytes > 0][:256]
    names = [channel_name(one.locator, one.bank, sockets) for one in present]
    modules = tuple(
        MemoryModule(
            size_bytes=min(one.size_bytes, 2**60), kind=one.kind, mt_s=one.mt_s, channel=name
        )
        for one, name in zip(present, names, strict=True)
    )
    if not modules:
        return ModuleFacts(
            (), None, None, None, None, say("no module is told"), say("no module is told")
        )
    kinds = {module.kind for module in modules}
    speeds = [module.mt_s for module in modules]
    known = [speed for speed in speeds if speed]
    mt_s = min(known) if len(known) == len(speeds) else None
    channels, because = _channels(present, names)
    return ModuleFacts(
        modules=modules,
        installed_bytes=min(sum(module.size_bytes for module in modules), 2**60),
        kind=kinds.pop() if len(kinds) == 1 else None,
        mt_s=mt_s,
        channels=channels,
        because_speed=""
        if mt_s
        else say("the firmware does not say at which speed the memory runs"),
        because_channels=because,
    )


def _channels(present: Sequence[RawModule], names: Sequence[str | None]) -> tuple[int | None, str]:
    if len(present) == 1 and (present[0].bits or CHANNEL_BITS) == CHANNEL_BITS:
        return 1, ""
    unnamed = say("the firmware's names of the memory sockets do not say which channel they are on")
    if any(name is None for name in names):
        return None, unnamed
    counted = Counter(name for name in names if name is not None)
    if max(counted.values()) > MODULES_OF_A_CHANNEL:
        return None, unnamed
    widths = {
        name: min(module.bits or CHANNEL_BITS, CHANNEL_BITS)
        for name, module in zip(names, present, strict=True)
    }
    bits = sum(widths.values())
    if bits < CHANNEL_BITS or bits % CHANNEL_BITS:
        return None, say(
            "the modules are {0} bits wide together, which is no number of channels", bits
        )
    return bits // CHANNEL_BITS, ""
