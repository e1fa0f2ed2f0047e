"""V4 Flash where the masks of a long context decide: what libllama's own no-allocation projection
gives (llama.cpp as in llama-cpp-python 0.3.36, ggml 0.25.3, whose figures for this model are those
of release b11549), on cards with CUDA's padding.
"""

from __future__ import annotations

import pytest

from moeplanner_gui.core.assess import evaluate
from tests.core.rigs import CATALOG, bare_card, make_plan


@pytest.mark.parametrize(
    ("cards", "host_experts", "op_offload", "ubatch", "context", "measured"),
    [
        (1, -1, True, 512, 24576, (2375294976,)),
        (1, -1, True, 512, 65536, (2402557952,)),
        (1, -1, True, 2048, 24576, (2662367232,)),
        (2, 0, True, 512, 131072, (659718144, 886686208)),
        (2, 0, True, 2048, 1048576, (13258289664, 14199714816)),
        (3, -1, True, 2048, 524288, (3614474240, 3674253184, 3523564800)),
        (3, -1, False, 2048, 262144, (2181070848, 1978705792, 2046973184)),
        (1, 0, True, 2048, 65536, (1330822400,)),
        (1, 0, True, 2048, 1048576, (6608567552,)),
        (2, 10, True, 512, 65536, (2396790784, 342716544)),
    ],
)
def test_that_no_card_takes_more_than_computed(
    cards: int,
    host_experts: int,
    op_offload: bool,
    ubatch: int,
    context: int,
    measured: tuple[int, ...],
) -> None:
    plan = make_plan(
        "deepseek-v4-flash",
        *[bare_card(2**20)] * cards,
        weights="native",
        ram_gib=8192,
        context_tokens=context,
        ubatch=ubatch,
        cpu_moe_layers=43 if host_experts < 0 else host_experts,
        op_offload=op_offload,
    )
    found = [d.compute_bytes for d in evaluate(plan, CATALOG).devices if d.kind == "gpu"]
    assert all(mine >= taken for mine, taken in zip(found, measured, strict=True))


@pytest.mark.parametrize(
    ("model", "context", "ubatch", "measured"),
    [
        ("mixtral-8x7b", 32768, 512, (527972352, 67119232)),
        ("mixtral-8x22b", 131072, 2048, (1767956480, 738238592)),
        ("qwen3-coder-480b-a35b", 8192, 512, (2265724928, 83896448)),
        ("mimo-v2-flash", 65536, 2048, (2609995776, 546381824)),
        ("kimi-k2-instruct", 16384, 512, (4932511744, 228595840)),
        ("deepseek-v3", 4096, 2048, (3938492416, 1602248832)),
        ("deepseek-v3.2", 131072, 512, (3691067392, 1059137536)),
        ("glm-5.2", 32768, 2048, (4420919296, 2080399360)),
        ("gpt-oss-20b", 131072, 2048, (1205862656, 660676608)),
    ],
)
def test_that_two_cards_without_experts_hold_one_copy_of_a_weight(
    model: str, context: int, ubatch: int, measured: tuple[int, ...]
) -> None:
    """Laid out by the scheduler and allocator of llama.cpp, with the release's inputs."""
    plan = make_plan(
        model,
        *[bare_card(2**22)] * 2,
        weights="q4_k_m",
        ram_gib=8192,
        context_tokens=context,
        ubatch=ubatch,
        cpu_moe_layers=CATALOG.models[model].architecture.layers,
    )
    found = [d.compute_bytes for d in evaluate(plan, CATALOG).devices if d.kind == "gpu"]
    assert all(mine >= taken for mine, taken in zip(found, measured, strict=True))
    assert found[0] < 1.1 * measured[0]
