"""Parts besides cards: what the list shows of them, and what putting one into a computer does."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import QMimeData, Qt

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.bill import bill
from moeplanner_gui.core.plan import Node, Plan, Rig
from moeplanner_gui.ui.drag import PART_MIME, PartDrag, from_mime, to_mime
from moeplanner_gui.ui.drops import OffRig, OnNewNode, OnNode, plan_drop
from moeplanner_gui.ui.parts.rows import filtered, part_rows

ROMED, H12 = "board-sp3-asrock-romed8-2t", "board-sp3-supermicro-h12ssl-ct-used"
SP5, RDIMM = "board-sp5-supermicro-h13ssl-n", "ddr4-rdimm-per-gb"
GROUPS = [
    "Motherboards", "Processors", "Memory", "Power supplies", "Cases", "Disks",
    "Risers and bridges", "Network",
]  # fmt: skip


@pytest.fixture(scope="module")
def catalog():
    return load_catalog()


@pytest.fixture
def plan():
    server = Node(host="sp3-7003", ram_gib=256, gpus=("rtx3090", "rtx3090"))
    return Plan(model="qwen3-30b-a3b", weights="q4_k_m", rig=Rig(nodes=(server, Node())))


@pytest.fixture
def stage(make_stage, plan):
    return make_stage(plan, evaluate)


def parts_of(plan, node=0):
    return {part.part: part.count for part in plan.rig.nodes[node].parts or ()}


def drop(plan, catalog, part, node=0, size=None):
    return plan_drop(plan, PartDrag(part, size), OnNode(node), catalog)


def test_that_parts_stand_in_their_groups_after_the_hosts(catalog):
    groups = list(dict.fromkeys(row.group for row in part_rows(catalog)))
    at = groups.index("Hosts")
    assert groups[at + 1 : at + 9] == GROUPS


def test_that_a_row_has_the_figures_that_matter_and_says_what_nobody_checked(catalog):
    rows = {row.id: row for row in part_rows(catalog)}
    assert rows[ROMED].detail == "? 7 × x16 PCIe 4.0 · SP3 · 8 DIMM"
    assert "Not verified: hosts, socket" in rows[ROMED].tip
    assert rows["psu-1600-w"].detail == "1,600 W · ? Gold" and rows["psu-1600-w"].usd == "600"
    assert rows["nvme-consumer-per-tb"].usd == "142/TB"
    assert rows[f"{RDIMM}:64"].usd == "851" and "$13.30 a GB" in rows[f"{RDIMM}:64"].detail
    assert rows["nvlink-bridge-rtx3090"].usd == "–"


@pytest.mark.parametrize(
    ("text", "chip", "found"),
    [
        ("1600 w", "All", ["1,600 W, Gold or better", "Seasonic PRIME TX-1600"]),
        ("sp3 motherboard asrock", "Parts", ["ASRock Rack ROMED8-2T (SP3)"]),
        ("sp3 motherboard asrock", "Hosts", []),
        ("power supply titanium 2000", "All", ["2,000 W, Titanium"]),
    ],
)
def test_that_search_and_filter_find_parts(catalog, text, chip, found):
    assert [row.name for row in filtered(part_rows(catalog), text, chip)] == found


def test_that_a_part_travels_as_mime_data_and_damaged_data_is_no_part():
    for payload in (PartDrag(ROMED), PartDrag(RDIMM, 64)):
        assert from_mime(to_mime(payload, "a part")) == payload
    for bad in ({"part": ""}, {"part": 3}, {"part": ROMED, "module_gb": "64"}, [], {}):
        mime = QMimeData()
        mime.setData(PART_MIME, json.dumps(bad).encode())
        assert from_mime(mime) is None


def test_that_the_drop_says_what_it_replaces_and_what_it_makes_of_the_computer(plan, catalog):
    board = drop(plan, catalog, H12)
    assert board.text == "Replace ASRock Rack ROMED8-2T by Supermicro H12SSL-CT"
    assert board.heading.startswith("Drop to have Supermicro H12SSL-CT instead of")
    other = drop(plan, catalog, SP5)
    assert other.heading == "Drop to make it EPYC 9004 with Supermicro H13SSL-N"
    memory = drop(plan, catalog, RDIMM, size=64)
    assert memory.heading == "Drop to fill it with 8 × 64 GB: 512 GiB"
    assert memory.plan.rig.nodes[0].ram_gib == 512


def test_that_the_ghost_says_that_a_guess_makes_room_and_that_the_next_one_adds(plan, catalog):
    first = drop(plan, catalog, "psu-1600-w")
    assert first.heading.startswith("Drop to have 1,600 W instead of the assumed ")
    second = drop(first.plan, catalog, "psu-1600-w")
    assert second.heading == "Drop to add 1,600 W, 2 of them then"
    case = drop(first.plan, catalog, "case-full-tower")
    assert case.heading == "Drop to choose Full tower, assumed until now"
    chosen = drop(case.plan, catalog, "open-8-gpu-frame").heading
    assert "instead of Full tower" in chosen and "assumed" not in chosen
    disk = drop(plan, catalog, "nvme-consumer-per-tb")
    assert disk.heading == "Drop to choose 1 TB NVMe disk, assumed until now"
    assert drop(disk.plan, catalog, "nvme-consumer-per-tb").heading == (
        "Drop to add NVMe disk, 2 TB then"
    )


def test_that_the_ghost_counts_what_makes_room(plan, catalog):
    many = plan.rig.nodes[0].model_copy(update={"gpus": ("rtx3090",) * 8})
    eight = plan.replace(rig=plan.rig.model_copy(update={"nodes": (many,)}))
    assumed = next(line for line in bill(eight, catalog) if line.kind == "psu")
    assert assumed.count > 1 and assumed.part_id != "psu-850-w"
    heading = drop(eight, catalog, "psu-850-w").heading
    assert f"instead of the assumed {assumed.count} × " in heading
    disk = drop(plan, catalog, "nvme-u-2-enterprise-per-tb-used").heading
    assert "instead of the assumed 1 TB NVMe disk" in disk


def test_that_parts_beside_a_dropped_one_are_still_called_assumed(stage, event_drag):
    drag = event_drag(stage.rig, to_mime(PartDrag("psu-1600-w"), "supply"))
    at = stage.at(stage.slot(0, 0))
    assert drag.enter(at) and drag.move(at) and drag.drop(at)
    stage.settle()
    line = stage.rig.canvas.panels[0].parts
    words = {piece.words: piece.assumed for piece in line.parts.pieces}
    assert words["1,600 W"] is False and words["Full tower"] is True
    assert "Full tower, assumed" in line.accessibleName()


def test_that_refusals_say_why(plan, catalog):
    chosen = drop(plan, catalog, "cpu-epyc-7763-64c-used").plan
    assert "socket SP3" in drop(chosen, catalog, SP5).refused
    assert "already" in drop(chosen, catalog, "cpu-epyc-7763-64c-used").refused
    assert "takes DDR4 RDIMM" in drop(plan, catalog, "ddr5-udimm-per-gb", size=32).refused
    assert drop(plan, catalog, "no-such-part").refused
    assert plan_drop(plan, PartDrag("psu-850-w"), OnNewNode(), catalog).refused
    assert plan_drop(plan, PartDrag("psu-850-w"), OffRig(), catalog).refused


def test_that_a_board_on_the_free_place_makes_a_computer(plan, catalog):
    made = plan_drop(plan, PartDrag(SP5), OnNewNode(), catalog)
    assert made.plan.rig.nodes[2].host == "sp5-9004"
    assert SP5 in parts_of(made.plan, 2)


def test_that_a_host_dropped_on_chosen_parts_changes_board_and_processor(plan, catalog):
    from moeplanner_gui.ui.drag import HostDrag

    chosen = drop(plan, catalog, "psu-1600-w").plan
    changed = plan_drop(chosen, HostDrag("sp5-9355"), OnNode(0), catalog).plan
    assert SP5 in parts_of(changed) and ROMED not in parts_of(changed)
    assert parts_of(changed)["psu-1600-w"] == 1


def test_that_enter_builds_the_selected_part_into_the_selected_node(stage, qtbot):
    stage.parts.filters.choose("Parts")
    stage.document.select(0, 1)
    stage.parts.select("psu-1600-w")
    qtbot.keyClick(stage.parts.tree, Qt.Key.Key_Return)
    stage.settle()
    assert parts_of(stage.document.plan)["psu-1600-w"] == 1
    assert stage.document.undo_stack.count() == 1
    stage.document.undo_stack.undo()
    assert stage.document.plan.rig.nodes[0].parts is None


def test_that_a_drag_over_a_slot_is_a_drag_onto_its_computer(stage, event_drag):
    drag = event_drag(stage.rig, to_mime(PartDrag("psu-1600-w"), "supply"))
    at = stage.at(stage.slot(0, 0))
    assert drag.enter(at) and drag.move(at)
    head = stage.rig.canvas.panels[0].head
    assert head.drop_text.startswith("Drop to have 1,600 W instead of")
    assert "power supply" in head.drop_text and "$" in head.drop_text
    labels = [row.label for row in stage.rig.site.panel.rows]
    assert "Hardware" in labels and "Power supply" in labels
    assert stage.slot(0, 0).drop_look is None
    drag.leave()
    assert head.drop_text == "" and stage.document.undo_stack.count() == 0


def test_that_a_refused_part_says_so_on_the_computer_and_changes_nothing(stage, event_drag):
    drag = event_drag(stage.rig, to_mime(PartDrag("ddr5-udimm-per-gb", 32), "memory"))
    at = stage.at(stage.rig.canvas.panels[0].head)
    assert not drag.drop(at)
    drag.enter(at)
    assert not drag.move(at)
    head = stage.rig.canvas.panels[0].head
    assert "takes DDR4 RDIMM" in head.drop_text and head.drop_refused
    drag.leave()
    assert stage.document.undo_stack.count() == 0


def test_that_a_dropped_part_is_one_undo_step_and_undo_gives_the_identical_plan(stage, event_drag):
    before = stage.document.plan.model_dump_json()
    drag = event_drag(stage.rig, to_mime(PartDrag(H12), "board"))
    assert drag.drop(stage.at(stage.rig.canvas.panels[0].memory))
    stage.settle()
    kinds = {line.kind for line in bill(stage.document.plan, stage.document.catalog)}
    assert {"board", "cpu", "psu", "case", "disk", "memory"} <= kinds
    stage.document.undo_stack.undo()
    assert stage.document.plan.model_dump_json() == before


def test_that_keys_for_own_rows_do_nothing_on_a_part(stage, qtbot):
    stage.parts.filters.choose("Parts")
    stage.parts.select("psu-1600-w")
    with qtbot.assertNotEmitted(stage.parts.own_wanted):
        qtbot.keyClick(stage.parts.tree, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
        qtbot.keyClick(stage.parts.tree, Qt.Key.Key_F2)


def test_that_the_ghost_says_what_a_part_costs_also_where_another_has_no_price(
    stage, event_drag
) -> None:
    node = stage.document.plan.rig.nodes[0].model_copy(update={"nvlink": True})
    plan = stage.document.plan
    stage.document.apply("x", plan.replace(rig=plan.rig.model_copy(update={"nodes": (node,)})))
    stage.settle()
    drag = event_drag(stage.rig, to_mime(PartDrag("psu-1600-w"), "supply"))
    at = stage.at(stage.slot(0, 0))
    assert drag.enter(at) and drag.move(at)
    words = stage.rig.canvas.panels[0].head.drop_text
    assert "no price for the whole" in words and "$" in words
