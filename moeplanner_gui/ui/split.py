"""A splitter that lays itself out by a rule until its handle is moved. Knows no views."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

from moeplanner_gui.ui.text_size import factor

MODEL_PX, PARTS_PX = 288, 268
WIDE_MODEL_PX, WIDE_PARTS_PX = 360, 340
LARGE_MODEL_SHARE, LARGE_PARTS_SHARE = 0.31, 0.29
TABS_SHARE = 0.4
TABS_PX = 320
RIG_PX = 300
"""What the rig needs for one computer with cards; on a low window the tabs give way to it."""


class RuledSplitter(QSplitter):
    """Asks ``rule`` for the sizes at every length, until the user or :meth:`restore` sets some.

    Moved handles keep their proportion, or give to the panes that have a stretch factor.
    """

    def __init__(
        self,
        orientation: Qt.Orientation,
        rule: Callable[[int], list[int]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(orientation, parent)
        self._rule = rule
        self._is_ruled = True
        self.setChildrenCollapsible(False)
        self.setHandleWidth(1)
        self.splitterMoved.connect(self._on_moved)

    def chosen_sizes(self) -> list[int]:
        """The sizes worth remembering: none while the rule still holds."""
        return [] if self._is_ruled else self.sizes()

    def restore(self, sizes: Sequence[int]) -> None:
        """Use remembered sizes; anything but one for each pane is ignored."""
        if len(sizes) == self.count():
            self._is_ruled = False
            self.setSizes(list(sizes))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._is_ruled:
            upright = self.orientation() == Qt.Orientation.Vertical
            self.setSizes(self._rule(self.height() if upright else self.width()))

    def _on_moved(self, _position: int, _index: int) -> None:
        self._is_ruled = False


def column_widths(width: int) -> list[int]:
    """Model, rig and parts: the sides grow a little on a wide window, the rig takes the rest."""
    wide = min(max((width - 1500) / (2560 - 1500), 0.0), 1.0)
    model = round(MODEL_PX + wide * (WIDE_MODEL_PX - MODEL_PX))
    parts = round(PARTS_PX + wide * (WIDE_PARTS_PX - PARTS_PX))
    if factor() > 1:
        # Larger letters need wider sides, but not the whole window.
        model = min(round(model * factor()), max(model, round(width * LARGE_MODEL_SHARE)))
        parts = min(round(parts * factor()), max(parts, round(width * LARGE_PARTS_SHARE)))
    return [model, max(0, width - model - parts), parts]


def row_heights(height: int) -> list[int]:
    """Rig and tabs: the tabs get two fifths and are never too low for a table."""
    tabs = max(round(height * TABS_SHARE), TABS_PX)
    # In large letters a computer and the list of parts need more.
    rig = round(RIG_PX * min(factor(), 1.2))
    tabs = max(0, min(tabs, max(height - rig, round(height * TABS_SHARE))))
    return [height - tabs, tabs]
