"""The groups of reading a prompt, what is fitted in each, and where the fit starts.

A parameter is fitted in logarithms and drawn towards its start: by how much is its spread, one
standard deviation as a factor. What no row tells about stays at its start.
"""

from __future__ import annotations

from dataclasses import dataclass

from moeplanner_gui.core.speed.prefill_constants import PrefillGroup

OWN: dict[str, float] = {
    "efficiency": 3.0,
    "expert_share": 1.5,
    "attention_share": 1.8,
    "narrow_share": 1.5,
    "wide_share": 1.3,
    "wide_expert_share": 2.5,
    "compressed_share": 1.7,
    "growth_tokens": 3.0,
}
"""Fitted in each group that has rows, unless it follows another, with the spread."""

SHARED: dict[str, float] = {
    "fill_tokens": 3.0,
    "exposed_share": 2.0,
    "scaling": 1.3,
    "pipelined": 1.3,
    "copy_share": 1.3,
    "host_tflops": 2.0,
}
"""One number for all groups that have it."""

KEPT = frozenset({"scaling", "pipelined", "growth_tokens"})
"""Numbers that a group has or has not: 1, 0 and None are no starts."""


@dataclass(frozen=True)
class Form:
    """A group before its numbers are known.

    ``follows``: another group whose numbers it shares but for ``own``. ``spreads``: where they
    are not those of :data:`OWN`. ``fixed``: nothing of it is fitted. ``least``: its band is at
    least so wide. ``own_kernels``: on the processor it computes as ik_llama.cpp does.
    """

    id: str
    name: str
    backends: tuple[str, ...]
    families: tuple[str, ...]
    start: dict[str, float]
    engines: tuple[str, ...] = ("llama.cpp",)
    compressed: bool = False
    hosted: bool = False
    sparse: bool = False
    follows: str | None = None
    own: tuple[str, ...] = ()
    spreads: tuple[tuple[str, float], ...] = ()
    weak: bool = False
    fixed: bool = False
    own_kernels: bool = False
    note: str | None = None
    least: tuple[float, float] | None = None

    def group(self) -> PrefillGroup:
        """The group at its start."""
        return PrefillGroup.model_validate(
            {
                "id": self.id,
                "name": self.name,
                "engines": self.engines,
                "backends": self.backends,
                "families": self.families,
                "compressed": self.compressed,
                "hosted": self.hosted,
                "sparse": self.sparse,
                "low": 0.5,
                "high": 2.0,
                "rows": 0,
                "combinations": 0,
                "weak": self.weak,
                "note": self.note,
                **self.start,
            }
        )


_NO_WIDE_UNIT = (("wide_share", 3.0), ("wide_expert_share", 1.2))
"""Vulkan widens 16-bit weights by another path than quantised ones, dense or not."""

