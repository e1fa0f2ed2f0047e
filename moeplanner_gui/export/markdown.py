"""A plan as Markdown for a forum: the verdict, the rig, memory, speed, cost, what to know.

One page that reads the same on GitHub, Reddit and Discourse, and as plain text. Without links;
names from files are escaped, and what a forum would make a link or a mention of is broken up.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import groupby

import moeplanner_gui
from moeplanner_gui.core.assessment import Assessment, DeviceMemory
from moeplanner_gui.core.bill_rows import bill_rows, bill_sum
from moeplanner_gui.core.card_rows import card_name
from moeplanner_gui.core.cost.sentence import (
    cost_sentence,
    known_usd,
    money_text,
    usd_band,
    whole_usd,
)
from moeplanner_gui.core.plan import Plan, weights_id
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.units import GIB, format_count, format_parameters
from moeplanner_gui.core.users import is_shared, slots_of
from moeplanner_gui.core.verdict import format_short
from moeplanner_gui.core.verdict_words import divided
from moeplanner_gui.core.words import paragraph, say
from moeplanner_gui.export import speed_words as words
from moeplanner_gui.export.assumptions import assumptions
from moeplanner_gui.export.checks import checks_list
from moeplanner_gui.export.csv import VERDICT_WORDS
from moeplanner_gui.export.safe_text import markdown_table, markdown_text, one_line
from moeplanner_gui.safe_write import write_file_atomically

MOST_PARTS = 9
MOST_DEVICES = 6
MOST_NOTES = 5
MOST_ASSUMED = 2
LONGEST_NAME = 80
_ENGINES = {"vllm": "vLLM", "sglang": "SGLang", "ktransformers": "KTransformers"}


def plan_markdown(
    plan: Plan, assessment: Assessment, catalog: CatalogReader, today: date | None = None
) -> str:
    """The plan as Markdown text; ``today`` is printed at its end when it is given."""
    blocks = [
        f"## {markdown_text(_title(plan, catalog), 2 * LONGEST_NAME)}",
        _verdict(assessment),
        markdown_table((say("Question"), say("Answer")), _answers(plan, assessment, catalog)),
        *_rig(plan, catalog),
        *_memory(assessment),
        *_notes(plan, assessment, catalog),
        _foot(catalog, today),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def write_markdown(
    path: str | os.PathLike[str],
    plan: Plan,
    assessment: Assessment,
    catalog: CatalogReader,
    today: date | None = None,
) -> None:
    """Save the plan as a Markdown file in UTF-8.

    Raises:
        OSError: The file could not be written; an existing one is unchanged.
    """
    text = plan_markdown(plan, assessment, catalog, today)
    write_file_atomically(path, text.encode("utf-8"))


def _title(plan: Plan, catalog: CatalogReader) -> str:
    """The plan's own name, else the model and the cards."""
    if plan.name:
        return one_line(plan.name, LONGEST_NAME)
    cards = Counter(
        one_line(card_name(card, catalog), LONGEST_NAME)
        for node in plan.rig.nodes
        for card in node.gpus
    )
    rig = ", ".join(f"{count} × {name}" for name, count in cards.items())
    return say("{0} on {1}", _model_name(plan, catalog), rig or say("host memory alone"))


def _model_name(plan: Plan, catalog: CatalogReader) -> str:
    try:
        return one_line(catalog.model(plan.model).name, LONGEST_NAME)
    except UnknownEntryError:
        return one_line(plan.model, LONGEST_NAME)


def _verdict(assessment: Assessment) -> str:
    """The answer: the word in bold, then the sentence."""
    word = VERDICT_WORDS[assessment.verdict]
    first, *more = assessment.reasons or (f"{word}.",)
    head, rest = divided(first)
    told = paragraph((rest, *more)).strip()
    bold = f"**{markdown_text(head[:-1])}{head[-1]}**" if head else f"**{word}.**"
    return f"{bold} {markdown_text(told, 600)}".rstrip() if told else bold


