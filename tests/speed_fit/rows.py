"""The published rows, and the plans they were measured on: what the fit and the report evaluate."""

from __future__ import annotations

from functools import cache

from moeplanner_gui.catalog.load import Catalog, load_catalog
from moeplanner_gui.catalog.paths import catalogs_dir
from moeplanner_gui.core.entries import Entries
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.speed import measured_plan
from moeplanner_gui.core.speed.measurement import Measurement


@cache
def catalog() -> Catalog:
    """The shipped catalogue without anybody's own rows, with the models of the fit alone."""
    shipped = load_catalog(catalogs_dir())
    return shipped.with_entries(Entries(models=tuple(shipped.speed.models.values())))


@cache
def measurements() -> tuple[Measurement, ...]:
    """Every published row of the catalogue."""
    return tuple(catalog().speed.measurements)


def rows_of(use: str) -> tuple[Measurement, ...]:
    """The rows marked ``fit``, ``test`` or ``none``."""
    return tuple(row for row in measurements() if row.use == use)


def plan_of(row: Measurement) -> Plan | None:
    """The plan that a row was measured on, None where too much about it is not known."""
    return measured_plan.plan_of(row, catalog())
