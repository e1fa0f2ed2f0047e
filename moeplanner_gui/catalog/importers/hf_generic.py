"""A model_type that is not known: read as a plain Llama-like decoder, or refused.

Only when every field that decides a size is there and no key names a part that such a decoder
does not have. A guess that is wrong by a gigabyte is worse than a refusal.
"""

from __future__ import annotations

import re

from moeplanner_gui.catalog.importers.failure import ImportFailure, shown
from moeplanner_gui.catalog.importers.fields import Fields
from moeplanner_gui.catalog.importers.hf_blocks import Draft, dense, gqa, layer_count
from moeplanner_gui.core.words import say

_NEEDED = (
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
    "vocab_size",
    "tie_word_embeddings",
)
_HARMLESS = re.compile(
    r"^(_name_or_path|_attn_implementation|architectures|auto_map|attention_bias|attention_dropout"
    r"|attn_pdrop|bos_token_id|eos_token_id|pad_token_id|unk_token_id|sep_token_id|dtype"
    r"|torch_dtype|embd_pdrop|resid_pdrop|head_dim|hidden_act|hidden_activation|hidden_size"
    r"|hidden_dropout|id2label|label2id|initializer_range|intermediate_size|max_position_embeddings"
    r"|mlp_bias|model_type|num_attention_heads|num_hidden_layers|num_key_value_heads|pretraining_tp"
    r"|quantization_config|rms_norm_eps|norm_eps|rope_parameters|rope_scaling|rope_theta"
    r"|partial_rotary_factor|rotary_dim|tie_word_embeddings|transformers_version|use_cache"
    r"|vocab_size|max_length|min_length|do_sample|num_beams|temperature|top_k|top_p|sliding_window"
    r"|use_sliding_window|max_window_layers|output_attentions|output_hidden_states|return_dict"
    r"|is_decoder|is_encoder_decoder|chunk_size_feed_forward|problem_type|use_return_dict"
    r"|tokenizer_class|task_specific_params|torchscript|original_max_position_embeddings)$"
)


def generic(f: Fields) -> Draft:
    """Blocks of a plain decoder.

    Raises:
        ImportFailure: A field is missing, or one asks for something else; names it.
    """
    model_type = f.text("model_type")
    said = say("“{0}” is an architecture that is not known here", shown(model_type))
    if not model_type:
        said = say("model_type is missing")
    for name in _NEEDED:
        if not f.has(name):
            raise ImportFailure(
                say("{0}, and {1} is missing: its size cannot be counted.", said, name),
                field="model_type" if not model_type else name,
            )
    strange = next((key for key in f.given_keys() if not _HARMLESS.match(key)), None)
    if strange is not None:
        raise ImportFailure(
            say(
                "{0}, and its field {1} may change the size: it cannot be counted.",
                said,
                shown(strange),
            ),
            field=strange,
        )
    f.refuse_when(
        "mlp_bias", f.flag("mlp_bias"), say("biases of the feed-forward are not modelled.")
    )
    bias = f.flag("attention_bias")
    layers = layer_count(f)
    f.notes.append(
        say(
            "{0}. It was read as a plain decoder with grouped-query attention, two "
            "norms a layer and a gated feed-forward block; compare its size with "
            "the published one.",
            said,
        )
    )
    return Draft(
        gguf_arch="llama",
        attention={"full": gqa(f, qkv_bias=bias, o_bias=bias)},
        attention_layers=["full"] * layers,
        ffn={"dense": dense(f)},
        ffn_layers=["dense"] * layers,
    )
