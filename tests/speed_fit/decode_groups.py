"""The groups of constants that the fit of decode fills, and what is believed before it sees a row.

A group without rows keeps what its engine, back end and kind of card let expect.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Prior:
    """Start of a parameter; how far (natural logarithm) the common value and a group may stray."""

    start: float
    common: float
    own: float


PRIORS: dict[str, Prior] = {
    "efficiency": Prior(0.90, 0.10, 0.15),
    "unpack_ops": Prior(3.0, 0.7, 0.7),
    "bf16_experts_factor": Prior(1.0, 0.02, 0.02),
    "cache_efficiency": Prior(0.8, 0.2, 0.3),
    "attention_efficiency": Prior(0.5, 0.5, 0.6),
    "layer_us": Prior(60.0, 0.5, 0.7),
    "moe_us": Prior(45.0, 0.5, 0.7),
    "batch_us": Prior(100.0, 0.7, 0.7),
    "latent_us": Prior(70.0, 0.15, 0.9),
    "linear_us": Prior(10.0, 0.7, 0.8),
    "mamba_us": Prior(40.0, 0.6, 0.7),
    # Combinations of V4 are few: what its layers do is common, whatever runs them.
    "compressed_us": Prior(80.0, 0.2, 0.1),
    "compressed_ops": Prior(18.0, 0.8, 0.3),
    "compressed_factor": Prior(0.5, 0.5, 0.3),
    "union_power": Prior(0.8, 0.1, 0.03),
    "compute_efficiency": Prior(0.25, 0.4, 0.4),
    "host_efficiency": Prior(0.88, 0.1, 0.12),
    "host_unpack_bytes": Prior(0.15, 0.5, 0.4),
    "host_layer_us": Prior(100.0, 0.5, 0.6),
    "host_linear_us": Prior(700.0, 0.7, 0.7),
}
AT_MOST = {"efficiency": 1.0, "cache_efficiency": 1.0, "union_power": 1.0, "host_efficiency": 1.05}
"""Nothing is read faster than memory delivers; a host's measured figure may be a little low."""


@dataclass(frozen=True)
class Group:
    """One row to be fitted. ``starts`` replace those of :data:`PRIORS`, ``loose`` how far the
    group may stray. ``like`` names the group that stands in where no row is.
    """

    id: str
    name: str
    engines: tuple[str, ...]
    backends: tuple[str, ...]
    families: tuple[str, ...]
    starts: dict[str, float] = field(default_factory=dict)
    loose: dict[str, float] = field(default_factory=dict)
    note: str | None = None


_LLAMA = ("llama.cpp",)
_SERVER = {
    "efficiency": 0.79,
    "layer_us": 33.0,
    "moe_us": 20.0,
    "latent_us": 120.0,
    "compressed_us": 170.0,
    "batch_us": 10.0,
}
_HBM_SERVER = {
    "efficiency": 0.68,
    "layer_us": 25.0,
    "moe_us": 19.0,
    "latent_us": 105.0,
    "compressed_us": 150.0,
    "batch_us": 10.0,
}
_NO_V4 = {"compressed_us": 150.0}
"""Nobody measured V4 there: a layer of it takes no less than one with experts of other models."""
_EMULATED = {"bf16_experts_factor": 0.7, "compressed_factor": 1.5}
_DS4 = (
    "DeepSeek V4 was measured here with ds4, an engine made for it; llama.cpp itself may be slower."
)

GROUPS = (
    Group(
        "llama-cuda",
        "llama.cpp, CUDA",
        _LLAMA,
        ("cuda",),
        ("nvidia-gddr",),
        _NO_V4,
    ),
    Group(
        "llama-cuda-hbm",
        "llama.cpp, CUDA, HBM cards",
        _LLAMA,
        ("cuda",),
        ("nvidia-hbm",),
        {"efficiency": 0.75},
        # Its only experts are those of an unusual run of V4 on four cards.
        {"moe_us": 0.15, "latent_us": 0.3, "attention_efficiency": 0.3, "compressed_us": 2.0},
        note=_DS4,
    ),
    Group(
        "llama-cuda-unified",
        "llama.cpp, CUDA, shared memory (GB10, Thor)",
        _LLAMA,
        ("cuda",),
        ("nvidia-unified",),
        note=_DS4,
    ),
    Group("llama-rocm", "llama.cpp, ROCm, Radeon", _LLAMA, ("rocm",), ("radeon",), _NO_V4),
    Group(
        "llama-rocm-instinct",
        "llama.cpp, ROCm, Instinct",
        _LLAMA,
        ("rocm",),
        ("instinct",),
        # As on NVIDIA's HBM cards, whose bandwidth one stream does not fill.
        {**_NO_V4, "efficiency": 0.75},
    ),
    Group(
        "llama-rocm-unified",
        "llama.cpp, ROCm, shared memory",
        _LLAMA,
        ("rocm",),
        ("radeon-unified",),
    ),
    Group(
        "llama-vulkan",
        "llama.cpp, Vulkan or SYCL",
        _LLAMA,
        ("vulkan", "sycl"),
        (),
        # V4 was measured with this back end on shared memory alone, where it is slow.
        {**_NO_V4, "compressed_factor": 1.7},
        loose=_EMULATED,
    ),
    Group(
        "llama-vulkan-unified",
        "llama.cpp, Vulkan, shared memory",
        _LLAMA,
        ("vulkan",),
        ("radeon-unified",),
        loose=_EMULATED,
    ),
    Group("llama-metal", "llama.cpp, Metal", _LLAMA, ("metal",), ("apple",), note=_DS4),
    Group(
        "llama-cpu",
        "llama.cpp, processor only",
        _LLAMA,
        ("cpu",),
        (),
        # Its rows are of one desktop for the most part, where layers and unpacking cannot be
        # told apart; on a server with ten times the bandwidth only the layers would be left.
        {"host_layer_us": 250.0, "host_unpack_bytes": 0.05, "host_efficiency": 0.85},
        {"host_layer_us": 0.2, "host_unpack_bytes": 0.3},
    ),
    Group(
        "vllm",
        "vLLM, NVIDIA",
        ("vllm",),
        ("cuda",),
        ("nvidia-gddr",),
        # What two and four cards of the same kind take, published for one model, separates the
        # bytes (which are divided) from the layers (which are not): 27B on RTX 3090.
        {**_SERVER, "layer_us": 24.0, "moe_us": 12.0, "linear_us": 5.0},
        {"layer_us": 0.1, "moe_us": 0.1, "latent_us": 0.2, "linear_us": 0.1, "efficiency": 0.05},
    ),
    Group("sglang", "SGLang, NVIDIA", ("sglang",), ("cuda",), ("nvidia-gddr",), _SERVER),
    Group(
        "servers-hbm",
        "vLLM and SGLang, NVIDIA HBM cards",
        ("vllm", "sglang"),
        ("cuda",),
        ("nvidia-hbm",),
        _HBM_SERVER,
    ),
    Group(
        "servers-blackwell",
        "vLLM and SGLang, NVIDIA B200 and B300",
        ("vllm", "sglang"),
        ("cuda",),
        ("nvidia-hbm-blackwell",),
        {**_HBM_SERVER, "compressed_us": 75.0},
        note="Measured with TensorRT-LLM, which comes nearest.",
    ),
    Group("servers", "vLLM and SGLang, other cards", ("vllm", "sglang"), (), (), _SERVER),
    Group("ktransformers", "KTransformers", ("ktransformers",), (), (), _SERVER),
)
