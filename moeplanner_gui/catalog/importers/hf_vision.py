"""Parameters of the vision tower and its projector, where config.json gives them exactly.

Sums over the modules that transformers 5.23 builds for each vision_config. A family that is not
here, or a config.json without its vision_config, counts as 0 with a note: never a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from moeplanner_gui.catalog.importers.fields import Fields
from moeplanner_gui.core.words import say

TOWER_NOT_COUNTED: Final = say(
    "The vision tower is not counted: config.json does not give its exact size."
)


def _linear(inputs: int, outputs: int, *, bias: bool = True) -> int:
    return inputs * outputs + (outputs if bias else 0)


def _encoder(hidden: int, width: int, layers: int) -> int:
    """Blocks with two layer norms, four projections with bias and a two-layer MLP."""
    attention = 4 * _linear(hidden, hidden)
    mlp = _linear(hidden, width) + _linear(width, hidden)
    return layers * (4 * hidden + attention + mlp)


def _patches(f: Fields) -> int:
    return (f.size("image_size") // f.size("patch_size")) ** 2


def _qwen(f: Fields, top: Fields, text_hidden: int) -> int:
    hidden, merge = f.size("hidden_size"), f.size("spatial_merge_size")
    volume = (
        f.size("in_channels", default=3) * f.size("temporal_patch_size") * f.size("patch_size") ** 2
    )
    merged = hidden * merge * merge
    head = _linear(merged, merged) + _linear(merged, f.size("out_hidden_size"))
    total = _linear(volume, hidden) + f.size("num_position_embeddings") * hidden
    total += _encoder(hidden, f.size("intermediate_size"), f.size("depth"))
    return total + 2 * hidden + head


def _qwen_vl(f: Fields, top: Fields, text_hidden: int) -> int:
    merged = f.size("hidden_size") * f.size("spatial_merge_size") ** 2
    head = _linear(merged, merged) + _linear(merged, f.size("out_hidden_size"))
    deep = len(f.numbers("deepstack_visual_indexes") or ())
    return _qwen(f, top, text_hidden) + deep * (2 * merged + head)


def _siglip_gemma3(f: Fields, top: Fields, text_hidden: int) -> int:
    hidden = f.size("hidden_size")
    total = _linear(f.size("num_channels", default=3) * f.size("patch_size") ** 2, hidden)
    total += _patches(f) * hidden
    total += _encoder(hidden, f.size("intermediate_size"), f.size("num_hidden_layers"))
    total += 2 * hidden
    if f.flag("vision_use_head", default=True):
        probe = hidden + 4 * hidden * hidden + 4 * hidden
        width = f.size("intermediate_size")
        total += probe + 2 * hidden + _linear(hidden, width) + _linear(width, hidden)
    return total + hidden * text_hidden + hidden


def _gemma4(f: Fields, top: Fields, text_hidden: int) -> int:
    hidden, width = f.size("hidden_size"), f.size("intermediate_size")
    heads, dim = f.size("num_attention_heads"), f.size("head_dim")
    kv = f.size("num_key_value_heads") * dim
    attention = 2 * hidden * heads * dim + 2 * hidden * kv + 2 * dim
    layer = attention + 3 * hidden * width + 4 * hidden
    total = 3 * f.size("patch_size") ** 2 * hidden
    total += 2 * f.size("position_embedding_size", default=10 * 1024) * hidden
    return total + f.size("num_hidden_layers") * layer + hidden * text_hidden


def _llama4(f: Fields, top: Fields, text_hidden: int) -> int:
    hidden, width = f.size("hidden_size"), f.size("intermediate_size")
    patches = _patches(f) + 1
    total = f.size("num_channels") * f.size("patch_size") ** 2 * hidden
    total += hidden + patches * hidden + 4 * hidden
    total += _encoder(hidden, width, f.size("num_hidden_layers"))
    inner, out = f.size("projector_input_dim"), f.size("projector_output_dim")
    return total + width * inner + out * out + f.size("vision_output_dim") * text_hidden


def _kimi(f: Fields, top: Fields, text_hidden: int) -> int:
    hidden = f.size("vt_hidden_size", "hidden_size", default=1152)
    width = f.size("vt_intermediate_size", "intermediate_size", default=4304)
    layers = f.size("vt_num_hidden_layers", "num_hidden_layers", default=27)
    height = f.size("init_pos_emb_height", "pos_emb_height", default=64)
    wide = f.size("init_pos_emb_width", "pos_emb_width", default=64)
    total = _linear(3 * f.size("patch_size", default=14) ** 2, hidden) + height * wide * hidden
    total += _encoder(hidden, width, layers) + 2 * hidden
    merge = f.numbers("merge_kernel_size") or [2, 2]
    merged = hidden * merge[0] * merge[-1] if merge else hidden
    norm = f.size("mm_hidden_size", "projection_hidden_size", default=hidden)
    return total + 2 * norm + _linear(merged, merged) + _linear(merged, text_hidden)


def _pixtral(f: Fields, top: Fields, text_hidden: int) -> int:
    hidden, width = f.size("hidden_size"), f.size("intermediate_size")
    inner = f.size("num_attention_heads") * (
        f.optional_size("head_dim") or hidden // f.size("num_attention_heads")
    )
    layer = 4 * hidden * inner + 3 * hidden * width + 2 * hidden
    total = f.size("num_channels") * f.size("patch_size") ** 2 * hidden + hidden
    total += f.size("num_hidden_layers") * layer
    bias = top.flag("multimodal_projector_bias")
    merge = top.size("spatial_merge_size", default=2)
    total += hidden + merge * merge * hidden * hidden
    return (
        total
        + _linear(hidden, text_hidden, bias=bias)
        + _linear(text_hidden, text_hidden, bias=bias)
    )


_TOWERS: Mapping[str, tuple[str, Callable[[Fields, Fields, int], int]]] = {
    "qwen3_5": ("qwen3_5_vision", _qwen),
    "qwen3_5_moe": ("qwen3_5_moe_vision", _qwen),
    "qwen3_vl": ("qwen3_vl_vision", _qwen_vl),
    "qwen3_vl_moe": ("qwen3_vl_moe_vision", _qwen_vl),
    "gemma3": ("siglip_vision_model", _siglip_gemma3),
    "gemma4": ("gemma4_vision", _gemma4),
    "llama4": ("llama4_vision_model", _llama4),
    "kimi_k25": ("kimi_k25_vision", _kimi),
    "mistral3": ("pixtral", _pixtral),
}
"""By the model_type of the whole model: the defaults of its vision_config, and the sum."""


def vision_parameters(
    top: Fields, model_type: str, text_hidden: int, config: Mapping[str, Any]
) -> int:
    """Parameters of the vision tower with its projector; 0 with a note when not known.

    Args:
        top: The whole config.json; notes go there.
        model_type: Its model_type.
        text_hidden: The hidden size of the language model.
        config: The config.json itself.
    """
    for other in ("audio_config", "audio_encoder_config", "speech_config"):
        if config.get(other) is not None:
            top.notes.append(
                say("Its audio encoder is not counted: config.json gives no exact size.")
            )
            break
    given = config.get("vision_config")
    tower = _TOWERS.get(model_type)
    if given is None or tower is None:
        if given is not None or tower is not None:
            top.notes.append(TOWER_NOT_COUNTED)
        return 0
    fields = top.inside("vision_config", tower[0])
    assert fields is not None
    return tower[1](fields, top, text_hidden)
