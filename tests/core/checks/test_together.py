"""Cards that differ, groups over nodes, access to one another, bridges and the network."""

from __future__ import annotations

import pytest

from moeplanner_gui.core.plan import Node
from tests.core.checks.plans import CATALOG, VLLM, desk, found

PAIR = desk("rtx3090", "rtx4090")


def test_that_cards_that_share_every_layer_wait_for_the_slowest() -> None:
    ranked = found(PAIR, tensor_parallel=2, **VLLM)["unequal_cards_in_a_group"]
    assert ranked.message.startswith("GPU 1 and 2 differ")
    equal = found(desk("rtx3090", "rtx3090"), tensor_parallel=2, **VLLM)
    assert "unequal_cards_in_a_group" not in equal


def test_that_groups_of_equal_cards_are_no_mixed_group() -> None:
    node = Node(host="sp3-7003", ram_gib=64, gpus=("rtx3090", "rtx3090", "rtx4090", "rtx4090"))
    codes = found(node, tensor_parallel=2, pipeline_parallel=2, **VLLM)
    assert "unequal_cards_in_a_group" not in codes
    assert codes["unequal_stages"].severity == "note"


def test_that_options_of_another_engine_say_nothing() -> None:
    # llama.cpp has no tensor parallel, vLLM no split mode.
    assert "unequal_cards_in_a_group" not in found(PAIR, tensor_parallel=2)
    one = found(desk("rtx4090", "rtx4090"), split="row", **VLLM, pipeline_parallel=2)
    assert "no_peer_access" not in one
    lanes = found(desk("rtx3090", "rtx3090"), tensor_parallel=2)["cards_share_lanes"]
    assert lanes.severity == "note"


def test_that_layers_are_shared_by_memory_and_not_by_speed() -> None:
    assert found(PAIR)["unequal_cards_share_layers"].severity == "note"
    assert "unequal_cards_share_layers" not in found(PAIR, tensor_split=(1.0, 2.0))
    assert "unequal_cards_share_layers" not in found(desk("rtx3090", "rtx3090"))


def test_that_a_missing_network_is_told_where_there_are_two_nodes() -> None:
    two = (desk("rtx3090"), desk("rtx3090"))
    assert found(*two)["network_not_chosen"].severity == "warning"
    assert "network_not_chosen" not in found(*two, network="10gbe")
    assert "network_not_chosen" not in found(desk("rtx3090"))


def test_that_a_group_over_two_nodes_is_told_to_stay_within_one() -> None:
    two = (desk("rtx3090"), desk("rtx3090"))
    over = found(*two, network="10gbe", tensor_parallel=2, **VLLM)
    assert "pipeline parallel between them" in over["tensor_parallel_over_network"].verify
    stages = found(*two, network="10gbe", pipeline_parallel=2, **VLLM)
    assert "tensor_parallel_over_network" not in stages


def test_that_a_bridge_that_could_be_there_is_named_until_it_is_chosen_or_refused() -> None:
    for nvlink, told in ((None, True), (True, False), (False, False)):
        codes = found(desk("rtx3090", "rtx3090", nvlink=nvlink), tensor_parallel=2, **VLLM)
        assert ("nvlink_not_counted" in codes) is told, nvlink
    new = found(desk("rtx4090", "rtx4090"), tensor_parallel=2, **VLLM)
    assert "nvlink_not_counted" not in new
    assert "nvlink_not_counted" not in found(desk("rtx3090", "rtx3090"))


def test_that_a_card_without_the_connector_is_named() -> None:
    message = found(desk("rtx4090", "rtx4090", nvlink=True))["nvlink_not_possible"].message
    assert "RTX 4090 has no connector" in message
    mixed = found(desk("rtx3090", "rtx4090", nvlink=True))["nvlink_not_possible"].message
    assert "neighbours" in mixed


@pytest.mark.parametrize(
    ("cards", "changes", "told"),
    [
        (("rtx4090",) * 2, {}, True),
        (("rtx3090",) * 2, {"nvlink": True}, False),
        (("h100-sxm",) * 2, {}, False),
        (("rtx4090",), {}, False),
    ],
)
def test_that_staged_exchange_locks_host_memory(
    cards: tuple[str, ...], changes: dict[str, object], told: bool
) -> None:
    codes = found(desk(*cards, **changes), tensor_parallel=len(cards), **VLLM)
    assert ("page_locked_buffers" in codes) is told
    assert "page_locked_buffers" not in found(desk(*cards, **changes))


def test_that_heads_that_do_not_divide_are_an_error_that_says_what_divides() -> None:
    node = Node(host="sp3-7003", ram_gib=64, gpus=("rtx3090",) * 3)
    finding = found(node, tensor_parallel=3, **VLLM)["cannot_run"]
    assert finding.severity == "error" and "cannot be divided by tensor parallel 3" in (
        finding.message
    )
    assert "Choose tensor parallel" in finding.message
    assert "cannot_run" not in found(desk("rtx3090", "rtx3090"), tensor_parallel=2, **VLLM)


def test_that_a_missing_kernel_is_an_error_on_the_card_with_its_compute_capability() -> None:
    node = desk("rtx3090")
    finding = found(node, model="deepseek-v4-flash", weights="native", **VLLM)["kernel_missing"]
    assert finding.severity == "error" and finding.subject == "gpu 1"
    assert "8.6" in finding.message and "may differ" in finding.verify
    assert CATALOG.gpu("rtx3090").compute_capability == "8.6"
    assert "kernel_missing" not in found(node)
