"""The inputs for how a model is served: format, cache, context, users, engine. Knows no plan."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QIntValidator
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSpinBox,
    QToolButton,
    QWidget,
)

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.elided_label import ElidedLabel
from moeplanner_gui.ui.fonts import font_base, font_small
from moeplanner_gui.ui.model_picker import choices
from moeplanner_gui.ui.model_picker.context_input import ContextInput
from moeplanner_gui.ui.model_picker.widgets import ChoiceCombo
from moeplanner_gui.ui.style import ThemeProvider

_COMBO_FRAME_PX = 36
"""What a combo box takes beside its words: margins and the arrow."""


class ServingControls(QGridLayout):
    """One line for each choice; what they show and do is up to the panel."""

    def __init__(self, themes: ThemeProvider) -> None:
        super().__init__()
        self.setHorizontalSpacing(8)
        self.setVerticalSpacing(6)
        self.setColumnStretch(1, 1)
        self.weights = _combo(themes, "weights", say("Weights"))
        self.cache = _combo(themes, "cache", say("KV cache type"))
        self.context = ContextInput()
        self.users = _users(themes)
        self.users_note = _note(say("at the same time"))
        self.engine = _combo(themes, "engine", say("Engine"))
        self.engine.setToolTip(say("The program that serves the model"))
        self.spread = _combo(themes, "spread", say("How the cards share the model"))
        for combo in (self.engine, self.spread):
            # They share one line by their words; a room kept for more would cut the longer one.
            combo.setMinimumContentsLength(1)
        self.host_layers = _host_layers()
        host_note = _note(say("layers in host memory"))
        self._host = [self.host_layers, host_note]
        self.options = QToolButton()
        self.options.setObjectName("engine_options")
        self.options.setText(say("All options…"))
        self.options.setProperty("link", True)
        self.options.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.options.setFont(font_small())
        self._add(say("Weights"), self.weights)
        self._add(say("KV cache"), self.cache)
        self._add(say("Context"), self.context)
        self._add(say("Users"), self.users, self.users_note)
        self._add(say("Engine"), self.engine, self.spread)
        self._engine_line: QHBoxLayout = self.itemAtPosition(4, 1).layout()
        self._host.append(self._add(say("Experts"), self.host_layers, host_note))
        self.addWidget(self.options, self.rowCount(), 1, Qt.AlignmentFlag.AlignLeft)

    def fields(self) -> dict[str, QWidget]:
        """What is edited here, by the names under which the command palette finds it."""
        return {
            "weights": self.weights,
            "cache": self.cache,
            "context": self.context,
            "users": self.users,
            "engine": self.engine,
            "experts": self.host_layers,
        }

    def share_engine_line(self) -> None:
        """Give the engine and its spread room by their words, so that neither is cut."""
        for place, combo in enumerate((self.engine, self.spread)):
            words = combo.fontMetrics().horizontalAdvance(combo.currentText())
            self._engine_line.setStretch(place, words + _COMBO_FRAME_PX)

    def show_host_layers(self, visible: bool) -> None:
        """Show or hide the line for the experts in host memory."""
        for widget in self._host:
            widget.setVisible(visible)

    def _add(self, words: str, *parts: QWidget) -> QLabel:
        label = _label(words, font_base())
        row = 0 if self.itemAtPosition(0, 0) is None else self.rowCount()
        self.addWidget(label, row, 0)
        line = QHBoxLayout()
        line.setSpacing(6)
        for part in parts:
            line.addWidget(part, 0 if isinstance(part, QLabel) else 1)
        if isinstance(parts[-1], QLabel):
            line.addStretch(1)
        self.addLayout(line, row, 1)
        return label


def _combo(themes: ThemeProvider, name: str, words: str) -> ChoiceCombo:
    combo = ChoiceCombo(themes, words)
    combo.setObjectName(name)
    return combo


def _users(themes: ThemeProvider) -> ChoiceCombo:
    combo = _combo(themes, "users", say("Users at the same time"))
    combo.setEditable(True)
    combo.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    combo.addItems([str(number) for number in choices.USERS])
    combo.setValidator(QIntValidator(1, 65_536, combo))
    combo.setToolTip(say("How many conversations the engine keeps at the same time"))
    combo.lineEdit().setAccessibleName(say("Users at the same time"))
    combo.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return combo


def _host_layers() -> QSpinBox:
    box = QSpinBox()
    box.setObjectName("host_layers")
    box.setAccessibleName(say("Layers whose experts stay in host memory"))
    box.setToolTip(
        say(
            "Experts of the first layers stay in host memory (llama.cpp "
            "--n-cpu-moe): needs less card memory, runs slower"
        )
    )
    box.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.UpDownArrows)
    box.setKeyboardTracking(False)
    box.setFont(font_base())
    return box


def _note(text: str) -> QLabel:
    """Words beside a field, which give way to it."""
    label = ElidedLabel(text)
    label.setFont(font_small())
    label.setProperty("tone", "2")
    return label


def _label(text: str, font: QFont) -> QLabel:
    label = QLabel(text)
    label.setFont(font)
    label.setProperty("tone", "2")
    return label
