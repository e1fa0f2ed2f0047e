"""Speculative decoding by the model's own prediction layers (MTP).

In a step the prediction layer guesses ``k`` tokens one after the other, and the model checks all
of them at once: it reads its weights once for ``k + 1`` tokens, more of the experts than for one,
and computes ``k + 1`` times as much. What is right is kept, and one token more.

How often a guess is right depends on the text: code and structured answers are guessed better
than prose. The rates here are published ones, with the range that was published; of a model
without one nothing is assumed.
"""

from __future__ import annotations

from dataclasses import replace

from moeplanner_gui.core.assessment import Range
from moeplanner_gui.core.derivation import Confidence
from moeplanner_gui.core.model import MoeFfn
from moeplanner_gui.core.prepare import ENGINE_NAMES, Prepared
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.speed.costs import GIGA, MICRO, Costs, StageCost
from moeplanner_gui.core.speed.decode import Decode, expert_share, terms_of
from moeplanner_gui.core.speed.reading import attention_flops, kv_read_bytes
from moeplanner_gui.core.speed.terms import Term, TermKind, Unknown
from moeplanner_gui.core.words import say

DECAY = 0.86
"""Each further guess is right so much less often than the one before, if that was right. One
layer guesses them all from its own guesses. With it the three published pairs of a first guess
and of a mean length agree: DeepSeek-V3 0.85 and 3.20 tokens with 7 guesses, GLM-5.2 2.9 with 5."""
_ENGINES = frozenset({"vllm", "sglang", "ktransformers"})
_CACHES: frozenset[TermKind] = frozenset({"kv_cache", "host_kv_cache"})


@dataclass(frozen=True, slots=True)
class Acceptance:
    """How often the first guess is right: least, usual and most, and where that was read."""

    rate: Range
    source: str
    confidence: Confidence


_DEEPSEEK = Acceptance(
    Range(0.70, 0.85, 0.90),
    say(
        "DeepSeek-V3 technical report, section 5.4.3: the second token is "
        "right in 85 to 90 % of cases (arXiv 2412.19437); 3.20 tokens a step "
        "with 7 guesses (huggingface.co/nebius/MTP-DeepSeek-V3-0324)"
    ),
    Confidence.MODELLED,
)
_QWEN = Acceptance(
    Range(0.45, 0.83, 0.92),
    say(
        "Qwen3.6-27B: 3.00 tokens a step with 4 guesses (bench.unsigned.gg); "
        "72 % of 3 guesses right (llama.cpp pull request 22673); 44 % of "
        "single ones (ml-explore/mlx-lm pull request 990)"
    ),
    Confidence.UNVERIFIED,
)
_GLM = Acceptance(
    Range(0.55, 0.80, 0.90),
    say(
        "GLM-5.2: 2.9 tokens a step with 5 guesses "
        "(huggingface.co/RedHatAI/GLM-5.2-speculator.dspark-preview, "
        "discussion 4)"
    ),
    Confidence.UNVERIFIED,
)
PUBLISHED: dict[str, Acceptance] = {
    "deepseek_v3": _DEEPSEEK,
    "qwen3_5": _QWEN,
    "glm_dsa": _GLM,
}
"""By the style of a model's prediction layers."""
_TYPED = say("entered by you; no published figure was used")


@dataclass(frozen=True, slots=True)
class Speculation:
    """What guessing gives.

    Attributes:
        guesses: Tokens guessed in a step.
        acceptance: How often the first is right.
        tokens: Tokens of one user that a step gives, between 1 and ``guesses + 1``.
    """

    guesses: int
    acceptance: Acceptance
    tokens: Range


def tokens_of_step(acceptance: float, guesses: int) -> float:
    """``1 + a + a (d a) + a (d a) (d d a) ...``: every guess counts if all before were right."""
    total = chance = 1.0
    for position in range(guesses):
        chance *= acceptance * DECAY**position
        total += chance
    return total


def speculation_of(prepared: Prepared) -> Speculation | Unknown | None:
    """What guessing gives in a plan; None where it is off."""
    plan, spec = prepared.plan, prepared.spec
    options = plan.deployment
    if not options.mtp:
        return None
    mtp = spec.architecture.mtp
    if mtp is None:
        return Unknown(
            say(
                "Unknown, because {0} has no prediction layers of its own. Switch MTP off.",
                spec.name,
            )
        )
    if options.engine not in _ENGINES:
        return Unknown(
            say(
                "Unknown, because the prediction layers are not planned under {0}. Switch MTP off.",
                ENGINE_NAMES[options.engine],
            )
        )
    found = PUBLISHED.get(mtp.style)
    typed = options.acceptance_rate
    if typed is not None:
        found = Acceptance(Range(typed, typed, typed), _TYPED, Confidence.UNVERIFIED)
    if found is None:
        return Unknown(
            say(
                "Unknown, because nobody published how many of {0}'s guesses are "
                "right. Enter the acceptance rate, or switch MTP off.",
                spec.name,
            )
        )
    guesses, rate = options.draft_tokens, found.rate
    tokens = Range(*(tokens_of_step(one, guesses) for one in (rate.low, rate.expected, rate.high)))
    return Speculation(guesses, found, tokens)


