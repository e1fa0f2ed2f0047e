"""Layers divided over cards so that each is filled alike, when some have their experts elsewhere.

llama.cpp divides by the number of layers. With experts of the first ones in host memory that
leaves the first cards nearly empty and the last one overfull; ``--tensor-split`` mends it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from moeplanner_gui.core.placement import Refusal
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.prepare import layout_of, prepare
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.usable import Device


@dataclass(frozen=True, slots=True)
class Loads:
    """About what every layer takes of a card with and without its experts, the head last; and
    the room of the cards in order.
    """

    without: tuple[float, ...]
    experts: tuple[float, ...]
    rooms: tuple[float, ...]

    def split(self, on_host: int) -> tuple[int, ...]:
        """How many layers each card takes with the experts of the first ``on_host`` elsewhere:
        in order, none filled more than needed.
        """
        sums = self._sums(on_host)
        low, high = 0.0, max(sums[-1] / min(self.rooms), 1e-9)
        best = _filled(sums, self.rooms, high) or (len(sums),)
        for _ in range(20):
            middle = (low + high) / 2
            found = _filled(sums, self.rooms, middle)
            if found is None:
                low = middle
            else:
                best, high = found, middle
        return best + (0,) * (len(self.rooms) - len(best))

    def least_on_host(self) -> int:
        """About how few layers' experts have to be elsewhere, so that each card holds its own."""
        missing = sum(self.without) + sum(self.experts) - sum(self.rooms)
        count = 0
        while missing > 0.0 and count < len(self.experts) - 1:
            missing -= self.experts[count]
            count += 1
        while count < len(self.experts) - 1 and not _filled(self._sums(count), self.rooms, 1.0):
            count += 1
        return count

    def _sums(self, on_host: int) -> list[float]:
        """What all layers up to each one take, with the experts of the first ones elsewhere."""
        return list(
            accumulate(
                size + (0.0 if layer < on_host else more)
                for layer, (size, more) in enumerate(zip(self.without, self.experts, strict=True))
            )
        )


def _filled(sums: Sequence[float], rooms: Sequence[float], share: float) -> tuple[int, ...] | None:
    """Layers of each card when it is filled to a share of its room; None when some are left.

    ``sums``: what all layers up to each one take.
    """
    counts, place, before = [], 0, 0.0
    for room in rooms:
        end = bisect_right(sums, before + room * share, place)
        counts.append(end - place)
        if end > place:
            place, before = end, sums[end - 1]
    return tuple(counts) if place == len(sums) else None


def loads_of(emptied: Plan, catalog: CatalogReader) -> Loads | None:
    """The loads of a plan with all experts in host memory; None where it does not run."""
    prepared = prepare(emptied, catalog)
    demand = prepared.demand
    if isinstance(demand, Refusal):
        return None
    layout = layout_of(prepared.spec, emptied.weights, emptied.deployment.engine)
    devices = [
        device
        for device in demand.devices_at(emptied.workload.context_tokens)
        if device.kind == "gpu"
    ]
    cache = sum(device.kv_cache_bytes for device in devices) / max(len(layout.layers), 1)
    rooms = tuple(
        max(_room(card) - device.compute_bytes - device.output_bytes, 1.0)
        for card, device in zip(prepared.cards, devices, strict=True)
    )
    head = layout.output_bytes or layout.tied_head_bytes
    return Loads(
        without=(*(layer.other_bytes + cache for layer in layout.layers), float(head)),
        experts=(*(float(layer.routed_experts_bytes) for layer in layout.layers), 0.0),
        rooms=rooms,
    )


def _room(card: Device) -> float:
    return float(card.usable_bytes - card.context_bytes)
