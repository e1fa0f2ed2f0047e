"""What cards really have free, and DeepSeek V4's cache in vLLM, beside the estimate."""

from __future__ import annotations

from collections.abc import Iterator

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.units import MIB
from tests.accuracy.comparison import Comparison
from tests.core.reference import reference
from tests.core.rigs import CATALOG, make_plan


def taken_before_buffers() -> Iterator[Comparison]:
    """Bytes of a card without a screen that an engine never gets: driver and its own context."""
    for row in reference("card_free_memory.json")["rows"]:
        answer = evaluate(make_plan("llama-3.1-8b", row["gpu"], weights="q4_k_m"), CATALOG)
        card = answer.devices[0]
        context = sum(item.size_bytes for item in card.overhead)
        taken = card.capacity_bytes - card.usable_bytes + context
        expected = (row["total_mib"] - row["free_mib"]) * MIB
        yield Comparison(row["gpu"], row["engine"], expected, taken)


def vllm_pages() -> Iterator[Comparison]:
    """The KV cache of one sequence of V4 in vLLM's default layout."""
    for row in reference("vllm_v4_cache.json")["rows"]:
        plan = make_plan(
            row["model"],
            *("b200",) * 8,
            context_tokens=row["tokens"],
            engine="vllm",
            tensor_parallel=8,
            cache_type_k="auto",
            cache_type_v="auto",
        )
        answer = evaluate(plan, CATALOG)
        expected = round(row["mib"] * MIB)
        yield Comparison(
            row["model"], f"{row['tokens']} tokens", expected, answer.devices[0].kv_cache_bytes
        )
