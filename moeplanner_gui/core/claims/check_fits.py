"""Claims about what fits, how long a context then is, and how fast: plans through ``evaluate``."""

from __future__ import annotations

from moeplanner_gui.core.assessment import Range
from moeplanner_gui.core.claims.amounts import converted, number, number_text, plain, words
from moeplanner_gui.core.claims.bench import (
    SMALLEST,
    Bench,
    cards_in,
    cards_text,
    format_name,
)
from moeplanner_gui.core.claims.check_terms import (
    Activations,
    ContextFits,
    DescribedFit,
    Fits,
    PowerOf,
    SpeedOf,
    TensorTraffic,
)
from moeplanner_gui.core.claims.check_weights import described_bits
from moeplanner_gui.core.claims.found import Found, not_checked
from moeplanner_gui.core.claims.terms import Claim, MixUp, Step, Verdict
from moeplanner_gui.core.speed.prefill_parts import ACTIVATION_BYTES
from moeplanner_gui.core.speed.terms import bound_words
from moeplanner_gui.core.units import GB
from moeplanner_gui.core.words import say

_SPEED_TOLERANCE = 0.10
_POWER_TOLERANCE = 0.15
_BESIDE = 1.02
"""Cache and buffers take at least this much beside the weights of a large model: 3 % of V4's."""
_REDUCTIONS_PER_LAYER = 2
"""After attention and after the experts, in tensor parallel."""


def judge_described_fit(claim: Claim, check: DescribedFit, bench: Bench) -> list[Found]:
    """A model as described against what its cards can hold."""
    parameters = check.parameters_b * 1e9
    needs = [parameters * described_bits(bench, check.like, f) / 8 for f in check.formats]
    usable = bench.usable(check.cards)
    smallest = parameters * described_bits(bench, check.like, SMALLEST) / 8
    where = cards_text(bench, check.cards)
    usual = format_name(check.formats[0])
    steps = (
        Step(label=where, text=say("{0} GB", plain(bench.capacity(check.cards) / GB))),
        Step(
            label=say("usable after driver and context"),
            text=say("{0} GB", plain(usable / GB)),
            value=float(usable),
            is_limit=True,
        ),
        Step(
            label=say("{0} B parameters in {1}", plain(check.parameters_b), usual),
            text=say("{0} GB", plain(needs[0] / GB)),
            value=needs[0],
            strong=True,
        ),
        Step(
            label=say("usable ÷ parameters"),
            text=say("{0} bits each", plain(8 * usable / parameters)),
            value=8 * usable / parameters,
        ),
        Step(
            label=say("smallest recipe, {0}", format_name(SMALLEST)),
            text=say("{0} bits each", plain(8 * smallest / parameters)),
            value=8 * smallest / parameters,
        ),
    )
    fits = min(needs) * _BESIDE <= usable
    usual_fits = needs[0] * _BESIDE <= usable
    impossible = smallest > usable
    works, plans = ("", ()) if fits else bench.works_on(check.cards)
    if fits:
        least = min(range(len(needs)), key=needs.__getitem__)
        chosen = 0 if usual_fits else least
        name, need = format_name(check.formats[chosen]), needs[chosen]
        because = say(
            "{0} B parameters in {1} are {2} GB; {3} can hold {4} GB, which leaves "
            "{5} GB for cache and buffers.",
            plain(check.parameters_b),
            name,
            plain(need / GB),
            where,
            plain(usable / GB),
            plain((usable - need) / GB),
        )
        if not usual_fits:
            because += say(" {0} with {1} GB does not fit.", usual, plain(needs[0] / GB))
    else:
        because = say(
            "{0} B parameters in {1} are {2} GB, and {3} can hold {4} GB.",
            plain(check.parameters_b),
            usual,
            plain(needs[0] / GB),
            where,
            plain(usable / GB),
        )
        if impossible:
            because += say(
                " Not even {0} fits ({1} GB).", format_name(SMALLEST), plain(smallest / GB)
            )
    mixed: MixUp | None = None
    if not fits and check.active_b is not None:
        slice_bytes = (
            check.active_b
            * 1e9
            * min(described_bits(bench, check.like, f) for f in check.formats)
            / 8
        )
        mixed = "active_for_total"
        because += say(
            " Only the {0} B that work for one token are {1} GB, but every token takes others.",
            plain(check.active_b),
            plain(slice_bytes / GB),
        )
    unlike = not fits if check.expects or check.figure != "fits" else fits
    verdict: Verdict = "holds"
    within: float | None = None
    if unlike:
        verdict = "cannot_be_true" if impossible else "wrong"
    elif check.expects and not usual_fits:
        verdict, within = "holds_within", needs[0] * _BESIDE / usable - 1
    if check.figure == "free":
        free = usable - min(needs)
        computed = converted([free / _sharing(claim, check)], claim.unit)
        return [
            Found(computed, because, steps, plans, verdict=verdict, works=works, mixed_up=mixed)
            if unlike
            else Found(computed, because, steps, plans)
        ]
    if check.figure in ("context", "speed"):
        if fits:
            return [
                not_checked(say("It fits; how far and how fast hangs on its architecture."), *steps)
            ]
        computed = number(0.0, claim.unit)
        return [
            Found(computed, because, steps, plans, verdict=verdict, works=works, mixed_up=mixed)
        ]
    return [
        Found(
            converted([needs[0], *needs[1:]], "GB"),
            because,
            steps,
            plans,
            verdict=verdict,
            within=within,
            factor=max(needs[0] / usable, 1.0) if unlike and not fits else None,
            too_low=True if unlike and not fits else None,
            works=works,
            mixed_up=mixed,
            confidence="modelled",
        )
    ]


