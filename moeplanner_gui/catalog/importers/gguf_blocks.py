"""One layer of a GGUF file to its blocks, by the names and shapes of its tensors.

Names: src/llama-arch.cpp of llama.cpp; which architectures have windows, and on which layers:
its src/models/ (release b11549). Shapes are ggml's: the row length first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from moeplanner_gui.catalog.importers.failure import ImportFailure, shown
from moeplanner_gui.catalog.importers.gguf_shapes import Shapes
from moeplanner_gui.core.model import (
    Attention,
    CompressedAttention,
    GatedDeltaNet,
    GqaAttention,
    Indexer,
    KimiDelta,
    Mamba2,
    MlaAttention,
    NoAttention,
)
from moeplanner_gui.core.words import say

if TYPE_CHECKING:
    from moeplanner_gui.catalog.importers.gguf_model import Metadata

_NORMS = frozenset(
    {
        "attn_norm",
        "ffn_norm",
        "post_attention_norm",
        "post_ffw_norm",
        "post_ffw_norm_1",
        "post_ffw_norm_2",
        "pre_ffw_norm_2",
        "extra_4_norm",
        "extra_5_norm",
        "extra_6_norm",
        "attn_post_norm",
        "ffn_post_norm",
    }
)
_NEXTN = re.compile(
    r"nextn\.(eh_proj|enorm|hnorm|shared_head_norm|shared_head_head|embed_tokens"
    r"|hc_head_(fn|base|scale))\Z"
)
_SMALL = re.compile(r".*\.(input_scale|scale)\Z")
_HYPER = re.compile(r"hc_(attn|ffn)_(fn|base|scale)\Z")

_EVERY: Mapping[str, tuple[int, bool]] = {
    "gemma2": (2, False),
    "gemma3": (6, False),
    "gpt-oss": (2, False),
    "cohere2": (4, False),
    "cohere2moe": (4, True),
    "llama4": (4, False),
    "olmo2": (4, False),
    "exaone4": (4, False),
    "exaone-moe": (4, False),
    "plamo3": (8, False),
    "smallthinker": (4, True),
    "laguna": (4, True),
    "afmoe": (4, False),
    "mellum": (4, False),
}
"""Every n-th layer is full, the first of each n when the second value is true."""
_BY_LIST = frozenset({"gemma4", "mimo2", "step35", "granite_swa"})
"""Architectures whose windowed layers are listed in the file."""


class LayerReader:
    """Reads layers one after the other.

    Attributes:
        streams: mHC streams, 0 without.
        residuals: Whether layers read scored sums of earlier layers.
        scalars: Whether each layer has a constant that scales its output.
    """

    def __init__(self, m: Metadata) -> None:
        self._m = m
        self.streams = m.number("hyper_connection.count", most=64) or 0
        self.residuals = False
        self.scalars = False

    # Attention -----------------------------------------------------------------------------

    def attention(self, t: Shapes, layer: int) -> tuple[str, Attention]:
        """A name for the block, and the block."""
        if "attn_kv_a_mqa" in t:
            indexed = "indexer.attn_q_b" in t
            return ("indexed" if indexed else "mla"), self._mla(t, layer)
        if "attn_kv" in t and "attn_output_a" in t:
            return self._compressed(t, layer)
        if "ssm_f_a" in t or "ssm_conv1d_q" in t:
            return "kda", self._kimi_delta(t, layer)
        if "ssm_in" in t and "ssm_d" in t:
            return "mamba", self._mamba2(t)
        if "ssm_conv1d" in t and ("attn_qkv" in t or "ssm_in" in t):
            return "linear", self._gated_delta(t)
        if "attn_q" in t or "attn_qkv" in t:
            return self._gqa(t, layer)
        if "attn_output" not in t:
            return "none", NoAttention()
        raise ImportFailure(
            say(
                "Layer {0} of architecture {1} has a kind of attention that is not known here.",
                layer,
                shown(self._m.arch),
            ),
            field=f"blk.{layer}.attn_output.weight",
        )

    def _heads(self, layer: int) -> int:
        heads = self._m.at("attention.head_count", layer, most=2**16)
        if not heads:
            raise self._m.fail("attention.head_count", say("gives layer {0} no heads.", layer))
        return heads

    def _kv_heads(self, layer: int, heads: int) -> int:
        kv_heads = self._m.at("attention.head_count_kv", layer, most=2**16) or heads
        if heads % kv_heads:
            raise self._m.fail(
                "attention.head_count_kv",
                say("is {0:,}, which does not divide {1:,}.", kv_heads, heads),
            )
        return kv_heads

    def _gqa(self, t: Shapes, layer: int) -> tuple[str, Attention]:
        heads = self._heads(layer)
        kv_heads = self._kv_heads(layer, heads)
        window = self._window(layer)
        suffix = "_swa" if window is not None else ""
        output = t.matrix("attn_output")
        if "attn_q" in t:
            q, k = t.matrix("attn_q"), t.matrix("attn_k")
            head_dim, v_from_k = k[1] // kv_heads, "attn_v" not in t
            v_dim = head_dim if v_from_k else t.matrix("attn_v")[1] // kv_heads
            q_width = q[1]
        else:
            fused = t.matrix("attn_qkv")[1]
            given = self._m.number(f"attention.key_length{suffix}", most=2**16)
            head_dim = given or fused // (heads + 2 * kv_heads)
            v_dim, v_from_k, q_width = head_dim, False, heads * head_dim
            if fused != (heads + 2 * kv_heads) * head_dim:
                raise ImportFailure(
                    say(
                        "The tensor blk.{0}.attn_qkv.weight has {1:,} rows; {2:,} were expected.",
                        layer,
                        fused,
                        (heads + 2 * kv_heads) * head_dim,
                    ),
                    field=f"blk.{layer}.attn_qkv.weight",
                )
        if not head_dim or not v_dim or q_width not in (heads * head_dim, 2 * heads * head_dim):
            raise ImportFailure(
                say(
                    "The tensor blk.{0}.attn_q.weight has {1:,} rows, which {2:,} heads do "
                    "not divide into.",
                    layer,
                    q_width,
                    heads,
                ),
                field=f"blk.{layer}.attn_q.weight",
            )
        if output[0] != heads * v_dim:
            raise ImportFailure(
                say(
                    "The tensor blk.{0}.attn_output.weight has rows of {1:,} values; {2:,} "
                    "were expected.",
                    layer,
                    output[0],
                    heads * v_dim,
                ),
                field=f"blk.{layer}.attn_output.weight",
            )
        norm = t.find("attn_q_norm")
        t.find("attn_k_norm")
        gate = t.find("attn_gate")
        block = GqaAttention.model_validate(
            {
                "heads": heads,
                "kv_heads": kv_heads,
                "head_dim": head_dim,
                "v_head_dim": v_dim if v_dim != head_dim else None,
                "window": window,
                "chunked": window is not None and self._m.arch == "llama4",
                "qkv_bias": self._biases(t),
                "o_bias": t.has("attn_output.bias"),
                "qk_norm": "none"
                if norm is None
                else ("head" if norm[0] == head_dim and heads > 1 else "full"),
                "output_gate": q_width == 2 * heads * head_dim,
                "sinks": t.has("attn_sinks"),
                "v_from_k": v_from_k,
                "head_gate": gate is not None and gate[-1] == heads,
                "indexer": self._indexer_of_gqa(t),
            }
        )
        name = "full" if window is None else ("chunked" if block.chunked else "window")
        return ("sparse" if block.indexer is not None else name), block

    def _biases(self, t: Shapes) -> bool:
        for name in ("attn_k.bias", "attn_v.bias"):
            t.find(name)
        return t.has("attn_q.bias", "attn_qkv.bias")

    def _indexer_of_gqa(self, t: Shapes) -> Indexer | None:
        if "indexer.q_proj" not in t:
            return None
        for name in ("indexer.q_proj", "indexer.k_proj", "indexer.q_norm", "indexer.k_norm"):
            t.find(name)
        return self._indexer(t.matrix("indexer.k_proj")[1])

    def _indexer(self, head_dim: int) -> Indexer:
        return Indexer(
            heads=self._m.needed("attention.indexer.head_count", most=2**16),
            head_dim=self._m.number("attention.indexer.key_length", most=2**16) or head_dim,
            top_k=self._m.needed("attention.indexer.top_k"),
            pool=self._m.number("attention.indexer.kpool", most=2**16),
        )

    def _window(self, layer: int) -> int | None:
        m = self._m
        arch = m.arch
        window = m.number("attention.sliding_window", least=0)
        if window == 0:
            return None
        if window is None:
            window = {"gemma2": 4096, "llama4": 8192, "exaone-moe": 128}.get(arch)
        if window is None:
            return None
        pattern = m.raw("attention.sliding_window_pattern")
        if arch in _BY_LIST or isinstance(pattern, tuple):
            if not isinstance(pattern, tuple):
                raise m.fail("attention.sliding_window_pattern", say("is missing."))
            return window if m.at("attention.sliding_window_pattern", layer) else None
        if arch == "llama4":
            # The file states no window: 8,192 tokens a chunk on three layers of four.
            return window if (layer + 1) % 4 else None
        if arch not in _EVERY:
            note = say(
                "Its sliding window of {0:,} tokens is counted as full attention: "
                "llama.cpp keeps the whole context for this architecture.",
                window,
            )
            if note not in m.notes:
                m.notes.append(note)
            return None
        every, first = _EVERY[arch]
        every = m.number("attention.sliding_window_pattern", most=4096) or every
        is_full = layer % every == 0 if first else (layer + 1) % every == 0
        return None if is_full else window

    def _mla(self, t: Shapes, layer: int) -> Attention:
        heads = self._heads(layer)
        m = self._m
        joint = t.matrix("attn_kv_a_mqa")[1]
        norm = t.find("attn_kv_a_norm")
        latent = m.number("attention.kv_lora_rank", most=2**20) or (norm[0] if norm else 0)
        rope = joint - latent
        q_a = t.find("attn_q_a")
        t.find("attn_q_a_norm")
        q = t.matrix("attn_q_b") if q_a is not None else t.matrix("attn_q")
        nope = q[1] // heads - rope
        if "attn_v_b" in t:
            t.find("attn_k_b")
            v_dim = t.matrix("attn_v_b")[1]
        else:
            v_dim = t.matrix("attn_kv_b")[1] // heads - nope
        t.find("attn_kv_b")
        t.find("attn_output")
        gate = t.find("attn_gate")
        if latent < 1 or rope < 0 or nope < 1 or v_dim < 1:
            raise ImportFailure(
                say("The tensors of latent attention of layer {0} do not fit together.", layer),
                field=f"blk.{layer}.attn_kv_a_mqa.weight",
            )
        indexer = None
        if "indexer.attn_q_b" in t:
            dim = t.matrix("indexer.attn_k")[1]
            for name in ("attn_q_b", "proj", "k_norm", "k_norm.bias"):
                t.find(f"indexer.{name}")
            for name in ("gate", "ape"):
                t.find(f"indexer_compressor_{name}")
            indexer = self._indexer(dim)
        return MlaAttention(
            heads=heads,
            q_lora_rank=None if q_a is None else q_a[-1],
            kv_lora_rank=latent,
            qk_nope_head_dim=nope,
            qk_rope_head_dim=rope,
            v_head_dim=v_dim,
            indexer=indexer,
            output_gate=gate is not None,
        )

    def _compressed(self, t: Shapes, layer: int) -> tuple[str, Attention]:
        m = self._m
        ratio = m.at("attention.compress_ratios", layer) or 0
        names = {0: "window", 4: "csa", 128: "hca"}
        if ratio not in names:
            raise m.fail("attention.compress_ratios", say("is {0}; 0, 4 and 128 are known.", ratio))
        head_dim = t.matrix("attn_kv")[1]
        for name in (
            "attn_q_a_norm",
            "attn_q_b",
            "attn_kv_norm",
            "attn_kv_a_norm",
            "attn_output_a",
            "attn_output_b",
            "attn_sinks",
        ):
            t.find(name)
        for stem in ("attn_compress_", "attn_compressor_"):
            for name in ("kv", "gate", "ape", "norm"):
                t.find(stem + name)
        for stem in ("indexer.compress_", "indexer_compressor_"):
            for name in ("kv", "gate", "ape", "norm"):
                t.find(stem + name)
        indexer = None
        if "indexer.attn_q_b" in t:
            t.find("indexer.attn_q_b")
            t.find("indexer.proj")
            indexer = self._indexer(m.needed("attention.indexer.key_length", most=2**16))
        return names[ratio], CompressedAttention.model_validate(
            {
                "heads": self._heads(layer),
                "head_dim": head_dim,
                "rope_head_dim": m.needed("rope.dimension_count", most=2**16),
                "q_lora_rank": t.matrix("attn_q_a")[1],
                "o_groups": m.needed("attention.output_group_count", most=2**16),
                "o_lora_rank": m.needed("attention.output_lora_rank", most=2**20),
                "window": m.needed("attention.sliding_window"),
                "compress_ratio": ratio,
                "indexer": indexer,
            }
        )

    # Recurrent layers ----------------------------------------------------------------------

    def _gated_delta(self, t: Shapes) -> Attention:
        m = self._m
        for name in ("attn_qkv", "attn_gate", "ssm_in", "ssm_ba", "ssm_beta", "ssm_alpha"):
            t.find(name)
        for name in ("ssm_conv1d", "ssm_a", "ssm_dt.bias", "ssm_dt", "ssm_norm", "ssm_out"):
            t.find(name)
        v_heads = m.needed("ssm.time_step_rank", most=2**16)
        return GatedDeltaNet(
            k_heads=m.needed("ssm.group_count", most=2**16),
            v_heads=v_heads,
            k_head_dim=m.needed("ssm.state_size", most=2**16),
            v_head_dim=max(1, m.needed("ssm.inner_size", most=2**24) // v_heads),
            conv_kernel=m.needed("ssm.conv_kernel", most=4096),
        )

    def _mamba2(self, t: Shapes) -> Attention:
        m = self._m
        for name in ("ssm_in", "ssm_conv1d", "ssm_conv1d.bias", "ssm_dt.bias", "ssm_dt"):
            t.find(name)
        for name in ("ssm_a", "ssm_d", "ssm_norm", "ssm_out"):
            t.find(name)
        heads = m.needed("ssm.time_step_rank", most=2**16)
        return Mamba2(
            heads=heads,
            head_dim=max(1, m.needed("ssm.inner_size", most=2**24) // heads),
            state_size=m.needed("ssm.state_size", most=2**16),
            groups=m.needed("ssm.group_count", most=2**16),
            conv_kernel=m.needed("ssm.conv_kernel", most=4096),
        )

    def _kimi_delta(self, t: Shapes, layer: int) -> Attention:
        m = self._m
        dim = m.number("kda.head_dim", most=2**16) or m.needed("ssm.state_size", most=2**16)
        inner = t.matrix("attn_q")[1]
        for role in ("q", "k", "v"):
            t.find(f"attn_{role}")
            t.find(f"ssm_conv1d_{role}")
        for name in ("f_a", "f_b", "beta", "a", "dt.bias", "dt", "g_a", "g_b", "norm"):
            t.find(f"ssm_{name}")
        t.find("attn_output")
        if inner % dim:
            raise ImportFailure(
                say(
                    "The tensor blk.{0}.attn_q.weight has {1:,} rows, no multiple of {2}.",
                    layer,
                    inner,
                    dim,
                ),
                field=f"blk.{layer}.attn_q.weight",
            )
        return KimiDelta(
            heads=inner // dim,
            head_dim=dim,
            conv_kernel=m.needed("ssm.conv_kernel", most=4096),
            full_rank_gate=t.has("ssm_g"),
        )

    # The rest ------------------------------------------------------------------------------

    def norms(self, t: Shapes) -> int:
        """How many gains as wide as the hidden state the layer has."""
        return sum(1 for name in t if name in _NORMS and t.find(name))

    def refuse_rest(self, t: Shapes) -> None:
        """Refuse a tensor that belongs to no block that was read."""
        for name in t:
            known = name in t.seen or name in _NORMS or _SMALL.match(name) or _NEXTN.match(name)
            if known or (self.streams and _HYPER.match(name)):
                t.seen.add(name)
            elif name in ("attn_res_score", "ffn_res_score"):
                self.residuals = True
            elif name == "layer_output_scale":
                self.scalars = True
            elif name in ("rope_freqs", "attn_rot_embd"):
                continue
            else:
                full = f"blk.{t.layer}.{name}"
                raise ImportFailure(
                    say(
                        "The tensor {0} of architecture {1} is of a kind that is not known here.",
                        shown(full),
                        shown(self._m.arch),
                    ),
                    field=full,
                )
        if "layer_output_scale" in t:
            self.scalars = True
