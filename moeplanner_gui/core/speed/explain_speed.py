"""How the rate of decoding came about: each part of a step with its numbers, the constants and
what they were fitted to.

The numbers are those of the assessment, from the same functions; the words are added here.
"""

from __future__ import annotations

from moeplanner_gui.core.assessment import Assessment, Range
from moeplanner_gui.core.derivation import Confidence, Derivation
from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.prepare import Prepared
from moeplanner_gui.core.quantities import counted, leaf
from moeplanner_gui.core.speed.constants import SpeedGroup
from moeplanner_gui.core.speed.costs import GIGA, HOST_OPERATIONS, HOST_USERS, PartCost
from moeplanner_gui.core.speed.decode import Decode, decode_speed, expert_share
from moeplanner_gui.core.speed.explain_links import surroundings
from moeplanner_gui.core.speed.groups import group_for, kind_of
from moeplanner_gui.core.speed.measured_plan import ENGINES
from moeplanner_gui.core.speed.speculative import DECAY, Speculation, speculation_of
from moeplanner_gui.core.speed.terms import Term, TermKind, Unknown, bound_words
from moeplanner_gui.core.units import format_count, rounded_down
from moeplanner_gui.core.words import say

_WORDS: dict[TermKind, str] = {
    "dense_weights": say("Reading attention, shared experts and all else that every token needs"),
    "expert_weights": say("Reading routed experts"),
    "kv_cache": say("Reading the cache and computing attention"),
    "compute": say("Computing for more users"),
    "layer_overhead": say("Starting the layers"),
    "token_overhead": say("Once a step"),
    "all_reduce": say("All-reduces between the cards"),
    "hop": say("Handing the step to the next card"),
    "host_weights": say("Reading weights in host memory"),
    "host_experts": say("Reading routed experts in host memory"),
    "host_kv_cache": say("Reading the cache in host memory"),
    "host_overhead": say("Layers that the processor computes"),
    "disk_experts": say("Reading routed experts from the disk"),
    "draft": say("Guessing by the prediction layer"),
}
_FILE = say("catalogs/speed/groups.json, fitted to the published rows in catalogs/speed")
_SHOWN_SOURCES = 6
_GUESSED_BACKENDS = {"NVIDIA": "cuda", "AMD": "rocm", "Apple": "metal", "Intel": "sycl"}


def explain_decode(
    prepared: Prepared, assessment: Assessment, catalog: CatalogReader, field: str
) -> Derivation:
    """The derivation of ``decode_tokens_per_s`` or ``decode_tokens_per_s_all_users``.

    Raises:
        KeyError: The assessment has no such figure.
    """
    speed = assessment.speed
    users = prepared.plan.workload.sequences
    each, depth = speed.decode_tokens_per_s, speed.depth_tokens
    if each is None or depth is None:
        raise KeyError(f"speed.{field}")
    found = decode_speed(prepared, catalog, depth, users)
    if isinstance(found, Unknown):
        raise KeyError(f"speed.{field}")
    one = _each(prepared, found, assessment, catalog, each)
    everyone = speed.decode_tokens_per_s_all_users
    if field == "decode_tokens_per_s":
        return one
    if field != "decode_tokens_per_s_all_users" or everyone is None:
        raise KeyError(f"speed.{field}")
    return Derivation(
        say("Decode, all users together"),
        _range(everyone),
        say("{0} × {1} tokens/s", counted(users, "user"), _number(each.expected)),
        confidence=one.confidence,
        inputs=(one,),
    )


def _each(
    prepared: Prepared,
    found: Decode,
    assessment: Assessment,
    catalog: CatalogReader,
    rate: Range,
) -> Derivation:
    sure = Confidence.UNVERIFIED if found.weak else Confidence.MODELLED
    terms = found.terms
    inputs = [_term(term, found, assessment, sure) for term in terms]
    seconds = sum(term.seconds for term in terms)
    if abs(seconds * rate.expected - 1.0) > 1e-6:
        inputs.append(_correction(prepared, seconds, rate))
    inputs += surroundings(prepared.plan, found.costs.traffic, catalog, found.users)
    inputs.append(_band(found, sure))
    inputs.append(_constants(found.group, catalog, sure))
    users = found.users
    at_work = say("one user") if users == 1 else say("each of {0} users", format_count(users))
    return Derivation(
        say("Decode") if users == 1 else say("Decode, each user"),
        _range(rate),
        say(
            "1 ÷ {0} a step, for {1} with {2} tokens of context filled; what takes "
            "the most time: {3}",
            _seconds(seconds),
            at_work,
            format_count(found.depth_tokens),
            bound_words(found.bound_by),
        ),
        _FILE,
        sure,
        tuple(inputs),
    )


