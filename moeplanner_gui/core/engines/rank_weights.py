"""What one rank holds of a model's weights under tensor, expert and data parallelism.

Worked out tensor by tensor: which projections are cut by their outputs or their inputs, which
every rank repeats, how experts are dealt out. Knows no cards. vLLM and SGLang cut alike where
nothing else is said.

Source: vLLM 0.33.0, ``model_executor/layers/linear.py`` (column, row and QKV parallel),
``vocab_parallel_embedding.py`` (padding to 64 rows), ``fused_moe/config.py`` and
``fused_moe/expert_map_manager.py`` (experts), ``quantization/utils/fp8_utils.py`` (blocks of
128), and the model classes of the families in the catalogue.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import zip_longest

from moeplanner_gui.core.engines.profile import profile_of
from moeplanner_gui.core.model import (
    CompressedAttention,
    GqaAttention,
    Mamba2,
    MlaAttention,
    ModelSpec,
    MoeFfn,
)
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.tensors import Part, Tensor, model_tensors
from moeplanner_gui.core.units import ceil_div, pad_to
from moeplanner_gui.core.usable import Device
from moeplanner_gui.core.weights import CHECKPOINT_LABELS, WeightLayout
from moeplanner_gui.core.weights_checkpoint import checkpoint_storage, storage_bytes
from moeplanner_gui.core.words import say

VOCAB_PADDING = 64
_FP8_BLOCK = 128
_MXFP4 = frozenset({"mxfp4", "fp4_e8m0"})

_BY_OUTPUT = frozenset(
    {
        "attn_q",
        "attn_q_b",
        "attn_qkv",
        "attn_gate",
        "attn_output_a",
        "ssm_ba",
        "ssm_beta",
        "ssm_f_b",
        "ssm_g",
        "ssm_g_b",
        "ssm_in",
        "ffn_gate",
        "ffn_up",
        "ffn_gate_shexp",
        "ffn_up_shexp",
    }
)
"""Matrices cut by their rows of outputs. Shapes are given as (inputs, outputs)."""
_BY_INPUT = frozenset({"attn_output", "attn_output_b", "ssm_out", "ffn_down", "ffn_down_shexp"})
_BY_LAST = frozenset(
    {
        "attn_q.bias",
        "attn_sinks",
        "attn_k_b",
        "attn_v_b",
        "ssm_conv1d",
        "ssm_conv1d.bias",
        "ssm_conv1d_q",
        "ssm_conv1d_k",
        "ssm_conv1d_v",
        "ssm_a",
        "ssm_d",
        "ssm_dt.bias",
    }
)
"""Vectors and stacked matrices with one entry a head or a channel in their last dimension."""
_KV_HEADS = frozenset({"attn_k", "attn_v", "attn_k.bias", "attn_v.bias"})
_VOCABULARY = frozenset({Part.TOKEN_EMBD, Part.LM_HEAD})


@dataclass(frozen=True, slots=True)
class ExpertPadding:
    """Multiples that the kernels of fused experts round sizes up to.

    Attributes:
        packed_width: Width of a slice of an expert in MXFP4.
        packed_hidden: Width of what such an expert reads and writes.
        plain_width: Width of a slice of a 16-bit expert.
    """

    packed_width: int = 1
    packed_hidden: int = 1
    plain_width: int = 1


def expert_padding(spec: ModelSpec, cards: list[Device]) -> ExpertPadding:
    """What vLLM's kernels round experts up to on these cards; the largest where cards differ.

    MXFP4: Marlin and TRT-LLM take 128 by 256, AMD's 256 by 256, and gpt-oss's Triton kernels on
    compute capability 9.0 take 64 and the hidden size as it is. 16 bit: TRT-LLM on 10.x and
    AITER take 128 (``mxfp4_round_up_hidden_size_and_intermediate_size`` and its 16-bit twin).
    """
    if any(card.vendor == "AMD" for card in cards):
        return ExpertPadding(256, 256, 128)
    majors = {card.sm[0] if card.sm is not None else 0 for card in cards}
    plain = 128 if majors & {0, 10} else 1
    if majors == {9} and spec.architecture.gguf_arch == "gpt-oss":
        return ExpertPadding(64, 1, plain)
    return ExpertPadding(128, 256, plain)


@dataclass(frozen=True, slots=True)
class Cut:
    """How the weights are cut.

    Attributes:
        attention: Ranks that share one attention layer.
        dense: Ranks that share a dense block.
        shared: Ranks that share the shared experts; 1 where each has them whole.
        experts: Ranks that share the routed experts.
        whole_experts: Ranks hold whole experts (expert parallel) instead of slices of all.
        vocabulary: Ranks that share the embedding and the head.
        padding: What kernels round the experts up to; see :class:`ExpertPadding`.
    """

    attention: int = 1
    dense: int = 1
    shared: int = 1
    experts: int = 1
    whole_experts: bool = False
    vocabulary: int = 1
    padding: ExpertPadding = ExpertPadding()


@dataclass(frozen=True, slots=True)
class RankWeights:
    """Bytes of the rank that holds most, by layer.

    ``routed`` and ``other`` are running sums over the main layers, one longer than the layers;
    ``mtp`` are (routed, other) of the prediction layers together. ``absorbed`` are the 16-bit
    copies of the up-projections of latent attention, which engines keep ready for absorption;
    ``packed_latent`` says that the projections themselves are stored in fewer bits.
    """

    routed: tuple[int, ...]
    other: tuple[int, ...]
    embedding: int
    head: int
    tied_head: int
    mtp: tuple[int, int]
    absorbed: tuple[int, ...] = ()
    packed_latent: bool = False


def rank_shape(tensor: Tensor, model: ModelSpec, cut: Cut) -> tuple[int, ...]:
    """The shape of a tensor on the rank that holds most of it."""
    shape, name = tensor.shape, tensor.name
    if tensor.part in _VOCABULARY:
        return shape[0], ceil_div(pad_to(shape[1], VOCAB_PADDING), cut.vocabulary)
    if tensor.part is Part.ROUTED_EXPERTS:
        return _expert_shape(tensor, cut)
    if tensor.part is Part.DENSE_FFN:
        ranks = cut.dense
    elif tensor.part is Part.SHARED_EXPERTS:
        ranks = cut.shared
    elif tensor.part in (Part.ATTENTION, Part.RECURRENT):
        ranks = cut.attention
    else:
        return shape
    if ranks == 1:
        return shape
    block = _attention_of(model, tensor)
    if name in _KV_HEADS and isinstance(block, GqaAttention):
        heads = max(ceil_div(block.kv_heads, ranks), 1)
        return *shape[:-1], shape[-1] * heads // block.kv_heads
    if name == "ssm_norm" and isinstance(block, Mamba2):
        return shape[0], ceil_div(shape[1], ranks)
    if isinstance(block, Mamba2) and block.groups % ranks and name.startswith("ssm_"):
        # Groups that do not divide are repeated until every rank has one.
        more = 2 * (max(ranks, block.groups) - block.groups) * block.state_size
        if name in ("ssm_in", "ssm_conv1d", "ssm_conv1d.bias"):
            return *shape[:-1], ceil_div(shape[-1] + more, ranks)
    if name in _BY_INPUT:
        return ceil_div(shape[0], ranks), *shape[1:]
    cut_last = name in _BY_OUTPUT or name in _BY_LAST or name in _KV_HEADS
    # A head's sink is kept for a padded number of heads by some kernels: at most all of them.
    if cut_last and not (name == "attn_sinks" and isinstance(block, CompressedAttention)):
        return *shape[:-1], ceil_div(shape[-1], ranks)
    return shape


def _attention_of(model: ModelSpec, tensor: Tensor) -> object:
    if tensor.layer is None:
        return None
    profile = profile_of(model)
    if tensor.layer < len(profile.kind_of):
        return profile.kinds[profile.kind_of[tensor.layer]]
    arch = model.architecture
    named = arch.mtp.attention if arch.mtp is not None else None
    return arch.attention[named] if named else profile.kinds[profile.kind_of[-1]]


def _expert_shape(tensor: Tensor, cut: Cut) -> tuple[int, ...]:
    shape = tensor.shape
    if cut.whole_experts:
        # The first ranks take one more when the experts do not divide.
        return *shape[:-1], ceil_div(shape[-1], cut.experts)
    if tensor.name.endswith(".bias"):
        rows = shape[0] if "down" in tensor.name else ceil_div(shape[0], cut.experts)
        return rows, *shape[1:]
    if "down" in tensor.name:
        return ceil_div(shape[0], cut.experts), *shape[1:]
    return shape[0], ceil_div(shape[1], cut.experts), *shape[2:]


def _padded(
    tensor: Tensor, shape: tuple[int, ...], storage: str, padding: ExpertPadding
) -> tuple[int, ...]:
    """The shape of stacked experts with the padding of their kernels."""
    # Biases are 16-bit and follow their matrices, which are packed in all models that have them.
    packed = storage in _MXFP4 or len(shape) == 2
    if not packed and storage not in ("bf16", "f16"):
        return shape
    width = padding.packed_width if packed else padding.plain_width
    hidden = padding.packed_hidden if packed else 1
    down = "down" in tensor.name
    if len(shape) == 2:
        return pad_to(shape[0], hidden if down else width), shape[1]
    if down:
        return pad_to(shape[0], width), pad_to(shape[1], hidden), *shape[2:]
    return pad_to(shape[0], hidden), pad_to(shape[1], width), *shape[2:]


def _absorbed(model: ModelSpec, format_id: str, ranks: int) -> tuple[tuple[int, ...], bool]:
    """Running sums of the 16-bit copies by layer, and whether the originals are smaller."""
    arch = model.architecture
    sizes, packed = [0], False
    names = arch.attention_pattern.expand(arch.layers)
    for name in names:
        block = arch.attention[name]
        size = 0
        if isinstance(block, MlaAttention):
            width = block.qk_nope_head_dim + block.v_head_dim
            size = 2 * block.kv_lora_rank * ceil_div(block.heads, ranks) * width
        sizes.append(sizes[-1] + size)
    for tensor in model_tensors(arch):
        if tensor.name == "attn_k_b":
            packed = checkpoint_storage(model, tensor, format_id) not in ("bf16", "f16", "f32")
            break
    return tuple(sizes), packed


@lru_cache(maxsize=1024)
def _modelled(
    model: ModelSpec, format_id: str, cut: Cut | None
) -> tuple[tuple[tuple[int, int], ...], tuple[int, int, int]]:
    """(routed, other) of every layer; embedding, head and tied head. As stored without a cut."""
    arch = model.architecture
    tensors = model_tensors(arch)
    count = 1 + max((t.layer for t in tensors if t.layer is not None), default=arch.layers - 1)
    routed, other = [0] * count, [0] * count
    embedding = head = 0
    sizes: dict[tuple[str, str, tuple[int, ...]], int] = {}
    for tensor in tensors:
        if tensor.part is Part.ROPE:
            continue
        storage = checkpoint_storage(model, tensor, format_id)
        shape = tensor.shape if cut is None else rank_shape(tensor, model, cut)
        if cut is not None and tensor.part is Part.ROUTED_EXPERTS:
            shape = _padded(tensor, shape, storage, cut.padding)
        key = (tensor.name, storage, shape)
        size = sizes.get(key)
        if size is None:
            size = sizes[key] = storage_bytes(replace(tensor, shape=shape), storage)
        if tensor.layer is None:
            if tensor.part is Part.TOKEN_EMBD:
                embedding += size
            else:
                head += size
        elif tensor.part is Part.ROUTED_EXPERTS:
            routed[tensor.layer] += size
        else:
            other[tensor.layer] += size
    tied = embedding if arch.tied_embeddings else 0
    return tuple(zip(routed, other, strict=True)), (embedding, head, tied)


_KNOWN: dict[tuple[int, Cut], tuple[WeightLayout, RankWeights]] = {}


def rank_weights(model: ModelSpec, layout: WeightLayout, cut: Cut) -> RankWeights:
    """The bytes of one rank, remembered by the identity of the layout.

    Exact where the layout is that of a checkpoint format; a file with sizes of its own is cut
    in the proportions of the model's own checkpoint.
    """
    key = (id(layout), cut)
    known = _KNOWN.get(key)
    if known is None or known[0] is not layout:
        if len(_KNOWN) >= 1024:
            _KNOWN.clear()
        known = _KNOWN[key] = (layout, _rank_weights(model, layout, cut))
    return known[1]


def _rank_weights(model: ModelSpec, layout: WeightLayout, cut: Cut) -> RankWeights:
    format_id = layout.format_id if layout.format_id in CHECKPOINT_LABELS else "native"
    whole, whole_ends = _modelled(model, format_id, None)
    part, part_ends = _modelled(model, format_id, cut)
    stored = [(layer.routed_experts_bytes, layer.other_bytes) for layer in layout.layers]
    stored += [(layer.routed_experts_bytes, layer.other_bytes) for layer in layout.mtp]
    # A file whose headers were read may lack prediction layers, or hold more of them.
    routed, other = [0], [0]
    mtp_routed = mtp_other = 0
    ranks = max(cut.attention, cut.dense, cut.shared)
    none = (0, 0)
    for index, ((has_routed, has_other), all_of, mine) in enumerate(
        zip_longest(stored, whole, part, fillvalue=none)
    ):
        my_routed = _scaled(has_routed, mine[0], all_of[0])
        my_other = _kept_or_cut(has_other, mine[1], all_of[1], ranks)
        if index < model.architecture.layers:
            routed.append(routed[-1] + my_routed)
            other.append(other[-1] + my_other)
        else:
            mtp_routed += my_routed
            mtp_other += my_other
    ends = (layout.token_embd_bytes, layout.output_bytes, layout.tied_head_bytes)
    embedding, head, tied = map(_scaled, ends, part_ends, whole_ends)
    absorbed, packed = _absorbed(model, format_id, cut.attention)
    return RankWeights(
        tuple(routed),
        tuple(other),
        embedding,
        head,
        tied,
        (mtp_routed, mtp_other),
        absorbed,
        packed,
    )


def _kept_or_cut(stored: int, mine: int, all_of: int, ranks: int) -> int:
    """One rank's bytes of a layer outside its routed experts.

    What the ranks repeat (norms, routers, projections into a latent) is often left in 16 bits
    where a file stores the rest in fewer, so it is taken at its full size.
    """
    if ranks == 1 or stored >= all_of:
        return _scaled(stored, mine, all_of)
    divided = ceil_div((all_of - mine) * ranks, ranks - 1)
    repeated = min(max(all_of - divided, 0), stored)
    return repeated + ceil_div(stored - repeated, ranks)


def _scaled(stored: int, mine: int, all_of: int) -> int:
    if not all_of:
        return stored
    return ceil_div(stored * mine, all_of)


def refused_cut(model: ModelSpec, layout: WeightLayout, cut: Cut) -> str | None:
    """Why the weights cannot be cut this way: a sentence, or None.

    Weights with one FP8 scale for 128 x 128 values can only be cut between blocks.
    """
    format_id = layout.format_id if layout.format_id in CHECKPOINT_LABELS else "native"
    for block in model.architecture.ffn.values():
        if isinstance(block, MoeFfn) and not cut.whole_experts and block.width % cut.experts:
            return say(
                "Experts of width {0} cannot be divided by {1} ranks. Choose expert "
                "parallel, or another tensor parallel size.",
                block.width,
                cut.experts,
            )
    return _refused_blocks(model, format_id, cut)


# Loaded as one matrix with their neighbours, and then parts that end inside a block are allowed
# (vLLM 0.33, vllm/model_executor/layers/linear.py, _maybe_allow_fp8_block_shape_mismatch).
_MERGED = frozenset(
    {"attn_q", "attn_k", "attn_v", "ffn_gate", "ffn_up", "ffn_gate_shexp", "ffn_up_shexp"}
)


@lru_cache(maxsize=1024)
def _refused_blocks(model: ModelSpec, format_id: str, cut: Cut) -> str | None:
    seen: set[str] = set()
    for tensor in model_tensors(model.architecture):
        if tensor.name in seen or tensor.mtp:
            continue
        seen.add(tensor.name)
        if not checkpoint_storage(model, tensor, format_id).startswith("fp8_"):
            continue
        if tensor.name.endswith("_shexp") and model.architecture.mhc_streams:
            continue  # DeepSeek V4 pads its shared expert to whole blocks
        if tensor.name in _MERGED:
            continue
        shape = rank_shape(tensor, model, cut)
        for whole, mine in zip(tensor.shape[:2], shape[:2], strict=False):
            if mine < whole and mine % _FP8_BLOCK:
                return say(
                    "Its FP8 weights have one scale for {0} x {1} values, and a part of "
                    "{2} of {3} ({4}) ends inside a block. Choose a smaller tensor "
                    "parallel size, expert parallel, or BF16 weights.",
                    _FP8_BLOCK,
                    _FP8_BLOCK,
                    mine,
                    whole,
                    tensor.name,
                )
    return None
