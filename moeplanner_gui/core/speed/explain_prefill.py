"""How the rate of reading a prompt and the wait for the first token came about.

The numbers are those of the assessment, from the same functions; the words are added here.
"""

from __future__ import annotations

from moeplanner_gui.core.assessment import Assessment, Range
from moeplanner_gui.core.derivation import Confidence, Derivation
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import Prepared
from moeplanner_gui.core.quantities import leaf
from moeplanner_gui.core.speed.decode import Decode, decode_speed
from moeplanner_gui.core.speed.explain_links import card_slots, is_joined_by_modules
from moeplanner_gui.core.speed.prefill import Prefill, prefill_speed
from moeplanner_gui.core.speed.prefill_constants import PrefillGroup
from moeplanner_gui.core.speed.terms import Term, TermKind
from moeplanner_gui.core.units import format_count, rounded_down, rounded_up
from moeplanner_gui.core.words import say

_WORDS: dict[TermKind, str] = {
    "compute": say("Attention's matrices, shared experts and dense layers"),
    "host_compute": say("Attention's matrices, shared experts and dense layers"),
    "dense_weights": say("Reading weights for short batches"),
    "expert_compute": say("Routed experts"),
    "host_experts": say("Routed experts"),
    "attention": say("Attention to earlier tokens"),
    "expert_copy": say("Copying weights from host memory"),
    "layer_overhead": say("Starting the layers"),
    "all_reduce": say("All-reduces between the cards"),
    "hop": say("Handing batches to the next card"),
}
_COUNTED = frozenset({"layer_overhead", "dense_weights", "all_reduce", "hop"})
_OVER_LINKS: frozenset[TermKind] = frozenset({"expert_copy", "all_reduce", "hop"})
_ROWS = say("catalogs/speed/prefill.json, fitted to the published rows in catalogs/speed")


def explain_prefill(
    prepared: Prepared, assessment: Assessment, catalog: CatalogReader, field: str
) -> Derivation:
    """The derivation of ``prefill_tokens_per_s`` or ``time_to_first_token_s``.

    Raises:
        KeyError: The assessment has no such figure.
    """
    speed = assessment.speed
    prompt, rate = speed.prompt_tokens, speed.prefill_tokens_per_s
    if prompt is None or rate is None:
        raise KeyError(f"speed.{field}")
    found = prefill_speed(prepared, catalog, prompt)
    if not isinstance(found, Prefill):
        raise KeyError(f"speed.{field}")
    if field == "prefill_tokens_per_s":
        return _prefill(found, prepared, assessment, catalog, rate)
    wait = speed.time_to_first_token_s
    alone = decode_speed(prepared, catalog, prompt, 1)
    if field != "time_to_first_token_s" or wait is None or not isinstance(alone, Decode):
        raise KeyError(f"speed.{field}")
    reading = _prefill(found, prepared, assessment, catalog, rate)
    step = leaf(
        say("One step of decoding"),
        _seconds(wait.expected - prompt / rate.expected),
        say("1 ÷ the decode of a single user"),
        confidence=_sure(alone.group.weak),
    )
    sure = max(reading.confidence, step.confidence, key=lambda one: one.rank)
    return Derivation(
        say("Time to the first token"),
        _range(wait, "s"),
        say(
            "{0} tokens of prompt ÷ {1} + one step; nobody else is at work",
            format_count(prompt),
            _rate(rate.expected),
        ),
        confidence=sure,
        inputs=(reading, step),
    )


def _prefill(
    found: Prefill,
    prepared: Prepared,
    assessment: Assessment,
    catalog: CatalogReader,
    rate: Range,
) -> Derivation:
    group = found.group
    sure = _sure(group.weak)
    inputs = [_term(term, found, assessment, sure) for term in found.terms]
    kinds = {term.kind for term in found.terms}
    if not kinds.isdisjoint(_OVER_LINKS):
        nodes = prepared.plan.rig.nodes
        inputs += card_slots(
            prepared.plan,
            catalog,
            (
                number
                for number in dict.fromkeys(card.node for card in prepared.cards)
                if "expert_copy" in kinds or not is_joined_by_modules(nodes[number], catalog)
            ),
        )
    inputs.append(_band(group, sure))
    if found.power is not None:
        inputs.append(
            leaf(say("Power limit"), found.power.sentence, confidence=Confidence.UNVERIFIED)
        )
    batch = found.costs.batch
    return Derivation(
        say("Prefill"),
        _range(rate, "tokens/s"),
        say(
            "{0} tokens ÷ {1}, the mean over the whole prompt, read {2} tokens at a time",
            format_count(found.prompt_tokens),
            _seconds(found.seconds),
            format_count(batch),
        ),
        _ROWS,
        sure,
        tuple(inputs),
    )


def _term(term: Term, found: Prefill, assessment: Assessment, sure: Confidence) -> Derivation:
    label = _WORDS.get(term.kind, term.kind)
    if term.device is not None and term.device < len(assessment.devices):
        label += f", {assessment.devices[term.device].name}"
    return leaf(label, _seconds(term.seconds), _formula(term, found.group), confidence=sure)


def _formula(term: Term, group: PrefillGroup) -> str:
    if term.kind in _COUNTED:
        return say("{0} batches × {1}", format_count(round(term.amount)), _seconds(term.rate))
    if term.kind == "expert_copy":
        return say("{0:,.0f} GB ÷ {1:,.1f} GB/s", term.amount / 1e9, term.rate / 1e9)
    text = say(
        "{0:,.1f} T operations ÷ {1:,.1f} TFLOPS reached", term.amount / 1e12, term.rate / 1e12
    )
    if term.kind == "expert_compute":
        text += say(
            "; tiles that are not full cost up to as much again, at most {0:.0f} "
            "tokens an expert, and weights are read once a batch",
            group.fill_tokens,
        )
    return text


def _band(group: PrefillGroup, sure: Confidence) -> Derivation:
    value = say("× {0:.2f} to × {1:.2f}", group.low, group.high)
    text = say("assumed, nothing was fitted")
    if group.rows:
        text = say(
            "80 % of published rates lie between; {0} rows of {1} combinations of "
            "hardware and model",
            group.rows,
            group.combinations,
        )
    if group.median_error is not None:
        text += say(", median error {0:.0%}", group.median_error)
    if group.note:
        text += f". {group.note}"
    return leaf(say("Band of “{0}”", group.name), value, text, _ROWS, confidence=sure)


def _sure(weak: bool) -> Confidence:
    return Confidence.UNVERIFIED if weak else Confidence.MODELLED


def _rate(value: float) -> str:
    return say("{0:,.1f} tokens/s", value) if value < 10 else say("{0:,.0f} tokens/s", value)


def _range(value: Range, unit: str) -> str:
    waits = unit == "s"
    digits = 1 if waits or value.low < 10 else 0
    low = value.low if waits else rounded_down(value.low, digits)
    high = rounded_up(value.high, digits) if waits else value.high
    low_text, middle, high_text = (
        say("{0:,.{1}f}", one, digits) for one in (low, value.expected, high)
    )
    return say("{0} {1}, between {2} and {3}", middle, unit, low_text, high_text)


def _seconds(value: float) -> str:
    if value >= 1:
        return say("{0:,.1f} s", value)
    return say("{0:.3g} ms", value * 1e3) if value >= 1e-3 else say("{0:.3g} µs", value * 1e6)
