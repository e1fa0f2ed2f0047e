"""The tables of the printed plan: remedies, devices, contexts; then assumptions and sources."""

from __future__ import annotations

from collections.abc import Iterable

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.derivation import Confidence
from moeplanner_gui.core.explain import explain
from moeplanner_gui.core.id_words import confidence_words
from moeplanner_gui.core.plan import Plan, card_id
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.remedies import ranked
from moeplanner_gui.core.units import GIB, format_count
from moeplanner_gui.core.words import comma_joined, lower_first, say
from moeplanner_gui.export.assumptions import assumptions
from moeplanner_gui.export.parts import TYPED_IN, parts_list
from moeplanner_gui.ui.charts.context_limits import (
    cell_limit,
    column_group,
    compared_columns,
    compared_formats,
)
from moeplanner_gui.ui.charts.memory_rows import memory_table, shown_amount, shown_total
from moeplanner_gui.ui.charts.running_changes import search_advice
from moeplanner_gui.ui.charts.users import users_in_words
from moeplanner_gui.ui.export.sheet import Column, Sheet
from moeplanner_gui.ui.export.words import device_groups, merge_alike

_SHORT_HEADS = {
    "routed_experts_bytes": say("Routed experts"),
    "other_weights_bytes": say("Attention, shared, emb."),
    "kv_cache_bytes": say("KV cache"),
    "compute_bytes": say("Compute buffers"),
    "output_bytes": say("Output"),
    "overhead_bytes": say("Runtime overhead"),
    "file_rest_bytes": say("Rest of the file"),
    "used_bytes": say("Used"),
    "free_bytes": say("Free"),
    "held_back_bytes": say("Held back"),
}
MOST_ROWS = 24
MOST_REMEDIES = 8


def add_remedies(sheet: Sheet, plan: Plan, assessment: Assessment, catalog: CatalogReader) -> None:
    """What would make a plan fit that does not."""
    if assessment.verdict in ("fits", "tight"):
        return
    steps = search_advice(plan, catalog, runs=assessment.verdict == "cannot_run")
    # The window lists the same in the same order.
    found = ranked([remedy for remedy in steps if remedy is not None])[:MOST_REMEDIES]
    if not found:
        return
    sheet.section(say("What would help"))
    columns = (
        Column(say("Change"), share=32, strong=True),
        Column("", share=40, small=True),
        Column(say("Then"), share=36),
    )
    sheet.table(columns, [(r.title, r.detail, r.outcome) for r in found])


def add_device_table(sheet: Sheet, assessment: Assessment) -> None:
    """Memory of each device by part; the columns add up as printed."""
    if not assessment.devices or assessment.verdict == "cannot_run":
        return
    sheet.section(say("Memory of each device, GiB"))
    table = memory_table(assessment)
    kept = [assessment.devices[i] for i in table.device_indices]
    groups = device_groups(kept, table.columns, MOST_ROWS)
    place_of = {id(device): place for place, device in enumerate(kept)}
    names = max(sheet.metrics(sheet.strong).horizontalAdvance(name) for name, _ in groups)
    columns = [Column(say("Device"), width=min(max(60.0, names + 4), 92.0), strong=True)]
    columns += [Column(_SHORT_HEADS[row.field], share=1, right=True) for row in table.rows]
    rows, colors = [], {}
    for name, device in groups:
        cells = [row.cells[place_of[id(device)]] for row in table.rows]
        for place, (row, amount) in enumerate(zip(table.rows, cells, strict=True), start=1):
            if row.field == "free_bytes" and amount < 0:
                colors[len(rows), place] = sheet.theme.error
        rows.append((name, *(shown_amount(amount) for amount in cells)))
    rows.append((say("All"), *(shown_total(row) for row in table.rows)))
    sheet.table(columns, rows, strong_rows=frozenset({len(rows) - 1}), colors=colors, padding=4.0)


def add_context(sheet: Sheet, plan: Plan, catalog: CatalogReader, runs: bool) -> None:
    """How long a context can be for each format; the curve of this plan follows its memory bars."""
    heading = len(sheet.blocks)
    sheet.section(say("Context"))
    if runs:
        text = say(
            "The curve of this plan follows its memory bars above; these are its alternatives."
        )
        sheet.text(text, sheet.base, sheet.theme.text2, with_next=True)
    before = len(sheet.blocks)
    _add_context_table(sheet, plan, catalog)
    if len(sheet.blocks) == before:
        del sheet.blocks[heading:]


