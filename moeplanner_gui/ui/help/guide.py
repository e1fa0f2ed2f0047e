"""The guide in a window beside the plan: contents, search, back and forward. Never online."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import (
    QAction,
    QKeySequence,
)
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.words import say
from moeplanner_gui.language import current_language
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.dialog import resize_within_screen
from moeplanner_gui.ui.fonts import font_base, font_small
from moeplanner_gui.ui.help.guide_files import (
    FIRST,
    Chapter,
    Guide,
    anchors_of,
    chapter_of,
)
from moeplanner_gui.ui.help.guide_page import GuidePage
from moeplanner_gui.ui.icons import icon
from moeplanner_gui.ui.style import ThemeProvider

SIZE = QSize(1000, 720)
_NAME = Qt.ItemDataRole.UserRole
_HEADING = Qt.ItemDataRole.UserRole + 1


class GuideWindow(QDialog):
    """A window that stays open beside the plan."""

    def __init__(
        self,
        actions: Actions,
        themes: ThemeProvider,
        parent: QWidget | None,
        guide: Guide | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("guide")
        self.setWindowTitle(say("User guide"))
        self.setAccessibleName(say("User guide"))
        self.setModal(False)
        self._themes = themes
        self.guide = guide if guide is not None else Guide(current_language().code)
        self.page = GuidePage(self.guide, actions, themes)
        self.page.chapter_shown = self._on_chapter_shown
        self.search = QLineEdit()
        self.search.setObjectName("guide_search")
        self.search.setPlaceholderText(say("Search the guide"))
        self.search.setAccessibleName(say("Search the guide"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._on_search)
        self.search.returnPressed.connect(self._open_first)
        self.contents = QListWidget()
        self.contents.setObjectName("guide_contents")
        self.contents.setAccessibleName(say("Chapters"))
        self.contents.setFont(font_base())
        self.contents.setFrameShape(QFrame.Shape.NoFrame)
        self.contents.currentItemChanged.connect(self._on_chosen)
        self.contents.itemActivated.connect(self._on_chosen)
        self.back = self._button("chevron-left", say("Back"), self.page.backward)
        self.forward = self._button("chevron-right", say("Forward"), self.page.forward)
        self.page.backwardAvailable.connect(self.back.setEnabled)
        self.page.forwardAvailable.connect(self.forward.setEnabled)
        for keys, run in (
            (QKeySequence.StandardKey.Back, self.page.backward),
            (QKeySequence.StandardKey.Forward, self.page.forward),
            (QKeySequence.StandardKey.Find, self._focus_search),
        ):
            shortcut = QAction(self)
            shortcut.setShortcuts(keys)
            shortcut.triggered.connect(run)
            self.addAction(shortcut)
        self._note = QLabel(say("This chapter is not translated yet; here it is in English."))
        self._note.setWordWrap(True)
        self._note.setFont(font_small())
        self._note.setProperty("tone", "2")
        self._note.setContentsMargins(16, 6, 16, 6)
        self._note.hide()
        self._place()
        themes.theme_changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self._list_chapters()
        resize_within_screen(self, SIZE.width(), SIZE.height())

    def open_at(self, where: str) -> None:
        """Show a chapter, or a heading of it: ``memory#kv-cache``."""
        name = chapter_of(where) or FIRST
        if self.guide.chapter(name) is None:
            name, where = FIRST, FIRST
        self.search.clear()
        # First shown, then filled: how far a heading is from the top depends on the width.
        self.show()
        self.page.setSource(QUrl(f"{name}.md{where[where.find('#') :] if '#' in where else ''}"))
        self.raise_()
        self.activateWindow()
        self.page.setFocus()

    def _button(self, icon_name: str, words: str, run: object) -> QToolButton:
        button = QToolButton()
        button.setProperty("icon_name", icon_name)
        button.setAccessibleName(words)
        button.setToolTip(words)
        button.setEnabled(False)
        button.setFixedSize(30, 30)
        button.clicked.connect(run)
        return button

    def _place(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(8, 8, 8, 4)
        head.setSpacing(4)
        for widget in (self.back, self.forward):
            head.addWidget(widget)
        head.addWidget(self.search, 1)
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.contents, 1)
        main = QWidget()
        right = QVBoxLayout(main)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self._note)
        right.addWidget(self.page, 1)
        self._split = QSplitter()
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(side)
        self._split.addWidget(main)
        self._split.setStretchFactor(1, 1)
        self._split.setSizes([280, 720])
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._split)

    def _list_chapters(self) -> None:
        self._fill([(chapter, "") for chapter in self.guide.chapters()])

    def _fill(self, rows: list[tuple[Chapter, str]]) -> None:
        self.contents.blockSignals(True)
        self.contents.clear()
        for chapter, heading in rows:
            words = f"{chapter.title} › {heading}" if heading else chapter.title
            item = QListWidgetItem(words)
            item.setToolTip(words)
            item.setData(_NAME, chapter.name)
            item.setData(_HEADING, heading)
            item.setSizeHint(QSize(0, max(26, self.fontMetrics().height() + 10)))
            self.contents.addItem(item)
        if not rows:
            item = QListWidgetItem(say("Nothing found."))
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.contents.addItem(item)
        self.contents.blockSignals(False)
        self._mark(self.page.chapter_name)

    def _on_search(self, text: str) -> None:
        if text.strip():
            self._fill(self.guide.search(text))
        else:
            self._list_chapters()
        self.page.mark(text)

    def _open_first(self) -> None:
        if self.contents.count() and self.contents.item(0).data(_NAME):
            self._on_chosen(self.contents.item(0))
            self.page.setFocus()

    def _on_chosen(self, item: QListWidgetItem | None, _before: object = None) -> None:
        if item is not None and (name := item.data(_NAME)):
            heading, chapter = item.data(_HEADING), self.guide.chapter(name)
            known = {} if chapter is None else anchors_of(chapter.text)
            fragment = f"#{known[heading]}" if heading in known else ""
            self.page.setSource(QUrl(f"{name}.md{fragment}"))

    def _on_chapter_shown(self, chapter: Chapter) -> None:
        self._note.setVisible(not chapter.is_translated)
        self.setWindowTitle(say("{0} – User guide", chapter.title))
        self._mark(chapter.name)
        self.page.mark(self.search.text())

    def _mark(self, name: str) -> None:
        """Select the chapter that is shown, without opening it again."""
        self.contents.blockSignals(True)
        for row in range(self.contents.count()):
            if self.contents.item(row).data(_NAME) == name:
                self.contents.setCurrentRow(row)
                break
        self.contents.blockSignals(False)

    def _focus_search(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    def _on_theme_changed(self, _theme: object = None) -> None:
        for button in (self.back, self.forward):
            button.setIcon(icon(button.property("icon_name"), self._themes.theme))
