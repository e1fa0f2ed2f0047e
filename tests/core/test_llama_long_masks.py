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


@pytest.mark.parametrize("model", ["mixtral-8x7b", "mixtral-8x22b", "qwen3-coder-480b-a35b"])
def test_that_wide_experts_of_other_cards_take_two_copies(model: str) -> None:
    """Gate and up have no room beside the inputs, so the down projection lies behind them."""
    layers = CATALOG.models[model].architecture.layers
    taken = []
    for experts in (layers // 2, layers):
        plan = make_plan(
            model,
            *[bare_card(2**20)] * 2,
            weights="q4_k_m",
            ram_gib=8192,
            cpu_moe_layers=experts,
        )
        taken.append(evaluate(plan, CATALOG).devices[0].compute_bytes)
    assert taken[1] > 1.3 * taken[0]
