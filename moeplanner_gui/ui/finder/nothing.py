"""What stands in the place of the list: why there is none, and what would have to give."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from moeplanner_gui.core.search.terms import Relaxation, Wishes
from moeplanner_gui.core.words import say
from moeplanner_gui.ui.chart_pieces import TintedLabel
from moeplanner_gui.ui.finder.wishes import given_up, words_of_use
from moeplanner_gui.ui.fonts import font_base, font_heading
from moeplanner_gui.ui.icons import icon
from moeplanner_gui.ui.style import ThemeProvider


class NothingPanel(QWidget):
    """A sentence, and a button for each wish that would help.

    Signals:
        use_wanted(Wishes): Search with these wishes instead.
        again_wanted(): Search once more.
    """

    use_wanted = Signal(object)
    again_wanted = Signal()

    def __init__(self, themes: ThemeProvider, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("finder_nothing")
        self._themes = themes
        self._icon = "info"
        self._mark = QLabel()
        self._title = TintedLabel("text", font_heading(), themes.theme)
        self._text = TintedLabel("text2", font_base(), themes.theme)
        for label in (self._title, self._text):
            label.setWordWrap(True)
        self._again = QPushButton(say("Search again"))
        self._again.setObjectName("search_again")
        self._again.clicked.connect(self.again_wanted)
        self._rows: list[QWidget] = []
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self._title)
        words.addWidget(self._text)
        head.addLayout(words, 1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(12, 16, 12, 12)
        self._column.setSpacing(12)
        self._column.addLayout(head)
        self._column.addWidget(self._again, 0, Qt.AlignmentFlag.AlignLeft)
        self._column.addStretch(1)
        self.set_theme()

    def set_theme(self) -> None:
        """Draw in the theme's colours."""
        theme = self._themes.theme
        for label in (self._title, self._text):
            label.set_theme(theme)
        for label in self.findChildren(TintedLabel):
            label.set_theme(theme)
        ink = theme.error if self._icon == "error" else theme.text2
        self._mark.setPixmap(icon(self._icon, theme, ink).pixmap(16, 16))

    @property
    def words(self) -> str:
        """All that is said."""
        labels = [label.text() for row in self._rows for label in row.findChildren(QLabel)]
        return "\n".join(part for part in (self._title.text(), self._text.text(), *labels) if part)

    @property
    def buttons(self) -> list[QPushButton]:
        """The buttons of the sentences that have one."""
        return [button for row in self._rows for button in row.findChildren(QPushButton)]

    def show_message(
        self, title: str, text: str, *, error: bool = False, again: bool = False
    ) -> None:
        """Show a message without suggestions."""
        self._show(title, text, "error" if error else "info", again)

    def show_relaxations(
        self, title: str, text: str, wishes: Wishes, given: Sequence[Relaxation]
    ) -> None:
        """Show what would have to give."""
        self._show(title, text, "info", False)
        for number, one in enumerate(given):
            row = QWidget(self)
            row.setObjectName(f"relaxation_{number}")
            line = QHBoxLayout(row)
            line.setContentsMargins(24, 0, 0, 0)
            line.setSpacing(12)
            label = TintedLabel("text", font_base(), self._themes.theme)
            label.setText(one.sentence)
            label.setWordWrap(True)
            label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
            line.addWidget(label, 1)
            changed = given_up(wishes, one)
            if changed is not None:
                button = QPushButton(words_of_use(wishes, one))
                button.setObjectName(f"use_{number}")
                button.setAccessibleDescription(one.sentence)
                button.clicked.connect(lambda _on=False, new=changed: self.use_wanted.emit(new))
                line.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
            self._column.insertWidget(self._column.count() - 1, row)
            self._rows.append(row)

    def _show(self, title: str, text: str, name: str, again: bool) -> None:
        for row in self._rows:
            self._column.removeWidget(row)
            row.deleteLater()
            row.setParent(None)
        self._rows = []
        self._icon = name
        self._title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))
        self._again.setVisible(again)
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)
        self.set_theme()
