"""The words of speed: figures with unit and band, sentences, how sure it is, measurements.

The Speed tab, the printed plan and the CSV say the same by the same functions. Knows no Qt.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from math import ceil
from typing import TYPE_CHECKING

from moeplanner_gui.core.assessment import Assessment, Range, Speed
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.speed.assess import NOT_FITTING
from moeplanner_gui.core.speed.constants import SpeedGroup
from moeplanner_gui.core.speed.prefill_constants import PrefillGroup
from moeplanner_gui.core.speed.terms import bound_words
from moeplanner_gui.core.units import format_count, rounded_down, rounded_up
from moeplanner_gui.core.verdict_words import without_verdict
from moeplanner_gui.core.words import before_next, paragraph, say

if TYPE_CHECKING:
    from moeplanner_gui.core.speed.measurement import Measurement

_PARALLELISM = {
    "layer": say("layer split"),
    "tensor": say("tensor parallel"),
    "expert": say("expert parallel"),
    "data": say("data parallel"),
    "single": "",
}
_OFFLOADS = {
    "none": "",
    "experts_cpu": say("experts in host memory"),
    "cpu_only": say("CPU only"),
    "partial": say("partly in host memory"),
}


def figure(value: float) -> str:
    """A rate or a time: whole from 10 up, one decimal below, two below 1."""
    if value >= 10:
        return say("{0:,.0f}", value)
    return say("{0:.1f}", value) if value >= 1 else say("{0:.2f}", value)


def low_figure(value: float) -> str:
    """The low end of a rate, never rounded up: who counts on it must get it."""
    return figure(rounded_down(value, _decimals(value)))


def long_figure(value: float) -> str:
    """The long end of a wait, never rounded down."""
    return figure(rounded_up(value, _decimals(value)))


def _decimals(value: float) -> int:
    return 0 if value >= 10 else 1 if value >= 1 else 2


def band(value: Range) -> str:
    """``24–39``: the band of a rate."""
    return f"{low_figure(value.low)}–{figure(value.high)}"


def wait_band(value: Range) -> str:
    """``23–90``: the band of a wait."""
    return f"{figure(value.low)}–{long_figure(value.high)}"


def rate(value: Range) -> str:
    """``31 tok/s (24–39)``."""
    return say("{0} tok/s ({1})", figure(value.expected), band(value))


def seconds(value: float) -> str:
    """A wait: ``0.42 s``, ``45 s``, ``3 min 20 s``, ``2 h 5 min``."""
    if value < 100:
        return f"{figure(value)} s"
    minutes, rest = divmod(round(value), 60)
    if minutes < 60:
        return say("{0} min {1} s", minutes, rest) if rest else say("{0} min", minutes)
    hours, left = divmod(round(value / 60), 60)
    return say("{0:,} h {1} min", hours, left) if left else say("{0:,} h", hours)


def wait(value: Range) -> str:
    """A wait with its band: ``45 s (23–90)``; both ends have their unit where it is not s."""
    if value.high < 100:
        return f"{figure(value.expected)} s ({wait_band(value)})"
    high = value.high if value.high < 100 else ceil(value.high)
    if high >= 6000:
        high = 60 * ceil(high / 60)
    return f"{seconds(value.expected)} ({seconds(value.low)} – {seconds(high)})"


# --- sentences --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a sentence; a figure has the path that explains it."""

    text: str
    path: str = ""


def plain(pieces: Sequence[Piece]) -> str:
    """The sentence without its paths."""
    return "".join(piece.text for piece in pieces)


def answer_pieces(plan: Plan, speed: Speed) -> tuple[Piece, ...]:
    """The answer: ``31 tok/s (24–39) for each of 8 users, 248 (192–312) for all of them; …``."""
    users = plan.workload.sequences
    found: list[Piece] = []
    each, everyone = speed.decode_tokens_per_s, speed.decode_tokens_per_s_all_users
    if each is not None:
        found += [Piece(say("Decode ")), Piece(rate(each), "speed.decode_tokens_per_s")]
        if users > 1 and everyone is not None:
            whole = f"{figure(everyone.expected)} ({band(everyone)})"
            found += [
                Piece(say(" for each of {0} users, ", format_count(users))),
                Piece(whole, "speed.decode_tokens_per_s_all_users"),
                Piece(say(" for all of them")),
            ]
    read, first = speed.prefill_tokens_per_s, speed.time_to_first_token_s
    if read is not None and first is None:
        found += [Piece(say("; prefill ") if found else say("Prefill "))]
        found += [Piece(rate(read), "speed.prefill_tokens_per_s")]
    if first is not None:
        found += [Piece(say("; first token after ") if found else say("First token after "))]
        found += [Piece(wait(first), "speed.time_to_first_token_s")]
    return (*found, Piece(say("."))) if found else ()


