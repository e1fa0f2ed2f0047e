"""What reading a prompt makes an engine compute."""

from math import inf, isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeplanner_gui.core.model import GqaAttention, Indexer, MlaAttention
from moeplanner_gui.core.speed.prompt_work import (
    added_lines,
    attended,
    attention_lines,
    layer_work,
    state_operations,
)
from moeplanner_gui.core.tensors import Part, active_breakdown
from tests.core.rigs import CATALOG

_FULL = GqaAttention(heads=32, kv_heads=8, head_dim=128)


@pytest.mark.parametrize("name", ["llama-3.3-70b", "qwen3-30b-a3b", "deepseek-v4-flash"])
def test_that_a_matrix_is_two_operations_a_value_without_head_and_embedding(name: str) -> None:
    spec = CATALOG.model(name)
    work = layer_work(spec)
    parts = active_breakdown(spec)
    outside = parts.get(Part.LM_HEAD, 0) + parts.get(Part.TOKEN_EMBD, 0)
    expected = 2 * (sum(parts.values()) - outside)
    # The final norm and the head's mixing are all that belongs to no layer beside them.
    assert isclose(work.dense[-1] + work.routed[-1], expected, rel_tol=1e-4)


def test_that_ranges_of_layers_add_up() -> None:
    work = layer_work(CATALOG.model("deepseek-r1"))
    assert work.routed[3] == 0.0  # three dense layers first
    assert work.dense[61] - work.dense[30] + work.dense[30] == work.dense[61]
    assert work.moe[-1] == 58


@given(past=st.integers(0, 5000), tokens=st.integers(1, 3000), window=st.integers(1, 4000))
def test_that_the_closed_form_is_the_sum_over_tokens(past: int, tokens: int, window: int) -> None:
    lines = ((3.0, float(window)), (2.0, inf))
    each = sum(3.0 * min(c, window) + 2.0 * c for c in range(past, past + tokens))
    found = attended(lines, past, tokens, None)
    # The integral counts half of each token's own entry.
    assert each <= found <= each + 2.5 * tokens + 1e-6


def test_that_parts_of_a_prompt_add_up_with_growth() -> None:
    lines = ((1.0, inf), (5.0, 100.0))
    whole = attended(lines, 0, 9000, 50_000.0)
    parts = attended(lines, 0, 4000, 50_000.0) + attended(lines, 4000, 5000, 50_000.0)
    assert isclose(whole, parts)
    assert whole > attended(lines, 0, 9000, None)


def test_that_every_earlier_token_costs_scores_and_values() -> None:
    assert attention_lines(_FULL, absorbed=True, sparse=False) == ((2 * 32 * 256, inf),)
    windowed = _FULL.model_copy(update={"window": 512})
    assert attention_lines(windowed, absorbed=True, sparse=False) == ((2 * 32 * 256, 512.0),)


def test_that_llama_cpp_computes_latent_attention_in_the_latent_space() -> None:
    block = CATALOG.model("deepseek-r1").architecture.attention["mla"]
    assert isinstance(block, MlaAttention)
    absorbed = attention_lines(block, absorbed=True, sparse=False)
    expanded = attention_lines(block, absorbed=False, sparse=False)
    assert absorbed == ((2.0 * 128 * (576 + 512), inf),)
    assert expanded == ((2.0 * 128 * (192 + 128), inf),)


def test_that_an_indexer_bounds_attention_only_where_the_engine_uses_it() -> None:
    index = Indexer(heads=4, head_dim=128, top_k=2048)
    block = _FULL.model_copy(update={"indexer": index})
    masked = attended(attention_lines(block, absorbed=True, sparse=False), 100_000, 1, None)
    picked = attended(attention_lines(block, absorbed=True, sparse=True), 100_000, 1, None)
    alone = attended(attention_lines(_FULL, absorbed=True, sparse=False), 100_000, 1, None)
    assert picked < alone < masked


def test_that_v4_attends_to_a_window_and_to_compressed_entries() -> None:
    arch = CATALOG.model("deepseek-v4-flash").architecture
    blocks = [block for block in arch.attention.values() if block.kind == "compressed"]
    for block in blocks:
        lines = attention_lines(block, absorbed=True, sparse=True)
        assert lines[0] == (4.0 * block.heads * block.head_dim, float(block.window))
        slope = sum(one for one, end in lines if end == inf)
        # Beyond the window an entry stands for many tokens.
        assert slope < lines[0][0]


def test_that_lines_of_equal_ends_become_one() -> None:
    kinds = ((((2.0, inf),), 3.0), (((4.0, inf), (1.0, 10.0)), 2.0))
    assert sorted(added_lines(kinds)) == [(2.0, 10.0), (14.0, inf)]


def test_that_only_recurrent_layers_have_a_state() -> None:
    arch = CATALOG.model("qwen3-next-80b-a3b").architecture
    states = {block.kind: state_operations(block) for block in arch.attention.values()}
    assert states["gated_delta"] > 0
    assert states["gqa"] == 0
