"""Which options each engine has, under the names of its own command line. Knows no Qt.

A field is one entry of the plan's ``deployment``; its default is the plan's own, so that the
dialog can say which options were changed.
"""

from __future__ import annotations

from dataclasses import field
from typing import Any, Literal

from moeplanner_gui.core.plan import Deployment, Plan, Workload
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say

LLAMA = frozenset({"llama.cpp"})
SERVERS = frozenset({"vllm", "sglang", "ktransformers"})
KTRANSFORMERS = frozenset({"ktransformers"})
RANKED = frozenset({"vllm", "sglang"})
"""KTransformers was checked with tensor parallel only."""

Kind = Literal["count", "optional", "switch", "choice", "shares", "share"]

GROUPS = (
    say("Cards"),
    say("Experts"),
    say("KV cache"),
    say("Batches"),
    say("Memory"),
    say("Host memory"),
    say("Prediction"),
    say("Speed"),
)
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
        return say("off: {0}", flag) if flag in _SWITCH_OFF else flag


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
        say("Back end"),
        {},
        "choice",
        say("Cards"),
        say(
            "Which build computes on the cards. Left alone: CUDA, ROCm, Metal or "
            "SYCL, whichever is the vendor's own."
        ),
        unset=say("by the cards"),
    ),
    OptionField(
        "split",
        say("Split"),
        _llama("-sm"),
        "choice",
        say("Cards"),
        say(
            "How several cards share the model: whole layers, each tensor, or "
            "everything on one card. Row is refused by the CUDA back end."
        ),
        choices=("layer", "row", "tensor", "none"),
    ),
    OptionField(
        "tensor_split",
        say("Shares of the cards"),
        _llama("-ts"),
        "shares",
        say("Cards"),
        say("One number a card, for example 3, 1. Empty: in proportion to the free memory."),
        unset=say("by free memory"),
    ),
    OptionField(
        "main_gpu",
        say("The one card"),
        _llama("-mg"),
        "count",
        say("Cards"),
        say("The card that split none uses, counted from 0."),
        high=2047,
    ),
    OptionField(
        "gpu_layers",
        say("Layers on cards"),
        _llama("-ngl"),
        "optional",
        say("Cards"),
        say(
            "Layers beyond this number stay in host memory and run on the "
            "processor. The output head counts as one."
        ),
        unset=say("all"),
    ),
    OptionField(
        "cpu_moe_layers",
        say("Layers with experts in host memory"),
        _llama("-ncmoe"),
        "count",
        say("Experts"),
        say("Routed experts of the first layers stay in host memory: less card memory, slower."),
        low=-1,
    ),
    OptionField(
        "disk_moe_layers",
        say("Of these, on the disk"),
        {},
        "count",
        say("Experts"),
        say(
            "Experts of the last of these layers are read from the disk when they "
            "are needed (memory mapping): bound by the speed of the disk."
        ),
        low=-1,
    ),
    OptionField(
        "op_offload",
        say("Prompts run experts on a card"),
        {"llama.cpp": "--no-op-offload", "ktransformers": "--kt-gpu-prefill-token-threshold"},
        "switch",
        say("Experts"),
        say(
            "Long prompts copy the experts of host memory to a card, which needs "
            "room for the largest of their tensors; under KTransformers for a "
            "whole layer of them."
        ),
        engines=LLAMA | KTRANSFORMERS,
    ),
    OptionField(
        "cache_type_k",
        say("Type of keys"),
        _llama("-ctk"),
        "choice",
        say("KV cache"),
        say("Storage type of the keys."),
        choices=_LLAMA_CACHE,
    ),
    OptionField(
        "cache_type_v",
        say("Type of values"),
        _llama("-ctv"),
        "choice",
        say("KV cache"),
        say("Storage type of the values; a quantised one needs flash attention."),
        choices=_LLAMA_CACHE,
    ),
    OptionField(
        "cache_type_k",
        say("Cache type"),
        _servers("--kv-cache-dtype", "--kv-cache-dtype"),
        "choice",
        say("KV cache"),
        say("Storage type of keys and values."),
        choices=_SERVER_CACHE,
        engines=SERVERS,
    ),
    OptionField(
        "kv_offload",
        say("Cache on the cards"),
        _llama("-nkvo"),
        "switch",
        say("KV cache"),
        say("Off: the cache stays in host memory, and attention runs on the processor."),
    ),
    OptionField(
        "unified_kv",
        say("One cache for all users"),
        _llama("-kvu"),
        "switch",
        say("KV cache"),
        say("Users share the whole context instead of dividing it into equal parts."),
    ),
    OptionField(
        "swa_full",
        say("Full-length window caches"),
        _llama("--swa-full"),
        "switch",
        say("KV cache"),
        say(
            "Sliding-window layers keep the whole context, which lets prompts be "
            "reused; much larger."
        ),
    ),
    OptionField(
        "flash_attention",
        say("Flash attention"),
        _llama("-fa"),
        "switch",
        say("Batches"),
        say("Off: the scores of a layer are written out, which takes far more working memory."),
    ),
    OptionField(
        "batch",
        say("Batch"),
        _llama("-b"),
        "count",
        say("Batches"),
        say("Tokens that are submitted at once."),
        low=1,
        high=1_048_576,
        unit=f" {say('tokens')}",
    ),
    OptionField(
        "ubatch",
        say("Micro-batch"),
        _llama("-ub"),
        "count",
        say("Batches"),
        say("Tokens that are computed at once; the working buffers grow with it."),
        low=1,
        high=1_048_576,
        unit=f" {say('tokens')}",
    ),
    OptionField(
        "frontend",
        say("Program"),
        {},
        "choice",
        say("Batches"),
        say(
            "llama-server reserves the scores of one token a user; llama-cli and "
            "llama-bench those of a whole micro-batch."
        ),
        choices=("server", "cli"),
    ),
    OptionField(
        "repack",
        say("Repack weights for the processor"),
        _llama("--no-repack"),
        "switch",
        say("Host memory"),
        say("Weights that the processor computes with are kept a second time in a faster order."),
    ),
    OptionField(
        "tensor_parallel",
        say("Tensor parallel"),
        _servers("-tp", "--tp"),
        "count",
        say("Cards"),
        say("Cards that share every layer; must divide the attention heads."),
        low=1,
        high=1024,
        engines=SERVERS,
    ),
    OptionField(
        "pipeline_parallel",
        say("Pipeline parallel"),
        _servers("-pp", "--pp"),
        "count",
        say("Cards"),
        say("Groups of cards that share the layers one after the other."),
        low=1,
        high=1024,
        engines=RANKED,
    ),
    OptionField(
        "data_parallel",
        say("Data parallel"),
        _servers("-dp", "--dp"),
        "count",
        say("Cards"),
        say("Copies that serve different users."),
        low=1,
        high=1024,
        engines=RANKED,
    ),
    OptionField(
        "expert_parallel",
        say("Expert parallel"),
        _servers("-ep", "--ep"),
        "switch",
        say("Cards"),
        say("Every card keeps whole experts instead of a slice of each."),
        engines=RANKED,
    ),
    OptionField(
        "gpu_experts",
        say("Experts of a layer on the card"),
        {"ktransformers": "--kt-num-gpu-experts"},
        "count",
        say("Experts"),
        say("The others stay in host memory and run on the processor."),
        engines=KTRANSFORMERS,
    ),
    OptionField(
        "memory_utilization",
        say("Share of a card to fill"),
        _servers("--gpu-memory-utilization", "--mem-fraction-static"),
        "share",
        say("Memory"),
        say(
            "The engine takes this share of each card and gives what is left after "
            "the weights to the KV cache."
        ),
        engines=SERVERS,
    ),
    OptionField(
        "max_batched_tokens",
        say("Tokens of a step"),
        _servers("--max-num-batched-tokens", "--chunked-prefill-size"),
        "optional",
        say("Memory"),
        say("Tokens of one scheduler step; the working memory grows with it."),
        low=1,
        high=1_048_576,
        unit=f" {say('tokens')}",
        unset=say("engine's default"),
        engines=SERVERS,
    ),
    OptionField(
        "cuda_graphs",
        say("CUDA graphs"),
        _servers("--enforce-eager", "--disable-cuda-graph"),
        "switch",
        say("Memory"),
        say("Off saves the memory of the graphs and slows decoding."),
        engines=SERVERS,
    ),
    OptionField(
        "mtp",
        say("Multi-token prediction"),
        _servers("--speculative-config", "--speculative-algorithm"),
        "switch",
        say("Prediction"),
        say("Loads the prediction layers of the checkpoint, where it has them."),
        engines=SERVERS,
    ),
    OptionField(
        "draft_tokens",
        say("Tokens guessed at a time"),
        _servers("num_speculative_tokens", "--speculative-num-draft-tokens"),
        "count",
        say("Prediction"),
        say("How many tokens the prediction layers guess before the model checks them."),
        low=1,
        high=16,
        engines=SERVERS,
    ),
    OptionField(
        "acceptance_rate",
        say("Guesses that are right"),
        {},
        "share",
        say("Prediction"),
        say(
            "The share of guessed tokens that the model accepts; it depends on the "
            "text. Left alone, the usual share of such layers."
        ),
        unset=say("usual share"),
        engines=SERVERS,
    ),
    OptionField(
        "prompt_tokens",
        say("Prompt that is waited for"),
        {},
        "optional",
        say("Speed"),
        say(
            "Its length decides the time to the first token and the mean speed of "
            "reading it. Left alone, a prompt that fills the context of a user."
        ),
        low=1,
        high=2**31 - 1,
        unit=f" {say('tokens')}",
        unset=say("a full context"),
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
