"""The guide in a window beside the plan: contents, search, back and forward. Never online."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QEvent, QSize, Qt, QUrl
from PySide6.QtGui import (
    QAction,
    QImage,
    QKeySequence,
    QPalette,
    QResizeEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFrameFormat,
    QTextLength,
    QTextTable,
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
    QTextBrowser,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from moeplanner_gui.core.words import say
from moeplanner_gui.language import current_language
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.fonts import font_base, font_small
from moeplanner_gui.ui.help.glossary import terms
from moeplanner_gui.ui.help.guide_files import (
    FIRST,
    SHORTCUTS_MARK,
    WORDS_MARK,
    Chapter,
    Guide,
    anchor,
    chapter_of,
)
from moeplanner_gui.ui.help.shortcut_table import shortcut_table
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
        self.resize(SIZE)

    def open_at(self, where: str) -> None:
        """Show a chapter, or a heading of it: ``memory#kv-cache``."""
        name = chapter_of(where) or FIRST
        if self.guide.chapter(name) is None:
            name, where = FIRST, FIRST
        self.search.clear()
        self.page.setSource(QUrl(f"{name}.md{where[where.find('#') :] if '#' in where else ''}"))
        self.show()
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
            heading = item.data(_HEADING)
            self.page.setSource(QUrl(f"{name}.md" + (f"#{anchor(heading)}" if heading else "")))

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


