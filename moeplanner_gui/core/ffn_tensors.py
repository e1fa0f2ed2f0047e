"""The tensors of one feed-forward block: dense, or a router with its experts.

Shapes and names as in :mod:`moeplanner_gui.core.attention_tensors`.
"""

from __future__ import annotations

from collections.abc import Iterator

from moeplanner_gui.core.model import Architecture, DenseFfn, Ffn, MoeFfn
from moeplanner_gui.core.tensor_parts import Entry, Part


def _moe(f: MoeFfn, arch: Architecture, layer: int) -> Iterator[Entry]:
    hidden = arch.hidden_size
    yield "ffn_gate_inp", Part.ROUTER, (hidden, f.experts)
    if f.router_linear_bias:
        yield "ffn_gate_inp.bias", Part.ROUTER, (f.experts,)
    if f.router_scales:
        yield "ffn_gate_inp.scale", Part.ROUTER, (hidden,)
        yield "ffn_down_exps.scale", Part.ROUTER, (f.experts,)
    if layer < f.hash_layers:
        yield "ffn_gate_tid2eid", Part.HASH_TABLE, (f.top_k, arch.vocab_size)
    elif f.router_bias:
        yield "exp_probs_b.bias", Part.ROUTER_BIAS, (f.experts,)
    width = hidden
    if f.latent_width is not None:
        width = f.latent_width
        yield from _latent(f, arch)
    names = ("ffn_gate_exps", "ffn_up_exps") if f.gated else ("ffn_up_exps",)
    for name in names:
        yield name, Part.ROUTED_EXPERTS, (width, f.width, f.experts)
    yield "ffn_down_exps", Part.ROUTED_EXPERTS, (f.width, width, f.experts)
    if f.expert_bias:
        for name in names:
            yield f"{name}.bias", Part.ROUTED_EXPERTS, (f.width, f.experts)
        yield "ffn_down_exps.bias", Part.ROUTED_EXPERTS, (width, f.experts)
    if f.dense_width is not None:
        yield from _dense(f.dense_width, hidden)
    if f.shared_experts:
        shared = f.shared_width or f.width * f.shared_experts
        if f.gated:
            yield "ffn_gate_shexp", Part.SHARED_EXPERTS, (hidden, shared)
        yield "ffn_up_shexp", Part.SHARED_EXPERTS, (hidden, shared)
        yield "ffn_down_shexp", Part.SHARED_EXPERTS, (shared, hidden)
        if f.shared_gate:
            yield "ffn_gate_inp_shexp", Part.ROUTER, (hidden,)


def _latent(f: MoeFfn, arch: Architecture) -> Iterator[Entry]:
    """The projections into and out of the space the routed experts work in."""
    assert f.latent_width is not None
    # llama.cpp has two names for the same two matrices, by the family that brought them.
    name = "ffn_routed" if arch.gguf_arch == "kimi-k3" else "ffn_latent"
    yield f"{name}_down", Part.LATENT_PROJ, (arch.hidden_size, f.latent_width)
    yield f"{name}_up", Part.LATENT_PROJ, (f.latent_width, arch.hidden_size)
    if f.latent_norm:
        yield f"{name}_norm", Part.LATENT_PROJ, (f.latent_width,)


def _dense(width: int, hidden: int, gated: bool = True) -> Iterator[Entry]:
    if gated:
        yield "ffn_gate", Part.DENSE_FFN, (hidden, width)
    yield "ffn_up", Part.DENSE_FFN, (hidden, width)
    yield "ffn_down", Part.DENSE_FFN, (width, hidden)


def ffn_tensors(block: Ffn, arch: Architecture, layer: int) -> Iterator[Entry]:
    """The tensors of one feed-forward block; none for a layer without one.

    Args:
        block: The block.
        arch: The architecture it belongs to.
        layer: The layer's index: the first layers may route by a table.
    """
    if isinstance(block, MoeFfn):
        yield from _moe(block, arch, layer)
    elif isinstance(block, DenseFfn):
        yield from _dense(block.width, arch.hidden_size, block.gated)
