"""Machines as detection describes them, made up where no recording is needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from moeplanner_gui.core.detected import (
    DetectedCard,
    DetectedDisk,
    DetectedHost,
    DetectedMachine,
    ProbeReport,
)

GIB, MIB = 2**30, 2**20
RECORDED = Path(__file__).parents[2] / "data" / "detected"


def rtx_3090(bus: int = 1, used_mib: int = 0, **changes: Any) -> DetectedCard:
    fields: dict[str, Any] = {
        "vendor": "NVIDIA",
        "probe": "nvml",
        "name": "NVIDIA GeForce RTX 3090",
        "pci_address": f"0000:{bus:02x}:00.0",
        "pci_id": "10DE:2204",
        "subsystem_id": "10DE:1454",
        "integrated": False,
        "virtual": False,
        "memory_kind": "dedicated",
        "memory_total_bytes": 24576 * MIB,
        "memory_reserved_bytes": 260 * MIB,
        "memory_used_bytes": used_mib * MIB,
        "memory_bus_bits": 384,
        "memory_clock_mhz": 9751,
        "power_limit_w": 350.0,
        "power_limit_default_w": 350.0,
        "power_limit_max_w": 366.0,
        "pcie_gen_now": 1,
        "pcie_width_now": 8,
        "pcie_gen_max": 4,
        "pcie_width_max": 8,
        "compute_capability": "8.6",
        "drives_display": bus == 1,
        "driver": "580.95.05",
        "mig": None,
    }
    return DetectedCard(**{**fields, **changes})


def unknown_card(bus: int = 1, **changes: Any) -> DetectedCard:
    """An RTX 3090 with 48 GB: nobody sells it, somebody soldered it."""
    return rtx_3090(bus, memory_total_bytes=49152 * MIB, **changes)


def computer(**changes: Any) -> DetectedHost:
    fields: dict[str, Any] = {
        "system": "linux",
        "system_version": "Ubuntu 24.04",
        "cpu": "AMD Ryzen 9 5950X 16-Core Processor",
        "architecture": "x86_64",
        "sockets": 1,
        "cores": 16,
        "threads": 32,
        "memory_total_bytes": 134_970_000_000,
        "memory_available_bytes": 121_000_000_000,
        "memory_installed_bytes": 128 * GIB,
        "memory_kind": "DDR4",
        "memory_mt_s": 3200,
        "memory_channels": 2,
        "memory_slots": 4,
        "board": "ROG CROSSHAIR VIII DARK HERO",
        "chassis": "desktop",
        "disks": (
            DetectedDisk(
                name="Samsung SSD 980 PRO 2TB",
                kind="nvme",
                size_bytes=2_000_398_934_016,
                free_bytes=1_264_000_000_000,
                pcie_gen=4,
                pcie_width=4,
            ),
        ),
    }
    return DetectedHost(**{**fields, **changes})


def machine(
    *cards: DetectedCard, host: DetectedHost | None = None, outcome: str = "", code: str = ""
) -> DetectedMachine:
    """``outcome``: how the NVIDIA probe ended, as the cards say when it is left out."""
    nvml = outcome or ("found" if cards else "no_library")
    told: Any = {"probe": "nvml", "outcome": nvml, "cards": cards if nvml == "found" else ()}
    if nvml not in ("found", "no_library"):
        told |= {
            "code": code or "9, driver not loaded",
            "steps": (("libnvidia-ml.so.1", "found"), ("nvmlInit", code or "error 9")),
        }
    reports = [ProbeReport(**told)]
    reports += [ProbeReport(probe=name, outcome="no_device") for name in ("amd", "intel")]
    reports.append(ProbeReport(probe="apple", outcome="not_on_this_system"))
    reports.append(ProbeReport(probe="bus", outcome="found" if cards else "no_device", cards=cards))
    if host is not None:
        reports.append(ProbeReport(probe="host", outcome="found", host=host))
    return DetectedMachine(
        date="2026-11-23T10:00:00Z", cards=cards, host=host, reports=tuple(reports)
    )


def recorded(name: str) -> DetectedMachine:
    return DetectedMachine.model_validate_json((RECORDED / f"{name}.json").read_text("utf-8"))