def with_guesses(prepared: Prepared, alone: Decode, seconds: float) -> Decode | Unknown:
    """Decode with guesses.

    Args:
        prepared: The plan with its rows.
        alone: Decode without guesses.
        seconds: A step of it, before a power limit stretches it.
    """
    found = speculation_of(prepared)
    if found is None or isinstance(found, Unknown):
        return alone if found is None else found
    terms = speculative_terms(prepared, alone.costs, alone.depth_tokens, alone.users, found.guesses)
    rate = speculated(alone.rate, seconds, sum(term.seconds for term in terms), found)
    return replace(alone, rate=rate, guessed=terms, guesses=found.guesses)


def speculative_terms(
    prepared: Prepared, costs: Costs, depth_tokens: int, users: int, guesses: int
) -> tuple[Term, ...]:
    """What a step with guesses takes: checking them all, and guessing (a term of its own).

    The cache of a user is read once for all tokens that are checked; everything else is as for
    so many more users.
    """
    checked = terms_of(costs, depth_tokens, users * (guesses + 1))
    terms = [term for term in checked if term.kind not in _CACHES]
    for term in terms_of(costs, depth_tokens, users):
        if term.kind in _CACHES:
            more = _computed_share(costs, depth_tokens, term.device)
            stretched = term.seconds * (1.0 + more * guesses)
            terms.append(replace(term, seconds=stretched))
    seconds, amount = _guessing(prepared, costs, users)
    at = _last(costs).parts[0].part.position
    terms.append(Term("draft", guesses * seconds, at, guesses * amount, amount / seconds))
    return tuple(terms)


def _computed_share(costs: Costs, depth: int, device: int | None) -> float:
    """Of the time for a device's cache, the share that is arithmetic and not reading."""
    spec, options = costs.traffic.spec, costs.plan.deployment
    for stage in costs.stages:
        for cost in stage.parts:
            if cost.part.position == device:
                sizes = kv_read_bytes(spec, options, depth)
                counts = attention_flops(spec, options, depth)
                read = sum(one * size for one, size in zip(cost.cache, sizes, strict=True))
                done = sum(one * count for one, count in zip(cost.attention, counts, strict=True))
                return done / (read + done) if read + done else 0.0
    return 1.0


def _last(costs: Costs) -> StageCost:
    """The stage of the last layer, behind which the prediction layer runs."""
    return max(costs.stages, key=lambda stage: stage.parts[0].part.span[1])


def _guessing(prepared: Prepared, costs: Costs, users: int) -> tuple[float, float]:
    """Seconds of one guess for every user, and the bytes that it reads on one card.

    A pass through one prediction layer and the output head, which the engine shares with the
    model. The ranks divide both.
    """
    layout, spec = prepared.layout, prepared.spec
    mtp = spec.architecture.mtp
    assert layout is not None and mtp is not None
    stage = _last(costs)
    cost, group = stage.parts[0], stage.parts[0].group
    ranks = prepared.plan.deployment.tensor_parallel
    head = layout.output_bytes or layout.token_embd_bytes
    layers = layout.mtp or ()
    other = sum(layer.other_bytes for layer in layers) / max(len(layers), 1)
    if mtp.embed_head_copies:
        other = max(other - layout.token_embd_bytes - layout.output_bytes, 0.0)
    routed = sum(layer.routed_experts_bytes for layer in layers) / max(len(layers), 1)
    read = (other + head + routed * expert_share(costs.traffic, users, group.union_power)) / ranks
    seconds = read / (cost.part.gbs * GIGA * group.efficiency)
    experts = any(isinstance(block, MoeFfn) for block in spec.architecture.ffn.values())
    seconds += (group.layer_us + (group.moe_us if experts else 0.0) + group.token_us) * MICRO
    if stage.reduces:
        seconds += 2.0 * (stage.reduce + stage.reduce_user * users)
    return seconds, read


def speculated(rate: Range, before: float, after: float, found: Speculation) -> Range:
    """The rate of one user with guesses: more tokens a step, and a longer step.

    Args:
        rate: Without guesses, with the band of the constants.
        before: Seconds of a step without guesses.
        after: Seconds of a step with them.
        found: What guessing gives.
    """
    stretch = before / after
    return Range(
        rate.low * stretch * found.tokens.low,
        rate.expected * stretch * found.tokens.expected,
        rate.high * stretch * found.tokens.high,
    )


def said(found: Speculation) -> str:
    """A sentence for people: how many tokens a step gives, and on what that rests."""
    rate, tokens = found.acceptance.rate, found.tokens
    share = say("{0:.0%}", rate.expected)
    if rate.low < rate.high:
        share += say(" ({0:.0%} to {1:.0%})", rate.low, rate.high)
    guesses = say("1 guess") if found.guesses == 1 else say("{0} guesses", found.guesses)
    return say(
        "{0} a step, the first right in {1} of cases: {2:.2f} tokens a step. {3}{4}.",
        guesses,
        share,
        tokens.expected,
        found.acceptance.source[0].upper(),
        found.acceptance.source[1:],
    )
