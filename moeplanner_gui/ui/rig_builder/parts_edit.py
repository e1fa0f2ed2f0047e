"""What the parts editor edits: what a computer is built of besides its cards. No widgets.

The plan is immutable, so an edit in progress is a plan of its own.
"""

from __future__ import annotations

from dataclasses import replace

from moeplanner_gui.core import part_edits
from moeplanner_gui.core.bill import BillLine, disk_tb_of, memory_module, node_lines
from moeplanner_gui.core.hardware import HostSpec
from moeplanner_gui.core.hardware_cost import HardwareCost, cost_of_bill
from moeplanner_gui.core.memory_kits import MODULE_GB, Kit, channels_of, kit_of, speeds_of
from moeplanner_gui.core.part_rules import PartRefusedError
from moeplanner_gui.core.parts import PartSpec
from moeplanner_gui.core.plan import Node, Plan
from moeplanner_gui.core.ports import CatalogReader, UnknownEntryError
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.part_facts import PART_GROUPS, UNIT_WORDS, part_figures

_ASSUMED = say("Assumed: the usual parts of {}. Choose one and the others are kept as they are.")
_CHOSEN = say(
    "Chosen parts stay the same whatever cards are added; an assumed "
    "supply or disk grows with what is needed."
)
MINE_TIP = say(
    "What it is built of now, or was when it was detected, costs nothing. "
    "What is added later is to be bought; to call that yours too, untick "
    "this and tick it again."
)
NO_HOST = say("Choose a host first: it decides which board and processor are the usual ones.")


