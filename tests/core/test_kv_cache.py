import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.kv_cache import (
    LlamaCacheOptions,
    compressor_state_bytes,
    llama_cells,
    llama_layer_bytes,
    row_bytes,
    window_cells,
)
from moeplanner_gui.core.model import CompressedAttention
from moeplanner_gui.core.units import GIB, MIB
from tests.core.rigs import CATALOG, make_plan


def _cache_mib(model: str, tokens: int, kind: str = "f16", **options: object) -> float:
    plan = make_plan(
        model,
        ram_gib=8192,
        context_tokens=tokens,
        cache_type_k=kind,
        cache_type_v=kind,
        **options,
    )
    return round(evaluate(plan, CATALOG).kv_cache_bytes / MIB, 2)


@pytest.mark.parametrize(
    ("model", "kind", "expected"),
    [
        ("deepseek-v4-flash", "f16", (75.14, 258.89, 903.89, 1763.89, 6923.89)),
        ("deepseek-v4-flash", "q8_0", (45.38, 142.99, 485.65, 942.52, 3683.77)),
        ("deepseek-v4-pro", "f16", (108.84, 371.34, 1294.59, 2525.59, 9911.59)),
        ("deepseek-v4-pro", "q8_0", (66.19, 205.64, 696.12, 1350.09, 5273.90)),
    ],
)
def test_that_v4_in_llama_cpp_takes_what_was_measured(
    model: str, kind: str, expected: tuple[float, ...]
) -> None:
    tokens = (4096, 32_768, 131_072, 262_144, 1_048_576)
    assert tuple(_cache_mib(model, n, kind) for n in tokens) == expected


def test_that_v3_at_131072_tokens_takes_8_58_gib() -> None:
    plan = make_plan("deepseek-v3", ram_gib=2048, context_tokens=131_072)
    assert round(evaluate(plan, CATALOG).kv_cache_bytes / GIB, 2) == 8.58


def test_that_four_slots_divide_the_context_but_v4_copies_a_unified_one() -> None:
    assert _cache_mib("deepseek-v4-flash", 32_768) == 258.89
    divided = evaluate(
        make_plan("deepseek-v4-flash", ram_gib=2048, sequences=4), CATALOG
    ).kv_cache_bytes
    unified = evaluate(
        make_plan("deepseek-v4-flash", ram_gib=2048, sequences=4, unified_kv=True), CATALOG
    ).kv_cache_bytes
    assert round(divided / MIB, 2) == 405.56
    assert round(unified / MIB, 2) == 1035.56


def test_that_contexts_and_slots_are_padded_like_llama_cpp() -> None:
    assert llama_cells(5000, 1, False).context == 5120
    three = llama_cells(8192, 3, False)
    assert (three.context, three.sequence, three.streams) == (8448, 2816, 3)
    assert llama_cells(8192, 3, True).streams == 1


def test_that_a_window_never_holds_more_than_the_context() -> None:
    assert window_cells(256, 4096, 1, False, 512) == 256
    assert window_cells(32_768, 128, 1, False, 512) == 768
    assert window_cells(32_768, 128, 4, True, 512) == 1024


def test_that_rows_take_whole_blocks() -> None:
    assert row_bytes("f16", 576) == 1152
    assert row_bytes("q8_0", 576) == 612
    assert row_bytes("q4_0", 128) == 72


def test_that_the_compressor_state_matches_the_published_sum() -> None:
    for model, expected in (("deepseek-v4-flash", 12_206_080), ("deepseek-v4-pro", 18_710_528)):
        arch = CATALOG.models[model].architecture
        total = sum(
            compressor_state_bytes(block)
            for name in arch.attention_pattern.expand(arch.layers)
            if isinstance(block := arch.attention[name], CompressedAttention)
        )
        assert total == expected


@given(
    model=st.sampled_from(sorted(CATALOG.models)),
    tokens=st.integers(1, 1_000_000),
    more=st.integers(0, 100_000),
    slots=st.integers(1, 8),
    unified=st.booleans(),
    kind=st.sampled_from(["f16", "q8_0", "q4_0"]),
)
def test_that_more_context_never_needs_less_cache(
    model: str, tokens: int, more: int, slots: int, unified: bool, kind: str
) -> None:
    options = LlamaCacheOptions(kind, kind, slots, unified, 512, True)
    for block in CATALOG.models[model].architecture.attention.values():
        before = llama_layer_bytes(block, tokens, options)
        assert (before > 0) == (block.kind != "none")
        assert before <= llama_layer_bytes(block, tokens + more, options)
