"""Which tensors a model has, and how many parameters that makes.

Knows architectures and llama.cpp's tensor names; knows no storage types and no bytes. Every
count in the program is a sum over this list: no parameter count is typed in anywhere, except
the size of a vision tower, which is a sourced figure of the catalogue row.

Tensor shapes of the reference implementations: transformers 5.23 (model classes); names and
shapes in GGUF files: llama.cpp, src/llama-arch.cpp and src/models/ (release b11549).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from math import prod

from moeplanner_gui.core.attention_tensors import attention_tensors
from moeplanner_gui.core.ffn_tensors import ffn_tensors
from moeplanner_gui.core.model import Architecture, KimiDelta, ModelSpec, MoeFfn
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.tensor_parts import NOT_PARAMETERS, Entry, Part, Shape

__all__ = [
    "NOT_PARAMETERS",
    "Part",
    "Shape",
    "Tensor",
    "active_parameters",
    "gguf_tensors",
    "model_tensors",
    "mtp_parameters",
    "parameter_breakdown",
    "published_breakdown",
    "total_parameters",
]


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor, with llama.cpp's name for it.

    Attributes:
        name: The role in GGUF files without the layer, such as ``attn_q`` or
            ``attn_q.bias``; a name without a suffix is a ``.weight``.
        part: What it is for; tensors of an MTP layer keep the part they play there.
        layer: The layer it belongs to, counted on through the MTP layers; None for the
            embedding, the head, the final norm and what belongs to them.
        shape: ggml order: the row length first.
        mtp: True in the multi-token-prediction layers.
        gguf_role: The role in the files of this family where it is not ``name``.
    """

    name: str
    part: Part
    layer: int | None
    shape: Shape
    mtp: bool = False
    gguf_role: str = ""

    @property
    def elements(self) -> int:
        """How many values the tensor holds."""
        return prod(self.shape)

    @property
    def gguf_name(self) -> str:
        """The full name in a GGUF file: ``blk.3.attn_q.weight``."""
        role = self.gguf_role or self.name
        suffix = "" if role.endswith((".bias", ".scale", "ssm_a", "ssm_d")) else ".weight"
        prefix = "" if self.layer is None else f"blk.{self.layer}."
        return f"{prefix}{role}{suffix}"


# Gemma puts a norm behind each block as well, and around its experts; the plain decoder has the
# first two only.
_LAYER_NORMS = (
    "attn_norm",
    "ffn_norm",
    "post_attention_norm",
    "post_ffw_norm",
    "pre_ffw_norm_2",
    "post_ffw_norm_1",
    "post_ffw_norm_2",
    "extra_norm",
)
_NEMOTRON_MTP_NORMS = ("attn_norm", "post_attention_norm")


def _mhc(arch: Architecture) -> Iterator[Entry]:
    streams = arch.mhc_streams
    mix = (2 + streams) * streams
    for block in ("hc_attn", "hc_ffn"):
        yield f"{block}_fn", Part.MHC, (streams * arch.hidden_size, mix)
        yield f"{block}_base", Part.MHC, (mix,)
        yield f"{block}_scale", Part.MHC, (3,)


def _mhc_head(arch: Architecture, prefix: str) -> Iterator[Entry]:
    streams = arch.mhc_streams
    yield f"{prefix}_fn", Part.MHC, (streams * arch.hidden_size, streams)
    yield f"{prefix}_base", Part.MHC, (streams,)
    yield f"{prefix}_scale", Part.MHC, (1,)


def _norms(arch: Architecture) -> tuple[str, ...]:
    return _LAYER_NORMS[: arch.norms_per_layer]


def _layer(
    arch: Architecture, attention: str, ffn: str, layer: int, norms: tuple[str, ...]
) -> Iterator[Entry]:
    hidden = arch.hidden_size
    for name in norms:
        yield name, Part.NORM, (hidden,)
    yield from attention_tensors(arch.attention[attention], hidden)
    yield from ffn_tensors(arch.ffn[ffn], arch, layer)
    if arch.attention_residuals:
        for name in ("attn_res", "ffn_res"):
            yield f"{name}_norm", Part.ATTENTION_RESIDUAL, (hidden,)
            yield f"{name}_score", Part.ATTENTION_RESIDUAL, (hidden,)
    if arch.mhc_streams:
        yield from _mhc(arch)


