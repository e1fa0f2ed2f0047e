"""Can a plan run at all: engine x model x weight format x what the cards are.

The answers follow from the catalogue's kernel rules and from what tensor parallel divides; no
sizes. A card that a rule or a source leaves open is never refused: it is reported as not checked.
The weakest of the cards that are used decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from moeplanner_gui.core.kernels import (
    ENGINE_TITLES,
    Chip,
    KernelRule,
    card_names,
    cards_have,
    chip_words,
    joined,
)
from moeplanner_gui.core.model import (
    CompressedAttention,
    GqaAttention,
    MlaAttention,
    ModelSpec,
)
from moeplanner_gui.core.placement import filling_order
from moeplanner_gui.core.plan import Engine, Plan, weights_id
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.remembered import by_identity
from moeplanner_gui.core.tensor_parallel import division
from moeplanner_gui.core.usable import Device, card_devices
from moeplanner_gui.core.weights import (
    CHECKPOINT_LABELS,
    UnsupportedFormatError,
    WeightLayout,
    formats_for,
    weight_layout,
)
from moeplanner_gui.core.words import chained, say

ENGINES: tuple[Engine, ...] = ("llama.cpp", "vllm", "sglang", "ktransformers")
_RANKED = frozenset({"vllm", "sglang"})
"""Engines with one rank a card: cards beyond the ranks are not used."""
ONE_VENDOR = "option:one_vendor"
_TRAIT_OF_STORAGE = {
    "fp8_f32": "fp8",
    "fp8_e8m0": "fp8",
    "fp4_e8m0": "mxfp4",
    "mxfp4": "mxfp4",
    "mxfp8": "mxfp8",
    "nvfp4": "nvfp4",
    "int4_g32": "int4",
}
_TRAIT_OF_FORMAT = {
    "fp8": "fp8",
    "nvfp4": "nvfp4",
    "mxfp4": "mxfp4",
    "mxfp4_moe": "mxfp4",
    "awq-int4": "awq",
    "gptq-int4": "gptq",
}


@dataclass(frozen=True, slots=True)
class KernelNote:
    """Something to know about a plan that can run. ``unchecked``: nobody has looked."""

    rule: KernelRule
    cards: tuple[int, ...]
    message: str
    unchecked: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What the kernel rules say: the rule that refuses with its sentence, or notes."""

    sentence: str | None = None
    rule: KernelRule | None = None
    cards: tuple[int, ...] = ()
    notes: tuple[KernelNote, ...] = ()


def refusal(
    plan: Plan,
    spec: ModelSpec,
    layout: WeightLayout | None,
    cards: Sequence[Device],
    rules: tuple[KernelRule, ...],
) -> str | None:
    """Why a plan cannot run on its cards, or None.

    Args:
        plan: What the user chose.
        spec: The row of its model.
        layout: Its weights; not needed for the answer.
        cards: The cards of the rig, in order.
        rules: The kernel rules of the catalogue.

    Returns:
        A sentence that names the engine with its version, what it needs, what the cards have
        and what runs instead; without "Cannot run." before it.
    """
    del layout
    sentence = answer(plan, spec, cards, rules).sentence
    return sentence if sentence is not None else division(plan, spec, len(cards))


_ANSWERS: dict[tuple[object, ...], tuple[tuple[object, ...], Answer]] = {}


def answer(
    plan: Plan, spec: ModelSpec, cards: Sequence[Device], rules: tuple[KernelRule, ...]
) -> Answer:
    """What the rules say about a plan, remembered for the same model, format and cards."""
    options = plan.deployment
    used = used_positions(plan, cards)
    chosen = (options.cache_type_k, options.cache_type_v)
    cache = "fp8" if "fp8" in chosen else "bf16" if "bf16" in chosen else ""
    key = (
        options.engine,
        id(spec),
        weights_id(plan),
        cache,
        id(rules),
        used,
        *map(id, cards),
    )
    known = _ANSWERS.get(key)
    if known is None:
        if len(_ANSWERS) >= 1024:
            _ANSWERS.clear()
        chips = tuple(chip_of(card) for card in cards)
        found = _answer(options.engine, spec, weights_id(plan), cache, chips, rules, used)
        known = _ANSWERS[key] = ((spec, rules, *cards), found)
    return known[1]


