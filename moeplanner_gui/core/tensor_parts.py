"""What tensors are for: the parts by which parameters and bytes are told apart."""

from __future__ import annotations

from enum import StrEnum

Shape = tuple[int, ...]
Entry = tuple[str, "Part", Shape]
"""A tensor of a layer: llama.cpp's name without the layer, what it is for, ggml's shape."""


class Part(StrEnum):
    """What a tensor is for. The order is the order in which parts are shown."""

    TOKEN_EMBD = "token_embd"
    LM_HEAD = "lm_head"
    NORM = "norm"
    ATTENTION = "attention"
    INDEXER = "indexer"
    COMPRESSOR = "compressor"
    MHC = "mhc"
    ATTENTION_RESIDUAL = "attention_residual"
    ROUTER = "router"
    ROUTER_BIAS = "router_bias"
    HASH_TABLE = "hash_table"
    ROUTED_EXPERTS = "routed_experts"
    SHARED_EXPERTS = "shared_experts"
    LATENT_PROJ = "latent_moe_proj"
    DENSE_FFN = "dense_ffn"
    RECURRENT = "recurrent"
    MTP = "mtp"
    DRAFTER = "drafter"
    VISION = "vision"
    ROPE = "rope"
    LAYER_SCALAR = "layer_scalar"


# Tables of integers or of constants take memory but are not parameters; those of a drafter are
# not known one by one.
NOT_PARAMETERS = frozenset({Part.HASH_TABLE, Part.ROPE, Part.LAYER_SCALAR, Part.DRAFTER})
