"""What slots and risers give is said where the speeds count more, and only there."""

from __future__ import annotations

import pytest

from moeplanner_gui.core import assess
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.checks.link_costs import full_link, link_costs
from moeplanner_gui.core.plan import Node
from tests.core.checks.plans import CATALOG, VLLM, desk, found, parts, plan_on

EPYC = Node(host="sp5-9004", ram_gib=384)


def epyc(*cards: str, **changes: object) -> Node:
    return EPYC.model_copy(update={"gpus": cards, **changes})


def test_that_the_card_in_the_narrow_slot_is_named_with_what_it_gets() -> None:
    board = parts("board-sp5-supermicro-h13ssl-n", "psu-2000-w-titanium")
    five = found(epyc(*("rtx5090",) * 5, parts=board))
    assert five["narrow_slot"].message.startswith("GPU 4 and 5: PCIe 5.0 x8 ")
    assert five["narrow_slot"].message.endswith(
        "the speeds count that. Card and host could do PCIe 5.0 x16."
    )
    assert "narrow_slot" not in found(epyc(*("rtx5090",) * 3, parts=board))


def test_that_a_narrow_card_takes_the_narrow_slot() -> None:
    # Three x16 cards and two that have x8 themselves: the board has three x16 and two x8.
    board = parts("board-sp5-supermicro-h13ssl-n", "psu-2000-w-titanium")
    cards = ("rtx4060ti-16", "rtx5090", "rtx5090", "rtx5090", "rtx4060ti-16")
    mixed = found(epyc(*cards, parts=board))
    assert "narrow_slot" not in mixed


def test_that_choosing_the_link_that_is_named_ends_the_remark() -> None:
    board = parts("board-am5", "psu-2000-w-titanium")
    assert "narrow_slot" in found(desk("rtx3090", "rtx3090", parts=board))
    chosen = desk("rtx3090", "rtx3090", parts=board, card_link="pcie4-x4")
    assert not {"narrow_slot", "link_wider_than_host"} & set(found(chosen))
    beyond = found(desk("rtx3090", "rtx3090", parts=board, card_link="pcie4-x8"))
    assert beyond["narrow_slot"].message.endswith("count PCIe 4.0 x8, as was chosen.")
    # A board that nobody chose knows less than a link that was set or measured.
    guessed = epyc(*("rtxa4000",) * 5, card_link="pcie4-x16")
    assert "narrow_slot" not in found(guessed)


def test_that_an_older_slot_is_narrow_too() -> None:
    barebone = parts("8-slot-gpu-barebone-gigabyte-g292-z20-used")
    node = Node(host="sp3-7003", ram_gib=128, gpus=("rtx3090",), parts=barebone)
    assert "PCIe 3.0 x16" in found(node)["narrow_slot"].message
    turing = node.model_copy(update={"gpus": ("titanrtx",)})
    assert "narrow_slot" not in found(turing)


def test_that_a_link_beyond_the_host_is_told_and_one_within_is_not() -> None:
    four = found(desk(*("rtx3090",) * 4, card_link="pcie4-x16"))["link_wider_than_host"]
    assert "64 lanes" in four.message and "has 16" in four.message
    old = Node(host="am4", ram_gib=64, gpus=("rtx5090",), card_link="pcie5-x16")
    assert "PCIe 4.0" in found(old)["link_wider_than_host"].message
    assert "link_wider_than_host" not in found(desk("rtx3090", card_link="pcie4-x16"))


def test_that_a_board_that_was_only_assumed_makes_no_error() -> None:
    # The bill has risers for a card more than the board has slots; a chosen board has none.
    three = desk(*("rtxa4000",) * 3)
    assert "cards_on_risers" in found(three) and "too_few_slots" not in found(three)
    chosen = three.model_copy(update={"parts": parts("board-am5")})
    assert found(chosen)["too_few_slots"].severity == "error"


