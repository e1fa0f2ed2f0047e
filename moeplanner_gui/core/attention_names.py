"""What people call each kind of attention. Computes nothing."""

from __future__ import annotations

from moeplanner_gui.core.model import (
    Attention,
    CompressedAttention,
    GatedDeltaNet,
    GqaAttention,
    KimiDelta,
    Mamba2,
    MlaAttention,
)
from moeplanner_gui.core.units import format_count


def kind_name(block: Attention) -> str:
    """What people call this kind of attention."""
    if isinstance(block, GqaAttention):
        if block.window is None:
            return "Full attention" + (" with index keys" if block.indexer else "")
        what = "Chunks" if block.chunked else "Sliding window"
        return f"{what} of {format_count(block.window)}"
    if isinstance(block, MlaAttention):
        return "Latent attention" + (" with indexer" if block.indexer else "")
    if isinstance(block, CompressedAttention):
        names = {0: "window only", 4: "compressed 4:1 with index", 128: "compressed 128:1"}
        return f"V4 attention, {names[block.compress_ratio]}"
    if isinstance(block, GatedDeltaNet | KimiDelta):
        return "Delta attention"
    return "State-space layer" if isinstance(block, Mamba2) else "No attention"
