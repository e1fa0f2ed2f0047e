"""The small editor for the memory of a card or a host: a table of terms, each with its value,
where that comes from and a way back to its rule, and what the plan then answers.
"""

from __future__ import annotations

from collections.abc import Callable

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

from moeplanner_gui.core.card_rows import card_name
from moeplanner_gui.core.card_terms import card_memory
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.units import MIB, format_memory
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.card_facts import gpu_number, node_name
from moeplanner_gui.ui.choice_list import ListCombo
from moeplanner_gui.ui.dialog import MARGINS, AnswerLine, Dialog, button_row
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.fonts import font_heading, font_small, font_strong
from moeplanner_gui.ui.rig_builder.mark_words import (
    FieldMarks,
    hold_both_words,
    mark_label,
    reset_button,
    show_mark,
    show_reset,
)
from moeplanner_gui.ui.rig_builder.memory_edit import (
    MOST_MIB,
    CardEdit,
    Edit,
    HostEdit,
    TermRow,
    device_of,
    usable_text,
)
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.text_size import factor

DISPLAYS = (
    (say("Not said: a Linux desktop is assumed"), None),
    (say("None, headless"), "headless"),
    (say("Linux desktop"), "linux"),
    (say("Windows desktop"), "windows"),
)
ECC = ((say("As shipped"), None), (say("On"), True), (say("Off"), False))
_TIPS = {
    "apply_all": say("Give every card of this kind in the rig the same memory"),
    "apply_one": say("Take the values over and keep this window open"),
}


