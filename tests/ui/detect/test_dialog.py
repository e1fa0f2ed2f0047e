"""Detect my GPUs: nothing changes before it is accepted, and then in one step."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from moeplanner_gui.core.plan import Rig, TunedSlot, card_id
from tests.ui.detect.machines import GIB, MIB, computer, machine, rtx_3090, unknown_card

TWO = machine(rtx_3090(1, 612), rtx_3090(0x21), host=computer())


def words_of(dialog) -> str:
    return " ".join(label.text() for label in dialog.lines.findChildren(QLabel))


def work_on(window) -> None:
    """Do something in the sample, so that it is a plan of the person's own."""
    plan = window.document.plan
    window.document.apply("Name it", plan.replace(name="Mine"))


def wait_for_no_dialog(qtbot, window) -> None:
    qtbot.waitUntil(lambda: window.detection.dialog is None, timeout=5_000)


def test_that_looking_changes_nothing_and_cancel_leaves_the_plan(window, detected, qtbot):
    before = window.document.plan
    dialog = detected(TWO)
    assert dialog.heading.text() == "Found 2 × RTX 3090, 125 GiB DDR4, PCIe 4.0 x8/x8"
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    wait_for_no_dialog(qtbot, window)
    assert window.document.plan is before
    assert not window.document.undo_stack.canUndo()


def test_that_accepting_adds_one_computer_in_one_step(window, detected):
    work_on(window)
    before = window.document.plan
    dialog = detected(TWO)
    assert dialog.add.text() == "Add as “This computer”" and dialog.add.isDefault()
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    plan = window.document.plan
    assert plan.rig.nodes[:-1] == before.rig.nodes
    node = plan.rig.nodes[-1]
    assert [card_id(card) for card in node.gpus] == ["rtx3090", "rtx3090"]
    assert node.gpus[0].memory.other_mib == 612
    assert node.detected is not None and node.ram_gib == 125
    assert window.document.undo_stack.count() == 2
    window.document.undo_stack.undo()
    assert window.document.plan == before


def test_that_an_untouched_sample_gives_way_to_the_computer(window, detected):
    before = window.document.plan
    dialog = detected(TWO)
    assert dialog.add.text() == "Use instead of the sample"
    assert dialog.replace.text() == "Add as second"
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert [node.name for node in window.document.plan.rig.nodes] == ["This computer"]
    window.document.undo_stack.undo()
    assert window.document.plan == before


def test_that_the_computer_can_be_added_to_an_untouched_sample(window, detected):
    before = window.document.plan
    detected(TWO).replace.click()
    assert window.document.plan.rig.nodes[:-1] == before.rig.nodes


def test_that_a_sample_stays_where_no_card_was_found(window, detected):
    dialog = detected(machine(host=computer()))
    assert dialog.add.text() == "Add as “This computer”"
    work_on(window)
    assert dialog.add.text() == "Add as “This computer”"


def test_that_the_computer_costs_nothing_unless_it_is_said_to_be_bought(window, detected, qtbot):
    detected(TWO).add.click()
    node = window.document.plan.rig.nodes[0]
    assert node.mine
    qtbot.waitUntil(lambda: window.document.assessment.cost.hardware_usd == 0.0, timeout=5_000)
    window.document.undo_stack.undo()
    dialog = detected(TWO)
    assert dialog.lines.mine.isChecked()
    dialog.lines.mine.click()
    dialog.add.click()
    assert not window.document.plan.rig.nodes[-1].mine
    again = detected(TWO)
    assert not again.lines.mine.isChecked()
    again.lines.mine.click()
    again.lines.in_use.click()
    again.add.click()
    assert window.document.plan.rig.nodes[-1].mine


def test_that_return_after_a_failed_driver_looks_again_and_adds_nothing(window, detected, qtbot):
    before = window.document.plan
    dialog = detected(machine(host=computer(), outcome="driver_not_loaded"))
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow, timeout=5_000)
    dialog.look()
    qtbot.waitUntil(lambda: dialog.machine is not None, timeout=10_000)
    assert dialog.focusWidget() is dialog.problems[0].again
    QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog.machine is not None, timeout=10_000)
    assert window.document.plan is before
    assert window.detection.dialog is dialog


