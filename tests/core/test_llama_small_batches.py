"""Buffers that were once computed too low: what libllama's own allocator, without allocating,
gives for the graph of release b11549, on one card with CUDA's padding or on the CPU back end.
"""

from __future__ import annotations

from typing import Any

import pytest

from moeplanner_gui.core.assess import evaluate
from tests.core.rigs import CATALOG, bare_card, make_plan


def _computed(model: str, card: bool, **options: Any) -> int:
    plan = make_plan(model, *([bare_card(2**20)] * card), ram_gib=8192, repack=False, **options)
    kind = "gpu" if card else "host"
    return next(d.compute_bytes for d in evaluate(plan, CATALOG).devices if d.kind == kind)


@pytest.mark.parametrize(
    ("card", "slots", "unified", "ubatch", "context", "cache", "frontend", "measured"),
    [
        (True, 4, True, 128, 65536, "f16", "server", 150875520),
        (False, 3, False, 128, 344064, "f16", "server", 178702112),
        (True, 3, False, 256, 196608, "f16", "server", 218695296),
        (True, 1, False, 128, 212992, "f16", "server", 167192448),
        (True, 1, False, 2048, 98304, "f16", "server", 1398979840),
        (False, 4, False, 512, 327680, "f16", "server", 426870784),
        (False, 2, False, 2048, 65536, "f16", "server", 1229111072),
        (True, 1, False, 2048, 98304, "f16", "cli", 1484971136),
        (True, 1, False, 512, 20480, "q8_0", "cli", 340885504),
    ],
)
def test_that_many_entries_for_a_small_batch_are_counted(
    card: bool,
    slots: int,
    unified: bool,
    ubatch: int,
    context: int,
    cache: str,
    frontend: str,
    measured: int,
) -> None:
    found = _computed(
        "deepseek-v4-flash",
        card,
        weights="native",
        context_tokens=context,
        sequences=slots,
        unified_kv=unified,
        ubatch=ubatch,
        cache_type_k=cache,
        cache_type_v=cache,
        frontend=frontend,
    )
    assert found >= measured


@pytest.mark.parametrize(
    ("model", "card", "slots", "context", "cache", "measured"),
    [
        ("qwen3-30b-a3b", True, 4, 1024, "q8_0", 94969984),
        ("qwen3-30b-a3b", False, 1, 512, "q8_0", 99690528),
        ("nemotron-3-nano-30b-a3b", True, 1, 2048, "q8_0", 178329856),
        ("qwen3.5-27b", True, 1, 512, "f16", 164641024),
    ],
)
def test_that_short_contexts_without_flash_attention_are_counted(
    model: str, card: bool, slots: int, context: int, cache: str, measured: int
) -> None:
    found = _computed(
        model,
        card,
        weights="q4_k_m",
        context_tokens=context,
        sequences=slots,
        flash_attention=False,
        cache_type_k=cache,
        cache_type_v="f16",
    )
    assert measured <= found <= measured * 1.1
