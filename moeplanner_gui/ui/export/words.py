"""The words of the printed plan: titles and sentences from a plan. Knows no Qt and no paper."""

from __future__ import annotations

import re
from collections.abc import Sequence

from moeplanner_gui.core.assessment import Assessment, DeviceMemory
from moeplanner_gui.core.card_rows import card_name
from moeplanner_gui.core.plan import Plan, weights_id
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.units import GIB, format_count
from moeplanner_gui.core.weights import UnsupportedFormatError, weight_layout
from moeplanner_gui.core.words import chained, say
from moeplanner_gui.ui.charts.cache_label import cache_label
from moeplanner_gui.ui.charts.context_limits import column_group, engine_name
from moeplanner_gui.ui.charts.users import for_each_user, users_in_words

MOST_ALIKE = 4
"""More sentences than this that differ only in the device are told as one."""
MOST_KINDS = 3
"""More kinds of cards than this are counted in the title, not named."""
_DEVICE = re.compile(
    "|".join(
        re.escape(said).replace("8", r"\d+") for said in (say("GPU {0}", 8), say("Node {0}", 8))
    ),
    re.IGNORECASE,
)
_NUMBERS = (
    say("no"),
    say("one"),
    say("two"),
    say("three"),
    say("four"),
    say("five"),
    say("six"),
    say("seven"),
    say("eight"),
    say("nine"),
)


def model_name(plan: Plan, catalog: CatalogReader) -> str:
    """The model's name, its id when the catalogue does not have it."""
    try:
        return catalog.model(plan.model).name
    except UnknownEntryError:
        return plan.model


def plan_title(plan: Plan, catalog: CatalogReader) -> str:
    """``DeepSeek V4 Flash on two RTX PRO 6000``."""
    counted: dict[str, int] = {}
    for node in plan.rig.nodes:
        for card in node.gpus:
            name = card_name(card, catalog)
            counted[name] = counted.get(name, 0) + 1
    if len(counted) > MOST_KINDS:
        cards = say("{0:,} cards of {1} kinds", sum(counted.values()), in_words(len(counted)))
    else:
        cards = chained(f"{in_words(count)} {name}" for name, count in counted.items())
    return say("{0} on {1}", model_name(plan, catalog), cards or say("host memory alone"))


def in_words(count: int) -> str:
    """Small numbers as words: ``two``."""
    return _NUMBERS[count] if count < len(_NUMBERS) else format_count(count)


def weights_label(plan: Plan, catalog: CatalogReader) -> str:
    """The weight format's own name."""
    try:
        layout = weight_layout(catalog.model(plan.model), plan.weights, plan.deployment.engine)
    except (UnsupportedFormatError, UnknownEntryError):
        return weights_id(plan)
    return layout.label


def plan_subtitle(plan: Plan, catalog: CatalogReader) -> str:
    """Format, cache, engine, users and context in one line."""
    tokens = format_count(for_each_user(plan, plan.workload.context_tokens))
    whose = users_in_words(plan)
    parts = (
        weights_label(plan, catalog),
        say("{0} KV cache", cache_label(plan)),
        column_group(plan, catalog, plan.deployment.engine),
        say("{0} tokens {1}", tokens, whose) if whose else say("{0} tokens", tokens),
    )
    return " · ".join(parts)


def context_sentence(plan: Plan, assessment: Assessment) -> str:
    """How long a context the plan can hold, empty when that is not known."""
    if assessment.max_context_limited_by is None or not assessment.max_context_tokens:
        return ""
    tokens = format_count(for_each_user(plan, assessment.max_context_tokens))
    whose = users_in_words(plan)
    if assessment.max_context_limited_by == "model":
        if whose:
            return say("Up to {0} tokens {1}: the model ends first.", tokens, whose)
        return say("Up to {0} tokens: the model ends first.", tokens)
    if whose:
        return say("Up to {0} tokens {1}.", tokens, whose)
    return say("Up to {0} tokens.", tokens)


