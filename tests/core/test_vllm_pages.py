import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.engines.vllm import cache_of
from moeplanner_gui.core.engines.vllm_pages import CacheOptions, pages_of, vllm_block_tokens
from moeplanner_gui.core.engines.vllm_pool import plan_pool
from moeplanner_gui.core.model import GqaAttention
from moeplanner_gui.core.units import MIB
from tests.core.rigs import CATALOG, bare_card, make_plan

PLAIN = CacheOptions()


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("deepseek-v4-flash", (33.04, 140.09, 507.12, 996.49, 3932.74)),
        ("deepseek-v4-pro", (48.51, 201.88, 727.75, 1428.91, 5635.84)),
    ],
)
def test_that_v4_fills_its_pages(model: str, expected: tuple[float, ...]) -> None:
    totals = []
    for tokens in (4096, 32_768, 131_072, 262_144, 1_048_576):
        plan = make_plan(
            model,
            bare_card(2**21, "10.0"),
            engine="vllm",
            cache_type_k="auto",
            cache_type_v="auto",
            context_tokens=tokens,
        )
        totals.append(round(evaluate(plan, CATALOG).kv_cache_bytes / MIB, 2))
    assert tuple(totals) == expected


def test_that_v4_pages_are_padded_to_576_bytes() -> None:
    arch = CATALOG.models["deepseek-v4-flash"].architecture
    sizes = {
        block.compress_ratio: [page.page_bytes for page in pages_of(block, PLAIN, 256)]
        for block in arch.attention.values()
        if block.kind == "compressed"
    }
    assert sizes == {
        0: [37_440],
        4: [37_440, 37_440, 8640, 32_832, 8640],
        128: [37_440, 1728, 32_832],
    }


def test_that_v4_layers_share_blocks_as_wide_as_the_widest_group() -> None:
    """Latent pages 21 x (37,440 + 8640) + 20 x 1728; the window in two groups of 22 and 21."""
    cache = cache_of(CATALOG.models["deepseek-v4-flash"], PLAIN, False)
    widths = sorted(group.width(0, 43) for group in cache.pool.groups)
    assert widths == [
        20 * 32_832,
        21 * 37_440,
        22 * 37_440,
        21 * (32_832 + 8640),
        21 * (37_440 + 8640) + 20 * 1728,
    ]
    assert cache.pool.block_bytes(0, 43) == 1_002_240
    # 4096 blocks of the sequence, two windows of 64-token blocks, the states in blocks of 4 and
    # 8 tokens for two steps of 8192 under way, and the block that stays empty.
    assert cache.pool.blocks(1_048_576, 1, 16_384) == 4096 + 2 * 259 + 4099 + 2065 + 1


def test_that_a_prediction_layer_of_v4_adds_a_window_only() -> None:
    spec = CATALOG.models["deepseek-v4-flash"]
    off, on = (sum_of(spec.id, mtp) for mtp in (False, True))
    assert on - off == 3 * 37_440


def sum_of(model: str, mtp: bool) -> int:
    cache = cache_of(CATALOG.models[model], PLAIN, mtp)
    counts = cache.counts(0, len(cache.kind_of))
    sizes = cache.sizes(65_536)
    return sum(count * size for count, size in zip(counts, sizes, strict=True))


def test_that_blocks_of_hybrids_hold_a_whole_state() -> None:
    """Qwen3-Next: 3 x 8192 values of convolution and 32 x 128 x 128 of state, 16-bit; a token
    takes 2048 bytes, so 544 tokens in steps of 16. vLLM prints this number when it starts.
    """
    spec = CATALOG.models["qwen3-next-80b-a3b"]
    cache = cache_of(spec, CacheOptions(state_bytes=2), False)
    assert cache.block_tokens == 544
    assert {page.page_bytes for pages in cache.pages for page in pages} == {544 * 2048}
    assert [len(group.members) for group in cache.pool.groups] == [12] * 4


def test_that_windows_and_full_layers_take_turns_in_equal_groups() -> None:
    cache = cache_of(CATALOG.models["gpt-oss-120b"], PLAIN, False)
    assert [len(group.members) for group in cache.pool.groups] == [18, 18]
    page = 16 * 8 * 64 * 2 * 2
    assert cache.pool.block_bytes(0, 36) == 18 * page
    # The window of 128 tokens: 8 blocks and one more; with 4096 under way 264 and one more.
    assert cache.pool.blocks(131_072, 1, 4096) == 8192 + 265 + 1


def test_that_a_smaller_page_holds_more_tokens_in_a_block() -> None:
    arch = CATALOG.models["mimo-v2-flash"].architecture
    blocks = [b for b in arch.attention.values() if isinstance(b, GqaAttention)]
    wide = max(blocks, key=lambda b: b.kv_heads)
    narrow = min(blocks, key=lambda b: b.kv_heads)
    assert wide.kv_heads == 2 * narrow.kv_heads
    cache = cache_of(CATALOG.models["mimo-v2-flash"], PLAIN, False)
    tokens = {
        block.kv_heads: pages[0].block_tokens
        for block, pages in zip(cache.kinds, cache.pages, strict=True)
        if isinstance(block, GqaAttention)
    }
    assert tokens == {wide.kv_heads: 16, narrow.kv_heads: 32}


def test_that_a_stage_has_a_block_of_its_own_layers() -> None:
    cache = cache_of(CATALOG.models["llama-3.1-8b"], PLAIN, False)
    assert cache.pool.block_bytes(0, 8) * 4 == cache.pool.block_bytes(0, 32)


def test_that_a_model_without_a_cache_needs_no_pool() -> None:
    pool = plan_pool([(), ()], packed=False)
    assert pool.block_bytes(0, 2) == 0


@given(
    model=st.sampled_from(sorted(CATALOG.models)),
    ranks=st.sampled_from([1, 2, 4, 8]),
    tokens=st.integers(1, 1_000_000),
    more=st.integers(0, 100_000),
    users=st.integers(1, 64),
    in_flight=st.sampled_from([512, 4096, 32_768]),
    fp8=st.booleans(),
    mtp=st.booleans(),
)
def test_that_the_pool_holds_every_page(
    model: str,
    ranks: int,
    tokens: int,
    more: int,
    users: int,
    in_flight: int,
    fp8: bool,
    mtp: bool,
) -> None:
    spec = CATALOG.models[model]
    cache = cache_of(spec, CacheOptions(ranks, fp8, int(mtp)), mtp)
    layers = len(cache.kind_of)
    counts = cache.counts(0, layers)
    filled = users * sum(
        count * size for count, size in zip(counts, cache.sizes(tokens), strict=True)
    )
    width = cache.pool.block_bytes(0, layers)
    blocks = cache.pool.blocks(tokens, users, in_flight)
    assert filled <= width * blocks
    assert blocks <= cache.pool.blocks(tokens + more, users, in_flight)
    assert blocks <= cache.pool.blocks(tokens, users + 1, in_flight)


def test_that_latent_attention_takes_blocks_of_64_tokens() -> None:
    arch = CATALOG.models["deepseek-v3"].architecture
    assert vllm_block_tokens(tuple(arch.attention.values())) == 64
