"""The list of shortcuts and the about box. Knows the action registry and the version."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.actions import Actions, menu_words
from moeplanner_gui.ui.palette import plain_text
from moeplanner_gui.ui.style import (
    ThemeProvider,
    font_base,
    font_small_strong,
    font_strong,
)


class ShortcutsDialog(QDialog):
    """Every command with its shortcut, by menu."""

    def __init__(self, actions: Actions, themes: ThemeProvider, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(say("Keyboard shortcuts"))
        self.setAccessibleName(say("Keyboard shortcuts"))
        self.resize(520, 560)
        body = QWidget()
        grid = QGridLayout(body)
        grid.setContentsMargins(16, 12, 16, 12)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(0, 1)
        row = 0
        for menu in dict.fromkeys(a.property("menu_path") for a in actions.all()):
            listed = [a for a in actions.all() if a.property("menu_path") == menu]
            listed = [a for a in listed if not a.shortcut().isEmpty()]
            if not listed:
                continue
            title = QLabel(menu_words(menu) or say("In the views"))
            title.setFont(font_small_strong())
            title.setContentsMargins(0, 8 if row else 0, 0, 2)
            grid.addWidget(title, row, 0, 1, 2)
            row += 1
            for action in listed:
                name = QLabel(plain_text(action).rstrip("…"))
                name.setFont(font_base())
                name.setToolTip(action.statusTip())
                keys = QLabel(
                    ", ".join(
                        key.toString(QKeySequence.SequenceFormat.NativeText)
                        for key in action.shortcuts()
                        if is_on_every_keyboard(key)
                    )
                )
                keys.setFont(font_strong())
                keys.setAlignment(Qt.AlignmentFlag.AlignRight)
                grid.addWidget(name, row, 0)
                grid.addWidget(keys, row, 1)
                row += 1
        grid.setRowStretch(row, 1)
        area = QScrollArea()
        area.setWidget(body)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setAccessibleName(say("List of shortcuts"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 12)
        column.addWidget(area, 1)
        column.addLayout(_close_row(self))


def is_on_every_keyboard(key: QKeySequence) -> bool:
    """False for the extra keys of a few keyboards ("Save", F14) that Qt also binds."""
    text = key.toString(QKeySequence.SequenceFormat.PortableText)
    return "+" in text or text in {f"F{number}" for number in range(1, 13)} | {"Del", "Return"}


def _close_row(dialog: QDialog) -> QHBoxLayout:
    button = QPushButton(say("Close"))
    button.setAccessibleName(say("Close"))
    button.setDefault(True)
    button.clicked.connect(dialog.accept)
    row = QHBoxLayout()
    row.setContentsMargins(16, 0, 16, 0)
    row.addStretch(1)
    row.addWidget(button)
    return row
