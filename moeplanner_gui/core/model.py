"""What a model is: its architecture, from which every count and size is derived.

Nothing here is a measured size or a typed-in parameter count: those are computed by
:mod:`moeplanner_gui.core.tensors` and compared with published figures in the tests.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

PositiveInt = Annotated[int, Field(ge=1, le=2**40)]


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Indexer(_Row):
    """The lightning indexer of sparse attention: picks ``top_k`` entries to attend to.

    ``pool``: index keys are pooled by this many tokens before they are compared (GLM-5.3-Flash).
    """

    heads: PositiveInt
    head_dim: PositiveInt
    top_k: PositiveInt
    pool: PositiveInt | None = None


class GqaAttention(_Row):
    """Multi-head or grouped-query attention; K and V of ``kv_heads * head_dim`` each per token.

    ``window`` is the number of tokens a sliding-window (or chunked) layer keeps; None is full.
    ``qk_norm``: "head" is one gain of ``head_dim`` each for q and k, "full" one over all heads.
    ``output_gate``: q_proj is twice as wide (Qwen3-Next). ``sinks``: one value per head.
    ``v_from_k``: no v_proj, the values are the keys before their norm (Gemma 4); both are cached.
    ``head_gate``: one gate a query head, from the hidden state (Step-3.x).
    ``indexer``: keys of one index head picked from by blocks (MiniMax-M3); cached beside K and V.
    """

    kind: Literal["gqa"] = "gqa"
    heads: PositiveInt
    kv_heads: PositiveInt
    head_dim: PositiveInt
    v_head_dim: PositiveInt | None = None
    window: PositiveInt | None = None
    chunked: bool = False
    qkv_bias: bool = False
    o_bias: bool = False
    qk_norm: Literal["none", "head", "full"] = "none"
    output_gate: bool = False
    sinks: bool = False
    v_from_k: bool = False
    head_gate: bool = False
    indexer: Indexer | None = None


class MlaAttention(_Row):
    """Multi-head latent attention: one latent of ``kv_lora_rank + qk_rope_head_dim`` a token.

    ``output_gate``: the attention's output is gated by a projection of the hidden state (Kimi K3).
    """

    kind: Literal["mla"] = "mla"
    heads: PositiveInt
    q_lora_rank: PositiveInt | None
    kv_lora_rank: PositiveInt
    qk_nope_head_dim: PositiveInt
    qk_rope_head_dim: Annotated[int, Field(ge=0, le=2**40)]
    v_head_dim: PositiveInt
    indexer: Indexer | None = None
    output_gate: bool = False


class CompressedAttention(_Row):
    """DeepSeek V4's attention: a sliding window on every layer plus compressed entries.

    ``compress_ratio`` 0 is window only, 4 is CSA (with an indexer), 128 is HCA. One entry of
    ``head_dim`` values serves as both K and V (one KV head).
    """

    kind: Literal["compressed"] = "compressed"
    heads: PositiveInt
    head_dim: PositiveInt
    rope_head_dim: PositiveInt
    q_lora_rank: PositiveInt
    o_groups: PositiveInt
    o_lora_rank: PositiveInt
    window: PositiveInt
    compress_ratio: Literal[0, 4, 128]
    indexer: Indexer | None = None


class GatedDeltaNet(_Row):
    """Gated DeltaNet linear attention (Qwen3-Next): a fixed recurrent state per sequence."""

    kind: Literal["gated_delta"] = "gated_delta"
    k_heads: PositiveInt
    v_heads: PositiveInt
    k_head_dim: PositiveInt
    v_head_dim: PositiveInt
    conv_kernel: PositiveInt


class Mamba2(_Row):
    """A Mamba-2 state-space block (Nemotron-3): a fixed recurrent state per sequence.

    The inner width is ``heads * head_dim``; the convolution runs over the inner width and both
    projections B and C of ``groups * state_size``.
    """

    kind: Literal["mamba2"] = "mamba2"
    heads: PositiveInt
    head_dim: PositiveInt
    state_size: PositiveInt
    groups: PositiveInt
    conv_kernel: PositiveInt


class KimiDelta(_Row):
    """Kimi Delta Attention (Kimi-Linear, Kimi K3): q, k and v of ``heads * head_dim`` each.

    ``full_rank_gate``: the output gate is one full matrix instead of two of rank ``head_dim``.
    ``stored_decays``: entries of the decay vector where the checkpoint pads it beyond one a head.
    """

    kind: Literal["kimi_delta"] = "kimi_delta"
    heads: PositiveInt
    head_dim: PositiveInt
    conv_kernel: PositiveInt
    full_rank_gate: bool = False
    stored_decays: PositiveInt | None = None


class NoAttention(_Row):
    """A layer that is a feed-forward block only (Nemotron-3): nothing is cached."""

    kind: Literal["none"] = "none"


Attention = Annotated[
    GqaAttention
    | MlaAttention
    | CompressedAttention
    | GatedDeltaNet
    | Mamba2
    | KimiDelta
    | NoAttention,
    Field(discriminator="kind"),
]


class DenseFfn(_Row):
    """A feed-forward block: gate, up and down of ``hidden x width``; no gate when not ``gated``."""

    kind: Literal["dense"] = "dense"
    width: PositiveInt
    gated: bool = True


class MoeFfn(_Row):
    """A mixture of experts: ``top_k`` of ``experts`` run for a token, the shared one always.

    ``router_bias`` is a score-correction bias per expert (a buffer in the reference code);
    ``router_linear_bias`` a bias of the router projection; ``expert_bias`` biases inside the
    experts (gpt-oss); ``shared_gate`` the scalar gate of the shared expert (Qwen3-Next).
    ``hash_layers``: the first layers that route by a token-id table instead of a bias (V4).
    ``dense_width``: a dense block that runs beside the experts for every token, and
    ``router_scales``: a gain of the router's input and one of every expert's output (Gemma 4).
    ``gated`` False: experts have an up and a down matrix only (Nemotron-3). ``latent_width``:
    the experts read and write a projection of this width instead of the hidden state, and
    ``latent_norm``: it has a norm of its own (Kimi K3).
    """

    kind: Literal["moe"] = "moe"
    experts: PositiveInt
    top_k: PositiveInt
    width: PositiveInt
    shared_experts: Annotated[int, Field(ge=0)] = 0
    shared_width: PositiveInt | None = None
    shared_gate: bool = False
    router_bias: bool = False
    router_linear_bias: bool = False
    expert_bias: bool = False
    hash_layers: Annotated[int, Field(ge=0)] = 0
    dense_width: PositiveInt | None = None
    router_scales: bool = False
    gated: bool = True
    latent_width: PositiveInt | None = None
    latent_norm: bool = False


class NoFfn(_Row):
    """A layer without a feed-forward block (Nemotron-3)."""

    kind: Literal["none"] = "none"


Ffn = Annotated[DenseFfn | MoeFfn | NoFfn, Field(discriminator="kind")]


class LayerPattern(_Row):
    """Which named block each layer uses: ``prefix`` first, then ``cycle`` repeated to the end."""

    prefix: tuple[str, ...] = ()
    cycle: tuple[str, ...]

    def expand(self, layers: int) -> tuple[str, ...]:
        """The block name of every layer, in order; length ``layers``."""
        names = list(self.prefix[:layers])
        while len(names) < layers:
            names.extend(self.cycle)
        return tuple(names[:layers])


class Mtp(_Row):
    """Multi-token-prediction layers shipped with the checkpoint, after the main layers.

    An MTP layer is a decoder layer (blocks ``attention`` and ``ffn``; those of the last main
    layer when they are None), a projection from twice the hidden size and three norms; V4 adds
    its own mHC head. ``style`` names the family it follows. ``embed_head_copies``: the
    checkpoint repeats the embedding and the head inside the MTP layer. ``in_gguf``: llama.cpp's
    converter keeps the layers in the file.
    """

    layers: PositiveInt
    style: Literal[
        "deepseek_v3",
        "deepseek_v4",
        "glm4_moe",
        "glm_dsa",
        "qwen3_next",
        "qwen3_5",
        "nemotron_h",
    ]
    attention: str | None = None
    ffn: str | None = None
    embed_head_copies: bool = False
    in_gguf: bool = False


class Architecture(_Row):
    """Hyperparameters of a decoder-only transformer, enough to list every tensor.

    ``gguf_vocab_size``: rows that llama.cpp's converter keeps of the embedding when it cuts
    padding off. ``rope_factors``: length of the table of rope factors in GGUF files.
    ``mhc_head``: the streams are mixed by weights before the head, not just averaged.
    ``attention_residuals``: blocks read scored sums of earlier layers' outputs (Kimi K3).
    ``layer_scalars``: one constant a layer that scales its output (Gemma 4).
    ``vision_parameters`` and ``drafter_parameters`` with ``drafter_bytes`` (a draft model in
    the checkpoint that only speculative decoding loads) are sourced figures, not derived.
    """

    gguf_arch: str
    hidden_size: PositiveInt
    layers: PositiveInt
    vocab_size: PositiveInt
    tied_embeddings: bool = False
    attention: dict[str, Attention]
    attention_pattern: LayerPattern
    ffn: dict[str, Ffn]
    ffn_pattern: LayerPattern
    norms_per_layer: Annotated[int, Field(ge=0, le=8)] = 2
    mhc_streams: Annotated[int, Field(ge=0)] = 0
    mhc_head: bool = True
    attention_residuals: bool = False
    layer_scalars: bool = False
    mtp: Mtp | None = None
    gguf_vocab_size: PositiveInt | None = None
    rope_factors: Annotated[int, Field(ge=0)] = 0
    vision_parameters: Annotated[int, Field(ge=0)] = 0
    drafter_parameters: Annotated[int, Field(ge=0)] = 0
    drafter_bytes: Annotated[int, Field(ge=0)] = 0

    def __hash__(self) -> int:
        # Dicts cannot be hashed; equality still compares everything. Keys of caches.
        return hash((self.gguf_arch, self.hidden_size, self.layers, self.vocab_size))


class Source(_Row):
    """Where a figure was read."""

    what: str
    source: str
    date: str | None = None


class FileLayer(_Row):
    """One layer of a real file, in bytes; the fields are those of ``LayerWeights``."""

    routed_experts_bytes: Annotated[int, Field(ge=0, le=2**50)]
    other_bytes: Annotated[int, Field(ge=0, le=2**50)]
    largest_expert_tensor_bytes: Annotated[int, Field(ge=0, le=2**50)] = 0


class WeightFile(_Row):
    """A real file whose headers were read: its bytes by layer and by part.

    ``id`` is what a plan names as its ``weights``. ``container`` decides the engines: ``gguf``
    for llama.cpp, ``safetensors`` for vLLM and SGLang. The byte fields are those of
    ``WeightLayout``; ``file_bytes`` is the size of the file or files with their headers.
    """

    id: str
    label: str
    container: Literal["gguf", "safetensors"]
    file_bytes: Annotated[int, Field(ge=1, le=2**50)]
    token_embd_bytes: Annotated[int, Field(ge=0, le=2**50)]
    output_bytes: Annotated[int, Field(ge=0, le=2**50)]
    tied_head_bytes: Annotated[int, Field(ge=0, le=2**50)] = 0
    other_bytes: Annotated[int, Field(ge=0, le=2**50)] = 0
    layers: tuple[FileLayer, ...]
    mtp: tuple[FileLayer, ...] = ()
    bytes_by_part: dict[str, int]
    storage: str = ""
    """The storage types present, for people: ``Q4_K + Q6_K + F32``."""


class ModelSpec(_Row):
    """One catalogue row: a released model.

    ``native_format`` names the storage of the published checkpoint, by part (see
    :mod:`moeplanner_gui.core.weights`). ``verified`` is False or "partly" when a figure could
    not be checked, and ``verified_note`` says which; both are shown.
    """

    id: str
    name: str
    family: str
    hf_id: str
    licence: str
    released: str | None
    max_context: PositiveInt
    architecture: Architecture
    native_format: dict[str, str]
    native_label: str
    verified: Literal["yes", "partly", "no"]
    verified_note: str = ""
    sources: tuple[Source, ...]
    files: tuple[WeightFile, ...] = ()

    def __hash__(self) -> int:
        # Rows are keys of caches that are read several times for every evaluated plan.
        return hash(self.id)

    @property
    def is_moe(self) -> bool:
        """True when any layer routes tokens to experts."""
        return any(isinstance(block, MoeFfn) for block in self.architecture.ffn.values())