FORMS: tuple[Form, ...] = (
    Form(
        "llama-cuda",
        "llama.cpp, NVIDIA cards",
        ("cuda",),
        ("nvidia-gddr", "nvidia-hbm"),
        {"efficiency": 0.35, "scaling": 0.7, "pipelined": 0.7},
        note="Most rows are of builds of May 2024; newer ones read prompts faster.",
    ),
    Form(
        "llama-cuda-hosted",
        "llama.cpp, NVIDIA card and host memory",
        ("cuda",),
        ("nvidia-gddr", "nvidia-hbm"),
        {"efficiency": 0.35, "scaling": 0.7, "pipelined": 0.7},
        hosted=True,
        follows="llama-cuda",
        weak=True,
        note="Most rows are of ik_llama.cpp, which computes on the processor what llama.cpp "
        "copies to the card.",
    ),
    Form(
        "llama-cuda-v4",
        "DeepSeek V4 on NVIDIA cards",
        ("cuda",),
        ("nvidia-gddr", "nvidia-hbm"),
        {"efficiency": 0.35, "scaling": 0.7, "pipelined": 0.7},
        compressed=True,
        follows="llama-cuda",
        own=("compressed_share",),
        weak=True,
        note="One machine, four V100 with ds4, an engine made for this model.",
    ),
    Form(
        "llama-cuda-unified",
        "llama.cpp, GB10 and Jetson",
        ("cuda",),
        ("nvidia-unified",),
        {"efficiency": 0.39},
        weak=True,
        note="One machine, GB10; the TFLOPS of these boards are not verified.",
        least=(0.3, 2.2),
    ),
    Form(
        "llama-cuda-unified-v4",
        "DeepSeek V4 on GB10 and Jetson",
        ("cuda",),
        ("nvidia-unified",),
        {"efficiency": 0.39, "compressed_share": 0.8},
        compressed=True,
        sparse=True,
        follows="llama-cuda-unified",
        own=("compressed_share", "attention_share"),
        weak=True,
        note="Measured on GB10 with ds4, an engine made for this model; the TFLOPS of these boards "
        "are not verified.",
        least=(0.25, 2.5),
    ),
    Form(
        "llama-rocm",
        "llama.cpp with ROCm, Radeon and Instinct",
        ("rocm",),
        ("radeon", "instinct"),
        {"efficiency": 0.34, "scaling": 0.7},
        weak=True,
        note="One card, R9700.",
    ),
    Form(
        "llama-rocm-apu",
        "llama.cpp with ROCm, Strix Halo",
        ("rocm",),
        ("radeon-unified",),
        {"efficiency": 0.25, "growth_tokens": 400_000.0},
    ),
    Form(
        "llama-vulkan",
        "llama.cpp with Vulkan or SYCL",
        ("vulkan", "sycl"),
        (),
        {"efficiency": 0.3, "scaling": 0.7, "growth_tokens": 400_000.0},
        spreads=_NO_WIDE_UNIT,
        weak=True,
        note="Two kinds of card, R9700 and RX 9070 XT.",
    ),
    Form(
        "llama-vulkan-apu",
        "llama.cpp with Vulkan, Strix Halo",
        ("vulkan",),
        ("radeon-unified",),
        {"efficiency": 0.2, "growth_tokens": 200_000.0},
        spreads=_NO_WIDE_UNIT,
    ),
    Form(
        "llama-metal",
        "llama.cpp, Apple",
        ("metal",),
        ("apple",),
        {"efficiency": 0.6},
        weak=True,
        note="Builds of May 2024 on M1 to M3; two models.",
    ),
    Form(
        "llama-metal-v4",
        "DeepSeek V4, Apple",
        ("metal",),
        ("apple",),
        {"efficiency": 0.6, "compressed_share": 0.8},
        compressed=True,
        sparse=True,
        follows="llama-metal",
        own=("compressed_share", "attention_share"),
        weak=True,
        note="Measured with ds4, an engine made for this model.",
    ),
    Form(
        "llama-cpu",
        "llama.cpp, processor only",
        ("cpu",),
        ("cpu",),
        {"efficiency": 0.5},
        follows="llama-cuda",
        weak=True,
        note="The catalogue has no figure for what a processor computes: the same for all.",
        least=(0.3, 3.0),
    ),
    Form(
        "vllm",
        "vLLM and SGLang",
        (),
        (),
        {"efficiency": 0.45, "scaling": 0.85, "attention_share": 1.5},
        engines=("vllm", "sglang"),
        fixed=True,
        weak=True,
        note="Set by hand, not fitted: seven prompt rates of vLLM on one and two RTX 5090 "
        "(github.com/noonghunna/club-3090, issues 858, 1026, 1079 and 1107, 2026).",
    ),
    Form(
        "ktransformers",
        "KTransformers",
        (),
        (),
        {"efficiency": 0.35, "scaling": 0.7},
        engines=("ktransformers",),
        follows="llama-cuda",
        own_kernels=True,
        weak=True,
        note="No published row that the fit may see: ik_llama.cpp's processor kernels stand in.",
    ),
)

FORM_OF = {form.id: form for form in FORMS}
GROUPS: tuple[PrefillGroup, ...] = tuple(form.group() for form in FORMS)
