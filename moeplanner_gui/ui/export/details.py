"""The second part of the printed plan: parts, tables, assumptions, sources, formulas."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.bill_rows import bill_sum
from moeplanner_gui.core.derivation import Confidence, Derivation
from moeplanner_gui.core.explain import explain
from moeplanner_gui.core.plan import Plan, card_id
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.remedies import ranked
from moeplanner_gui.core.units import GIB, format_count
from moeplanner_gui.export.assumptions import assumptions
from moeplanner_gui.export.parts import TYPED_IN, PartRow, known_total_usd, parts_list
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
    "routed_experts_bytes": "Routed experts",
    "other_weights_bytes": "Attention, shared, emb.",
    "kv_cache_bytes": "KV cache",
    "compute_bytes": "Compute buffers",
    "output_bytes": "Output",
    "overhead_bytes": "Runtime overhead",
    "file_rest_bytes": "Rest of the file",
    "used_bytes": "Used",
    "free_bytes": "Free",
    "held_back_bytes": "Held back",
}
MOST_ROWS = 24
MOST_REMEDIES = 8
MOST_INPUTS = 40


def add_parts(sheet: Sheet, plan: Plan, catalog: CatalogReader) -> None:
    """What to buy, with prices where they are known."""
    rows = parts_list(plan, catalog)
    if not rows:
        return
    sheet.section("Parts")
    cells = [
        (
            str(row.count),
            row.name,
            _part_detail(row),
            "–" if row.unit_usd is None else f"{row.unit_usd:,.2f}",
            "no price" if row.total_usd is None else f"{row.total_usd:,.2f}",
            _price_from(row),
        )
        for row in rows
    ]
    total, without = known_total_usd(rows)
    if without < len(rows):
        name = "Hardware" if not without else "Sum of the known prices"
        note = _sum_note(plan, catalog) if not without else _without_price(without, len(rows))
        cells.append(("", name, "", "", f"{total:,.2f}", note))
    if plan.economics.hardware_usd is not None:
        whole = f"{plan.economics.hardware_usd:,.2f}"
        cells.append(("", "Whole rig, typed in", "", "", whole, "counts instead of the sum"))
    strong = frozenset(range(len(rows), len(cells)))
    # Numbers are never broken over lines, however large they are.
    count, each, usd = (
        max(sheet.metrics(sheet.strong).horizontalAdvance(row[place]) for row in cells) + 4
        for place in (0, 3, 4)
    )
    columns = (
        Column("", width=max(count, 20.0), right=True),
        Column("Part", share=38, strong=True),
        Column("", share=33, small=True),
        Column("USD each", width=max(each, 56), right=True),
        Column("USD", width=max(usd, 56), right=True),
        Column("Price from", share=29, small=True),
    )
    sheet.table(columns, cells, strong_rows=strong)


def _part_detail(row: PartRow) -> str:
    """What a part is, whether nobody chose it, and how many are there already."""
    texts = ["assumed" if row.assumed else "", row.detail]
    if row.mine:
        texts.append("mine already" if row.mine == row.count else f"{row.mine} of them mine")
    return ", ".join(text for text in texts if text)


def _sum_note(plan: Plan, catalog: CatalogReader) -> str:
    """How far the sum may be off."""
    total = bill_sum(plan, catalog).total
    if total is None or round(total.low) == round(total.high):
        return "without tax"
    return f"{total.low:,.0f}–{total.high:,.0f}, without tax"


def _without_price(without: int, parts: int) -> str:
    return f"{without} of {parts} parts {'has' if without == 1 else 'have'} no price"


def _price_from(row: PartRow) -> str:
    """Kind, date and how sure it is; where it was read stands under the sources."""
    if row.unit_usd is None:
        return ""
    kind = "" if row.price_kind == "part" else row.price_kind.replace("_", " ")
    sure = f"{row.confidence} confidence" if row.confidence else ""
    return ", ".join(part for part in (kind, row.price_date, sure) if part)


def add_remedies(sheet: Sheet, plan: Plan, assessment: Assessment, catalog: CatalogReader) -> None:
    """What would make a plan fit that does not."""
    if assessment.verdict in ("fits", "tight"):
        return
    steps = search_advice(plan, catalog, runs=assessment.verdict == "cannot_run")
    # The window lists the same in the same order.
    found = ranked([remedy for remedy in steps if remedy is not None])[:MOST_REMEDIES]
    if not found:
        return
    sheet.section("What would help", need=40)
    columns = (
        Column("Change", share=32, strong=True),
        Column("", share=40, small=True),
        Column("Then", share=36),
    )
    sheet.table(columns, [(r.title, r.detail, r.outcome) for r in found])


def add_device_table(sheet: Sheet, assessment: Assessment) -> None:
    """Memory of each device by part; the columns add up as printed."""
    if not assessment.devices or assessment.verdict == "cannot_run":
        return
    sheet.section("Memory of each device, GiB")
    table = memory_table(assessment)
    kept = [assessment.devices[i] for i in table.device_indices]
    groups = device_groups(kept, table.columns, MOST_ROWS)
    place_of = {id(device): place for place, device in enumerate(kept)}
    names = max(sheet.metrics(sheet.strong).horizontalAdvance(name) for name, _ in groups)
    columns = [Column("Device", width=min(max(60.0, names + 4), 92.0), strong=True)]
    columns += [Column(_SHORT_HEADS[row.field], share=1, right=True) for row in table.rows]
    rows, colors = [], {}
    for name, device in groups:
        cells = [row.cells[place_of[id(device)]] for row in table.rows]
        for place, (row, amount) in enumerate(zip(table.rows, cells, strict=True), start=1):
            if row.field == "free_bytes" and amount < 0:
                colors[len(rows), place] = sheet.theme.error
        rows.append((name, *(shown_amount(amount) for amount in cells)))
    rows.append(("All", *(shown_total(row) for row in table.rows)))
    sheet.table(columns, rows, strong_rows=frozenset({len(rows) - 1}), colors=colors, padding=4.0)


def add_context_table(sheet: Sheet, plan: Plan, catalog: CatalogReader) -> None:
    """Longest context for each weight format and KV cache."""
    columns = compared_columns(plan, catalog)
    formats = compared_formats(plan, catalog)
    if not formats or not any(node.gpus or node.ram_gib for node in plan.rig.nodes):
        return
    sheet.section(f"Longest context in tokens {users_in_words(plan)}".rstrip())
    heads = [
        f"{column_group(plan, catalog, engine)}: {cache}"
        if number == 0 or engine != columns[number - 1][0]
        else cache
        for number, (engine, cache) in enumerate(columns)
    ]
    layout = (
        Column("Weights", share=38, strong=True),
        Column("GiB", width=48, right=True),
        *(Column(head, share=26, right=True) for head in heads),
    )
    word = "card" if plan.gpu_count else "memory"
    rows, colors = [], {}
    for number, choice in enumerate(formats):
        size = "–" if choice.size_bytes is None else f"{choice.size_bytes / GIB:,.1f}"
        cells = [choice.label, size]
        for place, column in enumerate(columns):
            limit = cell_limit(plan, catalog, choice.id, column)
            if limit is None:
                cells.append("–")
            elif limit.tokens == 0:
                short = -(-limit.short_bytes * 10 // GIB) / 10
                cells.append(f"{short:,.1f} GiB short")
                colors[number, place + 2] = sheet.theme.error
            else:
                ends = "model" if limit.limited_by == "model" else word
                cells.append(f"{format_count(limit.tokens)}  {ends}")
        rows.append(tuple(cells))
    sheet.table(layout, rows, colors=colors, padding=4.0)
    sheet.space(5)
    legend = (
        f"{word}: memory ends first.  model: the model's own limit ends first."
        "  –: this engine does not run this combination."
    )
    sheet.text(legend, sheet.small, sheet.theme.text3)


def add_assumptions(
    sheet: Sheet, plan: Plan, assessment: Assessment, catalog: CatalogReader
) -> None:
    """Every default that stands in for something the plan does not say."""
    found = assumptions(plan, assessment, catalog, marks=True)
    sheet.section("Assumed or edited", need=24)
    if not found:
        sheet.text("Nothing: every value that matters was chosen or looked up.")
    for _, sentence in merge_alike([("", sentence) for sentence in found]):
        sheet.text(sentence, sheet.base, after=3)


def add_derivations(
    sheet: Sheet, plan: Plan, assessment: Assessment, catalog: CatalogReader
) -> None:
    """How the main figures are computed: rule, inputs and source of each."""
    if assessment.model is None:
        return
    paths = ["model.total_parameters", "model.active_parameters", "model.weights_bytes"]
    index = assessment.tightest
    if assessment.verdict != "cannot_run" and index is not None:
        device = assessment.devices[index]
        fields = ["routed_experts", "other_weights", "kv_cache", "compute", "output", "overhead"]
        fields.append("file_rest")
        paths += [f"devices.{index}.{n}_bytes" for n in fields if getattr(device, f"{n}_bytes")]
        paths += [f"devices.{index}.usable_bytes", f"devices.{index}.free_bytes"]
        paths.append("max_context_tokens")
        speeds = ("decode_tokens_per_s", "prefill_tokens_per_s", "time_to_first_token_s")
        paths += [f"speed.{name}" for name in speeds if getattr(assessment.speed, name) is not None]
    if assessment.cost.hardware_usd is not None:
        paths.append("cost.hardware_usd")
    sheet.section("How it is computed", need=60)
    source = ""
    for path in paths:
        item = explain(plan, assessment, catalog, path)
        _add_derivation(sheet, item, source)
        source = item.source


def _add_derivation(sheet: Sheet, item: Derivation, source_before: str) -> None:
    """A figure with its rule and source, and under it what went in, values in a column."""
    theme = sheet.theme
    lead = f"{item.label} {item.confidence.mark} {item.value}"
    words = f"{item.confidence.value}{', assumed' if item.assumed else ''}"
    sheet.keep(46)
    sheet.text(f"{lead}  ({words})", sheet.base, theme.text2, strong_until=len(lead))
    rule = "" if item.formula == "the sum of its parts" and item.inputs else item.formula
    if rule:
        sheet.text(rule, sheet.small, theme.text2, indent=10)
    if item.source and item.source != source_before:
        sheet.text(f"Source: {item.source}", sheet.small, theme.text3, indent=10)
    shown = item.inputs[:MOST_INPUTS]
    if len(shown) > 4 and not any(child.formula for child in shown):
        # Plain sums go side by side, down the first half and then the second.
        half = (len(shown) + 1) // 2
        for row in range(half):
            pair = [shown[row], *shown[row + half : row + half + 1]]
            _add_inputs(sheet, pair, (120.0, 186.0, 0.0))
    else:
        for child in shown:
            _add_inputs(sheet, [child], (208.0, 182.0, sheet.width - 438.0))
    if len(item.inputs) > MOST_INPUTS:
        rest = len(item.inputs) - MOST_INPUTS
        sheet.text(f"and {rest} more", sheet.small, theme.text3, indent=10)
    sheet.space(7)


def _add_inputs(
    sheet: Sheet, items: Sequence[Derivation], widths: tuple[float, float, float]
) -> None:
    """One line of inputs: label, value and note of each in columns of these widths."""
    label_width, value_width, note_width = widths
    placed, x = [], sheet.left + 10
    for item in items:
        value = f"{item.confidence.mark} {item.value}"
        note = item.formula + (" (assumed)" if item.assumed else "")
        placed.append((sheet.lay_text(item.label, sheet.small, label_width), x))
        x += label_width + 8
        placed.append((sheet.lay_text(value, sheet.small, value_width, right=True), x))
        x += value_width + 14
        if note_width:
            placed.append((sheet.lay_text(note, sheet.small, note_width), x))
    height = max(laid[1] for laid, _ in placed)
    sheet.keep(height)
    for (layout, _), left in placed:
        sheet.put(layout, left, sheet.y, sheet.theme.text2)
    sheet.y += height


def add_sources(sheet: Sheet, plan: Plan, assessment: Assessment, catalog: CatalogReader) -> None:
    """Where the rows of the catalogue that this plan uses were read."""
    lines = [*_sources(plan, catalog), *_speed_sources(plan, assessment, catalog)]
    if not lines:
        return
    sheet.section("Sources", need=24)
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
            dated = ", ".join(part for part in (row.price_source, row.price_date) if part)
            yield f"{row.name}, price", dated


def _speed_sources(
    plan: Plan, assessment: Assessment, catalog: CatalogReader
) -> Iterable[tuple[str, str]]:
    """Who published the rows to which the constants of decode were fitted."""
    if assessment.speed.decode_tokens_per_s is None:
        return
    for item in explain(plan, assessment, catalog, "speed.decode_tokens_per_s").inputs:
        if "https://" in item.source:
            yield f"Decode, {item.label[:1].lower()}{item.label[1:]}", item.source


def _joined(sources: dict[str, str], date: str) -> str:
    """The distinct sources of a row: its fields often share one."""
    return "; ".join((*dict.fromkeys(sources.values()), f"read {date}"))


def marks_in_words() -> str:
    """What the marks of certainty mean: ``= exact   ● measured   ≈ modelled   ? unverified``."""
    return "   ".join(f"{item.mark} {item.value}" for item in Confidence)