def limit_sentence(plan: Plan, assessment: Assessment) -> str:
    """What the mark in the bars means, and what the host memory holds."""
    cards = [d for d in assessment.devices if d.kind == "gpu"]
    hosts = [d for d in assessment.devices if d.kind == "host"]
    parts = []
    if cards:
        limits = {d.usable_bytes for d in cards}
        gib = limits.pop() / GIB if len(limits) == 1 else None
        if plan.deployment.engine == "vllm":
            share = plan.deployment.memory_utilization
            engine = engine_name(plan.deployment.engine)
            parts.append(
                say("The line marks what {0} may use: {1:.0f} % of a card.", engine, share * 100)
                if gib is None
                else say(
                    "The line marks what {0} may use: {1:.0f} % of a card, {2:,.2f} GiB.",
                    engine,
                    share * 100,
                    gib,
                )
            )
        elif gib is None:
            parts.append(say("The line marks what is usable."))
        else:
            parts.append(say("The line marks what is usable: {0:,.2f} GiB a card.", gib))
    used = sum(d.used_bytes for d in hosts)
    capacity = sum(d.capacity_bytes for d in hosts)
    if capacity:
        weights = sum(d.weights_bytes for d in hosts)
        held = say("{0:,.1f} GiB of it weights", weights / GIB) if weights else say("no weights")
        parts.append(
            say("Host memory: {0:,.1f} of {1:,.0f} GiB, {2}.", used / GIB, capacity / GIB, held)
        )
    return " ".join(parts)


def device_groups(
    devices: Sequence[DeviceMemory], labels: Sequence[str], most: int
) -> list[tuple[str, DeviceMemory]]:
    """Devices with their names; those that are filled alike share a line when there are many.

    Up to ``most`` devices every one has its own line. Beyond, neighbours go together ("GPU
    2–7"), and if those are still too many, all that are alike ("GPU 2 and 1,980 alike").
    """
    if len(devices) <= most:
        return list(zip(labels, devices, strict=True))
    groups: list[tuple[list[str], DeviceMemory]] = []
    for label, device in zip(labels, devices, strict=True):
        if groups and device.kind == "gpu" and _key(groups[-1][1]) == _key(device):
            groups[-1][0].append(label)
        else:
            groups.append(([label], device))
    if len(groups) <= 2 * most:
        return [
            (names[0] if len(names) == 1 else f"{names[0]}–{names[-1].split()[-1]}", device)
            for names, device in groups
        ]
    alike: dict[tuple[object, ...], tuple[list[str], DeviceMemory]] = {}
    for names, device in groups:
        alike.setdefault(_key(device), ([], device))[0].extend(names)
    return [
        (
            names[0] if len(names) == 1 else say("{0} and {1:,} alike", names[0], len(names) - 1),
            device,
        )
        for names, device in alike.values()
    ]


def merge_alike(sentences: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Sentences, each with a word that ranks it; many that differ in the device become one.

    ``GPU 9: Desktop (Linux) 0.50 GiB`` for nine cards becomes ``GPU 1 and 8 more: …``.
    """
    kinds: dict[tuple[str, str], list[str]] = {}
    for rank, sentence in sentences:
        kinds.setdefault((rank, _DEVICE.sub("#", sentence)), []).append(sentence)
    merged = []
    for (rank, _), alike in kinds.items():
        if len(alike) <= MOST_ALIKE:
            merged += [(rank, sentence) for sentence in alike]
        else:
            more = len(alike) - 1
            named = _DEVICE.search(alike[0])
            text = alike[0]
            if named is not None:
                with_others = say("{0} and {1:,} more", named[0], more)
                text = f"{text[: named.start()]}{with_others}{text[named.end() :]}"
            merged.append((rank, text))
    return merged


def _key(device: DeviceMemory) -> tuple[object, ...]:
    """What makes two devices look the same on paper."""
    return (
        device.kind,
        device.card_id,
        device.capacity_bytes,
        device.usable_bytes,
        device.routed_experts_bytes,
        device.other_weights_bytes,
        device.kv_cache_bytes,
        device.compute_bytes,
        device.output_bytes,
        device.overhead_bytes,
        device.file_rest_bytes,
    )
