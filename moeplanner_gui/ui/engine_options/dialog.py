"""Engine options…: every option of the plan's engine, with what the plan would answer.

One edit: OK applies all changes as one undo step, Cancel none. The answer below the options is
that of the plan with the options as they stand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QFrame,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core import edits
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.prepare import ENGINE_NAMES
from moeplanner_gui.core.units import format_count
from moeplanner_gui.core.words import paragraph, say
from moeplanner_gui.export import speed_words
from moeplanner_gui.ui.choice_list import ListCombo
from moeplanner_gui.ui.dialog import MARGINS, AnswerLine, Dialog, button_row
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.engine_options.fields import (
    OptionField,
    default_of,
    fields_of,
)
from moeplanner_gui.ui.engine_options.values import (
    backends_of,
    has_effect,
    parse_shares,
    shares_text,
)
from moeplanner_gui.ui.fonts import font_small, font_strong
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.text_size import factor

FIELD_WIDTH = 190


class EngineOptionsDialog(Dialog):
    """The options of one engine.

    ``editors`` holds the widget of each option by the name of its field.
    """

    def __init__(
        self, document: PlanDocument, themes: ThemeProvider, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._themes = themes
        self._plan = document.plan
        self._engine = self._plan.deployment.engine
        self._fields = fields_of(self._engine)
        self.editors: dict[str, QWidget] = {}
        self._read: dict[str, Callable[[], Any]] = {}
        self._write: dict[str, Callable[[Any], object]] = {}
        self._labels: dict[str, QLabel] = {}
        # Several widgets change at once on "Restore defaults": one answer for all of them.
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(0)
        self._pause.timeout.connect(self._show_answer)
        name = ENGINE_NAMES[self._engine]
        self.setWindowTitle(say("Options of {0}", name))
        self.setObjectName("engine-options")
        self.setAccessibleName(say("Options of {0}", name))
        self.answer = AnswerLine()
        self.defaults = self._button(say("Restore defaults"), self.restore_defaults)
        self.defaults.setToolTip(say("Every option as the engine has it when nothing is said"))
        self.cancel = self._button(say("Cancel"), self.reject)
        self.ok = self._button(say("OK"), self.accept)
        self.ok.setProperty("primary", True)
        self.ok.setDefault(True)
        rule = QFrame()
        rule.setFixedHeight(1)
        rule.setBackgroundRole(self.palette().ColorRole.Mid)
        rule.setAutoFillBackground(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(*MARGINS)
        column.setSpacing(8)
        column.addWidget(self._form(), 1)
        column.addWidget(rule)
        column.addWidget(self.answer)
        column.addLayout(button_row((self.cancel, self.ok), (self.defaults,)))
        self._show_answer()
        self._fit_screen()
        self.editors[self._fields[0].name].setFocus()

    def _button(self, words: str, does: Callable[[], object]) -> QPushButton:
        button = QPushButton(words)
        button.setAutoDefault(False)
        button.clicked.connect(lambda _checked=False: does())
        return button

    def _fit_screen(self) -> None:
        """As tall as all options, but never taller than the screen."""
        body = self._area.widget().sizeHint()
        rest = self.sizeHint().height() - self._area.sizeHint().height()
        screen = self.screen().availableGeometry()
        height = min(body.height() + rest + 8, screen.height() - 60)
        self.resize(min(body.width() + 48, screen.width() - 40), height)

    # Building ------------------------------------------------------------------------------

    def _form(self) -> QWidget:
        body = QWidget()
        grid = QGridLayout(body)
        grid.setContentsMargins(0, 0, 8, 0)
        grid.setColumnStretch(0, 1)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        group = ""
        for option in self._fields:
            row = grid.rowCount()
            if option.group != group:
                group = option.group
                heading = QLabel(group)
                heading.setFont(font_strong())
                heading.setContentsMargins(0, 8 if row > 1 else 0, 0, 0)
                grid.addWidget(heading, row, 0, 1, 3)
                row += 1
            self._add_row(grid, row, option)
        grid.setRowStretch(grid.rowCount(), 1)
        area = QScrollArea()
        area.setAccessibleName(say("Options"))
        area.setWidget(body)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setMinimumWidth(body.sizeHint().width() + 16)
        self._area = area
        return area

    def _add_row(self, grid: QGridLayout, row: int, option: OptionField) -> None:
        label = QLabel(option.label)
        editor = self._editor(option)
        editor.setFixedWidth(round(FIELD_WIDTH * factor()))
        editor.setAccessibleName(option.label)
        editor.setToolTip(option.tip)
        editor.setAccessibleDescription(option.tip)
        label.setToolTip(option.tip)
        label.setBuddy(editor)
        flag = QLabel(option.flag_of(self._engine))
        flag.setFont(font_small())
        flag.setProperty("tone", "3")
        flag.setToolTip(say("What the engine calls it on its command line"))
        if flag.text():
            flag.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        grid.setRowMinimumHeight(row, 28)
        grid.addWidget(label, row, 0)
        grid.addWidget(editor, row, 1)
        grid.addWidget(flag, row, 2)
        self.editors[option.name] = editor
        self._labels[option.name] = label

    def _editor(self, option: OptionField) -> QWidget:
        value = option.value_in(self._plan)
        make = {
            "switch": self._switch,
            "choice": self._choice,
            "count": self._count,
            "optional": self._optional,
            "shares": self._shares,
            "share": self._share,
        }[option.kind]
        editor = make(option)
        self._write[option.name](value)
        return editor

    def _switch(self, option: OptionField) -> QWidget:
        box = QCheckBox()
        box.toggled.connect(self._on_edited)
        self._read[option.name] = box.isChecked
        self._write[option.name] = box.setChecked
        return box

    def _choice(self, option: OptionField) -> QWidget:
        box = ListCombo(self._themes)
        if option.unset:
            box.addItem(option.unset, None)
        offered: tuple[str, ...] = option.choices
        if option.name == "backend":
            offered = backends_of(self._plan, self._document.catalog)
        for choice in offered:
            box.addItem(choice, choice)

        def write(value: str | None) -> None:
            if box.findData(value) < 0:
                box.addItem(value, value)
            box.setCurrentIndex(box.findData(value))

        box.currentIndexChanged.connect(self._on_edited)
        self._read[option.name] = box.currentData
        self._write[option.name] = write
        return box

    def _count(self, option: OptionField) -> QWidget:
        box = QSpinBox()
        box.setRange(option.low, self._highest(option))
        box.setSuffix(option.unit)
        box.setGroupSeparatorShown(True)
        if option.low < 0:
            box.setSpecialValueText(say("all"))
        box.valueChanged.connect(self._on_edited)
        self._read[option.name] = box.value
        self._write[option.name] = box.setValue
        return box

    def _highest(self, option: OptionField) -> int:
        present = int(getattr(self._plan.deployment, option.name))
        if option.name in ("cpu_moe_layers", "disk_moe_layers"):
            spec = self._document.catalog.model(self._plan.model)
            return max(spec.architecture.layers, present)
        return max(option.high, present)

    def _optional(self, option: OptionField) -> QWidget:
        box = QSpinBox()
        box.setRange(option.low - 1, option.high)
        box.setSpecialValueText(option.unset)
        box.setSuffix(option.unit)
        box.setGroupSeparatorShown(True)
        box.valueChanged.connect(self._on_edited)
        unset = option.low - 1
        self._read[option.name] = lambda: None if box.value() == unset else box.value()
        self._write[option.name] = lambda value: box.setValue(unset if value is None else value)
        return box

    def _shares(self, option: OptionField) -> QWidget:
        line = QLineEdit()
        line.setPlaceholderText(option.unset)
        line.setMaxLength(2000)
        line.textChanged.connect(self._on_edited)
        self._read[option.name] = lambda: parse_shares(line.text())
        self._write[option.name] = lambda value: line.setText(shares_text(value))
        return line

    def _share(self, option: OptionField) -> QWidget:
        box = QDoubleSpinBox()
        unset = -0.1
        box.setRange(unset if option.unset else 1, 100)
        box.setSpecialValueText(option.unset)
        box.setDecimals(1)
        box.setSuffix(" %")
        box.valueChanged.connect(self._on_edited)

        def read() -> float | None:
            # One step below nothing stands for "left to the engine".
            return None if option.unset and box.value() < 0 else round(box.value() / 100, 6)

        self._read[option.name] = read
        self._write[option.name] = lambda value: box.setValue(
            unset if value is None else 100 * value
        )
        return box

    # What was chosen -----------------------------------------------------------------------

    def chosen_plan(self) -> Plan | str:
        """The plan with the options as they stand, or what is wrong with them."""
        changes: dict[str, Any] = {}
        asked: dict[str, Any] = {}
        for option in self._fields:
            try:
                value = self._read[option.name]()
            except ValueError:
                return say("{0}: write one number a card, for example 3, 1.", option.label)
            if value != option.value_in(self._plan):
                (asked if option.asked else changes)[option.name] = value
        if self._engine != "llama.cpp" and "cache_type_k" in changes:
            changes["cache_type_v"] = changes["cache_type_k"]
        shares = changes.get("tensor_split")
        if shares is not None and len(shares) > max(self._plan.gpu_count, 1):
            return say("The rig has {0} cards, not {1}.", self._plan.gpu_count, len(shares))
        try:
            return edits.set_workload(edits.set_deployment(self._plan, **changes), **asked)
        except ValidationError as error:
            first = error.errors()[0]
            return f"{first['loc'][-1]}: {first['msg']}."

    def restore_defaults(self) -> None:
        """Set every option to its default."""
        for option in self._fields:
            self._write[option.name](default_of(option, self._engine))

    def accept(self) -> None:
        """Apply the options as one undo step and close."""
        plan = self.chosen_plan()
        if isinstance(plan, str):
            return
        super().accept()
        self._document.apply(say("Change options of {0}", ENGINE_NAMES[self._engine]), plan)

    def _on_edited(self, _value: object = None) -> None:
        self._pause.start()

    def _show_answer(self) -> None:
        plan = self.chosen_plan()
        fine = not isinstance(plan, str)
        self.ok.setEnabled(fine and plan != self._plan)
        theme = self._themes.theme
        if isinstance(plan, str):
            self.answer.show_error(plan, theme)
            return
        self._mark_changed(plan)
        for name, editor in self.editors.items():
            editor.setEnabled(has_effect(name, plan))
        assessment = self._document.preview(plan)
        lines = list(assessment.reasons[:1])
        if assessment.max_context_tokens:
            tokens = format_count(assessment.max_context_tokens)
            lines.append(say("Longest context: {0} tokens.", tokens))
        speed = assessment.speed
        if speed.decode_tokens_per_s is not None:
            lines.append(say("Decode: {0}.", speed_words.rate(speed.decode_tokens_per_s)))
        if speed.time_to_first_token_s is not None:
            lines.append(
                say("First token after {0}.", speed_words.wait(speed.time_to_first_token_s))
            )
        self.answer.show_verdict(assessment.verdict, paragraph(lines), theme)

    def _mark_changed(self, plan: Plan) -> None:
        """Options that differ from the default are written in the strong weight."""
        for option in self._fields:
            changed = option.value_in(plan) != default_of(option, self._engine)
            font = self._labels[option.name].font()
            font.setBold(changed)
            self._labels[option.name].setFont(font)
