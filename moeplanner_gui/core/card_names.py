"""What drivers call a card, brought to one form. Knows no catalogue and no device numbers."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from moeplanner_gui.core.hardware import GpuSpec

_MARKS: Final = re.compile(r"\((?:r|tm|c)\)|[®™©]", re.IGNORECASE)
_ASIDE: Final = re.compile(r"\([^()]*\)")
"""What a driver adds in brackets: "(RADV NAVI31)", "(nvgpu)", and the catalogue "(modified)"."""
_SIZE: Final = re.compile(r",?\s+\d+(?:\.\d+)?\s*gb$")
_SAY_NOTHING: Final = frozenset(
    {
        "advanced",
        "amd",
        "ati",
        "corp.",
        "corporation",
        "devices,",
        "geforce",
        "gpu",
        "graphics",
        "inc.",
        "instinct",
        "intel",
        "micro",
        "nvidia",
        "oam",
        "radeon",
        "tesla",
    }
)
"""Makers and brands. "Quadro" stays: a Quadro RTX 5000 and an RTX 5000 are different cards."""


@lru_cache(maxsize=2048)
def plain_name(text: str) -> str:
    """A driver's name without makers, brands, marks and capitals.

    ``"NVIDIA GeForce RTX 3090"`` and ``"GeForce RTX 3090"`` become ``"rtx 3090"``,
    ``"Intel(R) Arc(TM) A770 Graphics"`` becomes ``"arc a770"``. Empty when nothing is left.
    """
    bare = _ASIDE.sub(" ", _MARKS.sub(" ", text)).casefold()
    return " ".join(word for word in bare.split() if word not in _SAY_NOTHING)


def names_of(gpu: GpuSpec) -> frozenset[str]:
    """All names under which a driver is known to report this card, in plain form.

    A row that says no driver's name has its own one, without the size of its memory, as AMD's
    and Intel's drivers know their cards by what stands on the box.
    """
    given = [*([gpu.nvml_name] if gpu.nvml_name else []), *gpu.driver_names]
    if gpu.nvml_name is None:
        given.append(name_without_size(gpu.name))
    return frozenset(name for name in map(plain_name, given) if name)


def name_without_size(name: str) -> str:
    """``"RX 9070 GRE 16 GB"`` without its last part."""
    bare = _ASIDE.sub(" ", name).strip()
    found = _SIZE.search(bare.casefold())
    return bare[: found.start()] if found else bare


def label_per_device_mib(gpu: GpuSpec) -> float:
    """The vendor's label as the MiB of one device; a card's label means GiB to its vendor."""
    return gpu.memory_gb * 1024 / gpu.devices
