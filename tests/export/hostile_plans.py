"""Plans and catalogues in which every name is a hostile text."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from moeplanner_gui.catalog.load import Catalog, load_catalog
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import Assessment
from moeplanner_gui.core.check_edits import dismiss
from moeplanner_gui.core.plan import CustomCard, CustomSlot, Node, Plan, Rig

LONGEST_IN_PLAN = 200


@cache
def shipped() -> Catalog:
    return load_catalog()


def hostile_catalog(text: str) -> Catalog:
    """The catalogue with one name and note for everything that the plan below is made of."""
    found = load_catalog()
    for kind, row in (
        ("models", "deepseek-v4-flash"),
        ("gpus", "rtxpro6000"),
        ("hosts", "wrx90-7965wx"),
    ):
        rows: Mapping[str, Any] = getattr(found, kind)
        renamed = {**rows, row: rows[row].model_copy(update={"name": text})}
        setattr(found, kind, MappingProxyType(renamed))
    parts = {key: part.model_copy(update={"name": text}) for key, part in found.parts.items()}
    found.parts = MappingProxyType(parts)
    return found


def hostile_plan(text: str) -> Plan:
    """A plan named so, with a card named so beside two of the catalogue, and a reason so."""
    short = text[:LONGEST_IN_PLAN]
    card = CustomSlot(
        custom=CustomCard(name=short, memory_mib=98304, bandwidth_gbs=1000, price_usd=5000)
    )
    node = Node(host="wrx90-7965wx", ram_gib=256, gpus=("rtxpro6000", "rtxpro6000", card))
    plan = Plan(model="deepseek-v4-flash", rig=Rig(nodes=(node,)), name=short)
    first = evaluate(plan, shipped()).findings[0]
    return dismiss(plan, first.code, first.subject, text[:2000])


@cache
def hostile_case(text: str) -> tuple[Plan, Assessment, Catalog]:
    """Plan, what follows from it, and the catalogue."""
    plan, catalog = hostile_plan(text), hostile_catalog(text)
    return plan, evaluate(plan, catalog), catalog
