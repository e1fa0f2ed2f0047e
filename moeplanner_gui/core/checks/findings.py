"""Remarks about a plan: what it assumes, repeats or leaves out. Computes no sizes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from moeplanner_gui.core.assessment import DeviceMemory, Finding
from moeplanner_gui.core.card_terms import DESKTOP_NAMES
from moeplanner_gui.core.checks.machine import loading_findings, machine_findings
from moeplanner_gui.core.checks.riser_lanes import riser_lane_findings
from moeplanner_gui.core.checks.slots import slot_findings
from moeplanner_gui.core.checks.supply import supply_findings
from moeplanner_gui.core.checks.together import together_findings
from moeplanner_gui.core.derivation import Confidence
from moeplanner_gui.core.engine_notes import start_findings
from moeplanner_gui.core.kernels import KernelRule
from moeplanner_gui.core.kv_cache import llama_cells
from moeplanner_gui.core.link_notes import link_findings
from moeplanner_gui.core.model import CompressedAttention, MlaAttention
from moeplanner_gui.core.placement import Demand, Refusal
from moeplanner_gui.core.plan import card_id
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import Prepared
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.support import KernelNote, answer
from moeplanner_gui.core.units import format_count, format_memory
from moeplanner_gui.core.verdict_words import without_verdict
from moeplanner_gui.core.words import chained, paragraph, say

_ORDER = {"error": 0, "warning": 1, "note": 2}
_LONGER: dict[str, str] = {
    "vllm": say(" vLLM starts with more only where VLLM_ALLOW_LONG_MAX_MODEL_LEN=1 is set."),
    "sglang": say(
        " SGLang starts with more only where SGLANG_ALLOW_OVERWRITE_LONGER_CONTEXT_LEN=1 is set."
    ),
    "ktransformers": say(
        " It starts with more only where SGLANG_ALLOW_OVERWRITE_LONGER_CONTEXT_LEN=1 is set."
    ),
}
_FOR_CHINA = re.compile(r"^China(?:;|$)|\(China market\)")
"""How the notes of a row say where a card is sold; its sources say it of no others."""
_MEMORY_FIELDS = frozenset({"memory_gb", "memory_total_mib"})


def findings(
    prepared: Prepared, devices: Sequence[DeviceMemory], catalog: CatalogReader
) -> tuple[Finding, ...]:
    """All remarks, errors first, then warnings, then notes."""
    settled = _settled(prepared, devices, catalog)
    found = [
        *settled.first,
        *_context(prepared),
        *_cache(prepared, devices),
        *start_findings(prepared),
        *settled.middle,
        *_hosts(prepared, devices),
        *loading_findings(prepared, devices),
        *settled.last,
    ]
    found.sort(key=lambda finding: _ORDER[finding.severity])
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Settled:
    """Remarks that another context does not change, by where they stand among the others."""

    first: tuple[Finding, ...]
    middle: tuple[Finding, ...]
    last: tuple[Finding, ...]


_SETTLED: dict[tuple[int, int, str | None], tuple[Demand, CatalogReader, _Settled]] = {}


def _settled(
    prepared: Prepared, devices: Sequence[DeviceMemory], catalog: CatalogReader
) -> _Settled:
    """Remembered by the identity of the need, which another rig or option makes anew, and by the
    tariff, whose country has circuits of its own.
    """
    demand = prepared.demand
    if isinstance(demand, Refusal):
        return _new_settled(prepared, devices, catalog)
    key = (id(demand), id(catalog), prepared.plan.economics.electricity_region)
    known = _SETTLED.get(key)
    if known is None:
        if len(_SETTLED) >= 128:
            _SETTLED.clear()
        settled = _new_settled(prepared, devices, catalog)
        known = _SETTLED[key] = (demand, catalog, settled)
    return known[2]


def _new_settled(
    prepared: Prepared, devices: Sequence[DeviceMemory], catalog: CatalogReader
) -> _Settled:
    if not prepared.cards and not any(node.ram_gib for node in prepared.plan.rig.nodes):
        # An empty rig has one thing to say, and the verdict says it.
        return _Settled(tuple(_kernels(prepared, catalog)), (), ())
    return _Settled(
        tuple(_kernels(prepared, catalog)),
        (*_weights(prepared), *_cards(prepared, devices)),
        (
            *together_findings(prepared, devices, catalog),
            *link_findings(prepared.plan, catalog),
            *_machines(prepared, catalog),
            *machine_findings(prepared, catalog),
            *_unverified(prepared, catalog),
        ),
    )


_MACHINES: dict[tuple[object, ...], tuple[CatalogReader, tuple[Finding, ...]]] = {}


def _machines(prepared: Prepared, catalog: CatalogReader) -> tuple[Finding, ...]:
    """Slots and power, remembered by the rig: no setting of the engine changes them."""
    plan = prepared.plan
    key = (id(catalog), plan.rig, plan.economics.electricity_region)
    known = _MACHINES.get(key)
    if known is None:
        if len(_MACHINES) >= 256:
            _MACHINES.clear()
        found = (
            *slot_findings(plan, catalog),
            *riser_lane_findings(plan, catalog),
            *supply_findings(plan, catalog),
        )
        known = _MACHINES[key] = (catalog, found)
    return known[1]


def _kernels(prepared: Prepared, catalog: CatalogReader) -> Iterator[Finding]:
    """What cannot run, runs in another way than natively, or was never checked on these cards."""
    if isinstance(prepared.demand, Refusal):
        if not prepared.cards and prepared.plan.deployment.engine != "llama.cpp":
            return
        found = answer(prepared.plan, prepared.spec, prepared.cards, catalog.kernels)
        sentence = without_verdict(prepared.demand.sentence)
        refused = found.sentence is not None and prepared.layout is not None
        subject = f"gpu {found.cards[0] + 1}" if refused and len(found.cards) == 1 else "plan"
        verify = _source(found.rule) if refused else ""
        code = "kernel_missing" if refused else "cannot_run"
        yield Finding(code, "error", subject, sentence, verify)
        return
    # One finding for each subject: it is dismissed as one.
    told: dict[tuple[str, bool], list[KernelNote]] = {}
    for note in answer(prepared.plan, prepared.spec, prepared.cards, catalog.kernels).notes:
        subject = f"gpu {note.cards[0] + 1}" if len(note.cards) == 1 else "plan"
        told.setdefault((subject, note.unchecked), []).append(note)
    for (subject, unchecked), notes in told.items():
        message = paragraph(note.message for note in notes)
        if unchecked:
            yield Finding(
                "kernel_not_checked",
                "warning",
                subject,
                message,
                say("Try it on one such card, or ask the engine's support table, before buying."),
            )
        else:
            verify = _source(notes[0].rule)
            yield Finding("kernel_not_native", "note", subject, message, verify)


def _source(rule: KernelRule | None) -> str:
    """Where it was read: engines change with every release."""
    if rule is None:
        return ""
    return say("A newer version than {0}, read on {1}, may differ.", rule.title, rule.date)


def _context(prepared: Prepared) -> Iterator[Finding]:
    plan, limit = prepared.plan, prepared.spec.max_context
    options, workload = plan.deployment, plan.workload
    each = workload.context_tokens
    if options.engine == "llama.cpp":
        cells = llama_cells(each, workload.sequences, options.unified_kv)
        if workload.sequences > 1:
            how = (
                say("share -c {0}", cells.context)
                if options.unified_kv
                else say(
                    "divide -c {0}: {1} tokens each", cells.context, format_count(cells.sequence)
                )
            )
            yield Finding(
                "slots_share_context",
                "note",
                "plan",
                say("{0} slots {1}.", workload.sequences, how),
            )
        if each > cells.sequence:
            each = cells.sequence
    if each > limit:
        yield Finding(
            "context_beyond_model",
            "warning",
            "plan",
            say(
                "{0} was made for {1} tokens; the plan asks for {2}.{3}",
                prepared.spec.name,
                format_count(limit),
                format_count(each),
                _LONGER.get(options.engine, ""),
            ),
        )


def _cache(prepared: Prepared, devices: Sequence[DeviceMemory]) -> Iterator[Finding]:
    plan = prepared.plan
    options = plan.deployment
    kinds = prepared.spec.architecture.attention.values()
    compressed = any(isinstance(kind, CompressedAttention) for kind in kinds)
    one_head = compressed or any(isinstance(kind, MlaAttention) for kind in kinds)
    if options.engine != "llama.cpp" and options.tensor_parallel > 1 and one_head and devices:
        size = format_memory(devices[0].kv_cache_bytes, decimals=2)
        who = say("both cards hold") if options.tensor_parallel == 2 else say("every card holds")
        yield Finding(
            "kv_replicated",
            "note",
            "plan",
            say("One KV head: {0} the whole KV cache, {1} each.", who, size),
        )
    if options.engine == "vllm" and compressed and options.cache_type_k != "fp8":
        blackwell = any(card.sm is not None and card.sm[0] == 10 for card in prepared.cards)
        if blackwell:
            yield Finding(
                "v4_cache_type_unset",
                "warning",
                "plan",
                say(
                    "On compute capability 10.x some vLLM versions keep DeepSeek V4's "
                    "cache in bf16 unless fp8 is chosen; the FP8 layout is shown."
                ),
            )
    if options.engine == "llama.cpp" and compressed and plan.workload.sequences > 1:
        yield Finding(
            "v4_cache_per_slot",
            "warning",
            "plan",
            say(
                "llama.cpp keeps a copy of DeepSeek V4's cache for every slot, also "
                "when it is unified: {0} copies. Use one slot for one user.",
                plan.workload.sequences,
            ),
        )


def _weights(prepared: Prepared) -> Iterator[Finding]:
    layout = prepared.layout
    options = prepared.plan.deployment
    if layout is None:
        return
    if layout.note:
        yield Finding("weights_note", "note", "plan", layout.note)
    if prepared.spec.architecture.mtp is not None:
        if not options.mtp:
            yield Finding(
                "mtp_not_loaded", "note", "plan", say("The MTP layer is not loaded: MTP is off.")
            )
        elif options.engine == "llama.cpp":
            yield Finding(
                "mtp_not_loaded", "note", "plan", say("llama.cpp does not load the MTP layer here.")
            )


def _cards(prepared: Prepared, devices: Sequence[DeviceMemory]) -> Iterator[Finding]:
    for device in prepared.cards:
        # Of a card whose reserves are larger than the card no single one is listed.
        item = next((item for item in device.held_back if item.name in DESKTOP_NAMES), None)
        if device.desktop_assumed and item is not None:
            yield Finding(
                "desktop_assumed",
                "note",
                device.name.lower(),
                say(
                    "A light Linux desktop on {0} is assumed: {1}. Set the display of the node.",
                    device.name,
                    format_memory(item.size_bytes),
                ),
            )
    others = sorted({card.vendor for card in prepared.cards} - {"NVIDIA", "Apple", "Other"})
    if others and devices:
        yield Finding(
            "overheads_as_on_cuda",
            "note",
            "plan",
            say(
                "What the driver and the engine keep on {0} cards beside the model is "
                "taken to be as on NVIDIA's; it was not measured.",
                chained(others),
            ),
        )


def _hosts(prepared: Prepared, devices: Sequence[DeviceMemory]) -> Iterator[Finding]:
    if prepared.plan.deployment.engine != "llama.cpp":
        return
    shown = [device for device in devices if device.kind == "host"]
    for device, memory in zip(prepared.hosts, shown, strict=False):
        if device.unknown and memory.used_bytes:
            yield Finding(
                "host_memory_not_chosen",
                "note",
                f"node {device.node + 1}",
                say("Host memory is not chosen; {0} are needed.", format_memory(memory.used_bytes)),
            )


def _unverified(prepared: Prepared, catalog: CatalogReader) -> Iterator[Finding]:
    spec = prepared.spec
    if spec.verified != "yes":
        text = spec.verified_note or say("Not every figure could be checked.")
        yield Finding("model_unverified", "note", "plan", f"{spec.name}: {text}")
    if prepared.layout is not None and prepared.layout.confidence is Confidence.UNVERIFIED:
        yield Finding(
            "weights_unverified",
            "note",
            "plan",
            say("The size of this weight format is unverified."),
        )
    cards = dict.fromkeys(card for node in prepared.plan.rig.nodes for card in node.gpus)
    for name in dict.fromkeys(map(card_id, cards)):
        if name is None:
            continue
        row = catalog.gpu(name)
        if row.unified_memory and (row.gfx or "").startswith("gfx11"):
            # The kernel's default for memory that the GPU maps (TTM) is half of all there is.
            yield Finding(
                "shared_memory_limit",
                "warning",
                row.name,
                say(
                    "Unless told otherwise, {0} may use about half of its computer's "
                    "memory: the figures are for a raised limit (ttm.pages_limit on Linux, "
                    "Variable Graphics Memory on Windows).",
                    row.name,
                ),
            )
        if row.notes is not None and _FOR_CHINA.search(row.notes):
            yield Finding(
                "sold_in_china",
                "note",
                row.name,
                say("The catalogue lists {0} as a model for China.", row.name),
                say("Who sells it where you are, and where its warranty holds."),
            )
        if row.devices > 1:
            size = format_memory(row.memory_bytes // row.devices)
            yield Finding(
                "card_is_several_devices",
                "note",
                row.name,
                say("{0} appears as {1} devices of {2} each.", row.name, row.devices, size),
            )
        if not row.verified or not _MEMORY_FIELDS.isdisjoint(row.unverified_fields):
            yield Finding(
                "card_unverified",
                "note",
                row.name,
                say(
                    "The memory of {0} is unverified: {1:g} GB by its label.",
                    row.name,
                    row.memory_gb,
                )
                if row.memory_total_mib is None
                else say("Some figures of {0} are unverified.", row.name),
            )