class GuidePage(QTextBrowser):
    """One chapter. Its links lead to other chapters, its pictures lie in the guide's folder."""

    def __init__(self, guide: Guide, actions: Actions, themes: ThemeProvider) -> None:
        super().__init__()
        self._guide, self._actions, self._themes = guide, actions, themes
        self.chapter_name = ""
        self.chapter_shown = lambda chapter: None
        self.setObjectName("guide_page")
        self.setAccessibleName(say("Chapter"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(True)
        self.setOpenExternalLinks(False)
        # Links are reached by Tab, and followed by Return.
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextBrowserInteraction
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.document().setDocumentMargin(20)
        self._pictures: dict[str, QImage] = {}

    def doSetSource(self, url: QUrl, kind: QTextDocument.ResourceType) -> None:
        chapter = self._guide.chapter(chapter_of(url.path())) if not url.scheme() else None
        if chapter is None:
            return  # a link that leaves the guide is not followed: nothing here goes online
        if chapter.name != self.chapter_name or not self.document().toPlainText():
            self.setMarkdown(self._filled(chapter))
            self._arrange()
            self.chapter_name = chapter.name
            self.chapter_shown(chapter)
        self._go_to(url.fragment())

    def loadResource(self, kind: int, name: QUrl) -> object:
        """A picture of the guide; anything else is not there."""
        if kind != QTextDocument.ResourceType.ImageResource.value and kind != int(
            QTextDocument.ResourceType.ImageResource
        ):
            return None
        key = name.toString()
        if key not in self._pictures:
            path = None if name.scheme() else self._guide.image(name.path())
            self._pictures[key] = QImage(str(path)) if path is not None else QImage()
        return self._pictures[key]

    def mark(self, wanted: str) -> None:
        """Mark where the words of a search stand."""
        marks = []
        for word in wanted.split():
            cursor = QTextCursor(self.document())
            while len(marks) < 200:
                cursor = self.document().find(word, cursor)
                if cursor.isNull():
                    break
                selection = self._selection(cursor)
                marks.append(selection)
        self.setExtraSelections(marks)

    def _selection(self, cursor: QTextCursor) -> object:
        from PySide6.QtWidgets import QTextEdit

        selection = QTextEdit.ExtraSelection()
        selection.cursor = cursor
        form = QTextCharFormat()
        form.setBackground(self.palette().color(QPalette.ColorRole.Highlight))
        form.setFontUnderline(True)
        selection.format = form
        return selection

    def _filled(self, chapter: Chapter) -> str:
        text = chapter.text
        if SHORTCUTS_MARK in text:
            text = text.replace(SHORTCUTS_MARK, shortcut_table(self._actions))
        if WORDS_MARK in text:
            text = text.replace(WORDS_MARK, words_text())
        return text

    def _arrange(self) -> None:
        """Room around headings and paragraphs, hairlines around tables, pictures that fit."""
        theme = self._themes.theme
        block = self.document().begin()
        while block.isValid():
            cursor = QTextCursor(block)
            form = QTextBlockFormat(block.blockFormat())
            level = form.headingLevel()
            if level:
                form.setTopMargin(0 if level == 1 else 18)
                form.setBottomMargin(6)
                letters = QTextCharFormat()
                size = font_base().pixelSize() + {1: 8, 2: 4}.get(level, 2)
                font = font_base()
                font.setPixelSize(size)
                font.setWeight(font.Weight.DemiBold)
                letters.setFont(font)
                cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
                cursor.mergeCharFormat(letters)
            elif cursor.currentTable() is None and block.textList() is None:
                form.setBottomMargin(9)
            form.setLineHeight(125, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
            if any(_is_image(fragment) for fragment in _fragments(block)):
                form.setLineHeight(100, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
            cursor = QTextCursor(block)
            cursor.setBlockFormat(form)
            block = block.next()
        for frame in self.document().rootFrame().childFrames():
            if isinstance(frame, QTextTable):
                form = frame.format()
                form.setBorder(1)
                form.setBorderBrush(self.palette().color(QPalette.ColorRole.Mid))
                form.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
                form.setBorderCollapse(True)
                form.setCellPadding(6)
                form.setCellSpacing(0)
                form.setBottomMargin(10)
                form.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
                frame.setFormat(form)
        self.document().setDefaultFont(font_base())
        self._link_color(theme.accent)
        self._fit_pictures()

    def _link_color(self, accent: str) -> None:
        from PySide6.QtGui import QColor

        block = self.document().begin()
        while block.isValid():
            for fragment in _fragments(block):
                if fragment.charFormat().isAnchor():
                    cursor = QTextCursor(self.document())
                    cursor.setPosition(fragment.position())
                    cursor.setPosition(
                        fragment.position() + fragment.length(), QTextCursor.MoveMode.KeepAnchor
                    )
                    form = QTextCharFormat()
                    form.setForeground(QColor(accent))
                    form.setFontUnderline(True)
                    cursor.mergeCharFormat(form)
            block = block.next()

    def _fit_pictures(self) -> None:
        room = max(160, self.viewport().width() - 48)
        block = self.document().begin()
        while block.isValid():
            for fragment in _fragments(block):
                if not _is_image(fragment):
                    continue
                form = fragment.charFormat().toImageFormat()
                picture = self.loadResource(
                    QTextDocument.ResourceType.ImageResource.value, QUrl(form.name())
                )
                if isinstance(picture, QImage) and not picture.isNull():
                    form.setWidth(min(picture.width(), room))
                    form.setHeight(picture.height() * form.width() / picture.width())
                    cursor = QTextCursor(self.document())
                    cursor.setPosition(fragment.position())
                    cursor.setPosition(
                        fragment.position() + fragment.length(), QTextCursor.MoveMode.KeepAnchor
                    )
                    cursor.setCharFormat(form)
            block = block.next()

    def _go_to(self, fragment: str) -> None:
        block = self.document().begin()
        while fragment and block.isValid():
            if block.blockFormat().headingLevel() and anchor(block.text()) == fragment:
                cursor = QTextCursor(block)
                self.setTextCursor(cursor)
                top = self.document().documentLayout().blockBoundingRect(block).top()
                self.verticalScrollBar().setValue(max(0, int(top) - 12))
                return
            block = block.next()
        self.moveCursor(QTextCursor.MoveOperation.Start)
        self.verticalScrollBar().setValue(0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_pictures()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self.chapter_name:
            self._arrange()


def words_text() -> str:
    """All words that are explained, as the text of a chapter."""
    parts = []
    for term in terms():
        parts.append(f"## {term.title}\n\n{escape(term.text, quote=False)}\n")
        if term.source:
            parts.append(say("Source: {0}", term.source) + "\n")
        name, _, heading = term.chapter.partition("#")
        link = f"{name}.md" + (f"#{heading}" if heading else "")
        parts.append(f"[{say('More in the guide')}]({link})\n")
    return "\n".join(parts)


def _fragments(block: object) -> list:  # type: ignore[type-arg]
    found = []
    at = block.begin()  # type: ignore[attr-defined]
    while not at.atEnd():
        found.append(at.fragment())
        at += 1
    return found


def _is_image(fragment: object) -> bool:
    return bool(fragment.charFormat().isImageFormat())  # type: ignore[attr-defined]