def _mtp_layer(arch: Architecture, layer: int) -> Iterator[Entry]:
    """One MTP layer: a decoder layer like the last one, the projection and its norms."""
    assert arch.mtp is not None
    hidden = arch.hidden_size
    attention = arch.mtp.attention or arch.attention_pattern.expand(arch.layers)[-1]
    ffn = arch.mtp.ffn or arch.ffn_pattern.expand(arch.layers)[-1]
    # Nemotron's layers are attention or experts; its prediction layer is both.
    norms = _NEMOTRON_MTP_NORMS if arch.mtp.style == "nemotron_h" else _norms(arch)
    yield from _layer(arch, attention, ffn, layer, norms)
    yield "nextn.eh_proj", Part.MTP, (2 * hidden, hidden)
    for norm in ("nextn.enorm", "nextn.hnorm", "nextn.shared_head_norm"):
        yield norm, Part.NORM, (hidden,)
    if arch.mhc_streams and arch.mhc_head:
        yield from _mhc_head(arch, "nextn.hc_head")
    if arch.mtp.embed_head_copies:
        yield "nextn.embed_tokens", Part.TOKEN_EMBD, (hidden, arch.vocab_size)
        yield "nextn.shared_head_head", Part.LM_HEAD, (hidden, arch.vocab_size)


