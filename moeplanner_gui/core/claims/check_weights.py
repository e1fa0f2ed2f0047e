"""Claims about the size of weights: of released models, and of models as an article describes."""

from __future__ import annotations

from moeplanner_gui.core.claims.amounts import converted, number_text, plain
from moeplanner_gui.core.claims.bench import SMALLEST, Bench, format_name
from moeplanner_gui.core.claims.check_terms import (
    DescribedMemory,
    DescribedWeights,
    Weights,
)
from moeplanner_gui.core.claims.found import CLOSE, Found, Mistake
from moeplanner_gui.core.claims.terms import Claim, NamedPlan, Step
from moeplanner_gui.core.gguf_recipes import BASE_TYPES
from moeplanner_gui.core.gguf_variants import known_recipe
from moeplanner_gui.core.tensors import active_parameters
from moeplanner_gui.core.units import GB, GIB
from moeplanner_gui.core.words import say

PREDECESSOR = "deepseek-v3"
_SMALL_B = 100.0
"""Below it a described model is only a part of one."""
_FOR_BUFFERS = 1.35
"""What is put on top of the active parameters for cache and buffers."""
_NOMINAL = {"native": 0.0, "bf16": 16.0, "fp8": 8.0, "nvfp4": 4.0, "mxfp4": 4.0}


def nominal_bits(weights: str) -> float:
    """The bits that the name of a format promises: 4 of Q4_K_M; 0 where it names none."""
    if weights.lower() in _NOMINAL:
        return _NOMINAL[weights.lower()]
    recipe = known_recipe(weights.lower())
    if recipe is None or recipe not in BASE_TYPES:
        return 0.0
    return float(next((letter for letter in recipe if letter.isdigit()), 0))


def judge_weights(claim: Claim, check: Weights, bench: Bench) -> list[Found]:
    """One answer for each released model."""
    return [_released(claim, check, model_id, bench) for model_id in claim.models]


def _released(claim: Claim, check: Weights, model_id: str, bench: Bench) -> Found:
    model = bench.model(model_id)
    sizes = [bench.weights_bytes(model_id, weights) for weights in check.formats]
    usual = check.formats[0]
    plans = _enough(bench, model_id, usual)
    steps = [
        Step(
            label=f"{model.name}, {format_name(weights)}",
            text=say("{0:,} B", size),
            value=float(size),
            strong=index == 0,
        )
        for index, (weights, size) in enumerate(zip(check.formats, sizes, strict=True))
    ]
    bits = bench.bits(model_id, usual)
    total = round(8 * sizes[0] / bits)
    steps.append(
        Step(label=say("÷ parameters in the file"), text=say("{0:,}", total), value=float(total))
    )
    steps.append(Step(label=say("bits for each parameter"), text=plain(bits), value=bits))
    if check.figure == "bits_per_parameter":
        return Found(
            converted([bench.bits(model_id, weights) for weights in check.formats], claim.unit),
            say(
                "{0} {1} takes {2} bits for each parameter: {3} GB for {4} B.",
                model.name,
                format_name(usual),
                plain(bits),
                plain(sizes[0] / GB),
                plain(total / 1e9),
            ),
            steps=tuple(steps),
            plans=plans,
            tolerance=0.05,
        )
    named = "native" if usual == "native" else usual
    published = bench.weights_bytes(model_id, "native")
    promised = nominal_bits(named)
    mistakes = [Mistake("gb_for_gib", sizes[0] / GIB * GB)]
    if promised:
        mistakes += [
            Mistake("eight_bit_scaling_of_four_bit", published * promised / 8)
            if 8 * published / total < 6
            else Mistake("nominal_bits", published * promised / 8),
            Mistake("nominal_bits", total * promised / 8),
            Mistake("active_for_total", active_parameters(model) * promised / 8),
        ]
    computed = converted([float(size) for size in sizes], claim.unit)
    smallest = bench.weights_bytes(model_id, SMALLEST)
    return Found(
        computed,
        say(
            "{0} {1} is {2}, {3} bits for each parameter, counted tensor by tensor.",
            model.name,
            format_name(usual),
            number_text(computed.usual or 0.0, claim.unit),
            plain(bits),
        ),
        steps=tuple(steps),
        plans=plans,
        mistakes=tuple(
            Mistake(mistake.code, converted([mistake.value], claim.unit).usual or 0.0)
            for mistake in mistakes
        ),
        floor=None if usual == "native" else converted([float(smallest)], claim.unit).usual,
        # Which recipe a name like "4 bits" means is not said; a published file is what it is.
        tolerance=CLOSE if known_recipe(usual) is not None else 0.05,
        notes=_family(check.formats, sizes),
    )