def detail_pieces(
    plan: Plan, speed: Speed, group: SpeedGroup | None, prefill_group: PrefillGroup | None = None
) -> tuple[Piece, ...]:
    """For which case the answer holds, what bounds it and what stands behind it."""
    found: list[Piece] = []
    decoded = speed.decode_tokens_per_s is not None
    if decoded:
        found.append(Piece(before_next(case_sentence(plan, speed))))
    read = speed.prefill_tokens_per_s
    if read is not None and speed.time_to_first_token_s is not None:
        same = decoded and speed.prompt_tokens == speed.depth_tokens
        prompt = say("A prompt of {0} tokens", format_count(speed.prompt_tokens or 0))
        weak = prefill_group is not None and (prefill_group.weak or not prefill_group.rows)
        found += [
            Piece(say("{0} is read at ", say("Such a prompt") if same else prompt)),
            Piece(rate(read), "speed.prefill_tokens_per_s"),
            Piece(say("; few measurements stand behind that. ") if weak else before_next(say("."))),
        ]
    if decoded or read is not None:
        found.append(Piece(sure_sentence(group, weak=speed.weak)))
    if speed.because:
        found.append(Piece(f" {speed.because}"))
    return tuple(found)


def case_sentence(plan: Plan, speed: Speed) -> str:
    """For which case the decode figure holds and what bounds it."""
    users = plan.workload.sequences
    each = say(" for each user") if users > 1 else ""
    filled = say(
        "With {0} tokens of context filled{1}", format_count(speed.depth_tokens or 0), each
    )
    bound = say(", bound by {0}", bound_words(speed.bound_by)) if speed.bound_by else ""
    return say("{0}{1}.", filled, bound)


def sure_sentence(group: SpeedGroup | None, *, weak: bool) -> str:
    """What stands behind the figures and how far they can be trusted."""
    if group is None:
        return (
            say("Modelled, and few measurements stand behind it: take the low end.") if weak else ""
        )
    if group.rows == 1:
        rows = say("1 published measurement")
    else:
        rows = say("{0} published measurements", format_count(group.rows))
    if not group.rows:
        return say("Weak: no measurement stands behind it ({0}). Take the low end.", group.name)
    if group.weak:
        if group.rows == 1:
            return say("Weak: only {0} stands behind it ({1}). Take the low end.", rows, group.name)
        return say("Weak: only {0} stand behind it ({1}). Take the low end.", rows, group.name)
    if weak and group.rows == 1:
        return say(
            "Weak: the 1 published measurement behind it is not alike ({0}). Take the low end.",
            group.name,
        )
    if weak:
        return say(
            "Weak: nothing alike is among the {0} published measurements behind it ({1})."
            " Take the low end.",
            format_count(group.rows),
            group.name,
        )
    return say(
        "Modelled: holds for 8 of 10 of {0} measurements ({1}).",
        format_count(group.rows),
        group.name,
    )


# --- measurements -----------------------------------------------------------------------------


def hardware_text(row: Measurement, catalog: CatalogReader | None = None) -> str:
    """``2 × RTX PRO 6000, tensor parallel, PCIe 5.0 x16``; the catalogue's names where known."""
    name = row.hardware
    if catalog is not None and row.card_id is not None:
        with suppress(UnknownEntryError):
            name = catalog.gpu(row.card_id).name
    cards = f"{row.cards} × {name}" if row.cards > 1 else name
    parts = [cards, _PARALLELISM[row.parallelism], _OFFLOADS[row.offload], row.interconnect or ""]
    if row.host and row.offload != "none":
        parts.append(row.host)
    return ", ".join(part for part in parts if part)


def engine_text(row: Measurement) -> str:
    """``llama.cpp b6123, CUDA``."""
    words = {"vllm": "vLLM", "sglang": "SGLang", "ktransformers": "KTransformers"}
    name = words.get(row.engine.lower(), row.engine)
    version = f" {row.engine_version}" if row.engine_version else ""
    return f"{name}{version}{f', {row.backend}' if row.backend else ''}"


def depth_text(row: Measurement) -> str:
    """Tokens already in the context; 0 is an empty one."""
    return format_count(row.depth_tokens)


def source_text(source: str) -> str:
    """A source in a few words: of an address the host and the last part of the path."""
    if not is_link(source):
        return source
    host, _, path = source.split("://", 1)[1].partition("/")
    return "/".join(part for part in (host.removeprefix("www."), path.strip("/")) if part)


def is_link(source: str) -> bool:
    """True for an address that a browser may be asked to open."""
    return source.lower().startswith(("https://", "http://")) and source.isprintable()


def why_none(assessment: Assessment) -> tuple[str, str]:
    """Title and sentence where there is no speed."""
    because = assessment.speed.because or ""
    reason = next(iter(assessment.reasons), "")
    if assessment.verdict == "cannot_run":
        return say("Cannot run, so there is no speed"), without_verdict(reason)
    if assessment.verdict == "does_not_fit":
        short = without_verdict(reason)
        # More users than fit are refused with the number that works: that comes first.
        more = because.removeprefix(NOT_FITTING).strip()
        return say("Does not fit, so there is no speed"), paragraph((more, short))
    return say("The speed is unknown"), because or say(
        "Unknown, because nothing is known of this rig."
    )
