"""KTransformers: a fork of SGLang on the cards, the routed experts in host memory.

Attention, shared experts and everything but the routed experts lie on the cards as under SGLang;
``gpu_experts`` experts of every layer lie there too, and the host memory of the cards' node holds
the others once. How the host stores and computes them follows from the format of the weights.

Sources: kt-kernel 0.7.2 (package description; ``kt_kernel/experts.py``, its methods), sglang-kt
0.7.2 (``layers/moe/kt_ep_wrapper.py``: experts of a card, the full layer for long prompts;
``server_args.py``).
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

from moeplanner_gui.core.engines import sglang
from moeplanner_gui.core.engines.limits import refused_drafter
from moeplanner_gui.core.engines.profile import moe_of, profile_of
from moeplanner_gui.core.engines.rank_weights import (
    Cut,
    RankWeights,
    expert_padding,
    rank_weights,
    refused_cut,
)
from moeplanner_gui.core.model import ModelSpec, MoeFfn
from moeplanner_gui.core.placement import Demand, Refusal
from moeplanner_gui.core.plan import Deployment, Plan
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.tensors import Part, model_tensors
from moeplanner_gui.core.units import ceil_div
from moeplanner_gui.core.usable import Device
from moeplanner_gui.core.verdict_words import cannot_run
from moeplanner_gui.core.weights import CHECKPOINT_LABELS, WeightLayout, weight_layout
from moeplanner_gui.core.weights_checkpoint import checkpoint_storage
from moeplanner_gui.core.words import say

VERSION = say("KTransformers 0.7.2")
_METHODS = {
    "fp8_f32": "FP8",
    "fp8_e8m0": "FP8",
    "bf16": "BF16",
    "f16": "BF16",
    "int4_g32": "RAWINT4",
    "fp4_e8m0": "MXFP4",
    "mxfp4": "MXFP4",
    "mxfp8": "MXFP8",
    "nvfp4": "NVFP4",
}
"""``--kt-method`` for experts that the host reads as the checkpoint stores them."""
METHOD_NEEDS = {
    "LLAMAFILE": say("AVX2 (Intel since 2013, AMD Zen)"),
    "RAWINT4": say("AVX-512 F and BW (Intel since Skylake-X, AMD Zen 4)"),
    "FP8": say("AVX-512 with BF16 and VBMI (Intel Sapphire Rapids, AMD Zen 4)"),
    "BF16": say("AVX-512 with BF16 (Intel Cooper Lake and Sapphire Rapids, AMD Zen 4)"),
}
"""What the processor must be able to do, where the package says so."""


@lru_cache(maxsize=1024)
def method_of(spec: ModelSpec, format_id: str) -> str | None:
    """The ``--kt-method`` for the routed experts in a format; None when there is none.

    Args:
        spec: The model.
        format_id: A checkpoint format, or a GGUF recipe, which llamafile's kernels read.
    """
    if format_id == "gptq-int4":
        return "GPTQ_INT4"
    if format_id == "awq-int4":
        return None
    if format_id != "native" and format_id not in CHECKPOINT_LABELS:
        return "LLAMAFILE"
    for tensor in model_tensors(spec.architecture):
        if tensor.part is Part.ROUTED_EXPERTS and len(tensor.shape) == 3:
            return _METHODS.get(checkpoint_storage(spec, tensor, format_id))
    return None


def expert_method(spec: ModelSpec, layout: WeightLayout) -> str | None:
    """The ``--kt-method`` for the experts of a layout; None when there is none."""
    return method_of(spec, _format(spec, layout))


def demand(
    plan: Plan, spec: ModelSpec, layout: WeightLayout, cards: list[Device], hosts: list[Device]
) -> Demand | Refusal:
    """The need of a plan under KTransformers, or why it cannot run."""
    options = plan.deployment
    tensor = options.tensor_parallel
    padding = expert_padding(spec, cards[:tensor])
    cut = Cut(tensor, tensor, tensor, tensor, False, tensor, padding)
    refusal = _refuse(plan, spec, layout, cards)
    method = expert_method(spec, layout)
    # The cards read the model's own checkpoint also where the host reads a GGUF file.
    on_cards = weight_layout(spec, "native", "ktransformers") if method == "LLAMAFILE" else layout
    refusal = refusal or refused_cut(spec, on_cards, cut)
    refusal = refusal or refused_drafter(spec, on_cards, options.mtp)
    if refusal:
        return Refusal(cannot_run(refusal))
    users = plan.workload.sequences
    step = sglang.step_of(options, cards[:tensor])
    pool = sglang.pool_for(spec, options, users, step)
    split = _split(spec, layout, rank_weights(spec, on_cards, cut), options.gpu_experts, method)
    routed = split.on_card
    other = split.other + on_cards.other_bytes
    if options.mtp:
        routed += split.mtp[0]
        other += split.mtp[1]
    prefill = split.prefill if options.op_offload else 0
    held = (sglang.Held(routed, other, (0, spec.architecture.layers - 1), split.copies),)
    node = cards[0].node
    host_routed = tuple(split.on_host if index == node else 0 for index in range(len(hosts)))
    buffers = host_buffer_bytes(spec, step.tokens)
    return sglang.arranged(
        spec, options, pool, held, cards, hosts, users, host_routed, prefill, buffers
    )


def host_buffer_bytes(spec: ModelSpec, tokens: int) -> int:
    """What the processor's kernels keep for a prompt chunk beside the experts. Modelled.

    Their buffers are sized by the chunk (kt-kernel 0.7.2, ``experts_base.py``), and all layers
    share them: 16-bit inputs and outputs of every chosen expert, its gate and up and what goes
    into down, on each of two NUMA nodes.
    """
    moe = moe_of(profile_of(spec))
    if moe is None:
        return 0
    model = moe.latent_width or spec.architecture.hidden_size
    return 2 * 2 * tokens * moe.top_k * (2 * model + 3 * moe.width)


@dataclass(frozen=True, slots=True)
class Split:
    """Bytes by place: experts of a rank and of the host, what else a rank holds (the vision
    tower not counted), its prediction layers, one layer of experts for long prompts, and the
    16-bit copies of projections into a latent.
    """

    on_card: int
    on_host: int
    other: int
    mtp: tuple[int, int]
    prefill: int
    copies: int


_SPLITS: dict[tuple[int, int, int], tuple[WeightLayout, RankWeights, Split]] = {}


def _split(
    spec: ModelSpec,
    layout: WeightLayout,
    weights: RankWeights,
    gpu_experts: int,
    method: str | None,
) -> Split:
    """Where the bytes are, remembered by the identity of the weights."""
    key = (id(layout), id(weights), gpu_experts)
    known = _SPLITS.get(key)
    if known is None or known[0] is not layout or known[1] is not weights:
        if len(_SPLITS) >= 1024:
            _SPLITS.clear()
        split = Split(
            _on_a_card(weights, spec, gpu_experts),
            host_bytes(spec, layout, gpu_experts),
            weights.other[-1] + weights.embedding + weights.head,
            weights.mtp,
            prefill_bytes(weights, method),
            sglang.copies_of(weights, 0, len(weights.absorbed) - 1),
        )
        known = _SPLITS[key] = (layout, weights, split)
    return known[2]


def workspace_bytes(spec: ModelSpec, layout: WeightLayout, options: Deployment) -> int:
    """What long prompts take on each card; see :func:`prefill_bytes`."""
    ranks = options.tensor_parallel
    if not options.op_offload:
        return 0
    cut = Cut(ranks, ranks, ranks, ranks, False, ranks)
    method = expert_method(spec, layout)
    return 0 if method == "LLAMAFILE" else prefill_bytes(rank_weights(spec, layout, cut), method)


def _format(spec: ModelSpec, layout: WeightLayout) -> str:
    """The format of a layout; that of a file whose headers were read follows from its container."""
    for file in spec.files:
        if file.id == layout.format_id:
            return "native" if file.container == "safetensors" else "gguf"
    return layout.format_id


def _experts(spec: ModelSpec) -> tuple[int, ...]:
    """Experts of every layer, 0 for a dense one."""
    arch = spec.architecture
    blocks = [arch.ffn[name] for name in arch.ffn_pattern.expand(arch.layers)]
    return tuple(block.experts if isinstance(block, MoeFfn) else 0 for block in blocks)


def host_bytes(spec: ModelSpec, layout: WeightLayout, gpu_experts: int) -> int:
    """Routed experts in host memory: those of every layer that no card holds."""
    total = 0
    for experts, layer in zip(_experts(spec), layout.layers, strict=False):
        if experts:
            left = max(experts - gpu_experts, 0)
            total += ceil_div(layer.routed_experts_bytes * left, experts)
    return total


def _on_a_card(weights: RankWeights, spec: ModelSpec, gpu_experts: int) -> int:
    """Routed experts on one rank: its slice of ``gpu_experts`` experts of every layer."""
    total = 0
    for layer, experts in enumerate(_experts(spec)):
        if experts:
            whole = weights.routed[layer + 1] - weights.routed[layer]
            total += ceil_div(whole * min(gpu_experts, experts), experts)
    return total


def prefill_bytes(weights: RankWeights, method: str | None) -> int:
    """All experts of one layer on a card, for prompts long enough to be worth copying them.

    Only for experts that the cards can use as the host stores them. For MiniMax-M2.1 and Kimi K2
    Thinking the package's description says 3.6 and 9 GB. The plan's ``op_offload`` stands for
    ``--kt-gpu-prefill-token-threshold``, without which it is not taken.
    """
    if method in (None, "LLAMAFILE"):
        return 0
    routed = weights.routed
    return max((past - first for first, past in pairwise(routed)), default=0)


def _refuse(plan: Plan, spec: ModelSpec, layout: WeightLayout, cards: list[Device]) -> str | None:
    options = plan.deployment
    if not spec.is_moe:
        return say(
            "{0} has no routed experts to keep in host memory. Choose SGLang, vLLM or llama.cpp.",
            spec.name,
        )
    if options.pipeline_parallel > 1 or options.data_parallel > 1 or options.expert_parallel:
        return say(
            "{0} was checked with tensor parallel only. Set pipeline and data "
            "parallel to 1 and expert parallel off.",
            VERSION,
        )
    refusal = sglang.refused(
        "KTransformers", options, profile_of(spec), cards, options.tensor_parallel
    )
    if refusal:
        return refusal
    used = cards[: options.tensor_parallel]
    if len({card.node for card in used}) > 1:
        return say(
            "The experts lie in the memory of one computer. Choose a tensor "
            "parallel size of the cards in the first."
        )
    shared = next((card for card in used if card.unified), None)
    if shared is not None:
        return say(
            "KTransformers keeps the experts in host memory beside the card, and "
            "{0} shares the host's memory. Choose SGLang, vLLM or llama.cpp.",
            shared.name,
        )
    if expert_method(spec, layout) is None:
        return say(
            "{0} has no method for experts stored as {1}. Choose the native "
            "checkpoint or a GGUF recipe such as Q4_K_M.",
            VERSION,
            layout.label,
        )
    return None
