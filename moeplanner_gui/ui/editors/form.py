"""A form: label, field, unit and, beside each, a hint or what is wrong. Knows no rows.

What is wrong stands in a place that is always there, so nothing moves while somebody types.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QWidget,
)

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.editors.values import NEEDED, FieldError, FieldSpec, parse, shown
from moeplanner_gui.ui.fonts import font_base, font_strong
from moeplanner_gui.ui.hint import Hint
from moeplanner_gui.ui.style import ThemeProvider

FIELD_PX = 200


class Form(QWidget):
    """The fields of a row, by key.

    Signals:
        edited(str): The field with this key was changed by the user.
    """

    edited = Signal(str)

    def __init__(
        self,
        specs: Iterable[FieldSpec],
        themes: ThemeProvider,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.specs = tuple(specs)
        self._themes = themes
        self.editors: dict[str, QLineEdit | QComboBox | QCheckBox] = {}
        self.hints: dict[str, Hint] = {}
        self._by_key = {spec.key: spec for spec in self.specs}
        self._touched: set[str] = set()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnStretch(3, 1)
        group = ""
        for spec in self.specs:
            if spec.group and spec.group != group:
                group = spec.group
                self._add_heading(group)
            self._add(spec)
        self._grid.setRowStretch(self._grid.rowCount(), 1)
        self._set_tab_order()

    def _add_heading(self, words: str) -> None:
        row = self._grid.rowCount()
        heading = QLabel(words, self)
        heading.setFont(font_strong())
        heading.setContentsMargins(0, 10 if row > 1 else 0, 0, 2)
        self._grid.addWidget(heading, row, 0, 1, 4)

    def _add(self, spec: FieldSpec) -> None:
        row = self._grid.rowCount()
        editor = self._editor(spec)
        editor.setFont(font_base())
        editor.setObjectName(f"field-{spec.key}")
        editor.setToolTip(spec.tip)
        said = say("{0}, in {1}", spec.name, spec.unit) if spec.unit else spec.name
        editor.setAccessibleName(said)
        editor.setAccessibleDescription(spec.tip)
        hint = Hint(self._themes, spec.hint, self)
        self.editors[spec.key], self.hints[spec.key] = editor, hint
        if isinstance(editor, QCheckBox):
            editor.setText(spec.label)
            self._grid.addWidget(editor, row, 1, 1, 2)
        else:
            label = QLabel(spec.label + ("" if not spec.required else " *"), self)
            label.setProperty("tone", "2")
            label.setBuddy(editor)
            label.setToolTip(spec.tip)
            self._grid.addWidget(label, row, 0)
            self._grid.addWidget(editor, row, 1)
            unit_label = QLabel(spec.unit, self)
            unit_label.setProperty("tone", "3")
            self._grid.addWidget(unit_label, row, 2)
        self._grid.addWidget(hint, row, 3)
        self._grid.setRowMinimumHeight(row, 30)

    def _editor(self, spec: FieldSpec) -> QLineEdit | QComboBox | QCheckBox:
        if spec.kind == "flag":
            box = QCheckBox(self)
            box.toggled.connect(lambda _on, key=spec.key: self._on_edited(key))
            return box
        if spec.kind == "choice":
            combo = _QuietCombo(self)
            for words, data in spec.choices:
                combo.addItem(words, data)
            combo.view().setAccessibleName(spec.name)
            combo.activated.connect(lambda _index, key=spec.key: self._on_edited(key))
            combo.setFixedWidth(FIELD_PX)
            return combo
        line = QLineEdit(self)
        line.setPlaceholderText("" if spec.required else spec.empty)
        line.setMaxLength(20_000 if spec.kind == "names" else 240)
        line.setFixedWidth(FIELD_PX)
        if spec.kind in ("int", "number", "tokens"):
            line.setAlignment(Qt.AlignmentFlag.AlignRight)
        line.textEdited.connect(lambda _text, key=spec.key: self._on_edited(key))
        line.editingFinished.connect(lambda key=spec.key: self._touched.add(key))
        return line

    def _set_tab_order(self) -> None:
        order = list(self.editors.values())
        for first, second in pairwise(order):
            QWidget.setTabOrder(first, second)

    def _on_edited(self, key: str) -> None:
        self._touched.add(key)
        self.edited.emit(key)

    # Values ---------------------------------------------------------------------------------

    def fill(self, values: Mapping[str, Any]) -> None:
        """Show these values; fields that are not named become empty."""
        for spec in self.specs:
            self.set_value(spec.key, values.get(spec.key))

    def set_value(self, key: str, value: Any) -> None:
        """Show one value without saying that it was edited."""
        editor, spec = self.editors[key], self._by_key[key]
        with QSignalBlocker(editor):
            if isinstance(editor, QCheckBox):
                editor.setChecked(bool(value))
            elif isinstance(editor, QComboBox):
                index = next((i for i, (_, data) in enumerate(spec.choices) if data == value), -1)
                if index < 0 and value is not None:
                    editor.addItem(str(value), value)
                    index = editor.count() - 1
                editor.setCurrentIndex(max(index, 0))
            else:
                editor.setText(shown(spec, value))
                editor.setCursorPosition(0)

    def text(self, key: str) -> str:
        """What is typed in a field."""
        editor = self.editors[key]
        return editor.text() if isinstance(editor, QLineEdit) else ""

    def values(self) -> tuple[dict[str, Any], dict[str, str]]:
        """The values of all fields that have one, and the errors of the others."""
        found: dict[str, Any] = {}
        errors: dict[str, str] = {}
        for spec in self.specs:
            editor = self.editors[spec.key]
            if isinstance(editor, QCheckBox):
                found[spec.key] = editor.isChecked()
            elif isinstance(editor, QComboBox):
                found[spec.key] = editor.currentData()
            else:
                try:
                    found[spec.key] = parse(spec, editor.text())
                except FieldError as error:
                    errors[spec.key] = str(error)
        return found, errors

    def show_errors(self, errors: Mapping[str, str]) -> None:
        """Say what is wrong beside the fields; an untouched empty one is not blamed yet."""
        for key, hint in self.hints.items():
            error = errors.get(key, "")
            if error and not self.text(key) and key not in self._touched and error == NEEDED:
                error = ""
            hint.show_error(error)
            editor, spec = self.editors[key], self._by_key[key]
            said = errors.get(key, "")
            editor.setAccessibleDescription(f"{said} {spec.tip}" if said else spec.tip)

    def blame_all(self) -> None:
        """From now on empty fields are blamed too."""
        self._touched.update(self.editors)

    def focus_on(self, key: str) -> None:
        """Put the cursor into a field."""
        editor = self.editors[key]
        editor.setFocus(Qt.FocusReason.OtherFocusReason)
        if isinstance(editor, QLineEdit):
            editor.selectAll()


class _QuietCombo(QComboBox):
    """A wheel turned to scroll the form must not choose something else."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def wheelEvent(self, event: Any) -> None:
        event.ignore()
