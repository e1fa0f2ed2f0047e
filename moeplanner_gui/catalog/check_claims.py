"""What ``moeplanner catalog check`` asks of claims: that what they name is there."""

from __future__ import annotations

from collections.abc import Iterator

from moeplanner_gui.catalog.load import Catalog
from moeplanner_gui.catalog.problems import CatalogProblem
from moeplanner_gui.core.claims.check_terms import ApiPrice, Check, Expression, Published
from moeplanner_gui.core.claims.dimensions import wrong_unit
from moeplanner_gui.core.claims.formula import FormulaError, calculate, names_in
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.words import say

PLACES = ("articles", "claims", "contradictions", "tables", "published")


def claim_rules(catalog: Catalog) -> Iterator[CatalogProblem]:
    """Everything wrong with the claims; reads all of them."""
    data = catalog.claims
    counts = {name: len(getattr(data, name)) for name in PLACES}
    yield from data.problems
    for name, count in counts.items():
        if count == 0:
            yield CatalogProblem(f"claims, {name}", "", "", say("Has no rows."))
    for claim in data.claims.values():
        found = list(_check_rules(claim.check, catalog))
        if claim.article is not None and claim.article not in data.articles:
            found.append(("article", say("Is of “{0}”, which is no article.", claim.article)))
        found += [
            ("models", say("Has “{0}”, which is no model.", model))
            for model in claim.models
            if model not in catalog.models
        ]
        if claim.value is None and claim.words is None and claim.check.kind != "none":
            found.append(("value", say("States neither a number nor words.")))
        unfit = wrong_unit(claim)
        if unfit is not None:
            found.append(("unit", unfit))
        for field, text in found:
            yield CatalogProblem("claims", claim.id, field, text)
    for matter in data.contradictions.values():
        named = [(name, data.articles) for place in matter.positions for name in place.articles]
        for name, rows in (
            *named,
            *((name, data.claims) for place in matter.positions for name in place.claims),
        ):
            if name not in rows:
                text = say("Names “{0}”, which is not there.", name)
                yield CatalogProblem("claims, contradictions", matter.id, "positions", text)
    for table in data.tables.values():
        for row in table.rows:
            for cell in row.cells:
                if cell.claim is not None and cell.claim not in data.claims:
                    text = say("Names “{0}”, which is no claim.", cell.claim)
                    yield CatalogProblem("claims, tables", table.id, "rows", text)
    for figure in data.published.values():
        if (figure.value is None) == (figure.words is None):
            text = say("Has to be either a number or words.")
            yield CatalogProblem("claims, figures", figure.id, "value", text)


def _check_rules(check: Check, catalog: Catalog) -> Iterator[tuple[str, str]]:
    """(field, message) for what a check names and the catalogue lacks."""
    data = catalog.claims
    if isinstance(check, Expression):
        for name in names_in(check.formula):
            if name not in data.claims:
                yield "check.formula", say("Names “{0}”, which is no claim.", name)
        for formula in (check.formula, *(wrong.formula for wrong in check.mistaken)):
            try:
                calculate(formula, lambda name: 2.0 + len(name))
            except FormulaError as error:
                yield "check.formula", str(error)
    if isinstance(check, Published):
        for name in check.figures:
            if name not in data.published:
                yield "check.figures", say("Names “{0}”, which is no published figure.", name)
    if isinstance(check, ApiPrice) and check.day is None:
        for name in (*check.apis, *check.over):
            if name not in catalog.tariffs.apis:
                yield "check.apis", say("Has “{0}”, which has no price.", name)
    cards = [*getattr(check, "cards", ())] if check.kind != "described_weights" else []
    card = getattr(check, "card", None)
    for name in (*cards, *((card,) if card else ())):
        if name not in catalog.gpus:
            yield "check.cards", say("Has “{0}”, which is no card.", name)
    link = getattr(check, "link", None)
    if link is not None and link not in catalog.links:
        yield "check.link", say("Has “{0}”, which is no link.", link)
    plans: tuple[Plan, ...] = getattr(check, "plans", ())
    for plan in plans:
        if plan.model not in catalog.models:
            yield "check.plans", say("Has “{0}”, which is no model.", plan.model)
