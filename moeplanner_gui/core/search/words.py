"""A rig that was found in words: its title, what stands under it, and why it does what it does."""

from __future__ import annotations

import re
from math import ceil

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.bill import BillLine, bill, is_module
from moeplanner_gui.core.bill_line import is_second_hand
from moeplanner_gui.core.fitting import has_place
from moeplanner_gui.core.gguf_variants import recipe_label
from moeplanner_gui.core.hardware_cost import cost_of_bill
from moeplanner_gui.core.placement import Refusal
from moeplanner_gui.core.plan import Card, CustomSlot, Node, Plan, card_id, weights_id
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.prepare import ENGINE_NAMES, prepare
from moeplanner_gui.core.search.figures import Figures
from moeplanner_gui.core.search.machines import LIST_PRICE
from moeplanner_gui.core.search.terms import FoundRig, Wishes
from moeplanner_gui.core.weights import CHECKPOINT_LABELS
from moeplanner_gui.core.words import say

_CHANNELS = re.compile(r"\s+\d+ch\b.*$")
_WIDE = 0.5
"""Prices seen for a card that lie further apart, against the one shown, make it unsure."""
_PART_OF_A_LINE = "cards_on_risers"


def found_rig(
    figures: Figures, wishes: Wishes, catalog: CatalogReader, *, on_front: bool
) -> FoundRig:
    """A candidate as it is shown, with all that ``evaluate`` says of it."""
    plan = figures.plan
    assessment = evaluate(plan, catalog)
    lines = bill(plan, catalog)
    return FoundRig(
        plan=plan,
        assessment=assessment,
        title=title_of(plan, catalog),
        subtitle=subtitle_of(plan, catalog),
        usd=figures.usd,
        decode_tokens_per_s=figures.decode,
        prefill_tokens_per_s=figures.prefill or assessment.speed.prefill_tokens_per_s,
        load_w=figures.load_w,
        max_context_tokens=figures.context_tokens,
        usd_per_month=assessment.cost.own_usd_per_month,
        because=because(plan, assessment, wishes, catalog, lines),
        on_front=on_front,
        price_unsure=any(_is_unsure(line, catalog) for line in lines if line.to_buy),
        unpriced=_unpriced(plan, lines, catalog) if figures.usd is None else (),
        others=figures.plans[1:],
        ways=ways_of(figures.plans, wishes, catalog),
    )


def _unpriced(plan: Plan, lines: tuple[BillLine, ...], catalog: CatalogReader) -> tuple[str, ...]:
    """Names of what has no price; at least the computer that such cards go into."""
    names = cost_of_bill(lines).unpriced
    listed = tuple(
        say("{0} but its list price of {1}", line.name, line.price.date[:4])
        for line in lines
        if line.kind == "card" and line.price is not None and line.price.kind == LIST_PRICE
    )
    return (*listed, *names) or (say("Server for {0}", title_of(plan, catalog)),)


def _is_unsure(line: BillLine, catalog: CatalogReader) -> bool:
    price = line.price
    if price is None or line.part_id is None:
        return True
    span = catalog.price_range(line.part_id)
    seen = line.kind == "card" and span is not None and not span.is_spread_assumed
    wide = seen and span is not None and span.high - span.low > _WIDE * price.usd
    return price.confidence == "low" or price.kind == "msrp" or wide


def title_of(plan: Plan, catalog: CatalogReader) -> str:
    """``2 × RTX PRO 6000``; the computer where there is no card."""
    node = plan.rig.nodes[0]
    counts: dict[str, int] = {}
    for card in node.gpus:
        name = _card_name(card, catalog)
        counts[name] = counts.get(name, 0) + 1
    cards = " + ".join(
        name if count == 1 and len(counts) == 1 else f"{count} × {name}"
        for name, count in counts.items()
    )
    title = cards or host_name(node, catalog) or say("A computer without a card")
    return (
        title
        if len(plan.rig.nodes) == 1
        else say("{0} computers of {1}", len(plan.rig.nodes), title)
    )


def _card_name(card: Card, catalog: CatalogReader) -> str:
    name = card_id(card)
    if isinstance(card, CustomSlot) or name is None:
        return card.custom.name if isinstance(card, CustomSlot) else "card"
    try:
        return catalog.gpu(name).name
    except UnknownEntryError:
        return name


def _needs_server(card: Card, catalog: CatalogReader) -> bool:
    name = card_id(card)
    row = None if name is None else catalog.gpu(name)
    return row is not None and not row.unified_memory and (is_module(row) or not has_place(row))


