"""Cards run as fast as slot, riser, card and host allow, and no faster."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.parts import BoardSlot, PartSpec
from moeplanner_gui.core.plan import Card, CustomCard, CustomSlot, Deployment, Node, Plan, Rig
from moeplanner_gui.core.plan import NodePart as Part
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.speed.buses import bus_of, card_row
from moeplanner_gui.core.speed.card_links import card_links
from moeplanner_gui.core.speed.link_words import link_reason, who_has_what
from tests.core.rigs import CATALOG

DESKTOP = (Part(part="board-am5"),)
RISERS = "riser-set-for-8-gpus-2-quad-oculink-hosts-8-cables-8-adapters"
OWN = CustomSlot(custom=CustomCard(name="own", memory_mib=24_576))


def node(*cards: Card, host: str | None = "am5-5600", **changes: object) -> Node:
    return Node(host=host, ram_gib=128, gpus=cards, display="headless").model_copy(update=changes)


def names(one: Node, catalog: CatalogReader = CATALOG) -> list[str]:
    """``x16`` for each card, with the generation in front."""
    found = (link.bus for link in card_links(one, catalog))
    return ["?" if bus is None else f"{bus.generation}x{bus.width}" for bus in found]


def limits(one: Node) -> set[str]:
    return {link.limit for link in card_links(one, CATALOG)}


@dataclass
class OneBoard:
    """The catalogue with a board of its own."""

    slots: tuple[tuple[int, int, int], ...]
    parts: dict[str, PartSpec] = field(init=False)

    def __post_init__(self) -> None:
        found = tuple(BoardSlot(count=n, gen=gen, lanes=lanes) for n, gen, lanes in self.slots)
        like = CATALOG.parts["board-am5"]
        self.parts = {**CATALOG.parts, "mine": like.model_copy(update={"slots": found})}

    def __getattr__(self, name: str) -> Any:
        return getattr(CATALOG, name)


def board(*slots: tuple[int, int, int]) -> CatalogReader:
    """A catalogue with the board ``mine``; slots are (count, generation, lanes)."""
    catalog: Any = OneBoard(slots)
    found: CatalogReader = catalog
    return found


MINE = (Part(part="mine"),)


def test_that_the_second_card_of_a_desktop_board_has_the_lanes_of_its_slot() -> None:
    two = node("rtx3090", "rtx3090", parts=DESKTOP)
    assert names(two) == ["4x16", "4x4"]
    assert [link.limit for link in card_links(two, CATALOG)] == ["card", "slot"]
    assert not any(link.assumed for link in card_links(two, CATALOG))


def test_that_the_widest_slot_goes_to_the_card_that_can_use_it() -> None:
    assert names(node("rtx5060ti-16", "rtx5090", parts=DESKTOP)) == ["4x4", "5x16"]
    catalog = board((1, 5, 4), (1, 3, 16), (1, 5, 16))
    three = node("rtx3090", "rtx3090", "rtx3090", host="wrx90-7965wx", parts=MINE)
    assert names(three, catalog) == ["4x16", "3x16", "4x4"]
    assert "the widest filled first" in link_reason(three, catalog)


def test_that_the_usual_board_of_a_host_counts_and_is_assumed() -> None:
    usual = node(*("rtxa4000",) * 5, host="sp5-9355", nvlink=None)
    thin = Part(part="case-full-tower")
    assert all(link.assumed for link in card_links(usual, CATALOG))
    chosen = usual.model_copy(update={"parts": (Part(part="board-sp5-supermicro-h13ssl-n"), thin)})
    assert names(chosen) == ["4x16", "4x16", "4x16", "4x8", "4x8"]
    assert not any(link.assumed for link in card_links(chosen, CATALOG))


@pytest.mark.parametrize("host", ["am4", "lga1851", "x299-4ch", "trx40", "xeon-8480", None])
def test_that_an_unknown_board_gives_what_card_and_host_have_and_is_assumed(
    host: str | None,
) -> None:
    two = node("rtx5090", "rtx5090", host=host)
    shared = {"am4": "4x8", "lga1851": "5x8", "x299-4ch": "3x16", "trx40": "4x16"}
    assert names(two) == [shared.get(host or "", "5x16")] * 2
    assert all(link.assumed for link in card_links(two, CATALOG))


def test_that_cards_on_risers_have_the_lanes_of_risers() -> None:
    four = node(*("rtx3090",) * 4, host="sp3-7003")
    assert names(four) == ["4x4"] * 4 and limits(four) == {"riser"}
    assert names(node(*("rtx3090",) * 5)) == ["4x4"] * 5
    # The slots of the board have no lanes for a sixth card.
    assert names(node(*("rtx3090",) * 6)) == ["4x1"] * 6
    two = node("rtxa4000", "rtxa4000", parts=(*DESKTOP, Part(part=RISERS)))
    assert names(two) == ["4x16", "4x4"]


def test_that_risers_that_nobody_chose_say_nothing_of_a_board_that_nobody_knows() -> None:
    eight = node(*("rtx3090",) * 8, host="trx40")
    assert names(eight) == ["4x16"] * 8
    assert names(eight.model_copy(update={"parts": (Part(part=RISERS),)})) == ["4x4"] * 8


def test_that_a_card_without_a_slot_is_no_faster_than_the_narrowest_one() -> None:
    three = node(*("rtxa4000",) * 3, parts=DESKTOP)
    assert names(three) == ["4x16", "4x4", "4x4"]
    assert "without a slot" in link_reason(three, CATALOG)


@pytest.mark.parametrize("link", ["pcie3-x8", "pcie4-x16", "pcie5-x16"])
@pytest.mark.parametrize("parts", [None, DESKTOP, (*DESKTOP, Part(part=RISERS))])
def test_that_a_link_that_was_set_by_hand_wins(link: str, parts: tuple[Part, ...] | None) -> None:
    cards = ("rtx3090",) * 4
    free = Node(gpus=cards, card_link=link)
    fixed = node(*cards, parts=parts, card_link=link)
    assert names(fixed) == names(free) and limits(fixed) == {"chosen"}
    assert not any(one.assumed for one in card_links(fixed, CATALOG))


def test_that_modules_keep_the_links_of_their_own_board() -> None:
    assert names(node(*("h100-sxm",) * 8, host="sp5-9004")) == ["5x16"] * 8


def test_that_a_card_without_a_known_bus_stays_unknown_in_any_slot() -> None:
    assert names(node("rtx3090", OWN, parts=DESKTOP)) == ["4x16", "?"]
    links = card_links(node("rtx3090", OWN, parts=DESKTOP), CATALOG)
    assert who_has_what(links, (0, 1)) == "GPU 1: PCIe 4.0 x16; GPU 2: not known"


CARDS = ("rtx3090", "rtx5090", "rtxpro6000", "rtx5060ti-16", "rtx4090", "rx7900xtx")
SLOTS = st.lists(
    st.tuples(st.just(1), st.integers(3, 5), st.sampled_from((1, 4, 8, 16))),
    min_size=1, max_size=5,
)  # fmt: skip


@given(
    st.lists(st.sampled_from((*CARDS, OWN)), min_size=1, max_size=6),
    st.sampled_from((None, *CATALOG.hosts)),
    SLOTS,
)
def test_that_no_board_gives_a_card_more_than_card_and_host_have(
    cards: list[Card], host: str | None, slots: list[tuple[int, int, int]]
) -> None:
    one = node(*cards, host=host, parts=MINE)
    for slot, link in enumerate(card_links(one, board(*slots))):
        row = card_row(one, slot, CATALOG)
        own = None if row is None else bus_of(row)
        assert (link.bus is None) == (own is None)
        if link.bus is not None and own is not None:
            assert link.bus == link.bus.lesser(own)
            assert host is None or link.bus.generation <= CATALOG.host(host).pcie_gen


def plan_of(one: Node, **options: object) -> Plan:
    return Plan(
        model="gpt-oss-20b",
        weights="native",
        rig=Rig(nodes=(one,)),
        deployment=Deployment.model_validate(options),
    )


VLLM = {"engine": "vllm", "cache_type_k": "auto", "cache_type_v": "auto", "tensor_parallel": 2}
WAYS: tuple[dict[str, object], ...] = (
    {}, {"split": "tensor"}, {"cpu_moe_layers": 20, "tensor_split": (3.0, 1.0)}, VLLM,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(("rtx5090", "rtxpro6000", "rtx4090")),
    st.sampled_from(WAYS),
    st.lists(st.sampled_from((1, 4, 8, 16)), min_size=1, max_size=5),
    st.integers(3, 5),
    st.data(),
)
def test_that_a_narrower_slot_never_speeds_anything_up(
    card: str, way: dict[str, object], lanes: list[int], generation: int, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(lanes) - 1))
    fewer = data.draw(st.sampled_from([width for width in (1, 4, 8, 16) if width <= lanes[at]]))
    # All slots alike: of a wide old and a narrow new one the wider is taken, and answers later.
    older = data.draw(st.integers(3, generation))
    slots = [(1, generation, width) for width in lanes]
    narrower = [(1, older, width) for width in (*lanes[:at], fewer, *lanes[at + 1 :])]
    plan = plan_of(node(card, card, host="wrx90-7965wx", parts=MINE), **way)
    before, after = (evaluate(plan, board(*some)).speed for some in (slots, narrower))
    for name in ("decode_tokens_per_s", "prefill_tokens_per_s", "time_to_first_token_s"):
        wide, narrow = getattr(before, name), getattr(after, name)
        assert wide is not None and narrow is not None, name
        sign = -1 if name == "time_to_first_token_s" else 1
        for end in ("low", "expected", "high"):
            assert sign * getattr(narrow, end) <= sign * getattr(wide, end) * (1 + sign * 1e-9)


def test_that_a_desktop_board_is_not_as_fast_as_full_slots() -> None:
    plan = plan_of(node("rtx5090", "rtx5090", parts=DESKTOP), **VLLM)
    wide = plan_of(node("rtx5090", "rtx5090", card_link="pcie5-x16"), **VLLM)
    slow, fast = (evaluate(one, CATALOG).speed for one in (plan, wide))
    for name in ("decode_tokens_per_s", "prefill_tokens_per_s"):
        assert getattr(slow, name).expected < 0.95 * getattr(fast, name).expected