def used_positions(plan: Plan, cards: Sequence[Device]) -> tuple[int, ...]:
    """The cards that the engine would use: as many as it has ranks, the main one, or all."""
    options = plan.deployment
    if options.engine == "llama.cpp" and options.split == "none":
        return tuple(filling_order(cards)[options.main_gpu : options.main_gpu + 1])
    count = len(cards)
    if options.engine in _RANKED:
        ranks = options.tensor_parallel * options.pipeline_parallel * options.data_parallel
        count = min(ranks, count)
    return tuple(range(count))


def chip_of(card: Device) -> Chip:
    """What decides which kernels a card of the rig runs. Only NVIDIA has compute capabilities."""
    vendor = "NVIDIA" if card.sm is not None else card.vendor
    return Chip(vendor, card.sm, card.gfx, card.card_id)


@by_identity
def _traits_of_model(spec: ModelSpec) -> frozenset[str]:
    found = {"*", f"arch:{spec.architecture.gguf_arch}"}
    for block in spec.architecture.attention.values():
        found.add(f"attention:{block.kind}")
        if isinstance(block, MlaAttention) and block.indexer is not None:
            found.add("attention:sparse_mla")
        if isinstance(block, GqaAttention) and block.indexer is not None:
            found.add("attention:sparse_gqa")
        if isinstance(block, GqaAttention) and block.sinks:
            found.add("attention:sinks")
        if isinstance(block, CompressedAttention):
            # Whatever its files call it: the attention is that of DeepSeek V4.
            found.add("arch:deepseek4")
    return frozenset(found)


def traits(spec: ModelSpec, weights: str, cache: str = "") -> frozenset[str]:
    """What the rules can be about: ``arch:``, ``attention:``, ``weights:``, ``experts:``, ``*``.

    An attention with a chosen cache is a trait of its own: ``attention:mla+cache:fp8``.

    Args:
        spec: The model.
        weights: The id of a format, in lower case.
        cache: The type of the KV cache where it is chosen, else empty.
    """
    found = set(_traits_of_model(spec))
    chosen = _TRAIT_OF_FORMAT.get(weights)
    if chosen is not None:
        found.add(f"weights:{chosen}")
        if spec.is_moe:
            found.add(f"experts:{chosen}")
    elif any(file.id.lower() == weights and file.container == "gguf" for file in spec.files):
        stored = next(f.storage for f in spec.files if f.id.lower() == weights).lower()
        found |= {f"weights:{name}" for name in ("mxfp4", "nvfp4") if name in stored}
    elif weights == "native" or any(file.id.lower() == weights for file in spec.files):
        storages = spec.native_format
        for storage in storages.values():
            if storage in _TRAIT_OF_STORAGE:
                found.add(f"weights:{_TRAIT_OF_STORAGE[storage]}")
        experts = storages.get("routed_experts", storages.get("default", ""))
        if spec.is_moe and experts in _TRAIT_OF_STORAGE:
            found.add(f"experts:{_TRAIT_OF_STORAGE[experts]}")
    if cache:
        found |= {
            say("{0}+cache:{1}", trait, cache) for trait in found if trait.startswith("attention:")
        }
    return frozenset(found)