def _correction(prepared: Prepared, seconds: float, rate: Range) -> Derivation:
    value = say("× {0:.2f}", seconds * rate.expected)
    found = speculation_of(prepared)
    if not isinstance(found, Speculation):
        text = say("tokens that a step yields over what it costs")
        return leaf(say("Prediction layers"), value, text, confidence=Confidence.UNVERIFIED)
    share = found.acceptance.rate
    text = say(
        "tokens that a step gives: every guess counts if all before it were "
        "right, the first in {0:.0%} of cases",
        share.expected,
    )
    if share.low < share.high:
        text += say(" ({0:.0%} to {1:.0%}, which widens the band)", share.low, share.high)
    text += say(", each further one {0:g} times as often", DECAY)
    guesses = say("1 guess") if found.guesses == 1 else say("{0} guesses", found.guesses)
    sure = found.acceptance.confidence
    return leaf(
        say("Prediction layers, {0}", guesses),
        value,
        text,
        found.acceptance.source,
        confidence=sure,
    )


def _term(term: Term, found: Decode, assessment: Assessment, sure: Confidence) -> Derivation:
    label = _WORDS.get(term.kind, term.kind)
    if term.device is not None and term.device < len(assessment.devices):
        label += f", {assessment.devices[term.device].name}"
    return leaf(label, _seconds(term.seconds), _formula(term, found), confidence=sure)


def _formula(term: Term, found: Decode) -> str:
    if term.kind in ("all_reduce", "hop", "token_overhead"):
        return f"{format_count(round(term.amount))} × {_seconds(term.rate)}"
    cost = _cost_at(found, term.device)
    if cost is None:
        return ""
    group, part = cost.group, cost.part
    place = say("{0:,.0f} GB/s", part.gbs)
    if term.kind == "draft":
        return say(
            "{0} the prediction layer and the output head: {1} in all, and starting them",
            counted(found.guesses, "time"),
            _gb(term.amount),
        )
    if term.kind in ("dense_weights", "expert_weights"):
        weights = part.dense_parameters
        if term.kind == "expert_weights":
            share = _share(found)
            weights = part.expert_parameters * share
        text = say(
            "{0} ÷ ({1} × {2:g}) + {3:.3g} billion weights × {4:g} operations to "
            "unpack ÷ {5:.3g} TFLOPS",
            _gb(term.amount),
            place,
            group.efficiency,
            weights / GIGA,
            group.unpack_ops,
            part.shader_tflops,
        )
        return text + _experts_read(found, term.kind)
    if term.kind in ("host_weights", "host_experts"):
        weights = part.dense_parameters
        if term.kind == "host_experts":
            weights = part.expert_parameters * _share(found)
        text = say(
            "({0} + {1:.3g} billion weights × {2:g} B to unpack) ÷ ({3} × {4:g})",
            _gb(term.amount),
            weights / GIGA,
            group.host_unpack_bytes,
            place,
            group.host_efficiency,
        )
        return text + _experts_read(found, term.kind)
    if term.kind == "disk_experts":
        return f"{_gb(term.amount)} ÷ {place}" + _experts_read(found, term.kind)
    if term.kind in ("kv_cache", "host_kv_cache"):
        if term.kind == "kv_cache":
            return say(
                "{0} ÷ ({1} × {2:g}), and attention at {3:.0%} of {4:.3g} TFLOPS",
                _gb(term.amount),
                place,
                group.cache_efficiency,
                group.attention_efficiency,
                part.shader_tflops,
            )
        return say(
            "{0} ÷ ({1} × {2:g}), and every {3:g} operations of attention take as long as a byte",
            _gb(term.amount),
            place,
            group.host_efficiency,
            HOST_OPERATIONS,
        )
    if term.kind == "compute":
        if part.place == "host":
            return say("a processor is busy with {0} users", HOST_USERS)
        return say(
            "2 operations a weight and user at {0:.0%} of {1:,.0f} TFLOPS; that of "
            "one user hides behind the reading",
            group.compute_efficiency,
            part.tflops or 0,
        )
    return say("{0} layers × {1} on average", format_count(round(term.amount)), _seconds(term.rate))


def _experts_read(found: Decode, kind: TermKind) -> str:
    if kind not in ("expert_weights", "host_experts", "disk_experts"):
        return ""
    traffic = found.costs.traffic
    return say("; {0} of {1} experts a token", traffic.top_k, format_count(traffic.experts)) + (
        say(", {0:.1%} of them for all tokens of a step", _share(found))
        if _several(found) > 1
        else ""
    )


