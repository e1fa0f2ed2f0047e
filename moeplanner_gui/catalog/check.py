"""``moeplanner catalog check``: what loading reports, and what only a maintainer cares about."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from moeplanner_gui.catalog import paths
from moeplanner_gui.catalog.check_cards import card_identity_rules
from moeplanner_gui.catalog.check_claims import claim_rules
from moeplanner_gui.catalog.check_parts import part_rules
from moeplanner_gui.catalog.check_speed import speed_rules
from moeplanner_gui.catalog.check_tariffs import tariff_rules
from moeplanner_gui.catalog.claim_kinds import CLAIM_KINDS
from moeplanner_gui.catalog.load import Catalog, load_catalog
from moeplanner_gui.catalog.measured_kinds import SPEED_KINDS
from moeplanner_gui.catalog.prices import price_date
from moeplanner_gui.catalog.problems import CatalogProblem
from moeplanner_gui.catalog.rows import KINDS
from moeplanner_gui.catalog.schema import schema_texts
from moeplanner_gui.catalog.tariff_kinds import TARIFF_KINDS
from moeplanner_gui.core.hardware import GpuSpec, HostSpec
from moeplanner_gui.core.model import ModelSpec
from moeplanner_gui.core.words import say

ID_PATTERN = re.compile(r"[a-z0-9][a-z0-9.+_-]*")
DATE_PATTERN = re.compile(r"\d{4}-\d{2}-\d{2}")

SOURCED_GPU_FIELDS = (
    "memory_gb",
    "memory_total_mib",
    "bandwidth_gbs",
    "tdp_w",
    "compute_capability",
    "reserved_mib",
)
"""Fields that decide an answer: each needs a source of its own."""


def check_catalog(
    folder: Path | None = None, *, schemas: bool = True
) -> tuple[CatalogProblem, ...]:
    """Everything wrong with a catalogue; empty when it is sound.

    Args:
        folder: The catalogue; the shipped one, without the user's rows, when left out.
        schemas: Whether the schemas have to lie beside the data; a bundle has none.
    """
    folder = folder if folder is not None else paths.catalogs_dir()
    catalog = load_catalog(folder)
    return (
        *catalog.problems,
        *_missing_kinds(catalog),
        *_repeated_keys(folder),
        *(_stale_schemas(folder) if schemas else ()),
        *_row_rules(catalog),
        *card_identity_rules(catalog.gpus.values()),
        *_price_rules(catalog),
        *part_rules(catalog),
        *_kernel_rules(catalog),
        *speed_rules(catalog),
        *tariff_rules(catalog),
        *claim_rules(catalog),
    )


def _missing_kinds(catalog: Catalog) -> Iterator[CatalogProblem]:
    counts = {
        "models": len(catalog.models),
        "gpus": len(catalog.gpus),
        "hosts": len(catalog.hosts),
        "networks": len(catalog.networks),
        "links": len(catalog.links),
        "kernels": len(catalog.kernels),
        "parts": len(catalog.parts),
        "presets": len(catalog.presets),
        "prices": len(catalog.prices),
    }
    for name, count in counts.items():
        if count == 0:
            yield CatalogProblem(name, "", "", say("Has no rows."))


def _repeated_keys(folder: Path) -> Iterator[CatalogProblem]:
    """A key written twice in one object: JSON keeps the last one silently."""
    for kind in (*KINDS, *SPEED_KINDS, *TARIFF_KINDS, *CLAIM_KINDS):
        for path in sorted((folder / kind.folder).glob(kind.files)):
            repeated: list[str] = []

            def note(pairs: list[tuple[str, object]], found: list[str] = repeated) -> None:
                keys = [key for key, _ in pairs]
                found.extend(sorted({key for key in keys if keys.count(key) > 1}))

            try:
                json.loads(path.read_bytes(), object_pairs_hook=note)
            except (OSError, ValueError, RecursionError):
                continue  # Loading has already said what is wrong with this file.
            for key in repeated:
                yield CatalogProblem(
                    f"{kind.folder}/{path.name}", "", key, say("Is written twice.")
                )


def _stale_schemas(folder: Path) -> Iterator[CatalogProblem]:
    for name, text in schema_texts().items():
        path = folder / name
        if not path.exists():
            yield CatalogProblem(name, "", "", say("The schema is missing."))
        elif path.read_text(encoding="utf-8") != text:
            yield CatalogProblem(name, "", "", say("The schema is not that of the row types."))


def _row_rules(catalog: Catalog) -> Iterator[CatalogProblem]:
    rows: tuple[tuple[str, ModelSpec | GpuSpec | HostSpec], ...] = (
        *(("models", row) for row in catalog.models.values()),
        *(("gpus", row) for row in catalog.gpus.values()),
        *(("hosts", row) for row in catalog.hosts.values()),
    )
    for folder, row in rows:
        if not ID_PATTERN.fullmatch(row.id):
            yield CatalogProblem(
                folder, row.id, "id", say("Has characters other than a-z 0-9 . + _ -")
            )
        if not row.name.strip() or row.name != row.name.strip():
            yield CatalogProblem(folder, row.id, "name", say("Is empty or has spaces around it."))
        if not row.sources:
            yield CatalogProblem(folder, row.id, "sources", say("Names no source."))
        if not isinstance(row, ModelSpec):
            if not DATE_PATTERN.fullmatch(row.source_date):
                yield CatalogProblem(folder, row.id, "source_date", say("Is not YYYY-MM-DD."))
            for field in row.unverified_fields:
                if getattr(row, field, None) is None:
                    text = say("Names {0}, which the row does not have.", field)
                    yield CatalogProblem(folder, row.id, "unverified_fields", text)
        if isinstance(row, GpuSpec):
            yield from _gpu_rules(row)


def _gpu_rules(gpu: GpuSpec) -> Iterator[CatalogProblem]:
    for field in SOURCED_GPU_FIELDS:
        if getattr(gpu, field) is not None and field not in gpu.sources:
            yield CatalogProblem("gpus", gpu.id, field, say("Has no source."))
    label_bytes = gpu.memory_gb * 2**30
    if gpu.memory_bytes > label_bytes * 1.02:
        text = say("The driver's total is larger than the vendor's label.")
        yield CatalogProblem("gpus", gpu.id, "memory_total_mib", text)


def _price_rules(catalog: Catalog) -> Iterator[CatalogProblem]:
    for row in catalog.prices:
        if row.name is None and row.part_id not in catalog.gpus:
            text = say("Is no card of the catalogue, and the row has no name of its own.")
            yield CatalogProblem("prices", row.part_id, "part_id", text)
        if row.date != "launch" and price_date(row) is None:
            text = say("Is not a year, a month or a day ({0}).", row.date)
            yield CatalogProblem("prices", row.part_id, "date", text)
        if row.low is not None and row.high is not None and not row.low <= row.usd <= row.high:
            text = say("Is outside of its own range {0:,.0f} to {1:,.0f}.", row.low, row.high)
            yield CatalogProblem("prices", row.part_id, "usd", text)


TRAIT_PATTERN = re.compile(
    r"\*|(arch|attention|weights|experts|option):[a-z0-9_.-]+(\+cache:(fp8|bf16))?"
)


def _kernel_rules(catalog: Catalog) -> Iterator[CatalogProblem]:
    """Rules that decide an answer say what about, on which cards, and what happens elsewhere."""
    for rule in catalog.kernels:
        found = []
        if not ID_PATTERN.fullmatch(rule.id):
            found.append(("id", say("Has characters other than a-z 0-9 . + _ -")))
        if not rule.source.strip():
            found.append(("source", say("Names no source.")))
        if not DATE_PATTERN.fullmatch(rule.date):
            found.append(("date", say("Is not YYYY-MM-DD.")))
        decides = rule.effect in ("needed", "native", "models")
        if decides and not rule.about:
            found.append(("about", say("Names nothing, so the rule never applies.")))
        for trait in rule.about:
            if not TRAIT_PATTERN.fullmatch(trait):
                found.append(("about", say("Has “{0}”, which no plan has.", trait)))
        if rule.effect == "models" and not rule.known:
            found.append(("known", say("Lists no architecture.")))
        if rule.effect == "native" and not rule.otherwise:
            found.append(("otherwise", say("Does not say what happens on other cards.")))
        for card in rule.runs_on.except_cards:
            if card not in catalog.gpus:
                found.append(("runs_on.except_cards", say("Has “{0}”, which is no card.", card)))
        for field, text in found:
            yield CatalogProblem("kernels", rule.id, field, text)
