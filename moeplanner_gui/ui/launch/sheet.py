"""Start it: the commands of the plan's engine, what each flag is for, and what will be printed.

The sheet stays open beside the plan and follows every edit. It computes nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.launch.containers import NOT_PULLED
from moeplanner_gui.core.launch.launching import launch
from moeplanner_gui.core.launch.pieces import LaunchPlan, Places, Tab
from moeplanner_gui.core.words import comma_joined, say
from moeplanner_gui.export.launch import command_text
from moeplanner_gui.ui.dialog import MARGINS, AnswerLine, Dialog, button_row
from moeplanner_gui.ui.document import PlanDocument
from moeplanner_gui.ui.fonts import font_heading
from moeplanner_gui.ui.launch.rows import (
    FLAGS_COPIED,
    FLAGS_HEAD,
    PRINTS_COPIED,
    PRINTS_HEAD,
    as_tsv,
    fill_in_words,
    flag_rows,
    print_rows,
)
from moeplanner_gui.ui.launch.table import TextTable, font_code
from moeplanner_gui.ui.style import ThemeProvider
from moeplanner_gui.ui.tables import copy_text

TABS = ("command", "docker", "compose", "flags", "prints")
_NAMES = {
    "command": say("Command"),
    "docker": say("Docker"),
    "compose": say("Compose"),
    "flags": say("Flags"),
    "prints": say("What it will print"),
}
_HINT_LINES = 5
_LOW_PX = 420
_MODEL = say("Where the model lies")
_ADDRESSES = say("Addresses of the computers")
_PLAIN = Qt.TextFormat.PlainText
_SELECTABLE = (
    Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
)


class StartSheet(Dialog):
    """Commands, containers, flags and predicted lines of the plan that is shown.

    Attributes:
        tabs: The bar that chooses a page; further pages come by :meth:`add_page`.

    Signals:
        save_wanted(): The script is to be written to a file.
    """

    save_wanted = Signal()

    def __init__(
        self,
        document: PlanDocument,
        themes: ThemeProvider,
        parent: QWidget | None = None,
        places: Places | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._themes = document, themes
        self.setObjectName("start_sheet")
        self.setWindowTitle(say("Start it"))
        self.setAccessibleName(say("Start it"))
        self.heading = QLabel()
        self.heading.setFont(font_heading())
        self.heading.setTextFormat(_PLAIN)
        self.refused = AnswerLine()
        self.tabs = QTabBar()
        self.tabs.setObjectName("start_tabs")
        self.tabs.setAccessibleName(say("Ways to start it"))
        self.tabs.setExpanding(False)
        self.pages = QStackedWidget()
        self._pages: dict[str, QWidget] = {}
        self.texts = {name: self._text_page(name) for name in TABS[:3]}
        self.flags = TextTable("flags", say("Flags"), FLAGS_HEAD, themes, lines=2)
        self.prints = TextTable(
            "what_it_will_print", say("What it will print"), PRINTS_HEAD, themes, lines=2
        )
        for name in TABS:
            page = {"flags": self.flags, "prints": self.prints}.get(name) or self.texts[name]
            self.add_page(name, _NAMES[name], page)
        for table in (self.flags, self.prints):
            table.copy_requested.connect(self.copy)
        self.hint = QLabel()
        self.hint.setObjectName("start_hint")
        self.hint.setTextFormat(_PLAIN)
        self.hint.setWordWrap(True)
        self.hint.setProperty("tone", "2")
        self.hint.setTextInteractionFlags(_SELECTABLE)
        self.hints = _hint_area(self.hint)
        self.model = self._field(_MODEL, (places or Places()).model)
        self.addresses = self._field(_ADDRESSES, comma_joined((places or Places()).addresses))
        self.copy_button = _button(say("Copy"), self.copy)
        self.save_button = _button(say("Save as script…"), self.save_wanted.emit)
        self.save_button.setToolTip(say("Write the steps with their reasons to a shell script"))
        self.close_button = _button(say("Close"), self.accept)
        self._build()
        self.tabs.currentChanged.connect(self._on_tab)
        document.assessment_changed.connect(self._on_changed)
        document.catalog_changed.connect(self._on_changed)
        themes.theme_changed.connect(self._on_theme_changed)
        self.launched: LaunchPlan | None = None
        self.refresh()
        (self.texts["command"] if self.launched.refusal is None else self.close_button).setFocus()

    def add_page(self, name: str, title: str, page: QWidget) -> None:
        """One more tab. ``name`` is what :meth:`show_page` knows it by.

        A page with a ``tsv()`` is copied by it, and says by ``changed`` that it is another one.
        """
        self._pages[name] = page
        if hasattr(page, "tsv"):
            page.changed.connect(self._show_hint)
        self.pages.addWidget(page)
        self.tabs.setTabData(self.tabs.addTab(title), name)

    def show_page(self, name: str) -> None:
        """Show the page of this name."""
        names = [self.tabs.tabData(at) for at in range(self.tabs.count())]
        self.tabs.setCurrentIndex(names.index(name))

    @property
    def page(self) -> str:
        """The name of the page that is shown."""
        return str(self.tabs.tabData(self.tabs.currentIndex()))

    @property
    def places(self) -> Places:
        """What was typed about paths and addresses."""
        parts = tuple(part.strip() for part in self.addresses.text().split(","))
        return Places(self.model.text().strip(), parts if any(parts) else ())

    def refresh(self) -> None:
        """Show the plan as it is."""
        document = self._document
        document.flush()
        plan = document.plan
        launched = launch(plan, document.assessment, document.catalog, self.places)
        self.launched = launched
        self.heading.setText(say("Start it with {0}", launched.version))
        works = launched.refusal is None
        if not works:
            verdict = document.assessment.verdict
            shown = verdict if verdict in ("cannot_run", "does_not_fit") else "cannot_run"
            self.refused.show_verdict(shown, launched.refusal or "", self._themes.theme)
        self.refused.setVisible(not works)
        for name, view in self.texts.items():
            text = command_text(plan, launched, name) if works else ""
            if works and name != "command" and launched.no_docker:
                text = f"# {say('No container: {0}', launched.no_docker)}\n"
            if view.toPlainText() != text:
                view.setPlainText(text)
        self.tabs.setTabText(0, say("Cluster") if launched.nodes > 1 else _NAMES["command"])
        self.flags.show_rows(flag_rows(plan, launched))
        self.prints.show_rows(print_rows(launched))
        several = len(plan.rig.nodes) > 1
        for words, edit in self._fields:
            for widget in (self._labels[words], edit):
                widget.setVisible(works and (edit is self.model or several))
        gguf = launched.engine == "llama.cpp"
        self.model.setPlaceholderText("/models/name.gguf" if gguf else "/models/name")
        tip = _GGUF_TIP if gguf else _TIPS[_MODEL]
        self.model.setToolTip(tip)
        self.model.setAccessibleDescription(tip)
        self.addresses.setPlaceholderText("10.0.0.1, 10.0.0.2")
        self.save_button.setEnabled(works)
        self._show_hint()

    def copy(self) -> None:
        """Copy what the page shows; a table as tab-separated text."""
        text = self._shown_text()
        if text:
            copy_text(text)

    # -- building ---------------------------------------------------------------------------

    def _build(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        for row, (words, edit) in enumerate(self._fields):
            grid.addWidget(self._labels[words], row, 0)
            grid.addWidget(edit, row, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(*MARGINS)
        column.setSpacing(8)
        column.addWidget(self.heading)
        column.addWidget(self.refused)
        column.addLayout(grid)
        column.addWidget(self.tabs)
        column.addWidget(self.pages, 1)
        column.addWidget(self.hints)
        foot = button_row((self.close_button,), (self.copy_button, self.save_button))
        column.addLayout(foot)
        free = self.screen().availableGeometry()
        self.resize(min(980, free.width() - 40), min(660, free.height() - 60))

    def _text_page(self, name: str) -> QPlainTextEdit:
        view = QPlainTextEdit()
        view.setObjectName(f"start_{name}")
        view.setReadOnly(True)
        view.setTabChangesFocus(True)
        view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        view.setFont(font_code())
        view.setPlaceholderText(_NO_COMMAND)
        view.setAccessibleName(_NAMES[name])
        # With the keyboard one must be able to see where one is and to select.
        view.setTextInteractionFlags(_SELECTABLE)
        return view

    def _field(self, words: str, text: str) -> QLineEdit:
        if not hasattr(self, "_labels"):
            self._labels: dict[str, QLabel] = {}
            self._fields: list[tuple[str, QLineEdit]] = []
        edit = QLineEdit(text)
        edit.setMaxLength(4000)
        edit.setAccessibleName(words)
        edit.setToolTip(_TIPS[words])
        edit.setAccessibleDescription(_TIPS[words])
        edit.textChanged.connect(self._on_changed)
        label = QLabel(words)
        label.setBuddy(edit)
        self._labels[words] = label
        self._fields.append((words, edit))
        return edit

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_hint()

    def _fit_hint(self) -> None:
        """As high as its lines, but never at the cost of the commands: more of them scroll."""
        line = self.hint.fontMetrics().lineSpacing()
        lines = _HINT_LINES if self.height() > _LOW_PX else 1
        left, _, right, _ = MARGINS
        need = self.hint.heightForWidth(max(self.width() - left - right, 100))
        self.hints.setFixedHeight(min(need, lines * line) + 4)

    # -- what happens -----------------------------------------------------------------------

    def _on_changed(self, _what: Any = None) -> None:
        if self.launched is not None:
            self.refresh()

    def _on_tab(self, at: int) -> None:
        self.pages.setCurrentWidget(self._pages[str(self.tabs.tabData(at))])
        self._show_hint()

    def _on_theme_changed(self, theme: Any) -> None:
        for table in (self.flags, self.prints):
            table.set_theme(theme)
        self.refresh()

    def _shown_text(self) -> str:
        name, launched = self.page, self.launched
        page = self._pages[name]
        if hasattr(page, "tsv"):
            return str(page.tsv())
        if launched is None or launched.refusal is not None:
            return ""
        if name == "flags":
            return as_tsv(FLAGS_COPIED, self.flags.texts.rows)
        if name == "prints":
            return as_tsv(PRINTS_COPIED, self.prints.texts.rows)
        if name not in self.texts:
            return ""
        no_container = name != "command" and launched.no_docker
        return "" if no_container else self.texts[name].toPlainText()

    def _show_hint(self) -> None:
        launched = self.launched
        if launched is None:
            return
        name = self.page
        words: list[str] = []
        if launched.refusal is None and name in self.texts:
            tab: Tab = name  # type: ignore[assignment]
            words = [fill_in_words(launched, tab), *launched.notes]
            if name != "command" and launched.docker:
                words.append(NOT_PULLED)
            if name == "command":
                words.append(say("The flags are those of the help of {0}.", launched.version))
        elif launched.refusal is None and name == "flags":
            words = [say("Only flags that the help of {0} has.", launched.version)]
        elif launched.refusal is None and name == "prints":
            words = [_PRINTS_HINT]
        self.hint.setText("\n".join(filter(None, words)))
        self.hints.setVisible(bool(self.hint.text()))
        self._fit_hint()
        self.copy_button.setEnabled(bool(self._shown_text()))


_NO_COMMAND = say("No command. Change the plan until it fits: this sheet follows every edit.")
_PRINTS_HINT = say(
    "Compare these lines with the engine's own when it starts. Buffers are "
    "bounds from above; a cache that fills what is left is at least as "
    "large."
)
_TIPS = {
    _MODEL: say(
        "The folder, or the name on Hugging Face; it is put into the commands and kept nowhere else"
    ),
    _ADDRESSES: say(
        "One for each computer of the rig, in its order, with commas between; kept nowhere else"
    ),
}


_GGUF_TIP = say(
    "The GGUF file, of a model in several files the first; it is put into "
    "the commands and kept nowhere else"
)


def _hint_area(label: QLabel) -> QScrollArea:
    """The notes, of which many scroll rather than take the room of the commands."""
    area = QScrollArea()
    area.setWidget(label)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setAccessibleName(say("What to know before it is started"))
    label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
    return area


def _button(words: str, does: Callable[[], object]) -> QPushButton:
    button = QPushButton(words)
    button.setAutoDefault(False)
    button.setAccessibleName(words)
    button.clicked.connect(lambda _checked=False: does())
    return button
