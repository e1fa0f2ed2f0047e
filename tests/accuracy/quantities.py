"""Every quantity that is held to a target. The targets are the product's promise: a change that
misses one fails the tests.
"""

from __future__ import annotations

from functools import partial

from tests.accuracy import card_rows, llama_rows, model_rows
from tests.accuracy.comparison import Quantity, Target

EXACT = Target()
_LLAMA = "llama.cpp release b11549, no-allocation projection"
_PACKAGED = "llama.cpp as packaged in llama-cpp-python 0.3.36, no-allocation projection"
_COUNTS = "transformers 5.23, instantiated from the published config.json"

QUANTITIES = (
    Quantity("Parameters, total and active", "parameters", _COUNTS, EXACT, model_rows.parameters),
    Quantity("Parameters by part", "parameters", _COUNTS, EXACT, model_rows.parameters_by_part),
    Quantity(
        "Imported config.json, by part",
        "parameters",
        _COUNTS,
        EXACT,
        model_rows.imported_configurations,
    ),
    Quantity(
        "Imported config.json, further families",
        "parameters",
        _COUNTS,
        EXACT,
        model_rows.imported_families,
    ),
    Quantity(
        "Published checkpoints",
        "B",
        "indexes and element counts of the releases",
        Target(slack=480),
        model_rows.checkpoints,
    ),
    Quantity("GGUF recipes", "B", "llama-quantize --dry-run", EXACT, model_rows.recipes),
    Quantity(
        "Published GGUF files",
        "B",
        "pages of the files",
        Target(below=0.01, above=0.01),
        model_rows.published_files,
    ),
    Quantity("llama.cpp: KV cache and state", "B", _LLAMA, EXACT, llama_rows.kv_cache),
    Quantity(
        "llama.cpp: weights on a device",
        "B",
        _LLAMA,
        Target(below=0.0001, above=0.005, slack=2**20),
        llama_rows.weights,
    ),
    Quantity(
        "llama.cpp: compute buffers, closed form",
        "B",
        _LLAMA,
        Target(below=0.0001, above=0.01, slack=2**17),
        partial(llama_rows.compute, True),
        safe_side=True,
    ),
    Quantity(
        "llama.cpp: compute buffers, other modes",
        "B",
        _LLAMA,
        Target(below=0.0001, above=0.05, slack=2**17, share=0.986),
        partial(llama_rows.compute, False),
        safe_side=True,
    ),
    Quantity(
        "llama.cpp: host buffers beside a card",
        "B",
        _LLAMA,
        Target(below=0.0001, above=0.05, slack=2**20),
        llama_rows.host_buffers,
        safe_side=True,
    ),
    Quantity(
        "llama.cpp: layers of each card", "layer", _LLAMA, EXACT, llama_rows.layers_of_devices
    ),
    Quantity(
        "llama.cpp: total of each of several cards",
        "B",
        _LLAMA,
        Target(below=0.0001, above=0.02, slack=2**17),
        llama_rows.device_totals,
        safe_side=True,
    ),
    Quantity(
        "llama.cpp: KV cache of other models and options",
        "B",
        _PACKAGED,
        EXACT,
        llama_rows.other_caches,
    ),
    Quantity(
        "llama.cpp: weights of each card under options",
        "B",
        _PACKAGED,
        Target(below=0.0001, above=0.005, slack=2**20),
        llama_rows.other_weights,
    ),
    Quantity(
        "vLLM: KV cache of DeepSeek V4",
        "B",
        "vLLM 0.33.0, derived from its source",
        Target(below=0.0001, above=0.02, slack=2**20),
        card_rows.vllm_pages,
    ),
    Quantity(
        "Taken of a card before the engine's buffers",
        "B",
        "free memory that engines print",
        Target(below=0.0, above=0.6),
        card_rows.taken_before_buffers,
        safe_side=True,
    ),
)
