"""The feed-forward block of one layer of a GGUF file, by the names and shapes of its tensors.

Names: src/llama-arch.cpp of llama.cpp (release b11549). Shapes are ggml's: row length first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from moeplanner_gui.catalog.importers.failure import ImportFailure, shown
from moeplanner_gui.catalog.importers.gguf_shapes import Shapes
from moeplanner_gui.core.model import DenseFfn, Ffn, MoeFfn, NoFfn
from moeplanner_gui.core.words import say

if TYPE_CHECKING:
    from moeplanner_gui.catalog.importers.gguf_model import Metadata


class FfnReader:
    """Reads the feed-forward blocks of layers one after the other."""

    def __init__(self, m: Metadata) -> None:
        self._m = m
        self._hash_layers = m.number("hash_layer_count", least=0) or 0

    def ffn(self, t: Shapes, layer: int) -> tuple[str, Ffn]:
        """A name for the block, and the block."""
        if "ffn_gate_inp" in t:
            return "moe", self._moe(t, layer)
        if "ffn_up" in t:
            return "dense", self._dense(t)
        if "ffn_down" in t:
            raise ImportFailure(
                say("Layer {0} has a kind of feed-forward block that is not known here.", layer),
                field=f"blk.{layer}.ffn_down.weight",
            )
        return "none", NoFfn()

    def _dense(self, t: Shapes) -> DenseFfn:
        width = t.matrix("ffn_down")[0]
        # Fused gate and up matrices (Phi-3, GLM-4) are one tensor of twice the width.
        gated = t.has("ffn_gate") or t.matrix("ffn_up")[1] == 2 * width
        t.find("ffn_up")
        return DenseFfn(width=width, gated=gated)

    def _moe(self, t: Shapes, layer: int) -> MoeFfn:
        m = self._m
        router = t.matrix("ffn_gate_inp")
        experts = router[1]
        down = t.matrix("ffn_down_exps")
        if len(down) != 3 or down[2] != experts:
            raise ImportFailure(
                say(
                    "The tensor blk.{0}.ffn_down_exps.weight does not hold {1:,} experts.",
                    layer,
                    experts,
                ),
                field=f"blk.{layer}.ffn_down_exps.weight",
            )
        gated = t.has("ffn_gate_exps", "ffn_gate_up_exps")
        t.find("ffn_up_exps")
        bias = t.has("ffn_down_exps.bias")
        for name in ("gate", "up", "gate_up"):
            t.find(f"ffn_{name}_exps.bias")
        latent = None
        for stem in ("ffn_latent", "ffn_routed"):
            if f"{stem}_down" in t:
                latent = t.matrix(f"{stem}_down")[1]
                t.find(f"{stem}_up")
        top_k = m.at("expert_used_count", layer)
        if not top_k or top_k > experts:
            raise m.fail(
                "expert_used_count",
                say("is {0}; it must be from 1 to {1:,}.", shown(top_k), experts),
            )
        shared, shared_width = self._shared(t, down[0])
        scales = "ffn_gate_inp.scale" in t
        if scales:
            t.find("ffn_down_exps.scale")
            t.find("ffn_gate_inp.scale")
        return MoeFfn(
            experts=experts,
            top_k=top_k,
            width=down[0],
            shared_experts=shared,
            shared_width=shared_width,
            shared_gate=t.has("ffn_gate_inp_shexp"),
            router_bias=t.has("exp_probs_b.bias", "exp_probs_b") or self._hash_layers > 0,
            router_linear_bias=t.has("ffn_gate_inp.bias"),
            expert_bias=bias,
            hash_layers=self._hash_layers if t.has("ffn_gate_tid2eid") or self._hash_layers else 0,
            dense_width=self._dense(t).width if "ffn_up" in t else None,
            router_scales=scales,
            gated=gated,
            latent_width=latent,
            latent_norm=t.has("ffn_routed_norm", "ffn_latent_norm"),
        )

    def _shared(self, t: Shapes, width: int) -> tuple[int, int | None]:
        down = t.find("ffn_down_shexp")
        if down is None:
            return 0, None
        t.find("ffn_gate_shexp")
        t.find("ffn_up_shexp")
        count = self._m.number("expert_shared_count", least=0, most=4096) or 1
        return count, (None if down[0] == count * width else down[0])
