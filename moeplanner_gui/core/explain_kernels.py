"""Why a plan cannot run: the rule that decides, where it was read, and what the cards have."""

from __future__ import annotations

from collections.abc import Iterator

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.derivation import Confidence, Derivation
from moeplanner_gui.core.kernels import ENGINE_TITLES, KernelRule, chip_words
from moeplanner_gui.core.model import CompressedAttention, MlaAttention
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import Prepared
from moeplanner_gui.core.quantities import leaf
from moeplanner_gui.core.support import (
    answer,
    chip_of,
    refusal,
    runs_instead,
    used_positions,
)
from moeplanner_gui.core.verdict_words import without_verdict
from moeplanner_gui.core.words import say

_MOST_CARDS = 8
_MOST_WAYS = 4
_PLAIN_TYPES = ("f32", "f16", "bf16", "auto")


def explain_cannot_run(
    prepared: Prepared, assessment: Assessment, catalog: CatalogReader
) -> Derivation:
    """The derivation of the verdict "cannot run".

    Raises:
        UnknownEntryError: A row that the catalogue does not have.
    """
    rule = deciding_rule(prepared, catalog)
    sentence = without_verdict(assessment.reasons[0]) if assessment.reasons else ""
    inputs = [*_rule(prepared, rule), *_cards(prepared, rule), *_instead(prepared, catalog)]
    return Derivation(
        say("Verdict"),
        say("Cannot run"),
        sentence,
        "" if rule is None else f"{rule.source} ({rule.date})",
        Confidence.EXACT if rule is None or rule.verified else Confidence.UNVERIFIED,
        tuple(inputs),
    )


def deciding_rule(prepared: Prepared, catalog: CatalogReader) -> KernelRule | None:
    """The row of the catalogue that refuses a plan; None where no row tells."""
    plan, spec, cards = prepared.plan, prepared.spec, prepared.cards
    found = answer(plan, spec, cards, catalog.kernels).rule
    if found is not None:
        return found
    engine = plan.deployment.engine
    wanted = f"option:{_option(prepared, catalog)}"
    return next((r for r in catalog.kernels if r.engine == engine and wanted in r.about), None)


def _option(prepared: Prepared, catalog: CatalogReader) -> str:
    """The option that an engine's own module refuses, by the name rules have for it."""
    plan, options = prepared.plan, prepared.plan.deployment
    if options.engine != "llama.cpp":
        divided = refusal(plan, prepared.spec, None, prepared.cards, catalog.kernels)
        return "" if divided is None else "tensor_parallel"
    types = (options.cache_type_k, options.cache_type_v)
    latent = any(
        isinstance(block, MlaAttention | CompressedAttention)
        for block in prepared.spec.architecture.attention.values()
    )
    if "fp8" in types:
        return "fp8_cache"
    if not latent and not options.flash_attention and types[1] not in _PLAIN_TYPES:
        return "quantised_v"
    if latent and types[0] != types[1]:
        return "unequal_cache"
    return f"split_{options.split}"


def _rule(prepared: Prepared, rule: KernelRule | None) -> Iterator[Derivation]:
    if rule is None:
        return
    text = say("see the note")
    if rule.effect == "needed":
        used = used_positions(prepared.plan, prepared.cards)
        chips = [chip_of(prepared.cards[position]) for position in used]
        lacking = [chip for chip in chips if rule.runs_on.covers(chip) is False]
        text = say("needs {0}", rule.runs_on.words(lacking))
    how = {
        "run": say("tried by somebody who wrote it down"),
        "read": say("read in its source, not run"),
        "told": say("told by release notes, not read"),
    }[rule.checked]
    yield leaf(
        rule.name,
        text,
        rule.note or how,
        f"{rule.source} ({rule.date}); {how}",
        confidence=Confidence.EXACT if rule.verified else Confidence.UNVERIFIED,
    )


def _cards(prepared: Prepared, rule: KernelRule | None) -> Iterator[Derivation]:
    if rule is None or rule.effect != "needed":
        return
    for position in used_positions(prepared.plan, prepared.cards)[:_MOST_CARDS]:
        card = prepared.cards[position]
        chip = chip_of(card)
        runs = rule.runs_on.covers(chip)
        told = {
            True: say("enough for {0}", rule.title),
            False: say("not enough for {0}", rule.title),
            None: say("not known for {0}", rule.title),
        }[runs]
        yield leaf(card.name, chip_words(chip), told, say("the card's row"))


def _instead(prepared: Prepared, catalog: CatalogReader) -> Iterator[Derivation]:
    if not prepared.cards:
        return
    by_engine: dict[str, list[str]] = {}
    for engine, weights in runs_instead(prepared.plan, catalog):
        by_engine.setdefault(engine, []).append(weights)
    for name, formats in by_engine.items():
        more = len(formats) - _MOST_WAYS
        shown = ", ".join(formats[:_MOST_WAYS])
        yield leaf(
            say("Runs on these cards: {0}", ENGINE_TITLES[name]),
            say("{0} and {1} more", shown, more) if more > 0 else shown,
            say("it has the kernels; whether it fits is another question"),
            say("the same rules; read in its source, not run"),
            confidence=Confidence.UNVERIFIED,
        )
