"""Plan files dragged onto the window by a real mouse, wherever they are let go."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDrag
from PySide6.QtWidgets import QWidget

from moeplanner_gui.core import edits
from moeplanner_gui.export.plan_file import write_plan
from tests.ui.rig.test_real_drag import Mouse

pytestmark = [
    pytest.mark.real_drag,
    pytest.mark.skipif(sys.platform != "linux", reason="QDrag runs a native loop there"),
]


@pytest.fixture(autouse=True)
def _platform(qapp):
    if qapp.platformName() == "offscreen":
        pytest.skip("a drag returns at once on the offscreen platform")


class FileManager(QWidget):
    """Drags files as a file manager does."""

    def __init__(self, files) -> None:
        super().__init__()
        self._files = files
        self.given: Qt.DropAction | None = None
        self.resize(80, 80)

    def mouseMoveEvent(self, _event) -> None:
        if self.given is not None:
            return
        self.given = Qt.DropAction.IgnoreAction
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(file)) for file in self._files])
        drag = QDrag(self)
        drag.setMimeData(mime)
        actions = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
        # Many propose to move, and would delete what was moved.
        self.given = drag.exec(actions, Qt.DropAction.MoveAction)


@pytest.fixture
def files(window, tmp_path):
    found = []
    for tokens, name in ((2048, "a.moeplan"), (4096, "B.MOEPLAN")):
        write_plan(tmp_path / name, edits.set_workload(window.document.plan, context_tokens=tokens))
        found.append(tmp_path / name)
    return found


@pytest.mark.parametrize("place", ["rig", "model", "parts", "verdict", "below"])
def test_that_plan_files_dropped_anywhere_open_as_tabs_and_stay_on_the_disk(
    window, qtbot, files, place
) -> None:
    manager = FileManager(files)
    qtbot.addWidget(manager)
    manager.move(window.geometry().topRight() + QPoint(40, 0))
    manager.show()
    qtbot.waitExposed(manager)
    width, height = window.width(), window.height()
    to = {
        "rig": QPoint(width // 2, height // 3),
        "model": QPoint(width // 8, height // 3),
        "parts": QPoint(width - width // 10, height // 3),
        "verdict": QPoint(width // 2, 80),
        "below": QPoint(width // 2, height - 120),
    }[place]
    target = window.childAt(to) or window
    at = target.mapFrom(window, to)
    Mouse(qtbot).drag(manager, QPoint(40, 40), target, at).release(target, at).run()
    assert [session.path for session in window.document.sessions] == files
    assert all(file.exists() for file in files)
    assert manager.given == Qt.DropAction.CopyAction


def test_that_a_plan_among_other_files_is_not_guessed_at(window, qtbot, files, tmp_path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("x", "utf-8")
    manager = FileManager([*files, other])
    qtbot.addWidget(manager)
    manager.show()
    qtbot.waitExposed(manager)
    at = QPoint(window.width() // 2, window.height() // 3)
    Mouse(qtbot).drag(manager, QPoint(40, 40), window, at).release(window, at).run()
    assert window.document.path is None
