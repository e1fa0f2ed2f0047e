"""What every editor has: a form that scrolls, what follows from it, and the way out.

A row is read from the form on every keystroke. While there is none the reason stands at the
bottom, and pressing Save puts the cursor where it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.id_words import field_words
from moeplanner_gui.core.words import say, upper_first
from moeplanner_gui.ui.dialog import Dialog, button_row
from moeplanner_gui.ui.editors.form import Form
from moeplanner_gui.ui.editors.values import NEEDED, FieldSpec
from moeplanner_gui.ui.facts_panel import Fact, FactsPanel
from moeplanner_gui.ui.hint import Hint
from moeplanner_gui.ui.mnemonics import without_mark
from moeplanner_gui.ui.style import ThemeProvider

PAUSE_MS = 60
"""What follows may take some milliseconds; a fast typist is not held up by it."""


def _in_words(spec: FieldSpec, error: str) -> str:
    """A sentence on what is wrong with a field."""
    return say("{0} is needed.", spec.name) if error == NEEDED else f"{spec.name}: {error}"


class EditorDialog(Dialog):
    """A form with live facts.

    Attributes:
        use_after: The user asked for the row to be used in the plan too.
    """

    def __init__(
        self,
        title: str,
        themes: ThemeProvider,
        parent: QWidget | None = None,
        *,
        save_words: str,
        use_words: str = "",
        facts_title: str,
        facts_px: int = 268,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setModal(True)
        self._themes = themes
        self.use_after = False
        self._errors: dict[str, str] = {}
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._show_facts)
        self.facts = FactsPanel(themes, facts_title, self)
        self.facts.setFixedWidth(facts_px)
        self.message = Hint(themes, "", self)
        self.cancel = QPushButton(say("Cancel"), self)
        self.cancel.setAutoDefault(False)
        self.cancel.setToolTip(say("Close without saving (Esc)"))
        self.cancel.clicked.connect(self.reject)
        self.use = QPushButton(use_words, self)
        self.use.setAutoDefault(False)
        self.use.setVisible(bool(use_words))
        self.use.clicked.connect(lambda: self._finish(use=True))
        self.save = QPushButton(save_words, self)
        self.save.setProperty("primary", True)
        self.save.setDefault(True)
        self.save.clicked.connect(lambda: self._finish(use=False))
        for button in (self.cancel, self.use, self.save):
            button.setAccessibleName(without_mark(button.text()))

    def build(self, body: QWidget) -> None:
        """Put the form into the dialog."""
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setAccessibleName(say("Fields"))
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(16, 12, 12, 12)
        column.addWidget(body)
        area.setWidget(inner)
        for widget in (inner, area.viewport()):
            widget.setBackgroundRole(self.palette().ColorRole.Base)
            widget.setAutoFillBackground(True)
        self._area = area
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(area, 1)
        middle.addWidget(self.facts)
        foot = button_row((self.use, self.cancel, self.save), middle=self.message)
        foot.setContentsMargins(16, 10, 16, 12)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(middle, 1)
        column.addLayout(foot)
        screen = self.screen().availableGeometry()
        wanted = inner.sizeHint()
        width = max(880, wanted.width() + self.facts.width() + 24)
        height = min(max(wanted.height() + 70, 420), 820)
        self.resize(min(width, screen.width() - 40), min(height, screen.height() - 60))
        self.refresh()
        self._show_facts()

    # To be said by each editor ------------------------------------------------------------------

    def read(self) -> tuple[Any, dict[str, str]]:
        """The row of the form, None while there is none; and what is wrong, by field."""
        raise NotImplementedError

    def facts_of(self, row: Any) -> Sequence[Fact]:
        """What follows from a row."""
        raise NotImplementedError

    def forms(self) -> Sequence[Form]:
        """The forms in the order of their fields."""
        raise NotImplementedError

    # What happens --------------------------------------------------------------------------------

    def row(self) -> Any:
        """The row as it was typed in; None while something is wrong."""
        row, errors = self.read()
        return None if errors else row

    def refresh(self, _key: str = "") -> None:
        """Read the form again and say what is wrong with it."""
        _, self._errors = self.read()
        for form in self.forms():
            form.show_errors(self._errors)
        first = self._first_error()
        if first is None:
            self.message.show_error("")
            tip = say("Save it (Enter)")
        else:
            spec, error = first
            tip = _in_words(spec, error)
            self.message.show_error("" if error == NEEDED else tip)
            self.message.set_hint(tip if error == NEEDED else "")
        if first is None:
            self.message.set_hint(say("* needed"))
        for button in (self.save, self.use):
            button.setToolTip(tip)
        self._pause.start()

    def _first_error(self) -> tuple[FieldSpec, str] | None:
        for form in self.forms():
            for spec in form.specs:
                if spec.key in self._errors:
                    return spec, self._errors[spec.key]
        if self._errors:
            key, error = next(iter(self._errors.items()))
            return FieldSpec(key, upper_first(field_words(key)), ""), error
        return None

    def _show_facts(self) -> None:
        row = self.row()
        if row is None:
            first = self._first_error()
            wrong = _in_words(*first) if first else ""
            self.facts.show_facts([Fact("", say("Shown when all fields are right. {0}", wrong))])
            return
        self.facts.show_facts(self.facts_of(row))

    def _finish(self, *, use: bool) -> None:
        self.refresh()
        if self._errors:
            self.show_first_error()
            return
        self.use_after = use
        self.accept()

    def show_first_error(self) -> None:
        """Blame every field that is wrong and go to the first one."""
        for form in self.forms():
            form.blame_all()
            form.show_errors(self._errors)
        first = self._first_error()
        if first is None:
            return
        spec, error = first
        self.message.show_error(_in_words(spec, error))
        for form in self.forms():
            if spec.key in form.editors:
                self.show_form(form)
                form.focus_on(spec.key)
                self._area.ensureWidgetVisible(form.editors[spec.key])
                return

    def show_form(self, form: Form) -> None:
        """Bring a form to the front where there are several."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            button = self.focusWidget()
            # A button that was made after the dialog was shown, that of a block.
            if isinstance(button, QPushButton):
                button.click()
            else:
                self._finish(use=False)
            return
        super().keyPressEvent(event)
