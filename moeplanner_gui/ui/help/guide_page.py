"""One chapter of the guide: laid out from Markdown, its links inside the guide. Never online."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from PySide6.QtCore import QEvent, QSize, Qt, QUrl
from PySide6.QtGui import (
    QColor,
    QImage,
    QPalette,
    QResizeEvent,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFragment,
    QTextFrameFormat,
    QTextImageFormat,
    QTextLength,
    QTextTable,
)
from PySide6.QtWidgets import QFrame, QTextBrowser, QTextEdit

from moeplanner_gui.core.words import say
from moeplanner_gui.ui.actions import Actions
from moeplanner_gui.ui.fonts import font_base
from moeplanner_gui.ui.help.glossary import terms
from moeplanner_gui.ui.help.guide_files import (
    SHORTCUTS_MARK,
    WORDS_MARK,
    Chapter,
    Guide,
    anchor,
    anchors_of,
    as_shown,
    chapter_of,
)
from moeplanner_gui.ui.help.shortcut_table import shortcut_table
from moeplanner_gui.ui.style import ThemeProvider


class GuidePage(QTextBrowser):
    """One chapter. Its links lead to other chapters, its pictures lie in the guide's folder."""

    def __init__(self, guide: Guide, actions: Actions, themes: ThemeProvider) -> None:
        super().__init__()
        self._guide, self._actions, self._themes = guide, actions, themes
        self.chapter_name = ""
        self.chapter_shown: Callable[[Chapter], object] = lambda chapter: None
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
        self._anchors: dict[str, str] = {}
        self.sourceChanged.connect(self._on_source_changed)

    def doSetSource(self, url: QUrl, kind: QTextDocument.ResourceType) -> None:
        # A link that leaves the guide is not followed: nothing here goes online.
        name = chapter_of(url.path()) or (self.chapter_name if url.hasFragment() else "")
        if not url.scheme() and not url.host() and self._guide.chapter(name) is not None:
            super().doSetSource(url, QTextDocument.ResourceType.MarkdownResource)

    def loadResource(self, kind: int, name: QUrl) -> object:
        """A chapter or a picture of the guide; anything else is not there."""
        if kind == QTextDocument.ResourceType.MarkdownResource.value:
            chapter = self._guide.chapter(chapter_of(name.path()))
            if chapter is None:
                return ""
            self._anchors = anchors_of(chapter.text)
            return self._filled(chapter)
        if kind != QTextDocument.ResourceType.ImageResource.value:
            return None
        key = name.toString()
        if key not in self._pictures:
            path = None if name.scheme() else self._guide.image(name.path())
            self._pictures[key] = QImage(str(path)) if path is not None else QImage()
        return self._pictures[key]

    def _on_source_changed(self, url: QUrl) -> None:
        chapter = self._guide.chapter(chapter_of(url.path()) or self.chapter_name)
        if chapter is None:
            return
        if chapter.name != self.chapter_name:
            self._arrange()
            self.chapter_name = chapter.name
            self.chapter_shown(chapter)
        self._go_to(url.fragment())

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
        selection = QTextEdit.ExtraSelection()
        selection.cursor = cursor
        form = QTextCharFormat()
        form.setBackground(self.palette().color(QPalette.ColorRole.Highlight))
        form.setFontUnderline(True)
        selection.format = form
        return selection

    def _filled(self, chapter: Chapter) -> str:
        text = as_shown(chapter.text)
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
                    self._show_smooth(form, picture)
                    cursor = QTextCursor(self.document())
                    cursor.setPosition(fragment.position())
                    cursor.setPosition(
                        fragment.position() + fragment.length(), QTextCursor.MoveMode.KeepAnchor
                    )
                    cursor.setCharFormat(form)
            block = block.next()

    def _show_smooth(self, form: QTextImageFormat, picture: QImage) -> None:
        """Have a picture drawn as it is: Qt leaves lines out of one that it has to make smaller."""
        dots = self.devicePixelRatioF()
        size = QSize(round(form.width() * dots), round(form.height() * dots))
        shown = picture
        if size.width() < picture.width():
            shown = picture.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied).scaled(
                size,
                Qt.AspectRatioMode.IgnoreAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            shown.setDevicePixelRatio(dots)
        document = self.document()
        place = document.baseUrl().resolved(QUrl(form.name()))
        document.addResource(QTextDocument.ResourceType.ImageResource.value, place, shown)

    def _go_to(self, fragment: str) -> None:
        block = self.document().begin()
        while fragment and block.isValid():
            heading = block.text() if block.blockFormat().headingLevel() else ""
            if heading and self._anchors.get(heading, anchor(heading)) == fragment:
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


def _fragments(block: QTextBlock) -> list[QTextFragment]:
    found = []
    at = block.begin()
    while not at.atEnd():
        found.append(at.fragment())
        at += 1
    return found


def _is_image(fragment: QTextFragment) -> bool:
    return bool(fragment.charFormat().isImageFormat())
