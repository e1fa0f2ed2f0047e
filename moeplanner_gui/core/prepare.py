"""From a plan to the need of every device: looks the rows up and asks the engine's rule.

Shared by everything that evaluates a plan or parts of it. Holds no formula.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from functools import cache

from moeplanner_gui.core import support
from moeplanner_gui.core.assessment import ModelFigures
from moeplanner_gui.core.backends import backend_refusal
from moeplanner_gui.core.edits import set_deployment
from moeplanner_gui.core.model import ModelSpec
from moeplanner_gui.core.placement import Demand, Refusal
from moeplanner_gui.core.plan import CustomWeights, Plan
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.remembered import MOST_ROWS
from moeplanner_gui.core.speed.buses import chosen_link
from moeplanner_gui.core.tensors import active_parameters, total_parameters
from moeplanner_gui.core.usable import Device, card_devices, host_devices
from moeplanner_gui.core.verdict_words import cannot_run
from moeplanner_gui.core.weights import UnsupportedFormatError, WeightLayout, weight_layout
from moeplanner_gui.core.words import say

ENGINE_NAMES = {
    "llama.cpp": "llama.cpp",
    "vllm": "vLLM",
    "sglang": "SGLang",
    "ktransformers": "KTransformers",
}
_Rule = Callable[[Plan, ModelSpec, WeightLayout, list[Device], list[Device]], Demand | Refusal]


@cache
def _rule_of(engine: str) -> _Rule:
    """The rule of an engine, imported when a plan first asks for it: starting is quicker so."""
    if engine == "vllm":
        from moeplanner_gui.core.engines import vllm

        return vllm.demand
    if engine == "sglang":
        from moeplanner_gui.core.engines import sglang

        return sglang.demand
    if engine == "ktransformers":
        from moeplanner_gui.core.engines import ktransformers

        return ktransformers.demand
    from moeplanner_gui.core.engines import llama_cpp

    return llama_cpp.demand


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan with its rows and the need of its devices, or the sentence that refuses it."""

    plan: Plan
    spec: ModelSpec
    layout: WeightLayout | None
    cards: list[Device]
    hosts: list[Device]
    demand: Demand | Refusal


_latest: tuple[Plan, CatalogReader, Prepared] | None = None


def prepare(plan: Plan, catalog: CatalogReader) -> Prepared:
    """Look up the rows of a plan and work out what its engine places where.

    The latest answer is kept: views ask for many figures of one plan, one after the other.

    Raises:
        UnknownEntryError: The model, a card, a host, a link or the network is not in the
            catalogue.
    """
    global _latest
    latest = _latest
    if latest is None or latest[0] is not plan or latest[1] is not catalog:
        latest = _latest = (plan, catalog, _prepare(plan, catalog))
    return latest[2]


def _prepare(plan: Plan, catalog: CatalogReader) -> Prepared:
    spec = catalog.model(plan.model)
    if plan.deployment.cpu_moe_layers < 0:
        plan = set_deployment(plan, cpu_moe_layers=spec.architecture.layers)
    for node in plan.rig.nodes:
        if node.host is not None:
            catalog.host(node.host)
        if node.card_link is not None:
            chosen_link(node, catalog)
    if plan.rig.network is not None and plan.rig.network not in catalog.networks:
        raise _unknown_network(plan.rig.network, catalog)
    cards = card_devices(plan, catalog)
    hosts = host_devices(plan)
    engine = plan.deployment.engine
    try:
        layout = layout_of(spec, plan.weights, engine)
    except UnsupportedFormatError as error:
        return Prepared(plan, spec, None, cards, hosts, Refusal(cannot_run(str(error))))
    if not cards and not any(node.ram_gib for node in plan.rig.nodes):
        refusal = Refusal(cannot_run(say("The rig is empty. Add a card.")))
        return Prepared(plan, spec, layout, cards, hosts, refusal)
    wrong = backend_refusal(plan.deployment, cards)
    if wrong is not None:
        return Prepared(plan, spec, layout, cards, hosts, Refusal(cannot_run(wrong)))
    # llama.cpp runs without a card too, if it knows the model.
    asked = cards or engine == "llama.cpp"
    blocked = support.refusal(plan, spec, layout, cards, catalog.kernels) if asked else None
    if blocked is not None:
        refusal = Refusal(cannot_run(blocked))
        return Prepared(plan, spec, layout, cards, hosts, refusal)
    return Prepared(plan, spec, layout, cards, hosts, _demand(plan, spec, layout, cards, hosts))


