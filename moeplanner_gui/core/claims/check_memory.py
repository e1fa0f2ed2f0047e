"""Claims about memory beside the weights: the cache, all of a plan, and what a tier runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from moeplanner_gui.core.claims.amounts import converted, in_unit, number_text, plain, words
from moeplanner_gui.core.claims.bench import SMALLEST, Bench, Needed, format_name
from moeplanner_gui.core.claims.check_terms import Cards, KvCache, MemoryNeeded, Tier
from moeplanner_gui.core.claims.check_weights import nominal_bits
from moeplanner_gui.core.claims.found import Found, Mistake
from moeplanner_gui.core.claims.terms import Claim, NamedPlan, Step, Verdict
from moeplanner_gui.core.model import CompressedAttention, GqaAttention, MlaAttention, ModelSpec
from moeplanner_gui.core.tensors import active_parameters
from moeplanner_gui.core.units import GB, GIB
from moeplanner_gui.core.words import listed, say

_SAFE_CONTEXT = 131_072
_ON_TOP = 1.65
"""What tables put on top of weights for a rig that is safe."""
_GENEROUS = 1.35
"""A minimum this far above what is needed still is one: memory comes in whole cards."""


def judge_kv_cache(claim: Claim, check: KvCache, bench: Bench) -> list[Found]:
    """One answer for each released model."""
    return [_cache(claim, check, model_id, bench) for model_id in claim.models]


def _cache(claim: Claim, check: KvCache, model_id: str, bench: Bench) -> Found:
    model = bench.model(model_id)
    tokens = check.context_tokens
    sizes = [float(bench.cache_bytes(model_id, kind, tokens)) for kind in check.cache_types]
    full = float(_all_heads(model) * tokens)
    every = float(_every_token(model) * tokens)
    steps = [
        Step(
            label=say("{0}, {1:,} tokens, {2}", model.name, tokens, kind),
            text=say("{0:,} B", int(size)),
            value=size,
            strong=index == 0,
        )
        for index, (kind, size) in enumerate(zip(check.cache_types, sizes, strict=True))
    ]
    steps.append(
        Step(
            label=say("÷ tokens"),
            text=say("{0:,.0f} B", sizes[0] / tokens),
            value=sizes[0] / tokens,
        )
    )
    if check.figure == "saved_share":
        saved = 1 - sizes[0] / full
        steps.append(
            Step(label=say("with every head in full"), text=say("{0:,} B", int(full)), value=full)
        )
        return Found(
            converted([saved], claim.unit),
            say("{0} keeps {1:.1f} % less than every head in full would.", model.name, 100 * saved),
            steps=tuple(steps),
            tolerance=0.05,
        )
    computed = converted(sizes, claim.unit)
    return Found(
        computed,
        say(
            "The cache of {0} at {1:,} tokens is {2}, {3:,.0f} B a token.",
            model.name,
            tokens,
            number_text(computed.usual or 0.0, claim.unit),
            sizes[0] / tokens,
        ),
        steps=tuple(steps),
        tolerance=0.05,
        plans=_enough(bench, model_id, tokens),
        mistakes=(
            Mistake("gb_for_gib", converted([sizes[0] / GIB * GB], claim.unit).usual or 0.0),
            Mistake("kv_linear_of_dense", converted([every], claim.unit).usual or 0.0),
        ),
    )


def _enough(bench: Bench, model_id: str, tokens: int) -> tuple[NamedPlan, ...]:
    """The model as published with that context on the fewest cards."""
    found = bench.needed(model_id, "native", tokens)
    return () if found is None else (bench.named(found.plan),)


def _every_token(model: ModelSpec) -> int:
    """Bytes a token in 16 bits of a cache that compresses and drops none, on every layer."""
    size = 0
    for name in model.architecture.attention_pattern.expand(model.architecture.layers):
        block = model.architecture.attention[name]
        if isinstance(block, CompressedAttention):
            size += 2 * block.head_dim
        elif isinstance(block, MlaAttention):
            size += 2 * (block.kv_lora_rank + block.qk_rope_head_dim)
        elif isinstance(block, GqaAttention):
            size += 2 * block.kv_heads * (block.head_dim + (block.v_head_dim or block.head_dim))
    return size


def _all_heads(model: ModelSpec) -> int:
    """Bytes a token of keys and values of every query head in 16 bits."""
    size = 0
    for name in model.architecture.attention_pattern.expand(model.architecture.layers):
        block = model.architecture.attention[name]
        if isinstance(block, MlaAttention):
            key = block.qk_nope_head_dim + block.qk_rope_head_dim
            size += 2 * block.heads * (key + block.v_head_dim)
        elif isinstance(block, GqaAttention) or hasattr(block, "heads"):
            size += 4 * block.heads * getattr(block, "head_dim", 0)
    return size


def judge_memory_needed(claim: Claim, check: MemoryNeeded, bench: Bench) -> list[Found]:
    """One answer for each released model."""
    return [_needed(claim, check, model_id, bench) for model_id in claim.models]


def _needed(claim: Claim, check: MemoryNeeded, model_id: str, bench: Bench) -> Found:
    model = bench.model(model_id)
    tokens = check.context_tokens if check.level == "minimum" else _SAFE_CONTEXT
    found: list[tuple[str, Needed]] = []
    for weights in check.formats:
        one = bench.needed(model_id, weights, tokens, check.card)
        if one is not None:
            found.append((weights, one))
    if not found:
        return Found(
            None,
            say("No plan of {0} was found that fits.", model.name),
            verdict="cannot_be_checked",
        )
    sizes = [float(one.with_driver_bytes) for _, one in found]
    computed = converted(sizes, claim.unit)
    steps: list[Step] = []
    for index, (weights, one) in enumerate(found):
        size = bench.weights_bytes(model_id, weights, "llama.cpp")
        shown = format_name(weights)
        steps += [
            Step(
                label=say("{0}: weights", shown),
                text=say("{0} GB", plain(size / GB)),
                value=float(size),
            ),
            Step(
                label=say(
                    "{0}: all in use with {1:,} tokens, and what drivers keep", shown, tokens
                ),
                text=say("{0} GB", plain(one.with_driver_bytes / GB)),
                value=float(one.with_driver_bytes),
                strong=index == 0,
            ),
        ]
    stated = claim.value_high if claim.value_high is not None else claim.value or 0.0
    low, usual = computed.low or 0.0, computed.usual or 0.0
    first = claim.value or 0.0
    plans = tuple(bench.named(one.plan) for _, one in found[:1])
    smallest = bench.weights_bytes(model_id, SMALLEST)
    sentence = say(
        "{0} {1} takes {2} of card memory in llama.cpp with {3:,} tokens.",
        model.name,
        format_name(found[0][0]),
        number_text(usual, claim.unit),
        tokens,
    )
    promised = nominal_bits(check.formats[0])
    bits = bench.bits(model_id, "native")
    mistakes = []
    if promised and bits < 6:
        scaled = bench.weights_bytes(model_id, "native") * promised / 8
        value = converted([scaled], claim.unit).usual or 0.0
        mistakes.append(Mistake("eight_bit_scaling_of_four_bit", value, value * _ON_TOP))
    if promised:
        value = converted([active_parameters(model) * promised / 8], claim.unit).usual or 0.0
        mistakes.append(Mistake("active_for_total", value))
    alone = bench.weights_bytes(model_id, found[0][0], "llama.cpp")
    value = converted([float(alone)], claim.unit).usual or 0.0
    mistakes.append(Mistake("weights_for_everything", value))
    base = Found(
        computed,
        sentence,
        steps=tuple(steps),
        plans=plans,
        mistakes=tuple(mistakes),
        floor=converted([float(smallest)], claim.unit).usual,
        tolerance=0.0,
        confidence="modelled",
    )
    if stated < low:
        return base
    if check.level == "safe":
        amount = number_text(stated, claim.unit)
        enough = say("{0} are enough.", amount)
        if stated < usual:
            largest = format_name(_largest(found, stated, claim.unit))
            enough = say("{0} are enough up to {1}.", amount, largest)
        return replace(
            base,
            because=f"{sentence} {enough}",
            verdict="holds" if stated >= usual else "holds_within",
            within=0.0 if stated >= usual else abs(stated / usual - 1),
        )
    if first > (computed.high or usual) * _GENEROUS:
        return replace(base, verdict="wrong")
    near = abs(stated / usual - 1)
    exact = near <= 0.005
    if stated < usual:
        sentence += say(
            " It is enough up to {0}.", format_name(_largest(found, stated, claim.unit))
        )
    else:
        card = bench.catalog.gpu(check.card).name
        sentence += say(" {0} × {1} hold it.", found[0][1].cards, card)
    return replace(
        base, because=sentence, verdict="holds" if exact else "holds_within", within=near
    )


def _largest(found: list[tuple[str, Needed]], stated: float, unit: str) -> str:
    """The largest of the formats that what is stated holds; the smallest where it holds none."""
    sizes = {weights: in_unit(float(one.with_driver_bytes), unit) for weights, one in found}
    held = [weights for weights, size in sizes.items() if size <= stated]
    return max(held, key=sizes.__getitem__) if held else min(sizes, key=sizes.__getitem__)


def judge_tier(claim: Claim, check: Tier, bench: Bench) -> list[Found]:
    """Whether each of several models runs in so much memory, or none of them.

    What is said to run has to fit into 10**9 bytes a GB; what is said not to, must not fit into
    2**30 either.
    """
    limit = check.memory_gb * (GB if check.expects else GIB)
    steps: list[Step] = []
    plans: list[NamedPlan] = []
    fitting: list[str] = []
    failing: list[str] = []
    worst = 1.0
    hopeless = False
    sizes: list[float] = []
    for wanted in check.models:
        model = bench.model(wanted.model)
        tries = [
            (weights, bench.needed(wanted.model, weights, check.context_tokens, check.card))
            for weights in wanted.formats
        ]
        known = [(weights, one) for weights, one in tries if one is not None]
        if not known:
            continue
        weights, one = min(known, key=lambda pair: pair[1].with_driver_bytes)
        need = one.with_driver_bytes
        sizes.append(float(need))
        name = f"{model.name} {format_name(weights)}"
        steps.append(
            Step(
                label=say("{0}, {1:,} tokens", name, check.context_tokens),
                text=say("{0} GB", plain(need / GB)),
                value=float(need),
                strong=True,
            )
        )
        if len(plans) < 2:
            plans.append(bench.named(one.plan))
        if need <= limit:
            fitting.append(name)
        else:
            failing.append(name)
            worst = max(worst, need / limit)
            least = bench.weights_bytes(wanted.model, SMALLEST)
            hopeless = hopeless or least > check.memory_gb * GIB
    steps.append(
        Step(
            label=say("memory"),
            text=say("{0} GB", plain(check.memory_gb)),
            value=check.memory_gb * GB,
        )
    )
    true = not failing if check.expects else not fitting
    memory = say("{0} GB", plain(check.memory_gb))
    if true:
        because = _fit(fitting, memory) if check.expects else _do_not_fit(failing, memory)
    elif check.expects:
        because = _do_not_fit(failing, memory)
        if len(fitting) == 1:
            because += " " + say("{0} fits.", fitting[0])
        elif fitting:
            because += " " + say("{0} fit.", listed(fitting))
    else:
        because = _fit(fitting, memory)
    verdict = _TRUE if true else _NEVER if hopeless and check.expects and not fitting else _FALSE
    return [
        Found(
            converted([max(sizes), *sizes], "GB") if sizes else None,
            because,
            steps=tuple(steps),
            plans=tuple(plans),
            verdict=verdict if sizes else "cannot_be_checked",
            factor=worst if not true and check.expects else None,
            too_low=None if true or not check.expects else True,
            confidence="modelled",
        )
    ]


_TRUE: Final[Verdict] = "holds"
_FALSE: Final[Verdict] = "wrong"
_NEVER: Final[Verdict] = "cannot_be_true"


def _fit(names: list[str], memory: str) -> str:
    if len(names) == 1:
        return say("{0} fits into {1}.", names[0], memory)
    return say("{0} fit into {1}.", listed(names), memory)


def _do_not_fit(names: list[str], memory: str) -> str:
    if len(names) == 1:
        return say("{0} does not fit into {1}.", names[0], memory)
    return say("{0} do not fit into {1}.", listed(names), memory)


def judge_cards(claim: Claim, check: Cards, bench: Bench) -> list[Found]:
    """How many cards of a kind make up so much memory."""
    spec = bench.catalog.gpu(check.card)
    count = -int(-(check.memory_gb * GB) // spec.memory_bytes)
    enough = count <= check.most
    return [
        Found(
            words(say("{0} cards", count)),
            say(
                "{0} GB are {1} × {2}, and one computer of that kind takes {3}.",
                plain(check.memory_gb),
                count,
                spec.name,
                check.most,
            ),
            steps=(
                Step(label=say("memory"), text=say("{0} GB", plain(check.memory_gb))),
                Step(
                    label=say("÷ memory of {0}", spec.name),
                    text=say("{0} GB", plain(spec.memory_bytes / GB)),
                ),
                Step(label=say("cards"), text=str(count), value=float(count), strong=True),
                Step(label=say("cards in one computer"), text=str(check.most)),
            ),
            verdict="holds" if enough == check.expects else "wrong",
        )
    ]
