"""The plans that the monkey plays with besides the sample."""

from __future__ import annotations

from pathlib import Path

from moeplanner_gui.core.plan import Node, Plan, Rig, Workload
from moeplanner_gui.export.plan_file import read_plan


def plan_of(name: str) -> Plan | None:
    """A plan file's plan, or one of as many computers and cards as "64x8" says.

    None, which is the sample, when nothing is named.
    """
    if not name:
        return None
    nodes, found, cards = name.partition("x")
    if found and nodes.isdigit() and cards.isdigit():
        node = Node(host="sp5-9004", ram_gib=512, gpus=("rtxpro6000",) * int(cards))
        rig = Rig(nodes=(node,) * int(nodes), network="100gbe")
        return Plan(model="deepseek-v4-flash", rig=rig, workload=Workload(context_tokens=32_768))
    return read_plan(Path(name))