def _answers(
    plan: Plan, assessment: Assessment, catalog: CatalogReader
) -> Iterator[tuple[str, str]]:
    """What was asked and what came out, a line each; what is not known says so."""
    figures, deployment = assessment.model, plan.deployment
    size = ""
    if figures is not None:
        size = say(
            ", {0} total, {1} active",
            format_parameters(figures.total_parameters),
            format_parameters(figures.active_parameters),
        )
    yield say("Model"), f"{_model_name(plan, catalog)}{size}"
    weights = weights_id(plan)
    if figures is not None:
        weights += say(
            ", {0:,.1f} GiB, {1:.2f} bits a weight",
            figures.weights_bytes / GIB,
            figures.bits_per_weight,
        )
    yield say("Weights"), weights
    key, value = deployment.cache_type_k, deployment.cache_type_v
    cache = key if key == value else f"{key} / {value}"
    engine = _ENGINES.get(deployment.engine, deployment.engine)
    yield say("Engine"), say("{0}, KV cache {1}", engine, cache)
    yield say("Context"), _tokens(plan, plan.workload.context_tokens)
    if assessment.verdict != "cannot_run":
        yield say("Longest context"), _longest(plan, assessment)
    yield from _speeds(plan, assessment)
    if assessment.power.load_w is not None:
        yield say("Power at the wall"), say("{0} W at work", format_count(assessment.power.load_w))
    yield say("Hardware"), _hardware(plan, catalog)
    yield from _month(assessment)


