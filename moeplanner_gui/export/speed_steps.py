"""One step of decode as bars: what takes how long, what is moved and how fast. Knows no Qt."""

from __future__ import annotations

from collections.abc import Sequence

from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.speed.terms import BOUND_OF, Term, TermKind
from moeplanner_gui.core.units import GB, format_count
from moeplanner_gui.core.words import say
from moeplanner_gui.export.speed_words import figure

TERM_WORDS: dict[TermKind, str] = {
    "dense_weights": say("Attention, shared, head"),
    "expert_weights": say("Routed experts"),
    "kv_cache": say("KV cache and state"),
    "compute": say("Arithmetic"),
    "layer_overhead": say("Launching layers"),
    "token_overhead": say("Sampling and scheduling"),
    "all_reduce": say("All-reduce between cards"),
    "hop": say("Hand-over between cards"),
    "host_weights": say("Other weights in host memory"),
    "host_experts": say("Experts in host memory"),
    "host_kv_cache": say("KV cache in host memory"),
    "host_overhead": say("Work of the CPU"),
    "disk_experts": say("Experts on the disk"),
    "draft": say("Drafting (MTP)"),
    "expert_compute": say("Arithmetic of the experts"),
    "attention": say("Attention over the prompt"),
    "expert_copy": say("Experts copied to the card"),
    "host_compute": say("Arithmetic of the CPU"),
}
_COUNTED: dict[TermKind, str] = {
    "layer_overhead": "layer",
    "token_overhead": "step",
    "all_reduce": "all-reduce",
    "hop": "hand-over",
    "host_overhead": "layer",
}
"""Terms that are counted instead of moved; their rate is seconds for each."""
_FLOPS: frozenset[TermKind] = frozenset(("compute", "expert_compute", "attention", "host_compute"))
"""Terms of arithmetic: floating-point operations, and how many a second."""


@dataclass(frozen=True, slots=True)
class Step:
    """One bar of the waterfall: a part of the time of a step.

    Attributes:
        kind: What takes the time.
        label: The same in words, with the device where it matters.
        start_s: When it begins within the step, seconds.
        seconds: How long it takes.
        share: Its part of the step, from 0 to 1.
        amount: What is moved or counted, with its unit; "" where nothing is.
        rate: How fast, with its unit; "" where there is none.
        counted: Whether the rate is a time for each; else the amount is divided by it.
    """

    kind: TermKind
    label: str
    start_s: float
    seconds: float
    share: float
    amount: str
    rate: str
    counted: bool = False

    @property
    def formula(self) -> str:
        """How the time follows: ``3.47 GB ÷ 1,612 GB/s = 2.15 ms``."""
        if not self.amount or not self.rate:
            return say("{0} a step", milliseconds(self.seconds))
        return f"{self.work} = {milliseconds(self.seconds)}"

    @property
    def work(self) -> str:
        """What is done, and how fast: ``3.47 GB ÷ 1,612 GB/s``, ``43 layers × 70 µs``."""
        sign = " × " if self.counted else " ÷ "
        return sign.join(part for part in (self.amount, self.rate) if part)

    @property
    def bound(self) -> str:
        """What would make it shorter."""
        return BOUND_OF[self.kind]


def steps_of(terms: Sequence[Term], device_names: Sequence[str] = (), most: int = 6) -> list[Step]:
    """The bars of one step, in the order in which the terms come.

    Terms of one kind on several devices are one bar together where there would be more than
    ``most`` bars. What takes no time has no bar.
    """
    kept = [term for term in terms if term.seconds > 0]
    # A kind that one device alone has needs no name of a device.
    kinds = [term.kind for term in kept]
    several = {kind for kind in kinds if kinds.count(kind) > 1}
    if len(kept) > most:
        kept, counts = _merged(kept)
    else:
        counts = [1] * len(kept)
    whole = sum(term.seconds for term in kept)
    found: list[Step] = []
    start = 0.0
    for term, count in zip(kept, counts, strict=True):
        label = TERM_WORDS[term.kind]
        if count > 1:
            label += say(", {0} devices", count)
        elif term.kind in several and term.device is not None and term.device < len(device_names):
            label += f", {device_names[term.device]}"
        share = term.seconds / whole if whole else 0.0
        amount, speed = _amount(term), _rate(term)
        counted = _counted(term.kind, term.rate) is not None
        found.append(Step(term.kind, label, start, term.seconds, share, amount, speed, counted))
        start += term.seconds
    return found


