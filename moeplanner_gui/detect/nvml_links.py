"""Which cards NVLink joins: the links of one card, put together by what is at their other end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal

from moeplanner_gui.core.detected import PeerLink
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say
from moeplanner_gui.detect.nvml_calls import (
    FUNCTION_NOT_FOUND,
    INVALID_ARGUMENT,
    NOT_SUPPORTED,
    Calls,
    Failure,
)

_MOST_LINKS: Final = 36
"""``NVML_NVLINK_MAX_LINKS`` of nvml.h, CUDA 13."""

_TO_GPU, _TO_PROCESSOR, _TO_SWITCH = 0, 1, 2
"""``nvmlIntNvLinkDeviceType_t``."""

_GENERATIONS: Final = {1: 1, 2: 2, 3: 2, 4: 3, 5: 3, 6: 4, 7: 5, 8: 6}
"""``nvmlNvlinkVersion_t`` counts 1.0, 2.0, 2.2, 3.0, 3.1, 4.0, 5.0, 6.0: an RTX 3090 and an A100
answer 5, which is NVLink 3.1 (github.com/open-mpi/hwloc issue 658)."""
_NEWEST: Final = {7: 2, 8: 3, 9: 4}
"""Volta, Ampere and Hopper have no newer one; some drivers call an H100's link 5.0."""

_FIELD_SPEED_COMMON: Final = 90
_FIELD_SPEED: Final = 164
"""``NVML_FI_DEV_NVLINK_SPEED_MBPS_COMMON``, ``NVML_FI_DEV_NVLINK_GET_SPEED`` (scope: the link);
MB/s each way."""

_P2P_NVLINK, _P2P_OK = 2, 0
_VALUES: Final = ("dVal", "uiVal", "ulVal", "ullVal", "sllVal", "siVal", "usVal")
"""Members of ``nvmlValue_t`` in the order of ``nvmlValueType_t``."""

_PCI_CLASSES: Final = Path("/sys/bus/pci/devices")

Address = str
Switch = Literal["switch"]


@dataclass(frozen=True, slots=True)
class Card:
    """A card as its neighbours know it."""

    handle: Any
    address: Address | None


def address_of(pci: Any) -> Address | None:
    """``0000:01:00.0`` of an ``nvmlPciInfo_t``, None when that is filled with rubbish.

    Of the numbers: the text beside them is not always text.
    """
    domain, bus, device = int(pci.domain), int(pci.bus), int(pci.device)
    if domain >= 0x0FFFFFFF or bus > 0xFF or device > 0x1F:
        return None
    return f"{domain:04x}:{bus:02x}:{device:02x}.0"


def read_links(
    calls: Calls, card: Card, others: Sequence[Card], capability: str | None
) -> tuple[PeerLink, ...]:
    """The active NVLinks of a card.

    Empty with nothing noted under "links" means that there are links and none is in use (no
    bridge); a card or a driver without NVLink notes why.
    """
    ends: dict[Address | Switch, list[int]] = defaultdict(list)
    answered = False
    refusals: list[Failure] = []
    for link in range(_MOST_LINKS):
        state, failure = calls.attempt("nvmlDeviceGetNvLinkState", card.handle, link)
        if failure is not None:
            refusals.append(failure)
            if failure.lost or failure.code in {None, FUNCTION_NOT_FOUND}:
                break
            continue
        answered = True
        if state not in (0, 1):
            calls.note(
                "links", say("the driver answered {0} for the state of link {1}", state, link)
            )
        elif state == 1:
            end = _end_of(calls, card, others, link)
            if end is not None:
                ends[end].append(link)
    # Cards refuse the numbers beyond their last link in one of these two ways.
    expected = {INVALID_ARGUMENT, NOT_SUPPORTED} if answered else set()
    for failure in refusals:
        if failure.code not in expected:
            calls.note("links", str(failure))
    return tuple(
        PeerLink(
            peer=None if end == "switch" else end,
            links=len(links),
            version=_version(calls, card.handle, links, capability),
            gbs=_speed(calls, card.handle, links),
        )
        for end, links in sorted(ends.items())
    )


def _end_of(calls: Calls, card: Card, others: Sequence[Card], link: int) -> Address | Switch | None:
    """The other end of an active link; None when it is no card, or is not known."""
    kind, _ = calls.attempt("nvmlDeviceGetNvLinkRemoteDeviceType", card.handle, link)
    if kind == _TO_SWITCH:
        return "switch"
    if kind == _TO_PROCESSOR:
        return None
    pci, failure = calls.attempt("nvmlDeviceGetNvLinkRemotePciInfo", card.handle, link)
    address = None if pci is None else address_of(pci)
    if address is not None and address != card.address:
        if kind == _TO_GPU or address in {other.address for other in others}:
            return address
        pci_class = _class_on_the_bus(address)
        if pci_class.startswith("0x0680"):
            return "switch"
        if pci_class.startswith("0x03"):
            return address
    elif pci is not None and address is None and kind != _TO_GPU:
        return "switch"  # inside a virtual machine a switch has no address: all bits are set
    joined = [other for other in others if other.address and _is_joined(calls, card, other)]
    if len(joined) == 1:
        return joined[0].address
    calls.note("links", say("the other end of link {0}: {1}", link, failure or say("not told")))
    return None


def _is_joined(calls: Calls, card: Card, other: Card) -> bool:
    status, _ = calls.attempt("nvmlDeviceGetP2PStatus", card.handle, other.handle, _P2P_NVLINK)
    return bool(status == _P2P_OK)


def _class_on_the_bus(address: Address) -> str:
    try:
        return (_PCI_CLASSES / address / "class").read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""


def _version(calls: Calls, handle: Any, links: Sequence[int], capability: str | None) -> int | None:
    versions = set()
    for link in links:
        value = calls.number("links.version", "nvmlDeviceGetNvLinkVersion", handle, link, most=99)
        if value is None:
            return None
        versions.add(_GENERATIONS.get(value))
    if versions == {None} or len(versions) != 1:
        calls.note("links.version", say("a version that this program does not know"))
        return None
    major = int((capability or "0").partition(".")[0])
    version = versions.pop() or 0
    return min(version, _NEWEST.get(major, version))


def _speed(calls: Calls, handle: Any, links: Sequence[int]) -> float | None:
    """GB/s each way of all these links, protocol included, as the driver has it."""
    total = 0
    for link in links:
        fields = [(_FIELD_SPEED, link), _FIELD_SPEED_COMMON]
        values, failure = calls.attempt("nvmlDeviceGetFieldValues", handle, fields)
        if values is None:
            calls.note("links.gbs", str(failure))
            return None
        told = [number for number in map(_number, values) if number is not None]
        if not told:
            calls.note("links.gbs", say("the driver does not tell the speed of link {0}", link))
            return None
        total += told[0]
    return total / 1000


def _number(field: Any) -> int | None:
    """MB/s of one field; a link of less than 1 GB/s or more than 1 TB/s is rubbish."""
    if int(field.nvmlReturn) != 0 or not 0 <= int(field.valueType) < len(_VALUES):
        return None
    value = int(getattr(field.value, _VALUES[int(field.valueType)]))
    return value if 1000 <= value <= 1_000_000 else None
