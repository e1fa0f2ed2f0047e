"""The editor of links, memory speed and power limit, by mouse and keyboard, on the estimator."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton

from moeplanner_gui.catalog.load import load_catalog
from moeplanner_gui.core import edits
from moeplanner_gui.core.assess import evaluate
from moeplanner_gui.core.plan import CustomCard, CustomSlot, Deployment, Node, Plan, Rig
from moeplanner_gui.export.plan_file import plan_from_json, plan_to_json
from moeplanner_gui.ui.rig_builder.links_edit import FIELDS
from moeplanner_gui.ui.rig_builder.links_editor import LinksEditor

OWN = CustomSlot(custom=CustomCard(name="own", memory_mib=49_152))


@pytest.fixture(scope="module")
def shipped():
    return load_catalog()


@pytest.fixture
def catalog(shipped):
    """The real rows: the preview evaluates."""
    return shipped


@pytest.fixture
def make(make_stage):
    stages = []

    def build(*cards, nodes=1, host="am5-5600", model="qwen3.5-35b-a3b", **node):
        row = Node(gpus=cards, ram_gib=64, host=host, **node)
        plan = Plan(model=model, weights="awq-int4", rig=Rig(nodes=(row,) * nodes))
        options = Deployment(
            engine="vllm", tensor_parallel=2, cache_type_k="auto", cache_type_v="auto"
        )
        # Kept: a window that nobody holds goes away with its editor.
        stages.append(make_stage(plan.replace(deployment=options), evaluate))
        return stages[-1]

    return build


def open_editor(stage, qtbot, node=0) -> LinksEditor:
    stage.rig.commands.open_links(node)
    editor = stage.rig.findChildren(LinksEditor)[-1]
    qtbot.waitExposed(editor)
    return editor


def choose(qtbot, box, data) -> None:
    """Pick an entry with the arrow keys."""
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Home)
    for _ in range(box.count()):
        if box.currentData() == data:
            return
        qtbot.keyClick(box, Qt.Key.Key_Down)
    raise AssertionError(f"{data} cannot be chosen")


def type_into(qtbot, editor, field, text) -> None:
    spin = editor.spins[field]
    spin.setFocus()
    spin.selectAll()
    qtbot.keyClicks(spin, text)


def node(stage, index=0) -> Node:
    return stage.document.plan.rig.nodes[index]


def reset(editor, field) -> QPushButton:
    return editor.findChild(QPushButton, f"{field}-reset")


def test_that_the_host_s_own_values_are_shown_before_anything_is_edited(make, qtbot) -> None:
    editor = open_editor(make("rtx3090", "rtx3090"), qtbot)
    assert editor.heading.text() == (
        "AMD AM5 (Ryzen 7000/9000) DDR5-5600: 2 × DDR5-5600, 90 GB/s peak, 65 GB/s measured; "
        "PCIe 5.0, 16 lanes for cards."
    )
    assert editor.spins["memory_mt_s"].text() == "5,600 MT/s"
    assert editor.spins["memory_channels"].text() == "2"
    assert editor.spins["memory_gbs"].text() == "not measured"
    assert editor.spins["power_limit_w"].text() == "350 W"
    assert editor.boxes["card_link"].currentText() == "As card and slot allow: PCIe 4.0 x8"
    assert editor.notes["card_link"].text() == "Runs at PCIe 4.0 x8: 2 cards share 16 lanes."
    assert not any(reset(editor, field).isVisible() for field in FIELDS)


def test_that_every_field_is_edited_by_keyboard_and_applied_as_one_undo_step(make, qtbot) -> None:
    stage = make("rtx3090", "rtx3090")
    before = stage.document.plan
    editor = open_editor(stage, qtbot)
    choose(qtbot, editor.boxes["card_link"], "pcie3-x8")
    choose(qtbot, editor.boxes["nvlink"], True)
    type_into(qtbot, editor, "memory_mt_s", "4800")
    type_into(qtbot, editor, "memory_channels", "1")
    type_into(qtbot, editor, "memory_gbs", "31.5")
    type_into(qtbot, editor, "power_limit_w", "250")
    assert stage.document.plan == before
    assert all(reset(editor, field).isVisible() for field in FIELDS)
    qtbot.mouseClick(editor.ok, Qt.MouseButton.LeftButton)
    assert not editor.isVisible()
    row = node(stage)
    assert [getattr(row, field) for field in FIELDS] == ["pcie3-x8", True, 4800, 1, 31.5, 250.0]
    assert stage.document.undo_stack.undoText() == "Edit links and memory speed of Workstation"
    assert stage.document.undo_stack.count() == 1
    assert plan_from_json(plan_to_json(stage.document.plan)) == stage.document.plan
    stage.document.undo_stack.undo()
    assert stage.document.plan == before


def test_that_the_speed_that_follows_is_shown_beside_the_speed_now(make, qtbot) -> None:
    editor = open_editor(make("rtx3090", "rtx3090"), qtbot)
    assert "now" not in editor.speed.text()
    before = editor.speed.text()
    choose(qtbot, editor.boxes["nvlink"], True)
    assert editor.speed.text().startswith("Decode: ")
    assert editor.speed.text() != before
    assert ", now " in editor.speed.text()
    assert editor.answer.text().startswith("Fits.")


def test_that_a_number_counts_as_it_is_typed(make, qtbot) -> None:
    stage = make("rtx3090", "rtx3090")
    editor = open_editor(stage, qtbot)
    type_into(qtbot, editor, "power_limit_w", "2")
    assert editor.speed.text() == "Decode: –"
    assert "nobody measured a limit as low" in editor.answer.text()
    type_into(qtbot, editor, "power_limit_w", "280")
    assert editor.speed.text().startswith("Decode: ")
    qtbot.keyClick(editor.spins["power_limit_w"], Qt.Key.Key_Return)
    assert not editor.isVisible()
    assert node(stage).power_limit_w == 280.0


def test_that_what_the_host_has_anyway_is_no_edit(make, qtbot) -> None:
    stage = make("rtx3090", memory_mt_s=4800)
    editor = open_editor(stage, qtbot)
    type_into(qtbot, editor, "memory_mt_s", "5600")
    qtbot.mouseClick(editor.ok, Qt.MouseButton.LeftButton)
    assert node(stage).memory_mt_s is None


def test_that_use_the_default_takes_one_edit_back_and_keeps_the_focus(make, qtbot) -> None:
    stage = make("rtx3090", "rtx3090", nvlink=True, power_limit_w=250.0)
    editor = open_editor(stage, qtbot)
    qtbot.mouseClick(reset(editor, "nvlink"), Qt.MouseButton.LeftButton)
    assert editor.boxes["nvlink"].currentText() == "No bridge: over PCIe"
    assert not reset(editor, "nvlink").isVisible()
    assert reset(editor, "power_limit_w").isVisible()
    qtbot.mouseClick(editor.ok, Qt.MouseButton.LeftButton)
    assert (node(stage).nvlink, node(stage).power_limit_w) == (None, 250.0)


def test_that_cancel_and_escape_change_nothing(make, qtbot) -> None:
    stage = make("rtx3090", "rtx3090")
    editor = open_editor(stage, qtbot)
    choose(qtbot, editor.boxes["nvlink"], True)
    qtbot.mouseClick(editor.cancel, Qt.MouseButton.LeftButton)
    again = open_editor(stage, qtbot)
    choose(qtbot, again.boxes["card_link"], "pcie3-x1")
    qtbot.keyClick(again, Qt.Key.Key_Escape)
    assert stage.document.undo_stack.count() == 0


def test_that_a_limit_above_the_card_s_own_cannot_be_applied(make, qtbot) -> None:
    editor = open_editor(make("rtx3090", "rtx3090"), qtbot)
    type_into(qtbot, editor, "power_limit_w", "500")
    assert editor.answer.text() == (
        "The cards take 350 W at most; a limit above it limits nothing."
    )
    assert not editor.ok.isEnabled()
    type_into(qtbot, editor, "power_limit_w", "300")
    assert editor.ok.isEnabled()
    assert "leaves about 99% of decode" in editor.notes["power_limit_w"].text()


@pytest.mark.parametrize(
    ("cards", "words", "count"),
    [
        (("h200", "h200"), "NVLink, built in, 900 GB/s", 2),
        (("mi300x",) * 2, "Infinity Fabric, built in, 896 GB/s", 2),
        (("rtx3090",) * 3, "No bridge: over PCIe", 2),
        (("rtx4090",) * 2, "These cards have PCIe only", 1),
        (("rtx3090",), "One card only", 1),
    ],
)
def test_that_the_link_between_cards_offers_what_these_cards_can_have(
    make, qtbot, cards, words, count
) -> None:
    box = open_editor(make(*cards), qtbot).boxes["nvlink"]
    assert box.currentText() == words
    assert box.count() == count
    assert box.isEnabled() == (count > 1)


def test_that_bridges_say_which_cards_they_join(make, qtbot) -> None:
    editor = open_editor(make(*("rtx3090",) * 5), qtbot)
    choose(qtbot, editor.boxes["nvlink"], True)
    assert editor.notes["nvlink"].text() == (
        "Joins slots 1 and 2, slots 3 and 4. Between the pairs it is PCIe."
    )


def test_that_without_a_host_and_with_own_cards_it_says_what_to_enter(make, qtbot) -> None:
    editor = open_editor(make(OWN, OWN, host=None), qtbot)
    assert "No host is chosen" in editor.heading.text()
    assert editor.spins["memory_mt_s"].text() == "not known"
    assert editor.notes["card_link"].text() == "The bus of own is not known: choose the link."
    type_into(qtbot, editor, "memory_mt_s", "6000")
    assert editor.notes["memory_gbs"].text().startswith("Unknown, because no host is chosen.")
    type_into(qtbot, editor, "memory_channels", "2")
    assert editor.notes["memory_gbs"].text().startswith("82 GB/s count. 2 × DDR-6000")


def test_that_a_link_that_is_not_offered_is_still_shown(make, qtbot) -> None:
    stage = make("rtx4090", "rtx4090", nvlink=True)
    editor = open_editor(stage, qtbot)
    assert editor.boxes["nvlink"].currentText() == "True: not possible here"
    qtbot.mouseClick(reset(editor, "nvlink"), Qt.MouseButton.LeftButton)
    assert editor.boxes["nvlink"].currentText() == "These cards have PCIe only"


def test_that_all_nodes_get_the_same_in_one_step(make, qtbot) -> None:
    stage = make("rtx3090", "rtx3090", nodes=2)
    editor = open_editor(stage, qtbot, 1)
    assert editor.apply_all.isVisible()
    choose(qtbot, editor.boxes["nvlink"], True)
    qtbot.mouseClick(editor.apply_all, Qt.MouseButton.LeftButton)
    assert [node(stage, index).nvlink for index in (0, 1)] == [True, True]
    assert stage.document.undo_stack.count() == 1
    assert editor.isVisible()


def test_that_undo_while_the_editor_is_open_is_shown_in_it(make, qtbot) -> None:
    stage = make("rtx3090", "rtx3090")
    editor = open_editor(stage, qtbot)
    type_into(qtbot, editor, "power_limit_w", "250")
    qtbot.mouseClick(editor.apply_one, Qt.MouseButton.LeftButton)
    stage.document.undo_stack.undo()
    assert editor.spins["power_limit_w"].text() == "350 W"


def test_that_the_editor_closes_when_its_node_is_taken_away(make, qtbot) -> None:
    stage = make("rtx3090", nodes=2)
    editor = open_editor(stage, qtbot, 1)
    stage.document.apply("Remove", edits.remove_node(stage.document.plan, 1))
    assert not editor.isVisible()


def test_that_the_editor_opens_by_key_and_menu(make, qtbot) -> None:
    stage = make("rtx3090", "rtx3090", nodes=2)
    action = stage.actions.get("rig.node_links")
    assert action.shortcut().toString() == "Ctrl+Shift+L"
    stage.document.select(1, 0)
    QApplication.processEvents()
    action.trigger()
    assert titles(stage) == ["Links and memory speed of Node 2"]
    menu = stage.rig.commands.node_menu(stage.rig, 0)
    next(a for a in menu.actions() if a.text() == "Links and memory speed…").trigger()
    assert titles(stage)[-1] == "Links and memory speed of Node 1"


def titles(stage) -> list[str]:
    return [editor.windowTitle() for editor in stage.rig.findChildren(LinksEditor)]


def test_that_every_field_has_a_name_and_tells_what_it_is_for(make, qtbot) -> None:
    editor = open_editor(make("rtx3090"), qtbot)
    for field in FIELDS:
        widget = editor.boxes.get(field) or editor.spins[field]
        assert widget.accessibleName()
        assert widget.toolTip()
        assert reset(editor, field).accessibleName().startswith("Use the default for")


def test_that_the_editor_paints_in_both_themes(make, qtbot) -> None:
    stage = make("rtx3090", "rtx3090")
    editor = open_editor(stage, qtbot)
    for mode in ("dark", "light"):
        stage.themes.set_mode(mode)
        assert not editor.grab().isNull()


def test_that_only_links_that_a_card_has_are_offered(make, qtbot) -> None:
    def offered(*cards) -> set[str]:
        box = open_editor(make(*cards), qtbot).boxes["card_link"]
        return {box.itemData(index) for index in range(1, box.count())}

    assert "pcie4-x16" in offered("rtx3090")
    assert not any(name.startswith(("pcie5", "pcie6")) for name in offered("rtx3090"))
    assert not any(name.endswith("x16") for name in offered("rtx4060ti-16"))
    assert "pcie6-x16" in offered(OWN)


def test_that_the_head_of_a_node_says_what_was_set(make) -> None:
    stage = make("rtx3090", "rtx3090", nvlink=True, power_limit_w=250.0)
    host = stage.rig.canvas.panels[0].row.host
    assert host.endswith("64 GiB · NVLink bridges · cards limited to 250 W")
