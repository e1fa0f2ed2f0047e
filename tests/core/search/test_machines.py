"""Which computers are offered: equal modules in every channel, cards that have a place."""

from __future__ import annotations

import pytest

from moeplanner_gui.core.plan import Node, NodePart
from moeplanner_gui.core.search.machines import (
    Build,
    Machine,
    builds,
    has_price,
    hosts_for,
    hosts_of,
    node_of,
    sizes_for,
    sizes_of,
)
from moeplanner_gui.core.search.terms import Wishes
from moeplanner_gui.core.usual_parts import carries_cards
from tests.core.rigs import CATALOG
from tests.core.search.small import small


@pytest.mark.parametrize("host", [host.id for host in hosts_of(CATALOG)])
def test_that_memory_is_the_same_in_every_channel_and_the_host_takes_it(host: str) -> None:
    row = CATALOG.host(host)
    for size in sizes_of(row):
        assert size % row.channels == 0
        assert row.max_memory_gb is None or size <= row.max_memory_gb


@pytest.mark.parametrize(
    ("build", "priced"),
    [
        (Build("rtx3090", 2), True),
        (Build("gb10", 1), True),
        (Build(None, 0), True),
        (Build("rtx3090", 1, nodes=2, network="100gbe"), True),
        (Build("rtx3090", 1, nodes=2, network="10gbe"), False),
        (Build("rtx3090", 1, nodes=5, network="100gbe"), False),
        (Build("gb10", 1, nodes=2, network="connectx7-200"), True),
        (Build("rtx6000d", 1), False),
        (Build("v100-32-sxm2", 1), False),
        (Build("gb200", 1), False),
    ],
)
def test_that_only_what_can_be_priced_as_a_whole_is_searched_with_a_price(
    build: Build, priced: bool
) -> None:
    assert has_price(build, CATALOG) is priced


def test_that_a_list_price_is_none_unless_it_is_asked_for() -> None:
    """An RTX 5090 D at its price of January 2025 would be the cheapest rig that nobody can buy."""
    price = CATALOG.price("rtx5090d")
    assert price is not None and price.kind == "msrp"
    assert not has_price(Build("rtx5090d", 1), CATALOG)
    assert has_price(Build("rtx5090d", 1), CATALOG, list_prices=True)


@pytest.mark.parametrize(("count", "fits"), [(1, True), (5, True), (6, False), (8, False)])
def test_that_no_host_is_offered_whose_board_has_no_lanes_for_the_cards(
    count: int, fits: bool
) -> None:
    """Risers take four lanes a card; a desktop's board has 16 and 4."""
    wishes = Wishes(models=("gpt-oss-120b",))
    found = hosts_for(Build("rx7900xtx", count), wishes, CATALOG, hosts_of(CATALOG))
    assert ("am5-6400" in found) is fits
    assert "sp3-7003" in found


def test_that_a_network_card_takes_a_slot_of_the_board() -> None:
    wishes = Wishes(models=("gpt-oss-120b",), max_nodes=2)
    for network, fits in (("1gbe", True), ("100gbe", False)):
        build = Build("rtx3090", 2, nodes=2, network=network)
        assert ("am5-6400" in hosts_for(build, wishes, CATALOG, hosts_of(CATALOG))) is fits


def test_that_cards_are_added_to_a_chosen_board_only_where_it_has_slots() -> None:
    parts = (NodePart(part="board-am5"), NodePart(part="cpu-ryzen-9-7900x"))
    keep = Node(host="am5-6400", ram_gib=64, gpus=("rtx3090",), parts=parts)
    wishes = Wishes(models=("gpt-oss-120b",), keep=keep)
    one, three = (
        hosts_for(Build("rtx3090", count, kept=True), wishes, CATALOG, hosts_of(CATALOG))
        for count in (1, 3)
    )
    assert "am5-6400" in one
    assert "am5-6400" not in three


def test_that_a_computer_that_is_kept_keeps_its_cards_its_screen_and_its_memory() -> None:
    keep = Node(host="am5-6400", ram_gib=48, gpus=("rtx3090",), display="linux", mine=True)
    wishes = Wishes(models=("gpt-oss-120b",), keep=keep, max_cards=2)
    catalog = small(("r9700", "gb10"))
    every = list(builds(wishes, catalog))
    assert every == [Build(None, 0, kept=True), Build("r9700", 1, kept=True)]
    here = Machine(every[1], "am5-6400")
    assert sizes_for(here, wishes, catalog)[:2] == (48, 64)
    node = node_of(here, 48, wishes)
    assert node.gpus == ("rtx3090", "r9700")
    assert node.display == "linux"
    assert not node.mine
    moved = node_of(Machine(every[1], "sp3-7003"), 64, wishes)
    assert (moved.host, moved.display, moved.gpus) == ("sp3-7003", "linux", node.gpus)


def test_that_without_second_hand_prices_no_host_or_network_of_used_parts_is_offered() -> None:
    wishes = Wishes(models=("gpt-oss-120b",), max_nodes=2)
    new = Wishes(models=("gpt-oss-120b",), max_nodes=2, used_prices=False)
    every, allowed = (
        set(hosts_for(Build("rx7900xtx", 1), wish, CATALOG, hosts_of(CATALOG)))
        for wish in (wishes, new)
    )
    # The usual processors of these are used ones.
    assert every - allowed == {"sp3-7003", "sp5-9004"}
    assert Build("rx7900xtx", 1, 2, "100gbe") in set(builds(wishes, CATALOG))
    assert Build("rx7900xtx", 1, 2, "100gbe") not in set(builds(new, CATALOG))


def test_that_every_card_is_offered_in_the_boards_that_carry_it_and_in_no_other() -> None:
    """Cards of one shape share the answer; each has to be true for every one of them."""
    wishes = Wishes(models=("gpt-oss-120b",), max_nodes=2)
    hosts = hosts_of(CATALOG)
    for card in CATALOG.gpus.values():
        if card.unified_memory:
            continue
        for count in (1, 2, 3, 5, 8):
            build = Build(card.id, count)
            carried = []
            for host in hosts:
                node = node_of(Machine(build, host.id), 0, wishes)
                if carries_cards(node, [card] * count, CATALOG):
                    carried.append(host.id)
            assert hosts_for(build, wishes, CATALOG, hosts) == tuple(carried)