def _unknown_network(network: str, catalog: CatalogReader) -> UnknownEntryError:
    from difflib import get_close_matches

    close = get_close_matches(network.lower(), catalog.networks, n=3, cutoff=0.5)
    return UnknownEntryError("network", network, tuple(close))


_DEMANDS: dict[tuple[object, ...], tuple[tuple[object, ...], Demand | Refusal]] = {}


def _demand(
    plan: Plan, spec: ModelSpec, layout: WeightLayout, cards: list[Device], hosts: list[Device]
) -> Demand | Refusal:
    """The engine's answer, remembered for everything it reads: another context is no new need.

    Rows and devices are told apart by identity; the entry holds them. Every plan with another
    rig or other options has an answer of its own, though the same bytes may lie behind it: its
    identity stands for both, and speed depends on more of them than memory does.
    """
    options, sequences = plan.deployment, plan.workload.sequences
    key = (id(spec), id(layout), plan.rig, options, sequences, *map(id, cards), *map(id, hosts))
    known = _DEMANDS.get(key)
    if known is None:
        if len(_DEMANDS) >= 256:
            _DEMANDS.clear()
        found = copy(_rule_of(options.engine)(plan, spec, layout, cards, hosts))
        known = _DEMANDS[key] = ((spec, layout, *cards, *hosts), found)
    return known[1]


_Slot = tuple[ModelSpec, WeightLayout | str]
_LAYOUTS: dict[tuple[object, ...], _Slot] = {}
_FIGURES: dict[int, tuple[WeightLayout, ModelFigures]] = {}


def layout_of(spec: ModelSpec, weights: str | CustomWeights, engine: str) -> WeightLayout:
    """:func:`weight_layout`, remembered by the identity of the row, which hashes slowly.

    Raises:
        UnsupportedFormatError: The engine does not load this format of this model.
    """
    if isinstance(weights, CustomWeights):
        key: tuple[object, ...] = (id(spec), weights, engine)
    else:
        key = (id(spec), weights.lower(), engine)
    known = _LAYOUTS.get(key)
    if known is None or known[0] is not spec:
        if len(_LAYOUTS) >= MOST_ROWS:
            _LAYOUTS.clear()
        try:
            known = (spec, weight_layout(spec, weights, engine))
        except UnsupportedFormatError as error:
            known = (spec, str(error))
        _LAYOUTS[key] = known
    if isinstance(known[1], str):
        raise UnsupportedFormatError(known[1])
    return known[1]


def figures_of(spec: ModelSpec, layout: WeightLayout) -> ModelFigures:
    """Counts and bytes of the model in a format, remembered by identity."""
    known = _FIGURES.get(id(layout))
    if known is None or known[0] is not layout:
        if len(_FIGURES) >= MOST_ROWS:
            _FIGURES.clear()
        figures = ModelFigures(
            total_parameters=total_parameters(spec),
            active_parameters=active_parameters(spec),
            weights_bytes=layout.total_bytes,
            bits_per_weight=layout.bits_per_weight,
        )
        known = _FIGURES[id(layout)] = (layout, figures)
    return known[1]


def smaller_native_bytes(prepared: Prepared) -> int | None:
    """Bytes of the published checkpoint when the chosen format is larger, else None."""
    if prepared.layout is None:
        return None
    try:
        native = layout_of(prepared.spec, "native", prepared.plan.deployment.engine)
    except UnsupportedFormatError:
        return None
    return native.total_bytes if native.total_bytes < prepared.layout.total_bytes else None
