"""The small editor for what the speed of a node depends on beside its parts: the links of its
cards, the speed of its memory and a power limit, with the speed that follows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.assessment import Assessment, Speed
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.words import paragraph, say
from moeplanner_gui.export.speed_words import rate
from moeplanner_gui.ui.card_facts import node_name
from moeplanner_gui.ui.choice_list import ListCombo
from moeplanner_gui.ui.dialog import MARGINS, AnswerLine, Dialog, button_row
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.fonts import font_heading, font_small, font_small_strong, font_strong
from moeplanner_gui.ui.rig_builder.links_edit import FIELDS, LABELS, TIPS, LinksEdit
from moeplanner_gui.ui.rig_builder.mark_words import (
    hold_both_words,
    mark_label,
    reset_button,
    show_mark,
    show_reset,
)
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.text_size import factor

_WIDTH = 640
_MARK_WIDTH = 120
_FIELD_WIDTH = 270
_MOST = {"memory_mt_s": 100_000, "memory_channels": 64, "memory_gbs": 1e5, "power_limit_w": 1e5}
_LEAST = {"memory_mt_s": 100, "memory_channels": 1, "memory_gbs": 0.1, "power_limit_w": 1.0}
_UNITS = {
    "memory_mt_s": " MT/s",
    "memory_channels": "",
    "memory_gbs": " GB/s",
    "power_limit_w": " W",
}
_STEPS = {"memory_mt_s": 400, "memory_channels": 2, "memory_gbs": 10, "power_limit_w": 10}
_UNSET = {
    "memory_mt_s": say("not known"),
    "memory_channels": say("not known"),
    "memory_gbs": say("not measured"),
    "power_limit_w": "none",
}
_NOTES = {
    "card_link": LinksEdit.link_note,
    "nvlink": LinksEdit.bridge_note,
    "memory_gbs": LinksEdit.memory_note,
    "power_limit_w": LinksEdit.power_note,
}

Number = QSpinBox | QDoubleSpinBox
DEFAULT = say("Use the default")
_DEFAULT_TIP = say("What card and host have of their own")


class LinksEditor(Dialog):
    """Edits one node of the document; every apply is one undo step.

    ``boxes`` and ``spins`` hold the widget of each field by its name in the plan.
    """

    def __init__(
        self,
        document: PlanDocument,
        themes: ThemeProvider,
        node: int,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._themes, self._node = document, themes, node
        self._edit = LinksEdit(document.plan, node, document.catalog)
        self.boxes: dict[str, QComboBox] = {}
        self.spins: dict[str, Number] = {}
        self.notes: dict[str, QLabel] = {}
        self._names: dict[str, QLabel] = {}
        self._marks: dict[str, QLabel] = {}
        self._resets: dict[str, QPushButton] = {}
        title = self._title()
        self.setObjectName("links-editor")
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        heading = QLabel(title)
        heading.setFont(font_heading())
        self.heading = QLabel()
        self.heading.setObjectName("host-facts")
        self.heading.setWordWrap(True)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(0, 1)
        for row, field in enumerate(FIELDS):
            self._add_row(2 * row, field)
        rule = QWidget()
        rule.setFixedHeight(1)
        rule.setBackgroundRole(QPalette.ColorRole.Mid)
        rule.setAutoFillBackground(True)
        self.speed = QLabel()
        self.speed.setObjectName("speed")
        self.speed.setFont(font_strong())
        self.speed.setAccessibleName(say("The speed that follows"))
        self.answer = AnswerLine()
        column = QVBoxLayout(self)
        column.setContentsMargins(*MARGINS)
        column.setSpacing(8)
        column.addWidget(heading)
        column.addWidget(self.heading)
        column.addLayout(self._grid)
        column.addWidget(rule)
        column.addWidget(self.speed)
        column.addWidget(self.answer)
        column.addLayout(self._buttons())
        self.setMinimumWidth(_WIDTH + (_MARK_WIDTH if self._marks else 0))
        document.plan_changed.connect(self._on_plan_changed)
        themes.theme_changed.connect(self._on_theme_changed)
        self._show()

    # -- building -------------------------------------------------------------------------

    def _title(self) -> str:
        return say("Links and memory speed of {0}", node_name(self._document.plan.rig, self._node))

    def _add_row(self, row: int, field: str) -> None:
        name = QLabel(LABELS[field])
        editor = self._choice(field) if field in ("card_link", "nvlink") else self._number(field)
        editor.setObjectName(field)
        editor.setFixedWidth(round(_FIELD_WIDTH * factor()))
        editor.setAccessibleName(LABELS[field])
        editor.setAccessibleDescription(TIPS[field])
        for widget in (name, editor):
            widget.setToolTip(TIPS[field])
        name.setBuddy(editor)
        reset = reset_button(field, LABELS[field], DEFAULT, lambda: self._on_reset(field))
        cells: list[QWidget] = [name, editor, reset]
        if self._edit.row.detected is not None:
            hold_both_words(reset)
            self._marks[field] = mark_label(field)
            cells.insert(2, self._marks[field])
        for at, widget in enumerate(cells):
            self._grid.addWidget(widget, row, at)
        self._names[field], self._resets[field] = name, reset
        if field in _NOTES:
            note = QLabel()
            note.setObjectName(f"{field}-note")
            note.setFont(font_small())
            note.setProperty("tone", "2")
            note.setWordWrap(True)
            self._grid.addWidget(note, row + 1, 0, 1, 4)
            self.notes[field] = note

    def _choice(self, field: str) -> QComboBox:
        box = ListCombo(self._themes)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.currentIndexChanged.connect(
            lambda _index: self._on_value(field, self.boxes[field].currentData())
        )
        self.boxes[field] = box
        return box

    def _number(self, field: str) -> Number:
        spin: Number
        if field in ("memory_mt_s", "memory_channels"):
            whole = spin = QSpinBox()
            # One below the least stands for "left to the host" and says so.
            whole.setRange(int(_LEAST[field]) - 1, int(_MOST[field]))
            whole.setSingleStep(int(_STEPS[field]))
            whole.valueChanged.connect(lambda value: self._on_number(field, value))
        else:
            real = spin = QDoubleSpinBox()
            real.setRange(0, _MOST[field])
            real.setDecimals(1 if field == "memory_gbs" else 0)
            real.setSingleStep(_STEPS[field])
            real.valueChanged.connect(lambda value: self._on_number(field, value))
        spin.setSpecialValueText(_UNSET[field])
        spin.setSuffix(_UNITS[field])
        spin.setGroupSeparatorShown(True)
        spin.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.spins[field] = spin
        return spin

    def _buttons(self) -> QHBoxLayout:
        self.apply_all = _button(say("Apply to all nodes"), self._on_apply_all)
        self.apply_all.setObjectName("apply_all")
        self.apply_all.setToolTip(
            say("Give every node of the rig the same links, speeds and limit")
        )
        self.apply_all.setVisible(len(self._document.plan.rig.nodes) > 1)
        self.apply_one = _button(say("Apply"), self._on_apply)
        self.apply_one.setObjectName("apply_one")
        self.apply_one.setToolTip(say("Take the values over and keep this window open"))
        self.cancel = _button(say("Cancel"), self.reject)
        self.ok = _button(say("OK"), self._on_ok)
        self.ok.setProperty("primary", True)
        self.ok.setDefault(True)
        return button_row((self.apply_all, self.apply_one, self.cancel, self.ok))

    # -- editing --------------------------------------------------------------------------

    def _on_value(self, field: str, value: Any) -> None:
        self._edit = self._edit.with_value(field, value)
        self._show()

    def _on_number(self, field: str, value: float) -> None:
        self._on_value(field, None if value < _LEAST[field] else value)

    def _on_reset(self, field: str) -> None:
        back = self._edit.can_go_back(field)
        self._on_value(field, self._edit.found(field) if back else None)
        # The button goes away under the keyboard; the value is what comes next.
        (self.boxes.get(field) or self.spins[field]).setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_apply(self) -> None:
        self._apply(self._edit.plan)

    def _on_apply_all(self) -> None:
        self._apply(self._edit.on_all())

    def _on_ok(self) -> None:
        if not self._edit.problem():
            self._apply(self._edit.plan)
            self.accept()

    def _apply(self, plan: Plan) -> None:
        if not self._edit.problem():
            name = node_name(self._document.plan.rig, self._node)
            self._document.apply(say("Edit links and memory speed of {0}", name), plan)

    def _on_plan_changed(self, plan: Plan) -> None:
        """Undo, or an edit elsewhere: go on from the plan as it is now, or end without a node."""
        if self._node >= len(plan.rig.nodes) or self._title() != self.windowTitle():
            self.reject()
            return
        self._edit = LinksEdit(plan, self._node, self._document.catalog)
        self._show()

    # -- showing --------------------------------------------------------------------------

    def _show(self) -> None:
        edit = self._edit
        self.heading.setText(edit.heading())
        self._fill("card_link", edit.links())
        self._fill("nvlink", edit.bridges())
        for field, spin in self.spins.items():
            value = getattr(edit.row, field)
            shown = edit.default(field) if value is None else value
            wanted = spin.minimum() if shown is None else shown
            if spin.value() != wanted:
                blocked = QSignalBlocker(spin)
                spin.setValue(wanted)  # type: ignore[arg-type]
                del blocked
        for field in FIELDS:
            mark = edit.mark(field)
            given = getattr(edit.row, field) is not None
            strong = given and mark != "detected"
            self._names[field].setFont(font_small_strong() if strong else font_small())
            back = edit.can_go_back(field)
            show_reset(self._resets[field], LABELS[field], DEFAULT, _DEFAULT_TIP, back=back)
            self._resets[field].setVisible(given or back)
            if field in self._marks:
                show_mark(self._marks[field], mark)
                editor = self.boxes.get(field) or self.spins[field]
                editor.setAccessibleDescription(f"{mark}. {TIPS[field]}")
        for field, note in self.notes.items():
            note.setText(_NOTES[field](edit))
            note.setVisible(bool(note.text()))
        problem = edit.problem()
        for button in (self.ok, self.apply_one, self.apply_all):
            button.setEnabled(not problem)
        self._show_answer(problem)

    def _fill(self, field: str, choices: tuple[tuple[str, Any], ...]) -> None:
        box, value = self.boxes[field], getattr(self._edit.row, field)
        blocked = QSignalBlocker(box)
        if [box.itemText(i) for i in range(box.count())] != [label for label, _ in choices]:
            box.clear()
            for label, data in choices:
                box.addItem(label, data)
        at = next((i for i, (_, data) in enumerate(choices) if data == value), -1)
        if at < 0:
            box.addItem(say("{0}: not possible here", value), value)
            at = box.count() - 1
        box.setCurrentIndex(at)
        box.setEnabled(box.count() > 1)
        del blocked

    def _show_answer(self, problem: str) -> None:
        theme = self._themes.theme
        if problem:
            self.speed.setText(say("Decode: –"))
            self.answer.show_error(problem, theme)
            return
        after = self._document.preview(self._edit.plan)
        self.speed.setText(_speed_text(after, self._document.assessment))
        words = after.reasons[:1]
        if after.fits and after.speed.because:
            words += (after.speed.because,)
        self.answer.show_verdict(after.verdict, paragraph(words), theme)

    def _on_theme_changed(self, _theme: object) -> None:
        self._show()


def _speed_text(after: Assessment, before: Assessment) -> str:
    """``"Decode: 31 tok/s (24–39), now 29. Prompt: 1,200 tok/s (600–2,400)."``"""
    parts = [
        f"{name}: {_rate_text(after.speed, before.speed, field)}"
        for name, field in (
            (say("Decode"), "decode_tokens_per_s"),
            (say("Prompt"), "prefill_tokens_per_s"),
        )
        if getattr(after.speed, field) is not None
    ]
    return " · ".join(parts) or say("Decode: –")


def _rate_text(after: Speed, before: Speed, field: str) -> str:
    now, then = getattr(after, field), getattr(before, field)
    text: str = rate(now)
    if then is not None and rate(then) != text:
        text = say("{0}, now {1}", text, rate(then).split(" (")[0])
    return text


def _button(words: str, does: Callable[[], object]) -> QPushButton:
    button = QPushButton(words)
    button.setAutoDefault(False)
    button.clicked.connect(lambda _checked=False: does())
    return button


def open_links_editor(
    document: PlanDocument, themes: ThemeProvider, node: int, parent: QWidget
) -> LinksEditor:
    """Show the editor over ``parent``; it goes away for good when it closes."""
    editor = LinksEditor(document, themes, node, parent)
    editor.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, True)
    editor.open()
    return editor
