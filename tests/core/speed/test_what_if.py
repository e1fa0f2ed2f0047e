"""What another link, memory, limit or back end would do: plans, before and after."""

import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.edits import set_network, set_node
from moeplanner_gui.core.plan import CustomCard, CustomSlot, Plan
from moeplanner_gui.core.speed import what_if
from moeplanner_gui.core.speed.what_if import WhatIf, what_ifs
from tests.core.rigs import CATALOG, make_plan


def two_3090(**node: object) -> Plan:
    plan = make_plan(
        "qwen3.5-35b-a3b",
        "rtx3090",
        "rtx3090",
        weights="awq-int4",
        engine="vllm",
        tensor_parallel=2,
    )
    return set_node(plan, 0, **node) if node else plan


def offloaded(**node: object) -> Plan:
    plan = make_plan("deepseek-v4-flash", "rtxpro6000", ram_gib=256, cpu_moe_layers=30)
    return set_node(plan, 0, host="wrx90-7975wx", **node)


def by_label(plan: Plan) -> dict[str, WhatIf]:
    return {found.label: found for found in what_ifs(plan, CATALOG)}


def rate(found: WhatIf) -> float:
    assert found.after.decode_tokens_per_s is not None
    return found.after.decode_tokens_per_s.expected


def now(plan: Plan) -> float:
    found = evaluate(plan, CATALOG).speed.decode_tokens_per_s
    assert found is not None
    return found.expected


@pytest.mark.parametrize("plan", [two_3090(), two_3090(card_link="pcie3-x8"), offloaded()])
def test_that_every_change_is_told_as_evaluate_tells_it(plan: Plan) -> None:
    found = what_ifs(plan, CATALOG)
    assert found
    assert len({one.label for one in found}) == len(found)
    for one in found:
        assert one.before == evaluate(plan, CATALOG).speed
        assert one.after == evaluate(one.plan, CATALOG).speed
        assert one.after != one.before
        assert one.plan != plan


def test_that_what_ifs_are_one_evaluation_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    plan, asked = two_3090(), []
    monkeypatch.setattr(what_if, "evaluate", lambda *a: asked.append(a) or evaluate(*a))
    turns = what_if.what_ifs_in_turn(plan, CATALOG)
    found = []
    for turn, one in enumerate(turns, start=1):
        assert len(asked) == turn + 1, "the plan itself, and one change a turn"
        found += [one] if one is not None else []
    assert tuple(found) == what_ifs(plan, CATALOG)


def test_that_bridges_are_offered_to_cards_that_have_the_connector() -> None:
    found = by_label(two_3090())
    assert rate(found["With NVLink bridges"]) > now(two_3090())
    assert rate(found["Cards at PCIe 4.0 x8"]) <= now(two_3090())
    assert "With NVLink bridges" not in by_label(two_3090(nvlink=True))
    assert rate(by_label(two_3090(nvlink=True))["Without NVLink, over PCIe"]) == pytest.approx(
        now(two_3090())
    )


def test_that_modules_are_told_what_their_own_link_is_worth() -> None:
    plan = make_plan("gpt-oss-120b", *["h200"] * 4, engine="vllm", tensor_parallel=4)
    assert rate(by_label(plan)["Without NVLink, over PCIe"]) < now(plan)


def test_that_narrow_cards_are_told_what_full_width_is_worth() -> None:
    plan = two_3090(host="am4")
    assert rate(by_label(plan)["Cards at PCIe 4.0 x16"]) > now(plan)
    assert not any("x8" in label for label in by_label(plan))


def test_that_host_memory_counts_where_experts_lie_in_it() -> None:
    found = by_label(offloaded())
    assert rate(found["Slower host memory, DDR5-5200"]) < now(offloaded())
    assert rate(found["Faster host memory, DDR5-6000"]) > now(offloaded())
    assert rate(found["One more pair of memory channels, 10 in all"]) > now(offloaded())
    on_card = by_label(set_node(make_plan("gpt-oss-120b", "rtxpro6000"), 0, host="wrx90-7975wx"))
    assert not any("memory" in label for label in on_card)


def test_that_a_measured_bandwidth_is_not_second_guessed() -> None:
    assert not any("memory" in label for label in by_label(offloaded(memory_gbs=200.0)))


def test_that_a_power_limit_is_offered_and_a_set_one_can_be_taken_away() -> None:
    found = by_label(two_3090())
    assert rate(found["Cards limited to 230 W"]) < now(two_3090())
    assert rate(by_label(two_3090(power_limit_w=230.0))["Without the power limit"]) == (
        pytest.approx(now(two_3090()))
    )


def test_that_another_back_end_is_offered_under_llama_cpp_alone() -> None:
    plan = make_plan("gpt-oss-20b", "rx7900xtx")
    assert "With the Vulkan back end" in by_label(plan)
    vulkan = next(one for one in what_ifs(plan, CATALOG) if one.key == "backend").plan
    assert rate(by_label(vulkan)["With the ROCm back end"]) == pytest.approx(now(plan))
    assert not any("back end" in label for label in by_label(two_3090()))


def test_that_prediction_is_offered_where_the_model_has_layers_for_it() -> None:
    assert "With multi-token prediction" in by_label(two_3090())
    plan = make_plan("gpt-oss-120b", "rtxpro6000", engine="vllm")
    assert not any("prediction" in label for label in by_label(plan))


def test_that_a_plan_without_a_speed_has_no_what_ifs() -> None:
    card = CustomSlot(custom=CustomCard(name="own", memory_mib=98_304))
    assert what_ifs(make_plan("gpt-oss-120b", card), CATALOG) == ()
    assert what_ifs(make_plan("deepseek-r1", "rtx3090"), CATALOG) == ()


def test_that_the_next_faster_network_is_offered_where_nodes_wait_for_it() -> None:
    plan = make_plan("gpt-oss-120b", "rtx4090", nodes=4, engine="vllm", tensor_parallel=4)
    slow = set_network(plan, "10gbe")
    found = by_label(slow)["Nodes joined by 25 GbE"]
    assert found.plan == set_network(plan, "25gbe")
    assert rate(found) >= now(slow)
    assert not any("joined" in label for label in by_label(two_3090()))


def test_that_a_machine_with_shared_memory_is_not_offered_a_limit() -> None:
    assert not any("limited" in label for label in by_label(make_plan("gpt-oss-20b", "gb10")))
