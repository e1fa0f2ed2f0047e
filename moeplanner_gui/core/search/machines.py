"""The computers that the catalogue can build: cards, hosts, memory sizes, and what is kept.

The space is finite and written down here, so that what is called the best can be checked by
trying all of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from moeplanner_gui.core.bill import is_module, memory_module, node_lines
from moeplanner_gui.core.bill_line import is_second_hand
from moeplanner_gui.core.bill_network import network_lines
from moeplanner_gui.core.card_rows import row_of
from moeplanner_gui.core.fitting import card_places, has_place
from moeplanner_gui.core.hardware import GpuSpec, HostSpec
from moeplanner_gui.core.plan import Card, Economics, Node, NodePart, Rig, card_id
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.remembered import by_identity
from moeplanner_gui.core.search.terms import Wishes
from moeplanner_gui.core.speed.host_memory import bandwidth_gbs
from moeplanner_gui.core.speed.terms import Unknown
from moeplanner_gui.core.usual_parts import carries_cards, usual_parts

HOST_SIZES_GIB = (32, 64, 96, 128, 192, 256, 288, 384, 512, 576, 768, 1024, 1152, 1536, 2048)
_CHANNEL_GIB: dict[str, tuple[int, ...]] = {
    "DDR5 RDIMM": (16, 24, 32, 48, 64, 96, 128, 192, 256),
    "DDR5 UDIMM": (8, 16, 24, 32, 48, 64, 96, 128),
    "DDR4 RDIMM": (8, 16, 32, 64, 128, 256),
    "DDR4 UDIMM": (4, 8, 16, 32, 64),
}
"""GiB of equal modules that a channel can have (general knowledge, one or two of each size that is
sold): other amounts leave channels empty or unequal, and then run slower than is counted.
"""


@dataclass(frozen=True, slots=True)
class Build:
    """So many computers alike with so many cards of one kind each, whatever their host.

    ``card`` None: no card. ``kept``: the computer that is there, with ``count`` cards added.
    """

    card: str | None
    count: int
    nodes: int = 1
    network: str | None = None
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Machine:
    """A build in a host. ``host`` None: the card is a whole computer, or nobody knows it."""

    build: Build
    host: str | None


def cards_of(wishes: Wishes, catalog: CatalogReader) -> tuple[GpuSpec, ...]:
    """The cards that the wishes allow, in catalogue order."""
    rows = getattr(catalog, "gpus", {}).values()
    return tuple(
        row
        for row in rows
        if (not wishes.vendors or row.vendor in wishes.vendors)
        and not (wishes.quiet and (is_module(row) or not row.has_display))
        and (wishes.used_prices or _is_new_price(row.id, catalog))
    )


def _is_new_price(part_id: str, catalog: CatalogReader) -> bool:
    price = catalog.price(part_id)
    return price is None or price.kind != "used"


@by_identity
def hosts_of(catalog: CatalogReader) -> tuple[HostSpec, ...]:
    """Hosts whose board and processor have a price, in catalogue order."""
    rows: tuple[HostSpec, ...] = tuple(getattr(catalog, "hosts", {}).values())
    return tuple(row for row in rows if host_is_priced(row, catalog))


def host_is_priced(row: HostSpec, catalog: CatalogReader) -> bool:
    """True when a computer of this host can be priced."""
    if catalog.price(row.id) is not None:
        return True
    preset = catalog.presets.get(row.id)
    return preset is not None and all(catalog.price(part.part) for part in preset.parts)


def builds(wishes: Wishes, catalog: CatalogReader) -> Iterator[Build]:
    """All sets of cards that the wishes leave open, in catalogue order."""
    rows = cards_of(wishes, catalog)
    slots = [row for row in rows if not row.unified_memory]
    if wishes.keep is not None:
        yield Build(None, 0, kept=True)
        if not is_own(wishes.keep.gpus, catalog):
            for row in slots:
                for count in range(1, wishes.max_cards - len(wishes.keep.gpus) + 1):
                    yield Build(row.id, count, kept=True)
        return
    networks = [None, *catalog.networks]
    for nodes in range(1, wishes.max_nodes + 1):
        for network in networks[:1] if nodes == 1 else networks[1:]:
            if not wishes.used_prices and _is_used_network(nodes, network, catalog):
                continue
            for row in rows:
                for count in range(1, 2 if row.unified_memory else wishes.max_cards + 1):
                    yield Build(row.id, count, nodes, network)
            yield Build(None, 0, nodes, network)


LIST_PRICE = "msrp"
"""What a maker asked at the launch. While memory is short nobody sells at it: in 2026 an RTX 5090
costs more than twice its own."""


def has_price(build: Build, catalog: CatalogReader, *, list_prices: bool = False) -> bool:
    """False where a part of every computer with such cards has no price: the cards themselves,
    the server that modules sit in, a network. Cards of which nobody says how they are built in
    may go into a server's own board alone, so no computer of parts is offered for them.
    """
    if build.nodes > 1 and not _network_has_price(build, catalog):
        return False
    if build.card is None:
        return True
    row = catalog.gpu(build.card)
    price = catalog.price(row.id)
    if price is None or (price.kind == LIST_PRICE and not list_prices):
        return False
    return row.unified_memory or (has_place(row) and not is_module(row))


def _is_used_network(nodes: int, network: str | None, catalog: CatalogReader) -> bool:
    """True where the network cards of plain computers are sold second-hand."""
    lines = network_lines(Rig(nodes=(Node(),) * nodes, network=network), catalog)
    return any(is_second_hand(line, catalog) for line in lines)


def _network_has_price(build: Build, catalog: CatalogReader) -> bool:
    node = Node(gpus=() if build.card is None else (build.card,) * build.count)
    rig = Rig(nodes=(node,) * build.nodes, network=build.network)
    return all(line.usd is not None for line in network_lines(rig, catalog))


def cards_in(build: Build, wishes: Wishes) -> tuple[Card, ...]:
    """The cards of every computer of a build."""
    there = wishes.keep.gpus if build.kept and wishes.keep is not None else ()
    return there + (() if build.card is None else (build.card,) * build.count)


def is_own(cards: tuple[Card, ...], catalog: CatalogReader) -> bool:
    """True where a card is a whole computer."""
    ids = {name for card in cards if (name := card_id(card)) is not None}
    return any(catalog.gpu(name).unified_memory for name in ids)


def hosts_for(
    build: Build, wishes: Wishes, catalog: CatalogReader, hosts: tuple[HostSpec, ...]
) -> tuple[str | None, ...]:
    """The hosts that a build can be in; the one that is there comes first."""
    if is_own(cards_in(build, wishes), catalog):
        return (None,)
    names: list[str | None] = [host.id for host in hosts]
    if build.kept and wishes.keep is not None:
        names = list(dict.fromkeys((wishes.keep.host, *names)))
    return tuple(
        name
        for name in names
        if _has_room(Machine(build, name), wishes, catalog)
        and (wishes.used_prices or not _needs_used(Machine(build, name), wishes, catalog))
    )


def _needs_used(machine: Machine, wishes: Wishes, catalog: CatalogReader) -> bool:
    """True where the board or processor that a host is taken to have is sold second-hand."""
    name, keep = machine.host, wishes.keep
    if name is None or (keep is not None and name == keep.host):
        return False
    cards = len(cards_in(machine.build, wishes))
    parts = usual_parts(catalog.host(name), cards, catalog)
    rows = (catalog.parts.get(part.part) for part in parts)
    return any(row is not None and row.is_used for row in rows)


_ROOM: dict[tuple[object, ...], tuple[CatalogReader, Node | None, bool]] = {}


def _has_room(machine: Machine, wishes: Wishes, catalog: CatalogReader) -> bool:
    """False where the board has neither slots nor lanes for the cards: nobody can build it.
    Remembered while catalogue and computer are the same objects: it is asked for every way.
    """
    build = machine.build
    if build.card is None:
        return True
    row = catalog.gpu(build.card)
    # Cards as thick as one another find the same place, unless a network card needs one too.
    shape = (row.unified_memory, is_module(row), card_places(row), build.count, build.kept)
    one = build.nodes == 1
    key = (id(catalog), id(wishes.keep), shape if one else build, machine.host)
    known = _ROOM.get(key)
    if known is None:
        if len(_ROOM) >= 16_384:
            _ROOM.clear()
        node = node_of(machine, 0, wishes)
        rows = [row_of(card, catalog) for card in node.gpus]
        rig = Rig(nodes=(node,) * build.nodes, network=build.network)
        others = int(any(line.kind == "nic" for line in network_lines(rig, catalog)))
        known = _ROOM[key] = (catalog, wishes.keep, carries_cards(node, rows, catalog, others))
    return known[2]


def machines(wishes: Wishes, catalog: CatalogReader) -> Iterator[Machine]:
    """All computers that the wishes leave open; a module needs a server, whatever its host."""
    hosts = hosts_of(catalog)
    for build in builds(wishes, catalog):
        for host in hosts_for(build, wishes, catalog, hosts):
            yield Machine(build, host)


def sizes_for(machine: Machine, wishes: Wishes, catalog: CatalogReader) -> tuple[int, ...]:
    """GiB of memory that a machine can have: what is there already, or more that is sold."""
    there = wishes.keep.ram_gib if machine.build.kept and wishes.keep is not None else 0
    if machine.host is None:
        return (there,)
    sold = sizes_of(catalog.host(machine.host))
    if there and wishes.keep is not None and machine.host == wishes.keep.host:
        return (there, *(size for size in sold if size > there))
    return sold


@by_identity
def sizes_of(host: HostSpec) -> tuple[int, ...]:
    """GiB of memory that are sold for a host, the same in every channel."""
    most, channels = host.max_memory_gb, max(host.channels, 1)
    each = _CHANNEL_GIB.get(memory_module(host)[0])
    return tuple(
        size
        for size in HOST_SIZES_GIB
        if (most is None or size <= most)
        and (each is None or (size % channels == 0 and size // channels in each))
    ) or (HOST_SIZES_GIB[0],)


def node_of(machine: Machine, ram_gib: int, wishes: Wishes) -> Node:
    """One computer of a machine."""
    cards = cards_in(machine.build, wishes)
    keep = wishes.keep
    if not machine.build.kept or keep is None:
        return Node(gpus=cards, host=machine.host, display="headless", ram_gib=ram_gib)
    if machine.host == keep.host:
        return keep.model_copy(update={"gpus": cards, "ram_gib": ram_gib, "mine": False})
    # The cards move to another host, with the screen that hangs on them.
    return Node(gpus=cards, host=machine.host, display=keep.display, ram_gib=ram_gib)


def economics_of(wishes: Wishes, catalog: CatalogReader) -> Economics:
    """The economics of a plan: the parts of the computer that is kept are there already, but for
    what it says was added since.
    """
    keep = wishes.keep
    if keep is None:
        return wishes.economics
    disk_tb = max(1, -(-keep.disk_gib * 2**30 // 10**12))
    there: dict[str, int] = {}
    for line in node_lines(keep, disk_tb, catalog):
        if line.part_id is not None:
            # What was added since it was called one's own is still to be bought.
            count = line.mine if keep.mine else line.count
            there[line.part_id] = there.get(line.part_id, 0) + count
    owned: dict[str, int] = {part.part: part.count for part in wishes.economics.owned}
    for name, count in there.items():
        # Who names the parts of his computer as there too has them once.
        owned[name] = max(owned.get(name, 0), count)
    parts = tuple(NodePart(part=part, count=count) for part, count in owned.items() if count)
    return wishes.economics.model_copy(update={"owned": parts})


def fastest_memory_gbs(wishes: Wishes, catalog: CatalogReader) -> float:
    """GB/s of the fastest host memory among the hosts of a search; 0 where none is known."""
    fastest, keep = _fastest_gbs(catalog), wishes.keep
    if keep is not None:
        there = None if keep.host is None else catalog.host(keep.host)
        found = bandwidth_gbs(keep, there, numa_aware=True)
        fastest = fastest if isinstance(found, Unknown) else max(fastest, found.gbs)
    return fastest


@by_identity
def _fastest_gbs(catalog: CatalogReader) -> float:
    found = [bandwidth_gbs(Node(), host, numa_aware=True) for host in hosts_of(catalog)]
    return max((known.gbs for known in found if not isinstance(known, Unknown)), default=0.0)
