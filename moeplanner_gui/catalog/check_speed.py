"""What ``moeplanner catalog check`` asks of measurements and of the constants fitted to them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from moeplanner_gui.catalog.load import Catalog
from moeplanner_gui.catalog.problems import CatalogProblem
from moeplanner_gui.core.speed.constants import SpeedGroup
from moeplanner_gui.core.speed.measurement import Measurement
from moeplanner_gui.core.speed.prefill_constants import PrefillGroup
from moeplanner_gui.core.words import say

DATE_PATTERN = re.compile(r"unknown|\d{4}(-\d{2}(-\d{2})?)?")
ADDRESS_PATTERN = re.compile(r"https://[^\s/]+/?\S*")
SCRAMBLED = ("joat.me", "fate-oracle.com/trap", "lisa.flanigan.us")
"""Pages that copy benchmarks with their figures changed on purpose."""
ENGINES = frozenset(
    {"llama.cpp", "ik_llama.cpp", "ds4", "vllm", "sglang", "tensorrt-llm", "ktransformers"}
)
PLACES = ("measurements", "groups", "prefill", "models")


def speed_rules(catalog: Catalog) -> Iterator[CatalogProblem]:
    """Everything wrong with the rows of the speed model; reads all of them."""
    speed = catalog.speed
    counts = {name: len(getattr(speed, name)) for name in PLACES}
    yield from speed.problems
    for name, count in counts.items():
        if count == 0:
            yield CatalogProblem(f"speed, {name}", "", "", say("Has no rows."))
    for row in speed.measurements:
        for field, text in (*_names(row, catalog), *_uses(row)):
            yield CatalogProblem("speed", row.id, field, text)
    constants: tuple[SpeedGroup | PrefillGroup, ...] = (*speed.groups, *speed.prefill)
    for group in constants:
        if not group.low <= 1 <= group.high:
            text = say("The band does not hold the expected value.")
            yield CatalogProblem("speed", group.id, "low", text)
    for model in speed.models.values():
        if model.id in catalog.models:
            yield CatalogProblem("speed", model.id, "id", say("Is a model of the catalogue."))
        if not model.sources:
            yield CatalogProblem("speed", model.id, "sources", say("Names no source."))


def _names(row: Measurement, catalog: Catalog) -> Iterator[tuple[str, str]]:
    """Ids that nothing has, and sources that nobody could follow."""
    if row.engine not in ENGINES:
        yield "engine", say("Has “{0}”, which is no known engine.", row.engine)
    if row.card_id is not None and row.card_id not in catalog.gpus:
        yield "card_id", say("Has “{0}”, which is no card.", row.card_id)
    if row.host_id is not None and row.host_id not in catalog.hosts:
        yield "host_id", say("Has “{0}”, which is no host.", row.host_id)
    known = row.model_id in catalog.models or row.model_id in catalog.speed.models
    if row.model_id is not None and not known:
        yield "model_id", say("Has “{0}”, which is no model.", row.model_id)
    if not DATE_PATTERN.fullmatch(row.date):
        yield "date", say("Is not a year, a month or a day ({0}).", row.date)
    if not ADDRESS_PATTERN.fullmatch(row.source):
        yield "source", say("Is no address.")
    if any(page in row.source for page in SCRAMBLED):
        yield "source", say("Is a page whose figures are scrambled.")


def _uses(row: Measurement) -> Iterator[tuple[str, str]]:
    """A row that a fit or a test reads must say what was measured, on what."""
    if row.decode_tokens_per_s is None and row.prefill_tokens_per_s is None:
        yield "decode_tokens_per_s", say("Has neither decode nor prefill.")
    if (row.use == "none") != (row.left_out is not None):
        yield "left_out", say("Must say why if, and only if, the row is not used.")
    if row.use == "none":
        return
    if row.model_id is None:
        yield "model_id", say("Is missing, and the row is used.")
    if row.weights_id is None:
        yield "weights_id", say("Is missing, and the row is used.")
    if row.card_id is None and row.host_id is None:
        yield "card_id", say("Is missing, and the row is used.")
    if row.speculative:
        yield "speculative", say("Is true, and the row is used: the acceptance rate is not known.")