def _tokens(plan: Plan, tokens: int) -> str:
    """A context as each user has it."""
    each, users = format_count(tokens // slots_of(plan)), plan.workload.sequences
    if users <= 1:
        return say("{0} tokens, 1 user", each)
    whose = say("shared by") if is_shared(plan) else say("for each of")
    return say("{0} tokens {1} {2} users", each, whose, format_count(users))


def _longest(plan: Plan, assessment: Assessment) -> str:
    limit = assessment.max_context_limited_by
    if limit is None:
        return say("not known")
    if not assessment.max_context_tokens:
        return say("none fits")
    ends = say("the model ends first") if limit == "model" else say("memory ends first")
    return f"{_tokens(plan, assessment.max_context_tokens)}; {ends}"


def _speeds(plan: Plan, assessment: Assessment) -> Iterator[tuple[str, str]]:
    speed, several = assessment.speed, plan.workload.sequences > 1
    decode = speed.decode_tokens_per_s
    label = say("Decode, each user") if several else say("Decode")
    if decode is None:
        yield label, say("unknown: {0}", speed.because) if speed.because else say("unknown")
    else:
        weak = say(" Few measurements stand behind it: take the low end.") if speed.weak else ""
        yield label, f"{words.rate(decode)}. {words.case_sentence(plan, speed)}{weak}"
        everyone = speed.decode_tokens_per_s_all_users
        if several and everyone is not None:
            yield say("Decode, all users"), words.rate(everyone)
    prompt = say("a prompt of {0} tokens", format_count(speed.prompt_tokens or 0))
    if speed.prefill_tokens_per_s is not None:
        yield say("Prefill"), f"{words.rate(speed.prefill_tokens_per_s)}, {prompt}"
    if speed.time_to_first_token_s is not None:
        yield say("First token after"), f"{words.wait(speed.time_to_first_token_s)}, {prompt}"


def _hardware(plan: Plan, catalog: CatalogReader) -> str:
    """The bill's sum as the bill tells it."""
    total = bill_sum(plan, catalog)
    if total.typed_usd is not None:
        return say("{0}, typed in for the whole rig", whole_usd(total.typed_usd))
    if total.total is not None:
        low, high = total.total.low, total.total.high
        band = "" if round(low) == round(high) else f" ({usd_band(low, high)})"
        return say("{0}{1}, without tax", whole_usd(total.total.expected), band)
    missing = ", ".join(one_line(name, LONGEST_NAME) for name in total.unpriced[:3])
    more = len(total.unpriced) - 3
    rest = say(" and {0:,} more", more) if more > 0 else ""
    if not missing:
        return say("not known")
    if total.known_usd:
        known = known_usd(total.known_usd)
        return say("More than {0}, no price for {1}{2}", known, missing, rest)
    return say("No price for {0}{1}", missing, rest)


def _month(assessment: Assessment) -> Iterator[tuple[str, str]]:
    cost = assessment.cost
    if cost.own_usd_per_month is not None:
        low, high = cost.own_usd_per_month_low, cost.own_usd_per_month_high
        if low is not None and high is not None:
            own = say("{0} ({1:,.0f}–{2:,.0f})", money_text(cost.own_usd_per_month), low, high)
        else:
            own = money_text(cost.own_usd_per_month)
        yield say("Owning, a month"), own
    sentence = cost_sentence(cost)
    if sentence:
        yield say("Cost"), sentence


def _rig(plan: Plan, catalog: CatalogReader) -> Iterator[str]:
    rows = bill_rows(plan, catalog)
    if not rows:
        return
    yield "### " + say("Rig")
    lines = []
    for row in rows[:MOST_PARTS]:
        unit = {"each": "", "gb": " GB", "tb": " TB"}[row.unit]
        name = one_line(row.name, LONGEST_NAME)
        notes = [word for word, said in ((say("assumed"), row.assumed),) if said]
        if row.mine:
            notes.append(
                say("mine") if row.mine == row.count else say("{0:,}{1} of it mine", row.mine, unit)
            )
        told = f"{name} ({', '.join(notes)})" if notes else name
        usd = say("no price") if row.usd is None else say("{0:,.2f}", row.usd)
        lines.append((say("{0:,}{1}", row.count, unit), told, usd))
    rest = rows[MOST_PARTS:]
    if rest:
        known = [row.usd for row in rest if row.usd is not None]
        usd = say("{0:,.2f}", sum(known)) if len(known) == len(rest) else say("not all known")
        lines.append(("", say("{0:,} more", len(rest)), usd))
    yield markdown_table((say("Quantity"), say("Part"), "USD"), lines, "rlr")


def _memory(assessment: Assessment) -> Iterator[str]:
    devices = [device for device in assessment.devices if device.used_bytes or device.kind == "gpu"]
    if not devices:
        return
    yield "### " + say("Memory, GiB")
    groups = [(key, list(found)) for key, found in groupby(devices, key=_sizes)]
    if len(groups) > MOST_DEVICES:
        # What decides stays; what is left out is told by the least of it.
        groups.sort(key=lambda group: group[1][0].free_bytes)
    lines = [_device_row(found) for _, found in groups[:MOST_DEVICES]]
    yield markdown_table(
        (
            say("Device"),
            say("Weights"),
            say("KV cache"),
            say("Buffers, overhead"),
            say("Used"),
            say("Usable"),
            say("Free"),
        ),
        lines,
        "lrrrrrr",
    )
    left = [device for _, found in groups[MOST_DEVICES:] for device in found]
    if left:
        free = _floor(min(device.free_bytes for device in left))
        yield markdown_text(
            say("{0:,} more devices have at least {1} GiB free each.", len(left), free)
        )


def _sizes(device: DeviceMemory) -> tuple[object, ...]:
    return (
        device.kind,
        device.card_id,
        device.weights_bytes,
        device.kv_cache_bytes,
        device.used_bytes,
        device.usable_bytes,
    )


def _device_row(found: Sequence[DeviceMemory]) -> tuple[str, ...]:
    """A device, or neighbours that are filled alike."""
    first, last = found[0], found[-1]
    name = one_line(first.name, LONGEST_NAME)
    if len(found) > 1:
        name = say("{0} to {1}, each", name, one_line(last.name, LONGEST_NAME))
    rest = first.used_bytes - first.weights_bytes - first.kv_cache_bytes
    free = first.free_bytes
    return (
        name,
        say("{0:,.2f}", first.weights_bytes / GIB),
        say("{0:,.2f}", first.kv_cache_bytes / GIB),
        say("{0:,.2f}", rest / GIB),
        say("{0:,.2f}", first.used_bytes / GIB),
        _floor(first.usable_bytes),
        _floor(free) if free >= 0 else say("{0} short", format_short(-free, decimals=2)),
    )


def _floor(size_bytes: int) -> str:
    """GiB, never more than there is."""
    return say("{0:,.2f}", size_bytes * 100 // GIB / 100)


def _notes(plan: Plan, assessment: Assessment, catalog: CatalogReader) -> Iterator[str]:
    """What the checks found, worst first, and what was taken for granted."""
    found = [
        f"{item.word}, {one_line(item.subject, LONGEST_NAME)}: {item.message}"
        for item in checks_list(plan, assessment, catalog)
        if item.reason is None
    ]
    lines = _some(found, MOST_NOTES, _more_findings)
    lines += _some(assumptions(plan, assessment, catalog), MOST_ASSUMED, _more_assumptions)
    if lines:
        yield "### " + say("To know")
        yield "\n".join(f"- {markdown_text(line)}" for line in lines)


def _more_findings(more: int) -> str:
    return say("And 1 more finding.") if more == 1 else say("And {0:,} more findings.", more)


def _more_assumptions(more: int) -> str:
    return say("And 1 more assumption.") if more == 1 else say("And {0:,} more assumptions.", more)


def _some(sentences: Sequence[str], most: int, told: Callable[[int], str]) -> list[str]:
    kept = list(sentences[:most])
    more = len(sentences) - most
    if more <= 0:
        return kept
    return [*kept, told(more)]


def _foot(catalog: CatalogReader, today: date | None) -> str:
    made = say("Estimated with MoE Planner {0}", moeplanner_gui.__version__)
    dated = getattr(catalog, "date", "")
    parts = [made, say("data of {0}", dated) if dated else "", today.isoformat() if today else ""]
    line = ", ".join(part for part in parts if part)
    return say("*{0}. Ranges hold eight of ten cases.*", markdown_text(line))
