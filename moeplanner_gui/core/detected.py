"""What a probe found in this machine. Facts only: knows no catalogue and no plan.

None is what could not be read, never zero; ``unread`` says why. Everything here travels as JSON
between a probe's own process and the program.
"""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

_LONGEST: Final = 400
_LONGEST_TITLE: Final = 160
"""Room for a name that lists several products, as the list of PCI devices has."""
_LONGEST_DETAIL: Final = 4000
_ESCAPES: Final = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_LONGEST_WORD: Final = 40
_ENDLESS: Final = re.compile(rf"[^\s/;=,-]{{{_LONGEST_WORD + 1},}}")
"""A label breaks its lines at these marks too, and what has them may have to be known whole."""
_NO_TAGS: Final = str.maketrans("<>", "‹›")


def _plain(text: object, longest: int = _LONGEST) -> object:
    """A text of a driver that can steer no terminal and no label, and fits; else as it is."""
    if not isinstance(text, str):
        return text
    if not text.isprintable():
        # Escapes, control and writing-direction characters, halves of characters.
        text = _ESCAPES.sub("", text)
        text = "".join(c if c.isprintable() else " " if c.isspace() else "" for c in text)
    text = text.translate(_NO_TAGS)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _plain_title(text: object) -> object:
    plain = _plain(text, 10 * _LONGEST_TITLE)
    # A word that no line of a window holds would make the window as wide.
    if isinstance(plain, str):
        plain = _ENDLESS.sub(lambda word: f"{word[0][: _LONGEST_WORD - 1]}…", plain)
    return _plain(plain, _LONGEST_TITLE)


def _plain_lines(text: object) -> object:
    if not isinstance(text, str):
        return text
    lines = [str(_plain(line, _LONGEST_DETAIL)) for line in text[:_LONGEST_DETAIL].split("\n")]
    return "\n".join(lines)[:_LONGEST_DETAIL]


Bytes = Annotated[int, Field(ge=0, le=2**60)]
Small = Annotated[int, Field(ge=0, le=2**31)]
Watts = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
Name = Annotated[str, BeforeValidator(_plain), Field(max_length=_LONGEST)]
Title = Annotated[str, BeforeValidator(_plain_title), Field(max_length=_LONGEST_TITLE)]
"""A name that is shown: shortened rather than refused, and so are its words."""
Detail = Annotated[str, BeforeValidator(_plain_lines), Field(max_length=_LONGEST_DETAIL)]

Vendor = Literal["NVIDIA", "AMD", "Intel", "Apple", "Other"]
Outcome = Literal[
    "found",
    "no_device",
    "no_library",
    "driver_not_loaded",
    "version_mismatch",
    "no_permission",
    "device_lost",
    "timed_out",
    "crashed",
    "not_on_this_system",
    "failed",
]
"""How a probe ended. ``not_on_this_system``: it has nothing to ask here (NVML on macOS)."""


class _Found(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Unread(_Found):
    """A field that could not be read: its name and the driver's reason."""

    field: Name
    because: Name


class PeerLink(_Found):
    """NVLink or Infinity Fabric from a card to another one.

    ``peer`` is the other card's PCI address, None for a switch; ``gbs`` is GB/s each way of all
    ``links`` together.
    """

    peer: Name | None
    links: Small
    version: Small | None = None
    gbs: Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)] | None = None


class MigInstance(_Found):
    """A slice of a card that is used as a card of its own."""

    name: Title
    memory_bytes: Bytes | None


class CardProcess(_Found):
    """A process that holds memory of a card; ``name`` without its path."""

    name: Title | None
    memory_bytes: Bytes | None


