"""Small editors of the page: a number with usual values, a choice, a switch. Know no wishes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QWheelEvent
from PySide6.QtWidgets import QComboBox, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.choice_list import ListCombo
from moeplanner_gui.ui.finder.wishes import NotUnderstoodError, number_from, number_text
from moeplanner_gui.ui.fonts import faces, font_base, font_small
from moeplanner_gui.ui.style import ThemeProvider

ARROW_PX = 40


class Field(QWidget):
    """A label over an editor."""

    def __init__(self, words: str, editor: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.editor = editor
        label = QLabel(words, self)
        label.setFont(font_small())
        label.setProperty("tone", "3")
        label.setBuddy(editor)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(label)
        column.addWidget(editor)


class _Combo(ListCombo):
    def __init__(self, themes: ThemeProvider, name: str, words: str, widest: str) -> None:
        super().__init__(themes)
        self.setObjectName(name)
        self.setAccessibleName(words)
        self.setFont(font_base())
        self.setMaxVisibleItems(16)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        metrics = QFontMetrics(font_base())
        self._size = QSize(
            metrics.horizontalAdvance(widest) + ARROW_PX, max(28, metrics.height() + 12)
        )

    def sizeHint(self) -> QSize:
        return self._size

    def minimumSizeHint(self) -> QSize:
        return self._size

    def showPopup(self) -> None:
        metrics = QFontMetrics(font_base())
        texts = [self.itemText(index) for index in range(self.count())]
        wide = max((metrics.horizontalAdvance(text) for text in texts), default=0)
        self.view().setMinimumWidth(max(self.width(), wide + 48))
        super().showPopup()

    def wheelEvent(self, event: QWheelEvent) -> None:
        # A wheel turned over the bar must not start another search.
        event.ignore()


class ChoiceField(_Combo):
    """A choice by key.

    Signals:
        key_chosen(object): The user chose another one.
    """

    key_chosen = Signal(object)

    def __init__(self, themes: ThemeProvider, name: str, words: str, widest: str) -> None:
        super().__init__(themes, name, words, widest)
        self._keys: list[object] = []
        self.activated.connect(lambda index: self.key_chosen.emit(self._keys[index]))

    @property
    def key(self) -> object:
        """What is chosen."""
        index = self.currentIndex()
        return self._keys[index] if 0 <= index < len(self._keys) else None

    def fill(self, choices: Sequence[tuple[object, str]], chosen: object) -> None:
        """Offer choices; tells nobody."""
        self.blockSignals(True)
        keys = [key for key, _ in choices]
        if keys != self._keys:
            self._keys = keys
            self.clear()
            self.addItems([text for _, text in choices])
        self.setCurrentIndex(keys.index(chosen) if chosen in keys else -1)
        self.setToolTip(self.currentText())
        self.blockSignals(False)


class NumberField(_Combo):
    """A number that is typed or taken from usual ones.

    Signals:
        number_changed(object): A float, or None where nothing is wished.
        refused(str): What was typed is none, in a sentence; "" when it is one again.
    """

    number_changed = Signal(object)
    refused = Signal(str)

    def __init__(
        self,
        themes: ThemeProvider,
        name: str,
        words: str,
        usual: Sequence[float],
        bounds: tuple[float, float],
        *,
        widest: str,
        whole: bool = False,
        none: str | None = None,
    ) -> None:
        super().__init__(themes, name, words, widest)
        self._low, self._high = bounds
        self._whole, self._none = whole, say("any") if none is None else none
        self._value: float | None = None
        self._words = words
        self._wrong = False
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setCompleter(None)  # type: ignore[arg-type]
        self.lineEdit().setAccessibleName(words)
        self.lineEdit().setMaxLength(20)
        if self._none:
            self.addItem(self._none)
        self.addItems([number_text(value) for value in usual])
        self.activated.connect(lambda _index: self._take())
        self.lineEdit().editingFinished.connect(self._take)
        self.lineEdit().textEdited.connect(lambda _text: self._say(""))

    @property
    def value(self) -> float | None:
        """What is wished."""
        return self._value

    def show_value(self, value: float | None) -> None:
        """Show a wish; tells nobody."""
        self._value = value or None
        self.blockSignals(True)
        self.setEditText(number_text(self._value, self._none))
        self.blockSignals(False)
        self.lineEdit().setCursorPosition(0)
        self._mark(wrong=False)

    def _take(self) -> None:
        try:
            value = number_from(self.currentText(), self._low, self._high, whole=self._whole)
            if value is None and not self._none:
                raise NotUnderstoodError(say("A number, please."))
        except NotUnderstoodError as error:
            self._mark(wrong=True)
            self.refused.emit(f"{self._words}: {error}")
            return
        self._say("")
        changed = value != self._value
        self.show_value(value)
        if changed:
            self.number_changed.emit(value)

    def _say(self, sentence: str) -> None:
        if self._wrong:
            self._mark(wrong=False)
            self.refused.emit(sentence)

    def _mark(self, *, wrong: bool) -> None:
        self._wrong = wrong
        self.setProperty("invalid", wrong)
        self.lineEdit().setProperty("invalid", wrong)
        self.lineEdit().setAccessibleDescription(say("Not understood") if wrong else "")
        self.update()


class Switch(QToolButton):
    """A chip that is on or off."""

    def __init__(self, name: str, words: str, tip: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setText(words)
        self.setAccessibleName(words)
        self.setToolTip(tip)
        self.setCheckable(True)
        self.setProperty("chip", True)
        self.setFont(font_small())
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def sizeHint(self) -> QSize:
        # On, its letters are bold; it takes that room at once, so that nothing moves.
        wide = faces().small_strong.width(self.text())
        return QSize(int(wide) + 24, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()
