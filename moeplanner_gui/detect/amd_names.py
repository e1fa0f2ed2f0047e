"""Names of AMD's cards by device number and revision: one number is often several products.

Facts of libdrm's data/amdgpu.ids (gitlab.freedesktop.org/mesa/drm, read 2026-11-23) for cards
that run language models. A system's own, newer list is asked first; many have one of years ago.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from moeplanner_gui.detect.sysfs import clipped, read_text

_KNOWN: Final = {
    "1586": {
        **dict.fromkeys(("C1", "C3", "C6", "D1"), "AMD Radeon 8060S Graphics"),
        **dict.fromkeys(("C2", "C4", "D2", "D4"), "AMD Radeon 8050S Graphics"),
        "D5": "AMD Radeon 8040S Graphics",
    },
    "66A1": {"02": "AMD Instinct MI60 / MI50", "06": "AMD Radeon Pro VII"},
    "66AF": {"C1": "AMD Radeon VII"},
    "738C": {"01": "AMD Instinct MI100"},
    "73A1": {"00": "AMD Radeon Pro V620"},
    "73A3": {"00": "AMD Radeon Pro W6800"},
    "73A5": {"C0": "AMD Radeon RX 6950 XT"},
    "73BF": {
        "C0": "AMD Radeon RX 6900 XT",
        "C1": "AMD Radeon RX 6800 XT",
        "C3": "AMD Radeon RX 6800",
    },
    "7408": {"00": "AMD Instinct MI250X"},
    "740C": {"01": "AMD Instinct MI250X / MI250"},
    "740F": {"02": "AMD Instinct MI210"},
    "7448": {"00": "AMD Radeon Pro W7900"},
    "7449": {"00": "AMD Radeon Pro W7800 48GB"},
    "744A": {"00": "AMD Radeon Pro W7900 Dual Slot"},
    "744B": {"00": "AMD Radeon Pro W7900D"},
    "744C": {
        "C8": "AMD Radeon RX 7900 XTX",
        "CC": "AMD Radeon RX 7900 XT",
        "CE": "AMD Radeon RX 7900 GRE",
        "CF": "AMD Radeon RX 7900M",
    },
    "745E": {"CC": "AMD Radeon Pro W7800"},
    "7460": {"00": "AMD Radeon Pro V710"},
    "7461": {"00": "AMD Radeon Pro V710 MxGPU"},
    "7470": {"00": "AMD Radeon Pro W7700"},
    "747E": {
        "C8": "AMD Radeon RX 7800 XT",
        "D8": "AMD Radeon RX 7800M",
        "DB": "AMD Radeon RX 7700",
        "FF": "AMD Radeon RX 7700 XT",
    },
    "7480": {
        "00": "AMD Radeon Pro W7600",
        "C0": "AMD Radeon RX 7600 XT",
        "C1": "AMD Radeon RX 7700S",
        "C2": "AMD Radeon RX 7650 GRE",
        "C3": "AMD Radeon RX 7600S",
        "C7": "AMD Radeon RX 7600M XT",
        "CF": "AMD Radeon RX 7600",
    },
    "74A0": {"00": "AMD Instinct MI300A"},
    "74A1": {"00": "AMD Instinct MI300X"},
    "74A2": {"00": "AMD Instinct MI308X"},
    "74A5": {"00": "AMD Instinct MI325X"},
    "74A8": {"00": "AMD Instinct MI308X HF"},
    "74A9": {"00": "AMD Instinct MI300X HF"},
    "74B5": {"00": "AMD Instinct MI300X VF"},
    "7550": {
        "C0": "AMD Radeon RX 9070 XT",
        "C2": "AMD Radeon RX 9070 GRE",
        "C3": "AMD Radeon RX 9070",
    },
    "7551": {"C0": "AMD Radeon AI PRO R9700", "C8": "AMD Radeon AI PRO R9600D"},
    "7590": {
        "C0": "AMD Radeon RX 9060 XT",
        "C1": "AMD Radeon RX 9060 XT LP",
        "C7": "AMD Radeon RX 9060",
    },
    "75A0": {"00": "AMD Instinct MI350X"},
    "75A3": {"00": "AMD Instinct MI355X"},
    "75B0": {"00": "AMD Instinct MI350X VF"},
    "75B3": {"00": "AMD Instinct MI355X VF"},
}


def product_names(root: Path) -> dict[tuple[str, str], str]:
    """Names by device and revision in upper case: ``("744C", "C8")``."""
    names: dict[tuple[str, str], str] = {}
    for folder in ("usr/share/libdrm", "opt/amdgpu/share/libdrm"):
        text = read_text(root / folder / "amdgpu.ids", 2**20)
        for line in text.splitlines() if isinstance(text, str) else ():
            parts = [part.strip() for part in line.split(",", 2)]
            if len(parts) == 3 and parts[2] and not line.startswith("#"):
                names.setdefault((parts[0].upper(), parts[1].upper()), clipped(parts[2]))
    for device, products in _KNOWN.items():
        for revision, name in products.items():
            names.setdefault((device, revision), name)
    return names
