"""What llama.cpp refuses to start (release b11549), each as a sentence that stands alone.

Sources: ``llama_init_from_model``, ``llama_arch_supports_sm_tensor`` and the option parser.
"""

from __future__ import annotations

from moeplanner_gui.core.engines.profile import ModelProfile
from moeplanner_gui.core.kv_cache import BLOCK_BYTES
from moeplanner_gui.core.model import CompressedAttention, GqaAttention, MlaAttention
from moeplanner_gui.core.plan import Deployment
from moeplanner_gui.core.verdict_words import cannot_run
from moeplanner_gui.core.words import say

MOST_SLOTS = 256
"""``LLAMA_MAX_SEQ``."""
MOST_SHARES = 15
"""``--tensor-split`` takes fewer values than ``llama_max_devices()``, which is 16."""
NOT_SPLIT_BY_TENSOR = frozenset(
    {
        "grok",
        "mpt",
        "plamo2",
        "minicpm3",
        "gemma3n",
        "mamba",
        "mamba2",
        "jamba",
        "falcon-h1",
        "olmo2",
        "olmoe",
        "deepseek2",
        "deepseek32",
        "hy_v4",
        "dots3note",
        "glm-dsa",
        "bitnet",
        "t5",
        "nemotron_h",
        "nemotron_h_moe",
        "granitehybrid",
        "minimax-01",
        "minimax-m2",
        "minimax-m3",
        "mistral4",
        "kimi-linear",
        "bailingmoe3",
        "kimi-k3",
        "glm5-next",
        "qwen3tts",
        "qwen4exp",
    }
)
"""Architectures that ``-sm tensor`` does not know (``llm_arch_supports_sm_tensor``)."""


def refuse(options: Deployment, profile: ModelProfile, slots: int, cards: int) -> str | None:
    """Why llama.cpp would not start, or None."""
    name = profile.spec.name
    if not profile.spec.architecture.gguf_arch:
        return cannot_run(say("llama.cpp b11549 has no architecture for {0}.", name))
    if slots > MOST_SLOTS:
        return cannot_run(
            say("llama.cpp serves at most {0} sequences (-np). Choose fewer.", MOST_SLOTS)
        )
    return _refuse_cache(options, profile) or _refuse_split(options, profile, cards)


def _refuse_cache(options: Deployment, profile: ModelProfile) -> str | None:
    for chosen in (options.cache_type_k, options.cache_type_v):
        if chosen == "fp8":
            return cannot_run(say("llama.cpp has no fp8 KV cache. Choose q8_0."))
    type_k, type_v = cache_type(options.cache_type_k), cache_type(options.cache_type_v)
    blocks = BLOCK_BYTES[type_k][0], BLOCK_BYTES[type_v][0]
    if blocks[1] > 1 and not options.flash_attention:
        return cannot_run(
            say(
                "llama.cpp needs flash attention for a {0} V cache. Turn flash attention on.",
                type_v,
            )
        )
    for block in profile.kinds:
        if type_k != type_v and isinstance(block, CompressedAttention):
            return cannot_run(
                say(
                    "DeepSeek V4 keeps one entry for K and V: both cache types "
                    "must be the same. Choose {0} for both.",
                    type_k,
                )
            )
        if type_k != type_v and isinstance(block, MlaAttention):
            return cannot_run(
                say(
                    "Latent attention reads V from K: llama.cpp wants the same "
                    "type for both caches. Choose {0} for both.",
                    type_k,
                )
            )
        if isinstance(block, GqaAttention):
            key, value = block.head_dim, block.v_head_dim or block.head_dim
            if not options.flash_attention:
                key, value = key * block.kv_heads, value * block.kv_heads
            for width, size, kind in ((key, blocks[0], type_k), (value, blocks[1], type_v)):
                if width % size:
                    return cannot_run(
                        say(
                            "The heads of this model do not fill blocks of {0}. Choose f16.",
                            kind,
                        )
                    )
    return None


def _refuse_split(options: Deployment, profile: ModelProfile, cards: int) -> str | None:
    arch = profile.spec.architecture.gguf_arch
    if options.split == "row":
        return cannot_run(
            say("llama.cpp's CUDA back end no longer has split mode row. Choose layer or tensor.")
        )
    if options.split == "tensor":
        if not cards:
            return cannot_run(say("Split mode tensor needs a card. Choose layer."))
        if arch in NOT_SPLIT_BY_TENSOR:
            return cannot_run(
                say("llama.cpp has no split mode tensor for {0}. Choose layer.", arch)
            )
        if not options.flash_attention:
            return cannot_run(say("Split mode tensor needs flash attention. Turn it on."))
        given = profile.gguf_layers + 1 if options.gpu_layers is None else options.gpu_layers
        if cards > 1 and given <= profile.gguf_layers:
            return cannot_run(
                say(
                    "Split mode tensor with some layers in host memory is not "
                    "worked out here. Put all layers on the cards, or choose split mode "
                    "layer."
                )
            )
    if options.split == "none" and cards and options.main_gpu >= cards:
        return cannot_run(
            say(
                "The main card is number {0}, counted from 0, and the rig "
                "has {1}. Choose a lower number.",
                options.main_gpu,
                cards,
            )
        )
    if options.tensor_split and len(options.tensor_split) > MOST_SHARES:
        return cannot_run(
            say(
                "llama.cpp takes at most {0} shares of a tensor split. Choose fewer.",
                MOST_SHARES,
            )
        )
    return None


def cache_type(chosen: str) -> str:
    """llama.cpp's own name of a cache type."""
    return "f16" if chosen == "auto" else chosen
