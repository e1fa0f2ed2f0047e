"""What a reader is told of the links, the memory and the power of a node."""

import pytest

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.edits import set_node
from moeplanner_gui.core.link_notes import node_settings
from moeplanner_gui.core.plan import Plan
from tests.core.rigs import CATALOG, make_plan

CODES = {
    "cards_share_lanes",
    "link_assumed",
    "nvlink_not_possible",
    "nvlink_joins_pairs",
    "power_limit_without_effect",
    "more_channels_than_host",
}


def rig(*cards: str, **node: object) -> Plan:
    return set_node(make_plan("gpt-oss-20b", *cards), 0, **node)


def together(plan: Plan) -> Plan:
    options = {"engine": "vllm", "tensor_parallel": 2, "cache_type_k": "auto"}
    return plan.replace(
        deployment=plan.deployment.model_copy(update={**options, "cache_type_v": "auto"})
    )


def told(plan: Plan) -> dict[str, tuple[str, str, str]]:
    return {
        found.code: (found.severity, found.subject, found.message)
        for found in evaluate(plan, CATALOG).findings
        if found.code in CODES
    }


def test_that_two_cards_on_a_desktop_board_are_told_to_share_its_lanes() -> None:
    severity, subject, message = told(rig("rtx3090", "rtx3090", host="am5-5600"))[
        "cards_share_lanes"
    ]
    assert (severity, subject) == ("note", "node 1")
    assert message.startswith(
        "2 cards share the 16 PCIe lanes that AMD AM5 (Ryzen 7000/9000) DDR5-5600 has for them. "
        "The speeds count PCIe 4.0 x8."
    )


def test_that_shared_lanes_are_a_warning_where_cards_share_every_layer() -> None:
    plan = together(rig("rtx3090", "rtx3090", host="am5-5600"))
    assert told(plan)["cards_share_lanes"][0] == "warning"


@pytest.mark.parametrize(
    "plan",
    [
        rig("rtx3090", host="am5-5600"),
        rig("rtx3090", "rtx3090"),
        rig("rtx3090", "rtx3090", host="trx40"),
        rig("rtx3090", "rtx3090", host="wrx90-7965wx"),
        rig("rtx3090", "rtx3090", host="am5-5600", card_link="pcie4-x8"),
        rig(*["h200"] * 8, host="xeon-icelake-sp"),
    ],
)
def test_that_lanes_are_told_only_where_the_host_s_row_says_so(plan: Plan) -> None:
    assert told(plan) == {}


def test_that_nvlink_is_refused_where_no_two_neighbours_have_the_connector() -> None:
    assert "nvlink_not_possible" in told(rig("rtx4090", "rtx4090", nvlink=True))
    assert "nvlink_not_possible" in told(rig("rtx3090", "rtx4090", nvlink=True))
    assert told(rig("rtx3090", "rtx3090", nvlink=True)) == {}
    assert told(rig("h200", "h200", nvlink=True)) == {}


def test_that_a_group_larger_than_a_bridge_is_told_to_wait_for_pcie() -> None:
    four = rig(*["rtx3090"] * 4, nvlink=True)
    assert told(four) == {}
    assert "nvlink_joins_pairs" in told(together(four))


def test_that_an_assumed_link_is_told_where_cards_share_every_layer() -> None:
    plan = together(rig("rtx3090", "rtx3090"))
    assert told(plan)["link_assumed"][2].startswith(
        "The host is not chosen: its slots are taken to give the cards all of their PCIe 4.0 x16."
    )
    assert told(together(rig("rtx3090", "rtx3090", card_link="pcie3-x16"))) == {}
    assert told(together(rig("rtx3090", "rtx3090", host="sp3-7003"))) == {}
    assert told(together(rig("h200", "h200"))) == {}


def test_that_what_was_set_of_a_node_is_said_in_a_few_words() -> None:
    node = rig(
        "rtx3090",
        card_link="pcie4-x8",
        nvlink=True,
        memory_channels=1,
        memory_mt_s=4800,
        memory_gbs=31.5,
        power_limit_w=250.0,
    ).rig.nodes[0]
    assert node_settings(node, CATALOG) == (
        "cards at PCIe 4.0 x8",
        "NVLink bridges",
        "1 memory channel",
        "memory at 4,800 MT/s",
        "memory measured at 31.5 GB/s",
        "cards limited to 250 W",
    )
    assert node_settings(rig("rtx3090").rig.nodes[0], CATALOG) == ()


def test_that_a_limit_without_effect_is_told() -> None:
    assert "power_limit_without_effect" in told(rig("rtx3090", power_limit_w=400.0))
    assert told(rig("rtx3090", power_limit_w=300.0)) == {}


def test_that_more_channels_than_the_host_has_are_told() -> None:
    plan = rig("rtx3090", host="am5-5600", memory_channels=4)
    assert told(plan)["more_channels_than_host"][2] == (
        "4 memory channels are counted; AMD AM5 (Ryzen 7000/9000) DDR5-5600 has 2."
    )