def _enough(bench: Bench, model_id: str, weights: str) -> tuple[NamedPlan, ...]:
    """The model in that format on the fewest cards that hold it, to be opened."""
    if weights in _NOMINAL and weights != "native":
        return ()
    found = bench.needed(model_id, weights, 8192)
    return () if found is None else (bench.named(found.plan),)


def _family(formats: tuple[str, ...], sizes: list[int]) -> tuple[str, ...]:
    """Which of several recipes are how large, where a name may mean any of them."""
    if len(formats) == 1:
        return ()
    pairs = sorted(zip(sizes, formats, strict=True))
    (low, first), (high, last) = pairs[0], pairs[-1]
    return (
        say(
            "From {0} GB ({1}) to {2} GB ({3}).",
            plain(low / GB),
            format_name(first),
            plain(high / GB),
            format_name(last),
        ),
    )


def judge_described_weights(claim: Claim, check: DescribedWeights, bench: Bench) -> list[Found]:
    """Parameters as claimed times the bits of the format."""
    parameters = check.parameters_b * 1e9
    like = bench.model(check.like)
    bits = [described_bits(bench, check.like, weights) for weights in check.formats]
    usual = check.formats[0]
    promised = nominal_bits(usual)
    if check.figure == "bytes_per_parameter":
        computed = converted([each / 8 for each in bits], claim.unit)
        return [
            Found(
                computed,
                say(
                    "{0} takes {1} bits for each parameter, as in {2}.",
                    format_name(usual),
                    plain(bits[0]),
                    like.name,
                ),
                steps=(
                    Step(
                        label=say("{0} in {1}", format_name(usual), like.name),
                        text=say("{0} bits each", plain(bits[0])),
                        value=bits[0],
                        strong=True,
                    ),
                ),
                mistakes=(Mistake("nominal_bits", promised / 8),),
                confidence="modelled",
            )
        ]
    each = [parameters * bit / 8 / check.cards for bit in bits]
    computed = converted(each, claim.unit)
    steps = [
        Step(
            label=say("parameters, as claimed"), text=say("{0:,.0f}", parameters), value=parameters
        ),
        Step(
            label=say("× bits of {0}, as in {1}", format_name(usual), like.name),
            text=plain(bits[0]),
            value=bits[0],
        ),
        Step(
            label="÷ 8",
            text=say("{0} GB", plain(parameters * bits[0] / 8 / GB)),
            value=parameters * bits[0] / 8,
            strong=True,
        ),
    ]
    if check.cards > 1:
        steps.append(Step(label=say("÷ cards"), text=str(check.cards), value=float(check.cards)))
    if promised:
        steps.append(
            Step(
                label=say("with {0} bits and nothing else", plain(promised)),
                text=say("{0} GB", plain(parameters * promised / 8 / check.cards / GB)),
                value=parameters * promised / 8 / check.cards,
            )
        )
    floor = parameters * described_bits(bench, check.like, SMALLEST) / 8 / check.cards
    is_recipe = usual not in _NOMINAL
    nominal = parameters * promised / 8 / check.cards
    return [
        Found(
            computed,
            say(
                "{0} B parameters in {1}, {2} bits each, are {3}.",
                plain(check.parameters_b),
                format_name(usual),
                plain(bits[0]),
                number_text(computed.usual or 0.0, claim.unit),
            ),
            steps=tuple(steps),
            plans=_enough(bench, check.like, usual) if is_recipe else (),
            mistakes=(
                Mistake("nominal_bits", converted([nominal], claim.unit).usual or 0.0),
                *_predecessor(claim, check, bench),
            ),
            floor=converted([floor], claim.unit).usual if is_recipe else None,
            confidence="modelled" if is_recipe else "exact",
        )
    ]


