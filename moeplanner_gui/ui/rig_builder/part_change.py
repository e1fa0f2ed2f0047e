"""What building a part in would change, in rows and in a few words. Knows no drag, no widget."""

from __future__ import annotations

from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.bill import disk_tb_of, node_lines
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.power.draw import most_dc_w
from moeplanner_gui.core.words import comma_joined, lower_first, say
from moeplanner_gui.ui.rig_builder.change import ChangeRow, money


def part_change_rows(
    plans: tuple[Plan, Plan], node: int, catalog: CatalogReader
) -> tuple[ChangeRow, ...]:
    """Supply, slots, memory and disk of a computer, as far as they become others."""
    if any(node >= len(plan.rig.nodes) for plan in plans):
        return ()
    rows = []
    before, after = (_figures(plan, node, catalog) for plan in plans)
    for label in after:
        if before.get(label) != after[label]:
            rows.append(ChangeRow(label, before.get(label, "–"), after[label]))
    most = most_dc_w(plans[1].rig.nodes[node], catalog)
    rated = _rated_w(plans[1], node, catalog)
    return tuple(
        ChangeRow(row.label, row.now, row.after, say("{0:,.0f} W at most", most), bad=rated < most)
        if row.label == _SUPPLY and most is not None
        else row
        for row in rows
    )


def difference_words(
    now: Assessment, then: Assessment, plans: tuple[Plan, Plan], node: int, catalog: CatalogReader
) -> str:
    """``"+$600, supply 850 W → 2,450 W"``: what the head of the computer has room for."""
    words = []
    prices = (now.cost.hardware_usd, then.cost.hardware_usd)
    if prices[0] is not None and prices[1] is not None:
        if prices[0] != prices[1]:
            words.append(money(prices[1] - prices[0], signed=True))
    elif prices[1] is None:
        more = then.cost.known_hardware_usd - now.cost.known_hardware_usd
        if now.cost.unpriced_parts == then.cost.unpriced_parts and more:
            words.append(money(more, signed=True))
        words.append(say("no price for the whole"))
    rows = part_change_rows(plans, node, catalog)[:1]
    words += [f"{lower_first(row.label)} {row.now} → {row.after}" for row in rows]
    return comma_joined(words)


_SUPPLY = say("Power supply")


def _figures(plan: Plan, node: int, catalog: CatalogReader) -> dict[str, str]:
    there = plan.rig.nodes[node]
    found: dict[str, str] = {}
    held = 0
    rated = _rated_w(plan, node, catalog)
    if rated:
        found[_SUPPLY] = say("{0:,.0f} W", rated)
    for line in node_lines(there, disk_tb_of(plan, catalog), catalog):
        row = catalog.parts.get(line.part_id or "")
        if row is not None and row.kind in ("board", "computer") and row.slots:
            found[say("Slots")] = comma_joined(
                f"{slot.count} × x{slot.lanes}" for slot in row.slots
            )
        if row is not None and row.kind == "disk":
            held += line.count
            found[say("Disk")] = say("{0} TB", held)
    if there.ram_gib:
        found[say("Host memory")] = say("{0:,} GiB", there.ram_gib)
    return found


def _rated_w(plan: Plan, node: int, catalog: CatalogReader) -> float:
    lines = node_lines(plan.rig.nodes[node], disk_tb_of(plan, catalog), catalog)
    rows = ((line.count, catalog.parts.get(line.part_id or "")) for line in lines)
    return sum(count * (row.rated_w or 0.0) for count, row in rows if row is not None)
