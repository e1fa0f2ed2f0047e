"""The strip of figures on the first page."""

from __future__ import annotations

from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.plan import Node
from moeplanner_gui.ui.export.answer import figures_of
from tests.ui.export.printed_plans import CATALOG, flash


def test_that_a_size_beyond_1000_gib_has_room_in_its_box() -> None:
    node = Node(host="sp5-9004", ram_gib=512, gpus=("rtxpro6000",) * 8)
    plan = flash(node).replace(model="deepseek-v4-pro", weights="bf16")
    sizes = {label: value for label, value, _ in figures_of(plan, evaluate(plan, CATALOG), CATALOG)}
    number = sizes["Weights"].removesuffix(" GiB")
    assert len(number) == 5 and number[1] == "," and "." not in number
