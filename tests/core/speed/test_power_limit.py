"""What a power limit costs: within what was published, and unknown beyond it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeplanner_gui.core.assessment import Range
from moeplanner_gui.core.edits import set_node
from moeplanner_gui.core.plan import CustomCard, CustomSlot, Node, Plan, Rig
from moeplanner_gui.core.prepare import prepare
from moeplanner_gui.core.speed.decode import Decode, decode_speed
from moeplanner_gui.core.speed.power_limit import (
    LEAST_SHARE,
    PowerEffect,
    factors,
    limited,
    power_effect,
)
from moeplanner_gui.core.speed.terms import Unknown
from tests.core.rigs import CATALOG, make_plan


def effect(card: str | CustomSlot, limit: float | None, users: int = 1) -> object:
    node = Node(gpus=(card, card), power_limit_w=limit)
    return power_effect(Plan(model="m", rig=Rig(nodes=(node,))), CATALOG, users)


@pytest.mark.parametrize(
    ("share", "users", "measured"),
    [
        (300 / 350, 1, 0.993),
        (250 / 350, 1, 0.974),
        (200 / 350, 1, 0.941),
        (150 / 350, 1, 0.862),
        (150 / 180, 1, 0.99),
        (300 / 600, 1, 0.96),
        (400 / 600, 32, 0.96),
        (400 / 600, 32, 0.99),
        (300 / 600, 64, 0.70),
        (300 / 600, 64, 0.954),
    ],
)
def test_that_published_decode_lies_in_the_band(share: float, users: int, measured: float) -> None:
    decode, _ = factors(share, users)
    assert decode.low - 0.002 <= measured <= decode.high + 0.002


@pytest.mark.parametrize(
    ("watts", "measured"),
    [(300, 0.943), (250, 0.853), (200, 0.601), (150, 0.258), (290, 0.936), (180, 0.753)],
)
def test_that_published_prefill_lies_in_the_band(watts: int, measured: float) -> None:
    _, prefill = factors(watts / 350, 1)
    assert prefill.low - 0.01 <= measured <= prefill.high + 0.002


@given(st.floats(LEAST_SHARE, 1), st.floats(LEAST_SHARE, 1), st.integers(1, 512))
def test_that_a_lower_limit_is_never_faster(one: float, other: float, users: int) -> None:
    low, high = sorted((one, other))
    for less, more in zip(factors(low, users), factors(high, users), strict=True):
        assert 0 < less.low <= less.expected <= less.high <= 1
        assert less.low <= more.low + 1e-9
        assert less.expected <= more.expected + 1e-9
        assert less.high <= more.high + 1e-9


@given(st.floats(LEAST_SHARE, 1), st.integers(1, 200), st.integers(1, 200))
def test_that_more_users_never_lose_less(share: float, one: int, other: int) -> None:
    few, many = sorted((one, other))
    assert factors(share, many)[0].expected <= factors(share, few)[0].expected + 1e-9


def test_that_a_limit_at_or_above_the_card_s_own_costs_nothing() -> None:
    assert effect("rtxpro6000", None) is None
    assert effect("rtxpro6000", 600) is None
    assert effect("rtxpro6000", 700) is None


def test_that_half_the_power_is_told_in_a_sentence() -> None:
    found = effect("rtxpro6000", 300)
    assert isinstance(found, PowerEffect)
    assert "300 of 600 W on" in found.sentence


def test_that_a_limit_below_what_was_measured_is_unknown() -> None:
    found = effect("rtxpro6000", 200)
    assert isinstance(found, Unknown)
    assert "nobody measured" in found.sentence


def test_that_a_card_without_a_known_limit_of_its_own_is_unknown() -> None:
    card = CustomSlot(custom=CustomCard(name="own", memory_mib=24_576))
    assert isinstance(effect(card, 200), Unknown)


def test_that_the_card_that_is_limited_most_decides() -> None:
    nodes = (Node(gpus=("rtx3090",), power_limit_w=300), Node(gpus=("rtx3090",), power_limit_w=200))
    found = power_effect(Plan(model="m", rig=Rig(nodes=nodes)), CATALOG, 1)
    assert isinstance(found, PowerEffect)
    assert found.decode.expected == pytest.approx(0.941, abs=0.002)


def test_that_a_limited_rate_keeps_its_order() -> None:
    rate = limited(Range(10, 20, 30), Range(0.7, 0.8, 0.9))
    assert (rate.low, rate.expected, rate.high) == pytest.approx((7, 16, 27))


def speed_at(watts: float | None, cpu_moe_layers: int = 0) -> Decode:
    plan = make_plan("gpt-oss-120b", "rtxpro6000", ram_gib=128, cpu_moe_layers=cpu_moe_layers)
    plan = set_node(plan, 0, power_limit_w=watts, host="wrx90-7965wx")
    found = decode_speed(prepare(plan, CATALOG), CATALOG, 4096, 1)
    assert isinstance(found, Decode), found
    return found


def test_that_a_limit_slows_decoding_and_its_terms_still_add_up() -> None:
    whole, half = speed_at(None), speed_at(300)
    assert half.rate.expected < whole.rate.expected
    assert sum(term.seconds for term in half.terms) == pytest.approx(1 / half.rate.expected)


def test_that_a_limit_of_the_cards_hardly_slows_experts_in_host_memory() -> None:
    cards = speed_at(300).slowed
    host = speed_at(300, cpu_moe_layers=36).slowed
    assert 1 < host < cards
