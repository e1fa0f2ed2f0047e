import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.edits import set_deployment
from moeplanner_gui.core.placement import CPU, layer_split, pipeline_stages
from moeplanner_gui.core.plan import Plan

CATALOG = load_catalog()


def _counts(where: tuple[int, ...], cards: int) -> list[int]:
    return [where.count(card) for card in range(cards)]


def test_that_layers_are_counted_by_free_memory() -> None:
    assert _counts(layer_split((1, 1), 80, None), 2) == [41, 40]
    assert _counts(layer_split((2, 1), 80, None), 2) == [54, 27]
    assert _counts(layer_split((1, 2), 80, None), 2) == [27, 54]
    assert _counts(layer_split((24_576,) * 8, 43, None), 8) == [6, 5, 6, 5, 6, 5, 6, 5]


def test_that_the_head_is_the_last_layer_to_leave_the_card() -> None:
    where = layer_split((1, 1), 80, 1)
    assert where[-1] == 0
    assert set(where[:-1]) == {CPU}
    assert set(layer_split((1, 1), 80, 0)) == {CPU}


def test_that_all_is_on_the_host_without_cards() -> None:
    assert set(layer_split((), 10, None)) == {CPU}


@given(
    free=st.lists(st.integers(1, 2**38), min_size=1, max_size=16),
    layers=st.integers(1, 200),
    gpu_layers=st.none() | st.integers(0, 300),
)
def test_that_every_layer_has_a_place_in_order(
    free: list[int], layers: int, gpu_layers: int | None
) -> None:
    where = layer_split(tuple(free), layers, gpu_layers)
    assert len(where) == layers + 1
    assert list(where) == sorted(where)
    assert all(CPU <= place < len(free) for place in where)


@pytest.mark.parametrize(
    ("layers", "stages", "expected"),
    [(61, 2, [31, 30]), (43, 4, [11, 11, 11, 10]), (64, 4, [16] * 4), (61, 4, [15, 15, 16, 15])],
)
def test_that_the_last_stage_never_takes_the_remainder(
    layers: int, stages: int, expected: list[int]
) -> None:
    bounds = pipeline_stages(layers, stages)
    assert [past - first for first, past in bounds] == expected
    assert bounds[-1][1] == layers


def test_that_minus_one_keeps_the_experts_of_every_layer_in_host_memory() -> None:
    plan = Plan.model_validate_json(
        '{"model": "qwen3-30b-a3b", "weights": "q4_k_m",'
        ' "rig": {"nodes": [{"ram_gib": 64, "gpus": ["rtx4090"]}]}}'
    )
    layers = CATALOG.model("qwen3-30b-a3b").architecture.layers
    every = evaluate(set_deployment(plan, cpu_moe_layers=-1), CATALOG)

    assert every.devices == evaluate(set_deployment(plan, cpu_moe_layers=layers), CATALOG).devices
    assert every.devices[0].routed_experts_bytes == 0
