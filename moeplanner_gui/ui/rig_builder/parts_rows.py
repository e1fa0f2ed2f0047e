"""What a computer is built of as a line of short words. Knows no widgets."""

from __future__ import annotations

from moeplanner_gui.core.bill import BillLine, node_lines
from moeplanner_gui.core.cost.sentence import known_usd, whole_usd
from moeplanner_gui.core.hardware_cost import cost_of_bill
from moeplanner_gui.core.plan import Node
from moeplanner_gui.core.ports import CatalogReader
from moeplanner_gui.core.records import dataclass
from moeplanner_gui.core.words import lower_first, say
from moeplanner_gui.ui.part_facts import line_words

NO_HOST = say("No host is chosen: board, processor and power supply are not counted.")
_NOT_PARTS = ("card", "memory", "network")


@dataclass(frozen=True)
class PartPiece:
    """One part: ``assumed`` when nobody chose it, ``missing`` when none is there."""

    words: str
    assumed: bool = False
    missing: bool = False


@dataclass(frozen=True)
class NodeParts:
    """The parts of one computer without its cards and memory.

    ``price`` is their sum in words; ``remark`` stands in place of parts where there are none.
    """

    pieces: tuple[PartPiece, ...] = ()
    price: str = ""
    remark: str = ""
    mine: bool = False

    @property
    def any_assumed(self) -> bool:
        """True when nobody chose some of them."""
        return any(piece.assumed for piece in self.pieces)

    @property
    def spoken(self) -> str:
        """All of it in one sentence, for screen readers."""
        words = [
            say("{0}, assumed", p.words)
            if p.assumed
            else (say("no {0}", p.words) if p.missing else p.words)
            for p in self.pieces
        ]
        return "; ".join([*words, self.remark, self.price]).strip("; ")


NO_PARTS = NodeParts()


def node_parts(node: Node, disk_tb: int, catalog: CatalogReader) -> NodeParts:
    """The parts of a computer and what they cost, memory and cards apart; ``disk_tb`` is the
    disk that the plan's weights need.
    """
    lines = node_lines(node, disk_tb, catalog)
    parts = tuple(line for line in lines if line.kind not in _NOT_PARTS)
    if not parts:
        return NodeParts(remark=_remark(node), mine=node.mine)
    return NodeParts(tuple(_piece(line) for line in parts), _price(parts, node), mine=node.mine)


def _remark(node: Node) -> str:
    return "" if node.host is not None or not node.gpus else NO_HOST


def _piece(line: BillLine) -> PartPiece:
    if line.kind == "server":
        return PartPiece(lower_first(line.name))
    if line.kind == "host":
        # The head has its name already.
        return PartPiece(say("board and processor"))
    words = line_words(line).removesuffix(", used")
    if line.part_id is None and line.assumed:
        return PartPiece(say("{0} of unknown size", lower_first(words)), assumed=True)
    if line.part_id is None:
        return PartPiece(lower_first(words), missing=True)
    return PartPiece(words, assumed=line.assumed)


def _price(lines: tuple[BillLine, ...], node: Node) -> str:
    if node.mine and not any(line.to_buy for line in lines):
        return say("here already")
    cost = cost_of_bill(lines)
    if cost.total_usd is not None:
        words = whole_usd(cost.total_usd)
    else:
        words = say("{0} without a price", len(cost.unpriced))
        if cost.known_usd:
            words = f"{known_usd(cost.known_usd)} + {words}"
    return say("{0} to add", words) if node.mine else words
