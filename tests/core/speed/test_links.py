"""The link between cards: which one it is and how long a message takes on it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.assessment import Range
from moeplanner_gui.core.derivation import Confidence
from moeplanner_gui.core.plan import Card, CustomCard, CustomSlot, Deployment, Node, Plan, Rig
from moeplanner_gui.core.ports import UnknownEntryError
from moeplanner_gui.core.speed.buses import has_no_peer_access
from moeplanner_gui.core.speed.card_links import card_bus
from moeplanner_gui.core.speed.links import (
    NO_PEER_SHARE,
    NO_PEER_US,
    Link,
    all_reduce_s,
    hop_s,
    link_of,
)
from moeplanner_gui.core.speed.terms import Unknown
from tests.core.rigs import CATALOG

ANY_CARD = CustomSlot(custom=CustomCard(name="own", memory_mib=24_576))


def plan_of(*nodes: Node, network: str | None = None) -> Plan:
    return Plan(model="deepseek-v4-flash", rig=Rig(nodes=nodes, network=network))


def link(
    *cards: Card, count: int = 1, positions: tuple[int, ...] | None = None, **node: object
) -> Link | Unknown:
    plan = plan_of(Node.model_validate({"gpus": cards * count, **node}))
    return link_of(plan, CATALOG, positions or tuple(range(len(cards) * count)))


def known(found: Link | Unknown) -> Link:
    assert isinstance(found, Link), found
    return found


def test_that_one_card_sends_nothing() -> None:
    alone = known(link("rtx3090"))
    assert alone.kind == "none"
    assert all_reduce_s(alone, 1, 1e6) == 0.0
    assert hop_s(alone, 1e6) == 0.0


@pytest.mark.parametrize(
    ("card", "host", "name"),
    [
        ("rtx3090", "wrx90-7965wx", "PCIe 4.0 x16"),
        ("rtxpro6000", "sp3-7003", "PCIe 4.0 x16"),
        ("rtxpro6000", "wrx90-7965wx", "PCIe 5.0 x16"),
        ("rtx5060ti-16", "wrx90-7965wx", "PCIe 5.0 x8"),
        ("rtx4060ti-16", "x299-4ch", "PCIe 3.0 x8"),
        ("rtx3090", "am4", "PCIe 4.0 x8"),
    ],
)
def test_that_the_link_is_the_lesser_of_card_and_host(card: str, host: str, name: str) -> None:
    found = known(link(card, count=2, host=host))
    assert (found.kind, found.name) == ("pcie", name)
    # Nobody chose the board, so nobody knows its slots.
    assert found.assumed is not None


@pytest.mark.parametrize(
    ("count", "host", "width"),
    [
        (1, "am5-5600", 16),
        (2, "am5-5600", 8),
        (3, "am5-5600", 4),
        (2, "am4", 8),
        (4, "am4", 4),
        (6, "lga1700", 1),
        (5, "xeon-8480", 16),
        (6, "xeon-8480", 8),
        (8, "trx40", 16),
    ],
)
def test_that_cards_share_the_lanes_of_the_host_where_its_row_names_them(
    count: int, host: str, width: int
) -> None:
    node = Node(gpus=("rtxpro6000",) * count, host=host)
    bus = card_bus(node, 0, CATALOG)
    assert bus is not None
    assert bus.width == width


def test_that_a_chosen_link_replaces_what_host_and_lanes_give() -> None:
    assert known(link("rtx3090", count=4, host="am5-5600", card_link="pcie3-x16")).name == (
        "PCIe 3.0 x16"
    )


def test_that_a_chosen_link_is_never_faster_than_the_card() -> None:
    assert known(link("rtx3090", count=2, card_link="pcie6-x16")).name == "PCIe 4.0 x16"


def test_that_a_link_that_is_not_there_is_an_error_that_names_the_closest() -> None:
    with pytest.raises(UnknownEntryError, match=r"No link is called “pcie4x8”.*pcie4-x8"):
        link("rtx3090", count=2, card_link="pcie4x8")


def test_that_nvlink_is_not_chosen_as_a_pcie_link() -> None:
    with pytest.raises(UnknownEntryError, match=r"“nvlink4” is no PCIe link"):
        link("h100-sxm", count=2, card_link="nvlink4", nvlink=False)


def test_that_modules_have_nvlink_and_a_node_without_it_falls_back_to_pcie() -> None:
    assert known(link("h100-sxm", count=8)).kind == "nvlink"
    assert known(link("h100-sxm", count=8, nvlink=False)).kind == "pcie"
    assert known(link("mi300x", count=8)).name.startswith("Infinity Fabric")


def test_that_slot_cards_have_nvlink_only_where_a_bridge_is_said_to_be() -> None:
    assert known(link("rtx3090", count=2)).kind == "pcie"
    bridged = known(link("rtx3090", count=2, nvlink=True))
    assert (bridged.kind, bridged.gbs) == ("nvlink", 56.25)
    assert known(link("rtx4090", count=2, nvlink=True)).kind == "pcie"


def test_that_a_bridge_joins_two_cards_and_more_still_cross_pcie() -> None:
    def of(*positions: int) -> str:
        return known(link("rtx3090", count=4, positions=positions, nvlink=True)).kind

    assert of(0, 1) == of(2, 3) == "nvlink"
    assert of(1, 2) == of(0, 2) == of(0, 1, 2, 3) == "pcie"


def test_that_nodes_without_a_network_have_no_link_and_say_why() -> None:
    node = Node(gpus=("rtx3090",))
    found = link_of(plan_of(node, node), CATALOG, (0, 1))
    assert isinstance(found, Unknown)
    assert "network between the nodes is not chosen" in found.sentence


def test_that_a_group_over_two_nodes_meets_the_slowest_link_on_the_way() -> None:
    node = Node(gpus=("rtxa6000",) * 2, card_link="pcie3-x1")
    found = known(link_of(plan_of(node, node, network="400gb-ndr"), CATALOG, (0, 1, 2, 3)))
    assert found.kind == "network"
    assert found.gbs == 0.8
    assert found.latency_us == 29.0
    slow = known(link_of(plan_of(node, node, network="1gbe"), CATALOG, (0, 1, 2, 3)))
    assert (slow.gbs, slow.latency_us) == (0.1, 300.0)


def test_that_a_network_reaches_geforce_cards_through_host_memory() -> None:
    def over(card: str, network: str) -> Link:
        node = Node(gpus=(card,))
        return known(link_of(plan_of(node, node, network=network), CATALOG, (0, 1)))

    pro, desk = over("rtxa6000", "400gb-ndr"), over("rtx3090", "400gb-ndr")
    assert desk.latency_us == pytest.approx(pro.latency_us + NO_PEER_US)
    assert pro.detour is None and "host memory" in (desk.detour or "")
    assert "GPUDirect" in desk.source and desk.confidence is Confidence.UNVERIFIED


def test_that_a_group_over_a_network_that_may_be_without_rdma_has_the_low_end_of_tcp() -> None:
    def rate(network: str, **options: object) -> Range:
        node = Node(host="am5-5600", ram_gib=64, gpus=("rtx3090",) * 2)
        plan = Plan(
            model="qwen3-30b-a3b",
            weights="awq-int4",
            rig=Rig(nodes=(node, node), network=network),
            deployment=Deployment.model_validate(
                {"engine": "vllm", "cache_type_k": "auto", "cache_type_v": "auto", **options}
            ),
        )
        found = evaluate(plan, CATALOG).speed.decode_tokens_per_s
        assert found is not None
        return found

    group, tcp = rate("100gbe", tensor_parallel=4), rate("10gbe", tensor_parallel=4)
    # No faster at worst than where TCP is what is counted; that has a narrower cable, no more.
    assert group.low == pytest.approx(tcp.low, rel=0.1)
    assert group.low < 0.25 * group.expected
    split = rate("100gbe", tensor_parallel=2, pipeline_parallel=2)
    assert group.low < split.low and group.expected < split.expected
    known_adapters = rate("200gb-hdr", tensor_parallel=4)
    assert known_adapters.low > 0.5 * known_adapters.expected


def test_that_a_card_without_a_known_bus_refuses_until_its_link_is_chosen() -> None:
    assert isinstance(link(ANY_CARD, count=2, host="am5-5600"), Unknown)
    assert known(link(ANY_CARD, count=2, card_link="pcie4-x8")).name == "PCIe 4.0 x8"


def test_that_passing_activations_takes_the_narrowest_link_for_an_unknown_bus() -> None:
    plan = plan_of(Node(gpus=(ANY_CARD, ANY_CARD)))
    found = known(link_of(plan, CATALOG, (0, 1), passing=True))
    assert found.name == "PCIe 3.0 x1"
    assert found.assumed is not None


def test_that_a_host_that_is_not_chosen_is_said_to_be_assumed() -> None:
    found = known(link("rtxpro6000", count=2))
    assert found.name == "PCIe 5.0 x16"
    assert found.assumed is not None
    assert "host is not chosen" in found.assumed


def test_that_machines_with_shared_memory_are_no_cards_of_one_node() -> None:
    found = link("gb10", count=2)
    assert isinstance(found, Unknown)
    assert "node of its own" in found.sentence


def test_that_an_all_reduce_takes_the_published_time() -> None:
    # 1 + 0.15 (TP - 2) times 29, 13 and 5.5 us, and a ring's share of the message.
    pcie3 = known(link("rtx3090", count=4, card_link="pcie3-x16"))
    assert all_reduce_s(pcie3, 2, 0) == pytest.approx(29e-6)
    assert all_reduce_s(pcie3, 4, 0) == pytest.approx(29e-6 * 1.3)
    pcie5 = known(link("rtxpro6000", count=2, host="wrx90-7965wx"))
    assert all_reduce_s(pcie5, 2, 0) == pytest.approx(13e-6)
    assert all_reduce_s(pcie5, 2, 31.1e9) == pytest.approx(1.0, rel=0.01)
    assert all_reduce_s(known(link("h200", count=8)), 2, 0) == pytest.approx(5.5e-6)


_ORDERED = ["pcie3-x1", "pcie3-x4", "pcie3-x8", "pcie3-x16"]
_GENERATIONS = ["pcie3-x16", "pcie4-x16", "pcie5-x16", "pcie6-x16"]


@given(
    st.sampled_from([_ORDERED, _GENERATIONS]),
    st.integers(2, 8),
    st.floats(0, 1e9),
    st.data(),
)
def test_that_a_faster_link_is_never_slower(
    order: list[str], ranks: int, size: float, data: st.DataObject
) -> None:
    slower, faster = sorted(data.draw(st.lists(st.integers(0, 3), min_size=2, max_size=2)))
    one, other = (
        known(link(ANY_CARD, count=8, card_link=order[index])) for index in (slower, faster)
    )
    assert all_reduce_s(other, ranks, size) <= all_reduce_s(one, ranks, size)
    assert hop_s(other, size) <= hop_s(one, size)
    nvlink = known(link("h100-sxm", count=8))
    assert all_reduce_s(nvlink, ranks, size) <= all_reduce_s(other, ranks, size)


@given(st.floats(0, 1e9), st.data())
def test_that_a_faster_network_is_never_slower(size: float, data: st.DataObject) -> None:
    names = list(CATALOG.networks)
    rows = [data.draw(st.sampled_from(names)) for _ in range(2)]
    node = Node(gpus=("h100-sxm",))
    rows.sort(key=lambda name: CATALOG.networks[name].gbs)
    found = [known(link_of(plan_of(node, node, network=name), CATALOG, (0, 1))) for name in rows]
    if CATALOG.networks[rows[0]].gbs < CATALOG.networks[rows[1]].gbs:
        assert all_reduce_s(found[1], 2, size) <= all_reduce_s(found[0], 2, size)
        assert hop_s(found[1], size) <= hop_s(found[0], size)


def test_that_devices_of_one_board_count_as_positions() -> None:
    node = Node(gpus=("mi250x", "mi250x"), host="sp3-7003")
    assert known(link_of(plan_of(node), CATALOG, (0, 3))).name == "PCIe 4.0 x16"


def test_that_every_link_and_network_has_times_with_a_source() -> None:
    rows = {**CATALOG.links, **CATALOG.networks}
    for name, row in rows.items():
        assert row.all_reduce_us is not None, name
        assert row.hop_us is not None, name
        assert row.timing_source, name


def test_that_cards_without_access_to_one_another_exchange_more_slowly() -> None:
    closed = known(link("rtx4090", count=2, card_link="pcie4-x16"))
    pro = known(link("rtx6000ada", count=2, card_link="pcie4-x16"))
    assert closed.name == pro.name and closed.gbs == pro.gbs
    assert closed.latency_us == pytest.approx(pro.latency_us + NO_PEER_US)
    assert closed.all_reduce_gbs == pytest.approx(pro.all_reduce_gbs * NO_PEER_SHARE)
    assert closed.detour is not None and pro.detour is None
    assert "0.36" in closed.source and closed.confidence is Confidence.UNVERIFIED
    # One such card is enough: the others can reach it through host memory only.
    assert known(link("rtx4090", "rtx3090", card_link="pcie4-x16")).detour is not None
    # Handing on was measured with them.
    plan = plan_of(Node(gpus=("rtx4090",) * 2, card_link="pcie4-x16"))
    assert known(link_of(plan, CATALOG, (0, 1), passing=True)).detour is None


def test_that_tensor_parallel_of_such_cards_counts_it() -> None:
    def rate(card: str) -> float:
        node = Node(gpus=(card,) * 2, card_link="pcie4-x16", display="headless")
        plan = plan_of(node).replace(
            model="gpt-oss-20b",
            deployment=Deployment(
                engine="vllm", cache_type_k="auto", cache_type_v="auto", tensor_parallel=2
            ),
        )
        found = evaluate(plan, CATALOG)
        assert found.speed.decode_tokens_per_s is not None, found.reasons
        return 1.0 / found.speed.decode_tokens_per_s.expected

    catalog_row = CATALOG.gpu("rtx4090")
    assert has_no_peer_access(catalog_row)
    # Two all-reduces a layer; the memory of the RTX 6000 Ada is 5 % slower.
    layers = CATALOG.model("gpt-oss-20b").architecture.layers
    assert rate("rtx4090") - rate("rtx6000ada") > 0.8 * 2 * layers * NO_PEER_US * 1e-6