def test_that_a_card_that_was_lost_takes_no_card_out_of_the_plan(window, detected):
    detected(TWO).add.click()
    two = window.document.plan
    lost = machine(rtx_3090(1, 612), host=computer())
    nvml = lost.reports[0].model_copy(update={"code": "15, GPU is lost", "detail": "Card 2"})
    partly = lost.model_copy(update={"reports": (nvml, *lost.reports[1:])})
    dialog = detected(partly)
    assert not dialog.add.isEnabled() and "more cards than were found" in dialog.add.toolTip()
    assert window.document.plan is two


def test_that_a_name_cannot_steer_the_dialog(window, detected):
    hostile = unknown_card(1, name="<h1>RTX</h1>\u202e\x1b[31m" + "W" * 10_000)
    dialog = detected(machine(hostile, host=computer(board="<img src=x>")))
    for label in dialog.findChildren(QLabel):
        for steers in ("<h1", "<img", "\u202e", "\x1b"):
            assert steers not in label.text() and steers not in label.toolTip()
    assert len(dialog.heading.text()) < 300
    assert dialog.minimumSizeHint().width() <= 760


def test_that_the_rig_can_be_replaced(window, detected):
    work_on(window)
    dialog = detected(TWO)
    dialog.replace.click()
    assert [node.name for node in window.document.plan.rig.nodes] == ["This computer"]
    assert window.document.undo_stack.undoText() == "Replace the rig with “This computer”"


def test_that_a_second_detection_shows_what_would_change_and_updates(window, detected):
    detected(machine(rtx_3090(1), host=computer(memory_total_bytes=64 * GIB))).add.click()
    dialog = detected(TWO)
    assert dialog.add.text() == "Update “This computer”"
    assert "64 GiB" in words_of(dialog) and "the same" in words_of(dialog)
    nodes = len(window.document.plan.rig.nodes)
    dialog.add.click()
    assert len(window.document.plan.rig.nodes) == nodes
    assert len(window.document.plan.rig.nodes[-1].gpus) == 2


def test_that_a_bad_probe_never_overwrites_what_is_known(window, detected):
    detected(TWO).add.click()
    before = window.document.plan
    dialog = detected(machine(host=computer(), outcome="timed_out", code="no answer"))
    assert not dialog.add.isEnabled() and not dialog.replace.isEnabled()
    assert "stays as it is" in dialog.add.toolTip()
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert window.document.plan is before


def test_that_a_card_left_out_is_not_in_the_node(window, detected):
    dialog = detected(TWO)
    dialog.lines.ticks[0].click()
    dialog.add.click()
    node = window.document.plan.rig.nodes[-1]
    assert len(node.gpus) == len(node.detected.gpus) == 1
    assert node.detected.addresses == ("0000:21:00.0",)


def test_that_memory_in_use_can_be_planned_as_free_again(window, detected):
    dialog = detected(TWO)
    assert "0.6 GiB on 1 card" in words_of(dialog)
    dialog.lines.in_use.click()
    dialog.add.click()
    node = window.document.plan.rig.nodes[-1]
    first = node.gpus[0]
    # The rule for a screen stands then: nobody said that there will be none.
    assert not isinstance(first, TunedSlot) or not first.memory.other_mib
    assert not isinstance(first, TunedSlot) or first.memory.desktop_mib is None
    assert node.system_mib is None


def test_that_an_unknown_card_is_kept_as_own_hardware_and_stays_after_undo(window, detected):
    dialog = detected(machine(unknown_card(), host=computer()))
    assert [link.text() for link in dialog.lines.links][:1] == ["Complete…"]
    dialog.add.click()
    node = window.document.plan.rig.nodes[-1]
    own = card_id(node.gpus[0])
    assert own in window.own.user.gpus
    assert node.detected.gpus == node.gpus
    window.document.undo_stack.undo()
    assert own in window.own.user.gpus
    again = detected(machine(unknown_card(), host=computer()))
    assert not again.proposal.new_cards, "the saved row is found again"


def test_that_a_near_row_can_be_taken_and_the_difference_never_counts_as_more(window, detected):
    small = rtx_3090(1, memory_total_bytes=20480 * MIB, memory_used_bytes=0)
    dialog = detected(machine(small, host=computer()))
    take = next(link for link in dialog.lines.links if "Take RTX 3090 instead" in link.text())
    take.click()
    dialog.add.click()
    slot = window.document.plan.rig.nodes[-1].gpus[0]
    assert slot.gpu == "rtx3090" and slot.memory.other_mib >= 4096
    assert not window.own.user.gpus