def _several(found: Decode) -> int:
    """Tokens that a step computes: one of every user, and those that were guessed."""
    return found.users * (found.guesses + 1)


def _share(found: Decode) -> float:
    traffic, users = found.costs.traffic, _several(found)
    copies = max(users / traffic.replicas, 1.0)
    tokens = copies / min(float(traffic.micro_batches), copies)
    tokens *= min(traffic.expert_replicas, users)
    return expert_share(traffic, max(tokens, 1.0), found.group.union_power)


def _cost_at(found: Decode, device: int | None) -> PartCost | None:
    for stage in found.costs.stages:
        for cost in stage.parts:
            if cost.part.position == device:
                return cost
    return None


def _band(found: Decode, sure: Confidence) -> Derivation:
    costs, group = found.costs, found.group
    text = say(
        "80 % of published rates lie between, on hardware and models that the fit did not see"
    )
    if costs.new:
        text = say(
            "wider than that of the group: nothing alike was measured with it "
            "(another attention, DeepSeek V4, or a card that was typed in)"
        )
    elif group.weak:
        text += say("; widened, because few combinations were measured")
    high, rate = costs.high, found.rate
    if not found.guesses and found.slowed == 1.0 and rate.high < 0.999 * high * rate.expected:
        high = rate.high / rate.expected
        text += say("; no higher than what the memories deliver at their peak")
    low = costs.low
    if costs.slower and not found.guesses:
        low = rate.low / rate.expected
        text += say("; the low end also counts a network without RDMA")
    return leaf(say("Band"), say("× {0:.2f} to × {1:.2f}", low, high), text, _FILE, confidence=sure)


def _constants(group: SpeedGroup, catalog: CatalogReader, sure: Confidence) -> Derivation:
    rows = counted(group.rows, "row")
    text = say("{0} of {1} of hardware and model", rows, counted(group.combinations, "combination"))
    if not group.rows:
        text = say("no row: the constants are those that all groups share")
    if group.median_error is not None:
        text += say("; median error {0:.0%} on combinations it did not see", group.median_error)
    if group.note:
        text += f". {group.note}"
    return Derivation(
        say("Constants “{0}”", group.name),
        group.id,
        text,
        "; ".join(_sources(group, catalog)) or _FILE,
        sure,
    )


def _sources(group: SpeedGroup, catalog: CatalogReader) -> list[str]:
    """Where the rows behind a group were published, the most of them first."""
    counts: dict[str, int] = {}
    for row in catalog.speed.measurements:
        if row.use != "fit" or row.engine not in ENGINES:
            continue
        card = _card(row.card_id, catalog)
        backend = row.backend or ("cpu" if card is None else _GUESSED_BACKENDS.get(card.vendor, ""))
        family = "cpu" if card is None else kind_of(card)
        found = group_for(catalog.speed.groups, ENGINES[row.engine], backend, family)
        if found is not None and found.id == group.id:
            counts[row.source] = counts.get(row.source, 0) + 1
    names = sorted(counts, key=lambda name: -counts[name])
    more = len(names) - _SHOWN_SOURCES
    shown = names[:_SHOWN_SOURCES]
    if more <= 0:
        return shown
    rest = (
        say("and 1 more source") if more == 1 else say("and {0} more sources", format_count(more))
    )
    return [*shown, rest]


def _card(card_id: str | None, catalog: CatalogReader) -> GpuSpec | None:
    if card_id is None:
        return None
    try:
        return catalog.gpu(card_id)
    except UnknownEntryError:
        return None


def _gb(size_bytes: float) -> str:
    if size_bytes >= 1e8:
        return say("{0:,.2f} GB", size_bytes / 1e9)
    return say("{0:,.1f} MB", size_bytes / 1e6)


def _number(value: float) -> str:
    return say("{0:,.1f}", value) if value < 100 else say("{0:,.0f}", value)


def _range(value: Range) -> str:
    digits = 1 if value.low < 100 else 0
    low = say("{0:,.{1}f}", rounded_down(value.low, digits), digits)
    middle, high = map(_number, (value.expected, value.high))
    return say("{0} tokens/s, between {1} and {2}", middle, low, high)


def _seconds(value: float) -> str:
    if value >= 1:
        return say("{0:,.2f} s", value)
    return say("{0:.3g} ms", value * 1e3) if value >= 1e-3 else say("{0:.3g} µs", value * 1e6)