def _predecessor(claim: Claim, check: DescribedWeights, bench: Bench) -> tuple[Mistake, ...]:
    """What the model before it would take: articles of a model to come often count that one."""
    if check.formats[0] in _NOMINAL or check.parameters_b <= _SMALL_B:
        return ()
    name = bench.model(PREDECESSOR).name
    sizes = [bench.weights_bytes(PREDECESSOR, weights) / check.cards for weights in check.formats]
    values = converted(sizes, claim.unit)
    low, high = values.low or 0.0, values.high or 0.0
    return (Mistake("other_model", low, high, name),)


def described_bits(bench: Bench, like: str, weights: str) -> float:
    """Bits a parameter of a format in a model of that size; its own name for BF16 and FP8."""
    if weights in _NOMINAL:
        return nominal_bits(weights)
    return bench.bits(like, weights)


def judge_described_memory(claim: Claim, check: DescribedMemory, bench: Bench) -> list[Found]:
    """Nothing below the weights can be true; what comes on top hangs on what is not said."""
    parameters = check.parameters_b * 1e9
    usual = check.formats[0]
    sizes = [parameters * described_bits(bench, check.like, f) / 8 for f in check.formats]
    least = min(sizes)
    smallest = parameters * described_bits(bench, check.like, SMALLEST) / 8
    claimed = claim.value_high if claim.value_high is not None else claim.value
    computed = converted([sizes[0], *sizes[1:]], claim.unit)
    steps = [
        Step(
            label=say("parameters, as claimed"), text=say("{0:,.0f}", parameters), value=parameters
        ),
        Step(
            label=say("weights in {0}", format_name(usual)),
            text=say("{0} GB", plain(sizes[0] / GB)),
            value=sizes[0],
            strong=True,
        ),
        Step(
            label=say("in the smallest recipe, {0}", format_name(SMALLEST)),
            text=say("{0} GB", plain(smallest / GB)),
            value=smallest,
        ),
    ]
    works, plans = bench.works_on(check.cards) if check.cards else ("", ())
    if check.cards:
        usable = bench.usable(check.cards)
        steps += [
            Step(
                label=say("usable on the cards"),
                text=say("{0} GB", plain(usable / GB)),
                value=float(usable),
                is_limit=True,
            ),
            Step(
                label=say("÷ parameters: bits for each"),
                text=plain(8 * usable / parameters),
                value=8 * usable / parameters,
            ),
        ]
    mistakes = []
    if check.active_b is not None:
        for weights in check.formats:
            for bits in (nominal_bits(weights), described_bits(bench, check.like, weights)):
                value = converted([check.active_b * 1e9 * bits / 8], claim.unit).usual or 0.0
                mistakes.append(Mistake("active_for_total", value, value * _FOR_BUFFERS))
    stated = None if claimed is None else converted([least], claim.unit).usual
    if claimed is None or stated is None or claimed >= stated:
        return [
            Found(
                computed,
                say(
                    "The weights alone are {0}; what comes on top hangs on engine, context "
                    "and users, which the claim does not say.",
                    number_text(computed.usual or 0.0, claim.unit),
                ),
                steps=tuple(steps),
                verdict="cannot_be_checked",
                confidence="modelled",
            )
        ]
    floor = converted([smallest], claim.unit).usual
    return [
        Found(
            computed,
            say(
                "Every expert must be stored, also those that are not active: the "
                "weights alone are {0} in {1}.",
                number_text(computed.usual or 0.0, claim.unit),
                format_name(usual),
            ),
            steps=tuple(steps),
            plans=plans,
            mistakes=tuple(mistakes),
            floor=floor,
            tolerance=0.0,
            works=works,
            confidence="modelled",
        )
    ]
