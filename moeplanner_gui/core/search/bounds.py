"""What no candidate of a group can be better than: least price and power, highest speed.

A bound may be too good, never too bad; then what it rules out is really ruled out.
"""

from __future__ import annotations

from bisect import bisect_left

from moeplanner_gui.core.bill import disk_tb_of, memory_module, node_lines
from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.hardware_cost import hardware_cost
from moeplanner_gui.core.parts import PartSpec
from moeplanner_gui.core.plan import Card, Deployment, Node, Plan, Rig, Workload, card_id
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.power.draw import load_floor_w, power_of
from moeplanner_gui.core.prepare import layout_of
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.search.fictional import Alone, Alones, Kernels, best_of
from moeplanner_gui.core.search.machines import (
    Build,
    Machine,
    cards_in,
    economics_of,
    fastest_memory_gbs,
    hosts_of,
    node_of,
    sizes_for,
)
from moeplanner_gui.core.search.prompt_bound import PromptBound
from moeplanner_gui.core.search.space import Recipe
from moeplanner_gui.core.search.terms import Wishes
from moeplanner_gui.core.speed.host_memory import bandwidth_gbs
from moeplanner_gui.core.speed.mixes import mix_of
from moeplanner_gui.core.speed.terms import Unknown
from moeplanner_gui.core.usable import card_devices

GIGA = 1e9
ENDLESS = float("inf")
BELOW, ABOVE = 1.0 - 1e-9, 1.0 + 1e-9
"""Sums in another order differ in their last digits; a bound is that much better."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Seconds that a step takes at least: ``fixed_s`` in any case; of what may be on cards or in
    host memory ``on_card_s`` on cards alone and ``on_host_s`` with the fastest host memory alone,
    with at least the share ``outside`` in it and ``layers_s`` more for all of it.
    """

    fixed_s: float
    on_card_s: float = 0.0
    on_host_s: float = 0.0
    outside: float = 1.0
    layers_s: float = 0.0

    def rate(self, slower: float) -> float:
        """Tokens/s that cannot be exceeded with a host memory that is so many times as slow."""
        on_host = self.on_host_s * slower
        outside = 1.0 if on_host < self.on_card_s else self.outside
        on_host = on_host * outside + self.layers_s * outside
        return rate_of(self.fixed_s + self.on_card_s * (1.0 - outside) + on_host)