def _answer(
    engine: str,
    spec: ModelSpec,
    weights: str,
    cache: str,
    chips: tuple[Chip, ...],
    rules: tuple[KernelRule, ...],
    used: tuple[int, ...],
) -> Answer:
    """The answer for all cards of the rig, of which the positions in ``used`` count."""
    about = traits(spec, weights, cache)
    taken = tuple(chips[position] for position in used)
    vendors = sorted({chip.vendor for chip in taken} - {"Other"})
    if len(vendors) > 1:
        rule = next((r for r in rules if r.engine == engine and ONE_VENDOR in r.about), None)
        if rule is not None:
            instead = _instead(engine, spec, weights, taken, rules)
            which = chained(vendors)
            return Answer(
                say("{0} runs {1}, not {2}. {3}", rule.title, rule.subject, which, instead), rule
            )
    notes: list[KernelNote] = []
    unchecked: dict[tuple[int, ...], list[KernelRule]] = {}
    for rule in _rules_of(rules).get(engine, ()):
        if about.isdisjoint(rule.about):
            continue
        if rule.effect == "models":
            note = _unknown_model(rule, spec)
            if note is None:
                continue
            if rule.known_is_all:
                instead = _instead(engine, spec, weights, taken, rules)
                return Answer(f"{note} {instead}", rule)
            notes.append(KernelNote(rule, (), note, unchecked=True))
        elif rule.effect in ("needed", "native"):
            covered = {i: rule.runs_on.covers(chips[i]) for i in used}
            lacking = tuple(i for i, runs in covered.items() if runs is False)
            if lacking and rule.effect == "needed":
                if all("+cache:" in trait for trait in about.intersection(rule.about)):
                    instead = say("Choose the KV cache auto.")
                else:
                    instead = _instead(engine, spec, weights, taken, rules)
                return Answer(f"{_lack(rule, chips, lacking)} {instead}", rule, lacking)
            if lacking:
                message = f"{card_names(lacking)}: {rule.otherwise} ({rule.title}.)"
                notes.append(KernelNote(rule, lacking, message))
            unclear = tuple(i for i, runs in covered.items() if runs is None)
            if unclear and rule.effect == "needed":
                unchecked.setdefault(unclear, []).append(rule)
    for cards, open_rules in unchecked.items():
        message = _unclear(open_rules, chips, cards)
        notes.append(KernelNote(open_rules[0], cards, message, unchecked=True))
    return Answer(notes=tuple(notes))


@by_identity
def _rules_of(rules: tuple[KernelRule, ...]) -> dict[str, tuple[KernelRule, ...]]:
    """The rules that plans ask for, by engine."""
    asked = [rule for rule in rules if rule.effect in ("needed", "native", "models")]
    return {name: tuple(r for r in asked if r.engine == name) for name in ENGINES}


def _unknown_model(rule: KernelRule, spec: ModelSpec) -> str | None:
    name = spec.architecture.gguf_arch
    if name in rule.known:
        return None
    if rule.known_is_all:
        which = say("“{0}”, which {1} needs", name, spec.name) if name else f"for {spec.name}"
        return say("{0} has no architecture {1}.", rule.title, which)
    known_as = f" ({name})" if name else ""
    return say("Whether {0} loads {1}{2} was not checked.", rule.title, spec.name, known_as)


def _lack(rule: KernelRule, chips: Sequence[Chip], lacking: tuple[int, ...]) -> str:
    """``vLLM 0.33.0 runs DeepSeek V4 on compute capability 9.x; GPU 1 has 8.6 (Ampere).``"""
    needs = rule.runs_on.words([chips[i] for i in lacking])
    left_out = [i for i in lacking if chips[i].card_id in rule.runs_on.except_cards]
    if left_out:
        names = f"{card_names(left_out)} ({chips[left_out[0]].card_id})"
        told = (rule.title, rule.subject, needs, names)
        if len(left_out) == 1:
            return say("{0} runs {1} on {2}; {3} is left out.", *told)
        return say("{0} runs {1} on {2}; {3} are left out.", *told)
    return say(
        "{0} runs {1} on {2}; {3}.", rule.title, rule.subject, needs, cards_have(chips, lacking)
    )


def _unclear(
    open_rules: Sequence[KernelRule], chips: Sequence[Chip], which: tuple[int, ...]
) -> str:
    title = open_rules[0].title
    subjects = joined([rule.subject for rule in open_rules], "and")
    unknown = ("NVIDIA", "AMD", "Other")
    known = [c for c in (chips[i] for i in which) if c.sm or c.gfx or c.vendor not in unknown]
    if known:
        where = f"{card_names(which)} ({chip_words(known[0])})"
        return say("Whether {0} runs {1} on {2} was not checked.", title, subjects, where)
    # The rules of single models come last and ask for most.
    needs = open_rules[-1].runs_on.words([Chip("NVIDIA")])
    return say(
        "What {0} can compute is not known, so whether {1} runs {2} there was "
        "not checked; it needs {3}.",
        card_names(which),
        title,
        subjects,
        needs,
    )