def test_that_risers_that_nobody_chose_are_said_to_be_assumed() -> None:
    five = found(epyc(*("rtx5090",) * 5))["cards_on_risers"]
    assert "too thick" in five.message and "assumed risers with PCIe 4.0 x4" in five.message
    assert five.message.endswith("and the speeds count that.")


def test_that_what_could_not_be_looked_at_is_said() -> None:
    assert "host_not_chosen" in found(Node(ram_gib=64, gpus=("rtx3090",)))
    assert "slots_unknown" in found(Node(host="trx40", ram_gib=64, gpus=("rtx3090",)))
    assert not {"host_not_chosen", "slots_unknown"} & set(found(desk("rtx3090")))


def test_that_a_narrow_slot_costs_what_the_plan_with_that_link_loses() -> None:
    board = parts("board-am5", "psu-2000-w-titanium")
    node = desk("rtx3090", "rtx3090", parts=board, card_link="pcie4-x16")
    plan = plan_on(node, tensor_parallel=2, **VLLM)
    now = evaluate(plan, CATALOG)
    sentence = link_costs(plan, now, CATALOG)["narrow_slot", "gpu 2"]
    other = evaluate(
        plan_on(node.model_copy(update={"card_link": "pcie4-x4"}), tensor_parallel=2, **VLLM),
        CATALOG,
    )
    one, two = now.speed.prefill_tokens_per_s, other.speed.prefill_tokens_per_s
    assert one is not None and two is not None
    lost = round((1 - two.expected / one.expected) * 100)
    assert lost > 0 and f"prompts −{lost} %" in sentence and "modelled" in sentence


def test_that_a_narrow_slot_that_counts_is_compared_with_the_full_link() -> None:
    board = parts("board-am5", "psu-2000-w-titanium")
    node = desk("rtx3090", "rtx3090", parts=board)
    plan = plan_on(node, tensor_parallel=2, **VLLM)
    now = evaluate(plan, CATALOG)
    sentence = link_costs(plan, now, CATALOG)["narrow_slot", "gpu 2"]
    full = evaluate(
        plan_on(node.model_copy(update={"card_link": "pcie4-x16"}), tensor_parallel=2, **VLLM),
        CATALOG,
    )
    one, two = full.speed.prefill_tokens_per_s, now.speed.prefill_tokens_per_s
    assert one is not None and two is not None
    lost = round((1 - two.expected / one.expected) * 100)
    assert sentence.startswith("Against the full link: decode") and lost > 10
    assert f"prompts −{lost} %" in sentence


def test_that_shared_lanes_are_compared_with_the_full_link() -> None:
    node = desk("rtx3090", "rtx3090")
    assert full_link(node, CATALOG) == "pcie4-x16"
    assert full_link(desk("rtx3090"), CATALOG) is None
    plan = plan_on(node, tensor_parallel=2, **VLLM)
    costs = link_costs(plan, evaluate(plan, CATALOG), CATALOG)
    assert costs["cards_share_lanes", "node 1"].startswith("Against the full link: decode")
    assert costs["nvlink_not_counted", "node 1"].startswith("With the bridge: decode +")


def test_that_equal_computers_are_compared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_on(desk("rtx3090", "rtx3090"), tensor_parallel=2, **VLLM)
    three = plan.replace(rig=plan.rig.model_copy(update={"nodes": plan.rig.nodes * 3}))
    now = evaluate(three, CATALOG)
    asked = []
    monkeypatch.setattr(assess, "evaluate", lambda *a: asked.append(a) or evaluate(*a))
    costs = link_costs(three, now, CATALOG)
    shared = [costs["cards_share_lanes", f"node {number}"] for number in (1, 2, 3)]
    assert len(set(shared)) == 1
    assert len(asked) == len({code for code, _ in costs})


def test_that_a_plan_without_a_speed_has_no_costs() -> None:
    plan = plan_on(desk("rtx3090", "rtx3090"), weights="native", model="deepseek-v3")
    assert link_costs(plan, evaluate(plan, CATALOG), CATALOG) == {}