def host_name(node: Node, catalog: CatalogReader) -> str:
    """A host without its memory: ``Threadripper PRO 7965WX``; empty where none is chosen."""
    if node.host is None:
        return ""
    try:
        name = catalog.host(node.host).name
    except UnknownEntryError:
        return node.host
    return _CHANNELS.sub("", name)


def subtitle_of(plan: Plan, catalog: CatalogReader) -> str:
    """``EPYC 9004, 384 GiB``; for a whole computer the size of its shared memory."""
    node = plan.rig.nodes[0]
    parts = [host_name(node, catalog)] if node.gpus else []
    if any(_needs_server(card, catalog) for card in node.gpus):
        # Whatever its processor is called: no board that is sold alone takes them.
        parts = [say("in a server of their own")]
    if node.ram_gib:
        parts.append(say("{0:,} GiB", node.ram_gib))
    name = card_id(node.gpus[0]) if node.gpus else None
    if name is not None and catalog.gpu(name).unified_memory:
        parts.append(say("{0:g} GB of shared memory", catalog.gpu(name).memory_gb))
    if plan.rig.network is not None:
        parts.append(catalog.networks[plan.rig.network].name)
    return ", ".join(part for part in parts if part)


def ways_of(plans: tuple[Plan, ...], wishes: Wishes, catalog: CatalogReader) -> tuple[str, ...]:
    """How each of several models is run: ``gpt-oss-120b: all on one card, vLLM``."""
    if len(plans) < 2:
        return ()
    return tuple(
        f"{catalog.model(plan.model).name}: {', '.join(_way(plan, wishes, catalog))}"
        for plan in plans
    )


def _way(plan: Plan, wishes: Wishes, catalog: CatalogReader) -> list[str]:
    parts = [placement_words(plan, catalog), ENGINE_NAMES[plan.deployment.engine]]
    if wishes.weights is None or len(wishes.weights) > 1:
        parts.append(say("{0} weights", weights_words(plan)))
    parts.append(say("KV cache {0}", plan.deployment.cache_type_k))
    return parts


def because(
    plan: Plan,
    assessment: Assessment,
    wishes: Wishes,
    catalog: CatalogReader,
    lines: tuple[BillLine, ...],
) -> str:
    """The one-line reason: where the weights are, what runs them, and what to know of the parts."""
    # Of several models each has a way of its own, which stands in ``ways``.
    parts = _way(plan, wishes, catalog) if len(wishes.models) == 1 else []
    if any(finding.code == _PART_OF_A_LINE for finding in assessment.findings):
        parts.append(say("cards on risers"))
    if any(is_second_hand(line, catalog) for line in lines):
        parts.append(say("second-hand"))
    if len(plan.rig.nodes) > 1:
        parts.append(say("speed over a network not measured"))
    return ", ".join(parts)


def weights_words(plan: Plan) -> str:
    """A format as people write it: ``Q4_K_M``, ``native``."""
    name = weights_id(plan)
    return "native" if name == "native" else CHECKPOINT_LABELS.get(name) or recipe_label(name)


def placement_words(plan: Plan, catalog: CatalogReader) -> str:
    """``13 % of the experts in host memory``, ``layers over 4 cards``."""
    prepared = prepare(plan, catalog)
    options, cards = plan.deployment, len(prepared.cards)
    if isinstance(prepared.demand, Refusal):
        return say("cannot run")
    if not cards:
        return say("all in host memory")
    shares = prepared.demand.shares
    host = [share for share in shares if share.device.kind == "host"]
    layers = sum(share.layers[1] - share.layers[0] for share in host if share.layers is not None)
    experts = sum(share.routed_experts_bytes for share in host)
    every = sum(share.routed_experts_bytes for share in shares)
    if options.engine == "llama.cpp":
        spread = say("layers over {0} cards", cards) if cards > 1 else ""
    elif options.tensor_parallel > 1:
        spread = say("tensor parallel over {0} cards", options.tensor_parallel)
        if options.pipeline_parallel > 1:
            spread += say(", in {0} groups", options.pipeline_parallel)
    else:
        spread = say("layers over {0} cards", cards) if cards > 1 else ""
    away = ""
    if options.engine == "llama.cpp" and options.gpu_layers is not None and layers:
        away = say("{0} of {1} layers in host memory", layers, prepared.spec.architecture.layers)
    elif experts and every:
        # Never less than there are: what is in host memory is what slows a rig down.
        share = ceil(100 * experts / every)
        away = say("all experts") if share >= 100 else say("{0} % of the experts", share)
        away += say(" in host memory")
    return ", ".join(part for part in (away, spread) if part) or say("all on one card")
