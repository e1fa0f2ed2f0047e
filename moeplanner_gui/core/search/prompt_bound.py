"""How fast a prompt can be read at most: all arithmetic units of a rig at many times what they
reach. A rough bound: it is for wishes that no rig of the catalogue comes near.
"""

from __future__ import annotations

from moeplanner_gui.core.hardware import GpuSpec
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.speed.prefill import groups_in
from moeplanner_gui.core.speed.prompt_work import layer_work

TERA = 1e12
GENEROUS = 5.0
"""Integer units have twice the stated peak, kernels for wide or compressed weights reach up to
1.4 times what is usual, and small cards up to three times their share of the reference; together
with what is usually reached, 0.2 to 0.75 of the peak, that stays below five."""


class PromptBound:
    """Of one search; the rows are asked once."""

    def __init__(self, catalog: CatalogReader) -> None:
        self._catalog = catalog
        self._peaks: dict[str, float | None] = {}
        self._work: dict[str, float] = {}
        groups = groups_in(catalog)
        self._host = max((group.host_tflops for group in groups), default=0.0) * TERA

    def rate(self, model: str, cards: tuple[GpuSpec, ...], nodes: int) -> float:
        """Tokens/s that computers with these cards in each cannot exceed; endless where the peak
        of a card is not known.
        """
        total = self._host
        for row in cards:
            peak = self._peak(row)
            if peak is None:
                return float("inf")
            total += peak * row.devices
        return total * nodes * GENEROUS / self._operations(model)

    def _peak(self, row: GpuSpec) -> float | None:
        if row.id not in self._peaks:
            stated = (
                row.fp16_dense_tflops, row.fp8_dense_tflops, row.fp4_dense_tflops,
                row.fp32_tflops, row.int8_dense_tops,
            )  # fmt: skip
            known = [value for value in stated if value is not None]
            self._peaks[row.id] = max(known) * TERA if known else None
        return self._peaks[row.id]

    def _operations(self, model: str) -> float:
        """Operations for one token, attention left out."""
        if model not in self._work:
            work = layer_work(self._catalog.model(model))
            self._work[model] = max(work.dense[-1] + work.routed[-1], 1.0)
        return self._work[model]
