"""How long finding rigs takes: the first, all within the limits, the end when cancelled."""

from __future__ import annotations

import time

from moeplanner_gui.catalog.load import Catalog, load_catalog
from moeplanner_gui.core.search.search import search
from moeplanner_gui.core.search.terms import Progress, Wishes

FLASH, PRO, SMALL = "deepseek-v4-flash", "deepseek-v4-pro", "qwen3-30b-a3b"
OSS = "gpt-oss-120b"
CASES: tuple[tuple[str, Wishes], ...] = (
    (
        "V4 Flash native, 128K, 20 tok/s, $12,000",
        Wishes((FLASH,), 131_072, weights=("native",), decode_tokens_per_s=20, budget_usd=12_000),
    ),
    (
        "V4 Flash native, 128K, 20 tok/s",
        Wishes((FLASH,), 131_072, weights=("native",), decode_tokens_per_s=20),
    ),
    (
        "V4 Pro native, 128K, 20 tok/s",
        Wishes((PRO,), 131_072, weights=("native",), decode_tokens_per_s=20),
    ),
    (
        "Qwen3 30B, 4.25 bits and more, $2,000",
        Wishes((SMALL,), min_bits_per_weight=4.25, budget_usd=2000),
    ),
    ("V4 Flash native, 128K, no limits", Wishes((FLASH,), 131_072, weights=("native",))),
    (
        "V4 Flash and gpt-oss-120b native, 128K, 20 tok/s",
        Wishes((FLASH, OSS), 131_072, weights=("native",), decode_tokens_per_s=20),
    ),
    (
        "V4 Flash, gpt-oss-120b and Qwen3 30B native, 32K, 20 tok/s",
        Wishes((FLASH, OSS, SMALL), weights=("native",), decode_tokens_per_s=20),
    ),
    ("V4 Flash, 4.25 bits and more, no limits", Wishes((FLASH,), min_bits_per_weight=4.25)),
)


def search_times() -> list[tuple[str, str, float]]:
    """What was searched, its times in words, and the one that counts in seconds.

    The time within the limits counts; what lies beyond them follows while rigs are on the screen.
    """
    catalog = load_catalog()
    return [_timed(name, wishes, catalog) for name, wishes in CASES]


def _timed(name: str, wishes: Wishes, catalog: Catalog) -> tuple[str, str, float]:
    first = inside = asked = 0.0
    started = time.perf_counter()

    def told(progress: Progress) -> None:
        nonlocal first, inside
        now = time.perf_counter() - started
        first = first or (now if progress.found else 0.0)
        inside = inside or (now if progress.inside else 0.0)

    def cancelled() -> bool:
        # When all within the limits is known: how long until the search has ended?
        nonlocal asked
        asked = asked or (time.perf_counter() if inside else 0.0)
        return inside > 0.0

    result = search(wishes, catalog, told, cancelled)
    left = (time.perf_counter() - asked) * 1000
    words = (
        f"{inside:.2f} s, first {first * 1000:.0f} ms, cancelled in {left:.0f} ms; "
        f"{result.evaluated} of {result.considered:,} computed"
    )
    return f"find, {name}", words, inside
