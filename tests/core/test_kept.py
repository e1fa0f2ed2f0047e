"""What of a computer is there already."""

from __future__ import annotations

from moeplanner_gui.core.kept import there_of
from moeplanner_gui.core.plan import Node, NodePart, NodeThere


def test_that_ones_own_computer_is_what_it_was_when_it_was_called_so() -> None:
    there = NodeThere(host="am5-6400", ram_gib=64, gpus=("rtx3090",))
    node = Node(host="am5-6400", ram_gib=128, gpus=("rtx3090",) * 3, mine=True, there=there)
    kept = there_of(node, (NodePart(part="rtx3090", count=3),))
    assert kept == Node(host="am5-6400", ram_gib=64, gpus=("rtx3090",), mine=True)
    assert there_of(kept, ()) is kept
