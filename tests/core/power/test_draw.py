"""What a rig draws: held against machines that were measured, and never a guess for a card."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeplanner_gui.catalog.load import Catalog, load_catalog
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import Power
from moeplanner_gui.core.derivation import Confidence
from moeplanner_gui.core.explain import explain
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.power.draw import node_draws, power_of, works_in_turn
from moeplanner_gui.core.power.supply import SIZES_W, efficiency, supply_w, wall_w


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def plan(cards: list[Any], host: str | None, **deployment: Any) -> Plan:
    node: dict[str, Any] = {"gpus": cards, "host": host, "ram_gib": 128}
    limit = deployment.pop("power_limit_w", None)
    if limit is not None:
        node["power_limit_w"] = limit
    return Plan.model_validate(
        {
            "model": "llama-3.3-70b",
            "weights": "q4_k_m",
            "rig": {"nodes": (node | {"gpus": tuple(cards)},)},
            "deployment": deployment,
        }
    )


@pytest.mark.parametrize(
    ("cards", "host", "load_w", "idle_w"),
    [
        pytest.param(["rtx3090"] * 2, "am5-5600", 760, 90, id="two 3090, ai-radar.it"),
        pytest.param(["rtx4090"] * 7, "sp3-7003", None, 270, id="seven 4090"),
        pytest.param(["rtxpro6000"] * 8, "sp5-9355", 5500, None, id="eight PRO 6000, rtx6kpro"),
    ],
)
def test_that_measured_machines_lie_in_the_range(
    catalog: Catalog, cards: list[str], host: str, load_w: int | None, idle_w: int | None
) -> None:
    draws = node_draws(plan(cards, host), catalog, host_computes=False)
    assert draws is not None
    if load_w is not None:
        assert draws[0].load.low <= load_w <= draws[0].load.high
    if idle_w is not None:
        assert draws[0].idle.low <= idle_w <= draws[0].idle.high


def test_that_a_card_of_unknown_power_leaves_the_rig_unknown(catalog: Catalog) -> None:
    unknown = {"custom": {"name": "card", "memory_mib": 49152}}
    assert power_of(plan(["rtx3090", unknown], None), catalog, host_computes=False) == Power()


def test_that_a_power_limit_lowers_the_load_and_never_raises_it(catalog: Catalog) -> None:
    full = power_of(plan(["rtx3090"], None), catalog, host_computes=False)
    less = power_of(plan(["rtx3090"], None, power_limit_w=220.0), catalog, host_computes=False)
    more = power_of(plan(["rtx3090"], None, power_limit_w=900.0), catalog, host_computes=False)
    assert full.load_w is not None and less.load_w is not None
    assert less.load_w < full.load_w
    assert more == full


def test_that_cards_of_one_stream_split_by_layers_work_in_turn(catalog: Catalog) -> None:
    in_turn = plan(["rtx3090"] * 4, None)
    at_once = plan(["rtx3090"] * 4, None, engine="vllm", tensor_parallel=4)
    assert works_in_turn(in_turn) and not works_in_turn(at_once)
    one = power_of(in_turn, catalog, host_computes=False).load_w
    four = power_of(at_once, catalog, host_computes=False).load_w
    assert one is not None and four is not None and one < four


def test_that_a_processor_that_computes_draws_more(catalog: Catalog) -> None:
    rig = plan(["rtx3090"], "sp5-9004")
    resting = power_of(rig, catalog, host_computes=False).load_w
    computing = power_of(rig, catalog, host_computes=True).load_w
    assert resting is not None and computing is not None and resting < computing


@given(st.floats(1, 50_000))
def test_that_a_supply_is_never_filled_above_four_fifths(watts: float) -> None:
    rated = supply_w(watts)
    assert watts <= 0.8 * rated + 1e-6
    assert rated in SIZES_W or rated % SIZES_W[-1] == 0


@given(st.floats(0, 2))
def test_that_the_wall_gives_more_than_is_delivered(share: float) -> None:
    assert 0.8 < efficiency(share) < 1
    assert wall_w(share * 1000, 1000) >= share * 1000


@pytest.mark.parametrize("field", ["load_w", "idle_w", "psu_w"])
def test_that_every_watt_can_be_asked_for(catalog: Catalog, field: str) -> None:
    rig = plan(["rtx3090"] * 2, "am5-5600")
    assessment = evaluate(rig, catalog)
    found = explain(rig, assessment, catalog, f"power.{field}")
    assert found.value.startswith(f"{getattr(assessment.power, field):,} W")
    assert found.inputs and found.confidence.rank >= Confidence.MODELLED.rank


def test_that_measured_watts_replace_the_computed_ones(catalog: Catalog) -> None:
    unknown = {"custom": {"name": "card", "memory_mib": 49152}}
    for cards in (["rtx3090"], [unknown]):
        rig = plan(cards, None)
        entered = rig.economics.model_copy(update={"load_w": 760.0, "idle_w": 90.0})
        rig = rig.replace(economics=entered)
        assessment = evaluate(rig, catalog)
        assert (assessment.power.load_w, assessment.power.idle_w) == (760, 90)
        assert explain(rig, assessment, catalog, "power.load_w").value == "760 W"


def test_that_a_plan_that_does_not_fit_draws_as_it_would_at_work(catalog: Catalog) -> None:
    too_small = plan(["rtx3060-12"], None)
    assessment = evaluate(too_small, catalog)
    assert not assessment.fits and assessment.power.psu_w
