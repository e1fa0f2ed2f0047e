"""Which options each engine has, under the names of its own command line. Knows no Qt.

A field is one entry of the plan's ``deployment``; its default is the plan's own, so that the
dialog can say which options were changed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from moeplanner_gui.core.plan import Deployment, Plan, Workload

LLAMA = frozenset({"llama.cpp"})
SERVERS = frozenset({"vllm", "sglang", "ktransformers"})
KTRANSFORMERS = frozenset({"ktransformers"})
RANKED = frozenset({"vllm", "sglang"})
"""KTransformers was checked with tensor parallel only."""

Kind = Literal["count", "optional", "switch", "choice", "shares", "share"]

GROUPS = ("Cards", "Experts", "KV cache", "Batches", "Memory", "Host memory", "Prediction", "Speed")
_LLAMA_CACHE = ("f16", "bf16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0", "iq4_nl", "f32")
_SERVER_CACHE = ("auto", "fp8", "bf16")


@dataclass(frozen=True, slots=True)
class OptionField:
    """One option.

    Attributes:
        name: The field of ``Deployment``, or of ``Workload`` where it is ``asked``.
        label: For people.
        flag: What the engine calls it, by engine; "" when it has no flag of its own.
        kind: How it is edited. ``optional`` is a count that may be left to the engine,
            ``shares`` one number a card, ``share`` a part of one.
        group: The heading it stands under.
        tip: What it does and what it costs, one or two sentences.
        low, high: The range of a count.
        choices: What can be chosen.
        unset: What an option that may be left to the engine says then; its value is None.
        asked: It says what is asked of the engine, not how that is started.
    """

    name: str
    label: str
    flag: dict[str, str]
    kind: Kind
    group: str
    tip: str
    low: int = 0
    high: int = 4096
    choices: tuple[str, ...] = ()
    unset: str = ""
    unit: str = ""
    engines: frozenset[str] = field(default=LLAMA)
    asked: bool = False

    @property
    def default(self) -> Any:
        """The plan's default."""
        part = Workload if self.asked else Deployment
        return part.model_fields[self.name].default

    def value_in(self, plan: Plan) -> Any:
        """What a plan has chosen."""
        return getattr(plan.workload if self.asked else plan.deployment, self.name)

    def flag_of(self, engine: str) -> str:
        """The engine's own name of the option; one that switches it off says so."""
        flag = self.flag.get(engine, "")
        return f"off: {flag}" if flag in _SWITCH_OFF else flag


def _llama(flag: str) -> dict[str, str]:
    return {"llama.cpp": flag}


def _servers(vllm: str, sglang: str) -> dict[str, str]:
    return {"vllm": vllm, "sglang": sglang, "ktransformers": sglang}


_SWITCH_OFF = frozenset(
    ("--no-op-offload", "-nkvo", "--no-repack", "--enforce-eager", "--disable-cuda-graph")
)
"""Flags that are given where the box is empty."""


