"""A small part of the catalogue, so that every candidate of it can be tried."""

from __future__ import annotations

from collections.abc import Iterable

from moeplanner_gui.core.hardware import GpuSpec, HostSpec, PriceRow
from moeplanner_gui.core.ports import CatalogReader
from tests.core.rigs import CATALOG

CARDS = ("rtx3090", "r9700", "mi50-32", "rtxpro6000", "gb10", "rtx6000d")
"""One of them is a whole computer, the last one has no price."""
HOSTS = ("am5-6400", "sp3-7003", "sp5-9355")
MODELS = ("qwen3-30b-a3b", "gpt-oss-120b")


class SmallCatalog:
    """Some cards and hosts of the whole catalogue, with prices taken away."""

    def __init__(
        self,
        cards: Iterable[str] = CARDS,
        hosts: Iterable[str] = HOSTS,
        unpriced: Iterable[str] = (),
    ) -> None:
        self.gpus: dict[str, GpuSpec] = {name: CATALOG.gpu(name) for name in cards}
        self.hosts: dict[str, HostSpec] = {name: CATALOG.host(name) for name in hosts}
        self._unpriced = frozenset(unpriced)

    def __getattr__(self, name: str) -> object:
        return getattr(CATALOG, name)

    def price(self, part_id: str) -> PriceRow | None:
        """The price of a part, unless it was taken away."""
        return None if part_id in self._unpriced else CATALOG.price(part_id)


def small(
    cards: Iterable[str] = CARDS, hosts: Iterable[str] = HOSTS, unpriced: Iterable[str] = ()
) -> CatalogReader:
    """A small catalogue as the estimator reads it."""
    catalog: CatalogReader = SmallCatalog(cards, hosts, unpriced)  # type: ignore[assignment]
    return catalog
