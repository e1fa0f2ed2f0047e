"""What a change would do, in rows: now and with it. Knows no drag and no widget."""

from __future__ import annotations

from moeplanner_gui.core.assessment import Assessment, DeviceMemory, Severity
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.units import MemoryUnit, format_count, format_free_memory
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.card_facts import CardFacts, card_facts
from moeplanner_gui.ui.rig_builder.rig_rows import free_text

VERDICTS = {
    "fits": say("Fits"),
    "tight": say("Tight"),
    "does_not_fit": say("Does not fit"),
    "cannot_run": say("Cannot run"),
}


@dataclass(frozen=True)
class ChangeRow:
    """One figure now and with the change; ``bad`` when it gets worse past a limit."""

    label: str
    now: str
    after: str
    note: str = ""
    bad: bool = False


def device_name(device: DeviceMemory, plan: Plan) -> str:
    """``"GPU 1"`` or ``"host memory"``, as everywhere else in the window."""
    if device.kind != "gpu" or device.slot is None:
        return (
            say("host memory")
            if len(plan.rig.nodes) == 1
            else say("memory of node {0}", device.node + 1)
        )
    # Its number in the rig, as the card itself has it.
    before = sum(len(node.gpus) for node in plan.rig.nodes[: device.node])
    return say("GPU {0}", device.slot + 1 + before)


def change_rows(
    before: Assessment,
    after: Assessment,
    plans: tuple[Plan, Plan],
    unit: MemoryUnit = "GiB",
) -> tuple[ChangeRow, ...]:
    """The figures that a person compares before letting go."""
    rows = [
        ChangeRow(
            say("Verdict"),
            VERDICTS[before.verdict],
            VERDICTS[after.verdict],
            bad=not after.fits,
        ),
        ChangeRow(
            say("Tightest device"),
            _tightest(before, plans[0], unit),
            _tightest(after, plans[1], unit),
            bad=_short(after),
        ),
        ChangeRow(
            say("Longest context"),
            _context(before),
            _context(after),
            say("model limit") if after.max_context_limited_by == "model" else "",
            bad=after.max_context_tokens == 0,
        ),
    ]
    for label, unit_text, pick in (
        (say("Decode, each user"), "tok/s", lambda a: _expected(a.speed.decode_tokens_per_s)),
        (say("At the wall"), "W", lambda a: a.power.load_w),
    ):
        now, then = pick(before), pick(after)
        if now is not None and then is not None:
            rows.append(
                ChangeRow(
                    label, say("{0:,.0f} {1}", now, unit_text), say("{0:,.0f} {1}", then, unit_text)
                )
            )
    now_usd, then_usd = before.cost.hardware_usd, after.cost.hardware_usd
    if now_usd is not None or then_usd is not None:
        difference = ""
        if now_usd is not None and then_usd is not None and now_usd != then_usd:
            difference = money(then_usd - now_usd, signed=True)
        rows.append(ChangeRow(say("Hardware"), money(now_usd), money(then_usd), difference))
    return tuple(rows)


def drop_lines(
    before: Assessment,
    after: Assessment,
    plans: tuple[Plan, Plan],
    catalog: CatalogReader,
    unit: MemoryUnit = "GiB",
) -> tuple[tuple[str, Severity], ...]:
    """The lines in the target itself, with their severity: what is added, tightest, verdict."""
    lines: list[tuple[str, Severity]] = []
    difference = _difference(plans, catalog)
    if difference:
        lines.append((difference, "note"))
    if after.tightest is not None:
        lines.append((_tightest_line(before, after, unit), "note"))
    verdict: Severity = "note" if after.fits else "error"
    lines.append((VERDICTS[after.verdict], verdict))
    known = {finding.code for finding in before.findings}
    lines += [
        (finding.message, finding.severity)
        for finding in after.findings
        if finding.code not in known and finding.severity != "note"
    ][:1]
    return tuple(lines)


def _tightest_line(before: Assessment, after: Assessment, unit: MemoryUnit) -> str:
    """``"Tightest: 4.3 → 25.7 GiB free"``, or how much it is over before and after."""
    assert after.tightest is not None
    then = after.devices[after.tightest].free_bytes
    if before.tightest is None:
        return say("Tightest: {0} {1} free", format_memory_short(then, unit), unit)
    now = before.devices[before.tightest].free_bytes
    texts = [format_memory_short(size, unit) for size in (now, then)]
    if now < 0 and then < 0:
        texts = [text.removeprefix("−") for text in texts]
        return say("Tightest: {0} → {1} {2} over", texts[0], texts[1], unit)
    return say("Tightest: {0} → {1} {2} free", texts[0], texts[1], unit)


def _difference(plans: tuple[Plan, Plan], catalog: CatalogReader) -> str:
    """``"+96 GB · +600 W · +$8,500"``; nothing when the cards stay the same."""
    old, new = _cards(plans[0], catalog), _cards(plans[1], catalog)
    for card in list(old):
        if card in new:
            new.remove(card)
            old.remove(card)
    if not old and not new:
        return ""
    parts = []
    if len(old) == len(new) == 1 and old[0].memory != new[0].memory:
        parts = [f"{old[0].memory} → {new[0].memory}"]
    elif not old or not new:
        sign = "+" if new else "−"
        parts = [f"{sign}{card.memory}" for card in (new or old)[:1]]
    watts = [card.tdp_w for card in (*new, *old)]
    if all(w is not None for w in watts):
        change = sum(c.tdp_w or 0 for c in new) - sum(c.tdp_w or 0 for c in old)
        if change:
            parts.append(say("{0}{1:,.0f} W", "+" if change > 0 else "−", abs(change)))
    prices = [card.price_usd for card in (*new, *old)]
    if all(p is not None for p in prices):
        cost = sum(c.price_usd or 0 for c in new) - sum(c.price_usd or 0 for c in old)
        if cost:
            parts.append(money(cost, signed=True))
    else:
        parts.append(say("no price"))
    return " · ".join(parts)


def _cards(plan: Plan, catalog: CatalogReader) -> list[CardFacts]:
    cards = []
    for node in plan.rig.nodes:
        for card in node.gpus:
            try:
                cards.append(card_facts(card, catalog))
            except UnknownEntryError:
                continue
    return cards


def format_memory_short(size_bytes: int, unit: MemoryUnit) -> str:
    """One decimal, rounded down, without the unit; a real minus for what is missing.

    Down is also away from zero below it: what is missing is never made less.
    """
    return format_free_memory(size_bytes, unit=unit).removesuffix(f" {unit}").replace("-", "−")


def money(usd: float | None, *, signed: bool = False) -> str:
    """``"$8,500"``, ``"+$8,500"``, or "no price"."""
    if usd is None:
        return say("no price")
    sign = "−" if usd < 0 else ("+" if signed else "")
    return say("{0}${1:,.0f}", sign, abs(usd))


def _tightest(assessment: Assessment, plan: Plan, unit: MemoryUnit) -> str:
    if assessment.tightest is None:
        return "–"
    device = assessment.devices[assessment.tightest]
    return f"{device_name(device, plan)}, {free_text(device, unit)}"


def _short(assessment: Assessment) -> bool:
    return (
        assessment.tightest is not None and assessment.devices[assessment.tightest].free_bytes < 0
    )


def _context(assessment: Assessment) -> str:
    return (
        format_count(assessment.max_context_tokens)
        if assessment.max_context_tokens
        else say("none")
    )


def _expected(value: object) -> float | None:
    return getattr(value, "expected", None)
