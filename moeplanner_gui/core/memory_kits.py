"""Sets of memory modules: which sizes are made, and how many a computer is filled with.

Knows no prices: memory is priced by the GB, whatever the modules.
"""

from __future__ import annotations

from moeplanner_gui.core.hardware import HostSpec
from moeplanner_gui.core.plan import Node
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say

MODULE_GB: dict[str, tuple[int, ...]] = {
    "DDR5 UDIMM": (8, 16, 24, 32, 48, 64),
    "DDR5 RDIMM": (16, 32, 48, 64, 96, 128),
    "DDR4 UDIMM": (8, 16, 32),
    "DDR4 RDIMM": (16, 32, 64, 128),
}
"""Sizes of one module in GB of 2**30 bytes. General knowledge of what is sold; not checked against
a source, and a board may not take the largest."""

SPEEDS: dict[str, tuple[int, ...]] = {
    "DDR5": (4800, 5200, 5600, 6000, 6400),
    "DDR4": (2133, 2400, 2666, 2933, 3200),
}
"""Speeds in MT/s that modules are sold with. General knowledge, not checked against a source."""


@dataclass(frozen=True, slots=True)
class Kit:
    """So many modules of one size."""

    modules: int
    module_gb: int

    @property
    def total_gib(self) -> int:
        """All of them together; a module's GB are GiB."""
        return self.modules * self.module_gb

    @property
    def words(self) -> str:
        """``"8 × 64 GB"``."""
        return say("{0:,} × {1:,} GB", self.modules, self.module_gb)


def channels_of(node: Node, host: HostSpec) -> int:
    """How many modules fill every channel once."""
    return node.memory_channels or host.channels


def kit_of(node: Node, host: HostSpec, module: str) -> Kit | None:
    """The fewest equal modules that make the memory of a node and fill its channels.

    None when no size that is made does.
    """
    channels = channels_of(node, host)
    for rank in (1, 2):
        count = channels * rank
        size, rest = divmod(node.ram_gib, count)
        if not rest and size in MODULE_GB.get(module, ()):
            return Kit(count, size)
    return None


def speeds_of(host: HostSpec) -> tuple[int, ...]:
    """Speeds that a platform may run its memory at, its own one last."""
    lower = (speed for speed in SPEEDS.get(host.memory, ()) if speed < host.mt_s)
    return (*lower, host.mt_s)


def module_usd(usd_per_gb: float, module_gb: int) -> float:
    """What one module costs where memory is priced by the GB: large ones may cost more a GB."""
    return usd_per_gb * module_gb
