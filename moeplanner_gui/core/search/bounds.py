"""What no candidate of a group can be better than: least price and power, highest speed, longest
context. A bound may be too good, never too bad; then what it rules out is really ruled out.
"""

from __future__ import annotations

from moeplanner_gui.core.bill import node_lines
from moeplanner_gui.core.hardware import GpuSpec, HostSpec
from moeplanner_gui.core.model import MoeFfn
from moeplanner_gui.core.plan import Node
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.power.draw import load_floor_w
from moeplanner_gui.core.prepare import layout_of
from moeplanner_gui.core.search.space import HOST_SIZES_GIB, Recipe
from moeplanner_gui.core.speed.constants import SpeedGroup
from moeplanner_gui.core.speed.groups import BLACKWELL, kind_of
from moeplanner_gui.core.speed.mixes import mix_of

GIGA = 1e9
ENDLESS = float("inf")


class Bounds:
    """Bounds of one search; what several groups share is worked out once."""

    def __init__(self, catalog: CatalogReader, hosts: tuple[HostSpec, ...]) -> None:
        self._catalog = catalog
        self._host_usd = {host.id: self._floor_of(host) for host in hosts}
        self.host_floor_usd = min(self._host_usd.values(), default=0.0)
        self._best_host_gbs = max((host.peak_gbs for host in hosts), default=0.0)
        self._reads: dict[Recipe, tuple[float, float, float]] = {}
        self._efficiency: dict[tuple[str, str], tuple[float, float]] = {}

    def _floor_of(self, host: HostSpec) -> float:
        node = Node(host=host.id, ram_gib=HOST_SIZES_GIB[0])
        return sum(line.usd or 0.0 for line in node_lines(node, 1, self._catalog))

    def host_usd(self, host_id: str) -> float:
        """The least a computer of a host costs without cards."""
        return self._host_usd[host_id]

    def card_usd(self, row: GpuSpec) -> float | None:
        """The price of a card, None when it has none."""
        price = self._catalog.price(row.id)
        return None if price is None else price.usd

    def decode_high(self, recipe: Recipe, row: GpuSpec, count: int) -> float:
        """Tokens/s of one user that reading the weights of one token allows on such cards."""
        dense, experts, held = self._read_bytes(recipe)
        if row.bandwidth_gbs is None:
            return ENDLESS
        card, host = self._shares(recipe.engine, kind_of(row))
        speed = row.bandwidth_gbs * GIGA * card
        ranks = 1 if recipe.engine == "llama.cpp" else count
        if recipe.place == "cards":
            return _rate((dense + experts) / (speed * ranks))
        # Experts that cards have no room for are read from host memory.
        room = max(count * row.memory_bytes - dense, 0.0)
        outside = 1.0 if not held else max(1.0 - room / held, 0.0)
        if recipe.engine == "ktransformers":
            outside = 1.0
        memory = self._best_host_gbs * GIGA * host
        inside = (dense + experts * (1.0 - outside)) / (speed * ranks)
        if recipe.place == "layers":
            return ENDLESS
        return _rate(inside + experts * outside / memory if memory else inside)

    def _read_bytes(self, recipe: Recipe) -> tuple[float, float, float]:
        """Bytes read for one token outside and inside the experts, and of all experts."""
        known = self._reads.get(recipe)
        if known is None:
            spec = self._catalog.model(recipe.model)
            layout = layout_of(spec, recipe.weights, recipe.engine)
            mix = mix_of(spec, layout)
            share = min(
                (
                    ffn.top_k / ffn.experts
                    for ffn in spec.architecture.ffn.values()
                    if isinstance(ffn, MoeFfn)
                ),
                default=0.0,
            )
            dense = sum(layer.other_bytes for layer in layout.layers) * mix.dense_scale
            held = sum(layer.routed_experts_bytes for layer in layout.layers) * mix.expert_scale
            known = self._reads[recipe] = (dense, held * share, held)
        return known

    def _shares(self, engine: str, kind: str) -> tuple[float, float]:
        """The highest share of card and of host bandwidth that any fit of such cards reaches."""
        key = (engine, kind)
        known = self._efficiency.get(key)
        if known is None:
            fits = [group for group in self._catalog.speed.groups if _is_for(group, engine, kind)]
            card = max((group.efficiency for group in fits), default=1.0)
            host = max((group.host_efficiency for group in fits), default=1.0)
            known = self._efficiency[key] = (card, host)
        return known

    def has_room(self, recipe: Recipe, row: GpuSpec, count: int) -> bool:
        """False when the cards are surely too small for what has to lie on them."""
        dense, _, held = self._read_bytes(recipe)
        needed = dense + (held if recipe.place == "cards" else 0.0)
        return recipe.place == "layers" or count * row.memory_bytes >= needed

    def load_low_w(self, row: GpuSpec | None, count: int, nodes: int) -> float:
        """Watts at the wall below which no rig with such cards works."""
        node = Node(gpus=() if row is None else (row.id,) * count)
        return nodes * load_floor_w(node, count * nodes, self._catalog)


def _is_for(group: SpeedGroup, engine: str, kind: str) -> bool:
    if engine not in group.engines:
        return False
    return (
        not group.families
        or kind in group.families
        or (kind.removesuffix(BLACKWELL) in group.families)
    )


def _rate(seconds: float) -> float:
    return 1.0 / seconds if seconds > 0.0 else ENDLESS
