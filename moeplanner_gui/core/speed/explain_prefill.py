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

_WORDS: dict[TermKind, str] = {
    "compute": "Attention's matrices, shared experts and dense layers",
    "host_compute": "Attention's matrices, shared experts and dense layers",
    "dense_weights": "Reading weights for short batches",
    "expert_compute": "Routed experts",
    "host_experts": "Routed experts",
    "attention": "Attention to earlier tokens",
    "expert_copy": "Copying weights from host memory",
    "layer_overhead": "Starting the layers",
    "all_reduce": "All-reduces between the cards",
    "hop": "Handing batches to the next card",
}
_COUNTED = frozenset({"layer_overhead", "dense_weights", "all_reduce", "hop"})
_OVER_LINKS: frozenset[TermKind] = frozenset({"expert_copy", "all_reduce", "hop"})
_ROWS = "catalogs/speed/prefill.json, fitted to the published rows in catalogs/speed"


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
        "One step of decoding",
        _seconds(wait.expected - prompt / rate.expected),
        "1 ÷ the decode of a single user",
        confidence=_sure(alone.group.weak),
    )
    sure = max(reading.confidence, step.confidence, key=lambda one: one.rank)
    return Derivation(
        "Time to the first token",
        _range(wait, "s"),
        f"{format_count(prompt)} tokens of prompt ÷ {_rate(rate.expected)} + one step; nobody "
        "else is at work",
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
        inputs.append(leaf("Power limit", found.power.sentence, confidence=Confidence.UNVERIFIED))
    batch = found.costs.batch
    return Derivation(
        "Prefill",
        _range(rate, "tokens/s"),
        f"{format_count(found.prompt_tokens)} tokens ÷ {_seconds(found.seconds)}, the mean over "
        f"the whole prompt, read {format_count(batch)} tokens at a time",
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
        return f"{format_count(round(term.amount))} batches × {_seconds(term.rate)}"
    if term.kind == "expert_copy":
        return f"{term.amount / 1e9:,.0f} GB ÷ {term.rate / 1e9:,.1f} GB/s"
    text = f"{term.amount / 1e12:,.1f} T operations ÷ {term.rate / 1e12:,.1f} TFLOPS reached"
    if term.kind == "expert_compute":
        text += (
            "; tiles that are not full cost up to as much again, at most "
            f"{group.fill_tokens:.0f} tokens an expert, and weights are read once a batch"
        )
    return text


def _band(group: PrefillGroup, sure: Confidence) -> Derivation:
    value = f"× {group.low:.2f} to × {group.high:.2f}"
    text = "assumed, nothing was fitted"
    if group.rows:
        text = (
            f"80 % of published rates lie between; {group.rows} rows of {group.combinations} "
            "combinations of hardware and model"
        )
    if group.median_error is not None:
        text += f", median error {group.median_error:.0%}"
    if group.note:
        text += f". {group.note}"
    return leaf(f"Band of “{group.name}”", value, text, _ROWS, confidence=sure)


def _sure(weak: bool) -> Confidence:
    return Confidence.UNVERIFIED if weak else Confidence.MODELLED


def _rate(value: float) -> str:
    return f"{value:,.1f} tokens/s" if value < 10 else f"{value:,.0f} tokens/s"


def _range(value: Range, unit: str) -> str:
    waits = unit == "s"
    digits = 1 if waits or value.low < 10 else 0
    low = value.low if waits else rounded_down(value.low, digits)
    high = rounded_up(value.high, digits) if waits else value.high
    low_text, middle, high_text = (f"{one:,.{digits}f}" for one in (low, value.expected, high))
    return f"{middle} {unit}, between {low_text} and {high_text}"


def _seconds(value: float) -> str:
    if value >= 1:
        return f"{value:,.1f} s"
    return f"{value * 1e3:.3g} ms" if value >= 1e-3 else f"{value * 1e6:.3g} µs"
