"""A slot names the bus at which its card runs, not the one printed on its box."""

from __future__ import annotations

import pytest

from moeplanner_gui.catalog.load import Catalog, load_catalog
from moeplanner_gui.core.plan import Node, Plan, Rig
from moeplanner_gui.ui.rig_builder.rig_rows import rig_rows


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


@pytest.mark.parametrize(
    ("node", "place"),
    [
        (Node(gpus=("rtx3090",)), "PCIe 4.0 ×16"),
        (Node(host="am5-5600", gpus=("rtx3090", "rtx3090")), "PCIe 4.0 ×8"),
        (Node(host="am4", gpus=("rtx5090",)), "PCIe 4.0 ×16"),
        (Node(gpus=("rtx5090",), card_link="pcie3-x4"), "PCIe 3.0 ×4"),
        (Node(gpus=("rtx5090",), card_link="no such link"), "PCIe 5.0 ×16"),
    ],
)
def test_that_a_slot_names_the_bus_its_card_runs_at(
    catalog: Catalog, node: Node, place: str
) -> None:
    plan = Plan(model="llama-3.1-8b", rig=Rig(nodes=(node,)))
    assert rig_rows(plan, None, catalog)[0].slots[0].place == place