def _merged(terms: Sequence[Term]) -> tuple[list[Term], list[int]]:
    """One term a kind; its rate is what the sums give."""
    by_kind: dict[TermKind, list[Term]] = {}
    for term in terms:
        by_kind.setdefault(term.kind, []).append(term)
    merged, counts = [], []
    for kind, alike in by_kind.items():
        time, amount = sum(t.seconds for t in alike), sum(t.amount for t in alike)
        if _counted(kind, alike[0].rate) == "user":
            # The same users come by on every device: they are not counted again.
            amount = max(t.amount for t in alike)
        speed = 0.0
        if amount and all(t.rate for t in alike):
            counted = _counted(kind, alike[0].rate) is not None
            speed = time / amount if counted else amount / time
        device = alike[0].device if len(alike) == 1 else None
        merged.append(Term(kind, time, device, amount, speed))
        counts.append(len(alike))
    return merged, counts


def milliseconds(value: float) -> str:
    """A time of a step in ms: whole from 100 up, two decimals from 1, else three."""
    ms = value * 1000
    if ms >= 100:
        return say("{0:,.0f} ms", ms)
    return say("{0:.2f} ms", ms) if ms >= 1 else say("{0:.3f} ms", ms)


def milliseconds_alone(value: float) -> str:
    """The same without the unit, which a column's heading has."""
    ms = value * 1000
    if ms >= 100:
        return say("{0:,.0f}", ms)
    return say("{0:.2f}", ms) if ms >= 1 else say("{0:.3f}", ms)


def percent(share: float) -> str:
    """A share of a step; what is little is never told as nothing."""
    if 0 < share < 0.005:
        return "< 1 %"
    return say("{0:.0f} %", share * 100)


def _counted(kind: TermKind, rate: float) -> str | None:
    """What a term counts; None where it moves bytes or does arithmetic.

    Arithmetic of a step is counted in users: so many times what one of them takes.
    """
    if kind in _FLOPS and 0 < rate < 1:
        return "user"
    return _COUNTED.get(kind)


def _amount(term: Term) -> str:
    if not term.amount:
        return ""
    counted = _counted(term.kind, term.rate)
    if counted is not None:
        count = round(term.amount)
        return _so_many(counted, count)
    if term.kind in _FLOPS:
        return say("{0:,.1f} GFLOP", term.amount / 1e9)
    return bytes_text(term.amount)


def _rate(term: Term) -> str:
    if not term.rate:
        return ""
    if _counted(term.kind, term.rate) is not None:
        return f"{figure(term.rate * 1e6)} µs"
    if term.kind in _FLOPS:
        return say("{0} TFLOP/s", figure(term.rate / 1e12))
    return say("{0} GB/s", figure(term.rate / GB))


def units_of(term: Term) -> tuple[str, str]:
    """The plain units of a term's amount and of its rate."""
    counted = _counted(term.kind, term.rate)
    if counted is not None:
        return f"{counted}s", say("s each")
    return ("FLOP", "FLOP/s") if term.kind in _FLOPS else ("bytes", "bytes/s")


def bytes_text(amount: float) -> str:
    """What a step moves, in the units of bandwidths: ``3.47 GB``, ``62.1 MB``, ``8.2 kB``."""
    for size, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if amount >= size:
            shown = amount / size
            return (
                say("{0:,.2f} {1}", shown, name) if shown < 10 else say("{0:,.1f} {1}", shown, name)
            )
    return say("{0:,.0f} B", amount)


def _so_many(word: str, count: int) -> str:
    """``"43 layers"``, ``"1 hand-over"``."""
    number = format_count(count)
    one, several = {
        "layer": (say("{0} layer", number), say("{0} layers", number)),
        "step": (say("{0} step", number), say("{0} steps", number)),
        "all-reduce": (say("{0} all-reduce", number), say("{0} all-reduces", number)),
        "hand-over": (say("{0} hand-over", number), say("{0} hand-overs", number)),
        "user": (say("{0} user", number), say("{0} users", number)),
    }[word]
    return one if count == 1 else several
