"""What goes where: slots and widths of cards, modules that a host takes. Knows no prices."""

from __future__ import annotations

from moeplanner_gui.core.hardware import GpuSpec, HostSpec
from moeplanner_gui.core.parts import PartSpec

_WIDTHS = {"Single": 1, "Dual": 2, "Triple": 3, "Quad": 4}
_FALLBACK_WIDTH = 2


def wide_slots(board: PartSpec) -> int:
    """Slots with 8 lanes or more: what a card for models is put into."""
    return sum(slot.count for slot in board.slots if slot.lanes >= 8)


def card_places(row: GpuSpec | None) -> int:
    """Slot widths that a card takes; two where its row does not say."""
    if row is None or row.slot_width is None:
        return _FALLBACK_WIDTH
    return _WIDTHS.get(row.slot_width.partition("-")[0], _FALLBACK_WIDTH)


def is_module(row: GpuSpec) -> bool:
    """True for what sits on a server's own board instead of in a slot."""
    named = "Module" in (row.slot_width or "") or any(word in row.name for word in ("SXM", "OAM"))
    return not row.unified_memory and (named or not (row.bus or "PCIe").startswith("PCIe"))


def has_place(row: GpuSpec) -> bool:
    """False for a card of which nobody says how it is built in; a whole computer needs none."""
    return row.unified_memory or row.bus is not None or row.slot_width is not None


def memory_module(host: HostSpec) -> tuple[str, str | None]:
    """The kind of module a host takes, and the id of its price per GB, None when there is none.

    Server and workstation sockets with eight and more channels take registered modules, and so
    do Threadrippers with four channels of DDR5; desktops and older four-channel boards do not.
    """
    per_socket = host.channels // max(1, host.sockets)
    if host.memory == "DDR5":
        if per_socket >= 4:
            return "DDR5 RDIMM", "ddr5-rdimm-per-gb-retail"
        return "DDR5 UDIMM", "ddr5-udimm-per-gb"
    if host.memory == "DDR4":
        if per_socket >= 6:
            return "DDR4 RDIMM", "ddr4-rdimm-per-gb"
        return "DDR4 UDIMM", "ddr4-udimm-per-gb"
    return "", None
