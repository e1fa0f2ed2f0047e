"""Working memory of one step under vLLM and SGLang. Modelled on the safe side; knows no cards."""

from __future__ import annotations

from collections.abc import Callable

from moeplanner_gui.core.engines.profile import ModelProfile, moe_of, widest_dense
from moeplanner_gui.core.model import MlaAttention
from moeplanner_gui.core.plan import Deployment
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.units import ceil_div


@dataclass(frozen=True, slots=True)
class StepSize:
    """``--max-num-batched-tokens`` and ``--max-num-seqs``.

    ``context_rows``: earlier tokens whose latents are expanded to heads at once for a prompt.
    """

    tokens: int
    sequences: int
    context_rows: int = 65_536


def working_bytes(profile: ModelProfile, options: Deployment, step: StepSize) -> int:
    """Peak of the activations of one step; see :func:`working_rule`."""
    return working_rule(profile, options, step)(step.context_rows)


def working_rule(
    profile: ModelProfile, options: Deployment, step: StepSize
) -> Callable[[int], int]:
    """Earlier tokens to the peak of one step, with the workspace of the fused experts.

    Modelled: 16-bit values; the residual stream and the inputs of attention, the dense block's
    intermediates, and the two workspaces and the output of the fused experts as their kernels
    ask for them, with a block of 128 rows begun for every local expert; for latent attention the
    keys and values of earlier tokens, expanded (vLLM 0.33.0, ``mla_attention.py``: 65,536 of them
    at most; SGLang 0.5.23, ``SGLANG_MAX_KV_CHUNK_CAPACITY``: 131,072). The sampler's trial run
    with the logits of all sequences comes after it; the larger of the two counts.
    """
    arch = profile.spec.architecture
    tokens, hidden, tensor = step.tokens, profile.hidden, options.tensor_parallel
    values = 6 * hidden + 3 * ceil_div(_attention_width(profile), tensor)
    if arch.mhc_streams:
        values += 2 * arch.mhc_streams * hidden
    dense = 3 * ceil_div(widest_dense(profile), tensor) * tokens
    moe = moe_of(profile)
    experts = 0
    if moe is not None:
        gathered = tokens * options.data_parallel
        ranks = tensor * options.data_parallel
        local = ceil_div(moe.experts, ranks) if options.expert_parallel else moe.experts
        width = moe.width if options.expert_parallel else ceil_div(moe.width, ranks)
        model = moe.latent_width or hidden
        # A kernel that aligns its rows begins a block for each expert that has a token.
        rows = gathered * moe.top_k + 127 * min(local, gathered * moe.top_k)
        experts = rows * (max(width, model) + max(2 * width, model)) + gathered * model
    latent, expanded = _expanded(profile, tensor)
    fixed, other = 2 * tokens * values, 2 * max(dense, experts)
    # 16-bit logits, their FP32 copy and the probabilities.
    sampler = 10 * arch.vocab_size * min(step.sequences, tokens)

    def peak(rows: int) -> int:
        return max(fixed + max(other, 2 * rows * expanded) + 2 * rows * latent, sampler)

    return peak


def _expanded(profile: ModelProfile, ranks: int) -> tuple[int, int]:
    """Values of one gathered latent, and of its keys and values for the heads of a rank.

    With an indexer only the reserved output of the projection counts: attention itself reads
    the latents.
    """
    latent = expanded = 0
    for block in profile.kinds:
        if isinstance(block, MlaAttention):
            latent = max(latent, block.kv_lora_rank + block.qk_rope_head_dim)
            width = block.qk_nope_head_dim + block.v_head_dim
            if block.indexer is None:
                width += block.qk_nope_head_dim + block.qk_rope_head_dim
            expanded = max(expanded, ceil_div(block.heads, ranks) * width)
    return latent, expanded


def _attention_width(profile: ModelProfile) -> int:
    """Values of all query heads of one token, those of recurrent layers included."""
    widths = []
    for block in profile.kinds:
        if isinstance(block, MlaAttention):
            widths.append(block.heads * (block.qk_nope_head_dim + block.qk_rope_head_dim))
        elif block.kind == "gated_delta":
            widths.append(block.v_heads * block.v_head_dim + block.k_heads * block.k_head_dim)
        elif block.kind != "none":
            widths.append(block.heads * block.head_dim)
    return max(widths, default=0)
