"""A catalogue with cards that hold everything: what one such card reaches bounds real ones."""

from __future__ import annotations

from dataclasses import dataclass

from moeplanner_gui.core.engine_choice import with_engine
from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import prepare
from moeplanner_gui.core.search.machines import Build, fastest_memory_gbs
from moeplanner_gui.core.search.space import Recipe, roomy_plan
from moeplanner_gui.core.search.terms import Wishes
from moeplanner_gui.core.speed.assess import depth_of
from moeplanner_gui.core.speed.decode import Decode, decode_speed
from moeplanner_gui.core.support import answer

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
    """A step with everything on one endless card, in seconds: on the card, waiting for host
    memory, and ``fixed_s`` whatever the cards and hosts.

    Of ``card_s``, ``experts_s`` read ``expert_bytes`` of routed experts, ``weights_s`` read
    ``weight_bytes`` of other weights, and ``least_s`` are left were the experts elsewhere.
    ``host_gbs`` is what such an engine reads from the fastest host memory.
    """

    card_s: float
    host_s: float
    fixed_s: float
    experts_s: float
    expert_bytes: float
    weights_s: float
    weight_bytes: float
    least_s: float
    host_gbs: float


def kernels_allow(recipe: Recipe, card: str, wishes: Wishes, catalog: CatalogReader) -> bool | None:
    """False when no number of such cards runs a recipe; None when nobody has checked."""
    plan = _plan(recipe, card, wishes, catalog)
    prepared = prepare(plan, catalog)
    found = answer(plan, prepared.spec, prepared.cards, catalog.kernels)
    if found.sentence is not None:
        return False
    return None if any(note.unchecked for note in found.notes) else True


def _plan(recipe: Recipe, card: str, wishes: Wishes, catalog: CatalogReader) -> Plan:
    plan = roomy_plan(Build(card, 1), recipe, wishes, catalog, own=False)
    options = {"engine": recipe.engine, "cache_type_k": recipe.cache, "cache_type_v": recipe.cache}
    return plan.replace(deployment=plan.deployment.model_copy(update=options))


def alone(recipe: Recipe, card: str, wishes: Wishes, catalog: EndlessCards) -> Alone | None:
    """The step of a recipe with everything on one card; None where no bound follows from it."""
    reader: CatalogReader = catalog  # type: ignore[assignment]
    own = reader.gpu(card).unified_memory
    plan = roomy_plan(Build(card, 1), recipe, wishes, reader, own=own)
    if recipe.engine != "llama.cpp":
        plan = with_engine(plan, recipe.engine, reader, recipe.cache)
    found = decode_speed(prepare(plan, reader), reader, depth_of(plan), wishes.users)
    if not isinstance(found, Decode) or found.slowed != 1.0:
        return None
    seconds: dict[str, float] = {}
    amounts: dict[str, float] = {}
    for term in found.terms:
        seconds[term.kind] = seconds.get(term.kind, 0.0) + term.seconds
        amounts[term.kind] = amounts.get(term.kind, 0.0) + term.amount
    on_card, on_host, fixed = (
        sum(seconds.get(kind, 0.0) for kind in kinds) for kinds in (_CARD, WAITS_FOR_HOST, _FIXED)
    )
    group = found.group
    layers = sum(part.part.moe_layers for stage in found.costs.stages for part in stage.parts)
    overhead = seconds.get("layer_overhead", 0.0)
    # What several users add to the layers goes with the experts.
    batch = sum(part.batch for stage in found.costs.stages for part in stage.parts)
    overhead = max(overhead - layers * group.moe_us * 1e-6 - batch, 0.0)
    dense = seconds.get("dense_weights", 0.0)
    return Alone(
        card_s=on_card,
        host_s=on_host,
        fixed_s=fixed,
        experts_s=seconds.get("expert_weights", 0.0),
        expert_bytes=amounts.get("expert_weights", 0.0),
        weights_s=dense,
        weight_bytes=amounts.get("dense_weights", 0.0),
        least_s=dense + seconds.get("kv_cache", 0.0) + overhead,
        host_gbs=fastest_memory_gbs(wishes, reader) * group.host_efficiency,
    )