class DetectedCard(_Found):
    """One GPU as its driver or the bus describes it.

    ``pci_address`` is ``0000:01:00.0`` in lower case and makes two probes' answers one card.
    ``pci_id`` and ``subsystem_id`` are ``10DE:2204``, upper case. ``memory_reserved_bytes`` is
    what the driver itself keeps and is not in ``memory_used_bytes``. ``memory_kind``:
    "dedicated" is on the card, "unified" is the whole memory of a machine without any other,
    "shared" is host memory that an integrated GPU borrows. PCIe ``now`` may be lower than what
    the slot gives while the card sleeps; ``max`` is what card and slot can agree on.
    ``memory_clock_mhz`` is the highest, ``memory_bus_bits`` the width of the memory's bus.
    """

    vendor: Vendor
    probe: Name
    name: Title | None = None
    pci_address: Name | None = None
    pci_id: Name | None = None
    subsystem_id: Name | None = None
    integrated: bool | None = None
    virtual: bool | None = None
    memory_kind: Literal["dedicated", "unified", "shared"] | None = None
    memory_total_bytes: Bytes | None = None
    memory_reserved_bytes: Bytes | None = None
    memory_used_bytes: Bytes | None = None
    memory_bus_bits: Small | None = None
    memory_clock_mhz: Small | None = None
    ecc: bool | None = None
    power_limit_w: Watts | None = None
    power_limit_default_w: Watts | None = None
    power_limit_max_w: Watts | None = None
    pcie_gen_now: Small | None = None
    pcie_width_now: Small | None = None
    pcie_gen_max: Small | None = None
    pcie_width_max: Small | None = None
    compute_capability: Name | None = None
    gfx: Name | None = None
    gpu_cores: Small | None = None
    wired_limit_bytes: Bytes | None = None
    drives_display: bool | None = None
    driver: Name | None = None
    numa_node: int | None = None
    mig: bool | None = None
    mig_instances: tuple[MigInstance, ...] = ()
    processes: tuple[CardProcess, ...] = ()
    links: tuple[PeerLink, ...] = ()
    unread: tuple[Unread, ...] = ()


class MemoryModule(_Found):
    """One module as the firmware describes it; ``mt_s`` is the speed it runs at."""

    size_bytes: Bytes
    kind: Name | None = None
    mt_s: Small | None = None
    channel: Name | None = None


class DetectedDisk(_Found):
    """A disk. ``free_bytes`` of the file systems on it, None when none is mounted."""

    name: Title
    kind: Literal["nvme", "ssd", "hdd", "unknown"] = "unknown"
    size_bytes: Bytes | None = None
    free_bytes: Bytes | None = None
    pcie_gen: Small | None = None
    pcie_width: Small | None = None


class DetectedHost(_Found):
    """Processor, memory, board and what kind of system this is.

    ``memory_total_bytes`` is what the operating system sees; ``memory_installed_bytes`` is the
    modules' sum where the firmware told. ``memory_channels`` counts populated channels.
    """

    system: Literal["linux", "windows", "macos", "other"]
    system_version: Title | None = None
    cpu: Title | None = None
    architecture: Name | None = None
    sockets: Small | None = None
    cores: Small | None = None
    threads: Small | None = None
    numa_nodes: Small | None = None
    memory_total_bytes: Bytes | None = None
    memory_available_bytes: Bytes | None = None
    memory_installed_bytes: Bytes | None = None
    modules: tuple[MemoryModule, ...] = ()
    memory_kind: Name | None = None
    memory_mt_s: Small | None = None
    memory_channels: Small | None = None
    memory_slots: Small | None = None
    board: Title | None = None
    product: Title | None = None
    chassis: Literal["desktop", "laptop", "server", "mini", "unknown"] = "unknown"
    virtual_machine: Name | None = None
    container: Name | None = None
    wsl: bool = False
    remote_session: Name | None = None
    disks: tuple[DetectedDisk, ...] = ()
    unread: tuple[Unread, ...] = ()


class ProbeReport(_Found):
    """How one probe ended and what it found.

    ``code`` is the vendor's own error (``9, driver not loaded``); ``steps`` are the lines of the
    details table: what was tried and what came back.
    """

    probe: Name
    outcome: Outcome
    code: Name | None = None
    detail: Detail = ""
    elapsed_ms: Small = 0
    steps: tuple[tuple[Name, Name], ...] = ()
    cards: tuple[DetectedCard, ...] = ()
    host: DetectedHost | None = None


class DetectedMachine(_Found):
    """All probes together: each card once, whoever found it. ``date`` is ISO, UTC."""

    date: Name
    cards: tuple[DetectedCard, ...]
    host: DetectedHost | None
    reports: tuple[ProbeReport, ...]
