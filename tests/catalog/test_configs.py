"""The catalogue's rows against the published configurations they were read from."""

import json
from pathlib import Path
from typing import Any

import pytest

from moeplanner_gui.catalog.load import Catalog
from moeplanner_gui.core.model import DenseFfn, GqaAttention, MlaAttention, ModelSpec, MoeFfn

CONFIGS = Path(__file__).resolve().parents[1] / "data" / "configs"
ROW_OF = {
    "MiniMaxAI--MiniMax-M2.5": "minimax-m2.5",
    "MiniMaxAI--MiniMax-M3": "minimax-m3",
    "Qwen--Qwen2.5-72B-Instruct": "qwen2.5-72b",
    "Qwen--Qwen3-30B-A3B": "qwen3-30b-a3b",
    "Qwen--Qwen3-Coder-480B-A35B-Instruct": "qwen3-coder-480b-a35b",
    "Qwen--Qwen3-Next-80B-A3B-Instruct": "qwen3-next-80b-a3b",
    "Qwen--Qwen3.5-27B": "qwen3.5-27b",
    "Qwen--Qwen3.5-35B-A3B": "qwen3.5-35b-a3b",
    "XiaomiMiMo--MiMo-V2-Flash": "mimo-v2-flash",
    "deepseek-ai--DeepSeek-R1": "deepseek-r1",
    "deepseek-ai--DeepSeek-R1-Distill-Llama-70B": "deepseek-r1-distill-llama-70b",
    "deepseek-ai--DeepSeek-R1-Distill-Qwen-7B": "deepseek-r1-distill-qwen-7b",
    "deepseek-ai--DeepSeek-V3": "deepseek-v3",
    "deepseek-ai--DeepSeek-V4-Flash": "deepseek-v4-flash",
    "deepseek-ai--DeepSeek-V4-Pro": "deepseek-v4-pro",
    "google--gemma-3-27b-it": "gemma-3-27b",
    "google--gemma-4-26B-A4B": "gemma-4-26b-a4b",
    "meta-llama--Llama-4-Maverick-17B-128E-Instruct": "llama-4-maverick",
    "meta-llama--Llama-4-Scout-17B-16E-Instruct": "llama-4-scout",
    "mistralai--Mistral-Large-3-675B-Instruct-2512": "mistral-large-3",
    "mistralai--Mixtral-8x7B-v0.1": "mixtral-8x7b",
    "moonshotai--Kimi-K2-Instruct": "kimi-k2-instruct",
    "nvidia--Gemma-4-31B-IT-NVFP4": "gemma-4-31b",
    "nvidia--Kimi-K2.6-NVFP4": "kimi-k2.6",
    "nvidia--NVIDIA-Nemotron-3-Super-120B-A12B-FP8": "nemotron-3-super-120b-a12b",
    "nvidia--NVIDIA-Nemotron-3-Ultra-550B-A55B-BF16": "nemotron-3-ultra-550b-a55b",
    "nvidia--Qwen3.6-35B-A3B-NVFP4": "qwen3.6-35b-a3b",
    "openai--gpt-oss-120b": "gpt-oss-120b",
    "stepfun-ai--Step-3.7-Flash": "step-3.7-flash",
    "zai-org--GLM-4.5-Air": "glm-4.5-air",
    "zai-org--GLM-4.6": "glm-4.6",
    "zai-org--GLM-4.7": "glm-4.7",
    "zai-org--GLM-5.2": "glm-5.2",
    "zai-org--GLM-5.3": "glm-5.3",
}

# Each key of a configuration and what the row says of it.
_EXPERTS = ("n_routed_experts", "num_local_experts", "num_experts")
_TOP_K = ("num_experts_per_tok", "num_experts_per_token", "top_k_experts", "experts_per_token")


def _config(name: str) -> dict[str, Any]:
    whole = json.loads((CONFIGS / f"{name}.json").read_text(encoding="utf-8"))
    nested = whole.get("text_config")
    return nested if isinstance(nested, dict) else whole


def _facts(model: ModelSpec) -> dict[str, set[int]]:
    arch = model.architecture
    moe = [b for b in arch.ffn.values() if isinstance(b, MoeFfn)]
    dense = {b.width for b in arch.ffn.values() if isinstance(b, DenseFfn)}
    gqa = [b for b in arch.attention.values() if isinstance(b, GqaAttention)]
    mla = [b for b in arch.attention.values() if isinstance(b, MlaAttention)]
    heads = {b.heads for b in (*gqa, *mla)}
    facts: dict[str, set[int]] = {
        "hidden_size": {arch.hidden_size},
        "num_hidden_layers": {arch.layers},
        "vocab_size": {arch.vocab_size},
        "max_position_embeddings": {model.max_context},
        "sliding_window": {b.window for b in gqa if b.window is not None},
        "moe_intermediate_size": {b.width for b in moe},
        "kv_lora_rank": {b.kv_lora_rank for b in mla},
        "q_lora_rank": {b.q_lora_rank for b in mla if b.q_lora_rank is not None},
        "qk_rope_head_dim": {b.qk_rope_head_dim for b in mla},
        "qk_nope_head_dim": {b.qk_nope_head_dim for b in mla},
        "v_head_dim": {b.v_head_dim for b in mla} | {b.v_head_dim for b in gqa if b.v_head_dim},
        "num_attention_heads": heads,
        "num_key_value_heads": {b.kv_heads for b in gqa},
        **{name: {b.experts for b in moe} for name in _EXPERTS},
        **{name: {b.top_k for b in moe} for name in _TOP_K},
    }
    if not moe:
        facts["intermediate_size"] = dense
    return {name: values for name, values in facts.items() if values}


# Each is named in the row's note: a context that needs YaRN to be switched on, and a vocabulary
# that the reference implementation counts.
_KNOWN = {("qwen2.5-72b", "max_position_embeddings"), ("step-3.7-flash", "vocab_size")}


@pytest.mark.parametrize("name", sorted(ROW_OF))
def test_that_a_row_says_what_its_configuration_says(name: str, shipped: Catalog) -> None:
    model, config = shipped.model(ROW_OF[name]), _config(name)
    differing = {
        key: (config[key], values)
        for key, values in _facts(model).items()
        if isinstance(config.get(key), int)
        and config[key] not in values
        and (model.id, key) not in _KNOWN
    }
    assert not differing


def test_that_every_configuration_with_a_row_is_compared() -> None:
    # Qwen3 32B has no row; that of Mistral Small 4 holds its class name and nothing else.
    left_out = {"Qwen--Qwen3-32B", "mistralai--Mistral-Small-4-119B-2603"}
    assert {path.stem for path in CONFIGS.glob("*.json")} - left_out == ROW_OF.keys()
