"""What a token reads of its past: windows, latents, indexes, compressed entries, states."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeplanner_gui.core.engines.profile import profile_of
from moeplanner_gui.core.plan import Deployment
from moeplanner_gui.core.speed.reading import attention_flops, divided_by, kv_read_bytes
from tests.core.rigs import CATALOG

LLAMA = Deployment()
VLLM = Deployment(engine="vllm", cache_type_k="auto", cache_type_v="auto")
MODELS = sorted(CATALOG.models)


def test_that_grouped_query_attention_reads_keys_and_values_of_every_token() -> None:
    # Llama 3.1 8B: 8 KV heads of 128, f16.
    assert kv_read_bytes(CATALOG.model("llama-3.1-8b"), LLAMA, 1000) == (1000 * 2 * 8 * 128 * 2,)


def test_that_a_quantised_cache_is_read_in_its_own_width() -> None:
    spec = CATALOG.model("llama-3.1-8b")
    small = Deployment(cache_type_k="q8_0", cache_type_v="q8_0")
    assert kv_read_bytes(spec, small, 1000)[0] == pytest.approx(1000 * 2 * 8 * 128 * 34 / 32)


def test_that_a_sliding_window_reads_no_more_than_its_window() -> None:
    spec = CATALOG.model("gpt-oss-20b")
    kinds = profile_of(spec).kinds
    shallow, deep = kv_read_bytes(spec, LLAMA, 200), kv_read_bytes(spec, LLAMA, 20_000)
    for kind, few, many in zip(kinds, shallow, deep, strict=True):
        window = getattr(kind, "window", None)
        assert many == (few * min(window, 20_000) / min(window, 200) if window else few * 100)


def test_that_latent_attention_reads_one_latent_for_keys_and_values() -> None:
    # DeepSeek R1: 512 + 64 values a token and layer.
    assert kv_read_bytes(CATALOG.model("deepseek-r1"), LLAMA, 1000) == (1000 * 576 * 2,)


def test_that_sparse_attention_reads_what_its_indexer_picks_and_all_index_keys() -> None:
    spec = CATALOG.model("deepseek-v3.2")
    (read,) = kv_read_bytes(spec, VLLM, 100_000)
    assert read == 2048 * 576 * 2 + 100_000 * 128 * 2


def test_that_llama_cpp_masks_what_the_indexer_leaves_out_and_reads_it_all() -> None:
    spec = CATALOG.model("deepseek-v3.2")
    assert kv_read_bytes(spec, LLAMA, 100_000)[0] > 100_000 * 576 * 2


def test_that_v4_reads_windows_picked_entries_and_coarse_entries() -> None:
    spec = CATALOG.model("deepseek-v4-flash")
    by_ratio = dict(
        zip(
            (kind.compress_ratio for kind in profile_of(spec).kinds),  # type: ignore[union-attr]
            kv_read_bytes(spec, VLLM, 128_000),
            strict=True,
        )
    )
    assert by_ratio[0] == 128 * 584
    assert by_ratio[128] == (128 + 1000) * 584
    assert by_ratio[4] == (128 + 512) * 584 + 32_000 * 132


def test_that_a_recurrent_state_is_read_and_written_whole_at_any_depth() -> None:
    spec = CATALOG.model("qwen3-next-80b-a3b")
    kinds = [kind.kind for kind in profile_of(spec).kinds]
    at = kinds.index("gated_delta")
    shallow, deep = (kv_read_bytes(spec, LLAMA, depth)[at] for depth in (1, 100_000))
    assert shallow == deep > 0


@given(st.sampled_from(MODELS), st.integers(1, 2**20), st.integers(1, 2**20), st.booleans())
def test_that_more_context_never_reads_or_computes_less(
    model: str, one: int, other: int, served: bool
) -> None:
    spec, options = CATALOG.model(model), VLLM if served else LLAMA
    few, many = sorted((one, other))
    for rule in (kv_read_bytes, attention_flops):
        for less, more in zip(rule(spec, options, few), rule(spec, options, many), strict=True):
            assert less <= more


def test_that_ranks_share_heads_but_each_reads_a_latent_whole() -> None:
    (heads,) = profile_of(CATALOG.model("llama-3.1-8b")).kinds
    (latent,) = profile_of(CATALOG.model("deepseek-r1")).kinds
    assert (divided_by(heads, 4), divided_by(heads, 16), divided_by(latent, 8)) == (4, 8, 1)
