"""Rows of the user's own for tests of the window."""

from moeplanner_gui.core.hardware import GpuSpec, HostSpec


def card(name: str = "Shop card 48", **changes: object) -> GpuSpec:
    row = {
        "id": "new",
        "name": name,
        "vendor": "NVIDIA",
        "group": "My hardware",
        "memory_gb": 48.0,
        "bandwidth_gbs": 1000.0,
        "sources": {"memory_gb": "typed in"},
        "source_date": "2026-11-22",
        "verified": False,
        **changes,
    }
    return GpuSpec.model_validate(row)


def host(name: str = "My host") -> HostSpec:
    return HostSpec(
        id="new",
        name=name,
        sockets=1,
        channels=8,
        memory="DDR5",
        mt_s=4800,
        peak_gbs=307.2,
        pcie_gen=5,
        verified=False,
        sources={},
        source_date="2026-11-22",
    )
