"""Which catalogue model stands behind the name that an API gives it. Unsure names have none.

Only names of the same weights are joined: a later checkpoint of the same shape (R1 0528), a
faster or a quantised variant is another offer, and what it serves stays open.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from types import MappingProxyType

from moeplanner_gui.core.words import say

_OTHER_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "deepseek_v3": "deepseek-v3",
        "deepseek-chat-v3.1": "deepseek-v3.1",
        "gemma-3-27b-it": "gemma-3-27b",
        "gemma-4-26b-a4b-it": "gemma-4-26b-a4b",
        "gemma-4-31b-it": "gemma-4-31b",
        "llama-3.1-8b-instant": "llama-3.1-8b",
        "llama-3.1-8b-instruct": "llama-3.1-8b",
        "llama-v3.1-8b-instruct": "llama-3.1-8b",
        "llama-3.3-70b-instruct": "llama-3.3-70b",
        "llama-3.3-70b-versatile": "llama-3.3-70b",
        "llama-4-scout-17b-16e-instruct": "llama-4-scout",
        "llama-4-maverick-17b-128e-instruct": "llama-4-maverick",
        "llama-4-maverick-17b-128e-instruct-fp8": "llama-4-maverick",
        "llama4-maverick-instruct-basic": "llama-4-maverick",
        "mistral-large-2512": "mistral-large-3",
        "mistral-small-2603": "mistral-small-4",
        "mixtral-8x7b-instruct": "mixtral-8x7b",
        "mixtral-8x7b-instruct-v0.1": "mixtral-8x7b",
        "mixtral-8x7b-32768": "mixtral-8x7b",
        "mixtral-8x22b-instruct": "mixtral-8x22b",
        "mixtral-8x22b-instruct-v0.1": "mixtral-8x22b",
        "nvidia-nemotron-3-ultra-550b-a55b": "nemotron-3-ultra-550b-a55b",
        "nemotron-3-ultra-nvfp4": "nemotron-3-ultra-550b-a55b",
        "glm-5.3-flash-nvfp4": "glm-5.3-flash",
        "qwen-2.5-72b-instruct": "qwen2.5-72b",
        "qwen3-coder": "qwen3-coder-480b-a35b",
        "qwen3-coder-480b-a35b-instruct": "qwen3-coder-480b-a35b",
        "qwen3-next-80b-a3b-instruct": "qwen3-next-80b-a3b",
    }
)

_AT: Mapping[str, str | None] = MappingProxyType(
    {
        # At the lab the plain name is the 0813 checkpoint.
        "deepseek/deepseek-v4-pro": "deepseek-v4-pro-0813",
        # Retired on 2026-09-10: V4.1 Flash, which the catalogue knows by name only, answers.
        "deepseek/deepseek-v4-flash": None,
    }
)

_REDUCED: Mapping[str, str] = MappingProxyType(
    {"-fp8": say("Served in FP8."), "-nvfp4": say("Served in NVFP4.")}
)


def served_model(provider: str, model: str, known: Container[str]) -> str | None:
    """The catalogue id of what an API serves under a name, None where that is not sure."""
    at = f"{provider}/{model}"
    if at in _AT:
        return _AT[at]
    plain = _plain(model)
    found = _OTHER_NAMES.get(plain, plain)
    return found if found in known else None


def quality_note(model: str) -> str | None:
    """What the name says about fewer bits than the published weights have."""
    plain = _plain(model)
    return next((text for ending, text in _REDUCED.items() if plain.endswith(ending)), None)


def _plain(model: str) -> str:
    # Fireworks writes kimi-k2p6 for K2.6.
    return re.sub(r"(?<=\d)p(?=\d)", ".", model.rsplit("/", 1)[-1].lower())