def _list(arch: Architecture) -> Iterator[Tensor]:
    embedding = (arch.hidden_size, arch.vocab_size)
    yield Tensor("token_embd", Part.TOKEN_EMBD, None, embedding)
    yield Tensor("output_norm", Part.NORM, None, (arch.hidden_size,))
    if not arch.tied_embeddings:
        yield Tensor("output", Part.LM_HEAD, None, embedding)
    if arch.mhc_streams and arch.mhc_head:
        for name, part, shape in _mhc_head(arch, "hc_head"):
            yield Tensor(name, part, None, shape)
    if arch.attention_residuals:
        for name in ("output_res_norm", "output_res_score"):
            yield Tensor(name, Part.ATTENTION_RESIDUAL, None, (arch.hidden_size,))
    if arch.rope_factors:
        yield Tensor("rope_freqs", Part.ROPE, None, (arch.rope_factors,))
    attention = arch.attention_pattern.expand(arch.layers)
    ffn = arch.ffn_pattern.expand(arch.layers)
    norms = _norms(arch)
    for layer in range(arch.layers):
        for name, part, shape in _layer(arch, attention[layer], ffn[layer], layer, norms):
            yield Tensor(name, part, layer, shape)
    if arch.mtp is not None:
        for layer in range(arch.layers, arch.layers + arch.mtp.layers):
            for name, part, shape in _mtp_layer(arch, layer):
                yield Tensor(name, part, layer, shape, mtp=True)
    if arch.drafter_bytes:
        # Not worked out tensor by tensor: one block of 16-bit words of the published size.
        words = (arch.drafter_bytes // 2,)
        yield Tensor("drafter", Part.DRAFTER, arch.layers, words, mtp=True)


@lru_cache(maxsize=32)
def model_tensors(architecture: Architecture) -> tuple[Tensor, ...]:
    """Every tensor of the language model, MTP layers included, in layer order.

    A tied head is listed once, as the token embedding. The vision tower is not listed.
    """
    return tuple(_list(architecture))


# Gains that llama.cpp's converter multiplies into the score vector beside them.
_FOLDED_IN_GGUF = frozenset({"attn_res_norm", "ffn_res_norm", "output_res_norm"})

# Where a family has another name for a role: llama.cpp, src/llama-arch.cpp and src/models/.
_NORM_BEHIND_ATTENTION = {"ffn_norm": "post_attention_norm"}
_GGUF_ROLES: dict[str, dict[str, str]] = {
    "glm4moe": _NORM_BEHIND_ATTENTION,
    "gpt-oss": _NORM_BEHIND_ATTENTION,
    "qwen3next": _NORM_BEHIND_ATTENTION,
    "qwen35": _NORM_BEHIND_ATTENTION,
    "qwen35moe": _NORM_BEHIND_ATTENTION,
    "deepseek4": {
        "hc_head_fn": "output_hc_fn",
        "hc_head_base": "output_hc_base",
        "hc_head_scale": "output_hc_scale",
        "attn_kv_norm": "attn_kv_a_norm",
        **{
            f"{role}_{what}": f"{stem}_{what}"
            for role, stem in (
                ("attn_compress", "attn_compressor"),
                ("indexer.compress", "indexer_compressor"),
            )
            for what in ("kv", "gate", "ape", "norm")
        },
    },
}


def gguf_tensors(architecture: Architecture) -> tuple[Tensor, ...]:
    """The tensors a GGUF file of this model holds.

    The converter leaves out the MTP layers of some families, cuts padding rows off some
    vocabularies and folds some gains into others; rope factors and Gemma 4's scalars are listed
    in GGUF files only.
    """
    keep_mtp = architecture.mtp is not None and architecture.mtp.in_gguf
    listed = tuple(
        tensor
        for t in model_tensors(architecture)
        if (keep_mtp or not t.mtp) and t.name not in _FOLDED_IN_GGUF
        for tensor in _as_in_gguf(t, architecture)
    )
    scalars = range(architecture.layers if architecture.layer_scalars else 0)
    return listed + tuple(
        Tensor("layer_output_scale", Part.LAYER_SCALAR, layer, (1,)) for layer in scalars
    )


def _as_in_gguf(tensor: Tensor, arch: Architecture) -> tuple[Tensor, ...]:
    """The tensor under the name and in the shape that GGUF files of the family have."""
    role = _GGUF_ROLES.get(arch.gguf_arch, {}).get(tensor.name, "")
    if role:
        return (replace(tensor, gguf_role=role),)
    if tensor.part in (Part.TOKEN_EMBD, Part.LM_HEAD) and arch.gguf_vocab_size is not None:
        return (replace(tensor, shape=(tensor.shape[0], arch.gguf_vocab_size)),)
    if tensor.name == "ssm_ba" and arch.gguf_arch in ("qwen35", "qwen35moe"):
        half = (tensor.shape[0], tensor.shape[1] // 2)
        return tuple(replace(tensor, shape=half, gguf_role=r) for r in ("ssm_beta", "ssm_alpha"))
    if tensor.name == "ssm_a" and tensor.layer is not None and not tensor.mtp:
        block = arch.attention[arch.attention_pattern.expand(arch.layers)[tensor.layer]]
        if isinstance(block, KimiDelta) and block.stored_decays is not None:
            return (replace(tensor, shape=(block.heads,)),)
    return (tensor,)


@lru_cache(maxsize=512)
def _breakdown(architecture: Architecture) -> tuple[tuple[Part, int], ...]:
    counts: dict[Part, int] = {}
    for tensor in model_tensors(architecture):
        if not tensor.mtp and tensor.part not in NOT_PARAMETERS:
            counts[tensor.part] = counts.get(tensor.part, 0) + tensor.elements
    return tuple((part, counts[part]) for part in Part if part in counts)


def parameter_breakdown(model: ModelSpec) -> dict[Part, int]:
    """Parameters of the main language model by part; MTP layers and vision are not in it.

    The correction biases of routers (buffers in the reference code) are a part of their own,
    so that ``ROUTER`` is the projection alone.
    """
    return dict(_breakdown(model.architecture))


# Parts that published counts do not tell apart, and those they name otherwise.
_PUBLISHED_NAMES = {
    Part.ATTENTION_RESIDUAL: "attention",
    Part.RECURRENT: "linear_attention_or_ssm",
}


def published_breakdown(model: ModelSpec) -> dict[str, int]:
    """The breakdown in the vocabulary of published counts, with the vision tower.

    Linear attention and state space are one part, what Kimi K3 adds for its attention residuals
    counts as attention, and the correction bias of routers, which published breakdowns leave out
    and published totals count, is ``router_bias``.
    """
    counts: dict[str, int] = {}
    for part, count in _breakdown(model.architecture):
        name = _PUBLISHED_NAMES.get(part, part.value)
        counts[name] = counts.get(name, 0) + count
    if model.architecture.vision_parameters:
        counts["vision"] = model.architecture.vision_parameters
    return counts


def total_parameters(model: ModelSpec) -> int:
    """Parameters of the main language model, without MTP layers and vision tower."""
    return sum(count for _, count in _breakdown(model.architecture))


def mtp_parameters(model: ModelSpec) -> int:
    """Parameters of the MTP layers or of the drafter in their place.

    Copies of the embedding and the head are not counted.
    """
    copies = {"nextn.embed_tokens", "nextn.shared_head_head"}
    return model.architecture.drafter_parameters + sum(
        tensor.elements
        for tensor in model_tensors(model.architecture)
        if tensor.mtp and tensor.name not in copies and tensor.part not in NOT_PARAMETERS
    )


@lru_cache(maxsize=512)
def _active(architecture: Architecture) -> tuple[tuple[Part, int], ...]:
    moe = {name: block for name, block in architecture.ffn.items() if isinstance(block, MoeFfn)}
    pattern = architecture.ffn_pattern.expand(architecture.layers)
    counts: dict[Part, int] = {}
    for tensor in model_tensors(architecture):
        if tensor.mtp or tensor.part in NOT_PARAMETERS:
            continue
        # A tied embedding is the head: it is multiplied once for every token.
        if tensor.part is Part.TOKEN_EMBD and not architecture.tied_embeddings:
            continue
        if tensor.part is Part.ROUTED_EXPERTS and tensor.layer is not None:
            block = moe[pattern[tensor.layer]]
            count = tensor.elements * block.top_k // block.experts
        else:
            count = tensor.elements
        counts[tensor.part] = counts.get(tensor.part, 0) + count
    return tuple((part, counts[part]) for part in Part if part in counts)


def active_parameters(model: ModelSpec) -> int:
    """Parameters that take part in one token, the look-up in the input embedding not counted."""
    return sum(count for _, count in _active(model.architecture))


def active_breakdown(model: ModelSpec) -> dict[Part, int]:
    """The parameters of :func:`active_parameters` by part."""
    return dict(_active(model.architecture))