# --- what runs instead ------------------------------------------------------------------------


def _instead(
    engine: str,
    spec: ModelSpec,
    chosen: str,
    chips: tuple[Chip, ...],
    rules: tuple[KernelRule, ...],
) -> str:
    """The best way to run the model on these very cards, as a sentence."""
    for other, weights in _candidates(engine, spec):
        if other not in ("llama.cpp", engine) and any(c.vendor != "NVIDIA" for c in chips):
            continue
        if not _is_open(other, spec, weights, chips, rules):
            continue
        label = "native" if weights == "native" else _label(spec, weights, other)
        if other == engine:
            return say("Choose {0} weights, which it runs on these cards.", label)
        with_what = "" if weights == chosen else say(" with {0} weights", label)
        return say("Choose {0}{1}, which runs it on these cards.", ENGINE_TITLES[other], with_what)
    return say("No engine here is known to run it on these cards; choose other cards.")


def _is_open(
    engine: str,
    spec: ModelSpec,
    weights: str,
    chips: tuple[Chip, ...],
    rules: tuple[KernelRule, ...],
) -> bool:
    """True when no rule refuses or leaves open this engine and format on these cards."""
    about = traits(spec, weights)
    if engine != "llama.cpp" and len({chip.vendor for chip in chips} - {"Other"}) > 1:
        return False
    for rule in _rules_of(rules).get(engine, ()):
        if about.isdisjoint(rule.about):
            continue
        if rule.effect == "models" and spec.architecture.gguf_arch not in rule.known:
            return False
        if rule.effect == "needed" and not all(rule.runs_on.covers(chip) for chip in chips):
            return False
    return True


def _label(spec: ModelSpec, weights: str, engine: str) -> str:
    return CHECKPOINT_LABELS.get(weights) or weight_layout(spec, weights, engine).label


def _candidates(engine: str, spec: ModelSpec) -> Iterator[tuple[Engine, str]]:
    """Engines and formats to try: the native weights under every engine, then smaller formats.

    The engine of the plan comes first, then llama.cpp, which runs on most cards.
    """
    order = sorted(ENGINES, key=lambda name: (name != engine, ENGINES.index(name)))
    formats: dict[Engine, list[str]] = {}
    for name in order:
        try:
            formats[name] = [choice.id for choice in formats_for(spec, name)]
        except UnsupportedFormatError:
            continue
    for name, ids in formats.items():
        if "native" in ids:
            yield name, "native"
    for name, ids in formats.items():
        for weights in ids:
            if weights != "native":
                yield name, weights


def runs_instead(plan: Plan, catalog: CatalogReader) -> tuple[tuple[Engine, str], ...]:
    """Engines and formats whose kernels run the model on the cards of the plan, best first.

    Native weights come before smaller ones; the plan's own choice is left out, and so is what
    nobody has checked on these cards. Whether they fit is for ``evaluate`` to say. Without cards
    only llama.cpp is offered.

    Raises:
        UnknownEntryError: The model or a card is not in the catalogue.
    """
    spec = catalog.model(plan.model)
    cards = card_devices(plan, catalog)
    chips = tuple(chip_of(card) for card in cards)
    places = tuple(range(len(chips)))
    now = (plan.deployment.engine, weights_id(plan))
    nvidia = all(chip.vendor in ("NVIDIA", "Other") for chip in chips)
    return tuple(
        (engine, weights)
        for engine, weights in _candidates(plan.deployment.engine, spec)
        if (engine, weights) != now
        and (engine == "llama.cpp" or (cards and nvidia))
        and _is_offered(_answer(engine, spec, weights, "", chips, catalog.kernels, places), chips)
    )


def _is_offered(found: Answer, chips: tuple[Chip, ...]) -> bool:
    """True when nothing refuses, and only cards that are unknown themselves leave it open."""
    if found.sentence is not None:
        return False
    return all(
        note.cards and all(chips[i].vendor == "Other" for i in note.cards)
        for note in found.notes
        if note.unchecked
    )
