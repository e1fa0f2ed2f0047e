"""What was chosen in several plans, in words, and which choices differ. Computes no figure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from moeplanner_gui.core.card_rows import card_name
from moeplanner_gui.core.choice_words import choice_words
from moeplanner_gui.core.plan import (
    ApiById,
    CustomSlot,
    CustomWeights,
    Node,
    Plan,
    TunedSlot,
    card_id,
    weights_id,
)
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.prepare import ENGINE_NAMES
from moeplanner_gui.core.users import is_shared, slots_of
from moeplanner_gui.core.weights import UnsupportedFormatError, weight_layout
from moeplanner_gui.core.words import comma_joined, say

Choice = tuple[str, str, tuple[str | None, ...]]
"""Key, label, and the choice of each plan; None where it was left open."""


def choices(plans: Sequence[tuple[Plan, CatalogReader]]) -> Iterator[Choice]:
    """The choices that a buyer looks at first, then every other one that differs."""
    for key, label, text in _CHOICES:
        texts = tuple(text(plan, catalog) or None for plan, catalog in plans)
        raw = [_RAW[key](plan) if key in _RAW else None for plan, _ in plans]
        if len(set(texts)) == 1 and any(value != raw[0] for value in raw):
            # Two rows of one name, or options that do nothing here: still not the same choice.
            texts = tuple(f"{text} ({value})" for text, value in zip(texts, raw, strict=True))
        if key in _ALWAYS or len(set(texts)) > 1:
            yield key, label, texts
    yield from _others(plans)


def _model(plan: Plan, catalog: CatalogReader) -> str:
    try:
        return catalog.model(plan.model).name
    except UnknownEntryError:
        return plan.model


def _weights(plan: Plan, catalog: CatalogReader) -> str:
    try:
        model = catalog.model(plan.model)
        label = weight_layout(model, plan.weights, plan.deployment.engine).label
    except (UnsupportedFormatError, UnknownEntryError):
        label = weights_id(plan)
    own = isinstance(plan.weights, CustomWeights) and plan.weights.file_bytes
    return say("{0}, a file of {1:,} bytes", label, own) if own else label


def _cards(plan: Plan, catalog: CatalogReader) -> str:
    counted = Counter(card_name(card, catalog) for n in plan.rig.nodes for card in n.gpus)
    return comma_joined(f"{count} × {name}" for name, count in counted.items()) or say("none")


def _hosts(plan: Plan, catalog: CatalogReader) -> str:
    counted = Counter(_host(node, catalog) for node in plan.rig.nodes)
    return comma_joined(f"{f'{c} × ' if c > 1 else ''}{name}" for name, c in counted.items())


def _host(node: Node, catalog: CatalogReader) -> str:
    if node.host is None:
        return say("not chosen")
    try:
        return catalog.host(node.host).name
    except UnknownEntryError:
        return node.host


def _ram(plan: Plan, catalog: CatalogReader) -> str:
    return comma_joined(say("{0:,} GiB", node.ram_gib) for node in plan.rig.nodes)


def _engine(plan: Plan, catalog: CatalogReader) -> str:
    return ENGINE_NAMES[plan.deployment.engine]


def _parallel(plan: Plan, catalog: CatalogReader) -> str:
    deployment = plan.deployment
    if deployment.engine == "llama.cpp":
        return say("{0} split", deployment.split) if plan.gpu_count > 1 else say("one device")
    parts = [
        f"{name} {count}"
        for name, count in (
            (say("tensor parallel"), deployment.tensor_parallel),
            (say("pipeline parallel"), deployment.pipeline_parallel),
            (say("data parallel"), deployment.data_parallel),
        )
        if count > 1
    ]
    if deployment.expert_parallel:
        parts.append(say("expert parallel"))
    return comma_joined(parts) or say("one device")


def _cache(plan: Plan, catalog: CatalogReader) -> str:
    key, value = plan.deployment.cache_type_k, plan.deployment.cache_type_v
    return key if key == value else f"{key} / {value}"


def context_of(plan: Plan) -> int:
    """The context of each user in tokens, whatever the engine counts."""
    return plan.workload.context_tokens // slots_of(plan)


def _context(plan: Plan, catalog: CatalogReader) -> str:
    shared = say(" shared") if is_shared(plan) else ""
    return say("{0:,} tokens{1}", context_of(plan), shared)


def _users(plan: Plan, catalog: CatalogReader) -> str:
    return say("{0:,}", plan.workload.sequences)


def _month(plan: Plan, catalog: CatalogReader) -> str:
    work = plan.workload
    return say(
        "{0:,.10g} M in, {1:,.10g} M out", work.input_mtok_per_month, work.output_mtok_per_month
    )


def _api_choice(plan: Plan, catalog: CatalogReader) -> str:
    api = plan.economics.api
    if api is None:
        return ""
    return (
        say("{0} at {1}", api.model, api.provider) if isinstance(api, ApiById) else say("typed in")
    )


_CHOICES: tuple[tuple[str, str, Callable[[Plan, CatalogReader], str]], ...] = (
    ("model", say("Model"), _model),
    ("weights", say("Weights"), _weights),
    ("cards", say("Cards"), _cards),
    ("hosts", say("Computer"), _hosts),
    ("ram", say("Host memory"), _ram),
    ("engine", say("Engine"), _engine),
    ("parallel", say("Over the cards"), _parallel),
    ("cache", say("KV cache"), _cache),
    ("context", say("Context, each user"), _context),
    ("users", say("Users at a time"), _users),
    ("month", say("Tokens a month"), _month),
    ("api", say("API compared with"), _api_choice),
)
_PARALLEL = (
    "split", "tensor_parallel", "pipeline_parallel", "data_parallel", "expert_parallel"
)  # fmt: skip
_RAW: dict[str, Callable[[Plan], object]] = {
    "model": lambda plan: plan.model,
    "weights": lambda plan: _shown(plan.weights),
    "cards": lambda plan: comma_joined(
        card_id(card) or say("typed in") for node in plan.rig.nodes for card in node.gpus
    ),
    "hosts": lambda plan: comma_joined(node.host or say("not chosen") for node in plan.rig.nodes),
    "parallel": lambda plan: comma_joined(
        f"{choice_words(f'deployment.{name}')} {_shown(getattr(plan.deployment, name))}"
        for name in _PARALLEL
    ),
    "api": lambda plan: _shown(plan.economics.api),
}
"""What lies behind a text that can be the same for different choices."""
_ALWAYS = frozenset(("model", "weights", "cards", "hosts", "ram", "engine", "cache", "context",
                     "users"))  # fmt: skip
_SAID_ABOVE = frozenset((
    "format", "name", "model", "weights", "dismissed", "deployment.engine",
    "deployment.split", "deployment.tensor_parallel", "deployment.pipeline_parallel",
    "deployment.data_parallel", "deployment.expert_parallel", "deployment.cache_type_k",
    "deployment.cache_type_v", "workload.context_tokens", "workload.sequences",
    "workload.input_mtok_per_month", "workload.output_mtok_per_month", "economics.api",
))  # fmt: skip
_NODE_SAID_ABOVE = frozenset(("host", "ram_gib", "name", "detected"))
_PARTS = {
    "deployment": say("Engine option"),
    "workload": say("Use"),
    "economics": say("Cost"),
    "rig": say("Rig"),
}


def _others(plans: Sequence[tuple[Plan, CatalogReader]]) -> Iterator[Choice]:
    """Whatever else the plans were told differently, so that no difference stays unseen."""
    found = [dict(_flat(plan)) for plan, _ in plans]
    for key in dict.fromkeys(key for values in found for key in values):
        values = [each.get(key) for each in found]
        if any(value != values[0] for value in values):
            yield key, _label(key), tuple(_shown(value) for value in values)


def _flat(plan: Plan) -> Iterator[tuple[str, object]]:
    for part in ("deployment", "workload", "economics"):
        for name, value in getattr(plan, part):
            if f"{part}.{name}" not in _SAID_ABOVE:
                yield f"{part}.{name}", value
    yield "rig.network", plan.rig.network
    yield "rig.circuit", plan.rig.circuit
    for index, node in enumerate(plan.rig.nodes):
        for name, value in node:
            if name == "gpus":
                tuned = [card.memory for card in value if isinstance(card, TunedSlot)]
                typed = [card.custom for card in value if isinstance(card, CustomSlot)]
                yield f"node.{index}.card_memory", tuple(tuned) or None
                yield f"node.{index}.typed_cards", tuple(typed) or None
            elif name not in _NODE_SAID_ABOVE:
                yield f"node.{index}.{name}", value


def _label(key: str) -> str:
    part, _, name = key.partition(".")
    if part == "node":
        number, _, name = name.partition(".")
        where = say("Computer {0}", int(number) + 1)
    else:
        where = _PARTS[part]
    return say("{0}: {1}", where, choice_words(f"{part}.{name}"))


def _shown(value: object) -> str | None:
    """A choice as text; None for one that was left open."""
    if value is None:
        return None
    if value == ():
        return say("none")
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    if isinstance(value, (int, float)):
        return say("{0:,.10g}", value)
    if isinstance(value, tuple):
        return "; ".join(_shown(item) or "–" for item in value)
    dump = getattr(value, "model_dump", None)
    if dump is not None:
        fields = dump(exclude_none=True).items()
        return comma_joined(f"{choice_words(name)} {_shown(item)}" for name, item in fields)
    return str(value)
