"""How far a way to run a model gets on some cards in the best host; worked out once for all."""

from __future__ import annotations

from dataclasses import replace

from moeplanner_gui.core.context import overfull, solve
from moeplanner_gui.core.placement import Demand, Refusal
from moeplanner_gui.core.plan import Rig
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.power.draw import host_computes
from moeplanner_gui.core.prepare import Prepared, prepare
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.search.bounds import ABOVE, ENDLESS, rate_of
from moeplanner_gui.core.search.fictional import WAITS_FOR_HOST
from moeplanner_gui.core.search.figures import wished_end
from moeplanner_gui.core.search.machines import Build
from moeplanner_gui.core.search.space import Placement, Recipe, placement_of, roomy_rig
from moeplanner_gui.core.search.terms import Wishes
from moeplanner_gui.core.speed.assess import depth_of, prompt_of
from moeplanner_gui.core.speed.decode import Decode, decode_speed
from moeplanner_gui.core.speed.prefill import prefill_speed
from moeplanner_gui.core.speed.terms import Unknown
from moeplanner_gui.core.users import slots_of


@dataclass(frozen=True, slots=True)
class Reach:
    """A placement with what no host can better: seconds of a step with the fastest host memory,
    of which ``host_s`` wait for that memory, and tokens of context. ``known`` is False where the
    speed is not known on any host.
    """

    placement: Placement
    step_s: float
    host_s: float
    context: int
    known: bool
    computes: bool

    def rate(self, slower: float) -> float:
        """Tokens/s with a host memory that is so many times as slow."""
        return rate_of(self.step_s + self.host_s * (max(slower, 1.0) - 1.0))


@dataclass(slots=True)
class _Placed:
    """Where everything lies; each user's context is at most ``at_most`` tokens.

    ``demand`` is None when ``at_most`` is exact: it takes more memory than all the rest.
    """

    placement: Placement
    demand: Demand | None
    at_most: float = ENDLESS


class Reaches:
    """The reaches of one search."""

    def __init__(self, wishes: Wishes, catalog: CatalogReader) -> None:
        self._wishes, self._catalog = wishes, catalog
        self._known: dict[tuple[Build, Recipe], Reach | None] = {}
        self._places: dict[tuple[Build, Recipe], _Placed | None] = {}
        self._twins: dict[tuple[object, ...], Recipe] = {}
        self._rigs: dict[Build, Rig] = {}

    def of(self, build: Build, recipe: Recipe) -> Reach | None:
        """How far a recipe gets on a build in the best host; None where it does not fit."""
        key = (build, recipe)
        if key not in self._known:
            found = self._new(build, recipe)
            self._known[key] = None if self._is_twin(key, found) else found
        return self._known[key]

    def _is_twin(self, key: tuple[Build, Recipe], found: Reach | None) -> bool:
        """True where another KV cache is the same one by another name, which one is enough of."""
        if found is None:
            return False
        build, recipe = key
        same = (
            build, recipe.model, recipe.weights, recipe.engine, recipe.place, found.step_s,
            found.host_s, found.context, found.placement.need_gib,
        )  # fmt: skip
        return self._twins.setdefault(same, recipe) != recipe

    def placed(self, build: Build, recipe: Recipe) -> Placement | None:
        """The placement of a recipe on a build; None where it does not fit."""
        found = self._placed(build, recipe)
        return None if found is None else found.placement

    def exceeds(self, build: Build, recipe: Recipe, tokens: int) -> bool:
        """False where it fits no longer context than that, which costs less to tell than how long
        a context fits.
        """
        found = self._placed(build, recipe)
        if found is None or tokens >= found.at_most:
            return False
        demand, slots = found.demand, slots_of(found.placement.plan)
        if demand is None:
            return True
        # The engine grows in steps: up to the next one it fits no more than up to the last.
        asked = -(-(tokens + 1) * slots // demand.step_tokens) * demand.step_tokens
        if (tokens + 1) * slots <= demand.limit_tokens and not overfull(
            demand, min(asked, demand.limit_tokens)
        ):
            return True
        found.at_most = tokens
        return False

    def _placed(self, build: Build, recipe: Recipe) -> _Placed | None:
        key = (build, recipe)
        if key not in self._places:
            self._places[key] = self._place(build, recipe)
        return self._places[key]

    def _place(self, build: Build, recipe: Recipe) -> _Placed | None:
        if recipe.place in ("experts", "layers") and recipe.engine == "llama.cpp":
            whole = self._places.get((build, replace(recipe, place="cards")))
            if whole is not None:
                # The cards hold all of it: nothing has to be elsewhere.
                return None
        rig = self._rigs.get(build)
        if rig is None:
            rig = self._rigs[build] = roomy_rig(build, self._wishes, self._catalog)
        placement = placement_of(build, recipe, self._wishes, self._catalog, rig)
        if placement is None:
            return None
        demand = prepare(placement.plan, self._catalog).demand
        return None if isinstance(demand, Refusal) else _Placed(placement, demand)

    def _new(self, build: Build, recipe: Recipe) -> Reach | None:
        found = self._placed(build, recipe)
        if found is None or found.demand is None:
            return None
        placement, demand = found.placement, found.demand
        plan = placement.plan
        prepared = prepare(plan, self._catalog)
        found.demand = None
        if not self._reads_fast(prepared):
            found.at_most = 0
            return None
        tokens, _ = solve(demand)
        found.at_most = context = tokens // slots_of(plan)
        decode = decode_speed(prepared, self._catalog, depth_of(plan), self._wishes.users)
        step_s = host_s = 0.0
        if isinstance(decode, Decode):
            step_s = 1.0 / decode.rate.expected
            host_s = sum(term.seconds for term in decode.terms if term.kind in WAITS_FOR_HOST)
        return Reach(
            placement=placement,
            step_s=step_s,
            host_s=host_s,
            context=context,
            known=isinstance(decode, Decode),
            computes=host_computes(prepared),
        )

    def _reads_fast(self, prepared: Prepared) -> bool:
        """False where prompts are read too slowly even in the best host."""
        wished = self._wishes.prefill_tokens_per_s
        if not wished:
            return True
        read = prefill_speed(prepared, self._catalog, prompt_of(prepared.plan))
        return isinstance(read, Unknown) or wished_end(read.rate, self._wishes) * ABOVE >= wished