class MemoryEditor(Dialog):
    """Edits one card or one host of the document; every apply is one undo step."""

    def __init__(
        self,
        document: PlanDocument,
        themes: ThemeProvider,
        node: int,
        slot: int | None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._themes = document, themes
        self._node, self._slot = node, slot
        self.setObjectName("memory-editor")
        self._edit: Edit = self._new_edit(document.plan)
        self._spins: dict[str, QSpinBox] = {}
        self._sizes: dict[str, QLabel] = {}
        self._origins: dict[str, QLabel] = {}
        self._resets: dict[str, QPushButton] = {}
        title = self._title()
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        column = QVBoxLayout(self)
        column.setContentsMargins(*MARGINS)
        column.setSpacing(8)
        heading = QLabel(title)
        heading.setFont(font_heading())
        column.addWidget(heading)
        self._capacity = QLabel()
        self._capacity.setObjectName("capacity")
        column.addWidget(self._capacity)
        self._grid = QGridLayout()
        self._fields = FieldMarks(self._grid, 3, self._on_back)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnStretch(0, 1)
        column.addLayout(self._grid)
        self._fill_grid()
        rule = QWidget()
        rule.setFixedHeight(1)
        rule.setBackgroundRole(QPalette.ColorRole.Mid)
        rule.setAutoFillBackground(True)
        column.addWidget(rule)
        self.usable = QLabel()
        self.usable.setObjectName("usable")
        self.usable.setFont(font_strong())
        self.usable.setWordWrap(True)
        column.addWidget(self.usable)
        self.verdict = AnswerLine()
        column.addWidget(self.verdict)
        column.addLayout(self._buttons())
        # The words beside the values of a detected node take their room from nothing else.
        self.setMinimumWidth(720 if self._was_detected else 620)
        document.plan_changed.connect(self._on_plan_changed)
        themes.theme_changed.connect(self._on_theme_changed)
        self._show()

    # -- building -------------------------------------------------------------------------

    def _new_edit(self, plan: Plan) -> Edit:
        if self._slot is None:
            return HostEdit(plan, self._node, self._document.catalog)
        return CardEdit(plan, self._node, self._slot, self._document.catalog)

    def _title(self) -> str:
        plan = self._document.plan
        if self._slot is None:
            return say("Memory and disk of {0}", node_name(plan.rig, self._node))
        card = plan.rig.nodes[self._node].gpus[self._slot]
        number = gpu_number(plan, self._node, self._slot, self._document.catalog)
        return say("Memory of GPU {0}, {1}", number, card_name(card, self._document.catalog))

    def _fill_grid(self) -> None:
        label = QLabel(say("What keeps memory from the engine"))
        label.setFont(font_small())
        self._grid.addWidget(label, 0, 0, 1, 5)
        row = 1
        edit = self._edit
        self.ecc: QComboBox | None = None
        self.display: QComboBox | None = None
        if isinstance(edit, CardEdit):
            if edit.has_ecc:
                self.ecc = self._choice(
                    row, "error", say("Error correction (ECC)"), ECC, self._on_ecc
                )
                self._mark(row, "ecc", say("error correction"))
                row += 1
            if edit.has_display:
                self.display = self._choice(
                    row, "screen", say("Screen on this card"), DISPLAYS, self._on_display
                )
                self._mark(row, "display", say("the screen"))
                row += 1
        for term in edit.rows():
            self._term(row, term)
            row += 1
        self.disk: QSpinBox | None = None
        self.disk_speed: QDoubleSpinBox | None = None
        if isinstance(edit, HostEdit):
            self._disk_rows(row, edit)
            self._mark(row, "disk_gib", say("the free disk"))

    def _choice(
        self,
        row: int,
        name: str,
        label: str,
        choices: tuple[tuple[str, object], ...],
        chosen: Callable[[], None],
    ) -> QComboBox:
        box = ListCombo(self._themes)
        for text, value in choices:
            box.addItem(text, value)
        box.setAccessibleName(label)
        box.setObjectName(name)
        words = QLabel(label)
        words.setBuddy(box)
        self._grid.addWidget(words, row, 0)
        self._grid.addWidget(box, row, 1, 1, 2 if self._was_detected else 4)
        box.currentIndexChanged.connect(lambda _index: chosen())
        return box

    @property
    def _was_detected(self) -> bool:
        return self._edit.plan.rig.nodes[self._node].detected is not None

    def _mark(self, row: int, field: str, label: str) -> None:
        if self._was_detected:
            self._fields.add(row, field, label)

    def _on_back(self, field: str) -> None:
        self._edit = self._edit.back_to_detected(field)
        self._show()

    def _term(self, row: int, term: TermRow) -> None:
        name = QLabel(term.label)
        tip = f"{term.label}: {term.rule}"
        if term.source:
            tip += f"\n{term.source}"
        name.setToolTip(tip)
        spin = QSpinBox()
        spin.setObjectName(term.key)
        spin.setRange(0, MOST_MIB)
        spin.setSuffix(" MiB")
        spin.setGroupSeparatorShown(True)
        spin.setSingleStep(64)
        spin.setAlignment(Qt.AlignmentFlag.AlignRight)
        spin.setMinimumWidth(round(130 * factor()))
        spin.setAccessibleName(term.label)
        spin.setToolTip(tip)
        name.setBuddy(spin)
        size = QLabel()
        size.setFont(font_small())
        size.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        size.setMinimumWidth(size.fontMetrics().horizontalAdvance(say("1,024.00 GiB")))
        origin = mark_label(term.key)
        reset = reset_button(
            term.key, term.label, say("Use the rule"), lambda key=term.key: self._on_reset(key)
        )
        if self._was_detected:
            hold_both_words(reset)
        spin.valueChanged.connect(lambda mib, key=term.key: self._on_term(key, mib))
        for at, widget in enumerate((name, spin, size, origin, reset)):
            self._grid.addWidget(widget, row, at)
        self._spins[term.key], self._sizes[term.key] = spin, size
        self._origins[term.key], self._resets[term.key] = origin, reset

    def _disk_rows(self, row: int, edit: HostEdit) -> None:
        node = edit.plan.rig.nodes[self._node]
        self.disk = QSpinBox()
        self.disk.setObjectName("disk_gib")
        self.disk.setRange(0, 1_048_576)
        self.disk.setSuffix(" GiB")
        self.disk.setSpecialValueText(say("not chosen"))
        self.disk.setGroupSeparatorShown(True)
        self.disk.setValue(node.disk_gib)
        self.disk_speed = QDoubleSpinBox()
        self.disk_speed.setObjectName("disk_read_gbs")
        self.disk_speed.setRange(0, 1e4)
        self.disk_speed.setSuffix(" GB/s")
        self.disk_speed.setSpecialValueText(say("unknown"))
        self.disk_speed.setValue(node.disk_read_gbs or 0)
        for offset, (label, field) in enumerate(
            (
                (say("Free for weights on the disk"), self.disk),
                (say("The disk reads"), self.disk_speed),
            )
        ):
            name = QLabel(label)
            name.setBuddy(field)
            field.setAccessibleName(label)
            field.setAlignment(Qt.AlignmentFlag.AlignRight)
            field.setMinimumWidth(round(130 * factor()))
            self._grid.addWidget(name, row + offset, 0)
            self._grid.addWidget(field, row + offset, 1)
            field.valueChanged.connect(self._on_disk)

    def _buttons(self) -> QHBoxLayout:
        words = say("Apply") if self._slot is None else say("Apply to this card")
        self.apply_all = _button(say("Apply to all"), self._on_apply_all)
        self.apply_all.setObjectName("apply_all")
        self.apply_all.setVisible(self._slot is not None)
        self.apply_one = _button(words, self._on_apply)
        self.apply_one.setObjectName("apply_one")
        self.cancel = _button(say("Cancel"), self.reject)
        self.ok = _button(say("OK"), self._on_ok)
        self.ok.setProperty("primary", True)
        self.ok.setDefault(True)
        return button_row((self.apply_all, self.apply_one, self.cancel, self.ok))

    # -- editing --------------------------------------------------------------------------

    def _on_term(self, key: str, mib: int) -> None:
        self._edit = self._edit.with_term(key, mib)
        self._show()

    def _on_reset(self, key: str) -> None:
        row = next(row for row in self._edit.rows() if row.key == key)
        self._edit = self._edit.with_term(key, row.found if row.can_go_back else None)
        self._show()
        # The button goes away under the keyboard; the value is what comes next.
        self._spins[key].setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_ecc(self) -> None:
        assert isinstance(self._edit, CardEdit) and self.ecc is not None
        self._edit = self._edit.with_ecc(self.ecc.currentData())
        self._show()

    def _on_display(self) -> None:
        assert isinstance(self._edit, CardEdit) and self.display is not None
        self._edit = self._edit.with_display(self.display.currentData())
        self._show()

    def _on_disk(self, _value: object) -> None:
        assert isinstance(self._edit, HostEdit)
        assert self.disk is not None and self.disk_speed is not None
        self._edit = self._edit.with_disk(self.disk.value(), self.disk_speed.value() or None)
        self._show()

    def _on_apply(self) -> None:
        self._apply(self._edit.plan)

    def _on_apply_all(self) -> None:
        assert isinstance(self._edit, CardEdit)
        self._apply(self._edit.on_all(self._document.plan))

    def _on_ok(self) -> None:
        self._apply(self._edit.plan)
        self.accept()

    def _apply(self, plan: Plan) -> None:
        if self._edit.problem():
            return
        self._document.apply(self._step(), plan)

    def _step(self) -> str:
        """What undo calls an edit."""
        plan = self._document.plan
        if self._slot is None:
            return say("Edit memory and disk of {0}", node_name(plan.rig, self._node))
        card = plan.rig.nodes[self._node].gpus[self._slot]
        number = gpu_number(plan, self._node, self._slot, self._document.catalog)
        return say("Edit memory of GPU {0}, {1}", number, card_name(card, self._document.catalog))

    def _on_plan_changed(self, plan: Plan) -> None:
        """Undo, or an edit elsewhere: go on from the plan as it is now, or end without a card."""
        nodes = plan.rig.nodes
        gone = self._node >= len(nodes)
        if self._slot is not None and not gone:
            gone = self._slot >= len(nodes[self._node].gpus)
        if gone or self._title() != self.windowTitle():
            self.reject()
            return
        self._edit = self._new_edit(plan)
        self._show()

    # -- showing --------------------------------------------------------------------------

    def _show(self) -> None:
        edit = self._edit
        for term in edit.rows():
            spin = self._spins[term.key]
            if spin.value() != term.mib:
                blocked = QSignalBlocker(spin)
                spin.setValue(term.mib)
                del blocked
            self._sizes[term.key].setText(format_memory(term.mib * MIB, decimals=2))
            rule = say("The rule: {0}", term.rule) if term.rule else ""
            show_mark(self._origins[term.key], term.origin, rule)
            spin.setAccessibleDescription(self._origins[term.key].text())
            reset = self._resets[term.key]
            show_reset(reset, term.label, say("Use the rule"), rule, back=term.can_go_back)
            reset.setVisible(term.origin in ("edited", "typed", "detected"))
        self._fields.show(edit.mark)
        self._show_choices()
        self._show_disk()
        self._show_capacity()
        problem = edit.problem()
        for button in (self.ok, self.apply_one, self.apply_all):
            button.setEnabled(not problem)
            button.setToolTip(problem or _TIPS.get(button.objectName(), ""))
        if isinstance(edit, CardEdit):
            count = len(edit.equal_cards(self._document.plan))
            words = (
                say("Apply to all {0} equal cards", count)
                if count > 1
                else say("Apply to all equal cards")
            )
            self.apply_all.setText(words)
            self.apply_all.setEnabled(not problem and count > 1)
        self._show_answer(problem)

    def _show_choices(self) -> None:
        edit = self._edit
        if not isinstance(edit, CardEdit):
            return
        for box, value in (
            (self.ecc, card_memory(edit.card).ecc),
            (self.display, edit.plan.rig.nodes[self._node].display),
        ):
            if box is not None:
                blocked = QSignalBlocker(box)
                box.setCurrentIndex(box.findData(value))
                del blocked

    def _show_disk(self) -> None:
        if self.disk is not None:
            blocked = QSignalBlocker(self.disk)
            self.disk.setValue(self._edit.plan.rig.nodes[self._node].disk_gib)
            del blocked

    def _show_capacity(self) -> None:
        size = self._edit.capacity_bytes
        gib = format_memory(size, decimals=2)
        if isinstance(self._edit, HostEdit):
            text = say("Host memory: {0}.", gib) if size else say("Host memory is not chosen.")
        else:
            text = say("The driver shows {0:,} MiB ({1}).", size // MIB, gib)
        self._capacity.setText(text)

    def _show_answer(self, problem: str) -> None:
        theme = self._themes.theme
        if problem:
            self.usable.setText(say("Usable: –"))
            self.verdict.show_error(problem, theme)
            return
        after = self._document.preview(self._edit.plan)
        device = device_of(after, self._node, self._slot)
        before = device_of(self._document.assessment, self._node, self._slot)
        unit = self._document.memory_unit
        mib = next((t.mib for t in self._edit.rows() if t.key == "context_mib"), 0)
        self.usable.setText(usable_text(device, before, unit, mib * MIB))
        sentence = after.reasons[0] if after.reasons else ""
        self.verdict.show_verdict(after.verdict, sentence, theme)

    def _on_theme_changed(self, _theme: object) -> None:
        self._show()


def _button(words: str, does: Callable[[], object]) -> QPushButton:
    button = QPushButton(words)
    button.setAutoDefault(False)
    button.clicked.connect(lambda _checked=False: does())
    return button


def open_editor(
    document: PlanDocument, themes: ThemeProvider, node: int, slot: int | None, parent: QWidget
) -> MemoryEditor:
    """Show the editor over ``parent``; it goes away for good when it closes."""
    editor = MemoryEditor(document, themes, node, slot, parent)
    editor.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, True)
    editor.open()
    return editor
