"""What files that are dragged over the window are: a plan or a model. Reads none of them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QDropEvent

from moeplanner_gui.ui.plan_titles import SUFFIX


def take_copy(event: QDropEvent) -> bool:
    """Accept files as a copy; False when their program would only give them away.

    File managers often propose to move, and delete what was moved: the file would be gone.
    """
    copy = Qt.DropAction.CopyAction
    if not event.possibleActions() & copy:
        event.ignore()
        return False
    event.setDropAction(copy)
    event.accept()
    return True


def dropped_model(event: QDropEvent) -> Path | None:
    """The model's file or folder that is dragged, if it is one."""
    if not event.mimeData().hasUrls():
        return None
    from moeplanner_gui.ui.model_paths import model_path

    return model_path(event.mimeData())


def dropped_plans(event: QDropEvent) -> tuple[Path, ...]:
    """The plan files that are dragged; none when something else is among them."""
    urls = event.mimeData().urls()
    if not all(url.isLocalFile() for url in urls):
        return ()
    paths = tuple(Path(url.toLocalFile()) for url in urls)
    return paths if all(path.suffix.lower() == SUFFIX for path in paths) else ()