@dataclass(frozen=True, slots=True)
class PartsEdit:
    """The parts of one computer being edited. What cannot be is refused in ``refused``."""

    plan: Plan
    node: int
    catalog: CatalogReader
    refused: str = ""

    @property
    def row(self) -> Node:
        """The computer."""
        return self.plan.rig.nodes[self.node]

    @property
    def host(self) -> HostSpec | None:
        """Its platform."""
        return part_edits.host_of(self.row, self.catalog)

    @property
    def heading(self) -> str:
        """Whether its parts were chosen."""
        host = self.host
        if host is None:
            return NO_HOST
        return _CHOSEN if self.row.parts is not None else _ASSUMED.format(host.name)

    def lines(self) -> tuple[BillLine, ...]:
        """Its parts without cards and memory."""
        kinds = ("card", "memory", "network", "server")
        return tuple(line for line in self._bill() if line.kind not in kinds)

    def memory_line(self) -> BillLine | None:
        """Its memory as the bill has it."""
        return next((line for line in self._bill() if line.kind == "memory"), None)

    def cost(self) -> HardwareCost:
        """What all but its cards costs."""
        return cost_of_bill(tuple(line for line in self._bill() if line.kind != "card"))

    def _bill(self) -> tuple[BillLine, ...]:
        return node_lines(self.row, disk_tb_of(self.plan, self.catalog), self.catalog)

    # -- what there is to choose ----------------------------------------------------------

    def choices(self, line: BillLine) -> tuple[tuple[str, str], ...]:
        """Label and id of every part that can take the place of a line's, its own included."""
        found = []
        for row in self.catalog.parts.values():
            kinds = ("board", "computer") if line.kind in ("board", "computer") else (line.kind,)
            if row.kind in kinds and (row.id == line.part_id or self._fits(line, row)):
                found.append((self.label(row), row.id))
        return tuple(found)

    def _fits(self, line: BillLine, row: PartSpec) -> bool:
        try:
            if line.part_id is None:
                put = part_edits.put_part(self.plan, self.node, row.id, self.catalog)
            else:
                put = part_edits.swap_part(self.plan, self.node, line.part_id, row.id, self.catalog)
        except (PartRefusedError, UnknownEntryError):
            return False
        # Another platform is a choice of its own, not one among boards.
        return put.host is None

    def label(self, row: PartSpec) -> str:
        """``"Seasonic PRIME TX-1600 · 1,600 W · Titanium · $572"``."""
        price = self.catalog.price(row.id)
        cost = (
            say("no price") if price is None else say("${0:,.0f}", price.usd) + UNIT_WORDS[row.unit]
        )
        return " · ".join(part for part in (row.name, cost) if part)

    def groups(self) -> tuple[tuple[str, tuple[PartSpec, ...]], ...]:
        """Everything that can be added, group by group; memory has fields of its own."""
        found: dict[str, list[PartSpec]] = {name: [] for name in PART_GROUPS.values()}
        for row in self.catalog.parts.values():
            if row.kind != "memory":
                found[PART_GROUPS[row.kind]].append(row)
        return tuple((name, tuple(rows)) for name, rows in found.items() if rows)

    def why_not(self, row: PartSpec) -> str:
        """Why a part does not go in; empty when it does."""
        return self.with_added(row.id).refused

    def figures(self, row: PartSpec) -> str:
        """The figures of a part."""
        return part_figures(row, self.catalog)

    # -- edits ----------------------------------------------------------------------------

    def with_added(self, part_id: str) -> PartsEdit:
        """One more part."""
        return self._try(
            lambda: part_edits.put_part(self.plan, self.node, part_id, self.catalog).plan
        )

    def with_swapped(self, line: BillLine, part_id: str) -> PartsEdit:
        """Another part in the place of a line's."""
        old = line.part_id
        if old is None:
            return self.with_added(part_id)
        if old == part_id:
            return self
        return self._try(
            lambda: part_edits.swap_part(self.plan, self.node, old, part_id, self.catalog).plan
        )

    def with_count(self, line: BillLine, count: int) -> PartsEdit:
        """Another number of a part; none takes it out."""
        name = line.part_id or ""
        return self._try(
            lambda: part_edits.set_count(self.plan, self.node, name, count, self.catalog)
        )

    def without(self, line: BillLine) -> PartsEdit:
        """The part is taken out."""
        name = line.part_id or ""
        return self._try(lambda: part_edits.remove_part(self.plan, self.node, name, self.catalog))

    def with_usual(self) -> PartsEdit:
        """The usual parts are assumed again."""
        return replace(self, plan=part_edits.usual_parts(self.plan, self.node), refused="")

    def with_mine(self, mine: bool) -> PartsEdit:
        """The computer is there already, or is not."""
        return replace(self, plan=part_edits.set_mine(self.plan, self.node, mine), refused="")

    def with_memory(self, kit: Kit, mt_s: int) -> PartsEdit:
        """Other modules, or the same at another speed."""
        price = self.memory_price_id
        if price is None:
            return replace(self, refused=say("No modules are listed for this host."))
        return self._try(
            lambda: part_edits.put_memory(self.plan, self.node, price, kit, self.catalog, mt_s=mt_s)
        )

    def _try(self, change: object) -> PartsEdit:
        try:
            plan = change()  # type: ignore[operator]
        except (PartRefusedError, UnknownEntryError) as error:
            return replace(self, refused=str(error))
        return replace(self, plan=plan, refused="")

    # -- memory ---------------------------------------------------------------------------

    @property
    def memory_price_id(self) -> str | None:
        """The part that its memory is priced by."""
        return None if self.host is None else memory_module(self.host)[1]

    @property
    def module(self) -> str:
        """The kind of module it takes."""
        return "" if self.host is None else memory_module(self.host)[0]

    @property
    def module_sizes(self) -> tuple[int, ...]:
        """Sizes that such modules are made in, GB."""
        return MODULE_GB.get(self.module, ())

    @property
    def kit(self) -> Kit | None:
        """The equal modules that make its memory, None when none do."""
        return None if self.host is None else kit_of(self.row, self.host, self.module)

    @property
    def most_modules(self) -> int:
        """How many modules can be asked for; the board may refuse fewer."""
        return (
            1
            if self.host is None
            else 2 * max(self.host.channels, channels_of(self.row, self.host))
        )

    @property
    def speeds(self) -> tuple[int, ...]:
        """Speeds that its memory may run at, MT/s."""
        return () if self.host is None else speeds_of(self.host)

    @property
    def speed(self) -> int | None:
        """The speed that its memory runs at, MT/s."""
        return None if self.host is None else (self.row.memory_mt_s or self.host.mt_s)
