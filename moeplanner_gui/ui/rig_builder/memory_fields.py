"""Three fields for the memory of a computer: how many modules, of which size, at which speed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSpinBox, QWidget

from moeplanner_gui.core.memory_kits import Kit
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.choice_list import ListCombo
from moeplanner_gui.ui.rig_builder.parts_edit import PartsEdit
from moeplanner_gui.ui.style import ThemeProvider


class MemoryFields(QWidget):
    """Shows the memory of an edit.

    Signals:
        changed(Kit, int): Other modules, and their speed in MT/s.
    """

    changed = Signal(object, int)

    def __init__(self, edit: PartsEdit, themes: ThemeProvider, parent: QWidget | None = None):
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self.count = QSpinBox()
        self.size, self.speed = ListCombo(themes), ListCombo(themes)
        self.count.setRange(1, edit.most_modules)
        self.count.setKeyboardTracking(False)
        self.count.setSuffix(" ×")
        self.count.setAlignment(Qt.AlignmentFlag.AlignRight)
        for widget, name, words in (
            (self.count, "count", say("Memory modules")),
            (self.size, "size", say("Size of a module")),
            (self.speed, "speed", say("Memory speed")),
        ):
            widget.setObjectName(f"row-memory-{name}")
            widget.setAccessibleName(words)
            row.addWidget(widget)
        row.addStretch(1)
        self._fill(edit)
        known = bool(edit.module_sizes)
        self.count.setEnabled(known)
        self.size.setEnabled(known)
        self.speed.setEnabled(known and edit.kit is not None)
        tip = say("Fewer modules than channels leave channels empty, and the memory is slower.")
        self.count.setToolTip(tip)
        self.size.setToolTip(
            say("Priced by the GB, whatever the size; large modules may cost more.")
        )
        self.size.currentIndexChanged.connect(self._on_changed)
        self.speed.currentIndexChanged.connect(self._on_changed)
        self.count.valueChanged.connect(self._on_changed)

    def _fill(self, edit: PartsEdit) -> None:
        kit = edit.kit
        for box in (self.size, self.speed):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        if kit is None:
            words = say("{0:,} GiB, in no equal modules", edit.row.ram_gib)
            self.size.addItem(words if edit.row.ram_gib else say("none"), 0)
        for gb in edit.module_sizes:
            self.size.addItem(say("{0} GB {1}", gb, edit.module), gb)
        self.size.setCurrentIndex(0 if kit is None else max(0, self.size.findData(kit.module_gb)))
        channels = edit.host.channels if edit.host is not None else 1
        self.count.setValue(channels if kit is None else kit.modules)
        for mt_s in edit.speeds:
            self.speed.addItem(say("{0:,} MT/s", mt_s), mt_s)
        if edit.speed is not None and self.speed.findData(edit.speed) < 0:
            self.speed.addItem(say("{0:,} MT/s", edit.speed), edit.speed)
        self.speed.setCurrentIndex(max(0, self.speed.findData(edit.speed)))
        for box in (self.size, self.speed):
            # The list's own width leaves no room for the arrow beside the words.
            words = (box.itemText(at) for at in range(box.count()))
            widest = max(map(self.fontMetrics().horizontalAdvance, words), default=0)
            box.setMinimumWidth(widest + 44)

    def _on_changed(self, *_now: object) -> None:
        size = self.size.currentData()
        if size:
            self.changed.emit(Kit(self.count.value(), size), self.speed.currentData())
