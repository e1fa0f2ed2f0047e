"""The dividers by the keys: what has the focus is made larger or smaller, or all there is."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QSplitter, QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.actions import Actions

STEP_PX = 40
_MENU = "View/Panes"
_UPRIGHT, _FLAT = Qt.Orientation.Vertical, Qt.Orientation.Horizontal


class DividerActions(QObject):
    """Declares the commands.

    Args:
        actions: The registry of commands.
        above: What gives way when the tabs take the whole window.
        tabs: The tabs; ``show_tab`` of a collapsed one opens them.
        parent: Qt's owner.
    """

    def __init__(self, actions: Actions, above: QWidget, tabs: QWidget, parent: QObject) -> None:
        super().__init__(parent)
        self._above, self._tabs = above, tabs
        self._whole = actions.add(
            "view.tabs_whole",
            say("Tabs over the whole &window"),
            self._on_whole,
            shortcut="Ctrl+Shift+J",
            menu=_MENU,
            checkable=True,
            tip=say("Give the tabs the room of model, rig and parts, or take it back"),
        )
        for name, words, keys, orientation, step, tip in (
            (
                "taller", say("&Taller"), "Alt+Shift+Up", _UPRIGHT, STEP_PX,
                say("Make the pane with the focus taller"),
            ),
            (
                "lower", say("&Lower"), "Alt+Shift+Down", _UPRIGHT, -STEP_PX,
                say("Make the pane with the focus lower"),
            ),
            (
                "wider", say("W&ider"), "Alt+Shift+Right", _FLAT, STEP_PX,
                say("Make the pane with the focus wider"),
            ),
            (
                "narrower", say("&Narrower"), "Alt+Shift+Left", _FLAT, -STEP_PX,
                say("Make the pane with the focus narrower"),
            ),
        ):  # fmt: skip
            actions.add(
                f"view.pane_{name}",
                words,
                lambda orientation=orientation, step=step: resize_pane(orientation, step),
                shortcut=keys,
                menu=_MENU,
                tip=tip,
            )

    def _on_whole(self) -> None:
        focus = QApplication.focusWidget()
        inside = focus is not None and self._above.isAncestorOf(focus)
        self._above.setVisible(not self._whole.isChecked())
        if inside:
            self._tabs.setFocus(Qt.FocusReason.OtherFocusReason)


def resize_pane(orientation: Qt.Orientation, step: int) -> bool:
    """Move the nearest divider of this orientation so that the pane with the focus grows.

    Args:
        orientation: Vertical for the height of a pane, horizontal for its width.
        step: Logical pixels; the largest neighbour gives or takes them.
    """
    pane = QApplication.focusWidget()
    while pane is not None:
        splitter = pane.parentWidget()
        if isinstance(splitter, QSplitter) and splitter.orientation() == orientation:
            at, sizes = splitter.indexOf(pane), splitter.sizes()
            others = [i for i, size in enumerate(sizes) if i != at and size]
            if others:
                other = max(others, key=lambda i: sizes[i])
                step = max(min(step, sizes[other] - 1), 1 - sizes[at])
                sizes[at] += step
                sizes[other] -= step
                splitter.setSizes(sizes)
                splitter.splitterMoved.emit(splitter.handle(max(at, 1)).pos().x(), max(at, 1))
                return True
        pane = splitter
    return False