FIELDS: tuple[OptionField, ...] = (
    OptionField(
        "backend",
        "Back end",
        {},
        "choice",
        "Cards",
        "Which build computes on the cards. Left alone: CUDA, ROCm, Metal or SYCL, whichever is "
        "the vendor's own.",
        unset="by the cards",
    ),
    OptionField(
        "split",
        "Split",
        _llama("-sm"),
        "choice",
        "Cards",
        "How several cards share the model: whole layers, each tensor, or everything on one card. "
        "Row is refused by the CUDA back end.",
        choices=("layer", "row", "tensor", "none"),
    ),
    OptionField(
        "tensor_split",
        "Shares of the cards",
        _llama("-ts"),
        "shares",
        "Cards",
        "One number a card, for example 3, 1. Empty: in proportion to the free memory.",
        unset="by free memory",
    ),
    OptionField(
        "main_gpu",
        "The one card",
        _llama("-mg"),
        "count",
        "Cards",
        "The card that split none uses, counted from 0.",
        high=2047,
    ),
    OptionField(
        "gpu_layers",
        "Layers on cards",
        _llama("-ngl"),
        "optional",
        "Cards",
        "Layers beyond this number stay in host memory and run on the processor. "
        "The output head counts as one.",
        unset="all",
    ),
    OptionField(
        "cpu_moe_layers",
        "Layers with experts in host memory",
        _llama("-ncmoe"),
        "count",
        "Experts",
        "Routed experts of the first layers stay in host memory: less card memory, slower.",
        low=-1,
    ),
    OptionField(
        "disk_moe_layers",
        "Of these, on the disk",
        {},
        "count",
        "Experts",
        "Experts of the last of these layers are read from the disk when they are needed "
        "(memory mapping): bound by the speed of the disk.",
        low=-1,
    ),
    OptionField(
        "op_offload",
        "Prompts run experts on a card",
        {"llama.cpp": "--no-op-offload", "ktransformers": "--kt-gpu-prefill-token-threshold"},
        "switch",
        "Experts",
        "Long prompts copy the experts of host memory to a card, which needs room for the "
        "largest of their tensors; under KTransformers for a whole layer of them.",
        engines=LLAMA | KTRANSFORMERS,
    ),
    OptionField(
        "cache_type_k",
        "Type of keys",
        _llama("-ctk"),
        "choice",
        "KV cache",
        "Storage type of the keys.",
        choices=_LLAMA_CACHE,
    ),
    OptionField(
        "cache_type_v",
        "Type of values",
        _llama("-ctv"),
        "choice",
        "KV cache",
        "Storage type of the values; a quantised one needs flash attention.",
        choices=_LLAMA_CACHE,
    ),
    OptionField(
        "cache_type_k",
        "Cache type",
        _servers("--kv-cache-dtype", "--kv-cache-dtype"),
        "choice",
        "KV cache",
        "Storage type of keys and values.",
        choices=_SERVER_CACHE,
        engines=SERVERS,
    ),
    OptionField(
        "kv_offload",
        "Cache on the cards",
        _llama("-nkvo"),
        "switch",
        "KV cache",
        "Off: the cache stays in host memory, and attention runs on the processor.",
    ),
    OptionField(
        "unified_kv",
        "One cache for all users",
        _llama("-kvu"),
        "switch",
        "KV cache",
        "Users share the whole context instead of dividing it into equal parts.",
    ),
    OptionField(
        "swa_full",
        "Full-length window caches",
        _llama("--swa-full"),
        "switch",
        "KV cache",
        "Sliding-window layers keep the whole context, which lets prompts be reused; much larger.",
    ),
    OptionField(
        "flash_attention",
        "Flash attention",
        _llama("-fa"),
        "switch",
        "Batches",
        "Off: the scores of a layer are written out, which takes far more working memory.",
    ),
    OptionField(
        "batch",
        "Batch",
        _llama("-b"),
        "count",
        "Batches",
        "Tokens that are submitted at once.",
        low=1,
        high=1_048_576,
        unit=" tokens",
    ),
    OptionField(
        "ubatch",
        "Micro-batch",
        _llama("-ub"),
        "count",
        "Batches",
        "Tokens that are computed at once; the working buffers grow with it.",
        low=1,
        high=1_048_576,
        unit=" tokens",
    ),
    OptionField(
        "frontend",
        "Program",
        {},
        "choice",
        "Batches",
        "llama-server reserves the scores of one token a user; llama-cli and llama-bench those "
        "of a whole micro-batch.",
        choices=("server", "cli"),
    ),
    OptionField(
        "repack",
        "Repack weights for the processor",
        _llama("--no-repack"),
        "switch",
        "Host memory",
        "Weights that the processor computes with are kept a second time in a faster order.",
    ),
    OptionField(
        "tensor_parallel",
        "Tensor parallel",
        _servers("-tp", "--tp"),
        "count",
        "Cards",
        "Cards that share every layer; must divide the attention heads.",
        low=1,
        high=1024,
        engines=SERVERS,
    ),
    OptionField(
        "pipeline_parallel",
        "Pipeline parallel",
        _servers("-pp", "--pp"),
        "count",
        "Cards",
        "Groups of cards that share the layers one after the other.",
        low=1,
        high=1024,
        engines=RANKED,
    ),
    OptionField(
        "data_parallel",
        "Data parallel",
        _servers("-dp", "--dp"),
        "count",
        "Cards",
        "Copies that serve different users.",
        low=1,
        high=1024,
        engines=RANKED,
    ),
    OptionField(
        "expert_parallel",
        "Expert parallel",
        _servers("-ep", "--ep"),
        "switch",
        "Cards",
        "Every card keeps whole experts instead of a slice of each.",
        engines=RANKED,
    ),
    OptionField(
        "gpu_experts",
        "Experts of a layer on the card",
        {"ktransformers": "--kt-num-gpu-experts"},
        "count",
        "Experts",
        "The others stay in host memory and run on the processor.",
        engines=KTRANSFORMERS,
    ),
    OptionField(
        "memory_utilization",
        "Share of a card to fill",
        _servers("--gpu-memory-utilization", "--mem-fraction-static"),
        "share",
        "Memory",
        "The engine takes this share of each card and gives what is left after the weights to "
        "the KV cache.",
        engines=SERVERS,
    ),
    OptionField(
        "max_batched_tokens",
        "Tokens of a step",
        _servers("--max-num-batched-tokens", "--chunked-prefill-size"),
        "optional",
        "Memory",
        "Tokens of one scheduler step; the working memory grows with it.",
        low=1,
        high=1_048_576,
        unit=" tokens",
        unset="engine's default",
        engines=SERVERS,
    ),
    OptionField(
        "cuda_graphs",
        "CUDA graphs",
        _servers("--enforce-eager", "--disable-cuda-graph"),
        "switch",
        "Memory",
        "Off saves the memory of the graphs and slows decoding.",
        engines=SERVERS,
    ),
    OptionField(
        "mtp",
        "Multi-token prediction",
        _servers("--speculative-config", "--speculative-algorithm"),
        "switch",
        "Prediction",
        "Loads the prediction layers of the checkpoint, where it has them.",
        engines=SERVERS,
    ),
    OptionField(
        "draft_tokens",
        "Tokens guessed at a time",
        _servers("num_speculative_tokens", "--speculative-num-draft-tokens"),
        "count",
        "Prediction",
        "How many tokens the prediction layers guess before the model checks them.",
        low=1,
        high=16,
        engines=SERVERS,
    ),
    OptionField(
        "acceptance_rate",
        "Guesses that are right",
        {},
        "share",
        "Prediction",
        "The share of guessed tokens that the model accepts; it depends on the text. "
        "Left alone, the usual share of such layers.",
        unset="usual share",
        engines=SERVERS,
    ),
    OptionField(
        "prompt_tokens",
        "Prompt that is waited for",
        {},
        "optional",
        "Speed",
        "Its length decides the time to the first token and the mean speed of reading it. "
        "Left alone, a prompt that fills the context of a user.",
        low=1,
        high=2**31 - 1,
        unit=" tokens",
        unset="a full context",
        engines=LLAMA | SERVERS,
        asked=True,
    ),
)


def fields_of(engine: str) -> tuple[OptionField, ...]:
    """The options of an engine, in the order of their headings."""
    chosen = [option for option in FIELDS if engine in option.engines]
    return tuple(sorted(chosen, key=lambda option: GROUPS.index(option.group)))


def default_of(option: OptionField, engine: str) -> Any:
    """The default under an engine: the plan's own, but servers keep the cache as the model."""
    if option.name.startswith("cache_type") and engine != "llama.cpp":
        return "auto"
    return option.default