class Bounds:
    """Bounds of one search; what several groups share is worked out once."""

    def __init__(self, wishes: Wishes, catalog: CatalogReader) -> None:
        self._wishes, self._catalog = wishes, catalog
        self._economics = economics_of(wishes, catalog)
        self._owned = {part.part: part.count for part in self._economics.owned}
        self.hosts = hosts_of(catalog)
        self._alones = Alones(wishes, catalog)
        self._kernels = Kernels(wishes, catalog)
        self._prompts = PromptBound(catalog)
        self._alone: dict[tuple[Recipe, str | None, bool], Alone | None] = {}
        self._bytes: dict[Recipe, tuple[float, float]] = {}
        self._bare: dict[tuple[Machine, int], tuple[float | None, int]] = {}
        self._disks: dict[Recipe | None, int] = {}
        self._empty: float | None = None
        self._watts: dict[tuple[Machine, str, bool], float | None] = {}
        self._cards_usd: dict[Build, float] = {}
        self._steps: dict[str, tuple[tuple[int, ...], tuple[float, ...]]] = {}
        self._largest_bytes: dict[Recipe, float] = {}
        self._rooms: dict[Build, float] = {}
        self._cards: dict[Build, tuple[GpuSpec, ...]] = {}
        self._host_w: dict[tuple[str | None, bool], float] = {}
        self._cards_w: dict[tuple[Build, bool], float] = {}
        self._host_gbs: dict[str | None, float] = {}
        self.fastest_gbs = fastest_memory_gbs(wishes, catalog)

    def empty_usd(self, build: Build) -> float | None:
        """The least that a build costs: its cards, and the cheapest host without any. None
        where a card has no price.
        """
        usd = 0.0
        if build.card is not None:
            price = self._catalog.price(build.card)
            if price is None:
                return None
            usd = price.usd * self._to_buy(build)
        if not build.kept and not self._owned and not self._is_own(build):
            usd += self._cheapest_host_usd() * build.nodes
        return usd

    def _to_buy(self, build: Build) -> int:
        """Cards of a build that are not there already, those of the computer that is kept aside."""
        keep = self._wishes.keep if build.kept else None
        used = 0 if keep is None else sum(card_id(card) == build.card for card in keep.gpus)
        left = max(self._owned.get(build.card or "", 0) - used, 0)
        return max(build.count * build.nodes - left, 0)

    def _is_own(self, build: Build) -> bool:
        return build.card is not None and self._catalog.gpu(build.card).unified_memory

    def _cheapest_host_usd(self) -> float:
        if self._empty is None:
            every = [self._steps_of(host.id)[1][0] for host in self.hosts]
            self._empty = min(every, default=0.0)
        return self._empty

    def bare_usd(self, machine: Machine, recipe: Recipe | None = None) -> tuple[float | None, int]:
        """The price of a machine with the least memory that it can have, and how many GiB these
        are in each computer. None where a part has no price.
        """
        key = (machine, self._disk_tb(recipe))
        known = self._bare.get(key)
        if known is None:
            size = sizes_for(machine, self._wishes, self._catalog)[0]
            usd = self._usd(machine, size, recipe)
            known = self._bare[key] = (usd, size)
        return known

    def _usd(self, machine: Machine, ram_gib: int, recipe: Recipe | None) -> float | None:
        node = node_of(machine, ram_gib, self._wishes)
        plan = self._plan_for_bill(recipe)
        rig = Rig(nodes=(node,) * machine.build.nodes, network=machine.build.network)
        return hardware_cost(plan.replace(rig=rig), self._catalog).total_usd

    def _plan_for_bill(self, recipe: Recipe | None) -> Plan:
        if recipe is None:
            return Plan(model="-", rig=Rig(nodes=()), economics=self._economics)
        return Plan(
            model=recipe.model,
            weights=recipe.weights,
            rig=Rig(nodes=()),
            deployment=Deployment(engine=recipe.engine),
            economics=self._economics,
        )

    def _disk_tb(self, recipe: Recipe | None) -> int:
        known = self._disks.get(recipe)
        if known is None:
            known = self._disks[recipe] = disk_tb_of(self._plan_for_bill(recipe), self._catalog)
        return known

    def usd_low(self, machine: Machine, need_gib: float, recipe: Recipe) -> float | None:
        """The least that a machine costs with so much memory in every computer."""
        bare, least = self.bare_usd(machine, recipe)
        if bare is None or machine.host is None:
            return bare
        sizes = sizes_for(machine, self._wishes, self._catalog)
        size = next((size for size in sizes if size >= need_gib), None)
        if size is None:
            return ENDLESS
        if size <= least:
            return bare
        if self._owned or machine.build.kept:
            return self._usd(machine, size, recipe)
        price_id = memory_module(self._catalog.host(machine.host))[1]
        price = None if price_id is None else self._catalog.price(price_id)
        if price is None:
            return None
        return bare + (size - least) * price.usd * machine.build.nodes

    def rough_usd(self, machine: Machine, need_gib: float) -> float:
        """Less than a machine costs, quickly: its new cards, and the host with the cheapest
        supply and case; endless where the host has too little memory.
        """
        sizes, usd = self.rough_steps(machine)
        return usd[bisect_left(sizes, need_gib)]

    def rough_steps(self, machine: Machine) -> tuple[tuple[int, ...], tuple[float, ...]]:
        """What :meth:`rough_usd` is up to so many GiB of memory, and, last, for more."""
        build, host = machine.build, machine.host
        cards = self._cards_usd.get(build)
        if cards is None:
            price = None if build.card is None else self._catalog.price(build.card)
            cards = 0.0 if price is None else price.usd * self._to_buy(build) * BELOW
            self._cards_usd[build] = cards
        if host is None or build.kept or self._owned:
            return (), (cards,)
        sizes, usd = self._steps_of(host)
        return sizes, (*(cards + each * build.nodes for each in usd), ENDLESS)

    def _steps_of(self, host: str) -> tuple[tuple[int, ...], tuple[float, ...]]:
        """GiB of memory of a host, ascending, and what it costs with each at least."""
        known = self._steps.get(host)
        if known is None:
            price_id = memory_module(self._catalog.host(host))[1]
            memory = None if price_id is None else self._catalog.price(price_id)
            each = 0.0 if memory is None else memory.usd
            parts = self._least_parts_usd(host)
            sizes = sizes_for(Machine(Build(None, 0), host), self._wishes, self._catalog)
            known = (tuple(sizes), tuple((parts + size * each) * BELOW for size in sizes))
            self._steps[host] = known
        return known

    def _least_parts_usd(self, host: str) -> float:
        lines = node_lines(Node(host=host), 1, self._catalog)
        usd = sum(line.usd or 0.0 for line in lines if line.kind not in ("psu", "case"))
        for kind in {line.kind for line in lines if line.kind in ("psu", "case")}:
            prices = [self._catalog.price(one.id) for one in self._parts_of(kind)]
            usd += min((price.usd for price in prices if price is not None), default=0.0)
        return usd

    def _parts_of(self, kind: str) -> list[PartSpec]:
        return [part for part in self._catalog.parts.values() if part.kind == kind]

    def load_low_w(self, machine: Machine, recipe: Recipe) -> float | None:
        """Watts at the wall that a machine draws at least with a recipe; None where unknown."""
        computes = recipe.place != "cards"
        # Ranks of vLLM and SGLang may divide layers or work together; taking turns draws less.
        ranked = recipe.engine != "llama.cpp"
        key = (machine, recipe.engine, computes)
        if key not in self._watts:
            node = node_of(machine, 0, self._wishes)
            build = machine.build
            options = Deployment(
                engine=recipe.engine,
                pipeline_parallel=2 if ranked and recipe.engine != "ktransformers" else 1,
            )
            plan = Plan(
                model=recipe.model,
                rig=Rig(nodes=(node,) * build.nodes, network=build.network),
                deployment=options,
                workload=Workload(sequences=self._wishes.users),
            )
            self._watts[key] = power_of(plan, self._catalog, host_computes=computes).load_w
        return self._watts[key]

    def rough_w(self, machine: Machine, recipe: Recipe) -> float:
        """Less than a machine draws at the wall with a recipe, quickly."""
        build, computes = machine.build, recipe.place != "cards"
        in_turn = self._wishes.users == 1 and recipe.engine != "ktransformers"
        cards = self._cards_w.get((build, in_turn))
        if cards is None:
            node = Node(gpus=cards_in(build, self._wishes))
            count = len(node.gpus) * build.nodes
            cards = load_floor_w(node, count, self._catalog, in_turn=in_turn)
            self._cards_w[build, in_turn] = cards
        more = self._host_w.get((machine.host, computes))
        if more is None:
            name = machine.host
            host = None if name is None else self._catalog.host(name)
            least = load_floor_w(Node(), 0, self._catalog)
            more = load_floor_w(Node(), 0, self._catalog, computes=computes, host=host) - least
            self._host_w[name, computes] = more
        # The sum is rounded to whole watts.
        return build.nodes * (cards + more) * BELOW - 0.5

    def bytes_of(self, recipe: Recipe) -> tuple[float, float]:
        """Bytes of the weights outside and inside the routed experts."""
        known = self._bytes.get(recipe)
        if known is None:
            spec = self._catalog.model(recipe.model)
            layout = layout_of(spec, recipe.weights, recipe.engine)
            mix = mix_of(spec, layout)
            dense = sum(layer.other_bytes for layer in layout.layers) + layout.output_bytes
            held = sum(layer.routed_experts_bytes for layer in layout.layers)
            least = min(mix.dense_scale, 1.0), min(mix.expert_scale, 1.0)
            known = self._bytes[recipe] = (dense * least[0], held * least[1])
        return known

    def need_gib(self, recipe: Recipe, build: Build) -> float | None:
        """Host memory that a recipe needs in every computer at least; None where the cards are
        surely too small for what has to lie on them.
        """
        dense, held = self.bytes_of(recipe)
        room = self._room(build)
        if recipe.place == "cards":
            return 0.0 if room >= dense + held else None
        if recipe.place == "experts" and room < dense:
            return None
        outside = max(dense + held - room, 0.0)
        if recipe.engine == "ktransformers":
            outside = held
        return outside / build.nodes / 2**30

    def _room(self, build: Build) -> float:
        """Bytes that the driver leaves to an engine on all cards."""
        known = self._rooms.get(build)
        if known is None:
            node = node_of(Machine(build, None), 0, self._wishes)
            plan = Plan(model="-", rig=Rig(nodes=(node.model_copy(update={"host": None}),)))
            cards = card_devices(plan, self._catalog)
            known = self._rooms[build] = float(
                sum(card.usable_bytes - card.context_bytes for card in cards) * build.nodes
            )
        return known

    def cards_of(self, build: Build) -> tuple[Card, ...]:
        """The cards of every computer of a build."""
        return cards_in(build, self._wishes)

    def _rows(self, build: Build) -> tuple[GpuSpec, ...]:
        known = self._cards.get(build)
        if known is None:
            names = (card_id(card) for card in cards_in(build, self._wishes))
            known = tuple(self._catalog.gpu(name) for name in names if name is not None)
            self._cards[build] = known
        return known

    def prefill_high(self, model: str, build: Build) -> float:
        """Tokens/s of a prompt that a build cannot exceed with a model."""
        rows = self._rows(build)
        if len(rows) < len(cards_in(build, self._wishes)):
            # Of a card that somebody described nothing else is known here.
            return ENDLESS
        return self._prompts.rate(model, rows, build.nodes)

    def reads_fast(self, build: Build) -> bool:
        """False where a build surely reads prompts too slowly."""
        wishes = self._wishes
        least = wishes.prefill_tokens_per_s
        return not least or all(self.prefill_high(one, build) >= least for one in wishes.models)

    def allowed(self, recipe: Recipe, build: Build) -> bool | None:
        """Whether the engine has kernels for such cards; None where nobody has checked."""
        if build.card is None:
            return True
        return self._kernels.allow(recipe, build.card)

    def host_gbs(self, machine: Machine) -> float:
        """GB/s that engines read from the memory of a machine's host at most."""
        keep = self._wishes.keep
        if machine.host is None or (keep is not None and machine.host == keep.host):
            return self.fastest_gbs
        known = self._host_gbs.get(machine.host)
        if known is None:
            found = bandwidth_gbs(Node(), self._catalog.host(machine.host), numa_aware=True)
            known = self.fastest_gbs if isinstance(found, Unknown) else found.gbs
            self._host_gbs[machine.host] = known
        return known

    def alone(self, recipe: Recipe, build: Build) -> Alone | None:
        """A recipe on one endless card of a build, the best in everything where it has several
        kinds; None where no bound follows from it.
        """
        key = (recipe, build.card, build.kept)
        if key not in self._alone:
            names = dict.fromkeys(card_id(card) for card in cards_in(build, self._wishes))
            known = [None if name is None else self._alones.of(recipe, name) for name in names]
            found = [one for one in known if one is not None]
            whole = bool(found) and len(found) == len(known)
            self._alone[key] = best_of(found) if whole else None
        return self._alone[key]

    def decode_high(self, recipe: Recipe, build: Build, machine: Machine | None = None) -> float:
        """Tokens/s that each user cannot exceed with a recipe on a build, or on a machine."""
        slower = 1.0
        if machine is not None and self.fastest_gbs:
            slower = self.fastest_gbs / self.host_gbs(machine)
        return self.limit(recipe, build).rate(slower)

    def limit(self, recipe: Recipe, build: Build) -> Limit:
        """The seconds that a step of a recipe takes at least on a build."""
        known = self.alone(recipe, build)
        if known is None:
            return Limit(0.0)
        count = sum(row.devices for row in self._rows(build)) * build.nodes
        if recipe.engine != "llama.cpp":
            on_cards = known.card_s - known.shared_s + known.shared_s / count
            return Limit(known.fixed_s + on_cards, on_host_s=known.host_s)
        if recipe.place == "cards":
            return Limit(known.card_s + known.fixed_s)
        return self._divided(recipe, build, known)

    def _divided(self, recipe: Recipe, build: Build, known: Alone) -> Limit:
        """Cards hold what they can, and host memory the rest, of the experts or of all."""
        dense, held = self.bytes_of(recipe)
        room = self._room(build)
        if recipe.place == "experts":
            fixed, on_card, read, size = known.least_s, known.experts_s, known.expert_bytes, held
            room -= dense
        else:
            fixed, on_card, read, size = 0.0, known.weights_s, known.weight_bytes, dense
        if not known.host_gbs:
            return Limit(0.0)
        return Limit(
            fixed_s=known.fixed_s + fixed,
            on_card_s=on_card,
            on_host_s=read / (known.host_gbs * GIGA),
            outside=max(1.0 - room / size, 0.0) if size else 0.0,
            layers_s=known.host_layer_s * (size / self._largest(recipe) if size else 0.0),
        )

    def _largest(self, recipe: Recipe) -> float:
        """Bytes of the largest layer, or of its experts."""
        known = self._largest_bytes.get(recipe)
        if known is None:
            spec = self._catalog.model(recipe.model)
            layers = layout_of(spec, recipe.weights, recipe.engine).layers
            experts = recipe.place == "experts"
            known = max(
                layer.routed_experts_bytes + (0 if experts else layer.other_bytes)
                for layer in layers
            )
            self._largest_bytes[recipe] = known
        return known


def rate_of(seconds: float) -> float:
    """Tokens/s of a step, and what sums in another order may add."""
    return ABOVE / seconds if seconds > 0.0 else ENDLESS
