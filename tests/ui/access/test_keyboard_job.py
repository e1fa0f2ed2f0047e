"""The whole job by the keys alone: from a model to a saved plan with its bill and its papers.

Every step is a key event at whatever has the focus. Nothing is clicked, triggered or called; what
is read from the window is read to see whether the key did it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QElapsedTimer, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QLineEdit,
    QMenu,
    QMessageBox,
    QPushButton,
    QTableView,
    QTextBrowser,
    QWidget,
)

from moeplanner_gui.export.plan_file import read_plan

Key, Held = Qt.Key, Qt.KeyboardModifier
CONTROL, SHIFT = Held.ControlModifier, Held.ShiftModifier
NONE = Held.NoModifier


def at() -> QWidget:
    """What hears the next key: a menu or list that is open, else what has the focus."""
    popup = QApplication.activePopupWidget()
    if isinstance(popup, QMenu):
        return popup
    return QApplication.focusWidget() or QApplication.activeModalWidget() or popup


def press(key: Key, held: Held = NONE, times: int = 1) -> None:
    for _ in range(times):
        QTest.keyClick(at(), key, held)
        QApplication.processEvents()


def type_in(text: str) -> None:
    QTest.keyClicks(at(), text)
    QApplication.processEvents()


def tab_to(name: str, most: int = 120) -> QWidget:
    """Press Tab until the widget of this name has the focus."""
    for _ in range(most):
        focus = QApplication.focusWidget()
        if focus is not None and name in (focus.objectName(), focus.accessibleName()):
            return focus
        press(Key.Key_Tab)
    raise AssertionError(f"Tab never came to {name}")


class Answers:
    """Keys for dialogs that have to be answered before the program goes on.

    Such a dialog runs a loop of its own, so that what is pressed in it has to wait in a timer.
    """

    def __init__(self) -> None:
        self._steps: list[tuple[type, Callable[[QWidget], object]]] = []
        self.given: list[str] = []
        self._timer = QTimer(interval=20)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def expect(self, kind: type, answer: Callable[[QWidget], object]) -> None:
        """Give this answer to the next dialog of a kind."""
        self._steps.append((kind, answer))

    def _look(self) -> None:
        modal = QApplication.activePopupWidget() or QApplication.activeModalWidget()
        if not self._steps or modal is None or not isinstance(modal, self._steps[0][0]):
            return
        if not modal.isVisible() or not (QApplication.focusWidget() or isinstance(modal, QMenu)):
            modal.activateWindow()
            return
        _, answer = self._steps.pop(0)
        self.given.append(type(modal).__name__)
        answer(modal)

    def stop(self) -> None:
        self._timer.stop()


@pytest.fixture
def answers() -> Iterator[Answers]:
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs, True)
    answers = Answers()
    yield answers
    answers.stop()
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs, False)


def wait_for(front, condition: Callable[[], object], ms: int = 60_000) -> None:
    clock = QElapsedTimer()
    clock.start()
    while not condition():
        assert clock.elapsed() < ms, "it never came about"
        QTest.qWait(10)


def name_file(path) -> Callable[[QWidget], object]:
    def answer(dialog: QWidget) -> None:
        assert isinstance(dialog, QFileDialog)
        assert isinstance(QApplication.focusWidget(), QLineEdit)
        press(Key.Key_A, CONTROL)
        type_in(str(path))
        assert QApplication.focusWidget().text() == str(path)
        press(Key.Key_Return)

    return answer


def in_front(front) -> None:
    """What a window manager does when a dialog closes."""
    front.activateWindow()
    wait_for(front, lambda: QApplication.activeWindow() is front, 5_000)
    wait_for(front, lambda: QApplication.focusWidget() is not None, 5_000)


def test_that_the_whole_job_is_done_without_a_mouse(front, answers, tmp_path) -> None:
    document = front.document
    front.files.ask_unsaved = front.files._ask_unsaved  # as a person has it
    press(Key.Key_N, CONTROL)  # an empty rig
    assert document.plan.rig.nodes == () or not any(n.gpus for n in document.plan.rig.nodes)

    # A model by its name.
    press(Key.Key_M, CONTROL)
    type_in("qwen3 30b a3b")
    press(Key.Key_Return)
    assert document.plan.model == "qwen3-30b-a3b"

    # A computer and two cards: one from Parts, the second as its copy; then moved along.
    press(Key.Key_F, CONTROL)
    type_in("rtx 5090")
    press(Key.Key_Return)
    assert [len(node.gpus) for node in document.plan.rig.nodes] == [1]
    press(Key.Key_F6, SHIFT)
    tab_to("slot-0-0")
    press(Key.Key_Space)
    press(Key.Key_D, CONTROL)
    assert [len(node.gpus) for node in document.plan.rig.nodes] == [2]
    document.flush()

    # Context: by the slider, then exactly.
    before = document.plan.workload.context_tokens
    tab_to("context_slider")
    press(Key.Key_PageDown)
    assert document.plan.workload.context_tokens == before // 2
    number = tab_to("context_number")
    press(Key.Key_A, CONTROL)
    type_in("20000")
    press(Key.Key_Return)
    assert document.plan.workload.context_tokens == 20_000
    document.flush()
    assert document.assessment.fits
    press(Key.Key_Tab)
    assert QApplication.focusWidget() is not number

    # The memory table, cell by cell, and why a figure is what it is.
    press(Key.Key_1, CONTROL)
    table = tab_to("memory_table")
    assert isinstance(table, QTableView)
    press(Key.Key_Down, times=2)
    press(Key.Key_Right)
    assert table.currentIndex().isValid()
    press(Key.Key_Return)
    assert front.explain.isVisible()
    assert len(front.explain.findChild(QTextBrowser).toPlainText()) > 40
    press(Key.Key_Escape)
    assert not front.explain.isVisible()

    # Every tab.
    for number_key, tab in (
        (Key.Key_2, "context"), (Key.Key_3, "speed"), (Key.Key_4, "cost"), (Key.Key_5, "checks"),
        (Key.Key_6, "reality"),
    ):  # fmt: skip
        press(number_key, CONTROL)
        assert front.tabs.current_key == tab
        view = front.tabs.view(tab)
        for _ in range(140):
            press(Key.Key_Tab)
            if view.isAncestorOf(QApplication.focusWidget()):
                break
        assert view.isAncestorOf(QApplication.focusWidget()), tab

    # Too much is asked for, and the first remedy is taken.
    tab_to("weights")
    press(Key.Key_Up, times=12)  # the largest weights stand at the top
    document.flush()
    if document.assessment.fits:
        tab_to("slot-0-1")
        press(Key.Key_Space)
        press(Key.Key_Delete)
        document.flush()
    assert not document.assessment.fits

    def take_the_first(menu: QWidget) -> None:
        wait_for(front, lambda: any(a.isEnabled() and a.text() for a in menu.actions()))
        press(Key.Key_Down)
        press(Key.Key_Return)

    answers.expect(QMenu, take_the_first)
    press(Key.Key_H, CONTROL | SHIFT)
    document.flush()
    assert document.assessment.fits

    # What it costs when it is kept for four years.
    press(Key.Key_4, CONTROL)
    cost = front.tabs.view("cost")
    for _ in range(140):
        press(Key.Key_Tab)
        if cost.isAncestorOf(QApplication.focusWidget()):
            break
    tab_to("cost_chip_month")
    press(Key.Key_Right)
    press(Key.Key_Space)
    tab_to("cost_life")
    press(Key.Key_A, CONTROL)
    type_in("48")
    press(Key.Key_Return)
    assert document.plan.economics.life_months == 48

    # Another rig is found and put into the plan.
    rig = document.plan.rig
    press(Key.Key_R, CONTROL | SHIFT)
    wait_for(front, lambda: front.finder.is_open)
    page = front.finder.page
    wait_for(front, lambda: page.list.table.rigs.rowCount() > 1)  # the first come at once
    press(Key.Key_F6, SHIFT)
    for _ in range(60):
        if QApplication.focusWidget() is page.list.table:
            break
        press(Key.Key_Tab)
    press(Key.Key_Down)
    press(Key.Key_Return)
    wait_for(front, lambda: not front.finder.is_open)
    assert document.plan.rig != rig

    # Its bill.
    press(Key.Key_B, CONTROL)
    wait_for(front, lambda: front.bill.sheet is not None and front.bill.sheet.isVisible())
    front.bill.sheet.activateWindow()
    wait_for(front, lambda: front.bill.sheet.isAncestorOf(QApplication.focusWidget()))
    assert front.bill.sheet.table.bill.rowCount() > 1
    press(Key.Key_Escape)
    in_front(front)

    # Papers, and the plan itself.
    pdf, csv, plan = (tmp_path / name for name in ("plan.pdf", "plan.csv", "mine.moeplan"))
    answers.expect(QFileDialog, name_file(pdf))
    press(Key.Key_P, CONTROL)
    in_front(front)
    assert pdf.read_bytes().startswith(b"%PDF")
    answers.expect(QFileDialog, name_file(csv))
    press(Key.Key_E, CONTROL | SHIFT)
    in_front(front)
    assert len(csv.read_text("utf-8-sig").splitlines()) > 5
    answers.expect(QFileDialog, name_file(plan))
    press(Key.Key_S, CONTROL)
    in_front(front)
    assert read_plan(plan) == document.plan
    assert not document.is_modified

    # One step back, and out: the question about it is answered by keys too.
    press(Key.Key_Z, CONTROL)
    assert document.plan.rig == rig

    def leave_it(box: QWidget) -> None:
        buttons = {b.text(): b for b in box.findChildren(QPushButton)}
        for _ in range(6):
            if QApplication.focusWidget() is buttons["Don’t save"]:
                break
            press(Key.Key_Tab)
        assert QApplication.focusWidget() is buttons["Don’t save"]
        press(Key.Key_Space)

    answers.expect(QMessageBox, leave_it)
    press(Key.Key_Q, CONTROL)
    wait_for(front, lambda: not front.isVisible(), 5_000)
    assert answers.given[1:] == ["QFileDialog", "QFileDialog", "QFileDialog", "QMessageBox"]
    assert read_plan(plan).rig != rig
