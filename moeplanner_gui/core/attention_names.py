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
from moeplanner_gui.core.words import say


def kind_name(block: Attention) -> str:
    """What people call this kind of attention."""
    if isinstance(block, GqaAttention):
        if block.window is None:
            return say("Full attention") + (say(" with index keys") if block.indexer else "")
        what = say("Chunks") if block.chunked else say("Sliding window")
        return say("{0} of {1}", what, format_count(block.window))
    if isinstance(block, MlaAttention):
        return say("Latent attention") + (say(" with indexer") if block.indexer else "")
    if isinstance(block, CompressedAttention):
        names = {
            0: say("window only"),
            4: say("compressed 4:1 with index"),
            128: say("compressed 128:1"),
        }
        return say("V4 attention, {0}", names[block.compress_ratio])
    if isinstance(block, GatedDeltaNet | KimiDelta):
        return say("Delta attention")
    return say("State-space layer") if isinstance(block, Mamba2) else say("No attention")