def _sharing(claim: Claim, check: DescribedFit) -> int:
    return len(check.cards) if claim.unit == "GB per card" else 1


def judge_fits(claim: Claim, check: Fits, bench: Bench) -> list[Found]:
    """Plans as a document says, evaluated as they are."""
    found = [(plan, bench.assess(plan)) for plan in check.plans]
    fitting = [pair for pair in found if pair[1].fits]
    fits = bool(fitting) if check.needs == "one" else len(fitting) == len(found)
    shown, best = (fitting or found)[0]
    if not fits and check.needs == "all":
        shown, best = next(pair for pair in found if not pair[1].fits)
    gpus = cards_in(best)
    used = sum(device.used_bytes for device in gpus)
    usable = sum(device.usable_bytes for device in gpus)
    weights = 0 if best.model is None else best.model.weights_bytes
    steps = [
        Step(
            label=f"{bench.label(plan)}",
            text=say("fits")
            if one.fits
            else say("cannot run")
            if one.verdict == "cannot_run"
            else say("does not fit"),
        )
        for plan, one in found
    ]
    steps += [
        Step(
            label=say("weights"),
            text=say("{0} GB", plain(weights / GB)),
            value=float(weights),
            strong=True,
        ),
        Step(
            label=say("in use on the cards"),
            text=say("{0} GB", plain(used / GB)),
            value=float(used),
        ),
        Step(
            label=say("usable on the cards"),
            text=say("{0} GB", plain(usable / GB)),
            value=float(usable),
            is_limit=True,
        ),
    ]
    right = fits == check.expects
    verdict: Verdict = "holds"
    works, plans = "", tuple(bench.named(plan) for plan, _ in found)
    if not right:
        smallest = bench.weights_bytes(shown.model, SMALLEST)
        verdict = "cannot_be_true" if check.expects and smallest > usable else "wrong"
        if check.expects:
            works, more = bench.smaller_on(shown)
            plans = (*plans, *more)
    return [
        Found(
            number(used / GB, "GB") if used else words(say("does not run")),
            say(
                "{0} takes {1} GB of card memory, and {2} GB can be used.",
                bench.label(shown),
                plain(used / GB),
                plain(usable / GB),
            )
            if used
            else f"{bench.label(shown)}: {best.reasons[0]}",
            tuple(steps),
            plans,
            verdict=verdict,
            factor=max(used / usable, 1.0) if not right and check.expects and usable else None,
            too_low=True if not right and check.expects else None,
            works=works,
            confidence="modelled",
        )
    ]


def judge_context(claim: Claim, check: ContextFits, bench: Bench) -> list[Found]:
    """The longest context of each plan."""
    answers = []
    for plan in check.plans:
        assessment = bench.assess(plan)
        tokens = assessment.max_context_tokens
        computed = converted([float(tokens)], claim.unit)
        limit = say("the model") if assessment.max_context_limited_by == "model" else "memory"
        answers.append(
            Found(
                computed,
                say("{0}: up to {1:,} tokens, limited by {2}.", bench.label(plan), tokens, limit)
                if tokens
                else f"{bench.label(plan)}: {assessment.reasons[0]}",
                (
                    Step(
                        label=say("longest context"),
                        text=say("{0:,}", tokens),
                        value=float(tokens),
                        strong=True,
                    ),
                ),
                (bench.named(plan),),
                ceiling=None if tokens else 0.0,
                tolerance=0.05,
                confidence="modelled",
            )
        )
    return answers


