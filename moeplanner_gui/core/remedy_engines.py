"""Ways around a refusal: engines and formats that have the kernels, with what they need to fit.

Asks :mod:`moeplanner_gui.core.support` what runs on the cards; decides nothing itself:
:mod:`moeplanner_gui.core.remedies` evaluates what is offered here.
"""

from __future__ import annotations

from collections.abc import Iterator

from moeplanner_gui.core.context import holds
from moeplanner_gui.core.edits import set_weights
from moeplanner_gui.core.engine_choice import with_engine
from moeplanner_gui.core.kernels import ENGINE_TITLES
from moeplanner_gui.core.placement import Refusal
from moeplanner_gui.core.plan import Engine, Plan, weights_id
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import layout_of, prepare
from moeplanner_gui.core.remedy_changes import Change, Price
from moeplanner_gui.core.remedy_hardware import experts_on_host, layers_on_host
from moeplanner_gui.core.support import runs_instead
from moeplanner_gui.core.weights import UnsupportedFormatError
from moeplanner_gui.core.words import lower_first, say

_FORMATS_EACH = 3
"""Formats that are tried of one engine; native is the first of them."""


def another_way(plan: Plan, catalog: CatalogReader) -> Iterator[Change | None]:
    """For a plan that cannot run: what has the kernels, alone or with host memory beside it."""
    if not plan.gpu_count or not isinstance(prepare(plan, catalog).demand, Refusal):
        return
    now = plan.deployment.engine
    tried: dict[Engine, int] = {}
    done: set[Engine] = set()
    for engine, weights in runs_instead(plan, catalog):
        if engine in done or tried.get(engine, 0) >= _FORMATS_EACH:
            continue
        if engine == now and _is_smaller(plan, weights, catalog):
            continue  # Smaller weights under the same engine are a remedy of their own.
        tried[engine] = tried.get(engine, 0) + 1
        moved = with_engine(set_weights(plan, weights), engine, catalog)
        if isinstance(prepare(moved, catalog).demand, Refusal):
            yield None
            continue
        title = _title(plan, engine, weights, catalog)
        price = Price.WEIGHTS if engine == now else Price.ENGINE
        if holds(moved, catalog):
            done.add(engine)
            # The same or native weights under another engine are a remedy of their own, too.
            if weights not in ("native", weights_id(plan)) or engine == now:
                yield Change("way", title, say("It has the kernels for these cards."), price, moved)
            continue
        yield None
        for more in (*experts_on_host(moved, catalog), *layers_on_host(moved, catalog)):
            if more is None or not holds(more.plan, catalog):
                yield None
                continue
            done.add(engine)
            words = say("{0} and {1}", title, lower_first(more.title))
            yield Change("way", words, more.detail, max(price, more.price), more.plan, more.usd)


def _is_smaller(plan: Plan, weights: str, catalog: CatalogReader) -> bool:
    spec, engine = catalog.model(plan.model), plan.deployment.engine
    try:
        chosen = layout_of(spec, plan.weights, engine).total_bytes
    except UnsupportedFormatError:
        return True
    return layout_of(spec, weights, engine).total_bytes < chosen


def _title(plan: Plan, engine: Engine, weights: str, catalog: CatalogReader) -> str:
    label = say("native weights")
    if weights != "native":
        label = layout_of(catalog.model(plan.model), weights, engine).label
    if engine == plan.deployment.engine:
        return say("Choose {0}", label)
    if weights == weights_id(plan):
        return say("Use {0}", ENGINE_TITLES[engine])
    return say("Use {0} with {1}", ENGINE_TITLES[engine], label)
