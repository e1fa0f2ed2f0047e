"""What ``moeplanner catalog check`` asks of claims: that what they name is there."""

from __future__ import annotations

from collections.abc import Iterator

from moeplanner_gui.catalog.load import Catalog
from moeplanner_gui.catalog.problems import CatalogProblem
from moeplanner_gui.core.claims.check_terms import ApiPrice, Check, Expression, Published
from moeplanner_gui.core.claims.dimensions import wrong_unit
from moeplanner_gui.core.claims.formula import FormulaError, calculate, names_in
from moeplanner_gui.core.plan import Plan

PLACES = ("articles", "claims", "contradictions", "tables", "published")


def claim_rules(catalog: Catalog) -> Iterator[CatalogProblem]:
    """Everything wrong with the claims; reads all of them."""
    data = catalog.claims
    counts = {name: len(getattr(data, name)) for name in PLACES}
    yield from data.problems
    for name, count in counts.items():
        if count == 0:
            yield CatalogProblem(f"claims, {name}", "", "", "Has no rows.")
    for claim in data.claims.values():
        found = list(_check_rules(claim.check, catalog))
        if claim.article is not None and claim.article not in data.articles:
            found.append(("article", f"Is of “{claim.article}”, which is no article."))
        found += [
            ("models", f"Has “{model}”, which is no model.")
            for model in claim.models
            if model not in catalog.models
        ]
        if claim.value is None and claim.words is None and claim.check.kind != "none":
            found.append(("value", "States neither a number nor words."))
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
                text = f"Names “{name}”, which is not there."
                yield CatalogProblem("claims, contradictions", matter.id, "positions", text)
    for table in data.tables.values():
        for row in table.rows:
            for cell in row.cells:
                if cell.claim is not None and cell.claim not in data.claims:
                    text = f"Names “{cell.claim}”, which is no claim."
                    yield CatalogProblem("claims, tables", table.id, "rows", text)
    for figure in data.published.values():
        if (figure.value is None) == (figure.words is None):
            text = "Has to be either a number or words."
            yield CatalogProblem("claims, figures", figure.id, "value", text)


def _check_rules(check: Check, catalog: Catalog) -> Iterator[tuple[str, str]]:
    """(field, message) for what a check names and the catalogue lacks."""
    data = catalog.claims
    if isinstance(check, Expression):
        for name in names_in(check.formula):
            if name not in data.claims:
                yield "check.formula", f"Names “{name}”, which is no claim."
        for formula in (check.formula, *(wrong.formula for wrong in check.mistaken)):
            try:
                calculate(formula, lambda name: 2.0 + len(name))
            except FormulaError as error:
                yield "check.formula", str(error)
    if isinstance(check, Published):
        for name in check.figures:
            if name not in data.published:
                yield "check.figures", f"Names “{name}”, which is no published figure."
    if isinstance(check, ApiPrice) and check.day is None:
        for name in (*check.apis, *check.over):
            if name not in catalog.tariffs.apis:
                yield "check.apis", f"Has “{name}”, which has no price."
    cards = [*getattr(check, "cards", ())] if check.kind != "described_weights" else []
    card = getattr(check, "card", None)
    for name in (*cards, *((card,) if card else ())):
        if name not in catalog.gpus:
            yield "check.cards", f"Has “{name}”, which is no card."
    link = getattr(check, "link", None)
    if link is not None and link not in catalog.links:
        yield "check.link", f"Has “{link}”, which is no link."
    plans: tuple[Plan, ...] = getattr(check, "plans", ())
    for plan in plans:
        if plan.model not in catalog.models:
            yield "check.plans", f"Has “{plan.model}”, which is no model."