def test_that_an_unknown_card_can_be_completed_before_it_is_accepted(window, detected, qtbot):
    dialog = detected(machine(unknown_card(memory_bus_bits=None), host=computer()))
    dialog.lines.links[0].click()
    editor = next(
        one for one in QApplication.topLevelWidgets() if one.objectName() == "card-editor"
    )
    editor.form.set_value("bandwidth_gbs", 936.0)
    editor.save.click()
    dialog.add.click()
    node = window.document.plan.rig.nodes[-1]
    row = window.own.user.gpus[card_id(node.gpus[0])]
    assert row.bandwidth_gbs == 936.0
    assert row.pci_device_ids == ("10DE:2204",), "the next detection finds it"


@pytest.mark.parametrize(
    "outcome", ["driver_not_loaded", "version_mismatch", "no_permission", "timed_out", "crashed"]
)
def test_that_a_failure_says_what_happened_and_offers_ways_on(window, detected, outcome):
    dialog = detected(machine(host=computer(), outcome=outcome, code="9, driver not loaded"))
    panel = dialog.problems[0]
    assert "not changed" in panel.told.text
    assert dialog.heading.text() == "The cards of this computer could not be read"
    panel.copy.click()
    assert panel.told.title in QApplication.clipboard().text()
    assert "unknown" in words_of(dialog) and "none" not in words_of(dialog)
    names = {button.text() for button in panel.findChildren(QPushButton)}
    assert {"Try again", "Copy details", "Type the cards in"} <= names


def test_that_nothing_at_all_is_a_friendly_page_with_nothing_to_accept(window, detected):
    dialog = detected(machine())
    assert dialog.problems and "No GPU" in dialog.problems[0].told.title
    assert not dialog.add.isEnabled() and not dialog.replace.isEnabled()
    assert dialog.cancel.isEnabled() and dialog.again.isEnabled()


def test_that_what_would_fit_is_said_for_this_computer_alone(window, detected, qtbot):
    dialog = detected(TWO)
    qtbot.waitUntil(lambda: bool(dialog.next_part.text()), timeout=30_000)
    text = dialog.next_part.text()
    assert text.startswith("With this computer alone, DeepSeek V4 Flash: does not fit.")
    assert "Cheapest addition: " in text and "$" in text
    assert len(window.document.plan.rig.nodes) == 1


def test_that_an_edit_meanwhile_is_seen(window, detected, qtbot):
    detected(machine(rtx_3090(1), host=computer())).add.click()
    dialog = detected(TWO)
    window.document.undo_stack.undo()
    assert dialog.add.text() == "Add as “This computer”"
    dialog.reject()


def test_that_a_row_that_cannot_be_saved_changes_no_plan(window, detected, own_data):
    own_data.parent.mkdir(parents=True, exist_ok=True)
    own_data.write_text("a file where the folder should be")
    before = window.document.plan
    dialog = detected(machine(unknown_card(), host=computer()))
    dialog.add.click()
    assert window.document.plan is before
    assert "could not be saved" in dialog.error.text
    assert window.detection.dialog is dialog


def test_that_the_empty_rig_offers_to_detect_first(window, detected):
    canvas = window.panes[1].canvas
    assert all(button.isHidden() for button in canvas.empty_buttons)
    window.document.apply("empty", window.document.plan.replace(rig=Rig(nodes=())))
    window.document.flush()
    first, second = canvas.empty_buttons
    assert not first.isHidden() and first.property("primary") and not second.property("primary")
    dialog = detected(TWO)
    assert dialog.replace.isHidden(), "adding and replacing are the same here"
    dialog.add.click()
    window.document.flush()
    assert first.isHidden()


def test_that_everything_is_named_for_a_reader_and_return_on_cancel_cancels(window, detected):
    before = window.document.plan
    dialog = detected(machine(unknown_card(used_mib=300), host=computer()))
    for widget in dialog.findChildren(QPushButton):
        assert widget.accessibleName() and widget.toolTip()
    for tick in (*dialog.lines.ticks.values(), dialog.lines.in_use):
        assert tick.accessibleName() and tick.toolTip()
    assert dialog.probes.accessibleDescription()
    QTest.keyClick(dialog.cancel, Qt.Key.Key_Return)
    assert window.document.plan is before and window.detection.dialog is None
