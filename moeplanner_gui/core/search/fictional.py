"""A catalogue with cards that hold everything: what one such card reaches bounds real ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from moeplanner_gui.core.engine_choice import with_engine
from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import prepare
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.search.machines import Build, fastest_memory_gbs
from moeplanner_gui.core.search.space import Recipe, roomy_plan, roomy_rig
from moeplanner_gui.core.search.terms import Wishes
from moeplanner_gui.core.speed.assess import depth_of
from moeplanner_gui.core.speed.constants import SpeedGroup
from moeplanner_gui.core.speed.costs import Costs, part_cost
from moeplanner_gui.core.speed.decode import Decode, decode_speed, terms_of
from moeplanner_gui.core.speed.terms import Term
from moeplanner_gui.core.speed.traffic import Part
from moeplanner_gui.core.support import answer, traits
from moeplanner_gui.core.usable import card_devices

_ENOUGH_GB = 16_000.0
_CARD = ("dense_weights", "expert_weights", "kv_cache", "layer_overhead", "compute")
WAITS_FOR_HOST = ("host_weights", "host_experts", "host_kv_cache")
"""Terms of a step that take twice as long with half the bandwidth of host memory."""
_FIXED = ("host_overhead", "token_overhead")


class EndlessCards:
    """The rows of another catalogue, every card with memory for any model."""

    def __init__(self, catalog: CatalogReader) -> None:
        self._catalog = catalog
        self._rows: dict[str, GpuSpec] = {}

    def __getattr__(self, name: str) -> object:
        return getattr(self._catalog, name)

    def gpu(self, gpu_id: str) -> GpuSpec:
        """The row with memory without end."""
        row = self._rows.get(gpu_id)
        if row is None:
            enough = {
                "memory_gb": _ENOUGH_GB,
                "memory_total_mib": None,
                "memory_total_mib_ecc_on": None,
                "memory_total_mib_ecc_off": None,
            }
            row = self._rows[gpu_id] = self._catalog.gpu(gpu_id).model_copy(update=enough)
        return row


@dataclass(frozen=True, slots=True)
class Alone:
    """A step with everything on one endless card, in seconds: on the card, of which no number of
    cards shares more than ``shared_s``, waiting for host memory, and ``fixed_s`` whatever the
    cards and hosts.

    Of ``card_s``, ``experts_s`` read routed experts, for which a host would have to read
    ``expert_bytes`` and unpack them; ``weights_s`` and ``weight_bytes`` are those of other weights;
    and ``least_s`` are left were the experts elsewhere.
    ``host_gbs`` is what such an engine reads from the fastest host memory, ``host_layer_s`` what a
    layer there takes beside.
    """

    card_s: float
    shared_s: float
    host_s: float
    fixed_s: float
    experts_s: float
    expert_bytes: float
    weights_s: float
    weight_bytes: float
    least_s: float
    host_gbs: float
    host_layer_s: float


def best_of(found: Sequence[Alone]) -> Alone:
    """What cards of several kinds together cannot better: the least of each part. What depends
    on kinds of layers is left out, of which each card may be good at another.
    """
    if len(found) == 1:
        return found[0]
    weights_s, experts_s = min(one.weights_s for one in found), min(one.experts_s for one in found)
    return Alone(
        card_s=weights_s + experts_s,
        shared_s=weights_s + experts_s,
        host_s=min(one.host_s for one in found),
        fixed_s=0.0,
        experts_s=experts_s,
        expert_bytes=min(one.expert_bytes for one in found),
        weights_s=weights_s,
        weight_bytes=min(one.weight_bytes for one in found),
        least_s=weights_s,
        host_gbs=max(one.host_gbs for one in found),
        host_layer_s=min(one.host_layer_s for one in found),
    )


class Alones:
    """Recipes on endless cards. The first plan of a recipe tells what a step reads, the first
    plan on a card how fast the card is; the others follow from both.
    """

    def __init__(self, wishes: Wishes, catalog: CatalogReader) -> None:
        self._wishes = wishes
        self._catalog: CatalogReader = EndlessCards(catalog)  # type: ignore[assignment]
        self._host_gbs = fastest_memory_gbs(wishes, catalog)
        self._known: dict[tuple[Recipe, str], Alone | None] = {}
        self._shapes: dict[Recipe, Decode] = {}
        self._cards: dict[tuple[str, str], tuple[SpeedGroup, Part]] = {}

    def of(self, recipe: Recipe, card: str) -> Alone | None:
        """A recipe with everything on one card; None where no bound follows from it."""
        key = (recipe, card)
        if key not in self._known:
            self._known[key] = self._new(recipe, card)
        return self._known[key]

    def _new(self, recipe: Recipe, card: str) -> Alone | None:
        shape = self._shapes.get(recipe)
        rates = self._cards.get((recipe.engine, card))
        if shape is None or rates is None:
            found = self._decode(recipe, card)
            if found is None:
                return None
            parts = [cost.part for stage in found.costs.stages for cost in stage.parts]
            on_card = next((part for part in parts if part.place == "gpu"), None)
            if on_card is None:
                return None
            self._shapes.setdefault(recipe, found)
            self._cards[recipe.engine, card] = (found.group, on_card)
            return self._alone(found.costs, found.terms)
        costs = _moved(shape.costs, *rates)
        return self._alone(costs, terms_of(costs, shape.depth_tokens, shape.users))

    def _decode(self, recipe: Recipe, card: str) -> Decode | None:
        catalog, wishes = self._catalog, self._wishes
        rig = roomy_rig(Build(card, 1), wishes, catalog)
        plan = roomy_plan(rig, recipe, wishes, catalog)
        if recipe.engine != "llama.cpp":
            plan = with_engine(plan, recipe.engine, catalog, recipe.cache)
        found = decode_speed(prepare(plan, catalog), catalog, depth_of(plan), wishes.users)
        return found if isinstance(found, Decode) and found.slowed == 1.0 else None

    def _alone(self, costs: Costs, terms: tuple[Term, ...]) -> Alone:
        seconds: dict[str, float] = {}
        amounts: dict[str, float] = {}
        for term in terms:
            seconds[term.kind] = seconds.get(term.kind, 0.0) + term.seconds
            amounts[term.kind] = amounts.get(term.kind, 0.0) + term.amount
        on_card, on_host, fixed = (
            sum(seconds.get(kind, 0.0) for kind in kinds)
            for kinds in (_CARD, WAITS_FOR_HOST, _FIXED)
        )
        group = costs.group
        parts = [cost.part for stage in costs.stages for cost in stage.parts]
        unpack = group.host_unpack_bytes
        experts = _ratio((part.expert_parameters, part.expert_bytes) for part in parts)
        others = _ratio((part.dense_parameters, part.dense_bytes) for part in parts)
        # What several users add to the layers may go with the experts.
        batch = sum(cost.batch for stage in costs.stages for cost in stage.parts)
        batch *= 1.0 - 1.0 / self._wishes.users
        overhead = seconds.get("layer_overhead", 0.0) - batch
        dense = seconds.get("dense_weights", 0.0)
        return Alone(
            card_s=on_card,
            shared_s=max(on_card - _alike_s(costs), 0.0),
            host_s=on_host,
            fixed_s=fixed,
            experts_s=seconds.get("expert_weights", 0.0),
            expert_bytes=amounts.get("expert_weights", 0.0) * (1.0 + unpack * experts),
            weights_s=dense,
            weight_bytes=amounts.get("dense_weights", 0.0) * (1.0 + unpack * others),
            least_s=dense + seconds.get("kv_cache", 0.0) + max(overhead, 0.0),
            host_gbs=self._host_gbs * group.host_efficiency,
            host_layer_s=group.host_layer_us * 1e-6,
        )


def _alike_s(costs: Costs) -> float:
    """What every card takes for its layers, however their weights are divided."""
    found = 0.0
    for stage in costs.stages:
        for cost in stage.parts:
            if cost.part.place == "gpu":
                part = replace(cost.part, dense_bytes=0, dense_parameters=0.0)
                found += part_cost(costs.traffic, part, cost.group).overhead
    return found


def _ratio(pairs: Iterable[tuple[float, float]]) -> float:
    """Weights for each byte of them."""
    weights, size = (sum(values) for values in zip(*pairs, strict=True))
    return weights / size if size else 0.0


def _moved(costs: Costs, group: SpeedGroup, card: Part) -> Costs:
    """The same step on another card."""
    stages = []
    for stage in costs.stages:
        parts = [
            replace(cost.part, gbs=card.gbs, tflops=card.tflops, shader_tflops=card.shader_tflops)
            if cost.part.place == "gpu"
            else cost.part
            for cost in stage.parts
        ]
        moved = tuple(part_cost(costs.traffic, part, group) for part in parts)
        stages.append(replace(stage, parts=moved))
    return replace(costs, stages=tuple(stages), token=group.token_us * 1e-6, group=group, sums=None)


class Kernels:
    """Whether engines have kernels for cards; formats of which the rules say the same share it."""

    def __init__(self, wishes: Wishes, catalog: CatalogReader) -> None:
        self._wishes, self._catalog = wishes, catalog
        self._known: dict[tuple[object, ...], bool | None] = {}
        self._about: dict[Recipe, tuple[object, ...]] = {}

    def allow(self, recipe: Recipe, card: str) -> bool | None:
        """False when no number of such cards runs a recipe; None when nobody has checked."""
        about = self._about.get(recipe)
        if about is None:
            spec = self._catalog.model(recipe.model)
            cache = recipe.cache if recipe.cache in ("fp8", "bf16") else ""
            about = (recipe.model, recipe.engine, traits(spec, recipe.weights.lower(), cache))
            self._about[recipe] = about
        key = (about, card)
        if key not in self._known:
            self._known[key] = self._new(recipe, card)
        return self._known[key]

    def _new(self, recipe: Recipe, card: str) -> bool | None:
        rig = roomy_rig(Build(card, 1), self._wishes, self._catalog)
        plan = roomy_plan(rig, recipe, self._wishes, self._catalog)
        options = {
            "engine": recipe.engine,
            "cache_type_k": recipe.cache,
            "cache_type_v": recipe.cache,
        }
        plan = plan.replace(deployment=plan.deployment.model_copy(update=options))
        spec, cards = self._catalog.model(recipe.model), card_devices(plan, self._catalog)
        found = answer(plan, spec, cards, self._catalog.kernels)
        if found.sentence is not None:
            return False
        return None if any(note.unchecked for note in found.notes) else True
