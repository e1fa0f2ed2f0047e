"""What a card and a host are: catalogue rows. Knows no models and no prices."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from moeplanner_gui.core.units import GB, MIB

NonNegativeFloat = Annotated[float, Field(ge=0, allow_inf_nan=False)]
PositiveFloat = Annotated[float, Field(gt=0, allow_inf_nan=False)]
CardGb = Annotated[float, Field(gt=0, le=2**14, allow_inf_nan=False)]
CardMib = Annotated[int, Field(ge=0, le=2**24)]
"""16 TiB: what a custom card may have too; beyond it a figure is a typing error."""


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class GpuSpec(_Row):
    """One accelerator. None is unknown, never zero.

    ``memory_total_mib`` is what the driver reports (MiB) where it was seen, with error correction
    as the card is shipped; the two ``_ecc_`` fields where both were seen. ``memory_gb`` is the
    vendor's label. ``unverified_fields`` must stay visible to the user.
    ``fp32_tflops``: of its shaders, not of matrix units.
    ``has_display``: the card can drive a monitor, so a desktop may take memory from it.
    ``devices``: as how many devices the board appears, each with an equal part of the memory.
    ``driver_names``: what drivers call it beside ``nvml_name``, where that is not its name here.
    """

    id: str
    name: str
    vendor: Literal["NVIDIA", "AMD", "Apple", "Intel", "Tenstorrent", "Other"]
    group: str
    memory_gb: CardGb
    memory_total_mib: CardMib | None = None
    memory_total_mib_ecc_on: CardMib | None = None
    memory_total_mib_ecc_off: CardMib | None = None
    bandwidth_gbs: PositiveFloat | None = None
    tdp_w: PositiveFloat | None = None
    idle_w: tuple[float, float] | None = None
    bus: str | None = None
    slot_width: str | None = None
    length_mm: PositiveFloat | None = None
    power_connector: str | None = None
    arch: str | None = None
    compute_capability: str | None = None
    memory_type: str | None = None
    launch: str | None = None
    fp32_tflops: PositiveFloat | None = None
    fp16_dense_tflops: PositiveFloat | None = None
    fp8_dense_tflops: PositiveFloat | None = None
    fp4_dense_tflops: PositiveFloat | None = None
    int8_dense_tops: PositiveFloat | None = None
    nvlink_gbs: PositiveFloat | None = None
    nvml_name: str | None = None
    driver_names: tuple[str, ...] = ()
    pci_device_ids: tuple[str, ...] = ()
    unified_memory: bool = False
    has_display: bool = True
    devices: Annotated[int, Field(ge=1, le=16)] = 1
    sources: dict[str, str]
    source_date: str
    unverified_fields: tuple[str, ...] = ()
    derived_fields: tuple[str, ...] = ()
    verified: bool
    notes: str | None = None
    reserved_mib: CardMib | None = None
    """Memory that never becomes usable; when given it replaces the rule for what a driver keeps."""

    @property
    def memory_bytes(self) -> int:
        """Bytes the driver reports; from the vendor's label in GB only when that was never seen.

        The label of a card means GiB to its vendor, so reading it as 10**9 errs on the safe side.
        """
        if self.memory_total_mib is not None:
            return self.memory_total_mib * MIB
        return int(self.memory_gb * GB)

    @property
    def sm(self) -> tuple[int, int] | None:
        """CUDA compute capability as (major, minor); None for other vendors or unknown."""
        if self.compute_capability is None:
            return None
        major, _, minor = self.compute_capability.partition(".")
        return int(major), int(minor or 0)

    @property
    def gfx(self) -> str | None:
        """AMD's name of the instruction set, ``gfx942``, which ``arch`` carries; None elsewhere."""
        found = re.search(r"gfx[0-9a-f]{3,4}", self.arch or "") if self.vendor == "AMD" else None
        return found.group() if found else None


class HostSpec(_Row):
    """A host platform: processor socket(s), memory channels and PCIe.

    ``cpu_names`` are names of processors that belong to it, by which a machine is recognised:
    without trade marks and in any case, with ``*``, ``?`` and ``[0-9]`` as in a shell.
    """

    id: str
    name: str
    sockets: int
    channels: int
    memory: str
    mt_s: int
    peak_gbs: PositiveFloat
    measured_gbs: PositiveFloat | None = None
    measured_source: str | None = None
    pcie_gen: int
    pcie_lanes: int | None = None
    max_memory_gb: int | None = None
    cpu_names: tuple[str, ...] = ()
    verified: bool
    notes: str | None = None
    sources: dict[str, str]
    source_date: str
    unverified_fields: tuple[str, ...] = ()


class LinkTiming(_Row):
    """What a link costs beside its bandwidth; None where nobody measured it.

    ``all_reduce_us`` is one all-reduce of a small message between two ranks, microseconds;
    each further rank adds ``all_reduce_rank_share`` of it. ``all_reduce_gbs`` is the bus
    bandwidth of large ones, GB/s. ``hop_us`` is handing the activations of one step to the next
    card or node, with the engine's own wait.
    """

    all_reduce_us: NonNegativeFloat | None = None
    all_reduce_rank_share: NonNegativeFloat = 0.15
    all_reduce_gbs: PositiveFloat | None = None
    hop_us: NonNegativeFloat | None = None
    timing_source: str | None = None
    timing_verified: bool = False


class LinkSpec(LinkTiming):
    """A link inside a node: PCIe by generation and width, or a vendor's own, GB/s each way."""

    id: str
    name: str
    kind: Literal["pcie", "nvlink", "infinity_fabric"]
    gbs_per_direction: PositiveFloat
    effective_gbs_per_direction: PositiveFloat | None = None
    source: str
    source_date: str
    verified: bool
    notes: str | None = None


class NetworkSpec(LinkTiming):
    """A network between nodes; ``gbs`` is what arrives in one direction, GB/s.

    ``all_reduce_slow_us`` is ``all_reduce_us`` where the adapters do not write into the other
    computer's memory (RDMA): the low end of what can be had over it. None where the figure does
    not depend on that.
    """

    id: str
    name: str
    gbit: PositiveFloat
    gbs: PositiveFloat
    all_reduce_slow_us: NonNegativeFloat | None = None
    source: str
    source_date: str
    verified: bool


class PriceRow(_Row):
    """One dated price of a part, in USD without tax. ``kind`` is never mixed in one curve.

    ``low`` and ``high`` are the range that it was read from, None where there was one figure.
    """

    part_id: str
    kind: str
    usd: PositiveFloat
    date: str
    source: str
    confidence: str
    low: PositiveFloat | None = None
    high: PositiveFloat | None = None
