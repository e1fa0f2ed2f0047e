"""What an assessment took for granted because the plan does not say: the list for the exports."""

from __future__ import annotations

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.checks.subjects import node_name
from moeplanner_gui.core.link_notes import named_settings
from moeplanner_gui.core.marks import MARK_WORDS, Mark, field_mark
from moeplanner_gui.core.plan import Plan, card_id
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.units import GB, format_memory
from moeplanner_gui.core.words import say, upper_first
from moeplanner_gui.export.detected import detected_sentences, term_word

# Only the fields that an export prints or that decide an answer, in words.
_FIELD_WORDS = {
    "memory_gb": "memory",
    "memory_total_mib": "memory",
    "reserved_mib": say("reserved memory"),
    "compute_capability": say("compute capability"),
    "tdp_w": "power",
    "slot_width": "width",
    "channels": say("memory channels"),
    "memory": say("memory kind"),
    "mt_s": say("memory speed"),
    "pcie_gen": say("PCIe generation"),
}


def assumptions(
    plan: Plan, assessment: Assessment, catalog: CatalogReader, *, marks: bool = False
) -> tuple[str, ...]:
    """Every default that stands in for something unknown, every figure the user put in the place
    of a rule, and every unverified figure used.

    One sentence each, in a fixed order: memory held back or taken by programs, what was set of
    links, memory speed and power, then rows of the catalogue that could not be checked.

    Args:
        plan: What was chosen.
        assessment: What follows from it.
        catalog: Where rows are looked up.
        marks: Tell values of a detected node that were read from those that a person gave, and
            say first what was detected.
    """
    found: dict[str, None] = {}
    if marks:
        found.update(dict.fromkeys(detected_sentences(plan, catalog)))
    for device in assessment.devices:
        for item in (*device.held_back, *device.overhead):
            if item.assumed or item.edited:
                size = format_memory(item.size_bytes, decimals=2)
                word: Mark = "assumed" if item.assumed else "edited"
                if marks and item.edited:
                    word = term_word(plan, device.node, device.slot, item.name, catalog)
                sentence = say("{0}: {1} {2}, {3}.", device.name, item.name, size, MARK_WORDS[word])
                found[sentence] = None
    several = len(plan.rig.nodes) > 1
    for number, node in enumerate(plan.rig.nodes, 1):
        for field, setting in named_settings(node, catalog):
            where = f"{node_name(plan.rig, number - 1)}: " if several else ""
            word = field_mark(node, field) if marks and node.detected is not None else "edited"
            sentence = say("{0}{1}, {2}.", where, setting, MARK_WORDS[word])
            found[upper_first(sentence)] = None
    found.update(dict.fromkeys(_unverified(plan, catalog)))
    return tuple(found)


def _unverified(plan: Plan, catalog: CatalogReader) -> list[str]:
    sentences: list[str] = []
    try:
        model = catalog.model(plan.model)
    except UnknownEntryError:
        model = None
    if model is not None and model.verified != "yes":
        degree = say("partly verified") if model.verified == "partly" else say("unverified")
        note = f" {model.verified_note}" if model.verified_note else ""
        sentences.append(f"{model.name}: {degree}.{note}")
    for node in plan.rig.nodes:
        for card in node.gpus:
            name = card_id(card)
            if name is None:
                continue
            try:
                spec = catalog.gpu(name)
            except UnknownEntryError:
                continue
            sentences.extend(_unverified_fields(spec.name, spec.unverified_fields))
            if spec.memory_total_mib is None and not spec.unified_memory:
                sentences.append(
                    say(
                        "{0}: what its driver reports was not seen; {1:g} GB is taken from the "
                        "data sheet.",
                        spec.name,
                        spec.memory_bytes / GB,
                    )
                )
        if node.host is not None:
            try:
                host = catalog.host(node.host)
            except UnknownEntryError:
                continue
            sentences.extend(_unverified_fields(host.name, host.unverified_fields))
    return sentences


def _unverified_fields(name: str, fields: tuple[str, ...]) -> list[str]:
    words = dict.fromkeys(_FIELD_WORDS[field] for field in fields if field in _FIELD_WORDS)
    return [say("{0}: unverified {1}.", name, ", ".join(words))] if words else []