def judge_speed(claim: Claim, check: SpeedOf, bench: Bench) -> list[Found]:
    """The band of each plan; the claim may mean any of them."""
    answers = []
    for plan in check.plans:
        speed = bench.assess(plan).speed
        band: Range | None = {
            "decode": speed.decode_tokens_per_s,
            "prefill": speed.prefill_tokens_per_s,
            "first_token": speed.time_to_first_token_s,
        }[check.figure]
        label = bench.label(plan)
        if band is None:
            answers.append(not_checked(f"{label}: {speed.because or say('no speed is known.')}"))
            continue
        computed = converted([band.expected, band.low, band.high], claim.unit)
        shown = number_text(computed.usual or 0.0, claim.unit)
        low, high = plain(computed.low or 0.0), plain(computed.high or 0.0)
        answers.append(
            Found(
                computed,
                f"{label}: {shown} ({low}–{high})"
                + (say(", bound by {0}.", bound_words(speed.bound_by)) if speed.bound_by else "."),
                (
                    Step(
                        label=say("{0}, expected", label),
                        text=shown,
                        value=band.expected,
                        strong=True,
                    ),
                    Step(label=say("low to high"), text=f"{low}–{high}"),
                ),
                (bench.named(plan),),
                tolerance=_SPEED_TOLERANCE,
                confidence="modelled",
            )
        )
    return answers


def judge_power(claim: Claim, check: PowerOf, bench: Bench) -> list[Found]:
    """Watts at the wall at work."""
    answers = []
    for plan in check.plans:
        power = bench.assess(plan).power
        if power.load_w is None:
            answers.append(not_checked(say("The power of a card is not known.")))
            continue
        answers.append(
            Found(
                number(float(power.load_w), claim.unit),
                say(
                    "{0}: {1:,} W at the wall at work and {2:,} W while it waits.",
                    bench.label(plan),
                    power.load_w,
                    power.idle_w or 0,
                ),
                (
                    Step(
                        label=say("at work"),
                        text=say("{0:,} W", power.load_w),
                        value=float(power.load_w),
                        strong=True,
                    ),
                    Step(label=say("waiting"), text=say("{0:,} W", power.idle_w or 0)),
                ),
                (bench.named(plan),),
                tolerance=_POWER_TOLERANCE,
                confidence="modelled",
            )
        )
    return answers


def judge_activations(claim: Claim, check: Activations, bench: Bench) -> list[Found]:
    """Buffers of computing and of the answer on all cards together."""
    answers = []
    for plan in check.plans:
        gpus = cards_in(bench.assess(plan))
        size = sum(device.compute_bytes + device.output_bytes for device in gpus)
        computed = converted([float(size)], claim.unit)
        shown = number_text(computed.usual or 0.0, claim.unit)
        answers.append(
            Found(
                computed,
                say(
                    "{0}: {1} of buffers on {2} cards together with {3:,} tokens.",
                    bench.label(plan),
                    shown,
                    len(gpus),
                    plan.workload.context_tokens,
                ),
                (
                    Step(
                        label=say("buffers of all cards"),
                        text=shown,
                        value=float(size),
                        strong=True,
                    ),
                    Step(
                        label=say("÷ cards"),
                        text=say("{0} GB", plain(size / max(len(gpus), 1) / GB)),
                    ),
                ),
                (bench.named(plan),),
                confidence="modelled",
            )
        )
    return answers


def judge_tensor_traffic(claim: Claim, check: TensorTraffic, bench: Bench) -> list[Found]:
    """Two sums of the hidden state a layer and token; the length of the context is not in it."""
    answers = []
    for model_id in claim.models:
        model = bench.model(model_id)
        arch = model.architecture
        each = _REDUCTIONS_PER_LAYER * arch.layers * arch.hidden_size * ACTIVATION_BYTES
        rate = each * check.tokens_per_s / GB
        answers.append(
            Found(
                number(rate, claim.unit),
                say(
                    "Tensor parallel passes {0:,} B a token between the cards, whatever "
                    "the context: {1} GB/s at {2} tok/s.",
                    each,
                    plain(rate),
                    plain(check.tokens_per_s),
                ),
                (
                    Step(label=say("layers of {0}", model.name), text=str(arch.layers)),
                    Step(label=say("× sums a layer"), text=str(_REDUCTIONS_PER_LAYER)),
                    Step(label=say("× hidden size"), text=say("{0:,}", arch.hidden_size)),
                    Step(label=say("× bytes"), text=str(ACTIVATION_BYTES)),
                    Step(label=say("a token"), text=say("{0:,} B", each), value=float(each)),
                    Step(
                        label=say("× {0} tok/s", plain(check.tokens_per_s)),
                        text=say("{0} GB/s", plain(rate)),
                        value=rate,
                        strong=True,
                    ),
                ),
                confidence="modelled",
            )
        )
    return answers