def _add_context_table(sheet: Sheet, plan: Plan, catalog: CatalogReader) -> None:
    """Longest context for each weight format and KV cache."""
    columns = compared_columns(plan, catalog)
    formats = compared_formats(plan, catalog)
    if not formats or not any(node.gpus or node.ram_gib for node in plan.rig.nodes):
        return
    sheet.section(_longest_title(plan), level=2)
    heads = [
        f"{column_group(plan, catalog, engine)}: {cache}"
        if number == 0 or engine != columns[number - 1][0]
        else cache
        for number, (engine, cache) in enumerate(columns)
    ]
    layout = (
        Column(say("Weights"), share=38, strong=True),
        Column("GiB", width=48, right=True),
        *(Column(head, share=26, right=True) for head in heads),
    )
    word = say("card") if plan.gpu_count else say("memory")
    rows, colors = [], {}
    for number, choice in enumerate(formats):
        size = "–" if choice.size_bytes is None else say("{0:,.1f}", choice.size_bytes / GIB)
        cells = [choice.label, size]
        for place, column in enumerate(columns):
            limit = cell_limit(plan, catalog, choice.id, column)
            if limit is None:
                cells.append("–")
            elif limit.tokens == 0:
                short = -(-limit.short_bytes * 10 // GIB) / 10
                cells.append(say("{0:,.1f} GiB short", short))
                colors[number, place + 2] = sheet.theme.error
            else:
                ends = say("model") if limit.limited_by == "model" else word
                cells.append(f"{format_count(limit.tokens)}  {ends}")
        rows.append(tuple(cells))
    sheet.table(layout, rows, colors=colors, padding=4.0)
    sheet.stay()
    sheet.space(5)
    legend = say(
        "{0}: memory ends first.  model: the model's own limit ends first.  –: "
        "this engine does not run this combination.",
        word,
    )
    sheet.text(legend, sheet.small, sheet.theme.text3)


def add_assumptions(
    sheet: Sheet, plan: Plan, assessment: Assessment, catalog: CatalogReader
) -> None:
    """Every default that stands in for something the plan does not say."""
    found = assumptions(plan, assessment, catalog, marks=True)
    sheet.section(say("Assumed or edited"))
    if not found:
        sheet.text(say("Nothing: every value that matters was chosen or looked up."))
    for _, sentence in merge_alike([("", sentence) for sentence in found]):
        sheet.text(sentence, sheet.base, after=3)


def add_sources(sheet: Sheet, plan: Plan, assessment: Assessment, catalog: CatalogReader) -> None:
    """Where the rows of the catalogue that this plan uses were read."""
    lines = [*_sources(plan, catalog), *_speed_sources(plan, assessment, catalog)]
    if not lines:
        return
    sheet.section(say("Sources"))
    for what, source in lines:
        text = f"{what}: {source}"
        sheet.text(text, sheet.small, sheet.theme.text2, strong_until=len(what), after=2)


def _sources(plan: Plan, catalog: CatalogReader) -> Iterable[tuple[str, str]]:
    try:
        model = catalog.model(plan.model)
    except UnknownEntryError:
        return
    for source in model.sources:
        dated = f"{source.source}, {source.date}" if source.date else source.source
        yield f"{model.name}, {source.what}", dated
    seen: set[str] = set()
    for node in plan.rig.nodes:
        for card in node.gpus:
            name = card_id(card)
            if name is not None and name not in seen:
                seen.add(name)
                spec = catalog.gpu(name)
                yield spec.name, _joined(spec.sources, spec.source_date)
        if node.host is not None and node.host not in seen:
            seen.add(node.host)
            host = catalog.host(node.host)
            yield host.name, _joined(host.sources, host.source_date)

    for row in parts_list(plan, catalog):
        if row.price_source and row.price_source != TYPED_IN:
            dated = comma_joined(part for part in (row.price_source, row.price_date) if part)
            yield say("{0}, price", row.name), dated


def _speed_sources(
    plan: Plan, assessment: Assessment, catalog: CatalogReader
) -> Iterable[tuple[str, str]]:
    """Who published the rows to which the constants of decode were fitted."""
    if assessment.speed.decode_tokens_per_s is None:
        return
    for item in explain(plan, assessment, catalog, "speed.decode_tokens_per_s").inputs:
        if "https://" in item.source:
            yield say("Decode, {0}", lower_first(item.label)), item.source


def _joined(sources: dict[str, str], date: str) -> str:
    """The distinct sources of a row: its fields often share one."""
    return "; ".join((*dict.fromkeys(sources.values()), say("read {0}", date)))


def marks_in_words() -> str:
    """What the marks of certainty mean: ``= exact   ● measured   ≈ modelled   ? unverified``."""
    return "   ".join(f"{item.mark} {confidence_words(item.value)}" for item in Confidence)


def _longest_title(plan: Plan) -> str:
    whose = users_in_words(plan)
    if not whose:
        return say("Longest context in tokens")
    return say("Longest context in tokens {0}", whose)
