"""A config.json of Hugging Face to a model row: which family it is, and what it says.

Knows the table of model types; what each family's fields mean is in the modules beside this
one. A missing key means what transformers 5.23 takes it to mean.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from moeplanner_gui.catalog.importers import hf_dense, hf_experts, hf_hybrid, hf_latent, hf_mixed
from moeplanner_gui.catalog.importers.failure import ImportFailure, shown
from moeplanner_gui.catalog.importers.fields import Fields
from moeplanner_gui.catalog.importers.hf_blocks import Draft, architecture_of
from moeplanner_gui.catalog.importers.hf_generic import generic
from moeplanner_gui.catalog.importers.hf_storage import storage_of
from moeplanner_gui.catalog.importers.hf_vision import vision_parameters
from moeplanner_gui.core.model import ModelSpec, Source
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say


@dataclass(frozen=True, slots=True)
class Family:
    """How one model_type is read.

    Attributes:
        label: The family's name for people.
        build: Reads the fields.
        defaults: The model_type whose defaults apply, where it is another one.
    """

    label: str
    build: Callable[[Fields], Draft]
    defaults: str = ""


COUNTED = say("Counted from config.json.")
"""How the note of a row begins that was read from such a file."""
_FAMILIES: Mapping[str, Family] = {
    "llama": Family("Llama", hf_dense.llama),
    "mistral": Family("Mistral", hf_dense.mistral),
    "ministral": Family("Mistral", hf_dense.ministral),
    "ministral3": Family("Mistral", hf_dense.ministral3),
    "mixtral": Family("Mistral", hf_experts.mixtral),
    "mistral4": Family("Mistral", hf_latent.mistral4),
    "qwen2": Family("Qwen", hf_dense.qwen2),
    "qwen2_vl_text": Family("Qwen", hf_dense.qwen2),
    "qwen2_5_vl_text": Family("Qwen", hf_dense.qwen2),
    "qwen3": Family("Qwen", hf_dense.qwen3),
    "qwen3_vl_text": Family("Qwen", hf_dense.qwen3),
    "qwen2_moe": Family("Qwen", hf_experts.qwen2_moe),
    "qwen3_moe": Family("Qwen", hf_experts.qwen3_moe),
    "qwen3_vl_moe_text": Family("Qwen", hf_experts.qwen3_moe),
    "qwen3_next": Family("Qwen", hf_hybrid.qwen3_next),
    "qwen3_5_text": Family("Qwen", hf_hybrid.qwen3_5),
    "qwen3_5_moe_text": Family("Qwen", hf_hybrid.qwen3_5_moe),
    "llama4_text": Family("Llama", hf_mixed.llama4),
    "deepseek_v2": Family("DeepSeek", hf_latent.deepseek_v2),
    "deepseek_v3": Family("DeepSeek", hf_latent.deepseek_v3),
    "deepseek_v32": Family("DeepSeek", hf_latent.deepseek_v32),
    "deepseek_v4": Family("DeepSeek", hf_latent.deepseek_v4),
    "kimi_k2": Family("Kimi", hf_latent.deepseek_v3, "deepseek_v3"),
    "kimi_linear": Family("Kimi", hf_latent.kimi_linear),
    "glm": Family("GLM", hf_dense.glm),
    "glm4": Family("GLM", hf_dense.glm4),
    "glm4_moe": Family("GLM", hf_experts.glm4_moe),
    "glm4v_moe_text": Family("GLM", hf_experts.glm4_moe),
    "glm4_moe_lite": Family("GLM", hf_latent.glm4_lite),
    "glm_moe_dsa": Family("GLM", hf_latent.glm_dsa),
    "glm5_next_text": Family("GLM", hf_latent.glm5_next),
    "gpt_oss": Family("gpt-oss", hf_mixed.gpt_oss),
    "minimax_m2": Family("MiniMax", hf_experts.minimax_m2),
    "minimax_m3": Family("MiniMax", hf_mixed.minimax_m3, "minimax_m3_vl_text"),
    "minimax_m3_vl_text": Family("MiniMax", hf_mixed.minimax_m3),
    "nemotron_h": Family("Nemotron", hf_hybrid.nemotron_h),
    "mimo_v2_flash": Family("MiMo", hf_mixed.mimo_v2),
    "step3p5": Family("Step", hf_mixed.step3),
    "step3p7": Family("Step", hf_mixed.step3, "step3p5"),
    "ernie4_5": Family("Ernie", hf_dense.ernie4_5),
    "ernie4_5_moe": Family("Ernie", hf_experts.ernie4_5_moe),
    "hunyuan_v1_dense": Family("Hunyuan", hf_dense.hunyuan_dense),
    "hunyuan_v1_moe": Family("Hunyuan", hf_experts.hunyuan_moe),
    "granite": Family("Granite", hf_dense.granite),
    "granitemoe": Family("Granite", hf_experts.granite_moe),
    "granitemoeshared": Family("Granite", hf_experts.granite_moe),
    "granitemoehybrid": Family("Granite", hf_hybrid.granite_hybrid),
    "olmo2": Family("OLMo", hf_dense.olmo2),
    "olmo3": Family("OLMo", hf_dense.olmo3),
    "olmoe": Family("OLMo", hf_experts.olmoe),
    "flex_olmo": Family("OLMo", hf_experts.olmoe),
    "phi3": Family("Phi", hf_dense.phi3),
    "seed_oss": Family("Seed", hf_dense.seed_oss),
    "cohere": Family("Command", hf_dense.cohere),
    "cohere2": Family("Command", hf_dense.cohere2),
    "dots1": Family("dots", hf_experts.dots1),
    "exaone4": Family("EXAONE", hf_dense.exaone4),
    "smollm3": Family("SmolLM", hf_dense.smollm3),
    "arcee": Family("Arcee", hf_dense.arcee),
    "gemma": Family("Gemma", hf_dense.gemma),
    "gemma2": Family("Gemma", hf_dense.gemma2),
    "gemma3_text": Family("Gemma", hf_dense.gemma3),
    "gemma4_text": Family("Gemma", hf_dense.gemma4),
}

_TEXT_TYPES: Mapping[str, str] = {
    "qwen3_5": "qwen3_5_text",
    "qwen3_5_moe": "qwen3_5_moe_text",
    "qwen3_vl": "qwen3_vl_text",
    "qwen3_vl_moe": "qwen3_vl_moe_text",
    "qwen2_vl": "qwen2_vl_text",
    "qwen2_5_vl": "qwen2_5_vl_text",
    "llama4": "llama4_text",
    "gemma3": "gemma3_text",
    "gemma4": "gemma4_text",
    "kimi_k25": "deepseek_v3",
    "mistral3": "mistral",
    "glm4v_moe": "glm4v_moe_text",
    "glm5_next": "glm5_next_text",
    "minimax_m3_vl": "minimax_m3_vl_text",
    "step3p7": "step3p5",
}
"""Multimodal types: what their text_config is when it does not say so itself."""

_FORCED_TEXT = frozenset({"step3p7", "minimax_m3_vl"})
"""Types whose released text_config carries a name of remote code instead of its type."""


def import_config(config: Mapping[str, Any], *, name: str, source: str) -> ModelSpec:
    """The model row that a config.json describes.

    Args:
        config: The parsed config.json.
        name: What to call the model.
        source: Where the file was read, for the row's sources.

    Raises:
        ImportFailure: The architecture is not one that can be counted, or a field is wrong; the
            sentence names the field.
    """
    top = Fields(config)
    model_type = top.text("model_type")
    fields, family = _text_fields(config, top, model_type)
    try:
        draft = family.build(fields)
        arch = architecture_of(draft, fields, tied=_is_tied(config, top, fields, model_type))
        vision = vision_parameters(top, model_type, arch.hidden_size, config)
        if vision:
            arch = arch.model_copy(update={"vision_parameters": vision})
        storage = storage_of(top, config, arch)
        context = _longest_context(fields)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise ImportFailure(f"{place}: {first['msg']}.", field=place) from None
    notes = tuple(dict.fromkeys(top.notes))
    return ModelSpec(
        id=slug(name),
        name=name,
        family=family.label,
        hf_id=_hf_id(config, name),
        licence="not stated in the file",
        released=None,
        max_context=context,
        architecture=arch,
        native_format=storage.native_format,
        native_label=storage.label,
        verified="partly",
        verified_note=" ".join([COUNTED, *notes]),
        sources=(Source(what="architecture", source=source),),
    )


def _text_fields(config: Mapping[str, Any], top: Fields, model_type: str) -> tuple[Fields, Family]:
    keys = ("text_config", "language_config", "llm_config")
    key = next((name for name in keys if config.get(name) is not None), "")
    nested = top.inside(key) if key else None
    if nested is not None and (model_type not in ("", *_FAMILIES) or model_type in _FORCED_TEXT):
        given = nested.text("model_type")
        default = _TEXT_TYPES.get(model_type, "")
        inner = default if model_type in _FORCED_TEXT or not given else given
        if inner not in _FAMILIES and default:
            inner = default
        if inner in _FAMILIES:
            family = _FAMILIES[inner]
            fields = top.inside(key, family.defaults or inner)
            assert fields is not None
            return fields, family
        raise ImportFailure(
            say(
                "{0}.model_type is “{1}”, an architecture that is not known here; its "
                "size cannot be counted.",
                key,
                shown(given or model_type),
            ),
            field=f"{key}.model_type",
        )
    if model_type == "step3p7":
        # transformers reads the language model of this type from text_config alone; the
        # released file without one holds a vocabulary that its embedding does not have.
        top.notes.append(
            say(
                "config.json has no text_config; the vocabulary is the family's own, "
                "128,815 tokens."
            )
        )
        flat = {key: value for key, value in config.items() if key != "vocab_size"}
        return Fields(flat, "step3p5", notes=top.notes), _FAMILIES[model_type]
    if model_type in _FAMILIES:
        family = _FAMILIES[model_type]
        return Fields(config, family.defaults or model_type, notes=top.notes), family
    if model_type in _TEXT_TYPES:
        # The language model of a multimodal type, saved without its wrapper.
        inner = _TEXT_TYPES[model_type]
        family = _FAMILIES[inner]
        return Fields(config, family.defaults or inner, notes=top.notes), family
    return Fields(config, notes=top.notes), Family("Other", generic)


def _is_tied(config: Mapping[str, Any], top: Fields, fields: Fields, model_type: str) -> bool:
    if config.get("text_config") is not None and config.get("tie_word_embeddings") is not None:
        # The whole model's own key decides: it is the one that transformers ties by.
        return top.flag("tie_word_embeddings")
    if model_type == "mistral3" and not fields.has("tie_word_embeddings"):
        return True
    # transformers ties by default where the family's configuration class does not say.
    return fields.flag("tie_word_embeddings", default=True)


def _longest_context(f: Fields) -> int:
    found = f.optional_size("max_position_embeddings", "model_max_length", "n_positions")
    if found is None:
        f.notes.append(say("config.json names no longest context; 4,096 tokens are assumed."))
        return 4096
    return found


def _hf_id(config: Mapping[str, Any], name: str) -> str:
    for candidate in (config.get("_name_or_path"), name):
        if isinstance(candidate, str) and re.fullmatch(
            r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", candidate
        ):
            return candidate
    return ""


def slug(name: str) -> str:
    """An id made of a name: lower case letters, digits, dots and hyphens."""
    last = name.rsplit("/", 1)[-1].lower()
    words = re.sub(r"[^a-z0-9.]+", "-", last).strip("-.")
    return words[:80].strip("-.") or "imported-model"
