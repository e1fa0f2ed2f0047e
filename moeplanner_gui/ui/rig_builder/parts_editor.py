"""The small editor for what a computer is built of besides its cards."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QKeyEvent, QPalette
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.bill import LINE_WORDS, BillLine
from moeplanner_gui.core.plan import Plan
from moeplanner_gui.core.words import lowered, say
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.card_facts import node_name
from moeplanner_gui.ui.choice_list import ListCombo
from moeplanner_gui.ui.dialog import MARGINS, AnswerLine, Dialog, button_row
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.fonts import font_heading, font_small, font_strong
from moeplanner_gui.ui.icons import icon
from moeplanner_gui.ui.part_facts import part_icon, unverified_words
from moeplanner_gui.ui.rig_builder.memory_fields import MemoryFields
from moeplanner_gui.ui.rig_builder.parts_edit import MINE_TIP, PartsEdit
from moeplanner_gui.ui.style import ThemeProvider

_WIDTH = 780
_CHOICE_WIDTH = 300
_UNITS = {"each": "", "gb": " GB", "tb": " TB"}
BILL_ACTION = "rig.bill"


class PartsEditor(Dialog):
    """Edits one computer of the document; OK is one undo step."""

    def __init__(
        self,
        document: PlanDocument,
        themes: ThemeProvider,
        actions: Actions,
        node: int,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._themes, self._node = document, themes, node
        self._edit = PartsEdit(document.plan, node, document.catalog)
        self.setObjectName("parts-editor")
        title = say("Parts of {0}", node_name(document.plan.rig, node))
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        heading = QLabel(title)
        heading.setFont(font_heading())
        self.heading = QLabel()
        self.heading.setObjectName("parts-heading")
        self.heading.setWordWrap(True)
        self.heading.setProperty("tone", "2")
        self._body = QWidget()
        self._grid = QGridLayout(self._body)
        self._grid.setContentsMargins(0, 4, 8, 4)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        scroll = QScrollArea()
        scroll.setObjectName("parts-scroll")
        scroll.setWidget(self._body)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll = scroll
        self.add = QToolButton()
        self.add.setObjectName("add_part")
        self.add.setText(say("Add a part"))
        self.add.setIcon(icon("plus", themes.theme))
        self.add.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.add.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.add.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.add.setAccessibleName(say("Add a part"))
        self.mine = QCheckBox(say("This computer is mine already: only what is added to it costs"))
        self.mine.setObjectName("mine")
        self.mine.setToolTip(MINE_TIP)
        self.mine.toggled.connect(lambda on: self._take(self._edit.with_mine(on)))
        under = QHBoxLayout()
        under.addWidget(self.add)
        under.addStretch(1)
        under.addWidget(self.mine)
        rule = QWidget()
        rule.setFixedHeight(1)
        rule.setBackgroundRole(QPalette.ColorRole.Mid)
        rule.setAutoFillBackground(True)
        self.sum = QLabel()
        self.sum.setObjectName("parts-sum")
        self.sum.setFont(font_strong())
        self.sum.setAccessibleName(say("What it costs"))
        self.answer = AnswerLine()
        column = QVBoxLayout(self)
        column.setContentsMargins(*MARGINS)
        column.setSpacing(8)
        for widget in (heading, self.heading):
            column.addWidget(widget)
        column.addWidget(scroll, 1)
        column.addLayout(under)
        for widget in (rule, self.sum, self.answer):
            column.addWidget(widget)
        column.addLayout(self._buttons(actions))
        self.setMinimumWidth(_WIDTH)
        document.plan_changed.connect(self._on_plan_changed)
        themes.theme_changed.connect(self._on_theme_changed)
        self._show()

    def _buttons(self, actions: Actions) -> QHBoxLayout:
        self.usual = _button(say("Usual parts"), lambda: self._take(self._edit.with_usual()))
        self.usual.setObjectName("usual")
        self.usual.setToolTip(
            say("Forget what was chosen and assume the usual parts of the host again")
        )
        left = [self.usual]
        if BILL_ACTION in actions:
            bill = _button(say("Bill of materials"), actions.get(BILL_ACTION).trigger)
            bill.setObjectName("bill")
            bill.setProperty("link", True)
            bill.setToolTip(actions.get(BILL_ACTION).toolTip())
            left.append(bill)
        self.cancel = _button(say("Cancel"), self.reject)
        self.ok = _button(say("OK"), self._on_ok)
        self.ok.setProperty("primary", True)
        self.ok.setDefault(True)
        return button_row((self.cancel, self.ok), left)

    # -- editing --------------------------------------------------------------------------

    def _take(self, edit: PartsEdit) -> None:
        self._edit = edit
        self._show()

    def _on_ok(self) -> None:
        name = node_name(self._document.plan.rig, self._node)
        self._document.apply(say("Edit parts of {0}", name), self._edit.plan)
        self.accept()

    def _on_plan_changed(self, plan: Plan) -> None:
        """Undo, or an edit elsewhere: go on from the plan as it is now, or end without a node."""
        if self._node >= len(plan.rig.nodes):
            self.reject()
            return
        self._edit = PartsEdit(plan, self._node, self._document.catalog)
        self._show()

    def _on_theme_changed(self, _theme: object) -> None:
        self.add.setIcon(icon("plus", self._themes.theme))
        self._show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        focus = self.focusWidget()
        name = "" if focus is None else focus.objectName()
        lines = self._edit.lines()
        at = name.removeprefix("row").partition("-")[0]
        if event.key() == Qt.Key.Key_Delete and at.isdigit() and int(at) < len(lines):
            line = lines[int(at)]
            if line.part_id is not None and line.kind != "host":
                self._take(self._edit.without(line))
            return
        super().keyPressEvent(event)

    # -- showing --------------------------------------------------------------------------

    def _show(self) -> None:
        edit = self._edit
        focus = self.focusWidget()
        named = "" if focus is None else focus.objectName()
        self.heading.setText(edit.heading)
        self._show_rows()
        self._fill_menu()
        self.usual.setEnabled(edit.row.parts is not None)
        blocked = QSignalBlocker(self.mine)
        self.mine.setChecked(edit.row.mine)
        del blocked
        self._show_sum()
        again = self._body.findChild(QWidget, named) if named.startswith("row") else None
        if again is not None:
            # Only what is shown takes the keyboard; a layout shows its widgets a turn later.
            again.show()
            again.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_rows(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                # It may be the one whose signal asked for this.
                widget.setObjectName("")
                widget.hide()
                widget.setParent(self)
                widget.deleteLater()
        at = 0
        for at, line in enumerate(self._edit.lines()):
            self._add_row(at, line)
        if self._edit.host is not None:
            self._add_memory(at + 1)
        self._grid.setRowStretch(self._grid.rowCount(), 1)
        hint = self._body.sizeHint()
        self._scroll.setMinimumHeight(min(hint.height() + 4, 340))
        # The bar that scrolls lies beside the rows, not over their prices.
        self._scroll.setMinimumWidth(hint.width() + 14)

    def _add_row(self, at: int, line: BillLine) -> None:
        word = LINE_WORDS[line.kind]
        label = QLabel(word)
        label.setProperty("tone", "2")
        self._grid.addWidget(label, at, 0)
        self._grid.addWidget(self._choice(at, line, word), at, 1)
        if line.part_id is not None and line.kind != "host":
            self._grid.addWidget(self._count(at, line, word), at, 2)
            remove = QToolButton()
            remove.setObjectName(f"row{at}-remove")
            remove.setIcon(icon("trash", self._themes.theme))
            remove.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            remove.setAccessibleName(say("Take out {0}", line.name))
            remove.setToolTip(say("Take out {0} (Delete)", line.name))
            remove.clicked.connect(lambda: self._take(self._edit.without(line)))
            self._grid.addWidget(remove, at, 5)
        self._grid.addWidget(_small(say("assumed") if line.assumed else ""), at, 3)
        self._grid.addWidget(_amount(_cost(line)), at, 4)

    def _choice(self, at: int, line: BillLine, word: str) -> QWidget:
        choices = self._edit.choices(line) if line.kind != "host" else ()
        if line.kind == "host" or not choices:
            text = QLabel(" · ".join(part for part in (line.name, line.note) if part))
            text.setWordWrap(True)
            return text
        box = ListCombo(self._themes)
        box.setObjectName(f"row{at}-choice")
        box.setAccessibleName(word)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumWidth(_CHOICE_WIDTH)
        if line.part_id is None:
            box.addItem(say("none is chosen"), "")
        elif line.part_id not in (name for _, name in choices):
            box.addItem(f"{line.name} · {line.note}", line.part_id)
        for text, name in choices:
            box.addItem(text, name)
        box.setCurrentIndex(max(0, box.findData(line.part_id or "")))
        row = self._document.catalog.parts.get(line.part_id or "")
        if row is not None:
            unsure = unverified_words(row)
            figures = self._edit.figures(row)
            box.setToolTip("\n".join(t for t in (row.name, figures, unsure, row.notes) if t))
            box.setAccessibleDescription(figures)
        box.currentIndexChanged.connect(
            lambda _at: self._take(self._edit.with_swapped(line, box.currentData()))
        )
        return box

    def _count(self, at: int, line: BillLine, word: str) -> QSpinBox:
        spin = QSpinBox()
        spin.setObjectName(f"row{at}-count")
        spin.setRange(0, 10_000)
        spin.setValue(line.count)
        spin.setSuffix(_UNITS[line.unit] or " ×")
        spin.setKeyboardTracking(False)
        spin.setAlignment(Qt.AlignmentFlag.AlignRight)
        spin.setAccessibleName(say("Number of {0}", lowered(word)))
        spin.setToolTip(say("How many; none takes it out"))
        spin.valueChanged.connect(lambda count: self._take(self._edit.with_count(line, count)))
        return spin

    def _add_memory(self, at: int) -> None:
        edit = self._edit
        label = QLabel(say("Memory"))
        label.setProperty("tone", "2")
        self._grid.addWidget(label, at, 0)
        fields = MemoryFields(edit, self._themes)
        fields.changed.connect(lambda kit, mt_s: self._take(self._edit.with_memory(kit, mt_s)))
        self._grid.addWidget(fields, at, 1, 1, 2)
        total = say("{0:,} GiB", edit.row.ram_gib) if edit.row.ram_gib else ""
        self._grid.addWidget(_small(total), at, 3)
        line = edit.memory_line()
        self._grid.addWidget(_amount("–" if line is None else _cost(line)), at, 4)

    def _fill_menu(self) -> None:
        # One menu for good: what is chosen from it comes here while it is still open.
        if self.add.menu() is None:
            menu = QMenu(self.add)
            menu.setToolTipsVisible(True)
            menu.aboutToShow.connect(lambda: self._fill_groups(menu))
            self.add.setMenu(menu)

    def _fill_groups(self, menu: QMenu) -> None:
        """Made when it opens: whether a part goes in is worked out for each."""
        for action in menu.actions():
            # A group that is taken out is not deleted with it.
            action.menu().deleteLater()
        menu.clear()
        for name, rows in self._edit.groups():
            group = menu.addMenu(name)
            group.setToolTipsVisible(True)
            for row in rows:
                why = self._edit.why_not(row)
                action = group.addAction(icon(part_icon(row.kind), self._themes.theme),
                                         self._edit.label(row).replace("&", "&&"))  # fmt: skip
                action.setEnabled(not why)
                action.setToolTip(why or self._edit.figures(row))
                action.triggered.connect(
                    lambda _on=False, part=row.id: self._take(self._edit.with_added(part))
                )

    def _show_sum(self) -> None:
        edit, theme = self._edit, self._themes.theme
        after = self._document.preview(edit.plan)
        now, then = self._document.assessment.cost.hardware_usd, after.cost.hardware_usd
        cost = edit.cost()
        missing = len(cost.unpriced)
        if cost.total_usd is not None:
            parts = say("Without cards: ${0:,.2f}", cost.total_usd)
        elif cost.known_usd:
            parts = say("Without cards: ${0:,.2f} and {1} without a price", cost.known_usd, missing)
        else:
            parts = say("Without cards: {0} without a price", missing)
        whole = say("no price") if then is None else say("${0:,.0f}", then)
        words = say("Whole rig: {0}", whole)
        if now != then:
            before = say("no price") if now is None else say("${0:,.0f}", now)
            words = say("Whole rig: {0}, now {1}", whole, before)
        self.sum.setText(f"{parts} · {words}")
        if edit.refused:
            self.answer.show_error(edit.refused, theme)
            return
        self.answer.show_verdict(after.verdict, " ".join(after.reasons[:1]), theme)


def _cost(line: BillLine) -> str:
    if line.mine and not line.to_buy:
        return say("mine")
    if line.mine and line.usd is not None:
        mine = say("{0:,}", line.mine) + _UNITS[line.unit]
        return say("{0} mine, ${1:,.2f}", mine, line.usd)
    return say("no price") if line.usd is None else say("${0:,.2f}", line.usd)


def _small(words: str) -> QLabel:
    label = QLabel(words)
    label.setFont(font_small())
    label.setProperty("tone", "3")
    label.setMinimumWidth(60)
    return label


def _amount(words: str) -> QLabel:
    label = QLabel(words)
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    label.setMinimumWidth(84)
    return label


def _button(words: str, does: Callable[[], object]) -> QPushButton:
    button = QPushButton(words)
    button.setAutoDefault(False)
    button.clicked.connect(lambda _checked=False: does())
    return button


def open_parts_editor(
    document: PlanDocument, themes: ThemeProvider, actions: Actions, node: int, parent: QWidget
) -> PartsEditor:
    """Show the editor over ``parent``; it goes away for good when it closes."""
    editor = PartsEditor(document, themes, actions, node, parent)
    editor.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, True)
    editor.open()
    return editor
